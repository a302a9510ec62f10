import { describe, expect, it } from 'vitest';
import { readPolicies } from '../../src/cli/load-policy.ts';
import type { Check, CheckView, GivenPolicy, KnownKeys } from '../../src/judge/check.ts';
import { findingsOf } from '../../src/judge/findings.ts';
import { worst } from '../../src/judge/fold.ts';
import type { OtherRun } from '../../src/judge/judge.ts';
import { ComponentView } from '../../src/judge/seen.ts';
import type { Finding } from '../../src/model/assessment.ts';
import type { FactKind } from '../../src/model/fact.ts';
import type { Run } from '../../src/model/run.ts';
import type { Strength, Verdict } from '../../src/model/verdict.ts';
import { type RunDraft, run, without } from './run.ts';

export * from './run.ts';

/** A finding of the check itself: what follows `<check>@` in its id, its verdict, and a failure's strength. */
export type ExpectedFinding = readonly [id: string, verdict: Verdict, strength?: Strength];

/** A run (or several of one item), and exactly what the check says of its first component. */
export interface CheckRow extends RunDraft {
  readonly name: string;
  readonly runs?: readonly RunDraft[];
  readonly others?: readonly OtherRun[];
  readonly knownKeys?: readonly KnownKeys[];
  readonly siblings?: CheckView<never>['siblings'];
  /** By default those that are shipped. */
  readonly policies?: readonly GivenPolicy[];
  /** The check's own findings, the judge's gaps apart. */
  readonly verdicts: readonly ExpectedFinding[];
  /** The check's verdict, the judge's gaps among its findings; by default the worst of `verdicts`. */
  readonly result?: Verdict;
  /** More of a finding, by what follows `<check>@` in its id. */
  readonly more?: Readonly<Record<string, Partial<Finding>>>;
}

const SHIPPED = readPolicies();
const GOOD: readonly Verdict[] = ['pass', 'not-applicable'];

/** What a check says of the first component of these runs, the judge's gaps among it. */
export const judged = (
  check: Check,
  runs: readonly Run[],
  {
    others = [],
    knownKeys = [],
    siblings = [],
    policies = SHIPPED,
  }: Pick<CheckRow, 'others' | 'knownKeys' | 'siblings' | 'policies'> = {},
): readonly Finding[] => {
  const { target } = runs[0]!;
  const component = target.components[0]!;
  const states = [...new Set(runs.map(({ state }) => state))];
  const views = states.map(
    (state) =>
      new ComponentView(
        component,
        runs.filter((each) => each.state === state),
        runs.length > 1,
      ),
  );
  return findingsOf(check, { target, component, views, runs, others, knownKeys, siblings, policies });
};

const verdictOf = (findings: readonly Finding[]): Verdict => worst(findings.map(({ verdict }) => verdict));

const built = new WeakMap<CheckRow, readonly Run[]>();

const runsOf = (row: CheckRow): readonly Run[] => {
  const runs = built.get(row) ?? (row.runs ?? [row]).map((each, index) => run(each, index));
  built.set(row, runs);
  return runs;
};

const shortened = (check: Check, { id }: Finding): string => id.replace(`${check.id}@`, '');

const said = (check: Check, findings: readonly Finding[]): ExpectedFinding[] =>
  findings
    .filter(({ gap }) => gap !== true)
    .map((each) => [
      shortened(check, each),
      each.verdict,
      ...((each.verdict === 'fail' ? [each.strength] : []) as [Strength?]),
    ]);

/** What a finding must be, whatever it says: it names what it rests on, in one sentence each. */
const wellFormed = (findings: readonly Finding[], runs: readonly Run[]): void => {
  const known = new Set(
    runs.flatMap((each) =>
      each.attempts.flatMap(({ id, observations }) =>
        [id, ...observations.map((observation) => observation.id)].flatMap((name) => [name, `${each.id}:${name}`]),
      ),
    ),
  );
  const ids = findings.map(({ id }) => id);
  expect(new Set(ids).size, `ids twice: ${ids.join(', ')}`).toBe(ids.length);
  for (const { id, gap, because, expected, basis, verdict } of findings) {
    if (gap) expect(because, id).not.toMatch(/^bug/);
    else {
      expect(because, id).toMatch(/^[^\n]+\.$/);
      expect(expected, id).toMatch(/^[^\n]+\.$/);
      if (verdict === 'pass' || verdict === 'fail') expect(basis.length, `${id} rests on nothing`).toBeGreaterThan(0);
    }
    for (const each of basis) expect(known.has(each), `${id} rests on ${each}, which is not in the run`).toBe(true);
  }
};

/**
 * Tests a check by a table. Refuses a table without a row that passes, one that fails (where the check can fail) and one
 * that is inconclusive. Each row is tested again with its attempts broken off: one by one, none may turn what was not
 * good into good; all together, nothing but inconclusive is left.
 */
export const checkTest = (check: Check, rows: readonly CheckRow[], options: { cannotFail?: boolean } = {}): void => {
  describe(check.id, () => {
    const results = rows.map((row) => row.result ?? worst(row.verdicts.map(([, verdict]) => verdict)));
    it('is tested with a device that passes, one that fails and one of which it cannot tell', () => {
      const wanted: Verdict[] = options.cannotFail ? ['pass', 'inconclusive'] : ['pass', 'fail', 'inconclusive'];
      expect(wanted.filter((verdict) => !results.includes(verdict))).toEqual([]);
    });

    for (const [index, row] of rows.entries()) {
      it(row.name, () => {
        const runs = runsOf(row);
        const findings = judged(check, runs, row);
        wellFormed(findings, runs);
        expect(said(check, findings)).toEqual(row.verdicts);
        expect(verdictOf(findings), findings.map(({ because }) => because).join('\n')).toBe(results[index]);
        for (const [id, fields] of Object.entries(row.more ?? {}))
          expect(findings.find((each) => shortened(check, each) === id)).toMatchObject(fields);
      });
    }

    it.each(rows.map((row, index) => [row.name, row, results[index]!] as const))(
      'is no better off when an attempt breaks off: %s',
      (_name, row, result) => {
        const runs = runsOf(row);
        for (const [at, each] of runs.entries())
          for (const { id } of each.attempts) {
            const broken = runs.map((other, index) =>
              index === at ? without(other, (other) => other.id === id) : other,
            );
            const findings = judged(check, broken, row);
            wellFormed(findings, broken);
            if (!GOOD.includes(result)) expect(GOOD, `without ${id}`).not.toContain(verdictOf(findings));
          }
      },
    );

    it.each(
      rows.filter(({ attempts, runs }) => (attempts ?? runs ?? []).length > 0).map((row) => [row.name, row] as const),
    )('is inconclusive when everything that could have seen it timed out: %s', (_name, row) => {
      const needs: readonly FactKind[] = check.needs;
      const runs = runsOf(row).map((each) =>
        without(each, ({ probe }) =>
          each.probes.some(({ id, emits }) => id === probe && emits.some((kind) => needs.includes(kind))),
        ),
      );
      const findings = judged(check, runs, row);
      expect(verdictOf(findings)).toBe('inconclusive');
      expect(said(check, findings).filter(([, verdict]) => verdict === 'pass' || verdict === 'fail')).toEqual([]);
    });
  });
};
