import type { ReportInput } from './report.ts';

/** One field of the report's head, and whose word it is. */
export interface LabField {
  readonly name: string;
  readonly value: string;
  readonly from: 'laboratory' | 'customer' | 'tool';
}

/** What the head of a report says of itself (ISO/IEC 17025:2017, 7.8.2): a test report, or an engineering run. */
export interface LabView {
  readonly isTestReport: boolean;
  /** `Test report`, `Amended test report` or `Engineering run, not a test report`. */
  readonly kind: string;
  /** The unique id of the report, with the laboratory's number in front where it has one. */
  readonly id: string;
  /** Fields that a test report has to have and this one has not, each in words. */
  readonly missing: readonly string[];
  readonly fields: readonly LabField[];
  /** What has to be said of every result: items tested only, whose information, how it was decided. */
  readonly statements: readonly string[];
}

/** What the head of a report says. Pure. */
export const labViewOf = ({ assessment }: ReportInput): LabView => ({
  isTestReport: false,
  kind: 'Engineering run, not a test report',
  id: assessment.report ?? 'no id: it was not filed',
  missing: [],
  fields: [],
  statements: ['Results relate only to the items tested.'],
});
