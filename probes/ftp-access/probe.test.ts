import type { Socket } from 'node:net';
import type { TcpService } from '../../fixtures/service.ts';
import {
  acceptAnything,
  drip,
  flood,
  ftp,
  garble,
  lockOutAfter,
  reset,
  stall,
  tarpit,
  tls,
} from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { closedPort, probeTest, type ReadTranscript } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const candidates = [
  { id: 'x:1', user: 'admin', secret: 'hunter2' },
  { id: 'x:2', user: 'admin', secret: 'meinsm99' },
  { id: 'x:3', user: 'root', secret: 'vizxv77' },
];
const common = {
  protocol: 'ftp',
  candidates,
  limits: { wait: 400 },
  ignore: ['sample', 'milliseconds'],
  never: /hunter2|meinsm99|vizxv77|OnlyHere1/,
};
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;

const channel: Fact = { kind: 'channel', protocol: 'ftp', encryption: 'none' };
const clear = { ...channel, credentials: true } as Fact;
const upgraded = { ...channel, upgrade: 'starttls', credentials: false } as Fact;
const data = (encryption: 'none' | 'tls'): Fact => ({ kind: 'channel', protocol: 'ftp-data', encryption });
const access = (authentication: string): Fact =>
  ({
    kind: 'access',
    protocol: 'ftp',
    class: 'content',
    action: 'list',
    resource: '/',
    authentication,
    how: 'recognised',
  }) as Fact;
const login = (arm: string, account: string, secret: string | undefined, accepted: boolean, more = {}) =>
  ({
    kind: 'login',
    protocol: 'ftp',
    account,
    ...(secret ? { secret } : {}),
    arm,
    accepted,
    answer: accepted ? '230' : '530',
    ...(accepted ? { grants: 'full' } : {}),
    ...more,
  }) as Fact;
const throttle = (account: string, response: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'ftp', account, response, after }) as Fact;
const none = login('none', '', undefined, false);
const random = login('random', 'random', 'random', false);
const shut = [clear, none, random, access('required')];
const no = (account: string, id: string) => login('candidate', account, id, false);
const CHANGE = '530, the password is to be changed';
const files = { 'a.txt': 'hello' };
const accounts = { admin: 'meinsm99' };
const hit = [
  no('admin', 'x:1'),
  login('candidate', 'admin', 'x:2', true),
  login('known-user-random', 'admin', 'random', false),
  random,
  login('repeat', 'admin', 'x:2', true, { proven: true }),
];

