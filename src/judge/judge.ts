import type { Assessment, CheckResult, Finding, PortsCovered, Withdrawn } from '../model/assessment.ts';
import type { Attachment, Attestation, Disposition, Withdrawal } from '../model/person.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import type { Run } from '../model/run.ts';
import { attestedFor } from './attested.ts';
import { carry, type Via, withCarried } from './carry.ts';
import type { Check, CheckView, GivenPolicy, KnownKeys } from './check.ts';
import { type Judged, judgeCriterion } from './criterion.ts';
import { dispose } from './dispose.ts';
import { findingsOf, unbuiltFinding, type Watched } from './findings.ts';
import { and, worst } from './fold.ts';
import { labelOf } from './label.ts';
import { type GivenRun, oneItem } from './one-item.ts';
import { rangesText, single } from './ports.ts';
import { foldComponents, foldHeadings, saysMore, shownBy } from './product.ts';
import { ComponentView } from './seen.ts';
import { withdraw } from './withdraw.ts';

export { NoCrosswalk } from './carry.ts';
export { NotOneItem } from './one-item.ts';

/** What is known of a check, whether or not anybody has built it. */
export type CatalogueEntry = Pick<Check, 'id' | 'title' | 'theme'>;

/** The keys of a run of another sample, and the seal of that run. */
export type OtherRun = CheckView<never>['others'][number];

export interface JudgeInput {
  /** Runs of one item, in any order. */
  readonly runs: readonly GivenRun[];
  readonly profile: Profile;
  readonly profileDigest?: string;
  readonly checks: readonly Check[];
  readonly catalogue: readonly CatalogueEntry[];
  /** The instant it is judged at, for what expires. */
  readonly judgedAt: string;
  readonly attestations?: readonly Attestation[];
  readonly dispositions?: readonly Disposition[];
  readonly withdrawals?: readonly Withdrawal[];
  readonly attachments?: readonly Attachment[];
  /** Another assessment of the item, and the crosswalk that its verdicts are carried over. */
  readonly via?: Via;
  /** `key` facts of runs of other samples. */
  readonly others?: readonly OtherRun[];
  /** Lists of keys whose private half is published. */
  readonly knownKeys?: readonly KnownKeys[];
  /** What algorithms are held to, one policy a protocol; a check that needs one and has none cannot tell. */
  readonly policies?: readonly GivenPolicy[];
  /** Name and version of the tool that judges; by default the one that observed. */
  readonly tool?: string;
}

/** One view a state, in the order of the runs; none for a component out of the lab's reach. */
const watch = (input: JudgeInput, runs: readonly Run[]): Watched[] => {
  const { target } = runs.at(-1)!;
  const states = [...new Set(runs.map(({ state }) => state))];
  const keys = runs.flatMap(({ attempts }) =>
    attempts.flatMap(({ component, observations }) =>
      observations.flatMap(({ fact }) => (fact.kind === 'key' ? [{ component, fact }] : [])),
    ),
  );
  return target.components.map((component) => ({
    target,
    component,
    runs,
    others: input.others ?? [],
    knownKeys: input.knownKeys ?? [],
    policies: input.policies ?? [],
    siblings: keys.filter((one) => one.component !== component.id),
    views:
      component.addresses.length === 0
        ? []
        : states.map(
            (state) =>
              new ComponentView(
                component,
                runs.filter((run) => run.state === state),
                runs.length > 1,
              ),
          ),
  }));
};

/** Whether a finding's basis holds an observation, or an attempt that completed. */
const lookedIn = (watched: readonly Watched[]): ((finding: Finding) => boolean) => {
  const completed = new Set<string>();
  for (const { views } of watched)
    for (const { attempts } of views)
      for (const { id, attempt } of attempts) if (attempt.outcome.status === 'completed') completed.add(id);
  return (finding) => finding.basis.some((id) => id.includes('#') || completed.has(id));
};

const portsOf = (watched: readonly Watched[]): PortsCovered[] =>
  watched.flatMap(({ component, views }) =>
    views.flatMap((view) =>
      (['tcp', 'udp'] as const).flatMap((transport) =>
        view.ports(transport).map(({ run, host, open, uncovered, silent, whole }) => ({
          component: component.id,
          run,
          state: view.state,
          host,
          transport,
          whole,
          open: rangesText(single(open.map(({ fact }) => fact.port))),
          uncovered: rangesText(uncovered),
          silent: rangesText(single(silent)),
        })),
      ),
    ),
  );

const namedBy = (profile: Profile): string[] => [
  ...new Set(profile.criteria.flatMap(({ checks }) => checks.map(({ check }) => check))),
];

/** Every check on every component: those built, and those that the profile names all the same. */
const judgeChecks = (
  input: JudgeInput,
  watched: readonly Watched[],
): { results: CheckResult[]; findings: Finding[]; withdrawals: Withdrawn[]; notes: Finding[] } => {
  const built = new Set(input.checks.map(({ id }) => id));
  const said: { check: CatalogueEntry; built: boolean; component: string; findings: Finding[] }[] = [];
  const add = (check: CatalogueEntry, isBuilt: boolean, one: Watched, findings: Finding[]): void => {
    said.push({ check, built: isBuilt, component: one.component.id, findings });
  };
  for (const check of input.checks) for (const one of watched) add(check, true, one, findingsOf(check, one));
  for (const id of namedBy(input.profile).filter((name) => !built.has(name))) {
    const known = input.catalogue.find((entry) => entry.id === id) ?? { id, title: id, theme: 'product' as const };
    for (const one of watched) add(known, false, one, [unbuiltFinding(id, one)]);
  }
  const { findings, withdrawals, notes } = withdraw(
    said.flatMap((each) => each.findings),
    input.withdrawals ?? [],
    input.checks,
    input.runs,
    input.judgedAt,
  );
  const byId = new Map(findings.map((finding) => [finding.id, finding]));
  const results = said.map(({ check, built: isBuilt, component, findings: own }): CheckResult => {
    const now = own.map(({ id }) => byId.get(id)!);
    return {
      check: check.id,
      title: check.title,
      theme: check.theme,
      built: isBuilt,
      component,
      verdict: worst(now.map(({ verdict, withdrawn }) => (withdrawn === undefined ? verdict : 'inconclusive'))),
      findings: now.map(({ id }) => id),
    };
  });
  return { results, findings, withdrawals, notes };
};

