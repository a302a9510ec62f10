import { createHash } from 'node:crypto';
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
    const exponent = numberOf(first.value.subarray(0, EXPONENT_BYTES));
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
  const curve = /^ecdsa-sha2-(nistp(\d{1,4}))$/.exec(name);
  if (curve) {
    if (!second || second.value.length === 0) return undefined;
    return { type: name, algorithm: 'ec', bits: Number(curve[2]), sha256, curve: curve[1]! };
  }
  if (name === 'ssh-ed25519') {
    return first.value.length === 32 ? { type: name, algorithm: 'ed25519', bits: 256, sha256 } : undefined;
  }
  if (name === 'ssh-ed448') {
    return first.value.length === 57 ? { type: name, algorithm: 'ed448', bits: 456, sha256 } : undefined;
  }
  return { type: name.slice(0, 100), algorithm: 'other', bits: 0, sha256 };
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
  /** Name of the signature's algorithm; whether it is right is not looked at here. */
  readonly signatureAlgorithm: string;
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
