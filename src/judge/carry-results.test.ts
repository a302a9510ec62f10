import { describe, expect, test } from 'vitest';
import { type Carrying, NIST, profileOf, row, SCHEME, viaOf } from '../../test/kit/crosswalk.ts';
import { armed, attempt, HOST, run, SCANS, SEAL, target } from '../../test/kit/sketch.ts';
import { Assessment, type CriterionResult } from '../model/assessment.ts';
import { type Criterion, QUANTIFIERS } from '../model/profile.ts';
import type { Target } from '../model/target.ts';
import { carry, NoCrosswalk, withCarried } from './carry.ts';
import { defineCheck } from './check.ts';
import { judge } from './judge.ts';

/** Passes where the name of the identity is good, fails where it is bad. */
const named = defineCheck({
  id: 'named',
  version: '1.0.0',
  title: 'Well named',
  theme: 'product',
  needs: ['identity'],
  *judge({ seen }) {
    for (const { id, fact, endpoint } of seen.facts('identity'))
      yield {
        verdict: fact.value === 'bad' ? 'fail' : 'pass',
        because: fact.value,
        expected: 'good',
        basis: [id],
        about: endpoint,
      };
  },
});
const CHECKED: Pick<Criterion, 'checks'> = { checks: [{ check: 'named', as: 'required' }] };

interface Case extends Carrying {
  criteria: readonly Partial<Criterion>[];
  /** The name that the device shows; nothing is looked at where absent. */
  shows?: 'good' | 'bad';
}

/** The other side's profile, judged on one run, with what is carried to it. */
const judged = (what: Case): Assessment => {
  const look = attempt({
    probe: 'look',
    facts: [{ kind: 'identity', what: 'name', value: what.shows ?? '', via: 'http', authenticated: false }],
  });
  const of = what.target ?? target();
  const item = { model: 'C1', hardware: 'B', firmware: '1.0' };
  const probes = [...SCANS, armed('look', ['identity'])];
  return Assessment.parse(
    judge({
      runs: [{ run: run({ target: of, item, probes, attempts: what.shows ? [look] : [] }), seal: SEAL }],
      profile: profileOf(what.from === NIST ? SCHEME : NIST, what.criteria),
      checks: [named],
      catalogue: [],
      judgedAt: '2026-11-23T00:00:00.000Z',
      via: viaOf(what),
    }),
  );
};
const of = (assessment: Assessment, id: string): CriterionResult => assessment.criteria.find((one) => one.id === id)!;

const EQUAL = [row('F', 'equal', 'R')];

