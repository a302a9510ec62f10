import type { Assessment, CheckResult, CriterionResult, Finding, Missing } from '../model/assessment.ts';
import type { Profile } from '../model/profile.ts';
import type { Attempt, Observation, Run } from '../model/run.ts';
import type { Component, Target } from '../model/target.ts';
import type { CriterionVerdict, Verdict } from '../model/verdict.ts';
import { coverageMissing } from './coverage-words.ts';
import { type PersonsView, personsOf } from './persons-view.ts';
import type { ReportInput } from './report.ts';
import { FAILING_FIRST, MISSING_ORDER, NOTE_TITLES } from './words.ts';

/** Stable sort: what fails first, then what is open. */
export const failingFirst = <T extends { verdict: CriterionVerdict }>(rows: readonly T[]): T[] =>
  [...rows].sort((a, b) => FAILING_FIRST.indexOf(a.verdict) - FAILING_FIRST.indexOf(b.verdict));

/** A finding with the short name (`F1`) and the anchor it has in this report. */
export interface NamedFinding {
  readonly finding: Finding;
  readonly name: string;
  readonly anchor: string;
}

/** One check over all components, its findings failing first. */
export interface CheckView {
  readonly check: string;
  readonly anchor: string;
  readonly title: string;
  readonly theme: CheckResult['theme'];
  readonly built: boolean;
  readonly results: readonly CheckResult[];
  readonly findings: readonly NamedFinding[];
}

/** What a basis id stands for. */
export type Reference =
  | { readonly anchor: string; readonly attempt: Attempt; readonly observation: Observation; readonly run: Run }
  | { readonly anchor: string; readonly attempt: Attempt; readonly observation?: undefined; readonly run: Run };

/** Something still to be done, and for which criteria. */
export interface ToDo {
  readonly what: Missing['what'];
  readonly detail: string;
  readonly criteria: readonly string[];
  /** The components of a product that need it; empty where all do, or where there is one. */
  readonly components: readonly string[];
  /** The findings that leave it open, by id: one cause may leave many checks open. */
  readonly findings: readonly string[];
}

export interface View {
  readonly checks: readonly CheckView[];
  /** Findings by id. */
  readonly findings: ReadonlyMap<string, NamedFinding>;
  readonly findingIds: ReadonlySet<string>;
  /** Observations and attempts by the ids that findings use for them. */
  readonly references: ReadonlyMap<string, Reference>;
  /** The criteria that are judged themselves, headings left out. */
  readonly leaves: readonly CriterionResult[];
  /** Those, and the headings that say more than their leaves: such a one may fail where all leaves pass. */
  readonly judged: readonly CriterionResult[];
  readonly toDo: readonly ToDo[];
  readonly profile: Profile;
  /** The components of the newest run's target. */
  readonly components: readonly Component[];
  readonly persons: PersonsView;
  /** The judged criteria that this report has an anchor for, by id. */
  readonly anchors: ReadonlyMap<string, string>;
}

/** How many of each verdict. */
export const tally = <V extends CriterionVerdict>(
  rows: readonly { verdict: V }[],
): Record<CriterionVerdict, number> => {
  const counts = { fail: 0, inconclusive: 0, 'not-assessed': 0, pass: 0, 'not-applicable': 0 };
  for (const { verdict } of rows) counts[verdict]++;
  return counts;
};

/** The verdicts of checks in three words, as summaries count them: what is not applicable is left out. */
export const outcome = (rows: readonly { verdict: Verdict }[]): { passed: number; failed: number; open: number } => {
  const { pass, fail, inconclusive } = tally(rows);
  return { passed: pass, failed: fail, open: inconclusive };
};

const unique = <T>(list: readonly T[]): T[] => [...new Set(list)];

/** Ids are kept where plain, else spelt out; a very long one has a number for a name. */
const plain = (id: string, index: number): string =>
  id.length > 80
    ? `_n${index}`
    : id.replace(/[^A-Za-z0-9.-]/g, (character) => `_${character.codePointAt(0)?.toString(16)}_`);

/** The anchor of a check's section in a report: the same in every report where its id is plain. */
export const checkAnchor = (check: string, index = 0): string => `check-${plain(check, index)}`;

