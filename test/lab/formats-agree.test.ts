import { describe, expect, test } from 'vitest';
import type { Assessment } from '../../src/model/assessment.ts';
import { reporters } from '../../src/report/index.ts';
import { expectedOf } from '../kit/read-back.ts';
import { readers } from '../kit/read-formats.ts';
import { missingPdfTools } from '../kit/read-formats-p.ts';
import { allReportInputs, keptInput } from '../kit/report-inputs.ts';

const files = [...reporters.values()].flat();
/** Files that hold no verdicts of checks, by their formats: rows of a crosswalk, and controls. */
const NO_CHECKS = ['ohdf.json', 'olir.csv', 'olir.xlsx'];

test('every file that is written is read here', () => {
  expect(files.map(({ file }) => file).sort()).toEqual([...readers.keys()].sort());
});

describe.each(allReportInputs())('all formats say the same of %s', (_name, input) => {
  const expected = expectedOf(input);

  test.each(files.map((reporter) => [reporter.file, reporter] as const))('%s', async (file, reporter) => {
    const said = await readers.get(file)!(await reporter.render(input));
    if (said === undefined) {
      // No pdftotext here: .ci/run installs it, and says so where it cannot.
      expect([file, missingPdfTools('pdftotext')]).toEqual(['report.pdf', ['pdftotext']]);
      return;
    }
    expect({ verdict: said.verdict, criteria: new Map([...said.criteria].sort()) }).toEqual({
      verdict: expected.verdict,
      criteria: new Map([...expected.criteria].filter(([id]) => said.criteria.has(id)).sort()),
    });
    const leaves = input.assessment.criteria.filter(({ heading }) => !heading);
    expect(leaves.filter(({ id }) => !said.criteria.has(id))).toEqual([]);
    if (NO_CHECKS.includes(file)) expect(said.checks).toBeUndefined();
    else expect(new Map([...said.checks!].sort())).toEqual(new Map([...expected.checks].sort()));
    if (file !== 'assessment.json') expect(said.report).toBe(expected.report);
  });
});

/** A verdict changed in the assessment has to change in every file: else the comparison above would be of nothing. */
test.each(files.map((reporter) => [reporter.file, reporter] as const))(
  '%s follows the assessment',
  async (file, reporter) => {
    const input = keptInput('silent-sensor');
    const changed = structuredClone(input.assessment) as Assessment;
    const one = changed.criteria.find(({ heading, verdict }) => !heading && verdict !== 'pass')!;
    one.verdict = 'pass';
    for (const component of one.components) component.verdict = 'pass';
    const said = await readers.get(file)!(await reporter.render({ ...input, assessment: changed }));
    if (said !== undefined) expect([one.id, said.criteria.get(one.id)]).toEqual([one.id, 'pass']);
  },
);