describe('through the judge', () => {
  test('in place of a verdict that nobody has given', () => {
    const assessment = judged({ rows: EQUAL, from: SCHEME, says: { R: 'pass' }, criteria: [{ id: 'F' }, { id: 'G' }] });
    expect(of(assessment, 'F')).toMatchObject({
      verdict: 'pass',
      basis: 'mapped',
      because: expect.stringContaining('row F~R'),
      components: [{ component: 'camera', verdict: 'pass', findings: [], missing: [] }],
      carried: { verdict: 'pass', direction: 'reference-to-focal', components: ['camera'] },
    });
    expect(of(assessment, 'G')).toMatchObject({ verdict: 'not-assessed', basis: 'none' });
    expect(of(assessment, 'G').carried).toBeUndefined();
    expect(assessment.via).toEqual({ crosswalk: 'annex', edition: '1' });
  });

  test('a FAIL from NIST, and no PASS', () => {
    const rows = [row('F', 'subset of', 'R'), row('G', 'subset of', 'S')];
    const criteria = [{ id: 'R' }, { id: 'S' }];
    const assessment = judged({ rows, from: NIST, says: { F: 'fail', G: 'pass' }, criteria });
    expect(assessment.verdict).toBe('fail');
    expect(of(assessment, 'R')).toMatchObject({ verdict: 'fail', basis: 'mapped' });
    expect(of(assessment, 'S')).toMatchObject({
      verdict: 'inconclusive',
      basis: 'mapped',
      because: expect.stringContaining('no PASS is carried'),
    });
  });

  test('a recommendation that is not met fails no scheme', () => {
    const criteria = [{ id: 'R', level: 'should' as const }];
    const assessment = judged({ rows: EQUAL, from: NIST, says: { F: 'fail' }, criteria });
    expect(of(assessment, 'R')).toMatchObject({
      verdict: 'fail',
      because: expect.stringContaining('recommendation not met'),
    });
    expect(assessment.verdict).toBe('not-assessed');
  });

  test('nothing of another item', () => {
    const given = { item: { model: 'C1', hardware: 'B', firmware: '0.9' } };
    const assessment = judged({ rows: EQUAL, from: SCHEME, says: { R: 'pass' }, criteria: [{ id: 'F' }], given });
    expect(of(assessment, 'F')).toMatchObject({
      verdict: 'not-assessed',
      basis: 'none',
      because: expect.stringContaining('another item'),
    });
  });

  test('not over a second crosswalk', () => {
    const one = judged({ rows: EQUAL, from: SCHEME, says: { R: 'pass' }, criteria: [{ id: 'F' }] });
    const source = { assessment: one, item: {}, product: 'Camera' };
    const via = { ...viaOf({ rows: EQUAL, from: NIST, says: {} }), source };
    expect(() => carry(via, { profile: profileOf(SCHEME, ['R']), target: target(), item: {} })).toThrow(NoCrosswalk);
  });

  test('a heading is folded from what was carried to its leaves', () => {
    const criteria = [
      { id: 'H', heading: true },
      { id: 'F', parent: 'H' },
    ];
    const assessment = judged({ rows: EQUAL, from: SCHEME, says: { R: 'pass' }, criteria });
    expect(of(assessment, 'H')).toMatchObject({ verdict: 'pass', basis: 'mapped' });
    expect(of(assessment, 'H').carried).toBeUndefined();
  });

  test('rows that conflict are a finding that names both', () => {
    const rows = [row('F', 'subset of', 'R'), row('F', 'superset of', 'S')];
    const assessment = judged({ rows, from: SCHEME, says: { R: 'pass', S: 'fail' }, criteria: [{ id: 'F' }] });
    expect(of(assessment, 'F').verdict).toBe('inconclusive');
    const found = assessment.findings.filter(({ check }) => check === 'crosswalk-conflict');
    expect(found).toEqual([
      {
        id: 'crosswalk-conflict@camera/F',
        run: '20261101T000000Z',
        check: 'crosswalk-conflict',
        facets: {},
        conditions: [],
        verdict: 'inconclusive',
        strength: 'indicative',
        component: 'camera',
        about: { host: HOST, subject: 'F' },
        because: expect.stringMatching(/row F~R: .*row F~S: /),
        expected: 'the rows of a crosswalk say the same of an element',
        basis: [],
      },
    ]);
  });
});

describe('direct beats carried', () => {
  const criteria = [{ id: 'F', ...CHECKED }];
  const findings = (assessment: Assessment): string[] =>
    assessment.findings.filter(({ check }) => check.startsWith('crosswalk-')).map(({ id }) => id);

  test.each([
    ['good', 'fail', 'pass', ['crosswalk-disagreement@camera/F']],
    ['bad', 'pass', 'fail', ['crosswalk-disagreement@camera/F']],
    ['good', 'pass', 'pass', []],
    ['good', 'inconclusive', 'pass', []],
  ] as const)('the device shows %s, the crosswalk says %s: %s', (shows, R, verdict, found) => {
    const assessment = judged({ rows: EQUAL, from: SCHEME, says: { R }, criteria, shows });
    expect(of(assessment, 'F')).toMatchObject({ verdict, basis: 'automated', carried: { verdict: R } });
    expect(findings(assessment)).toEqual(found);
  });

  test('a disagreement says both', () => {
    const assessment = judged({ rows: EQUAL, from: SCHEME, says: { R: 'fail' }, criteria, shows: 'good' });
    expect(assessment.findings.find(({ check }) => check === 'crosswalk-disagreement')).toMatchObject({
      verdict: 'inconclusive',
      strength: 'indicative',
      because: expect.stringMatching(/judged here it is pass; over annex it is fail: row F~R/),
    });
  });

  test('checks of its own that have not run yet leave it unassessed', () => {
    const assessment = judged({ rows: EQUAL, from: SCHEME, says: { R: 'pass' }, criteria });
    expect(of(assessment, 'F')).toMatchObject({ verdict: 'not-assessed', carried: { verdict: 'pass' } });
  });

  test('what a person attested stands, and what was accepted as not applicable', () => {
    const profile = profileOf(NIST, ['F']);
    const what: Carrying = { rows: EQUAL, from: SCHEME, says: { R: 'fail' } };
    const over = carry(viaOf(what), { profile, target: target(), item: viaOf(what).source.item });
    for (const [verdict, basis, found] of [
      ['pass', 'manual', 1],
      ['inconclusive', 'mixed', 0],
      ['not-applicable', 'none', 0],
    ] as const) {
      const component = { component: 'camera', verdict, findings: [], because: '', missing: [] };
      const { carried: _, ...plain } = of(judged({ ...what, criteria: [{ id: 'F' }] }), 'F');
      const mine: CriterionResult = { ...plain, verdict, basis, because: 'signed', components: [component] };
      const { own, findings: said } = withCarried(new Map([['F', mine]]), over, { profile, target: target() });
      expect(own.get('F')).toMatchObject({ verdict, basis, because: 'signed', carried: { verdict: 'fail' } });
      expect(said).toHaveLength(found);
    }
  });
});

