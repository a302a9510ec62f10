import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { v5 as uuid } from 'uuid';
import { catalogue, checks } from '../judge/checks/index.ts';
import { type JudgeInput, judge, type OtherRun } from '../judge/judge.ts';
import { NotOneItem, oneItem } from '../judge/one-item.ts';
import { suitabilityOf, type TestedBetween } from '../judge/suitability.ts';
import type { Assessment } from '../model/assessment.ts';
import type { Crosswalk } from '../model/crosswalk.ts';
import type { Sha256 } from '../model/fact.ts';
import type { Profile } from '../model/profile.ts';
import type { Run } from '../model/run.ts';
import { attempting, makeFolder, readRun, StoreError, verifyRun, writeWhole } from '../observe/run-store.ts';
import { digestOf, SUMS } from '../observe/seal.ts';
import { asSealed, sealFolder } from '../observe/sealing.ts';
import { renderEvidence, VIEWER } from '../report/evidence-page.tsx';
import { reporters } from '../report/index.ts';
import type { ReportInput } from '../report/report.ts';
import type { Filing } from './filing.ts';
import { Usage } from './limits.ts';
import { shippedCrosswalk, shippedCrosswalks } from './load-crosswalk.ts';
import { findRun, runId } from './results.ts';

export interface LoadedProfile {
  readonly profile: Profile;
  readonly digest: string;
}

export interface SealedRun {
  readonly dir: string;
  readonly run: Run;
  readonly seal: string;
}

/** Reads a sealed run and checks it against its seal. Throws StoreError. */
export const readSealed = (dir: string): SealedRun => {
  const digest = verifyRun(dir);
  return { dir, run: readRun(dir).run, seal: digest };
};

/** Sealed runs of one item, oldest first. Throws Usage where they are of several, BadFile and StoreError. */
export const readItem = (paths: readonly string[]): SealedRun[] => {
  const runs = paths.map((path) => readSealed(findRun(path)));
  try {
    oneItem(runs);
  } catch (error) {
    if (error instanceof NotOneItem) throw new Usage(error.message);
    throw error;
  }
  return runs.sort((a, b) => (a.run.id < b.run.id ? -1 : 1));
};

/**
 * The sealed runs that an assessment was judged on, from its folder `<out>/<device>/<run id>/assessments/<profile>`: a run
 * of the item at another address lies under another device. Throws StoreError.
 */
export const runsOf = (dir: string, { runs }: Assessment): SealedRun[] => {
  const device = resolve(dir, '..', '..', '..');
  return runs.map(({ id, seal: expected }) => {
    const out = join(device, '..');
    const others = fs.existsSync(out) ? fs.readdirSync(out).map((name) => join(out, name)) : [];
    // A run that lies alone was judged where it lies, whatever its folder is called.
    const beside = join(dir, '..', '..', 'run');
    const found = [beside, ...[device, ...others].map((folder) => join(folder, id, 'run'))].filter((run) =>
      fs.existsSync(run),
    );
    if (found.length === 0) throw new StoreError(`Cannot read run ${id} of "${dir}": it lies nowhere in "${out}"`);
    const sealed = found.find((run) => fs.existsSync(join(run, SUMS)) && digestOf(join(run, SUMS)) === expected);
    if (sealed === undefined) throw new StoreError(`"${found[0]}" is not the run that was judged: its seal differs`);
    return readSealed(sealed);
  });
};

/** Judges runs of one item together. */
export const assess = (
  runs: readonly SealedRun[],
  { profile, digest }: LoadedProfile,
  judgedAt: number,
  others: readonly OtherRun[],
  more: Pick<
    JudgeInput,
    'attestations' | 'dispositions' | 'withdrawals' | 'attachments' | 'via' | 'knownKeys' | 'policies'
  > = {},
): Assessment =>
  judge({
    runs: runs.map(({ run, seal: digestOfRun }) => ({ run, seal: digestOfRun })),
    profile,
    profileDigest: digest,
    checks,
    catalogue,
    judgedAt: new Date(judgedAt).toISOString(),
    others,
    ...more,
  });

/** Namespace of the ids of reports (RFC 9562, 5.5). */
const REPORTS = 'a1c9b6a0-5d0c-5b5e-9d0e-2f6f1c7a4b11';

/** When the first of these runs began, and the last one ended. */
const testedBetween = (runs: readonly SealedRun[]): TestedBetween => ({
  from: runs.map(({ run }) => run.startedAt).sort()[0]!,
  to: runs
    .map(({ run }) => run.endedAt ?? run.startedAt)
    .sort()
    .at(-1)!,
});

