import { readCertificates, readServerHello, type ServerHello } from './tls.ts';
import { type HelloParts, helloBody, u8, u16, u24, vector } from './tls-hello.ts';

/** Versions by the names that facts use, with their wire codes (RFC 4347, 6347, 9147). */
export const DTLS_VERSIONS = { 'DTLS 1.0': 0xfeff, 'DTLS 1.2': 0xfefd, 'DTLS 1.3': 0xfefc } as const;
export type DtlsVersion = keyof typeof DTLS_VERSIONS;

export const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, data: 23 } as const;
export const HANDSHAKE = {
  clientHello: 1,
  serverHello: 2,
  verify: 3,
  certificate: 11,
  keyExchange: 12,
  certificateRequest: 13,
  done: 14,
  clientKeyExchange: 16,
  finished: 20,
} as const;

/** A record with its header as DTLS up to 1.2 has it, and the plaintext ones of 1.3 (RFC 6347, 4.1; RFC 9147, 4). */
export interface DtlsRecord {
  readonly type: number;
  readonly version: number;
  readonly epoch: number;
  readonly sequence: number;
  readonly body: Buffer;
}

export const dtlsRecord = ({ type, version, epoch, sequence, body }: DtlsRecord): Buffer =>
  Buffer.concat([u8(type), u16(version, epoch), sequenceBytes(sequence), vector(2, body)]);

/** The 48 bits of a record's sequence number. */
export const sequenceBytes = (sequence: number): Buffer => {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(sequence, 0, 6);
  return bytes;
};

/** A handshake message, or the part of it that begins at `offset` (RFC 6347, 4.2.2). */
export const dtlsMessage = (
  type: number,
  sequence: number,
  body: Buffer,
  { offset = 0, length = body.length - offset }: { offset?: number; length?: number } = {},
): Buffer =>
  Buffer.concat([
    u8(type),
    u24(body.length),
    u16(sequence),
    u24(offset),
    u24(length),
    body.subarray(offset, offset + length),
  ]);

/**
 * One ClientHello in one record; `sequence` counts both. The record says DTLS 1.0, as RFC 6347, 4.2.1 has it for a first
 * hello. Without a cookie in it, an empty one stands there.
 */
export const dtlsHello = (hello: HelloParts, sequence = 0, recordSequence = sequence): Buffer =>
  dtlsRecord({
    type: CONTENT.handshake,
    version: 0xfeff,
    epoch: 0,
    sequence: recordSequence,
    body: dtlsMessage(1, sequence, helloBody({ cookie: Buffer.alloc(0), ...hello })),
  });

/** An alert in the clear. */
export const dtlsAlert = (level: 1 | 2, code: number, sequence: number, version = 0xfefd): Buffer =>
  dtlsRecord({ type: CONTENT.alert, version, epoch: 0, sequence, body: u8(level, code) });

/** Records of one datagram, at most. */
const MOST_RECORDS = 64;
const isVersion = (code: number) => code === 0xfeff || code === 0xfefd;

/**
 * The records of a datagram. `unified`: the next one has the header that DTLS 1.3 gives what it encrypts (RFC 9147, 4:
 * it begins with the bits 001); `broken`: what follows is no record. Never throws.
 */
export function readDtlsRecords(datagram: Buffer): {
  records: DtlsRecord[];
  rest?: 'unified' | 'broken';
} {
  const records: DtlsRecord[] = [];
  for (let at = 0; at < datagram.length; ) {
    const type = datagram[at]!;
    if (type >> 5 === 1) return { records, rest: 'unified' };
    if (records.length >= MOST_RECORDS || datagram.length < at + 13 || type < 20 || type > 26)
      return { records, rest: 'broken' };
    const version = datagram.readUInt16BE(at + 1);
    const end = at + 13 + datagram.readUInt16BE(at + 11);
    if (!isVersion(version) || end > datagram.length) return { records, rest: 'broken' };
    records.push({
      type,
      version,
      epoch: datagram.readUInt16BE(at + 3),
      sequence: datagram.readUIntBE(at + 5, 6),
      body: datagram.subarray(at + 13, end),
    });
    at = end;
  }
  return { records };
}

