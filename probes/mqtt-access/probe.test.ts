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
  limits: { wait: 200 },
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
const taken: Fact = { kind: 'channel', protocol: 'mqtt', encryption: 'none', credentials: true };
const shut = [taken, none, random, access('required')];
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

interface Raw {
  /** The CONNACK's code, by the CONNECT; undefined: hangs up. */
  connack?: (connect: { level: number; user?: string; count: number }) => number | undefined;
  /** The SUBACK's code of a filter; undefined: hangs up. */
  suback?: (filter: string) => number | undefined;
  /** Sent with each SUBACK: topic and payload; retained. */
  messages?: (filter: string, user?: string) => readonly (readonly [string, string])[];
}

const sized = (text: string) => Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), Buffer.from(text)]);
const whole = (head: number, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([head, (body.length & 127) | 128, body.length >> 7]), body]);
};

/** A broker of a few lines, of any version that it is asked for. */
const raw = ({ connack = () => 0, suback = () => 0, messages = () => [] }: Raw): NonNullable<Row['tcp']> => {
  let count = 0;
  return (socket) => {
    let level = 4;
    let user: string | undefined;
    socket.on('data', (bytes) => {
      const five = () => Buffer.alloc(level === 5 ? 1 : 0);
      if (bytes[0] === 0x10) {
        const at = bytes[3] === 6 ? 10 : 8;
        level = bytes[at]!;
        const from = at + 4 + five().length;
        const client = from + 2 + bytes.readUInt16BE(from);
        if (bytes[at + 1]! & 0x80) user = bytes.toString('utf8', client + 2, client + 2 + bytes.readUInt16BE(client));
        count += 1;
        const code = connack({ level, user, count });
        if (code === undefined) socket.destroy();
        else socket.write(whole(0x20, Buffer.from([0, code]), five()));
      } else if (bytes[0] === 0x82) {
        const from = 4 + five().length;
        const filter = bytes.toString('utf8', from + 2, from + 2 + bytes.readUInt16BE(from));
        const code = suback(filter);
        if (code === undefined) return void socket.destroy();
        socket.write(whole(0x90, bytes.subarray(2, 4), five(), Buffer.from([code])));
        for (const [topic, payload] of messages(filter, user))
          socket.write(whole(0x31, sized(topic), five(), Buffer.from(payload)));
      } else if (bytes[0] !== 0xe0) throw new Error(`a packet that reads nothing: ${bytes.toString('hex')}`);
    });
  };
};
/** Whatever comes, the same bytes. */
const says =
  (hex: string): NonNullable<Row['tcp']> =>
  (socket) =>
    socket.on('data', () => socket.write(Buffer.from(hex, 'hex')));
