import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { armed, attempt, HOST, run, SCANS, SEAL, target } from '../../test/kit/sketch.ts';
import { Assessment } from '../model/assessment.ts';
import type { Policy } from '../model/policy.ts';
import { Criterion, type Profile } from '../model/profile.ts';
import type { Run } from '../model/run.ts';
import type { Target } from '../model/target.ts';
import { type Check, defineCheck } from './check.ts';
import { type JudgeInput, judge, NotOneItem } from './judge.ts';

const AT = '2026-11-23T00:00:00.000Z';

/** Passes where the name of the identity is good, fails where it is bad, says nothing where there is none. */
const named: Check = defineCheck({
  id: 'named',
  version: '1.0.0',
  title: 'Well named',
  theme: 'product',
  needs: ['identity'],
  *judge({ seen }) {
    for (const { id, fact, endpoint } of seen.facts('identity'))
      yield {
        verdict: fact.value === 'bad' ? 'fail' : 'pass',
        because: fact.value,
        expected: 'good',
        basis: [id],
        about: endpoint,
      };
  },
});

const profileOf = (...criteria: z.input<typeof Criterion>[]): Profile => ({
  profile: 'p',
  title: 'P',
  edition: '1',
  decisionRule: 'verdict-fold/1',
  criteria: criteria.map((one) => Criterion.parse(one)),
});
const A = { id: 'A', title: 'A', checks: [{ check: 'named', as: 'required' as const }] };

const look = (value: string, component = 'camera') =>
  attempt({
    probe: 'look',
    component,
    facts: [{ kind: 'identity', what: 'name', value, via: 'http', authenticated: false }],
  });

const judged = (
  attempts: Run['attempts'],
  of: Target = target(),
  criteria: z.input<typeof Criterion>[] = [A],
  over: Partial<JudgeInput> = {},
): Assessment =>
  judge({
    runs: [{ run: run({ target: of, probes: [...SCANS, armed('look', ['identity'])], attempts }), seal: SEAL }],
    profile: profileOf(...criteria),
    checks: [named],
    catalogue: [],
    judgedAt: AT,
    ...over,
  });

const HUB = '198.18.0.11';
const three = (product: object = {}): Target =>
  target({
    product: { name: 'Set', complete: true, ...product },
    components: [
      { id: 'camera', addresses: [HOST] },
      { id: 'hub', kind: 'hub', addresses: [HUB] },
    ],
  });
const withApp = (): Target =>
  target({
    components: [
      { id: 'camera', addresses: [HOST] },
      { id: 'app', kind: 'app' },
    ],
  });
const of = (quantifier: Criterion['quantifier']) => [{ ...A, quantifier }];

describe('quantifiers', () => {
  const both = (camera: string, hub: string) => [look(camera), { ...look(hub, 'hub'), endpoint: { host: HUB } }];
  const provides = { provides: [{ criterion: 'A', for: 'camera', by: 'hub' }] };
  const onlyHub = [{ ...look('good', 'hub'), endpoint: { host: HUB } }];
  test.each<[string, Assessment, string]>([
    ['each: all pass', judged(both('good', 'good'), three(), of('each')), 'pass'],
    ['each: one fails', judged(both('good', 'bad'), three(), of('each')), 'fail'],
    ['each: one was not looked at', judged([look('good')], three(), of('each')), 'inconclusive'],
    ['each: one is out of reach', judged([look('good')], withApp(), of('each')), 'inconclusive'],
    ['any: one passes, one fails', judged(both('good', 'bad'), three(), of('any')), 'pass'],
    ['any: one passes, one is not assessed', judged([look('good')], three(), of('any')), 'pass'],
    ['provided: by nobody', judged(onlyHub, three(), of('provided')), 'inconclusive'],
    ['provided: by the hub', judged(onlyHub, three(provides), of('provided')), 'pass'],
    [
      "provided: the hub's pass does not hide the camera's fail",
      judged(both('bad', 'good'), three(provides), of('provided')),
      'fail',
    ],
    ['product: on the device', judged(both('good', 'bad'), three(), of('product')), 'pass'],
    [
      'product: on the one that shows it',
      judged(both('good', 'bad'), three({ shownBy: [{ criterion: 'A', component: 'hub' }] }), of('product')),
      'fail',
    ],
    [
      'developer: nobody has looked at the documents',
      judged([look('good')], target(), of('developer')),
      'not-assessed',
    ],
    [
      'no product: nothing says that this is all',
      judged([look('good')], target({ product: undefined })),
      'inconclusive',
    ],
    [
      'an incomplete list: the same',
      judged([look('good')], target({ product: { name: 'C', complete: false } })),
      'inconclusive',
    ],
    ['an incomplete list hides no failure', judged([look('bad')], target({ product: undefined })), 'fail'],
  ])('%s', (_, assessment, expected) => {
    expect(assessment.criteria[0]!.verdict).toBe(expected);
    expect(assessment.verdict).toBe(expected);
  });

  test('without a complete list the component has its verdict all the same', () => {
    const [criterion] = judged([look('good')], target({ product: undefined })).criteria;
    expect(criterion!.because).toContain('no component list was declared');
    expect(criterion!.components.map(({ verdict }) => verdict)).toEqual(['pass']);
  });

  test('a component out of reach is not assessed, never dropped', () => {
    const { criteria, checks } = judged([look('good')], withApp());
    expect(criteria[0]!.components.map(({ component, verdict }) => [component, verdict])).toEqual([
      ['camera', 'pass'],
      ['app', 'not-assessed'],
    ]);
    expect(checks.find(({ component }) => component === 'app')!.findings).toEqual(['named@app/gap:reach']);
  });
});

