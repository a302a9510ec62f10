import { join } from 'node:path';
import { expect, test } from 'vitest';
import { KEPT, keptFolder } from '../../test/kept-runs.ts';
import { expectedOf } from '../../test/kit/read-back.ts';
import { missingPdfTools, readPdf } from '../../test/kit/read-formats-p.ts';
import { readSealed } from '../cli/assess.ts';
import { readProfiles } from '../cli/profiles.ts';
import { catalogue, checks } from '../judge/checks/index.ts';
import { judge } from '../judge/judge.ts';
import { pdf } from './pdf.ts';

const gone = missingPdfTools('pdftotext');

test
  .skipIf(gone.length > 0)
  .each([
    ...KEPT.map((name) => [name, 'nist-consumer-iot-2022'] as const),
    ['weak-camera', 'etsi-en-303-645-2020'] as const,
  ])(`%s by %s reads back as it was judged${gone.length > 0 ? ' (skipped: no pdftotext)' : ''}`, async (name, of) => {
  const { run, seal } = readSealed(join(keptFolder(name), 'run'));
  const [{ profile }] = readProfiles([of]) as [ReturnType<typeof readProfiles>[number]];
  const judgedAt = '2026-12-01T00:00:00.000Z';
  const judged = judge({ runs: [{ run, seal }], profile, checks, catalogue, judgedAt, others: [] });
  const assessment = { ...judged, report: '0b9d6c1e-8f2e-5d6a-9c1b-7a1c2d3e4f50' };
  const input = { assessment, runs: [{ run, seal }], profile };
  const bytes = await pdf.render(input);
  if (typeof bytes === 'string') throw new Error('a PDF is bytes');
  expect({ ...readPdf(bytes) }).toEqual(expectedOf(input));
});