probeTest(probe, [
  {
    name: 'anonymous',
    ...weak,
    start: start(ftp({ anonymous: true, files })),
    sees: [clear, login('none', '', undefined, true), access('none')],
    also: ({ evidence }) =>
      void ([...evidence.values()].some(({ bytes }) => bytes.toString().includes('a.txt')) || fail('no listing kept')),
  },
  { name: 'a listed default', ...weak, start: start(ftp({ accounts, files })), sees: [...shut, ...hit] },
  {
    name: 'a listed default inside TLS',
    ...weak,
    security: 'tls',
    start: start(tls(ftp({ accounts, files }))),
    // TLS around the port protects what it protects: files come over ports of their own.
    sees: [{ ...channel, encryption: 'tls', version: 'TLS 1.3' } as Fact, ...shut.slice(1), ...hit, data('none')],
  },
  {
    name: 'any login, anonymous too',
    ...weak,
    start: start(acceptAnything(ftp({ files }))),
    sees: [clear, login('none', '', undefined, true), access('none')],
  },
  ...(
    [
      ['named users must encrypt, and anonymous ones are refused', '530 Login incorrect.'],
      ['named users must encrypt, and anonymous ones need not', '230 in'],
    ] as const
  ).map(([name, anonymous]) => ({
    name,
    ...(anonymous.startsWith('230') ? weak : { ...open, outcome: 'unsupported' as const }),
    tcp: (socket: Socket) => {
      socket.write('220 hello\r\n');
      socket.on('data', (bytes) => {
        const line = bytes.toString();
        const answer = line.startsWith('FEAT')
          ? '211-Features:\r\n AUTH TLS\r\n211 End'
          : line.startsWith('PASS')
            ? anonymous
            : line.startsWith('USER')
              ? line.includes('anonymous')
                ? '331 Please specify the password.'
                : '530 Non-anonymous sessions must use encryption.'
              : '502 no';
        // As vsftpd, which hangs up on whoever is held to TLS.
        if (answer.includes('encryption')) socket.end(`${answer}\r\n`);
        else socket.write(`${answer}\r\n`);
      });
    },
    sees: anonymous.startsWith('230')
      ? [
          { ...channel, credentials: false } as Fact,
          login('none', '', undefined, true, { grants: 'unknown' }),
          {
            ...access('none'),
            action: 'read',
            resource: 'session',
            how: 'guessed',
          } as Fact,
        ]
      : [],
  })),
  ...(
    [
      ['moved', data('none')],
      ['always', data('none')],
      ['refused', data('tls')],
      ['refused at PROT', data('tls')],
    ] as const
  ).map(([clearData, told]) => ({
    name: `a listed default after AUTH TLS, and files in the clear are ${clearData}`,
    ...weak,
    start: start(ftp({ tls: {}, requireTls: true, accounts, files, clearData })),
    sees: [upgraded, ...shut.slice(1), ...hit, told],
  })),
  ...(['refused', 'refused at PROT'] as const).map((clearData) => ({
    name: `all rejected after AUTH TLS, and files in the clear are ${clearData}`,
    ...(clearData === 'refused' ? { ...open, outcome: 'unsupported' as const, open: ['channel'] } : sound),
    limits: { wait: 400 },
    candidates: candidates.slice(0, 1),
    start: start(ftp({ tls: {}, requireTls: true, clearData })),
    sees: [
      upgraded,
      ...shut.slice(1),
      no('admin', 'x:1'),
      throttle('admin', 'none', 1),
      ...(clearData === 'refused' ? [] : [data('tls')]),
    ],
  })),
  {
    name: 'anonymous users must encrypt, and those with a name need not',
    ...sound,
    candidates: candidates.slice(0, 1),
    start: start(ftp({ tls: {}, requireTls: 'anonymous' })),
    sees: [
      { ...clear, offered: 'starttls' } as Fact,
      ...shut.slice(1),
      no('admin', 'x:1'),
      throttle('admin', 'none', 1),
    ],
  },
  ...['503 Use AUTH first.', '534 Policy requires it.', '530 Not logged in.'].map((words) => ({
    name: `everybody is held to TLS in these words: ${words}`,
    ...sound,
    candidates: candidates.slice(0, 1),
    start: start(ftp({ tls: {}, requireTls: { words }, clearData: 'refused at PROT' })),
    sees: [upgraded, ...shut.slice(1), no('admin', 'x:1'), throttle('admin', 'none', 1), data('tls')],
  })),
  {
    name: 'words that speak of security, and not of TLS',
    ...sound,
    candidates: candidates.slice(0, 1),
    tcp: replies({ 'USER anonymous': '530 This is SecureFTP of secure.example.', USER: '331 go on', PASS: '530 no' }),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'none', 1)],
  },
  {
    name: 'TLS is demanded of all, and encrypts nothing',
    ...weak,
    candidates: candidates.slice(0, 1),
    start: start(
      ftp({ tls: { maxVersion: 'TLSv1.2', ciphers: 'eNULL' }, requireTls: true, clearData: 'refused at PROT' }),
    ),
    sees: [
      { ...channel, credentials: false, version: 'TLS 1.2' } as Fact,
      ...shut.slice(1),
      no('admin', 'x:1'),
      throttle('admin', 'none', 1),
      data('tls'),
    ],
  },
  {
    name: 'any login with a name of its own',
    ...weak,
    tcp: (socket) => {
      socket.write('220 hello\r\n');
      socket.on('data', (bytes) => {
        const line = bytes.toString();
        socket.write(
          line === 'USER anonymous\r\n' ? '530 no\r\n' : /^(USER|PASS)/.test(line) ? '230 in\r\n' : '502 no\r\n',
        );
      });
    },
    sees: [
      channel,
      none,
      login('random', 'random', 'random', true, { grants: 'unknown' }),
      login('random', 'random', 'random', true, { grants: 'unknown' }),
      { ...access('any'), action: 'read', resource: 'session', how: 'guessed' } as Fact,
    ],
  },
  {
    name: 'anonymous, and a listing that never comes',
    ...weak,
    tcp: (socket) => {
      socket.write('220 hello\r\n');
      socket.on('data', (bytes) => socket.write(/^(USER|PASS)/.test(bytes.toString()) ? '230 in\r\n' : '502 no\r\n'));
    },
    sees: [
      channel,
      login('none', '', undefined, true, { grants: 'unknown' }),
      {
        kind: 'access',
        protocol: 'ftp',
        class: 'content',
        action: 'read',
        resource: 'session',
        authentication: 'none',
        how: 'guessed',
      },
    ],
  },
  {
    name: 'all rejected, the declared account works',
    ...sound,
    accounts: [{ user: 'lab', secret: 'OnlyHere1' }],
    start: start(ftp({ accounts: { lab: 'OnlyHere1' }, files })),
    sees: [
      ...shut,
      login('declared', 'lab', 'declared:lab', true),
      no('admin', 'x:1'),
      no('admin', 'x:2'),
      no('root', 'x:3'),
      login('declared', 'lab', 'declared:lab', true),
      throttle('admin', 'none', 2),
    ],
  },
  {
    name: 'AUTH TLS offered, and taken: no password goes in the clear',
    ...sound,
    accounts: [{ user: 'lab', secret: 'OnlyHere1' }],
    start: start(ftp({ tls: {}, accounts: { lab: 'OnlyHere1' }, files })),
    sees: [
      { ...clear, offered: 'starttls' } as Fact,
      ...shut.slice(1),
      login('declared', 'lab', 'declared:lab', true),
      no('admin', 'x:1'),
      no('admin', 'x:2'),
      no('root', 'x:3'),
      login('declared', 'lab', 'declared:lab', true),
      throttle('admin', 'none', 2),
    ],
    also: ({ transcripts }) => clearPasswords(transcripts, ['probe@example.invalid']),
  },
  {
    name: 'a listed default, only after AUTH TLS, with a listing that is private too',
    ...weak,
    start: start(ftp({ tls: {}, requireTls: true, accounts, files })),
    sees: [upgraded, ...shut.slice(1), ...hit, data('tls')],
    also: ({ transcripts }) => {
      clearPasswords(transcripts, []);
      const said = transcripts.map(({ entries }) => entries.map(({ bytes }) => bytes.toString()).join(''));
      if (!said.some((text) => /TLSv1\.3[\s\S]*PASS \[redacted\]/.test(text)))
        fail('the dialogue inside TLS is not shown');
    },
  },
  {
    name: 'anonymous in the clear alone, beside AUTH TLS for others',
    ...weak,
    tcp: replies({
      FEAT: '211-Features:\r\n AUTH TLS\r\n211 End',
      'AUTH TLS': '534 no',
      USER: '331 go on',
      PASS: '230 in',
    }),
    sees: [
      clear,
      login('none', '', undefined, true, { grants: 'unknown' }),
      { ...access('none'), action: 'read', resource: 'session', how: 'guessed' } as Fact,
    ],
  },
  {
    name: 'TLS is wanted at the password, and there is none',
    ...open,
    tcp: replies({ USER: '331 go on', PASS: '522 encrypt first' }),
    sees: [clear],
    outcome: 'unsupported',
    open: ['login', 'access', 'throttle'],
  },
  {
    name: 'AUTH TLS is granted, and no TLS comes of it: logins in the clear are taken all the same',
    ...sound,
    candidates: candidates.slice(0, 1),
    tcp: replies({ 'AUTH TLS': '234 go on\r\n220 injected', USER: '331 go on', PASS: '530 no' }),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'none', 1)],
  },
  {
    name: 'the older AUTH SSL',
    ...open,
    candidates: [],
    tcp: replies({ 'AUTH TLS': '504 unknown', 'AUTH SSL': '234 go on', USER: '530 use SSL' }, 'close after AUTH SSL'),
    sees: [],
    outcome: 'unsupported',
    open: ['login', 'throttle', 'access', 'channel'],
  },
  {
    name: 'a plain refusal that asks to try again is no lock',
    ...sound,
    candidates: candidates.slice(0, 1),
    tcp: replies({ USER: '331 go on', PASS: '530 Login incorrect, please try again.' }),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'none', 1)],
  },
  {
    name: 'a refusal that always speaks of expired passwords',
    ...sound,
    candidates: candidates.slice(0, 1),
    tcp: replies({ USER: '331 go on', PASS: '530 Login incorrect, or the password has expired.' }),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'none', 1)],
  },
  {
    name: 'a listed default that has expired',
    ...weak,
    candidates: candidates.slice(1, 2),
    tcp: (socket) => {
      let user = '';
      socket.write('220 FTP\r\n');
      socket.on('data', (bytes) => {
        const [, command, word] = /^(\w+) ?(.*)\r/.exec(bytes.toString())!;
        if (command === 'USER') user = word!;
        const right = command === 'PASS' && user === 'admin' && word === 'meinsm99';
        socket.write(
          command === 'USER'
            ? '331 so\r\n'
            : right
              ? '530 Your password has expired\r\n'
              : command === 'PASS'
                ? '530 no\r\n'
                : '502 no\r\n',
        );
      });
    },
    sees: [
      ...shut,
      login('candidate', 'admin', 'x:2', true, { answer: CHANGE, grants: 'change-only' }),
      login('known-user-random', 'admin', 'random', false),
      random,
      login('repeat', 'admin', 'x:2', true, { answer: CHANGE, grants: 'change-only', changeAsked: true, proven: true }),
    ],
  },
  {
    name: 'a password that the server does not understand',
    ...open,
    candidates: candidates.slice(0, 1),
    tcp: replies({ USER: '331 go on', PASS: '530 no', 'PASS hunter2': '500 Line too long' }),
    sees: [...shut, { ...no('admin', 'x:1'), answer: '500, not understood' } as Fact, throttle('admin', 'none', 1)],
    outcome: 'unsupported',
  },
  {
    name: 'no logins at all',
    ...open,
    tcp: replies({}),
    sees: [channel],
    outcome: 'protocol',
  },
  {
    name: 'preliminary replies without end',
    ...open,
    tcp: (socket) => void socket.write('120 soon\r\n'.repeat(30)),
    sees: [],
    outcome: 'protocol',
  },
  {
    name: 'a listing that is shown over the control connection',
    ...weak,
    tcp: replies({ USER: '230 in', STAT: '213-Status follows:\r\n-rw-r--r-- 1 0 0 5 a.txt\r\n213 End' }),
    sees: [channel, login('none', '', undefined, true), access('none')],
  },
  {
    name: 'locks after three failures, anonymous being one',
    ...open,
    start: start(lockOutAfter(ftp({ accounts }), 3)),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'refuse', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'a delay after each failure, longer than any other answer may take',
    ...sound,
    limits: { wait: 250 },
    candidates: candidates.slice(0, 1),
    start: start(tarpit(ftp(), 150)),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'none', 1)],
  },
  {
    name: 'a listed default, and then an account is asked for',
    ...open,
    candidates: candidates.slice(1),
    tcp: (socket) => {
      let user = '';
      socket.write('220 FTP\r\n');
      socket.on('data', (bytes) => {
        const [, command, word] = /^(\w+) ?(.*)\r/.exec(bytes.toString())!;
        if (command === 'USER') user = word!;
        const asks = command === 'USER' ? 331 : command !== 'PASS' ? 502 : user === 'admin' ? 332 : 530;
        socket.write(`${asks} so\r\n`);
      });
    },
    sees: [...shut, { ...no('admin', 'x:2'), answer: '332' } as Fact, no('root', 'x:3'), throttle('admin', 'none', 1)],
    outcome: 'unsupported',
    open: ['login'],
  },
  { name: 'too many connections at once', ...open, tcp: (s) => s.end('421 Too many\r\n'), sees: [], outcome: 'locked' },
  { name: 'another protocol', ...open, tcp: (s) => s.write('SSH-2.0-x\r\n'), sees: [], outcome: 'protocol' },
  { name: 'silence', ...open, start: start(stall(ftp())), sees: [], outcome: 'timeout' },
  { name: 'half a greeting', ...open, tcp: (socket) => socket.write('220-hello\r\n'), sees: [], outcome: 'timeout' },
  { name: 'a byte at a time', ...open, start: start(drip(ftp(), 60)), sees: [], outcome: 'timeout' },
  { name: 'floods', ...open, start: start(flood(ftp())), sees: [], outcome: 'protocol' },
  { name: 'resets', ...open, start: start(reset(ftp())), sees: [], outcome: 'reset' },
  { name: 'closes', ...open, tcp: (socket) => socket.end(), sees: [], outcome: 'reset' },
  { name: 'refuses', ...open, start: closedPort, sees: [], outcome: 'refused' },
  { name: 'garbage', ...open, start: start(garble(ftp())), sees: [], outcome: 'timeout' },
]);

