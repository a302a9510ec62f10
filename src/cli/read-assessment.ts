import * as fs from 'node:fs';
import { join } from 'node:path';
import { Assessment } from '../model/assessment.ts';
import type { Sha256 } from '../model/fact.ts';
import { verifyRun } from '../observe/run-store.ts';
import { SUMS } from '../observe/seal.ts';
import { BadFile } from './load-yaml.ts';

/** An assessment, its folder, and the folder's seal; none where it was copied away from that. */
export interface ReadAssessment {
  readonly assessment: Assessment;
  readonly dir: string;
  readonly seal?: Sha256;
}

/**
 * Reads an assessment from its folder or file. Where that is sealed it is held to the seal, signature and time stamp
 * included, so that nothing speaks for an assessment that somebody altered. Throws BadFile, and StoreError for one that is
 * not what was sealed.
 */
export const readAssessment = (path: string): ReadAssessment => {
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
  const dir = join(file, '..');
  const isSealed = fs.existsSync(join(dir, SUMS));
  return { assessment: parsed.data, dir, ...(isSealed ? { seal: verifyRun(dir) } : {}) };
};

/** Reads an assessment that is sealed. Throws BadFile where it is not, and StoreError where it is not what was sealed. */
export const readSealedAssessment = (path: string): Required<ReadAssessment> => {
  const { seal, ...read } = readAssessment(path);
  if (seal === undefined) throw new BadFile(read.dir, `it is not sealed, expected a folder with ${SUMS}`);
  return { ...read, seal };
};
