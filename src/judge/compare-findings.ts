import type { Assessment, Finding } from '../model/assessment.ts';
import { CHANGES, type Change } from '../model/comparison.ts';
import type { FoundAgain } from './one-item.ts';
import { readRanges, UDP_LIST } from './ports.ts';

/** What became of the findings of one assessment in another. */
export interface FindingChanges {
  readonly changes: readonly Change[];
  /** Findings that are known by their state, because the two are of several. */
  readonly byState: boolean;
}

/** Whether the two are of more than one state of the item: what was seen in one says nothing of another. */
const ofSeveralStates = (...both: readonly Assessment[]): boolean =>
  new Set(both.flatMap(({ runs }) => runs.map(({ state }) => state))).size > 1;

const stateOf = (assessment: Assessment, { run, facets }: Finding): string | undefined =>
  facets.state ?? assessment.runs.find((one) => one.id === run)?.state;

/** Gaps that are there in every state, and are said once. */
const IN_EVERY_STATE = ['gap:unbuilt', 'gap:reach'];

/** A finding's name without its run; with the state instead, where the two are of several states. */
const nameOf = (assessment: Assessment, finding: Finding, byState: boolean): string => {
  const { id, run, about } = finding;
  const plain = id.startsWith(`${run}:`) ? id.slice(run.length + 1) : id;
  return byState && !IN_EVERY_STATE.includes(about.subject ?? '') ? `${stateOf(assessment, finding)}:${plain}` : plain;
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

/** Less of it was tried than before, or nothing says how much, or what was counted is something else. */
const triedLess = ({ coverage: was }: Finding, { coverage: is }: Finding): boolean =>
  was !== undefined && (is === undefined || is.what !== was.what || is.tried < was.tried);

const triedMore = ({ coverage: was }: Finding, { coverage: is }: Finding): boolean =>
  was !== undefined && is !== undefined && is.what === was.what && is.tried > was.tried;

/**
 * Whether a port was seen closed by the younger runs: what their facts say. Undefined where no run is there to read.
 */
export type SeenClosed = (finding: Finding) => boolean | undefined;

/** Whether a whole pass shows the finding's port closed: in its own state, or in every one where it is of none. */
const isClosed = (young: Assessment, { component, about }: Finding, state: string | undefined): boolean => {
  if (about.port === undefined) return false;
  const covered = (young.ports ?? []).filter(
    (one) =>
      one.component === component &&
      one.host === about.host &&
      one.transport === about.transport &&
      (state === undefined || one.state === state),
  );
  return (
    covered.length > 0 &&
    covered.every(
      ({ whole, open }) => whole && !readRanges(open).some(([from, to]) => from <= about.port! && about.port! <= to),
    )
  );
};

/** A whole pass over UDP asks a list of ports; of one that is not on it, only the runs can tell. */
const wasAsked = (finding: Finding, seenClosed: SeenClosed): boolean =>
  finding.about.transport === 'tcp' || UDP_LIST.includes(finding.about.port ?? 0) || seenClosed(finding) === true;

/**
 * Whether what was said of a whole component is said of its places now: the check holds there, all its findings and gaps
 * together, in that state.
 */
const holdsElsewhere = (young: Assessment, before: Finding, state: string | undefined): boolean =>
  before.about.port === undefined &&
  before.verdict !== 'inconclusive' &&
  (state === undefined || young.runs.some((run) => run.state === state)) &&
  young.checks.some(
    ({ check, component, verdict }) =>
      check === before.check &&
      component === before.component &&
      (verdict === 'pass' || (verdict === 'not-applicable' && before.verdict === 'not-applicable')),
  );

/** A failure of the same check and protocol on another port, which was not there before. */
const movedTo = (
  before: Finding,
  fresh: ReadonlyMap<string, Finding>,
  old: ReadonlyMap<string, Finding>,
  taken: ReadonlySet<Finding>,
): Finding | undefined =>
  [...fresh].find(
    ([name, after]) =>
      !old.has(name) &&
      !taken.has(after) &&
      after.verdict === 'fail' &&
      after.check === before.check &&
      after.component === before.component &&
      before.about.port !== undefined &&
      after.about.port !== undefined &&
      after.about.port !== before.about.port &&
      after.about.protocol === before.about.protocol &&
      after.about.subject === before.about.subject,
  )?.[1];

/** `44 default logins, now 12`. */
const tried = ({ coverage: was }: Finding, { coverage: is }: Finding): string =>
  `${was?.tried ?? 'not known how many'} ${was?.what ?? ''}, now ${
    is === undefined ? 'not known how many' : is.what === was?.what ? is.tried : `${is.tried} ${is.what}`
  }`;

type Said = Pick<Change, 'kind' | 'because'>;

const afterFailure = (before: Finding, after: Finding | undefined, closed: boolean): Said => {
  if (after === undefined)
    return closed
      ? { kind: 'fixed', because: 'the port is closed, in a pass over all of them' }
      : { kind: 'not-re-tested', because: 'nobody looked at it again' };
  if (after.verdict === 'fail') {
    if (before.strength === 'indicative' && after.strength === 'conclusive')
      return { kind: 'worse', because: 'it fails conclusively now' };
    if (before.withdrawn !== undefined && after.withdrawn === undefined)
      return { kind: 'worse', because: 'it fails, and is no longer withdrawn' };
    return { kind: 'same', because: after.withdrawn === undefined ? 'it still fails' : 'it still fails; withdrawn' };
  }
  if (after.verdict === 'inconclusive') return { kind: 'not-re-tested', because: after.because };
  return triedLess(before, after)
    ? {
        kind: 'not-re-tested',
        because: `less was tried than when it failed (${tried(before, after)})`,
      }
    : { kind: 'fixed', because: after.because };
};

const afterOther = (before: Finding, after: Finding | undefined, closed: boolean): Said => {
  if (after === undefined) {
    if (before.gap) return { kind: 'better', because: 'the gap is gone' };
    if (closed) return { kind: 'same', because: 'its port is closed now' };
    const kind = before.verdict === 'pass' ? 'less-covered' : 'worse';
    return { kind, because: 'nobody looked at it again' };
  }
  if (SEVERITY[after.verdict] > SEVERITY[before.verdict]) return { kind: 'worse', because: after.because };
  if (SEVERITY[after.verdict] < SEVERITY[before.verdict]) return { kind: 'better', because: after.because };
  if (before.verdict !== 'pass') return { kind: 'same', because: after.because };
  if (triedLess(before, after))
    return { kind: 'less-covered', because: `it passes with less coverage than before (${tried(before, after)})` };
  return triedMore(before, after)
    ? { kind: 'more-covered', because: `it passes with more coverage than before (${tried(before, after)})` }
    : { kind: 'same', because: after.because };
};

const ofNew = (after: Finding): Said | undefined => {
  if (after.verdict === 'fail') return { kind: 'new', because: after.because };
  return after.verdict === 'inconclusive' ? { kind: 'new', because: after.because } : undefined;
};

/**
 * What became of each finding, the older assessment first (rule 8). Pure. `again` says where the item's components are
 * now, if their ids or addresses are others than they were.
 */
export const changedFindings = (
  old: Assessment,
  young: Assessment,
  { again, seenClosed = () => undefined }: { again?: FoundAgain; seenClosed?: SeenClosed } = {},
): FindingChanges => {
  const before = again === undefined ? old : { ...old, findings: old.findings.map((one) => asNow(one, again)) };
  const byState = ofSeveralStates(before, young);
  const [was, is] = [named(before, byState), named(young, byState)];
  const changes: Change[] = [];
  const moved = new Set<Finding>();
  for (const [id, finding] of was) {
    const after = is.get(id);
    const { check, component } = finding;
    const closed =
      isClosed(young, finding, byState ? stateOf(before, finding) : undefined) && wasAsked(finding, seenClosed);
    // Only what has left its port has moved: of a port that nobody asked again, nothing is known.
    const left = finding.verdict === 'fail' && after === undefined && closed;
    const elsewhere = left ? movedTo(finding, is, was, moved) : undefined;
    if (elsewhere !== undefined) {
      moved.add(elsewhere);
      const because = `it fails at ${elsewhere.about.transport}/${elsewhere.about.port} now`;
      changes.push({ kind: 'moved', id, check, component, because, before: finding, after: elsewhere });
      continue;
    }
    const said =
      finding.verdict === 'fail'
        ? afterFailure(finding, after, closed)
        : after === undefined && holdsElsewhere(young, finding, byState ? stateOf(before, finding) : undefined)
          ? { kind: 'same' as const, because: 'the check holds, and says it of other places now' }
          : afterOther(finding, after, closed);
    changes.push({ ...said, id, check, component, before: finding, ...(after === undefined ? {} : { after }) });
  }
  for (const [id, after] of is) {
    if (was.has(id) || moved.has(after)) continue;
    const said = ofNew(after);
    if (said !== undefined) changes.push({ ...said, id, check: after.check, component: after.component, after });
  }
  const order = (change: Change): number => CHANGES.indexOf(change.kind);
  changes.sort((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return { changes, byState };
};
