import { createHash } from 'node:crypto';

/** A prime of Diffie-Hellman that many servers share: what is computed for it once holds for all of them. */
export interface KnownPrime {
  /** As IANA names it (`ffdhe2048`), else by who publishes it and its bits: `modp1024`, `apache-1024`. */
  readonly name: string;
  /** IANA "TLS Supported Groups". */
  readonly code?: number;
}

// SHA-256 of each prime's bytes, without leading zeros.
// - ffdhe: RFC 7919, appendix A; the same as `ffdhePrime` computes.
// - modp: RFC 2409, 6 (768, 1024) and RFC 3526; modp1024 also of IIS, dropbear and many more.
// - openssl-512: built into s_server. skip: of Sun's SKIP, shipped by OpenSSL as dh512.pem and dh1024.pem, built into
//   Sendmail and Tomcat Native. apache: built into mod_ssl before 2.4.7. nginx-1024: into nginx before 1.11.
//   java: of SUN's provider for DSA, with which JSSE served DHE up to Java 7. proftpd: mod_tls. embedthis: GoAhead and
//   Appweb, in many devices. postfix: before 3.1, and Cyrus. rfc5114: RFC 5114, 2.
const DIGESTS: readonly (readonly [name: string, sha256: string])[] = [
  ['ffdhe2048', '9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966'],
  ['ffdhe3072', '0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17'],
  ['ffdhe4096', '4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e'],
  ['ffdhe6144', '227ac9066b3ddd9e193670cda2388fa884f65ba0cf98b742d1fe77a6687c79c7'],
  ['ffdhe8192', '770b14efaf6f049929c523113b3fa99a8d11dab1b18af3609590122075d19833'],
  ['modp768', 'b52ba6a3026520a6c49d37e4587601801bee500123b3259b6bf03e7cecc3e63d'],
  ['modp1024', '3f35a3f5f6c4376a744acad409bb22f8d897f949d2311d885adaa890981b67a0'],
  ['modp1536', '64fcc83ec403930bf18393dbc883ccaa1fbb08ac876f77f7aa99748ca945019b'],
  ['modp2048', 'd66436f79bbd6b2e38c0ffbd079be904d2641415e2e67140e09448be9a60890e'],
  ['modp3072', '48cf8b092fbce4359d9871abf74f98e25b6163379eaa15cd9087e800c6d1c55c'],
  ['modp4096', '4ee95187682bcb230ad26a95205f6920e84708f6251b3894329b09ec23919e33'],
  ['modp6144', 'd1bfe6d0925ce7e4da262b62861514a7755e35831e429f343e7b864848657efd'],
  ['modp8192', '39ab4feab950a3128fb71accb9fc3965d857012e081998a85996e3ea8b3c3bcf'],
  ['openssl-512', 'f26e2403f3f07946654404909f0ff81d9354de17250411b4c04b89af73178425'],
  ['skip-512', 'e4896abfd36d325fcafe3c1583e30bf9b59d63261b9ee11962107cf67ebf83cd'],
  ['skip-1024', '6215d41bb617b390082b066d6856f8b361d6c77f316a84301f7c9717a8681485'],
  ['apache-512', 'db01e702899166da28c9bc7896af62bcdf0c96d0fb341950ba80e68bd51a57ef'],
  ['apache-1024', 'f79d1db3c955a28fdeca462670a0712efee4b588c7858e4943883f903bd1354b'],
  ['nginx-1024', '8ae47dca3d24e9b64640062686da234dcabada26b0da6f090c5449c1338d9a11'],
  ['java-512', '73b391ec8da33ee197aed17d7cfce1321b94e04c5b55b3c02c1c7198eb88715b'],
  ['java-768', 'ee5483fe4b96caa10cb5b863ec409aab2762e6bf43af4a8a0a42817fef4dd7f3'],
  ['java-1024', 'cc21a33dd1a3edf40bf636b5496e4aede198a437a8548e0cc1a621424e42419b'],
  ['proftpd-512', 'e2b343fa226b71092716a0cefea064b00c0a6855e25e199bf91452b88d81d03e'],
  ['proftpd-768', '7dafc874c19963c0dd38e642bf1f3ad92d0fafd9a8db4651e5ff44903aef69c3'],
  ['proftpd-1024', 'd2ae65bfc24596c0333a3ad57a67565d1494da51059f327d8cd7d6c36ea53dc1'],
  ['embedthis-512', '0c9904556c4d97923efecec73b46647618758b2629d68caa26c99fddebef8cd3'],
  ['embedthis-1024', 'e53f0a87e080d5bf865bbb3daf64796ecf3ad3f6a28d378c33b3d45f6bffb2da'],
  ['postfix-512', '6c863838510bab3e2093066fc14976f0265b0da72c465eb306018587b5df6b6a'],
  ['postfix-1024', 'ef627d8cc44144f36a075d8dd8511bbd278cb5cf438f1052bdbdabe715232c1e'],
  ['rfc5114-1024-160', '44c55cfee5c075927cf682da5b681bdecbd5c3eb0784c14f5dce7610f0ef133d'],
  ['rfc5114-2048-224', 'bfe545862ca102ad1eeddb5fbfa5bf855ac4995c56a8b408ce3fe099dce93a9d'],
  ['rfc5114-2048-256', '0b7835722cb619827610c2549fdda5587421686c4409a13865e76225522ddcc9'],
];

