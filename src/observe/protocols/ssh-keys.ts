import { createHash, createPublicKey, ECDH, type KeyObject } from 'node:crypto';
import { numberOf, type RsaNumbers } from './key-flaws.ts';
import { bitLength, readString, stringOf } from './ssh.ts';

/** A public host key: `bits` is of the modulus, prime or curve; `sha256` over the whole blob, in hex. */
export interface SshHostKey {
  readonly type: string;
  readonly algorithm: 'rsa' | 'dsa' | 'ec' | 'ed25519' | 'ed448' | 'other';
  readonly bits: number;
  readonly sha256: string;
  readonly exponent?: string;
  readonly curve?: string;
  /** Of an RSA key: its numbers, for what is looked for in them. */
  readonly rsa?: RsaNumbers;
}

/** A public exponent of more bytes is nobody's. */
const EXPONENT_BYTES = 64;

/** Curves of ECDSA keys (RFC 5656, 10.1), and what OpenSSL and JWK call them. */
const CURVES = [
  { name: 'nistp256', bits: 256, openssl: 'prime256v1', jwk: 'P-256' },
  { name: 'nistp384', bits: 384, openssl: 'secp384r1', jwk: 'P-384' },
  { name: 'nistp521', bits: 521, openssl: 'secp521r1', jwk: 'P-521' },
] as const;

/** A point of the curve as it is sent, uncompressed; undefined where it is none. */
function pointOf({ openssl }: (typeof CURVES)[number], point: Buffer): Buffer | undefined {
  try {
    return ECDH.convertKey(point, openssl, undefined, undefined, 'uncompressed') as Buffer;
  } catch {
    return undefined;
  }
}

/** Reads a host key blob (RFC 4253, 6.6; RFC 5656; RFC 8709). An empty or broken blob is no key: `undefined`. */
export function readHostKey(blob: Buffer): SshHostKey | undefined {
  const type = readString(blob, 0);
  if (!type || type.value.length === 0) return undefined;
  const name = type.value.toString('latin1');
  const sha256 = createHash('sha256').update(blob).digest('hex');
  const first = readString(blob, type.end);
  if (!first || first.value.length === 0) return undefined;
  const second = readString(blob, first.end);
  if (name === 'ssh-rsa') {
    if (!second || bitLength(second.value) === 0) return undefined;
    if (first.value.length > EXPONENT_BYTES) return undefined;
    const exponent = numberOf(first.value);
    return {
      type: name,
      algorithm: 'rsa',
      bits: bitLength(second.value),
      sha256,
      exponent: exponent.toString(),
      rsa: { modulus: numberOf(second.value), exponent },
    };
  }
  if (name === 'ssh-dss') {
    if (bitLength(first.value) === 0) return undefined;
    return { type: name, algorithm: 'dsa', bits: bitLength(first.value), sha256 };
  }
  const curve = CURVES.find((one) => name === `ecdsa-sha2-${one.name}`);
  if (curve) {
    if (!second || first.value.toString('latin1') !== curve.name || !pointOf(curve, second.value)) return undefined;
    return { type: name, algorithm: 'ec', bits: curve.bits, sha256, curve: curve.name };
  }
  if (name === 'ssh-ed25519') {
    return first.value.length === 32 ? { type: name, algorithm: 'ed25519', bits: 256, sha256 } : undefined;
  }
  if (name === 'ssh-ed448') {
    return first.value.length === 57 ? { type: name, algorithm: 'ed448', bits: 456, sha256 } : undefined;
  }
  return { type: name.slice(0, 100), algorithm: 'other', bits: 0, sha256 };
}

/**
 * The key of a blob, for what it has signed; undefined where it is no key, or of a kind that is not looked at here (DSA,
 * security keys).
 */
export function publicKeyOf(blob: Buffer): KeyObject | undefined {
  const type = readHostKey(blob)?.type;
  const first = readString(blob, readString(blob, 0)?.end ?? 0);
  const second = first && readString(blob, first.end);
  if (type === undefined || !first) return undefined;
  const curve = CURVES.find((one) => type === `ecdsa-sha2-${one.name}`);
  const text = (bytes: Buffer): string => bytes.toString('base64url');
  let key: Record<string, string> | undefined;
  if (curve) {
    const point = pointOf(curve, second!.value)!;
    const half = (point.length + 1) / 2;
    key = { kty: 'EC', crv: curve.jwk, x: text(point.subarray(1, half)), y: text(point.subarray(half)) };
  } else if (type === 'ssh-rsa') key = { kty: 'RSA', e: text(first.value), n: text(second!.value) };
  else if (type === 'ssh-ed25519' || type === 'ssh-ed448')
    key = { kty: 'OKP', crv: type === 'ssh-ed448' ? 'Ed448' : 'Ed25519', x: text(first.value) };
  try {
    return key && createPublicKey({ key, format: 'jwk' });
  } catch {
    return undefined;
  }
}

