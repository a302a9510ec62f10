import { z } from 'zod';

/**
 * Verdicts of a finding and of a check on one component. The order is the algebra: the worst of several is the
 * largest index. What the worst of nothing is, rule 1 of `verdict-fold/1` says: inconclusive.
 */
export const VERDICTS = ['not-applicable', 'pass', 'inconclusive', 'fail'] as const;
export const Verdict = z.enum(VERDICTS);
export type Verdict = z.infer<typeof Verdict>;

/** Verdicts of a criterion: a check's, and `not-assessed` for what nobody looked at (ISO/IEC 17025's "not tested"). */
export const CRITERION_VERDICTS = ['pass', 'fail', 'inconclusive', 'not-assessed', 'not-applicable'] as const;
export const CriterionVerdict = z.enum(CRITERION_VERDICTS);
export type CriterionVerdict = z.infer<typeof CriterionVerdict>;

/** How far a failing finding counts: `conclusive` decides, `indicative` leaves the matter open. */
export const STRENGTHS = ['indicative', 'conclusive'] as const;
export const Strength = z.enum(STRENGTHS);
export type Strength = z.infer<typeof Strength>;

/** Where a criterion's verdict comes from. */
export const BASES = ['automated', 'manual', 'document', 'mixed', 'mapped', 'none'] as const;
export const Basis = z.enum(BASES);
export type Basis = z.infer<typeof Basis>;
