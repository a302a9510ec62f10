import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  absent,
  assess,
  broke,
  fail,
  looked,
  pass,
  type Row,
  silent,
  unsure,
  verdictOf,
  weak,
} from '../../test/kit/case.ts';
import { run, SEAL } from '../../test/kit/sketch.ts';
import type { Attestation } from '../model/person.ts';
import { type AttestedAbout, attestedFor } from './attested.ts';

describe('attestations are bound', () => {
  const row = (over: Partial<Attestation>): Row => ({ criterion: { person: ['item'] }, attestations: [over] });
  test.each<[string, Partial<Attestation>, string]>([
    ['as it should be', {}, 'pass'],
    ["a maker's settles nothing", { for: 'maker' }, 'inconclusive'],
    ["a maker's FAIL is not a person's of the lab", { for: 'maker', verdict: 'fail' }, 'inconclusive'],
    ['of another criterion', { criterion: 'B' }, 'inconclusive'],
    ['of another component', { component: 'hub' }, 'inconclusive'],
    ['of this component by name', { component: 'camera' }, 'pass'],
    ['of another firmware', { item: { firmware: '2.0' } }, 'inconclusive'],
    ['of no firmware', { item: {} }, 'inconclusive'],
    ['of another unit', { item: { firmware: '1.0', serial: '2' } }, 'inconclusive'],
    ['of another sample', { item: { firmware: '1.0', sample: 'second' } }, 'inconclusive'],
    ['of another run', { seals: ['b'.repeat(64)] }, 'inconclusive'],
    ['signed after the judgement', { at: '2027-01-01T00:00:00.000Z' }, 'inconclusive'],
    ['of no date', { at: 'yesterday' }, 'inconclusive'],
    ['expired', { until: '2026-11-22T23:00:00.000Z' }, 'inconclusive'],
    ['expired at this instant', { until: '2026-11-23T00:00:00.000Z' }, 'inconclusive'],
    ['in force until later', { until: '2026-11-23T00:00:01.000Z' }, 'pass'],
    ['a blanket one', { settles: ['A', '*', 'everything'] }, 'inconclusive'],
    ['a FAIL', { verdict: 'fail' }, 'fail'],
    ['a FAIL of what was found by hand', { verdict: 'fail', settles: ['found:root-shell'] }, 'fail'],
    ['a FAIL that names nothing is not lost', { verdict: 'fail', settles: ['*'] }, 'fail'],
  ])('%s', (_, over, expected) => expect(verdictOf(row(over))).toBe(expected));
});

