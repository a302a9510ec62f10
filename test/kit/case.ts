import type { z } from 'zod';
import { type Check, defineCheck, type FindingDraft } from '../../src/judge/check.ts';
import { judge } from '../../src/judge/judge.ts';
import type { Assessment } from '../../src/model/assessment.ts';
import type { Attestation } from '../../src/model/person.ts';
import { Criterion, type Profile } from '../../src/model/profile.ts';
import type { Attempt, Run } from '../../src/model/run.ts';
import type { Component } from '../../src/model/target.ts';
import { armed, attempt, HOST, run, SCANS, SEAL, target } from './sketch.ts';

const AT = '2026-11-23T00:00:00.000Z';

/** A check that says what the table says, of the attempt `look`. */
export const says = (id: string, ...drafts: Partial<FindingDraft>[]): Check =>
  defineCheck({
    id,
    version: '1.0.0',
    title: id,
    theme: 'access',
    needs: ['identity'],
    *judge({ seen }) {
      const basis = seen.attempts({ probe: 'look' }).map((one) => one.id);
      for (const draft of drafts)
        yield { verdict: 'pass', because: `${id} ${draft.verdict}`, expected: 'so', basis, ...draft };
    },
  });

export const pass = says('c', { verdict: 'pass' });
export const fail = says('c', { verdict: 'fail' });
export const weak = says('c', { verdict: 'fail', strength: 'indicative' });
export const unsure = says('c', { verdict: 'inconclusive' });
export const absent = says('c', { verdict: 'not-applicable' });
export const silent = says('c');

export const looked = attempt({ probe: 'look' });
export const broke = attempt({ probe: 'look', open: ['identity'] });

/** A criterion A that requires the check `c`, on one camera, unless said otherwise. */
export interface Row {
  checks?: readonly Check[];
  criterion?: Partial<z.input<typeof Criterion>>;
  attempts?: readonly Attempt[];
  run?: Partial<Run>;
  runs?: readonly Partial<Run>[];
  component?: Partial<z.input<typeof Component>>;
  claim?: { why: string; acceptedBy?: string };
  attestations?: readonly Partial<Attestation>[];
}

const attestation = (over: Partial<Attestation>): Attestation => ({
  id: 'a1',
  criterion: 'A',
  settles: ['item'],
  verdict: 'pass',
  statement: 'seen',
  by: 'A. Tester',
  for: 'lab',
  at: '2026-11-22T12:00:00.000Z',
  item: { firmware: '1.0' },
  seals: [SEAL],
  evidence: [{ file: 'photo.jpg', sha256: SEAL }],
  ...over,
});

export const assess = (row: Row): Assessment => {
  const profile: Profile = {
    profile: 'p',
    title: 'P',
    edition: '1',
    decisionRule: 'verdict-fold/1',
    criteria: [Criterion.parse({ id: 'A', title: 'A', checks: [{ check: 'c', as: 'required' }], ...row.criterion })],
  };
  const judged = (over: Partial<Run>): Run =>
    run({
      target: target({
        components: [{ id: 'camera', addresses: [HOST], ...row.component }],
        product: { name: 'C', complete: true, notApplicable: row.claim ? [{ criterion: 'A', ...row.claim }] : [] },
      }),
      probes: [...SCANS, armed('look', ['identity'])],
      attempts: [...(row.attempts ?? [looked])],
      ...row.run,
      ...over,
    });
  return judge({
    runs: (row.runs ?? [{}]).map((over) => ({ run: judged(over), seal: SEAL })),
    profile,
    checks: row.checks ?? [pass],
    catalogue: [],
    judgedAt: AT,
    attestations: (row.attestations ?? []).map(attestation),
  });
};

export const verdictOf = (row: Row): string => assess(row).criteria[0]!.verdict;
export const missingOf = (row: Row): string[] =>
  assess(row).criteria[0]!.components[0]!.missing.map(({ what, detail }) => `${what}: ${detail}`);

export const link = (over: object) => ({ checks: [{ check: 'c', as: 'required' as const, ...over }] });
export const counter = { checks: [{ check: 'c', as: 'counter' as const }], person: ['item'] };
export const supports = { checks: [{ check: 'c', as: 'supports' as const }], person: ['item'] };
export const signed = [{}];
