/** A server's identification (RFC 4253, 4.2): `protocol` is `2.0`, `1.99` (both) or `1.x`. */
export interface SshIdentification {
  readonly protocol: string;
  readonly software: string;
  /** Bytes up to and including the end of its line. */
  readonly length: number;
}

/** Lines that a server may send before its identification, and bytes of each: what OpenSSH's client takes. */
const LINES_BEFORE = 1024;
const LINE_BYTES = 8192;
const IDENTIFICATION_BYTES = 255;

/**
 * The identification, `undefined` while its line is not whole, `false` where the bytes are no SSH server's: one of over
 * 255 bytes (RFC 4253, 4.2), or more before it than clients take.
 */
export function readIdentification(bytes: Buffer): SshIdentification | undefined | false {
  let at = 0;
  for (let line = 0; line < LINES_BEFORE; line += 1) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) return bytes.length - at > LINE_BYTES ? false : undefined;
    if (end - at > LINE_BYTES) return false;
    const text = bytes.toString('latin1', at, end).replace(/\r$/, '');
    at = end + 1;
    const match = /^SSH-(\d+\.\d+)-(.*)$/.exec(text);
    if (match)
      return text.length > IDENTIFICATION_BYTES ? false : { protocol: match[1]!, software: match[2]!, length: at };
  }
  return false;
}

/** The numbers of the messages that are told apart here (RFC 4250, 4.1.2). */
export const DISCONNECT = 1;
export const KEXINIT = 20;

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

/** The name-lists of a KEXINIT (RFC 4253, 7.1) as sent, those of languages left out. */
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

/** One unencrypted binary packet of a payload (RFC 4253, 6), padded with zeros to a multiple of eight. */
export function packetOf(payload: Buffer): Buffer {
  const padding = 16 - ((payload.length + 5) % 8);
  const packet = Buffer.alloc(5 + payload.length + padding);
  packet.writeUInt32BE(packet.length - 4);
  packet[4] = padding;
  payload.copy(packet, 5);
  return packet;
}

/** A string with its length before it (RFC 4251, 5). */
export function stringOf(value: Buffer | string): Buffer {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The string that begins at `at`, and where it ends; undefined where it is cut short. */
export function readString(bytes: Buffer, at: number): { value: Buffer; end: number } | undefined {
  if (at + 4 > bytes.length) return undefined;
  const end = at + 4 + bytes.readUInt32BE(at);
  return end > bytes.length ? undefined : { value: bytes.subarray(at + 4, end), end };
}

/** Bits of a number without its leading zeros. */
export function bitLength(integer: Buffer): number {
  const start = integer.findIndex((byte) => byte !== 0);
  return start < 0 ? 0 : (integer.length - start) * 8 - Math.clz32(integer[start]!) + 24;
}

/** By OpenSSH's name, or the one without its domain for the same construction. */
const isChaCha = (name: string): boolean => /^chacha20-poly1305(@openssh\.com)?$/.test(name);
const isCbc = (name: string): boolean => /-cbc\b/i.test(name);
const isEncryptThenMac = (name: string): boolean => /-etm@openssh\.com$/.test(name);

/**
 * Whether the prefix of a connection can be cut off unseen (Terrapin, CVE-2023-48795): strict key exchange is not
 * offered, and ChaCha20-Poly1305 is, or CBC with encrypt-then-MAC in one and the same direction.
 */
export function terrapinOpen(offer: KexInit): boolean {
  if (offer.kex.includes('kex-strict-s-v00@openssh.com')) return false;
  const directions = [
    [offer.cipherToServer, offer.macToServer],
    [offer.cipherToClient, offer.macToClient],
  ] as const;
  return directions.some(
    ([ciphers, macs]) => ciphers.some(isChaCha) || (ciphers.some(isCbc) && macs.some(isEncryptThenMac)),
  );
}
