import { describe, expect, test } from 'vitest';
import { type Carrying, carried, NIST, row, SCHEME, verdicts } from '../../test/kit/crosswalk.ts';
import type { CriterionVerdict } from '../model/verdict.ts';

const said = (what: Carrying, id: string) => carried(what).get(id);

const B_013 = row('IAC-1b', 'subset of', 'DC-NDK,DC-PWD,SM-AUTH', 'subset of', { row: 'B-013' });

describe('joint references: B-013', () => {
  const three = (a: CriterionVerdict, b: CriterionVerdict, c: CriterionVerdict) => ({
    'DC-NDK': a,
    'DC-PWD': b,
    'SM-AUTH': c,
  });
  test.each<[CriterionVerdict, CriterionVerdict, CriterionVerdict, CriterionVerdict]>([
    ['pass', 'pass', 'pass', 'pass'],
    ['pass', 'pass', 'fail', 'inconclusive'],
    ['pass', 'pass', 'inconclusive', 'inconclusive'],
    ['pass', 'pass', 'not-assessed', 'inconclusive'],
    ['pass', 'pass', 'not-applicable', 'inconclusive'],
    ['not-assessed', 'not-assessed', 'not-assessed', 'not-assessed'],
    ['not-applicable', 'not-assessed', 'not-applicable', 'not-assessed'],
  ])('%s, %s and %s: %s', (a, b, c, expected) => {
    expect(verdicts({ rows: [B_013], from: SCHEME, says: three(a, b, c) })).toEqual({ 'IAC-1b': expected });
  });

  test('a FAIL of the focal element: each is inconclusive, and the group is named', () => {
    const all = carried({ rows: [B_013], from: NIST, says: { 'IAC-1b': 'fail' } });
    for (const id of ['DC-NDK', 'DC-PWD', 'SM-AUTH']) {
      expect(all.get(id)!.verdict).toBe('inconclusive');
      expect(all.get(id)!.because).toContain('at least one of DC-NDK, DC-PWD, SM-AUTH fails');
    }
  });

  test('an element of a profile that was not judged does not count as passed', () => {
    const rows = [
      { ...B_013, references: [...B_013.references.slice(0, 2), { profile: 'third', element: 'SM-AUTH' }] },
    ];
    expect(said({ rows, from: SCHEME, says: three('pass', 'pass', 'pass') }, 'IAC-1b')).toMatchObject({
      verdict: 'inconclusive',
      because: expect.stringContaining('SM-AUTH is of third'),
    });
  });
});

test('rows that say the same of the same elements count once', () => {
  const twice = [
    row('F', 'subset of', 'R,S', 'subset of', { row: 'B-014' }),
    row('F', 'subset of', 'S,R', 'subset of', { row: 'B-015' }),
    row('F', 'subset of', 'R,S', 'none', { row: 'B-016' }),
  ];
  const one = said({ rows: twice, from: SCHEME, says: { R: 'pass', S: 'pass' } }, 'F')!;
  expect(one.rows.map((each) => each.row)).toEqual(['B-014', 'B-016']);
  expect(one.verdict).toBe('pass');
});

describe('rows that say PASS and FAIL of one element', () => {
  const rows = [
    row('F', 'subset of', 'R', undefined, { row: 'X-1' }),
    row('F', 'superset of', 'S', undefined, { row: 'X-2' }),
  ];

  test('are inconclusive, and both rows are named', () => {
    const one = said({ rows, from: SCHEME, says: { R: 'pass', S: 'fail' } }, 'F')!;
    expect(one.verdict).toBe('inconclusive');
    expect(one.because).toMatch(/^rows conflict: row X-1: .*; row X-2: /);
    expect(one.conflicts).toEqual([{ component: 'camera', because: one.because }]);
  });

  test('either alone decides', () => {
    expect(verdicts({ rows, from: SCHEME, says: { R: 'pass', S: 'inconclusive' } })).toEqual({ F: 'pass' });
    expect(verdicts({ rows, from: SCHEME, says: { R: 'inconclusive', S: 'fail' } })).toEqual({ F: 'fail' });
  });
});
