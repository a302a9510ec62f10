import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSealed } from '../src/cli/assess.ts';
import {
  crosswalkRows,
  lintCrosswalk,
  loadCrosswalk,
  mappingsOf,
  shippedCrosswalks,
} from '../src/cli/load-crosswalk.ts';
import { packageRoot } from '../src/cli/load-profile.ts';
import { readProfiles } from '../src/cli/profiles.ts';
import { defineCheck, type FindingDraft } from '../src/judge/check.ts';
import { catalogue, checks } from '../src/judge/checks/index.ts';
import { judge } from '../src/judge/judge.ts';
import type { CrosswalkRow, ReadAs } from '../src/model/crosswalk.ts';
import type { Attestation } from '../src/model/person.ts';
import type { Profile } from '../src/model/profile.ts';
import type { Run } from '../src/model/run.ts';
import { keptFolder } from './kept-runs.ts';

const [cta, ul, bsa] = readProfiles(['cta-2088-a', 'ul-mcv-1376', 'bsa-framework']).map(({ profile }) => profile) as [
  Profile,
  Profile,
  Profile,
];
const [a, b] = [loadCrosswalk('cta-pilot-annex-a'), loadCrosswalk('cta-pilot-annex-b')];
const all = [...a.rows, ...b.rows];
const of = (profile: Profile, id: string) => profile.criteria.find((criterion) => criterion.id === id)!;

const tally = (values: readonly (string | undefined)[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value ?? 'blank'] = (counts[value ?? 'blank'] ?? 0) + 1;
  return counts;
};

describe('the profiles of schemes', () => {
  it('have the elements that the annexes name, each of them and no more', () => {
    expect([cta, ul, bsa].map(({ criteria }) => criteria.length)).toEqual([16, 13, 26]);
    const named = (id: string) =>
      new Set(
        all.flatMap(({ references }) => references.filter(({ profile }) => profile === id)).map((r) => r.element),
      );
    for (const profile of [cta, ul, bsa])
      expect(new Set(profile.criteria.map(({ id }) => id))).toEqual(named(profile.profile));
    expect([cta, ul, bsa].map(({ profile, edition }) => [profile, edition])).toEqual([
      ['cta-2088-a', 'CTA-2088-A'],
      ['ul-mcv-1376', 'UL MCV 1376 (the annex prints no year)'],
      ['bsa-framework', '1.1'],
    ]);
  });

  it('only recommend where the annex says that the element recommends', () => {
    const should = [cta, ul, bsa].flatMap(({ criteria }) => criteria.filter(({ level }) => level === 'should'));
    expect(should.map(({ id }) => id)).toEqual(['5.1', 'SA-001', 'SA-004', 'DI-004', 'PAT-004']);
    // 5.6 requires one half and recommends the other.
    expect([of(cta, '5.6').level, of(cta, '5.6').reading]).toEqual([
      'must',
      'Only the checking of input is required; what is said of output is a recommendation.',
    ]);
  });

  it('leave documents to persons, and say of each element who sees it, and what would settle it', () => {
    const criteria = [cta, ul, bsa].flatMap((profile) =>
      profile.criteria.map((c) => ({ ...c, words: profile.persons! })),
    );
    const documents = criteria.filter(({ kind }) => kind === 'non-technical');
    expect(documents.map(({ id }) => id)).toEqual([
      'REP-001',
      'PD-COLL',
      'PD-EOL',
      'PD-VMGMT',
      ...bsa.criteria.map(({ id }) => id),
    ]);
    expect(documents.filter(({ quantifier, checks: links }) => quantifier !== 'developer' || links.length > 0)).toEqual(
      [],
    );
    for (const { id, text, reach, evidence, person, words, heading, declares, kind } of criteria) {
      expect([id, text?.length, reach?.why.length, evidence?.length, heading]).not.toContain(undefined);
      expect([id, (evidence ?? []).length > 0, heading]).toEqual([id, true, false]);
      expect([id, person.length > 0, person.filter((item) => words[item] === undefined)]).toEqual([id, true, []]);
      expect([id, kind === 'non-technical' || declares.length > 0]).toEqual([id, true]);
    }
    for (const { criteria: own, persons } of [cta, ul, bsa])
      expect(Object.keys(persons!).filter((item) => !own.some(({ person }) => person.includes(item)))).toEqual([]);
  });

  it('link checks of their own for the eight that are concrete enough, and for no other', () => {
    const direct = [cta, ul, bsa].flatMap(({ criteria }) => criteria.filter(({ checks: links }) => links.length > 0));
    expect(direct.map(({ id, reach }) => [id, reach!.can])).toEqual(
      ['5.2.3', 'SA-002', 'SA-005', 'SWU-AUTO', 'SWU-AUT', 'DC-NDK', 'CS-XMIT', 'PD-DEVID'].map((id) => [id, 'decide']),
    );
    const required = (profile: Profile, id: string) =>
      of(profile, id)
        .checks.filter(({ as }) => as === 'required')
        .map(({ check }) => check);
    expect(required(ul, 'SWU-AUT')).toEqual(['update-tampered-rejected', 'update-rollback-rejected']);
    expect(of(ul, 'PD-DEVID').checks[0]!.want).toEqual(['unique', 'model', 'firmware']);
    expect(required(cta, 'SA-005')).toEqual(['default-credentials-change-forced', 'default-credentials-rejected']);
    expect(required(ul, 'CS-XMIT')).toHaveLength(8);
    const known = catalogue.map(({ id }) => id);
    expect(direct.flatMap(({ checks: links }) => links).filter(({ check }) => !known.includes(check))).toEqual([]);
  });
});

