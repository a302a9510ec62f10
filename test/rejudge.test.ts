import { appendFileSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readPolicies } from '../src/cli/load-policy.ts';
import { readProfiles } from '../src/cli/profiles.ts';
import { catalogue, checks } from '../src/judge/checks/index.ts';
import { compare } from '../src/judge/compare.ts';
import { judge } from '../src/judge/judge.ts';
import { Assessment } from '../src/model/assessment.ts';
import { readRun, StoreError, verifyRun } from '../src/observe/run-store.ts';
import { verifySeal } from '../src/observe/seal.ts';
import { judgeKept, KEPT, keptAssessment, keptFolder, keptVerdicts, verdictsText } from './kept-runs.ts';

const there = mkdtempSync(join(tmpdir(), 'probity-rejudge-'));
afterAll(() => rmSync(there, { recursive: true, force: true }));

const runOf = (name: string): string => join(keptFolder(name), 'run');

describe.each(KEPT)('the kept run of %s', (name) => {
  it('is what was sealed', () => {
    expect(verifySeal(runOf(name)).problems).toEqual([]);
  });

  it('is judged as it always was, byte for byte; else: node --import tsx scripts/keep-runs.ts', () => {
    const [now, then] = [judgeKept(name), keptAssessment(name)];
    const { changes, criteria } = compare(Assessment.parse(JSON.parse(then)), Assessment.parse(JSON.parse(now)));
    expect(changes.filter(({ kind }) => kind !== 'same')).toEqual([]);
    expect(criteria).toEqual([]);
    expect(now).toBe(then);
  });

  it('is judged by every profile as it always was; else: node --import tsx scripts/keep-runs.ts', () => {
    expect(JSON.parse(verdictsText(name))).toEqual(JSON.parse(keptVerdicts(name)));
  });

  it('is judged the same whatever the order of its attempts', () => {
    const { run } = readRun(runOf(name));
    const [loaded] = readProfiles(['nist-consumer-iot-2022']);
    const verdicts = (attempts: typeof run.attempts) => {
      const judged = judge({
        runs: [{ run: { ...run, attempts } }],
        profile: loaded!.profile,
        checks,
        catalogue,
        judgedAt: '2026-12-01T00:00:00.000Z',
        policies: readPolicies(),
      });
      return {
        checks: judged.checks.map(({ check, verdict, findings }) => [check, verdict, [...findings].sort()]),
        criteria: judged.criteria.map(({ id, verdict }) => [id, verdict]),
      };
    };
    expect(verdicts([...run.attempts].reverse())).toEqual(verdicts(run.attempts));
  });

  it('is refused where one byte of its evidence was changed', () => {
    const copy = join(there, name);
    cpSync(runOf(name), copy, { recursive: true });
    const [evidence] = readdirSync(join(copy, 'evidence'));
    appendFileSync(join(copy, 'evidence', evidence!), ' ');
    expect(() => verifyRun(copy)).toThrow(StoreError);
    expect(() => verifyRun(copy)).toThrow(`"evidence/${evidence}" was changed`);
  });

  it('names no place of the machine that made it', () => {
    const { run } = readRun(runOf(name));
    expect(run.sources.product).toBe(`fixtures/devices/${name}.product.yaml`);
  });
});
