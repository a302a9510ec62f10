import * as fs from 'node:fs';
import { join } from 'node:path';
import { Assessment } from '../model/assessment.ts';
import { BadFile } from './load-yaml.ts';

/** Reads an assessment from its folder or file. Throws BadFile. */
export const readAssessment = (path: string): { assessment: Assessment; dir: string } => {
  const file = fs.existsSync(path) && fs.statSync(path).isDirectory() ? join(path, 'assessment.json') : path;
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new BadFile(file, `${(error as NodeJS.ErrnoException).code ?? 'not JSON'}; expected an assessment`);
  }
  const parsed = Assessment.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new BadFile(file, `${issue?.path.join('.') || 'value'}: ${issue?.message}; expected an assessment`);
  }
  return { assessment: parsed.data, dir: join(file, '..') };
};
