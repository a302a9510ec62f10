import { createHash } from 'node:crypto';
import { numberOf, type RsaNumbers } from './key-flaws.ts';
import { bitLength, stringOf } from './ssh.ts';

/** The message by which a server of SSH 1 shows its keys (draft-ylonen-ssh-protocol-00, "SSH_SMSG_PUBLIC_KEY"). */
const PUBLIC_KEY = 2;
/** Bytes that a packet may have by that draft. */
const PACKET_BYTES = 262_144;

/** A host key of SSH 1. `sha256` is over the blob that the same key has in SSH 2, so that it is known again there. */
export interface Ssh1Key {
  readonly bits: number;
  readonly exponent: string;
  readonly sha256: string;
  readonly blob: Buffer;
  readonly rsa: RsaNumbers;
}

/**
 * The host key that a server of SSH 1 shows in its first packet: what proves that it speaks it. `undefined` while the
 * packet is not whole, `false` where the bytes are another thing.
 */
export function readSsh1Key(bytes: Buffer): Ssh1Key | undefined | false {
  if (bytes.length < 4) return undefined;
  const length = bytes.readUInt32BE(0);
  if (length < 5 || length > PACKET_BYTES) return false;
  const padding = 8 - (length % 8);
  const end = 4 + padding + length;
  if (bytes.length < end) return undefined;
  if (crc(bytes.subarray(4, end - 4)) !== bytes.readUInt32BE(end - 4)) return false;
  const packet = bytes.subarray(4 + padding, end - 4);
  if (packet[0] !== PUBLIC_KEY) return false;
  // Type and cookie, then the server key, of which only the length matters: bits, exponent, modulus.
  const server = readKey(packet, 9);
  const host = server && readKey(packet, server.end);
  if (!host || bitLength(host.modulus) === 0) return false;
  const { modulus, exponent } = host;
  const blob = Buffer.concat([stringOf('ssh-rsa'), stringOf(signed(exponent)), stringOf(signed(modulus))]);
  return {
    bits: bitLength(modulus),
    exponent: numberOf(exponent).toString(),
    sha256: createHash('sha256').update(blob).digest('hex'),
    blob,
    rsa: { modulus: numberOf(modulus), exponent: numberOf(exponent) },
  };
}

/** The size of a key in bits, then exponent and modulus, each with its count of bits before it. */
function readKey(bytes: Buffer, at: number): { exponent: Buffer; modulus: Buffer; end: number } | undefined {
  const exponent = readInteger(bytes, at + 4);
  const modulus = exponent && readInteger(bytes, exponent.end);
  return modulus && { exponent: exponent.value, modulus: modulus.value, end: modulus.end };
}

function readInteger(bytes: Buffer, at: number): { value: Buffer; end: number } | undefined {
  if (at + 2 > bytes.length) return undefined;
  const end = at + 2 + Math.ceil(bytes.readUInt16BE(at) / 8);
  return end > bytes.length ? undefined : { value: bytes.subarray(at + 2, end), end };
}

/** As SSH 2 writes a positive number: without leading zeros, and one where it would be taken for a negative one. */
function signed(integer: Buffer): Buffer {
  const start = integer.findIndex((byte) => byte !== 0);
  const bare = start < 0 ? Buffer.alloc(0) : integer.subarray(start);
  return (bare[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bare]) : bare;
}

/** The CRC-32 of SSH 1: the usual polynomial, begun with zeros and not inverted. */
function crc(bytes: Buffer): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return sum >>> 0;
}