const KNOWN: ReadonlyMap<string, string> = new Map(DIGESTS.map(([name, digest]) => [digest, name]));

/** IANA "TLS Supported Groups": code, name and bits; those of RFC 7919 among them. */
const FFDHE: Readonly<Record<string, number>> = {
  ffdhe2048: 256,
  ffdhe3072: 257,
  ffdhe4096: 258,
  ffdhe6144: 259,
  ffdhe8192: 260,
};

/** SHA-256 of a number's bytes, in hexadecimal; leading zeros do not count. */
export const primeDigest = (prime: Buffer): string => createHash('sha256').update(trimmed(prime)).digest('hex');

/** A number's bytes without leading zeros. */
export const trimmed = (number: Buffer): Buffer => {
  const first = number.findIndex((byte) => byte !== 0);
  return first === -1 ? Buffer.alloc(0) : number.subarray(first);
};

/** Bits of a number. */
export const bitsOf = (number: Buffer): number => {
  const [first, ...rest] = trimmed(number);
  return first === undefined ? 0 : 32 - Math.clz32(first) + 8 * rest.length;
};

/** Whose prime it is, where it is one that many share. */
export function knownPrime(prime: Buffer): KnownPrime | undefined {
  const name = KNOWN.get(primeDigest(prime));
  if (name === undefined) return undefined;
  return FFDHE[name] === undefined ? { name } : { name, code: FFDHE[name] };
}

/** The name of a group in facts: the known one, else `dh-` and the first 16 digits of the digest of its prime. */
export const groupName = (prime: Buffer): string => knownPrime(prime)?.name ?? `dh-${primeDigest(prime).slice(0, 16)}`;

/** Bits of the primes of RFC 7919 and what appendix A adds to each. */
const ADDED: Readonly<Record<number, bigint>> = {
  2048: 560316n,
  3072: 2625351n,
  4096: 5736041n,
  6144: 15705020n,
  8192: 10965728n,
};

const computed = new Map<number, Buffer>();

/** 2^b - 2^(b-64) + ([2^(b-130) e] + X) * 2^64 - 1 (RFC 7919, appendix A). Throws a RangeError for other sizes. */
export function ffdhePrime(bits: number): Buffer {
  const known = computed.get(bits);
  if (known) return known;
  const added = ADDED[bits];
  if (added === undefined) throw new RangeError(`RFC 7919 has no group of ${bits} bits`);
  const b = BigInt(bits);
  const prime = (1n << b) - (1n << (b - 64n)) + ((euler(b - 130n) + added) << 64n) - 1n;
  const bytes = Buffer.from(prime.toString(16), 'hex');
  computed.set(bits, bytes);
  return bytes;
}

/** The whole part of 2^bits times e, by its series; 64 bits more than asked for keep the rounding out of it. */
function euler(bits: bigint): bigint {
  const guard = 64n;
  let sum = 0n;
  let term = 1n << (bits + guard);
  for (let k = 1n; term > 0n; k++) {
    sum += term;
    term /= k;
  }
  return sum >> guard;
}
