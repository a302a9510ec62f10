import type { Socket } from 'node:net';
import { expect } from 'vitest';
import type { TcpService } from '../../fixtures/service.ts';
import {
  acceptAnything,
  drip,
  flood,
  garble,
  lockOutAfter,
  mysql,
  reset,
  stall,
  stallAfter,
  tls,
} from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { closedPort, probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const candidates = [
  { id: 'x:1', user: 'admin', secret: 'hunter2' },
  { id: 'x:2', user: 'admin', secret: 'meinsm99' },
];
const common = {
  protocol: 'mysql',
  candidates,
  ignore: ['milliseconds'],
  never: /hunter2|meinsm99|OnlyHere1/,
};
const weak = { ...common, limits: { wait: 3000 }, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, limits: { wait: 3000 }, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, limits: { wait: 120 }, device: 'cannot-tell' } as const;

const clear: Fact = { kind: 'channel', protocol: 'mysql', encryption: 'none' };
const offered = { ...clear, offered: 'starttls' } as Fact;
const needsTls = { ...clear, upgrade: 'starttls', credentials: false } as Fact;
const access = (authentication: string): Fact =>
  ({
    kind: 'access',
    protocol: 'mysql',
    class: 'function',
    action: 'execute',
    resource: 'session',
    authentication,
    how: 'recognised',
  }) as Fact;
const login = (arm: string, account: string, secret: string | undefined, accepted: boolean, more = {}) =>
  ({
    kind: 'login',
    protocol: 'mysql',
    account,
    ...(secret ? { secret } : {}),
    arm,
    accepted,
    answer: accepted ? 'OK' : 'ER 1045',
    ...(accepted ? { grants: 'full' } : {}),
    ...more,
  }) as Fact;
const throttle = (account: string, response: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'mysql', account, response, after }) as Fact;
const none = login('none', '', undefined, false);
const entered = login('none', '', undefined, true);
const random = login('random', 'random', 'random', false);
const doors = [none, random, access('required')];
const shut = [clear, ...doors];
const no = (account: string, id: string) => login('candidate', account, id, false);
const hit = (candidate = {}, repeat = candidate) => [
  no('admin', 'x:1'),
  login('candidate', 'admin', 'x:2', true, candidate),
  login('known-user-random', 'admin', 'random', false),
  random,
  login('repeat', 'admin', 'x:2', true, { ...repeat, proven: true }),
];
const rejected = [no('admin', 'x:1'), no('admin', 'x:2'), throttle('admin', 'none', 2)];
const accounts = { admin: 'meinsm99' };
const theirs = { admin: 'OnlyHere1' };
const body = (sequence: number, text: string) =>
  Buffer.concat([Buffer.from([text.length, 0, 0, sequence]), Buffer.from(text, 'latin1')]);
const HELLO = body(
  0,
  `\x0a8.0.36\0\x01\0\0\0${'n'.repeat(8)}\0\x05\xa2\x21\x02\0\x08\0\x15${'\0'.repeat(10)}${'n'.repeat(12)}\0mysql_native_password\0`,
);
/** A handshake, and then what it is told to say to each packet of a connection. */
const says = (words: (turn: number) => Buffer | undefined) => ({
  tcp: (socket: Socket) => {
    let turn = 0;
    socket.write(HELLO);
    socket.on('data', () => {
      const answer = words(turn++);
      if (answer) socket.write(answer);
    });
  },
});
const NO = body(2, '\xff\x15\x04#28000no');
const changes = { grants: 'change-only' };