const checkViews = (assessment: Assessment): { checks: CheckView[]; findings: Map<string, NamedFinding> } => {
  const findings = new Map<string, NamedFinding>();
  const known = unique(assessment.checks.map(({ check }) => check));
  const orphans = unique(assessment.findings.map(({ check }) => check)).filter((check) => !known.includes(check));
  const grouped = [...known, ...orphans].map((check) => {
    const results = assessment.checks.filter((result) => result.check === check);
    return { check, results, own: failingFirst(assessment.findings.filter((finding) => finding.check === check)) };
  });
  const verdicts = grouped.map((group) => ({ ...group, verdict: worst([...group.results, ...group.own]) }));
  const checks = failingFirst(verdicts).map(({ check, results, own }, index): CheckView => {
    const named = own.map((finding) => {
      const number = findings.size + 1;
      const entry = { finding, name: `F${number}`, anchor: `finding-${number}` };
      findings.set(finding.id, entry);
      return entry;
    });
    const [first] = results;
    return {
      check,
      anchor: checkAnchor(check, index),
      title: first?.title ?? NOTE_TITLES[check] ?? check,
      theme: first?.theme ?? 'product',
      built: first?.built ?? true,
      results: failingFirst(results),
      findings: named,
    };
  });
  return { checks, findings };
};

/** The first of the verdicts in the order of attention. For order only: verdicts are the judge's. */
const worst = (rows: readonly { verdict: Verdict }[]): Verdict =>
  (['fail', 'inconclusive', 'pass', 'not-applicable'] as const).find((verdict) =>
    rows.some((row) => row.verdict === verdict),
  ) ?? 'inconclusive';

const referencesOf = (input: ReportInput): Map<string, Reference> => {
  const references = new Map<string, Reference>();
  const add = (run: Run, id: string, reference: Reference) => {
    references.set(`${run.id}:${id}`, reference);
    if (!references.has(id)) references.set(id, reference);
  };
  let attempts = 0;
  for (const { run } of input.runs) {
    for (const attempt of run.attempts) {
      const anchor = `attempt-${++attempts}`;
      add(run, attempt.id, { anchor, attempt, run });
      attempt.observations.forEach((observation, index) => {
        add(run, observation.id, { anchor: `${anchor}-${index + 1}`, attempt, observation, run });
      });
    }
  }
  return references;
};

/**
 * A missing thing that names a finding (`<finding id>: <why>`), taken apart; else the detail as it stands. An id may
 * hold colons itself, so it is looked for among those that there are.
 */
export const namedFinding = (detail: string, ids: ReadonlySet<string>): { finding?: string; why: string } => {
  if (ids.has(detail)) return { finding: detail, why: detail };
  for (let at = detail.indexOf(': '); at !== -1; at = detail.indexOf(': ', at + 1)) {
    const id = detail.slice(0, at);
    if (ids.has(id)) return { finding: id, why: detail.slice(at + 2) };
  }
  return { why: detail };
};

/** What only a probe can do: for a component that none was aimed at there is one thing to do first. */
const BY_PROBES: readonly Missing['what'][] = ['state', 'coverage', 'control'];

/** The gap of each component that no probe was aimed at (the judge's `gap:reach`). */
const outOfReach = (findings: readonly Finding[]): Map<string, Finding> =>
  new Map(findings.filter(({ about }) => about.subject === 'gap:reach').map((finding) => [finding.component, finding]));

/** What the criteria still need, each thing once, in the order in which it would be done. */
export const toDoOf = (assessment: Assessment): ToDo[] => {
  const ids = new Set(assessment.findings.map(({ id }) => id));
  const unreached = outOfReach(assessment.findings);
  const known = new Set(assessment.checks.map(({ component }) => component));
  const all = new Map<
    string,
    { what: Missing['what']; detail: string; criteria: Set<string>; components: Set<string>; findings: Set<string> }
  >();
  for (const { id, components } of assessment.criteria) {
    for (const { component, missing } of components)
      for (const one of missing) {
        const gap = BY_PROBES.includes(one.what) ? unreached.get(component) : undefined;
        const { what, detail } =
          gap === undefined ? one : { what: 'finding' as const, detail: `${gap.id}: ${gap.because}` };
        const { finding, why } = what === 'finding' ? namedFinding(detail, ids) : { why: detail };
        const key = `${what} ${why}`;
        const fresh = { what, detail: why, criteria: new Set<string>(), components: new Set<string>() };
        const entry = all.get(key) ?? { ...fresh, findings: new Set() };
        entry.criteria.add(id);
        if (known.has(component)) entry.components.add(component);
        if (finding !== undefined) entry.findings.add(finding);
        all.set(key, entry);
      }
  }
  return MISSING_ORDER.flatMap((kind) =>
    [...all.values()]
      .filter(({ what }) => what === kind)
      .map((entry) => ({
        ...entry,
        criteria: [...entry.criteria],
        components: entry.components.size < known.size ? [...entry.components] : [],
        findings: [...entry.findings],
      })),
  );
};

