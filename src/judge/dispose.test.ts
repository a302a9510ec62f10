import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { broke, fail, looked, pass, says } from '../../test/kit/case.ts';
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
import { armed, attempt, HOST, run, SCANS, SEAL, target, tcpScan, udpScan } from '../../test/kit/sketch.ts';
import { exitCodeOf, GATES } from '../cli/gate.ts';
import type { Assessment, Finding } from '../model/assessment.ts';
import type { ACCESS_CLASSES } from '../model/fact.ts';
import type { Disposition, Selector } from '../model/person.ts';
import type { FindingDraft } from './check.ts';
import transportEncrypted from './checks/transport-encrypted.ts';
import { dispose } from './dispose.ts';
import { judge } from './judge.ts';

const at = (port: number, subject?: string) => ({
  host: HOST,
  transport: 'tcp' as const,
  port,
  ...(subject === undefined ? {} : { subject }),
});
const A = criterion('A');
const B = criterion('B', { checks: [{ check: 'b', as: 'required' }] });

/** What the check `c` says in the table below: two failures, something open, and a pass. */
const many = says(
  'c',
  { verdict: 'fail', about: at(22) },
  { verdict: 'fail', about: at(80, 'model') },
  { verdict: 'inconclusive' },
  { verdict: 'pass', about: at(443) },
);
const other = says('b', { verdict: 'fail', about: at(22) });
const FAILING = ['c@camera/tcp/22', 'c@camera/tcp/80/model', 'c@camera'];

describe('what a selector selects', () => {
  test.each<[string, Selector, string[]]>([
    ['a finding by its id', { finding: 'c@camera/tcp/22' }, ['c@camera/tcp/22']],
    ['with its run in front', { finding: '20261122T101500Z:c@camera/tcp/22' }, ['c@camera/tcp/22']],
    ['with another run in front', { finding: '20261101T000000Z:c@camera/tcp/22' }, []],
    ['not what only begins like it', { finding: 'c@camera/tcp/2' }, []],
    ['a check on a component: what fails and what is open', { check: 'c', component: 'camera' }, FAILING],
    ['a check on another component', { check: 'c', component: 'hub' }, []],
    ['a passing finding never', { finding: 'c@camera/tcp/443' }, []],
    ['port', { check: 'c', component: 'camera', port: 80 }, ['c@camera/tcp/80/model']],
    ['transport and port', { check: 'c', component: 'camera', transport: 'udp', port: 80 }, []],
    ['transport', { check: 'c', component: 'camera', transport: 'tcp' }, FAILING.slice(0, 2)],
    ['subject', { check: 'c', component: 'camera', subject: 'model' }, ['c@camera/tcp/80/model']],
    ['fields that disagree', { finding: 'c@camera/tcp/22', port: 80 }, []],
    ['a check that disagrees', { finding: 'c@camera/tcp/22', check: 'b' }, []],
    ['under a criterion', { check: 'c', component: 'camera', criterion: 'A' }, FAILING],
    ['under a criterion that does not list it', { check: 'c', component: 'camera', criterion: 'B' }, []],
    ['under one that there is not', { check: 'c', component: 'camera', criterion: 'Z' }, []],
    ['a check alone would be everything, and is nothing', { check: 'c' }, []],
    ['no field at all', {}, []],
  ])('%s', (_, selects, expected) => {
    const assessment = judged([A, B], [many, other], { dispositions: [{ ...disposition(), selects }] });
    expect(assessment.dispositions).toMatchObject([
      { is: expected.length > 0 ? 'in-force' : 'unmatched', findings: expected },
    ]);
  });

  test('a gap, which fails nothing and passes nothing', () => {
    const gaps = judged([A], [pass], {
      runs: [{ run: run({ probes: [...SCANS, armed('look', ['identity'])], attempts: [broke] }), seal: SEAL }],
      dispositions: [disposition({ selects: { finding: 'c@camera/gap:look' } })],
    });
    expect(gaps.dispositions).toMatchObject([{ is: 'in-force', findings: ['c@camera/gap:look'] }]);
  });

  test('a withdrawn pass, which is open', () => {
    const assessment = judged([A], [pass], { withdrawals: [withdrawal()], dispositions: [disposition()] });
    expect(assessment.dispositions).toMatchObject([{ is: 'in-force', findings: ['c@camera'] }]);
  });

  test('over several runs, the finding of every run, or of the one that is named', () => {
    const runs = (['operational', 'reset'] as const).map((state, index) => ({
      run: run({ id: `r${index + 1}`, state, probes: [armed('look', ['identity'])], attempts: [looked] }),
      seal: SEAL,
    }));
    const of = (finding: string) =>
      judged([A], [fail], { runs, dispositions: [disposition({ selects: { finding } })] }).dispositions![0]!.findings;
    expect(of('c@camera')).toEqual(['r1:c@camera', 'r2:c@camera']);
    expect(of('r2:c@camera')).toEqual(['r2:c@camera']);
  });
});

