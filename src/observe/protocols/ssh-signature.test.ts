import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringOf as string } from './ssh.ts';
import { signatureHolds } from './ssh-signature.ts';

const positive = (bytes: Buffer): Buffer => {
  const start = bytes.findIndex((byte) => byte !== 0);
  const bare = bytes.subarray(start);
  return bare[0]! >= 0x80 ? Buffer.concat([Buffer.alloc(1), bare]) : bare;
};
const part = (text: string | undefined): Buffer => Buffer.from(text!, 'base64url');

interface Signer {
  readonly blob: Buffer;
  readonly signs: (bytes: Buffer, algorithm?: string) => Buffer;
}
const ecdsa = (bits: 256 | 384 | 521): Signer => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: `P-${bits}` });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const type = `ecdsa-sha2-nistp${bits}`;
  const point = Buffer.concat([Buffer.from([4]), part(x), part(y)]);
  const hash = { 256: 'sha256', 384: 'sha384', 521: 'sha512' }[bits];
  return {
    blob: Buffer.concat([string(type), string(`nistp${bits}`), string(point)]),
    signs: (bytes, algorithm = type) => {
      const raw = sign(hash, bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' });
      const half = raw.length / 2;
      const numbers = [raw.subarray(0, half), raw.subarray(half)].map((one) => string(positive(one)));
      return Buffer.concat([string(algorithm), string(Buffer.concat(numbers))]);
    },
  };
};
const edwards = (type: 'ed25519' | 'ed448'): Signer => {
  const { publicKey, privateKey } = generateKeyPairSync(type as 'ed25519');
  return {
    blob: Buffer.concat([string(`ssh-${type}`), string(part(publicKey.export({ format: 'jwk' }).x))]),
    signs: (bytes, algorithm = `ssh-${type}`) =>
      Buffer.concat([string(algorithm), string(sign(null, bytes, privateKey))]),
  };
};
const rsaPair: { publicKey: KeyObject; privateKey: KeyObject } = generateKeyPairSync('rsa', { modulusLength: 1024 });
const rsa = (own: string, hash: string): Signer => {
  const { n, e } = rsaPair.publicKey.export({ format: 'jwk' });
  return {
    blob: Buffer.concat([string('ssh-rsa'), string(positive(part(e))), string(positive(part(n)))]),
    // Its leading zeros are left out, as some write it.
    signs: (bytes, algorithm = own) => {
      const value = sign(hash, bytes, rsaPair.privateKey);
      const start = value.findIndex((byte) => byte !== 0);
      return Buffer.concat([string(algorithm), string(value.subarray(start))]);
    },
  };
};

const SIGNERS: readonly (readonly [string, Signer])[] = [
  ['ecdsa-sha2-nistp256', ecdsa(256)],
  ['ecdsa-sha2-nistp384', ecdsa(384)],
  ['ecdsa-sha2-nistp521', ecdsa(521)],
  ['ssh-ed25519', edwards('ed25519')],
  ['ssh-ed448', edwards('ed448')],
  ['rsa-sha2-512', rsa('rsa-sha2-512', 'sha512')],
  ['rsa-sha2-256', rsa('rsa-sha2-256', 'sha256')],
  ['ssh-rsa', rsa('ssh-rsa', 'sha1')],
];
const bytes = Buffer.from('what is signed');

describe.each(SIGNERS)('%s', (name, { blob, signs }) => {
  it('holds over what was signed', () => {
    expect(signatureHolds(blob, signs(bytes), bytes)).toBe(true);
  });
  it('does not hold over anything else, by another key, or under another name', () => {
    expect(signatureHolds(blob, signs(bytes), Buffer.from('something else'))).toBe(false);
    const [, other] = SIGNERS.find(([, one]) => !one.blob.equals(blob))!;
    expect(signatureHolds(other.blob, signs(bytes), bytes)).toBe(false);
    expect(signatureHolds(blob, signs(bytes, 'ssh-dss'), bytes)).toBe(false);
    expect(signatureHolds(blob, Buffer.alloc(0), bytes)).toBe(false);
  });
  it('holds no more where a bit was changed', () => {
    const whole = signs(bytes);
    return fc.assert(
      fc.property(fc.nat(whole.length * 8 - 1), (bit) => {
        const changed = Buffer.from(whole);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        // The length of a number may say the same in another way.
        if (bit >> 3 >= 8 + name.length + (name.startsWith('ecdsa') ? 8 : 0))
          expect(signatureHolds(blob, changed, bytes)).not.toBe(true);
        else signatureHolds(blob, changed, bytes);
      }),
      { numRuns: 20 },
    );
  });
});

it.each([
  ['ecdsa-sha2-nistp256', 4 + 19 + 4 + 4 + 32 + 4 + 32],
  ['rsa-sha2-256', 4 + 12 + 4 + 128],
])('%s: a number that is shorter than others is padded', (name, usual) => {
  const [, { blob, signs }] = SIGNERS.find(([one]) => one === name)!;
  // One in some 100 is: by 2000 tries there is one.
  for (let turn = 0; turn < 2000; turn += 1) {
    const each = Buffer.from(`${turn}`);
    const signature = signs(each);
    if (signature.length >= usual) continue;
    expect(signatureHolds(blob, signature, each)).toBe(true);
    return;
  }
  throw new Error('no signature was short');
});

it('is not known of keys that are not looked at here', () => {
  const dsa = Buffer.concat([string('ssh-dss'), string(Buffer.alloc(128, 3)), string('x'), string('y'), string('z')]);
  expect(signatureHolds(dsa, string('ssh-dss'), bytes)).toBeUndefined();
  expect(
    signatureHolds(Buffer.concat([string('sk-ssh-ed25519@openssh.com'), string('x')]), bytes, bytes),
  ).toBeUndefined();
});

it('never throws', () => {
  return fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => {
      signatureHolds(Buffer.from(one), Buffer.from(other), bytes);
      for (const [, { blob }] of SIGNERS) signatureHolds(blob, Buffer.from(one), Buffer.from(other));
    }),
    { numRuns: 15 },
  );
});
