import type { Socket } from 'node:net';
import { expect } from 'vitest';
import type { TcpService } from '../../fixtures/service.ts';
import {
  acceptAnything,
  drip,
  flood,
  garble,
  lockOutAfter,
  redis,
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
  { id: 'x:1', user: '', secret: 'hunter2' },
  { id: 'x:2', user: 'admin', secret: 'meinsm99' },
  { id: 'x:3', user: '', secret: 'vizxv77' },
];
const common = {
  protocol: 'redis',
  candidates,
  ignore: ['milliseconds', 'sample'],
  never: /hunter2|meinsm99|vizxv77|OnlyHere1/,
};
const weak = { ...common, limits: { wait: 3000 }, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, limits: { wait: 3000 }, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, limits: { wait: 300 }, device: 'cannot-tell' } as const;

const access = (authentication: string, more = {}): Fact =>
  ({
    kind: 'access',
    protocol: 'redis',
    class: 'setting',
    action: 'read',
    resource: 'INFO',
    authentication,
    how: 'recognised',
    ...more,
  }) as Fact;
const keys = { class: 'customer-data', action: 'list', resource: 'keys', how: 'guessed' };
const login = (arm: string, account: string, secret: string | undefined, accepted: boolean, more = {}) =>
  ({
    kind: 'login',
    protocol: 'redis',
    account,
    ...(secret ? { secret } : {}),
    arm,
    accepted,
    answer: accepted ? 'OK' : 'WRONGPASS',
    ...(accepted ? { grants: 'full' } : {}),
    ...more,
  }) as Fact;
const throttle = (account: string, response: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'redis', account, response, after }) as Fact;
const none = login('none', '', undefined, false, { answer: 'NOAUTH' });
const entered = login('none', '', undefined, true, { answer: 'INFO' });
const random = login('random', 'random', 'random', false);
const taken: Fact = { kind: 'channel', protocol: 'redis', encryption: 'none', credentials: true };
const shut = [taken, none, random, access('required')];
const no = (account: string, id: string) => login('candidate', account, id, false);
const users = { accounts: { admin: 'OnlyHere1' }, password: 'OnlyHere1' };
// Before version 6, with a password alone.
const old = (fact: Fact): Fact => ({ ...fact, account: '', answer: 'ERR' }) as Fact;
const oldShut = [taken, none, old(random), access('required')];
const says = (words: (asked: string, turn: number) => string | undefined) => ({
  tcp: (socket: Socket) => {
    let turn = 0;
    socket.on('data', (asked) => {
      const answer = words(asked.toString('latin1'), turn++);
      if (answer !== undefined) socket.write(answer);
    });
  },
});
/** As a Redis of version 7 until AUTH, whose answer is given. */
const answersAuth = (answer: string, after = '-NOAUTH Authentication required.\r\n') =>
  says((asked) => (/AUTH/.test(asked) ? (/^\*4/.test(asked) ? '-ERR syntax error\r\n' : answer) : after));

