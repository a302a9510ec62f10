import type { Assessment, Attestation, CheckResult, Finding, PortsCovered } from '../model/assessment.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import type { Run } from '../model/run.ts';
import { attestedFor } from './attested.ts';
import type { Check, CheckView } from './check.ts';
import { type Judged, judgeCriterion } from './criterion.ts';
import { findingsOf, unbuiltFinding, type Watched } from './findings.ts';
import { and, worst } from './fold.ts';
import { rangesText, single } from './ports.ts';
import { foldComponents, foldHeadings, saysMore, shownBy } from './product.ts';
import { ComponentView } from './seen.ts';

/** What is known of a check, whether or not anybody has built it. */
export type CatalogueEntry = Pick<Check, 'id' | 'title' | 'theme'>;

/** The keys of a run of another sample, and the seal of that run. */
export type OtherRun = CheckView<never>['others'][number];

export interface JudgeInput {
  /** Runs of one item, in any order; `seal` is the digest of the run's SHA256SUMS. */
  readonly runs: readonly { readonly run: Run; readonly seal?: string }[];
  readonly profile: Profile;
  readonly profileDigest?: string;
  readonly checks: readonly Check[];
  readonly catalogue: readonly CatalogueEntry[];
  /** The instant it is judged at, for what expires. */
  readonly judgedAt: string;
  readonly attestations?: readonly Attestation[];
  /** `key` facts of runs of other samples. */
  readonly others?: readonly OtherRun[];
  /** Name and version of the tool that judges; by default the one that observed. */
  readonly tool?: string;
}

/** The runs given together are not of one item: nothing can be said of them as one. */
export class NotOneItem extends Error {
  override readonly name = 'NotOneItem';
}

const requireOneItem = (runs: JudgeInput['runs']): void => {
  const [first, ...rest] = runs.map(({ run }) => run);
  if (first === undefined) throw new NotOneItem('there is no run to judge');
  for (const run of rest) {
    if (run.target.id !== first.target.id)
      throw new NotOneItem(`run ${run.id} is of ${run.target.id}, run ${first.id} of ${first.target.id}`);
    for (const field of ['model', 'serial', 'hardware', 'firmware'] as const)
      if (run.item[field] !== first.item[field])
        throw new NotOneItem(`runs ${first.id} and ${run.id} differ in ${field}: they are not of the same item`);
  }
  const ids = runs.map(({ run }) => run.id);
  if (new Set(ids).size < ids.length) throw new NotOneItem('one run is given twice');
};

/** One view a state, in the order of the runs; none for a component out of the lab's reach. */
const watch = (input: JudgeInput, runs: readonly Run[]): Watched[] => {
  const { target } = runs.at(-1)!;
  const states = [...new Set(runs.map(({ state }) => state))];
  return target.components.map((component) => ({
    target,
    component,
    runs,
    others: input.others ?? [],
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
): { results: CheckResult[]; findings: Finding[] } => {
  const built = new Set(input.checks.map(({ id }) => id));
  const results: CheckResult[] = [];
  const findings: Finding[] = [];
  const add = (check: CatalogueEntry, isBuilt: boolean, one: Watched, said: readonly Finding[]): void => {
    findings.push(...said);
    results.push({
      check: check.id,
      title: check.title,
      theme: check.theme,
      built: isBuilt,
      component: one.component.id,
      verdict: worst(said.map(({ verdict }) => verdict)),
      findings: said.map(({ id }) => id),
    });
  };
  for (const check of input.checks) for (const one of watched) add(check, true, one, findingsOf(check, one));
  for (const id of namedBy(input.profile).filter((name) => !built.has(name))) {
    const known = input.catalogue.find((entry) => entry.id === id) ?? { id, title: id, theme: 'product' as const };
    for (const one of watched) add(known, false, one, [unbuiltFinding(id, one)]);
  }
  return { results, findings };
};

/**
 * Judges the runs of one item by a profile (decision rule `verdict-fold/1`). Pure and synchronous: the same input gives
 * the same bytes. Throws NotOneItem where the runs do not belong together, and nothing else: a check that throws is an
 * inconclusive finding.
 */
export const judge = (input: JudgeInput): Assessment => {
  requireOneItem(input.runs);
  const ordered = [...input.runs].sort((a, b) => (a.run.id < b.run.id ? -1 : 1));
  const runs = ordered.map(({ run }) => run);
  const watched = watch(input, runs);
  const { target } = runs.at(-1)!;
  const { results, findings } = judgeChecks(input, watched);
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
      { criterion: criterion.id, component, components: target.components.length },
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
  const criteria = foldHeadings(input.profile, own);
  const { profile } = input;
  return {
    schema: 1,
    tool: input.tool ?? runs[0]!.tool,
    runs: ordered.map(({ run: { id, state, status }, seal }) => ({
      id,
      ...(seal === undefined ? {} : { seal }),
      state,
      status,
    })),
    judgedAt: input.judgedAt,
    profile: {
      id: profile.profile,
      title: profile.title,
      edition: profile.edition,
      ...(input.profileDigest === undefined ? {} : { digest: input.profileDigest }),
    },
    decisionRule: profile.decisionRule,
    target: target.id,
    verdict: and(criteria.filter((one) => !one.heading && one.level === 'must').map((one) => one.verdict)),
    criteria,
    checks: results,
    findings,
    ports: portsOf(watched),
    ...(input.others === undefined ? {} : { others: input.others.map(({ run, seal }) => ({ run, seal })) }),
    ...(input.attestations === undefined ? {} : { attestations: [...input.attestations] }),
    signed: false,
  };
};
