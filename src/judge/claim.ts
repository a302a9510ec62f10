import type { Finding } from '../model/assessment.ts';
import type { Criterion, Link } from '../model/profile.ts';
import type { NotApplicableClaim } from '../model/target.ts';
import type { Watched } from './findings.ts';
import { type Weighed, weigh } from './link.ts';

/** A declared "not applicable", and what it comes to; `why` is said in the verdict's sentence. */
export interface Claim {
  readonly is: 'contradicted' | 'contradicted-declaration' | 'shown' | 'open';
  readonly why: string;
}

/** What contradicts the claim in the maker's own declaration or in what was run. */
const contradictedByDeclaration = (criterion: Criterion, { target, component, views }: Watched): string | undefined => {
  const { declares } = component;
  const says = (part: readonly unknown[] | undefined): boolean => (part?.length ?? 0) > 0;
  if (criterion.notApplicable === 'never') return undefined;
  switch (criterion.notApplicable.when) {
    case 'one-component':
      return target.components.length > 1 ? `there are ${target.components.length} components` : undefined;
    case 'no-interface':
      return says(declares.services) ? 'services are declared' : undefined;
    case 'stores-no-data':
      return says(declares.data) ? 'data are declared' : undefined;
    case 'no-onboarding':
      return says(declares.onboarding) || views.some((view) => view.state === 'onboarding')
        ? 'onboarding is declared or was observed'
        : undefined;
    case 'immutable-software':
      return declares.update === undefined ? undefined : 'updates are declared';
    default:
      return undefined;
  }
};

const speaksOf = (claim: NotApplicableClaim, { id, notApplicable }: Criterion): boolean =>
  claim.criterion === id || (notApplicable !== 'never' && claim.condition === notApplicable.when);

/** A failure, or a pass about a port: something is there that the criterion speaks of. */
const contradicts = ({ finding }: Weighed): boolean =>
  finding.gap !== true &&
  (finding.verdict === 'fail' || (finding.verdict === 'pass' && finding.about.port !== undefined));

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
  const { product } = watched.target;
  const claim = product?.notApplicable.find(
    (one) => speaksOf(one, criterion) && (one.component === undefined || one.component === watched.component.id),
  );
  if (claim === undefined) return undefined;
  // Here a counter's passes and gaps speak too: whatever could contradict the claim has to have been looked at.
  const could = links.filter(({ as }) => as !== 'supports').map((link): Link => ({ ...link, as: 'required' }));
  const weighed = could.flatMap((link) => weigh(link, of(link)));
  const against = weighed.find(contradicts);
  const said = against?.finding.because ?? contradictedByDeclaration(criterion, watched);
  if (said !== undefined)
    return { is: criterion.aboutDeclaration ? 'contradicted-declaration' : 'contradicted', why: said };
  if (criterion.notApplicable === 'never') return { is: 'open', why: 'this criterion always applies' };
  if (claim.acceptedBy === undefined) return { is: 'open', why: 'the lab has not accepted the claim' };
  if (criterion.notApplicable.when === 'one-component' && product?.complete !== true)
    return { is: 'open', why: 'no complete component list was declared' };
  const gap = weighed.find(({ bears }) => bears === 'open');
  if (gap !== undefined) return { is: 'open', why: `what could contradict it is open: ${gap.finding.because}` };
  const silent = could.find((link) => !weighed.some((one) => one.link === link));
  if (silent !== undefined) return { is: 'open', why: `${silent.check} says nothing that could contradict it` };
  return { is: 'shown', why: claim.acceptedBy };
};
