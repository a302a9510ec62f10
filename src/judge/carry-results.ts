import type { Carried, CriterionResult, Finding } from '../model/assessment.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import type { Component, Target } from '../model/target.ts';
import type { CarriedOver } from './carry.ts';
import type { Judged } from './criterion.ts';
import { foldComponents } from './product.ts';

/** Whether something of the profile's own decides: checks that it names, or whatever was stated (B.4, 10). */
const isDirect = (criterion: Criterion, { verdict, basis }: CriterionResult): boolean =>
  criterion.checks.length > 0 || verdict !== 'not-assessed' || basis !== 'none';

const shown = ({ run: _, conflicts: __, restsOn: ___, ...carried }: CarriedOver): Carried => carried;

/** The verdict in place of one that nobody has given. */
const inPlace = (criterion: Criterion, own: CriterionResult, carried: CarriedOver, target: Target): CriterionResult => {
  const { verdict, because, restsOn } = carried;
  const takes = (component: string): boolean =>
    criterion.quantifier === 'developer' || carried.components.includes(component);
  const judged = own.components.map((one): Judged => {
    if (one.verdict !== 'not-assessed' || !takes(one.component)) return { ...one, basis: 'none' };
    return {
      ...one,
      verdict,
      because,
      missing: verdict === 'pass' ? [] : one.missing,
      ...(restsOn === undefined ? {} : { restsOn }),
      basis: verdict === 'not-assessed' ? 'none' : 'mapped',
    };
  });
  const folded = foldComponents(criterion, target, judged);
  const others = target.components.filter(({ kind }) => kind !== 'device').map(({ id }) => id);
  if (folded.verdict !== 'pass' || others.length === 0) return { ...folded, carried: shown(carried) };
  // Whatever the quantifier: a mapping of a device shows nothing of a product that is more than devices (B.4, 5).
  return {
    ...folded,
    verdict: 'inconclusive',
    because: `the mapping is of a device, and shows nothing of ${others.join(', ')}: ${because}`,
    carried: shown(carried),
  };
};

const finding = (
  check: 'crosswalk-conflict' | 'crosswalk-disagreement',
  criterion: string,
  { id, addresses }: Component,
  run: string,
  because: string,
): Finding => ({
  id: `${check}@${id}/${criterion}`,
  run,
  check,
  facets: {},
  conditions: [],
  verdict: 'inconclusive',
  strength: 'indicative',
  component: id,
  about: { host: addresses[0] ?? id, subject: criterion },
  because,
  expected:
    check === 'crosswalk-conflict'
      ? 'the rows of a crosswalk say the same of an element'
      : 'what was judged and what a crosswalk carries agree',
  basis: [],
});

const conflicts = (criterion: string, carried: CarriedOver, target: Target): Finding[] =>
  carried.conflicts.flatMap(({ component, because }) =>
    target.components
      .filter(({ id }) => id === component)
      .map((one) => finding('crosswalk-conflict', criterion, one, carried.run, because)),
  );

/** PASS against FAIL on one component. */
const disagreements = (own: CriterionResult, carried: CarriedOver, target: Target): Finding[] =>
  target.components.flatMap((component) => {
    const mine = own.components.find((one) => one.component === component.id)?.verdict;
    const pair = [mine, carried.verdict];
    if (!carried.components.includes(component.id) || !pair.includes('pass') || !pair.includes('fail')) return [];
    const because = `judged here it is ${mine}; over ${carried.crosswalk} it is ${carried.verdict}: ${carried.because}`;
    return [finding('crosswalk-disagreement', own.id, component, carried.run, because)];
  });

/**
 * The results with what was carried: in place of a verdict where nothing of its own decides, else beside it. Findings are
 * rows that conflict, and a direct verdict that disagrees with a carried one.
 */
export const withCarried = (
  own: ReadonlyMap<string, CriterionResult>,
  carried: ReadonlyMap<string, CarriedOver>,
  to: { profile: Profile; target: Target },
): { own: ReadonlyMap<string, CriterionResult>; findings: Finding[] } => {
  const results = new Map(own);
  const findings: Finding[] = [];
  for (const criterion of to.profile.criteria) {
    const [mine, over] = [own.get(criterion.id), carried.get(criterion.id)];
    if (mine === undefined || over === undefined) continue;
    findings.push(...conflicts(criterion.id, over, to.target));
    if (isDirect(criterion, mine)) {
      findings.push(...disagreements(mine, over, to.target));
      results.set(criterion.id, { ...mine, carried: shown(over) });
    } else results.set(criterion.id, inPlace(criterion, mine, over, to.target));
  }
  return { own: results, findings };
};
