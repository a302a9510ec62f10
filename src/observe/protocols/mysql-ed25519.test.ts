import { createPrivateKey, sign } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ed25519Answer } from './mysql-ed25519.ts';

const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

it('is Ed25519 where the password has the length of a key', () =>
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array(), (seed, nonce) => {
      const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
      const expected = sign(null, Buffer.from(nonce), key);
      expect(ed25519Answer(Buffer.from(seed), Buffer.from(nonce)).equals(expected)).toBe(true);
    }),
    { numRuns: 10 },
  ));

it('takes a password of any length', () => {
  for (const secret of ['', 'x', 'ä'.repeat(5000)]) expect(ed25519Answer(secret, Buffer.alloc(32))).toHaveLength(64);
});
