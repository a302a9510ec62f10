import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/services/index.ts';
import { certificateDer, flight } from '../../fixtures/services/tls-raw-bytes.ts';
import { shownIn } from '../../src/observe/protocols/certificate-message.ts';
import { type ObserveOptions, tcpServer } from '../../test/kit/probe.ts';
import { runStage } from '../../test/kit/tls-stage.ts';
import { drawn } from '../../test/kit/x509.ts';
import { certificates } from './certificates.ts';

const [GCM, RC4, ANON] = [0xc02f, 0x0005, 0x0018] as [number, number, number];
const knowsEc = ({ suites }: fixtures.TlsHello) => suites.includes(0xc02b) && !suites.includes(GCM);
const knowsDsa = ({ suites }: fixtures.TlsHello) => suites.includes(0x0032) && !suites.includes(GCM);

const seenOf = async (options: fixtures.RawTlsOptions, more: Partial<ObserveOptions> = {}) => {
  const server = await fixtures.rawTls(options).start('127.0.0.1', 0);
  try {
    const suites = Object.fromEntries(Object.entries(options.versions ?? {}));
    const { facts, unsettled, handshakes } = await runStage(
      certificates,
      { suites },
      { limits: { wait: 100 }, ...more, port: server.port },
    );
    return {
      facts: facts.map((fact) =>
        fact.kind === 'certificate'
          ? `${fact.position} ${fact.subject} ${fact.nameMatches ?? ''}`.trim()
          : fact.kind === 'key'
            ? `${fact.bits}`
            : '',
      ),
      all: facts,
      unsettled: unsettled.map(({ reason, open }) => `${reason}: ${open.join(' ')}`),
      handshakes,
    };
  } finally {
    await server.close();
  }
};
const modern = { versions: { 'TLS 1.2': [GCM] }, certificate: { commonName: 'cam' } };
const old: fixtures.RawTlsOptions = { certificate: { commonName: 'old', key: 'rsa-1024' } };
const ecdsa = { versions: { 'TLS 1.2': [0xc02b] } };
const one = ['0 CN=cam', '2048'];

