import { join } from 'node:path';
import pLimit from 'p-limit';
import type { GivenPolicy, KnownKeys } from '../judge/check.ts';
import type { SuitabilityPass } from '../model/suitability.ts';
import { assess, filed, type LoadedProfile, type SealedRun, writeAssessment } from './assess.ts';
import { againstBaseline, type Baseline } from './baseline.ts';
import { writeComparison } from './compare.ts';
import type { Filing } from './filing.ts';
import { exitCodeOf, type gateFrom } from './gate.ts';
import { otherRuns } from './other-runs.ts';
import type { Progress } from './progress.ts';
import { carryOut, type Job, type Session } from './run-one.ts';
import { addToIndex, type Written } from './summary.ts';

/** What a scan gives back: every assessment written, in the order of the targets, and the exit code. */
export interface Scanned {
  readonly written: readonly Written[];
  readonly exitCode: number;
}

/** What becomes of the runs of one command once they are observed. */
export interface Plan {
  readonly progress: Progress;
  readonly print: (text: string) => void;
  /** Aborts where the tester interrupts. */
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly profiles: readonly LoadedProfile[];
  readonly knownKeys: readonly KnownKeys[];
  readonly policies: readonly GivenPolicy[];
  readonly filing: Filing;
  readonly gate: ReturnType<typeof gateFrom>;
  readonly out: string;
  readonly baseline: Baseline | undefined;
  /** The pass over the references that was made before, and how the one after is made. */
  readonly suitability?: { readonly before: SuitabilityPass; readonly after: () => Promise<SuitabilityPass> };
}

/** Whether anything at all answered: a run against nothing says nothing. */
const reached = ({ run }: SealedRun): boolean =>
  run.attempts.some((attempt) =>
    attempt.observations.some(({ fact }) => fact.kind !== 'port' || fact.state === 'open' || fact.state === 'closed'),
  );

type Done = { written: Written; code: number };

const judgeOne = async (sealed: SealedRun, plan: Plan, filing: Filing): Promise<Done[]> => {
  const { profiles, knownKeys, policies, gate, out, now } = plan;
  const others = otherRuns(out, sealed);
  const all: Done[] = [];
  for (const loaded of profiles) {
    const assessment = filed(assess([sealed], loaded, now(), others, { knownKeys, policies }), [sealed], filing);
    const dir = await writeAssessment(join(sealed.dir, '..', 'assessments'), assessment, [sealed], loaded, filing);
    const code = exitCodeOf(assessment, loaded.profile, gate);
    all.push({ written: { assessment, dir, sealed, profile: loaded.profile }, code });
  }
  return all;
};

/**
 * The filing with what the references said, once every run has ended: the keys of each device are compared with those of
 * all others of the command, whichever was done first.
 */
const filingAfter = async (runs: readonly Promise<unknown>[], plan: Plan): Promise<Filing> => {
  const { filing, suitability, signal } = plan;
  await Promise.allSettled(runs);
  if (suitability === undefined) return filing;
  const passes = [suitability.before];
  try {
    if (!signal.aborted) passes.push(await suitability.after());
  } catch (error) {
    // An interrupted pass says nothing, and what was sealed is judged all the same.
    if (!signal.aborted || error !== signal.reason) throw error;
  }
  return { ...filing, suitability: passes };
};

/** Carries out all runs of a command, judges each and files what was said of it. Throws StoreError. */
export const carryOutAll = async (jobs: readonly Job[], session: Session, plan: Plan): Promise<Scanned> => {
  const { progress, print, signal, out, baseline } = plan;
  const place = pLimit(jobs[0]!.run.limits.devices);
  const runs = jobs.map((job) =>
    place(async () => {
      if (signal.aborted) return undefined;
      const sealed = await carryOut(job, session);
      progress.line(`${sealed.run.target.id}: ${sealed.run.status}, sealed ${sealed.seal.slice(0, 16)}`);
      return sealed;
    }),
  );
  const filing = filingAfter(runs, plan);
  const outcomes = await Promise.allSettled(
    runs.map(async (run) => {
      const sealed = await run;
      return sealed === undefined ? [] : await judgeOne(sealed, plan, await filing);
    }),
  );
  progress.close();
  const done = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
  const written = done.map((each) => each.written);
  if (written.length > 0) addToIndex(out, written);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  if (signal.aborted) return { written, exitCode: 130 };
  const silent = new Set(written.map(({ sealed }) => sealed).filter((sealed) => !reached(sealed)));
  for (const { run } of silent) progress.line(`${run.target.id}: nothing answered; nothing can be said of it`);
  if (done.every(({ written: { sealed } }) => silent.has(sealed))) return { written, exitCode: 3 };
  const codes = done.map(({ written: { sealed }, code }) => (silent.has(sealed) ? 4 : code));
  const exitCode = codes.includes(1) ? 1 : codes.includes(4) ? 4 : 0;
  if (baseline === undefined) return { written, exitCode };
  const { worse, text, comparison, same } = againstBaseline(baseline, written);
  print(text);
  if (comparison !== undefined && same !== undefined)
    writeComparison(join(same.sealed.dir, '..'), comparison, baseline.dir, same.dir);
  return { written, exitCode: worse ? 1 : exitCode === 1 ? 0 : exitCode };
};
