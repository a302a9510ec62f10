import { createCipheriv } from 'node:crypto';
import type { Socket } from 'node:net';
import { expect } from 'vitest';
import type { TcpService } from '../../fixtures/service.ts';
import {
  acceptAnything,
  drip,
  flood,
  garble,
  lockOutAfter,
  reset,
  stall,
  stallAfter,
  tls,
  vnc,
} from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { closedPort, probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const candidates = [
  { id: 'x:1', user: '', secret: 'hunter2' },
  { id: 'x:2', user: '', secret: 'meinsm99' },
];
const common = {
  protocol: 'vnc',
  candidates,
  ignore: ['milliseconds'],
  never: /hunter2|meinsm99|OnlyHere1/,
};
const weak = { ...common, limits: { wait: 3000 }, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, limits: { wait: 3000 }, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, limits: { wait: 300 }, device: 'cannot-tell' } as const;

const channel: Fact = { kind: 'channel', protocol: 'vnc', encryption: 'none' };
const clear = { ...channel, credentials: false } as Fact;
const upgraded = { ...channel, upgrade: 'starttls' } as Fact;
const access = (authentication: string): Fact =>
  ({
    kind: 'access',
    protocol: 'vnc',
    class: 'function',
    action: 'execute',
    resource: 'screen',
    authentication,
    how: 'recognised',
  }) as Fact;
const login = (arm: string, secret: string | undefined, accepted: boolean, more = {}) =>
  ({
    kind: 'login',
    protocol: 'vnc',
    account: '',
    ...(secret ? { secret } : {}),
    arm,
    accepted,
    answer: accepted ? 'ServerInit' : 'SecurityResult 1',
    ...(accepted ? { grants: 'full' } : {}),
    ...more,
  }) as Fact;
const throttle = (response: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'vnc', account: '', response, after }) as Fact;
const none = login('none', undefined, false, { answer: 'None is not offered' });
const entered = login('none', undefined, true);
const random = login('random', 'random', false);
const doors = [none, random, access('required')];
const shut = [clear, ...doors];
const no = (id: string) => login('candidate', id, false);
const hit = [
  no('x:1'),
  login('candidate', 'x:2', true),
  login('known-user-random', 'random', false),
  random,
  login('repeat', 'x:2', true, { proven: true }),
];
const rejected = [no('x:1'), no('x:2'), throttle('none', 3)];
const says = (words: (asked: Buffer, turn: number) => Buffer | string | undefined, first = 'RFB 003.008\n') => ({
  tcp: (socket: Socket) => {
    let turn = 0;
    socket.write(first);
    socket.on('data', (asked) => {
      const answer = words(asked, turn++);
      if (answer !== undefined) socket.write(answer);
    });
  },
});
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