describe('certificates', () => {
  it.each<[string, fixtures.RawTlsOptions, string[], string[]]>([
    ['one', modern, one, []],
    ['one of a server of yesterday', { ...modern, versions: { 'TLS 1.0': [RC4] } }, one, []],
    ['none, for it has anonymous suites alone', { ...modern, versions: { 'TLS 1.2': [ANON] } }, [], []],
    [
      'another to who knows ECDSA alone',
      { ...modern, instead: (hello) => (knowsEc(hello) ? { ...old, versions: { 'TLS 1.2': [0xc02b] } } : undefined) },
      [...one, '0 CN=old', '1024'],
      [],
    ],
    [
      'another to who knows DSA alone',
      { ...modern, instead: (hello) => (knowsDsa(hello) ? { ...old, versions: { 'TLS 1.2': [0x0032] } } : undefined) },
      [...one, '0 CN=old', '1024'],
      [],
    ],
    [
      'silence to who knows ECDSA alone',
      { ...modern, fault: (hello) => (knowsEc(hello) ? 'silence' : undefined) },
      one,
      ['timeout: certificate key'],
    ],
    [
      'garbage to them',
      { ...modern, fault: (hello) => (knowsEc(hello) ? 'garbage' : undefined) },
      one,
      ['protocol: certificate key'],
    ],
    [
      'a reset to them, while others get through',
      { ...modern, fault: (hello) => (knowsEc(hello) ? 'reset' : undefined) },
      one,
      [],
    ],
    ['silence to everybody', { ...modern, fault: () => 'silence' }, [], Array(4).fill('timeout: certificate key')],
  ])('%s', async (_name, options, facts, unsettled) => {
    expect(await seenOf(options)).toMatchObject({ facts, unsettled });
  });

  it('shows a certificate to who gives no name, held to no name', async () => {
    const options = { ...modern, instead: (_hello: fixtures.TlsHello, nth: number) => (nth === 4 ? old : undefined) };
    const { facts, unsettled } = await seenOf(options, { names: ['cam.example'] });
    expect({ facts, unsettled }).toEqual({ facts: ['0 CN=cam false', '2048', '0 CN=old', '1024'], unsettled: [] });
  });

  it('shows a certificate to who gives another declared name', async () => {
    const options = { ...modern, instead: (_hello: fixtures.TlsHello, nth: number) => (nth === 4 ? old : undefined) };
    const { facts, unsettled } = await seenOf(options, { names: ['cam.example', 'hub.example'] });
    expect({ facts, unsettled }).toEqual({
      facts: ['0 CN=cam false', '2048', '0 CN=old false', '1024'],
      unsettled: [],
    });
  });

  it('tells one leaf again that comes with other certificates behind it, and its key once', async () => {
    const options = {
      ...modern,
      instead: (hello: fixtures.TlsHello) => (knowsEc(hello) ? { chain: 2, ...ecdsa } : {}),
    };
    const { facts, unsettled } = await seenOf(options);
    expect({ facts, unsettled }).toEqual({ facts: [...one, '0 CN=cam', '1 CN=cam'], unsettled: [] });
  });

  it('takes few handshakes', async () => {
    expect((await seenOf(modern)).handshakes).toBe(3);
    expect((await seenOf(modern, { names: ['cam.example'] })).handshakes).toBe(4);
    const names = Array.from({ length: 100 }, (_, i) => `cam-${i}.example`);
    expect((await seenOf(modern, { names })).handshakes).toBe(8);
  });

  it('counts a chain of a thousand', async () => {
    const { all, unsettled } = await seenOf({ ...modern, chain: 1000 }, { limits: { wait: 2000 } });
    expect(all[0]).toMatchObject({ presented: 1000, order: 'ordered' });
    expect({ count: all.length, unsettled }).toEqual({ count: 11, unsettled: [] });
  });

  it('says which certificate cannot be read, and what the others are', async () => {
    const der = drawn({ key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey });
    const answer = flight({
      version: 0x0303,
      suite: 0xc02b,
      certificates: [der.subarray(0, 60), der],
      retry: false,
      wantsCertificate: false,
    });
    const server = await tcpServer((socket) => socket.once('data', () => socket.write(answer)));
    const { facts, unsettled } = await runStage(
      certificates,
      { suites: { 'TLS 1.2': [0xc02b] } },
      { limits: { wait: 50 }, port: server.port },
    );
    await server.close();
    expect(facts).toMatchObject([{ kind: 'certificate', position: 1 }]);
    expect(unsettled[0]).toMatchObject({
      reason: 'protocol',
      open: ['certificate', 'key'],
      what: expect.stringContaining('certificate 1 of 2'),
    });
  });
});

describe('shownIn', () => {
  const der = certificateDer(fixtures.certificate({}).cert);
  const shown = (count: number) =>
    flight({
      version: 0x0303,
      suite: GCM,
      certificates: Array(count).fill(der),
      retry: false,
      wantsCertificate: false,
    });

  it('reads whole lists and torn ones', () => {
    expect(shownIn(shown(2))).toEqual({ certificates: [der, der], presented: 2, whole: true });
    expect(shownIn(shown(2).subarray(0, 100 + der.length))).toMatchObject({ presented: 1, whole: false });
    expect(shownIn(shown(250))).toMatchObject({ presented: 250, whole: true, certificates: { length: 100 } });
    expect(shownIn(shown(0))).toEqual({ certificates: [], presented: 0, whole: true });
    expect(shownIn(Buffer.alloc(0)).presented).toBe(0);
  });

  it('never throws', () => {
    const real = shown(2);
    return fc.assert(
      fc.property(fc.nat(real.length - 1), fc.nat(255), fc.nat(real.length), (at, value, length) => {
        const bytes = Buffer.from(real);
        bytes[at] = value;
        expect(shownIn(bytes.subarray(0, length)).presented).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 200 },
    );
  });
});
