import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attempt, run, scan } from '../../test/kit/run.ts';
import { SEAL } from '../../test/kit/sketch.ts';
import type { Assessment, Finding } from '../model/assessment.ts';
import { Comparison } from '../model/comparison.ts';
import { type CriterionVerdict, VERDICTS } from '../model/verdict.ts';
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
  over: Partial<Assessment> & {
    open?: string;
    whole?: boolean;
    transport?: 'tcp' | 'udp';
    check?: Finding['verdict'];
    A?: CriterionVerdict;
  } = {},
): Assessment => {
  const { open = '22', whole = true, transport = 'tcp', check, A = 'pass', ...rest } = over;
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
    checks:
      check === undefined
        ? []
        : [{ check: 'c', title: 'c', theme: 'access', built: true, component: 'camera', verdict: check, findings: [] }],
    findings,
    ports: [
      {
        component: 'camera',
        run: '20261122T101500Z',
        state: 'operational',
        host: HOST,
        transport,
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
    'it fails on another port, and nobody asked the old one again',
    [fails],
    [finding({ port: 2222, verdict: 'fail' })],
    { open: '2222', whole: false },
    ['new', 'not-re-tested'],
    true,
  ],
  [
    'it failed and passes, and what was counted is something else',
    [tried('fail', 5)],
    [finding({ coverage: { tried: 9, of: 10, what: 'words' } })],
    {},
    ['not-re-tested'],
    false,
  ],
  [
    'it failed on a UDP port that is on no list, and nobody saw it closed',
    [finding({ verdict: 'fail', port: 1161, about: { host: HOST, transport: 'udp', port: 1161 } })],
    [],
    { transport: 'udp', open: '' },
    ['not-re-tested'],
    false,
  ],
  [
    'it failed on a UDP port of the list, which is closed',
    [finding({ verdict: 'fail', port: 161, about: { host: HOST, transport: 'udp', port: 161 } })],
    [],
    { transport: 'udp', open: '' },
    ['fixed'],
    false,
  ],
  [
    'it fails, and is no longer withdrawn',
    [finding({ verdict: 'fail', withdrawn: 'w' })],
    [fails],
    {},
    ['worse'],
    true,
  ],
  ['it fails, and is withdrawn', [fails], [finding({ verdict: 'fail', withdrawn: 'w' })], {}, ['same'], false],
  [
    'said of the whole component, and of its places now',
    [finding({ id: 'c@camera', about: { host: HOST } })],
    [finding()],
    { check: 'pass' },
    ['same'],
    false,
  ],
  [
    'said of the whole component, and nobody can tell now',
    [finding({ id: 'c@camera', about: { host: HOST } })],
    [finding()],
    { check: 'inconclusive' },
    ['less-covered'],
    true,
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

test('a port is closed for a state only in that state', () => {
  const of = (state: 'operational' | 'reset') => ({
    runs: [{ id: '20261122T101500Z', seal: SEAL, state, status: 'completed' as const }],
  });
  const old = assessment([finding({ verdict: 'fail', facets: { state: 'reset' } })], of('reset'));
  const { changes, notes } = compare(old, assessment([], { open: '', ...of('operational') }));
  expect(changes.map(({ kind }) => kind)).toEqual(['not-re-tested']);
  expect(notes).toEqual([expect.stringMatching(/more than one state/)]);
});

test('what stands beside: profiles, editions, benches, the order, two items', () => {
  const profile = { id: 'p', title: 'P', edition: '1' };
  const bench = { schema: 1, tool: 't', passes: [], suitable: false, because: 'x' } as const;
  const notes = (old: Partial<Assessment>, young: Partial<Assessment>) =>
    compare(assessment([], old), assessment([], young)).notes.join(' ');
  expect(notes({}, {})).toBe('');
  expect(notes({}, { profile: { ...profile, edition: '2' } })).toMatch(/two editions of p, 1 and 2/);
  expect(notes({}, { profile: { ...profile, id: 'q' } })).toMatch(/two profiles, p and q/);
  expect(notes({}, { profile: { ...profile, digest: SEAL } })).toMatch(/not word for word/);
  expect(notes({}, { suitability: { ...bench, passes: [] } })).toMatch(/bench of the newer one was not shown/);
  expect(notes({}, { judgedAt: '2026-11-22T00:00:00.000Z' })).toMatch(/judged before the older one/);
  expect(notes({}, { target: 'other' })).toMatch(/Nothing says that camera and other are one item/);
});

test('nothing is fixed by another item, nor by a run that was made before', () => {
  const of = (id: string, verdict: Finding['verdict']) =>
    assessment([finding({ verdict, run: id })], {
      runs: [{ id, seal: SEAL, state: 'operational', status: 'completed' }],
    });
  const [first, second] = ['20261120T101500Z', '20261121T101500Z'];
  const said = (old: string, young: string, serials: readonly [string, string]) => {
    const [before, after] = [old, young].map((id, index) => [{ ...run({ id }), item: { serial: serials[index]! } }]);
    const { changes, notes } = compare(of(old, 'fail'), of(young, 'pass'), { before: before!, after: after! });
    return [changes[0]!.kind, changes[0]!.because, ...notes];
  };
  expect(said(first, second, ['A1', 'A1'])).toEqual(['fixed', 'so']);
  expect(said(first, second, ['A1', 'A2'])).toEqual([
    'not-re-tested',
    'another item was tested, which differs in serial',
    'They are of two items, which differ in serial.',
  ]);
  expect(said(second, first, ['A1', 'A1'])).toEqual([
    'not-re-tested',
    `run ${first} was made before run ${second}`,
    'The newer one was observed or judged before the older one: are they the right way round?',
  ]);
});

test('what changed in the test, and whether the device did where a finding changed', () => {
  const at = (id: string, version: string, ports: number[]) => {
    const whole = run({ id, attempts: [scan({ tcp: ports }), attempt('service', 'camera/tcp/22', [])] });
    return { ...whole, probes: whole.probes.map((one) => (one.id === 'service' ? { ...one, version } : one)) };
  };
  const of = (id: string, verdict: Finding['verdict']) =>
    assessment([finding({ verdict, run: id })], {
      runs: [{ id, seal: SEAL, state: 'operational', status: 'completed' }],
    });
  const [first, second] = ['20261120T101500Z', '20261121T101500Z'];
  const changed = (ports: number[]) =>
    compare(of(first, 'pass'), of(second, 'fail'), {
      before: [at(first, '1', [22])],
      after: [at(second, '2', ports)],
    });
  const unchanged = changed([22]);
  expect(Comparison.parse(unchanged)).toEqual(unchanged);
  expect(unchanged.test).toEqual([{ what: 'probe', name: 'service', before: '1', after: '2' }]);
  expect(unchanged.device).toEqual({ known: true, changes: [] });
  expect(unchanged.changes[0]).toMatchObject({ kind: 'worse', deviceChanged: false });
  expect(changed([]).changes[0]).toMatchObject({ kind: 'worse', deviceChanged: true });

  const unknown = compare(of(first, 'pass'), of(second, 'fail'), { before: [at(first, '1', [22])] });
  expect(unknown.device).toMatchObject({ known: false, because: expect.stringMatching(/not known/) });
  expect(unknown.changes[0]).not.toHaveProperty('deviceChanged');
  expect(unknown.test).toEqual([]);
});

test('another policy is another test, also where a verdict did not change', () => {
  const by = (digest: string, name = 'ssh-2026') => assessment([finding({})], { policies: [{ name, digest }] });
  const test = (one: Assessment, other: Assessment) =>
    compare(one, other, { before: [], after: [] }).test.filter(({ what }) => what === 'policy');
  expect(test(by('a'), by('a'))).toEqual([]);
  expect(test(by('a'), by('b'))).toEqual([
    { what: 'policy', name: 'ssh-2026', before: 'SHA-256 a', after: 'SHA-256 b' },
  ]);
  expect(test(by('a'), by('c', 'house'))).toEqual([
    { what: 'policy', name: 'house', after: 'SHA-256 c' },
    { what: 'policy', name: 'ssh-2026', before: 'SHA-256 a' },
  ]);
});

const anyFinding = fc
  .record({
    port: fc.constantFrom(22, 23, 80),
    verdict: fc.constantFrom(...VERDICTS),
    strength: fc.constantFrom('conclusive' as const, 'indicative' as const),
    gap: fc.boolean(),
    tried: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  })
  .map(({ port, verdict, strength, gap: isGap, tried: many }) =>
    finding({
      port,
      verdict,
      strength,
      about: { host: HOST, transport: 'tcp', port, protocol: 'ssh' },
      ...(isGap && verdict === 'inconclusive' ? { gap: true } : {}),
      ...(many === undefined ? {} : { coverage: { tried: many, of: 3, what: 'entries' } }),
    }),
  );
const anyAssessment = fc
  .record({
    findings: fc.uniqueArray(anyFinding, { selector: ({ id }) => id, maxLength: 3 }),
    whole: fc.boolean(),
    open: fc.subarray(['22', '23', '80']),
  })
  .map(({ findings, whole, open }) => assessment(findings, { whole, open: open.join(',') }));

test('property: nothing is worse than itself, and nothing has become of it', () => {
  fc.assert(
    fc.property(anyAssessment, (one) => {
      const { worse, changes, criteria, test: inTest } = compare(one, one);
      expect([worse, criteria, inTest]).toEqual([false, [], []]);
      expect(changes.every(({ kind }) => kind === 'same')).toBe(true);
    }),
  );
});

test('property: what is worse one way is not worse the other way, but for coverage', () => {
  const better = ['better', 'fixed', 'not-re-tested'];
  fc.assert(
    fc.property(anyAssessment, anyAssessment, (a, b) => {
      const there = new Map(compare(a, b).changes.map((one) => [one.id, one]));
      const back = new Map(compare(b, a).changes.map((one) => [one.id, one]));
      for (const [id, one] of there) {
        const other = back.get(id);
        if (one.before === undefined || one.after === undefined || other === undefined) continue;
        const kinds = [one.kind, other.kind];
        if (one.kind === 'worse' && one.before.verdict !== 'fail') expect(better, kinds.join()).toContain(other.kind);
        expect(kinds.every((kind) => kind === 'worse')).toBe(false);
      }
    }),
  );
});

test('property: fixed is re-tested at least as far, or its port is closed in a whole pass; and every old finding is told', () => {
  fc.assert(
    fc.property(anyAssessment, anyAssessment, (a, b) => {
      const comparison = compare(a, b);
      expect(Comparison.parse(comparison)).toEqual(comparison);
      for (const { kind, before, after } of comparison.changes) {
        if (kind !== 'fixed') continue;
        expect(before?.verdict).toBe('fail');
        const { whole, open } = b.ports![0]!;
        const closed = whole && !open.split(',').includes(String(before?.about.port));
        const again =
          (after?.verdict === 'pass' || after?.verdict === 'not-applicable') &&
          (after.coverage?.tried ?? -1) >= (before?.coverage?.tried ?? -1);
        expect(after === undefined ? closed : again).toBe(true);
      }
      expect(comparison.changes.flatMap(({ before }) => before?.id ?? []).sort()).toEqual(
        a.findings.map(({ id }) => id).sort(),
      );
      const lost = a.findings.filter(
        ({ id, verdict }) => verdict === 'pass' && b.findings.find((one) => one.id === id)?.verdict === 'fail',
      );
      if (lost.length > 0) expect(comparison.worse).toBe(true);
    }),
  );
});
