import { type CriterionVerdict, VERDICTS, type Verdict } from '../model/verdict.ts';

/** The worst of several verdicts; of nothing: inconclusive (rule 1). */
export const worst = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.length === 0 ? 'inconclusive' : VERDICTS[Math.max(...verdicts.map((verdict) => VERDICTS.indexOf(verdict)))]!;

type Operator = (verdicts: Iterable<CriterionVerdict>) => CriterionVerdict;

/** AND and OR differ only in which verdict decides and which yields (rule 3). */
const operator =
  (decides: CriterionVerdict, yields: CriterionVerdict): Operator =>
  (verdicts) => {
    const all = new Set(verdicts);
    if (all.has(decides)) return decides;
    if (all.has('inconclusive') || (all.has(yields) && all.has('not-assessed'))) return 'inconclusive';
    if (all.has('not-assessed')) return 'not-assessed';
    if (all.has(yields)) return yields;
    return all.has('not-applicable') ? 'not-applicable' : 'not-assessed';
  };

/** AND: fail, then inconclusive, then not-assessed, then pass; pass with not-assessed is inconclusive. */
export const and: Operator = operator('fail', 'pass');

/** OR: the dual of AND. */
export const or: Operator = operator('pass', 'fail');
