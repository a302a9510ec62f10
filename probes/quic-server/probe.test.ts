import { X509Certificate } from 'node:crypto';
import { expect } from 'vitest';
import { certificate, dtls, garbage, mirror, silent } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { served } from '../../test/kit/dtls.ts';
import { probeTest } from '../../test/kit/probe.ts';
import { type QuicOptions, quic, versionAnswer } from '../../test/kit/quic.ts';
import probe from './probe.ts';

const common = { protocol: 'quic', security: 'none' as const, transport: 'udp' as const, limits: { wait: 150 } };
const open = {
  ...common,
  device: 'cannot-tell' as const,
  limits: { wait: 60 },
  open: ['offer', 'certificate', 'key', 'channel'],
};
const ignore = [
  'sha256',
  'serial',
  'notBefore',
  'notAfter',
  'keyUsage',
  'publicKey',
  'names',
  'order',
  'presented',
  'inChain',
];

const offer = (name: string, code: number): Fact => ({ kind: 'offer', protocol: 'quic', role: 'version', name, code });
const v1 = offer('QUIC v1', 1);
const tls13 = offer('TLS 1.3', 0x0304);
const suites = (...codes: number[]): Fact[] =>
  codes.map(
    (code) =>
      ({ kind: 'offer', protocol: 'quic', role: 'suite', version: 'TLS 1.3', name: suiteName(code), code }) as Fact,
  );
const channel = (version?: string): Fact => ({
  kind: 'channel',
  protocol: 'quic',
  encryption: version ? 'tls' : 'other',
  ...(version && { version }),
});
const chain = [new X509Certificate(certificate({ names: ['device.example'] }).cert).raw];
const presented = (length: number): Fact[] =>
  Array.from({ length }, (_, position) => ({
    kind: 'certificate',
    position,
    subject: 'CN=device.example',
    issuer: 'CN=device.example',
    signatureAlgorithm: 'sha256WithRSAEncryption',
    selfSigned: true,
    isCa: false,
    inDate: true,
    version: 3,
    ...(position === 0 && { chain: 'whole' }),
  })) as unknown as Fact[];
const key = { kind: 'key', use: 'tls', algorithm: 'rsa', bits: 2048, exponent: '65537' } as unknown as Fact;
const server = (options: QuicOptions) => quic({ suites: [0x1301, 0x1303], chain, ...options });
const sees = [v1, channel('QUIC v1'), tls13, ...suites(0x1301, 0x1303), ...presented(1), key];

const several = server({ versions: () => [1, 0x6b3343cf, 0xff00001d, 0x1a2a3a4a] });
probeTest(probe, [
  {
    name: 'version 1 and 2, a draft and one that is reserved; who asked takes leave',
    ...common,
    ignore,
    device: 'sound',
    udp: several,
    also: () => expect(several.closed).toBeGreaterThan(1),
    sees: [
      v1,
      offer('QUIC v2', 0x6b3343cf),
      offer('QUIC draft-29', 0xff00001d),
      channel('QUIC v1'),
      tls13,
      ...suites(0x1301, 0x1303),
      ...presented(1),
      key,
    ],
    outcome: 'completed',
  },
  {
    name: 'version 2 alone, a chain of five, last datagram first, with a token, and the first datagrams lost',
    ...common,
    ignore,
    device: 'weak',
    udp: server({
      versions: () => [0x6b3343cf],
      suites: [0x1302],
      chain: [...chain, ...chain, ...chain, ...chain, ...chain],
      reversed: true,
      loses: 1,
    }),
    sees: [offer('QUIC v2', 0x6b3343cf), channel('QUIC v2'), tls13, ...suites(0x1302), ...presented(5), key],
    outcome: 'completed',
  },
  {
    name: 'a token first',
    ...common,
    ignore,
    device: 'sound',
    udp: server({ retries: true }),
    sees,
    outcome: 'completed',
  },
  {
    name: "Google's own of old alone",
    ...common,
    device: 'weak',
    udp: quic({ versions: () => [0x51303433] }),
    sees: [offer('Google QUIC Q043', 0x51303433), channel()],
    outcome: 'unsupported',
    open: ['offer', 'certificate', 'key'],
  },
  {
    name: 'one that nobody knows: whether it is encrypted is not known',
    ...open,
    udp: quic({ versions: () => [0xdeadbeef] }),
    sees: [offer('0xdeadbeef', 0xdeadbeef)],
    outcome: 'unsupported',
  },
  {
    name: 'lists version 1 and answers nothing in it',
    ...open,
    udp: quic(),
    sees: [v1],
    outcome: 'timeout',
  },
  {
    name: 'wants another protocol than those that are offered',
    ...open,
    udp: server({ suites: [0x1399], refuses: 120 }),
    sees: [v1, channel('QUIC v1')],
    outcome: 'unsupported',
    open: ['offer', 'certificate', 'key'],
  },
  {
    name: 'silent to what it has not',
    ...open,
    ignore,
    udp: server({ refuses: 'silence' }),
    sees,
    outcome: 'timeout',
    open: ['offer'],
  },
  {
    name: 'refuses everything once it was asked twice',
    ...open,
    ignore,
    udp: server({ suites: [0x1301], busyAfter: 2 }),
    sees: [v1, channel('QUIC v1'), tls13, ...suites(0x1301), ...presented(1), key],
    outcome: 'protocol',
    open: ['offer'],
  },
  {
    name: 'wants a group that nothing is made of',
    ...open,
    udp: server({ suites: [0x1301], fault: 'retry' }),
    sees: [v1, channel('QUIC v1'), tls13, ...suites(0x1301)],
    outcome: 'unsupported',
    open: ['certificate', 'key'],
  },
  {
    name: 'says nothing behind its ServerHello',
    ...open,
    udp: server({ suites: [0x1301], fault: 'short' }),
    sees: [v1, channel('QUIC v1'), tls13, ...suites(0x1301)],
    outcome: 'timeout',
    open: ['certificate', 'key'],
  },
  {
    name: 'a flight without a certificate',
    ...common,
    device: 'weak',
    udp: server({ suites: [0x1301], chain: [] }),
    sees: [v1, channel('QUIC v1'), tls13, ...suites(0x1301)],
    outcome: 'completed',
  },
  { name: 'chooses what nobody offered', ...open, udp: server({ fault: 'other' }), sees: [v1], outcome: 'protocol' },
  { name: 'packets that do not hold', ...open, udp: server({ fault: 'garbage' }), sees: [v1], outcome: 'protocol' },
  {
    name: 'nothing but reserved ones',
    ...open,
    udp: quic({ versions: () => [0x1a2a3a4a] }),
    sees: [],
    outcome: 'unsupported',
  },
  { name: 'another list each time', ...open, udp: quic({ versions: (nth) => [nth] }), sees: [], outcome: 'protocol' },
  {
    name: 'ids that are not ours',
    ...open,
    udp: (asked, reply) =>
      reply(versionAnswer(Buffer.from(asked.map((byte, i) => (i > 6 && i < 14 ? byte ^ 1 : byte))), 1)),
    sees: [],
    outcome: 'protocol',
  },
  {
    name: 'a list that is cut off',
    ...open,
    udp: (asked, reply) => reply(versionAnswer(asked, 1).subarray(0, -1)),
    sees: [],
    outcome: 'protocol',
  },
  { name: 'silence', ...open, start: served(silent(dtls())), sees: [], outcome: 'timeout' },
  { name: 'garbage', ...open, start: served(garbage(dtls())), sees: [], outcome: 'protocol' },
  { name: 'its own bytes back', ...open, start: served(mirror(dtls())), sees: [], outcome: 'protocol' },
]);
