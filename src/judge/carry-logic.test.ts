import { describe, expect, test } from 'vitest';
import { NIST, row, SCHEME, verdicts } from '../../test/kit/crosswalk.ts';
import { RELATIONSHIPS, type ReadAs, type Relationship } from '../model/crosswalk.ts';
import type { CriterionVerdict } from '../model/verdict.ts';

/**
 * Over all sets of four obligations and all worlds: an element is a set of obligations (a bit mask), a world says which
 * hold, and an element passes where all of its obligations hold. What carry says is read once for each combination of
 * verdicts, and then held to every world.
 */
const SETS = Array.from({ length: 15 }, (_, index) => index + 1);
const WORLDS = Array.from({ length: 16 }, (_, index) => index);
const truth = (set: number, world: number): 'pass' | 'fail' => ((set & world) === set ? 'pass' : 'fail');
const READ: readonly ReadAs[] = [...RELATIONSHIPS, 'none'];
const SIDES = [NIST, SCHEME] as const;
const TRUTHS = ['pass', 'fail'] as const;
const WEAKER = ['pass', 'fail', 'inconclusive', 'not-assessed', 'not-applicable'] as const;

const holds = (relationship: ReadAs, focal: number, reference: number): boolean => {
  const [under, over] = [(focal & reference) === focal, (focal & reference) === reference];
  if (relationship === 'equal') return under && over;
  if (relationship === 'subset of') return under;
  if (relationship === 'superset of') return over;
  return true;
};

/** Carried verdicts, by what the source says of its elements, remembered. */
const table = (says: (verdicts: readonly CriterionVerdict[]) => Record<string, CriterionVerdict>) => {
  const known = new Map<string, Record<string, CriterionVerdict>>();
  return (given: readonly CriterionVerdict[]): Record<string, CriterionVerdict> => {
    const key = given.join(' ');
    const answer = known.get(key) ?? says(given);
    known.set(key, answer);
    return answer;
  };
};

const contradicts = (said: CriterionVerdict | undefined, is: 'pass' | 'fail'): boolean =>
  (said === 'pass' || said === 'fail') && said !== is;

const one = (printed: Relationship | undefined, readAs: ReadAs, from: (typeof SIDES)[number]) =>
  table(([verdict]) =>
    verdicts({ rows: [row('F', printed, 'R', readAs)], from, says: { [from === NIST ? 'F' : 'R']: verdict! } }),
  );

describe('one row', () => {
  test('no carried verdict is contradicted by the target where the relationship, as read, truly holds', () => {
    let carriedOnes = 0;
    for (const printed of RELATIONSHIPS)
      for (const readAs of READ)
        for (const from of SIDES) {
          const says = one(printed, readAs, from);
          for (const focal of SETS)
            for (const reference of SETS.filter((set) => holds(readAs, focal, set)))
              for (const world of WORLDS) {
                const [source, target, id] =
                  from === NIST ? [focal, reference, 'R'] : ([reference, focal, 'F'] as const);
                const said = says([truth(source, world)])[id];
                if (said === 'pass' || said === 'fail') carriedOnes += 1;
                if (contradicts(said, truth(target, world)))
                  expect.fail(`${printed} read as ${readAs}, from ${from}: ${said}, ${focal} ${reference} ${world}`);
              }
        }
    expect(carriedOnes).toBeGreaterThan(3_000);
  });

  test('exactly the cells that are bold in print and in the reading', () => {
    const cells: Record<string, string[]> = {};
    for (const printed of RELATIONSHIPS)
      for (const readAs of READ) {
        const bold = SIDES.flatMap((from) =>
          TRUTHS.flatMap((verdict) => {
            const said = one(printed, readAs, from)([verdict])[from === NIST ? 'R' : 'F']!;
            return TRUTHS.some((each) => each === said) ? [`${from} ${verdict} ${said}`] : [];
          }),
        );
        if (bold.length > 0) cells[`${printed}, ${readAs}`] = bold;
      }
    const subset = ['nist fail fail', 'scheme pass pass'];
    const superset = ['scheme fail fail'];
    expect(cells).toEqual({
      'equal, equal': ['nist pass pass', 'nist fail fail', 'scheme pass pass', 'scheme fail fail'],
      'equal, subset of': subset,
      'equal, superset of': superset,
      'subset of, equal': subset,
      'subset of, subset of': subset,
      'superset of, equal': superset,
      'superset of, superset of': superset,
    });
  });

  test.each(SIDES)('what is not decided, carries as it stands: from %s', (from) => {
    const id = from === NIST ? 'R' : 'F';
    const said = (printed: Relationship | undefined, verdict: CriterionVerdict) =>
      one(printed, printed ?? 'none', from)([verdict])[id];
    for (const printed of ['equal', 'subset of', 'superset of', 'intersects with'] as const) {
      expect(said(printed, 'inconclusive')).toBe('inconclusive');
      expect(said(printed, 'not-assessed')).toBe('not-assessed');
      expect(said(printed, 'not-applicable'), 'applicability is stated anew').toBe('not-assessed');
    }
    for (const printed of ['not related to', undefined] as const)
      for (const verdict of WEAKER) expect(said(printed, verdict), `${printed} ${verdict}`).toBe('not-assessed');
    for (const verdict of TRUTHS) expect(said('intersects with', verdict)).toBe('inconclusive');
  });

  test('a weaker source never carries more', () => {
    const strength = (verdict: CriterionVerdict): number =>
      verdict === 'pass' || verdict === 'fail' ? 2 : verdict === 'inconclusive' ? 1 : 0;
    for (const printed of RELATIONSHIPS)
      for (const readAs of READ)
        for (const from of SIDES)
          for (const verdict of TRUTHS) {
            const steps = [verdict, 'inconclusive', 'not-assessed'] as const;
            const carriedAt = steps.map((step) =>
              strength(one(printed, readAs, from)([step])[from === NIST ? 'R' : 'F']!),
            );
            expect(carriedAt, `${printed} ${readAs} ${from} ${verdict}`).toEqual([...carriedAt].sort().reverse());
          }
  });
});

