import { extname, join } from 'node:path';
import { probes } from '../../probes/index.ts';
import { reporters } from '../report/index.ts';
import { type LoadedProfile, reportInput, runsOf } from './assess.ts';
import { formatsFrom } from './formats.ts';
import { Usage } from './limits.ts';
import { readProfiles } from './profiles.ts';
import { jsonProgress, liveProgress, type Progress, plainProgress } from './progress.ts';
import { readSealedAssessment } from './read-assessment.ts';
import { type ScanOptions, scan } from './scan.ts';
import { closingText } from './summary.ts';
import { writeOut } from './write-out.ts';

const print = (text: string): void => {
  process.stdout.write(text);
};

/** The progress that fits where we run: JSON lines, a live line on a terminal, plain lines elsewhere. */
export const progressFor = (json: boolean): Progress => {
  const toStderr = (text: string): void => {
    process.stderr.write(text);
  };
  if (json) return jsonProgress(print);
  return process.stderr.isTTY
    ? liveProgress(toStderr, () => process.stderr.columns ?? 80, Date.now)
    : plainProgress(toStderr);
};

/** Aborts at Ctrl-C and SIGTERM; a second one ends at once. */
export const interruptible = (): AbortSignal => {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      process.stderr.write('\nprobity: interrupted; what ended is kept. Again to end at once.\n');
      controller.abort(new Error('the run was interrupted'));
    });
  }
  return controller.signal;
};

export const scanVerb = async (targets: string[], options: ScanOptions, json: boolean): Promise<number> => {
  const progress = progressFor(json);
  const scanned = await scan(targets, options, {
    probes,
    progress,
    print: json ? progress.line : print,
    signal: interruptible(),
    now: Date.now,
    logLevel: 'warn',
  });
  if (json)
    for (const { assessment, dir } of scanned.written)
      print(
        `${JSON.stringify({ type: 'assessed', target: assessment.target, profile: assessment.profile.id, verdict: assessment.verdict, folder: dir })}\n`,
      );
  if (!json && scanned.written.length > 0) {
    print(closingText(options.out, scanned.written, process.stdout.isTTY));
    print(`
${join(options.out, 'index.html')}
`);
  }
  return scanned.exitCode;
};

export const reportVerb = async (
  path: string,
  options: { format: string; out?: string; profile?: string },
): Promise<number> => {
  const { assessment, dir } = readSealedAssessment(path);
  const [format, ...more] = formatsFrom(options.format);
  const files = reporters.get(format ?? '');
  if (files === undefined || more.length > 0)
    throw new Usage(`--format ${options.format}: expected one of ${[...reporters.keys()].join(', ')}`);
  const [loaded] = readProfiles([options.profile ?? assessment.profile.id]) as [LoadedProfile];
  if (loaded.profile.profile !== assessment.profile.id)
    throw new Usage(`--profile ${options.profile}: the assessment is by ${assessment.profile.id}`);
  if (assessment.profile.digest !== undefined && loaded.digest !== assessment.profile.digest)
    process.stderr.write(`probity: ${assessment.profile.id} is not word for word what it was judged by\n`);
  // A format of several files is written as the one whose ending `--out` has.
  const reporter = files.find(({ file }) => options.out?.endsWith(extname(file))) ?? files[0]!;
  const text = await reporter.render(reportInput(assessment, runsOf(dir, assessment), loaded));
  if (options.out === undefined) process.stdout.write(text);
  else writeOut(options.out, text);
  return 0;
};
