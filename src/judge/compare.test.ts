import { expect, test } from 'vitest';
import { SEAL } from '../../test/kit/sketch.ts';
import type { Assessment, Finding } from '../model/assessment.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import { compare } from './compare.ts';

const HOST = '198.18.0.10';

const finding = (over: Partial<Finding> & { port?: number } = {}): Finding => {
  const { port = 22, ...rest } = over;
  return {
    id: `c@camera/tcp/${port}`,
    run: '20261122T101500Z',
    check: 'c',
    facets: { state: 'operational' },
    conditions: [],
    verdict: 'pass',
    strength: 'conclusive',
    component: 'camera',
    about: { host: HOST, transport: 'tcp', port, protocol: 'ssh' },
    because: 'so',
    expected: 'so',
    basis: ['a'],
    ...rest,
  };
};

const assessment = (
  findings: Finding[],
  over: Partial<Assessment> & { open?: string; whole?: boolean; A?: CriterionVerdict } = {},
): Assessment => {
  const { open = '22', whole = true, A = 'pass', ...rest } = over;
  return {
    schema: 1,
    tool: 'probity 0.1.0',
    runs: [{ id: '20261122T101500Z', seal: SEAL, state: 'operational', status: 'completed' }],
    judgedAt: '2026-11-23T00:00:00.000Z',
    profile: { id: 'p', title: 'P', edition: '1' },
    decisionRule: 'verdict-fold/1',
    target: 'camera',
    verdict: 'inconclusive',
    criteria: [
      {
        id: 'A',
        title: 'A',
        level: 'must',
        kind: 'technical',
        heading: false,
        verdict: A,
        basis: 'automated',
        because: 'so',
        components: [],
      },
    ],
    checks: [],
    findings,
    ports: [
      {
        component: 'camera',
        run: '20261122T101500Z',
        state: 'operational',
        host: HOST,
        transport: 'tcp',
        whole,
        open,
        uncovered: whole ? '' : '1-9',
        silent: '',
      },
    ],
    signed: false,
    ...rest,
  };
};

const fails = finding({ verdict: 'fail' });
const tried = (verdict: Finding['verdict'], count: number): Finding =>
  finding({ verdict, coverage: { tried: count, of: 10, what: 'entries' } });
const unsure = finding({ verdict: 'inconclusive' });
const gap = finding({
  id: 'c@camera/tcp/22/gap:ssh',
  verdict: 'inconclusive',
  gap: true,
  about: { host: HOST, transport: 'tcp', port: 22, subject: 'gap:ssh' },
});

test.each<[string, Finding[], Finding[], Parameters<typeof assessment>[1], string[], boolean]>([
  ['it failed and passes, looked at as far', [tried('fail', 5)], [tried('pass', 5)], {}, ['fixed'], false],
  ['it failed and passes, less tried', [tried('fail', 5)], [tried('pass', 4)], {}, ['not-re-tested'], false],
  [
    'it failed and passes, nothing says how much was tried',
    [tried('fail', 5)],
    [finding()],
    {},
    ['not-re-tested'],
    false,
  ],
  ['it failed and nobody could tell', [fails], [unsure], {}, ['not-re-tested'], false],
  ['it failed and is not spoken of, the port open', [fails], [], {}, ['not-re-tested'], false],
  ['it failed and its port is closed in a whole pass', [fails], [], { open: '' }, ['fixed'], false],
  [
    'it failed and its port is not open in a pass with holes',
    [fails],
    [],
    { open: '', whole: false },
    ['not-re-tested'],
    false,
  ],
  ['it failed and nothing says what was covered', [fails], [], { ports: undefined }, ['not-re-tested'], false],
  [
    'it fails on another port now',
    [fails],
    [finding({ port: 2222, verdict: 'fail' })],
    { open: '2222' },
    ['moved'],
    false,
  ],
  [
    'it fails there still, and on another port too',
    [fails],
    [fails, finding({ port: 2222, verdict: 'fail' })],
    {},
    ['new', 'same'],
    true,
  ],
  [
    'another protocol fails on another port: fixed, and new',
    [fails],
    [finding({ port: 23, verdict: 'fail', about: { host: HOST, transport: 'tcp', port: 23, protocol: 'telnet' } })],
    { open: '23' },
    ['new', 'fixed'],
    true,
  ],
  ['it still fails', [fails], [fails], {}, ['same'], false],
  ['it fails conclusively now', [finding({ verdict: 'fail', strength: 'indicative' })], [fails], {}, ['worse'], true],
  ['it passed and fails', [finding()], [fails], {}, ['worse'], true],
  ['it passed and nobody can tell', [finding()], [unsure], {}, ['worse'], true],
  ['it passed and nobody looked again', [finding()], [], {}, ['less-covered'], true],
  ['it passed and its port is closed', [finding()], [], { open: '' }, ['same'], false],
  ['it passed and passes with less coverage', [tried('pass', 5)], [tried('pass', 4)], {}, ['less-covered'], true],
  ['it passed and passes with more', [tried('pass', 4)], [tried('pass', 5)], {}, ['more-covered'], false],
  ['it was open and passes', [unsure], [finding()], {}, ['better'], false],
  ['it was open and fails', [unsure], [fails], {}, ['worse'], true],
  ['a gap that was not there', [finding()], [finding(), gap], {}, ['new', 'same'], true],
  ['a gap that is gone', [finding(), gap], [finding()], {}, ['better', 'same'], false],
  ['a failure that was not there', [], [fails], {}, ['new'], true],
  ['a pass that was not there', [], [finding()], {}, [], false],
])('%s', (_, before, after, over, kinds, worse) => {
  const comparison = compare(assessment(before), assessment(after, over));
  expect(comparison.changes.map(({ kind }) => kind)).toEqual(kinds);
  expect(comparison.worse).toBe(worse);
});

