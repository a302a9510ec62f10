import * as fs from 'node:fs';
import { join, resolve } from 'node:path';
import { type Beside, compare } from '../judge/compare.ts';
import { type FoundAgain, foundAgain } from '../judge/one-item.ts';
import { isKnowable, likeness, marksOf } from '../judge/same-item.ts';
import type { Assessment } from '../model/assessment.ts';
import type { Comparison } from '../model/comparison.ts';
import type { Run } from '../model/run.ts';
import { digestOf, SUMS } from '../observe/seal.ts';
import { comparisonText } from '../report/compare-text.ts';
import { visible } from '../report/text.ts';
import { readSealed } from './assess.ts';
import { Usage } from './limits.ts';
import { type ReadAssessment, readAssessment } from './read-assessment.ts';

/** An assessment to compare with, and the runs that it is of; none where it was copied away from them. */
export interface Baseline extends ReadAssessment {
  readonly runs: readonly Run[];
}

/** The folder of a run that an assessment was judged on: a run of the item at another address lies under another device. */
export const runFolderOf = (
  dir: string,
  { id, seal }: Pick<Assessment['runs'][number], 'id' | 'seal'>,
): string | undefined => {
  if (!/^\d{8}T\d{6}Z$/.test(id)) return undefined;
  const device = resolve(dir, '..', '..', '..');
  const out = join(device, '..');
  const others = fs.existsSync(out) ? fs.readdirSync(out).map((name) => join(out, name)) : [];
  return [device, ...others]
    .map((folder) => join(folder, id, 'run'))
    .find((run) => fs.existsSync(join(run, SUMS)) && (seal === undefined || digestOf(join(run, SUMS)) === seal));
};

/** Reads an assessment with the runs that lie beside it. Throws BadFile, StoreError where it or a run is not what was sealed. */
export const readWithRuns = (path: string): Baseline => {
  const read = readAssessment(path);
  const { assessment, dir } = read;
  const runs = assessment.runs.flatMap((run) => {
    const folder = runFolderOf(dir, run);
    return folder === undefined ? [] : [readSealed(folder).run];
  });
  return { ...read, runs };
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

/** Where the components of one target are now, by their names: those that have one address, then and now. */
const byName = (old: readonly Run[], young: readonly Run[]): FoundAgain | undefined => {
  const [before, after] = [old.at(-1)?.target.components ?? [], young.at(-1)?.target.components ?? []];
  const addresses = before.flatMap(({ id, addresses: [was, ...more] }): [string, string][] => {
    const [is, ...others] = after.find((one) => one.id === id)?.addresses ?? [];
    return was === undefined || is === undefined || more.length + others.length > 0 ? [] : [[was, is]];
  });
  return addresses.length === 0 ? undefined : { components: new Map(), addresses: new Map(addresses) };
};

type Side = Pick<Baseline, 'assessment' | 'runs'>;

/** Compares two assessments with what their runs show. */
const compareSides = (old: Side, young: Side, unsealed: Beside['unsealed']): Comparison => {
  const one = old.assessment.target === young.assessment.target;
  const again = foundIn(old.runs, young.runs) ?? (one ? byName(old.runs, young.runs) : undefined);
  return compare(old.assessment, young.assessment, {
    before: old.runs,
    after: young.runs,
    unsealed,
    ...(again === undefined ? {} : { again }),
  });
};

/** What a scan says of its baseline: without a `comparison`, the item was not there to compare, which is worse. */
export interface Against<W> {
  readonly worse: boolean;
  readonly text: string;
  readonly comparison?: Comparison;
  /** Which of the new assessments it was compared with. */
  readonly same?: W;
}

/** Compares the new assessment of the same item by the same profile with the baseline; one that is not there is worse. */
export const againstBaseline = <W extends { readonly assessment: Assessment; readonly sealed: { readonly run: Run } }>(
  baseline: Side & Pick<Baseline, 'seal'>,
  written: readonly W[],
): Against<W> => {
  const { assessment: old, runs } = baseline;
  const candidates = written.filter(({ assessment }) => assessment.profile.id === old.profile.id);
  const same =
    candidates.find(({ assessment }) => assessment.target === old.target) ??
    candidates.find(({ sealed }) => foundIn(runs, [sealed.run]) !== undefined);
  if (same === undefined)
    return { worse: true, text: `${visible(old.target, 100)} did not answer: nothing to compare with the baseline\n` };
  const young = { assessment: same.assessment, runs: [same.sealed.run] };
  // The newer one was written and sealed by this command.
  const comparison = compareSides(baseline, young, { older: baseline.seal === undefined, newer: false });
  const newest = [...runs].sort((a, b) => (a.id < b.id ? -1 : 1)).at(-1);
  // Another item in the baseline's place is no re-test of it: a nightly gate must not end with "not worse".
  const differs = newest === undefined ? undefined : likeness(marksOf(newest), marksOf(same.sealed.run)).differs;
  const told =
    differs === undefined
      ? ''
      : `worse than the baseline: it is of another item, which differs in ${visible(differs)}\n`;
  return {
    worse: comparison.worse || differs !== undefined,
    text: `${comparisonText(comparison)}${told}`,
    comparison,
    same,
  };
};

/**
 * Compares two assessments by their folders, the older first. Where their targets have other names, the item is looked
 * for by serial number or MAC in the runs that lie beside them. Throws BadFile, StoreError, and Usage where they are by
 * two profiles.
 */
export const compareFolders = (
  old: string,
  young: string,
): { readonly comparison: Comparison; readonly before: Baseline; readonly after: Baseline } => {
  const [before, after] = [readWithRuns(old), readWithRuns(young)];
  const [was, is] = [before.assessment.profile.id, after.assessment.profile.id];
  if (was !== is)
    throw new Usage(
      `"${old}" is by ${was} and "${young}" by ${is}: expected one profile; probity judge <run> --profile ${is} judges the older run again`,
    );
  const unsealed = { older: before.seal === undefined, newer: after.seal === undefined };
  return { comparison: compareSides(before, after, unsealed), before, after };
};
