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
const isPaddedOid = (bytes: Buffer, from: number, to: number): boolean => {
  if (from === to || bytes[to - 1]! >= 0x80) return true;
  for (let at = from; at < to; at++) if (bytes[at] === 0x80 && (at === from || bytes[at - 1]! < 0x80)) return true;
  return false;
};

const isPaddedInteger = (bytes: Buffer, from: number, to: number): boolean =>
  from === to ||
  (to - from > 1 &&
    ((bytes[from] === 0 && bytes[from + 1]! < 0x80) || (bytes[from] === 0xff && bytes[from + 1]! >= 0x80)));

const hasSpareBits = (bytes: Buffer, from: number, to: number): boolean => {
  const unused = from === to ? 8 : bytes[from]!;
  return unused > 7 || (to - from === 1 ? unused > 0 : (bytes[to - 1]! & ((1 << unused) - 1)) !== 0);
};

/** Why the content of a primitive element, `from` up to `to`, could be written in another way; undefined where it could not. */
const spare = (tag: number, bytes: Buffer, from: number, to: number): string | undefined => {
  switch (tag) {
    case 0x01:
      return to - from !== 1 || (bytes[from] !== 0 && bytes[from] !== 0xff) ? 'a boolean' : undefined;
    case 0x02:
    case 0x0a:
      return isPaddedInteger(bytes, from, to) ? 'a number' : undefined;
    case 0x03:
      return hasSpareBits(bytes, from, to) ? 'a bit string' : undefined;
    case 0x05:
      return to > from ? 'a null' : undefined;
    case 0x06:
      return isPaddedOid(bytes, from, to) ? 'an object identifier' : undefined;
    default:
      return undefined;
  }
};

/** Holds one tag to what files of ours have: one octet, and no universal string in pieces. */
const requireTag = (tag: number): void => {
  if ((tag & 0x1f) === 0x1f || tag === 0) throw new DerError('a tag that is not expected');
  if ((tag & 0xe0) === 0x20 && !UNIVERSAL_CONSTRUCTED.has(tag)) throw new DerError('a string in pieces');
};

/** Where the content of the element at `at` begins and ends; `end` is where what holds it ends. */
const extent = (bytes: Buffer, at: number, end: number): [from: number, to: number] => {
  if (at + 2 > end) throw new DerError('an element is cut off');
  const first = bytes[at + 1]!;
  const octets = first < 0x80 ? 0 : first & 0x7f;
  const from = at + 2 + octets;
  if (first === 0x80 || octets > 4 || from > end) throw new DerError('an element has no length');
  const length = octets === 0 ? first : bytes.readUIntBE(at + 2, octets);
  if (from + length > end) throw new DerError('an element is longer than what holds it');
  if (2 + octets !== headerOf(length)) throw new DerError('a length is not the shortest');
  return [from, from + length];
};

/**
 * Reads bytes that are one element of canonical DER and nothing else: definite and shortest lengths, shortest numbers,
 * no spare bits, nothing after the end (X.690, 10 and 11). The order of sets and omitted defaults are not looked at:
 * who must know rebuilds the bytes. Throws DerError, and nothing else, for any bytes.
 */
export const readCanonical = (bytes: Buffer): Der => {
  let count = 0;
  const walk = (at: number, end: number, depth: number): number => {
    if (++count > MOST || depth > DEEPEST) throw new DerError('too many elements');
    const [from, to] = extent(bytes, at, end);
    const tag = bytes[at]!;
    requireTag(tag);
    if ((tag & 0x20) !== 0) for (let next = from; next < to; ) next = walk(next, to, depth + 1);
    else {
      const what = spare(tag, bytes, from, to);
      if (what !== undefined) throw new DerError(`${what} is not in its shortest form`);
    }
    return to;
  };
  if (walk(0, bytes.length, 0) !== bytes.length) throw new DerError('there is more after the end');
  return readDer(bytes);
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
