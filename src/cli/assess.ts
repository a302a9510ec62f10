import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { catalogue, checks } from '../judge/checks/index.ts';
import { type JudgeInput, judge, type OtherRun } from '../judge/judge.ts';
import { NotOneItem, oneItem } from '../judge/one-item.ts';
import type { Assessment } from '../model/assessment.ts';
import type { Profile } from '../model/profile.ts';
import type { Run } from '../model/run.ts';
import { attempting, makeFolder, readRun, StoreError, verifyRun, writeWhole } from '../observe/run-store.ts';
import { digestOf, SUMS, seal } from '../observe/seal.ts';
import { reporters } from '../report/index.ts';
import { Usage } from './limits.ts';
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
    const found = [device, ...others].map((folder) => join(folder, id, 'run')).filter((run) => fs.existsSync(run));
    if (found.length === 0) throw new StoreError(`Cannot read run ${id} of "${dir}": it lies nowhere in "${out}"`);
    const sealed = found.find((run) => fs.existsSync(join(run, SUMS)) && digestOf(join(run, SUMS)) === expected);
    if (sealed === undefined) throw new StoreError(`"${found[0]}" is not the run that was judged: its seal differs`);
    return readSealed(sealed);
  });
};

/** The formats asked for. Throws Usage for one that does not exist. */
export const formatsFrom = (text: string): string[] => {
  const formats = text
    .split(',')
    .map((format) => format.trim())
    .filter((format) => format !== '');
  for (const format of formats) {
    if (!reporters.has(format))
      throw new Usage(`--format ${format}: expected one of ${[...reporters.keys()].join(', ')}`);
  }
  return formats;
};

/** Judges runs of one item together. */
export const assess = (
  runs: readonly SealedRun[],
  { profile, digest }: LoadedProfile,
  judgedAt: number,
  others: readonly OtherRun[],
  more: Pick<JudgeInput, 'attestations' | 'dispositions' | 'withdrawals' | 'attachments' | 'via'> = {},
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

/**
 * Writes an assessment folder `<assessments>/<profile>`, or `<profile>@<time>` where that is there already: nothing
 * sealed is ever written again. It has its name once it is whole and sealed. Returns the folder.
 */
export const writeAssessment = (
  assessments: string,
  assessment: Assessment,
  runs: readonly SealedRun[],
  { profile }: LoadedProfile,
  formats: readonly string[],
): string => {
  const dir = freeFolder(join(assessments, profile.profile), Date.parse(assessment.judgedAt));
  const beside = join(assessments, `.${basename(dir)}.${process.pid}.part`);
  attempting(`write the assessment folder "${dir}"`, () => makeFolder(beside));
  try {
    for (const format of new Set(['json', ...formats])) {
      const reporter = reporters.get(format)!;
      const text = reporter.render({
        assessment,
        runs: runs.map((one) => ({ run: one.run, seal: one.seal, folder: `${relative(dir, one.dir)}/` })),
        profile,
        evidence: '../../run/',
      });
      writeWhole(join(beside, reporter.file), text);
    }
    attempting(`seal "${dir}"`, () => {
      seal(beside);
      fs.renameSync(beside, dir);
    });
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