/** CRITERIA B.2, the bold cells: what a verdict of one side forces on the other. */
const BOLD: Readonly<Record<'to focal' | 'to reference', Readonly<Record<'pass' | 'fail', readonly ReadAs[]>>>> = {
  'to focal': { pass: ['equal', 'subset of'], fail: ['equal', 'superset of'] },
  'to reference': { pass: ['equal'], fail: ['equal', 'subset of'] },
};

/** CRITERIA B.5: row, as printed, as read. */
const READ: readonly (readonly [string, ReadAs, ReadAs])[] = [
  ['A-002', 'equal', 'superset of'],
  ['A-005', 'equal', 'intersects with'],
  ['A-008', 'equal', 'intersects with'],
  ['A-009', 'equal', 'intersects with'],
  ['A-010', 'equal', 'subset of'],
  ['A-013', 'equal', 'intersects with'],
  ['A-014', 'subset of', 'subset of'],
  ['A-015', 'equal', 'intersects with'],
  ['A-016', 'equal', 'superset of'],
  ['A-018', 'equal', 'intersects with'],
  ['A-019', 'subset of', 'intersects with'],
  ['A-020', 'equal', 'intersects with'],
  ['A-021', 'equal', 'intersects with'],
  ['A-022', 'equal', 'superset of'],
  ['A-024', 'subset of', 'subset of'],
  ['A-025', 'equal', 'subset of'],
  ['A-027', 'superset of', 'superset of'],
  ['B-002', 'subset of', 'subset of'],
  ['B-003', 'superset of', 'intersects with'],
  ['B-005', 'subset of', 'intersects with'],
  ['B-008', 'equal', 'superset of'],
  ['B-009', 'subset of', 'subset of'],
  ['B-011', 'subset of', 'none'],
  ['B-012', 'subset of', 'intersects with'],
  ['B-013', 'subset of', 'subset of'],
  ['B-014', 'subset of', 'intersects with'],
  ['B-015', 'subset of', 'intersects with'],
  ['B-023', 'equal', 'intersects with'],
  ['B-024', 'subset of', 'intersects with'],
];

