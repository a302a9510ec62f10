import type { CriterionResult, Disposed, Finding } from '../model/assessment.ts';
import type { Disposition } from '../model/person.ts';
import type { Profile } from '../model/profile.ts';

/** What dispositions come to at the instant of judging (rule 4). They change no verdict: gates and reports read this. */
export const dispose = (
  dispositions: readonly Disposition[],
  judged: { profile: Profile; criteria: readonly CriterionResult[]; findings: readonly Finding[]; judgedAt: string },
): { dispositions: Disposed[]; findings: Finding[] } => {
  void judged;
  return {
    dispositions: dispositions.map((disposition) => ({ disposition, is: 'unmatched', why: '', findings: [] })),
    findings: [],
  };
};
