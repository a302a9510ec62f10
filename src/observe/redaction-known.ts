import type { CredentialEntry } from './candidates.ts';
import type { Account } from './probe.ts';
import { formsOf, standsOut } from './redaction-forms.ts';
import type { Stream } from './redaction-stream.ts';

/** Names at most that are given to one secret: lists have `admin` dozens of times. */
const MOST_NAMES = 3;

/** Forms that begin alike, by their length and then by their bytes (as Latin-1): a list may have thousands of them. */
type Alike = Map<number, Map<string, string>>;

/**
 * The secrets that a run knows before it sends anything: of the declared accounts, and of the list's entries. Those that
 * stand out are kept out of everything from the first byte on, since a page may show one long before it is tried.
 */
export class KnownSecrets {
  readonly #names = new Map<string, string[]>();
  /** Of the declared accounts, those that stand out. */
  readonly declared: readonly string[];
  /** The forms of the list's secrets that stand out, by their first three bytes: lists may be long. */
  readonly #forms = new Map<number, Alike>();
  /** 1 where a form may begin so: a look at this spares nearly every byte of a stream the look into the map. */
  readonly #begins = new Uint8Array(1 << 16);

  /** `sought`: those whose secrets are looked for everywhere; of a very long list, not all are. */
  constructor(
    accounts: readonly Account[],
    entries: readonly CredentialEntry[],
    sought: readonly CredentialEntry[] = entries,
  ) {
    for (const { user, secret } of accounts) this.#name(secret, `declared:${user}`);
    for (const { id, password } of entries) this.#name(password, id);
    this.declared = [...new Set(accounts.map(({ secret }) => secret))].filter(standsOut);
    for (const secret of new Set(sought.map(({ password }) => password))) {
      if (!standsOut(secret)) continue;
      for (const bytes of formsOf(secret)) {
        const key = keyAt(bytes, 0);
        const alike: Alike = this.#forms.get(key) ?? new Map();
        const names = alike.get(bytes.length) ?? new Map<string, string>();
        const text = bytes.toString('latin1');
        if (!names.has(text)) names.set(text, this.nameOf(secret));
        alike.set(bytes.length, names);
        this.#forms.set(key, alike);
        this.#begins[folded(key)] = 1;
      }
    }
  }

  #name(secret: string, name: string): void {
    const names = this.#names.get(secret) ?? [];
    names.push(name);
    this.#names.set(secret, names);
  }

  /** The entries or accounts that have this secret; one that none has is of our own making, `random`. */
  nameOf(secret: string): string {
    const names = [...new Set(this.#names.get(secret) ?? ['random'])];
    const more = names.length - MOST_NAMES;
    return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
  }

  /** Hides the list's secrets wherever they stand. */
  hideIn(stream: Stream): void {
    if (this.#forms.size === 0) return;
    for (const view of stream.views)
      for (let at = 0; at + 3 <= view.bytes.length; at++) {
        const key = keyAt(view.bytes, at);
        if (this.#begins[folded(key)] === 0) continue;
        for (const [length, names] of this.#forms.get(key) ?? []) {
          if (at + length > view.bytes.length) continue;
          const name = names.get(view.bytes.toString('latin1', at, at + length));
          if (name !== undefined) stream.hide(view.start(at), view.end(at + length - 1), name);
        }
      }
  }
}

const keyAt = (bytes: Buffer, at: number): number => (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;

/** Three bytes as sixteen bits. */
const folded = (key: number): number => (key ^ (key >> 8)) & 0xffff;