describe('what counts for a criterion', () => {
  const AT = '2026-11-23T00:00:00.000Z';
  const one = (over: Partial<Attestation> = {}): Attestation => ({
    id: '1',
    criterion: 'A',
    settles: ['item'],
    verdict: 'pass',
    statement: 'seen',
    by: 'A. Tester',
    for: 'lab',
    at: '2026-11-22T12:00:00.000Z',
    item: { firmware: '1.0' },
    seals: [SEAL],
    evidence: [{ file: 'photo.jpg', sha256: SEAL }],
    ...over,
  });
  const says = (all: readonly Attestation[], about: Partial<AttestedAbout> = {}) => {
    const { passed, failed, contradicting, any } = attestedFor(
      all,
      { criterion: 'A', component: 'camera', components: 1, ...about },
      [{ run: run(), seal: SEAL }],
      AT,
    );
    return { passed: [...passed], failed: [...failed], contradicting: [...contradicting], any };
  };
  const NOTHING = { passed: [], failed: [], contradicting: [], any: false };
  const ITEM = { ...NOTHING, passed: ['item'], any: true };

  test.each<[string, ReturnType<typeof says>, ReturnType<typeof says>]>([
    ['a statement of no component, of the only one', says([one()]), ITEM],
    ['a statement of no component, of several', says([one()], { components: 2 }), NOTHING],
    ['a statement of one of several', says([one({ component: 'camera' })], { components: 2 }), ITEM],
    ['a statement of the product', says([one()], { component: undefined, components: 2 }), ITEM],
    ['a component, of the product', says([one({ component: 'camera' })], { component: undefined }), NOTHING],
    ['a statement of this profile', says([one({ profile: 'p' })], { profile: 'p' }), ITEM],
    ['a statement of another profile', says([one({ profile: 'q' })], { profile: 'p' }), NOTHING],
    ['a blanket', says([one({ settles: ['*', ' ALL ', 'A', ''] })]), NOTHING],
    ['a blanket beside a name', says([one({ settles: ['*', 'item'] })]), ITEM],
    ['what is found by hand, passed', says([one({ settles: ['found:shell'] })]), NOTHING],
    [
      'what is found by hand is not contradicted',
      says([one({ settles: ['found:shell'] }), one({ settles: ['found:shell'], verdict: 'fail' })]),
      { ...NOTHING, failed: ['found:shell'], any: true },
    ],
    ['contradicting', says([one(), one({ verdict: 'fail' })]), { ...NOTHING, contradicting: ['item'], any: true }],
    [
      'contradicting in one, failing in another',
      says([one(), one({ verdict: 'fail', settles: ['item', 'more'] })]),
      { ...NOTHING, failed: ['more'], contradicting: ['item'], any: true },
    ],
  ])('%s', (_, is, expected) => expect(is).toEqual(expected));

  test('without a seal of its own a run has no attestation', () => {
    const { any } = attestedFor([one()], { criterion: 'A', components: 1 }, [{ run: run() }], AT);
    expect(any).toBe(false);
  });

  test('of several runs it settles what is of those that it names, and coverage only where it names all', () => {
    const [A, B] = ['20261122T101500Z', '20261122T120000Z'];
    const runs = [
      { run: run({ id: A }), seal: SEAL },
      { run: run({ id: B, state: 'factory-default' }), seal: 'b'.repeat(64) },
    ];
    const names = ['item', `${A}:c@camera/gap:look`, `${B}:c@camera/gap:look`, 'c@camera/gap:nothing', 'coverage:tcp'];
    const settled = (over: Partial<Attestation>, which: 'passed' | 'failed' = 'passed'): string[] => [
      ...attestedFor([one({ settles: names, ...over })], { criterion: 'A', components: 1 }, runs, AT)[which],
    ];
    expect(settled({})).toEqual(['item', `${A}:c@camera/gap:look`]);
    expect(settled({ seals: ['b'.repeat(64)] })).toEqual(['item', `${B}:c@camera/gap:look`]);
    expect(settled({ seals: [SEAL, 'b'.repeat(64)] })).toEqual(names);
    expect(settled({ seals: ['c'.repeat(64)] })).toEqual([]);
    expect(settled({ verdict: 'fail' }, 'failed')).toEqual(names);
  });

  test('it is held to every run that is judged', () => {
    const runs = [
      { run: run(), seal: SEAL },
      { run: run({ item: { firmware: '2.0' } }), seal: 'b'.repeat(64) },
    ];
    expect(attestedFor([one()], { criterion: 'A', components: 1 }, runs, AT).any).toBe(false);
  });
});

test('no blanket attestation covers a gap, an item, coverage or an indicative failure', () => {
  const blanket = fc.oneof(
    fc.constantFrom('*', ' * ', 'all', 'ALL', 'any', 'everything', 'A', ' A', '', 'found:', 'found:nothing'),
  );
  // Names of more than one thing, or of the beginning of one, that no finding here has.
  const near = fc.constantFrom(
    'c',
    'c@',
    'c@camera/*',
    '*@camera',
    'camera',
    'gap',
    'gap:look',
    'coverage',
    'coverage:*',
    'item*',
    'ite',
    'person',
    'p',
    'pass',
  );
  return fc.assert(
    fc.property(
      fc.constantFrom(pass, weak, unsure, absent, silent, fail),
      fc.constantFrom(looked, broke),
      fc.constantFrom('required' as const, 'counter' as const),
      fc.boolean(),
      fc.boolean(),
      fc.array(blanket, { minLength: 1, maxLength: 4 }),
      fc.array(near, { maxLength: 3 }),
      (check, attempt, as, item, covered, names, others) => {
        const row: Row = {
          checks: [check],
          attempts: [attempt],
          criterion: {
            checks: [{ check: 'c', as }],
            person: item ? ['item'] : [],
            ...(covered ? { coverage: { tcp: 'all' as const } } : {}),
          },
        };
        const [before] = assess(row).criteria;
        const verdicts = (settles: string[]) => assess({ ...row, attestations: [{ settles }] }).criteria[0]!;
        // What names nothing changes nothing, not even that nobody has assessed it.
        expect(verdicts(names)).toEqual(before);
        const after = verdicts([...names, ...others]);
        expect(after.components[0]!.missing).toEqual(before!.components[0]!.missing);
        if (before!.verdict !== 'not-assessed') expect(after.verdict).toBe(before!.verdict);
        else expect(['not-assessed', 'inconclusive']).toContain(after.verdict);
      },
    ),
    { numRuns: 300 },
  );
});
