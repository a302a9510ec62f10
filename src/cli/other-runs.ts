import * as fs from 'node:fs';
import { join } from 'node:path';
import type { OtherRun } from '../judge/judge.ts';
import { Attempt, Run } from '../model/run.ts';
import { digestOf, SUMS } from '../observe/seal.ts';
import type { SealedRun } from './assess.ts';

const folders = (path: string): string[] =>
  fs.existsSync(path)
    ? fs
        .readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name)
        .sort()
    : [];

const readOther = (dir: string): OtherRun | undefined => {
  const head = Run.omit({ attempts: true }).safeParse(JSON.parse(fs.readFileSync(join(dir, 'run.json'), 'utf8')));
  if (!head.success) return undefined;
  const lines = fs.readFileSync(join(dir, 'attempts.jsonl'), 'utf8').split('\n');
  // Most of a run is ports and logins: only lines that can hold a key or an address are parsed.
  const keys = lines
    .filter((line) => line.includes('"kind":"key"'))
    .flatMap((line) => {
      const attempt = Attempt.safeParse(JSON.parse(line));
      if (!attempt.success) return [];
      const { endpoint, observations } = attempt.data;
      return observations.flatMap(({ fact }) => (fact.kind === 'key' ? [{ endpoint, fact }] : []));
    });
  return {
    run: head.data.id,
    seal: digestOf(join(dir, SUMS)),
    target: head.data.target.id,
    item: head.data.item,
    keys,
  };
};

/**
 * The keys seen in the newest sealed run of every device of a results folder but this one's own target: what
 * `keys-unique-per-device` compares with. Folders of others are passed over.
 */
export const otherRuns = (out: string, own: SealedRun): OtherRun[] =>
  folders(out).flatMap((device) => {
    const sealed = folders(join(out, device)).filter((id) => fs.existsSync(join(out, device, id, 'run', SUMS)));
    const newest = sealed.at(-1);
    if (newest === undefined) return [];
    const dir = join(out, device, newest, 'run');
    if (dir === own.dir) return [];
    const other = readOther(dir);
    return other === undefined || other.target === own.run.target.id || other.keys.length === 0 ? [] : [other];
  });
