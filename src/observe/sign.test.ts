import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { testPem } from '../../test/kit/authority.ts';
import { authorities, ec, keyPem, labKey, NOW, signers } from '../../test/kit/sealed.ts';
import { untrusted } from './certificates.ts';
import { readSignature, signerFrom, signSums, UnfitSigner } from './sign.ts';

const key = ec('P-256');
const sound = labKey(key);
const EXPECTED = 'expected ECDSA on P-256 or P-384, or RSA of 3072 bits and more';
const encrypted = key
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct horse' })
  .toString();

describe('a signer that is none', () => {
  const pem = (one: KeyObject): string => keyPem(one);
  test.each([
    ['P-521', { key: pem(ec('P-521')) }, 'key', `it is ECDSA on P-521, ${EXPECTED}`],
    ['secp256k1', { key: pem(ec('secp256k1')) }, 'key', `it is ECDSA on secp256k1, ${EXPECTED}`],
    ['Ed25519', { key: pem(generateKeyPairSync('ed25519').privateKey) }, 'key', `it is Ed25519, ${EXPECTED}`],
    [
      'RSA of 2048 bits',
      { key: pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey) },
      'key',
      `it is RSA of 2048 bits, ${EXPECTED}`,
    ],
    ['no key', { key: sound.certificate }, 'key', 'expected a private key in PEM'],
    [
      'an encrypted key',
      { key: encrypted },
      'key',
      'it is encrypted, expected its passphrase in the environment, as PROBITY_KEY_PASSPHRASE',
    ],
    [
      'an encrypted key and another passphrase',
      { key: encrypted, passphrase: 'battery' },
      'key',
      'the passphrase in PROBITY_KEY_PASSPHRASE is not that of the key',
    ],
    [
      "another key's certificate",
      { certificate: labKey(ec('P-256')).certificate },
      'pair',
      'the key does not fit the certificate',
    ],
    ['no certificate', { certificate: keyPem(key) }, 'certificate', 'expected a certificate in PEM'],
    [
      'an expired certificate',
      { certificate: labKey(key, { from: 0, to: NOW - 1_000 }).certificate },
      'certificate',
      'expired at 2026-11-22T11:59:59.000Z, and it was 2026-11-22T12:00:00.000Z',
    ],
    [
      'one that is not valid yet',
      { certificate: labKey(key, { from: NOW + 1_000 }).certificate },
      'certificate',
      'not valid before 2026-11-22T12:00:01.000Z, and it was 2026-11-22T12:00:00.000Z',
    ],
    [
      'one that may not sign',
      { key: testPem('root.test-key'), certificate: testPem('root.test-cert'), at: Date.now() },
      'certificate',
      'its key usage allows no signatures',
    ],
    [
      'a chain that is not its own',
      { chain: testPem('root.test-cert') },
      'chain',
      'the certificate of "O=Probity tests, CN=Test root" issued none of those that lead to the key\'s',
    ],
  ] as const)('%s', (_, over, which, message) => {
    const { at, ...files } = { at: NOW, ...over };
    const act = () => signerFrom({ ...sound, ...files }, at);
    expect(act).toThrow(new UnfitSigner(which, message));
    expect(act).toThrow(expect.objectContaining({ which }));
  });

  test('an encrypted key with its passphrase is one', () => {
    expect(signerFrom({ ...sound, key: encrypted, passphrase: 'correct horse' }, NOW).subject).toBe('CN=Test lab');
  });

  test('a certificate that expired since is not signed with', () => {
    const signer = signerFrom(sound, NOW);
    expect(() => signSums(Buffer.from('x'), signer, signer.certificate.to + 1_000)).toThrow(UnfitSigner);
  });
});

describe.each([...signers])('%s', (_, { signer, ca }) => {
  const sums = Buffer.from('sums\n');
  const p7s = signSums(sums, signer, Date.now());

  test('what it signs is read again, with its chain', () => {
    const { certificate, chain, at } = readSignature(sums, p7s);
    expect(certificate.sha256).toBe(signer.certificate.sha256);
    expect(chain.map(({ sha256 }) => sha256)).toEqual(signer.chain.map(({ sha256 }) => sha256));
    expect(untrusted(certificate, chain, authorities(ca), at)).toBeUndefined();
  });

  test('a bit of each octet is another: refused', () => {
    const changed = Buffer.from(p7s);
    const taken = [...p7s.keys()].filter((at) => {
      changed[at]! ^= 1 << (at % 8);
      try {
        readSignature(sums, changed);
        return true;
      } catch (error) {
        expect((error as Error).name).toMatch(/^(DerError|SignatureError)$/);
        return false;
      } finally {
        changed[at]! ^= 1 << (at % 8);
      }
    });
    expect(taken).toEqual([]);
  }, 60_000);
});

describe('a chain that leads nowhere', () => {
  const [root, intermediate, chained, rogue] = ['root', 'intermediate', 'chained', 'not-a-ca'].map(
    (name) => authorities(testPem(`${name}.test-cert`))[0]!,
  );
  const now = Date.now();
  test.each([
    [
      'the intermediate is missing',
      chained!,
      [],
      [root!],
      now,
      /"O=Probity tests, CN=Test chained": no certificate of its issuer/,
    ],
    [
      'no CA issued it',
      rogue!,
      [chained!, intermediate!],
      [root!],
      now,
      /"O=Probity tests, CN=Test chained": it is no CA/,
    ],
    ['of another time', chained!, [intermediate!], [root!], 0, /Test chained": not valid before/],
    [
      'by name alone',
      chained!,
      [],
      authorities(labKey(ec('P-256'), { name: 'Test intermediate' }).certificate),
      now,
      /no certificate of its issuer/,
    ],
  ])('%s', (_, leaf, others, anchors, at, why) => {
    expect(untrusted(leaf, others, anchors, at)).toMatch(why);
  });

  test('one that was given itself is trusted', () => {
    expect(untrusted(chained!, [], [chained!], now)).toBeUndefined();
    expect(untrusted(chained!, [intermediate!], [root!], now)).toBeUndefined();
  });

  test('a key of the same name signs for nobody else', () => {
    const other = createPrivateKey(testPem('intermediate.test-key'));
    expect(() => signerFrom({ key: keyPem(other), certificate: testPem('chained.test-cert') }, now)).toThrow(
      'the key does not fit the certificate',
    );
  });
});
