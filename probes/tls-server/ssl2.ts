import { ALERTS, readTlsAnswer } from '../../src/observe/protocols/tls.ts';
import { u8, u16 } from '../../src/observe/protocols/tls-hello.ts';
import { SUITES_SSL2 } from '../../src/observe/protocols/tls-suites.ts';
import { ABOUT_HELLO, CLOSED, type Refused, type Unclear } from './answers.ts';
import type { Exchange, TlsServer } from './server.ts';

/** What a server that speaks SSL 2.0 said of itself (Hickman, "The SSL Protocol", 5.2.2 in its draft's numbering). */
export interface ServerHello2 {
  /** DER, unparsed. */
  readonly certificate: Buffer;
  /** Cipher specs that it has of those that were offered. */
  readonly suites: readonly number[];
}

/** `partial`: what came may become a SERVER-HELLO yet. */
export type Read2 =
  | { readonly kind: 'hello'; readonly hello: ServerHello2 }
  | { readonly kind: 'error'; readonly code: number }
  | { readonly kind: 'partial' | 'other' };

const VERSION = 0x0002;
const MESSAGE = { error: 0, clientHello: 1, serverHello: 4 } as const;
const X509 = 1;

/** A CLIENT-HELLO that offers every cipher spec, in a record with a header of two bytes. Challenge: 16 bytes. */
export function clientHello2(challenge: Buffer): Buffer {
  const specs = SUITES_SSL2.map((code) => u8(code >> 16, (code >> 8) & 0xff, code & 0xff));
  const body = Buffer.concat([
    u8(MESSAGE.clientHello),
    u16(VERSION, 3 * specs.length, 0, 16),
    ...specs,
    challenge.subarray(0, 16),
  ]);
  return Buffer.concat([u16(0x8000 | body.length), body]);
}

/**
 * Reads the answer to a CLIENT-HELLO. Every length must fit every other, and only what was offered may stand in it: two
 * bytes that look like a record's header are soon met with. Never throws.
 */
export function readServerHello2(bytes: Buffer): Read2 {
  if (bytes.length === 0) return { kind: 'partial' };
  const long = (bytes[0]! & 0x80) === 0;
  const head = long ? 3 : 2;
  if (bytes.length < head + 1) return { kind: long && bytes[0]! > 0x3f ? 'other' : 'partial' };
  // A message in the clear is never padded.
  if (long && bytes[2] !== 0) return { kind: 'other' };
  const length = ((bytes[0]! & (long ? 0x3f : 0x7f)) << 8) | bytes[1]!;
  const body = bytes.subarray(head, head + length);
  if (body[0] === MESSAGE.error && length === 3)
    return body.length < 3 ? { kind: 'partial' } : { kind: 'error', code: body.readUInt16BE(1) };
  if (body[0] !== MESSAGE.serverHello || length < 11) return { kind: 'other' };
  if (body.length < 11) return { kind: 'partial' };
  const [certificate, specs, connection] = [5, 7, 9].map((at) => body.readUInt16BE(at)) as [number, number, number];
  const fits = length === 11 + certificate + specs + connection && specs % 3 === 0;
  const fresh = body[1] === 0 && body[2] === X509 && body.readUInt16BE(3) === VERSION;
  if (!fits || !fresh || certificate === 0 || connection < 16 || connection > 32) return { kind: 'other' };
  if (body.length < length) return { kind: 'partial' };
  const der = body.subarray(11, 11 + certificate);
  const suites = Array.from({ length: specs / 3 }, (_, i) => body.readUIntBE(11 + certificate + 3 * i, 3));
  const known = suites.every((code) => SUITES_SSL2.includes(code)) && new Set(suites).size === suites.length;
  return der[0] === 0x30 && known ? { kind: 'hello', hello: { certificate: der, suites } } : { kind: 'other' };
}

/** What a server made of SSL 2.0. */
export type Answer2 = { readonly result: 'accepted'; readonly hello: ServerHello2 } | Refused | Unclear;

/** One CLIENT-HELLO. */
export async function askSsl2(server: TlsServer): Promise<Answer2> {
  const isEnough = (bytes: Buffer): boolean => {
    const { kind } = readServerHello2(bytes);
    const tls = readTlsAnswer(bytes);
    return kind === 'hello' || kind === 'error' || (kind === 'other' && (tls.done || !tls.isTls));
  };
  return readAnswer2(await server.exchange(clientHello2(server.context.random(16)), { until: isEnough }));
}

/** What came of a CLIENT-HELLO. */
export function readAnswer2(exchange: Exchange): Answer2 {
  if ('failed' in exchange) {
    return { result: 'unclear', why: exchange.why, reason: exchange.failed === 'timeout' ? 'timeout' : 'reset' };
  }
  const { bytes, ended } = exchange;
  const read = readServerHello2(bytes);
  // A server that has nothing in common says so with an ERROR; one without any cipher spec cannot be told from one that
  // has them and hides them (CVE-2015-3197).
  if (read.kind === 'hello') {
    if (read.hello.suites.length > 0) return { result: 'accepted', hello: read.hello };
    return { result: 'unclear', why: 'a SERVER-HELLO without any cipher spec', reason: 'protocol' };
  }
  if (read.kind === 'error') return { result: 'refused', why: `error ${read.code}`, firm: true };
  const { isTls, alert, hello } = readTlsAnswer(bytes);
  if ((isTls || alert?.level === 2) && alert && !hello)
    return {
      result: 'refused',
      why: `alert ${alert.code}`,
      firm: alert.level === 2 && ABOUT_HELLO.includes(ALERTS[alert.code] ?? ''),
    };
  if (ended === 'closed' && bytes.length === 0) return { result: 'refused', why: CLOSED, firm: false };
  // Many a web server takes what is no TLS for a request in the clear.
  if (/^HTTP\/1\.[01] 4\d\d /.test(bytes.toString('latin1', 0, 16)))
    return { result: 'refused', why: 'an answer of HTTP', firm: false };
  if (ended === 'timeout')
    return { result: 'unclear', why: `no whole answer in time (${bytes.length} bytes)`, reason: 'timeout' };
  if (ended === 'reset') return { result: 'unclear', why: `reset after ${bytes.length} bytes`, reason: 'reset' };
  return { result: 'unclear', why: 'what came is neither SSL 2.0 nor TLS', reason: 'protocol' };
}
