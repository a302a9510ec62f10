import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyFile } from '../../../fixtures/services/keys.ts';
import { bitString, integer, NULL, oidOf, sequence } from '../der.ts';
import { keyFact } from './certificate-key.ts';

const spkiOf = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
const ec = (namedCurve: string) => spkiOf(generateKeyPairSync('ec', { namedCurve }).publicKey);
const octets = (bits: number, last = 1) => {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  bytes[0] = 0xff >> (8 * bytes.length - bits);
  bytes[bytes.length - 1] = last;
  return bytes;
};
/** What is of interest is in the numbers: that the key works is not asked. */
const written = (id: string, parameters: Buffer[], ...numbers: Buffer[]) =>
  sequence(sequence(oidOf(id), ...parameters), bitString(sequence(...numbers)));
const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
const rsa = (bits: number, exponent = 65537) =>
  written(
    RSA,
    [NULL],
    integer(octets(bits, 0xfb)),
    integer(Buffer.from([exponent >> 16, (exponent >> 8) & 255, exponent & 255])),
  );
const explicitPrime = sequence(integer(1), sequence(oidOf('1.2.840.10045.1.1'), integer(octets(192))));
const explicitBinary = sequence(integer(1), sequence(oidOf('1.2.840.10045.1.2'), sequence(integer(163))));

describe('keyFact', () => {
  const rows: [string, Buffer, object][] = [
    [
      'RSA of 2048 bits',
      spkiOf(createPublicKey(keyFile('rsa-2048-a.test-key.pem'))),
      { algorithm: 'rsa', bits: 2048, exponent: '65537', flaws: undefined },
    ],
    ['RSA of 2047 bits', rsa(2047), { algorithm: 'rsa', bits: 2047 }],
    ['the exponent 1', rsa(1024, 1), { bits: 1024, exponent: '1', flaws: expect.arrayContaining(['exponent-one']) }],
    [
      'RSA-PSS',
      written('1.2.840.113549.1.1.10', [], integer(octets(1024)), integer(3)),
      { algorithm: 'rsa', bits: 1024, exponent: '3' },
    ],
    [
      'DSA',
      written('1.2.840.10040.4.1', [sequence(integer(octets(1024)), integer(3), integer(2))]),
      { algorithm: 'dsa', bits: 1024 },
    ],
    ['DSA without parameters', written('1.2.840.10040.4.1', []), { algorithm: 'dsa', bits: 0 }],
    [
      'Diffie-Hellman',
      written('1.2.840.10046.2.1', [sequence(integer(octets(1024)), integer(2))]),
      { algorithm: 'dh', bits: 1024 },
    ],
    ['P-256', ec('P-256'), { algorithm: 'ec', bits: 256, curve: 'prime256v1' }],
    ['P-521', ec('P-521'), { algorithm: 'ec', bits: 521, curve: 'secp521r1' }],
    ['secp160r1', written(EC, [oidOf('1.3.132.0.8')]), { algorithm: 'ec', bits: 160, curve: 'secp160r1' }],
    ['brainpool', written(EC, [oidOf('1.3.36.3.3.2.8.1.1.7')]), { bits: 256, curve: 'brainpoolP256r1' }],
    ['a curve that nobody knows', written(EC, [oidOf('1.2.3')]), { algorithm: 'ec', bits: 0, curve: '1.2.3' }],
    ['explicit parameters', written(EC, [explicitPrime]), { algorithm: 'ec', bits: 192, curve: 'explicit' }],
    [
      'explicit ones of a binary field',
      written(EC, [explicitBinary]),
      { algorithm: 'ec', bits: 163, curve: 'explicit' },
    ],
    ['a curve of the issuer', written(EC, [NULL]), { algorithm: 'ec', bits: 0 }],
    ['Ed25519', spkiOf(generateKeyPairSync('ed25519').publicKey), { algorithm: 'ed25519', bits: 256 }],
    ['Ed448', spkiOf(generateKeyPairSync('ed448').publicKey), { algorithm: 'ed448', bits: 456 }],
    ['something else', written('1.2.643.7.1.1.1.1', []), { algorithm: 'other', bits: 0 }],
    ['nothing', Buffer.alloc(0), { algorithm: 'other', bits: 0 }],
  ];
  it.each(rows)('%s', (_name, spki, expected) =>
    expect({ flaws: undefined, ...keyFact(spki) }).toMatchObject(expected),
  );

  it('reads the size of a test key', () => {
    expect(keyFact(spkiOf(createPublicKey(keyFile('rsa-1024.test-key.pem')))).bits).toBe(1024);
  });

  it('says something of any bytes', () => {
    const real = rsa(1024);
    return fc.assert(
      fc.property(fc.nat(real.length - 1), fc.nat(255), fc.nat(real.length), (at, value, length) => {
        const bytes = Buffer.from(real);
        bytes[at] = value;
        expect(keyFact(bytes.subarray(0, length)).kind).toBe('key');
      }),
      { numRuns: 150 },
    );
  });
});
