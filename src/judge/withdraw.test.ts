import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { absent, broke, fail, looked, pass, says, unsure } from '../../test/kit/case.ts';
import { criterion, JUDGED_AT, judged, withdrawal } from '../../test/kit/decided.ts';
import { armed, run, SCANS, SEAL } from '../../test/kit/sketch.ts';
import type { Finding } from '../model/assessment.ts';
import type { Withdrawal } from '../model/person.ts';
import { VERDICTS } from '../model/verdict.ts';
import type { Check } from './check.ts';
import { withdraw } from './withdraw.ts';

const A = criterion('A');
const one = (check: Check, over: Partial<Withdrawal> = {}) =>
  judged([A], [check], { withdrawals: [{ ...withdrawal(), ...over }] });

describe('a withdrawal in force', () => {
  test('takes a conclusive failure out of the fold: the finding stays as it was said, the check is inconclusive', () => {
    expect(judged([A], [fail]).verdict).toBe('fail');
    const assessment = one(fail);
    expect(assessment.verdict).toBe('inconclusive');
    expect(assessment.checks).toMatchObject([{ check: 'c', verdict: 'inconclusive', findings: ['c@camera'] }]);
    expect(assessment.findings).toMatchObject([{ id: 'c@camera', verdict: 'fail', withdrawn: 'W-1' }]);
    expect(assessment.withdrawals).toEqual([
      {
        withdrawal: withdrawal(),
        is: 'in-force',
        why: 'A. Tester and B. Reviewer say that the tool was wrong: The banner is that of the proxy.',
      },
    ]);
  });

  test.each([
    ['a pass', pass],
    ['what does not apply', absent],
    ['what was inconclusive', unsure],
  ])('of %s leaves it open: it makes nothing better', (_, check) => {
    const assessment = one(check);
    expect(assessment.withdrawals).toMatchObject([{ is: 'in-force' }]);
    expect(assessment.checks).toMatchObject([{ verdict: 'inconclusive' }]);
    expect(['inconclusive', 'not-assessed']).toContain(assessment.verdict);
  });

  test('leaves another failure of the check as it is', () => {
    const two = says('c', { verdict: 'fail' }, { verdict: 'fail', about: { host: '198.18.0.10', subject: 'b' } });
    const assessment = one(two);
    expect(assessment.verdict).toBe('fail');
    expect(assessment.findings.map(({ id, withdrawn }) => [id, withdrawn])).toEqual([
      ['c@camera', 'W-1'],
      ['c@camera/b', undefined],
    ]);
  });

  test('counts from its own instant on', () => {
    expect(one(fail, { at: '2026-11-23T01:00:00+01:00' }).withdrawals).toMatchObject([{ is: 'in-force' }]);
    expect(one(fail, { at: '2026-11-23T00:00:00-01:00' }).withdrawals).toMatchObject([{ is: 'unmatched' }]);
  });
});

describe('a withdrawal that takes out nothing', () => {
  test.each<[string, Partial<Withdrawal>, string, string]>([
    ['of another version', { version: '0.9.0' }, 'ended', 'c is of version 1.0.0 now, and not 0.9.0'],
    ['of a check that is not built', { check: 'd' }, 'unmatched', 'the check d is not built'],
    ['of another finding', { finding: 'c@hub' }, 'unmatched', 'there is no such finding of that check in that run'],
    ['of another run', { seal: 'b'.repeat(64) }, 'unmatched', 'no run that is judged has its seal'],
    ['dated later', { at: '2026-11-24T00:00:00Z' }, 'unmatched', 'it counts only from 2026-11-24T00:00:00Z on'],
    ['with no date at all', { at: 'soon' }, 'unmatched', 'it counts only from soon on'],
    ['by one person', { by: ['A. Tester', 'a. tester '] }, 'unmatched', 'one person alone withdraws nothing'],
    ['by one, spaced', { by: ['A. Tester', 'a.  tester'] }, 'unmatched', 'one person alone withdraws nothing'],
    ['by one, unseen', { by: ['A. Tester', 'A. T\u200bester'] }, 'unmatched', 'one person alone withdraws nothing'],
    ['by one and nobody', { by: ['A. Tester', '\u2060'] }, 'unmatched', 'one person alone withdraws nothing'],
    ['by one name', { by: ['A. Tester'] }, 'unmatched', 'one person alone withdraws nothing'],
  ])('%s', (_, over, is, why) => {
    const { verdict, withdrawals, findings } = one(fail, over);
    expect(verdict).toBe('fail');
    expect(withdrawals).toMatchObject([{ is, why }]);
    expect(findings.find(({ id }) => id === 'c@camera')).not.toHaveProperty('withdrawn');
  });

  test('of a gap: nothing was said there', () => {
    const gap = judged([A], [pass], {
      runs: [{ run: run({ probes: [...SCANS, armed('look', ['identity'])], attempts: [broke] }), seal: SEAL }],
      withdrawals: [withdrawal({ finding: 'c@camera/gap:look' })],
    });
    expect(gap.findings.map(({ id, gap: is }) => [id, is])).toContainEqual(['c@camera/gap:look', true]);
    expect(gap.withdrawals).toMatchObject([
      { is: 'unmatched', why: 'it is a gap: nothing was said that could be wrong' },
    ]);
  });

  test('of a run whose seal nobody knows', () => {
    const unsealed = judged([A], [fail], {
      runs: [{ run: run({ probes: [...SCANS, armed('look', ['identity'])], attempts: [looked] }) }],
      withdrawals: [withdrawal()],
    });
    expect(unsealed.withdrawals).toMatchObject([{ is: 'unmatched' }]);
    expect(unsealed.verdict).toBe('fail');
  });
});

