import * as tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/services/index.ts';
import { ffdhePrime } from '../../src/observe/protocols/dh-groups.ts';
import { record, u16, vector } from '../../src/observe/protocols/tls-hello.ts';
import { tcpServer } from '../../test/kit/probe.ts';
import {
  alert,
  type Doing,
  dhe,
  ecdhe,
  flight12,
  REFUSED,
  type SeenHello,
  scripted,
  serverHello,
} from '../../test/kit/tls-scripted.ts';
import { type KnownDraft, runStage } from '../../test/kit/tls-stage.ts';
import { groups } from './groups.ts';

const { key, cert } = fixtures.certificate({ commonName: 'cam' });
const [ECDHE, DHE, DHE_CBC, EXPORT, EXPORT_1024, ANON, ANON_256, TLS13] = [
  0xc02f, 0x009e, 0x0033, 0x0014, 0x0063, 0x0034, 0x003a, 0x1301,
];

/** For servers that answer, however busy the machine is: what is asked again would count. */
const SLOW = 5000;
/** What is silent is not waited for as long, and pauses between what fails are parts of it. */
const waitOf = (name: string): number =>
  /silen|waited/.test(name) ? 150 : /reset|close|nothing|no more/.test(name) ? 250 : 1000;

/** What the stage says of groups, as `version name bits`, of flaws, and of what stayed open. */
async function seen(port: number, known: KnownDraft, wait = SLOW) {
  const { facts, unsettled, handshakes } = await runStage(groups, known, { port, limits: { wait } });
  return {
    groups: facts.flatMap((f) =>
      f.kind === 'offer' && f.role === 'group' ? [`${f.version} ${f.name} ${f.bits}`] : [],
    ),
    flaws: Object.fromEntries(facts.flatMap((f) => (f.kind === 'weakness' ? [[f.name, f.present]] : []))),
    open: unsettled.map(({ reason, what, open }) => `${reason}: ${what} (${open})`),
    handshakes,
  };
}
const NONE = { 'small-dh': false, 'common-dh': false, logjam: false };

async function node(options: tls.TlsOptions) {
  const server = tls.createServer({ key, cert, ...options });
  server.on('tlsClientError', () => undefined);
  return tcpServer((socket) => server.emit('connection', socket));
}

/** DHparams in PEM. */
const dhparam = (prime: Buffer): string => {
  const integer = (bytes: Buffer) =>
    Buffer.concat([der(2, bytes[0]! & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)]);
  const body = der(0x30, Buffer.concat([integer(prime), integer(Buffer.from([2]))]));
  return `-----BEGIN DH PARAMETERS-----\n${body.toString('base64')}\n-----END DH PARAMETERS-----\n`;
};
const der = (tag: number, body: Buffer): Buffer =>
  Buffer.concat([
    body.length < 128 ? Buffer.from([tag, body.length]) : Buffer.concat([Buffer.from([tag, 0x82]), u16(body.length)]),
    body,
  ]);

const nginx = Buffer.from(
  'bbbc2dcad84674907c43fcf580e9cfdbd958a3f568b42d4b08eed4eb0fb3504c6c030276e710800c5ccbbaa8922614c5beeca565a5fdf1d287a2bc049be6778060e91a92a757e3048f68b076f7d36cc8f29ba5df81dc2ca725ece66270cc9a5035d8ceceef9ea0274a63ab1e58fafd4988d0f65d146757da071df045cfe16b9b',
  'hex',
);
/** A number of so many bits that nobody shares. */
const custom = (bits: number): Buffer => Buffer.alloc(bits / 8, 0xe7);

