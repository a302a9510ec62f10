import type { Change, ChangeKind, Comparison, DeviceChange, TestChange } from '../model/comparison.ts';
import { count, visible } from './text.ts';
import type { VERDICT_NAMES } from './words.ts';

/** The one name of each kind of change. */
export const CHANGE_NAMES: Record<ChangeKind, string> = {
  worse: 'Worse',
  'less-covered': 'Less covered',
  new: 'New',
  'not-re-tested': 'Not re-tested',
  moved: 'Moved',
  fixed: 'Fixed',
  better: 'Better',
  'more-covered': 'More covered',
  same: 'Unchanged',
};

/** What each kind says, and which of them make a comparison worse. */
export const CHANGE_MEANINGS: Record<ChangeKind, string> = {
  worse: 'It passed or was open, and is worse now. This counts as worse.',
  'less-covered': 'It passed, and less was tried, or nobody looked at it again. This counts as worse.',
  new: 'A failure, or something that could not be told, which was not there. This counts as worse.',
  'not-re-tested': 'It failed, and nobody has looked as far again: it is not fixed.',
  moved: 'It fails on another port now, and its old port is closed.',
  fixed: 'It failed, and the same check looked again at least as far, or its port is closed in a whole pass.',
  better: 'What could not be told passes now, or a gap is gone.',
  'more-covered': 'It passes as before, and more was tried.',
  same: 'It is as it was.',
};

export const DEVICE_WORDS: Record<DeviceChange['is'], string> = {
  came: 'came',
  went: 'went',
  changed: 'changed',
  'not-seen-before': 'not looked for before',
  'not-seen-again': 'not seen again',
};

export const PART_WORDS: Record<DeviceChange['what'], string> = {
  item: 'item',
  port: 'port',
  service: 'service',
  channel: 'channel',
  offer: 'offers',
  certificate: 'certificate',
  key: 'key',
  identity: 'tells',
};

export const TEST_WORDS: Record<TestChange['what'], string> = {
  tool: 'tool',
  profile: 'profile',
  policy: 'policy',
  crosswalk: 'crosswalk',
  state: 'state',
  run: 'run',
  probe: 'probe',
  source: 'source',
  limit: 'limit',
  permission: 'permission',
  declaration: 'declaration',
  person: 'persons',
  coverage: 'coverage',
};

/** Whether a changed verdict may be the test's: a sentence, or nothing where that is not known or does not matter. */
export const causeWords = ({ kind, deviceChanged }: Change, { test }: Comparison): string => {
  if (kind === 'same' || deviceChanged !== false) return '';
  return test.length > 0
    ? 'Nothing is known to have changed on the device there: the test is another one.'
    : 'Nothing is known to have changed on the device there.';
};

/** The first line of every form: whether it is worse. */
export const worseWords = ({ worse }: Comparison): string => (worse ? 'Worse than before' : 'Not worse than before');

/** Values of a change in one line, each bounded. */
export const valuesWords = (values: readonly string[]): string =>
  values.length === 0
    ? 'nothing'
    : `${values
        .slice(0, 12)
        .map((value) => visible(value, 300))
        .join('; ')}${values.length > 12 ? ` and ${values.length - 12} more` : ''}`;

/** Lines of one part that a terminal is given; the rest stands in the JSON form. */
const MOST = 200;

const bounded = (lines: readonly string[]): string[] =>
  lines.length <= MOST
    ? [...lines]
    : [...lines.slice(0, MOST), `and ${lines.length - MOST} more (--format json has all)`];

const verdictName = (verdict: keyof typeof VERDICT_NAMES | undefined): string => verdict ?? 'not there';

const changeLine = (change: Change, comparison: Comparison): string => {
  const cause = causeWords(change, comparison);
  const { kind, id, because } = change;
  return `${kind.padEnd(14)} ${visible(id, 200)}: ${visible(because, 400)}${cause === '' ? '' : ` (${cause})`}`;
};

const deviceLine = ({ what, is, component, place, name, before, after, state }: DeviceChange): string => {
  const where = [component, place].filter((part) => part !== '').join(' ');
  const title = [PART_WORDS[what], visible(name, 200)].filter((part) => part !== '').join(' ');
  return `  ${visible(where, 200)}${where === '' ? '' : ': '}${title} ${DEVICE_WORDS[is]}${
    state === undefined ? '' : ` (${state})`
  }: ${valuesWords(before)} -> ${valuesWords(after)}`;
};

const testLine = ({ what, name, before, after }: TestChange): string =>
  `  ${TEST_WORDS[what]} ${visible(name, 200)}: ${visible(before ?? 'not there', 200)} -> ${visible(after ?? 'not there', 200)}`;

/** A comparison for a terminal: what changed, by kind; then the device, and the test. What stayed is counted. */
export const comparisonText = (comparison: Comparison): string => {
  const { changes, criteria, device, test, notes, counts, worse } = comparison;
  const told = changes.filter(({ kind }) => kind !== 'same');
  const lines = [
    ...notes.map((note) => visible(note, 600)),
    ...bounded(told.map((change) => changeLine(change, comparison))),
    ...bounded(
      criteria.map(
        ({ id, before, after }) =>
          `criterion      ${visible(id, 200)}: ${verdictName(before)} -> ${verdictName(after)}`,
      ),
    ),
  ];
  if (!device.known) lines.push(`on the device: ${device.because ?? 'not known'}`);
  else if (device.changes.length === 0) lines.push('on the device: nothing is known to have changed');
  else lines.push('on the device:', ...bounded(device.changes.map(deviceLine)));
  if (test.length > 0) lines.push('in the test:', ...bounded(test.map(testLine)));
  lines.push(`${counts.same} unchanged; ${worse ? 'worse than before' : 'not worse than before'}`);
  return `${lines.join('\n')}\n`;
};

/** `3 new, 1 fixed`: what changed, in numbers. */
export const countsWords = ({ counts }: Comparison): string =>
  (Object.keys(CHANGE_NAMES) as ChangeKind[])
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${CHANGE_NAMES[kind].toLowerCase()}`)
    .join(', ') || count(0, 'finding');
