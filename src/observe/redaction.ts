import type { Entry } from './transcript.ts';

/** What each byte of a stream is. */
const PUBLIC = 0;
const STARTS = 1;
const GOES_ON = 2;

const MARK = Buffer.from('[redacted]');

/** One registered secret: all the ways it is written, and whether it was accepted. */
interface Group {
  readonly patterns: Buffer[];
  everywhere: boolean;
}

/**
 * Keeps secrets out of transcripts and evidence, by position: wherever we sent them, in the echo that follows, and
 * everywhere once they were accepted. Searching everything for a word such as `admin` would destroy what devices say.
 */
export class Redaction {
  readonly #groups = new Map<string, Group>();
  #last: Group | undefined;

  /** Registers a secret and how it is also written; its base64, URL and JSON forms are known. Nothing empty counts. */
  register(secret: string, encodings: readonly (string | Buffer)[] = []): void {
    const group = this.#groups.get(secret) ?? { patterns: [], everywhere: false };
    this.#groups.set(secret, group);
    this.#last = group;
    for (const form of [...formsOf(secret), ...encodings]) {
      const bytes = Buffer.from(form as string);
      if (bytes.length > 0 && !group.patterns.some((known) => known.equals(bytes))) group.patterns.push(bytes);
    }
  }

  /** A login was accepted: the secret (where it is known by name) and the one registered last go everywhere. */
  accepted(secret?: string): void {
    if (secret !== undefined) {
      const last = this.#last;
      this.register(secret);
      if (this.#last) this.#last.everywhere = true;
      this.#last = last;
    }
    if (this.#last) this.#last.everywhere = true;
  }

  /** Evidence that a probe gives: free of accepted secrets, and of the one that is being tried. */
  evidence(bytes: Buffer): Buffer {
    return this.#replace(
      bytes,
      [...this.#groups.values()].filter((g) => g.everywhere || g === this.#last),
    );
  }

  /** Words of ours (a stack, an error's text): free of every registered secret. */
  words(text: string): string {
    return this.#replace(Buffer.from(text), [...this.#groups.values()]).toString();
  }

  /**
   * A transcript's entries without secrets. A secret may be spread over several entries: its mark stands in the first,
   * and entries of which nothing is left are gone. `cut`: the last bytes may be half a secret. `messages`: datagrams,
   * each of which may echo.
   */
  entries(entries: readonly Entry[], { cut, messages }: { cut: boolean; messages: boolean }): Entry[] {
    const groups = [...this.#groups.values()].filter((group) => group.patterns.length > 0);
    const streams = { sent: new Stream(entries, 'sent'), received: new Stream(entries, 'received') };
    for (const group of groups) {
      for (const pattern of group.patterns) {
        const sends = streams.sent.mark(pattern, 0, streams.sent.bytes.length, cut);
        if (group.everywhere) streams.received.mark(pattern, 0, streams.received.bytes.length, cut);
        else
          for (const [from, to] of echoes(streams, sends, messages)) {
            for (const form of group.patterns) streams.received.mark(form, from, to, cut);
          }
      }
    }
    return entries.flatMap((entry) => {
      if (entry.dir === 'note') return [{ ...entry, bytes: this.#replace(entry.bytes, groups) }];
      const bytes = streams[entry.dir].next(entry.bytes.length);
      return bytes.length > 0 ? [{ ...entry, bytes }] : [];
    });
  }

  #replace(bytes: Buffer, groups: readonly Group[]): Buffer {
    if (groups.length === 0) return bytes;
    const stream = new Stream([{ at: 0, dir: 'sent', bytes }], 'sent');
    for (const group of groups) for (const pattern of group.patterns) stream.mark(pattern, 0, bytes.length, false);
    return stream.next(bytes.length);
  }
}

/** Bytes of answer in which an echo of a secret that was sent is looked for. */
const echoWindow = (length: number) => 4 * length + 256;

/** Where in the answers an echo of these sends may stand, ascending and apart. */
function echoes(
  { sent, received }: { sent: Stream; received: Stream },
  sends: readonly [number, number][],
  messages: boolean,
): [number, number][] {
  const windows = sends.flatMap(([from, to], index): [number, number][] => {
    // An echo may start while the secret is still being sent, as when a terminal echoes each key.
    const start = received.lengthAt(sent.entryOf(from));
    const length = echoWindow(to - from);
    if (!messages) return [[start, received.lengthAt(sent.entryOf(to - 1)) + length]];
    return index === 0 ? received.starts.filter((s) => s >= start).map((s) => [s, s + length]) : [];
  });
  const apart: [number, number][] = [];
  for (const [from, to] of windows) {
    const last = apart.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else apart.push([from, to]);
  }
  return apart;
}

/** One direction of a transcript as a whole, and which of its bytes are secret. */
class Stream {
  readonly bytes: Buffer;
  /** Where each entry starts. */
  readonly starts: number[] = [];
  readonly #indices: number[] = [];
  readonly #secret: Uint8Array;
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

  /** Marks each occurrence inside the window, and a half one at its cut end. Returns where they are. */
  mark(pattern: Buffer, from: number, to: number, cut: boolean): [number, number][] {
    const window = this.bytes.subarray(from, to);
    const found: [number, number][] = [];
    for (let at = window.indexOf(pattern); at !== -1; at = window.indexOf(pattern, at + 1)) {
      found.push([from + at, from + at + pattern.length]);
    }
    if (to >= this.bytes.length) {
      // Anything at all where the transcript was cut; else three bytes, which an answer seldom ends with by chance.
      const least = cut ? 1 : 3;
      for (let length = Math.min(pattern.length - 1, window.length); length >= least; length--) {
        if (!window.subarray(window.length - length).equals(pattern.subarray(0, length))) continue;
        found.push([this.bytes.length - length, this.bytes.length]);
        break;
      }
    }
    for (const [start, end] of found) {
      if (this.#secret[start] === PUBLIC) this.#secret[start] = STARTS;
      this.#secret.fill(GOES_ON, start + 1, end);
    }
    return found;
  }

  /** The index, among all entries, of the one that holds this byte. */
  entryOf(position: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.starts[middle]! <= position) low = middle;
      else high = middle - 1;
    }
    return this.#indices[low] ?? 0;
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
  next(length: number): Buffer {
    const parts: Buffer[] = [];
    const end = this.#position + length;
    while (this.#position < end) {
      const start = this.#position++;
      if (this.#secret[start] === STARTS) parts.push(MARK);
      if (this.#secret[start] !== PUBLIC) continue;
      while (this.#position < end && this.#secret[this.#position] === PUBLIC) this.#position++;
      parts.push(this.bytes.subarray(start, this.#position));
    }
    return Buffer.concat(parts);
  }
}

function formsOf(secret: string): string[] {
  if (secret === '') return [];
  const url = encodeURIComponent(Buffer.from(secret).toString());
  return [
    secret,
    url,
    url.replaceAll('%20', '+'),
    new URLSearchParams({ a: secret }).toString().slice(2),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
  ];
}
