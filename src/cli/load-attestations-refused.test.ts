import * as fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { entry, form, ITEM, lab, PHOTO, type Scene, scene, signed, stranger } from '../../test/kit/signed.ts';
import { SEAL } from '../../test/kit/sketch.ts';
import { loadAttestations } from './load-attestations.ts';

describe('what cannot count is refused, with the line and the reason', () => {
  const two: Scene = { components: ['camera', 'hub'] };
  const bare: Scene = { item: {} };
  const of = (over: object): string => signed(form([entry(over)]));
  const file = (over: object): string => signed(form([entry()], over));

  const TABLE: [name: string, file: () => string, says: RegExp, scene?: Scene][] = [
    [
      'altered after it was signed',
      () => signed(form([entry()]), lab!.privateKey, `${form([entry()])} `),
      /its signature fits none of the listed keys \(The lab, The maker\): it was altered/,
    ],
    [
      'signed by a key that is not listed',
      () => signed(form([entry()]), stranger!.privateKey),
      /signed by a key that is not listed/,
    ],
    ['settling nothing', () => of({ settles: [] }), /line 11: attestations\[0\] \(A\) settles nothing by name/],
    ['a blanket: *', () => of({ settles: ['item', '*'] }), /line 13: .*settles "\*", which is a blanket/],
    ['a blanket: all', () => of({ settles: ['All'] }), /settles "All", which is a blanket/],
    ['a blanket: the criterion', () => of({ settles: ['A'] }), /settles "A", which is a blanket/],
    ['a blanket: another criterion', () => of({ settles: ['B'] }), /settles "B", which is a blanket/],
    ['a blanket: a check', () => of({ settles: ['c'] }), /settles "c", which is a blanket/],
    ['a blanket FAIL', () => of({ settles: ['*'], decision: 'fail' }), /settles "\*", which is a blanket/],
    ['an unknown criterion', () => of({ criterion: 'X' }), /line 9: .*is of a criterion that p does not have/],
    [
      "an unknown person's item",
      () => of({ settles: ['itme'] }),
      /line 12: .*"itme", which is no person's item, finding or coverage of A on camera/,
    ],
    ['an item of another criterion', () => of({ settles: ['label'] }), /"label", which is no person's item/],
    ['coverage that is not asked for', () => of({ settles: ['coverage:udp'] }), /"coverage:udp", which is no/],
    ['a pass of what was found by hand', () => of({ settles: ['found:shell'] }), /only ever a failure/],
    ['found, and not what', () => of({ settles: ['found:'], decision: 'fail' }), /"found:", which is no person's item/],
    ['a date to come', () => of({ when: '2026-11-23T00:00:01Z' }), /line 16: .*after the instant it is judged at/],
    ['a date without a zone', () => of({ when: '2026-11-22T12:00:00' }), /line 16: .*with its zone/],
    ['a key that had ended', () => of({ when: '2026-11-22T23:30:00Z' }), /line 16: .*the key of "The lab" ended at/],
    ['an end before its beginning', () => of({ until: '2026-11-22T11:00:00Z' }), /ends before it begins/],
    [
      'another item',
      () => file({ item: { ...ITEM, serial: '2' } }),
      /line 4: item\.serial is "2", and run 20261122T101500Z is of "1": it speaks of another item/,
    ],
    ['another firmware', () => file({ item: { ...ITEM, firmware: '1.1' } }), /line 5: .*speaks of another firmware/],
    [
      'no firmware',
      () => file({ item: { model: 'C1' } }),
      /line 3: item\.firmware is missing, and run .* is of firmware "1\.0"/,
    ],
    ['no item', () => file({ item: null }), /item\.firmware is missing/],
    ['firmware that the run does not state', () => file({}), /line 3: .*of an item whose model is not stated/, bare],
    [
      'a seal of another run',
      () => file({ runs: [SEAL, 'b'.repeat(64)] }),
      /line 8: runs\[1\] is the seal b{64}, which none of the runs/,
    ],
    ['no seal', () => file({ runs: [] }), /runs is empty/],
    ['a seal twice', () => file({ runs: [SEAL, SEAL] }), /line 8: runs\[1\] is there twice/],
    [
      'the same thing twice',
      () => signed(form([entry(), entry({ settles: ['more', 'item'], who: 'a. tester ' })])),
      /attestations\[1\] \(A\) says the same thing twice: "item", as attestations\[0\]/,
    ],
    ['the same thing twice in one entry', () => of({ settles: ['item', 'item'] }), /says the same thing twice/],
    [
      'the same thing twice, by a name that is spaced',
      () => signed(form([entry(), entry({ who: 'A.  Tes\u200bter' })])),
      /says the same thing twice/,
    ],
    [
      'both ways by one person',
      () => signed(form([entry(), entry({ decision: 'fail' })])),
      /says the same thing twice/,
    ],
    [
      'no component of several',
      () => of({ component: null }),
      /names no component, and the product has camera, hub/,
      two,
    ],
    [
      'a component that is not there',
      () => of({ component: 'hbu' }),
      /line 10: .*"hbu", expected one of camera, hub/,
      two,
    ],
    [
      'a component of what is judged once',
      () => of({ criterion: 'B', settles: ['label'] }),
      /it is judged once: leave it empty/,
    ],
    ['another profile', () => of({ profile: 'q' }), /is for the profile q, and it is judged by p/],
    [
      'no profile where several have it',
      () => of({}),
      /does not say its profile, and 2 of those/,
      { profiles: ['p', 'q'] },
    ],
    ...(['who', 'role', 'when', 'statement'] as const).map((field): (typeof TABLE)[number] => [
      `nothing for ${field}`,
      () => of({ [field]: null }),
      new RegExp(`line \\d+: attestations\\[0\\] \\(A\\) says pass and leaves "${field}" empty`),
    ]),
    ['blanks for who', () => of({ who: '  ' }), /leaves "who" empty/],
    ['no evidence', () => of({ evidence: [] }), /says pass and names no evidence file/],
    ['evidence without a file', () => of({ evidence: [{ file: null }] }), /leaves an evidence file empty/],
    [
      'evidence that is not there',
      () => of({ evidence: [{ file: 'gone.jpg' }] }),
      /line 19: .*"gone\.jpg", and there is no such file/,
    ],
    ['evidence that is empty', () => of({ evidence: [{ file: 'empty.jpg' }] }), /which is empty/],
    ['evidence that is a folder', () => of({ evidence: [{ file: 'folder' }] }), /not a regular file/],
    ['evidence under a file', () => of({ evidence: [{ file: 'photo.jpg/x' }] }), /cannot be read \(ENOTDIR\)/],
    ['evidence with a NUL in its name', () => of({ evidence: [{ file: 'a\0b' }] }), /cannot be read/],
    [
      'evidence from elsewhere',
      () => of({ evidence: [{ file: 'x/../../photo.jpg' }] }),
      /expected a path beside this file or below/,
    ],
    ['evidence by an absolute path', () => of({ evidence: [{ file: '/etc/hostname' }] }), /expected a path beside/],
    [
      'evidence without its digest',
      () => of({ evidence: [{ file: 'photo.jpg' }] }),
      new RegExp(`line 19: .*"photo\\.jpg" without its digest, expected sha256: ${PHOTO}`),
    ],
    [
      'evidence that a link leads to, elsewhere',
      () => of({ evidence: [{ file: 'elsewhere.jpg', sha256: PHOTO }] }),
      /a symbolic link to elsewhere/,
    ],
    ['nobody who can be seen', () => of({ who: '\u200b\u2060' }), /is nobody's name/],
    ['before its run ended', () => of({ when: '2026-11-22T10:14:59Z' }), /line 16: .*which the form names, ended at/],
    [
      'evidence with another digest',
      () => of({ evidence: [{ file: 'photo.jpg', sha256: SEAL }] }),
      /line 20: .*another SHA-256 than it has/,
    ],
    ['an unknown word', () => of({ decison: 'pass' }), /has an unknown key "decison"/],
    ['a decision that is none', () => of({ decision: 'ok' }), /expected "pass" or "fail"/],
    ['a newer form', () => file({ schema: 2 }), /line 1: schema is 2, expected 1/],
    ['a key given twice', () => signed(`${form([entry()])}schema: 1\n`), /line \d+: .*unique/],
    ['no YAML', () => signed('{'), /line/],
  ];
  test.each(TABLE)('%s', (_, written, says, what) => {
    const path = written();
    expect(() => loadAttestations(path, scene(what).held)).toThrow(
      expect.objectContaining({ name: 'BadFile', file: path, message: expect.stringMatching(says) }),
    );
  });

  test('unsigned', () => {
    const path = signed(form([entry()]));
    fs.rmSync(`${path}.sig`);
    expect(() => loadAttestations(path, scene().held)).toThrow(
      /it is not signed: there is no "attestations-\d+\.yaml\.sig"/,
    );
    fs.writeFileSync(`${path}.sig`, Buffer.alloc(1 << 20));
    expect(() => loadAttestations(path, scene().held)).toThrow(/at most 16384 are read/);
  });

  test('what is open over several runs, of which the form names one', () => {
    const { held } = scene();
    const [{ run }] = held.runs as [(typeof held.runs)[number]];
    const later = { ...held.runs[0]!, run: { ...run, id: '20261122T120000Z' }, seal: 'b'.repeat(64) };
    const runs = [...held.runs, later];
    const path = of({ settles: ['item', 'coverage:tcp'] });
    expect(() => loadAttestations(path, { ...held, runs })).toThrow(
      /line 13: .*settles "coverage:tcp", which is of a run that the form does not name/,
    );
    expect(loadAttestations(file({ runs: [SEAL, later.seal] }), { ...held, runs })).toHaveLength(1);
  });
});
