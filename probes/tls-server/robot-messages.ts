import { constants, type KeyObject, publicEncrypt, X509Certificate } from 'node:crypto';
import { message, record, u8, u16, vector } from '../../src/observe/protocols/tls-hello.ts';

/** Bytes of a premaster secret (RFC 5246, 7.4.7.1). */
const PREMASTER = 48;
/** Keys that are asked with, in bits: what is longer takes the device long. */
const [SHORTEST, LONGEST] = [512, 8192];

/**
 * Plaintexts of a ClientKeyExchange before encryption: one as it should be, and one a way in which it may be malformed
 * (Böck, Somorovsky, Young: "Return Of Bleichenbacher's Oracle Threat", 2018, 3.1).
 */
export const VARIANTS = ['correct', 'wrong-type', 'late-zero', 'no-zero', 'wrong-version'] as const;
export type Variant = (typeof VARIANTS)[number];

/** The RSA key of a leaf that can be asked with; undefined for any other, and for what is no certificate. */
export function rsaKey(der: Buffer | undefined): KeyObject | undefined {
  try {
    const key = new X509Certificate(der!).publicKey;
    const bits = key.asymmetricKeyType === 'rsa' ? (key.asymmetricKeyDetails?.modulusLength ?? 0) : 0;
    return bits >= SHORTEST && bits <= LONGEST ? key : undefined;
  } catch {
    // What the device sent is no certificate that can be read; the caller says so.
    return undefined;
  }
}

/**
 * One plaintext, of the modulus' length and below it (PKCS#1 v1.5: RFC 8017, 7.2.1). `version`: as in the ClientHello;
 * `random`: bytes without a zero.
 */
export function plaintext(
  variant: Variant,
  modulus: Buffer,
  version: number,
  random: (count: number) => Buffer,
): Buffer {
  const premaster = random(PREMASTER);
  u16(variant === 'wrong-version' ? 0x0202 : version).copy(premaster);
  const whole = Buffer.concat([u8(0, 2), random(modulus.length - 3 - PREMASTER), u8(0), premaster]);
  const zero = modulus.length - PREMASTER - 1;
  // What is above the modulus cannot be encrypted; 00 17 is as wrong.
  if (variant === 'wrong-type') u8(...(modulus[0]! > 0x41 ? [0x41, 0x17] : [0, 0x17])).copy(whole);
  if (variant === 'no-zero' || variant === 'late-zero') u8(0x11, 0x11, 0x11).copy(whole, zero);
  if (variant === 'late-zero') whole[modulus.length - 2] = 0;
  return whole;
}

/**
 * The client's flight after ServerHelloDone: the key exchange, and behind it ChangeCipherSpec and a Finished that nobody
 * can have the key of. Undefined where the key is one that nothing can be encrypted with.
 */
export function flight(options: {
  readonly key: KeyObject;
  readonly variant: Variant;
  /** As in the ClientHello, and negotiated. */
  readonly version: number;
  /** The server asked for a certificate: that there is none is said first (RFC 5246, 7.4.6). */
  readonly certificate: boolean;
  readonly random: (count: number) => Buffer;
}): { readonly exchange: Buffer; readonly finish: Buffer } | undefined {
  const { key, variant, version, random } = options;
  const modulus = Buffer.from(key.export({ format: 'jwk' }).n!, 'base64url');
  const clear = plaintext(variant, modulus, version, (count) => nonZero(random(count)));
  const encrypted = encrypt(key, clear);
  if (encrypted === undefined) return undefined;
  const isOld = version === 0x0300;
  return {
    exchange: Buffer.concat([
      // SSLv3 says it with a warning, no_certificate (RFC 6101, 5.6.6), and has no length before the secret (5.6.7).
      ...(options.certificate
        ? [isOld ? record(21, version, u8(1, 41)) : record(22, version, message(11, u8(0, 0, 0)))]
        : []),
      record(22, version, message(16, isOld ? encrypted : vector(2, encrypted))),
    ]),
    finish: Buffer.concat([record(20, version, u8(1)), record(22, version, random(64))]),
  };
}

function encrypt(key: KeyObject, clear: Buffer): Buffer | undefined {
  try {
    return publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, clear);
  } catch {
    // An exponent or a modulus that the library does not take; the caller says so.
    return undefined;
  }
}

const nonZero = (bytes: Buffer): Buffer => Buffer.from(bytes.map((byte) => byte || 1));
