import type { ComponentVerdict, Finding, Missing } from '../model/assessment.ts';
import type { Criterion, Link } from '../model/profile.ts';
import type { Basis, CriterionVerdict } from '../model/verdict.ts';
import { type Asked, missingOf, personItems } from './asked.ts';
import type { Attested } from './attested.ts';
import { type Claim, claimOf } from './claim.ts';
import type { Watched } from './findings.ts';
import { inForce, type Weighed, weigh } from './link.ts';

export interface Judged extends ComponentVerdict {
  readonly basis: Basis;
}

/** What rule 2 looks at for one criterion on one component. */
export interface Case {
  readonly criterion: Criterion;
  /** Absent: the criterion is about the developer, and no component is looked at. */
  readonly watched?: Watched;
  /** Findings by check, on this component. */
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
  /** Whether a finding rests on something that was looked at to the end. */
  readonly looked: (finding: Finding) => boolean;
  readonly attested: Attested;
}

const FAILING: readonly Weighed['bears'][] = ['fails', 'suspect'];

/** A required link whose findings are all settled by name counts as attested; one with none at all can be named itself. */
interface Required {
  readonly link: Link;
  readonly left: readonly Weighed[];
  readonly attested: boolean;
  readonly absent?: string;
}

const andMore = (count: number): string => (count > 1 ? ` (and ${count - 1} more)` : '');

const requiredLinks = (links: readonly Link[], weighed: readonly Weighed[], { watched, attested }: Case): Required[] =>
  links
    .filter((link) => link.as === 'required')
    .map((link) => {
      const all = weighed.filter((one) => one.link === link);
      const left = all.filter((one) => !isSettled(one, attested));
      if (all.length > 0) return { link, left, attested: left.length === 0 };
      const absent = `${link.check}@${watched?.component.id ?? 'developer'}/gap:nothing`;
      return attested.passed.has(absent) ? { link, left, attested: true } : { link, left, attested: false, absent };
    });

/** Only what is inconclusive and an indicative failure can be settled, and only by name. */
const isSettled = ({ bears, finding }: Weighed, attested: Attested): boolean =>
  (bears === 'open' || bears === 'suspect') && attested.passed.has(finding.id);

const missingFindings = (required: readonly Required[], others: readonly Weighed[]): Missing[] => [
  ...required.flatMap(({ link, absent }): Missing[] =>
    absent === undefined
      ? []
      : [{ what: 'finding', detail: `${absent}: ${link.check} says nothing about what this criterion asks` }],
  ),
  ...[...required.flatMap(({ left }) => left), ...others].flatMap(({ bears, finding, because }): Missing[] => {
    if (bears === 'uncontrolled')
      return [{ what: 'control', detail: `${finding.id}: it passes without the positive control that is asked for` }];
    return bears === 'open' || bears === 'suspect' ? [{ what: 'finding', detail: `${finding.id}: ${because}` }] : [];
  }),
];

/** The check that says which parts of a declaration the run contradicts; the part is the finding's subject. */
const CONSISTENT = 'declaration-consistent';

/**
 * Rule 2d: nothing that the criterion rests on is contradicted by what was seen. Where there may be another reading
 * (indicative), an attestation that names the finding settles it.
 */
const contradictedParts = (criterion: Criterion, findings: Case['findings'], attested: Attested): Missing[] =>
  (findings.get(CONSISTENT) ?? [])
    .filter(
      ({ id, verdict, strength, withdrawn, about }) =>
        verdict === 'fail' &&
        withdrawn === undefined &&
        !(strength === 'indicative' && attested.passed.has(id)) &&
        criterion.declares.includes(about.subject?.split(':')[0] ?? ''),
    )
    .map(({ id, because }) => ({ what: 'declaration', detail: `${id}: ${because}` }));

const restsOnDeclaration = (criterion: Criterion, weighed: readonly Weighed[]): boolean =>
  criterion.declares.length > 0 || weighed.some(({ finding }) => finding.restsOn === 'declaration');

/** Whether the probes said something: a finding that is the check's own and rests on what was looked at. */
const saidBy = (weighed: readonly Weighed[], looked: Case['looked']): boolean =>
  weighed.some(({ link, finding }) => link.as === 'required' && finding.gap !== true && looked(finding));

const basisOf = (probes: boolean, persons: boolean, criterion: Criterion): Basis => {
  if (criterion.kind === 'non-technical') return persons ? 'document' : 'none';
  if (probes) return persons ? 'mixed' : 'automated';
  return persons ? 'manual' : 'none';
};

