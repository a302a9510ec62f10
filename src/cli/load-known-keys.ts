import { createHash } from 'node:crypto';
import * as path from 'node:path';
import { z } from 'zod';
import type { KnownKeys } from '../judge/check.ts';
import { packageRoot } from './load-profile.ts';
import { parseYaml, readText } from './load-yaml.ts';

const Id = z.string().regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits, dot, dash and underscore');

/** A list of keys whose private half is published, as `profiles/keys/*.yaml` holds it: fingerprints only. */
export const KnownKeyFile = z.strictObject({
  keys: Id,
  title: z.string().min(1).optional(),
  entries: z
    .array(
      z.strictObject({
        id: Id,
        use: z.enum(['tls', 'ssh-host']),
        sha256: z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hexadecimal'),
        /** What it is the key of, after "the key of": a device, an example, a library's test. */
        of: z.string().trim().min(1).max(200),
        source: z.string().trim().min(1).max(300),
      }),
    )
    .min(1),
});

export const shippedKnownKeys = (): string => path.join(packageRoot(), 'profiles', 'keys', 'known-device-keys.yaml');

/** SHA-256 of nothing: an empty key is no key. */
const NOTHING = createHash('sha256').digest('hex');

/**
 * Loads a list of publicly known keys; `digest` is the SHA-256 of the file's bytes. Throws BadFile with file and line,
 * also for an id or a key that is there twice, and for the fingerprint of nothing.
 */
export const loadKnownKeys = (file: string = shippedKnownKeys()): KnownKeys => {
  const text = readText(file);
  const loaded = parseYaml(text, file, KnownKeyFile);
  const seen = new Set<string>();
  const { keys: name, entries } = loaded.value;
  for (const [index, { id, use, sha256 }] of entries.entries()) {
    const at = ['entries', index];
    if (sha256 === NOTHING) throw loaded.bad([...at, 'sha256'], `entries[${index}] is the fingerprint of nothing`);
    for (const word of [id, `${use} ${sha256}`]) {
      if (seen.has(word)) throw loaded.bad(at, `entries[${index}] says the same as an entry above`);
      seen.add(word);
    }
  }
  return { name, digest: createHash('sha256').update(text).digest('hex'), keys: entries };
};

/** The shipped list, and those that were given. */
export const readKnownKeys = (files: readonly string[] = []): KnownKeys[] => [
  loadKnownKeys(),
  ...files.map((file) => loadKnownKeys(file)),
];
