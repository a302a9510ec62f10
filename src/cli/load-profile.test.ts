import * as fs from 'node:fs';
import * as path from 'node:path';
import { expect, test } from 'vitest';
import { catalogue } from '../judge/checks/index.ts';
import { CONDITIONS, type Criterion, Profile } from '../model/profile.ts';
import { findProfile, loadProfile, packageRoot, parseProfile, profileFiles, shippedProfiles } from './load-profile.ts';
import { BadFile } from './load-yaml.ts';

const known = catalogue.map(({ id }) => id);
const profile = loadProfile('nist-consumer-iot-2022', known);
const of = (id: string) => profile.criteria.find((criterion) => criterion.id === id)!;

test('the shipped profile has the elements that were printed', () => {
  const leaves = profile.criteria.filter(({ heading }) => !heading);
  expect(Profile.parse(profile)).toEqual(profile);
  expect(profile.criteria).toHaveLength(86);
  expect(profile.criteria.filter(({ parent }) => parent === undefined)).toHaveLength(10);
  expect(leaves).toHaveLength(63);
  expect(leaves.filter(({ kind }) => kind === 'technical')).toHaveLength(15);
  expect(leaves.filter(({ kind }) => kind === 'non-technical')).toHaveLength(48);
  expect(shippedProfiles()).toContain('nist-consumer-iot-2022');
});

test('every leaf has a text, a person, and an item of its own', () => {
  const leaves = profile.criteria.filter(({ heading }) => !heading);
  for (const leaf of leaves)
    expect([leaf.id, leaf.text?.length, leaf.person.length > 0]).toEqual([leaf.id, leaf.text!.length, true]);
  const documents = leaves.filter(({ kind }) => kind === 'non-technical');
  expect(new Set(documents.flatMap(({ person }) => person)).size).toBe(48);
  expect(documents.every(({ quantifier, states }) => quantifier === 'developer' && states.length === 0)).toBe(true);
});

test("a criterion's person adds to the defaults, its states replace them; headings take neither", () => {
  expect(of('AI-2')).toMatchObject({
    states: ['operational'],
    person: ['declaration-reviewed', 'inventory-complete', 'inventory-follows-change'],
  });
  expect(of('IAC-2c').states).toEqual(['factory-default', 'onboarding', 'operational', 'reconnected']);
  expect(of('IAC')).toMatchObject({ states: [], person: [], checks: [] });
  expect(of('PC').person).toEqual(['declaration-reviewed', 'secure-default-restorable']);
  expect(of('DOC-1d').reading).toContain('for example');
});

test.each([
  ['AI-1', 'product', 0, 1],
  ['AI-2', 'product', 0, 0],
  ['PC-1', 'any', 0, 0],
  ['PC-2', 'each', 0, 0],
  ['DP-1', 'each', 0, 2],
  ['DP-2', 'each', 8, 3],
  ['IAC-1a', 'each', 3, 0],
  ['IAC-1b', 'each', 2, 2],
  ['IAC-1c', 'each', 2, 0],
  ['IAC-2a', 'provided', 0, 1],
  ['IAC-2b', 'provided', 1, 1],
  ['IAC-2c', 'provided', 2, 1],
  ['SU-1', 'each', 1, 4],
  ['SU-2', 'each', 1, 0],
  ['CSA-1', 'product', 1, 0],
] as const)('%s is judged by %s, with %i required and %i counter checks', (id, quantifier, required, counter) => {
  const { checks } = of(id);
  expect([
    of(id).quantifier,
    ...(['required', 'counter'] as const).map((as) => checks.filter((link) => link.as === as).length),
  ]).toEqual([quantifier, required, counter]);
});

const minimal = (criteria: string): string =>
  `profile: p\ntitle: P\nedition: "1"\ndecisionRule: verdict-fold/1\ncriteria:\n${criteria}`;
const leaf = (link: string): string => minimal(`  A:\n    title: A\n    checks:\n      - ${link}\n`);

