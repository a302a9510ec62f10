import type { CriterionResult } from '../model/assessment.ts';
import { failingFirst, tally, type View } from './view.ts';
import { FAILING_FIRST, VERDICT_NAMES } from './words.ts';

/** The leaves under one heading, failing first, and the heading's own part where it says more than they. */
export interface Group {
  /** Absent for criteria without a heading. */
  readonly heading?: CriterionResult;
  /** Ids of the headings above it, highest first. */
  readonly above: readonly string[];
  readonly results: readonly CriterionResult[];
  /** Whether somebody or something has looked at any of them. */
  readonly looked: boolean;
}

/** The headings above a criterion, nearest first; a ring of parents ends where it closes. */
export const parentsOf = (
  result: CriterionResult,
  all: ReadonlyMap<string, CriterionResult>,
): readonly CriterionResult[] => {
  const parents: CriterionResult[] = [];
  for (let at = all.get(result.parent ?? ''); at !== undefined && !parents.includes(at); at = all.get(at.parent ?? ''))
    parents.push(at);
  return parents;
};

/** Whether nobody and nothing has looked at a criterion: there is little to read but what the profile says of it. */
export const isSilent = ({ id, verdict, carried }: CriterionResult, { persons }: View): boolean =>
  verdict === 'not-assessed' &&
  (carried === undefined || carried.verdict === 'not-assessed') &&
  ![persons.attestations, persons.attachments, persons.claims].some((said) => said.has(id));

/** The criteria of one kind that are judged themselves, by their nearest heading; the groups failing first too. */
export const groupsOf = (criteria: readonly CriterionResult[], kind: CriterionResult['kind'], view: View): Group[] => {
  const all = new Map(criteria.map((result) => [result.id, result]));
  const judged = criteria.filter((one) => one.kind === kind && (!one.heading || one.components.length > 0));
  const byHeading = new Map<CriterionResult | undefined, CriterionResult[]>();
  for (const result of judged) {
    const heading = result.heading ? result : all.get(result.parent ?? '');
    const known = byHeading.get(heading);
    if (known === undefined) byHeading.set(heading, [result]);
    else known.push(result);
  }
  const groups = [...byHeading].map(([heading, results]) => {
    const sorted = failingFirst(results);
    return {
      ...(heading === undefined ? {} : { heading }),
      above: heading === undefined ? [] : [...parentsOf(heading, all)].reverse().map(({ id }) => id),
      results: sorted,
      looked: results.some((result) => !isSilent(result, view)),
      verdict: sorted[0]?.verdict ?? 'not-assessed',
    };
  });
  return failingFirst(groups).map(({ verdict: _, ...group }) => group);
};

/** `1 fail, 2 could not tell, 12 not assessed`. */
export const tallyWords = (results: readonly CriterionResult[]): string => {
  const counts = tally(results);
  return FAILING_FIRST.filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${VERDICT_NAMES[verdict].toLowerCase()}`)
    .join(', ');
};
