import { describe, expect, test } from 'vitest';
import {
  AT,
  assessed,
  type Carrying,
  carried,
  crosswalkOf,
  ITEM,
  NIST,
  PRODUCT,
  profileOf,
  row,
  SCHEME,
  SEAL_OF_SOURCE,
  verdicts,
} from '../../test/kit/crosswalk.ts';
import { target } from '../../test/kit/sketch.ts';
import { Carried } from '../model/assessment.ts';
import type { CrosswalkRow, ReadAs, Relationship } from '../model/crosswalk.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import { carry, NoCrosswalk } from './carry.ts';

const said = (what: Carrying, id: string) => carried(what).get(id);

/** The rows of annexes A and B whose print or reading would mislead (CRITERIA B.3), as read in B.5. */
const A_013 = row('IAC-1a', 'equal', '5.2.3', 'intersects with', { row: 'A-013' });
const A_015 = row('IAC-1c', 'equal', '5.2.3', 'intersects with', { row: 'A-015' });
const A_025 = row('SU-2', 'equal', 'PAT-004', 'subset of', { row: 'A-025' });
const B_003 = row('AI-2', 'superset of', 'PD-DEVID', 'intersects with', { row: 'B-003' });
const B_008 = row('DP-1', 'equal', 'SM-ERASE', 'superset of', { row: 'B-008' });
const B_012 = row('IAC-1a', 'subset of', 'DC-NDK,DC-PWD,SM-AUTH', 'intersects with', { row: 'B-012' });
const B_023 = row('SU-1', 'equal', 'SWU-AUT', 'intersects with', { row: 'B-023' });

type Wrong = [string, CrosswalkRow[], 'nist' | 'scheme', Record<string, CriterionVerdict>, string, CriterionVerdict];

describe('wrong verdicts of B.3', () => {
  test.each<Wrong>([
    ['B-023: F PASS says nothing of anti-rollback', [B_023], NIST, { 'SU-1': 'pass' }, 'SWU-AUT', 'pass'],
    [
      'B-012: three authentication requirements say nothing of needless interfaces',
      [B_012],
      SCHEME,
      { 'DC-NDK': 'pass', 'DC-PWD': 'pass', 'SM-AUTH': 'pass' },
      'IAC-1a',
      'pass',
    ],
    ['B-008: erasure is half of DP-1', [B_008], SCHEME, { 'SM-ERASE': 'pass' }, 'DP-1', 'pass'],
    ['B-003: PD-DEVID asks for a firmware version', [B_003], NIST, { 'AI-2': 'pass' }, 'PD-DEVID', 'pass'],
    ['B-003: and its FAIL may be of that', [B_003], SCHEME, { 'PD-DEVID': 'fail' }, 'AI-2', 'fail'],
    ['A-025: SU-2 accepts notification', [A_025], SCHEME, { 'PAT-004': 'fail' }, 'SU-2', 'fail'],
    ['A-013 and A-015: needless is not unauthorised', [A_013, A_015], SCHEME, { '5.2.3': 'fail' }, 'IAC-1a', 'fail'],
    ['A-013 and A-015: nor the other way', [A_013, A_015], SCHEME, { '5.2.3': 'pass' }, 'IAC-1c', 'pass'],
  ])('%s', (_, rows, from, says, id, wrong) => {
    expect(verdicts({ rows, from, says })[id]).not.toBe(wrong);
    expect(said({ rows, from, says }, id)).toMatchObject({ verdict: 'inconclusive' });
  });

  test.each(['5.4', '5.10'])('DP-1 = 5.4 = 5.10, were they equal: a group of which %s is not assessed', (failing) => {
    const rows = [row('DP-1', 'equal', '5.4'), row('DP-1', 'equal', '5.10')];
    expect(
      verdicts({ rows, from: SCHEME, says: { '5.4': 'pass', '5.10': 'pass', [failing]: 'not-assessed' } }),
    ).toEqual({
      'DP-1': 'inconclusive',
    });
    expect(verdicts({ rows, from: NIST, says: { 'DP-1': 'fail' } })).toEqual({
      '5.4': 'inconclusive',
      '5.10': 'inconclusive',
    });
  });

  test('what the rows do carry', () => {
    expect(verdicts({ rows: [B_008], from: SCHEME, says: { 'SM-ERASE': 'fail' } })).toEqual({ 'DP-1': 'fail' });
    expect(verdicts({ rows: [A_025], from: SCHEME, says: { 'PAT-004': 'pass' } })).toEqual({ 'SU-2': 'pass' });
  });
});

