/** Bytes as something would read them, and where each of these bytes stands in what was sent. */
export interface View {
  readonly bytes: Buffer;
  /** Where the byte begins, in the bytes that are viewed. */
  start(index: number): number;
  /** Where the byte ends. */
  end(index: number): number;
}

/** What a reader takes one or more bytes for: `bytes` in place of those up to `end`. */
interface Token {
  readonly bytes: Buffer | undefined;
  readonly end: number;
}

/** Reads a token at a place that holds one of its escapes; undefined where it is none. */
type Read = (bytes: Buffer, at: number) => Token | undefined;

/** What reads escapes, and where one may be: at one of these bytes, or where nothing is said, anywhere. */
interface Reading {
  readonly first?: Uint8Array;
  readonly read: Read;
}

const beginningWith = (first: readonly number[], read: Read): Reading => {
  const may = new Uint8Array(256);
  for (const byte of first) may[byte] = 1;
  return { first: may, read };
};

const plain = (bytes: Buffer): View => ({ bytes, start: (index) => index, end: (index) => index + 1 });

/** The bytes with every escape read; undefined where there is none. */
const readBy = (bytes: Buffer, { first, read }: Reading): View | undefined => {
  const next = (from: number): { at: number; token: Token } | undefined => {
    for (let at = from; at < bytes.length; at++) {
      if (first !== undefined && first[bytes[at]!] === 0) continue;
      const token = read(bytes, at);
      if (token !== undefined) return { at, token };
    }
    return undefined;
  };
  let found = next(0);
  if (found === undefined) return undefined;
  const parts: Buffer[] = [];
  // Stretches of what is read, ascending: where each begins, where it begins in `bytes`, and where an escape ends there.
  const begins: number[] = [];
  const starts: number[] = [];
  const ends: (number | undefined)[] = [];
  let size = 0;
  const add = (part: Buffer, start: number, end?: number) => {
    if (part.length === 0) return;
    parts.push(part);
    begins.push(size);
    starts.push(start);
    ends.push(end);
    size += part.length;
  };
  let kept = 0;
  for (; found !== undefined; found = next(kept)) {
    const { at, token } = found;
    add(bytes.subarray(kept, at), kept);
    if (token.bytes) add(token.bytes, at, token.end);
    kept = token.end;
  }
  add(bytes.subarray(kept), kept);
  const place = (index: number): [start: number, end: number] => {
    const stretch = lastUpTo(begins, index);
    const [start, end] = [starts[stretch] ?? 0, ends[stretch]];
    const at = start + index - (begins[stretch] ?? 0);
    return end === undefined ? [at, at + 1] : [start, end];
  };
  return { bytes: Buffer.concat(parts), start: (index) => place(index)[0], end: (index) => place(index)[1] };
};

/** The index of the last of some ascending numbers that is not above `position`; 0 where all are. */
export const lastUpTo = (sorted: readonly number[], position: number): number => {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (sorted[middle]! <= position) low = middle;
    else high = middle - 1;
  }
  return low;
};

/** What an escape says, of at most `longest` bytes, by a pattern that begins with the escaping byte. */
const escaping = (
  first: number,
  longest: number,
  pattern: RegExp,
  meaning: (match: RegExpExecArray) => string | Buffer | undefined,
): Reading =>
  beginningWith([first], (bytes, at) => {
    const match = pattern.exec(bytes.toString('latin1', at, at + longest));
    const says = match && meaning(match);
    return match && says !== undefined ? { bytes: Buffer.from(says as string), end: at + match[0].length } : undefined;
  });

const character = (code: number): string | undefined => (code <= 0x10ffff ? String.fromCodePoint(code) : undefined);

const percent = escaping(0x25, 3, /^%([0-9a-f]{2})/i, ([, hex]) => Buffer.from(hex!, 'hex'));
/** Forms write a space as `+`. */
const form = beginningWith([0x25, 0x2b], (bytes, at) =>
  bytes[at] === 0x2b ? { bytes: Buffer.from(' '), end: at + 1 } : percent.read(bytes, at),
);

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };
const entity = escaping(0x26, 12, /^&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,4}));/i, ([, decimal, hex, name]) =>
  name === undefined
    ? character(decimal === undefined ? Number.parseInt(hex!, 16) : Number(decimal))
    : ENTITIES[name.toLowerCase()],
);

