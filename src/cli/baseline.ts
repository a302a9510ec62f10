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

/** Compares new assessments with the one of the same target and profile that `--baseline` leads to. Throws Usage, StoreError. */
export const againstBaseline = (
  baseline: string,
  assessments: readonly Assessment[],
): { worse: boolean; text: string } => {
  const old = readAssessment(baseline).assessment;
  const same = assessments.find(({ target, profile }) => target === old.target && profile.id === old.profile.id);
  if (same === undefined)
    throw new Usage(`--baseline ${baseline}: it is of ${old.target} by ${old.profile.id}, which was not scanned now`);
  const comparison = compare(old, same);
  return { worse: comparison.worse, text: comparisonText(comparison) };
};
