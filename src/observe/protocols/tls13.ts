import { readTlsAnswer, type ServerHello } from './tls.ts';
import { message, record, u8, u24, vector } from './tls-hello.ts';
import {
  digest,
  expandLabel,
  finishedOf,
  type KeyShare,
  Protection,
  SUITE13,
  type Suite13,
  schedule,
} from './tls13-keys.ts';
import { type Certificates13, readCertificates13, readExtensions, readTicket, type Ticket } from './tls13-messages.ts';

/** What a server of TLS 1.3 says behind its ServerHello, read with our own key share. */
export interface Flight13 {
  readonly hello: ServerHello;
  /** The group that keys were agreed in; undefined where a session was resumed without. */
  readonly group: number | undefined;
  /** The pre-shared key that was offered was taken. */
  readonly resumed: boolean;
  /** EncryptedExtensions (RFC 8446, 4.3.1). */
  readonly extensions: ReadonlyMap<number, Buffer>;
  /** ALPN (RFC 7301). */
  readonly alpn?: string;
  readonly wantsCertificate: boolean;
  /** DER, leaf first, at most 100. */
  readonly certificates: readonly Buffer[];
  /** How many there were. */
  readonly presented: number;
  /** IANA "TLS SignatureScheme" of CertificateVerify. */
  readonly scheme?: number;
}

/**
 * - `more`: what came is sound and not enough;
 * - `retry`: HelloRetryRequest, a second hello is awaited (`again`);
 * - `finished`: the server's Finished came and holds; `flight` is whole;
 * - `alert`: in the clear or protected;
 * - `other`: a ServerHello that is none of TLS 1.3, or of a suite or group that was not offered: it cannot be read on;
 * - `broken`: what came is no TLS, cannot be decrypted, or is not what RFC 8446 says.
 */
export type Progress13 = 'more' | 'retry' | 'finished' | 'alert' | 'other' | 'broken';

/** A session to resume: its key and the hash that goes with it. */
export interface Session13 {
  readonly psk: Buffer;
  readonly hash: Suite13['hash'];
  readonly ticket: Ticket;
}

/** A chain of 1,000 certificates is below. */
const LONGEST = 1_048_576;
const RECORD = 16_384 + 256;

/** Our side of one handshake of TLS 1.3, as far as it is read: nothing that the server says is verified but its Finished. */
export class Client13 {
  progress: Progress13 = 'more';
  alert: { readonly level: number; readonly code: number } | undefined;
  hello: ServerHello | undefined;
  /** Tickets of NewSessionTicket, in the order in which they came; at most 8. */
  readonly tickets: Ticket[] = [];
  readonly #shares: readonly KeyShare[];
  readonly #psk: Buffer | undefined;
  #messages: Buffer[];
  #at = 0;
  #pending: Buffer = Buffer.alloc(0);
  #suite: Suite13 | undefined;
  #group: number | undefined;
  #keys: ReturnType<ReturnType<typeof schedule>['handshake']> | undefined;
  #reading: Protection | undefined;
  #writing: Protection | undefined;
  #extensions: ReadonlyMap<number, Buffer> = new Map();
  #request: Buffer | undefined;
  #certificates: Certificates13 = { certificates: [], presented: 0 };
  #scheme: number | undefined;
  #afterServer: Buffer | undefined;
  #resumption: Buffer | undefined;

  /** `hello`: the ClientHello that was sent, as a handshake message; `shares`: those in it. */
  constructor(options: { hello: Buffer; shares: readonly KeyShare[]; psk?: Buffer }) {
    this.#messages = [options.hello];
    this.#shares = options.shares;
    this.#psk = options.psk;
  }

