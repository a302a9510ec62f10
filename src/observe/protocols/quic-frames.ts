import { readVarint, varint } from './quic-packets.ts';
import { u8 } from './tls-hello.ts';

export interface CryptoFrame {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** What the frames of a packet up to the handshake say. */
export interface Frames {
  readonly crypto: readonly CryptoFrame[];
  /** Of CONNECTION_CLOSE (RFC 9000, 19.19): 0x100 and the number of an alert for what TLS has to say (20.1). */
  readonly closed?: number;
  /** Something other than acknowledgements came, that wants to be acknowledged. */
  readonly wantsAck: boolean;
  /** Every frame was one that may come there (RFC 9000, 12.4). */
  readonly sound: boolean;
}

/** Reads PADDING, PING, ACK, CRYPTO and CONNECTION_CLOSE. Never throws. */
export function readFrames(bytes: Buffer): Frames {
  const crypto: CryptoFrame[] = [];
  let closed: number | undefined;
  let wantsAck = false;
  let at = 0;
  const next = (): number | undefined => {
    const read = readVarint(bytes, at);
    if (read) at = read.end;
    return read?.value;
  };
  const told = (sound: boolean): Frames => ({ crypto, ...(closed !== undefined && { closed }), wantsAck, sound });
  while (at < bytes.length) {
    const type = bytes[at++]!;
    if (type === 0) continue;
    if (type === 1) wantsAck = true;
    else if (type === 2 || type === 3) {
      const [, , ranges, first] = [next(), next(), next(), next()];
      if (ranges === undefined || first === undefined || ranges > bytes.length) return told(false);
      for (let i = 0; i < 2 * ranges + (type === 3 ? 3 : 0); i++) if (next() === undefined) return told(false);
    } else if (type === 6) {
      const [offset, length] = [next(), next()];
      if (offset === undefined || length === undefined || at + length > bytes.length) return told(false);
      crypto.push({ offset, bytes: bytes.subarray(at, at + length) });
      at += length;
      wantsAck = true;
    } else if (type === 0x1c || type === 0x1d) {
      closed = next();
      return told(closed !== undefined);
    } else return told(false);
  }
  return told(true);
}

export const cryptoFrame = (offset: number, bytes: Buffer): Buffer =>
  Buffer.concat([u8(6), varint(offset), varint(bytes.length), bytes]);

/** Acknowledges these numbers, as far as they go down from the largest without a gap. */
export function ackFrame(numbers: ReadonlySet<number>): Buffer {
  const largest = Math.max(...numbers);
  let range = 0;
  while (numbers.has(largest - range - 1)) range++;
  return Buffer.concat([u8(2), varint(largest), varint(0), varint(0), varint(range)]);
}

/** CONNECTION_CLOSE without an error. */
export const closeFrame = (): Buffer => Buffer.concat([u8(0x1c), varint(0), varint(0), varint(0)]);

/** Bytes of one stream of handshake messages at most: a chain of certificates is far below. */
const LONGEST = 131_072;

/** Handshake messages of one level, put together from CRYPTO frames in any order. */
export class CryptoStream {
  #bytes: Buffer = Buffer.alloc(0);
  /** Pieces that stand behind a gap. */
  #later: CryptoFrame[] = [];

  add(frame: CryptoFrame): void {
    if (frame.offset + frame.bytes.length > LONGEST || this.#later.length > 256) return;
    this.#later.push(frame);
    this.#later.sort((a, b) => a.offset - b.offset);
    while (this.#later[0] && this.#later[0].offset <= this.#bytes.length) {
      const { offset, bytes } = this.#later.shift()!;
      const known = this.#bytes.length - offset;
      if (bytes.length > known) this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(known)]);
    }
  }

  /** The whole messages so far, each with its header. */
  get messages(): Buffer[] {
    const messages: Buffer[] = [];
    for (let at = 0; at + 4 <= this.#bytes.length; ) {
      const end = at + 4 + this.#bytes.readUIntBE(at + 1, 3);
      if (end > this.#bytes.length) break;
      messages.push(this.#bytes.subarray(at, end));
      at = end;
    }
    return messages;
  }
}
