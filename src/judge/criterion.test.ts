import { describe, expect, test } from 'vitest';
import {
  absent,
  assess,
  broke,
  counter,
  fail,
  link,
  looked,
  missingOf,
  type Row,
  says,
  signed,
  silent,
  supports,
  verdictOf,
  weak,
} from '../../test/kit/case.ts';
import { HOST } from '../../test/kit/sketch.ts';

describe('rule 2, lines a to c', () => {
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
    [
      'b: claimed, and a counter states the absence',
      {
        checks: [absent],
        claim: { why: 'none', acceptedBy: 'lab' },
        criterion: { ...counter, notApplicable: { when: 'stated' } },
      },
      'not-applicable',
    ],
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