/** A check that failed: where, and the first of its failing findings in words. */
export interface Failed {
  readonly check: string;
  readonly title: string;
  readonly components: readonly string[];
  readonly because: string;
  /** Further failing findings of it that say something else. */
  readonly more: number;
  /** Every failing finding is only indicative. */
  readonly indicated: boolean;
}

/** What failed, a check each, conclusive ones first; what was withdrawn is left out. */
export const failedOf = ({ checks, findings }: Assessment): Failed[] => {
  const failed = [...new Set(checks.map(({ check }) => check))].flatMap((check): Failed[] => {
    const own = findings.filter((one) => one.check === check && one.verdict === 'fail' && one.withdrawn === undefined);
    const [first] = [...own].sort((a, b) => Number(a.strength === 'indicative') - Number(b.strength === 'indicative'));
    if (first === undefined) return [];
    return [
      {
        check,
        title: checks.find((one) => one.check === check)?.title ?? check,
        components: [...new Set(own.map(({ component }) => component))],
        because: first.because,
        more: new Set(own.map(({ component, because }) => `${component} ${because}`)).size - 1,
        indicated: first.strength === 'indicative',
      },
    ];
  });
  return failed.sort((a, b) => Number(a.indicated) - Number(b.indicated));
};

/** Whether only a simulated device's own ports were asked, and the others taken as closed because it has none. */
export const isSimulated = ({ attempts }: Run): boolean =>
  attempts.some(({ observations }) => observations.some(({ fact }) => fact.kind === 'port' && fact.by === 'sandbox'));

export const SIMULATED = 'Simulated: only the device’s own ports were asked, and it has no others.';

/** What is missing, in words: a person's item by the profile's own, where it has some. */
export const missingWords = ({ what, detail }: Missing, { persons }: Pick<Profile, 'persons'>): string => {
  if (what === 'coverage') return coverageMissing(detail);
  if (what !== 'person') return detail;
  const unseen = /^non-ip:(.+)$/s.exec(detail)?.[1];
  return (
    persons?.[detail] ??
    (unseen === undefined ? detail : `The interface "${unseen}", which no probe can see, was examined`)
  );
};

/** The target as the newest run has it, which is the one that was judged. */
export const targetOf = ({ runs }: Pick<ReportInput, 'runs'>): Target | undefined =>
  [...runs].sort((a, b) => (a.run.id < b.run.id ? -1 : 1)).at(-1)?.run.target;

/** Whether a heading has something of its own: it was then judged on components. */
export const saysMore = ({ components }: CriterionResult): boolean => components.length > 0;

/** Everything that an assessment's reports count, name and order, so that all formats say the same. */
export const viewOf = (input: ReportInput): View => {
  const { criteria } = input.assessment;
  const leaves = criteria.filter(({ heading }) => !heading);
  const parents = new Set(leaves.map(({ parent }) => parent));
  const anchored = criteria.filter(
    ({ id, heading, components }) => !heading || parents.has(id) || components.length > 0,
  );
  const { checks, findings } = checkViews(input.assessment);
  const target = targetOf(input);
  return {
    checks,
    findings,
    findingIds: new Set(findings.keys()),
    references: referencesOf(input),
    leaves,
    judged: criteria.filter((one) => !one.heading || saysMore(one)),
    toDo: toDoOf(input.assessment),
    profile: input.profile,
    components: target?.components ?? [],
    persons: personsOf(input.assessment, input.profile, target?.product),
    anchors: new Map(anchored.map(({ id }, index) => [id, `criterion-${plain(id, index)}`])),
  };
};
