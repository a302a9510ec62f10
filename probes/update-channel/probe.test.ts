import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { CannotTell } from '../../src/observe/probe.ts';
import { observeWith } from '../../test/kit/probe.ts';
import { formatOf } from './format.ts';
import probe from './probe.ts';
import { declaredKey, judgeSignature } from './signature.ts';

interface Case {
  pages?: Parameters<typeof fixtures.http>[0];
  secure?: fixtures.TlsOptions;
  key?: string;
  urls?: ('manifest' | 'image' | 'signature')[];
  host?: string;
  names?: string[];
  trust?: string[];
}
const FILES = { manifest: 'manifest.json', image: 'image.bin', signature: 'image.bin.sig' };

async function observe({
  pages,
  secure,
  key,
  urls = ['manifest', 'image', 'signature'],
  host = '127.0.0.1',
  ...more
}: Case) {
  const service = fixtures.http(pages ?? { pages: fixtures.updatePages() });
  const server = await (secure ? fixtures.tls(service, secure) : service).start('127.0.0.1', 0);
  const base = `${secure ? 'https' : 'http'}://${host}:${server.port}/update/`;
  const update = Object.fromEntries(urls.map((role) => [role, base + FILES[role]]));
  try {
    const { facts, attempt } = await observeWith(probe, {
      hostOnly: true,
      declares: { update: { ...update, ...(key && { key }) } },
      ...more,
    });
    const { outcome } = attempt;
    return {
      facts,
      outcome: outcome.status === 'completed' ? 'completed' : outcome.reason,
      of: (role: string) =>
        facts.find((f): f is Extract<Fact, { kind: 'artifact' }> => f.kind === 'artifact' && f.role === role),
    };
  } finally {
    await server.close();
  }
}
const pagesOf = (options: fixtures.UpdateOptions) => ({ pages: fixtures.updatePages(options) });

describe('update-channel', () => {
  it('reads an image of many megabytes', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const body = Buffer.concat([Buffer.from('1f8b08', 'hex'), Buffer.alloc(9_000_000, 7)]);
    const pages = {
      '/update/image.bin': { body },
      '/update/image.bin.sig': { body: sign('sha256', body, privateKey) },
    };
    const { of, outcome } = await observe({
      pages: { pages },
      urls: ['image', 'signature'],
      key: publicKey.export({ type: 'spki', format: 'pem' }) as string,
    });
    expect(outcome).toBe('completed');
    expect(of('image')).toMatchObject({ signed: 'by-given-key', algorithm: 'ecdsa-sha256' });
  });

  it.each([
    [
      'signed by the given key',
      { key: fixtures.updateKey() },
      { signed: 'by-given-key', algorithm: 'ecdsa-sha256', bits: 256 },
    ],
    [
      'signed with RSA',
      { pages: pagesOf({ algorithm: 'rsa' }), key: fixtures.updateKey('rsa') },
      { signed: 'by-given-key', algorithm: 'rsa-sha256', bits: 2048 },
    ],
    ['signed wrongly', { pages: pagesOf({ signature: 'invalid' }), key: fixtures.updateKey() }, { signed: 'invalid' }],
    [
      'signed by another key',
      { pages: pagesOf({ signature: 'other-key' }), key: fixtures.updateKey() },
      { signed: 'invalid' },
    ],
    ['signed, no key declared', {}, { signed: 'unverified' }],
    [
      'no signature there, a digest in the manifest',
      { pages: pagesOf({ signature: 'missing' }) },
      { signed: 'checksum' },
    ],
    [
      'no signature at all',
      { pages: pagesOf({ signature: 'missing', checksum: false }), urls: ['manifest', 'image'] },
      { signed: 'none' },
    ],
    [
      'a format that may hold a signature',
      { pages: pagesOf({ signature: 'missing', image: Buffer.from('hsqs and more') }) },
      { signed: 'unverified', format: 'squashfs' },
    ],
    [
      'an image that never holds one',
      { pages: pagesOf({ signature: 'missing', checksum: false, image: fixtures.uImage('x', Buffer.from('y')) }) },
      { signed: 'none', format: 'uimage' },
    ],
  ] as [string, Case, object][])('%s', async (_name, given, expected) => {
    const seen = await observe(given);
    expect(seen.outcome).toBe('completed');
    expect(seen.of('image')).toMatchObject(expected);
  });

  it('says what it fetched, how, and of which version', async () => {
    const seen = await observe({ pages: pagesOf({ version: '2.1' }), urls: ['manifest'] });
    expect(seen.of('manifest')).toMatchObject({ format: 'json', version: '2.1', signed: 'none' });
    expect(seen.facts[0]).toMatchObject({
      kind: 'update',
      role: 'manifest',
      transport: 'none',
      case: 'fetch',
      outcome: 'accepted',
    });
  });

  const named = { names: ['up.example'], host: 'up.example', urls: ['manifest' as const] };
  const ca = fixtures.keyFile('ca.test-cert.pem');
  it.each([
    [
      'trusted and named',
      { secure: { certificate: { names: ['up.example'], signedBy: 'ca' } }, trust: [ca], ...named },
      true,
    ],
    ['not trusted', { secure: { certificate: { names: ['up.example'] } }, trust: [ca], ...named }, false],
    [
      'of another name',
      { secure: { certificate: { names: ['x.example'], signedBy: 'ca' } }, trust: [ca], ...named },
      false,
    ],
    ['no trust given', { secure: {}, ...named }, undefined],
  ] as [string, Case, boolean | undefined][])('TLS %s', async (_name, given, expected) => {
    const fact = (await observe(given)).facts[0] as Extract<Fact, { kind: 'update' }>;
    expect([fact.transport, fact.authenticated]).toEqual(['tls', expected]);
  });

  it.each([
    ['a host out of scope', { host: '192.0.2.1' }, 'scope'],
    ['a name that is not the component’s', { host: 'cloud.example' }, 'scope'],
    ['nothing there', { pages: { pages: {} } }, 'protocol'],
  ] as [string, Case, string][])('cannot tell: %s', async (_name, given, reason) => {
    const seen = await observe(given);
    expect([seen.outcome, seen.facts.filter((f) => f.kind === 'artifact')]).toEqual([reason, []]);
  });

  it('is aimed only at the host of a component that declares where its updates come from', () => {
    const component = (update?: object) =>
      ({ id: 'd', kind: 'device', addresses: ['127.0.0.1'], names: [], declares: update ? { update } : {} }) as never;
    const target = {} as never;
    expect(probe.appliesTo({ host: '127.0.0.1' }, component({ image: 'http://127.0.0.1/' }), target)).toBe(true);
    expect(probe.appliesTo({ host: '127.0.0.1' }, component({ policy: 'manual' }), target)).toBe(false);
    expect(probe.appliesTo({ host: '127.0.0.1' }, component(), target)).toBe(false);
    expect(probe.appliesTo({ host: '127.0.0.1', port: 80 }, component({ image: 'http://127.0.0.1/' }), target)).toBe(
      false,
    );
  });
});

