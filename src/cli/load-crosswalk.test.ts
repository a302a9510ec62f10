import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Crosswalk } from '../model/crosswalk.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import { findCrosswalk, lintCrosswalk, loadCrosswalk, parseCrosswalk } from './load-crosswalk.ts';
import { BadFile } from './load-yaml.ts';

/** A profile of which only the ids of its elements are looked at. */
const profile = (id: string, ...elements: string[]): Profile => ({
  profile: id,
  title: id,
  edition: '1',
  decisionRule: 'verdict-fold/1',
  criteria: elements.map((element) => ({ id: element, title: element }) as Criterion),
});
const PROFILES = [profile('focal', 'F-1', 'F-2'), profile('scheme', 'R-1', 'R-2'), profile('other', 'O-1')];
const profiles = (id: string): Profile => {
  const found = PROFILES.find((one) => one.profile === id);
  if (found === undefined) throw new BadFile(id, 'there is no such profile');
  return found;
};

const HEAD = `crosswalk: c
title: C
edition: "1"
source: nowhere
focal: focal
references: [scheme]
component: device
rows:
`;
/** One row, its first line being line 9 of the file; `lines` replace or add to what a sound row says. */
const row = (lines: Readonly<Record<string, string | undefined>> = {}): string =>
  Object.entries({
    row: 'R1',
    focal: 'F-1',
    rationale: 'semantic',
    relationship: 'equal',
    references: '[{ profile: scheme, element: R-1 }]',
    fulfilled: 'Y',
    readAs: 'equal',
    readBy: 'A. Reader',
    readAt: '2026-11-22',
    ...lines,
  })
    .filter(([, value]) => value !== undefined)
    .map(([key, value], at) => `${at === 0 ? '  - ' : '    '}${key}: ${value}\n`)
    .join('');
const parse = (...rows: string[]): Crosswalk => parseCrosswalk(HEAD + rows.join(''), 'c.yaml', profiles);
const says = (...rows: string[]): string => {
  try {
    parse(...rows);
  } catch (error) {
    if (error instanceof BadFile) return error.message;
    throw error;
  }
  return 'nothing';
};

