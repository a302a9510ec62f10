import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { BadFile, readBytes } from './load-yaml.ts';

/** Bytes of a list at most, and of one of its lines. */
const LARGEST = 128 * 1024 * 1024;
export const LONGEST_LINE = 64 * 1024;
const BLOCK = 64 * 1024;

export interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string;
}

/**
 * The lines of a text file, one after the other, so that a long list is never held as a whole; `digest` is the SHA-256 of
 * its bytes once all were read. A byte order mark and the ends of lines, whichever way they are written, are left out.
 * Throws BadFile for what is no text file, is far too large, or has a line without end.
 */
export const linesOf = (file: string): { lines: Generator<Line>; digest: () => string } => {
  sizeOf(file);
  const hash = createHash('sha256');
  function* lines(): Generator<Line> {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const fd = fs.openSync(file, 'r');
    let [number, rest, end] = [0, '', false];
    try {
      const block = Buffer.alloc(BLOCK);
      while (!end) {
        const bytes = block.subarray(0, fs.readSync(fd, block));
        end = bytes.length === 0;
        hash.update(bytes);
        rest += decode(decoder, bytes, end, file, number + 1);
        const parts = rest.split('\n');
        rest = parts.pop()!;
        if (end && rest !== '') parts.push(rest);
        for (const text of parts) {
          number += 1;
          yield { number, text: text.endsWith('\r') ? text.slice(0, -1) : text };
        }
        if (rest.length > LONGEST_LINE)
          throw new BadFile(file, `it has more than ${LONGEST_LINE} characters`, number + 1);
      }
    } finally {
      fs.closeSync(fd);
    }
  }
  return { lines: lines(), digest: () => hash.digest('hex') };
};

/** The bytes of a list. Throws BadFile, in the words of every other file, for what cannot be read. */
export const sizeOf = (file: string): number => {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() && stat.size <= LARGEST) return stat.size;
  return readBytes(file, LARGEST).length;
};

const decode = (decoder: TextDecoder, bytes: Buffer, end: boolean, file: string, line: number): string => {
  let text: string | undefined;
  try {
    text = decoder.decode(bytes, { stream: !end });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
  if (text === undefined || text.includes('\0')) throw new BadFile(file, 'it is not UTF-8 text', line);
  return text;
};