describe('judgeSignature', () => {
  const content = Buffer.from('the image');
  const [rsa, ec, ed] = [
    generateKeyPairSync('rsa', { modulusLength: 2048 }),
    generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
    generateKeyPairSync('ed25519'),
  ];
  it.each([
    ['RSA PKCS #1', rsa, sign('sha256', content, rsa.privateKey), 'rsa-sha256', 2048],
    ['RSA PSS', rsa, sign('sha256', content, { key: rsa.privateKey, padding: 6 }), 'rsa-pss-sha256', 2048],
    ['RSA with SHA-1', rsa, sign('sha1', content, rsa.privateKey), 'rsa-sha1', 2048],
    ['ECDSA', ec, sign('sha384', content, ec.privateKey), 'ecdsa-sha384', 384],
    [
      'ECDSA in IEEE form',
      ec,
      sign('sha256', content, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }),
      'ecdsa-sha256',
      384,
    ],
    ['Ed25519', ed, sign(null, content, ed.privateKey), 'ed25519', 256],
  ] as const)('%s, raw and in base64', (_name, { publicKey }, signature, algorithm, bits) => {
    const expected = { signed: 'by-given-key', algorithm, bits };
    expect(judgeSignature(content, signature, publicKey)).toEqual(expected);
    expect(judgeSignature(content, Buffer.from(`${signature.toString('base64')}\n`), publicKey)).toEqual(expected);
    expect(judgeSignature(Buffer.from('another'), signature, publicKey).signed).toBe('invalid');
  });

  const openssl = spawnSync('openssl', ['version']).status === 0;
  it.skipIf(!openssl)('CMS as openssl makes it, with and without attributes (needs the command openssl)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cms-'));
    try {
      const { key, cert } = fixtures.certificate({ signedBy: 'ca' });
      const [image, keyPath, certPath, out] = ['image', 'key', 'cert', 'out'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
        string,
      ];
      writeFileSync(image, content);
      writeFileSync(keyPath, key);
      writeFileSync(certPath, cert);
      for (const more of [
        ['-outform', 'DER'],
        ['-outform', 'DER', '-noattr'],
        ['-outform', 'PEM', '-nocerts'],
      ]) {
        const made = spawnSync('openssl', [
          'cms',
          '-sign',
          '-binary',
          '-in',
          image,
          '-signer',
          certPath,
          '-inkey',
          keyPath,
          '-out',
          out,
          ...more,
        ]);
        expect(made.status).toBe(0);
        const cms = readFileSync(out);
        expect(judgeSignature(content, cms, declaredKey(cert))).toEqual({
          signed: 'by-given-key',
          algorithm: 'rsa-sha256',
          bits: 2048,
        });
        expect(judgeSignature(Buffer.from('another'), cms, declaredKey(cert)).signed).toBe('invalid');
        expect(judgeSignature(content, cms, rsa.publicKey).signed).toBe('invalid');
        fc.assert(
          fc.property(fc.nat(cms.length - 1), fc.nat(255), (at, value) => {
            const bent = Buffer.from(cms);
            bent[at] = value;
            expect(['by-given-key', 'invalid', 'unverified']).toContain(
              judgeSignature(content, bent, declaredKey(cert)).signed,
            );
          }),
          { numRuns: 100 },
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('never throws for what a device sends, and names a bad declared key', () => {
    for (const { publicKey } of [rsa, ec, ed]) {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
          expect(judgeSignature(content, Buffer.from(bytes), publicKey).signed).toBe('invalid');
        }),
        { numRuns: 30 },
      );
    }
    expect(() => declaredKey('nonsense')).toThrow(CannotTell);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => typeof formatOf(Buffer.from(bytes)) === 'string'),
    );
  });
});
