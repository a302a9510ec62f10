import { type CipherGCM, createCipheriv, createDecipheriv, type DecipherGCM } from 'node:crypto';
import { u8, u16, vector } from './tls-hello.ts';
import { expandLabel, hmac, type Suite13 } from './tls13-keys.ts';

/** What the versions of QUIC differ in up to the server's certificate (RFC 9001, 5.2; RFC 9369, 3; draft-ietf-quic-tls-29). */
interface Dialect {
  readonly salt: string;
  readonly labels: 'quic' | 'quicv2';
  /** Numbers of the types of long headers: Initial, Handshake, Retry. */
  readonly types: readonly [initial: number, handshake: number, retry: number];
}

const DIALECTS: ReadonlyMap<number, Dialect> = new Map([
  [1, { salt: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a', labels: 'quic', types: [0, 2, 3] }],
  [0x6b3343cf, { salt: '0dede3def700a6db819381be6e269dcbf9bd2ed9', labels: 'quicv2', types: [1, 3, 0] }],
  [0xff00001d, { salt: 'afbfec289993d24c9e9786f19c6111e04390a899', labels: 'quic', types: [0, 2, 3] }],
]);

/** Whether packets of that version can be written and read here. */
export const isSpoken = (version: number): boolean => DIALECTS.has(version);

export type Level = 'initial' | 'handshake';

/** Suites whose packets can be protected; that of Initial packets is the first. */
const INITIAL: Suite13 = { cipher: 'aes-128-gcm', hash: 'sha256', keyBytes: 16, tagBytes: 16 };

/** One direction of one level (RFC 9001, 5.3 and 5.4). */
export class PacketKeys {
  readonly #suite: Suite13;
  readonly #key: Buffer;
  readonly #iv: Buffer;
  readonly #hp: Buffer;

  constructor(version: number, suite: Suite13, secret: Buffer) {
    const { labels } = DIALECTS.get(version)!;
    const derive = (label: string, bytes: number) =>
      expandLabel(suite.hash, secret, `${labels} ${label}`, Buffer.alloc(0), bytes);
    this.#suite = suite;
    this.#key = derive('key', suite.keyBytes);
    this.#iv = derive('iv', 12);
    this.#hp = derive('hp', suite.keyBytes);
  }

  /** Those of Initial packets, which anybody can read: by the client's first destination id (RFC 9001, 5.2). */
  static initial(version: number, destination: Buffer): { client: PacketKeys; server: PacketKeys } {
    const secret = hmac('sha256', Buffer.from(DIALECTS.get(version)!.salt, 'hex'), destination);
    const of = (side: string) =>
      new PacketKeys(version, INITIAL, expandLabel('sha256', secret, `${side} in`, Buffer.alloc(0), 32));
    return { client: of('client'), server: of('server') };
  }

  #nonce(number: number): Buffer {
    const nonce = Buffer.from(this.#iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ number) >>> 0, 8);
    return nonce;
  }

  seal(number: number, header: Buffer, plain: Buffer): Buffer {
    const { cipher: name, tagBytes } = this.#suite;
    const options = { authTagLength: tagBytes };
    const cipher = createCipheriv(name as 'aes-128-gcm', this.#key, this.#nonce(number), options) as CipherGCM;
    cipher.setAAD(header, { plaintextLength: plain.length });
    return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** Undefined where it does not hold. */
  open(number: number, header: Buffer, body: Buffer): Buffer | undefined {
    const { cipher: name, tagBytes } = this.#suite;
    const length = body.length - tagBytes;
    if (length < 0) return undefined;
    const options = { authTagLength: tagBytes };
    const decipher = createDecipheriv(name as 'aes-128-gcm', this.#key, this.#nonce(number), options) as DecipherGCM;
    decipher.setAuthTag(body.subarray(length));
    decipher.setAAD(header, { plaintextLength: length });
    try {
      return Buffer.concat([decipher.update(body.subarray(0, length)), decipher.final()]);
    } catch {
      return undefined;
    }
  }

  /** Five bytes that hide a header, by a sample of 16 bytes of what is encrypted (RFC 9001, 5.4.3 and 5.4.4). */
  mask(sample: Buffer): Buffer {
    if (this.#suite.cipher === 'chacha20-poly1305')
      return createCipheriv('chacha20', this.#hp, sample).update(Buffer.alloc(5));
    const name = this.#suite.keyBytes === 16 ? 'aes-128-ecb' : 'aes-256-ecb';
    return createCipheriv(name, this.#hp, null).setAutoPadding(false).update(sample).subarray(0, 5);
  }
}

/** A variable-length integer (RFC 9000, 16), below 2^30. */
export const varint = (value: number): Buffer => {
  if (value < 0x40) return u8(value);
  if (value < 0x4000) return u16(0x4000 | value);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((0x80000000 | value) >>> 0);
  return bytes;
};

/** A variable-length integer and where it ends; undefined where there is none, or it is above 2^48. */
export function readVarint(bytes: Buffer, at: number): { value: number; end: number } | undefined {
  if (at >= bytes.length) return undefined;
  const length = 1 << (bytes[at]! >> 6);
  const end = at + length;
  if (end > bytes.length) return undefined;
  if (length === 8) return bytes.readUInt16BE(at) === 0xc000 ? { value: bytes.readUIntBE(at + 2, 6), end } : undefined;
  const value = bytes.readUIntBE(at, length) - (bytes[at]! >> 6) * 2 ** (8 * length - 2);
  return { value, end };
}

export interface Written {
  readonly version: number;
  readonly level: Level;
  readonly destination: Buffer;
  readonly source: Buffer;
  /** Of an Initial (RFC 9000, 17.2.2). */
  readonly token: Buffer;
  readonly number: number;
  readonly frames: Buffer;
}

const NUMBER_BYTES = 4;
const TAG_BYTES = 16;

/** Bytes of a packet beside its frames. */
export const overhead = ({ level, destination, source, token }: Omit<Written, 'number' | 'frames'>): number =>
  7 +
  destination.length +
  source.length +
  2 +
  NUMBER_BYTES +
  TAG_BYTES +
  (level === 'initial' ? varint(token.length).length + token.length : 0);

/** A packet with a long header, protected (RFC 9000, 17.2). */
export function writePacket(keys: PacketKeys, packet: Written): Buffer {
  const { version, level, destination, source, token, number, frames } = packet;
  const type = DIALECTS.get(version)!.types[level === 'initial' ? 0 : 1];
  const code = Buffer.alloc(4);
  code.writeUInt32BE(version);
  const written = Buffer.alloc(NUMBER_BYTES);
  written.writeUInt32BE(number);
  const header = Buffer.concat([
    u8(0xc0 | (type << 4) | (NUMBER_BYTES - 1)),
    code,
    vector(1, destination),
    vector(1, source),
    ...(level === 'initial' ? [varint(token.length), token] : []),
    u16(0x4000 | (NUMBER_BYTES + frames.length + TAG_BYTES)),
    written,
  ]);
  const whole = Buffer.concat([header, keys.seal(number, header, frames)]);
  const at = header.length - NUMBER_BYTES;
  const mask = keys.mask(whole.subarray(at + 4, at + 20));
  whole[0]! ^= mask[0]! & 0x0f;
  for (let i = 0; i < NUMBER_BYTES; i++) whole[at + i]! ^= mask[1 + i]!;
  return whole;
}

/** A packet as its header tells before any key is needed. */
export type Found =
  | { readonly kind: Level; readonly source: Buffer; readonly bytes: Buffer; readonly numberAt: number }
  | { readonly kind: 'retry'; readonly source: Buffer; readonly token: Buffer };

const MOST_PACKETS = 16;

/** The packets of a datagram that are of that version and for us, the others left out (RFC 9000, 12.2). Never throws. */
export function readPackets(datagram: Buffer, version: number, own: Buffer): Found[] {
  const found: Found[] = [];
  const { types } = DIALECTS.get(version)!;
  for (let at = 0; found.length < MOST_PACKETS; ) {
    const bytes = datagram.subarray(at);
    // What has a short header goes on to the end, and is under keys that come later.
    if (bytes.length < 7 || bytes[0]! >> 7 === 0 || bytes.readUInt32BE(1) !== version) return found;
    const destination = idAt(bytes, 5);
    const source = destination && idAt(bytes, destination.end);
    if (!source) return found;
    const isOurs = destination.id.equals(own);
    const type = (bytes[0]! >> 4) & 3;
    if (type === types[2]) {
      const token = bytes.subarray(source.end, -TAG_BYTES);
      if (isOurs && token.length > 0) found.push({ kind: 'retry', source: source.id, token });
      return found;
    }
    let next = source.end;
    if (type === types[0]) {
      const token = readVarint(bytes, next);
      if (!token) return found;
      next = token.end + token.value;
    }
    const length = readVarint(bytes, next);
    if (!length || length.end + length.value > bytes.length || length.value < 20) return found;
    const packet = bytes.subarray(0, length.end + length.value);
    const kind = type === types[0] ? 'initial' : type === types[1] ? 'handshake' : undefined;
    if (kind && isOurs) found.push({ kind, source: source.id, bytes: packet, numberAt: length.end });
    at += packet.length;
  }
  return found;
}

function idAt(bytes: Buffer, at: number): { id: Buffer; end: number } | undefined {
  const length = bytes[at];
  if (length === undefined || length > 20 || at + 1 + length > bytes.length) return undefined;
  return { id: bytes.subarray(at + 1, at + 1 + length), end: at + 1 + length };
}

/** The number and the frames of a packet; undefined where it does not hold. `largest`: the highest number so far, or -1. */
export function openPacket(
  keys: PacketKeys,
  { bytes, numberAt }: Extract<Found, { bytes: Buffer }>,
  largest: number,
): { number: number; frames: Buffer } | undefined {
  const plain = Buffer.from(bytes);
  const mask = keys.mask(plain.subarray(numberAt + 4, numberAt + 20));
  plain[0]! ^= mask[0]! & 0x0f;
  const length = (plain[0]! & 3) + 1;
  for (let i = 0; i < length; i++) plain[numberAt + i]! ^= mask[1 + i]!;
  const end = numberAt + length;
  const number = wholeNumber(plain.readUIntBE(numberAt, length), length, largest);
  const frames = keys.open(number, plain.subarray(0, end), plain.subarray(end));
  return frames && { number, frames };
}

/** A packet number from its last bytes (RFC 9000, A.3). */
function wholeNumber(truncated: number, bytes: number, largest: number): number {
  const window = 2 ** (8 * bytes);
  const expected = largest + 1;
  const candidate = expected - (expected % window) + truncated;
  if (candidate <= expected - window / 2) return candidate + window;
  return candidate > expected + window / 2 && candidate >= window ? candidate - window : candidate;
}
