import { z } from 'zod';
import { BadFile, type Loaded, loadYaml } from './load-yaml.ts';

/** How many letters have to change to make one word of the other (Levenshtein's distance). */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};

/** The word that was probably meant, if one is near enough. */
export const nearest = (word: string, known: readonly string[]): string | undefined => {
  const ranked = known
    .map((candidate) => ({ candidate, far: distance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
  const [best] = ranked;
  return best !== undefined && best.far <= Math.max(1, Math.floor(word.length / 3)) ? best.candidate : undefined;
};

type Inner = { shape?: Record<string, z.ZodType>; element?: z.ZodType; options?: readonly z.ZodType[] };

/** The keys that a schema has at a path: through lists, optional parts and unions. */
const keysAt = (schema: z.ZodType, path: readonly PropertyKey[]): string[] => {
  const bare = (schema as z.ZodType & { unwrap?: () => z.ZodType }).unwrap;
  const inner = schema as z.ZodType & Inner;
  if (inner.options) return inner.options.flatMap((option) => keysAt(option, path));
  if (inner.element) return path.length === 0 ? [] : keysAt(inner.element, path.slice(1));
  if (inner.shape) {
    const [key, ...rest] = path;
    if (key === undefined) return Object.keys(inner.shape);
    const next = inner.shape[String(key)];
    return next === undefined ? [] : keysAt(next, rest);
  }
  return bare ? keysAt(bare.call(schema), path) : [];
};

const textOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '') || 'the file';

const listOf = (value: unknown, key: string): unknown[] => {
  const inner = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return Array.isArray(inner) ? inner : [];
};

const portError = (port: unknown): string | undefined => {
  const outside = (n: number) => !Number.isInteger(n) || n < 1 || n > 65535;
  if (typeof port === 'number') return outside(port) ? `port ${port} is not in 1-65535` : undefined;
  const range = typeof port === 'string' ? /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(port) : null;
  if (range === null) return undefined;
  const [from, to] = [Number(range[1]), Number(range[2])];
  for (const end of [from, to]) if (outside(end)) return `port ${end} is not in 1-65535`;
  return from > to ? `port range ${from}-${to} is reversed, expected ${to}-${from}` : undefined;
};

const firstPortError = (loaded: Loaded<unknown>): BadFile | undefined => {
  for (const [index, component] of listOf(loaded.value, 'components').entries()) {
    const declares =
      typeof component === 'object' && component !== null ? (component as { declares?: unknown }).declares : undefined;
    for (const [position, service] of listOf(declares, 'services').entries()) {
      const port = typeof service === 'object' && service !== null ? (service as { port?: unknown }).port : undefined;
      const why = portError(port);
      if (why !== undefined) return loaded.bad(['components', index, 'declares', 'services', position, 'port'], why);
    }
  }
  return undefined;
};

/** The line of a key itself: a value may begin on the next one. */
const keyLine = (file: string, path: readonly PropertyKey[], key: string): number | undefined => {
  const unknownKey = z.unknown().check(({ value, issues }) => {
    issues.push({ code: 'unrecognized_keys', keys: [key], input: value as Record<string, unknown>, path: [...path] });
  });
  try {
    loadYaml(file, unknownKey);
    return undefined;
  } catch (error) {
    if (!(error instanceof BadFile)) throw error;
    return error.line;
  }
};

/** The first key that should not be there; inside a union, that of the first form which has one too many. */
const unknownKey = (
  issues: readonly z.core.$ZodIssue[],
  above: readonly PropertyKey[],
): { key: string; path: readonly PropertyKey[] } | undefined => {
  for (const issue of issues) {
    const path = [...above, ...issue.path];
    if (issue.code === 'unrecognized_keys') return { key: issue.keys[0] ?? '', path };
    const inner = issue.code === 'invalid_union' ? issue.errors : [];
    for (const errors of inner) {
      const found = unknownKey(errors, path);
      if (found !== undefined) return found;
    }
  }
  return undefined;
};

/**
 * What a schema alone says badly, checked first on the file as it is written: ports outside of 1-65535 or in a reversed
 * range, and a misspelt key with the one that was probably meant. Throws BadFile.
 */
export const looseChecks = (file: string, schema: z.ZodType): void => {
  const loaded = loadYaml(file, z.unknown());
  const port = firstPortError(loaded);
  if (port !== undefined) throw port;
  const unknown = unknownKey(schema.safeParse(loaded.value).error?.issues ?? [], []);
  if (unknown === undefined) return;
  const { key, path } = unknown;
  const known = keysAt(schema, path);
  const meant = nearest(key, known);
  const hint = meant === undefined ? `expected one of ${known.join(', ')}` : `did you mean "${meant}"?`;
  throw new BadFile(file, `${textOf(path)} has an unknown key "${key}"; ${hint}`, keyLine(file, path, key));
};
