import { generateKeyPairSync } from 'node:crypto';
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
      Buffer.concat([string('ecdsa-sha2-nistp521'), string('nistp521'), string(Buffer.alloc(133, 4))]),
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
    ['ed25519 of the wrong length', Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(31, 1))])],
  ])('%s is no key', (_name, blob) => {
    expect(readHostKey(blob)).toBeUndefined();
  });
});
