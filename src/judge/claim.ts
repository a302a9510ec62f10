import type { Finding } from '../model/assessment.ts';
import type { Criterion, Link, NotApplicableWhen } from '../model/profile.ts';
import type { Component, NotApplicableClaim } from '../model/target.ts';
import { type Claimed, CONDITIONS, type Condition, IMPLIES } from './conditions.ts';
import type { Watched } from './findings.ts';
import { gapsOf } from './gaps.ts';
import { type Weighed, weigh } from './link.ts';
import { ComponentView } from './seen.ts';

/** A declared "not applicable", and what it comes to; `why` is said in the verdict's sentence. */
export interface Claim {
  readonly is: 'contradicted' | 'contradicted-declaration' | 'shown' | 'open';
  readonly why: string;
}

/** A claim that speaks of the criterion, and the conditions that all have to hold for it to stand. */
interface Ground {
  readonly claim: NotApplicableClaim;
  readonly conditions: readonly NotApplicableWhen[];
}

/**
 * What a claim rests on for this criterion. One by the criterion's id may rest on any of its conditions; one by a condition
 * rests on that, and speaks of every criterion that it or what it implies is a condition of. `stated` is no condition.
 */
const groundsOf = (claim: NotApplicableClaim, { id, notApplicable }: Criterion): readonly Ground[] => {
  const whens = notApplicable === 'never' ? [] : [notApplicable.when, ...(notApplicable.or ?? [])];
  if (claim.criterion === id)
    return whens.length === 0 ? [{ claim, conditions: [] }] : whens.map((when) => ({ claim, conditions: [when] }));
  const { condition } = claim;
  if (condition === undefined) return [];
  return whens
    .filter((when) => when !== 'stated')
    .filter((when) => when === condition || IMPLIES[condition as NotApplicableWhen]?.includes(when))
    .map((when) => ({ claim, conditions: [...new Set([condition as NotApplicableWhen, when])] }));
};

/** The component that is judged; for a criterion about the product, each one that the condition is about. */
const claimedOf = (criterion: Criterion, condition: Condition, watched: Watched): readonly Claimed[] => {
  const { target, component, runs } = watched;
  if (criterion.quantifier !== 'product' || condition.looks === undefined) return [watched];
  const states = [...new Set(runs.map(({ state }) => state))];
  const viewsOf = (other: Component): readonly ComponentView[] =>
    other.addresses.length === 0
      ? []
      : states.map((state) => {
          const those = runs.filter((run) => run.state === state);
          return new ComponentView(other, those, runs.length > 1);
        });
  return target.components
    .filter(({ kind }) => condition.everywhere === true || (kind !== 'app' && kind !== 'cloud'))
    .map((other) => (other === component ? watched : { target, component: other, views: viewsOf(other) }));
};

/** What could speak against a condition and was not looked at to its end; undefined where all of it was. */
const notLookedAt = (condition: Condition, { component, views }: Claimed): string | undefined => {
  if (condition.looks === undefined) return undefined;
  const { needs, states = [] } = condition.looks;
  if (needs.length > 0 && views.length === 0) return `${component.id} is out of the reach of the lab`;
  const gaps = views.flatMap((view) => gapsOf({ id: 'claim', theme: 'access', needs }, view));
  if (gaps[0] !== undefined) return gaps[0].because;
  const unseen = states.find((state) => !views.some((view) => view.state === state && view.attempts.length > 0));
  return unseen === undefined ? undefined : `it was not observed in the state ${unseen}`;
};

/** The subject of the gap of a check that nobody has built. */
const UNBUILT = 'gap:unbuilt';

/** A failure; and a pass about a port, where the claim is that there is nothing of the kind. */
const contradicts =
  (deniesSubject: boolean) =>
  ({ finding }: Weighed): boolean =>
    finding.gap !== true &&
    finding.withdrawn === undefined &&
    (finding.verdict === 'fail' || (deniesSubject && finding.verdict === 'pass' && finding.about.port !== undefined));

