import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { attempt, type RunDraft, recognised, run, scan } from '../../test/kit/run.ts';
import { SEAL } from '../../test/kit/sketch.ts';
import type { CheckResult } from '../model/assessment.ts';
import { type ReferenceDevice, Suitability, type SuitabilityPass } from '../model/suitability.ts';
import { VERDICTS, type Verdict } from '../model/verdict.ts';
import { againstPass, type KnownReference, passOf, referenceOf, suitabilityOf } from './suitability.ts';

const known = (kind: KnownReference['kind'], expect: Record<string, 'fail' | 'pass'>): KnownReference => ({
  name: 'router',
  kind,
  how: 'declared',
  addresses: ['198.18.0.9'],
  expect: new Map(Object.entries(expect)),
});

const says = (verdicts: Record<string, Verdict>): CheckResult[] =>
  Object.entries(verdicts).map(([check, verdict]) => ({
    check,
    title: check,
    theme: 'access',
    built: true,
    component: 'router',
    verdict,
    findings: [],
  }));

const spoke: RunDraft = { attempts: [scan({ tcp: [22] }), recognised('tcp/22', 'ssh')] };
const found = (checks: CheckResult[], draft: RunDraft = spoke) => ({ run: run(draft), seal: SEAL, checks });

describe('a reference', () => {
  test.each<[string, KnownReference, ReturnType<typeof found>, ReferenceDevice['is'], RegExp]>([
    [
      'known bad, and fails',
      known('known-bad', { a: 'fail' }),
      found(says({ a: 'fail', b: 'fail' })),
      'as-known',
      /all/,
    ],
    [
      'known bad, and mended',
      known('known-bad', { a: 'fail', b: 'fail' }),
      found(says({ a: 'pass', b: 'fail' })),
      'not-as-known',
      /^it is known bad and did not fail a$/,
    ],
    [
      'known bad, and nobody could tell',
      known('known-bad', { a: 'fail' }),
      found(says({ a: 'inconclusive' })),
      'not-as-known',
      /did not fail a/,
    ],
    ['known bad, and the check is not there', known('known-bad', { a: 'fail' }), found([]), 'not-as-known', /a$/],
    [
      'known bad, and passes what it is known to pass',
      known('known-bad', { a: 'fail', b: 'pass' }),
      found(says({ a: 'fail', b: 'pass' })),
      'as-known',
      /all/,
    ],
    [
      'known good, and passes',
      known('known-good', { a: 'pass' }),
      found(says({ a: 'pass', b: 'inconclusive' })),
      'as-known',
      /all/,
    ],
    [
      'known good, and could not be told',
      known('known-good', { a: 'pass' }),
      found(says({ a: 'inconclusive' })),
      'not-as-known',
      /^it is known good and did not pass a$/,
    ],
    [
      'known good, and fails what nobody named',
      known('known-good', { a: 'pass' }),
      found(says({ a: 'pass', b: 'fail' })),
      'not-as-known',
      /^it is known good and failed b$/,
    ],
    [
      'that nobody answers for',
      known('known-bad', { a: 'fail' }),
      found(says({ a: 'fail' }), { attempts: [attempt('tcp-ports', 'camera', [], { broke: 'timeout' })] }),
      'not-reached',
      /^nothing answered \(tcp-ports: timeout\): a dead cable, client isolation/,
    ],
    [
      'whose ports are all filtered',
      known('known-bad', { a: 'fail' }),
      found(says({ a: 'fail' }), {
        attempts: [
          attempt('tcp-ports', 'camera', [{ kind: 'port', to: 65535, state: 'filtered', reason: 'no-response' }]),
        ],
      }),
      'not-reached',
      /^nothing answered: a dead cable/,
    ],
    [
      'that refuses every port',
      known('known-good', { a: 'pass' }),
      found(says({ a: 'pass' }), { attempts: [scan({})] }),
      'not-reached',
      /^its address refuses every port/,
    ],
  ])('%s', (_, of, what, is, because) => {
    const reference = referenceOf(of, what);
    expect(reference).toMatchObject({ is, because: expect.stringMatching(because), run: { seal: SEAL } });
    expect(reference.checks.map(({ check }) => check)).toEqual([...of.expect.keys()]);
    if (is === 'not-reached') expect(reference.checks.every((one) => one.found === undefined)).toBe(true);
  });

  test('of several components says the worst of them', () => {
    const checks = [...says({ a: 'pass' }), ...says({ a: 'fail' })];
    expect(referenceOf(known('known-good', { a: 'pass' }), found(checks)).checks).toEqual([
      { check: 'a', expected: 'pass', found: 'fail' },
    ]);
  });
});

