import { fieldsOf, type LabField } from './lab-fields.ts';
import { missingOf } from './lab-missing.ts';
import { statementsOf } from './lab-statements.ts';
import type { ReportInput } from './report.ts';
import { visible } from './text.ts';

export { LAB_GROUPS, type LabField, type LabGroup } from './lab-fields.ts';

/** What the head of a report says of itself (ISO/IEC 17025:2017, 7.8.2): a test report, or an engineering run. */
export interface LabView {
  readonly isTestReport: boolean;
  /** `Test report`, `Amended test report` or `Engineering run, not a test report`. */
  readonly kind: string;
  /** The unique id of the report, with the laboratory's number in front where it has one. */
  readonly id: string;
  /**
   * What is in the way of a test report, each in words: fields that are not stated, with their place in `lab.yaml`, and what
   * speaks against it (a contradiction, a run that was cut short, a simulated device). Empty for a test report.
   */
  readonly missing: readonly string[];
  readonly fields: readonly LabField[];
  /** What has to be said of every result: items tested only, whose information, how it was decided. */
  readonly statements: readonly string[];
}

const idOf = ({ assessment: { report, lab } }: ReportInput): string => {
  const id = report ?? 'no id: it was not filed';
  return lab?.number === undefined ? id : `${visible(lab.number, 200)} (${id})`;
};

/** What the head of a report says. Pure. Every text in it is made visible; it still has to be escaped for the format. */
export const labViewOf = (input: ReportInput): LabView => {
  const missing = missingOf(input);
  const isTestReport = missing.length === 0;
  const whole = input.assessment.lab?.amends === undefined ? 'Test report' : 'Amended test report';
  return {
    isTestReport,
    kind: isTestReport ? whole : 'Engineering run, not a test report',
    id: idOf(input),
    missing,
    fields: fieldsOf(input),
    statements: statementsOf(input, isTestReport),
  };
};