describe('when it is in force', () => {
  // JUDGED_AT is midnight in UTC.
  test.each<[string, Partial<Disposition>, string]>([
    ['until its expiry', { expires: '2026-11-23T00:00:01Z' }, 'in-force'],
    ['not at its expiry', { expires: '2026-11-23T00:00:00Z' }, 'expired'],
    ['its expiry is an instant, in whatever zone', { expires: '2026-11-23T01:00:00+02:00' }, 'expired'],
    ['and not a date', { expires: '2026-11-22T23:00:00-02:00' }, 'in-force'],
    ['an expiry that is none', { expires: 'never' }, 'expired'],
    ['not before it was approved', { approvedAt: '2026-11-23T00:00:01Z' }, 'not-allowed'],
    ['from its approval on', { approvedAt: '2026-11-23T00:00:00Z' }, 'in-force'],
    ['an approval that is none', { approvedAt: 'soon' }, 'not-allowed'],
  ])('%s', (_, over, is) => {
    const assessment = judged([A], [fail], { dispositions: [{ ...disposition(), ...over }] });
    expect(assessment.dispositions).toMatchObject([{ is, findings: ['c@camera'] }]);
    expect(assessment.verdict).toBe('fail');
    expect(assessment.findings.filter(({ check }) => check === 'dispositions-in-force')).toHaveLength(
      is === 'in-force' ? 0 : 1,
    );
  });
});

describe('one that counts for nothing is itself a finding, and enters no criterion', () => {
  test.each<[string, Partial<Disposition>, string]>([
    [
      'expired',
      { expires: '2026-11-22T00:00:00Z' },
      'The waiver "D-1" has expired: it expired at 2026-11-22T00:00:00Z.',
    ],
    [
      'unmatched',
      { selects: { check: 'c', component: 'attic' } },
      'The waiver "D-1" selects nothing: no failing or open finding is what it selects.',
    ],
    [
      'not allowed',
      { kind: 'risk-acceptance', riskAssessment: { file: 'r', sha256: SEAL } },
      'The risk-acceptance "D-1" is not allowed: c@camera: no criterion lets this risk be accepted; one may only for a channel that is declared public.',
    ],
  ])('%s', (_, over, because) => {
    const plain = judged([A], [fail]);
    const assessment = judged([A], [fail], { dispositions: [{ ...disposition(), ...over }] });
    expect(assessment.findings.slice(plain.findings.length)).toEqual([
      {
        id: 'dispositions-in-force@camera/D-1',
        run: '20261122T101500Z',
        check: 'dispositions-in-force',
        facets: {},
        conditions: [],
        verdict: 'inconclusive',
        strength: 'indicative',
        component: 'camera',
        about: { host: HOST, subject: 'D-1' },
        because,
        expected: 'Every disposition and every withdrawal that is given is in force.',
        remedy: 'Have it approved anew, mend what it selects, or take it out of the file.',
        basis: [],
      },
    ]);
    expect(assessment.criteria).toEqual(plain.criteria);
    expect(assessment.checks).toEqual(plain.checks);
  });

  test('two of one id have two names; nothing was found at all: it is about the first component', () => {
    const twice = dispose([disposition(), disposition()], {
      profile: profileOf(A),
      criteria: judged([A], [fail]).criteria,
      findings: [],
      judgedAt: JUDGED_AT,
    });
    expect(twice.findings.map(({ id }) => id)).toEqual([
      'dispositions-in-force@camera/D-1',
      'dispositions-in-force@camera/D-1~2',
    ]);
  });
});

