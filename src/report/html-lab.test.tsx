import { render } from 'preact-render-to-string';
import { describe, expect, it } from 'vitest';
import { asTestReport, completeLab } from '../../test/kit/lab.ts';
import { elementsOf } from '../../test/kit/page.ts';
import { sampleInput } from '../../test/sample.ts';
import { wholeInput } from '../../test/sample-whole.ts';
import { Lab } from '../model/lab.ts';
import { LAB_STYLE, LabHead, LabSection } from './html-lab.tsx';
import { labViewOf } from './lab-view.ts';
import type { ReportInput } from './report.ts';

const shown = (input: ReportInput) => {
  const html = render(
    <>
      <LabHead input={input} />
      <LabSection input={input} />
    </>,
  );
  return { html, ...elementsOf(`<body>${html}</body></html>`) };
};

describe('the head', () => {
  it('of a test report is its kind and its id', () => {
    const { text, elements } = shown(asTestReport(sampleInput()));
    expect(text).toMatch(/^Test reportReport TR-2026-041 \(7c1a3f0e-2f6f-5d0c-9d0e-a1c9b6a05b5e\)/);
    expect(elements.some(({ name }) => name === 'details')).toBe(false);
  });

  it('of an engineering run says so, and what is in the way, folded where it is much', () => {
    const { text, elements } = shown(sampleInput());
    expect(text).toMatch(/^Engineering run, not a test reportReport no id: it was not filed\d+ things in the way/);
    expect(text).toContain('Not stated: the laboratory, its name and address (lab.yaml: laboratory; 7.8.2.1 b)');
    expect(elements.find(({ name }) => name === 'details')?.attributes).toEqual({ class: 'missing' });
    const { issued: _, ...lab } = completeLab();
    const near = shown(asTestReport(sampleInput(), lab));
    expect(near.text).toContain('1 thing in the way of a test reportNot stated: the date of issue');
    expect(near.elements.find(({ name }) => name === 'details')?.attributes).toEqual({
      class: 'missing',
      open: 'open',
    });
  });

  it('of an amended report names what it replaces, what changed and why, and keeps its own id', () => {
    const amends = { report: 'TR-2026-040', changed: 'The serial number', why: 'It was misread' };
    const input = asTestReport(sampleInput(), { ...completeLab(), amends });
    const { text } = shown(input);
    expect(text).toMatch(/^Amended test reportReport TR-2026-041 \(7c1a3f0e/);
    expect(text).toContain('It replaces the report TR-2026-040: The serial number. Why: It was misread');
    const { statements, fields } = labViewOf(input);
    expect(statements).toContain(
      'This report replaces the report TR-2026-040. What changed: The serial number. Why: It was misread',
    );
    expect(fields.filter(({ group }) => group === 'report').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Replaces the report', 'What changed', 'Why it changed']),
    );
    const engineering = asTestReport(sampleInput(), { ...completeLab(), amends, issued: undefined });
    expect(shown(engineering).text).toMatch(/^Engineering run/);
    expect(labViewOf(engineering).statements.join()).toContain(
      'is meant to replace, and does not, the report TR-2026-040',
    );
  });
});

describe('the section', () => {
  const { text, html } = shown(asTestReport(sampleInput()));

  it.each([
    'NameExample Test House',
    'Address1 Bench Street, 1234 Exampleville',
    'Accreditation, as the laboratory states itEX-0000',
    'NameExample Vision',
    'ContactR. Okafor',
    'cameramodel EV-210; serial 0021; hardware rev B; firmware 2.4.1; sample 1 of 2; state operational; received 2026-11-19',
    'Condition of cameraSealed in its retail box, undamaged',
    'Photograph of camerafront.jpg (the front), SHA-256 005b',
    'SamplingNo sample was drawn',
    'MethodTP-SEC-07, edition 3',
    'Place of the testsRoom 4, shielded bench B',
    'Tested2026-11-22 10:15:00 UTC to 2026-11-22 10:24:51 UTC, operational (run 20261122T101500Z)',
    'Tested againstSample criteria for connected products (sample-2026), edition 2026',
    'Statement of conformityFail: all criteria that must hold, by verdict-fold/1',
    'Deviation from the methodBluetooth was not tested.',
    'Results of othersnone: the laboratory tested all of it',
    'Clocksystem clock, synchronised (systemd-timesyncd)',
    'Tested from198.18.4.2',
    'Tested byL. Tester, test engineer',
    'Reviewed byS. Second, senior test engineer',
    'Authorised byA. Authoriser, head of testing',
    'Supplied by the customerThat the list of components is completeDeclared of camera: 3 services',
    'The signed firmware image',
  ])('%s', (said) => {
    expect(text).toContain(said);
  });

  it.each([
    'Results relate only to the items tested.',
    'This report is not to be reproduced except in full without the written approval of Example Test House.',
    'The laboratory did not draw the sample: results apply to the item as it was received.',
    'What is named as supplied by the customer is the customer’s word',
    'Remedies are opinions and no results; S. Second, senior test engineer, is authorised to release them.',
    'is decided by the rule verdict-fold/1, which this report prints.',
    'No reference was tested before or after',
  ])('%s', (said) => {
    expect(text).toContain(said);
  });

  it('has each value in one list of its group, and only classes that a style knows', () => {
    expect(html.match(/<dl /g)).toHaveLength(html.match(/<h3>/g)?.length ?? 0);
    for (const name of ['lab-head', 'report-id', 'statements', 'persons']) expect(LAB_STYLE).toContain(`.${name}`);
  });

  it('says what the maker supplied, and how many findings rest on it', () => {
    const { fields, statements } = labViewOf(wholeInput());
    const supplied = fields.filter(({ from }) => from === 'customer').map(({ value }) => value);
    expect(supplied).toEqual([
      'That the list of components is complete',
      'Certificate of hub: Example mark, EX-77',
      'Declared of camera: 3 services',
      'Claim that stores-no-data does not apply: It has no storage',
      'Claim that KEY-1 does not apply: It has no keys',
      'Statement of the maker on DOC-1, P. Maker: The folder of documents is empty.',
    ]);
    const resting = wholeInput().assessment.findings.filter(({ restsOn }) => restsOn).length;
    expect(resting).toBeGreaterThan(0);
    expect(statements.join(' ')).toContain(`${resting} finding`);
  });

  it('says that one person reviews and authorises', () => {
    const { reviewer } = completeLab();
    const view = labViewOf(asTestReport(sampleInput(), { ...completeLab(), authoriser: reviewer }));
    expect(view.kind).toBe('Test report');
    expect(view.statements).toContain('The one who reviewed the results also authorises the report.');
  });
});

describe('hostile words', () => {
  const EVIL = '</dd><script>x()</script>\u202e\u0007\ud800"=cmd|A1\u2028';
  /** Every text of a complete file, the dates and names of enums left alone. */
  const poisoned = (value: unknown, key = ''): unknown => {
    if (typeof value === 'string')
      return /^\d{4}-\d\d-\d\d$/.test(value) || ['state', 'sha256', 'component'].includes(key) || value === 'none'
        ? value
        : `${value}${EVIL}`;
    if (Array.isArray(value)) return value.map((one) => poisoned(one, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, poisoned(inner, name)]));
  };
  const lab = Lab.parse(
    poisoned({ ...completeLab(), amends: { report: 'R', changed: 'c', why: 'w' }, remarks: ['r'] }),
  );

  it('are escaped and made visible in every field', () => {
    const input = asTestReport(sampleInput(), lab);
    const { elements, html } = shown(input);
    expect(new Set(elements.map(({ name }) => name))).not.toContain('script');
    expect(html).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}]/u);
    const { fields, statements, missing, id } = labViewOf(input);
    for (const one of [...fields.map(({ value }) => value), ...statements, ...missing, id])
      expect(one).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}]/u);
    expect(fields.filter(({ value }) => value.includes('⟨U+202E⟩')).length).toBeGreaterThan(20);
  });

  it('are bounded: no field is cut twice, none has a megabyte', () => {
    const long = 'x'.repeat(1_000_000);
    const input = asTestReport(sampleInput(), { ...completeLab(), deviations: [long], location: long, number: long });
    const { fields } = labViewOf(input);
    for (const { value } of fields) expect(value.length).toBeLessThan(2000);
    expect(render(<LabSection input={input} />).length).toBeLessThan(20_000);
    expect(() => Lab.parse({ deviations: [long] })).toThrow();
  });

  it.each(['', '  ', '\u200b\u2060', '…'])('a text without a letter or digit is none: %j', (text) => {
    expect(Lab.safeParse({ location: text }).success).toBe(false);
  });
});

it('is pure: the same bytes twice', () => {
  const input = asTestReport(sampleInput());
  expect(shown(structuredClone(input)).html).toBe(shown(structuredClone(input)).html);
});
