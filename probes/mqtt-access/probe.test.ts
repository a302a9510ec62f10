import type { TcpService } from '../../fixtures/service.ts';
import {
  acceptAnything,
  drip,
  flood,
  garble,
  lockOutAfter,
  mqtt,
  reset,
  stall,
  tarpit,
  tls,
} from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { closedPort, probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const candidates = [
  { id: 'x:1', user: 'admin', secret: 'hunter2' },
  { id: 'x:2', user: 'admin', secret: 'public7' },
  { id: 'x:3', user: 'root', secret: 'vizxv77' },
];
const common = {
  protocol: 'mqtt',
  candidates,
  limits: { wait: 400 },
  ignore: ['milliseconds'],
  never: /hunter2|public7|vizxv77|OnlyHere1/,
};
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;

const access = (authentication: string, how = 'recognised'): Fact =>
  ({
    kind: 'access',
    protocol: 'mqtt',
    action: 'subscribe',
    class: 'function',
    resource: '#',
    authentication,
    how,
  }) as Fact;
const login = (arm: string, account: string, secret: string | undefined, accepted: boolean, more = {}) =>
  ({
    kind: 'login',
    protocol: 'mqtt',
    account,
    ...(secret ? { secret } : {}),
    arm,
    accepted,
    answer: accepted ? 'CONNACK 0' : 'CONNACK 5',
    ...(accepted ? { grants: 'full' } : {}),
    ...more,
  }) as Fact;
const throttle = (account: string, response: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'mqtt', account, response, after }) as Fact;
const none = login('none', '', undefined, false);
const random = login('random', 'random', 'random', false);
const shut = [none, random, access('required')];
const no = (account: string, id: string) => login('candidate', account, id, false);
const hit = [
  no('admin', 'x:1'),
  login('candidate', 'admin', 'x:2', true),
  login('known-user-random', 'admin', 'random', false),
  random,
  login('repeat', 'admin', 'x:2', true, { proven: true }),
];
const accounts = { admin: 'public7' };
const retained = { 'home/door': 'open' };

/** A broker of a few lines: answers CONNECT, then SUBSCRIBE, with these bytes. */
const raw =
  (connack: (connect: Buffer) => string, suback = ''): NonNullable<Row['tcp']> =>
  (socket) =>
    socket.on('data', (bytes) => socket.write(Buffer.from(bytes[0] === 0x10 ? connack(bytes) : suback, 'hex')));
const nameless = (connect: Buffer) => (connect[9]! & 0x80) === 0;

probeTest(probe, [
  {
    name: 'no login, and messages for everyone',
    ...weak,
    start: start(mqtt({ anonymous: true, retained })),
    sees: [login('none', '', undefined, true), access('none')],
  },
  {
    name: 'no login, and nothing heard',
    ...weak,
    tcp: raw(() => '20020000', '900400010000'),
    sees: [login('none', '', undefined, true), access('none', 'guessed')],
  },
  {
    name: 'no login, and only what the broker says of itself is heard',
    ...weak,
    // `$SYS/broker/uptime` with one octet.
    tcp: raw(() => '20020000', `90040001000030150012${Buffer.from('$SYS/broker/uptime').toString('hex')}31`),
    sees: [login('none', '', undefined, true), access('none')],
  },
  {
    name: 'any login',
    ...weak,
    start: start(acceptAnything(mqtt({ retained }))),
    sees: [none, login('random', 'random', 'random', true), login('random', 'random', 'random', true), access('any')],
  },
  { name: 'a listed default', ...weak, start: start(mqtt({ accounts })), sees: [...shut, ...hit] },
  {
    name: 'a listed default inside TLS',
    ...weak,
    security: 'tls',
    start: start(tls(mqtt({ accounts }))),
    sees: [...shut, ...hit],
  },
  {
    name: 'MQTT 5 only, no login, $SYS alone granted',
    ...weak,
    tcp: raw((connect) => (connect[8] === 5 ? '2003000000' : '20020001'), '90050001008700'),
    sees: [
      login('none', '', undefined, true, { grants: 'unknown' }),
      access('required'),
      { ...access('none'), class: 'content', resource: '$SYS/#' } as Fact,
    ],
  },
  {
    name: 'all rejected, the declared account works',
    ...sound,
    accounts: [{ user: 'lab', secret: 'OnlyHere1' }],
    start: start(mqtt({ accounts: { lab: 'OnlyHere1' } })),
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
    name: 'lets everyone in and grants nothing',
    ...sound,
    candidates: candidates.slice(0, 1),
    tcp: raw((connect) => (nameless(connect) ? '20020000' : '20020004'), '900400018080'),
    sees: [
      { ...none, answer: 'CONNACK 0, and no subscription granted' } as Fact,
      { ...random, answer: 'CONNACK 4' } as Fact,
      access('required'),
      { ...no('admin', 'x:1'), answer: 'CONNACK 4' } as Fact,
      throttle('admin', 'none', 1),
    ],
  },
  {
    name: 'locks after two failures',
    ...open,
    start: start(lockOutAfter(mqtt({ accounts }), 2)),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'refuse', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'answers later and later',
    ...open,
    start: start(tarpit(mqtt(), 150)),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'refuse', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'accepts, and never answers a subscription',
    ...open,
    tcp: raw(() => '20020000'),
    sees: [],
    outcome: 'timeout',
  },
  { name: 'unavailable', ...open, tcp: raw(() => '20020003'), sees: [], outcome: 'locked' },
  { name: 'a code that nobody knows', ...open, tcp: raw(() => '20020077'), sees: [], outcome: 'protocol' },
  { name: 'another packet', ...open, tcp: raw(() => 'd000'), sees: [], outcome: 'protocol' },
  { name: 'silence', ...open, start: start(stall(mqtt())), sees: [], outcome: 'timeout' },
  { name: 'half a packet', ...open, tcp: raw(() => '200200'), sees: [], outcome: 'timeout' },
  {
    name: 'a byte at a time',
    ...open,
    start: start(drip(mqtt({ anonymous: true }), 250)),
    sees: [],
    outcome: 'timeout',
  },
  { name: 'floods', ...open, start: start(flood(mqtt(), Buffer.alloc(16, 0xff))), sees: [], outcome: 'protocol' },
  { name: 'resets', ...open, start: start(reset(mqtt())), sees: [], outcome: 'reset' },
  { name: 'closes', ...open, tcp: (socket) => socket.end(), sees: [], outcome: 'reset' },
  { name: 'refuses', ...open, start: closedPort, sees: [], outcome: 'refused' },
  { name: 'garbage', ...open, start: start(garble(mqtt())), sees: [], outcome: 'reset' },
]);
