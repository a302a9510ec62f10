import * as fs from 'node:fs';
import { join } from 'node:path';
import { type Comparison, compare } from '../judge/compare.ts';
import { type FoundAgain, foundAgain } from '../judge/one-item.ts';
import { isKnowable, likeness, marksOf } from '../judge/same-item.ts';
import type { Assessment } from '../model/assessment.ts';
import type { Run } from '../model/run.ts';
import { readRun } from '../observe/run-store.ts';
import { visible } from '../report/text.ts';
import { Usage } from './limits.ts';
import { readAssessment } from './read-assessment.ts';

/** A comparison in lines: what changed, by kind; what stayed is counted. */
export const comparisonText = ({ changes, criteria, worse }: Comparison): string => {
  const told = changes.filter(({ kind }) => kind !== 'same');
  const lines = told.map(({ kind, id, because }) => `${kind.padEnd(14)} ${visible(id, 200)}: ${visible(because, 400)}`);
  for (const { id, before, after } of criteria)
    lines.push(`criterion      ${id}: ${before ?? 'not there'} -> ${after ?? 'not there'}`);
  lines.push(`${changes.length - told.length} unchanged; ${worse ? 'worse than before' : 'not worse than before'}`);
  return `${lines.join('\n')}\n`;
};

/** An assessment to compare with, and the runs that it is of; none where it was copied away from them. */
export interface Baseline {
  readonly assessment: Assessment;
  readonly runs: readonly Run[];
}

/** Reads an assessment with the runs that lie beside it. Throws BadFile, StoreError. */
const readWithRuns = (path: string): Baseline => {
  const { assessment, dir } = readAssessment(path);
  const device = join(dir, '..', '..', '..');
  const runs = assessment.runs
    .filter(({ id }) => /^\d{8}T\d{6}Z$/.test(id))
    .map(({ id }) => join(device, id, 'run'))
    .filter((folder) => fs.existsSync(join(folder, 'run.json')))
    .map((folder) => readRun(folder).run);
  return { assessment, runs };
};

type Aimed = Pick<Run, 'target' | 'item'>;

/** Whether a target is the baseline's item, or is one of which only the scan will show whether it is. */
const mayBe = ({ runs }: Baseline, { target, item }: Aimed): boolean => {
  const aimed = marksOf({ id: '', target, item, attempts: [] });
  return runs.some((run) => {
    const before = marksOf(run);
    const { one, differs } = likeness(before, aimed);
    return differs === undefined && (one !== undefined || (isKnowable(before) && !isKnowable(aimed)));
  });
};

/**
 * Reads the assessment that `--baseline` leads to, before anything is sent: it has to be of one of these targets by one
 * of these profiles (`undefined`: any target). A device at another address is the same target where its serial number or
 * MAC says so, or may yet say so. Throws Usage, BadFile.
 */
export const readBaseline = (
  path: string | undefined,
  targets: readonly Aimed[] | undefined,
  profiles: readonly string[],
): Baseline | undefined => {
  if (path === undefined) return undefined;
  const baseline = readWithRuns(path);
  const { target, profile } = baseline.assessment;
  const isAimedAt =
    targets === undefined ||
    targets.some((aimed) => aimed.target.id === target) ||
    targets.some((aimed) => mayBe(baseline, aimed));
  if (!isAimedAt || !profiles.includes(profile.id))
    throw new Usage(`--baseline ${path}: it is of ${target} by ${profile.id}, which is not scanned now`);
  return baseline;
};

/** Where the item of some runs is in others, by serial number or MAC. */
const foundIn = (old: readonly Run[], young: readonly Run[]): FoundAgain | undefined => {
  for (const before of old)
    for (const after of young) {
      const again = foundAgain(before, after);
      if (again !== undefined) return again;
    }
  return undefined;
};

/** Compares the new assessment of the same item by the same profile with the baseline; one that is not there is worse. */
export const againstBaseline = (
  { assessment: old, runs }: Baseline,
  written: readonly { readonly assessment: Assessment; readonly sealed: { readonly run: Run } }[],
): { worse: boolean; text: string } => {
  const candidates = written.filter(({ assessment }) => assessment.profile.id === old.profile.id);
  const same = candidates.find(({ assessment }) => assessment.target === old.target);
  if (same !== undefined) {
    const comparison = compare(old, same.assessment);
    return { worse: comparison.worse, text: comparisonText(comparison) };
  }
  for (const { assessment, sealed } of candidates) {
    const again = foundIn(runs, [sealed.run]);
    if (again === undefined) continue;
    const comparison = compare(old, assessment, again);
    const found = `${visible(old.target, 100)} is found again as ${visible(assessment.target, 100)}\n`;
    return { worse: comparison.worse, text: `${found}${comparisonText(comparison)}` };
  }
  return { worse: true, text: `${visible(old.target, 100)} did not answer: nothing to compare with the baseline\n` };
};

/**
 * Compares two assessments by their folders, the older first. Where their targets have other names, the item is looked
 * for by serial number or MAC in the runs that lie beside them. Throws BadFile, StoreError.
 */
export const compareFolders = (old: string, young: string): Comparison => {
  const [before, after] = [readWithRuns(old), readWithRuns(young)];
  return before.assessment.target === after.assessment.target
    ? compare(before.assessment, after.assessment)
    : compare(before.assessment, after.assessment, foundIn(before.runs, after.runs));
};
