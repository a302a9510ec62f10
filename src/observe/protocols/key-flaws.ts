import type { KEY_FLAWS } from '../../model/fact.ts';
import { isRoca } from './roca.ts';

export type KeyFlaw = (typeof KEY_FLAWS)[number];

/** An RSA key by its numbers. */
export interface RsaNumbers {
  readonly modulus: bigint;
  readonly exponent: bigint;
}

/** Moduli above this are not looked into: the wire bounds what a device may make us reckon. */
const MOST_BITS = 16_384;
/** Steps of Fermat's method. Primes that it finds in so few share nearly all the bits of their upper half. */
const STEPS = 100;
/** Factors up to this are looked for. No key that was made as one has them. */
const SMALL = 1 << 16;

/**
 * What is wrong with the numbers of an RSA key, in the order of KEY_FLAWS; none where nothing is. `debian`
 * (CVE-2008-0166) is known by lists alone and never found here.
 */
export const rsaFlaws = ({ modulus, exponent }: RsaNumbers): KeyFlaw[] => {
  const flaws: KeyFlaw[] = exponent === 1n ? ['exponent-one'] : [];
  if (modulus < 4n || bitsOf(modulus) > MOST_BITS) return flaws;
  if (isRoca(modulus)) flaws.push('roca');
  if (hasClosePrimes(modulus)) flaws.push('close-primes');
  if (hasSmallFactor(modulus)) flaws.push('small-factor');
  return flaws;
};

/** How many bits a number takes; 0 for 0. */
export const bitsOf = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length);

/** An unsigned number from its bytes, highest first. */
export const numberOf = (bytes: Uint8Array): bigint =>
  bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

/** The whole part of the square root, by Newton's method. */
const rootOf = (value: bigint): bigint => {
  if (value === 0n) return 0n;
  let root = 1n << BigInt((bitsOf(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
};

/** Remainders that squares leave: what leaves another is none, and most are told by it. */
const SQUARES = [64, 63, 65, 11, 17, 19, 23, 31].map((divisor) => ({
  divisor: BigInt(divisor),
  left: new Set(Array.from({ length: divisor }, (_, n) => BigInt((n * n) % divisor))),
}));
const isSquare = (value: bigint): boolean =>
  SQUARES.every(({ divisor, left }) => left.has(value % divisor)) && rootOf(value) ** 2n === value;

/** Fermat: n = a² − b² = (a − b)(a + b), tried from the least a on. Two times a prime (b too large) is not found. */
const hasClosePrimes = (modulus: bigint): boolean => {
  if (modulus % 2n === 0n) return false;
  let a = rootOf(modulus);
  if (a * a < modulus) a += 1n;
  let square = a * a - modulus;
  for (let step = 0; step < STEPS; step += 1) {
    // a − 1 = b: the factors 1 and n, which every small number has.
    if (isSquare(square) && (a - 1n) ** 2n !== square) return true;
    square += 2n * a + 1n;
    a += 1n;
  }
  return false;
};

let small: readonly bigint[] | undefined;
const smallPrimes = (): readonly bigint[] => {
  if (small) return small;
  const composite = new Uint8Array(SMALL);
  const primes: bigint[] = [];
  for (let n = 2; n < SMALL; n += 1) {
    if (composite[n]) continue;
    primes.push(BigInt(n));
    for (let multiple = n * n; multiple < SMALL; multiple += n) composite[multiple] = 1;
  }
  small = primes;
  return primes;
};

const hasSmallFactor = (modulus: bigint): boolean =>
  smallPrimes().some((prime) => prime < modulus && modulus % prime === 0n);