describe('the crosswalks of the pilot', () => {
  it('have the rows that were printed, in order, with what they say and leave blank', () => {
    expect(shippedCrosswalks()).toEqual([a.crosswalk, b.crosswalk]);
    expect(a.rows.map(({ row }) => row)).toEqual(a.rows.map((_, i) => `A-${String(i + 1).padStart(3, '0')}`));
    expect(b.rows.map(({ row }) => row)).toEqual(b.rows.map((_, i) => `B-${String(i + 1).padStart(3, '0')}`));
    expect(crosswalkRows()).toEqual([
      { id: 'cta-pilot-annex-a', title: a.title, rows: 81, fulfilled: { yes: 38, no: 26, notStated: 17 } },
      { id: 'cta-pilot-annex-b', title: b.title, rows: 80, fulfilled: { yes: 20, no: 4, notStated: 56 } },
    ]);
    expect(tally(a.rows.map(({ relationship }) => relationship))).toEqual({
      blank: 23,
      equal: 26,
      'subset of': 12,
      'superset of': 11,
      'intersects with': 5,
      'not related to': 4,
    });
    expect(tally(b.rows.map(({ relationship }) => relationship))).toEqual({
      blank: 56,
      'subset of': 19,
      equal: 2,
      'intersects with': 2,
      'superset of': 1,
    });
    expect(tally(a.rows.map(({ rationale }) => rationale))).toEqual({
      blank: 25,
      semantic: 32,
      functional: 22,
      syntactic: 2,
    });
    expect(tally(b.rows.map(({ rationale }) => rationale))).toEqual({ blank: 56, semantic: 24 });
    expect([a, b].map(({ rows }) => rows.filter(({ comment }) => comment !== undefined).length)).toEqual([35, 5]);
    expect(all.filter((row) => row.references.length > 0 !== (row.printed !== undefined))).toEqual([]);
  });

  it('keep every flag of what is garbled in print, and mend nothing', () => {
    expect(tally(a.rows.flatMap(({ issues }) => issues))).toEqual({
      'family-heading': 10,
      'rationale-empty': 9,
      'relationship-empty': 7,
      'split-by-page-break (re-joined)': 6,
      'blank-mapping': 6,
      'relationship-without-reference': 2,
      'description-dehyphenated (thirdparty)': 2,
      'comment-garbled (Section 5.24 probably 5.2.4)': 1,
      'reference-garbled (VM3.-4 -> VM.3-4)': 1,
      'reference-mis-tagged ([BSA] for CTA-2088)': 1,
      'fulfilled-empty': 1,
    });
    expect(tally(b.rows.flatMap(({ issues }) => issues))).toEqual({
      'blank-mapping': 45,
      'relationship-case-normalised': 20,
      'family-heading': 10,
      'split-by-page-break (re-joined)': 6,
      'duplicate-of B-044': 4,
      'reference-tag-variant': 3,
      'duplicate-of B-019': 2,
      'rationale-empty': 1,
      'relationship-empty': 1,
      'reference-garbled (SM - ERASE -> SM-ERASE)': 1,
      'comment copied from annex A (cites CTA-2088-A 5.8 in a UL row)': 1,
      'fulfilled-empty': 1,
      'duplicate-of B-014': 1,
      'duplicate-of B-055': 1,
      'duplicate-of B-063': 1,
    });
    const printed = (id: string) => all.find(({ row }) => row === id)!.printed;
    expect(printed('A-053')).toBe('[BSA] VM3.-4');
    expect(printed('A-079')).toBe('[BSA] CTA-2088 REP-001');
    expect(printed('B-008')).toContain('SM - ERASE');
    expect(a.rows.find(({ row }) => row === 'A-022')!.comment).toBe('See also Section 5.24 Web Services');
  });

  it('are read as the table of the technical rows says, and no other row is', () => {
    const read = (row: CrosswalkRow) => row.readBy !== undefined;
    expect(all.filter(read).map(({ row, relationship, readAs }) => [row, relationship, readAs])).toEqual(READ);
    expect(all.filter((row) => !read(row) && row.readAs !== 'none')).toEqual([]);
    for (const { why, readBy, readAt } of all.filter(read))
      expect([why!.length > 0, readBy, readAt]).toEqual([
        true,
        'Probity, default reading; not yet confirmed by a person with the standards',
        '2026-11-22',
      ]);
    expect(all.filter(({ namesIssues }) => namesIssues.length > 0).map(({ row }) => row)).toEqual(['A-022', 'B-008']);
  });

  it('carry 7 PASS and 5 FAIL to the criteria, 6 FAIL to the schemes, and no PASS to a scheme', () => {
    const carrying = (to: keyof typeof BOLD, verdict: 'pass' | 'fail') =>
      all
        .filter(({ relationship, readAs }) =>
          [relationship, readAs].every((one) => one !== undefined && BOLD[to][verdict].includes(one)),
        )
        // A FAIL that lands on several joint elements says not on which.
        .filter(({ references }) => to === 'to focal' || references.length === 1)
        .map(({ row }) => row);
    expect(carrying('to focal', 'pass')).toEqual(['A-010', 'A-014', 'A-024', 'A-025', 'B-002', 'B-009', 'B-013']);
    expect(carrying('to focal', 'fail')).toEqual(['A-002', 'A-016', 'A-022', 'A-027', 'B-008']);
    expect(carrying('to reference', 'fail')).toEqual(['A-010', 'A-014', 'A-024', 'A-025', 'B-002', 'B-009']);
    expect(carrying('to reference', 'pass')).toEqual([]);
  });

  it('name joint elements, groups, and the components that a comment speaks of', () => {
    const joint = all.filter(({ references }) => references.length > 1);
    expect(joint.map(({ row, group, references }) => [row, group, references.length])).toEqual([
      ['B-011', 'IAC-1:G1', 3],
      ['B-012', 'IAC-1a:G1', 3],
      ['B-013', 'IAC-1b:G1', 3],
      ['B-014', 'IAC-1c:G1', 3],
      ['B-015', 'IAC-1c:G1', 3],
      ['B-024', 'SU-2:G1', 2],
    ]);
    expect(tally(a.rows.flatMap(({ group }) => group ?? []))).toEqual({ 'DOC-1f.ii:G1': 5, 'DOC-1g.v:G1': 2 });
    expect([a.component, b.component]).toEqual(['device', 'device']);
    expect(
      all.filter(({ component }) => component !== undefined).map(({ row, component }) => [row, component]),
    ).toEqual([
      ['A-003', 'app'],
      ['A-006', 'app'],
      ['A-008', 'app'],
      ['A-009', 'app'],
      ['B-003', 'cloud, software'],
      ['B-006', 'app'],
      ['B-008', 'app'],
    ]);
  });

  it('contradict themselves in B-011 alone, which stays blank', () => {
    expect(lintCrosswalk(a)).toEqual([]);
    expect(lintCrosswalk(b)).toEqual([
      { row: 'B-011', says: 'it is printed "subset of", and Fulfilled is not stated, where Y is due' },
    ]);
    expect(b.rows.find(({ row }) => row === 'B-011')).not.toHaveProperty('fulfilled');
    // Filled in but for this: nothing is mapped, so that nothing is due.
    expect(a.rows.find(({ row }) => row === 'A-081')).not.toHaveProperty('fulfilled');
  });

  it('are found from both ends', () => {
    expect(mappingsOf('SU-1', 'nist-consumer-iot-2022')).toEqual([
      {
        crosswalk: 'cta-pilot-annex-a',
        row: 'A-024',
        direction: 'from',
        other: 'cta-2088-a 5.9',
        relationship: 'subset of',
        readAs: 'subset of',
        fulfilled: 'Y',
      },
      {
        crosswalk: 'cta-pilot-annex-b',
        row: 'B-023',
        direction: 'from',
        other: 'ul-mcv-1376 SWU-AUT',
        relationship: 'equal',
        readAs: 'intersects with',
        fulfilled: 'Y',
      },
    ]);
    expect(mappingsOf('DC-PWD', 'ul-mcv-1376').map(({ row, direction, other }) => [row, direction, other])[1]).toEqual([
      'B-012',
      'to',
      'nist-consumer-iot-2022 IAC-1a (jointly with DC-NDK, SM-AUTH)',
    ]);
    expect(mappingsOf('AI-2', 'nist-consumer-iot-2022')[0]).toEqual({
      crosswalk: 'cta-pilot-annex-a',
      row: 'A-003',
      direction: 'from',
      other: 'no reference element',
      readAs: 'none',
      fulfilled: 'N',
    });
    expect(mappingsOf('SU-1', 'ul-mcv-1376')).toEqual([]);
  });
});

