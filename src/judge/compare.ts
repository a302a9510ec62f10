import type { Assessment } from '../model/assessment.ts';
import {
  CHANGES,
  type Change,
  type ChangeKind,
  type ComparedSide,
  type Comparison,
  type DeviceChange,
} from '../model/comparison.ts';
import type { Run } from '../model/run.ts';
import { compareDevice } from './compare-device.ts';
import { changedFindings } from './compare-findings.ts';
import { compareTest } from './compare-test.ts';
import type { FoundAgain } from './one-item.ts';
import { likeness, marksOf } from './same-item.ts';

/** What is known beside the two assessments. */
export interface Beside {
  /** Where the item's components are now, if their ids or addresses are others than they were. */
  readonly again?: FoundAgain;
  /** The runs of each side; none where they are not there to read, and then nothing is known of the device. */
  readonly before?: readonly Run[];
  readonly after?: readonly Run[];
  /** Whether an assessment was read without its seal, so that nothing shows that it is as it was written. */
  readonly unsealed?: { readonly older: boolean; readonly newer: boolean } | undefined;
}

const sideOf = ({ report, target, tool, judgedAt, profile, verdict, runs }: Assessment): ComparedSide => ({
  ...(report === undefined ? {} : { report }),
  target,
  tool,
  judgedAt,
  profile: {
    id: profile.id,
    edition: profile.edition,
    ...(profile.digest === undefined ? {} : { digest: profile.digest }),
  },
  verdict,
  runs: runs.map(({ id, seal, state }) => ({ id, ...(seal === undefined ? {} : { seal }), state })),
});

const missingRuns = ({ runs }: Assessment, read: readonly Run[]): boolean =>
  runs.some(({ id }) => !read.some((run) => run.id === id));

/** Changes that both runs saw. */
const SEEN: readonly DeviceChange['is'][] = ['came', 'went', 'changed'];

/** Whether the device is known to have changed where a finding is; undefined where nobody looked there again. */
const changedAt = ({ component, before, after }: Change, changes: readonly DeviceChange[]): boolean | undefined => {
  const { host, transport, port } = (after ?? before)!.about;
  const place = port === undefined ? undefined : `${transport}/${port}`;
  const here = changes.filter(
    (one) =>
      one.what === 'item' ||
      (one.component === component &&
        (place === undefined || [place, `${host} ${place}`, '', host].includes(one.place))),
  );
  if (here.some(({ is }) => SEEN.includes(is))) return true;
  return here.length === 0 ? false : undefined;
};

const countsOf = (changes: readonly Change[]): Record<ChangeKind, number> =>
  Object.fromEntries(CHANGES.map((kind) => [kind, changes.filter((change) => change.kind === kind).length])) as Record<
    ChangeKind,
    number
  >;

/** In what the items of the newest runs differ, so that they are two. */
const twoItems = (before: readonly Run[], after: readonly Run[]): string | undefined => {
  const [was, is] = [before, after].map((runs) => [...runs].sort((a, b) => (a.id < b.id ? -1 : 1)).at(-1));
  return was === undefined || is === undefined ? undefined : likeness(marksOf(was), marksOf(is)).differs;
};

const newestOf = ({ runs }: Assessment): string =>
  runs
    .map(({ id }) => id)
    .sort()
    .at(-1) ?? '';

/** Why nothing of the newer one is a re-test of what the older one saw: another item, or an earlier run (ids are times). */
const noReTest = (old: Assessment, young: Assessment, { before = [], after = [] }: Beside): string | undefined => {
  const differs = twoItems(before, after);
  if (differs !== undefined) return `another item was tested, which differs in ${differs}`;
  return newestOf(young) !== '' && newestOf(young) < newestOf(old)
    ? `run ${newestOf(young)} was made before run ${newestOf(old)}`
    : undefined;
};