describe('risk acceptance (A.4)', () => {
  type Class = (typeof ACCESS_CLASSES)[number];
  const DP = criterion('DP', { riskAcceptance: { class: 'public' } });
  const clear = (kind?: Class): Partial<FindingDraft> => ({
    verdict: 'fail',
    about: at(80),
    ...(kind === undefined ? {} : { facets: { class: kind } }),
  });
  const stands = (
    criteria: ReturnType<typeof criterion>[],
    drafts: Partial<FindingDraft>[],
    beside: Partial<FindingDraft>[] = [],
    over: Partial<Disposition> = {},
    id = 'b',
  ) =>
    judged(criteria, [says('c', ...drafts), says(id, ...beside)], {
      dispositions: [{ ...accepted(), ...over }],
    }).dispositions![0]!;

  test.each<[string, Parameters<typeof stands>, string]>([
    ['a channel that is declared public', [[DP], [clear('public')]], 'in-force'],
    ['a channel that is not', [[DP], [clear()]], 'not-allowed'],
    ['a channel of another class', [[DP], [clear('customer-data')]], 'not-allowed'],
    ['under a criterion that allows none', [[A], [clear('public')]], 'not-allowed'],
    [
      'under one that does not ask for this check',
      [
        [criterion('DP', { riskAcceptance: { class: 'public' }, checks: [{ check: 'b', as: 'required' }] }), A],
        [clear('public')],
      ],
      'not-allowed',
    ],
    ['one of two', [[DP], [clear('public'), { ...clear(), about: at(8080) }]], 'not-allowed'],
    ['what is only open', [[DP], [{ ...clear('public'), verdict: 'inconclusive' }]], 'not-allowed'],
    ['through a criterion that allows it, beside one that does not', [[DP, A], [clear('public')]], 'in-force'],
    [
      'for a criterion that does not, beside one that does',
      [[DP, A], [clear('public')], [], { selects: { check: 'c', component: 'camera', criterion: 'A' } }],
      'not-allowed',
    ],
    ['with no risk assessment', [[DP], [clear('public')], [], { riskAssessment: undefined }], 'not-allowed'],
    [
      'a setting is changed over it',
      [[DP], [clear('public')], [{ verdict: 'fail', about: at(80, 's'), facets: { class: 'setting' } }]],
      'not-allowed',
    ],
    [
      'behind a login there is customer data',
      [[DP], [clear('public')], [{ about: at(80, 's'), facets: { class: 'customer-data' } }]],
      'not-allowed',
    ],
    [
      'public content beside it',
      [[DP], [clear('public')], [{ verdict: 'fail', about: at(80, 's'), facets: { class: 'content' } }]],
      'in-force',
    ],
    [
      'a setting on another port',
      [[DP], [clear('public')], [{ verdict: 'fail', about: at(81), facets: { class: 'setting' } }]],
      'in-force',
    ],
    [
      'a login over it in the clear',
      [[DP], [clear('public')], [{ verdict: 'fail', about: at(80), conditions: ['login-in-clear'] }]],
      'not-allowed',
    ],
    [
      'a login over it that was tried',
      [[DP], [clear('public')], [{ verdict: 'pass', about: at(80) }], {}, 'default-credentials-rejected'],
      'not-allowed',
    ],
    [
      'a login over it that nobody tried, which stays open elsewhere',
      [[DP], [clear('public')], [{ verdict: 'inconclusive', about: at(80) }], {}, 'default-credentials-rejected'],
      'in-force',
    ],
    [
      'no setting behind it',
      [[DP], [clear('public')], [{ verdict: 'not-applicable', about: at(80), facets: { class: 'setting' } }]],
      'in-force',
    ],
    [
      'no login over it',
      [[DP], [clear('public')], [{ verdict: 'not-applicable', about: at(80) }], {}, 'default-credentials-rejected'],
      'in-force',
    ],
  ])('%s', (_, row, is) => {
    expect(stands(...row)).toMatchObject({ is });
  });

  test('a waiver needs no criterion that allows it', () => {
    expect(stands([A], [clear()], [], { kind: 'waiver' })).toMatchObject({ is: 'in-force' });
  });
});