describe('a crosswalk', () => {
  it('is read as it stands; what is blank is absent, and unread rows are `none`', () => {
    const [first, second] = parse(row(), '  - row: R2\n    focal: F-2\n').rows;
    expect(first).toEqual({
      row: 'R1',
      focal: 'F-1',
      rationale: 'semantic',
      relationship: 'equal',
      references: [{ profile: 'scheme', element: 'R-1' }],
      fulfilled: 'Y',
      issues: [],
      readAs: 'equal',
      readBy: 'A. Reader',
      readAt: '2026-11-22',
      namesIssues: [],
    });
    expect(second).toEqual({
      row: 'R2',
      focal: 'F-2',
      references: [],
      issues: [],
      readAs: 'none',
      namesIssues: [],
    });
  });

  const garbled = '"reference-garbled (R1 -> R-1)"';
  const copied = '"comment copied from elsewhere"';
  it.each([
    ['read as equal where subset of is printed: it changes nothing', { relationship: 'subset of' }],
    ['read as less than printed', { readAs: 'superset of' }],
    ['read as what carries nothing, without a rationale', { rationale: undefined, readAs: 'intersects with' }],
    ['read as not related, syntactic', { rationale: 'syntactic', readAs: 'not related to' }],
    ['intersecting, read so', { relationship: 'intersects with', readAs: 'intersects with' }],
    ['unread, with nothing in it', { rationale: undefined, relationship: undefined, references: '[]', readAs: 'none' }],
    ['garbled, and the review names it', { issues: `[${garbled}]`, namesIssues: `[${garbled}]` }],
    [
      'garbled twice, and read as what carries nothing',
      { issues: `[${garbled}, ${copied}]`, readAs: 'intersects with' },
    ],
    ['with a tag that is spelt another way', { issues: '["reference-tag-variant"]' }],
    ['with a flag about something else', { issues: '["relationship-case-normalised", "split-by-page-break"]' }],
    ['unread, without a reader', { readAs: undefined, readBy: undefined, readAt: undefined }],
  ])('may have a row %s', (_, lines) => {
    expect(says(row(lines))).toBe('nothing');
  });

  const bar = (line: number, why: string, readAs = 'equal') =>
    `Cannot read "c.yaml": line ${line}: row R1: it may not be read as "${readAs}": ${why}`;
  it.each<[string, Readonly<Record<string, string | undefined>>, string]>([
    ['a blank rationale', { rationale: undefined }, bar(14, 'its rationale is blank')],
    ['a syntactic one', { rationale: 'syntactic' }, bar(15, 'its rationale is syntactic')],
    [
      'a syntactic one, read as superset of',
      { rationale: 'syntactic', readAs: 'superset of' },
      bar(15, 'its rationale is syntactic', 'superset of'),
    ],
    ['a blank relationship', { relationship: undefined }, bar(14, 'its relationship is blank')],
    ['an intersection', { relationship: 'intersects with' }, bar(15, 'it is printed "intersects with"')],
    [
      'no relation',
      { relationship: 'not related to', readAs: 'subset of' },
      bar(15, 'it is printed "not related to"', 'subset of'),
    ],
    ['no reference element', { references: '[]' }, bar(15, 'it has no reference element')],
    [
      'a garbled reference that the review does not name',
      { issues: `[${garbled}]` },
      bar(15, 'the review does not name its issue "reference-garbled (R1 -> R-1)" (namesIssues)'),
    ],
    [
      'two flags, of which the review names one',
      { issues: `[${garbled}, ${copied}]`, namesIssues: `[${garbled}]` },
      bar(15, 'the review does not name its issue "comment copied from elsewhere" (namesIssues)'),
    ],
    [
      'a flag of a reference that nobody has heard of',
      { issues: '["reference-smudged"]' },
      bar(15, 'the review does not name its issue "reference-smudged" (namesIssues)'),
    ],
    [
      'no reader',
      { readBy: undefined },
      'Cannot read "c.yaml": line 15: row R1: it is read as "equal", and readBy is missing',
    ],
    [
      'no date of the reading',
      { readAt: undefined, readAs: 'intersects with' },
      'Cannot read "c.yaml": line 15: row R1: it is read as "intersects with", and readAt is missing',
    ],
    [
      'a name of an issue that it has not',
      { issues: `[${garbled}]`, namesIssues: '[garbled]' },
      'Cannot read "c.yaml": line 19: row R1: it has no issue "garbled" to name',
    ],
    ['an unknown focal element', { focal: 'F-9' }, 'Cannot read "c.yaml": line 10: row R1: focal has no element "F-9"'],
    [
      'an unknown reference element',
      { references: '[{ profile: scheme, element: R-9 }]' },
      'Cannot read "c.yaml": line 13: row R1: scheme has no element "R-9"',
    ],
    [
      'an element of a profile that is not among the references',
      { references: '[{ profile: other, element: O-1 }]' },
      'Cannot read "c.yaml": line 13: row R1: "other" is not among the references above',
    ],
    [
      'an element twice',
      { references: '[{ profile: scheme, element: R-1 }, { profile: scheme, element: R-1 }]' },
      'Cannot read "c.yaml": line 13: row R1: R-1 is named twice',
    ],
    [
      'an original that is not there',
      { issues: '["duplicate-of R7"]' },
      'Cannot read "c.yaml": line 18: row R1: there is no other row R7',
    ],
    [
      'itself as its original',
      { issues: '["duplicate-of R1"]' },
      'Cannot read "c.yaml": line 18: row R1: there is no other row R1',
    ],
    [
      'a relationship that there is not',
      { relationship: 'Subset of' },
      'Cannot read "c.yaml": line 12: rows[0].relationship',
    ],
    [
      'a key that there is not',
      { readas: 'equal' },
      'Cannot read "c.yaml": line 18: rows[0] has an unknown key "readas"',
    ],
    ['a day that there is not', { readAt: '2026-02-30' }, 'Cannot read "c.yaml": line 17: rows[0].readAt'],
    [
      'blank for a Fulfilled',
      { fulfilled: '""' },
      'Cannot read "c.yaml": line 14: rows[0].fulfilled is "", expected "Y" or "N"',
    ],
  ])('is refused for a row with %s', (_, lines, message) => {
    expect(says(row(lines)).startsWith(message)).toBe(true);
    expect(says(row(lines))).toContain(message);
  });

  it('is refused for a row that is there twice, and for a key given twice', () => {
    expect(says(row(), row())).toBe('Cannot read "c.yaml": line 18: the row R1 is there twice');
    expect(says(`${row()}    readAs: equal\n`)).toBe('Cannot read "c.yaml": line 18: Map keys must be unique');
  });

  const headed = (from: string, to: string): string => {
    try {
      parseCrosswalk(HEAD.replace(from, to) + row(), 'c.yaml', profiles);
    } catch (error) {
      if (error instanceof BadFile) return error.message;
      throw error;
    }
    return 'nothing';
  };

  it('is refused for a profile that is not known, by the line that names it', () => {
    expect(headed('focal: focal', 'focal: nist')).toBe(
      'Cannot read "c.yaml": line 5: the profile "nist" is not known (Cannot read "nist": there is no such profile)',
    );
    expect(headed('[scheme]', '[scheme, schema]')).toContain('line 6: the profile "schema" is not known');
    expect(headed('[scheme]', '[]')).toContain('line 6: references');
    expect(headed('component: device', 'component: app')).toContain('line 7: component is "app", expected "device"');
  });

  it('passes on what is wrong inside a profile, and refuses one that is not named by its id', () => {
    const broken = () => {
      throw new BadFile('focal.yaml', 'criteria is missing', 3);
    };
    expect(() => parseCrosswalk(HEAD + row(), 'c.yaml', broken)).toThrow('Cannot read "focal.yaml": line 3: criteria');
    expect(() => parseCrosswalk(HEAD + row(), 'c.yaml', () => profile('x', 'F-1'))).toThrow(
      'Cannot read "c.yaml": line 5: a profile is named by its id, x',
    );
    const bug = () => {
      throw new RangeError('bug');
    };
    expect(() => parseCrosswalk(HEAD + row(), 'c.yaml', bug)).toThrow(RangeError);
  });

  it('is found by id or path', () => {
    expect(fs.existsSync(findCrosswalk('cta-pilot-annex-a'))).toBe(true);
    expect(findCrosswalk('./mine.yaml')).toBe('./mine.yaml');
    expect(() => loadCrosswalk('cta-pilot')).toThrow(
      'Cannot read "cta-pilot": there is no such crosswalk; shipped are cta-pilot-annex-a, cta-pilot-annex-b, or give',
    );
    expect(() => loadCrosswalk('./missing.yaml')).toThrow('Cannot read "./missing.yaml": there is no such file');
  });
});

describe('the lint: Y exactly where the relationship is equal or subset of', () => {
  it.each([
    ['equal', 'Y', undefined],
    ['subset of', 'Y', undefined],
    ['superset of', 'N', undefined],
    ['intersects with', undefined, undefined],
    [undefined, undefined, undefined],
    [undefined, 'N', undefined],
    ['equal', 'N', 'it is printed "equal", and Fulfilled is N, where Y is due'],
    ['subset of', undefined, 'it is printed "subset of", and Fulfilled is not stated, where Y is due'],
    ['superset of', 'Y', 'it is printed "superset of", and Fulfilled is Y, where N or nothing is due'],
    [undefined, 'Y', 'no relationship is printed, and Fulfilled is Y, where N or nothing is due'],
  ])('%s with %s', (relationship, fulfilled, expected) => {
    const crosswalk = parse(row({ relationship, fulfilled, readAs: 'none' }), row({ row: 'R2' }));
    expect(lintCrosswalk(crosswalk)).toEqual(expected === undefined ? [] : [{ row: 'R1', says: expected }]);
    expect(crosswalk.rows[0]!.fulfilled).toBe(fulfilled);
  });
});
