import { getDiffieHellman } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stringOf } from './ssh.ts';
import { groupAnswer, groupRequest, readGroup } from './ssh-group.ts';

const GENERATOR = Buffer.from([2]);
const group = (modulus: Buffer, generator: Buffer = GENERATOR): Buffer =>
  Buffer.concat([Buffer.from([31]), stringOf(Buffer.concat([Buffer.alloc(1), modulus])), stringOf(generator)]);
const bytesOf = (number: bigint): Buffer =>
  Buffer.from(
    number
      .toString(16)
      .padStart(2, '0')
      .replace(/^(?=(..)*.$)/, '0'),
    'hex',
  );
const KNOWN = getDiffieHellman('modp14').getPrime();
/** Mersenne primes: in no list of groups. */
const mersenne = (bits: number): Buffer => bytesOf(2n ** BigInt(bits) - 1n);

it.each([
  ['a group that many share', KNOWN, 2048],
  ['one that nobody else has', mersenne(1279), 1279],
  ['a longer one', mersenne(3217), 3217],
  ['one that is too long to be looked into', bytesOf(2n ** 8192n - 1n), 8192],
])('%s', (_name, modulus, bits) => {
  expect(readGroup(group(modulus))).toEqual({ bits });
});

it.each([
  ['an even number', group(Buffer.alloc(128, 2)), /no prime/],
  ['a multiple of three', group(bytesOf(2n ** 2048n - 1n)), /of 2048 bits, is no prime/],
  ['a product of two primes', group(bytesOf((2n ** 521n - 1n) * (2n ** 607n - 1n))), /no prime/],
  ['a long product of two primes', group(bytesOf((2n ** 1279n - 1n) * (2n ** 2203n - 1n))), /no prime/],
  ['too few bits', group(Buffer.alloc(8, 3)), /58 bits/],
  ['zero', group(Buffer.alloc(128)), /of 0 bits/],
  ['the generator 0', group(KNOWN, Buffer.alloc(1)), /generator/],
  ['the generator 1', group(KNOWN, Buffer.from([1])), /generator/],
  ['the generator p - 1', group(mersenne(1279), bytesOf(2n ** 1279n - 2n)), /generator/],
  ['no generator', Buffer.concat([Buffer.from([31]), stringOf(KNOWN)]), /cut short/],
  ['cut short', Buffer.from([31, 0, 0, 1, 0, 1]), /cut short/],
  ['another message', Buffer.concat([Buffer.from([33]), stringOf(KNOWN), stringOf(GENERATOR)]), /cut short/],
  ['nothing', Buffer.alloc(0), /cut short/],
])('%s is no group', (_name, payload, why) => {
  expect(readGroup(payload)).toEqual({ why: expect.stringMatching(why) });
});

it('never throws', () => {
  return fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array({ maxLength: 40 }), (bytes, modulus) => {
      readGroup(Buffer.concat([Buffer.from([31]), Buffer.from(bytes)]));
      readGroup(group(Buffer.from(modulus), Buffer.from(bytes)));
    }),
  );
});

it('is answered by a number of the group, and neither a small nor too large a one', () => {
  return fc.assert(
    fc.property(fc.integer({ min: 128, max: 16_384 }), (bits) => {
      const number = groupAnswer(bits, (count) => Buffer.alloc(count, 0xff)).subarray(5);
      expect(number.length * 8).toBeLessThanOrEqual(bits);
      expect(number.length * 8).toBeGreaterThan(bits - 8);
      expect(number[0]).toBe(0x3f);
    }),
  );
});

it('is asked for by three sizes', () => {
  expect(groupRequest(1024, 2048, 8192).toString('hex')).toBe('22000004000000080000002000');
});
