import { constants, createPublicKey, publicEncrypt } from 'node:crypto';
import { knownPrime, trimmed } from './dh-groups.ts';
import { numberOf } from './key-flaws.ts';
import { bitLength, readString, stringOf } from './ssh.ts';

/* Group exchange (RFC 4419): the server chooses the group of a Diffie-Hellman exchange. */

export const GROUP = 31;
const INIT = 32;
export const GROUP_REPLY = 33;
const REQUEST = 34;

/** Less than this many bits is no group but a broken message. */
const LEAST_BITS = 128;
/** Above this, whether the modulus is prime is not looked at: it would take seconds. */
const MOST_BITS = 4096;
/** Up to this, OpenSSL takes an exponent of any length (`OPENSSL_RSA_SMALL_MODULUS_BITS`). */
const NATIVE_BITS = 3072;

/** SSH_MSG_KEX_DH_GEX_REQUEST (RFC 4419, 3): the least, the wanted and the greatest size of the group, in bits. */
export function groupRequest(least: number, wanted: number, greatest: number): Buffer {
  const message = Buffer.alloc(13);
  message[0] = REQUEST;
  for (const [index, bits] of [least, wanted, greatest].entries()) message.writeUInt32BE(bits, 1 + 4 * index);
  return message;
}

/** Bits of the modulus of a SSH_MSG_KEX_DH_GEX_GROUP, or why it is no group in which anything could be kept secret. */
export function readGroup(payload: Buffer): { readonly bits: number } | { readonly why: string } {
  const modulus = payload[0] === GROUP ? readString(payload, 1) : undefined;
  const generator = modulus && readString(payload, modulus.end);
  if (!modulus || !generator) return { why: 'the group is cut short' };
  const bits = bitLength(modulus.value);
  if (bits < LEAST_BITS) return { why: `the group is none: a modulus of ${bits} bits` };
  if (!isPrime(modulus.value)) return { why: `the modulus of the group, of ${bits} bits, is no prime` };
  const [p, g] = [numberOf(modulus.value), numberOf(generator.value)];
  // RFC 4419, 3: others give nothing but 0, 1 or p - 1.
  return g > 1n && g < p - 1n ? { bits } : { why: 'the generator of the group gives nothing but one number' };
}

/** SSH_MSG_KEX_DH_GEX_INIT: the client's number in a group that the server gave. */
export const groupAnswer = (bits: number, random: (bytes: number) => Buffer): Buffer =>
  Buffer.concat([Buffer.from([INIT]), below(bits, random)]);

/** A random number below a prime of so many bits, the first of which is set; as SSH writes a positive number. */
export function below(bits: number, random: (bytes: number) => Buffer): Buffer {
  const bytes = random(Math.max(1, Math.floor(bits / 8)));
  // Neither zero nor one, and not of few bits: a server may refuse what it takes for no public value.
  bytes[0] = (bytes[0]! & 0x3f) | 0x20;
  return stringOf(bytes);
}

/** Fermat's test to the base 2: a composite that nobody made for it passes it next to never. */
function isPrime(modulus: Buffer): boolean {
  const p = trimmed(modulus);
  if ((p.at(-1)! & 1) === 0) return false;
  if (knownPrime(p) || bitLength(p) > MOST_BITS) return true;
  if (bitLength(p) > NATIVE_BITS) return power(numberOf(p)) === 1n;
  // An RSA encryption without padding is 2^e mod p, ten times as fast.
  const exponent = Buffer.from(p);
  exponent[exponent.length - 1]! ^= 1;
  const two = Buffer.alloc(p.length);
  two[two.length - 1] = 2;
  try {
    const jwk = { kty: 'RSA', n: p.toString('base64url'), e: exponent.toString('base64url') };
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return numberOf(publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, two)) === 1n;
  } catch {
    return power(numberOf(p)) === 1n;
  }
}

/** 2^(p-1) mod p. */
function power(p: bigint): bigint {
  let [result, base] = [1n, 2n];
  for (let left = p - 1n; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * base) % p;
    base = (base * base) % p;
  }
  return result;
}