const reference = (kind: ReferenceDevice['kind'], is: ReferenceDevice['is'] = 'as-known'): ReferenceDevice => ({
  name: kind,
  kind,
  how: 'simulated',
  addresses: [],
  checks: [],
  is,
  because: 'so',
});
const both = (is: ReferenceDevice['is'] = 'as-known') => [reference('known-bad', is), reference('known-good')];
const at = (hour: number): string => `2026-11-22T${String(hour).padStart(2, '0')}:00:00.000Z`;
const pass = (when: SuitabilityPass['when'], hour: number, references = both()): SuitabilityPass =>
  passOf(when, at(hour), at(hour), references);
const tested = { from: at(10), to: at(12) };

describe('the suitability of a bench', () => {
  test.each<[string, SuitabilityPass[], boolean, RegExp]>([
    ['found before and after', [pass('before', 9), pass('after', 13)], true, /^what is known/],
    ['whatever order they are given in', [pass('after', 13), pass('before', 9)], true, /^what is known/],
    [
      'looked at the day before yesterday',
      [passOf('before', '2026-11-20T09:00:00.000Z', '2026-11-20T09:00:00.000Z', both()), pass('after', 13)],
      false,
      /^the pass of 2026-11-20T09:00:00\.000Z is more than a day before the test, and says nothing of the bench at that time$/,
    ],
    ['only before', [pass('before', 9)], false, /^no reference was looked at after the test$/],
    ['only after', [pass('after', 13)], false, /^no reference was looked at before the test$/],
    [
      'lost meanwhile',
      [pass('before', 9), pass('after', 13, both('not-reached'))],
      false,
      /^after the test, known-bad was not reached: so$/,
    ],
    [
      'not there at first',
      [pass('before', 9, both('not-as-known')), pass('after', 13)],
      false,
      /^before the test, known-bad was not as known/,
    ],
    [
      'with one kind alone',
      [pass('before', 9, [reference('known-bad')]), pass('after', 13)],
      false,
      /^before the test, no known good reference/,
    ],
    [
      'looked at before, while the test ran',
      [pass('before', 11), pass('after', 13)],
      false,
      /is not one from before the test$/,
    ],
    [
      'looked at after, before it ended',
      [pass('before', 9), pass('after', 11)],
      false,
      /is not one from after the test$/,
    ],
  ])('%s', (_, passes, suitable, because) => {
    const said = suitabilityOf(passes, { tool: 'probity 1', tested });
    expect(Suitability.parse(said)).toEqual(said);
    expect(said).toMatchObject({ suitable, because: expect.stringMatching(because) });
    expect(said.passes.map((one) => one.at)).toEqual(passes.map((one) => one.at).sort());
  });

  test('of no pass is nothing', () => {
    expect(() => suitabilityOf([], { tool: 'probity 1' })).toThrow(RangeError);
  });

  test('property: suitable only where both passes were made and every reference was as known', () => {
    const anyReference = fc.record({
      kind: fc.constantFrom('known-bad' as const, 'known-good' as const),
      is: fc.constantFrom('as-known' as const, 'as-known' as const, 'not-as-known' as const, 'not-reached' as const),
    });
    const anyPass = fc
      .record({
        when: fc.constantFrom('before' as const, 'after' as const),
        references: fc.array(anyReference, { minLength: 1, maxLength: 3 }),
      })
      .map(({ when, references }) =>
        pass(
          when,
          when === 'before' ? 9 : 13,
          references.map(({ kind, is }) => reference(kind, is)),
        ),
      );
    fc.assert(
      fc.property(fc.array(anyPass, { minLength: 1, maxLength: 3 }), (passes) => {
        const { suitable } = suitabilityOf(passes, { tool: 'probity 1', tested });
        const all = passes.every(
          (one) =>
            (['known-bad', 'known-good'] as const).every((kind) => one.references.some((each) => each.kind === kind)) &&
            one.references.every(({ is }) => is === 'as-known'),
        );
        const whens = new Set(passes.map(({ when }) => when));
        expect(suitable).toBe(all && whens.size === 2);
        expect(passes.every((one) => one.suitable === (againstPass(one).length === 0))).toBe(true);
      }),
    );
  });

  test('property: silence is never as known, whatever the checks say', () => {
    const verdicts = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...VERDICTS));
    fc.assert(
      fc.property(verdicts, fc.constantFrom('known-bad' as const, 'known-good' as const), (checks, kind) => {
        const silent = found(says(checks), { attempts: [scan({})] });
        const of = known(kind, { a: kind === 'known-bad' ? 'fail' : 'pass' });
        expect(referenceOf(of, silent).is).toBe('not-reached');
        if (checks.a !== of.expect.get('a')) expect(referenceOf(of, found(says(checks))).is).toBe('not-as-known');
      }),
    );
  });
});
