import type { Fact } from '../model/fact.ts';
import { formsOf, standsOut } from './redaction-forms.ts';
import { KnownSecrets } from './redaction-known.ts';
import { type Clean, type Redacted, Stream } from './redaction-stream.ts';
import type { Entry } from './transcript.ts';

/** One registered secret: all the ways it is written, and whether it was accepted. */
interface Group {
  readonly name: string;
  /** As UTF-8 first. */
  readonly patterns: Buffer[];
  readonly standsOut: boolean;
  everywhere: boolean;
}

/**
 * Bytes of a secret at the very end that are taken for its first half: anything at all where bytes were cut off, else
 * three of the secret itself and six of its encodings, which are seldom chance.
 */
const leastOf = (index: number, cut: boolean): number => (cut ? 1 : index === 0 ? 3 : 6);

/** An entry without secrets, and where its marks are. */
export type RedactedEntry = Entry & { readonly redacted: readonly Redacted[] };

/** Words of devices in facts. All others are ours, or of a closed form that no secret fits. */
const SAID = new Set(
  'product version answer resource to name subject issuer serial names value about url alert format peer'.split(' '),
);
/** The longest text of a fact. */
const LONGEST_TEXT = 4096;

/**
 * Keeps secrets out of transcripts, evidence, facts and our own words. By position: wherever we sent them, in the echo
 * that follows, and everywhere in the attempt once they were accepted. And by themselves, from the first byte on, those
 * that are known and stand out; searching everything for a word such as `admin` would destroy what devices say.
 */
export class Redaction {
  readonly #groups = new Map<string, Group>();
  readonly #known: KnownSecrets;
  #last: Group | undefined;

  constructor(known: KnownSecrets = new KnownSecrets([], [])) {
    this.#known = known;
    for (const secret of known.declared) this.#group(secret).everywhere = true;
  }

  /** Registers a secret and how it is also written; the usual forms and escapes are known. Nothing empty counts. */
  register(secret: string, encodings: readonly (string | Buffer)[] = []): void {
    const group = this.#group(secret);
    this.#last = group;
    for (const form of encodings) {
      const bytes = Buffer.from(form as string);
      if (bytes.length > 0 && !group.patterns.some((known) => known.equals(bytes))) group.patterns.push(bytes);
    }
  }

  #group(secret: string): Group {
    const group = this.#groups.get(secret) ?? {
      name: this.#known.nameOf(secret),
      patterns: formsOf(secret),
      standsOut: standsOut(secret),
      everywhere: false,
    };
    this.#groups.set(secret, group);
    return group;
  }

  /** A login was accepted: the secret (where it is known by name) and the one registered last go everywhere. */
  accepted(secret?: string): void {
    if (secret !== undefined) this.#group(secret).everywhere = true;
    if (this.#last) this.#last.everywhere = true;
  }

  /** Evidence that a probe gives: free of known and accepted secrets, and of the one that is being tried. */
  evidence(bytes: Buffer): Buffer {
    return this.#clean(
      bytes,
      [...this.#groups.values()].filter((g) => g.everywhere || g === this.#last),
    ).bytes;
  }

  /** Words of ours (a stack, an error's text): free of every known and registered secret. */
  words(text: string): string {
    return this.#text(text, [...this.#groups.values()]);
  }

  /** What is logged, free of known secrets and of the registered ones that stand out. What is no text stays what it is. */
  logged(value: unknown): unknown {
    if (typeof value === 'string') return this.#text(value, this.#standingOut());
    if (Array.isArray(value)) return value.map((one) => this.logged(one));
    if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.logged(one)]));
  }

  /** A fact free of known secrets, and of the registered ones that stand out, in what the device says in it. */
  fact<F extends Fact>(fact: F): F {
    const free = (value: unknown): unknown =>
      typeof value === 'string' ? this.#text(value, this.#standingOut()).slice(0, LONGEST_TEXT) : value;
    return Object.fromEntries(
      Object.entries(fact).map(([key, value]) => [
        key,
        !SAID.has(key) ? value : Array.isArray(value) ? value.map(free) : free(value),
      ]),
    ) as F;
  }

  /**
   * A transcript's entries without secrets. A secret may be spread over several entries: its mark stands in the first,
   * and entries of which nothing is left are gone. `cut`: the last bytes may be half a secret. `messages`: datagrams,
   * each of which may echo.
   */
  entries(entries: readonly Entry[], { cut, messages }: { cut: boolean; messages: boolean }): RedactedEntry[] {
    const groups = [...this.#groups.values()];
    const streams = { sent: new Stream(entries, 'sent'), received: new Stream(entries, 'received') };
    const { sent, received } = streams;
    for (const { patterns, name, everywhere } of groups) {
      patterns.forEach((pattern, index) => {
        const least = leastOf(index, cut);
        const sends = sent.mark(pattern, name, { from: 0, to: sent.bytes.length, least });
        if (everywhere) received.mark(pattern, name, { from: 0, to: received.bytes.length, least });
        else
          for (const [from, to] of echoes(streams, sends, messages))
            patterns.forEach((form, at) => {
              received.mark(form, name, { from, to, least: leastOf(at, cut) });
            });
      });
    }
    for (const stream of [sent, received]) this.#known.hideIn(stream);
    return entries.flatMap((entry) => {
      if (entry.dir === 'note') return [{ ...entry, ...this.#clean(entry.bytes, groups) }];
      const clean = streams[entry.dir].next(entry.bytes.length);
      return clean.bytes.length > 0 ? [{ ...entry, ...clean }] : [];
    });
  }

  #standingOut(): Group[] {
    return [...this.#groups.values()].filter((group) => group.standsOut);
  }

  #text(text: string, groups: readonly Group[]): string {
    const { bytes, redacted } = this.#clean(Buffer.from(text), groups);
    return redacted.length > 0 ? bytes.toString() : text;
  }

  #clean(bytes: Buffer, groups: readonly Group[]): Clean {
    const stream = Stream.of(bytes);
    for (const { patterns, name } of groups)
      patterns.forEach((pattern, index) => {
        stream.mark(pattern, name, { from: 0, to: bytes.length, least: leastOf(index, false) });
      });
    this.#known.hideIn(stream);
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
  const windows = [...sends]
    .sort((a, b) => a[0] - b[0])
    .flatMap(([from, to], index): [number, number][] => {
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
