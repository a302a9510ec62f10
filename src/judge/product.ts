import type { ComponentVerdict, CriterionResult } from '../model/assessment.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import type { Component, Target } from '../model/target.ts';
import type { Basis, CriterionVerdict } from '../model/verdict.ts';
import type { Judged } from './criterion.ts';
import { and, or } from './fold.ts';

const NO_LIST = 'no component list was declared, so what holds of the components does not show it of the product';

/** The component that a `product` criterion is judged on: the one declared to show it, else the device. */
export const shownBy = (criterion: Criterion, target: Target): Component => {
  const named = target.product?.shownBy?.find((one) => one.criterion === criterion.id)?.component;
  return (
    target.components.find((component) => component.id === named) ??
    target.components.find((component) => component.kind === 'device') ??
    target.components[0]!
  );
};

/** As each; but a verdict, unless it is FAIL, may be that of the component declared to provide the means for it. */
const provided = (criterion: Criterion, target: Target, judged: readonly Judged[]): readonly Judged[] =>
  judged.map((own) => {
    const by = target.product?.provides?.find((one) => one.criterion === criterion.id && one.for === own.component)?.by;
    const provider = judged.find((one) => one.component === by);
    if (own.verdict === 'fail' || provider === undefined) return own;
    return { ...provider, component: own.component, because: `provided by ${provider.component}: ${provider.because}` };
  });

const together = (bases: readonly Basis[]): Basis => {
  const real = [...new Set(bases.filter((basis) => basis !== 'none'))];
  if (real.length === 0) return 'none';
  return real.length === 1 ? real[0]! : 'mixed';
};

const strip = ({ basis: _, ...verdict }: Judged): ComponentVerdict => verdict;

const sentence = (verdict: CriterionVerdict, judged: readonly Judged[]): string => {
  const like = judged.filter((one) => one.verdict === verdict);
  const first = like[0] ?? judged[0];
  if (first === undefined) return 'nothing was judged';
  if (like.length === 0)
    return `the components differ: ${judged.map((one) => `${one.component} ${one.verdict}`).join(', ')}`;
  return judged.length === 1 ? first.because : `${like.map(({ component }) => component).join(', ')}: ${first.because}`;
};

/** Folds one criterion over its components by its quantifier (rule 3). */
export const foldComponents = (criterion: Criterion, target: Target, judged: readonly Judged[]): CriterionResult => {
  const components = criterion.quantifier === 'provided' ? provided(criterion, target, judged) : judged;
  const folded = (criterion.quantifier === 'any' ? or : and)(components.map(({ verdict }) => verdict));
  // A developer's criterion is about no component; every other needs to know that none was left out.
  const whole = criterion.quantifier === 'developer' || target.product?.complete === true;
  const short = !whole && (folded === 'pass' || folded === 'not-applicable');
  const verdict = short ? 'inconclusive' : folded;
  return {
    id: criterion.id,
    title: criterion.title,
    level: criterion.level,
    kind: criterion.kind,
    heading: criterion.heading,
    ...(criterion.parent === undefined ? {} : { parent: criterion.parent }),
    verdict,
    basis: together(components.map(({ basis }) => basis)),
    because: short ? NO_LIST : sentence(verdict, components),
    ...(criterion.reading === undefined ? {} : { reading: criterion.reading }),
    components: components.map(strip),
  };
};

/** Whether a heading says more than its children. */
export const saysMore = (criterion: Criterion): boolean => criterion.checks.length > 0 || criterion.person.length > 0;

/** Folds headings from their children, each already folded over the components, and from what they say themselves. */
export const foldHeadings = (profile: Profile, own: ReadonlyMap<string, CriterionResult>): CriterionResult[] => {
  const done = new Map<string, CriterionResult>();
  const under = new Map<string, Criterion[]>();
  for (const criterion of profile.criteria) {
    const { parent } = criterion;
    if (parent !== undefined) under.set(parent, [...(under.get(parent) ?? []), criterion]);
  }
  const result = (criterion: Criterion): CriterionResult => {
    const known = done.get(criterion.id);
    if (known !== undefined) return known;
    const mine = own.get(criterion.id)!;
    if (!criterion.heading) {
      done.set(criterion.id, mine);
      return mine;
    }
    const children = (under.get(criterion.id) ?? []).map(result);
    const parts = saysMore(criterion) ? [...children, mine] : children;
    const verdict = and(parts.map((part) => part.verdict));
    const like = parts
      .filter((part) => part.verdict === verdict)
      .map(({ id }) => (id === criterion.id ? 'itself' : id));
    const folded: CriterionResult = {
      ...mine,
      verdict,
      basis: together(parts.map(({ basis }) => basis)),
      because: `${verdict}: ${like.length > 0 ? like.join(', ') : 'some pass and some are not assessed'}`,
    };
    done.set(criterion.id, folded);
    return folded;
  };
  return profile.criteria.map(result);
};
