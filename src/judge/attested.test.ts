import { describe, expect, test } from 'vitest';
import { type Row, verdictOf } from '../../test/kit/case.ts';
import type { Attestation } from '../model/person.ts';

describe('attestations are bound', () => {
  const row = (over: Partial<Attestation>): Row => ({ criterion: { person: ['item'] }, attestations: [over] });
  test.each<[string, Partial<Attestation>, string]>([
    ['as it should be', {}, 'pass'],
    ["a maker's settles nothing", { for: 'maker' }, 'inconclusive'],
    ["a maker's FAIL is not a person's of the lab", { for: 'maker', verdict: 'fail' }, 'inconclusive'],
    ['of another criterion', { criterion: 'B' }, 'inconclusive'],
    ['of another component', { component: 'hub' }, 'inconclusive'],
    ['of this component by name', { component: 'camera' }, 'pass'],
    ['of another firmware', { item: { firmware: '2.0' } }, 'inconclusive'],
    ['of no firmware', { item: {} }, 'inconclusive'],
    ['of another sample', { item: { firmware: '1.0', serial: '2' } }, 'inconclusive'],
    ['of another run', { seals: ['b'.repeat(64)] }, 'inconclusive'],
    ['signed after the judgement', { at: '2027-01-01T00:00:00.000Z' }, 'inconclusive'],
    ['expired', { until: '2026-11-22T23:00:00.000Z' }, 'inconclusive'],
    ['a blanket one', { settles: ['A', '*', 'everything'] }, 'inconclusive'],
  ])('%s', (_, over, expected) => expect(verdictOf(row(over))).toBe(expected));
});
