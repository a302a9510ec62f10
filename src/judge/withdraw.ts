import type { Finding, Withdrawn } from '../model/assessment.ts';
import type { Withdrawal } from '../model/person.ts';
import type { Check } from './check.ts';
import { isNamed, noteOf, numbered } from './dispose.ts';
import type { GivenRun } from './one-item.ts';

const IS_NOT: Readonly<Record<Exclude<Withdrawn['is'], 'in-force'>, string>> = {
  ended: 'has ended',
  unmatched: 'takes out nothing',
};

/**
 * A person's name as it is compared: its letters and digits, without case, spacing, points and what cannot be seen. Empty
 * where nobody is named.
 */
export const personOf = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((part) => part !== '')
    .join(' ');

/** Whether two persons are named, and not one of them twice. */
export const areTwo = ([one = '', other = '']: readonly string[]): boolean =>
  personOf(one) !== '' && personOf(other) !== '' && personOf(one) !== personOf(other);

/**
 * Takes withdrawn findings out of the fold (rule 4): they stay in the list, marked, and count as inconclusive. A withdrawal
 * is in force for the version of the check that it names, and for the finding of the run whose seal it names. What the judge
 * added itself cannot be withdrawn: nothing was said there. `notes` are findings about withdrawals that are not in force.
 */
export const withdraw = (
  findings: readonly Finding[],
  withdrawals: readonly Withdrawal[],
  checks: readonly Check[],
  runs: readonly GivenRun[],
  judgedAt: string,
): { findings: Finding[]; withdrawals: Withdrawn[]; notes: Finding[] } => {
  const taken = new Map<string, string>();
  const notes: Finding[] = [];

  const standing = (withdrawal: Withdrawal, finding: Finding | undefined): Omit<Withdrawn, 'withdrawal'> => {
    const { check, version, seal, at, by } = withdrawal;
    const present = checks.find(({ id }) => id === check)?.version;
    if (present === undefined) return { is: 'unmatched', why: `the check ${check} is not built` };
    if (present !== version) return { is: 'ended', why: `${check} is of version ${present} now, and not ${version}` };
    if (!(Date.parse(at) <= Date.parse(judgedAt))) return { is: 'unmatched', why: `it counts only from ${at} on` };
    if (!areTwo(by)) return { is: 'unmatched', why: 'one person alone withdraws nothing' };
    if (!runs.some((run) => run.seal === seal)) return { is: 'unmatched', why: 'no run that is judged has its seal' };
    if (finding === undefined) return { is: 'unmatched', why: 'there is no such finding of that check in that run' };
    if (finding.gap === true) return { is: 'unmatched', why: 'it is a gap: nothing was said that could be wrong' };
    return { is: 'in-force', why: `${by.join(' and ')} say that the tool was wrong: ${withdrawal.why}` };
  };

  const all = withdrawals.map((withdrawal): Withdrawn => {
    const named = findings.filter(
      (finding) => finding.check === withdrawal.check && isNamed(finding, withdrawal.finding),
    );
    const sealed = runs.filter(({ seal }) => seal === withdrawal.seal).map(({ run }) => run.id);
    const finding = named.find(({ run }) => sealed.includes(run));
    const one = { withdrawal, ...standing(withdrawal, finding) };
    if (one.is === 'in-force') taken.set(finding!.id, taken.get(finding!.id) ?? withdrawal.id);
    else {
      const near = finding ?? named[0];
      const { target, id } = runs.at(-1)!.run;
      const component = target.components.find((each) => each.id === near?.component) ?? target.components[0]!;
      notes.push(
        noteOf(`withdrawal:${withdrawal.id}`, `The withdrawal "${withdrawal.id}" ${IS_NOT[one.is]}: ${one.why}.`, {
          component: component.id,
          run: near?.run ?? id,
          host: near?.about.host ?? component.addresses[0] ?? component.id,
        }),
      );
    }
    return one;
  });
  return {
    findings: findings.map((finding) => {
      const by = taken.get(finding.id);
      return by === undefined ? finding : { ...finding, withdrawn: by };
    }),
    withdrawals: all,
    notes: numbered(notes),
  };
};