const SYS = ['$SYS/broker/uptime', '1'] as const;
const uptime: Fact = { ...access('none'), class: 'content', resource: '$SYS/#' } as Fact;
const session: Fact = {
  ...access('none', 'guessed'),
  class: 'content',
  action: 'execute',
  resource: 'session',
} as Fact;
const topic = (resource: string, more: object): Fact => ({ ...access('none'), resource, ...more }) as Fact;
const services = [
  { port: 'dynamic' as const, transport: 'tcp' as const, protocol: 'mqtt', reason: 'x', protects: ['home/door'] },
];
const in0 = login('none', '', undefined, true);
const nothing = { ...none, answer: 'CONNACK 0, and no subscription granted' } as Fact;
const rejectsAs = (code: number): Fact[] => [
  taken,
  { ...none, answer: `CONNACK ${code}` } as Fact,
  { ...random, answer: `CONNACK ${code}` } as Fact,
  access('required'),
  { ...no('admin', 'x:1'), answer: `CONNACK ${code}` } as Fact,
  throttle('admin', 'none', 1),
];

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
    tcp: raw({}),
    sees: [in0, access('none', 'guessed')],
  },
  {
    name: 'no login, and only what the broker says of itself is heard',
    ...weak,
    tcp: raw({ messages: (filter) => (filter === '$SYS/#' ? [SYS] : []) }),
    sees: [in0, access('none', 'guessed'), uptime],
  },
  {
    name: 'no login, and a secret and planted values among the messages',
    ...weak,
    markers: [
      { name: 'mail', value: 'owner@example.invalid' },
      { name: 'room', value: 'Bluebird' },
    ],
    start: start(
      mqtt({
        anonymous: true,
        retained: {
          'cfg/wifi/psk': 'correct-horse',
          'home/Bluebird/door': 'open',
          'home/owner': Buffer.from('owner@example.invalid').toString('base64'),
          'home/lamp': 'off',
        },
      }),
    ),
    sees: [
      in0,
      access('none'),
      topic('cfg/wifi/psk', { class: 'secret', action: 'read' }),
      topic('home/Bluebird/door', { class: 'customer-data', action: 'read', how: 'marker', marker: 'room' }),
      topic('home/owner', { class: 'customer-data', action: 'read', how: 'marker', marker: 'mail' }),
    ],
  },
  {
    name: 'no login, and a declared topic is heard where everything is not granted',
    ...weak,
    declares: { services },
    tcp: raw({
      suback: (filter) => (filter === 'home/door' ? 0 : 0x80),
      messages: (filter) => (filter === 'home/door' ? [['home/door', 'open']] : []),
    }),
    sees: [{ ...in0, grants: 'unknown' } as Fact, access('required'), topic('home/door', { how: 'declared' })],
  },
  {
    name: 'no login, and more messages than are read',
    ...weak,
    limits: { wait: 200, readBytes: 20_000 },
    tcp: raw({ messages: () => Array.from({ length: 9 }, () => ['camera/still', 'x'.repeat(9000)] as const) }),
    sees: [in0, access('none')],
  },
  {
    name: 'no login, and hangs up at all but what the broker says of itself',
    ...weak,
    tcp: raw({ suback: (filter) => (filter === '$SYS/#' ? 0 : undefined), messages: () => [SYS] }),
    sees: [{ ...in0, grants: 'unknown' } as Fact, access('required'), uptime],
  },
  {
    name: 'no login, and filters with wildcards are unknown to it: nobody was refused',
    ...weak,
    tcp: raw({ connack: ({ level }) => (level === 5 ? 0 : undefined), suback: () => 0xa2 }),
    candidates: [],
    sees: [
      nothing,
      login('random', 'random', 'random', true, { grants: 'unknown' }),
      login('random', 'random', 'random', true, { grants: 'unknown' }),
      { ...session, authentication: 'any' } as Fact,
    ],
  },
  {
    name: 'any login',
    ...weak,
    start: start(acceptAnything(mqtt({ retained }))),
    sees: [
      taken,
      none,
      login('random', 'random', 'random', true),
      login('random', 'random', 'random', true),
      access('any'),
    ],
  },
  { name: 'a listed default', ...weak, start: start(mqtt({ accounts })), sees: [...shut, ...hit] },
  {
    name: 'a listed default inside TLS',
    ...weak,
    security: 'tls',
    start: start(tls(mqtt({ accounts }))),
    sees: [...shut.slice(1), ...hit],
  },
  ...([1, 0x84, undefined] as const).map((code) => ({
    name: `MQTT 5 only (${code ?? 'hangs up on others'}), no login, $SYS alone granted`,
    ...weak,
    tcp: raw({
      connack: ({ level }) => (level === 5 ? 0 : code),
      suback: (filter) => (filter === '$SYS/#' ? 0 : 0x87),
      messages: (filter) => (filter === '$SYS/#' ? [SYS] : []),
    }),
    sees: [login('none', '', undefined, true, { grants: 'unknown' }), access('required'), uptime],
  })),
  {
    name: 'MQTT 3.1 only, no login',
    ...weak,
    tcp: raw({ connack: ({ level }) => (level === 3 ? 0 : 1), messages: () => [['a', 'b']] }),
    sees: [in0, access('none')],
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
    name: 'lets everyone in and grants nothing: what may be published nobody can say',
    ...weak,
    candidates: candidates.slice(0, 1),
    tcp: raw({ connack: ({ user }) => (user === undefined ? 0 : 4), suback: () => 0x80 }),
    sees: [
      nothing,
      { ...random, answer: 'CONNACK 4' } as Fact,
      access('required'),
      session,
      { ...no('admin', 'x:1'), answer: 'CONNACK 4' } as Fact,
      throttle('admin', 'none', 1),
    ],
  },
  ...[4, 5, 0x86, 0x87].map((code) => ({
    name: `refuses with ${code}`,
    ...sound,
    candidates: candidates.slice(0, 1),
    tcp: raw({ connack: ({ level }) => (code < 0x80 || level === 5 ? code : 1) }),
    sees: rejectsAs(code),
  })),
  ...[0x8a, 0x97, 0x9f].map((code) => ({
    name: `"not now" after two failures, as ${code}`,
    ...open,
    tcp: raw({ connack: ({ level, count }) => (level !== 5 ? 1 : count > 4 ? code : 0x87) }),
    sees: [
      ...rejectsAs(0x87).slice(0, -1),
      throttle('admin', code === 0x8a ? 'lock' : 'refuse', 2),
      ...(code === 0x8a ? [throttle('root', 'lock', 2)] : []),
    ],
    outcome: 'locked' as const,
    open: ['login'],
  })),
  ...[0x8c, 0x85, 0x9c].map((code) => ({
    name: `a code that is no word about the login: ${code}`,
    ...open,
    tcp: raw({ connack: ({ level }) => (level === 5 ? code : 1) }),
    sees: [],
    outcome: 'unsupported' as const,
  })),
  {
    name: 'an authentication of its own',
    ...open,
    tcp: (socket) => socket.on('data', () => socket.write(Buffer.from('f0021800', 'hex'))),
    sees: [],
    outcome: 'unsupported',
  },
  { name: 'no version at all', ...open, tcp: raw({ connack: () => 1 }), sees: [], outcome: 'unsupported' },
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
    limits: { wait: 400 },
    start: start(tarpit(mqtt(), 150)),
    sees: [...shut, no('admin', 'x:1'), throttle('admin', 'refuse', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'accepts, and never answers a subscription',
    ...open,
    tcp: (socket) => socket.once('data', () => socket.write(Buffer.from('20020000', 'hex'))),
    sees: [],
    outcome: 'timeout',
  },
  { name: 'unavailable', ...open, tcp: says('20020003'), sees: [], outcome: 'locked' },
  { name: 'a code that nobody knows', ...open, tcp: says('20020077'), sees: [], outcome: 'protocol' },
  { name: 'another packet', ...open, tcp: says('d000'), sees: [], outcome: 'protocol' },
  {
    name: 'silence',
    ...open,
    start: start(stall(mqtt())),
    sees: [],
    outcome: 'timeout',
    open: ['login', 'throttle', 'access'],
  },
  { name: 'half a packet', ...open, tcp: says('200200'), sees: [], outcome: 'timeout' },
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
