import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { freshFolder } from '../../test/kit/command.ts';
import { isSignedBy, loadSigners, type Signer, signerOf, unableAt } from './signers.ts';

// Making RSA keys takes as long as luck has it.
vi.setConfig({ testTimeout: 60_000 });

const pem = { type: 'spki', format: 'pem' } as const;

/** An RSA public key of any modulus: nobody signs with it, and a real one takes seconds to find. */
const rsa = (bits: number, exponent = 65537): string => {
  const modulus = Buffer.alloc(bits / 8, 0xa5);
  const e = Buffer.from(exponent.toString(16).padStart(6, '0'), 'hex');
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: e.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' }).export(pem).toString();
};
const ed = generateKeyPairSync('ed25519');
const other = generateKeyPairSync('ed25519');
const CERT_OF_TESTS = fs.readFileSync(join(import.meta.dirname, '../../fixtures/keys/ca.test-cert.pem'), 'utf8');

const listed = (yaml: string, files: Record<string, string>): Signer[] => {
  const dir = freshFolder();
  for (const [name, text] of Object.entries(files)) fs.writeFileSync(join(dir, name), text);
  fs.writeFileSync(join(dir, 'signers.yaml'), yaml);
  return loadSigners(join(dir, 'signers.yaml'));
};
const one = (text: string, more = ''): Signer[] =>
  listed(`signers:\n  - name: Lab\n    as: lab\n    key: lab.pem\n${more}`, { 'lab.pem': text });

describe('the list of keys', () => {
  test('a key, with the digest of its SubjectPublicKeyInfo and its end', () => {
    const text = ed.publicKey.export(pem).toString();
    const [signer] = one(text, '    until: 2027-01-01T00:00:00+01:00\n');
    expect(signer).toMatchObject({ name: 'Lab', as: 'lab', until: Date.parse('2026-12-31T23:00:00Z') });
    expect(signer!.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(unableAt(signer!, Date.parse('2026-12-31T22:59:59Z'))).toBeUndefined();
    expect(unableAt(signer!, Date.parse('2026-12-31T23:00:00Z'))).toBe(
      'the key of "Lab" ended at 2026-12-31T23:00:00.000Z',
    );
  });

  const curve = (namedCurve: string): string =>
    generateKeyPairSync('ec', { namedCurve }).publicKey.export(pem).toString();
  const uncompressed = curve('prime256v1');
  const compressed = (text: string): string =>
    execFileSync('openssl', ['ec', '-pubin', '-pubout', '-conv_form', 'compressed'], {
      input: text,
      stdio: ['pipe', 'pipe', 'ignore'],
    }).toString();
  const good = ed.publicKey.export(pem).toString();

  test.each<[string, () => Signer[], RegExp]>([
    [
      'RSA of 2048 bits',
      () => one(rsa(2048)),
      /line 4: signers\[0\] \(Lab\): "lab\.pem": it is RSA of 2048 bits, expected/,
    ],
    ['RSA with the exponent 3', () => one(rsa(3072, 3)), /its RSA exponent is 3/],
    ['a curve without a name in the list', () => one(curve('secp256k1')), /its curve is secp256k1/],
    ['a weak curve', () => one(curve('secp224r1')), /its curve is secp224r1/],
    [
      'a key for another use',
      () => one(generateKeyPairSync('x25519').publicKey.export(pem).toString()),
      /it is of the kind x25519/,
    ],
    [
      'a private key given by mistake',
      () => one(ed.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
      /line 4: .*it is a private key: give the public one/,
    ],
    [
      'an encrypted private key',
      () =>
        one(ed.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString()),
      /it is a private key/,
    ],
    ['a private key after a public one', () => one(`${good}-----BEGIN PRIVATE KEY-----\n`), /it is a private key/],
    ['no PEM', () => one('ssh-ed25519 AAAA'), /it holds no PEM block, expected one PUBLIC KEY/],
    ['two keys', () => one(`${good}${good}`), /it holds 2 PEM blocks/],
    ['a certificate as a key', () => one(CERT_OF_TESTS), /it holds a CERTIFICATE, expected a PUBLIC KEY/],
    [
      'garbage between the lines',
      () => one('-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'),
      /line 4: .*it cannot be understood/,
    ],
    [
      'no such key file',
      () => listed('signers: [{ name: L, as: lab, key: gone.pem }]', {}),
      /gone\.pem": there is no such/,
    ],
    ['a list of nobody', () => listed('signers: []', {}), /line 1: signers/],
    [
      'neither key nor certificate',
      () => listed('signers: [{ name: L, as: lab }]', {}),
      /a key or a certificate, and not/,
    ],
    [
      'who is neither lab nor maker',
      () => listed('signers:\n  - name: L\n    as: auditor\n    key: lab.pem', { 'lab.pem': good }),
      /line 3: .*expected "lab" or "maker"/,
    ],
    ['an end without a zone', () => one(good, '    until: 2027-01-01T00:00:00\n'), /line 5: .*with its zone/],
    [
      'one key as the lab and as a maker',
      () =>
        listed('signers:\n  - { name: L, as: lab, key: a.pem }\n  - { name: M, as: maker, key: a.pem }\n', {
          'a.pem': good,
        }),
      /line 3: signers\[1\]: "L" and "M" have the same key/,
    ],
    [
      'one key in two forms, as the lab and as a maker',
      () =>
        listed('signers:\n  - { name: L, as: lab, key: a.pem }\n  - { name: M, as: maker, key: b.pem }\n', {
          'a.pem': uncompressed,
          'b.pem': compressed(uncompressed),
        }),
      /line 3: signers\[1\]: "L" and "M" have the same key/,
    ],
    [
      'one name twice',
      () =>
        listed('signers:\n  - { name: L, as: lab, key: a.pem }\n  - { name: L, as: lab, key: b.pem }\n', {
          'a.pem': good,
          'b.pem': other.publicKey.export(pem).toString(),
        }),
      /line 3: signers\[1\]: "L" is listed twice/,
    ],
  ])('%s is refused', (_, act, says) => {
    expect(act).toThrow(expect.objectContaining({ name: 'BadFile', message: expect.stringMatching(says) }));
  });
});

describe('whose signature it is', () => {
  const signers = listed(
    'signers:\n  - { name: L, as: lab, key: a.pem }\n  - { name: M, as: maker, key: b.pem }\n  - { name: E, as: lab, key: c.pem }\n  - { name: R, as: lab, key: d.pem }\n',
    {
      'a.pem': ed.publicKey.export(pem).toString(),
      'b.pem': other.publicKey.export(pem).toString(),
      'c.pem': generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export(pem).toString(),
      'd.pem': rsa(3072),
    },
  );
  const bytes = Buffer.from('decision: pass\n');
  const of = (signature: Buffer): string | undefined => signerOf(signers, bytes, signature)?.name;
  const theirs = sign(null, bytes, other.privateKey);

  test('binary, base64 on one line, and in lines', () => {
    expect(of(theirs)).toBe('M');
    expect(of(Buffer.from(theirs.toString('base64')))).toBe('M');
    expect(of(Buffer.from(`${theirs.toString('base64').replace(/.{40}/g, '$&\r\n')}\n`))).toBe('M');
  });

  test.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['zeroes', Buffer.alloc(64)],
    ['a byte more', Buffer.concat([theirs, Buffer.of(0)])],
    ['a byte less', theirs.subarray(0, 63)],
    ['of other bytes', sign(null, Buffer.from('decision: fail\n'), other.privateKey)],
    ['of a key that is not listed', sign(null, bytes, generateKeyPairSync('ed25519').privateKey)],
    ['hostile DER', Buffer.from('3084ffffffff02010002010030', 'hex')],
    ['as long as one of RSA', Buffer.alloc(384, 1)],
    ['words', Buffer.from('signed, the lab')],
  ])('%s is nobody', (_, signature) => expect(of(signature)).toBeUndefined());
});

