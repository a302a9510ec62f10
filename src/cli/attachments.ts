import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Attachment } from '../model/person.ts';
import { attempting, makeFolder, StoreError, writeWhole } from '../observe/run-store.ts';
import { BadFile } from './load-yaml.ts';

/** Bytes that one attachment may have. */
export const LARGEST_ATTACHMENT = 256 * 1024 * 1024;

/** Where a run's attachments lie: beside its sealed folder, never in it. */
const folderOf = (runDir: string): string => join(runDir, '..', 'attachments');
const listOf = (runDir: string): string => join(folderOf(runDir), 'attachments.jsonl');

/** Opens a regular file with something in it, without following a symbolic link. Throws BadFile. */
const openRegular = (file: string): number => {
  let fd: number;
  try {
    // Not blocking: opening a named pipe would wait for whoever writes to it.
    fd = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW | fs.constants.O_NONBLOCK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ELOOP') throw new BadFile(file, 'it is a symbolic link, expected the file itself');
    throw new BadFile(file, code === 'ENOENT' ? 'there is no such file' : (code ?? message));
  }
  const stat = fs.fstatSync(fd);
  const why = !stat.isFile()
    ? `it is ${stat.isDirectory() ? 'a directory' : 'not a regular file'}, expected a file`
    : stat.size === 0
      ? 'it is empty'
      : stat.size > LARGEST_ATTACHMENT
        ? `it has ${stat.size} bytes, and at most ${LARGEST_ATTACHMENT} are filed`
        : undefined;
  if (why === undefined) return fd;
  fs.closeSync(fd);
  throw new BadFile(file, why);
};

/** Reads an open file by pieces, no more than an attachment may have. Returns the digest of what was read. */
const digestFrom = (fd: number, file: string, each: (piece: Uint8Array) => void): string => {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(1 << 20);
  let total = 0;
  for (let n = fs.readSync(fd, piece); n > 0; n = fs.readSync(fd, piece)) {
    total += n;
    if (total > LARGEST_ATTACHMENT)
      throw new BadFile(file, `it grew beyond ${LARGEST_ATTACHMENT} bytes while it was read`);
    hash.update(piece.subarray(0, n));
    each(piece.subarray(0, n));
  }
  return hash.digest('hex');
};

/** What is filed under a name, held to its digest. Throws StoreError. */
const requireFiled = (runDir: string, { sha256, name, criterion }: Attachment): void => {
  const file = join(folderOf(runDir), sha256);
  const what = `"${file}" (${name}, filed under ${criterion})`;
  let found: string;
  try {
    const fd = openRegular(file);
    try {
      found = digestFrom(fd, file, () => undefined);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    if (!(error instanceof BadFile)) throw error;
    throw new StoreError(`${what} is missing or is no file: ${error.message}`);
  }
  if (found !== sha256) throw new StoreError(`${what} was changed`);
};

const parsedLine = (file: string, number: number, line: string): Attachment => {
  const bad = (why: string): StoreError => new StoreError(`Cannot read "${file}": line ${number}: ${why}`);
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch (error) {
    throw bad((error as Error).message);
  }
  const parsed = Attachment.safeParse(raw);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw bad(`${path.join('.') || 'it'}: ${message}`);
  }
  if (parsed.data.file !== parsed.data.sha256) throw bad('file: expected the same name as sha256');
  return parsed.data;
};

/**
 * What persons filed with a run (its folder with run.json), each file held to its digest; nothing where nothing was
 * filed. Throws StoreError that names the file, or the line of the list.
 */
export const readAttachments = (runDir: string): Attachment[] => {
  const list = listOf(runDir);
  if (!fs.existsSync(list)) return [];
  const lines = attempting(`read "${list}"`, () => fs.readFileSync(list, 'utf8')).split('\n');
  if (lines.pop() !== '') throw new StoreError(`Cannot read "${list}": line ${lines.length + 1}: it is cut short`);
  const attachments = lines.map((line, index) => parsedLine(list, index + 1, line));
  const filed = new Map(attachments.map((one) => [one.sha256, one]));
  for (const one of filed.values()) requireFiled(runDir, one);
  return attachments;
};

/** Copies a file's bytes into the folder under their digest. Throws BadFile and StoreError. */
const copyIn = (folder: string, file: string): string => {
  const fd = openRegular(file);
  const beside = join(folder, `.${process.pid}.part`);
  try {
    return attempting(`file "${file}" in "${folder}"`, () => {
      const to = fs.openSync(beside, 'wx', 0o644);
      let sha256: string;
      try {
        sha256 = digestFrom(fd, file, (piece) => {
          for (let at = 0; at < piece.length; ) at += fs.writeSync(to, piece, at);
        });
        fs.fsyncSync(to);
      } finally {
        fs.closeSync(to);
      }
      fs.renameSync(beside, join(folder, sha256));
      return sha256;
    });
  } finally {
    fs.closeSync(fd);
    fs.rmSync(beside, { force: true });
  }
};

/**
 * Files a file's bytes with a run, under a criterion; `again` where these bytes were filed under it before, for the same
 * component, and nothing was written. Throws BadFile for the file, StoreError for the folder.
 */
export const fileAttachment = (
  runDir: string,
  file: string,
  about: Omit<Attachment, 'file' | 'sha256'>,
): { attachment: Attachment; again: boolean } => {
  const folder = folderOf(runDir);
  const before = readAttachments(runDir);
  attempting(`write "${folder}"`, () => makeFolder(folder));
  if (!fs.lstatSync(folder).isDirectory())
    throw new StoreError(`Cannot write "${folder}": it is not a folder, expected the run's own`);
  const sha256 = copyIn(folder, file);
  const same = before.find(
    (one) => one.sha256 === sha256 && one.criterion === about.criterion && one.component === about.component,
  );
  if (same !== undefined) return { attachment: same, again: true };
  const attachment = Attachment.parse({ ...about, file: sha256, sha256 });
  // The whole list is written anew: a process that is killed leaves the old one or the new one.
  writeWhole(listOf(runDir), [...before, attachment].map((one) => `${JSON.stringify(one)}\n`).join(''));
  return { attachment, again: false };
};
