import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CRITERION_VERDICTS, type CriterionVerdict, VERDICTS } from '../model/verdict.ts';
import { and, or, worst } from './fold.ts';

const [P, F, I, N, X] = ['pass', 'fail', 'inconclusive', 'not-assessed', 'not-applicable'] as const;

test.each([
  [[], 'inconclusive'],
  [['not-applicable'], 'not-applicable'],
  [['not-applicable', 'pass'], 'pass'],
  [['pass', 'inconclusive', 'pass'], 'inconclusive'],
  [['inconclusive', 'fail', 'pass'], 'fail'],
] as const)('the worst of %j is %s', (verdicts, expected) => expect(worst(verdicts)).toBe(expected));

test.each([
  ['nothing', [], N, N],
  ['pass and pass', [P, P], P, P],
  ['pass and not-assessed', [P, N], I, P],
  ['pass and inconclusive', [P, I], I, P],
  ['pass and fail', [P, F], F, P],
  ['not-assessed and not-assessed', [N, N], N, N],
  ['not-assessed and inconclusive', [N, I], I, I],
  ['not-assessed and fail', [N, F], F, I],
  ['inconclusive and fail', [I, F], F, I],
  ['fail and fail', [F, F], F, F],
  ['not-applicable alone', [X], X, X],
  ['not-applicable and pass', [X, P], P, P],
  ['not-applicable and fail', [X, F], F, F],
  ['not-applicable and not-assessed', [X, N], N, N],
  ['not-applicable and inconclusive', [X, I], I, I],
] as const)('AND and OR of %s', (_, verdicts, all, any) => {
  expect([and(verdicts), or(verdicts)]).toEqual([all, any]);
});

describe.each([
  ['AND', and],
  ['OR', or],
] as const)('%s', (_, fold) => {
  test('is commutative, associative and idempotent, with not-applicable as its identity, over all triples', () => {
    for (const a of CRITERION_VERDICTS) {
      expect(fold([a, a])).toBe(a);
      expect(fold([a, 'not-applicable'])).toBe(a);
      for (const b of CRITERION_VERDICTS) {
        expect(fold([a, b])).toBe(fold([b, a]));
        for (const c of CRITERION_VERDICTS) {
          expect(fold([fold([a, b]), c])).toBe(fold([a, fold([b, c])]));
          expect(fold([fold([a, b]), c])).toBe(fold([a, b, c]));
        }
      }
    }
  });

  test('takes any list in any order and in any groups', () => {
    return fc.assert(
      fc.property(fc.array(fc.constantFrom(...CRITERION_VERDICTS), { minLength: 2 }), fc.nat(), (verdicts, cut) => {
        const at = 1 + (cut % (verdicts.length - 1));
        expect(fold([fold(verdicts.slice(at)), fold(verdicts.slice(0, at))])).toBe(fold(verdicts));
      }),
    );
  });
});

test('OR is AND with pass and fail exchanged', () => {
  const swap = (verdict: CriterionVerdict): CriterionVerdict =>
    verdict === 'pass' ? 'fail' : verdict === 'fail' ? 'pass' : verdict;
  return fc.assert(
    fc.property(fc.array(fc.constantFrom(...CRITERION_VERDICTS)), (verdicts) => {
      expect(or(verdicts)).toBe(swap(and(verdicts.map(swap))));
    }),
  );
});

test('one more gap never improves the worst, nor AND', () => {
  return fc.assert(
    fc.property(fc.array(fc.constantFrom(...VERDICTS), { minLength: 1 }), (verdicts) => {
      expect(VERDICTS.indexOf(worst([...verdicts, 'inconclusive']))).toBeGreaterThanOrEqual(
        VERDICTS.indexOf(worst(verdicts)),
      );
      expect(['pass', 'not-applicable']).not.toContain(and([...verdicts, 'inconclusive']));
    }),
  );
});