const outcomeOf = (
  criterion: Criterion,
  watched: Watched,
  { claim, conditions }: Ground,
  could: readonly { readonly link: Link; readonly said: readonly Weighed[] }[],
): Claim => {
  const weighed = could.flatMap((one) => one.said);
  const named = conditions.map((name) => CONDITIONS[name]).filter((condition) => condition !== undefined);
  const deniesSubject = named.length === 0 || named.some((condition) => condition.deniesSubject === true);
  const claimed = named.flatMap((condition) =>
    claimedOf(criterion, condition, watched).map((about) => ({ condition, about })),
  );
  const first = (ask: (one: (typeof claimed)[number]) => string | undefined): string | undefined =>
    claimed.map(ask).find((said) => said !== undefined);
  const said =
    weighed.find(contradicts(deniesSubject))?.finding.because ??
    first(({ condition, about }) => condition.against(about));
  if (said !== undefined)
    return { is: criterion.aboutDeclaration ? 'contradicted-declaration' : 'contradicted', why: said };
  if (conditions.length === 0) return { is: 'open', why: 'this criterion always applies' };
  if (claim.acceptedBy === undefined) return { is: 'open', why: 'the lab has not accepted the claim' };
  if (conditions.includes('one-component') && watched.target.product?.complete !== true)
    return { is: 'open', why: 'no complete component list was declared' };
  // An unbuilt check leaves nothing open where the condition knows itself which facts could speak, or where it could only
  // have counted against and another check has spoken.
  const asksItself = named.some(({ looks }) => looks !== undefined && looks.needs.length > 0);
  const spoken = weighed.some(({ finding }) => finding.gap !== true);
  const isCounter = (check: string): boolean =>
    could.filter(({ link }) => link.check === check).every(({ link }) => link.as === 'counter');
  const blocks = (finding: Finding): boolean => {
    if (finding.gap !== true) return deniesSubject || finding.withdrawn !== undefined;
    return finding.about.subject !== UNBUILT || !(asksItself || (spoken && isCounter(finding.check)));
  };
  const gap = weighed.find(({ bears, finding }) => bears === 'open' && blocks(finding));
  const unlooked = gap?.finding.because ?? first(({ condition, about }) => notLookedAt(condition, about));
  if (unlooked !== undefined) return { is: 'open', why: `what could contradict it is open: ${unlooked}` };
  const silent = could.find((one) => one.said.length === 0);
  if (silent !== undefined) return { is: 'open', why: `${silent.link.check} says nothing that could contradict it` };
  return { is: 'shown', why: claim.acceptedBy };
};

const ORDER: readonly Claim['is'][] = ['contradicted-declaration', 'shown', 'contradicted', 'open'];

/**
 * Rule 2b: undefined where nothing is declared not applicable. A claim is shown only where the criterion allows it, the
 * lab accepted it, nothing contradicts it, and each check that could contradict it said something without a gap.
 */
export const claimOf = (
  criterion: Criterion,
  watched: Watched,
  links: readonly Link[],
  of: (link: Link) => readonly Finding[],
): Claim | undefined => {
  const grounds = (watched.target.product?.notApplicable ?? [])
    .filter(({ component }) => component === undefined || component === watched.component.id)
    .flatMap((claim) => groundsOf(claim, criterion));
  if (grounds.length === 0) return undefined;
  // Here a counter's passes and gaps speak too: whatever could contradict the claim has to have been looked at.
  const could = links
    .filter(({ as }) => as !== 'supports')
    .map((link) => ({ link, said: weigh({ ...link, as: 'required' }, of(link)) }));
  const outcomes = grounds.map((ground) => outcomeOf(criterion, watched, ground, could));
  return ORDER.map((is) => outcomes.find((one) => one.is === is)).find((one) => one !== undefined);
};
