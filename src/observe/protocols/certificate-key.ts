import { createHash } from 'node:crypto';
import type { FactOf } from '../../model/fact.ts';
import { children, type Der, DerError, expectTag, oid, readDer, TAG } from './der.ts';
import { bitsOf, numberOf, rsaFlaws } from './key-flaws.ts';

type KeyFact = FactOf<'key'>;
type KeyParts = Pick<KeyFact, 'algorithm' | 'bits' | 'exponent' | 'curve' | 'flaws'>;

/** Kinds of key by the OID of their AlgorithmIdentifier (RFC 3279, 4055, 5480, 8410). */
const KINDS: Readonly<Record<string, KeyFact['algorithm']>> = {
  '1.2.840.113549.1.1.1': 'rsa',
  '1.2.840.113549.1.1.7': 'rsa',
  '1.2.840.113549.1.1.10': 'rsa',
  '1.2.840.10040.4.1': 'dsa',
  '1.2.840.10045.2.1': 'ec',
  '1.2.840.113549.1.3.1': 'dh',
  '1.2.840.10046.2.1': 'dh',
  '1.3.101.112': 'ed25519',
  '1.3.101.113': 'ed448',
};

/** Named curves and their bits (SEC 2; RFC 5639; ANSI X9.62). */
const CURVES: Readonly<Record<string, readonly [name: string, bits: number]>> = {
  '1.2.840.10045.3.1.1': ['prime192v1', 192],
  '1.2.840.10045.3.1.2': ['prime192v2', 192],
  '1.2.840.10045.3.1.3': ['prime192v3', 192],
  '1.2.840.10045.3.1.4': ['prime239v1', 239],
  '1.2.840.10045.3.1.5': ['prime239v2', 239],
  '1.2.840.10045.3.1.6': ['prime239v3', 239],
  '1.2.840.10045.3.1.7': ['prime256v1', 256],
  '1.3.132.0.1': ['sect163k1', 163],
  '1.3.132.0.2': ['sect163r1', 163],
  '1.3.132.0.15': ['sect163r2', 163],
  '1.3.132.0.4': ['sect113r1', 113],
  '1.3.132.0.5': ['sect113r2', 113],
  '1.3.132.0.6': ['secp112r1', 112],
  '1.3.132.0.7': ['secp112r2', 112],
  '1.3.132.0.8': ['secp160r1', 160],
  '1.3.132.0.9': ['secp160k1', 160],
  '1.3.132.0.30': ['secp160r2', 160],
  '1.3.132.0.10': ['secp256k1', 256],
  '1.3.132.0.16': ['sect283k1', 283],
  '1.3.132.0.17': ['sect283r1', 283],
  '1.3.132.0.22': ['sect131r1', 131],
  '1.3.132.0.23': ['sect131r2', 131],
  '1.3.132.0.24': ['sect193r1', 193],
  '1.3.132.0.25': ['sect193r2', 193],
  '1.3.132.0.26': ['sect233k1', 233],
  '1.3.132.0.27': ['sect233r1', 233],
  '1.3.132.0.3': ['sect239k1', 239],
  '1.3.132.0.28': ['secp128r1', 128],
  '1.3.132.0.29': ['secp128r2', 128],
  '1.3.132.0.31': ['secp192k1', 192],
  '1.3.132.0.32': ['secp224k1', 224],
  '1.3.132.0.33': ['secp224r1', 224],
  '1.3.132.0.34': ['secp384r1', 384],
  '1.3.132.0.35': ['secp521r1', 521],
  '1.3.132.0.36': ['sect409k1', 409],
  '1.3.132.0.37': ['sect409r1', 409],
  '1.3.132.0.38': ['sect571k1', 571],
  '1.3.132.0.39': ['sect571r1', 571],
  '1.3.36.3.3.2.8.1.1.1': ['brainpoolP160r1', 160],
  '1.3.36.3.3.2.8.1.1.3': ['brainpoolP192r1', 192],
  '1.3.36.3.3.2.8.1.1.5': ['brainpoolP224r1', 224],
  '1.3.36.3.3.2.8.1.1.7': ['brainpoolP256r1', 256],
  '1.3.36.3.3.2.8.1.1.9': ['brainpoolP320r1', 320],
  '1.3.36.3.3.2.8.1.1.11': ['brainpoolP384r1', 384],
  '1.3.36.3.3.2.8.1.1.13': ['brainpoolP512r1', 512],
  '1.2.156.10197.1.301': ['SM2', 256],
};

