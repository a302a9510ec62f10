import { X509Certificate } from 'node:crypto';
import { certificate, type DtlsOptions, dtls, garbage, mirror, silent } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { DTLS, served } from '../../test/kit/dtls.ts';
import { probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const server = (options: DtlsOptions = {}) => served(dtls(options));
const der = (...names: string[]) => new X509Certificate(certificate({ names }).cert).raw;
const chain = [der('device.example')];

const common = {
  ...DTLS,
  limits: { wait: 400 },
  ignore: [
    'inChain',
    'publicKey',
    'nameMatches',
    'sha256',
    'serial',
    'notBefore',
    'notAfter',
    'code',
    'extendedKeyUsage',
    'version',
    'order',
    'presented',
  ],
};
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;

const offer = (role: string, ...names: string[]): Fact[] =>
  names.map((name) => ({ kind: 'offer', protocol: 'dtls', role, name }) as Fact);
const versions = (...names: string[]) => offer('version', ...names);
const suites = (...codes: number[]) => offer('suite', ...codes.map(suiteName));
const amplification = (present: boolean, subject: string): Fact[] => [
  { kind: 'weakness', protocol: 'dtls', name: 'amplification', present, subject },
];
const cookie = amplification(false, 'a cookie is asked for first');
const preference = offer('feature', 'server-preference');
const presented: Fact[] = [
  {
    kind: 'certificate',
    position: 0,
    subject: 'CN=device.example',
    issuer: 'CN=device.example',
    names: ['device.example'],
    signatureAlgorithm: 'sha256WithRSAEncryption',
    selfSigned: true,
    isCa: false,
    keyUsage: ['digitalSignature', 'keyEncipherment'],
    inDate: true,
    chain: 'whole',
  } as unknown as Fact,
  { kind: 'key', use: 'tls', algorithm: 'rsa', bits: 2048, exponent: '65537' } as unknown as Fact,
];

const curve = offer('group', 'x25519').map((fact) => ({ ...fact, bits: 255 }) as Fact);
const one = { 'DTLS 1.2': [0xc02f] };
const sees = [...versions('DTLS 1.2'), ...cookie, ...suites(0xc02f)];
// What small devices speak.
const PSK = 0xc0a8;
const CCM8 = 0xc0ae;

probeTest(probe, [
  {
    name: 'DTLS 1.0 beside 1.2, with NULL and 3DES in both, and all in the clear before a cookie',
    ...weak,
    start: server({
      accepts: { 'DTLS 1.2': [0xc02f, 0x000a], 'DTLS 1.0': [0x0002, 0x002f] },
      cookie: 'none',
      chain: [...chain, ...chain, ...chain],
    }),
    sees: [
      ...versions('DTLS 1.2', 'DTLS 1.0'),
      ...amplification(true, '22.9 times the hello, without a cookie'),
      ...suites(0x000a, 0xc02f, 0x0002, 0x002f),
      ...presented.slice(0, 1),
      ...[1, 2].map((position) => {
        const { chain: _, ...rest } = presented[0] as unknown as Record<string, unknown>;
        return { ...rest, position } as unknown as Fact;
      }),
      ...presented.slice(1),
      ...curve,
      ...preference,
      ...preference,
    ],
  },
  {
    name: 'pre-shared keys alone, the smallest stack: no room for long hellos, no certificate',
    ...sound,
    limits: { wait: 150 },
    start: server({ accepts: { 'DTLS 1.2': [PSK] }, withoutCertificate: [PSK], longest: 200, refuses: 40 }),
    sees: [...versions('DTLS 1.2'), ...cookie, ...suites(PSK)],
  },
  {
    name: 'a certificate, in fragments last first, twice each and overlapping',
    ...sound,
    start: server({ chain, shuffled: 120, curves: [23, 29] }),
    sees: [
      ...sees,
      ...presented,
      ...offer('group', 'secp256r1', 'x25519').map((fact, i) => ({ ...fact, bits: i === 0 ? 256 : 255 }) as Fact),
    ],
  },
  {
    name: 'by the client’s order, with what it does beside its suites',
    ...sound,
    start: server({
      accepts: { 'DTLS 1.2': [0xc0a8, 0xc02f] },
      clientOrder: true,
      extensions: [22, 23, 35, 0xff01],
    }),
    sees: [
      ...versions('DTLS 1.2'),
      ...cookie,
      ...suites(0xc02f, PSK),
      ...curve,
      ...offer('feature', 'extended-master-secret', 'encrypt-then-mac', 'secure-renegotiation', 'session-tickets'),
    ],
  },
  {
    name: 'without a cookie, and says no more than it was asked with',
    ...sound,
    start: server({ accepts: { 'DTLS 1.2': [PSK] }, cookie: 'none' }),
    sees: [...versions('DTLS 1.2'), ...amplification(false, '0.8 times the hello, without a cookie'), ...suites(PSK)],
  },
  {
    name: 'silent to what it cannot have: suites are asked for beside one that it has, DTLS 1.3 beside 1.2',
    ...weak,
    limits: { wait: 100 },
    start: server({ accepts: { 'DTLS 1.2': [CCM8, 0xc02b], 'DTLS 1.0': [0x002f] }, refuses: 'silence' }),
    sees: [
      ...versions('DTLS 1.2', 'DTLS 1.0'),
      ...cookie,
      ...suites(CCM8, 0xc02b),
      ...suites(0x002f),
      ...curve,
      ...preference,
    ],
  },
  {
    name: 'drops a hello that begins with a suite for which it has no credentials',
    ...sound,
    limits: { wait: 100 },
    start: server({ accepts: { 'DTLS 1.2': [PSK, 0xc0a9] }, clientOrder: true, chokesOn: [0xc02b, 0xc02f, 0x002f] }),
    sees: [...versions('DTLS 1.2'), ...cookie, ...suites(PSK, 0xc0a9)],
  },
  {
    name: 'silent to DTLS 1.0: it may be lost',
    ...open,
    limits: { wait: 150 },
    start: server({ accepts: { 'DTLS 1.2': [CCM8] }, refuses: 'silence' }),
    sees: [...versions('DTLS 1.2'), ...cookie, ...suites(CCM8), ...curve],
    outcome: 'timeout',
    open: ['offer'],
  },
  {
    name: 'every first datagram is lost',
    ...sound,
    limits: { wait: 150 },
    start: server({ accepts: one, lossy: true }),
    sees: [...sees, ...curve],
  },
  {
    name: 'much before a cookie, of which the first datagrams are lost',
    ...weak,
    limits: { wait: 150 },
    start: server({ accepts: one, cookie: 'none', loses: 2, chain }),
    sees: [
      ...versions('DTLS 1.2'),
      ...amplification(true, '8.9 times the hello, without a cookie'),
      ...suites(0xc02f),
      ...presented,
      ...curve,
    ],
  },
  {
    name: 'much before a cookie, to a suite that is in no short hello',
    ...weak,
    start: server({ accepts: { 'DTLS 1.2': [0x009e] }, cookie: 'none', chain }),
    sees: [
      ...versions('DTLS 1.2'),
      ...amplification(true, '7.8 times the hello, without a cookie'),
      ...suites(0x009e),
      ...presented,
    ],
  },
  {
    name: 'asks for a cookie, and takes any',
    ...weak,
    start: server({ accepts: one, cookie: 'unread', chain }),
    sees: [
      ...versions('DTLS 1.2'),
      ...amplification(true, '7.6 times the hello, with any cookie'),
      ...suites(0xc02f),
      ...presented,
      ...curve,
    ],
  },
  {
    name: 'chooses DTLS 1.0 and gives it up, after warnings about the name',
    ...open,
    start: server({ accepts: { 'DTLS 1.2': [0xc02f], 'DTLS 1.0': [0xc013] }, givesUp: ['DTLS 1.0'], warns: true }),
    sees: [...sees, ...curve],
    outcome: 'protocol',
    open: ['offer'],
  },
  {
    name: 'asks for a cookie in a version that nobody has, and warns before it refuses',
    ...sound,
    start: server({ accepts: one, verifyVersion: 0x0100, warns: true }),
    sees: [...sees, ...curve],
  },
  {
    name: 'refuses everything once it was asked seven times',
    ...open,
    start: server({ accepts: { 'DTLS 1.2': [PSK, 0xc0a9, 0x00a8, 0x00a9] }, busyAfter: 7 }),
    sees: [...versions('DTLS 1.2'), ...cookie, ...suites(PSK)],
    outcome: 'protocol',
    open: ['offer'],
  },
  {
    name: 'nobody at its port for a moment',
    ...sound,
    start: async (host) => {
      let running = await dtls({ accepts: one }).start(host, 0);
      const { port } = running;
      await running.close();
      setTimeout(async () => {
        running = await dtls({ accepts: one }).start(host, port);
      }, 20);
      return { port, close: () => running.close() };
    },
    sees: [...sees, ...curve],
  },
  {
    name: 'DTLS 1.3 too',
    ...sound,
    start: server({ accepts: { 'DTLS 1.3': [0x1301], 'DTLS 1.2': [0xc02f] }, chain }),
    sees: [
      ...versions('DTLS 1.2', 'DTLS 1.3'),
      ...cookie,
      ...suites(0xc02f),
      ...suites(0x1301),
      ...presented,
      ...curve,
    ],
  },
  {
    name: 'DTLS 1.3 alone: its certificate is encrypted',
    ...open,
    start: server({ accepts: { 'DTLS 1.3': [0x1301, 0x1302] } }),
    sees: [...versions('DTLS 1.3'), ...cookie, ...suites(0x1301, 0x1302)],
    outcome: 'unsupported',
    open: ['certificate', 'key'],
  },
  {
    name: 'half a flight: the version is known, the certificate is not',
    ...open,
    start: server({ fault: 'half' }),
    limits: { wait: 150 },
    sees,
    outcome: 'timeout',
    open: ['certificate', 'key', 'offer'],
  },
  {
    name: 'takes each suite once',
    ...open,
    start: server({ accepts: { 'DTLS 1.2': [0xc02f, PSK] }, fault: 'changes' }),
    sees: [...versions('DTLS 1.2'), ...cookie, ...suites(PSK)],
    outcome: 'protocol',
    open: ['offer'],
  },
  {
    name: 'takes a suite that nobody offered',
    ...open,
    start: server({ fault: 'other' }),
    sees: [...versions('DTLS 1.2'), ...cookie],
    outcome: 'protocol',
    open: ['offer'],
  },
  ...(
    [
      [
        'a certificate that cannot be read',
        { chain: [Buffer.from('3003020101', 'hex')] },
        [...sees, ...curve],
        'protocol',
      ],
      ['asks for a cookie again and again', { cookie: 'again' }, [], 'timeout'],
      ['records of the wrong length', { cookie: 'none', fault: 'lengths' }, [], 'protocol'],
      ['a message that says it has 16 MB', { fault: 'huge' }, [], 'timeout'],
      ['a warning, and then nothing', { fault: 'warning' }, [], 'timeout'],
      ['an alert about its own trouble', { accepts: { 'DTLS 1.2': [] }, refuses: 80 }, [], 'protocol'],
      ['refuses every version', { accepts: {} }, [], 'protocol'],
      ['says nothing once the cookie was returned', { accepts: {}, refuses: 'silence' }, [], 'timeout'],
    ] as [string, DtlsOptions, Fact[], 'protocol' | 'timeout'][]
  ).map(([name, options, sees, outcome]) => ({
    name,
    ...open,
    start: server(options),
    sees,
    outcome,
    limits: { wait: /wrong length|warning|16 MB|nothing/.test(name) ? 60 : 500 },
  })),
  { name: 'silence', ...open, limits: { wait: 30 }, start: served(silent(dtls())), sees: [], outcome: 'timeout' },
  { name: 'garbage', ...open, limits: { wait: 30 }, start: served(garbage(dtls())), sees: [], outcome: 'protocol' },
  {
    name: 'its own bytes back',
    ...open,
    limits: { wait: 30 },
    start: served(mirror(dtls())),
    sees: [],
    outcome: 'protocol',
  },
  {
    name: 'an unreachable port',
    ...open,
    limits: { wait: 60 },
    start: async (host) => {
      const running = await dtls().start(host, 0);
      await running.close();
      return { port: running.port, close: () => {} };
    },
    sees: [],
    outcome: 'refused',
  },
]);
