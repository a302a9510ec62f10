import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Attempt, Run } from '../model/run.ts';
import { attempting, makeFolder, readRun, StoreError, verifyRun } from '../observe/run-store.ts';
import { SUMS } from '../observe/seal.ts';
import { finishFolder, type Sealing, unfinishedIn } from '../observe/sealing.ts';
import { Usage } from './limits.ts';
import { loadProduct } from './load-product.ts';
import { freeRunId, resultsOf, runFolder } from './results.ts';
import { type Job, unsigned } from './run-one.ts';

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
const takeOver = (dir: string, run: Run, seal: string, now: number): Job => {
  const accounts = accountsOf(run);
  const out = resultsOf(dir, run.target.id, run.id);
  if (out === undefined)
    throw new StoreError(`"${dir}" is not where it was written (<results>/${run.target.id}/${run.id}/run)`);
  const id = freeRunId(out, run.target.id, Math.max(now, Date.parse(run.startedAt) + 1_000));
  const next = runFolder(out, run.target.id, id).run;
  const attempts = run.attempts.filter(settled);
  attempting(`write the run folder "${next}"`, () => {
    makeFolder(join(next, 'evidence'));
    const evidence = join(dir, 'evidence');
    for (const name of fs.existsSync(evidence) ? fs.readdirSync(evidence) : [])
      fs.copyFileSync(join(evidence, name), join(next, 'evidence', name));
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

/** An assessment that has no name yet, and its process is gone: it is written anew, from the beginning. */
const HALF = /^\..+\.\d+\.part$/;

/** Whether a sealed run was judged: a process that was killed between the seal and the assessment has left none. */
const isJudged = (dir: string): boolean => {
  const assessments = join(dir, '..', 'assessments');
  return (
    fs.existsSync(assessments) &&
    fs.readdirSync(assessments).some((name) => !HALF.test(name) && fs.existsSync(join(assessments, name, SUMS)))
  );
};

const dropHalves = (dir: string): void => {
  const assessments = join(dir, '..', 'assessments');
  attempting(`tidy "${assessments}"`, () => {
    for (const name of fs.existsSync(assessments) ? fs.readdirSync(assessments) : [])
      if (HALF.test(name)) fs.rmSync(join(assessments, name), { recursive: true });
  });
};

const MEANS = {
  signature: { option: '--sign', given: 'signer', done: 'signed' },
  timestamp: { option: '--timestamp', given: 'timestamp', done: 'stamped' },
} as const;

/**
 * Signs and stamps sealed runs that say they are, and were not: their process was killed, or the authority had failed.
 * All are looked at before the first is signed. Returns their seals, by folder. Throws Usage where it was not given what
 * they need, and StoreError for what is not as it was sealed.
 */
const finish = async (dirs: readonly string[], sealing: Sealing): Promise<ReadonlyMap<string, string>> => {
  const found = dirs.map((dir) => ({ dir, ...unfinishedIn(dir) }));
  for (const { dir, lacks } of found) {
    const wanting = lacks.map((one) => MEANS[one]).filter(({ given }) => sealing[given] === undefined);
    if (wanting.length === 0) continue;
    const [done, options] = [wanting.map((one) => one.done), wanting.map(({ option }) => option)];
    throw new Usage(
      `--resume: "${dir}" is sealed and not ${done.join(' and ')} yet: give ${options.join(' and ')} again`,
    );
  }
  for (const { dir, lacks } of found) if (lacks.length > 0) await finishFolder(dir, sealing, unsigned(dir));
  return new Map(found.map(({ dir, seal }) => [dir, seal]));
};

/**
 * What `--resume` goes on with: a killed run in its own folder, an aborted one in a new run; one that was sealed and not
 * judged is signed and stamped where it says that it is, and judged. Completed runs are left alone. Throws Usage where a
 * key or an authority is needed and not given, StoreError where there is nothing to resume.
 */
export const jobsToResume = async (path: string, now: number, sealing: Sealing = {}): Promise<Job[]> => {
  const found = runFolders(path).map((dir) => ({ dir, ...readRun(dir), judged: isJudged(dir) }));
  // One that was judged was whole then: what it lacks now was taken away, and nobody signs it anew.
  const unjudged = found.filter(({ sealed, judged }) => sealed && !judged);
  const seals = await finish(
    unjudged.map(({ dir }) => dir),
    sealing,
  );
  const jobs = found.flatMap(({ dir, run, sealed, judged }): Job[] => {
    if (!sealed)
      return [
        { run: { ...run, attempts: run.attempts.filter(settled) }, dir, accounts: accountsOf(run), resume: true },
      ];
    if (run.status === 'aborted') return [takeOver(dir, run, seals.get(dir) ?? verifyRun(dir), now)];
    return judged ? [] : [{ run, dir, accounts: new Map(), resume: true, sealed: seals.get(dir)! }];
  });
  for (const { dir } of unjudged) dropHalves(dir);
  if (jobs.length === 0)
    throw new StoreError(`"${path}" holds no run to resume: expected one without ${SUMS}, or one that was aborted`);
  return jobs;
};
