import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { absent, fail, pass, says, silent, unsure, weak } from '../../test/kit/case.ts';
import {
  accepted,
  anyDisposition,
  criterion,
  disposition,
  JUDGED_AT,
  judged,
  profileOf,
  withdrawal,
} from '../../test/kit/decided.ts';
import { armed, attempt, HOST, run, SCANS, SEAL, target } from '../../test/kit/sketch.ts';
import type { Check } from '../judge/check.ts';
import type { JudgeInput } from '../judge/judge.ts';
import type { Assessment } from '../model/assessment.ts';
import type { Attestation } from '../model/person.ts';
import type { Criterion } from '../model/profile.ts';
import { exitCodeOf, GATES, gateFrom } from './gate.ts';

const at = (port: number) => ({ host: HOST, transport: 'tcp' as const, port });
const A = criterion('A');
const item = criterion('A', { person: ['item'] });
/** What is under the heading H: a person's alone. */
const PART = criterion('P', { parent: 'H', checks: [], person: ['item'] });
const open = criterion('DP', { riskAcceptance: { class: 'public' } });
const publicChannel = says('c', { verdict: 'fail', about: at(80), facets: { class: 'public' } });
const two = says('c', { verdict: 'fail', about: at(22) }, { verdict: 'fail', about: at(80) });
const failAndOpen = says('c', { verdict: 'fail', about: at(22) }, { verdict: 'inconclusive', about: at(80) });
const refusing = criterion('A', { checks: [{ check: 'c', as: 'required', refuse: ['cbc'] }] });
const accepting = says('c', { conditions: ['cbc'] });
const all = disposition();
const first = disposition({ selects: { finding: 'c@camera/tcp/22' } });