/** What an OpenSSH certificate says of a host's key (OpenSSH's PROTOCOL.certkeys). */
export interface SshCertificate {
  readonly type: string;
  /** The key that is certified, as a blob of its own. */
  readonly key: Buffer;
  readonly serial: bigint;
  readonly use: 'host' | 'user' | 'other';
  readonly keyId: string;
  /** Names that it is good for; none: for any. */
  readonly principals: readonly string[];
  /** Seconds since the epoch; `before` may be all ones, which is for ever. */
  readonly validAfter: bigint;
  readonly validBefore: bigint;
  /** The key of the authority, as a blob. */
  readonly authority: Buffer;
  /** Name of the signature's algorithm. */
  readonly signatureAlgorithm: string;
  /** The signature, and what it is over. */
  readonly signature: Buffer;
  readonly signed: Buffer;
}

const CERTIFICATE = /^(.{1,60})-cert-v01@openssh\.com$/;
/** Fields of the public key within a certificate, by the kind of key. */
const FIELDS: Readonly<Record<string, number>> = {
  'ssh-rsa': 2,
  'ssh-dss': 4,
  'ecdsa-sha2-nistp256': 2,
  'ecdsa-sha2-nistp384': 2,
  'ecdsa-sha2-nistp521': 2,
  'ssh-ed25519': 1,
};
const PRINCIPALS = 200;

/** Reads an OpenSSH certificate (`*-cert-v01@openssh.com`); undefined where the blob is none, or is broken. */
export function readCertificate(blob: Buffer): SshCertificate | undefined {
  let at = 0;
  let broken = false;
  const text = (): Buffer => {
    const read = readString(blob, at);
    if (!read) broken = true;
    else at = read.end;
    return read?.value ?? Buffer.alloc(0);
  };
  const number = (bytes: 4 | 8): bigint => {
    if (at + bytes > blob.length) {
      broken = true;
      return 0n;
    }
    at += bytes;
    return BigInt(`0x${blob.toString('hex', at - bytes, at)}`);
  };
  const type = text().toString('latin1');
  const base = CERTIFICATE.exec(type)?.[1];
  const fields = base === undefined ? undefined : FIELDS[base];
  if (base === undefined || fields === undefined) return undefined;
  text(); // nonce
  const from = at;
  for (let field = 0; field < fields; field += 1) text();
  const key = Buffer.concat([stringOf(base), blob.subarray(from, at)]);
  const serial = number(8);
  const kind = number(4);
  const keyId = text().toString('utf8').slice(0, 1000);
  const principals = namesOf(text());
  const [validAfter, validBefore] = [number(8), number(8)];
  text(); // critical options
  text(); // extensions
  text(); // reserved
  const authority = text();
  const signed = blob.subarray(0, at);
  const signature = text();
  const algorithm = readString(signature, 0)?.value.toString('latin1').slice(0, 100);
  if (broken || at !== blob.length || principals === undefined || algorithm === undefined) return undefined;
  const use = kind === 2n ? 'host' : kind === 1n ? 'user' : 'other';
  return {
    type,
    key,
    serial,
    use,
    keyId,
    principals,
    validAfter,
    validBefore,
    authority,
    signatureAlgorithm: algorithm,
    signature,
    signed,
  };
}

/** Whether a blob says that it is an OpenSSH certificate, whole or broken. */
export const isCertificate = (blob: Buffer): boolean =>
  CERTIFICATE.test(readString(blob, 0)?.value.toString('latin1') ?? '');

function namesOf(list: Buffer): string[] | undefined {
  const names: string[] = [];
  for (let at = 0; at < list.length && names.length < PRINCIPALS; ) {
    const name = readString(list, at);
    if (!name) return undefined;
    names.push(name.value.toString('utf8').slice(0, 255));
    at = name.end;
  }
  return names;
}
