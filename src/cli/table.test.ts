import { describe, expect, test } from 'vitest';
import { sampleAssessment, sampleRun } from '../../test/sample.ts';
import { TELNET, wholeInput } from '../../test/sample-whole.ts';
import { type Summary, summaryOf } from '../report/summary.ts';
import { decidedList, deviceTable, failedList, toDoCounts, toDoList } from './table.ts';

const rowsOf = (
  change: { name?: string; status?: 'completed' | 'aborted'; profile?: string } = {},
): Summary['devices'] => {
  const run = sampleRun();
  const assessment = sampleAssessment();
  const target = {
    ...run.target,
    product: { name: change.name ?? 'Doorstep camera', complete: true, notApplicable: [] },
  };
  return summaryOf([
    {
      assessment: { ...assessment, profile: { ...assessment.profile, id: change.profile ?? 'sample-2026' } },
      run: { ...run, target, status: change.status ?? 'completed' },
      folder: 'camera/20261122T101500Z/assessments/sample-2026',
      files: ['report.html'],
    },
  ]).devices;
};

describe('deviceTable', () => {
  test('devices against themes, the criteria beside them', () => {
    expect(deviceTable(rowsOf())).toBe(
      [
        'Device            Access     Interfaces Transport  Update     Product    Criteria',
        '─'.repeat(100),
        'Doorstep camera   1 failed   1 failed   2 failed   –          1 open     Fail',
        '                  1 passed              1 passed                         sample-2026',
        '                                                                         2 failed, 3 open,',
        '                                                                         1 passed',
      ].join('\n'),
    );
  });

  test('a run that was broken off says so', () => {
    expect(deviceTable(rowsOf({ status: 'aborted' }))).toMatch(/\n\naborted|\naborted /);
  });

  test('colours are ours alone, and only where asked for', () => {
    const hostile = rowsOf({ name: '\u001b[2J\u001b]0;x\u0007\u202eevil', profile: '\u009b31m\r\nx' });
    const plain = deviceTable(hostile);
    expect(plain).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}]/u);
    expect(plain.replaceAll(/\s/g, '')).toContain('␛[2J');
    const coloured = deviceTable(hostile, { colour: true });
    const ours = new RegExp(`${String.fromCharCode(27)}\\[\\d{1,2}m`, 'g');
    expect(coloured).toMatch(ours);
    expect(coloured.replaceAll(ours, '')).toBe(plain);
  });

  test.each([
    ['a long name', { name: 'x'.repeat(500) }],
    ['a wide name', { name: '写'.repeat(50) }],
    ['a name of several words', { name: 'Doorstep camera set with-hyphens' }],
    ['a long profile', { profile: 'nist-consumer-iot-2022-with-a-very-long-suffix' }],
  ])('fits 100 columns: %s', (_, change) => {
    for (const line of deviceTable(rowsOf(change)).split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('no device, no row', () => {
    expect(deviceTable([]).split('\n').length).toBeLessThanOrEqual(2);
  });
});

describe('what failed and what was decided', () => {
  test('failures first, in words', () => {
    const [title, ...lines] = failedList(sampleAssessment()).split('\n');
    expect(title).toBe('What failed');
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toMatch(
      /^ - Telnet accepted .* Expected: Default credentials are rejected - /,
    );
    expect(failedList({ ...sampleAssessment(), findings: [] })).toBe('');
  });

  test('decisions, and those that do not stand', () => {
    const lines = decidedList(wholeInput().assessment).split('\n');
    expect(lines.slice(1)).toEqual([
      '  - D-1, risk acceptance: in force until 2027-01-31 00:00 +01:00, for 1 finding',
      '  - D-2, waiver: expired: it ended before the judgement',
      '  - D-3, compensating measure: selects nothing: no finding has this id',
      `  - W-1, withdrawal of ${TELNET}: in force`,
    ]);
    expect(decidedList(sampleAssessment())).toBe('');
  });

  test('hostile words stay words', () => {
    const assessment = sampleAssessment();
    for (const finding of assessment.findings) finding.because = `\u001b[31m\u202e${'y'.repeat(400)}`;
    const text = failedList(assessment);
    expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}]/u);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('how much each profile asks for', () => {
    expect(toDoCounts(sampleAssessment()).replaceAll(/\s+/g, ' ')).toBe(
      ' - sample-2026: 1 to be declared by the maker, 1 to be controlled with a working account or a genuine image, 1 to be observed in another state of the item, 1 to be covered more widely, 1 to be settled, 2 to be examined by a person',
    );
  });
});

describe('toDoList', () => {
  test('each thing once, with the criteria that ask for it', () => {
    expect(toDoList(sampleAssessment()).split('\n')).toEqual([
      'To be declared by the maker',
      '  - data: which data are stored, where, and how they are protected (DP-1)',
      'To be controlled with a working account or a genuine image',
      '  - a login with a declared account on tcp/22 (IAC-1b)',
      'To be observed in another state of the item',
      '  - a run in the state factory-default (IAC-1a)',
      'To be covered more widely',
      '  - a capture of one boot and one idle hour (DP-2)',
      'To be settled',
      '  - Port tcp/554 is open and no service was recognised on it. (IAC-1b)',
      'To be examined by a person',
      '  - declaration-reviewed (DP-1, DP-2)',
      '  - protection-at-rest-examined (DP-1)',
    ]);
  });

  test('hostile and long words stay words', () => {
    const assessment = sampleAssessment();
    for (const { components } of assessment.criteria)
      for (const component of components)
        component.missing = [{ what: 'person', detail: `\u001b[31m\u202e${'y'.repeat(400)}` }];
    const text = toDoList(assessment);
    expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}]/u);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  test('many things are counted, not listed', () => {
    const assessment = sampleAssessment();
    const [criterion] = assessment.criteria.filter(({ components }) => components.length > 0);
    const [component] = criterion?.components ?? [];
    if (!component) throw new Error('no component');
    component.missing = Array.from({ length: 12 }, (_, index) => ({
      what: 'state' as const,
      detail: `state ${index}`,
    }));
    expect(toDoList(assessment)).toContain('and 8 others in the report');
  });

  test('nothing left', () => {
    expect(toDoList({ ...sampleAssessment(), criteria: [] })).toBe('Nothing is left open by the criteria.');
  });
});
