import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { attempting, makeFolder, StoreError } from '../observe/run-store.ts';
import { BadFile } from './load-yaml.ts';

/** `20261122T101500Z`. */
export const runId = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/[-:]|\.\d{3}/g, '');

/** A folder name that any file system takes, from a target's id. */
export const folderName = (id: string): string => id.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^\.+/, '_');

/** A run id that no run of this device in the results folder has: the instant, or the first free second after it. */
export const freeRunId = (out: string, device: string, milliseconds: number): string => {
  for (let at = milliseconds; ; at += 1_000) {
    const id = runId(at);
    if (!fs.existsSync(join(out, folderName(device), id))) return id;
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** When a process began, in the system's own count; '' where it cannot be known. Process numbers are used again. */
const beganAt = (pid: number): string => {
  const file = `/proc/${pid}/stat`;
  if (!fs.existsSync(file)) return '';
  // proc(5): the name, in parentheses, may hold blanks; the start time is the 22nd field.
  return (
    fs
      .readFileSync(file, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[19] ?? ''
  );
};

/** Locks that this very process holds: a container's only process has the number of the one that was killed. */
const held = new Set<string>();

const isHeld = (lock: string, pid: number, began: string): boolean =>
  pid === process.pid ? held.has(fs.realpathSync(lock)) : isAlive(pid) && (began === '' || began === beganAt(pid));

/** Reads who holds a lock. A file that is no lock of ours is a StoreError; undefined where it has gone meanwhile. */
const readLock = (lock: string): { pid: number; began: string; text: string } | undefined => {
  let text: string;
  try {
    text = fs.readFileSync(lock, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new StoreError(`Cannot read "${lock}": ${code}; expected the lock that Probity writes`, code);
  }
  const match = /^([1-9]\d{0,9})(?: (\d*))?\n$/.exec(text);
  if (match === null)
    throw new StoreError(
      `Cannot read "${lock}": line 1: it is not a lock of ours, expected a process number; remove it if no run is writing here`,
    );
  return { pid: Number(match[1]), began: match[2] ?? '', text };
};

/** Makes the lock with its content in it, all at once. False where there is one. */
const makeLock = (lock: string): boolean => {
  const beside = `${lock}.${process.pid}.part`;
  try {
    fs.writeFileSync(beside, `${process.pid} ${beganAt(process.pid)}\n`);
    fs.linkSync(beside, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(beside, { force: true });
  }
};

/** Takes a stale lock away; of several that try, one does. */
const breakLock = (lock: string, text: string): void => {
  const aside = `${lock}.${process.pid}.stale`;
  try {
    fs.renameSync(lock, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Another was quicker, and what was moved is its fresh lock: it goes back.
  if (fs.readFileSync(aside, 'utf8') !== text) fs.linkSync(aside, lock);
  fs.rmSync(aside, { force: true });
};

/**
 * Opens a results folder and locks it while a run writes to it. Another run's lock is a StoreError that names its
 * process; the lock of a process that is gone is taken over. Files of others in the folder are left alone.
 */
export const lockResults = (out: string): { release(): void } => {
  const lock = join(out, '.lock');
  try {
    makeFolder(resolve(out));
    if (!fs.statSync(out).isDirectory()) throw Object.assign(new Error('not a folder'), { code: 'ENOTDIR' });
    fs.accessSync(out, fs.constants.W_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new StoreError(
      `Cannot write the results folder "${out}": ${code === 'EEXIST' || code === 'ENOTDIR' ? 'it is not a folder' : code}`,
      code,
    );
  }
  return attempting(`write the results folder "${out}"`, () => {
    while (!makeLock(lock)) {
      const holder = readLock(lock);
      if (holder === undefined) continue;
      if (isHeld(lock, holder.pid, holder.began))
        throw new StoreError(
          `"${out}" is in use by another run (process ${holder.pid}); wait for it, or give another --out`,
        );
      breakLock(lock, holder.text);
    }
    const name = fs.realpathSync(lock);
    held.add(name);
    return {
      release: () => {
        held.delete(name);
        fs.rmSync(lock, { force: true });
      },
    };
  });
};

/** A run folder's parts: `<out>/<device>/<run id>/{run,assessments}`. */
export const runFolder = (
  out: string,
  device: string,
  id: string,
): { base: string; run: string; assessments: string } => {
  const base = join(out, folderName(device), id);
  return { base, run: join(base, 'run'), assessments: join(base, 'assessments') };
};

/**
 * The results folder that a run folder (the one with run.json) lies in, `<out>/<device>/<run id>/run`; undefined where it
 * was copied elsewhere: nothing is written into folders that are not ours.
 */
export const resultsOf = (dir: string, device: string, id: string): string | undefined => {
  const path = resolve(dir);
  const out = join(path, '..', '..', '..');
  return path === join(out, folderName(device), id, 'run') ? out : undefined;
};

/**
 * Finds a run's `run/` folder from it, from the folder above, or from one of its assessments; through symbolic links the
 * folder itself, since what is written beside a run belongs beside that. Throws BadFile.
 */
export const findRun = (path: string): string => {
  for (const candidate of [path, join(path, 'run'), join(path, '..', '..', 'run'), join(path, '..', 'run')]) {
    if (!fs.existsSync(join(candidate, 'run.json'))) continue;
    const real = fs.realpathSync(candidate);
    return real === resolve(candidate) ? candidate : real;
  }
  throw new BadFile(path, 'it holds no run, expected a folder with run.json');
};
