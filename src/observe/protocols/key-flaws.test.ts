import { checkPrimeSync, generatePrimeSync, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { bitsOf, numberOf, rsaFlaws } from './key-flaws.ts';

const prime = (bits: number): bigint => generatePrimeSync(bits, { bigint: true });
const random = (bits: number): bigint => numberOf(randomBytes(bits / 8)) | (1n << BigInt(bits - 1)) | 1n;
const power = (base: bigint, exponent: bigint, modulus: bigint): bigint => {
  let result = 1n;
  for (let left = exponent, square = base % modulus; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
};
const PRIMES = Array.from({ length: 1426 }, (_, n) => n + 2).filter((n) => checkPrimeSync(BigInt(n)));
/** A prime as the library made them: k·M + (65537^a mod M), M the product of so many first primes. */
const rocaPrime = (bits: number, primes: number): bigint => {
  const product = PRIMES.slice(0, primes).reduce((all, each) => all * BigInt(each), 1n);
  const least = (1n << BigInt(bits - 1)) / product + 1n;
  for (;;) {
    const candidate = product * (least + (numberOf(randomBytes(32)) % least)) + power(65537n, random(256), product);
    if (checkPrimeSync(candidate)) return candidate;
  }
};
const next = (from: bigint): bigint => {
  for (let n = from + 2n; ; n += 2n) if (checkPrimeSync(n)) return n;
};
const flaws = (modulus: bigint, exponent = 65537n) => rsaFlaws({ modulus, exponent });

it.each([
  ['512', 256, 39],
  ['1024', 512, 71],
  ['2048', 1024, 126],
])('a key of %s bits as CVE-2017-15361 made them is told', (_name, bits, primes) => {
  expect(flaws(rocaPrime(bits, primes) * rocaPrime(bits, primes))).toEqual(['roca']);
});

it('one prime of that form does not make it, and of 1,000 random numbers none has it', () => {
  expect(flaws(rocaPrime(256, 39) * prime(256))).toEqual([]);
  const found = Array.from({ length: 1000 }, () => random(512)).filter((n) => flaws(n).includes('roca'));
  expect(found).toEqual([]);
});

it('primes that lie close to each other are told, others not', () => {
  const p = prime(512);
  expect(flaws(p * next(p))).toEqual(['close-primes']);
  expect(flaws(p * p)).toEqual(['close-primes']);
  // Farther apart than a hundred steps reach: (q − p)² / (8 √n) of them.
  expect(flaws(p * next(p + (1n << 300n)))).toEqual([]);
  expect(flaws(prime(512) * prime(512))).toEqual([]);
});

it('small factors are told', () => {
  expect(flaws(65521n * prime(1024))).toEqual(['small-factor']);
  expect(flaws(2n * prime(512))).toEqual(['small-factor']);
  expect(flaws(65537n * prime(1024))).toEqual([]);
});

it('the exponent 1 is told, whatever the modulus', () => {
  expect(flaws(prime(256) * prime(256), 1n)).toEqual(['exponent-one']);
  expect(flaws(prime(256) * prime(256), 3n)).toEqual([]);
  expect(flaws(1n << 20_000n, 1n)).toEqual(['exponent-one']);
});

it('numbers that are no key at all end the search', () => {
  for (const modulus of [0n, 1n, 2n, 3n, 15n, (1n << 20_000n) + 1n]) expect(Array.isArray(flaws(modulus))).toBe(true);
  expect(bitsOf(0n)).toBe(0);
  expect(bitsOf((1n << 2047n) - 1n)).toBe(2047);
});

it('takes well under 50 ms for 4096 bits', () => {
  const modulus = random(4096);
  flaws(modulus);
  const since = performance.now();
  for (let i = 0; i < 5; i += 1) flaws(modulus + 2n * BigInt(i));
  expect((performance.now() - since) / 5).toBeLessThan(50);
});
