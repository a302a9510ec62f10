import { personItems } from '../judge/asked.ts';
import { shownBy } from '../judge/product.ts';
import type { Assessment, ComponentVerdict, Missing } from '../model/assessment.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import type { Component, Target } from '../model/target.ts';

/** Whether a criterion is judged once, and not component by component: what is said of it names no component. */
export const judgedOnce = ({ quantifier }: Criterion): boolean =>
  quantifier === 'product' || quantifier === 'developer';

/** A person's items of a criterion, those for the component's interfaces that no probe sees among them. */
export const itemsOf = (criterion: Criterion, component?: Component, target?: Target): readonly string[] =>
  personItems(
    criterion,
    component === undefined || target === undefined
      ? undefined
      : { target, component, views: [], runs: [], others: [] },
  );

const coverageNames = ({ coverage }: Criterion): string[] =>
  Object.keys(coverage ?? {})
    .filter((kind) => kind !== 'families')
    .concat(coverage?.families ?? [])
    .map((kind) => `coverage:${kind}`);

/** The component that a criterion is looked at on: the one named, or the one that shows it for the product. */
const lookedAtOn = (criterion: Criterion, named: string | undefined, target: Target): Component | undefined => {
  if (criterion.quantifier === 'developer') return undefined;
  return criterion.quantifier === 'product'
    ? shownBy(criterion, target)
    : target.components.find(({ id }) => id === named);
};

/**
 * Every name that an attestation for a criterion may carry: persons' items, coverage, the findings of its checks on that
 * component, and the gap of a required check that said nothing. Which of them are open is the judge's to say.
 */
export const namesFor = (
  criterion: Criterion,
  named: string | undefined,
  target: Target,
  assessment: Assessment,
): ReadonlySet<string> => {
  const component = lookedAtOn(criterion, named, target);
  const checks = new Set(criterion.checks.map(({ check }) => check));
  return new Set([
    ...itemsOf(criterion, component, target),
    ...(component === undefined ? [] : coverageNames(criterion)),
    ...assessment.findings
      .filter((finding) => finding.component === component?.id && checks.has(finding.check))
      .map(({ id }) => id),
    ...criterion.checks
      .filter(({ as }) => component !== undefined && as === 'required')
      .map(({ check }) => `${check}@${component?.id}/gap:nothing`),
  ]);
};

/** One thing that a person may settle, by the name that an attestation has to give it. */
export interface OpenItem {
  readonly name: string;
  readonly what: 'person' | 'coverage' | 'finding';
  /** Why it is open, for a finding and for coverage. */
  readonly why?: string;
}

/** What is open of one criterion on one component; `component` is absent where it is judged once. */
export interface OpenCriterion {
  readonly criterion: Criterion;
  readonly component?: string;
  readonly verdict?: ComponentVerdict['verdict'];
  readonly items: readonly OpenItem[];
  /** What no signature settles: it has to be declared, run or tried. */
  readonly toBeDone: readonly string[];
}

/** What of `missing` a signature settles, beside persons' items. */
const SIGNED: readonly Missing['what'][] = ['coverage', 'finding'];

/** A name at the head of a line of `missing`, and the words after it. */
const headOf = (detail: string, names: readonly string[]): OpenItem | undefined => {
  const name = names.find((one) => detail.startsWith(`${one}: `));
  if (name === undefined) return undefined;
  return {
    name,
    what: name.startsWith('coverage:') ? 'coverage' : 'finding',
    why: detail.slice(name.length + 2),
  };
};

/** One thing may be open for several reasons: each is told once. */
const withMore = (before: OpenItem | undefined, { why, ...item }: OpenItem): OpenItem => {
  const all = [before?.why, why].filter((one) => one !== undefined);
  return all.length === 0 ? item : { ...item, why: [...new Set(all)].join('; ') };
};

const openOn = (
  criterion: Criterion,
  { component, verdict, missing }: ComponentVerdict,
  target: Target,
  assessment: Assessment,
): OpenCriterion => {
  // The longest first: a finding's id may be the beginning of another's.
  const names = [...namesFor(criterion, component, target, assessment)].sort((a, b) => b.length - a.length);
  const items = new Map<string, OpenItem>();
  const toBeDone: string[] = [];
  for (const { what, detail } of missing) {
    const item = what === 'person' ? { name: detail, what } : SIGNED.includes(what) ? headOf(detail, names) : undefined;
    if (item === undefined) toBeDone.push(detail);
    else items.set(item.name, withMore(items.get(item.name), item));
  }
  return {
    criterion,
    ...(judgedOnce(criterion) ? {} : { component }),
    verdict,
    items: [...items.values()],
    toBeDone: [...new Set(toBeDone)],
  };
};

/** What an assessment leaves open, criterion by criterion and component by component. */
export const openIn = (profile: Profile, assessment: Assessment, target: Target): OpenCriterion[] =>
  profile.criteria.flatMap((criterion) => {
    const result = assessment.criteria.find(({ id }) => id === criterion.id);
    // What another component provides is signed for that one.
    const providedFor = (target.product?.provides ?? [])
      .filter((one) => criterion.quantifier === 'provided' && one.criterion === criterion.id)
      .map((one) => one.for);
    return (result?.components ?? [])
      .filter(({ component }) => !providedFor.includes(component))
      .map((one) => openOn(criterion, one, target, assessment))
      .filter(({ items, toBeDone }) => items.length + toBeDone.length > 0);
  });

/** What a profile asks of persons before anything was run. */
export const openBefore = (profile: Profile): OpenCriterion[] =>
  profile.criteria
    .filter(({ person }) => person.length > 0)
    .map((criterion) => ({
      criterion,
      items: itemsOf(criterion).map((name) => ({ name, what: 'person' as const })),
      toBeDone: [],
    }));