describe('headings and levels', () => {
  const tree = (own: object = {}) => [
    { id: 'H', title: 'H', heading: true, states: [], ...own },
    { ...A, id: 'A', parent: 'H' },
    { id: 'S', title: 'S', parent: 'H', level: 'should' as const, person: ['item'] },
  ];
  const verdicts = (assessment: Assessment) => assessment.criteria.map(({ id, verdict }) => `${id} ${verdict}`);
  test('a heading is the AND of its children; the assessment that of what must be', () => {
    const passes = judged([look('good')], target(), tree());
    expect(verdicts(passes)).toEqual(['H inconclusive', 'A pass', 'S not-assessed']);
    expect(passes.verdict).toBe('pass');
    expect(verdicts(judged([look('bad')], target(), tree()))).toEqual(['H fail', 'A fail', 'S not-assessed']);
  });
  test('a heading with links of its own counts them too', () => {
    const own = { checks: [{ check: 'named', as: 'counter' as const }] };
    const other = defineCheck({
      ...named,
      id: 'other',
      judge: () => [{ verdict: 'pass', because: 'ok', expected: 'ok', basis: ['look@camera#1'] }],
    });
    const criteria = [tree(own)[0]!, { ...A, parent: 'H', checks: [{ check: 'other', as: 'required' as const }] }];
    const assessment = judged([look('bad')], target(), criteria, { checks: [named, other] });
    expect(verdicts(assessment)).toEqual(['H fail', 'A pass']);
    expect(assessment.criteria[0]!.because).toBe('fail: itself');
    expect(assessment.verdict).toBe('fail');
    const should = { ...own, level: 'should' as const };
    const asked = judged([look('bad')], target(), [tree(should)[0]!, criteria[1]!], { checks: [named, other] });
    expect([verdicts(asked), asked.verdict]).toEqual([['H fail', 'A pass'], 'pass']);
  });
});

describe('checks', () => {
  test('all are judged, whether or not a criterion uses them', () => {
    const assessment = judged([look('good')], target(), [{ id: 'B', title: 'B', person: ['item'] }]);
    expect(assessment.checks).toMatchObject([
      { check: 'named', built: true, verdict: 'pass', findings: ['named@camera'] },
    ]);
  });

  test('one that throws is a finding, not a crash, and what it said before stands', () => {
    const throws = defineCheck({
      ...named,
      *judge() {
        yield { verdict: 'pass' as const, because: 'so far', expected: 'so', basis: ['look@camera#1'] };
        throw new TypeError('x is undefined');
      },
    });
    const { findings, criteria } = judged([look('good')], target(), [A], { checks: [throws] });
    expect(findings.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['named@camera', 'pass'],
      ['named@camera/gap:bug', 'inconclusive'],
    ]);
    expect(findings[1]!.because).toBe('bug in the check: x is undefined');
    expect(criteria[0]!.verdict).toBe('inconclusive');
  });

  test('one that reads a kind it does not need has a bug', () => {
    const nosy = defineCheck({
      ...named,
      judge: ({ seen }) =>
        seen.facts('login' as 'identity').map(() => ({ verdict: 'pass', because: '', expected: '', basis: [] })),
    });
    expect(judged([look('good')], target(), [A], { checks: [nosy] }).findings[0]!.because).toContain(
      'named reads login',
    );
  });

  test('one that nobody has built stands there with its title and a gap', () => {
    const catalogue = [{ id: 'later', title: 'Comes later', theme: 'update' as const }];
    const criteria = [{ ...A, checks: [{ check: 'later', as: 'required' as const }] }];
    const assessment = judged([look('good')], target(), criteria, { catalogue });
    expect(assessment.checks[1]).toEqual({
      check: 'later',
      title: 'Comes later',
      theme: 'update',
      built: false,
      component: 'camera',
      verdict: 'inconclusive',
      findings: ['later@camera/gap:unbuilt'],
    });
    expect(assessment.criteria[0]!.verdict).toBe('not-assessed');
  });
});

