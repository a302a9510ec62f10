import * as fs from 'node:fs';
import { join } from 'node:path';
import { readRun } from '../../src/observe/run-store.ts';
import { keptFolder } from '../kept-runs.ts';
import { freshFolder } from './command.ts';

/** A results folder with a kept run in it: the folder of the run, and its `run/`. */
export const keptResults = (name: string): { out: string; dir: string; run: string } => {
  const out = freshFolder();
  const { run } = readRun(join(keptFolder(name), 'run'));
  const dir = join(out, run.target.id, run.id);
  fs.cpSync(join(keptFolder(name), 'run'), join(dir, 'run'), { recursive: true });
  return { out, dir, run: join(dir, 'run') };
};
