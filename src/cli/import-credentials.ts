import * as fs from 'node:fs';
import * as path from 'node:path';
import { contentOf, Entry, idOf, isAny, meant } from './load-credentials.ts';
import { type Line, linesOf } from './load-credentials-lines.ts';
import { BadFile } from './load-yaml.ts';

/** Lines that are looked at to tell a file's shape. */
const SAMPLE = 50;
/** Lines at most that one quoted field may go over. */
const MOST_JOINED = 100;

type Column = 'vendor' | 'product' | 'protocol' | 'user' | 'password' | 'source';

/** How the lists in use call their columns. */
const COLUMNS: Readonly<Record<string, Column>> = {
  vendor: 'vendor',
  manufacturer: 'vendor',
  brand: 'vendor',
  productvendor: 'vendor',
  product: 'product',
  model: 'product',
  device: 'product',
  protocol: 'protocol',
  service: 'protocol',
  accesstype: 'protocol',
  method: 'protocol',
  user: 'user',
  username: 'user',
  login: 'user',
  account: 'user',
  password: 'password',
  pass: 'password',
  passwd: 'password',
  source: 'source',
  reference: 'source',
  url: 'source',
};
/** Without a header, by how many fields a line has. */
const UNNAMED: Readonly<Record<number, readonly Column[]>> = {
  2: ['user', 'password'],
  3: ['vendor', 'user', 'password'],
};
/** How lists call protocols; any other word is no protocol of ours, and the entry is for all. */
const PROTOCOLS: Readonly<Record<string, string>> = {
  https: 'http',
  web: 'http',
  postgres: 'postgresql',
  ...Object.fromEntries(
    'http ftp ssh telnet mqtt rtsp snmp vnc redis postgresql mysql sip'.split(' ').map((name) => [name, name]),
  ),
};

/** How a file is written: comma, semicolon or tab between quoted fields, `user:password`, or medusa's `host:user:password`. */
interface Shape {
  readonly separator: ',' | ';' | '\t' | 'first colon' | 'two colons';
  /** What each field is; undefined where nobody needs it. */
  readonly columns: readonly (Column | undefined)[];
  readonly hasHeader: boolean;
}

const isQuoted = ({ separator }: Shape): boolean => separator.length === 1;

const isRemark = (text: string): boolean => text.trim() === '' || text.startsWith('#');