const notesOf = (
  old: Assessment,
  young: Assessment,
  { again, before = [], after = [], unsealed }: Beside,
  byState: boolean,
): string[] => {
  const notes: string[] = [];
  const differs = twoItems(before, after);
  const say = (text: string): void => void notes.push(text);
  if (old.profile.id !== young.profile.id)
    say(`They are by two profiles, ${old.profile.id} and ${young.profile.id}: only what checks found can be compared.`);
  else if (old.profile.edition !== young.profile.edition)
    say(
      `They are by two editions of ${young.profile.id}, ${old.profile.edition} and ${young.profile.edition}: a criterion may ask for something else.`,
    );
  else if (old.profile.digest !== young.profile.digest)
    say(
      `The profile ${young.profile.id} is not word for word the same in both: a criterion may ask for something else.`,
    );
  if (old.target !== young.target)
    say(
      again === undefined
        ? `Nothing says that ${old.target} and ${young.target} are one item.`
        : `${old.target} is found again as ${young.target}, by its serial number or MAC address.`,
    );
  for (const name of ['older', 'newer'] as const)
    if (unsealed?.[name]) say(`The ${name} one lies apart from its seal: nothing shows that it is as it was written.`);
  if (differs !== undefined) say(`They are of two items, which differ in ${differs}.`);
  if (byState)
    say('They are of more than one state of the item: what was seen in one state is compared with that state alone.');
  for (const [name, { suitability }] of [
    ['older', old],
    ['newer', young],
  ] as const)
    if (suitability?.suitable === false)
      say(`The bench of the ${name} one was not shown to be suitable: what was not seen may have been there.`);
  if (young.judgedAt < old.judgedAt || (newestOf(young) !== '' && newestOf(young) < newestOf(old)))
    say('The newer one was observed or judged before the older one: are they the right way round?');
  return notes;
};

/** Fewer findings, or none: what the older has and the newer has not is told by its absence. */
const criteriaOf = (old: Assessment, young: Assessment): Comparison['criteria'] => {
  const was = new Map(old.criteria.map((criterion) => [criterion.id, criterion]));
  const is = new Map(young.criteria.map((criterion) => [criterion.id, criterion]));
  return [...new Set([...is.keys(), ...was.keys()])].flatMap((id) => {
    const [before, after] = [was.get(id)?.verdict, is.get(id)?.verdict];
    if (before === after) return [];
    const { title } = (is.get(id) ?? was.get(id))!;
    return [{ id, title, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
  });
};

/**
 * Compares two assessments of one item by one profile, the older first (rule 8): what became of each finding, what
 * changed on the device, and what changed in the test. Pure.
 */
export const compare = (old: Assessment, young: Assessment, beside: Beside = {}): Comparison => {
  const { again, before = [], after = [] } = beside;
  const known = !missingRuns(old, before) && !missingRuns(young, after);
  const device = known ? compareDevice(before, after, again) : undefined;
  const { changes, byState } = changedFindings(old, young, {
    ...(again === undefined ? {} : { again }),
    seenClosed: ({ component, about: { host, transport, port } }) =>
      device?.seenClosed(component, host, `${transport}/${port}`),
  });
  const never = noReTest(old, young, beside);
  const held = changes.map(
    (change): Change =>
      change.kind === 'fixed' && never !== undefined ? { ...change, kind: 'not-re-tested', because: never } : change,
  );
  held.sort((a, b) => CHANGES.indexOf(a.kind) - CHANGES.indexOf(b.kind) || (a.id < b.id ? -1 : 1));
  const told = held.map((change): Change => {
    if (device === undefined || change.kind === 'same') return change;
    const deviceChanged = changedAt(change, device.changes);
    return deviceChanged === undefined ? change : { ...change, deviceChanged };
  });
  const counts = countsOf(told);
  return {
    schema: 1,
    worse: counts.worse + counts['less-covered'] + counts.new > 0,
    old: sideOf(old),
    new: sideOf(young),
    notes: notesOf(old, young, beside, byState),
    counts,
    changes: told,
    criteria: criteriaOf(old, young),
    device:
      device === undefined
        ? {
            known: false,
            because:
              'The runs of both assessments have to be there to read, and are not: what changed on the device is not known.',
            changes: [],
          }
        : { known: true, changes: [...device.changes] },
    test: compareTest(old, young, { before, after, ...(again === undefined ? {} : { again }) }),
  };
};