probeTest(probe, [
  ...(
    [
      ['mysql_native_password', { accounts }],
      ['caching_sha2_password, the quick way', { accounts, plugin: 'caching_sha2_password' }],
      ['caching_sha2_password and its public key', { accounts, plugin: 'caching_sha2_password', forgets: true }],
      ['caching_sha2_password in TLS', { accounts, plugin: 'caching_sha2_password', forgets: true, tls: {} }],
      ['sha256_password and its public key', { accounts, switchTo: 'sha256_password' }],
      ['a change to caching_sha2_password', { accounts, switchTo: 'caching_sha2_password' }],
      ['a change from what is not spoken', { accounts, plugin: 'client_ed25519', switchTo: 'mysql_native_password' }],
    ] as const
  ).map(([name, options]) => ({
    name: `a listed default, by ${name}`,
    ...weak,
    start: start(mysql(options)),
    sees: 'tls' in options ? [...doors, ...hit(), offered] : [...shut, ...hit()],
  })),
  {
    // The rule is looked at once the password was right: a wrong one is refused as anywhere.
    name: 'a listed default, and logins in TLS alone by a rule for all',
    ...weak,
    start: start(mysql({ accounts, tls: {}, requireTls: true })),
    sees: [...doors, ...hit(), needsTls],
  },
  {
    name: 'a listed default, in TLS alone by a rule for that account, or one that is not said',
    ...open,
    limits: { wait: 3000 },
    start: start(mysql({ accounts, tls: {}, requireTls: 'account' })),
    sees: [...doors, ...hit()],
    outcome: 'unsupported',
    open: ['channel'],
  },
  ...[true, false].map((requireTls) => ({
    name: `TLS, ${requireTls ? 'which is needed' : 'which is not needed'}, and no account is known that could show it`,
    ...open,
    limits: { wait: 3000 },
    start: start(mysql({ accounts: theirs, tls: {}, requireTls })),
    sees: [...doors, ...rejected],
    outcome: 'unsupported' as const,
    open: ['channel'],
  })),
  {
    name: 'an account without a name, and logins in TLS alone',
    ...weak,
    start: start(mysql({ accounts: { '': '' }, tls: {}, requireTls: true })),
    sees: [needsTls, entered, access('none')],
  },
  {
    name: 'a proxy that takes nobody outside of TLS',
    ...weak,
    start: start(mysql({ accounts, tls: {}, refusesClear: 'Access without SSL denied' })),
    sees: [needsTls, ...doors, ...hit()],
  },
  {
    name: 'TLS is needed, and there is none',
    ...open,
    start: start(mysql({ accounts: { '': '' }, requireTls: true })),
    sees: [],
    outcome: 'unsupported',
    open: ['login', 'throttle', 'access', 'channel'],
  },
  {
    name: 'TLS from the first byte that encrypts nothing',
    ...weak,
    security: 'tls',
    start: start(tls(mysql({ accounts: { '': '' } }), { maxVersion: 'TLSv1.2', ciphers: 'eNULL' })),
    sees: [{ ...clear, version: 'TLS 1.2' } as Fact, entered, access('none')],
  },
  {
    name: 'MariaDB with TLS that blocks the account after three failures',
    ...open,
    limits: { wait: 3000 },
    start: start(lockOutAfter(mysql({ accounts, tls: {}, version: '10.11.6-MariaDB', lock: 4150 }), 4)),
    sees: [...doors, no('admin', 'x:1'), throttle('admin', 'lock', 2)],
    outcome: 'locked',
    open: ['login', 'channel'],
  },
  {
    name: 'a listed default within TLS from the first byte',
    ...weak,
    security: 'tls',
    start: start(tls(mysql({ accounts, plugin: 'caching_sha2_password' }))),
    sees: [{ ...clear, encryption: 'tls', version: 'TLS 1.3' } as Fact, ...doors, ...hit()],
  },
  {
    name: 'a listed default that must be changed before anything else',
    ...weak,
    start: start(mysql({ accounts, expired: 1820 })),
    sees: [...shut, ...hit(changes, { ...changes, changeAsked: true, answer: 'a new password is asked for' })],
  },
  {
    name: 'a listed default that must be changed to get in',
    ...weak,
    start: start(mysql({ accounts, expired: 1862 })),
    sees: [
      ...shut,
      ...hit(
        { ...changes, answer: 'ER 1862' },
        { ...changes, changeAsked: true, answer: 'a new password is asked for' },
      ),
    ],
  },
  {
    name: 'an account without a name',
    ...weak,
    start: start(mysql({ accounts: { '': '' } })),
    sees: [clear, entered, access('none')],
  },
  {
    name: 'any login but an empty one',
    ...weak,
    start: start(acceptAnything(mysql({ accounts: theirs }))),
    sees: [clear, entered, access('none')],
  },
  { name: 'all rejected', ...sound, start: start(mysql({ accounts: theirs })), sees: [...shut, ...rejected] },
  {
    name: 'all rejected in TLS, the declared account works',
    ...sound,
    accounts: [{ user: 'lab', secret: 'OnlyHere1' }],
    start: start(mysql({ accounts: { lab: 'OnlyHere1' }, tls: {}, plugin: 'caching_sha2_password', forgets: true })),
    sees: [
      ...doors,
      login('declared', 'lab', 'declared:lab', true),
      ...rejected.slice(0, 2),
      login('declared', 'lab', 'declared:lab', true),
      rejected[2]!,
      offered,
    ],
  },
  {
    name: 'all rejected, the declared account works, and its answers are not kept',
    ...sound,
    candidates: candidates.slice(0, 1),
    accounts: [{ user: 'lab', secret: 'OnlyHere1' }],
    start: start(mysql({ accounts: { lab: 'OnlyHere1' } })),
    sees: [
      ...shut,
      login('declared', 'lab', 'declared:lab', true),
      no('admin', 'x:1'),
      login('declared', 'lab', 'declared:lab', true),
      throttle('admin', 'none', 1),
    ],
    also: ({ transcripts }) => {
      const sent = transcripts.map(({ entries }) =>
        Buffer.concat(entries.filter(({ dir }) => dir === 'sent').map(({ bytes }) => bytes)).toString('latin1'),
      );
      const named = sent.filter((text) => text.includes('\0lab\0'));
      expect(named).toHaveLength(2);
      // Twenty bytes of answer would stand between the name and the method's.
      for (const text of named) expect(text.indexOf('mysql_native') - text.indexOf('\0lab\0')).toBeLessThan(20);
    },
  },
  {
    name: 'a method that is not spoken',
    ...open,
    start: start(mysql({ accounts, switchTo: 'auth_gssapi_client' })),
    sees: [],
    outcome: 'unsupported',
  },
  {
    name: 'lets in nobody from our address',
    ...open,
    start: start(mysql({ error: 1130 })),
    sees: [],
    outcome: 'unsupported',
    open: ['login', 'throttle', 'access', 'channel'],
  },
  ...[1129, 1040].map((error) => ({
    name: `answers connections with ER ${error}`,
    ...open,
    start: start(mysql({ error })),
    sees: [],
    outcome: 'locked' as const,
  })),
  {
    name: 'blocks the host after three failures',
    ...open,
    start: start(lockOutAfter(mysql({ accounts }), 3)),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'lock', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'has no connection left after three failures',
    ...open,
    start: start(lockOutAfter(mysql({ accounts, lock: 1040 }), 3)),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'refuse', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'OK to a login, and silence to a query',
    ...open,
    ...says((turn) => (turn === 0 ? body(2, '\0\0\0\x02\0\0\0') : undefined)),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'OK to a login, and garbage to a query',
    ...weak,
    ...says(() => body(2, '\0\0\0\x02\0\0\0')),
    sees: [clear, { ...entered, grants: 'unknown' } as Fact, access('none')],
  },
  {
    name: 'changes the method again and again',
    ...open,
    ...says(() => body(2, `\xfemysql_native_password\0${'m'.repeat(20)}\0`)),
    sees: [],
    outcome: 'protocol',
  },
  { name: 'asks for the hash of old', ...open, ...says(() => body(2, '\xfe')), sees: [], outcome: 'unsupported' },
  { name: 'asks for more without end', ...open, ...says(() => body(2, '\x01more')), sees: [], outcome: 'protocol' },
  {
    name: 'an error of another kind',
    ...open,
    ...says(() => body(2, '\xff\xff\x0f')),
    sees: [clear],
    outcome: 'protocol',
  },
  {
    name: 'denies, and then is silent',
    ...open,
    ...says((turn) => (turn === 0 ? NO : undefined)),
    candidates: [],
    sees: [...shut],
    outcome: 'budget',
  },
  {
    name: 'half a handshake',
    ...open,
    start: start(stallAfter(mysql({ accounts }), 30)),
    sees: [],
    outcome: 'timeout',
  },
  { name: 'protocol 9', ...open, tcp: (s) => s.write(body(0, '\x093.20\0xxxx')), sees: [], outcome: 'protocol' },
  { name: 'another protocol', ...open, tcp: (s) => s.write('SSH-2.0-x\r\n'), sees: [], outcome: 'protocol' },
  { name: 'silence', ...open, start: start(stall(mysql())), sees: [], outcome: 'timeout' },
  { name: 'a byte at a time', ...open, start: start(drip(mysql(), 60)), sees: [], outcome: 'timeout' },
  { name: 'floods', ...open, start: start(flood(mysql())), sees: [], outcome: 'protocol' },
  { name: 'resets', ...open, start: start(reset(mysql())), sees: [], outcome: 'reset' },
  { name: 'closes', ...open, tcp: (socket) => socket.end(), sees: [], outcome: 'reset' },
  { name: 'refuses', ...open, start: closedPort, sees: [], outcome: 'refused' },
  { name: 'garbage', ...open, start: start(garble(mysql())), sees: [], outcome: 'protocol' },
]);
