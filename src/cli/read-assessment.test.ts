import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keptAssessment } from '../../test/kept-runs.ts';
import { freshFolder } from '../../test/kit/command.ts';
import { seal } from '../observe/seal.ts';
import { readAssessment, readSealedAssessment } from './read-assessment.ts';
import { reportVerb } from './verbs.ts';

const TEXT = keptAssessment('weak-camera');

/** An assessment in a sealed folder. */
const sealed = (text = TEXT): string => {
  const dir = freshFolder();
  fs.writeFileSync(join(dir, 'assessment.json'), text);
  seal(dir);
  return dir;
};

test('an assessment is held to the seal of its folder, by the folder and by its file', () => {
  const dir = sealed();
  expect(readAssessment(dir).seal).toMatch(/^[0-9a-f]{64}$/);
  expect(readSealedAssessment(join(dir, 'assessment.json'))).toEqual({ ...readAssessment(dir), dir });
});

test.each<[string, (dir: string) => string, RegExp]>([
  [
    'whose verdicts were written over',
    (dir) => {
      fs.writeFileSync(join(dir, 'assessment.json'), TEXT.replaceAll('"fail"', '"pass"'));
      return dir;
    },
    /is not what was sealed: SHA256SUMS: line 1: "assessment\.json" was changed/,
  ],
  [
    'that was put beside the sealed one',
    (dir) => {
      fs.writeFileSync(join(dir, 'better.json'), TEXT.replaceAll('"fail"', '"pass"'));
      return join(dir, 'better.json');
    },
    /is not what was sealed: "better\.json" was added/,
  ],
  [
    'whose signature was taken away',
    () => sealed(JSON.stringify({ ...JSON.parse(TEXT), signed: true })),
    /SHA256SUMS\.p7s is missing/,
  ],
])('one %s is neither read nor reported', async (_name, altered, says) => {
  const path = altered(sealed());
  expect(() => readAssessment(path)).toThrow(says);
  await expect(reportVerb(path, { format: 'pdf' })).rejects.toThrow(says);
});

test('one that lies apart from its seal can be compared, and is not reported', async () => {
  const file = join(freshFolder(), 'assessment.json');
  fs.writeFileSync(file, TEXT);
  expect(readAssessment(file)).not.toHaveProperty('seal');
  await expect(reportVerb(file, { format: 'md' })).rejects.toThrow(
    /it is not sealed, expected a folder with SHA256SUMS/,
  );
});