/** Six words in a row out of the middle of each description in the annexes, by the first half of their SHA-256's hexadecimal. */
const THEIRS = `
  bcd98ebd56982872 be52febb74a1e9a6 f59d1c8edb07239b fabb8143f81b1da1 fb68c221c5cfc84d 9ca1369180b74d1c bdb7cdfd100f0f2b
  e33853fbe3848e76 b2671fde286084bc a39cece028bc2a74 66aa755663bf74dc ebda0bacde2b427d 93fd16362aa356a9 f6d1c7192ae75435
  561866051c0be617 d495796fe498c813 77c2d992068b2bb8 b0cef536bffd1498 f657aeeace0877fc 159beb5871650a87 32131fdac1288f85
  3af6cecfe72b3398 3fa5928944e88096 0dc9dc5705fb6a1c b9f63ddf4bf66306 fcd0a114060ffe50 059b26e40ce03512 5e424d2bae62f35d
  87820e4b9dbefdce cd761b857779546c e8e696da668930f9 90833a632041a3da b6abdab4e83ea486 1d36fc6e2b03391b d9cc74602935c75b
  8938abd590b95a6d 097066752e7b7ee1 7d5b6cec62188d71 b69d618aae92d5df 5482a0aa03b79a67 9acbd56a4938a8e7 66c07c88e660844e
  98960b938e1985f1 696c844820f724d9 a9ea40394a177133 0fdad9463c3f7543 ed1b9aa777e23aa3 efb45a658fd476b4 93a2d26981b89e69
  9cefbc1b4c3bcd76 8701c0f5f1e3b7a6 93405211b157b893 d97d4fbb082404d8 f35ab1d85a297ce4 aee5839fdbe96542
`
  .trim()
  .split(/\s+/);

