import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fail, says, unsure } from '../../test/kit/case.ts';
import { entry, form, ITEM, lab, maker, PHOTO, type Scene, scene, signed, signers } from '../../test/kit/signed.ts';
import { SEAL } from '../../test/kit/sketch.ts';
import type { Assessment } from '../model/assessment.ts';
import { digestOfText } from './assess.ts';
import { loadAttestations } from './load-attestations.ts';

describe('what is signed by the lab is taken as it stands', () => {
  test('a statement, with the digest of its evidence and of its key', () => {
    const file = signed(form([entry(), { ...entry({ criterion: 'B', settles: ['label'] }), component: null }]));
    const digest = digestOfText(fs.readFileSync(file)).slice(0, 12);
    expect(loadAttestations(file, scene().held)).toEqual([
      {
        id: `${digest}#1`,
        criterion: 'A',
        profile: 'p',
        component: 'camera',
        settles: ['item'],
        verdict: 'pass',
        statement: 'Looked at it.',
        by: 'A. Tester',
        role: 'test engineer',
        for: 'lab',
        at: '2026-11-22T12:00:00Z',
        item: ITEM,
        seals: [SEAL],
        evidence: [{ file: 'photo.jpg', sha256: digestOfText('a photograph') }],
        signedBy: { name: 'The lab', key: signers[0]!.digest },
      },
      expect.objectContaining({ id: `${digest}#2`, criterion: 'B', settles: ['label'] }),
    ]);
  });

  test("who the lab lists as a maker is a maker's, whatever the file says of itself", () => {
    const [one] = loadAttestations(signed(form([entry({ role: 'of the lab' })]), maker!.privateKey), scene().held);
    expect(one).toMatchObject({ for: 'maker', signedBy: { name: 'The maker' } });
  });

  test('an entry without a decision says nothing, however little of it is filled in', () => {
    const blank = { criterion: 'A', settles: ['item'], decision: null, who: null, evidence: [{ file: null }] };
    expect(loadAttestations(signed(form([blank, entry({ settles: ['more'] })])), scene().held)).toHaveLength(1);
    expect(loadAttestations(signed(form([blank], { item: null, runs: [] })), scene().held)).toEqual([]);
  });

  test('evidence by a link that stays beside the form', () => {
    const [one] = loadAttestations(
      signed(form([entry({ evidence: [{ file: 'within.jpg', sha256: PHOTO }] })])),
      scene().held,
    );
    expect(one!.evidence).toEqual([{ file: 'within.jpg', sha256: PHOTO }]);
  });

  test('the only component need not be named; two persons may say the same', () => {
    const both = [entry({ component: null }), entry({ who: 'B. Tester' })];
    expect(loadAttestations(signed(form(both)), scene().held).map(({ component }) => component)).toEqual([
      'camera',
      'camera',
    ]);
  });
});

describe('what a loaded attestation does to the judgement, and no more', () => {
  const settle = (entries: readonly object[], what: Scene = {}, key = lab!.privateKey) => {
    const { held, judged } = scene(what);
    const attestations = loadAttestations(signed(form(entries), key), held);
    const [before, after] = [judged('p'), judged('p', attestations)];
    const missing = (assessment: Assessment, index = 0): string[] =>
      assessment.criteria[index]!.components[0]!.missing.map(({ detail }) => detail.split(': ')[0]!);
    return { before, after, missing, verdicts: after.criteria.map(({ verdict }) => verdict) };
  };

  test("a person's item is settled, and nothing beside it", () => {
    const { before, after, missing, verdicts } = settle([entry()]);
    expect(missing(before)).toEqual(['c@camera', 'coverage:tcp', 'item', 'more']);
    expect(missing(after)).toEqual(['c@camera', 'coverage:tcp', 'more']);
    expect(verdicts).toEqual(['inconclusive', 'not-assessed', 'not-assessed']);
    expect(after.findings).toEqual(before.findings);
    expect(after.criteria.slice(1)).toEqual(before.criteria.slice(1));
  });

  test('each thing by its name comes to a pass', () => {
    const all = entry({ settles: ['item', 'more', 'c@camera', 'coverage:tcp'] });
    const rest = [
      entry({ criterion: 'B', component: null, settles: ['label'] }),
      entry({ criterion: 'D', component: null, settles: ['document'] }),
    ];
    expect(settle([all, ...rest]).verdicts).toEqual(['pass', 'pass', 'pass']);
    expect(settle([all, ...rest], { check: unsure }).verdicts).toEqual(['pass', 'pass', 'pass']);
    expect(settle([all, ...rest], {}, maker!.privateKey).verdicts).toEqual([
      'inconclusive',
      'not-assessed',
      'not-assessed',
    ]);
  });

  test('a conclusive failure stands, also where it is named', () => {
    const all = entry({ settles: ['item', 'more', 'c@camera', 'coverage:tcp'] });
    expect(settle([all], { check: fail }).verdicts[0]).toBe('fail');
  });

  test('a root shell found by hand is a FAIL, whatever else was signed and whatever the probes saw', () => {
    const found = entry({ settles: ['found:root-shell-on-uart'], decision: 'fail', who: 'B. Tester' });
    const { after, verdicts } = settle([entry({ settles: ['item', 'more', 'coverage:tcp'] }), found], {
      check: says('c', { verdict: 'pass' }),
    });
    expect(verdicts[0]).toBe('fail');
    expect(after.criteria[0]!.because).toBe('a person found that it fails: found:root-shell-on-uart');
  });

  test('two persons who contradict each other leave it open', () => {
    const against = entry({ decision: 'fail', who: 'B. Tester' });
    const { after, verdicts } = settle([entry(), against]);
    expect(verdicts[0]).toBe('inconclusive');
    expect(after.criteria[0]!.because).toBe('persons contradict each other: item');
  });
});