describe('a product that is more than its device', () => {
  const more = (kind: 'app' | 'cloud' | 'hub' | 'accessory'): Target =>
    target({
      product: {
        name: 'Camera',
        complete: true,
        provides: [{ criterion: 'F', for: 'other', by: 'camera' }],
      },
      components: [
        { id: 'camera', addresses: [HOST] },
        { id: 'other', kind },
      ],
    });

  test.each(
    QUANTIFIERS.flatMap((quantifier) =>
      (['app', 'cloud', 'hub', 'accessory'] as const).map((kind) => [quantifier, kind] as const),
    ),
  )('%s, with a component of kind %s: no PASS of the product', (quantifier, kind) => {
    const what = { rows: EQUAL, from: SCHEME, says: { R: 'pass' }, criteria: [{ id: 'F', quantifier }] } as const;
    const result = of(judged({ ...what, target: more(kind) }), 'F');
    expect(result.verdict).toBe('inconclusive');
    const alone = of(judged(what), 'F').verdict;
    expect(alone, 'with the device alone').toBe(quantifier === 'developer' ? 'inconclusive' : 'pass');
    if (quantifier === 'each')
      expect(result.components.map(({ component, verdict }) => [component, verdict])).toEqual([
        ['camera', 'pass'],
        ['other', 'not-assessed'],
      ]);
  });

  test('its device fails it', () => {
    const what = {
      rows: EQUAL,
      from: SCHEME,
      says: { R: 'fail' },
      criteria: [{ id: 'F' }],
      target: more('app'),
    } as const;
    expect(of(judged(what), 'F').verdict).toBe('fail');
  });

  test('without a complete list there is no PASS either', () => {
    const what = { rows: EQUAL, from: SCHEME, says: { R: 'pass' }, criteria: [{ id: 'F' }] } as const;
    const result = of(judged({ ...what, target: target({ product: { name: 'Camera', complete: false } }) }), 'F');
    expect(result).toMatchObject({ verdict: 'inconclusive', components: [{ verdict: 'pass' }] });
  });

  test('a component that does not apply stays so', () => {
    const profile = profileOf(NIST, ['F']);
    const what: Carrying = { rows: EQUAL, from: SCHEME, says: { R: 'pass' } };
    const two = target({
      components: [
        { id: 'camera', addresses: [HOST] },
        { id: 'second', addresses: [] },
      ],
    });
    const { carried: _, ...plain } = of(judged({ ...what, criteria: [{ id: 'F' }] }), 'F');
    const on = (component: string, verdict: 'not-applicable' | 'not-assessed') => ({
      component,
      verdict,
      findings: [],
      because: '',
      missing: [],
    });
    const components = [on('camera', 'not-applicable'), on('second', 'not-assessed')];
    const mine: CriterionResult = { ...plain, verdict: 'not-assessed', basis: 'none', components };
    const over = carry(viaOf({ ...what, says: { R: { camera: 'pass', second: 'pass' } } }), {
      profile,
      target: two,
      item: viaOf(what).source.item,
    });
    const { own } = withCarried(new Map([['F', mine]]), over, { profile, target: two });
    expect(own.get('F')!.components.map(({ verdict }) => verdict)).toEqual(['not-applicable', 'pass']);
  });

  test('a PASS that rested on a declaration still does', () => {
    const component = { component: 'camera', verdict: 'pass', findings: [], because: '', missing: [] } as const;
    const R = { id: 'R', components: [{ ...component, missing: [], findings: [], restsOn: 'declaration' as const }] };
    const assessment = judged({ rows: EQUAL, from: SCHEME, says: { R }, criteria: [{ id: 'F' }] });
    expect(of(assessment, 'F').components).toMatchObject([{ verdict: 'pass', restsOn: 'declaration' }]);
  });
});