test('findings of other runs are matched by name, over states by state, and the worst of one state counts', () => {
  const runs = (...states: ('operational' | 'reset')[]) => ({
    runs: states.map((state, index) => ({ id: `2026112${index}T101500Z`, state, status: 'completed' as const })),
  });
  const of = (index: number, state: 'operational' | 'reset', verdict: Finding['verdict']): Finding =>
    finding({
      id: `2026112${index}T101500Z:c@camera/tcp/22`,
      run: `2026112${index}T101500Z`,
      facets: { state },
      verdict,
    });
  const kinds = (before: Assessment, after: Assessment) =>
    compare(before, after).changes.map(({ kind, id }) => `${kind} ${id}`);
  const old = assessment(
    [of(0, 'operational', 'pass'), of(1, 'operational', 'fail')],
    runs('operational', 'operational'),
  );
  expect(kinds(old, assessment([finding()]))).toEqual(['fixed c@camera/tcp/22']);
  const two = assessment([of(0, 'operational', 'pass'), of(1, 'reset', 'fail')], runs('operational', 'reset'));
  expect(kinds(two, two)).toEqual(['same operational:c@camera/tcp/22', 'same reset:c@camera/tcp/22']);

  // One run, and later that run together with one of another state: only the state that came is new.
  const one = assessment([finding({ id: 'c@camera/tcp/22', run: '20261120T101500Z' })], {
    runs: [{ id: '20261120T101500Z', seal: SEAL, state: 'operational', status: 'completed' }],
  });
  expect(kinds(one, two)).toEqual(['new reset:c@camera/tcp/22', 'same operational:c@camera/tcp/22']);
  expect(kinds(two, one)).toEqual(['not-re-tested reset:c@camera/tcp/22', 'same operational:c@camera/tcp/22']);

  const unbuilt = finding({
    id: 'x@camera/gap:unbuilt',
    verdict: 'inconclusive',
    gap: true,
    about: { host: HOST, subject: 'gap:unbuilt' },
  });
  const [single, both] = [one, two].map((each) => ({ ...each, findings: [{ ...unbuilt, facets: {} }] }));
  expect(kinds(single!, both!)).toEqual(['same x@camera/gap:unbuilt']);
});

test('criteria are listed where the verdict is another', () => {
  expect(compare(assessment([]), assessment([], { A: 'fail' })).criteria).toEqual([
    { id: 'A', title: 'A', before: 'pass', after: 'fail' },
  ]);
  expect(compare(assessment([]), assessment([])).criteria).toEqual([]);
});

test('a device at another address: its findings are compared where they are now', () => {
  const NOW = '198.18.0.77';
  const at = (host: string, over: Partial<Finding> = {}): Finding =>
    finding({
      id: `c@${host}/tcp/22`,
      component: host,
      about: { host, transport: 'tcp', port: 22, protocol: 'ssh' },
      ...over,
    });
  const old = assessment([at(HOST, { verdict: 'fail' })], { target: HOST });
  const young = assessment([at(NOW)], { target: NOW });
  const again = { components: new Map([[HOST, NOW]]), addresses: new Map([[HOST, NOW]]) };
  expect(compare(old, young, { again }).changes).toMatchObject([
    { kind: 'fixed', id: `c@${NOW}/tcp/22`, component: NOW, before: { verdict: 'fail' }, after: { verdict: 'pass' } },
  ]);
  expect(compare(old, young).changes.map(({ kind }) => kind)).toEqual(['not-re-tested']);

  const prefixed = at(HOST, { id: `20261122T101500Z:c@${HOST}[${HOST}]/tcp/22`, verdict: 'fail' });
  const several = at(NOW, { id: `20261122T101500Z:c@${NOW}[${NOW}]/tcp/22`, verdict: 'fail' });
  expect(compare(assessment([prefixed]), assessment([several]), { again }).changes).toMatchObject([{ kind: 'same' }]);
});
