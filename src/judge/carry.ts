import type { Assessment, Carried, CriterionResult, Finding } from '../model/assessment.ts';
import type { Crosswalk } from '../model/crosswalk.ts';
import type { Profile } from '../model/profile.ts';
import type { Item, Target } from '../model/target.ts';

/** A crosswalk, and the assessment whose verdicts are carried over it. */
export interface Via {
  readonly crosswalk: Crosswalk;
  readonly digest?: string;
  readonly source: {
    readonly assessment: Assessment;
    /** The digest of the assessment's SHA256SUMS. */
    readonly seal?: string;
    /** The item that the source was judged on, and the name of its product. */
    readonly item: Item;
    readonly product?: string;
  };
}

/** What a crosswalk says of the criteria of a profile, by id (CRITERIA B.4). Pure. */
export const carry = (via: Via, to: { profile: Profile; target: Target; item: Item }): ReadonlyMap<string, Carried> => {
  void [via, to];
  return new Map();
};

/** The results with what was carried: in place of a verdict where nothing of its own decides, else beside it. */
export const withCarried = (
  own: ReadonlyMap<string, CriterionResult>,
  carried: ReadonlyMap<string, Carried>,
  to: { profile: Profile; target: Target },
): { own: ReadonlyMap<string, CriterionResult>; findings: Finding[] } => {
  void [carried, to];
  return { own, findings: [] };
};