describe('groups of real servers', () => {
  it('curves of both versions, in the order of the server', async () => {
    const server = await node({ ecdhCurve: 'P-384:X25519' });
    const known = { suites: { 'TLS 1.2': [ECDHE], 'TLS 1.3': [TLS13] } };
    expect(await seen(server.port, known)).toEqual({
      groups: ['TLS 1.3 secp384r1 384', 'TLS 1.3 x25519 255', 'TLS 1.2 secp384r1 384', 'TLS 1.2 x25519 255'],
      flaws: NONE,
      open: [],
      handshakes: 9,
    });
    await server.close();
  });

  it.each([
    ['a prime of nginx', nginx, 'nginx-1024 1024', { 'small-dh': true, 'common-dh': true, logjam: false }],
    ['ffdhe2048', ffdhePrime(2048), 'ffdhe2048 2048', NONE],
  ])('%s', async (_, prime, name, flaws) => {
    const server = await node({ dhparam: dhparam(prime), ciphers: 'DHE:@SECLEVEL=0', maxVersion: 'TLSv1.2' });
    const { groups, ...rest } = await seen(server.port, { suites: { 'TLS 1.2': [DHE, DHE_CBC] } });
    expect({ groups, ...rest }).toMatchObject({ groups: [`TLS 1.2 ${name}`], flaws, open: [] });
    expect(rest.handshakes).toBeLessThanOrEqual(3);
    await server.close();
  });
});

const old = (version: number) => (version === 0x0303 ? 0x0401 : undefined);
/** A server of finite fields by script. */
const finite =
  (prime: (hello: SeenHello, suite: number) => Buffer, suites: readonly number[]) =>
  (hello: SeenHello): Doing => {
    const suite = hello.suites.find((one) => suites.includes(one));
    if (suite === undefined) return REFUSED;
    const signed = [ANON, ANON_256].includes(suite)
      ? Buffer.concat([vector(2, prime(hello, suite)), vector(2, Buffer.from([2])), vector(2, Buffer.alloc(8, 3))])
      : dhe(prime(hello, suite), old(hello.version));
    return flight12(hello.version, suite, signed);
  };
const curve =
  (pick: (hello: SeenHello) => number | undefined) =>
  (hello: SeenHello): Doing => {
    const group = pick(hello);
    return group === undefined || !hello.suites.includes(ECDHE)
      ? REFUSED
      : flight12(hello.version, ECDHE, ecdhe(group));
  };
const share = (group: number) => Buffer.concat([u16(group), vector(2, Buffer.alloc(32, 9))]);
const only = (...suites: number[]) => ({ suites: { 'TLS 1.2': suites } }) as const;
const is13 = (hello: SeenHello) => hello.shares !== undefined;