const SHORT: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
/** JSON, and what else escapes by a backslash. A pair of surrogates is one character. */
const backslash = escaping(
  0x5c,
  12,
  /^\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|u([0-9a-f]{4})|x([0-9a-f]{2})|(.))/is,
  ([, high, low, unit, hex, one]) => {
    if (high !== undefined) return String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low!, 16));
    if (one !== undefined) return SHORT[one] ?? Buffer.from(one, 'latin1');
    return String.fromCharCode(Number.parseInt(unit ?? hex!, 16));
  },
);

const IAC = 0xff;
const SB = 0xfa;
const SE = 0xf0;
const WILL = 0xfb;
const BACKSPACE = 0x08;

/** ESC [ … , ESC ] … BEL, and the short ones (ECMA-48). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is read
const ESCAPE_SEQUENCE = /^\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|.)/s;

/** Telnet's commands (RFC 854), terminal escapes, NUL and line ends: what stands between two characters on a terminal. */
const control: Read = (bytes, at) => {
  const byte = bytes[at];
  if (byte === 0 || byte === 0x0a || byte === 0x0d || byte === 0x07) return { bytes: undefined, end: at + 1 };
  if (byte === 0x1b) {
    const match = ESCAPE_SEQUENCE.exec(bytes.toString('latin1', at, at + 80));
    return match ? { bytes: undefined, end: at + match[0].length } : undefined;
  }
  if (byte !== IAC) return undefined;
  const command = bytes[at + 1];
  if (command === IAC) return { bytes: Buffer.from([IAC]), end: at + 2 };
  if (command === SB) {
    const end = bytes.indexOf(Buffer.from([IAC, SE]), at + 2);
    return end === -1 ? undefined : { bytes: undefined, end: end + 2 };
  }
  return { bytes: undefined, end: Math.min(bytes.length, at + (command !== undefined && command >= WILL ? 3 : 2)) };
};

/** What `control` reads, and a backspace. */
const CONTROLS = [0, BACKSPACE, 0x07, 0x0a, 0x0d, 0x1b, IAC];

/** On paper, a character typed over another leaves both: this reads the lower ones. */
const overtyped = beginningWith(CONTROLS, (bytes, at) =>
  bytes[at] === BACKSPACE ? { bytes: undefined, end: Math.min(bytes.length, at + 2) } : control(bytes, at),
);
/** A backspace that nothing is typed over. */
const stepped = beginningWith(CONTROLS, (bytes, at) =>
  bytes[at] === BACKSPACE ? { bytes: undefined, end: at + 1 } : control(bytes, at),
);
/** A character that was taken back (`x BS`, `x BS space BS`) was never there. */
const erased: Reading = {
  read(bytes, at) {
    if (bytes[at + 1] !== BACKSPACE && bytes[at + 1] !== 0x7f) return control(bytes, at);
    return { bytes: undefined, end: bytes[at + 2] === 0x20 && bytes[at + 3] === BACKSPACE ? at + 4 : at + 2 };
  },
};

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const TERMINAL = /[\u0000\u0008\u001b\u007f\u00ff]/;

/**
 * The same bytes as each reader would have them: as they are, without percent escapes, entities, backslash escapes, and
 * as a terminal shows them. A secret that stands in any of these stands in the bytes.
 */
export const viewsOf = (bytes: Buffer): View[] => {
  const text = bytes.toString('latin1');
  const readings = [
    ...(text.includes('%') ? [percent] : []),
    ...(text.includes('+') ? [form] : []),
    ...(text.includes('&') ? [entity] : []),
    ...(text.includes('\\') ? [backslash] : []),
    ...(TERMINAL.test(text) ? [stepped] : []),
    ...(text.includes('\b') || text.includes('\u007f') ? [overtyped, erased] : []),
  ];
  return [plain(bytes), ...readings.flatMap((reading) => readBy(bytes, reading) ?? [])];
};
