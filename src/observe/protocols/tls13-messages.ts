/** A NewSessionTicket (RFC 8446, 4.6.1). */
export interface Ticket {
  /** Seconds. */
  readonly lifetime: number;
  readonly ageAdd: number;
  readonly nonce: Buffer;
  readonly ticket: Buffer;
  /** max_early_data_size: bytes that may come before the handshake is over; 0 where none may. */
  readonly earlyData: number;
}

/** Extensions behind their length; undefined where they do not fill it. The first of two alike stands. */
export function readExtensions(body: Buffer): ReadonlyMap<number, Buffer> | undefined {
  if (body.length < 2 || body.readUInt16BE(0) !== body.length - 2) return undefined;
  const found = new Map<number, Buffer>();
  let at = 2;
  while (at + 4 <= body.length) {
    const [type, length] = [body.readUInt16BE(at), body.readUInt16BE(at + 2)];
    at += 4 + length;
    if (at > body.length) return undefined;
    if (!found.has(type)) found.set(type, body.subarray(at - length, at));
  }
  return at === body.length ? found : undefined;
}

/** Nobody's chain is longer; what is beyond is counted. */
const MOST = 100;

/** Certificates as they were listed: DER, leaf first, the first 100; and how many there were. */
export interface Certificates13 {
  readonly certificates: readonly Buffer[];
  readonly presented: number;
}

/** The body of a Certificate message (RFC 8446, 4.4.2), as far as it is sound. */
export function readCertificates13(body: Buffer): Certificates13 {
  const certificates: Buffer[] = [];
  let presented = 0;
  let at = 1 + (body[0] ?? 0) + 3;
  while (at + 3 <= body.length) {
    const length = body.readUIntBE(at, 3);
    const der = body.subarray(at + 3, at + 3 + length);
    at += 3 + length;
    if (length === 0 || der.length < length || at + 2 > body.length) break;
    at += 2 + body.readUInt16BE(at);
    presented += 1;
    if (certificates.length < MOST) certificates.push(der);
  }
  return { certificates, presented };
}

/** The body of a NewSessionTicket; undefined where it is none. */
export function readTicket(body: Buffer): Ticket | undefined {
  if (body.length < 9) return undefined;
  const nonceEnd = 9 + body[8]!;
  if (body.length < nonceEnd + 2) return undefined;
  const ticketEnd = nonceEnd + 2 + body.readUInt16BE(nonceEnd);
  const extensions = readExtensions(body.subarray(ticketEnd));
  if (!extensions || ticketEnd === nonceEnd + 2) return undefined;
  const early = extensions.get(42);
  return {
    lifetime: body.readUInt32BE(0),
    ageAdd: body.readUInt32BE(4),
    nonce: body.subarray(9, nonceEnd),
    ticket: body.subarray(nonceEnd + 2, ticketEnd),
    earlyData: early?.length === 4 ? early.readUInt32BE(0) : 0,
  };
}
