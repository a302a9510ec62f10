import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { expectedOf, HOSTILE, poisoned } from '../../test/kit/read-back.ts';
import { cellsOfXlsx, parseCsv, readOlirCsv, readOlirXlsx } from '../../test/kit/read-formats-f2.ts';
import { keptInput, reportInputs } from '../../test/kit/report-inputs.ts';
import { partsOf } from '../../test/kit/zip.ts';
import { sampleInput } from '../../test/sample.ts';
import { wholeInput } from '../../test/sample-whole.ts';
import { olirCsv, olirXlsx } from './olir.ts';
import { defused, OLIR_COLUMNS, undefused } from './olir-rows.ts';
import { withoutTimes } from './olir-zip.ts';
import type { ReportInput } from './report.ts';

const csv = (input: ReportInput): string => String(olirCsv.render(input));
const xlsx = async (input: ReportInput): Promise<Uint8Array> => (await olirXlsx.render(input)) as Uint8Array;
const records = (input: ReportInput): Record<string, string>[] => {
  const [titles = [], ...rows] = parseCsv(csv(input));
  return rows.map((row) => Object.fromEntries(titles.map((title, index) => [title, row[index] ?? ''])));
};
const said = (input: ReportInput) => {
  const { report, verdict, criteria } = expectedOf(input);
  return { report, verdict, criteria };
};
/** The inputs whose books are read cell by cell: those of all the others come from the same cells. */
const BOOKS = ['the whole sample', 'weak-camera', 'weak-camera carried to CTA'];
const crosswalks = keptInput('weak-camera').crosswalks;
/** The whole sample with some rows of a crosswalk, of which one names a criterion of it. */
const mapped = (): ReportInput => {
  const [one] = crosswalks ?? [];
  if (one === undefined) throw new Error('no crosswalk');
  const rows = one.rows.slice(0, 20).map((row) => (row.focal === 'DP' ? { ...row, focal: 'DP-2' } : row));
  return { ...wholeInput(), crosswalks: [{ ...one, focal: 'sample-2026', rows }] };
};

afterEach(() => {
  vi.useRealTimers();
});