describe('primes of scripted servers', () => {
  const export512 = finite((_, suite) => custom(suite === EXPORT ? 512 : 2048), [EXPORT, DHE]);
  it.each<[string, (hello: SeenHello) => Doing, KnownDraft, object]>([
    [
      'export has its own prime',
      export512,
      only(DHE, EXPORT),
      { flaws: { 'small-dh': true, 'common-dh': false, logjam: true }, open: [] },
    ],
    [
      'export in SSLv3 alone',
      finite(() => custom(512), [EXPORT]),
      { suites: { SSLv3: [EXPORT] } },
      { flaws: { 'small-dh': true, 'common-dh': false, logjam: true } },
    ],
    [
      'export of 1024 bits is no Logjam',
      finite(() => custom(1024), [EXPORT_1024]),
      only(EXPORT_1024),
      { flaws: { 'small-dh': true, 'common-dh': false, logjam: false } },
    ],
    [
      '512 bits without export',
      finite(() => custom(512), [DHE]),
      only(DHE),
      { flaws: { 'small-dh': true, 'common-dh': false, logjam: true } },
    ],
    [
      '2047 bits',
      finite(() => Buffer.concat([Buffer.from([0x7f]), custom(2040)]), [DHE]),
      only(DHE),
      { flaws: { ...NONE, 'small-dh': true } },
    ],
    ['4096 bits of its own', finite(() => custom(4096), [DHE]), only(DHE), { flaws: NONE, open: [] }],
    [
      'an anonymous suite has a smaller one with a weaker cipher',
      finite((_, suite) => custom(suite === ANON ? 1024 : 3072), [ANON, ANON_256]),
      only(ANON_256, ANON),
      { flaws: { 'small-dh': true, 'common-dh': false, logjam: false } },
    ],
    [
      'an older version has a smaller one',
      finite(({ version }) => custom(version === 0x0301 ? 1024 : 2048), [DHE, DHE_CBC]),
      { suites: { 'TLS 1.0': [DHE_CBC], 'TLS 1.2': [DHE] } },
      { flaws: { 'small-dh': true, 'common-dh': false, logjam: false } },
    ],
    [
      'who names groups of RFC 7919 gets them, and who does not a smaller one',
      finite(
        ({ groups }) =>
          groups.includes(256) ? ffdhePrime(2048) : groups.includes(257) ? ffdhePrime(3072) : custom(1024),
        [DHE],
      ),
      only(DHE),
      {
        groups: [
          expect.stringMatching(/^TLS 1.2 dh-[0-9a-f]{16} 1024$/),
          'TLS 1.2 ffdhe2048 2048',
          'TLS 1.2 ffdhe3072 3072',
        ],
        flaws: { 'small-dh': true, 'common-dh': false, logjam: false },
      },
    ],
    ['none', () => REFUSED, only(0x009c), { groups: [], flaws: NONE, open: [] }],
    [
      'one that the list of suites lacks',
      finite(() => custom(1024), [DHE]),
      only(0x009c),
      { flaws: { 'small-dh': true, 'common-dh': false, logjam: false } },
    ],
    ['TLS 1.3 alone has no other', () => 'reset', { suites: {} }, { flaws: NONE, handshakes: 0 }],
    [
      'a version may be there',
      () => REFUSED,
      { ...only(0x009c), unclear: ['TLS 1.0'] },
      {
        flaws: {},
        open: ['small-dh', 'common-dh', 'logjam'].map(
          (name) => `protocol: ${name}: not clear whether TLS 1.0 is accepted (weakness)`,
        ),
      },
    ],
    [
      'takes its suite no more',
      () => REFUSED,
      only(DHE),
      {
        groups: [],
        flaws: {},
        open: expect.arrayContaining([
          expect.stringMatching(/^protocol: primes.*suites that TLS 1.2 took are refused/),
          expect.stringMatching(/small-dh/),
        ]),
      },
    ],
    [
      'falls silent',
      () => 'silence',
      only(DHE),
      {
        flaws: {},
        open: expect.arrayContaining([
          expect.stringMatching(/^timeout: primes/),
          expect.stringMatching(/logjam.*\(weakness\)/),
        ]),
      },
    ],
    [
      'resets',
      () => 'reset',
      only(DHE),
      { flaws: {}, open: expect.arrayContaining([expect.stringMatching(/^reset: primes/)]) },
    ],
    [
      'says what is no ServerKeyExchange',
      ({ version }) => flight12(version, DHE, Buffer.alloc(3)),
      only(DHE),
      { flaws: {}, open: expect.arrayContaining([expect.stringMatching(/^protocol: primes.*is cut short/)]) },
    ],
    [
      'one prime is seen, and then silence',
      (hello) => (hello.nth < 2 ? finite(() => custom(1024), [DHE])(hello) : 'silence'),
      only(DHE),
      {
        flaws: { 'small-dh': true },
        open: expect.arrayContaining([expect.stringMatching(/^timeout: primes/), expect.stringMatching(/common-dh/)]),
      },
    ],
  ])('%s', async (name, answer, known, is) => {
    const server = await scripted(answer);
    expect(await seen(server.port, known, waitOf(name))).toMatchObject(is);
    await server.close();
  });
});

