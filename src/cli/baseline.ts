import { type Comparison, compare } from '../judge/compare.ts';
import type { Assessment } from '../model/assessment.ts';
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

/**
 * Reads the assessment that `--baseline` leads to, before anything is sent: it has to be of one of these targets by one
 * of these profiles (`undefined`: any target). Throws Usage, BadFile.
 */
export const readBaseline = (
  baseline: string | undefined,
  targets: readonly string[] | undefined,
  profiles: readonly string[],
): Assessment | undefined => {
  if (baseline === undefined) return undefined;
  const { assessment } = readAssessment(baseline);
  const { target, profile } = assessment;
  if (targets?.includes(target) === false || !profiles.includes(profile.id))
    throw new Usage(`--baseline ${baseline}: it is of ${target} by ${profile.id}, which is not scanned now`);
  return assessment;
};

/** Compares the new assessment of the same target by the same profile with the baseline; one that is not there is worse. */
export const againstBaseline = (
  old: Assessment,
  assessments: readonly Assessment[],
): { worse: boolean; text: string } => {
  const same = assessments.find(({ target, profile }) => target === old.target && profile.id === old.profile.id);
  if (same === undefined)
    return { worse: true, text: `${visible(old.target, 100)} did not answer: nothing to compare with the baseline\n` };
  const comparison = compare(old, same);
  return { worse: comparison.worse, text: comparisonText(comparison) };
};
