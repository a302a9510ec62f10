import type { CriterionResult, LabelResult } from '../model/assessment.ts';
import type { Label } from '../model/profile.ts';

/** A label's levels over the criteria, each with the levels below it. It says what stands; no mark is earned by it. */
export const labelOf = (label: Label, criteria: readonly CriterionResult[]): LabelResult => {
  const below: string[] = [];
  const verdicts = new Map(criteria.map(({ id, verdict }) => [id, verdict]));
  const levels = label.levels.map(({ id, title, criteria: own }) => {
    below.push(...own);
    const asked = [...new Set(below)];
    const verdictOf = (name: string) => verdicts.get(name) ?? 'not-assessed';
    const failing = asked.filter((name) => verdictOf(name) === 'fail');
    const open = asked.filter((name) => verdictOf(name) === 'inconclusive' || verdictOf(name) === 'not-assessed');
    const is = failing.length > 0 ? ('not-met' as const) : open.length > 0 ? ('open' as const) : ('met' as const);
    return { id, title, is, failing, open, criteria: asked.length };
  });
  return { kind: label.kind, title: label.title, levels };
};