describe('groups of scripted servers', () => {
  const known13 = { suites: { 'TLS 1.3': [TLS13] } } as const;
  const hello13 = (group: number | undefined, retry: boolean) =>
    record(
      22,
      0x0303,
      serverHello(0x0303, TLS13, {
        retry,
        extensions: [
          [43, u16(0x0304)],
          ...(group === undefined ? [] : [[51, retry ? u16(group) : share(group)] as const]),
        ],
      }),
    );
  it.each<[string, (hello: SeenHello) => Doing, KnownDraft, object]>([
    [
      'a hybrid, by HelloRetryRequest',
      ({ groups }) =>
        groups.includes(0x11ec) ? hello13(0x11ec, true) : groups.includes(29) ? hello13(29, true) : REFUSED,
      known13,
      { groups: ['TLS 1.3 X25519MLKEM768 undefined', 'TLS 1.3 x25519 255'], open: [], flaws: NONE },
    ],
    [
      'takes no hello without a share',
      ({ shares }) => (shares!.length === 0 ? alert(47) : shares!.includes(23) ? hello13(23, false) : REFUSED),
      known13,
      { groups: ['TLS 1.3 secp256r1 256'], open: [] },
    ],
    [
      'resets what has no share',
      ({ shares }) => (shares!.length === 0 ? 'reset' : shares!.includes(23) ? hello13(23, false) : REFUSED),
      known13,
      { groups: ['TLS 1.3 secp256r1 256'], open: [] },
    ],
    [
      'names no group',
      () => hello13(undefined, true),
      known13,
      { groups: [], open: ['protocol: groups of TLS 1.3: no group was named (offer)'] },
    ],
    [
      'falls silent after one',
      (hello) => (hello.groups.includes(23) && is13(hello) ? hello13(23, true) : 'silence'),
      known13,
      { groups: ['TLS 1.3 secp256r1 256'], open: [expect.stringMatching(/^timeout: groups of TLS 1.3/)] },
    ],
    [
      'has its own curve whatever is asked',
      curve(() => 23),
      only(ECDHE),
      { groups: ['TLS 1.2 secp256r1 256'], open: [] },
    ],
    [
      'a weak curve',
      curve(({ groups }) => groups.find((group) => [18, 19].includes(group))),
      only(ECDHE),
      { groups: ['TLS 1.2 secp192k1 192', 'TLS 1.2 secp192r1 192'], open: [] },
    ],
    [
      'an alert to two hellos of many, and a weak curve behind it',
      (() => {
        let busy = 2;
        const sound = curve(({ groups }) => [23, 19].find((one) => groups.includes(one)));
        return (hello: SeenHello) =>
          hello.groups.includes(19) && !hello.groups.includes(23) && busy-- > 0 ? REFUSED : sound(hello);
      })(),
      only(ECDHE),
      { groups: ['TLS 1.2 secp256r1 256'], open: [expect.stringMatching(/unstable: refused, and then accepted/)] },
    ],
    [
      'refuses by a close, and takes others',
      (hello) => (hello.groups.includes(23) || hello.suites.length > 1 ? curve(() => 23)(hello) : 'close'),
      only(ECDHE),
      { groups: ['TLS 1.2 secp256r1 256'], open: [] },
    ],
    [
      'closes whatever comes, by and by',
      (hello) => (hello.nth < 2 ? curve(() => 23)(hello) : 'close'),
      only(ECDHE),
      {
        groups: ['TLS 1.2 secp256r1 256'],
        open: expect.arrayContaining([expect.stringMatching(/^reset: groups of TLS 1.2/)]),
      },
    ],
    [
      'an ECDSA server needs its own curve beside the other',
      ({ groups, suites, version }) =>
        !suites.includes(0xc02b) || !groups.includes(23)
          ? REFUSED
          : flight12(
              version,
              0xc02b,
              ecdhe(groups.includes(24) && groups.indexOf(23) > groups.indexOf(24) ? 24 : 23, 0x0403),
            ),
      only(0xc02b),
      { groups: ['TLS 1.2 secp256r1 256', 'TLS 1.2 secp384r1 384'], open: [] },
    ],
  ])('%s', async (name, answer, known, is) => {
    const server = await scripted(answer);
    expect(await seen(server.port, known, waitOf(name))).toMatchObject(is);
    await server.close();
  });
});