describe('the words of standards under copyright', () => {
  it.each(
    ['profiles', 'profiles/crosswalks'].flatMap((folder) =>
      readdirSync(join(packageRoot(), folder))
        .filter((name) => /^(cta|ul|bsa)-.*\.yaml$/.test(name))
        .map((name) => `${folder}/${name}`),
    ),
  )('are not in %s', (file) => {
    const words = readFileSync(join(packageRoot(), file), 'utf8')
      .toLowerCase()
      .match(/[a-z0-9]+/g)!;
    const sixes = words.slice(5).map((_, at) => words.slice(at, at + 6).join(' '));
    const theirs = new Set(THEIRS);
    expect(sixes.filter((six) => theirs.has(createHash('sha256').update(six).digest('hex').slice(0, 16)))).toEqual([]);
  });
});

const JUDGED_AT = '2026-12-01T00:00:00.000Z';
const kept = (name: string) => readSealed(join(keptFolder(name), 'run'));

/** What an assessor would say of the direct elements: seen once, in operation, with a maker's declaration and no person. */
const VERDICTS = {
  'weak-camera': {
    '5.2.3': 'fail', // ADB gives a shell to anyone
    'SA-002': 'fail', // so it does for administration, and the backup holds the passwords
    'SA-005': 'fail', // a listed default does everything, in operation
    'DC-NDK': 'fail',
    'CS-XMIT': 'fail', // Telnet, HTTP and RTSP in the clear, TLS 1.0
    'SWU-AUT': 'inconclusive', // unsigned; but nobody saw the camera itself take such an image
    'SWU-AUTO': 'not-assessed', // nobody captured
    'PD-DEVID': 'inconclusive', // nothing was told without a login; a label may bear it
  },
  'sound-gateway': {
    '5.2.3': 'inconclusive', // seen in operation only, and the login form was not tried
    'SA-002': 'inconclusive',
    'SA-005': 'inconclusive',
    'DC-NDK': 'inconclusive', // one sample only
    'CS-XMIT': 'inconclusive', // what it serves is sound; what it sends was not captured
    'SWU-AUT': 'not-assessed', // signed by the maker, and nothing tampered was offered
    'SWU-AUTO': 'not-assessed',
    'PD-DEVID': 'inconclusive',
  },
} as const;

describe.each((['weak-camera', 'sound-gateway'] as const).map((name) => [name] as const))(
  'the kept run of %s, by the schemes',
  (name) => {
    const { run, seal } = kept(name);
    const assessments = [cta, ul, bsa].map((profile) =>
      judge({ runs: [{ run, seal }], profile, checks, catalogue, judgedAt: JUDGED_AT, others: [] }),
    );

    it('says of the direct elements what an assessor would', () => {
      const verdicts = assessments
        .flatMap(({ criteria }) => criteria)
        .filter(({ id }) => id in VERDICTS[name])
        .map(({ id, verdict }) => [id, verdict]);
      expect(Object.fromEntries(verdicts)).toEqual(VERDICTS[name]);
    });

    it('leaves all others to a person', () => {
      const others = assessments.flatMap(({ criteria }) => criteria).filter(({ id }) => !(id in VERDICTS[name]));
      expect(tally(others.map(({ verdict }) => verdict))).toEqual({ 'not-assessed': 47 });
      expect(assessments.map(({ verdict }) => verdict)).toEqual([
        name === 'weak-camera' ? 'fail' : 'inconclusive',
        name === 'weak-camera' ? 'fail' : 'inconclusive',
        'not-assessed',
      ]);
    });
  },
);

