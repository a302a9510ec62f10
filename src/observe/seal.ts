import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Sha256 } from '../model/fact.ts';

export const SUMS = 'SHA256SUMS';
export const SIGNATURE = `${SUMS}.p7s`;
export const STAMP = `${SUMS}.tsr`;
/** Files that stand beside the sums and so cannot be in them. */
const BESIDE = new Set([SUMS, SIGNATURE, STAMP]);

/** A file; a folder with nothing in it; or what is neither (a symbolic link, a pipe). A seal holds files alone. */
export type Kind = 'file' | 'folder' | 'other';

/** What lies under a folder, by path. */
const filesUnder = (dir: string, prefix = ''): { path: string; kind: Kind }[] =>
  fs.readdirSync(join(dir, prefix), { withFileTypes: true }).flatMap((entry): { path: string; kind: Kind }[] => {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) {
      const inside = filesUnder(dir, path);
      return inside.length > 0 ? inside : [{ path, kind: 'folder' }];
    }
    const isFile = entry.isFile();
    return prefix === '' && BESIDE.has(entry.name) && isFile ? [] : [{ path, kind: isFile ? 'file' : 'other' }];
  });

/** Reading is synchronous, so that one buffer serves every file: a run has hundreds, most of them small. */
const piece = Buffer.allocUnsafeSlow(1 << 18);

/** Digest of a file by pieces, so that a large capture costs no memory. */
export const digestOf = (file: string): Sha256 => {
  const hash = createHash('sha256');
  const fd = fs.openSync(file, 'r');
  try {
    for (let n = fs.readSync(fd, piece); n > 0; n = fs.readSync(fd, piece)) hash.update(piece.subarray(0, n));
  } finally {
    fs.closeSync(fd);
  }
  return hash.digest('hex');
};

/** What a line of the sums can hold as it stands: `sha256sum` escapes a backslash and ends of lines. */
const PLAIN = /^[^\\\r\n\ufffd]+$/u;

/** Writes `SHA256SUMS` over every file under `dir`, in the form that `sha256sum -c` reads, sorted by path. Returns the digest of it. */
export const seal = (dir: string): Sha256 => {
  const files = filesUnder(dir);
  const odd = files.find(({ path, kind }) => kind !== 'file' || !PLAIN.test(path));
  if (odd !== undefined) throw new Error(`"${odd.path}" is no file that can be sealed`);
  const lines = files
    .map(({ path }) => path)
    .sort()
    .map((path) => `${digestOf(join(dir, path))}  ${path}\n`);
  const file = join(dir, SUMS);
  if (fs.existsSync(file)) throw new Error(`"${dir}" is sealed already`);
  // Renamed when whole: half of the sums, left by a kill or a full disk, would be a seal that nothing fits.
  const beside = `${file}.${process.pid}.part`;
  try {
    fs.writeFileSync(beside, lines.join(''));
    fs.renameSync(beside, file);
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw error;
  }
  return digestOf(file);
};

const LINE = /^([0-9a-f]{64}) {2}([^\r\n]+)$/;

/** Lines of the sums: path to digest and line, and what is wrong with them. */
const readSums = (text: string): { listed: Map<string, { digest: string; line: number }>; problems: string[] } => {
  const problems: string[] = [];
  const listed = new Map<string, { digest: string; line: number }>();
  const lines = text.split('\n');
  if (lines.pop() !== '') problems.push(`${SUMS}: line ${lines.length + 1}: the last line has no end`);
  let last = '';
  lines.forEach((text, index) => {
    const [match, line] = [LINE.exec(text), index + 1];
    if (!match) problems.push(`${SUMS}: line ${line}: expected a digest, two blanks and a path`);
    else if (listed.has(match[2]!)) problems.push(`${SUMS}: line ${line}: "${match[2]}" is listed twice`);
    else {
      if (match[2]! < last) problems.push(`${SUMS}: line ${line}: "${match[2]}" is not in order`);
      last = match[2]!;
      listed.set(match[2]!, { digest: match[1]!, line });
    }
  });
  return { listed, problems };
};

/** A file's digest, or the system's word for why it cannot be read. */
type DigestOrWhy = { readonly digest: Sha256 } | { readonly why: string };

const digestOrWhy = (file: string): DigestOrWhy => {
  try {
    return { digest: digestOf(file) };
  } catch (error) {
    return { why: (error as NodeJS.ErrnoException).code ?? (error as Error).message };
  }
};

/** What lies there, by path, and the digest of each file. */
export interface Lying {
  readonly present: ReadonlyMap<string, Kind>;
  readonly digest: (path: string) => DigestOrWhy;
}

/**
 * Holds what lies somewhere to the bytes of its `SHA256SUMS`: changed, missing, added files, what is no file, and malformed
 * lines, each in one phrase that names file, line and what differs.
 */
export const heldToSums = (sums: Buffer, { present, digest: digestAt }: Lying): string[] => {
  const text = sums.toString('utf8');
  const { listed, problems } = readSums(text);
  if (!Buffer.from(text).equals(sums)) problems.push(`${SUMS}: it is not UTF-8`);
  for (const [path, { digest, line }] of listed) {
    const kind = present.get(path);
    if (kind === undefined) problems.push(`${SUMS}: line ${line}: "${path}" is missing`);
    if (kind !== 'file') continue;
    const found = digestAt(path);
    if ('why' in found) problems.push(`${SUMS}: line ${line}: "${path}" cannot be read: ${found.why}`);
    else if (found.digest !== digest)
      problems.push(`${SUMS}: line ${line}: "${path}" was changed: sealed as ${digest}, and it is ${found.digest}`);
  }
  for (const [path, kind] of present) {
    if (kind === 'folder') problems.push(`"${path}" is a folder with nothing in it, which no seal holds`);
    else if (kind === 'other') problems.push(`"${path}" is a symbolic link or no file at all, which no seal holds`);
    else if (!listed.has(path)) problems.push(`"${path}" was added: it is not in ${SUMS}`);
  }
  return problems;
};

/**
 * Compares a sealed folder with its sums alone, as `heldToSums` does. Signature and time stamp are `verifyFolder`'s. Throws
 * what the system says where there are no sums.
 */
export const verifySums = (dir: string): { seal: Sha256; problems: string[]; sums: Buffer } => {
  const file = join(dir, SUMS);
  if (!fs.lstatSync(file).isFile()) throw new Error(`${SUMS} is no file`);
  const sums = fs.readFileSync(file);
  const present = new Map(filesUnder(dir).map(({ path, kind }) => [path, kind]));
  const problems = heldToSums(sums, { present, digest: (path) => digestOrWhy(join(dir, path)) });
  return { seal: createHash('sha256').update(sums).digest('hex'), problems, sums };
};

/** What `verifySums` says, without the bytes. */
export const verifySeal = (dir: string): { seal: Sha256; problems: string[] } => {
  const { seal: digest, problems } = verifySums(dir);
  return { seal: digest, problems };
};