const DP2 = criterion('DP-2', {
  checks: [{ check: 'transport-encrypted', as: 'required' }],
  riskAcceptance: { class: 'public' },
});

/** A camera that shows its manual in the clear at port 80, declared public. */
const publicChannel = (more: { dispositions?: Disposition[]; public?: boolean } = {}): Assessment =>
  judge({
    runs: [
      {
        run: run({
          target: target({
            components: [
              {
                id: 'camera',
                addresses: [HOST],
                declares: { services: [{ port: 80, reason: 'manual', public: more.public ?? true }] },
              },
            ],
          }),
          probes: [...SCANS, armed('http', ['channel', 'service'])],
          attempts: [
            tcpScan([80]),
            udpScan(),
            attempt({
              probe: 'http',
              port: 80,
              protocol: 'http',
              facts: [
                { kind: 'service', protocol: 'http', security: 'none' },
                { kind: 'channel', protocol: 'http', encryption: 'none' },
              ],
            }),
          ],
        }),
        seal: SEAL,
      },
    ],
    profile: profileOf(DP2),
    checks: [transportEncrypted],
    catalogue: [],
    judgedAt: JUDGED_AT,
    dispositions: more.dispositions,
  });

test('a public channel with its risk accepted stays FAIL, and passes every gate', () => {
  const dispositions = [accepted({ selects: { finding: 'transport-encrypted@camera/tcp/80' } })];
  const assessment = publicChannel({ dispositions });
  const [finding] = assessment.findings;
  expect(assessment).toMatchObject({ verdict: 'fail', criteria: [{ id: 'DP-2', verdict: 'fail' }] });
  expect(finding).toMatchObject({ verdict: 'fail', because: expect.stringContaining('(declared public)') });
  expect(assessment.dispositions).toMatchObject([{ is: 'in-force', findings: [finding!.id] }]);
  const codes = (one: Assessment) => GATES.map((gate) => exitCodeOf(one, profileOf(DP2), gate));
  expect(codes(publicChannel())).toEqual([1, 1, 1, 1]);
  expect(codes(assessment)).toEqual([0, 0, 0, 0]);
  expect(codes(publicChannel({ dispositions, public: false }))).toEqual([1, 1, 1, 1]);
  expect(publicChannel({ dispositions, public: false }).dispositions).toMatchObject([{ is: 'not-allowed' }]);
});

test('whatever is disposed of, no verdict, criterion, check or finding changes', () => {
  const draft = fc.record({
    verdict: fc.constantFrom('pass' as const, 'fail' as const, 'inconclusive' as const, 'not-applicable' as const),
    strength: fc.constantFrom('indicative' as const, 'conclusive' as const),
    about: fc.constantFrom(at(22), at(80), undefined),
    facets: fc.constantFrom({}, { class: 'public' as const }, { class: 'setting' as const }),
  });
  const criteria = [A, B, criterion('DP', { riskAcceptance: { class: 'public' } })];
  return fc.assert(
    fc.property(
      fc.array(draft, { maxLength: 4 }),
      fc.array(draft, { maxLength: 2 }),
      fc.array(anyDisposition, { maxLength: 4 }),
      (first, second, dispositions) => {
        const checks = [says('c', ...first), says('b', ...second)];
        const plain = judged(criteria, checks);
        const now = judged(criteria, checks, { dispositions });
        const notes = (finding: Finding) => finding.check === 'dispositions-in-force';
        expect({ ...now, dispositions: undefined, findings: now.findings.filter((each) => !notes(each)) }).toEqual(
          plain,
        );
        expect(now.dispositions).toHaveLength(dispositions.length);
        expect(now.findings.filter(notes)).toHaveLength(now.dispositions!.filter(({ is }) => is !== 'in-force').length);
        expect(new Set(now.findings.map(({ id }) => id)).size).toBe(now.findings.length);
      },
    ),
    { numRuns: 100 },
  );
});