describe('the form of what is carried', () => {
  test('direction, rows as printed and as read, who read them, verdicts of the source, its seal', () => {
    const rows = [row('DP-2', 'equal', '5.3', 'subset of', { row: 'A-010', readBy: 'R. Viewer' })];
    const { run, conflicts, ...form } = said({ rows, from: SCHEME, says: { '5.3': 'pass' } }, 'DP-2')!;
    expect(Carried.parse(form)).toEqual({
      crosswalk: 'annex',
      direction: 'reference-to-focal',
      verdict: 'pass',
      because: 'row A-010: the annex says “equal”, read as “subset of”: 5.3 passes, and that is all that DP-2 asks for',
      rows: [
        {
          row: 'A-010',
          printed: 'equal',
          readAs: 'subset of',
          readBy: 'R. Viewer',
          from: [{ criterion: '5.3', verdict: 'pass' }],
        },
      ],
      source: { profile: SCHEME, judgedAt: AT, seal: SEAL_OF_SOURCE },
      components: ['camera'],
    });
    expect({ run, conflicts }).toEqual({ run: '20261101T000000Z', conflicts: [] });
  });

  test.each<[Relationship, ReadAs, CriterionVerdict, string]>([
    ['equal', 'none', 'pass', 'the annex says “equal”; nobody has confirmed it'],
    ['subset of', 'subset of', 'pass', 'no PASS is carried: R asks for more than F'],
    ['superset of', 'superset of', 'pass', 'no PASS is carried from a superset'],
    ['superset of', 'superset of', 'fail', 'look here first: F fails'],
    ['equal', 'intersects with', 'pass', 'partly shown at most by F, so no PASS is carried'],
    ['equal', 'intersects with', 'fail', 'look here first: F fails'],
    ['equal', 'equal', 'inconclusive', 'F is inconclusive'],
  ])('from NIST, printed %s, read as %s, %s: says why it is open', (printed, readAs, verdict, why) => {
    expect(said({ rows: [row('F', printed, 'R', readAs)], from: NIST, says: { F: verdict } }, 'R')).toMatchObject({
      verdict: 'inconclusive',
      because: expect.stringContaining(why),
    });
  });

  test('what fails on an element that is only recommended is a recommendation not met', () => {
    const what: Carrying = {
      rows: [row('AI-1', 'subset of', 'R'), row('AI-1', 'subset of', 'S')],
      from: NIST,
      says: { 'AI-1': 'fail' },
      criteria: [{ id: 'R', level: 'should' }, 'S'],
    };
    expect(said(what, 'R')!.because).toMatch(/^recommendation not met: /);
    expect(said(what, 'S')!.because).toMatch(/^row AI-1~S: /);
    expect(verdicts({ ...what, says: {} }), 'a missing one').toEqual({ R: 'not-assessed', S: 'not-assessed' });
  });
});

