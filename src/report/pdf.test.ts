import { SaxesParser } from 'saxes';
import { describe, expect, test } from 'vitest';
import { expectedOf, HOSTILE, poisoned } from '../../test/kit/read-back.ts';
import { missingPdfTools, pdfPages, pdfTool, readPdf } from '../../test/kit/read-formats-p.ts';
import { sampleInput } from '../../test/sample.ts';
import { wholeInput } from '../../test/sample-whole.ts';
import { labViewOf } from './lab-view.ts';
import { pdf } from './pdf.ts';
import type { ReportInput } from './report.ts';

const REPORT = '0b9d6c1e-8f2e-5d6a-9c1b-7a1c2d3e4f50';
const filed = (input: ReportInput): ReportInput => ({ ...input, assessment: { ...input.assessment, report: REPORT } });
const render = async (input: ReportInput): Promise<Uint8Array> => {
  const bytes = await pdf.render(input);
  if (typeof bytes === 'string') throw new Error('a PDF is bytes');
  return bytes;
};
const sample = filed(sampleInput());
const whole = filed(wholeInput());
const wholeBytes = await render(whole);

const packed = (text: string): string => text.replace(/\s+/g, '');
const TOOLS = ['pdftotext', 'pdfinfo', 'qpdf'];
const gone = missingPdfTools(...TOOLS);
const without = gone.length > 0 ? ` (skipped: no ${gone.join(', ')})` : '';

test('is a pure function: the same input, the same bytes, and the input is as it was', async () => {
  const input = structuredClone(whole);
  const before = JSON.stringify(input);
  const again = await render(input);
  expect(Buffer.from(again).equals(Buffer.from(wholeBytes))).toBe(true);
  expect(JSON.stringify(input)).toBe(before);
  expect(Buffer.from(again.slice(0, 5)).toString()).toBe('%PDF-');
});