/** A check that says one thing of the gateway, whatever it sees. */
const saying = (id: string, ...drafts: Partial<FindingDraft>[]) =>
  defineCheck({
    id,
    version: '1.0.0',
    title: id,
    theme: 'update',
    needs: ['service'],
    *judge({ seen }) {
      const basis = seen.services().map(({ service }) => service.id);
      for (const draft of drafts.length === 0 ? [{}] : drafts)
        yield { verdict: 'pass', because: id, expected: id, basis, ...draft } as FindingDraft;
    },
  });

const CONTROL = { conditions: ['genuine-image-applied'] };

describe('a direct element of UL MCV 1376', () => {
  const { run, seal } = kept('sound-gateway');
  const declared: Run = {
    ...run,
    target: {
      ...run.target,
      components: run.target.components.map((one) => ({
        ...one,
        declares: { ...one.declares, identifiers: ['serial'] },
      })),
    },
  };
  const signed = (id: string, ...settles: string[]): Attestation => ({
    id: `${id}-1`,
    criterion: id,
    settles,
    verdict: 'pass',
    statement: 'examined',
    by: 'An Assessor',
    for: 'lab',
    at: '2026-11-30T00:00:00Z',
    item: run.item,
    seals: [seal],
    evidence: [{ file: 'notes.pdf', sha256: '0'.repeat(64) }],
  });
  const verdictOf = (id: string, own: ReturnType<typeof saying>[], settles: readonly string[]): string => {
    const attestations = [signed(id, ...settles)];
    const given = { runs: [{ run: declared, seal }], profile: ul, checks: own, catalogue, judgedAt: JUDGED_AT };
    return judge({ ...given, attestations }).criteria.find((criterion) => criterion.id === id)!.verdict;
  };
  const tampered = saying('update-tampered-rejected', CONTROL);
  const rollback = saying('update-rollback-rejected', CONTROL);
  const reviewed = ['declaration-reviewed'];
  const shown = [...reviewed, 'identifiers-shown-to-user', 'firmware-version-shown-to-user'];
  const named = (firmware: Partial<FindingDraft>) =>
    saying(
      'device-identifiable',
      ...['unique', 'model'].map((subject) => ({ about: { host: '127.0.0.3', subject } })),
      { about: { host: '127.0.0.3', subject: 'firmware' }, ...firmware },
    );

  it.each<[string, string, ReturnType<typeof saying>[], readonly string[], string]>([
    ['a tampered and an older image refused', 'SWU-AUT', [tampered, rollback], reviewed, 'pass'],
    ['that, and no review of the declaration', 'SWU-AUT', [tampered, rollback], ['other'], 'inconclusive'],
    ['nothing older offered', 'SWU-AUT', [tampered], reviewed, 'inconclusive'],
    ['an older image installed', 'SWU-AUT', [tampered, saying(rollback.id, { verdict: 'fail' })], reviewed, 'fail'],
    [
      'an older image refused by what applies none',
      'SWU-AUT',
      [tampered, saying(rollback.id)],
      reviewed,
      'inconclusive',
    ],
    ['only a signed image', 'SWU-AUT', [saying('update-image-signed')], reviewed, 'inconclusive'],
    ['all of it told', 'PD-DEVID', [named({})], shown, 'pass'],
    ['no version told', 'PD-DEVID', [named({ verdict: 'fail', strength: 'conclusive' })], shown, 'inconclusive'],
    ['all told, and no person asked', 'PD-DEVID', [named({})], reviewed, 'inconclusive'],
    [
      'polling in a capture over the period',
      'SWU-AUTO',
      [saying('update-automatic')],
      [...reviewed, 'update-check-by-default', 'coverage:capture'],
      'pass',
    ],
    [
      'polling, with settings that nobody examined',
      'SWU-AUTO',
      [saying('update-automatic')],
      [...reviewed, 'coverage:capture'],
      'inconclusive',
    ],
  ])('with %s: %s', (_, id, own, settles, verdict) => {
    expect(verdictOf(id, own, settles)).toBe(verdict);
  });
});
