import { createHash } from 'node:crypto';

/** A server's identification (RFC 4253, 4.2): `protocol` is `2.0`, `1.99` (both) or `1.x`. */
export interface SshIdentification {
  readonly protocol: string;
  readonly software: string;
  /** Bytes up to and including the end of its line. */
  readonly length: number;
}

/** Lines that a server may send before its identification. */
const LINES_BEFORE = 50;
const LINE_BYTES = 255;

/**
 * The identification, `undefined` while its line is not whole, `false` where the bytes are no SSH server's: a line over
 * 255 bytes, or too many lines before it.
 */
export function readIdentification(bytes: Buffer): SshIdentification | undefined | false {
  let at = 0;
  for (let line = 0; line < LINES_BEFORE; line += 1) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) return bytes.length - at > LINE_BYTES ? false : undefined;
    const text = bytes.toString('latin1', at, end).replace(/\r$/, '');
    at = end + 1;
    const match = /^SSH-(\d+\.\d+)-(.*)$/.exec(text);
    if (match) return text.length > LINE_BYTES ? false : { protocol: match[1]!, software: match[2]!, length: at };
  }
  return false;
}

/** Largest packet that every implementation must take (RFC 4253, 6.1); a KEXINIT is far below. */
const PACKET_BYTES = 35_000;

/**
 * The payload of the first unencrypted binary packet (RFC 4253, 6). `undefined` while it is not whole, `false` where
 * its lengths cannot be.
 */
export function readPacket(bytes: Buffer): { payload: Buffer; length: number } | undefined | false {
  if (bytes.length < 5) return undefined;
  const packet = bytes.readUInt32BE(0);
  const padding = bytes[4]!;
  if (packet > PACKET_BYTES || packet < padding + 2 || padding < 4) return false;
  if (bytes.length < 4 + packet) return undefined;
  return { payload: bytes.subarray(5, 4 + packet - padding), length: 4 + packet };
}

export const KEXINIT = 20;

/** The ten name-lists of a KEXINIT (RFC 4253, 7.1), as sent. */
export interface KexInit {
  readonly kex: readonly string[];
  readonly hostKey: readonly string[];
  readonly cipherToServer: readonly string[];
  readonly cipherToClient: readonly string[];
  readonly macToServer: readonly string[];
  readonly macToClient: readonly string[];
  readonly compressionToServer: readonly string[];
  readonly compressionToClient: readonly string[];
}

/** Names in one list at most: more is nobody's honest offer. */
const NAMES = 200;

/** Reads a KEXINIT payload; `undefined` where it is none, or cut short, or its names are no names. */
export function readKexInit(payload: Buffer): KexInit | undefined {
  if (payload[0] !== KEXINIT || payload.length < 17) return undefined;
  const lists: string[][] = [];
  let at = 17;
  while (lists.length < 10) {
    const list = readString(payload, at);
    if (!list) return undefined;
    const names = list.value.length === 0 ? [] : list.value.toString('latin1').split(',');
    if (names.length > NAMES || !names.every((name) => /^[\x21-\x7e]{1,64}$/.test(name))) return undefined;
    lists.push(names);
    at = list.end;
  }
  const [
    kex,
    hostKey,
    cipherToServer,
    cipherToClient,
    macToServer,
    macToClient,
    compressionToServer,
    compressionToClient,
  ] = lists as [string[], string[], string[], string[], string[], string[], string[], string[]];
  return {
    kex,
    hostKey,
    cipherToServer,
    cipherToClient,
    macToServer,
    macToClient,
    compressionToServer,
    compressionToClient,
  };
}

/** A public host key: `bits` is of the modulus, prime or curve; `sha256` over the whole blob, in hex. */
export interface SshHostKey {
  readonly type: string;
  readonly algorithm: 'rsa' | 'dsa' | 'ec' | 'ed25519' | 'ed448' | 'other';
  readonly bits: number;
  readonly sha256: string;
  readonly exponent?: string;
  readonly curve?: string;
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
    const exponent = BigInt(`0x${first.value.subarray(0, 64).toString('hex')}`).toString();
    return { type: name, algorithm: 'rsa', bits: bitLength(second.value), sha256, exponent };
  }
  if (name === 'ssh-dss') {
    if (bitLength(first.value) === 0) return undefined;
    return { type: name, algorithm: 'dsa', bits: bitLength(first.value), sha256 };
  }
  const curve = /^ecdsa-sha2-(nistp(\d+))$/.exec(name);
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

function readString(bytes: Buffer, at: number): { value: Buffer; end: number } | undefined {
  if (at + 4 > bytes.length) return undefined;
  const end = at + 4 + bytes.readUInt32BE(at);
  return end > bytes.length ? undefined : { value: bytes.subarray(at + 4, end), end };
}

function bitLength(integer: Buffer): number {
  const start = integer.findIndex((byte) => byte !== 0);
  return start < 0 ? 0 : (integer.length - start) * 8 - Math.clz32(integer[start]!) + 24;
}
