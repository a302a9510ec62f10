import type { Socket } from 'node:net';
import { expect } from 'vitest';
import type { TcpService } from '../../fixtures/service.ts';
import {
  acceptAnything,
  drip,
  flood,
  garble,
  lockOutAfter,
  postgresql,
  reset,
  stall,
  stallAfter,
  tls,
} from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { closedPort, probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const candidates = [
  { id: 'x:1', user: 'admin', secret: 'hunter2' },
  { id: 'x:2', user: 'admin', secret: 'meinsm99' },
];
const common = {
  protocol: 'postgresql',
  candidates,
  ignore: ['milliseconds'],
  never: /hunter2|meinsm99|OnlyHere1/,
};
const weak = { ...common, limits: { wait: 3000 }, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, limits: { wait: 3000 }, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, limits: { wait: 120 }, device: 'cannot-tell' } as const;

const clear: Fact = { kind: 'channel', protocol: 'postgresql', encryption: 'none' };
const upgraded = { ...clear, upgrade: 'starttls' } as Fact;
const offered = { ...clear, offered: 'starttls' } as Fact;
/** Entries for other users and databases are not shown: nobody can say that all are held to TLS. */
const untold: Pick<Row, 'device' | 'outcome' | 'open'> = {
  device: 'cannot-tell',
  outcome: 'unsupported',
  open: ['channel'],
};
/** The password itself is asked for. */
const taken = { ...clear, credentials: true } as Fact;
const access = (authentication: string): Fact =>
  ({
    kind: 'access',
    protocol: 'postgresql',
    class: 'function',
    action: 'execute',
    resource: 'session',
    authentication,
    how: 'recognised',
  }) as Fact;
const login = (arm: string, account: string, secret: string | undefined, accepted: boolean, more = {}) =>
  ({
    kind: 'login',
    protocol: 'postgresql',
    account,
    ...(secret ? { secret } : {}),
    arm,
    accepted,
    answer: accepted ? 'ReadyForQuery' : '28P01',
    ...(accepted ? { grants: 'full' } : {}),
    ...more,
  }) as Fact;
const throttle = (account: string, response: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'postgresql', account, response, after }) as Fact;
const none = login('none', '', undefined, false, { answer: 'a password is asked for' });
const entered = login('none', '', undefined, true);
const random = login('random', 'random', 'random', false);
const doors = [none, random, access('required')];
const shut = [clear, ...doors];
const no = (account: string, id: string) => login('candidate', account, id, false);
const hit = (more = {}) => [
  no('admin', 'x:1'),
  login('candidate', 'admin', 'x:2', true, more),
  login('known-user-random', 'admin', 'random', false),
  random,
  login('repeat', 'admin', 'x:2', true, { ...more, proven: true }),
];
const rejected = [no('admin', 'x:1'), no('admin', 'x:2'), throttle('admin', 'none', 2)];
const accounts = { admin: 'meinsm99', postgres: 'OnlyHere1' };
const theirs = { postgres: 'OnlyHere1' };
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
/** `N` to SSLRequest, and then what it is told to say to each message of a connection. */
const says = (words: (turn: number, asked: Buffer) => Buffer | undefined) => ({
  tcp: (socket: Socket) => {
    let turn = 0;
    socket.on('data', (asked) => {
      if (asked.length === 8) return void socket.write('N');
      const answer = words(turn++, asked);
      if (answer) socket.write(answer);
    });
  },
});
const OK = hex('52 00000008 00000000');
const ASK = hex('52 00000008 00000003');
const READY = hex('5a 00000005 49');