describe('two joint references', () => {
  const joint = (printed: Relationship, readAs: ReadAs, from: (typeof SIDES)[number]) =>
    table((given) =>
      verdicts({
        rows: [row('F', printed, 'R1,R2', readAs)],
        from,
        says: from === NIST ? { F: given[0]! } : { R1: given[0]!, R2: given[1]! },
      }),
    );

  test('no carried verdict is contradicted where the relationship to the two together truly holds', () => {
    let carriedOnes = 0;
    for (const printed of RELATIONSHIPS)
      for (const readAs of READ) {
        const [forward, back] = [joint(printed, readAs, NIST), joint(printed, readAs, SCHEME)];
        const all = TRUTHS.flatMap((a) => [forward([a]), ...TRUTHS.map((b) => back([a, b]))]);
        if (!all.some((said) => Object.values(said).some((verdict) => verdict === 'pass' || verdict === 'fail')))
          continue;
        for (const focal of SETS)
          for (const first of SETS)
            for (const second of SETS) {
              if (!holds(readAs, focal, first | second)) continue;
              for (const world of WORLDS) {
                const said = back([truth(first, world), truth(second, world)]).F;
                const to = forward([truth(focal, world)]);
                if (said === 'pass' || to.R1 === 'pass') carriedOnes += 1;
                if (
                  contradicts(said, truth(focal, world)) ||
                  contradicts(to.R1, truth(first, world)) ||
                  contradicts(to.R2, truth(second, world))
                )
                  expect.fail(`${printed} read as ${readAs}: ${focal} ${first} ${second} ${world}`);
              }
            }
      }
    expect(carriedOnes).toBeGreaterThan(1_000);
  });

  test('PASS only when all pass; a FAIL of the focal element names the group and no culprit', () => {
    const back = joint('subset of', 'subset of', SCHEME);
    for (const first of WEAKER)
      for (const second of WEAKER)
        expect(back([first, second]).F === 'pass', `${first} ${second}`).toBe(first === 'pass' && second === 'pass');
    expect(joint('subset of', 'subset of', NIST)(['fail'])).toEqual({ R1: 'inconclusive', R2: 'inconclusive' });
  });
});

