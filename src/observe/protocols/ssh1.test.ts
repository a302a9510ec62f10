import fc from 'fast-check';
import { expect, it } from 'vitest';
import { version1Key } from '../../../fixtures/services/ssh-raw.ts';
import { readSsh1Key } from './ssh1.ts';

const modulus = Buffer.concat([Buffer.alloc(1), Buffer.alloc(128, 0xc5)]);
const whole = version1Key(modulus, 35);

it('reads the host key, and not the server key before it', () => {
  expect(readSsh1Key(whole)).toMatchObject({ bits: 1024, exponent: '35' });
});

it('is not whole before its last byte', () => {
  for (let length = 0; length < whole.length; length += 1)
    expect(readSsh1Key(whole.subarray(0, length)), `${length} bytes`).toBeUndefined();
});

it('is nothing where any byte was changed', () => {
  return fc.assert(
    fc.property(fc.integer({ min: 4, max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Buffer.from(whole);
      changed[at]! ^= flip;
      expect(readSsh1Key(changed)).toBe(false);
    }),
  );
});

it.each([
  ['no length', Buffer.alloc(8)],
  ['a length that cannot be', Buffer.from('7fffffff00', 'hex')],
  ['SSH 2', Buffer.from('SSH-2.0-x\r\n')],
])('%s is no such packet', (_name, bytes) => {
  expect(readSsh1Key(bytes)).toBe(false);
});

it('never throws', () => {
  return fc.assert(fc.property(fc.uint8Array(), (bytes) => void readSsh1Key(Buffer.from(bytes))));
});
