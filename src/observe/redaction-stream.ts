import { lastUpTo, type View, viewsOf } from './redaction-views.ts';
import type { Entry } from './transcript.ts';

/** What each byte of a stream is. */
const PUBLIC = 0;
const STARTS = 1;
const GOES_ON = 2;

/** What stands where a secret stood. */
export const MARK: Buffer = Buffer.from('[redacted]');

/** A mark in an entry's bytes: where it begins, and the name of the secret that it stands for. */
export interface Redacted {
  readonly at: number;
  readonly secret: string;
}

/** Bytes without secrets, and where their marks are. */
export interface Clean {
  readonly bytes: Buffer;
  readonly redacted: readonly Redacted[];
}

/** Where a secret is looked for, and how much of one at the very end is taken for it. */
export interface Window {
  readonly from: number;
  readonly to: number;
  readonly least: number;
}

/** One direction of a transcript as a whole, and which of its bytes are secret. */
export class Stream {
  readonly bytes: Buffer;
  /** Where each entry starts. */
  readonly starts: number[] = [];
  readonly #indices: number[] = [];
  readonly #secret: Uint8Array;
  readonly #names = new Map<number, string>();
  #views: View[] | undefined;
  #pairs: Uint8Array | undefined;
  #position = 0;

  constructor(entries: readonly Entry[], dir: Entry['dir']) {
    const own = entries.flatMap((entry, index) => (entry.dir === dir ? [{ entry, index }] : []));
    let length = 0;
    for (const { entry, index } of own) {
      this.starts.push(length);
      this.#indices.push(index);
      length += entry.bytes.length;
    }
    this.bytes = Buffer.concat(own.map(({ entry }) => entry.bytes));
    this.#secret = new Uint8Array(length);
  }

  /** Of some bytes by themselves. */
  static of(bytes: Buffer): Stream {
    return new Stream([{ at: 0, dir: 'sent', bytes }], 'sent');
  }

  get views(): readonly View[] {
    this.#views ??= viewsOf(this.bytes);
    return this.#views;
  }

  /**
   * Marks each occurrence inside the window, in every view, and the beginning of one at the very end where it has
   * `least` bytes. Returns where they are.
   */
  mark(pattern: Buffer, name: string, { from, to, least }: Window): [number, number][] {
    if (least >= 2 && pattern.length >= 2 && !this.#hasPair(pattern)) return [];
    const found = this.views.flatMap((view) => [
      ...inside(view, pattern, from, to),
      ...(to >= this.bytes.length ? half(view, pattern, from, least) : []),
    ]);
    for (const [start, end] of found) this.hide(start, end, name);
    return found;
  }

  /**
   * Whether the first two bytes of a pattern follow each other anywhere, in any view. Thousands of secrets may have been
   * sent in an attempt, and next to none of them in this stream.
   */
  #hasPair(pattern: Buffer): boolean {
    if (this.#pairs === undefined) {
      this.#pairs = new Uint8Array(65_536);
      for (const { bytes } of this.views)
        for (let at = 0; at + 1 < bytes.length; at++) this.#pairs[(bytes[at]! << 8) | bytes[at + 1]!] = 1;
    }
    return this.#pairs[(pattern[0]! << 8) | pattern[1]!] === 1;
  }

  /** Takes these bytes for a secret of that name. */
  hide(start: number, end: number, name: string): void {
    if (this.#secret[start] === PUBLIC) {
      this.#secret[start] = STARTS;
      this.#names.set(start, name);
    }
    this.#secret.fill(GOES_ON, start + 1, end);
  }

  /** The index, among all entries, of the one that holds this byte. */
  entryOf(position: number): number {
    return this.#indices[lastUpTo(this.starts, position)] ?? 0;
  }

  /** How many bytes of this direction came before that entry of all entries. */
  lengthAt(index: number): number {
    let low = 0;
    let high = this.#indices.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#indices[middle]! < index) low = middle + 1;
      else high = middle;
    }
    return this.starts[low] ?? this.bytes.length;
  }

  /** The next stretch, with one mark where each secret starts and nothing where it goes on. */
  next(length: number): Clean {
    const parts: Buffer[] = [];
    const redacted: Redacted[] = [];
    let size = 0;
    const add = (part: Buffer) => {
      parts.push(part);
      size += part.length;
    };
    const end = this.#position + length;
    while (this.#position < end) {
      const start = this.#position++;
      if (this.#secret[start] === STARTS) {
        redacted.push({ at: size, secret: this.#names.get(start) ?? '' });
        add(MARK);
      }
      if (this.#secret[start] !== PUBLIC) continue;
      while (this.#position < end && this.#secret[this.#position] === PUBLIC) this.#position++;
      add(this.bytes.subarray(start, this.#position));
    }
    return { bytes: Buffer.concat(parts), redacted };
  }
}

/** The first byte of a view that begins at a position or after it. */
const firstFrom = (view: View, position: number): number => {
  let low = 0;
  let high = view.bytes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (view.start(middle) < position) low = middle + 1;
    else high = middle;
  }
  return low;
};

const inside = (view: View, pattern: Buffer, from: number, to: number): [number, number][] => {
  const found: [number, number][] = [];
  for (
    let at = view.bytes.indexOf(pattern, firstFrom(view, from));
    at !== -1;
    at = view.bytes.indexOf(pattern, at + 1)
  ) {
    const end = view.end(at + pattern.length - 1);
    if (end > to) break;
    found.push([view.start(at), end]);
  }
  return found;
};

const half = (view: View, pattern: Buffer, from: number, least: number): [number, number][] => {
  const room = view.bytes.length - firstFrom(view, from);
  const longest = Math.min(pattern.length - 1, room);
  if (longest < least) return [];
  const head = pattern.subarray(0, least);
  const { bytes } = view;
  for (let at = bytes.indexOf(head, bytes.length - longest); at !== -1; at = bytes.indexOf(head, at + 1))
    if (bytes.compare(pattern, 0, bytes.length - at, at) === 0) return [[view.start(at), view.end(bytes.length - 1)]];
  return [];
};
