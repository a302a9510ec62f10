import type * as net from 'node:net';
import { expect, it } from 'vitest';
import * as fixtures from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { systemNetwork } from '../../src/observe/network.ts';
import { TLS_VERSIONS, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { SUITES_12, SUITES_13, ssl2Name, suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { observeWith, probeTest, type Row } from '../../test/kit/probe.ts';
import probe, { tlsServer } from './probe.ts';
import { allSuites } from './suites.ts';

/** Versions and suites alone: each other stage has a table of its own. */
const core = tlsServer([allSuites]);
const endpoint = { protocol: 'tls', security: 'none' } as const;

const version = (name: TlsVersion | 'SSLv2'): Fact => ({
  kind: 'offer',
  protocol: 'tls',
  role: 'version',
  name,
  code: name === 'SSLv2' ? 2 : TLS_VERSIONS[name],
});
const suites = (of: TlsVersion | 'SSLv2', ...codes: number[]): Fact[] =>
  codes.map((code) => ({
    kind: 'offer',
    protocol: 'tls',
    role: 'suite',
    version: of,
    name: of === 'SSLv2' ? ssl2Name(code) : suiteName(code),
    code,
  }));
const feature = (of: TlsVersion, name = 'server-preference'): Fact => ({
  kind: 'offer',
  protocol: 'tls',
  role: 'feature',
  version: of,
  name,
});

const [GCM, GCM256, CBC, RSA, RC4, DES3, NULL, A128, A256] = [
  0xc02f, 0xc030, 0xc013, 0x002f, 0x0005, 0x000a, 0x0002, 0x1301, 0x1302,
] as [number, number, number, number, number, number, number, number, number];
/** What stays open where no version was accepted. */
const NOTHING_SEEN = ['offer', 'certificate', 'key', 'weakness'];
/** A server of two versions with two and three suites, by its own order. */
const sound: fixtures.RawTlsOptions = { versions: { 'TLS 1.2': [GCM, CBC], 'TLS 1.3': [A256, A128] } };
const seenOfSound = [
  version('TLS 1.2'),
  version('TLS 1.3'),
  ...suites('TLS 1.2', GCM),
  ...suites('TLS 1.3', A256),
  ...suites('TLS 1.2', CBC),
  feature('TLS 1.2'),
  ...suites('TLS 1.3', A128),
  feature('TLS 1.3'),
];
const is = (hello: fixtures.TlsHello, name: TlsVersion) =>
  !hello.ssl2 && Math.max(hello.version, ...hello.versions) === TLS_VERSIONS[name];
const raw = (options: fixtures.RawTlsOptions) => {
  const service = fixtures.rawTls(options);
  return { start: (host: string) => service.start(host, 0) };
};
const row = (
  name: string,
  device: Row['device'],
  options: fixtures.RawTlsOptions,
  sees: Fact[],
  outcome: Row['outcome'] = 'completed',
  more: Partial<Row> = {},
): Row => ({
  name,
  device,
  ...endpoint,
  ...raw(options),
  limits: { wait: outcome === 'timeout' ? 200 : 400 },
  sees,
  outcome,
  ...(outcome === 'completed' ? {} : { open: ['offer'] }),
  ...more,
});
const saying = (text: RegExp): Partial<Row> => ({
  also: ({ attempt }) => expect(attempt.outcome).toMatchObject({ detail: expect.stringMatching(text) }),
});
/** Counts hellos of each kind, by a word for them. */
const counting = () => {
  const seen = new Map<string, number>();
  return (word: string): number => {
    seen.set(word, (seen.get(word) ?? 0) + 1);
    return seen.get(word)!;
  };
};
const word = (hello: fixtures.TlsHello) =>
  `${hello.ssl2} ${hello.version} ${hello.versions} ${hello.suites[0]} ${hello.suites.length}`;

probeTest(core, [
  row('two versions, by an order of its own', 'sound', sound, seenOfSound),
  row('the order of its clients', 'sound', { ...sound, preference: 'client' }, [
    version('TLS 1.2'),
    version('TLS 1.3'),
    ...suites('TLS 1.2', CBC),
    ...suites('TLS 1.3', A128),
    ...suites('TLS 1.2', GCM),
    ...suites('TLS 1.3', A256),
  ]),
  row('another share first', 'sound', { ...sound, retry: true }, seenOfSound),
  row(
    'SSL 2.0 to TLS 1.0, with what is weak behind what is not',
    'weak',
    { ssl2: [0x010080, 0x0700c0], versions: { SSLv3: [RC4], 'TLS 1.0': [CBC, RSA, DES3, NULL] } },
    [
      version('SSLv2'),
      version('SSLv3'),
      version('TLS 1.0'),
      ...suites('SSLv2', 0x010080, 0x0700c0),
      ...suites('SSLv3', RC4),
      ...suites('TLS 1.0', CBC, DES3, RSA, NULL),
      feature('TLS 1.0'),
    ],
  ),
  row('SSL 2.0 alone', 'weak', { ssl2: [0x020080] }, [version('SSLv2'), ...suites('SSLv2', 0x020080)]),
  row('SSL 2.0 without a cipher spec', 'cannot-tell', { ...sound, ssl2: [] }, seenOfSound, 'protocol'),
  row('a client certificate is asked for', 'sound', { versions: { 'TLS 1.2': [GCM] }, wantsCertificate: true }, [
    version('TLS 1.2'),
    ...suites('TLS 1.2', GCM),
    feature('TLS 1.2', 'client-certificate-requested'),
  ]),
  row('a chain of a thousand', 'sound', { versions: { 'TLS 1.2': [GCM] }, chain: 1000 }, [
    version('TLS 1.2'),
    ...suites('TLS 1.2', GCM),
  ]),
  row('closes instead of an alert', 'sound', { ...sound, refuses: 'close' }, seenOfSound),
  row('an alert of its own for everything', 'sound', { ...sound, alert: 80 }, seenOfSound),
  row('an alert that never ends the connection', 'sound', { ...sound, refuses: 'alert, then silence' }, seenOfSound),
  row('a page for SSL 2.0', 'sound', { ...sound, fault: (h) => (h.ssl2 ? 'text' : undefined) }, seenOfSound),
  row('resets every long hello', 'sound', { ...sound, longest: 260, tooLong: 'reset' }, seenOfSound),
  row(
    'resets every long hello, and where nothing is in common',
    'cannot-tell',
    { ...sound, longest: 260, tooLong: 'reset', refuses: 'reset' },
    [...seenOfSound.slice(0, 5), seenOfSound[6]!],
    'reset',
  ),
  row('an alert for every long hello', 'sound', { ...sound, longest: 260 }, seenOfSound),
  row('an alert for more than 100 suites', 'sound', { versions: { 'TLS 1.1': [RSA, CBC] }, mostSuites: 100 }, [
    version('TLS 1.1'),
    ...suites('TLS 1.1', RSA, CBC),
    feature('TLS 1.1'),
  ]),
  row('one connection at a time', 'sound', { ...sound, atOnce: 1 }, seenOfSound),
  row('one connection at a time, and what is weak', 'weak', { versions: { 'TLS 1.0': [RSA, RC4] }, atOnce: 1 }, [
    version('TLS 1.0'),
    ...suites('TLS 1.0', RSA, RC4),
    feature('TLS 1.0'),
  ]),
  row(
    'a limit of connections that time lifts',
    'sound',
    { ...sound, rate: { connections: 9, milliseconds: 200 } },
    [],
    'completed',
    {
      sees: seenOfSound,
      limits: { wait: 800 },
    },
  ),
  row(
    'a limit of connections that nothing lifts',
    'cannot-tell',
    { ...sound, rate: { connections: 7, milliseconds: 60_000 } },
    seenOfSound.slice(0, 4),
    'reset',
    { limits: { wait: 200 } },
  ),
  row(
    'a late answer',
    'cannot-tell',
    { ...sound, fault: (h) => (is(h, 'TLS 1.1') ? { milliseconds: 20_000 } : undefined) },
    seenOfSound,
    'timeout',
    saying(/not clear whether accepted: TLS 1\.1 \(no whole/),
  ),
  row('a slow answer', 'sound', { ...sound, fault: () => ({ milliseconds: 40 }) }, seenOfSound),
  ...(
    [
      ['silence', 'timeout'],
      ['reset', 'reset'],
      ['garbage', 'protocol'],
      ['text', 'protocol'],
      ['half', 'protocol'],
      ['huge', 'protocol'],
      ['warning, then silence', 'timeout'],
    ] as const
  ).flatMap(([fault, outcome]) => [
    row(
      `${fault} for one version`,
      'cannot-tell',
      { ...sound, fault: (h) => (is(h, 'TLS 1.0') ? fault : undefined) },
      seenOfSound,
      outcome,
    ),
    ...(['half', 'huge', 'warning, then silence'].includes(fault)
      ? []
      : [row(`${fault} for all`, 'cannot-tell', { fault: () => fault }, [], outcome, { open: NOTHING_SEEN })]),
  ]),
  ...(['wrong length', 'endless', 'a suite of its own', 'a version of its own'] as const).map((fault) =>
    row(
      `${fault} for an old version`,
      'cannot-tell',
      {
        versions: { 'TLS 1.0': [RSA], ...sound.versions },
        fault: (h) => (is(h, 'TLS 1.0') ? fault : undefined),
      },
      seenOfSound,
      'protocol',
    ),
  ),
  row(
    'chooses NULL, and gives it up',
    'cannot-tell',
    {
      versions: { 'TLS 1.2': [GCM, NULL, CBC] },
      fault: (h) => (h.suites.includes(NULL) && !h.suites.includes(GCM) ? 'gives up' : undefined),
    },
    [version('TLS 1.2'), ...suites('TLS 1.2', GCM, CBC)],
    'protocol',
    saying(/^TLS_RSA_WITH_NULL_SHA of TLS 1\.2 was chosen, and given up: internal_error$/),
  ),
  row(
    'chooses an old version, and gives it up',
    'cannot-tell',
    { versions: { SSLv3: [RSA], ...sound.versions }, fault: (h) => (is(h, 'SSLv3') ? 'gives up' : undefined) },
    seenOfSound,
    'protocol',
  ),
  row(
    'asks for a user of SRP',
    'cannot-tell',
    { ...sound, alert: 115, fault: (h) => (h.suites.includes(0xc01d) ? 'alert' : undefined) },
    seenOfSound,
    'protocol',
    saying(/SRP/),
  ),
  row(
    'trouble of its own with a suite that few have',
    'sound',
    { ...sound, alert: 80, fault: (h) => (h.suites.includes(0xe410) ? 'alert' : undefined) },
    seenOfSound,
  ),
  row(
    'silent where no suite is shared',
    'cannot-tell',
    {
      ...sound,
      fault: (h) => (is(h, 'TLS 1.2') && !h.suites.includes(GCM) && !h.suites.includes(CBC) ? 'silence' : undefined),
    },
    [...seenOfSound.slice(0, 5), ...seenOfSound.slice(6)],
    'timeout',
  ),
  row(
    'another choice the second time',
    'cannot-tell',
    (() => {
      const count = counting();
      return {
        ...sound,
        instead: (h) =>
          count(word(h)) > 1 ? { versions: { 'TLS 1.2': [CBC, GCM], 'TLS 1.3': [A256, A128] } } : undefined,
      };
    })(),
    seenOfSound,
    'protocol',
    { ...saying(/^unstable: TLS 1\.2: the same hello/), open: NOTHING_SEEN },
  ),
  row(
    'accepted, and then refused',
    'cannot-tell',
    (() => {
      const count = counting();
      return {
        ...sound,
        instead: (h) => (is(h, 'TLS 1.2') && count(word(h)) > 1 ? { versions: { 'TLS 1.3': [A128] } } : undefined),
      };
    })(),
    seenOfSound,
    'protocol',
    { ...saying(/unstable: TLS 1\.2 was accepted, and then refused/), open: NOTHING_SEEN },
  ),
  row(
    'refused, and then accepted: a second server behind the same address',
    'cannot-tell',
    (() => {
      const count = counting();
      return {
        ...sound,
        instead: (h) => (is(h, 'TLS 1.0') && count(word(h)) > 1 ? { versions: { 'TLS 1.0': [RC4] } } : undefined),
      };
    })(),
    [...seenOfSound, version('TLS 1.0'), ...suites('TLS 1.0', RC4)],
    'protocol',
    { ...saying(/unstable: TLS 1\.0 was refused, and then accepted/), open: NOTHING_SEEN },
  ),
  ...(
    [
      ['no TLS', fixtures.ssh(), 'protocol'],
      ['an echo', fixtures.echo(), 'protocol'],
      ['garbage without end', fixtures.flood(fixtures.http()), 'protocol'],
      ['a drip', fixtures.drip(fixtures.rawTls(sound), 50), 'timeout'],
    ] as const
  ).map(
    ([name, server, outcome]): Row => ({
      name,
      device: 'cannot-tell',
      ...endpoint,
      start: (host: string) => server.start(host, 0),
      limits: { wait: 150 },
      sees: [],
      outcome,
      open: NOTHING_SEEN,
    }),
  ),
]);

/** A server by its options with what was seen of it and the hellos that it got. */
async function asked(options: fixtures.RawTlsOptions, limits: { wait?: number; attempt?: number } = {}) {
  const server = await fixtures.rawTls(options).start('127.0.0.1', 0);
  const observed = await observeWith(core, { ...endpoint, port: server.port, limits });
  await server.close();
  return { ...observed, hellos: server.log.requests };
}

it('knows within twelve handshakes what a verdict needs, and within a hundred the whole', async () => {
  const all = { SSLv3: [RSA], 'TLS 1.0': [RSA, CBC, RC4], 'TLS 1.1': [RSA, CBC], 'TLS 1.2': [GCM, GCM256, CBC, RSA] };
  const { facts, transcripts, hellos, attempt } = await asked({ versions: { ...all, 'TLS 1.3': [A128, A256] } });
  const weak = attempt.observations.find(({ fact }) => fact.kind === 'offer' && fact.code === RC4);
  expect(attempt.observations.indexOf(weak!)).toBeLessThan(12);
  // Six for the versions, and one for the weak suites of each but where TLS 1.3 has none of GCM.
  const names = ['SSLv2', 'SSLv3', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3'];
  const counts = [12, ...Array<number>(4).fill(SUITES_12.length), SUITES_13.length];
  expect(hellos.slice(0, 6).sort()).toEqual(names.map((name, i) => `${name} ${counts[i]} suites`));
  expect(hellos.slice(6, 11).map((text) => text.replace(/\d+ suites/, ''))).toHaveLength(5);
  expect(hellos.length).toBeLessThan(50);
  expect(transcripts).toHaveLength(hellos.length);
  expect(facts.filter((fact) => fact.kind === 'offer' && fact.role === 'suite')).toHaveLength(12);
});

it.each([
  [false, 2],
  [true, 1],
])('asks a fragile (%s) device at most %i things at once', async (fragile, most) => {
  const server = await fixtures.rawTls(sound).start('127.0.0.1', 0);
  const sockets: net.Socket[] = [];
  let seen = 0;
  const connect: typeof systemNetwork.connect = (options) => {
    sockets.push(systemNetwork.connect(options));
    seen = Math.max(seen, sockets.filter(({ destroyed }) => !destroyed).length);
    return sockets.at(-1)!;
  };
  const { facts } = await observeWith(core, {
    ...endpoint,
    port: server.port,
    fragile,
    limits: { connections: 2 },
    network: { ...systemNetwork, connect },
  });
  await server.close();
  expect([facts, seen]).toEqual([seenOfSound, most]);
});

it('stops a list in time, and has asked for each class that a criterion names', async () => {
  const many = SUITES_12.filter((code) => /^TLS_(ECDHE|DHE)_RSA_WITH_(AES|CAMELLIA|ARIA|CHACHA)/.test(suiteName(code)));
  const { attempt, facts } = await asked(
    {
      versions: { 'TLS 1.2': [...many.filter((code) => !/_CBC_/.test(suiteName(code))), CBC, RSA] },
      fault: () => ({ milliseconds: 25 }),
    },
    { attempt: 700, wait: 300 },
  );
  expect(attempt.outcome).toMatchObject({ reason: 'budget', open: [] });
  const names = facts.flatMap((fact) => (fact.kind === 'offer' && fact.role === 'suite' ? [fact.name] : []));
  expect(names.length).toBeLessThan(many.length);
  // Static RSA, and with it CBC.
  expect(names.at(-1)).toBe(suiteName(RSA));
});

it.each([
  ['not offered', {}, 0],
  ['offered', { tls: { minVersion: 'TLSv1.3' } }, 3],
] as const)('looks at TLS after STARTTLS: %s', async (_name, options, suitesSeen) => {
  const server = await fixtures.smtp(options).start('127.0.0.1', 0);
  const { attempt, facts } = await observeWith(core, { protocol: 'smtp', security: 'none', port: server.port });
  await server.close();
  expect(attempt.outcome).toEqual({ status: 'completed' });
  expect(facts.filter((fact) => fact.kind === 'offer' && fact.role === 'suite')).toHaveLength(suitesSeen);
  expect(server.log.connections > 1).toBe(suitesSeen > 0);
});

it('is for TLS at a port of its own and for what changes over to it', () => {
  const component = { id: 'device' } as never;
  const applies = (protocol: string, security: 'none' | 'tls' = 'none') =>
    probe.appliesTo({ host: '127.0.0.1', transport: 'tcp', port: 1, protocol, security }, component, {} as never);
  expect([applies('tls'), applies('smtp'), applies('http'), applies('tls', 'tls')]).toEqual([true, true, false, false]);
});

it('breaks off far fewer handshakes than MySQL bears, and knows by then what is weak', async () => {
  const server = await fixtures.mysql({ tls: { ciphers: 'HIGH:3DES', minVersion: 'TLSv1' } }).start('127.0.0.1', 0);
  const { attempt, facts } = await observeWith(probe, { protocol: 'mysql', security: 'none', port: server.port });
  await server.close();
  expect(attempt.outcome).toMatchObject({ reason: 'budget' });
  expect(server.log.connections).toBeLessThanOrEqual(40);
  for (const role of ['version', 'suite'])
    expect(facts.filter((fact) => fact.kind === 'offer' && fact.role === role).length).toBeGreaterThan(3);
  for (const kind of ['certificate', 'key', 'weakness']) expect(facts.map((fact) => fact.kind)).toContain(kind);
});
