import * as fc from 'fast-check';
import type { z } from 'zod';
import type { Check } from '../../src/judge/check.ts';
import { type JudgeInput, judge } from '../../src/judge/judge.ts';
import type { Assessment } from '../../src/model/assessment.ts';
import { Disposition, Withdrawal } from '../../src/model/person.ts';
import { Criterion, type Profile } from '../../src/model/profile.ts';
import { looked } from './case.ts';
import { armed, run, SCANS, SEAL } from './sketch.ts';

/** What persons decided about findings, for tests of dispositions, withdrawals and gates. */

export const JUDGED_AT = '2026-11-23T00:00:00.000Z';

/** A waiver of everything that the check `c` says of the camera, approved the day before, in force for a year. */
export const disposition = (over: Partial<z.input<typeof Disposition>> = {}): Disposition =>
  Disposition.parse({
    id: 'D-1',
    kind: 'waiver',
    selects: { check: 'c', component: 'camera' },
    justification: 'Mended with the next release.',
    approvedBy: 'C. Head of Lab',
    approvedAt: '2026-11-22T12:00:00Z',
    expires: '2027-11-23T00:00:00Z',
    ...over,
  });

export const accepted = (over: Partial<z.input<typeof Disposition>> = {}): Disposition =>
  disposition({ kind: 'risk-acceptance', riskAssessment: { file: 'risk.pdf', sha256: SEAL }, ...over });

/** Of the finding `c@camera`, in the run that `SEAL` seals. */
export const withdrawal = (over: Partial<z.input<typeof Withdrawal>> = {}): Withdrawal =>
  Withdrawal.parse({
    id: 'W-1',
    finding: 'c@camera',
    check: 'c',
    version: '1.0.0',
    why: 'The banner is that of the proxy.',
    by: ['A. Tester', 'B. Reviewer'],
    at: '2026-11-22T12:00:00Z',
    seal: SEAL,
    counterEvidence: [{ file: 'capture.pcap', sha256: SEAL }],
    ...over,
  });

export const criterion = (id: string, over: Partial<z.input<typeof Criterion>> = {}): Criterion =>
  Criterion.parse({ id, title: id, checks: [{ check: 'c', as: 'required' }], ...over });

export const profileOf = (...criteria: Criterion[]): Profile => ({
  profile: 'p',
  title: 'P',
  edition: '1',
  decisionRule: 'verdict-fold/1',
  criteria,
});

/** The camera judged by these criteria and checks. */
export const judged = (
  criteria: readonly Criterion[],
  checks: readonly Check[],
  more: Partial<JudgeInput> = {},
): Assessment =>
  judge({
    runs: [{ run: run({ probes: [...SCANS, armed('look', ['identity'])], attempts: [looked] }), seal: SEAL }],
    profile: profileOf(...criteria),
    checks,
    catalogue: [],
    judgedAt: JUDGED_AT,
    ...more,
  });

/** Any disposition, of the checks `b` and `c` under the criteria A, B and DP, in force or not. */
export const anyDisposition = fc
  .record({
    id: fc.constantFrom('D-1', 'D-2'),
    kind: fc.constantFrom('waiver' as const, 'risk-acceptance' as const, 'compensating' as const),
    selects: fc.oneof(
      fc.record({ finding: fc.constantFrom('c@camera/tcp/22', 'c@camera/tcp/80', 'b@camera/tcp/80', 'b@hub') }),
      fc.record(
        {
          check: fc.constantFrom('c', 'b', 'd'),
          component: fc.constantFrom('camera', 'hub'),
          port: fc.constantFrom(22, 80),
          criterion: fc.constantFrom('A', 'B', 'DP'),
        },
        { requiredKeys: ['check', 'component'] },
      ),
    ),
    approvedAt: fc.constantFrom('2026-11-22T12:00:00Z', '2026-11-24T00:00:00Z'),
    expires: fc.constantFrom('2027-01-01T00:00:00+01:00', '2026-11-22T13:00:00Z'),
  })
  .map((over): Disposition => ({ ...accepted(), ...over }));