/** The fields of a line; undefined where a quoted one goes on. Quotes are written twice within quotes (RFC 4180, section 2). */
export const fieldsOf = (text: string, separator: string): string[] | undefined => {
  const fields: string[] = [];
  for (let at = 0; ; ) {
    if (text[at] !== '"') {
      const end = text.indexOf(separator, at);
      fields.push(text.slice(at, end === -1 ? undefined : end).trim());
      if (end === -1) return fields;
      at = end + 1;
      continue;
    }
    let end = text.indexOf('"', at + 1);
    while (end !== -1 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
    if (end === -1) return undefined;
    fields.push(text.slice(at + 1, end).replaceAll('""', '"'));
    const next = text.indexOf(separator, end + 1);
    // What stands behind the quotes is none of the field's.
    if (next === -1) return fields;
    at = next + 1;
  }
};

const headerOf = (fields: readonly string[]): (Column | undefined)[] | undefined => {
  const columns = fields.map((field) => COLUMNS[field.toLowerCase().replace(/[^a-z]/g, '')]);
  return columns.includes('user') && columns.includes('password') ? columns : undefined;
};

/** Tells the shape from the first lines. Throws BadFile where they have none. */
const shapeOf = (sample: readonly Line[], file: string): Shape => {
  const [first] = sample;
  if (first === undefined) throw new BadFile(file, 'it has no line with a credential');
  for (const separator of ['\t', ';', ','] as const) {
    const columns = headerOf(fieldsOf(first.text, separator) ?? []);
    if (columns !== undefined) return { separator, columns, hasHeader: true };
  }
  // By most of them: a line that is none is told of by its own number.
  const half = sample.length / 2;
  for (const separator of ['\t', ';', ','] as const) {
    const counts = sample.map(({ text }) => fieldsOf(text, separator)?.length ?? 0);
    const columns = [3, 2].find((count) => counts.filter((one) => one === count).length > half);
    if (columns !== undefined) return { separator, columns: UNNAMED[columns]!, hasHeader: false };
  }
  const texts = sample.map(({ text }) => text);
  if (texts.filter((text) => /^(\d{1,3}(\.\d{1,3}){3})?:[^:]*:/.test(text)).length > half)
    return { separator: 'two colons', columns: [undefined, 'user', 'password'], hasHeader: false };
  if (texts.filter((text) => text.includes(':')).length > half)
    return { separator: 'first colon', columns: ['user', 'password'], hasHeader: false };
  throw new BadFile(
    file,
    'its shape is not known: expected vendor,user,password, or user:password, or a header that names user and password',
    first.number,
  );
};

const splitBy = (separator: Shape['separator'], text: string): string[] | undefined => {
  if (separator !== 'first colon' && separator !== 'two colons') return fieldsOf(text, separator);
  const parts = text.split(':');
  const before = separator === 'first colon' ? 1 : 2;
  return parts.length <= before ? undefined : [...parts.slice(0, before), parts.slice(before).join(':')];
};

/** What an import came to. */
export interface Imported {
  readonly entries: number;
  /** Entries that say what one above them says, and that say "any": neither is written. */
  readonly doubles: number;
  readonly any: number;
}

export interface ImportOptions {
  readonly name: string;
  readonly source: string;
}

const entryOf = (fields: readonly string[], { columns }: Shape, source: string): Entry => {
  const field = (column: Column): string | undefined => {
    const word = fields[columns.indexOf(column)];
    return columns.includes(column) && word !== undefined && word !== '' ? word : undefined;
  };
  const protocol = PROTOCOLS[field('protocol')?.toLowerCase() ?? ''];
  const vendor = field('vendor');
  const product = field('product');
  return {
    ...(vendor === undefined || meant(vendor) === '' ? {} : { vendor }),
    ...(product === undefined || meant(product) === '' ? {} : { product }),
    ...(protocol === undefined ? {} : { protocol }),
    user: meant(field('user') ?? ''),
    password: meant(field('password') ?? ''),
    source: field('source') ?? source,
  };
};

/** Lines with the quoted fields that go over several of them joined. */
function* joined(lines: Iterable<Line>, shape: Shape, file: string): Generator<Line> {
  let [open, count]: [Line | undefined, number] = [undefined, 0];
  for (const line of lines) {
    const text: string = open === undefined ? line.text : `${open.text}\n${line.text}`;
    const number: number = open?.number ?? line.number;
    const isOpen = isQuoted(shape) && !isRemark(text) && splitBy(shape.separator, text) === undefined;
    count = isOpen ? count + 1 : 0;
    open = isOpen ? { number, text } : undefined;
    if (count > MOST_JOINED) throw new BadFile(file, 'its quotes are not closed', number);
    if (!isOpen) yield { number, text };
  }
  if (open !== undefined) throw new BadFile(file, 'its quotes are not closed', open.number);
}

/**
 * Turns a list as others write it into the lines of a list of ours, one entry after the other: `vendor,user,password`,
 * `productvendor,username,password` or any other header that names user and password, `user:password`; with comma,
 * semicolon or tab, quotes, remarks, a byte order mark and any end of line. Ids are by content. Throws BadFile with file and
 * line for what is no entry.
 */
export function* importCredentials(file: string, { name, source }: ImportOptions): Generator<string, Imported> {
  yield `# Imported from ${path.basename(file).replace(/[^\w.-]/g, '_')} by probity credentials import.\n`;
  yield `credentials: ${name}\nentries:\n`;
  const seen = new Set<string>();
  const ids = new Set<string>();
  let [entries, doubles, any] = [0, 0, 0];
  for (const { line, fields, shape } of rowsOf(file)) {
    const bad = (why: string): BadFile => new BadFile(file, why, line);
    const count = fields?.findLastIndex((field, index) => field !== '' || index < shape.columns.length) ?? 0;
    if (fields === undefined || count + 1 !== shape.columns.length)
      throw bad(`it has ${count + 1} fields, where ${shape.columns.length} are expected`);
    const entry = entryOf(fields, shape, source);
    const checked = Entry.safeParse(entry);
    if (!checked.success) {
      const [issue] = checked.error.issues;
      throw bad(`its ${issue?.path.join('.')}: ${issue?.message}`);
    }
    const content = contentOf(entry);
    if (isAny(entry.user) || isAny(entry.password)) any += 1;
    else if (seen.has(content)) doubles += 1;
    else {
      seen.add(content);
      const id = idOf(entry, content, ids);
      ids.add(id);
      entries += 1;
      yield `  - ${JSON.stringify({ id, ...entry })}\n`;
    }
  }
  if (entries === 0) throw new BadFile(file, 'it has no entry that could be tried');
  return { entries, doubles, any };
}

function* rowsOf(file: string): Generator<{ line: number; fields: string[] | undefined; shape: Shape }> {
  const { lines } = linesOf(file);
  const sample: Line[] = [];
  while (sample.length < SAMPLE) {
    const next = lines.next();
    if (next.done) break;
    if (!isRemark(next.value.text)) sample.push(next.value);
  }
  const shape = shapeOf(sample, file);
  function* all(): Generator<Line> {
    yield* shape.hasHeader ? sample.slice(1) : sample;
    yield* lines;
  }
  for (const { number, text } of joined(all(), shape, file))
    if (!isRemark(text)) yield { line: number, fields: splitBy(shape.separator, text), shape };
}

/** Writes a file in pieces, whole or not at all. */
export const writePieces = (file: string, pieces: Generator<string, Imported>): Imported => {
  const beside = `${file}.${process.pid}.part`;
  const fd = fs.openSync(beside, 'w');
  try {
    for (;;) {
      const next = pieces.next();
      if (!next.done) {
        fs.writeSync(fd, next.value);
        continue;
      }
      fs.closeSync(fd);
      fs.renameSync(beside, file);
      return next.value;
    }
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw error;
  }
};