const attested = (over: Partial<Attestation>): Attestation => ({
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

/** The camera and its hub. */
const withHub = [
  {
    run: run({
      target: target({
        components: [
          { id: 'camera', addresses: [HOST] },
          { id: 'hub', kind: 'hub', addresses: ['198.18.0.11'] },
        ],
      }),
      probes: [...SCANS, armed('look', ['identity'])],
      attempts: [attempt({ probe: 'look' }), attempt({ probe: 'look', component: 'hub', host: '198.18.0.11' })],
    }),
    seal: SEAL,
  },
];
const incomplete = [
  {
    run: run({
      target: target({ product: { name: 'C', complete: false } }),
      probes: [...SCANS, armed('look', ['identity'])],
      attempts: [attempt({ probe: 'look' })],
    }),
    seal: SEAL,
  },
];

const contradicted = [
  {
    run: run({
      target: target({
        components: [{ id: 'camera', addresses: [HOST], declares: { services: [{ port: 80, reason: 'pages' }] } }],
        product: {
          name: 'C',
          complete: true,
          notApplicable: [{ criterion: 'A', why: 'no interface', acceptedBy: 'the lab' }],
        },
      }),
      probes: [...SCANS, armed('look', ['identity'])],
      attempts: [attempt({ probe: 'look' })],
    }),
    seal: SEAL,
  },
];

const codes = (criteria: readonly Criterion[], checks: readonly Check[], more: Partial<JudgeInput> = {}): string => {
  const assessment = judged(criteria, checks, more);
  return GATES.map((gate) => exitCodeOf(assessment, profileOf(...criteria), gate)).join(' ');
};

describe('the exit code by gate: checks, technical, all, fail', () => {
  test.each<[string, readonly Criterion[], Check, Partial<JudgeInput>, string]>([
    ['a pass', [A], pass, {}, '0 0 0 0'],
    ['what does not apply', [A], absent, {}, '0 4 4 0'],
    ['a conclusive failure', [A], fail, {}, '1 1 1 1'],
    ['an indicative failure', [A], weak, {}, '4 4 4 0'],
    ['something open', [A], unsure, {}, '4 4 4 0'],
    ['a check that says nothing', [A], silent, {}, '4 4 4 0'],
    ['a check that says nothing, waived', [A], silent, { dispositions: [all] }, '4 4 4 0'],
    ["a person's item", [item], pass, {}, '0 4 4 0'],
    ['a check that nobody built', [criterion('A', { checks: [{ check: 'd', as: 'required' }] })], pass, {}, '4 4 4 0'],
    ['a criterion that is only recommended', [criterion('A', { level: 'should' })], fail, {}, '0 0 0 0'],
    ['a document', [criterion('A', { kind: 'non-technical' })], fail, {}, '1 0 1 1'],
    ['a pass that the criterion refuses', [refusing], accepting, {}, '1 1 1 1'],
    ['the same, which no disposition selects', [refusing], accepting, { dispositions: [all] }, '1 1 1 1'],
    [
      'a failure that only supports',
      [criterion('A', { checks: [{ check: 'c', as: 'supports' }] })],
      fail,
      {},
      '4 4 4 0',
    ],
    ['criteria that require no check, and nobody looked', [criterion('A', { checks: [] })], pass, {}, '4 4 4 0'],
    [
      'criteria that require no check, attested',
      [criterion('A', { checks: [], person: ['item'] })],
      pass,
      { attestations: [attested({})] },
      '0 0 0 0',
    ],
    ['a heading that fails by a check of its own', [criterion('H', { heading: true }), PART], fail, {}, '1 1 1 1'],
    [
      'the same, waived',
      [criterion('H', { heading: true }), PART],
      fail,
      { dispositions: [all], attestations: [attested({ criterion: 'P' })] },
      '0 0 0 0',
    ],

    ['a waived failure', [A], fail, { dispositions: [all] }, '0 0 0 0'],
    ['compensated for', [A], fail, { dispositions: [disposition({ kind: 'compensating' })] }, '0 0 0 0'],
    ['waived, and expired', [A], fail, { dispositions: [disposition({ expires: '2026-11-22T13:00:00Z' })] }, '1 1 1 1'],
    [
      'waived, and not yet approved',
      [A],
      fail,
      { dispositions: [disposition({ approvedAt: '2026-11-24T00:00:00Z' })] },
      '1 1 1 1',
    ],
    ['a waiver of something else', [A], fail, { dispositions: [first] }, '1 1 1 1'],
    ['one of two failures waived', [A], two, { dispositions: [first] }, '1 1 1 1'],
    ['both waived', [A], two, { dispositions: [all] }, '0 0 0 0'],
    ['a failure waived, and something open beside it', [A], failAndOpen, { dispositions: [first] }, '4 4 4 0'],
    ['all of it waived', [A], failAndOpen, { dispositions: [all] }, '0 0 0 0'],
    ["a failure waived, and a person's item open", [item], fail, { dispositions: [all] }, '0 4 4 0'],
    [
      "a failure waived, and a person's FAIL",
      [item],
      fail,
      { dispositions: [all], attestations: [attested({ verdict: 'fail' })] },
      '1 1 1 1',
    ],
    [
      "a failure waived, and a person's FAIL of another profile's criterion of that id",
      [A],
      fail,
      { dispositions: [all], attestations: [attested({ verdict: 'fail', profile: 'another' })] },
      '0 0 0 0',
    ],
    [
      "a person's FAIL alone",
      [item],
      pass,
      { dispositions: [all], attestations: [attested({ verdict: 'fail' })] },
      '1 1 1 1',
    ],
    [
      "a failure waived, and a person's PASS",
      [item],
      fail,
      { dispositions: [all], attestations: [attested({})] },
      '0 0 0 0',
    ],
    ['something open waived', [A], unsure, { dispositions: [all] }, '0 0 0 0'],
    ['an indicative failure waived', [A], weak, { dispositions: [all] }, '0 0 0 0'],
    [
      'a gap waived, and nothing was looked at',
      [criterion('A', { checks: [{ check: 'd', as: 'required' }] })],
      pass,
      { dispositions: [disposition({ selects: { check: 'd', component: 'camera' } })] },
      '0 4 4 0',
    ],
    [
      'open, and persons contradict each other',
      [item],
      unsure,
      {
        dispositions: [all],
        attestations: [attested({}), attested({ id: 'a2', verdict: 'fail' })],
      },
      '0 4 4 0',
    ],
    [
      'a waiver for one criterion of two',
      [A, criterion('B')],
      fail,
      { dispositions: [disposition({ selects: { check: 'c', component: 'camera', criterion: 'B' } })] },
      '1 1 1 1',
    ],
    [
      'open under two criteria, waived for one',
      [A, criterion('B')],
      unsure,
      { dispositions: [disposition({ selects: { check: 'c', component: 'camera', criterion: 'B' } })] },
      '4 4 4 0',
    ],
    [
      'a counter that fails, waived beside a pass',
      [criterion('A', { checks: [{ check: 'c', as: 'counter' }], person: ['item'] })],
      fail,
      { dispositions: [all], attestations: [attested({})] },
      '0 0 0 0',
    ],

    ['a public channel', [open], publicChannel, {}, '1 1 1 1'],
    ['its risk accepted', [open], publicChannel, { dispositions: [accepted()] }, '0 0 0 0'],
    ['its risk accepted, and another failure', [open], two, { dispositions: [accepted()] }, '1 1 1 1'],
    ['accepted where nothing may be', [A], publicChannel, { dispositions: [accepted()] }, '1 1 1 1'],
    [
      'accepted, and another criterion that allows none fails by it',
      [open, A],
      publicChannel,
      { dispositions: [accepted()] },
      '1 1 1 1',
    ],

    ['a withdrawn failure', [A], fail, { withdrawals: [withdrawal()] }, '4 4 4 0'],
    ['withdrawn and waived', [A], fail, { withdrawals: [withdrawal()], dispositions: [all] }, '0 0 0 0'],
    ['withdrawn by the former version', [A], fail, { withdrawals: [withdrawal({ version: '0.9.0' })] }, '1 1 1 1'],

    ['two components fail, and one is waived', [A], fail, { runs: withHub, dispositions: [all] }, '1 1 1 1'],
    [
      'two components fail, and both are waived',
      [A],
      fail,
      {
        runs: withHub,
        dispositions: [all, disposition({ id: 'D-2', selects: { check: 'c', component: 'hub' } })],
      },
      '0 0 0 0',
    ],
    [
      'any of two will do, and one is waived',
      [criterion('A', { quantifier: 'any' })],
      fail,
      { runs: withHub, dispositions: [all] },
      '1 0 0 1',
    ],
    [
      'declared not applicable, which the declaration itself contradicts',
      [criterion('A', { notApplicable: { when: 'no-interface' }, aboutDeclaration: true })],
      unsure,
      { runs: contradicted, dispositions: [all] },
      '1 1 1 1',
    ],
    ['no complete list of components', [A], pass, { runs: incomplete, dispositions: [all] }, '0 4 4 0'],
  ])('%s', (_, criteria, check, more, expected) => {
    expect(codes(criteria, [check], more)).toBe(expected);
  });

  test('what came over a crosswalk is nobody’s to dispose of', () => {
    const assessment = judged([A], [fail], { dispositions: [all] });
    const mapped: Assessment = {
      ...assessment,
      criteria: assessment.criteria.map((result) => ({ ...result, basis: 'mapped' })),
    };
    expect(GATES.map((gate) => exitCodeOf(assessment, profileOf(A), gate))).toEqual([0, 0, 0, 0]);
    expect(GATES.map((gate) => exitCodeOf(mapped, profileOf(A), gate))).toEqual([1, 1, 1, 1]);
  });

  test('two findings that read the same are both disposed of, or neither is', () => {
    const assessment = judged([A], [unsure], { dispositions: [all] });
    const [finding] = assessment.findings;
    const like = { ...finding!, id: 'c@camera: c', because: 'inconclusive' };
    const same = { ...finding!, id: 'c@camera', because: 'c: inconclusive' };
    const confused: Assessment = {
      ...assessment,
      findings: [same, like],
      criteria: assessment.criteria.map((result) => ({
        ...result,
        components: result.components.map((one) => ({
          ...one,
          because: 'still open: c@camera: c: inconclusive',
          missing: [{ what: 'finding' as const, detail: 'c@camera: c: inconclusive' }],
        })),
      })),
    };
    expect(exitCodeOf(confused, profileOf(A), 'technical')).toBe(4);
    expect(exitCodeOf({ ...confused, findings: [same] }, profileOf(A), 'technical')).toBe(0);
  });
});

test('a disposition never makes the gate worse, and one that is not in force changes nothing', () => {
  const draft = fc.record({
    verdict: fc.constantFrom('pass' as const, 'fail' as const, 'inconclusive' as const, 'not-applicable' as const),
    strength: fc.constantFrom('indicative' as const, 'conclusive' as const),
    about: fc.constantFrom(at(22), at(80), undefined),
    facets: fc.constantFrom({}, { class: 'public' as const }),
  });
  const criteria = [A, criterion('B', { checks: [{ check: 'b', as: 'counter' }], person: ['item'] }), open];
  const rank = [0, 4, 1];
  return fc.assert(
    fc.property(
      fc.array(draft, { maxLength: 3 }),
      fc.array(draft, { maxLength: 2 }),
      fc.array(anyDisposition, { maxLength: 4 }),
      fc.constantFrom(...GATES),
      (ones, others, dispositions, gate) => {
        const checks = [says('c', ...ones), says('b', ...others)];
        const code = (more: Partial<JudgeInput>) =>
          exitCodeOf(judged(criteria, checks, more), profileOf(...criteria), gate);
        const [plain, now] = [code({}), code({ dispositions })];
        expect(rank.indexOf(now)).toBeLessThanOrEqual(rank.indexOf(plain));
        const late = dispositions.map((each) => ({ ...each, expires: JUDGED_AT }));
        expect(code({ dispositions: late })).toBe(plain);
      },
    ),
    { numRuns: 100 },
  );
});

test('a gate by its name', () => {
  expect(GATES.map(gateFrom)).toEqual([...GATES]);
  expect(() => gateFrom('none')).toThrow('--gate none: expected one of checks, technical, all, fail');
});
