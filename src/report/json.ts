import { Assessment } from '../model/assessment.ts';
import type { Reporter } from './report.ts';
import { jsonText } from './text.ts';

/**
 * `assessment.json`: the assessment as its schema says, keys in the schema's order. Throws a ZodError for an assessment
 * that does not keep to it, so that no malformed file is ever sealed.
 */
export const json: Reporter = {
  format: 'json',
  file: 'assessment.json',
  mediaType: 'application/json',
  render: ({ assessment }) => `${jsonText(Assessment.parse(assessment), 2)}\n`,
};
