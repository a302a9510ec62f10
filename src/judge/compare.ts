import type { Assessment, Finding } from '../model/assessment.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import type { FoundAgain } from './one-item.ts';
import { readRanges } from './ports.ts';

/**
 * What became of a finding (rule 8). `fixed`: it failed, and the same check looked again at least as far, or the port is
 * closed in a whole pass. `not-re-tested`: it failed, and nobody looked as far again. `moved`: it fails on another port
 * now. `worse`: it passes no longer, or less was covered. `better`: what was open now passes. `new`: a failure or a gap
 * that was not there. `same`: the rest.
 */
export const CHANGES = ['worse', 'new', 'not-re-tested', 'moved', 'fixed', 'better', 'same'] as const;
export type ChangeKind = (typeof CHANGES)[number];

export interface Change {
  readonly kind: ChangeKind;
  /** The finding's name, without the run. */
  readonly id: string;
  readonly check: string;
  readonly component: string;
  readonly because: string;
  readonly before?: Finding;
  readonly after?: Finding;
}

export interface Comparison {
  /** Whether anything is worse than it was: a lost pass, less coverage, a new failure or a new gap. */
  readonly worse: boolean;
  readonly changes: readonly Change[];
  /** Criteria whose verdict is another one now. */
  readonly criteria: readonly {
    readonly id: string;
    readonly before?: CriterionVerdict;
    readonly after?: CriterionVerdict;
  }[];
}

const statesOf = ({ runs }: Assessment): number => new Set(runs.map(({ state }) => state)).size;

/** Gaps that are there in every state, and are said once. */
const IN_EVERY_STATE = ['gap:unbuilt', 'gap:reach'];

/** A finding's name without its run; with the state instead, where either side is of several states. */
const nameOf = (assessment: Assessment, { id, run, facets, about }: Finding, byState: boolean): string => {
  const plain = id.startsWith(`${run}:`) ? id.slice(run.length + 1) : id;
  return byState && !IN_EVERY_STATE.includes(about.subject ?? '')
    ? `${facets.state ?? assessment.runs.find((one) => one.id === run)?.state}:${plain}`
    : plain;
};

/** A finding's place as it is now, where its component has another id or address since. */
const asNow = (finding: Finding, { components, addresses }: FoundAgain): Finding => {
  const { run, check, about } = finding;
  const component = components.get(finding.component) ?? finding.component;
  const host = addresses.get(about.host) ?? about.host;
  const prefix = finding.id.startsWith(`${run}:`) ? `${run}:` : '';
  const start = `${prefix}${check}@${finding.component}`;
  const rest = finding.id.slice(start.length);
  const place = rest.startsWith(`[${about.host}]`) ? `[${host}]${rest.slice(about.host.length + 2)}` : rest;
  const id = finding.id.startsWith(start) ? `${prefix}${check}@${component}${place}` : finding.id;
  return { ...finding, id, component, about: { ...about, host } };
};

const SEVERITY = { 'not-applicable': 0, pass: 0, inconclusive: 1, fail: 2 } as const;

/** Several runs of one state may say one thing each: the worst of them stands for all. */
const named = (assessment: Assessment, byState: boolean): ReadonlyMap<string, Finding> => {
  const all = new Map<string, Finding>();
  for (const finding of assessment.findings) {
    const name = nameOf(assessment, finding, byState);
    const known = all.get(name);
    if (known === undefined || SEVERITY[finding.verdict] > SEVERITY[known.verdict]) all.set(name, finding);
  }
  return all;
};

/** Less of it was tried than before, or nothing says how much. */
const triedLess = (before: Finding, after: Finding): boolean =>
  before.coverage !== undefined && (after.coverage === undefined || after.coverage.tried < before.coverage.tried);

/** Whether a whole pass of every state shows the finding's port closed. */
const isClosed = (assessment: Assessment, { component, about }: Finding): boolean => {
  if (about.port === undefined) return false;
  const covered = (assessment.ports ?? []).filter(
    (one) => one.component === component && one.host === about.host && one.transport === about.transport,
  );
  return (
    covered.length > 0 &&
    covered.every(
      ({ whole, open }) => whole && !readRanges(open).some(([from, to]) => from <= about.port! && about.port! <= to),
    )
  );
};

