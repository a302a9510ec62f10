import { createECDH, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringOf as string } from './ssh.ts';
import { readCertificate, readHostKey } from './ssh-keys.ts';

describe('readHostKey', () => {
  const jwk = (type: 'rsa' | 'ec', options: object) =>
    generateKeyPairSync(type as 'rsa', options as { modulusLength: number }).publicKey.export({ format: 'jwk' });
  it('rsa', () => {
    const { n, e } = jwk('rsa', { modulusLength: 1024 });
    const blob = Buffer.concat([
      string('ssh-rsa'),
      string(Buffer.from(e!, 'base64url')),
      string(Buffer.concat([Buffer.alloc(1), Buffer.from(n!, 'base64url')])),
    ]);
    expect(readHostKey(blob)).toMatchObject({ type: 'ssh-rsa', algorithm: 'rsa', bits: 1024, exponent: '65537' });
    expect(readHostKey(blob.subarray(0, 40))).toBeUndefined();
  });
  it.each([
    ['dsa', Buffer.concat([string('ssh-dss'), string(Buffer.from(`00ff${'00'.repeat(127)}`, 'hex'))]), 'dsa', 1024],
    [
      'ecdsa',
      Buffer.concat([
        string('ecdsa-sha2-nistp521'),
        string('nistp521'),
        string(createECDH('secp521r1').generateKeys()),
      ]),
      'ec',
      521,
    ],
    ['ed25519', Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(32, 1))]), 'ed25519', 256],
    ['ed448', Buffer.concat([string('ssh-ed448'), string(Buffer.alloc(57, 1))]), 'ed448', 456],
    ['another', Buffer.concat([string('sk-x@y'), string('abc')]), 'other', 0],
  ])('%s', (_name, blob, algorithm, bits) => {
    expect(readHostKey(blob)).toMatchObject({ algorithm, bits });
  });
  it.each([
    ['empty', Buffer.alloc(0)],
    ['an empty name', string('')],
    ['a name and no key', string('ssh-rsa')],
    ['an RSA modulus of zero', Buffer.concat([string('ssh-rsa'), string('\x01'), string(Buffer.alloc(8))])],
    [
      'a point of another curve',
      Buffer.concat([
        string('ecdsa-sha2-nistp256'),
        string('nistp256'),
        string(createECDH('secp384r1').generateKeys()),
      ]),
    ],
    [
      'a curve that its name does not say',
      Buffer.concat([
        string('ecdsa-sha2-nistp521'),
        string('nistp256'),
        string(createECDH('secp521r1').generateKeys()),
      ]),
    ],
    ['an RSA exponent without end', Buffer.concat([string('ssh-rsa'), string(Buffer.alloc(65, 1)), string('\x05')])],
    ['ed25519 of the wrong length', Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(31, 1))])],
  ])('%s is no key', (_name, blob) => {
    expect(readHostKey(blob)).toBeUndefined();
  });
});

describe('readCertificate', () => {
  const number = (value: bigint, bytes: number) => Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex');
  const key = Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(32, 1))]);
  const certificate = (principals: Buffer, kind = 2n) =>
    Buffer.concat([
      string('ssh-ed25519-cert-v01@openssh.com'),
      string('nonce'),
      string(Buffer.alloc(32, 1)),
      number(2n ** 64n - 1n, 8),
      number(kind, 4),
      string('camera'),
      string(principals),
      number(5n, 8),
      number(2n ** 64n - 1n, 8),
      ...[string(''), string(''), string('')],
      string(key),
      string(Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(64))])),
    ]);
  const whole = certificate(Buffer.concat([string('a'), string('b')]));

  it('reads what OpenSSH writes', () => {
    const signature = Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(64))]);
    expect(readCertificate(whole)).toEqual({
      type: 'ssh-ed25519-cert-v01@openssh.com',
      key,
      serial: 2n ** 64n - 1n,
      use: 'host',
      keyId: 'camera',
      principals: ['a', 'b'],
      validAfter: 5n,
      validBefore: 2n ** 64n - 1n,
      authority: key,
      signatureAlgorithm: 'ssh-ed25519',
      signature,
      signed: whole.subarray(0, whole.length - signature.length - 4),
    });
    expect(readCertificate(certificate(Buffer.alloc(0), 1n))).toMatchObject({ use: 'user', principals: [] });
  });
  it('gives nothing for every cut, and for one byte more', () => {
    for (let length = 0; length < whole.length; length += 1)
      expect(readCertificate(whole.subarray(0, length))).toBeUndefined();
    expect(readCertificate(Buffer.concat([whole, Buffer.alloc(1)]))).toBeUndefined();
  });
  it('gives nothing for principals that are cut short, or another key', () => {
    expect(readCertificate(certificate(Buffer.from('00000009', 'hex')))).toBeUndefined();
    expect(readCertificate(key)).toBeUndefined();
  });
  it('never throws, whatever one byte is', () => {
    return fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, byte) => {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        readCertificate(changed);
        readHostKey(changed);
      }),
    );
  });
  it('never throws on anything', () => {
    return fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom('ssh-rsa', 'ssh-dss', 'ssh-ed25519', 'ecdsa-sha2-nistp256'),
        (b, t) => {
          readHostKey(Buffer.from(b));
          readHostKey(Buffer.concat([string(t), Buffer.from(b)]));
          readCertificate(Buffer.concat([string(`${t}-cert-v01@openssh.com`), Buffer.from(b)]));
        },
      ),
    );
  });
});
