import { describe, expect, test } from 'vitest';
import { assessed, ITEM, NIST, PRODUCT, SCHEME, verdicts } from '../../test/kit/crosswalk.ts';
import { target } from '../../test/kit/sketch.ts';
import { loadCrosswalk } from '../cli/load-crosswalk.ts';
import { loadProfile } from '../cli/load-profile.ts';
import type { Profile } from '../model/profile.ts';
import { carry } from './carry.ts';
import { catalogue } from './checks/index.ts';

describe('the shipped annexes, as read in B.5', () => {
  const TECHNICAL = /^(AI|PC|DP|IAC|SU|CSA)-/;
  const rows = ['a', 'b'].flatMap((annex) => loadCrosswalk(`cta-pilot-annex-${annex}`).rows);
  const technical = rows.filter(({ focal, references }) => TECHNICAL.test(focal) && references.length > 0);

  /** The rows that, alone, carry this verdict in this direction. */
  const carrying = (from: typeof NIST | typeof SCHEME, verdict: 'pass' | 'fail', among = technical): string[] =>
    among
      .map((one) => ({ ...one, references: one.references.map(({ element }) => ({ profile: SCHEME, element })) }))
      .filter((one) => {
        const source = from === NIST ? [one.focal] : one.references.map(({ element }) => element);
        const says = Object.fromEntries(source.map((id) => [id, verdict]));
        // IAC-1 is a heading of the focal profile.
        const criteria = from === NIST ? undefined : { criteria: [{ id: one.focal, heading: one.focal === 'IAC-1' }] };
        return Object.values(verdicts({ rows: [one], from, says, ...criteria })).includes(verdict);
      })
      .map((one) => one.row);

  test('29 technical rows: 7 carry a PASS and 5 a FAIL to NIST, 6 a FAIL from it, and none a PASS', () => {
    expect(technical).toHaveLength(29);
    expect(carrying(SCHEME, 'pass')).toEqual(['A-010', 'A-014', 'A-024', 'A-025', 'B-002', 'B-009', 'B-013']);
    expect(carrying(SCHEME, 'fail')).toEqual(['A-002', 'A-016', 'A-022', 'A-027', 'B-008']);
    expect(carrying(NIST, 'fail')).toEqual(['A-010', 'A-014', 'A-024', 'A-025', 'B-002', 'B-009']);
    expect(carrying(NIST, 'pass')).toEqual([]);
  });

  test('no other row carries anything', () => {
    const others = rows.filter((one) => !technical.includes(one));
    for (const from of [NIST, SCHEME] as const)
      for (const verdict of ['pass', 'fail'] as const) expect(carrying(from, verdict, others)).toEqual([]);
  });

  /** What the whole of an annex carries from the NIST profile, all of its leaves being of one verdict. */
  const fromNist = (annex: string, to: string, verdict: 'pass' | 'fail'): Record<string, string> => {
    const [nist, scheme] = ['nist-consumer-iot-2022', to].map((id) =>
      loadProfile(
        id,
        catalogue.map((check) => check.id),
      ),
    ) as [Profile, Profile];
    const leaves = nist.criteria.filter(({ heading }) => !heading);
    const says = Object.fromEntries(
      leaves.map(({ id, quantifier }) => [id, { [quantifier === 'developer' ? 'developer' : 'camera']: verdict }]),
    );
    const source = { assessment: assessed(nist.profile, says), item: ITEM, product: PRODUCT };
    const via = { crosswalk: loadCrosswalk(`cta-pilot-annex-${annex}`), source };
    const over = carry(via, { profile: scheme, target: target(), item: ITEM });
    expect(over.size).toBeGreaterThan(5);
    return Object.fromEntries(
      [...over]
        .filter(([, one]) => one.verdict === 'pass' || one.verdict === 'fail')
        .map(([id, one]) => [id, one.because.split(':')[0]!]),
    );
  };

  test('the whole of an annex, from NIST: no PASS, and the FAILs that a row forces', () => {
    expect(fromNist('a', 'cta-2088-a', 'fail')).toEqual({
      '5.2': 'row A-014',
      '5.3': 'row A-010',
      '5.9': 'row A-024',
      'PAT-004': 'recommendation not met',
    });
    expect(fromNist('b', 'ul-mcv-1376', 'fail')).toEqual({ 'CS-XMIT': 'row B-009', 'PD-DEVID': 'row B-002' });
    expect(fromNist('a', 'bsa-framework', 'fail')).toEqual({});
    for (const [annex, to] of [
      ['a', 'cta-2088-a'],
      ['a', 'bsa-framework'],
      ['b', 'ul-mcv-1376'],
    ] as const)
      expect(fromNist(annex, to, 'pass')).toEqual({});
  });
});