test('a policy reaches the checks, and stands in the assessment by name and digest', () => {
  const policy: Policy = { policy: 'house', title: 'H', edition: '1', protocol: 'ssh', sources: [], roles: {} };
  const reads: Check = {
    ...named,
    *judge({ policies = [] }) {
      yield {
        verdict: 'inconclusive',
        because: policies.map((one) => one.policy.policy).join(),
        expected: 'x',
        basis: [],
      };
    },
  };
  const by = (over: Partial<JudgeInput>) => judged([look('good')], target(), [A], { checks: [reads], ...over });
  const given = by({ policies: [{ policy, digest: 'd' }] });
  expect(given.policies).toEqual([{ name: 'house', digest: 'd' }]);
  expect(given.findings.map(({ because }) => because)).toContain('house');
  expect(by({})).not.toHaveProperty('policies');
  expect(Assessment.parse(given)).toEqual(given);
});

describe('several runs of one item', () => {
  const runs = (...overs: Partial<Run>[]) =>
    overs.map((over, index) => ({
      run: run({
        id: `2026112${index}T101500Z`,
        probes: [...SCANS, armed('look', ['identity'])],
        attempts: [look('good')],
        ...over,
      }),
      seal: SEAL,
    }));
  test('findings are named by run and carry its state; the worst counts', () => {
    const several = runs({ state: 'factory-default', attempts: [look('bad')] }, {});
    const { findings, criteria, runs: listed } = judged([], target(), [A], { runs: [...several].reverse() });
    expect(findings.map(({ id, facets, run: of, basis }) => [id, facets.state, of, basis])).toEqual([
      ['20261120T101500Z:named@camera', 'factory-default', '20261120T101500Z', ['20261120T101500Z:look@camera#1']],
      ['20261121T101500Z:named@camera', 'operational', '20261121T101500Z', ['20261121T101500Z:look@camera#1']],
    ]);
    expect(criteria[0]!.verdict).toBe('fail');
    expect(listed.map(({ id }) => id)).toEqual(['20261120T101500Z', '20261121T101500Z']);
  });
  test.each<[string, Partial<Run>]>([
    [
      'another target, of which no serial number is known',
      { target: target({ id: 'lamp' }), item: { model: 'C1', firmware: '1.0' } },
    ],
    ['another sample', { item: { model: 'C1', serial: '2', firmware: '1.0' } }],
    ['another firmware', { item: { model: 'C1', serial: '1', firmware: '2.0' } }],
    ['the same run', { id: '20261120T101500Z' }],
  ])('with %s they are not judged together', (_, over) => {
    expect(() => judged([], target(), [A], { runs: runs({}, over) })).toThrow(NotOneItem);
  });
  test('no run is no item', () => expect(() => judged([], target(), [A], { runs: [] })).toThrow(NotOneItem));
});

test('names: address where there are several, port, protocol where two share one, subject', () => {
  const places = [
    { host: HOST },
    { host: HOST, transport: 'tcp' as const, port: 443, protocol: 'tls' },
    { host: HOST, transport: 'tcp' as const, port: 443, protocol: 'http', security: 'tls' as const },
    { host: 'fd00::1', transport: 'udp' as const, port: 161, subject: 'public' },
    { host: 'fd00::1', transport: 'udp' as const, port: 161, subject: 'public' },
    undefined,
  ];
  const many = defineCheck({
    ...named,
    judge: () => places.map((about) => ({ verdict: 'pass' as const, because: 'b', expected: 'e', basis: [], about })),
  });
  const { findings } = judged([], target({ components: [{ id: 'camera', addresses: [HOST, 'fd00::1'] }] }), [A], {
    checks: [many],
  });
  expect(findings.map(({ id }) => id)).toEqual([
    `named@camera[${HOST}]`,
    `named@camera[${HOST}]/tcp/443`,
    `named@camera[${HOST}]/tcp/443/http`,
    'named@camera[fd00::1]/udp/161/public',
    'named@camera[fd00::1]/udp/161/public~2',
    'named@camera',
  ]);
});

test('the same input gives the same bytes, in whatever order attempts ended and runs were given; and it is an Assessment', () => {
  const first = judged([
    look('good'),
    attempt({ probe: 'look', port: 80 }),
    attempt({ probe: 'look', port: 443, open: ['identity'] }),
  ]);
  const again = judged([
    attempt({ probe: 'look', port: 443, open: ['identity'] }),
    attempt({ probe: 'look', port: 80 }),
    look('good'),
  ]);
  expect(JSON.stringify(again)).toBe(JSON.stringify(first));
  expect(JSON.stringify(Assessment.parse(first))).toBe(JSON.stringify(first));
});