describe('olir.csv and olir.xlsx', () => {
  test.each(reportInputs())('%s: both say what the assessment says, cell by cell', async (name, input) => {
    const text = csv(input);
    expect(readOlirCsv(text)).toEqual(said(input));
    expect(csv(structuredClone(input))).toBe(text);
    if (!BOOKS.includes(name)) return;
    const book = await xlsx(input);
    expect(await readOlirXlsx(book)).toEqual(said(input));
    expect(await cellsOfXlsx(book)).toEqual(parseCsv(text));
  });

  test('every row of every crosswalk stands as it is printed; Fulfilled is Y, N or blank, whatever the product does', () => {
    const rows = records(keptInput('weak-camera'));
    const printed = crosswalks!.flatMap((one) => one.rows.map((row) => ({ ...row, crosswalk: one.crosswalk })));
    expect(printed).toHaveLength(161);
    expect(
      rows
        .slice(0, 161)
        .map((row) => [
          row.Row,
          row['Focal Document Element'],
          row.Relationship,
          row['Fulfilled By'],
          row['Group Identifier'],
        ]),
    ).toEqual(
      printed.map(({ row, focal, relationship = '', fulfilled = '', group = '' }) => [
        row,
        focal,
        relationship,
        fulfilled,
        group,
      ]),
    );
    expect(rows.find(({ Row }) => Row === 'A-002')).toMatchObject({
      'Focal Document Element': 'AI-1',
      'Focal Document Element Description': expect.stringContaining('uniquely identified'),
      Rationale: 'functional',
      'Reference Document Element': '[CTA-2088-A] 5.1 Device Identifiers',
      'Reference Document Element Description': '',
      'Fulfilled By': 'Y',
      'Reference Document': 'cta-2088-a',
      'Judged Side': 'focal',
      'Judged Element': 'AI-1',
      'Product Verdict': 'not-assessed',
    });
    expect(rows.find(({ Row }) => Row === 'B-011')).toMatchObject({ Relationship: 'subset of', 'Fulfilled By': '' });
    expect(rows.find(({ Row }) => Row === 'A-003')).toMatchObject({ 'Fulfilled By': 'N', Component: 'app' });
  });

  test('a profile on the other side is judged by the reference elements; criteria in no row stand at the end', () => {
    const carried = records(keptInput('weak-camera', 'cta-2088-a', 'cta-pilot-annex-a'));
    expect(carried.find(({ Row }) => Row === 'A-002')).toMatchObject({
      'Judged Side': 'reference',
      'Judged Element': '5.1',
    });
    expect(carried.find(({ Row }) => Row === 'A-003')).toMatchObject({ 'Judged Element': '', 'Product Verdict': '' });
    const alone = records(sampleInput());
    expect(
      alone.map((row) => [
        row['Judged Side'],
        row['Judged Element'],
        row['Focal Document Element'],
        row['Fulfilled By'],
      ]),
    ).toEqual(sampleInput().assessment.criteria.map(({ id }) => ['in no row', id, '', '']));
    const joint = crosswalks!.map((one) => ({ ...one, focal: 'elsewhere', references: ['sample-2026'] })).slice(0, 1);
    const [row] = joint[0]!.rows;
    const references = ['DP-2', 'KEY-1'].map((element) => ({ profile: 'sample-2026', element }));
    const input = { ...sampleInput(), crosswalks: [{ ...joint[0]!, rows: [{ ...row!, references }] }] };
    expect(records(input)[0]).toMatchObject({ 'Judged Element': 'DP-2; KEY-1', 'Product Verdict': 'fail; pass' });
    expect(readOlirCsv(csv(input))).toEqual(said(input));
  });

  test('a pass says that it is one within the stated coverage, and what rests on the declaration says so', () => {
    const notes = new Map(records(sampleInput()).map((row) => [row['Judged Element'], row['Product Verdict Notes']]));
    expect(notes.get('KEY-1')).toBe('Pass within the stated coverage. Basis: by automated tests.');
    expect(notes.get('IAC-1a')).toContain('Rests on the maker’s declaration (camera).');
  });

  test('the CSV is UTF-8 and says so, quotes every field and ends every line with CR LF', () => {
    const text = csv(wholeInput());
    expect(text.startsWith('\ufeff"Focal Document Element",')).toBe(true);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
    expect(parseCsv(text)[0]).toEqual([...OLIR_COLUMNS]);
    expect(() => parseCsv(text.replace('",', '";'))).toThrow();
    expect(() => parseCsv(text.slice(0, -2))).toThrow('neither a comma nor CR LF');
    expect(() => parseCsv('a,b\r\nc\r\n')).toThrow('different length');
  });

  test('the same input gives the same bytes, whenever it is written', async () => {
    const input = mapped();
    vi.useFakeTimers({ now: Date.parse('2026-11-22T10:15:00Z'), toFake: ['Date'] });
    const one = await xlsx(input);
    vi.setSystemTime(Date.parse('2031-03-04T05:06:08Z'));
    const other = await xlsx(structuredClone(input));
    expect(Buffer.from(one).equals(Buffer.from(other))).toBe(true);
    expect(Object.values(partsOf(one)).map(({ time, date }) => [time, date])).toContainEqual([0, 0x21]);
    expect(new Set(Object.values(partsOf(one)).map(({ time, date }) => `${time} ${date}`)).size).toBe(1);
    expect(() => withoutTimes(one.slice(1))).toThrow('not a zip file');
    expect(() => withoutTimes(new Uint8Array(3))).toThrow('not a zip file');
  });

  test.each(HOSTILE)('hostile words are texts in both: %s', async (_, word) => {
    const input = poisoned(mapped(), word);
    const rows = parseCsv(csv(input));
    for (const cell of rows.flat())
      for (const part of cell.split(';')) expect(part).not.toMatch(/^[\s"`]*[=+\-@\t\r＝＋－＠]/u);
    expect(csv(input).slice(1)).not.toMatch(/[^\r\n\P{Cc}]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
    const book = await xlsx(input);
    expect(await cellsOfXlsx(book)).toEqual(rows);
    const parts = partsOf(book);
    expect(parts['xl/worksheets/sheet1.xml']?.text).not.toMatch(/<f[ >/]/);
    expect(readOlirCsv(csv(input)).criteria).toEqual(said(wholeInput()).criteria);
  });

  test('each part of the book is well-formed XML', async () => {
    const input = poisoned(mapped(), HOSTILE[0]![1] + HOSTILE[7]![1] + HOSTILE[8]![1]);
    const parts = Object.entries(partsOf(await xlsx(input))).filter(([name]) => /\.(xml|rels)$/.test(name));
    expect(parts.length).toBeGreaterThan(5);
    const xml = parts.map(([, { text }], index) => ({ fileName: `part-${index}.xml`, contents: text }));
    const { valid, errors } = await validateXML({ xml, normalization: 'c14n', maxMemoryPages: 8192 });
    expect({ valid, errors }).toEqual({ valid: true, errors: [] });
    const broken = [{ fileName: 'part.xml', contents: (parts[0]?.[1].text ?? '').slice(0, -3) }];
    expect((await validateXML({ xml: broken, normalization: 'c14n' })).valid).toBe(false);
  });

  test('formulas are defused, and what was there can be read back', () => {
    const dangerous = [
      '=1+1',
      '+1',
      '-1',
      '@SUM(A1)',
      '\t=1',
      '\r=1',
      ' =1',
      '"=1',
      "'=1",
      "''@x",
      '＝1',
      'a;=1',
      'a; "-1',
    ];
    for (const text of dangerous) {
      expect(defused(text)).not.toBe(text);
      expect(undefused(defused(text))).toBe(text);
    }
    for (const text of ['', 'a=1', "it's", "'quoted'", 'a; b', '1-2']) expect(defused(text)).toBe(text);
    const letters = fc.constantFrom('=', '+', '-', '@', "'", '"', ' ', ';', '\t', '\r', 'a', '＝', '`');
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 12 }), (text) => {
        expect(undefused(defused(text))).toBe(text);
        for (const part of defused(text).split(';')) expect(part).not.toMatch(/^[=+\-@\r＝]/u);
      }),
    );
  });
});