/** Rule 2b: what a claim that the criterion does not apply comes to. */
const declaredAway = (claim: Claim, nothingRan: boolean): { verdict: CriterionVerdict; because: string } => {
  switch (claim.is) {
    case 'contradicted-declaration':
      return { verdict: 'fail', because: `declared not applicable, which what was observed contradicts: ${claim.why}` };
    case 'contradicted':
      return { verdict: 'inconclusive', because: `declared not applicable, which is contradicted: ${claim.why}` };
    case 'shown':
      return { verdict: 'not-applicable', because: `declared not applicable, accepted by ${claim.why}` };
    case 'open':
      return {
        verdict: nothingRan ? 'not-assessed' : 'inconclusive',
        because: `declared not applicable, but ${claim.why}`,
      };
  }
};

/**
 * Rule 2 of `verdict-fold/1`: one criterion on one component. The first that matches, from a conclusive failure to
 * inconclusive; PASS is reached only positively.
 */
export const judgeCriterion = (item: Case): Judged => {
  const { criterion, watched, attested, looked } = item;
  const component = watched?.component.id ?? 'developer';
  // What a probe saw of a developer's criterion is only ever shown to the person.
  const links = criterion.checks.filter((link) =>
    watched === undefined ? link.as === 'supports' : inForce(link, watched.component),
  );
  const of = (link: Link): readonly Finding[] => item.findings.get(link.check) ?? [];
  const weighed = links.flatMap((link) => weigh(link, of(link)));
  const listed = [
    ...weighed.map(({ finding }) => finding.id),
    ...links
      .filter(({ as }) => as === 'supports')
      .flatMap((link) =>
        of(link)
          .filter((f) => f.gap !== true)
          .map(({ id }) => id),
      ),
  ];
  const required = requiredLinks(links, weighed, item);
  const counters = weighed.filter((one) => one.link.as === 'counter' && !isSettled(one, attested));
  const noLogins = required.some(
    ({ link, left }) =>
      link.grants !== undefined && left.length > 0 && left.every(({ bears }) => bears === 'not-applicable'),
  );
  const items = personItems(criterion, watched);
  const asked: readonly Asked[] = watched === undefined ? [] : missingOf(criterion, watched, noLogins);
  const missing: Missing[] = [
    ...missingFindings(required, counters),
    ...asked
      .filter(({ what, name }) => what !== 'coverage' || !attested.passed.has(name))
      .map(({ what, name, detail }) => ({ what, detail: what === 'coverage' ? `${name}: ${detail}` : detail })),
    ...contradictedParts(criterion, item.findings, attested),
    ...items.filter((name) => !attested.passed.has(name)).map((name) => ({ what: 'person' as const, detail: name })),
  ];
  const probes = saidBy(weighed, looked) || weighed.some(({ bears }) => FAILING.includes(bears));
  const say = (verdict: CriterionVerdict, because: string): Judged => ({
    component,
    verdict,
    findings: [...new Set(listed)],
    because,
    missing: verdict === 'pass' || verdict === 'not-applicable' ? [] : missing,
    ...(restsOnDeclaration(criterion, weighed) && verdict === 'pass' ? { restsOn: 'declaration' as const } : {}),
    basis: basisOf(probes, attested.any, criterion),
  });

  const failing = weighed.filter(({ bears }) => bears === 'fails');
  if (failing.length > 0) return say('fail', `${failing[0]!.because}${andMore(failing.length)}`);
  if (attested.failed.size > 0) return say('fail', `a person found that it fails: ${[...attested.failed].join(', ')}`);

  const claim = watched === undefined ? undefined : claimOf(criterion, watched, links, of);
  if (claim !== undefined) {
    const { verdict, because } = declaredAway(claim, !probes);
    return say(verdict, because);
  }

  if (!probes && !attested.any)
    return say(
      'not-assessed',
      criterion.checks.length > 0 && watched !== undefined
        ? 'nothing that it requires was looked at'
        : 'it is for a person to assess, and nobody has',
    );
  if (attested.contradicting.size > 0)
    return say('inconclusive', `persons contradict each other: ${[...attested.contradicting].join(', ')}`);

  const settled = required.every(
    ({ left, attested: byName, absent }) =>
      absent === undefined && (byName || left.every(({ bears }) => bears === 'passes' || bears === 'not-applicable')),
  );
  const positive =
    required.some(({ left, attested: byName }) => byName || left.some(({ bears }) => bears === 'passes')) ||
    items.some((name) => attested.passed.has(name));
  if (settled && missing.length === 0 && positive)
    return say(
      'pass',
      `pass within the stated coverage: ${required.length} required checks, ${items.length} persons' items`,
    );
  if (missing.length === 0) return say('inconclusive', 'nothing stands against it, and nothing shows it');
  return say('inconclusive', `still open: ${missing[0]!.detail}${andMore(missing.length)}`);
};
