import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { z } from 'zod';
import type { CredentialEntry, CredentialList } from '../observe/candidates.ts';
import { packageRoot } from './load-profile.ts';
import { parseYaml, readText } from './load-yaml.ts';

/** How lists write a word that is empty. */
const EMPTY = ['(none)', '<BLANK>', '<N/A>', '(blank)'];
/** How lists write "whatever you like": what the random arm of every login shows, so no entry is made of it. */
const ANY = '(any)';

const Word = z.string().max(200);

const Entry = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, dot, dash and underscore')
    .optional(),
  vendor: z.string().min(1).optional(),
  product: z.string().min(1).optional(),
  /** Only for this protocol. */
  protocol: z.string().min(1).optional(),
  user: Word,
  password: Word,
  /** Where it is publicly known from, in words. */
  source: z.string().trim().min(1),
});

/** A list of default credentials, as `profiles/credentials/*.yaml` holds it. */
export const CredentialFile = z.strictObject({
  credentials: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'a name of lower-case letters, digits, dot, dash, underscore'),
  title: z.string().min(1).optional(),
  entries: z.array(Entry).min(1),
});

const word = (text: string): string => (EMPTY.includes(text) ? '' : text);

const shortDigest = (...parts: (string | undefined)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 8);

/** The list that is shipped. */
export const shippedCredentials = (): string => path.join(packageRoot(), 'profiles', 'credentials', 'default.yaml');

/**
 * Loads a list of default credentials; without a file, the shipped one. `digest` is the SHA-256 of the file's bytes.
 * An entry without an id is named by its content, so that it keeps its name when the list around it changes; the name
 * never shows a word. Throws BadFile with file and line, also for an id or an entry that is there twice.
 */
export const loadCredentials = (file: string = shippedCredentials()): CredentialList => {
  const text = readText(file);
  const loaded = parseYaml(text, file, CredentialFile);
  const ids = new Set<string>();
  const contents = new Set<string>();
  const entries: CredentialEntry[] = [];
  loaded.value.entries.forEach(({ source: _, ...entry }, index) => {
    if (entry.user === ANY || entry.password === ANY) return;
    const { vendor, product, protocol } = entry;
    const [user, password] = [word(entry.user), word(entry.password)];
    const content = shortDigest(vendor, product, protocol, user, password);
    const id = entry.id ?? `${vendor?.toLowerCase().replace(/[^a-z0-9]+/g, '-') ?? 'entry'}-${content}`;
    const at = ['entries', index];
    if (contents.has(content)) throw loaded.bad(at, `entries[${index}] says the same as an entry above`);
    if (ids.has(id)) throw loaded.bad(at, `entries[${index}] has the id "${id}" of an entry above`);
    contents.add(content);
    ids.add(id);
    entries.push({
      id,
      ...(vendor === undefined ? {} : { vendor }),
      ...(product === undefined ? {} : { product }),
      ...(protocol === undefined ? {} : { protocol }),
      user,
      password,
    });
  });
  return { digest: createHash('sha256').update(text).digest('hex'), name: loaded.value.credentials, entries };
};