describe('never carried', () => {
  test('with every reading none, nothing passes or fails, in either direction', () => {
    for (const printed of ['equal', 'subset of', 'superset of', 'intersects with', 'not related to'] as const)
      for (const verdict of ['pass', 'fail'] as const) {
        const rows = [row('F', printed, 'R', 'none'), row('F', printed, 'R,S', 'none')];
        const of = (from: 'nist' | 'scheme', says: Record<string, CriterionVerdict>) =>
          Object.values(verdicts({ rows, from, says }));
        for (const each of [...of(NIST, { F: verdict }), ...of(SCHEME, { R: verdict, S: verdict })])
          expect(each).toBe(printed === 'not related to' ? 'not-assessed' : 'inconclusive');
      }
  });

  test('an equal reading of a row printed subset of changes nothing', () => {
    for (const verdict of ['pass', 'fail', 'inconclusive', 'not-assessed', 'not-applicable'] as const) {
      const of = (readAs: ReadAs) => [
        verdicts({ rows: [row('F', 'subset of', 'R', readAs)], from: NIST, says: { F: verdict } }),
        verdicts({ rows: [row('F', 'subset of', 'R', readAs)], from: SCHEME, says: { R: verdict } }),
      ];
      expect(of('equal')).toEqual(of('subset of'));
    }
  });

  const GARBLED = 'reference-garbled (SM - ERASE -> SM-ERASE)';
  test.each<[string, Partial<Omit<CrosswalkRow, 'references'>>, CriterionVerdict]>([
    ['a blank rationale', { rationale: undefined }, 'inconclusive'],
    ['a syntactic rationale', { rationale: 'syntactic' }, 'inconclusive'],
    ['a garbled reference that the review does not name', { issues: [GARBLED] }, 'inconclusive'],
    ['a garbled comment', { issues: ['comment-garbled (Section 5.24 probably 5.2.4)'] }, 'inconclusive'],
    ['another flag is named', { issues: [GARBLED], namesIssues: ['split-by-page-break'] }, 'inconclusive'],
    ['read as not related', { readAs: 'not related to' }, 'not-assessed'],
    ['a garbled reference that is named', { issues: [GARBLED], namesIssues: [GARBLED] }, 'pass'],
    ['a flag of the print alone', { issues: ['split-by-page-break (re-joined)', 'reference-tag-variant'] }, 'pass'],
  ])('%s', (_, over, expected) => {
    expect(verdicts({ rows: [{ ...row('F', 'equal', 'R'), ...over }], from: SCHEME, says: { R: 'pass' } })).toEqual({
      F: expected,
    });
  });

  test('no relationship and no reference: nothing, and the reason', () => {
    const rows = [row('F', undefined, 'R', 'equal'), row('G', 'not related to', '', 'none'), row('H', 'equal', '')];
    const all = carried({ rows, from: SCHEME, says: { R: 'pass' } });
    expect([...all.values()].map(({ verdict, because }) => [verdict, because])).toEqual([
      ['not-assessed', 'row F~R: no relationship is printed'],
      ['not-assessed', 'row G~: the annex says “not related to”'],
      ['not-assessed', 'row H~: it names no reference element'],
    ]);
  });

  test.each<[string, Carrying['says'], string]>([
    ['a heading', { R: { id: 'R', heading: true, verdict: 'pass' } }, 'is a heading'],
    [
      'what came over a crosswalk itself',
      {
        R: {
          id: 'R',
          basis: 'mapped',
          components: [{ component: 'camera', verdict: 'pass', findings: [], because: '', missing: [] }],
        },
      },
      'nothing is carried twice',
    ],
    ['an element that the source does not have', {}, 'says nothing of R'],
    ['a verdict on an app alone', { R: { app: 'pass' } }, 'was not judged on camera'],
    ['what does not apply', { R: 'not-applicable' }, 'whether F applies is stated anew'],
  ])('%s', (_, says, why) => {
    expect(said({ rows: [row('F', 'equal', 'R')], from: SCHEME, says }, 'F')).toMatchObject({
      verdict: 'not-assessed',
      because: expect.stringContaining(why),
    });
  });

  test('to a heading, and to what no row of the two profiles reaches', () => {
    const rows = [
      row('F', 'equal', 'R'),
      { ...row('G', 'equal', ''), references: [{ profile: 'third', element: 'T' }] },
    ];
    const what = { rows, from: SCHEME, says: { R: 'pass' }, criteria: [{ id: 'F', heading: true }, 'G', 'H'] } as const;
    expect(verdicts(what)).toEqual({});
  });
});

describe('direction', () => {
  const rows = [row('F', 'equal', 'R')];
  const to = { target: target(), item: ITEM };

  test.each([
    [NIST, 'third'],
    ['third', SCHEME],
    [SCHEME, SCHEME],
    [NIST, NIST],
  ])('%s to %s is not what it joins', (from, onto) => {
    const via = {
      crosswalk: crosswalkOf(rows),
      source: { assessment: assessed(from, {}), item: ITEM, product: PRODUCT },
    };
    expect(() => carry(via, { ...to, profile: profileOf(onto, ['F']) })).toThrow(NoCrosswalk);
  });

  test('two hops are refused', () => {
    const what: Carrying = {
      rows,
      from: SCHEME,
      says: { R: 'pass' },
      source: { via: { crosswalk: 'other', edition: '1' } },
    };
    expect(() => carried(what)).toThrow(NoCrosswalk);
    expect(() => carried(what)).toThrow(/two hops.*other/);
  });
});