probeTest(probe, [
  ...['003.003', '003.005', '003.007', '003.008', '003.889', '005.000'].map((version) => ({
    name: `${version} without a password`,
    ...weak,
    start: start(vnc({ version })),
    sees: [clear, entered, access('none')],
  })),
  ...['003.003', '003.007', '003.008'].map((version) => ({
    name: `${version} with a listed default`,
    ...weak,
    start: start(vnc({ version, password: 'meinsm99' })),
    sees: [...shut, ...hit],
  })),
  {
    name: 'None beside VNC authentication',
    ...weak,
    start: start(vnc({ types: [2, 1], password: 'x' })),
    sees: [clear, entered, access('none')],
  },
  {
    name: 'a listed default inside TLS',
    ...weak,
    security: 'tls',
    start: start(tls(vnc({ password: 'meinsm99' }))),
    sees: [{ ...channel, encryption: 'tls', version: 'TLS 1.3' } as Fact, ...doors, ...hit],
  },
  {
    name: 'a listed default inside VeNCrypt',
    ...weak,
    start: start(vnc({ types: [19], subtypes: [261], password: 'meinsm99' })),
    sees: [upgraded, ...doors, ...hit],
  },
  {
    name: 'no password inside VeNCrypt, and one outside',
    ...weak,
    start: start(vnc({ types: [2, 19], subtypes: [261, 260], password: 'meinsm99' })),
    sees: [channel, entered, access('none')],
  },
  {
    name: 'any password',
    ...weak,
    start: start(acceptAnything(vnc({ password: 'x' }))),
    sees: [clear, none, login('random', 'random', true), login('random', 'random', true), access('any')],
  },
  {
    name: 'a password longer than eight, of which two entries of the list are',
    ...weak,
    candidates: [
      { id: 'x:1', user: '', secret: 'hunter2' },
      { id: 'x:2', user: '', secret: 'meinsm99' },
      { id: 'x:3', user: '', secret: 'meinsm99-and-more' },
    ],
    start: start(vnc({ password: 'meinsm99 as well' })),
    sees: [...shut, ...hit],
    also: ({ tried }) => expect(tried).toEqual(['x:1', 'x:2', 'x:3']),
  },
  {
    name: 'the empty password',
    ...weak,
    candidates: [{ id: 'x:0', user: '', secret: '' }],
    start: start(vnc({ password: '' })),
    sees: [
      ...shut,
      login('candidate', 'x:0', true),
      login('known-user-random', 'random', false),
      random,
      login('repeat', 'x:0', true, { proven: true }),
    ],
  },
  {
    name: 'all rejected, the declared password works',
    ...sound,
    accounts: [{ user: '', secret: 'OnlyHere1' }],
    start: start(vnc({ password: 'OnlyHere1' })),
    sees: [...shut, login('declared', 'declared:', true), no('x:1'), no('x:2'), login('declared', 'declared:', true)],
    // The answer to a known challenge is as good as the password: none of them is kept.
    also: ({ transcripts }) => {
      const sent = transcripts.map(({ entries }) => entries.filter(({ dir }) => dir === 'sent').map((e) => e.bytes));
      const challenges = transcripts.map(({ entries }) =>
        Buffer.concat(entries.filter(({ dir }) => dir === 'received').map((e) => e.bytes)).subarray(14, 30),
      );
      const answers = challenges.map((challenge) => answerTo('OnlyHere1', challenge));
      expect(answers.some((answer) => sent.flat().some((bytes) => bytes.includes(answer)))).toBe(false);
    },
  },
  { name: 'all rejected', ...sound, start: start(vnc({ password: 'OnlyHere1' })), sees: [...shut, ...rejected] },
  {
    name: 'all rejected inside VeNCrypt',
    ...sound,
    start: start(vnc({ types: [19], subtypes: [261], password: 'OnlyHere1' })),
    sees: [upgraded, ...doors, ...rejected],
  },
  {
    name: 'a type that may hide an open way',
    ...open,
    start: start(vnc({ types: [2, 16], password: 'OnlyHere1' })),
    sees: [channel, none, random, ...rejected],
    outcome: 'unsupported',
    open: ['access'],
  },
  {
    name: 'no password in TLS without a certificate, which is not spoken',
    ...open,
    limits: { wait: 3000 },
    start: start(vnc({ types: [19], subtypes: [257, 261], password: 'OnlyHere1' })),
    sees: [upgraded, none, random, ...rejected],
    outcome: 'unsupported',
    open: ['access'],
  },
  {
    name: 'nothing but types that are not spoken',
    ...open,
    start: start(vnc({ types: [30, 5] })),
    sees: [],
    outcome: 'unsupported',
    open: ['login', 'throttle', 'access', 'channel'],
  },
  {
    name: 'list entries with users alone',
    ...open,
    candidates: [{ id: 'x:1', user: 'admin', secret: 'hunter2' }],
    start: start(vnc({ password: 'OnlyHere1' })),
    sees: [...shut, throttle('none', 1)],
    outcome: 'budget',
    open: ['login'],
  },
  {
    name: 'locks after two failures, in its words',
    ...open,
    start: start(lockOutAfter(vnc({ password: 'meinsm99' }), 2)),
    sees: [...shut, no('x:1'), throttle('lock', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'locks out the address from the first connection on',
    ...open,
    start: start(vnc({ version: '003.003', refusal: 'Too many security failures' })),
    sees: [],
    outcome: 'locked',
  },
  {
    name: 'refuses every connection in words',
    ...open,
    start: start(vnc({ refusal: 'No password configured' })),
    sees: [],
    outcome: 'unsupported',
  },
  {
    name: 'lets in, and somebody must agree at the screen',
    ...open,
    start: start(vnc({ neverOpens: true })),
    sees: [clear],
    outcome: 'protocol',
    open: ['login', 'access', 'throttle'],
  },
  {
    name: 'accepts a password, and somebody must agree at the screen',
    ...open,
    start: start(vnc({ password: 'meinsm99', neverOpens: true })),
    sees: [...shut, no('x:1')],
    outcome: 'protocol',
    open: ['login'],
  },
  {
    name: 'refuses the None that it offered',
    ...open,
    ...says((_, turn) => [hex('01 01'), hex('00000001 00000002'), undefined][turn]),
    sees: [clear, login('none', undefined, false)],
    outcome: 'unsupported',
  },
  {
    name: 'a result that nobody knows',
    ...open,
    ...says((_, turn) => [hex('01 02'), Buffer.alloc(16), hex('00000007')][turn]),
    sees: [clear, none],
    outcome: 'protocol',
  },
  {
    name: 'challenges without end',
    ...open,
    ...says((_, turn) => (turn === 0 ? hex('01 02') : Buffer.alloc(50_000, 0x7f))),
    sees: [clear, none],
    outcome: 'protocol',
  },
  {
    name: 'a reason of four gigabytes',
    ...open,
    ...says((_, turn) => (turn === 0 ? hex('00 ffffffff') : undefined)),
    sees: [],
    outcome: 'protocol',
  },
  {
    name: 'half a challenge',
    ...open,
    start: start(stallAfter(vnc({ password: 'x' }), 20)),
    sees: [clear, none],
    outcome: 'timeout',
  },
  { name: 'a repeater', ...open, ...says(() => undefined, 'RFB 000.000\n'), sees: [], outcome: 'protocol' },
  { name: 'another protocol', ...open, ...says(() => undefined, 'SSH-2.0-x-y-z\r\n'), sees: [], outcome: 'protocol' },
  { name: 'silence', ...open, start: start(stall(vnc())), sees: [], outcome: 'timeout' },
  { name: 'half a version', ...open, ...says(() => undefined, 'RFB 003'), sees: [], outcome: 'timeout' },
  { name: 'a byte at a time', ...open, start: start(drip(vnc(), 60)), sees: [], outcome: 'timeout' },
  { name: 'floods', ...open, start: start(flood(vnc())), sees: [], outcome: 'protocol' },
  { name: 'resets', ...open, start: start(reset(vnc())), sees: [], outcome: 'reset' },
  { name: 'closes', ...open, tcp: (socket) => socket.end(), sees: [], outcome: 'reset' },
  { name: 'refuses', ...open, start: closedPort, sees: [], outcome: 'refused' },
  { name: 'garbage', ...open, start: start(garble(vnc())), sees: [], outcome: 'protocol' },
]);

/** By another way than the probe's: bits from a table of strings. */
function answerTo(secret: string, challenge: Buffer): Buffer {
  const key = Buffer.from(
    [...Buffer.from(secret.slice(0, 8))].map((byte) =>
      Number.parseInt([...byte.toString(2).padStart(8, '0')].reverse().join(''), 2),
    ),
  );
  const cipher = createCipheriv('des-ede3', Buffer.concat([key, key, key]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(Buffer.concat([challenge, Buffer.alloc(16)]).subarray(0, 16)), cipher.final()]);
}