describe('over several runs', () => {
  const runs = [
    { run: run({ id: 'r1', probes: [armed('look', ['identity'])], attempts: [looked] }), seal: SEAL },
    {
      run: run({ id: 'r2', state: 'reset', probes: [armed('look', ['identity'])], attempts: [looked] }),
      seal: 'b'.repeat(64),
    },
  ];
  test.each([
    ['without the run in front', { finding: 'c@camera' }, ['r1:c@camera']],
    ['with the run in front', { finding: 'r1:c@camera' }, ['r1:c@camera']],
    ['of the second run, by its seal', { seal: 'b'.repeat(64) }, ['r2:c@camera']],
    ['of the second run, by the seal of the first', { finding: 'r2:c@camera' }, []],
  ])('%s', (_, over, expected) => {
    const { findings } = judged([A], [fail], { runs, withdrawals: [withdrawal(over)] });
    expect(findings.filter(({ withdrawn }) => withdrawn !== undefined).map(({ id }) => id)).toEqual(expected);
  });
});

test('what is not in force is a finding of its own; twice the same is two', () => {
  const { findings } = judged([A], [fail]);
  const runs = [{ run: run(), seal: SEAL }];
  const old = withdrawal({ version: '0.9.0' });
  const { notes } = withdraw(findings, [old, old, withdrawal()], [fail], runs, JUDGED_AT);
  expect(notes).toMatchObject([
    {
      id: 'dispositions-in-force@camera/withdrawal:W-1',
      check: 'dispositions-in-force',
      verdict: 'inconclusive',
      strength: 'indicative',
      component: 'camera',
      basis: [],
      because: 'The withdrawal "W-1" has ended: c is of version 1.0.0 now, and not 0.9.0.',
    },
    { id: 'dispositions-in-force@camera/withdrawal:W-1~2' },
  ]);
  expect(withdraw([], [old], [fail], runs, JUDGED_AT).notes).toMatchObject([
    { run: runs[0]!.run.id, component: 'camera', about: { host: '198.18.0.10' } },
  ]);
});

test('through a required check no withdrawal shows anything, nor touches what it does not name', () => {
  const better = ['fail', 'inconclusive', 'not-assessed', 'pass', 'not-applicable'];
  return fc.assert(
    fc.property(
      fc.constantFrom(...VERDICTS),
      fc.constantFrom(...VERDICTS),
      fc.array(
        fc.record({
          id: fc.constantFrom('W-1', 'W-2'),
          finding: fc.constantFrom('c@camera', 'c@camera/b', 'c@hub'),
          version: fc.constantFrom('1.0.0', '0.9.0'),
          seal: fc.constantFrom(SEAL, 'b'.repeat(64)),
          at: fc.constantFrom('2026-11-22T00:00:00Z', '2026-11-24T00:00:00Z'),
        }),
        { maxLength: 3 },
      ),
      (first, second, over) => {
        const check = says('c', { verdict: first }, { verdict: second, about: { host: '198.18.0.10', subject: 'b' } });
        const plain = judged([A], [check]);
        const now = judged([A], [check], { withdrawals: over.map((each) => withdrawal(each)) });
        const bare = ({ withdrawn: _, ...finding }: Finding) => finding;
        const own = now.findings.filter((finding) => finding.check === 'c');
        expect(own.map(bare)).toEqual(plain.findings);
        const taken = own.some(({ withdrawn }) => withdrawn !== undefined);
        expect(taken).toBe(now.withdrawals!.some(({ is }) => is === 'in-force'));
        if (taken) expect(better.indexOf(now.verdict)).toBeLessThanOrEqual(better.indexOf('not-assessed'));
        else expect(now.verdict).toBe(plain.verdict);
      },
    ),
    { numRuns: 100 },
  );
});