/** The fact of a key from its SubjectPublicKeyInfo (RFC 5280, 4.1.2.7). What is of no known kind, or cannot be read, is `other`. */
export function keyFact(spki: Buffer): KeyFact {
  const sha256 = createHash('sha256').update(spki).digest('hex');
  return { kind: 'key', use: 'tls', sha256, ...parts(spki) };
}

/** A longer exponent is none that anybody uses, and is not written down. */
const MOST_EXPONENT = 8192;

const OTHER: KeyParts = { algorithm: 'other', bits: 0 };

function parts(spki: Buffer): KeyParts {
  try {
    const [identifier, key] = children(expectTag(readDer(spki), TAG.sequence));
    const [id, parameters] = children(expectTag(identifier, TAG.sequence));
    // The first octet counts spare bits, of which a key has none.
    const body = expectTag(key, TAG.bitString).body.subarray(1);
    switch (KINDS[oid(id)]) {
      case 'rsa':
        return rsa(body);
      case 'dsa':
        return { algorithm: 'dsa', bits: parameters ? bitsOf(unsigned(children(parameters)[0])) : 0 };
      case 'dh':
        return { algorithm: 'dh', bits: parameters ? bitsOf(unsigned(children(parameters)[0])) : 0 };
      case 'ec':
        return ec(parameters);
      case 'ed25519':
        return { algorithm: 'ed25519', bits: 256 };
      case 'ed448':
        return { algorithm: 'ed448', bits: 456 };
      default:
        return OTHER;
    }
  } catch (error) {
    if (error instanceof DerError) return OTHER;
    throw error;
  }
}

/** An INTEGER that cannot be negative: a writer that forgot the zero in front meant the same. */
const unsigned = (element: Der | undefined): bigint => numberOf(expectTag(element, TAG.integer).body);

/** RFC 8017, A.1.1. */
function rsa(body: Buffer): KeyParts {
  const [first, second] = children(expectTag(readDer(body), TAG.sequence));
  const [modulus, exponent] = [unsigned(first), unsigned(second)];
  const flaws = rsaFlaws({ modulus, exponent });
  return {
    algorithm: 'rsa',
    bits: bitsOf(modulus),
    ...(bitsOf(exponent) <= MOST_EXPONENT && { exponent: exponent.toString() }),
    ...(flaws.length > 0 && { flaws }),
  };
}

const PRIME_FIELD = '1.2.840.10045.1.1';

/** RFC 5480, 2.1.1; explicit parameters (RFC 3279, 2.3.5) are measured by their field. */
function ec(parameters: Der | undefined): KeyParts {
  if (parameters?.tag === TAG.oid) {
    const id = oid(parameters);
    const [curve, bits] = CURVES[id] ?? [id, 0];
    return { algorithm: 'ec', bits, curve };
  }
  if (parameters?.tag !== TAG.sequence) return { algorithm: 'ec', bits: 0 };
  const [, field] = children(parameters);
  const [kind, value] = children(expectTag(field, TAG.sequence));
  if (oid(kind) === PRIME_FIELD) return { algorithm: 'ec', bits: bitsOf(unsigned(value)), curve: 'explicit' };
  // Of a field of characteristic two, the first number is its degree.
  const [degree] = value ? children(value) : [];
  const bits = degree ? unsigned(degree) : 0n;
  return { algorithm: 'ec', bits: bits < 10_000n ? Number(bits) : 0, curve: 'explicit' };
}