test.each([
  ['an unknown check', leaf('{ check: tls-versions, as: required }'), 9, 'check "tls-versions", which is not known'],
  ['an unknown parameter', leaf('{ check: keys-strong, as: required, fial: conclusive }'), 9, 'unknown key "fial"'],
  [
    'an unknown condition',
    leaf('{ check: http-hardened, as: counter, conclusiveWhen: login-in-claer }'),
    9,
    '"login-in-claer"',
  ],
  [
    "another check's condition",
    leaf('{ check: keys-strong, as: counter, conclusiveWhen: login-in-clear }'),
    9,
    'never meets',
  ],
  [
    'what another check never has',
    leaf('{ check: tls-versions-current, as: required, refuse: [cbc] }'),
    9,
    'does not understand "refuse"',
  ],
  ['what nobody can refuse', leaf('{ check: tls-ciphers-strong, as: required, refuse: [aes] }'), 9, 'refuse'],
  [
    "another check's parameter",
    leaf('{ check: keys-strong, as: required, class: [shell] }'),
    9,
    'does not understand "class"',
  ],
  [
    'a word for what a link is',
    leaf('{ check: keys-strong, as: must }'),
    9,
    'expected "required" or "counter" or "supports"',
  ],
  ['an unknown class', leaf('{ check: access-authenticated, as: required, class: [shel] }'), 9, '"shel"'],
  ['a parent that is not there', minimal('  A:\n    title: A\n    parent: B\n'), 8, 'parent "B" is not in the profile'],
  [
    'a parent that is no heading',
    minimal('  B:\n    title: B\n  A:\n    title: A\n    parent: B\n'),
    10,
    'not a heading',
  ],
  ['a heading with nothing under it', minimal('  A:\n    title: A\n    heading: true\n'), 7, 'nothing under it'],
  [
    'another decision rule',
    minimal('  A:\n    title: A\n').replace('fold/1', 'fold/2'),
    4,
    'expected "verdict-fold/1"',
  ],
  ['a criterion without a title', minimal('  A:\n    level: must\n'), 7, 'criteria.A.title is missing'],
  ['a criterion given twice', minimal('  A:\n    title: A\n  A:\n    title: B\n'), 8, 'unique'],
  [
    'a newer schema, whatever else is new',
    `schema: 2\nnovelty: x\n${minimal('  A:\n    title: A\n')}`,
    1,
    'it is of schema 2, and this Probity reads 1',
  ],
  ['a schema that is no number', `schema: one\n${minimal('  A:\n    title: A\n')}`, 1, 'schema is "one", expected 1'],
  ['a key given twice', `title: Q\n${minimal('  A:\n    title: A\n')}`, 3, 'unique'],
  [
    'a choice of nothing',
    `include: [{ id: A, why: x }]\n${minimal('  A:\n    title: A\n')}`,
    1,
    'include chooses from another profile',
  ],
  [
    'an exclusion from nothing',
    `exclude: [{ id: A, why: x }]\n${minimal('  A:\n    title: A\n')}`,
    1,
    'exclude chooses from another profile',
  ],
  ['a profile without criteria', minimal('').replace('criteria:\n', ''), 1, 'criteria is missing'],
  [
    'a label with a criterion that is not there',
    `${minimal('  A:\n    title: A\n')}label: { kind: binary, title: L, levels: [{ id: l, title: L, criteria: [A, B] }] }\n`,
    8,
    'label.l names "B"',
  ],
  [
    'a condition of the declaration that does not exist',
    minimal('  A:\n    title: A\n    notApplicable: { when: never-mind }\n'),
    8,
    '"never-mind", expected "one-component" or ',
  ],
  ['a state that does not exist', minimal('  A:\n    title: A\n    states: [working]\n'), 8, '"working"'],
])('%s is refused with its line', (_, text, line, said) => {
  const parse = () => parseProfile(text, 'p.yaml', known);
  expect(parse).toThrow(BadFile);
  expect(parse).toThrow(said);
  expect(parse).toThrow(new RegExp(`^Cannot read "p.yaml": line ${line}: `));
});