export interface DtlsFragment {
  readonly type: number;
  readonly sequence: number;
  /** Of the whole message. */
  readonly length: number;
  readonly offset: number;
  readonly bytes: Buffer;
}

/** The handshake fragments of a record's body; `sound` is false where something in it is none (RFC 6347, 4.2.2). */
export function readFragments(body: Buffer): { fragments: DtlsFragment[]; sound: boolean } {
  const fragments: DtlsFragment[] = [];
  for (let at = 0; at < body.length; ) {
    if (body.length < at + 12) return { fragments, sound: false };
    const length = body.readUIntBE(at + 1, 3);
    const offset = body.readUIntBE(at + 6, 3);
    const end = at + 12 + body.readUIntBE(at + 9, 3);
    if (end > body.length || offset + end - at - 12 > length) return { fragments, sound: false };
    fragments.push({
      type: body[at]!,
      sequence: body.readUInt16BE(at + 4),
      length,
      offset,
      bytes: body.subarray(at + 12, end),
    });
    at = end;
  }
  return { fragments, sound: true };
}

/** Bytes of one message at most: a chain of certificates is far below. */
const LONGEST = 131_072;
/** Messages that are put together at once; a flight of a server has six. */
const MOST_MESSAGES = 16;

export interface DtlsMessage {
  readonly type: number;
  readonly sequence: number;
  readonly body: Buffer;
}

interface Part {
  readonly type: number;
  readonly body: Buffer;
  readonly has: Uint8Array;
  missing: number;
}

/**
 * Puts handshake messages together from fragments in any order, overlapping or repeated. What came first of a byte
 * stands, and a fragment that speaks of another length or type than the first one of its message is left out.
 */
export class Reassembly {
  readonly #parts = new Map<number, Part>();

