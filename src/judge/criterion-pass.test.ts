import { describe, expect, test } from 'vitest';
import {
  absent,
  broke,
  counter,
  looked,
  pass,
  type Row,
  says,
  signed,
  silent,
  unsure,
  verdictOf,
  weak,
} from '../../test/kit/case.ts';
import { SCANS } from '../../test/kit/sketch.ts';

describe('rule 2, lines d and e', () => {
  test.each<[string, Row, string]>([
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
