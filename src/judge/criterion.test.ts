import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { armed, attempt, HOST, run, SCANS, SEAL, target, tcpScan, udpScan } from '../../test/kit/sketch.ts';
import type { Assessment, Attestation } from '../model/assessment.ts';
import { Criterion, type Profile } from '../model/profile.ts';
import type { Attempt, Run } from '../model/run.ts';
import type { Component } from '../model/target.ts';
import { type Check, defineCheck, type FindingDraft } from './check.ts';
import { judge } from './judge.ts';

const AT = '2026-11-23T00:00:00.000Z';

/** A check that says what the table says, of the attempt `look`. */
const says = (id: string, ...drafts: Partial<FindingDraft>[]): Check =>
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

const pass = says('c', { verdict: 'pass' });
const fail = says('c', { verdict: 'fail' });
const weak = says('c', { verdict: 'fail', strength: 'indicative' });
const unsure = says('c', { verdict: 'inconclusive' });
const absent = says('c', { verdict: 'not-applicable' });
const silent = says('c');

const looked = attempt({ probe: 'look' });
const broke = attempt({ probe: 'look', open: ['identity'] });

interface Row {
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

const assess = (row: Row): Assessment => {
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

const verdictOf = (row: Row): string => assess(row).criteria[0]!.verdict;
const missingOf = (row: Row): string[] =>
  assess(row).criteria[0]!.components[0]!.missing.map(({ what, detail }) => `${what}: ${detail}`);

const link = (over: object) => ({ checks: [{ check: 'c', as: 'required' as const, ...over }] });
const counter = { checks: [{ check: 'c', as: 'counter' as const }], person: ['item'] };
const supports = { checks: [{ check: 'c', as: 'supports' as const }], person: ['item'] };
const signed = [{}];

describe('rule 2, line by line', () => {
  test.each<[string, Row, string]>([
    ['a: a conclusive failure of a required check', { checks: [fail] }, 'fail'],
    ['a: a conclusive failure of a counter', { checks: [fail], criterion: counter, attestations: signed }, 'fail'],
    [
      'a: a failure that stands beside a pass',
      { checks: [says('c', { verdict: 'pass' }, { verdict: 'fail' })] },
      'fail',
    ],
    [
      'a: a conclusive failure whatever is claimed',
      { checks: [fail], claim: { why: 'none', acceptedBy: 'lab' }, criterion: { notApplicable: { when: 'stated' } } },
      'fail',
    ],
    [
      "a: a person's FAIL, over an automated PASS",
      { criterion: { person: ['item'] }, attestations: [{ verdict: 'fail' }] },
      'fail',
    ],
    [
      'a: an attestation does not overturn a conclusive failure',
      { checks: [fail], attestations: [{ settles: ['c@camera'] }] },
      'fail',
    ],
    ['a: what fails and only supports decides nothing', { checks: [fail], criterion: supports }, 'not-assessed'],
    ['a: a failure capped to indicative', { checks: [fail], criterion: link({ fail: 'indicative' }) }, 'inconclusive'],
    [
      'b: claimed, accepted, and proven by the check',
      { checks: [absent], claim: { why: 'none', acceptedBy: 'lab' }, criterion: { notApplicable: { when: 'stated' } } },
      'not-applicable',
    ],
    [
      'b: claimed and not accepted by the lab',
      { checks: [absent], claim: { why: 'none' }, criterion: { notApplicable: { when: 'stated' } } },
      'inconclusive',
    ],
    [
      'b: claimed where it always applies',
      { checks: [absent], claim: { why: 'none', acceptedBy: 'lab' } },
      'inconclusive',
    ],
    [
      'b: claimed, with a gap in what could contradict it',
      {
        checks: [absent],
        attempts: [looked, { ...broke, id: 'look@camera/2' }],
        claim: { why: 'none', acceptedBy: 'lab' },
        criterion: { notApplicable: { when: 'stated' } },
      },
      'inconclusive',
    ],
    [
      'b: claimed, with a gap of a counter',
      {
        checks: [silent],
        attempts: [broke],
        claim: { why: 'none', acceptedBy: 'lab' },
        criterion: { ...counter, notApplicable: { when: 'stated' } },
      },
      'not-assessed',
    ],
    [
      'b: claimed, and the check says nothing',
      { checks: [silent], claim: { why: 'none', acceptedBy: 'lab' }, criterion: { notApplicable: { when: 'stated' } } },
      'not-assessed',
    ],
    [
      'b: claimed and contradicted',
      {
        checks: [says('c', { verdict: 'pass', about: { host: HOST, transport: 'tcp', port: 22 } })],
        claim: { why: 'none', acceptedBy: 'lab' },
        criterion: { notApplicable: { when: 'no-interface' } },
      },
      'inconclusive',
    ],
    [
      'b: claimed and contradicted, about the declaration',
      {
        checks: [says('c', { verdict: 'pass', about: { host: HOST, transport: 'tcp', port: 22 } })],
        claim: { why: 'none', acceptedBy: 'lab' },
        criterion: { aboutDeclaration: true, notApplicable: { when: 'no-interface' } },
      },
      'fail',
    ],
    [
      'b: claimed against the own declaration',
      {
        checks: [absent],
        claim: { why: 'none', acceptedBy: 'lab' },
        component: { declares: { services: [{ port: 22, reason: 'support' }] } },
        criterion: { notApplicable: { when: 'no-interface' } },
      },
      'inconclusive',
    ],
    [
      'b: claimed and nothing ran',
      { attempts: [], checks: [silent], claim: { why: 'none' }, criterion: { notApplicable: { when: 'stated' } } },
      'not-assessed',
    ],
    ['c: nothing ran', { checks: [silent], attempts: [] }, 'not-assessed'],
    ['c: nothing required completed', { checks: [silent], attempts: [broke] }, 'not-assessed'],
    ['c: a check that nobody has built', { checks: [] }, 'not-assessed'],
    [
      'c: an inconclusive finding with nothing looked at',
      { checks: [says('c', { verdict: 'inconclusive', basis: [] })], attempts: [] },
      'not-assessed',
    ],
    ['c: only what supports completed', { criterion: supports }, 'not-assessed'],
    ['c: only a counter completed and passed', { criterion: counter }, 'not-assessed'],
    ['c: an indicative failure of a counter is something', { checks: [weak], criterion: counter }, 'inconclusive'],
    [
      'c: an attestation is something',
      { checks: [silent], attempts: [], criterion: { person: ['item'] }, attestations: signed },
      'inconclusive',
    ],
    ['d: the required check passes', {}, 'pass'],
    ['d: it passes and a gap is left', { attempts: [looked, { ...broke, id: 'look@camera/2' }] }, 'inconclusive'],
    [
      'd: it passes and an indicative failure is left',
      { checks: [says('c', { verdict: 'pass' }, { verdict: 'fail', strength: 'indicative' })] },
      'inconclusive',
    ],
    ['d: it is stated not-applicable and nothing passes', { checks: [absent] }, 'inconclusive'],
    [
      'd: one is stated not-applicable, another passes',
      {
        checks: [absent, says('d', { verdict: 'pass' })],
        criterion: {
          checks: [
            { check: 'c', as: 'required' },
            { check: 'd', as: 'required' },
          ],
        },
      },
      'pass',
    ],
    [
      'd: one passes, another says nothing',
      {
        checks: [pass, says('d')],
        criterion: {
          checks: [
            { check: 'c', as: 'required' },
            { check: 'd', as: 'required' },
          ],
        },
      },
      'inconclusive',
    ],
    [
      'd: one passes, another was never built',
      {
        criterion: {
          checks: [
            { check: 'c', as: 'required' },
            { check: 'd', as: 'required' },
          ],
        },
      },
      'inconclusive',
    ],
    [
      'd: one passes, another could not tell',
      {
        checks: [pass, says('d', { verdict: 'inconclusive' })],
        criterion: {
          checks: [
            { check: 'c', as: 'required' },
            { check: 'd', as: 'required' },
          ],
        },
      },
      'inconclusive',
    ],
    ["d: a person's item is open", { criterion: { person: ['item'] } }, 'inconclusive'],
    ["d: a person's item is signed", { criterion: { person: ['item'] }, attestations: signed }, 'pass'],
    [
      "d: only one of two persons' items is signed",
      { criterion: { person: ['item', 'other'] }, attestations: signed },
      'inconclusive',
    ],
    [
      'd: nothing but persons, and all signed',
      { criterion: { checks: [], person: ['item'] }, attestations: signed },
      'pass',
    ],
    ['d: a counter passes and a person signed', { criterion: counter, attestations: signed }, 'pass'],
    [
      'd: a counter was never armed',
      { checks: [silent], run: { probes: SCANS }, criterion: counter, attestations: signed },
      'pass',
    ],
    [
      'd: an attempt of a counter broke off',
      { checks: [silent], attempts: [broke], criterion: counter, attestations: signed },
      'inconclusive',
    ],
    [
      'd: an attempt of a counter broke off, and is settled by name',
      {
        checks: [silent],
        attempts: [looked, { ...broke, id: 'look@camera/2' }],
        criterion: counter,
        attestations: [{ settles: ['item', 'c@camera/gap:look'] }],
      },
      'pass',
    ],
    [
      'd: a gap settled by name',
      { attempts: [looked, { ...broke, id: 'look@camera/2' }], attestations: [{ settles: ['c@camera/gap:look'] }] },
      'pass',
    ],
    [
      'd: a gap is not settled by an item',
      { attempts: [looked, { ...broke, id: 'look@camera/2' }], criterion: { person: ['item'] }, attestations: signed },
      'inconclusive',
    ],
    [
      'd: an indicative failure settled by name, nothing left: attested',
      { checks: [weak], attestations: [{ settles: ['c@camera'] }] },
      'pass',
    ],
    [
      'd: an unbuilt check settled by name',
      { checks: [], attestations: [{ settles: ['c@camera/gap:unbuilt'] }] },
      'pass',
    ],
    [
      'd: persons contradict each other',
      { criterion: { person: ['item'] }, attestations: [{}, { verdict: 'fail' }] },
      'inconclusive',
    ],
    ['d: a declaration is missing', { criterion: { declares: ['channels'] } }, 'inconclusive'],
    [
      'd: the declaration is there, and empty',
      { criterion: { declares: ['channels'] }, component: { declares: { channels: [] } } },
      'pass',
    ],
    ['d: a state was not observed', { criterion: { states: ['operational', 'reset'] } }, 'inconclusive'],
    [
      'd: each state was observed',
      { criterion: { states: ['operational', 'reset'] }, runs: [{}, { id: '20261123T101500Z', state: 'reset' }] },
      'pass',
    ],
    [
      'd: a state in which nothing completed',
      {
        criterion: { states: ['operational', 'reset'] },
        runs: [{}, { id: '20261123T101500Z', state: 'reset', attempts: [] }],
      },
      'inconclusive',
    ],
    ['d: a run that was cut short', { run: { status: 'aborted' } }, 'inconclusive'],
    ['e: the check could not tell', { checks: [unsure] }, 'inconclusive'],
  ])('%s', (_, row, expected) => expect(verdictOf(row)).toBe(expected));
});

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

describe('what a link says', () => {
  test.each<[string, Row, string]>([
    ['control: a pass without it is not enough', { criterion: link({ control: 'required' }) }, 'inconclusive'],
    [
      'control: held',
      { checks: [says('c', { conditions: ['control-held'] })], criterion: link({ control: 'required' }) },
      'pass',
    ],
    [
      'control: not settled by a signature',
      { criterion: link({ control: 'required' }), attestations: [{ settles: ['c@camera'] }] },
      'inconclusive',
    ],
    [
      'control: the genuine image',
      { checks: [says('c', { conditions: ['control-held'] })], criterion: link({ control: 'genuine-image-applied' }) },
      'inconclusive',
    ],
    [
      'class: a failure of another class',
      {
        checks: [says('c', {}, { verdict: 'fail', facets: { class: 'relay' } })],
        criterion: link({ class: ['shell'] }),
      },
      'pass',
    ],
    [
      'class: a failure of this class',
      {
        checks: [says('c', {}, { verdict: 'fail', facets: { class: 'shell' } })],
        criterion: link({ class: ['shell'] }),
      },
      'fail',
    ],
    [
      'class: nothing of this class is nothing',
      { checks: [says('c', { facets: { class: 'relay' } })], criterion: link({ class: ['shell'] }) },
      'not-assessed',
    ],
    [
      'indicativeFor',
      {
        checks: [says('c', {}, { verdict: 'fail', facets: { class: 'content' } })],
        criterion: link({ class: ['shell'], indicativeFor: ['content'] }),
      },
      'inconclusive',
    ],
    [
      'indicativeIn: this state',
      { checks: [fail], criterion: link({ indicativeIn: ['operational'] }) },
      'inconclusive',
    ],
    ['indicativeIn: another state', { checks: [fail], criterion: link({ indicativeIn: ['factory-default'] }) }, 'fail'],
    ['in: a failure in another state', { checks: [fail], criterion: link({ in: ['reconnected'] }) }, 'not-assessed'],
    [
      'action: a failure of another action',
      {
        checks: [says('c', {}, { verdict: 'fail', facets: { action: 'read' } })],
        criterion: link({ action: ['write'] }),
      },
      'pass',
    ],
    [
      'conclusiveWhen: met',
      {
        checks: [says('c', { verdict: 'fail', conditions: ['login-in-clear'] })],
        criterion: link({ fail: 'indicative', conclusiveWhen: 'login-in-clear' }),
      },
      'fail',
    ],
    [
      'conclusiveWhen: not met',
      { checks: [fail], criterion: link({ fail: 'indicative', conclusiveWhen: 'login-in-clear' }) },
      'inconclusive',
    ],
    [
      'conclusiveWhen: met by what is itself indicative',
      {
        checks: [says('c', { verdict: 'fail', strength: 'indicative', conditions: ['login-in-clear'] })],
        criterion: link({ conclusiveWhen: 'login-in-clear' }),
      },
      'inconclusive',
    ],
    [
      'grants: full',
      {
        checks: [says('c', { verdict: 'fail', facets: { grants: 'full' } })],
        criterion: link({ grants: { full: 'conclusive', unknown: 'indicative' } }),
      },
      'fail',
    ],
    [
      'grants: unknown',
      {
        checks: [says('c', { verdict: 'fail', facets: { grants: 'unknown' } })],
        criterion: link({ grants: { full: 'conclusive', unknown: 'indicative' } }),
      },
      'inconclusive',
    ],
    [
      'grants: not said is unknown',
      { checks: [fail], criterion: link({ grants: { full: 'conclusive', unknown: 'indicative' } }) },
      'inconclusive',
    ],
    [
      'grants: change-only stays open',
      {
        checks: [says('c', {}, { verdict: 'fail', facets: { grants: 'change-only' } })],
        criterion: link({ grants: { full: 'conclusive', unknown: 'indicative' } }),
      },
      'inconclusive',
    ],
    [
      'rules: a failure of another rule',
      {
        checks: [says('c', {}, { verdict: 'fail', about: { host: HOST, subject: 'hsts' } })],
        criterion: link({ rules: ['cookie-secure'] }),
      },
      'pass',
    ],
    [
      'want: a failure of what is not wanted',
      {
        checks: [says('c', {}, { verdict: 'fail', about: { host: HOST, subject: 'firmware' } })],
        criterion: link({ want: ['unique'] }),
      },
      'pass',
    ],
    [
      'when: no sink declared, so it is not asked',
      {
        checks: [fail],
        criterion: { ...link({ when: 'events.sink-declared' }), person: ['item'] },
        attestations: signed,
      },
      'pass',
    ],
    [
      'when: a sink declared',
      {
        checks: [fail],
        criterion: link({ when: 'events.sink-declared' }),
        component: { declares: { events: [{ sink: 'syslog' }] } },
      },
      'fail',
    ],
  ])('%s', (_, row, expected) => expect(verdictOf(row)).toBe(expected));

  const still = says('c', { verdict: 'fail', about: { host: HOST, transport: 'tcp', port: 80 } });
  const compared = { ...link({ compare: 'onboarding-to-operational' }), person: ['item'] };
  test('compare: a set-up service that is open after onboarding as well', () => {
    const runs = [{ state: 'onboarding' as const }, { id: '20261123T101500Z' }];
    expect(verdictOf({ checks: [still], criterion: compared, runs, attestations: signed })).toBe('fail');
    expect(verdictOf({ checks: [still], criterion: compared, attestations: signed })).toBe('inconclusive');
  });
});

describe('coverage', () => {
  const scans = [tcpScan([]), udpScan()];
  const tried = (ids: string[]) =>
    attempt({
      probe: 'look',
      port: 22,
      protocol: 'ssh',
      credentials: { list: SEAL, matched: ['v1'], common: ['c1', 'c2', 'c3'], tried: ids },
    });
  const logins = { probes: [...SCANS, armed('look', ['identity', 'login'])] };
  const asked = { coverage: { credentials: { matched: 'all' as const, common: 2 } } };
  test.each<[string, Row, string]>([
    ['tcp: whole', { criterion: { coverage: { tcp: 'all' } }, attempts: [looked, ...scans] }, 'pass'],
    ['tcp: not scanned', { criterion: { coverage: { tcp: 'all' } } }, 'inconclusive'],
    [
      'tcp: settled by name',
      { criterion: { coverage: { tcp: 'all' } }, attestations: [{ settles: ['coverage:tcp'] }] },
      'pass',
    ],
    ['udp: whole', { criterion: { coverage: { udp: 'list' } }, attempts: [looked, ...scans] }, 'pass'],
    [
      'udp: one is silent',
      { criterion: { coverage: { udp: 'list' } }, attempts: [looked, udpScan([], [161])] },
      'inconclusive',
    ],
    ['families: no IPv6 address', { criterion: { coverage: { families: ['ipv4', 'ipv6'] } } }, 'inconclusive'],
    [
      'families: both',
      { criterion: { coverage: { families: ['ipv4', 'ipv6'] } }, component: { addresses: [HOST, 'fd00::1'] } },
      'pass',
    ],
    [
      'credentials: all that were due',
      { criterion: asked, run: logins, attempts: [tried(['v1', 'c1', 'c2'])] },
      'pass',
    ],
    ['credentials: one less', { criterion: asked, run: logins, attempts: [tried(['v1', 'c1'])] }, 'inconclusive'],
    [
      'credentials: one of the vendor missing',
      { criterion: asked, run: logins, attempts: [tried(['c1', 'c2', 'c3'])] },
      'inconclusive',
    ],
    [
      'credentials: they add up over runs',
      {
        criterion: asked,
        run: logins,
        runs: [{ attempts: [tried(['v1', 'c1'])] }, { id: '20261123T101500Z', attempts: [tried(['c2'])] }],
      },
      'pass',
    ],
    ['credentials: nobody tried any', { criterion: asked }, 'inconclusive'],
    [
      'credentials: nothing takes a login, as the check states',
      {
        checks: [absent, says('d')],
        criterion: {
          ...asked,
          checks: [{ check: 'c', as: 'required', grants: { full: 'conclusive' } }],
          person: ['item'],
        },
        attestations: signed,
      },
      'pass',
    ],
    ['capture: nothing shows how long', { criterion: { coverage: { capture: { idle: 'PT1H' } } } }, 'inconclusive'],
  ])('%s', (_, row, expected) => expect(verdictOf(row)).toBe(expected));
});

test('what is missing is named, each in one line', () => {
  const row: Row = {
    checks: [says('c', { about: { host: HOST, transport: 'tcp', port: 22 } })],
    attempts: [looked, { ...broke, id: 'look@camera/2' }],
    criterion: {
      ...link({ control: 'required' }),
      declares: ['interfaces', 'channels'],
      states: ['operational', 'reset'],
      person: ['item'],
      coverage: { tcp: 'all' },
    },
    component: { declares: { interfaces: [{ kind: 'ip' }, { kind: 'bluetooth' }, { kind: 'serial', name: 'J3' }] } },
  };
  expect(missingOf(row)).toEqual([
    'control: c@camera/tcp/22: it passes without the positive control that is asked for',
    'finding: c@camera/gap:look: look could not tell (timeout): no answer in 5 s',
    'declaration: the declaration says nothing of channels',
    'state: not observed in the state reset',
    'coverage: coverage:tcp: not every TCP port is settled in each state and on each address',
    'person: item',
    'person: non-ip:bluetooth',
    'person: non-ip:J3',
  ]);
});

test('a PASS that rests on a declaration says so, and where a verdict comes from', () => {
  const of = (row: Row) => assess(row).criteria[0]!;
  expect(of({}).components[0]!.restsOn).toBeUndefined();
  expect(of({ checks: [says('c', { restsOn: 'declaration' })] }).components[0]!.restsOn).toBe('declaration');
  expect([of({}).basis, of({ criterion: { person: ['item'] }, attestations: signed }).basis]).toEqual([
    'automated',
    'mixed',
  ]);
  expect([
    of({ attempts: [], checks: [silent] }).basis,
    of({ criterion: { checks: [], person: ['item'] }, attestations: signed }).basis,
  ]).toEqual(['none', 'manual']);
  expect(of({}).because).toBe("pass within the stated coverage: 1 required checks, 0 persons' items");
});