test('a criterion that is its own ancestor is refused', () => {
  const text = minimal(
    '  A:\n    title: A\n    heading: true\n    parent: B\n  B:\n    title: B\n    heading: true\n    parent: A\n',
  );
  expect(() => parseProfile(text, 'p.yaml', known)).toThrow('its own ancestor');
});

test('a schema may be said, and defaults may allow claims of not applicable, of what is judged by itself', () => {
  const text = `schema: 1\ndefaults: { notApplicable: { when: stated } }\n${minimal(
    '  H:\n    title: H\n    heading: true\n  A:\n    title: A\n    parent: H\n  B:\n    title: B\n    notApplicable: never\n',
  )}`;
  const criteria = parseProfile(text, 'p.yaml', known).criteria.map(({ id, notApplicable }) => [id, notApplicable]);
  expect(criteria).toEqual([
    ['H', 'never'],
    ['A', { when: 'stated' }],
    ['B', 'never'],
  ]);
});

test('each condition belongs to a check that exists', () => {
  for (const condition of CONDITIONS) {
    const met = known.filter((check) => {
      try {
        parseProfile(leaf(`{ check: ${check}, as: counter, conclusiveWhen: ${condition} }`), 'p.yaml', known);
        return true;
      } catch (error) {
        expect(error).toBeInstanceOf(BadFile);
        return false;
      }
    });
    expect([condition, met.length]).toEqual([condition, 1]);
  }
});

test('a profile is found by id, and by path as it stands', () => {
  expect(findProfile('nist-consumer-iot-2022')).toBe(
    path.join(packageRoot(), 'profiles', 'nist-consumer-iot-2022.yaml'),
  );
  expect(findProfile('./mine.yaml')).toBe('./mine.yaml');
  expect(() => findProfile('nist')).toThrow(/no such profile; shipped are .*nist-consumer-iot-2022/);
  expect(() => loadProfile('./no/such.yaml', known)).toThrow('Cannot read "./no/such.yaml": there is no such file');
  expect(fs.existsSync(path.join(packageRoot(), 'package.json'))).toBe(true);
});

test('every shipped profile loads by the name of its file, and its checks and labels exist', () => {
  const shipped = shippedProfiles();
  expect(shipped).toEqual(
    expect.arrayContaining([
      'battery-sensor-2026',
      'home-gateway-2026',
      'nist-consumer-iot-2022',
      'nist-technical-catalog-2021',
    ]),
  );
  for (const id of shipped) {
    const { profile: named, criteria } = loadProfile(id, known);
    expect(named).toBe(id);
    for (const link of criteria.flatMap(({ checks }) => checks)) expect(known).toContain(link.check);
  }
});

const leavesOf = (id: string) => loadProfile(id, known).criteria.filter(({ heading }) => !heading);
const reachOf = (leaves: readonly Criterion[]) =>
  (['decide', 'partial', 'none'] as const).map((can) => leaves.filter(({ reach }) => reach?.can === can).length);

test('of each leaf it is said what a probe can do and what evidence settles it; the label asks for all', () => {
  const leaves = leavesOf('nist-consumer-iot-2022');
  expect(reachOf(leaves)).toEqual([4, 14, 45]);
  expect(leaves.filter(({ reach }) => reach?.can === 'decide').map(({ id }) => id)).toEqual([
    'DP-2',
    'IAC-1a',
    'IAC-1b',
    'SU-1',
  ]);
  expect(leaves.every(({ evidence }) => evidence !== undefined && evidence.length <= 3)).toBe(true);
  expect(profile.label).toMatchObject({ kind: 'binary', levels: [{ criteria: leaves.map(({ id }) => id) }] });
});