/**
 * Judges the runs of one item by a profile (decision rule `verdict-fold/1`). Pure and synchronous: the same input gives
 * the same bytes. Throws NotOneItem where the runs do not belong together, and NoCrosswalk where `via` does not lead to the
 * profile; nothing else: a check that throws is an inconclusive finding.
 */
export const judge = (input: JudgeInput): Assessment => {
  const ordered = oneItem(input.runs);
  const runs = ordered.map(({ run }) => run);
  const watched = watch(input, runs);
  const { target } = runs.at(-1)!;
  const { results, findings, withdrawals, notes } = judgeChecks(input, watched);
  const looked = lookedIn(watched);

  const ofAll = new Map<string, Finding[]>();
  const byComponent = new Map<string, Map<string, Finding[]>>(
    watched.map(({ component }) => [component.id, new Map()]),
  );
  for (const finding of findings) {
    for (const map of [ofAll, byComponent.get(finding.component)!]) {
      const known = map.get(finding.check);
      if (known === undefined) map.set(finding.check, [finding]);
      else known.push(finding);
    }
  }

  const attest = (criterion: Criterion, component?: string) =>
    attestedFor(
      input.attestations ?? [],
      { criterion: criterion.id, profile: input.profile.profile, component, components: target.components.length },
      ordered,
      input.judgedAt,
    );
  const judgeOne = (criterion: Criterion): readonly Judged[] => {
    if (criterion.heading && !saysMore(criterion)) return [];
    if (criterion.quantifier === 'developer')
      return [judgeCriterion({ criterion, findings: ofAll, looked, attested: attest(criterion) })];
    const product = criterion.quantifier === 'product';
    const on = product ? watched.filter(({ component }) => component === shownBy(criterion, target)) : watched;
    return on.map((one) =>
      judgeCriterion({
        criterion,
        watched: one,
        findings: byComponent.get(one.component.id)!,
        looked,
        attested: attest(criterion, product ? undefined : one.component.id),
      }),
    );
  };
  const own = new Map(
    input.profile.criteria.map((criterion) => [criterion.id, foldComponents(criterion, target, judgeOne(criterion))]),
  );
  const { profile, via } = input;
  const { item } = runs.at(-1)!;
  const mapped = withCarried(
    own,
    via === undefined ? new Map() : carry(via, { profile, target, item, runs: ordered }),
    {
      profile,
      target,
    },
  );
  const criteria = foldHeadings(profile, mapped.own);
  const disposed = dispose(input.dispositions ?? [], { profile, criteria, findings, judgedAt: input.judgedAt });
  return {
    schema: 1,
    tool: input.tool ?? runs[0]!.tool,
    runs: ordered.map(({ run: { id, state, status }, seal, moves }) => ({
      id,
      ...(seal === undefined ? {} : { seal }),
      state,
      status,
      ...(moves === undefined ? {} : { moves: [...moves] }),
    })),
    judgedAt: input.judgedAt,
    profile: {
      id: profile.profile,
      title: profile.title,
      edition: profile.edition,
      ...(input.profileDigest === undefined ? {} : { digest: input.profileDigest }),
      ...(profile.extends === undefined ? {} : { extends: profile.extends }),
      ...(profile.excluded === undefined ? {} : { excluded: profile.excluded }),
    },
    decisionRule: profile.decisionRule,
    target: target.id,
    verdict: and(
      profile.criteria
        .filter((one) => one.level === 'must' && (!one.heading || saysMore(one)))
        .map(({ id }) => mapped.own.get(id)!.verdict),
    ),
    criteria,
    checks: results,
    findings: [...findings, ...notes, ...mapped.findings, ...disposed.findings],
    ports: portsOf(watched),
    ...(input.others === undefined ? {} : { others: input.others.map(({ run, seal }) => ({ run, seal })) }),
    ...(input.knownKeys === undefined
      ? {}
      : { knownKeys: input.knownKeys.map(({ name, digest }) => ({ name, digest })) }),
    ...(input.policies === undefined
      ? {}
      : { policies: input.policies.map(({ policy, digest }) => ({ name: policy.policy, digest })) }),
    ...(input.attestations === undefined ? {} : { attestations: [...input.attestations] }),
    ...(input.dispositions === undefined ? {} : { dispositions: disposed.dispositions }),
    ...(input.withdrawals === undefined ? {} : { withdrawals }),
    ...(input.attachments === undefined ? {} : { attachments: [...input.attachments] }),
    ...(profile.label === undefined ? {} : { label: labelOf(profile.label, criteria) }),
    ...(via === undefined
      ? {}
      : {
          via: {
            crosswalk: via.crosswalk.crosswalk,
            edition: via.crosswalk.edition,
            ...(via.digest === undefined ? {} : { digest: via.digest }),
          },
        }),
    signed: false,
  };
};
