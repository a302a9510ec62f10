import * as fs from 'node:fs';
import { attempting, writeWhole } from '../observe/run-store.ts';
import { Usage } from './limits.ts';

/**
 * Writes what `--out` names, whole or not at all; a pipe or a device is written to as it is. Throws StoreError, where
 * nothing half-written is left.
 */
export const writeOut = (file: string, content: string | Uint8Array): void => {
  attempting(`write "${file}"`, () => {
    const there = fs.statSync(file, { throwIfNoEntry: false });
    if (there !== undefined && !there.isFile() && !there.isDirectory()) fs.writeFileSync(file, content);
    else writeWhole(file, content);
  });
};

/** Writes a new file. Throws Usage where there is one: what somebody filled in is never written over. */
export const writeNew = (file: string, content: string): void => {
  if (fs.lstatSync(file, { throwIfNoEntry: false }) !== undefined)
    throw new Usage(`--out ${file}: it is there already, and nothing is written over it`);
  writeWhole(file, content);
};