  add({ type, sequence, length, offset, bytes }: DtlsFragment): void {
    let part = this.#parts.get(sequence);
    if (!part) {
      if (length > LONGEST || this.#parts.size >= MOST_MESSAGES) return;
      part = { type, body: Buffer.alloc(length), has: new Uint8Array(length), missing: length };
      this.#parts.set(sequence, part);
    }
    if (part.type !== type || part.body.length !== length) return;
    for (let i = 0; i < bytes.length && part.missing > 0; i++) {
      if (part.has[offset + i]) continue;
      part.has[offset + i] = 1;
      part.body[offset + i] = bytes[i]!;
      part.missing -= 1;
    }
  }

  /** The message of that number, once it is whole. */
  get(sequence: number): DtlsMessage | undefined {
    const part = this.#parts.get(sequence);
    return part && part.missing === 0 ? { type: part.type, sequence, body: part.body } : undefined;
  }

  /** Whole messages in their order, from the first of that type until one is missing. */
  from(type: number): DtlsMessage[] {
    const first = [...this.#parts.keys()].sort((a, b) => a - b).find((sequence) => this.get(sequence)?.type === type);
    const messages: DtlsMessage[] = [];
    for (let at = first; at !== undefined; at += 1) {
      const message = this.get(at);
      if (!message) break;
      messages.push(message);
    }
    return messages;
  }
}

/** A ServerHello as DTLS has it: `version` is undefined for a code that is none of DTLS_VERSIONS. */
export interface DtlsServerHello extends Omit<ServerHello, 'version'> {
  readonly version: DtlsVersion | undefined;
  readonly random: Buffer;
}

export const versionOf = (code: number): DtlsVersion | undefined =>
  (Object.keys(DTLS_VERSIONS) as DtlsVersion[]).find((name) => DTLS_VERSIONS[name] === code);

export function readDtlsServerHello(body: Buffer): DtlsServerHello | undefined {
  const hello = readServerHello(body);
  if (!hello) return undefined;
  const chosen = hello.extensions.get(43);
  const code = chosen?.length === 2 ? chosen.readUInt16BE(0) : body.readUInt16BE(0);
  return { ...hello, version: versionOf(code), random: body.subarray(2, 34) };
}

/** The cookie of a HelloVerifyRequest (RFC 6347, 4.2.1). Its version chooses nothing, and is not looked at. */
export const readVerify = (body: Buffer): Buffer | undefined =>
  body.length >= 3 && body.length === 3 + body[2]! ? body.subarray(3) : undefined;

/** What a server said to a ClientHello, as far as it is in the clear. */
export interface DtlsAnswer {
  /** The cookie of the last HelloVerifyRequest. */
  readonly cookie?: Buffer;
  readonly hello?: DtlsServerHello;
  readonly alert?: { readonly level: number; readonly code: number };
  /** DER, leaf first. */
  readonly certificates: readonly Buffer[];
  /** Bodies of ServerKeyExchange and CertificateRequest. */
  readonly keyExchange?: Buffer;
  readonly certificateRequest?: Buffer;
  /** ServerHelloDone, a ServerHello of DTLS 1.3 or a fatal alert: nothing more comes in the clear. */
  readonly done: boolean;
  /** Something came that is no DTLS of a server. */
  readonly strange: boolean;
}

/** Gathers what one server says, datagram by datagram. Never throws. */
export class DtlsReader {
  readonly messages = new Reassembly();
  /** Bytes of all datagrams so far. */
  bytes = 0;
  /** HelloVerifyRequests so far. */
  verifies = 0;
  #cookie: Buffer | undefined;
  #alert: DtlsAnswer['alert'];
  #strange = false;

  take(datagram: Buffer): void {
    this.bytes += datagram.length;
    const { records, rest } = readDtlsRecords(datagram);
    if (rest === 'broken') this.#strange = true;
    for (const { type, epoch, body } of records) {
      // What is encrypted is not ours to read here.
      if (epoch > 0) continue;
      if (type === CONTENT.handshake) this.#handshake(body);
      else if (type === CONTENT.alert && body.length === 2 && (body[0] === 1 || body[0] === 2)) {
        // What comes after a warning may be the end.
        if (this.#alert?.level !== 2) this.#alert = { level: body[0], code: body[1]! };
      } else this.#strange = true;
    }
  }

  get answer(): DtlsAnswer {
    const flight = this.messages.from(HANDSHAKE.serverHello);
    const bodyOf = (type: number) => flight.find((message) => message.type === type)?.body;
    const first = flight[0] && readDtlsServerHello(flight[0].body);
    const certificate = bodyOf(HANDSHAKE.certificate);
    const keyExchange = bodyOf(HANDSHAKE.keyExchange);
    const certificateRequest = bodyOf(HANDSHAKE.certificateRequest);
    const done = first?.version === 'DTLS 1.3' || bodyOf(HANDSHAKE.done) !== undefined || this.#alert?.level === 2;
    return {
      ...(this.#cookie && { cookie: this.#cookie }),
      ...(first && { hello: first }),
      ...(this.#alert && { alert: this.#alert }),
      certificates: certificate ? readCertificates(certificate) : [],
      ...(keyExchange && { keyExchange }),
      ...(certificateRequest && { certificateRequest }),
      done,
      strange: this.#strange || (flight[0] !== undefined && !first),
    };
  }

  #handshake(body: Buffer): void {
    const { fragments, sound } = readFragments(body);
    if (!sound) this.#strange = true;
    for (const fragment of fragments) {
      if (fragment.type === HANDSHAKE.clientHello) this.#strange = true;
      else if (fragment.type === HANDSHAKE.verify) {
        const cookie = fragment.bytes.length === fragment.length ? readVerify(fragment.bytes) : undefined;
        if (cookie) {
          this.verifies += 1;
          this.#cookie = Buffer.from(cookie);
        } else this.#strange = true;
      } else this.messages.add(fragment);
    }
  }
}