describe.each([
  [1, 2],
  [2, 1],
  [2, 2],
  [1, 1],
])('a group of rows read as equal, %i focal and %i reference elements', (focals, references) => {
  const names = (letter: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${letter}${i}`);
  const [F, R] = [names('F', focals), names('R', references)];
  const rows = F.flatMap((focal) => R.map((reference) => row(focal, 'equal', reference)));
  const sets = (count: number): number[][] =>
    count === 1 ? SETS.map((set) => [set]) : SETS.flatMap((a) => SETS.filter((b) => a <= b).map((b) => [a, b]));
  const union = (all: readonly number[]): number => all.reduce((a, b) => a | b, 0);

  test('no carried verdict is contradicted where the two sides together ask for the same', () => {
    let carriedOnes = 0;
    for (const from of SIDES) {
      const [mine, other] = from === NIST ? [F, R] : [R, F];
      const says = table((given) =>
        verdicts({ rows, from, says: Object.fromEntries(mine.map((id, index) => [id, given[index]!])) }),
      );
      for (const source of sets(mine.length))
        for (const target of sets(other.length)) {
          if (union(source) !== union(target)) continue;
          for (const world of WORLDS) {
            const said = says(source.map((set) => truth(set, world)));
            for (const [index, id] of other.entries()) {
              if (said[id] === 'pass' || said[id] === 'fail') carriedOnes += 1;
              if (contradicts(said[id], truth(target[index]!, world)))
                expect.fail(`from ${from}: ${source} to ${target} in ${world} is ${said[id]}`);
            }
          }
        }
    }
    expect(carriedOnes).toBeGreaterThan(100);
  });

  test('all pass: all pass; one fails: the other side fails only where it is one', () => {
    for (const from of SIDES) {
      const [mine, other] = from === NIST ? [F, R] : [R, F];
      const with_ = (last: CriterionVerdict) =>
        new Set(
          Object.values(
            verdicts({
              rows,
              from,
              says: Object.fromEntries(mine.map((id, i) => [id, i === mine.length - 1 ? last : 'pass'])),
            }),
          ),
        );
      expect(with_('pass')).toEqual(new Set(['pass']));
      expect(with_('fail')).toEqual(new Set([other.length === 1 ? 'fail' : 'inconclusive']));
      const open = mine.length === 1 ? 'not-assessed' : 'inconclusive';
      expect(with_('not-assessed')).toEqual(new Set([open]));
      expect(with_('not-applicable')).toEqual(new Set([open]));
    }
  });
});

describe('several rows', () => {
  const SAID = ['pass', 'fail', 'inconclusive'] as const;
  const KINDS = ['equal', 'subset of', 'superset of', 'intersects with'] as const;
  const ADDED = [
    ...KINDS.flatMap((kind) => [row('F1', kind, 'R1'), row('F1', kind, 'R2'), row('F2', kind, 'R1')]),
    row('F1', 'subset of', 'R1,R2'),
    row('F1', 'equal', 'R1,R2'),
  ].map((each, index) => ({ ...each, row: `row-${index}` }));

  const every = (see: (rows: typeof ADDED, from: (typeof SIDES)[number], a: number, b: number) => void): void => {
    for (const [index, first] of ADDED.entries())
      for (const second of ADDED.slice(index + 1))
        for (const from of SIDES)
          for (const a of SAID.keys()) for (const b of SAID.keys()) see([first, second], from, a, b);
  };
  const at = (rows: typeof ADDED, from: (typeof SIDES)[number], a: number, b: number) =>
    verdicts({
      rows,
      from,
      says: from === NIST ? { F1: SAID[a]!, F2: SAID[b]! } : { R1: SAID[a]!, R2: SAID[b]! },
      criteria: from === NIST ? ['R1', 'R2'] : ['F1', 'F2'],
    });

  test('one more row never turns a carried FAIL into PASS, and the order of the rows does not matter', () => {
    const alone = new Map<string, ReturnType<typeof at>>();
    const of = (added: (typeof ADDED)[number], from: (typeof SIDES)[number], a: number, b: number) => {
      const key = [added.row, from, a, b].join(' ');
      const said = alone.get(key) ?? at([added], from, a, b);
      alone.set(key, said);
      return said;
    };
    every((rows, from, a, b) => {
      const [both, turned] = [at(rows, from, a, b), at([...rows].reverse(), from, a, b)];
      for (const [id, verdict] of Object.entries(both)) {
        const lost = verdict === 'pass' && rows.some((each) => of(each, from, a, b)[id] === 'fail');
        if (lost || turned[id] !== verdict) expect.fail(`${rows.map((each) => each.row)} ${from} ${id}`);
      }
    });
  });

  test('a PASS taken from the source never makes a PASS', () => {
    every((rows, from, a, b) => {
      if (SAID[a] !== 'pass') return;
      const before = at(rows, from, a, b);
      for (const [id, verdict] of Object.entries(at(rows, from, SAID.indexOf('inconclusive'), b)))
        if (verdict === 'pass' && before[id] !== 'pass') expect.fail(`${rows.map((each) => each.row)} ${from} ${id}`);
    });
  });
});
