/**
 * ROCA, CVE-2017-15361 (Nemec, Sys, Svenda, Klinec, Matyas: "The Return of Coppersmith's Attack", CCS 2017, section 2):
 * a library of Infineon made primes of the form k·M + (65537^a mod M), M being the product of the first primes. Their
 * product N is then a power of 65537 modulo M, which of random numbers one in 2^154 is.
 */

const GENERATOR = 65537;
/** The first 39 primes: their product divides the M of every size of key. That of 2 says nothing. */
const PRIMES = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
];
const M = PRIMES.reduce((product, prime) => product * BigInt(prime), 1n);

/** For each prime: to which power the generator must be raised for a remainder, and how many powers there are. */
const LOGARITHMS = PRIMES.map((prime) => {
  const exponents = new Map<number, number>();
  for (let value = 1, exponent = 0; !exponents.has(value); exponent += 1) {
    exponents.set(value, exponent);
    value = (value * GENERATOR) % prime;
  }
  return { prime, exponents, order: exponents.size };
});

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Whether a modulus has the form of those keys: one and the same exponent fits its remainder by every small prime. */
export const isRoca = (modulus: bigint): boolean => {
  const small = modulus % M;
  const logarithms: { exponent: number; order: number }[] = [];
  for (const { prime, exponents, order } of LOGARITHMS) {
    const exponent = exponents.get(Number(small % BigInt(prime)));
    if (exponent === undefined) return false;
    logarithms.push({ exponent, order });
  }
  // Congruences have a common solution if each two of them have one (the Chinese remainder theorem).
  return logarithms.every((one, index) =>
    logarithms.slice(index + 1).every((other) => (one.exponent - other.exponent) % gcd(one.order, other.order) === 0),
  );
};
