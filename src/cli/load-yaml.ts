import * as fs from 'node:fs';
import { type Alias, type Document, isNode, LineCounter, parseDocument, visit } from 'yaml';
import type { z } from 'zod';

/** A file that a person gave and that cannot be used: which file, which line (counted from 1), what was expected. */
export class BadFile extends Error {
  override readonly name = 'BadFile';
  readonly file: string;
  readonly line: number | undefined;

  constructor(file: string, why: string, line?: number) {
    super(`Cannot read "${file}": ${line === undefined ? '' : `line ${line}: `}${why}`);
    this.file = file;
    this.line = line;
  }
}

/** A YAML file's value, and the line of each place in it. */
export interface Loaded<T> {
  readonly value: T;
  readonly file: string;
  /** The line of a path, or of the nearest thing around it. */
  lineOf(path: readonly PropertyKey[]): number | undefined;
  /** The error to throw for what is wrong at a path. */
  bad(path: readonly PropertyKey[], why: string): BadFile;
}

/** Bytes at most; no file that a person writes comes near. */
const LARGEST = 4 * 1024 * 1024;
/** Nodes that aliases may make: a few are a convenience, a billion are a bomb. */
const MOST_ALIASES = 100;

const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a directory, and a file was expected',
  EACCES: 'it may not be read (permission denied)',
  EPERM: 'it may not be read (permission denied)',
  ENOTDIR: 'a part of its path is not a directory',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
};

/** A regular file's bytes, `largest` at most. Throws BadFile for anything else. */
export const readBytes = (file: string, largest: number = LARGEST): Buffer => {
  try {
    const stat = fs.statSync(file);
    if (!stat.isFile()) throw new BadFile(file, stat.isDirectory() ? WHY.EISDIR! : 'it is not a regular file');
    if (stat.size > largest) throw new BadFile(file, `it has ${stat.size} bytes, and at most ${largest} are read`);
    return fs.readFileSync(file);
  } catch (error) {
    if (error instanceof BadFile) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new BadFile(file, WHY[code] ?? message);
  }
};

/** The UTF-8 text that a file's bytes are. Throws BadFile where they are none. */
export const textOf = (bytes: Buffer, file: string): string => {
  const isText = !bytes.includes(0);
  try {
    if (isText) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  throw new BadFile(file, 'it is not UTF-8 text');
};

/** Reads a text file as UTF-8. Throws BadFile where it is missing, a directory, unreadable, binary or far too large. */
export const readText = (file: string): string => textOf(readBytes(file), file);

/** The path's node, or the nearest around it. A key that should not be there is found by its own name. */
const offsetOf = (document: Document, path: readonly PropertyKey[]): number | undefined => {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return undefined;
};

const keyOffset = (document: Document, path: readonly PropertyKey[], key: string): number | undefined => {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  const items = (map as { items?: { key?: { value?: unknown; range?: [number, number, number] } }[] } | undefined)
    ?.items;
  return items?.find((item) => item.key?.value === key)?.key?.range?.[0];
};

const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');

const kindOf = (value: unknown): string =>
  value === null || value === undefined
    ? 'nothing'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'a map'
        : JSON.stringify(value);

/** The issue that says most: inside a union, that of the member which came furthest. */
const deepest = (
  issue: z.core.$ZodIssue,
  path: readonly PropertyKey[],
): { issue: z.core.$ZodIssue; path: PropertyKey[] } => {
  const here = { issue, path: [...path, ...issue.path] };
  if (issue.code !== 'invalid_union') return here;
  const inner = issue.errors.flatMap((errors) => errors.slice(0, 1).map((error) => deepest(error, here.path)));
  const furthest = inner.sort((a, b) => b.path.length - a.path.length)[0];
  return furthest !== undefined && furthest.path.length > here.path.length ? furthest : here;
};

const wording = (issue: z.core.$ZodIssue, value: unknown): string => {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined
        ? `is missing (expected ${issue.expected})`
        : `is ${kindOf(value)}, expected ${issue.expected}`;
    case 'invalid_value':
      return `is ${kindOf(value)}, expected ${issue.values.map((one) => JSON.stringify(one)).join(' or ')}`;
    case 'unrecognized_keys':
      return `has an unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}`;
    case 'invalid_union':
      return `is ${kindOf(value)}, which is none of the forms it may have`;
    default:
      return `is ${kindOf(value)}: ${issue.message}`;
  }
};

const at = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);

/** The first alias that leads nowhere. */
const unresolved = (
  document: Document.Parsed,
  file: string,
  lineAt: (offset: number | undefined) => number | undefined,
): BadFile => {
  let first: Alias | undefined;
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return undefined;
      first = alias;
      return visit.BREAK;
    },
  });
  return new BadFile(file, `nothing before it is named &${first?.source}`, lineAt(first?.range?.[0]));
};

/**
 * Reads one YAML document (JSON is YAML too) and holds it to a schema. Throws BadFile with the line for what is not
 * YAML, for a key given twice, for aliases without end, and for the first thing that the schema does not allow.
 */
export const parseYaml = <S extends z.ZodType>(text: string, file: string, schema: S): Loaded<z.output<S>> => {
  const counter = new LineCounter();
  const lineAt = (offset: number | undefined): number | undefined =>
    offset === undefined ? undefined : counter.linePos(offset).line;
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const several = error.code === 'MULTIPLE_DOCS';
    throw new BadFile(
      file,
      several ? 'another document begins, and one was expected' : error.message,
      lineAt(error.pos[0]),
    );
  }
  if (document.contents === null) throw new BadFile(file, 'it is empty');
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    if (error.message.startsWith('Unresolved')) throw unresolved(document, file, lineAt);
    throw new BadFile(file, `it has aliases that would grow without bound (${error.message})`);
  }
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const { issue, path } = deepest(parsed.error.issues[0]!, []);
    const unknownKey = issue.code === 'unrecognized_keys' ? keyOffset(document, path, issue.keys[0]!) : undefined;
    const place = path.length === 0 ? 'the file' : pathText(path);
    throw new BadFile(
      file,
      `${place} ${wording(issue, at(raw, path))}`,
      lineAt(unknownKey ?? offsetOf(document, path)),
    );
  }
  const lineOf = (path: readonly PropertyKey[]): number | undefined => lineAt(offsetOf(document, path));
  return { value: parsed.data, file, lineOf, bad: (path, why) => new BadFile(file, why, lineOf(path)) };
};

/** Reads a YAML file and holds it to a schema; see `parseYaml`. */
export const loadYaml = <S extends z.ZodType>(file: string, schema: S): Loaded<z.output<S>> =>
  parseYaml(readText(file), file, schema);