probeTest(probe, [
  { name: 'open, and empty', ...weak, start: start(redis()), sees: [entered, access('none')] },
  {
    name: 'open, with keys',
    ...weak,
    start: start(redis({ accounts: {}, data: { 'user:7': 'secret value', 'user:8': 'x' } })),
    never: /secret value/,
    sees: [entered, access('none'), access('none', keys)],
  },
  {
    name: 'open, with a planted marker among its keys',
    ...weak,
    markers: [{ name: 'customer', value: 'marker-4711' }],
    start: start(redis({ data: { 'user:marker-4711': 'x' } })),
    sees: [entered, access('none'), access('none', { ...keys, how: 'marker', marker: 'customer' })],
  },
  {
    name: 'open inside TLS',
    ...weak,
    security: 'tls',
    start: start(tls(redis())),
    sees: [entered, access('none')],
  },
  {
    name: 'open for one command alone',
    ...weak,
    start: start(redis({ forbidden: ['INFO'], data: { a: 'b' } })),
    sees: [login('none', '', undefined, true, { answer: 'SCAN', grants: 'unknown' }), access('none', keys)],
  },
  {
    name: 'open for one command alone, which shows nothing',
    ...weak,
    start: start(redis({ forbidden: ['INFO'] })),
    sees: [
      login('none', '', undefined, true, { answer: 'SCAN', grants: 'unknown' }),
      access('none', { class: 'content', action: 'execute', resource: 'session' }),
    ],
  },
  {
    name: 'any login',
    ...weak,
    start: start(acceptAnything(redis(users))),
    sees: [
      taken,
      none,
      login('random', 'random', 'random', true),
      login('random', 'random', 'random', true),
      access('any'),
    ],
  },
  {
    name: 'any password, before users had names',
    ...weak,
    start: start(acceptAnything(redis({ password: 'x' }))),
    sees: [taken, none, login('random', '', 'random', true), login('random', '', 'random', true), access('any')],
  },
  {
    name: 'a listed default of a named user',
    ...weak,
    start: start(redis({ accounts: { admin: 'meinsm99' }, password: 'OnlyHere1' })),
    sees: [
      ...shut,
      no('', 'x:1'),
      login('candidate', 'admin', 'x:2', true),
      login('known-user-random', 'admin', 'random', false),
      random,
      login('repeat', 'admin', 'x:2', true, { proven: true }),
      throttle('', 'none', 1),
    ],
  },
  {
    name: 'a listed default, before users had names',
    ...weak,
    start: start(redis({ password: 'vizxv77' })),
    sees: [
      ...oldShut,
      old(no('', 'x:1')),
      login('candidate', '', 'x:3', true),
      old(login('known-user-random', '', 'random', false)),
      old(random),
      login('repeat', '', 'x:3', true, { proven: true }),
    ],
    also: ({ tried }) => expect(tried).toEqual(['x:1', 'x:3']),
  },
  {
    name: 'one password under two names, before users had names',
    ...weak,
    candidates: [
      { id: 'x:1', user: 'default', secret: 'vizxv77' },
      { id: 'x:2', user: '', secret: 'vizxv77' },
    ],
    start: start(redis({ password: 'vizxv77' })),
    sees: [
      ...oldShut,
      login('candidate', '', 'x:1', true),
      old(login('known-user-random', '', 'random', false)),
      old(random),
      login('repeat', '', 'x:1', true, { proven: true }),
    ],
    also: ({ tried }) => expect(tried).toEqual(['x:1', 'x:2']),
  },
  {
    name: 'all rejected, the declared account works',
    ...sound,
    accounts: [{ user: 'admin', secret: 'OnlyHere1' }],
    start: start(redis(users)),
    sees: [
      ...shut,
      login('declared', 'admin', 'declared:admin', true),
      no('', 'x:1'),
      no('admin', 'x:2'),
      no('', 'x:3'),
      login('declared', 'admin', 'declared:admin', true),
      throttle('', 'none', 2),
    ],
  },
  {
    name: 'a default user who may do nothing',
    ...sound,
    candidates: candidates.slice(1, 2),
    start: start(redis({ accounts: { admin: 'OnlyHere1' }, forbidden: ['INFO', 'SCAN'] })),
    sees: [
      { ...none, answer: 'NOPERM' } as Fact,
      random,
      access('required'),
      no('admin', 'x:2'),
      throttle('admin', 'none', 1),
    ],
  },
  {
    name: 'protected mode',
    ...open,
    start: start(redis({ protectedMode: true })),
    sees: [access('required')],
    outcome: 'unsupported',
    open: ['login', 'throttle'],
  },
  {
    name: 'locks after two failures',
    ...open,
    start: start(lockOutAfter(redis(users), 2)),
    sees: [...shut, no('', 'x:1'), throttle('admin', 'refuse', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'says OK to a login and is not open for it',
    ...open,
    ...answersAuth('+OK\r\n'),
    sees: [taken, none],
    outcome: 'protocol',
  },
  {
    name: 'answers a login with a number',
    ...open,
    ...answersAuth(':1\r\n'),
    sees: [taken, none],
    outcome: 'protocol',
  },
  {
    name: 'answers a login with an error of its own',
    ...open,
    ...answersAuth('-ERR something odd\r\n'),
    sees: [taken, none],
    outcome: 'protocol',
  },
  { name: 'says OK to whatever', ...open, ...says(() => '+OK\r\n'), sees: [], outcome: 'protocol' },
  { name: 'an error for whatever', ...open, ...says(() => '-ERR no\r\n'), sees: [], outcome: 'protocol' },
  { name: 'is loading', ...open, ...says(() => '-LOADING soon\r\n'), sees: [], outcome: 'protocol' },
  {
    name: 'an INFO that is none',
    ...open,
    ...says((_, turn) => (turn === 0 ? '-ERR syntax error\r\n' : '$2\r\nhi\r\n')),
    sees: [],
    outcome: 'protocol',
  },
  {
    name: 'too many connections',
    ...open,
    ...says(() => '-ERR max number of clients reached\r\n'),
    sees: [],
    outcome: 'locked',
  },
  { name: 'a bulk of two gigabytes', ...open, ...says(() => '$2147483647\r\n'), sees: [], outcome: 'protocol' },
  { name: 'arrays without end', ...open, ...says(() => '*1\r\n'.repeat(9)), sees: [], outcome: 'protocol' },
  {
    name: 'half a reply',
    ...open,
    start: start(stallAfter(redis(), 30)),
    sees: [],
    outcome: 'timeout',
  },
  { name: 'another protocol', ...open, ...says(() => 'HTTP/1.1 400 Bad\r\n\r\n'), sees: [], outcome: 'protocol' },
  {
    name: 'silence',
    ...open,
    start: start(stall(redis())),
    sees: [],
    outcome: 'timeout',
    open: ['login', 'throttle', 'access'],
  },
  { name: 'a byte at a time', ...open, start: start(drip(redis(), 60)), sees: [], outcome: 'timeout' },
  { name: 'floods', ...open, start: start(flood(redis(), '+')), sees: [], outcome: 'protocol' },
  { name: 'resets', ...open, start: start(reset(redis())), sees: [], outcome: 'reset' },
  { name: 'closes', ...open, tcp: (socket) => socket.end(), sees: [], outcome: 'reset' },
  { name: 'refuses', ...open, start: closedPort, sees: [], outcome: 'refused' },
  { name: 'garbage', ...open, start: start(garble(redis())), sees: [], outcome: 'protocol' },
]);