describe.skipIf(gone.length > 0)(`report.pdf by qpdf and poppler${without}`, () => {
  const text = gone.length > 0 ? '' : packed(pdfPages(wholeBytes).join(''));
  const pages = gone.length > 0 ? [] : pdfPages(wholeBytes, '-layout');

  test('is sound, named, dated by the judgement, unlocked and without scripts', () => {
    expect(pdfTool('qpdf', ['--check', 'FILE'], wholeBytes)).toContain('No syntax or stream encoding errors');
    const info = pdfTool('pdfinfo', ['-isodates', 'FILE'], wholeBytes);
    for (const line of [
      /^Title: +Doorstep camera: security report$/m,
      /^CreationDate: +2026-11-22T10:25:00Z$/m,
      /^Encrypted: +no$/m,
      /^JavaScript: +no$/m,
      /^Form: +none$/m,
      /^Tagged: +yes$/m,
      /^Page size: +595.28 x 841.89 pts \(A4\)$/m,
      new RegExp(`^Pages: +${pages.length}$`, 'm'),
    ])
      expect(info).toMatch(line);
    expect(info).toContain(REPORT);
  });

  test.each([
    ['the sample', sample],
    ['the sample with all that persons and crosswalks add', whole],
  ])('%s: every verdict reads back as it was judged', async (_, input) => {
    const back = readPdf(await render(input));
    expect({ ...back }).toEqual(expectedOf(input));
  });

  test('the id of the report, its number and how many there are stand on every page, and its end is marked', () => {
    pages.forEach((page, index) => {
      expect(page).toContain(`Report ${REPORT}`);
      expect(page).toMatch(new RegExp(`Page ${index + 1} of ${pages.length}$`, 'm'));
      expect(page).toContain('sample-2026, edition 2026');
    });
    expect(pages.at(-1)).toContain('End of report');
    expect(pages.slice(0, -1).join('')).not.toContain('End of report');
  });

  test('a long number of the laboratory does not push the unique id from a page', async () => {
    const bytes = await render({
      ...sample,
      assessment: { ...sample.assessment, lab: { number: 'N'.repeat(150), items: [] } },
    });
    for (const page of pdfPages(bytes, '-layout')) expect(page).toContain(REPORT);
  });

  test('says what the assessment says: findings, criteria, persons, what is missing, evidence', () => {
    const { assessment, profile, runs } = whole;
    const said = [
      ...assessment.findings.flatMap(({ id, because, expected, basis, remedy, withdrawn }) => [
        id,
        because,
        expected,
        ...basis,
        ...(withdrawn === undefined ? [remedy ?? ''] : []),
      ]),
      ...assessment.checks.map(({ title }) => title),
      ...assessment.criteria.flatMap(({ id, title, because, reading, components }) => [
        id,
        title,
        ...(because.startsWith('DP-2') || because.startsWith('IAC-1a fails') ? [] : [because]),
        reading ?? '',
        ...components.flatMap((one) =>
          one.missing.filter(({ what }) => what !== 'finding').map(({ detail }) => detail),
        ),
      ]),
      ...profile.criteria.flatMap(({ text: of, evidence = [], reach }) => [of ?? '', reach?.why ?? '', ...evidence]),
      ...(assessment.attestations ?? []).flatMap(({ id, statement, by }) => [id, statement, by]),
      ...(assessment.dispositions ?? []).flatMap(({ disposition: { id, justification } }) => [id, justification]),
      ...(assessment.withdrawals ?? []).flatMap(({ withdrawal: { id, why } }) => [id, why]),
      ...labViewOf(whole).missing,
      ...labViewOf(whole).statements,
      ...runs.flatMap(({ run, seal = '' }) => [
        run.id,
        seal,
        ...run.attempts.flatMap((one) => [one.id, ...one.evidence.map((digest) => digest.slice(0, 12))]),
      ]),
      'Opinion, not part of the result: Give each device a password',
      'indicated, not conclusive',
      'Rests on the maker’s declaration.',
      'Pass within the stated coverage.',
      'Accepted for the laboratory by L. Tester',
      'The laboratory has not accepted it',
      'Fail, risk accepted until 2027-01-31 00:00 +01:00',
      'ended before the judgement: it settles nothing',
      'a maker’s statement settles nothing by itself',
      'What a test report needs and this one has not',
      'the camera has no clock',
      'No mark is earned by it',
      'There are no scores.',
      'It is neither a pass nor a fail.',
    ].map(packed);
    expect(said.filter((words) => !text.includes(words))).toEqual(
      // The remedy of the one finding that was withdrawn is not offered.
      [packed('Opinion, not part of the result: Give each device a password')],
    );
    expect(text).not.toContain(packed('Give each device a password of its own'));
  });

  test('remedies are opinions, and absent where they were left out', async () => {
    const shown = packed(pdfPages(await render(sample)).join(''));
    expect(shown).toContain(packed('Opinion, not part of the result: Give each device a password of its own'));
    const findings = sample.assessment.findings.map(({ remedy: _, ...rest }) => rest);
    const out = { ...sample, assessment: { ...sample.assessment, findings, remedies: 'left-out' as const } };
    const left = packed(pdfPages(await render(out)).join(''));
    expect(left).not.toContain('Opinion,');
    expect(left).toContain(packed('left out: this report gives no opinion'));
  });

  test('a table that runs over pages has its heads on each, and no heading stands last on a page', async () => {
    const [leaf] = sample.assessment.criteria.filter(({ id }) => id === 'KEY-1');
    const criteria = Array.from({ length: 120 }, (_, at) => ({
      ...leaf,
      id: `C-${at}`,
      title: `Criterion number ${at}`,
    }));
    const many = { ...sample, assessment: { ...sample.assessment, criteria } } as ReportInput;
    const all = pdfPages(await render(many), '-layout');
    const rows = all.filter((page) => /^ *C-\d+ +Pass +Criterion number/m.test(page));
    expect(rows.length).toBeGreaterThan(2);
    for (const page of rows) expect(page).toMatch(/^ *Id +Verdict +Criterion/m);
    const titles = [
      'What failed',
      'Summary',
      'The test',
      'What was covered',
      'Access',
      'Transport',
      'Update',
      'Contents',
    ];
    for (const page of all) {
      const last = page
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .slice(0, -2)
        .at(-1);
      expect(titles).not.toContain(last);
      expect(last).not.toMatch(/^(Fail|Pass|Could not tell) C-\d+ Criterion number \d+$/);
    }
  });

  test('nothing is cut or stands over the edge', () => {
    const boxes = pdfTool('pdftotext', ['-bbox', 'FILE', '-'], wholeBytes);
    const words = [...boxes.matchAll(/<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)"/g)];
    expect(words.length).toBeGreaterThan(1000);
    const over = words.filter(([, left, top, right, bottom]) => {
      return Number(left) < 50 || Number(right) > 595.28 - 50 || Number(top) < 20 || Number(bottom) > 841.89 - 15;
    });
    expect(over.map(([all]) => all)).toEqual([]);
  });

  test('every link leads to a place inside it', () => {
    const open = pdfTool('qpdf', ['--qdf', '--object-streams=disable', 'FILE', '-'], wholeBytes);
    const named = new Set([...open.matchAll(/^ {2}\/D \(([^)]+)\)$/gm)].map(([, name]) => name));
    const there = new Set([...open.matchAll(/^ {6}\(([^)]+)\)\n {6}\[/gm)].map(([, name]) => name));
    expect(named.size).toBeGreaterThan(20);
    expect([...named].filter((name) => !there.has(name))).toEqual([]);
  });

  const short = HOSTILE.map(([, word]) => word).filter(({ length }) => length <= 1000);
  const long = HOSTILE.map(([, word]) => word).filter(({ length }) => length > 1000);
  test.each<[string, string, ReportInput]>([
    ['of every kind', short.join(' '), whole],
    ['long ones', long.join(' '), sample],
  ])('hostile words do nothing in it: %s', async (_, word, input) => {
    const bytes = await render(poisoned(input, word));
    const open = pdfTool('qpdf', ['--qdf', '--object-streams=disable', '--stream-data=uncompress', 'FILE', '-'], bytes);
    expect(
      open.match(
        /\/(JavaScript|JS|Launch|URI|SubmitForm|ImportData|GoToR|GoToE|OpenAction|AA|EmbeddedFile|RichMedia)\b/g,
      ),
    ).toBeNull();
    expect(new Set(open.match(/\/S \/GoTo\w*/g))).toEqual(new Set(['/S /GoTo']));
    expect(
      pdfPages(bytes)
        .join('')
        .replace(/[\n\f]/g, ''),
    ).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u);
    expect(readPdf(bytes)?.criteria).toEqual(expectedOf(input).criteria);
    const xmp = /<x:xmpmeta[\s\S]*<\/x:xmpmeta>/.exec(open)?.[0] ?? '';
    const names: string[] = [];
    const parser = new SaxesParser();
    parser.on('opentag', ({ name }) => names.push(name));
    parser.on('error', (error) => {
      throw error;
    });
    parser.write(xmp).close();
    expect(names).not.toContain('script');
    expect(names).toContain('dc:title');
    expect(pdfTool('qpdf', ['--check', 'FILE'], bytes)).toContain('No syntax or stream encoding errors');
  });

  test('what the fonts lack is shown by its number, and right-to-left letters move nothing beside them', async () => {
    const [first, ...rest] = sample.assessment.findings;
    const because = 'begin 漢 \u2603 שלום end.exe and \u0627\u0644 x\u0300\u0301\u0302\u0303';
    const findings = [{ ...first, because }, ...rest];
    const bytes = await render({ ...sample, assessment: { ...sample.assessment, findings } } as ReportInput);
    const shown = pdfPages(bytes).join('').replace(/\s+/g, ' ');
    expect(shown).toContain('begin ⟨U+6F22⟩ ☃');
    expect(shown).toContain('שלום');
    expect(shown).toContain('end.exe and');
    expect(shown).toContain('⟨U+0302⟩⟨U+0303⟩');
  });
});
