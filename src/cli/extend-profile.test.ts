import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadProfile, profileFiles } from './load-profile.ts';
import { BadFile } from './load-yaml.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'probity-extend-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const written = (name: string, text: string): string => {
  const file = path.join(folder, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
};
const load = (file: string) => loadProfile(file, ['keys-strong']);
const head = (id: string): string => `profile: ${id}\ntitle: ${id}\nedition: "1"\ndecisionRule: verdict-fold/1\n`;

written(
  'base.yaml',
  `${head('base')}source: the scheme
persons: { seen: It was seen, read: It was read }
label: { kind: binary, title: L, levels: [{ id: all, title: All, criteria: [A-1] }] }
defaults: { level: must, states: [operational], person: [seen] }
criteria:
  A: { title: A, heading: true }
  A-1: { title: A1, parent: A, checks: [{ check: keys-strong, as: required }] }
  A-2: { title: A2, parent: A, person: [read] }
  B: { title: B, heading: true }
  B-1: { title: B1, parent: B, heading: true }
  B-1a: { title: B1a, parent: B-1 }
  C: { title: C }
`,
);
let made = 0;
/** A file beside the base: it extends that, and line 6 is the first of what follows. */
const over = (rest: string, extend = './base.yaml'): string => {
  made += 1;
  return written(`over-${made}.yaml`, `${head('over')}extend: ${extend}\n${rest}`);
};
const chosen = (...ids: string[]): string => ids.map((id) => `  - { id: ${id}, why: it is so }\n`).join('');
const ids = (file: string): string[] => load(file).criteria.map(({ id }) => id);

test.each([
  ['all of it, where nothing is chosen', '', ['A', 'A-1', 'A-2', 'B', 'B-1', 'B-1a', 'C']],
  ['a leaf, with its headings', `include:\n${chosen('B-1a')}`, ['B', 'B-1', 'B-1a']],
  ['a heading, with all under it, in the order of the base', `include:\n${chosen('C', 'A')}`, ['A', 'A-1', 'A-2', 'C']],
  ['all but a leaf', `exclude:\n${chosen('A-2')}`, ['A', 'A-1', 'B', 'B-1', 'B-1a', 'C']],
  ['no heading that nothing is left under', `exclude:\n${chosen('B-1a', 'A')}`, ['C']],
  ['a heading but for a leaf of it', `include:\n${chosen('A')}exclude:\n${chosen('A-1')}`, ['A', 'A-2']],
  ['a leaf named beside its heading, once', `include:\n${chosen('A', 'A-1')}`, ['A', 'A-1', 'A-2']],
  [
    'what is given beside it, last',
    `include:\n${chosen('C')}criteria:\n  A-3: { title: A3, parent: A }\n  D: { title: D }\n`,
    ['A', 'C', 'A-3', 'D'],
  ],
])('it takes %s', (_, rest, expected) => {
  expect(ids(over(rest))).toEqual(expected);
});

test('the result is flat, says what it was made of, and keeps what the base says of what it takes', () => {
  const base = load(path.join(folder, 'base.yaml'));
  const profile = load(over(`include:\n${chosen('A')}exclude:\n${chosen('A-2')}`));
  expect(profile).toEqual({
    profile: 'over',
    title: 'over',
    edition: '1',
    decisionRule: 'verdict-fold/1',
    source: 'the scheme',
    persons: { seen: 'It was seen' },
    extends: { profile: 'base', edition: '1' },
    included: [{ id: 'A', why: 'it is so' }],
    excluded: [{ id: 'A-2', why: 'it is so' }],
    criteria: base.criteria.filter(({ id }) => id === 'A' || id === 'A-1'),
  });
});

test('a criterion that is given stands in the place of one of its id, whole, by the defaults of its own file', () => {
  const profile = load(
    over(
      'source: mine\ndefaults: { level: info, person: [own] }\npersons: { own: Mine }\ncriteria:\n  A-1: { title: Mine, parent: A }\n',
    ),
  );
  expect(profile.criteria.map(({ id }) => id)).toEqual(['A', 'A-1', 'A-2', 'B', 'B-1', 'B-1a', 'C']);
  expect(profile.criteria[1]).toMatchObject({ title: 'Mine', level: 'info', checks: [], person: ['own'] });
  expect(profile.criteria[2]).toMatchObject({ title: 'A2', level: 'must', person: ['seen', 'read'] });
  expect(profile).toMatchObject({ source: 'mine', persons: { seen: 'It was seen', read: 'It was read', own: 'Mine' } });
});

test('a profile rests on one that rests on another; paths are from the file that says them', () => {
  const middle = written('sub/middle.yaml', `${head('middle')}extend: ../base.yaml\ninclude:\n${chosen('A')}`);
  const top = over(`exclude:\n${chosen('A-1')}`, './sub/middle.yaml');
  expect(ids(top)).toEqual(['A', 'A-2']);
  expect(load(top).extends).toEqual({ profile: 'middle', edition: '1' });
  expect(profileFiles(top).map((file) => fs.realpathSync(file))).toEqual(
    [top, middle, path.join(folder, 'base.yaml')].map((file) => fs.realpathSync(file)),
  );
  expect(profileFiles(path.join(folder, 'base.yaml'))).toEqual([path.join(folder, 'base.yaml')]);
});

test('what the base said before is not remembered when its file says another thing', () => {
  const base = written('changing.yaml', `${head('changing')}criteria:\n  A: { title: Old }\n`);
  const file = over('', './changing.yaml');
  expect(load(file).criteria[0]!.title).toBe('Old');
  fs.writeFileSync(base, `${head('changing')}criteria:\n  A: { title: New }\n`);
  expect(load(file).criteria[0]!.title).toBe('New');
});

const label = (criterion: string, second = 'more'): string =>
  `label:\n  kind: tiered\n  title: L\n  levels:\n    - { id: all, title: All, criteria: [C] }\n    - { id: ${second}, title: More, criteria: [${criterion}] }\n`;

test.each([
  [
    'an id that the base does not have',
    `include:\n${chosen('A', 'A-9')}`,
    8,
    'include names "A-9", which base does not',
  ],
  ['one left out that it does not have', `exclude:\n${chosen('Z')}`, 7, 'exclude names "Z", which base does not'],
  ['one without a justification', 'include:\n  - { id: A }\n', 7, 'include[0].why is missing'],
  ['an empty justification', 'include:\n  - { id: A, why: "" }\n', 7, 'why is ""'],
  ['an empty choice', 'include: []\n', 6, 'include is a list'],
  ['an id that is chosen twice', `include:\n${chosen('A', 'A')}`, 8, 'names "A" twice'],
  ['an id both in and out', `include:\n${chosen('A')}exclude:\n${chosen('A')}`, 9, '"A" is both included and excluded'],
  [
    'a leaf that is in while its heading is out',
    `include:\n${chosen('A-1', 'C')}exclude:\n${chosen('A')}`,
    10,
    '"A-1" is included, and excluded with all of "A"',
  ],
  ['what is out without having been in', `include:\n${chosen('A')}exclude:\n${chosen('C')}`, 9, 'was not included'],
  ['a choice that leaves nothing', `exclude:\n${chosen('A', 'B', 'C')}`, 7, 'nothing of base is left'],
  [
    'a criterion that is given and left out',
    `exclude:\n${chosen('A')}criteria:\n  A-1: { title: X }\n`,
    9,
    '"A" is excluded',
  ],
  [
    'one under a heading that is left out',
    `exclude:\n${chosen('A')}criteria:\n  X: { title: X, parent: A }\n`,
    9,
    '"A" is',
  ],
  [
    'a parent that was not there',
    'criteria:\n  X: { title: X, parent: Y }\n',
    7,
    'its parent "Y" is not in the profile',
  ],
  [
    'a heading of its own with nothing under it',
    'criteria:\n  X: { title: X, heading: true }\n',
    7,
    'nothing under it',
  ],
  ['an unknown check', 'criteria:\n  X: { title: X, checks: [{ check: no, as: required }] }\n', 7, 'the check "no"'],
  [
    'a label with a criterion that was left out',
    `exclude:\n${chosen('A')}${label('A-1')}`,
    13,
    'label.more names "A-1"',
  ],
  ['a label with a level twice', label('A', 'all'), 11, 'two levels "all"'],
])('%s is refused with file and line', (_, rest, line, said) => {
  const file = over(rest);
  expect(() => load(file)).toThrow(BadFile);
  expect(() => load(file)).toThrow(said);
  expect(() => load(file)).toThrow(`Cannot read "${file}": line ${line}: `);
});

test.each([
  ['no-such', 'it extends "no-such", which is not shipped; shipped are '],
  ['./no-such.yaml', 'it extends "./no-such.yaml", and there is no such file'],
])('a base that is not there (%s) is named with file and line', (extend, said) => {
  const file = over('', extend);
  expect(() => load(file)).toThrow(`Cannot read "${file}": line 5: ${said}`);
});

test('what is wrong in the base is said of the base', () => {
  written('broken.yaml', `${head('broken')}criteria:\n  A: { titel: A }\n`);
  const file = over('', './broken.yaml');
  expect(() => load(file)).toThrow(`Cannot read "${path.join(folder, 'broken.yaml')}": line 6: `);
});

test('a circle of profiles is named in its order, in the file that closes it', () => {
  const a = written('a.yaml', `${head('a')}extend: ./b.yaml\n`);
  const b = written('b.yaml', `${head('b')}extend: ./sub/../a.yaml\n`);
  expect(() => load(a)).toThrow(`Cannot read "${b}": line 5: `);
  expect(() => load(a)).toThrow('leads back to it: a → b → a');
  const self = written('self.yaml', `${head('self')}extend: ./self.yaml\n`);
  expect(() => load(self)).toThrow('leads back to it: self → self');
  const outside = over('', './a.yaml');
  expect(() => load(outside)).toThrow('leads back to it: a → b → a');
  expect(profileFiles(a)).toHaveLength(2);
});