/** A failure of the same check and protocol on another port, which was not there before. */
const movedTo = (
  before: Finding,
  fresh: ReadonlyMap<string, Finding>,
  old: ReadonlyMap<string, Finding>,
): Finding | undefined =>
  [...fresh].find(
    ([name, after]) =>
      !old.has(name) &&
      after.verdict === 'fail' &&
      after.check === before.check &&
      after.component === before.component &&
      before.about.port !== undefined &&
      after.about.port !== undefined &&
      after.about.port !== before.about.port &&
      after.about.protocol === before.about.protocol &&
      after.about.subject === before.about.subject,
  )?.[1];

type Said = Pick<Change, 'kind' | 'because'>;

const afterFailure = (before: Finding, after: Finding | undefined, closed: boolean): Said => {
  if (after === undefined)
    return closed
      ? { kind: 'fixed', because: 'the port is closed, in a pass over all of them' }
      : { kind: 'not-re-tested', because: 'nobody looked at it again' };
  if (after.verdict === 'fail')
    return before.strength === 'indicative' && after.strength === 'conclusive'
      ? { kind: 'worse', because: 'it fails conclusively now' }
      : { kind: 'same', because: 'it still fails' };
  if (after.verdict === 'inconclusive') return { kind: 'not-re-tested', because: after.because };
  return triedLess(before, after)
    ? {
        kind: 'not-re-tested',
        because: `less was tried than when it failed (${after.coverage?.tried ?? 0} of ${before.coverage?.tried})`,
      }
    : { kind: 'fixed', because: after.because };
};

const afterOther = (before: Finding, after: Finding | undefined, closed: boolean): Said => {
  if (after === undefined) {
    if (before.gap) return { kind: 'better', because: 'the gap is gone' };
    return closed
      ? { kind: 'same', because: 'its port is closed now' }
      : { kind: 'worse', because: 'nobody looked at it again' };
  }
  if (SEVERITY[after.verdict] > SEVERITY[before.verdict]) return { kind: 'worse', because: after.because };
  if (SEVERITY[after.verdict] < SEVERITY[before.verdict]) return { kind: 'better', because: after.because };
  return before.verdict === 'pass' && triedLess(before, after)
    ? { kind: 'worse', because: 'it passes with less coverage than before' }
    : { kind: 'same', because: after.because };
};

const ofNew = (after: Finding): Said | undefined => {
  if (after.verdict === 'fail') return { kind: 'new', because: after.because };
  return after.verdict === 'inconclusive' ? { kind: 'new', because: after.because } : undefined;
};

/**
 * Compares two assessments of one item by one profile, the older first (rule 8). Pure. `again` says where the item's
 * components are now, if their ids or addresses are others than they were.
 */
export const compare = (old: Assessment, young: Assessment, again?: FoundAgain): Comparison => {
  const before = again === undefined ? old : { ...old, findings: old.findings.map((one) => asNow(one, again)) };
  const byState = statesOf(before) > 1 || statesOf(young) > 1;
  const [was, is] = [named(before, byState), named(young, byState)];
  const changes: Change[] = [];
  const moved = new Set<Finding>();
  for (const [id, before] of was) {
    const after = is.get(id);
    const { check, component } = before;
    const closed = isClosed(young, before);
    const elsewhere = before.verdict === 'fail' && after === undefined ? movedTo(before, is, was) : undefined;
    if (elsewhere !== undefined && !moved.has(elsewhere)) {
      moved.add(elsewhere);
      const because = `it fails at ${elsewhere.about.transport}/${elsewhere.about.port} now`;
      changes.push({ kind: 'moved', id, check, component, because, before, after: elsewhere });
      continue;
    }
    const said = before.verdict === 'fail' ? afterFailure(before, after, closed) : afterOther(before, after, closed);
    changes.push({ ...said, id, check, component, before, ...(after === undefined ? {} : { after }) });
  }
  for (const [id, after] of is) {
    if (was.has(id) || moved.has(after)) continue;
    const said = ofNew(after);
    if (said !== undefined) changes.push({ ...said, id, check: after.check, component: after.component, after });
  }
  const verdicts = new Map(old.criteria.map((criterion) => [criterion.id, criterion.verdict]));
  const criteria = young.criteria
    .filter((criterion) => verdicts.get(criterion.id) !== criterion.verdict)
    .map((criterion) => ({ id: criterion.id, before: verdicts.get(criterion.id), after: criterion.verdict }));
  const order = (change: Change): number => CHANGES.indexOf(change.kind);
  return {
    worse: changes.some(({ kind }) => kind === 'worse' || kind === 'new'),
    changes: changes.sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)),
    criteria,
  };
};
