import type { Sha256 } from '../model/fact.ts';
import type { ReportInput } from './report.ts';

/** File name of the page that shows the evidence, beside the report. */
export const VIEWER = 'evidence.html';

/** The anchor of one evidence file on that page. */
export const evidenceAnchor = (digest: Sha256): string => `evidence-${digest.slice(0, 16)}`;

/** The evidence page: every evidence file of the runs, as a two-sided transcript where it is one. */
export const renderEvidence = (
  _input: ReportInput,
  _read: (digest: Sha256) => Uint8Array | undefined,
): string | undefined => undefined;