  /** All bytes that came on this connection so far. */
  feed(all: Buffer): Progress13 {
    while (this.progress === 'more' || this.progress === 'finished') {
      if (all.length < this.#at + 5) break;
      const header = all.subarray(this.#at, this.#at + 5);
      const length = header.readUInt16BE(3);
      if (header[0]! < 20 || header[0]! > 23 || header[1] !== 3 || length > RECORD) return this.#fail();
      if (all.length < this.#at + 5 + length) break;
      this.#at += 5 + length;
      this.#record(header, all.subarray(this.#at - length, this.#at));
    }
    return this.progress;
  }

  #fail(): 'broken' {
    // What came broken behind a whole handshake takes nothing of it back.
    if (this.progress !== 'finished') this.progress = 'broken';
    this.#at = Number.POSITIVE_INFINITY;
    return 'broken';
  }

  #record(header: Buffer, body: Buffer): void {
    const type = header[0]!;
    // A ChangeCipherSpec says nothing in TLS 1.3; a message in the clear behind the ServerHello must not count.
    if (type === 20) return;
    const clear = type === 23 || (type === 22 && this.#reading) ? undefined : { type, content: body };
    const opened = type === 23 ? this.#reading?.open(header, body) : clear;
    if (!opened || !this.#content(opened.type, opened.content)) this.#fail();
  }

  /** False where it is not what RFC 8446 says. */
  #content(type: number, content: Buffer): boolean {
    if (type === 23) return this.progress === 'finished';
    if (type === 21 && content.length === 2) {
      this.alert ??= { level: content[0]!, code: content[1]! };
      if (this.progress === 'more') this.progress = 'alert';
      return true;
    }
    if (type !== 22) return false;
    this.#pending = Buffer.concat([this.#pending, content]);
    while (this.#pending.length >= 4 && (this.progress === 'more' || this.progress === 'finished')) {
      const length = this.#pending.readUIntBE(1, 3);
      if (length > LONGEST) return false;
      if (this.#pending.length < 4 + length) break;
      const whole = this.#pending.subarray(0, 4 + length);
      this.#pending = this.#pending.subarray(4 + length);
      if (!this.#message(whole[0]!, whole.subarray(4), whole)) return false;
    }
    return true;
  }

  /** False where it is not what RFC 8446 says. */
  #message(type: number, body: Buffer, whole: Buffer): boolean {
    if (this.#suite === undefined || this.#keys === undefined) return type === 2 && this.#serverHello(whole);
    if (this.progress === 'finished') {
      const ticket = type === 4 ? readTicket(body) : undefined;
      if (ticket && this.tickets.length < 8) this.tickets.push(ticket);
      return true;
    }
    if (type === 20) return this.#finished(body, whole);
    this.#messages.push(whole);
    if (type === 8) this.#extensions = readExtensions(body) ?? new Map();
    else if (type === 13) this.#request = body;
    else if (type === 11) this.#certificates = readCertificates13(body);
    else if (type === 15 && body.length >= 4) this.#scheme = body.readUInt16BE(0);
    else return false;
    return true;
  }

  #serverHello(whole: Buffer): boolean {
    const { hello } = readTlsAnswer(record(22, 0x0303, whole));
    const suite = hello && SUITE13.get(hello.suite);
    this.hello = hello;
    if (!hello) return false;
    if (hello.version !== 'TLS 1.3' || !suite) return this.#ends('other');
    if (hello.retry) {
      this.#messages = [message(254, digest(suite.hash, ...this.#messages)), whole];
      return this.#ends('retry');
    }
    const share = hello.extensions.get(51);
    const resumed = this.#psk !== undefined && hello.extensions.has(41);
    const group = share && share.length >= 4 ? share.readUInt16BE(0) : undefined;
    const own = this.#shares.find((one) => one.group === group);
    const secret = own && share ? own.agree(share.subarray(4)) : undefined;
    if (!secret && !(resumed && share === undefined)) return !own && this.#ends('other');
    this.#suite = suite;
    this.#group = group;
    this.#messages.push(whole);
    const zeros = Buffer.alloc(suite.hash === 'sha256' ? 32 : 48);
    const keys = schedule(suite.hash, resumed ? this.#psk : undefined).handshake(secret ?? zeros, this.#hash());
    this.#keys = keys;
    this.#reading = new Protection(suite, keys.server);
    this.#writing = new Protection(suite, keys.client);
    return true;
  }

  #ends(progress: Progress13): true {
    this.progress = progress;
    return true;
  }

  #hash(): Buffer {
    return digest(this.#suite!.hash, ...this.#messages);
  }

  #finished(body: Buffer, whole: Buffer): boolean {
    const { hash } = this.#suite!;
    if (!finishedOf(hash, this.#keys!.server, this.#hash()).equals(body)) return false;
    this.#messages.push(whole);
    this.#afterServer = this.#hash();
    this.#reading = new Protection(this.#suite!, this.#keys!.application(this.#afterServer).server);
    this.progress = 'finished';
    return true;
  }

  /** Goes on after a HelloRetryRequest with the hello that was sent then; gives the client of that hello. */
  again(hello: Buffer, shares: readonly KeyShare[]): Client13 {
    const next = new Client13({ hello, shares });
    next.#messages = [...this.#messages, hello];
    next.#at = this.#at;
    return next;
  }

  /** The group that a HelloRetryRequest names, and its cookie (RFC 8446, 4.1.4). */
  get retry(): { readonly group?: number; readonly cookie?: Buffer } {
    const group = this.hello?.extensions.get(51);
    const cookie = this.hello?.extensions.get(44);
    return { ...(group?.length === 2 && { group: group.readUInt16BE(0) }), ...(cookie && { cookie }) };
  }

  /** The whole flight; undefined before the server's Finished. */
  get flight(): Flight13 | undefined {
    if (this.progress !== 'finished' || !this.hello) return undefined;
    const alpn = this.#extensions.get(16);
    return {
      hello: this.hello,
      group: this.#group,
      resumed: this.#psk !== undefined && this.hello.extensions.has(41),
      extensions: this.#extensions,
      ...(alpn && alpn.length > 3 && { alpn: alpn.subarray(3, 3 + alpn[2]!).toString('latin1') }),
      wantsCertificate: this.#request !== undefined,
      ...this.#certificates,
      ...(this.#scheme !== undefined && { scheme: this.#scheme }),
    };
  }

  /** Our Finished, with an empty Certificate where one is asked for. After `finished` only. */
  finish(): Buffer {
    const { hash } = this.#suite!;
    const records: Buffer[] = [];
    const seal = (whole: Buffer) => {
      records.push(this.#writing!.seal(22, whole));
      this.#messages.push(whole);
    };
    const context = this.#request?.subarray(1, 1 + (this.#request[0] ?? 0));
    if (context) seal(message(11, Buffer.concat([vector(1, context), u24(0)])));
    seal(message(20, finishedOf(hash, this.#keys!.client, this.#hash())));
    this.#resumption = this.#keys!.resumption(this.#hash());
    return Buffer.concat(records);
  }

  /** The close_notify that ends the session. After `finish` only. */
  goodbye(): Buffer {
    return new Protection(this.#suite!, this.#keys!.application(this.#afterServer!).client).seal(21, u8(1, 0));
  }

  /** What a ticket resumes. After `finish` only. */
  session(ticket: Ticket): Session13 {
    const { hash } = this.#suite!;
    const bytes = hash === 'sha256' ? 32 : 48;
    return { psk: expandLabel(hash, this.#resumption!, 'resumption', ticket.nonce, bytes), hash, ticket };
  }
}

/** Reads what came after one ClientHello with these shares; undefined where no whole flight of TLS 1.3 is in it. */
export const readFlight13 = (options: {
  readonly hello: Buffer;
  readonly shares: readonly KeyShare[];
  readonly answer: Buffer;
}): Flight13 | undefined => {
  const client = new Client13(options);
  client.feed(options.answer);
  return client.flight;
};
