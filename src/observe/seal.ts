import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Sha256 } from '../model/fact.ts';

export const SUMS = 'SHA256SUMS';
/** Files that stand beside the sums and so cannot be in them. */
const BESIDE = new Set([SUMS, 'SHA256SUMS.p7s', 'SHA256SUMS.tsr']);

const filesUnder = (dir: string, prefix = ''): string[] =>
  fs.readdirSync(join(dir, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
    if (entry.isDirectory()) return filesUnder(dir, path);
    return prefix === '' && BESIDE.has(entry.name) ? [] : [path];
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

/** Writes `SHA256SUMS` over every file under `dir`, in the form that `sha256sum -c` reads, sorted by path. Returns the digest of it. */
export const seal = (dir: string): Sha256 => {
  const lines = filesUnder(dir)
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

/** Compares a sealed folder with its sums: changed, missing, added files and malformed lines, each in one phrase. */
export const verifySeal = (dir: string): { seal: Sha256; problems: string[] } => {
  const file = join(dir, SUMS);
  const text = fs.readFileSync(file, 'utf8');
  const problems: string[] = [];
  const listed = new Map<string, string>();
  const lines = text.split('\n');
  if (lines.pop() !== '') problems.push(`${SUMS}: the last line has no end`);
  lines.forEach((line, index) => {
    const match = LINE.exec(line);
    if (!match) problems.push(`${SUMS}: line ${index + 1}: expected a digest, two blanks and a path`);
    else if (listed.has(match[2]!)) problems.push(`${SUMS}: line ${index + 1}: "${match[2]}" is listed twice`);
    else listed.set(match[2]!, match[1]!);
  });
  if ([...listed.keys()].some((path, index, all) => index > 0 && all[index - 1]! >= path))
    problems.push(`${SUMS}: not in order`);
  const present = new Set(filesUnder(dir));
  for (const [path, digest] of listed) {
    if (!present.has(path)) problems.push(`"${path}" is missing`);
    else if (digestOf(join(dir, path)) !== digest) problems.push(`"${path}" was changed`);
  }
  for (const path of present) if (!listed.has(path)) problems.push(`"${path}" was added`);
  return { seal: digestOf(file), problems };
};