probeTest(probe, [
  ...(['password', 'md5', 'scram-sha-256'] as const).map((method) => ({
    name: `a listed default, by ${method}`,
    ...weak,
    start: start(postgresql({ method, accounts })),
    sees: [method === 'password' ? taken : clear, ...doors, ...hit()],
  })),
  {
    name: 'a listed default of whom there is no database for',
    ...weak,
    start: start(postgresql({ accounts, noDatabase: true })),
    sees: [...shut, ...hit({ answer: '3D000 after AuthenticationOk', grants: 'unknown' })],
  },
  {
    name: 'a listed default, and logins in TLS alone',
    ...weak,
    start: start(postgresql({ accounts, tls: {}, requireTls: true })),
    sees: [...doors, ...hit()],
    ...untold,
  },
  {
    name: 'a listed default that is taken outside of TLS, and nobody else is',
    ...weak,
    start: start(postgresql({ accounts, tls: {}, requireTls: true, takenInClear: ['admin'] })),
    sees: [...doors, ...hit(), offered],
  },
  {
    name: 'all rejected, and one declared account is taken outside of TLS',
    ...weak,
    accounts: [{ user: 'old', secret: 'OnlyHere1' }],
    candidates: candidates.slice(0, 1),
    start: start(
      postgresql({
        accounts: { old: 'OnlyHere1' },
        tls: {},
        requireTls: true,
        takenInClear: ['old'],
        method: 'password',
      }),
    ),
    sees: [
      { ...offered, credentials: true } as Fact,
      ...doors,
      login('declared', 'old', 'declared:old', true),
      no('admin', 'x:1'),
      login('declared', 'old', 'declared:old', true),
      throttle('admin', 'none', 1),
    ],
  },
  {
    name: 'the superuser in TLS alone, and everybody else anywhere',
    ...weak,
    start: start(postgresql({ accounts, tls: {}, onlyInTls: ['postgres'] })),
    sees: [offered, ...doors, ...hit()],
  },
  {
    name: 'nobody outside of TLS, as PgBouncer says it',
    ...weak,
    start: start(postgresql({ accounts, tls: {}, refusesClear: 'SSL required' })),
    sees: [upgraded, ...doors, ...hit()],
  },
  {
    name: 'an error in the clear that says nothing of TLS',
    ...weak,
    start: start(postgresql({ accounts, tls: {}, refusesClear: 'no such thing' })),
    sees: [...doors, ...hit()],
    ...untold,
  },
  {
    name: 'no connection is left, and TLS is offered',
    ...open,
    start: start(postgresql({ error: '53300', tls: {} })),
    sees: [],
    outcome: 'locked',
    open: ['login', 'access', 'throttle', 'channel'],
  },
  {
    name: 'TLS from the first byte that encrypts nothing',
    ...weak,
    security: 'tls',
    start: start(tls(postgresql({ method: 'trust', accounts }), { maxVersion: 'TLSv1.2', ciphers: 'eNULL' })),
    sees: [{ ...clear, version: 'TLS 1.2' } as Fact, entered, access('none')],
  },
  {
    name: 'TLS that breaks, and logins in the clear',
    ...weak,
    tcp: (socket) =>
      void socket.on('data', (asked: Buffer) =>
        socket.write(asked.length === 8 ? 'S' : asked[0] === 0x16 ? 'what?' : Buffer.concat([OK, READY])),
      ),
    sees: [clear, entered, access('none')],
  },
  {
    name: 'a listed default within TLS from the first byte',
    ...weak,
    security: 'tls',
    start: start(tls(postgresql({ accounts }))),
    sees: [{ ...clear, encryption: 'tls', version: 'TLS 1.3' } as Fact, ...doors, ...hit()],
  },
  {
    name: 'trusts everybody',
    ...weak,
    start: start(postgresql({ method: 'trust', accounts })),
    sees: [clear, entered, access('none')],
  },
  {
    name: 'trusts everybody in TLS',
    ...weak,
    start: start(postgresql({ method: 'trust', accounts, tls: {}, requireTls: true })),
    sees: [entered, access('none')],
    ...untold,
  },
  {
    name: 'trusts everybody, and the superuser has a name that the declaration knows',
    ...weak,
    accounts: [{ user: 'lab', secret: 'OnlyHere1' }],
    start: start(postgresql({ method: 'trust', accounts: { lab: 'x' } })),
    sees: [clear, entered, access('none')],
  },
  {
    name: 'any login',
    ...weak,
    start: start(acceptAnything(postgresql())),
    sees: [
      clear,
      none,
      login('random', 'random', 'random', true),
      login('random', 'random', 'random', true),
      access('any'),
    ],
  },
  ...(['password', 'md5', 'scram-sha-256'] as const).map((method) => ({
    name: `all rejected, by ${method}`,
    ...sound,
    start: start(postgresql({ method, accounts: theirs })),
    sees: [method === 'password' ? taken : clear, ...doors, ...rejected],
  })),
  {
    name: 'all rejected, the declared account works, and TLS is offered',
    ...sound,
    accounts: [{ user: 'postgres', secret: 'OnlyHere1' }],
    start: start(postgresql({ tls: {}, accounts: theirs })),
    sees: [
      { ...clear, offered: 'starttls' } as Fact,
      ...doors,
      login('declared', 'postgres', 'declared:postgres', true),
      ...rejected.slice(0, 2),
      login('declared', 'postgres', 'declared:postgres', true),
      rejected[2]!,
    ],
    // A proof and the server's signature let anybody try passwords who has the nonces.
    also: ({ transcripts }) => {
      const all = transcripts.flatMap(({ entries }) => entries.map(({ bytes }) => bytes.toString('latin1'))).join('\n');
      expect(all).toMatch(/c=biws,r=/);
      expect(all).not.toMatch(/[pv]=[A-Za-z0-9+/]{20}/);
    },
  },
  {
    name: 'words that no message of it can carry',
    ...sound,
    candidates: [{ id: 'x:0', user: 'admin', secret: 'with\0nul' }, ...candidates],
    start: start(postgresql({ accounts: theirs })),
    sees: [...shut, ...rejected],
    also: ({ tried }) => expect(tried).toEqual(['x:1', 'x:2']),
  },
  {
    name: 'trusts everybody, and nobody who exists is known',
    ...open,
    start: start(postgresql({ method: 'trust', accounts: { lab: 'x' } })),
    sees: [clear],
    outcome: 'unsupported',
    open: ['login', 'access', 'throttle'],
  },
  {
    name: 'keeps everybody out',
    ...open,
    start: start(postgresql({ method: 'reject' })),
    sees: [],
    outcome: 'unsupported',
    open: ['login', 'throttle', 'access', 'channel'],
  },
  {
    name: 'takes tickets alone',
    ...open,
    start: start(postgresql({ method: 'gss' })),
    sees: [],
    outcome: 'unsupported',
  },
  {
    name: 'has no connection left',
    ...open,
    start: start(postgresql({ error: '53300' })),
    sees: [clear],
    outcome: 'locked',
    open: ['login', 'access', 'throttle'],
  },
  {
    name: 'has no connection left after two failures',
    ...open,
    start: start(lockOutAfter(postgresql({ accounts }), 2)),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'refuse', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'asks for a password again and again',
    ...open,
    ...says(() => ASK),
    sees: [taken, none],
    outcome: 'protocol',
  },
  {
    name: 'is ready without an AuthenticationOk',
    ...open,
    ...says((turn) => (turn === 0 ? ASK : READY)),
    sees: [taken, none],
    outcome: 'protocol',
  },
  {
    name: 'says OK to any password and is never ready',
    ...open,
    ...says((turn) => (turn === 0 ? ASK : OK)),
    sees: [taken, none],
    outcome: 'timeout',
  },
  {
    name: 'settings without end',
    ...open,
    ...says((turn) =>
      turn === 0 ? ASK : Buffer.concat([OK, ...Array<Buffer>(500).fill(hex('53 00000008 61006200'))]),
    ),
    sees: [taken, none],
    outcome: 'protocol',
  },
  {
    name: 'a challenge of SCRAM that is not for us',
    ...open,
    ...says((turn) =>
      turn === 0
        ? Buffer.concat([hex('52 00000017 0000000a'), Buffer.from('SCRAM-SHA-256\0\0')])
        : Buffer.concat([hex('52 0000001d 0000000b'), Buffer.from('r=mine,s=AAAA,i=99999')]),
    ),
    sees: [clear, none],
    outcome: 'protocol',
  },
  {
    name: 'an error of another kind for each login',
    ...open,
    start: start(postgresql({ error: '08P01' })),
    sees: [clear],
    outcome: 'protocol',
  },
  {
    name: 'TLS that is none',
    ...open,
    tcp: (socket) => socket.on('data', () => socket.write('S')),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'half a challenge',
    ...open,
    start: start(stallAfter(postgresql({ method: 'md5' }), 8)),
    sees: [],
    outcome: 'timeout',
  },
  { name: 'another protocol', ...open, tcp: (s) => s.write('SSH-2.0-x\r\n'), sees: [], outcome: 'protocol' },
  { name: 'silence', ...open, start: start(stall(postgresql())), sees: [], outcome: 'timeout' },
  { name: 'a byte at a time', ...open, start: start(drip(postgresql(), 60)), sees: [], outcome: 'timeout' },
  { name: 'floods', ...open, start: start(flood(postgresql())), sees: [], outcome: 'protocol' },
  { name: 'resets', ...open, start: start(reset(postgresql())), sees: [], outcome: 'reset' },
  { name: 'closes', ...open, tcp: (socket) => socket.end(), sees: [], outcome: 'reset' },
  { name: 'refuses', ...open, start: closedPort, sees: [], outcome: 'refused' },
  { name: 'garbage', ...open, start: start(garble(postgresql())), sees: [], outcome: 'protocol' },
]);
