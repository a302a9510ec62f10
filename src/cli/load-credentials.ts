import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type CredentialEntry, type CredentialList, MOST_ENTRIES } from '../observe/candidates.ts';
import { LONGEST_LINE, linesOf, sizeOf } from './load-credentials-lines.ts';
import { packageRoot } from './load-profile.ts';
import { BadFile, parseYaml, readText } from './load-yaml.ts';

/** How lists write a word that is empty. */
const EMPTY = ['(none)', '<blank>', '<n/a>', '(blank)'];
/** How lists write "whatever you like": what the random arm of every login shows, so no entry is made of it. */
const ANY = '(any)';

/** The word that a list means: nothing where it says so. */
export const meant = (word: string): string => (EMPTY.includes(word.toLowerCase()) ? '' : word);
export const isAny = (word: string): boolean => word.toLowerCase() === ANY;

/** Bounded only so that a list can be read; what no protocol carries is left out, and named, when it is due. */
const Word = z.string().max(LONGEST_LINE);

export const Entry = z.strictObject({
  id: z
    .string()
    .max(100)
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, dot, dash and underscore')
    .optional(),
  vendor: z.string().min(1).max(200).optional(),
  product: z.string().min(1).max(200).optional(),
  /** Only for this protocol. */
  protocol: z.string().min(1).max(40).optional(),
  user: Word,
  password: Word,
  /** Where it is publicly known from, in words. */
  source: z.string().max(1000).trim().min(1),
});
export type Entry = z.infer<typeof Entry>;

const Name = z
  .string()
  .max(60)
  .regex(/^[a-z0-9][a-z0-9._-]*$/, 'a name of lower-case letters, digits, dot, dash, underscore');

/** A list of default credentials, as `profiles/credentials/*.yaml` holds it. */
export const CredentialFile = z.strictObject({
  credentials: Name,
  title: z.string().min(1).optional(),
  entries: z.array(Entry).min(1),
});
const Head = CredentialFile.extend({ entries: z.array(z.unknown()) });

const digestOf = (...parts: (string | undefined)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
/** Digits of it in an entry's name, and in that of one whose name another entry has. */
const [SHORT, LONG] = [8, 16];

/** The list that is shipped. */
export const shippedCredentials = (): string => path.join(packageRoot(), 'profiles', 'credentials', 'default.yaml');

/** From so many bytes on a list is read line by line: a document of a hundred thousand entries takes minutes and gigabytes. */
const WHOLE = 512 * 1024;

/** One entry as it stands in the file, before anybody has looked at what it says. */
export interface RawEntry {
  readonly index: number;
  readonly line: number | undefined;
  readonly value: unknown;
}

export interface RawList {
  readonly name: string;
  readonly entries: Iterable<RawEntry>;
  /** Of the file's bytes, once all entries were read. */
  digest(): string;
}

/** Opens a list, of any length. Throws BadFile for what is no list; its entries are not looked into. */
export const openCredentials = (file: string): RawList => {
  if (sizeOf(file) > WHOLE) return openLines(file);
  const text = readText(file);
  const { value, lineOf } = parseYaml(text, file, Head);
  return {
    name: value.credentials,
    entries: value.entries.map((entry, index) => ({ index, line: lineOf(['entries', index]), value: entry })),
    digest: () => createHash('sha256').update(text).digest('hex'),
  };
};

const ITEM = /^\s*-\s+(\{.*\})\s*$/;
const REMARK = /^\s*(#|$)/;

/** A long list: its head, then `entries:`, then an entry a line (`  - { ... }`), as `credentials import` writes it. */
const openLines = (file: string): RawList => {
  const { lines, digest } = linesOf(file);
  const head: string[] = [];
  for (;;) {
    const next = lines.next();
    if (next.done || /^entries:\s*$/.test(next.value.text)) break;
    head.push(next.value.text);
    if (head.length > 1000) throw new BadFile(file, 'a list as long as this begins with its name, and then "entries:"');
  }
  const { value } = parseYaml([...head, 'entries: []'].join('\n'), file, Head);
  function* entries(): Generator<RawEntry> {
    let index = 0;
    for (const { number, text } of lines) {
      if (REMARK.test(text)) continue;
      const item = ITEM.exec(text)?.[1];
      if (item === undefined)
        throw new BadFile(file, 'in a list as long as this, an entry is one line: - { ... }', number);
      if (index >= MOST_ENTRIES) throw new BadFile(file, `it has more than ${MOST_ENTRIES} entries`, number);
      yield { index, line: number, value: itemOf(item, file, number) };
      index += 1;
    }
    if (index === 0) throw new BadFile(file, 'it has no entries');
  }
  return { name: value.credentials, entries: entries(), digest };
};

const itemOf = (text: string, file: string, line: number): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return parse(text);
    } catch (error) {
      throw new BadFile(file, `is no YAML: ${(error as Error).message.split('\n')[0]}`, line);
    }
  }
};