test('the catalogue has what NIST printed, with its controls', () => {
  const { criteria, persons } = loadProfile('nist-technical-catalog-2021', known);
  const leaves = criteria.filter(({ heading }) => !heading);
  const headings = criteria.filter(({ heading }) => heading);
  const count = (of: (criterion: Criterion) => readonly string[] | undefined) => [
    leaves.filter((leaf) => of(leaf) !== undefined).length,
    leaves.flatMap((leaf) => of(leaf) ?? []).length,
    new Set(leaves.flatMap((leaf) => of(leaf) ?? [])).size,
  ];
  expect(headings.filter(({ parent }) => parent === undefined).map(({ id }) => id)).toEqual([
    'DI',
    'DC',
    'DP',
    'LA',
    'SU',
    'CSA',
    'DS',
  ]);
  expect([criteria.length, headings.length, leaves.length]).toEqual([255, 45, 210]);
  expect(
    ['DI', 'DC', 'DP', 'LA', 'SU', 'CSA', 'DS'].map(
      (one) => leaves.filter(({ id }) => id.startsWith(`${one}.`)).length,
    ),
  ).toEqual([12, 10, 22, 71, 9, 49, 37]);
  expect(reachOf(leaves)).toEqual([22, 70, 118]);
  expect(count(({ controls }) => controls)).toEqual([204, 413, 97]);
  expect(count(({ csf }) => csf)).toEqual([204, 293, 36]);
  expect(new Set(leaves.map(({ title }) => title)).size).toBe(210);
  for (const leaf of leaves) {
    expect([leaf.id, leaf.title.length <= 84, leaf.parent]).toEqual([
      leaf.id,
      true,
      leaf.id.split('.').slice(0, 2).join('.'),
    ]);
    expect([leaf.id, leaf.kind, leaf.notApplicable]).toEqual([leaf.id, 'technical', { when: 'stated' }]);
    expect(leaf.person.filter((item) => persons?.[item] === undefined)).toEqual([]);
    expect(leaf.person.length).toBeGreaterThan(0);
    expect(leaf.evidence?.length).toBeGreaterThan(0);
    // What no probe can see is for a person; what one can decide, is decided by a check or by a person's item.
    if (leaf.reach?.can === 'none')
      expect([leaf.id, leaf.person, leaf.checks]).toEqual([leaf.id, ['ability-shown'], []]);
    if (leaf.checks.some(({ as }) => as === 'required'))
      expect([leaf.id, leaf.reach?.can]).toEqual([leaf.id, 'decide']);
  }
  const text = (id: string) => leaves.find((leaf) => leaf.id === id)?.text;
  expect(text('LA.9.14')).toBe(
    'Ability to support communications technologies (including but not limited to): IEEE 802.11; Bluetooth; Ethernet; Manufacturer defined.',
  );
  expect(text('LA.1.2.1')).toBe(text('LA.1.1'));
});

test.each([
  ['battery-sensor-2026', 57],
  ['home-gateway-2026', 179],
] as const)('%s is chosen from the catalogue, %i abilities, each choice with its justification', (id, count) => {
  const base = loadProfile('nist-technical-catalog-2021', known);
  const chosen = loadProfile(id, known);
  const byId = new Map(base.criteria.map((criterion) => [criterion.id, criterion]));
  expect(chosen.extends).toEqual({ profile: 'nist-technical-catalog-2021', edition: '2021' });
  expect(leavesOf(id)).toHaveLength(count);
  expect(chosen.included?.map((one) => one.id)).toEqual(['DI', 'DC', 'DP', 'LA', 'SU', 'CSA', 'DS']);
  for (const { id: element, why } of [...(chosen.included ?? []), ...(chosen.excluded ?? [])])
    expect([element, byId.has(element), why.length > 10]).toEqual([element, true, true]);
  for (const criterion of chosen.criteria) expect(criterion).toEqual(byId.get(criterion.id));
  expect(profileFiles(id).map((file) => path.basename(file))).toEqual([
    `${id}.yaml`,
    'nist-technical-catalog-2021.yaml',
  ]);
});
