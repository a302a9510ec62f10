import { describe, expect, test } from 'vitest';
import {
  type Carrying,
  carried,
  ITEM,
  type Of,
  profileTo,
  row,
  SCHEME,
  verdicts,
  viaOf,
} from '../../test/kit/crosswalk.ts';
import { HOST, target } from '../../test/kit/sketch.ts';
import type { ComponentVerdict } from '../model/assessment.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import { carry } from './carry.ts';

const said = (what: Carrying, id: string) => carried(what).get(id);

describe('components', () => {
  const rows = [row('F', 'equal', 'R')];
  const two = target({
    components: [
      { id: 'a', addresses: [HOST] },
      { id: 'b', addresses: ['198.18.0.11'] },
      { id: 'hub', kind: 'hub', addresses: ['198.18.0.12'] },
    ],
  });

  test.each<[string, Record<string, CriterionVerdict>, CriterionVerdict, string[]]>([
    ['both pass', { a: 'pass', b: 'pass', hub: 'fail' }, 'pass', ['a', 'b']],
    ['one fails, and it alone', { a: 'pass', b: 'fail', hub: 'pass' }, 'fail', ['b']],
    ['one was not judged', { a: 'pass' }, 'inconclusive', ['a', 'b']],
    ['the hub says nothing of them', { hub: 'fail' }, 'not-assessed', ['a', 'b']],
  ])('%s', (_, R, verdict, components) => {
    expect(said({ rows, from: SCHEME, says: { R }, target: two }, 'F')).toMatchObject({ verdict, components });
  });

  test('the verdict on the device, and not the one of the product', () => {
    const app: ComponentVerdict = { component: 'app', verdict: 'fail', findings: [], because: '', missing: [] };
    const camera: ComponentVerdict = { ...app, component: 'camera', verdict: 'pass' };
    const R: Of = { id: 'R', verdict: 'fail', components: [camera, app] };
    expect(said({ rows, from: SCHEME, says: { R } }, 'F')).toMatchObject({ verdict: 'pass', components: ['camera'] });
  });

  test('a product without a device', () => {
    const of = target({ components: [{ id: 'app', kind: 'app' }] });
    expect(said({ rows, from: SCHEME, says: { R: { app: 'pass' } }, target: of }, 'F')).toMatchObject({
      verdict: 'not-assessed',
      components: [],
    });
  });

  test('documents are for a person to compare', () => {
    for (const verdict of ['pass', 'fail'] as const) {
      const documents = { rows, from: SCHEME, says: { R: { developer: verdict } } } as const;
      const onto = { ...documents, criteria: [{ id: 'F', quantifier: 'developer' as const }] };
      const fromDevice = { ...onto, says: { R: verdict } };
      for (const what of [documents, onto, fromDevice])
        expect(said(what, 'F')).toMatchObject({
          verdict: 'inconclusive',
          because: expect.stringContaining('documents'),
        });
    }
  });
});

describe('the same item', () => {
  const rows = [row('F', 'equal', 'R')];
  const what: Carrying = { rows, from: SCHEME, says: { R: 'pass' } };

  test.each<[string, Partial<Carrying>, string]>([
    ['another firmware', { item: { ...ITEM, firmware: '1.1' } }, 'its firmware is "1.0", and here it is "1.1"'],
    ['another hardware', { item: { ...ITEM, hardware: 'C' } }, 'its hardware'],
    ['another model', { item: { ...ITEM, model: 'C2' } }, 'its model'],
    ['another product', { given: { product: 'Doorbell' } }, 'its product'],
    ['no firmware here', { item: { ...ITEM, firmware: undefined } }, 'here it is not stated'],
    ['no hardware there', { given: { item: { model: 'C1', firmware: '1.0' } } }, 'its hardware is not stated'],
    [
      'no firmware at all',
      { item: { model: 'C1', hardware: 'B' }, given: { item: { model: 'C1', hardware: 'B' } } },
      'no firmware is stated',
    ],
    [
      'no hardware at all',
      { item: { model: 'C1', firmware: '1.0' }, given: { item: { model: 'C1', firmware: '1.0' } } },
      'no hardware is stated',
    ],
    [
      'neither product nor model',
      {
        target: target({ product: undefined }),
        item: { hardware: 'B', firmware: '1.0' },
        given: { product: undefined, item: { hardware: 'B', firmware: '1.0' } },
      },
      'neither product nor model',
    ],
    ['not dated', { source: { judgedAt: '' } }, 'not dated'],
  ])('%s: nothing carries', (_, over, why) => {
    expect(said({ ...what, ...over }, 'F')).toMatchObject({
      verdict: 'not-assessed',
      because: expect.stringContaining(why),
      conflicts: [],
    });
  });

  test('another sample of it, or a product known by its model alone', () => {
    expect(verdicts({ ...what, item: { ...ITEM, serial: '2' } })).toEqual({ F: 'pass' });
    expect(verdicts({ ...what, target: target({ product: undefined }), given: { product: undefined } })).toEqual({
      F: 'pass',
    });
  });

  test('a sealed run that both were judged on is proof', () => {
    const bare = { ...what, item: {}, target: target({ product: undefined }), given: { item: {}, product: undefined } };
    const on = (seal: string) =>
      carry(viaOf(bare), { profile: profileTo(bare), target: bare.target, item: {}, runs: [{}, { seal }] }).get('F')!
        .verdict;
    expect(on('c'.repeat(64))).toBe('pass');
    expect(on('d'.repeat(64))).toBe('not-assessed');
  });
});
