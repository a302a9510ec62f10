import { children, type Der, DerError, expectTag, readDer } from './protocols/der.ts';

/** Elements that one file may hold, and how deep they may lie in each other. */
const MOST = 5_000;
const DEEPEST = 40;

const UNIVERSAL_CONSTRUCTED = new Set([0x30, 0x31]);

/** Octets that an element's tag and length take at least (X.690, 10.1). */
const headerOf = (length: number): number => {
  let octets = 2;
  if (length >= 0x80) for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets++;
  return octets;
};

/** A base-128 number that begins with nothing (X.690, 8.19.2), or that does not end. */
const isPaddedOid = (body: Buffer): boolean =>
  body.length === 0 ||
  body.at(-1)! >= 0x80 ||
  body.some((byte, at) => byte === 0x80 && (at === 0 || body[at - 1]! < 0x80));

const isPaddedInteger = (body: Buffer): boolean =>
  body.length === 0 ||
  (body.length > 1 && ((body[0] === 0 && body[1]! < 0x80) || (body[0] === 0xff && body[1]! >= 0x80)));

const hasSpareBits = (body: Buffer): boolean => {
  const unused = body[0] ?? 8;
  return unused > 7 || (body.length === 1 ? unused > 0 : (body.at(-1)! & ((1 << unused) - 1)) !== 0);
};

/** Why the content of a primitive element could be written in another way; undefined where it could not. */
const spare = ({ tag, body }: Der): string | undefined => {
  if (tag === 0x01 && (body.length !== 1 || (body[0] !== 0 && body[0] !== 0xff))) return 'a boolean';
  if ((tag === 0x02 || tag === 0x0a) && isPaddedInteger(body)) return 'a number';
  if (tag === 0x03 && hasSpareBits(body)) return 'a bit string';
  if (tag === 0x05 && body.length > 0) return 'a null';
  if (tag === 0x06 && isPaddedOid(body)) return 'an object identifier';
  return undefined;
};

/**
 * Reads bytes that are one element of canonical DER and nothing else: definite and shortest lengths, shortest numbers,
 * no spare bits, nothing after the end (X.690, 10 and 11). The order of sets and omitted defaults are not looked at:
 * who must know rebuilds the bytes. Throws DerError, and nothing else, for any bytes.
 */
export const readCanonical = (bytes: Buffer): Der => {
  const whole = readDer(bytes);
  if (whole.raw.length !== bytes.length) throw new DerError('there is more after the end');
  let count = 0;
  const walk = (one: Der, depth: number): void => {
    if (++count > MOST || depth > DEEPEST) throw new DerError('too many elements');
    const { tag, body, raw } = one;
    if ((tag & 0x1f) === 0x1f || tag === 0) throw new DerError('a tag that is not expected');
    if (raw.length - body.length !== headerOf(body.length)) throw new DerError('a length is not the shortest');
    if ((tag & 0x20) === 0) {
      const what = spare(one);
      if (what !== undefined) throw new DerError(`${what} is not in its shortest form`);
      return;
    }
    if ((tag & 0xc0) === 0 && !UNIVERSAL_CONSTRUCTED.has(tag)) throw new DerError('a string in pieces');
    for (const child of children(one)) walk(child, depth + 1);
  };
  walk(whole, 0);
  return whole;
};

const two = (text: string, at: number): number => Number(text.slice(at, at + 2));

/** Milliseconds since the epoch of a UTCTime or GeneralizedTime in UTC (RFC 5280, 4.1.2.5; RFC 3161, 2.4.2). Throws DerError. */
export const readTime = ({ tag, body }: Der): number => {
  const text = body.toString('latin1');
  const full = tag === 0x17 ? `${two(text, 0) < 50 ? '20' : '19'}${text}` : text;
  const match = (tag === 0x17 ? /^\d{14}Z$/ : /^\d{14}(\.\d*[1-9])?Z$/).exec(full);
  if ((tag !== 0x17 && tag !== 0x18) || !match) throw new DerError('expected a time in UTC');
  const [year, month, day] = [Number(full.slice(0, 4)), two(full, 4), two(full, 6)];
  const [hour, minute, second] = [two(full, 8), two(full, 10), two(full, 12)];
  const whole = new Date(Date.UTC(2000, month - 1, day, hour, minute, second));
  whole.setUTCFullYear(year, month - 1, day);
  // A date that the calendar lacks rolls over to another.
  if (whole.getUTCMonth() !== month - 1 || whole.getUTCHours() !== hour || whole.getUTCMinutes() !== minute)
    throw new DerError('expected a time in UTC');
  return whole.getTime() + Math.floor(Number(`0${match[1] ?? ''}`) * 1_000);
};

/** One element with that content. */
export const element = (tag: number, ...content: readonly Uint8Array[]): Buffer => {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  const octets = headerOf(length) - 2;
  const header = Buffer.alloc(2 + octets);
  header[0] = tag;
  header[1] = octets === 0 ? length : 0x80 | octets;
  if (octets > 0) header.writeUIntBE(length, 2, octets);
  return Buffer.concat([header, ...content]);
};

export const sequence = (...content: readonly Uint8Array[]): Buffer => element(0x30, ...content);

/** Elements in the order that DER asks of a SET OF (X.690, 11.6). */
export const sorted = (elements: readonly Buffer[]): Buffer[] => [...elements].sort(Buffer.compare);

export const setOf = (elements: readonly Buffer[]): Buffer => element(0x31, ...sorted(elements));

/** An INTEGER that is not negative, from its octets, highest first. */
export const integer = (octets: Uint8Array | number): Buffer => {
  const bytes = typeof octets === 'number' ? [octets] : [...octets];
  while (bytes.length > 1 && bytes[0] === 0) bytes.shift();
  return element(0x02, Buffer.from(bytes[0]! >= 0x80 ? [0, ...bytes] : bytes));
};

export const octetString = (bytes: Uint8Array): Buffer => element(0x04, bytes);

/** A BIT STRING of whole octets, or with spare bits at its end. */
export const bitString = (bytes: Uint8Array, unused = 0): Buffer => element(0x03, Buffer.of(unused), bytes);

/** An OBJECT IDENTIFIER from its dotted form. */
export const oidOf = (dotted: string): Buffer => {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const parts = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) parts.unshift((left & 0x7f) | 0x80);
    return parts;
  });
  return element(0x06, Buffer.from(octets));
};

export const NULL: Buffer = element(0x05);

/** A time of whole seconds as certificates and signatures write it: UTCTime until 2049, GeneralizedTime after. */
export const timeOf = (at: number): Buffer => {
  const text = `${new Date(at)
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace(/[^0-9]/g, '')}Z`;
  return text < '2050' && text >= '1950' ? element(0x17, Buffer.from(text.slice(2))) : element(0x18, Buffer.from(text));
};

/** The elements within an element of that tag, at least `least` of them. Throws DerError. */
export const within = (one: Der | undefined, tag: number, least = 0): Der[] => {
  const found = children(expectTag(one, tag));
  if (found.length < least) throw new DerError(`expected ${least} elements, found ${found.length}`);
  return found;
};
