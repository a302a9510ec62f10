import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder, StoreError } from '../observe/run-store.ts';

/** `20261122T101500Z`. */
export const runId = (milliseconds: number): string =>
  new Date(milliseconds).toISOString().replace(/[-:]|\.\d{3}/g, '');

/** A folder name that any file system takes, from a target's id. */
export const folderName = (id: string): string => id.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^\.+/, '_');

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
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
  for (;;) {
    try {
      fs.writeFileSync(lock, `${process.pid}\n`, { flag: 'wx' });
      return { release: () => fs.rmSync(lock, { force: true }) };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw new StoreError(`Cannot write the results folder "${out}": ${code}`, code);
    }
    const holder = Number(fs.readFileSync(lock, 'utf8').trim());
    if (!Number.isInteger(holder) || holder <= 0)
      throw new StoreError(
        `"${lock}" is not a lock of ours: expected a process number; remove it if no run is writing here`,
      );
    if (isAlive(holder))
      throw new StoreError(`"${out}" is in use by another run (process ${holder}); wait for it, or give another --out`);
    fs.rmSync(lock, { force: true });
  }
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

/** Finds a run's `run/` folder from it, from the folder above, or from one of its assessments. */
export const findRun = (path: string): string => {
  for (const candidate of [path, join(path, 'run'), join(path, '..', '..', 'run'), join(path, '..', 'run')]) {
    if (fs.existsSync(join(candidate, 'run.json'))) return candidate;
  }
  throw new StoreError(`"${path}" holds no run: expected a folder with run.json`);
};