/** An assessment as it is filed: with its id, what the laboratory says, and without remedies where none are wanted. */
export const filed = (assessment: Assessment, runs: readonly SealedRun[], filing: Filing): Assessment => {
  const findings = filing.remedies
    ? assessment.findings
    : assessment.findings.map(({ remedy: _, ...finding }) => finding);
  const whole: Assessment = {
    ...asSealed(assessment, filing.sealing),
    findings,
    ...(filing.lab === undefined ? {} : { lab: filing.lab.lab, labDigest: filing.lab.digest }),
    ...(filing.suitability === undefined
      ? {}
      : {
          suitability: suitabilityOf(filing.suitability, { tool: assessment.tool, tested: testedBetween(runs) }),
        }),
    ...(filing.remedies ? {} : { remedies: 'left-out' as const }),
  };
  return { ...whole, report: uuid(JSON.stringify(whole), REPORTS) };
};

/** The shipped crosswalks that a profile is on a side of, and those that were given. */
const crosswalksOf = ({ profile: { profile: id } }: LoadedProfile, given: readonly Crosswalk[] = []): Crosswalk[] => {
  const shipped = shippedCrosswalks()
    .map((name) => shippedCrosswalk(name))
    .filter((one) => !given.some(({ crosswalk }) => crosswalk === one.crosswalk));
  return [...given, ...shipped].filter(({ focal, references }) => focal === id || references.includes(id));
};

/** What a report of an assessment is made of. `dir` is where it will lie; without one, evidence is named and not linked. */
export const reportInput = (
  assessment: Assessment,
  runs: readonly SealedRun[],
  loaded: LoadedProfile,
  { dir, crosswalks }: { dir?: string; crosswalks?: readonly Crosswalk[] } = {},
): ReportInput => ({
  assessment,
  runs: runs.map((one) => ({
    run: one.run,
    seal: one.seal,
    ...(dir === undefined ? {} : { folder: `${relative(dir, one.dir)}/` }),
  })),
  profile: loaded.profile,
  ...(dir === undefined ? {} : { evidence: '../../run/' }),
  crosswalks: crosswalksOf(loaded, crosswalks),
});

/** Reads evidence of these runs by its digest; undefined where none of them holds it. */
const evidenceIn =
  (runs: readonly SealedRun[]) =>
  (digest: Sha256): Uint8Array | undefined => {
    const file = runs.map(({ dir }) => join(dir, 'evidence', digest)).find((path) => fs.existsSync(path));
    return file === undefined ? undefined : fs.readFileSync(file);
  };

/**
 * Writes an assessment folder `<assessments>/<profile>`, or `<profile>@<time>` where that is there already: nothing
 * sealed is ever written again. It has its name once it is whole and sealed. Returns the folder. Throws StoreError.
 */
export const writeAssessment = async (
  assessments: string,
  assessment: Assessment,
  runs: readonly SealedRun[],
  loaded: LoadedProfile,
  filing: Filing,
): Promise<string> => {
  const dir = freeFolder(join(assessments, loaded.profile.profile), Date.parse(assessment.judgedAt));
  const beside = join(assessments, `.${basename(dir)}.${process.pid}.part`);
  attempting(`write the assessment folder "${dir}"`, () => makeFolder(beside));
  try {
    const bare = reportInput(assessment, runs, loaded, { dir, crosswalks: filing.crosswalks });
    const viewer = filing.formats.includes('html') ? renderEvidence(bare, evidenceIn(runs)) : undefined;
    if (viewer !== undefined) writeWhole(join(beside, VIEWER), viewer);
    const input = viewer === undefined ? bare : { ...bare, viewer: VIEWER };
    for (const format of new Set(['json', ...filing.formats]))
      for (const reporter of reporters.get(format)!)
        writeWhole(join(beside, reporter.file), await reporter.render(input));
    const stands = 'it is not written, and the runs stand: "probity judge" makes it again';
    await sealFolder(beside, filing.sealing, { named: dir, stands });
    attempting(`name the assessment folder "${dir}"`, () => fs.renameSync(beside, dir));
  } catch (error) {
    fs.rmSync(beside, { recursive: true, force: true });
    throw error;
  }
  return dir;
};

/** The folder itself, or `<folder>@<time>` with the first second from `at` on that is free. */
const freeFolder = (folder: string, at: number): string => {
  let dir = folder;
  for (let time = at; fs.existsSync(dir); time += 1_000) dir = `${folder}@${runId(time)}`;
  return dir;
};

/** SHA-256 of a file's bytes, for what a run or an assessment was made with. */
export const digestOfText = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');
