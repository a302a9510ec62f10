import type { Assessment, Disposed, Finding, Withdrawn } from '../model/assessment.ts';
import type { Attachment, Attestation, Selector } from '../model/person.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import type { NotApplicableClaim, Product } from '../model/target.ts';

/** What persons say of one assessment, found by what they say it of. */
export interface PersonsView {
  /** Dispositions by the findings that they select. */
  readonly dispositions: ReadonlyMap<string, readonly Disposed[]>;
  readonly withdrawals: ReadonlyMap<string, Withdrawn>;
  /** Attestations of this profile and attachments, by criterion. */
  readonly attestations: ReadonlyMap<string, readonly NamedAttestation[]>;
  readonly attachments: ReadonlyMap<string, readonly Attachment[]>;
  /** Claims of not applicable by the criteria that they speak of. */
  readonly claims: ReadonlyMap<string, readonly NotApplicableClaim[]>;
  /** All of them, in the order given. */
  readonly all: {
    readonly attestations: readonly NamedAttestation[];
    readonly attachments: readonly Attachment[];
    readonly dispositions: readonly Disposed[];
    readonly withdrawals: readonly Withdrawn[];
    readonly claims: readonly NotApplicableClaim[];
  };
}

/** An attestation with its anchor in this report, and whether it had ended when it was judged. */
export interface NamedAttestation {
  readonly attestation: Attestation;
  readonly anchor: string;
  readonly ended: boolean;
}

const by = <T>(rows: readonly T[], keys: (row: T) => readonly string[]): Map<string, T[]> => {
  const map = new Map<string, T[]>();
  for (const row of rows)
    for (const key of new Set(keys(row))) {
      const known = map.get(key);
      if (known === undefined) map.set(key, [row]);
      else known.push(row);
    }
  return map;
};

const conditionsOf = ({ notApplicable }: Criterion): readonly string[] =>
  notApplicable === 'never' ? [] : [notApplicable.when, ...(notApplicable.or ?? [])];

/** By the criterion's id, or by one of its conditions. What a condition implies is the judge's to say. */
const speaksOf = (criterion: Criterion, { criterion: id, condition }: NotApplicableClaim): boolean =>
  condition === undefined ? id === criterion.id : conditionsOf(criterion).includes(condition);

export const personsOf = (assessment: Assessment, profile: Profile, product: Product | undefined): PersonsView => {
  const attestations = (assessment.attestations ?? []).map((attestation, index) => ({
    attestation,
    anchor: `attestation-${index + 1}`,
    ended: attestation.until !== undefined && Date.parse(attestation.until) <= Date.parse(assessment.judgedAt),
  }));
  const { attachments = [], dispositions = [], withdrawals = [] } = assessment;
  const leaves = profile.criteria.filter(({ heading }) => !heading);
  const conditional = leaves.some((leaf) => conditionsOf(leaf).length > 0);
  const claims = (product?.notApplicable ?? []).filter(
    (claim) => (claim.condition !== undefined && conditional) || leaves.some((leaf) => speaksOf(leaf, claim)),
  );
  return {
    dispositions: by(dispositions, ({ findings }) => findings),
    withdrawals: new Map(withdrawals.map((one) => [one.withdrawal.id, one])),
    attestations: by(attestations, ({ attestation: { criterion, profile: of } }) =>
      of === undefined || of === profile.profile ? [criterion] : [],
    ),
    attachments: by(attachments, ({ criterion }) => [criterion]),
    claims: by(claims, (claim) => leaves.filter((leaf) => speaksOf(leaf, claim)).map(({ id }) => id)),
    all: { attestations, attachments, dispositions, withdrawals, claims },
  };
};

/** Whether anybody has said anything. */
export const anybodySpoke = ({ all }: PersonsView): boolean => Object.values(all).some((said) => said.length > 0);

/** Whether a withdrawal in force takes the finding out of the fold. */
export const isWithdrawn = ({ withdrawn }: Finding): boolean => withdrawn !== undefined;

/** Whether a disposition is heeded under a criterion: it names none or this one, and a risk acceptance needs its leave. */
export const isHeededBy = (
  { disposition: { kind, selects } }: Disposed,
  finding: Finding,
  { id, riskAcceptance }: Pick<Criterion, 'id' | 'riskAcceptance'>,
): boolean =>
  (selects.criterion === undefined || selects.criterion === id) &&
  (kind !== 'risk-acceptance' || (riskAcceptance !== undefined && riskAcceptance.class === finding.facets.class));

/** `check tls-versions-current, component camera, tcp/443`. */
export const selectorWords = ({ finding, check, component, transport, port, subject, criterion }: Selector): string =>
  [
    finding && `finding ${finding}`,
    check && `check ${check}`,
    component && `component ${component}`,
    (transport ?? port) !== undefined && [transport, port].filter((part) => part !== undefined).join('/'),
    subject && `subject ${subject}`,
    criterion && `criterion ${criterion}`,
  ]
    .filter((part) => typeof part === 'string')
    .join(', ');