/** A server that answers each command, by its words or its first one, so; all others with 502. */
function replies(answers: Readonly<Record<string, string>>, end = '') {
  return (socket: Socket): void => {
    socket.write('220 hello\r\n');
    socket.on('data', (bytes) => {
      const line = bytes.toString('latin1').replace(/\r\n[\s\S]*$/, '');
      socket.write(`${answers[line] ?? answers[line.split(' ')[0]!] ?? '502 no'}\r\n`);
      if (end === `close after ${line}`) socket.end();
    });
  };
}

/** Holds that these passwords, and no others, were sent before TLS. */
function clearPasswords(transcripts: readonly ReadTranscript[], expected: readonly string[]): void {
  const sent = transcripts.flatMap(({ entries }) => {
    const secured = entries.findIndex(({ dir, bytes }) => dir === 'note' && bytes.toString().startsWith('TLSv1'));
    return entries
      .slice(0, secured < 0 ? undefined : secured)
      .flatMap(({ dir, bytes }) => (dir === 'sent' ? (/^PASS (.*)\r/.exec(bytes.toString())?.[1] ?? []) : []));
  });
  if (sent.join() !== expected.join()) fail(`sent in the clear: ${sent.join()}`);
}

function fail(what: string): never {
  throw new Error(what);
}