const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
const hasOpenssl = ((): boolean => {
  try {
    return /^OpenSSL (3|1\.1\.1)/.test(openssl('version').toString());
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOpenssl)(
  'what the stock openssl commands of docs/attestations.md sign (skipped without openssl)',
  () => {
    const KINDS: [string, string[], (key: string, file: string) => string[]][] = [
      ['Ed25519', ['-algorithm', 'ED25519'], (key, file) => ['pkeyutl', '-sign', '-rawin', '-inkey', key, '-in', file]],
      ...(['P-256', 'P-384'] as const).map((name): (typeof KINDS)[number] => [
        name,
        ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${name}`],
        (key, file) => ['dgst', '-sha256', '-sign', key, file],
      ]),
      [
        'RSA of 3072 bits',
        ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:3072'],
        (key, file) => ['dgst', '-sha256', '-sign', key, file],
      ],
    ];
    test.each(KINDS)('%s, by its public key and by its certificate', (_, made, signing) => {
      const dir = freshFolder();
      const [key, file] = [join(dir, 'key.pem'), join(dir, 'a.yaml')];
      openssl('genpkey', ...made, '-out', key);
      openssl('pkey', '-in', key, '-pubout', '-out', join(dir, 'pub.pem'));
      openssl('req', '-x509', '-new', '-key', key, '-subj', '/CN=Lab', '-days', '30', '-out', join(dir, 'cert.pem'));
      fs.writeFileSync(join(dir, 'by-key.yaml'), 'signers: [{ name: Lab, as: lab, key: pub.pem }]');
      fs.writeFileSync(join(dir, 'by-cert.yaml'), 'signers: [{ name: Lab, as: lab, certificate: cert.pem }]');
      fs.writeFileSync(file, 'schema: 1\n');
      const bytes = fs.readFileSync(file);
      const signature = openssl(...signing(key, file));
      const [byKey] = loadSigners(join(dir, 'by-key.yaml'));
      const [byCertificate] = loadSigners(join(dir, 'by-cert.yaml'));
      expect(isSignedBy(byKey!, bytes, signature)).toBe(true);
      expect(isSignedBy(byCertificate!, bytes, signature)).toBe(true);
      expect(byCertificate!.digest).toBe(byKey!.digest);
      expect(isSignedBy(byKey!, Buffer.from('schema: 2\n'), signature)).toBe(false);
      expect(unableAt(byCertificate!, byCertificate!.from!)).toBeUndefined();
      expect(unableAt(byCertificate!, byCertificate!.from! - 1000)).toMatch(/the certificate of "Lab" begins at/);
      expect(unableAt(byCertificate!, byCertificate!.until!)).toMatch(/the key of "Lab" ended at/);
    });
  },
);
