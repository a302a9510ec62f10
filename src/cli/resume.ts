import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Attempt, Run } from '../model/run.ts';
import { attempting, makeFolder, readRun, StoreError, verifyRun } from '../observe/run-store.ts';
import { SUMS } from '../observe/seal.ts';
import { loadProduct } from './load-product.ts';
import { freeRunId, resultsOf, runFolder } from './results.ts';
import type { Job } from './run-one.ts';

/** What is not asked again. What the watching saw stays with the run: it is no attempt that could be repeated. */
const settled = ({ probe, outcome }: Attempt): boolean =>
  outcome.status === 'completed' || outcome.reason !== 'aborted' || probe === 'liveness';

/** Run folders at or under a path: a run, the folder above it, a device's folder, or a results folder; newest run a device. */
const runFolders = (path: string): string[] => {
  for (const dir of [path, join(path, 'run')]) if (fs.existsSync(join(dir, 'run.json'))) return [dir];
  const below = fs.existsSync(path)
    ? fs.readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    : [];
  const ids = below.map((entry) => entry.name).filter((name) => fs.existsSync(join(path, name, 'run', 'run.json')));
  if (ids.length > 0) return [join(path, ids.sort().at(-1)!, 'run')];
  return below.flatMap((entry) => {
    const inside = join(path, entry.name);
    return attempting(`read "${inside}"`, () => fs.readdirSync(inside)).some((name) =>
      fs.existsSync(join(inside, name, 'run', 'run.json')),
    )
      ? runFolders(inside)
      : [];
  });
};

const accountsOf = (run: Run): Job['accounts'] => {
  const file = run.sources.product;
  return file === undefined ? new Map() : loadProduct(file).accounts;
};

/** Takes an aborted, sealed run over into a new run id: what ended is copied, and its seal is named. */
const takeOver = (dir: string, run: Run, now: number): Job => {
  const seal = verifyRun(dir);
  const accounts = accountsOf(run);
  const out = resultsOf(dir, run.target.id, run.id);
  if (out === undefined)
    throw new StoreError(`"${dir}" is not where it was written (<results>/${run.target.id}/${run.id}/run)`);
  const id = freeRunId(out, run.target.id, Math.max(now, Date.parse(run.startedAt) + 1_000));
  const next = runFolder(out, run.target.id, id).run;
  const attempts = run.attempts.filter(settled);
  attempting(`write the run folder "${next}"`, () => {
    makeFolder(join(next, 'evidence'));
    for (const name of fs.readdirSync(join(dir, 'evidence')))
      fs.copyFileSync(join(dir, 'evidence', name), join(next, 'evidence', name));
    fs.writeFileSync(join(next, 'attempts.jsonl'), attempts.map((attempt) => `${JSON.stringify(attempt)}\n`).join(''));
  });
  const { endedAt: _, ...rest } = run;
  return {
    run: { ...rest, id, status: 'running', resumes: { run: run.id, seal }, attempts },
    dir: next,
    accounts,
    resume: true,
  };
};

/** Whether a sealed run was judged: a process that was killed between the seal and the assessment has left none. */
const isJudged = (dir: string): boolean => {
  const assessments = join(dir, '..', 'assessments');
  return (
    fs.existsSync(assessments) &&
    fs.readdirSync(assessments).some((name) => fs.existsSync(join(assessments, name, SUMS)))
  );
};

/**
 * What `--resume` goes on with: a killed run in its own folder, an aborted one in a new run; one that was sealed and not
 * judged is only judged. Completed runs are left alone. Throws StoreError where there is nothing to resume.
 */
export const jobsToResume = (path: string, now: number): Job[] => {
  const jobs = runFolders(path).flatMap((dir): Job[] => {
    const { run, sealed } = readRun(dir);
    if (!sealed)
      return [
        { run: { ...run, attempts: run.attempts.filter(settled) }, dir, accounts: accountsOf(run), resume: true },
      ];
    if (run.status === 'aborted') return [takeOver(dir, run, now)];
    return isJudged(dir) ? [] : [{ run, dir, accounts: new Map(), resume: true, sealed: verifyRun(dir) }];
  });
  if (jobs.length === 0)
    throw new StoreError(`"${path}" holds no run to resume: expected one without ${SUMS}, or one that was aborted`);
  return jobs;
};
