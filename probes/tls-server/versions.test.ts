import { expect, it } from 'vitest';
import * as fixtures from '../../fixtures/services/index.ts';
import { flight } from '../../fixtures/services/tls-raw-bytes.ts';
import { TLS_VERSIONS, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { suiteName } from '../../src/observe/protocols/tls-suites.ts';
import { observeWith, tcpServer } from '../../test/kit/probe.ts';
import { flaws } from './flaws.ts';
import { tlsServer } from './probe.ts';
import { allSuites } from './suites.ts';

const core = tlsServer([allSuites]);
const [GCM, CBC, RSA, RC4, DES3, A128, A256] = [0xc02f, 0xc013, 0x002f, 0x0005, 0x000a, 0x1301, 0x1302] as const;
const sound: fixtures.RawTlsOptions = { versions: { 'TLS 1.2': [GCM, CBC], 'TLS 1.3': [A256, A128] } };
const old: fixtures.RawTlsOptions = { versions: { 'TLS 1.0': [RSA], ...sound.versions } };

const is = (hello: fixtures.TlsHello, name: TlsVersion) =>
  !hello.ssl2 && Math.max(hello.version, ...hello.versions) === TLS_VERSIONS[name];
const has = (hello: fixtures.TlsHello, ...codes: number[]) => codes.every((code) => hello.suites.includes(code));

/** What a server of these whims is said to have: versions and suites in words, and how the attempt ended. */
async function seen(options: fixtures.RawTlsOptions, { wait = 150, stages = core } = {}) {
  const server = await fixtures.rawTls(options).start('127.0.0.1', 0);
  const { attempt, facts } = await observeWith(stages, {
    protocol: 'tls',
    security: 'none',
    port: server.port,
    limits: { wait },
  });
  await server.close();
  const offers = facts.flatMap((fact) => (fact.kind === 'offer' ? [fact] : []));
  return {
    versions: offers.filter(({ role }) => role === 'version').map(({ name }) => name),
    suites: offers.filter(({ role }) => role === 'suite').map(({ version, name }) => `${version} ${name}`),
    flaws: facts.flatMap((fact) => (fact.kind === 'weakness' ? [`${fact.name} ${fact.present}`] : [])),
    outcome: attempt.outcome,
    hellos: server.log.requests,
  };
}

/** Holds for the first hello of which this is so. */
const once = (which: (hello: fixtures.TlsHello) => boolean) => {
  let left = 1;
  return (hello: fixtures.TlsHello): boolean => which(hello) && left-- > 0;
};

const suite = (version: TlsVersion, code: number): string => `${version} ${suiteName(code)}`;

it('is not told that a list is whole by one alert at its end', async () => {
  const busy = once((hello) => is(hello, 'TLS 1.2') && has(hello, CBC) && !has(hello, GCM));
  const { suites, outcome } = await seen({ ...sound, fault: (hello) => (busy(hello) ? 'alert' : undefined) });
  expect(suites).toContain(suite('TLS 1.2', CBC));
  expect(outcome).toMatchObject({ status: 'inconclusive', detail: expect.stringMatching(/^unstable: TLS 1\.2/) });
});

it('is not told so by one at the end of the first of several lists', async () => {
  const many = { 'TLS 1.2': [GCM, CBC, RSA, 0xc014, 0x0035, 0x009c] };
  const busy = once((hello) => hello.suites.length < 200 && hello.suites.length > 100 && has(hello, 0xc014));
  const { suites, outcome } = await seen({
    versions: many,
    preference: 'client',
    fault: (hello) => (busy(hello) ? 'alert' : undefined),
  });
  expect(suites).toContain(suite('TLS 1.2', 0xc014));
  expect(outcome).toMatchObject({ status: 'inconclusive' });
});

it.each(['close', 'reset'] as const)('finds TLS 1.0 where a second handshake gets a %s', async (crowded) => {
  const { versions } = await seen({ ...old, atOnce: 1, crowded });
  expect(versions).toContain('TLS 1.0');
});

it('is content with nothing where a second handshake gets an alert', async () => {
  const { versions, outcome } = await seen({ ...old, atOnce: 1, crowded: 'alert' });
  expect(versions).toContain('TLS 1.2');
  expect(outcome).toMatchObject({ status: 'inconclusive', open: ['offer', 'certificate', 'key', 'weakness'] });
});

it.each([
  ['TLS 1.0', 0, { 'TLS 1.0': [RSA], ...sound.versions }],
  ['TLS 1.0', 1, { 'TLS 1.0': [RSA], ...sound.versions }],
  ['RC4', 0, { ...sound.versions, 'TLS 1.2': [GCM, CBC, RC4] }],
  ['RC4', 1, { ...sound.versions, 'TLS 1.2': [GCM, CBC, RC4] }],
] as const)('sees what one of two servers has that take turns: %s (%i)', async (what, turn, versions) => {
  let n: number = turn;
  const { versions: told, suites } = await seen({
    ...sound,
    instead: () => (n++ % 2 === 0 ? { versions } : undefined),
  });
  expect([...told, ...suites].some((each) => each.includes(what))).toBe(true);
});

it('asks for SSL 2.0 again as well', async () => {
  const busy = once(({ ssl2 }) => ssl2);
  const { versions, outcome } = await seen({
    ...sound,
    ssl2: [0x010080],
    fault: (hello) => (busy(hello) ? 'alert' : undefined),
  });
  expect(versions).toContain('SSLv2');
  expect(outcome).toMatchObject({
    status: 'inconclusive',
    detail: expect.stringMatching(/SSLv2 was refused, and then/),
  });
});

it('does not say that weak suites are absent which the list then has', async () => {
  const busy = once((hello) => is(hello, 'TLS 1.2') && has(hello, DES3) && !has(hello, GCM));
  const {
    suites,
    flaws: told,
    outcome,
  } = await seen(
    { versions: { 'TLS 1.2': [GCM, DES3] }, fault: (hello) => (busy(hello) ? 'alert' : undefined) },
    { stages: tlsServer([flaws, allSuites]) },
  );
  expect(suites).toContain(suite('TLS 1.2', DES3));
  expect(told).toContain('sweet32 false');
  expect(outcome).toMatchObject({ status: 'inconclusive', open: expect.arrayContaining(['offer', 'weakness']) });
});

it.each([true, false])('is answered by who hangs at hellos of 256 to 511 bytes (own order: %s)', async (own) => {
  const versions = { 'TLS 1.1': [RSA, CBC], 'TLS 1.2': [GCM, CBC, RSA, RC4] };
  const { suites, outcome } = await seen({
    versions,
    preference: own ? 'server' : 'client',
    fault: ({ ssl2, length }) => (!ssl2 && length >= 261 && length <= 516 ? 'silence' : undefined),
  });
  expect(suites).toHaveLength(6);
  expect(outcome).toEqual({ status: 'completed' });
});

it('says of TLS 1.3 that it cannot tell where the server says that it has something newer', async () => {
  const { outcome } = await seen({ versions: { 'TLS 1.2': [GCM] }, hasNewer: true });
  expect(outcome).toMatchObject({ status: 'inconclusive', detail: expect.stringMatching(/TLS 1\.3/), open: ['offer'] });
});

it('is content with a server that says so and has it', async () => {
  expect(await seen({ ...sound, hasNewer: true })).toMatchObject({ outcome: { status: 'completed' } });
});

it('is not taken in by one ServerHello for all', async () => {
  const one = flight({ version: 0x0303, suite: GCM, certificates: [], retry: false, wantsCertificate: false });
  const server = await tcpServer((socket) => void socket.once('data', () => socket.write(one)));
  const { attempt, facts } = await observeWith(core, {
    protocol: 'tls',
    security: 'none',
    port: server.port,
    limits: { wait: 150 },
  });
  await server.close();
  expect(facts.map((fact) => fact.kind === 'offer' && fact.name)).toEqual(['TLS 1.2', suiteName(GCM)]);
  expect(attempt.outcome).toMatchObject({ status: 'inconclusive', open: ['offer'] });
});

it('names the versions that stayed open, and those whose suites did', async () => {
  const { outcome } = await seen({
    ...sound,
    fault: (hello) =>
      is(hello, 'TLS 1.0') || (is(hello, 'TLS 1.2') && !has(hello, GCM) && !has(hello, CBC)) ? 'reset' : undefined,
  });
  expect(outcome).toMatchObject({
    open: ['offer'],
    offers: [
      { role: 'version', version: 'TLS 1.0' },
      { role: 'suite', version: 'TLS 1.2' },
    ],
  });
});

it('gives up soon where every connection hangs after the first few', async () => {
  let n = 0;
  const { versions, outcome, hellos } = await seen({ ...sound, fault: () => (++n > 8 ? 'silence' : undefined) });
  expect(versions).toEqual(['TLS 1.2', 'TLS 1.3']);
  expect(outcome).toMatchObject({ reason: 'timeout', open: ['offer'] });
  expect(hellos.length).toBeLessThan(20);
});

it('does not say that there is no TLS where STARTTLS was granted once', async () => {
  let met = 0;
  const server = await tcpServer((socket) => {
    const offered = met++ === 0;
    socket.write('220 mail\r\n');
    socket.on('data', (bytes) => {
      if (/^EHLO/.test(bytes.toString('latin1')))
        socket.write(offered ? '250-mail\r\n250 STARTTLS\r\n' : '250 mail\r\n');
      if (/^STARTTLS/.test(bytes.toString('latin1'))) socket.write('220 go on\r\n');
    });
  });
  const { attempt } = await observeWith(core, {
    protocol: 'smtp',
    security: 'none',
    port: server.port,
    limits: { wait: 100 },
  });
  await server.close();
  expect(attempt.outcome).toMatchObject({ status: 'inconclusive', open: ['offer', 'certificate', 'key', 'weakness'] });
});
