import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { compareVerb } from '../../src/cli/compare.ts';
import { judgeVerb } from '../../src/cli/judge-verb.ts';
import { readRun } from '../../src/observe/run-store.ts';
import { html } from '../../src/report/html.tsx';
import { keptFolder } from '../kept-runs.ts';
import { freshFolder } from '../kit/command.ts';
import { wholeInput } from '../sample-whole.ts';

/** One page to look at. `id`: the report's, where the page is a report. */
export interface Looked {
  readonly name: string;
  readonly file: string;
  readonly id?: string;
  /** Whether it links into files that are not made here: the sample's evidence is of no run. */
  readonly alone?: true;
}

const NIST = 'nist-consumer-iot-2022';
const silent = (): void => undefined;

const kept = (out: string, name: string): string => {
  const from = join(keptFolder(name), 'run');
  const { run } = readRun(from);
  const dir = join(out, run.target.id, run.id);
  fs.cpSync(from, join(dir, 'run'), { recursive: true });
  return dir;
};

const reportId = (dir: string): string =>
  (JSON.parse(fs.readFileSync(join(dir, 'assessment.json'), 'utf8')) as { report: string }).report;

/** The folders of the assessments of a run, in the order of their names. */
const assessmentsOf = (dir: string): string[] =>
  fs
    .readdirSync(join(dir, 'assessments'))
    .sort()
    .map((name) => join(dir, 'assessments', name));

/** A results folder as the command line leaves it: two devices, a view through a crosswalk, a comparison; and the whole sample. */
export const resultsFolder = async (): Promise<{ out: string; pages: Looked[] }> => {
  const out = freshFolder();
  const [camera, gateway] = [kept(out, 'weak-camera'), kept(out, 'sound-gateway')];
  const options = { format: 'json,html', gate: 'fail' };
  await judgeVerb([join(camera, 'run')], options, false, silent);
  await judgeVerb([join(gateway, 'run')], { ...options, via: 'cta-pilot-annex-a' }, false, silent);
  const first = join(camera, 'assessments', NIST);
  await judgeVerb([join(camera, 'run')], { ...options, remedies: false }, false, silent);
  const again = assessmentsOf(camera).find((dir) => dir !== first)!;
  await compareVerb(first, again, { out: join(out, 'compare.html') }, false, silent);
  const view = assessmentsOf(gateway).find((dir) => !dir.includes(NIST))!;
  const sample = join(out, 'sample', 'report.html');
  fs.mkdirSync(dirname(sample));
  const input = wholeInput();
  const report = '5d1c9f1e-4b1a-5a50-8a44-0d6b5f0c6d11';
  const filed = { ...input.assessment, report };
  fs.writeFileSync(sample, String(await html.render({ ...input, evidence: undefined, assessment: filed })));
  const page = (name: string, dir: string, file = 'report.html'): Looked => ({
    name,
    file: join(dir, file),
    ...(file === 'report.html' ? { id: reportId(dir) } : {}),
  });
  return {
    out,
    pages: [
      page('weak-camera', first),
      page('sound-gateway', join(gateway, 'assessments', NIST)),
      page('sound-gateway-via-crosswalk', view),
      { name: 'several-components', file: sample, id: report, alone: true },
      page('weak-camera-evidence', first, 'evidence.html'),
      { name: 'index', file: join(out, 'index.html') },
      { name: 'compare', file: join(out, 'compare.html') },
    ],
  };
};