/** What is wrong with an entry, in the words of every other file; undefined where nothing is. */
export const wrongWith = (value: unknown): string | undefined => {
  if (Entry.safeParse(value).success) return undefined;
  try {
    parseYaml(JSON.stringify(value) ?? 'null', '', Entry);
    return undefined;
  } catch (error) {
    return (error as Error).message.replace(/^Cannot read "": (line \d+: )?(the file )?/, '').slice(0, 500);
  }
};

/** What an entry says; the same for two that say the same. */
export const contentOf = ({ vendor, product, protocol, user, password }: Entry): string =>
  digestOf(vendor, product, protocol, meant(user), meant(password));

/** The id of an entry: its own, or by its content, so that it keeps its name when the list around it changes. */
export const idOf = (entry: Entry, content: string, taken: { has(id: string): boolean }): string => {
  if (entry.id !== undefined) return entry.id;
  const vendor =
    entry.vendor
      ?.toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-/, '')
      .slice(0, 60) || 'entry';
  const short = `${vendor}-${content.slice(0, SHORT)}`;
  return taken.has(short) ? `${vendor}-${content.slice(0, LONG)}` : short;
};

/**
 * Loads a list of default credentials; without a file, the shipped one. `digest` is the SHA-256 of the file's bytes.
 * The id of an entry never shows a word. Throws BadFile with file and line, also for an id or an entry that is there
 * twice.
 */
export const loadCredentials = (file: string = shippedCredentials()): CredentialList => {
  const { name, entries: raw, digest } = openCredentials(file);
  const ids = new Set<string>();
  const contents = new Set<string>();
  const entries: CredentialEntry[] = [];
  for (const { index, line, value } of raw) {
    const bad = (why: string): BadFile => new BadFile(file, `entries[${index}]${why}`, line);
    const wrong = wrongWith(value);
    if (wrong !== undefined) throw bad(wrong.startsWith('is ') || wrong.startsWith('has ') ? ` ${wrong}` : `.${wrong}`);
    const entry = value as Entry;
    if (isAny(entry.user) || isAny(entry.password)) continue;
    const content = contentOf(entry);
    const id = idOf(entry, content, ids);
    if (contents.has(content)) throw bad(' says the same as an entry above');
    if (ids.has(id)) throw bad(` has the id "${id}" of an entry above`);
    contents.add(content);
    ids.add(id);
    const { vendor, product, protocol } = entry;
    entries.push({
      id,
      ...(vendor === undefined ? {} : { vendor }),
      ...(product === undefined ? {} : { product }),
      ...(protocol === undefined ? {} : { protocol }),
      user: meant(entry.user),
      password: meant(entry.password),
    });
  }
  if (entries.length === 0) throw new BadFile(file, 'it has no entry that could be tried');
  return { digest: digest(), name, entries };
};
