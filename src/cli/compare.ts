import * as fs from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Comparison } from '../model/comparison.ts';
import { writeWhole } from '../observe/run-store.ts';
import { type ComparedReports, renderComparison } from '../report/compare-page.tsx';
import { comparisonText } from '../report/compare-text.ts';
import { compareFolders } from './baseline.ts';
import { Usage } from './limits.ts';

export const COMPARISON_FORMATS = ['text', 'json', 'html'] as const;
export type ComparisonFormat = (typeof COMPARISON_FORMATS)[number];

export interface CompareOptions {
  readonly format?: string;
  readonly out?: string;
}

const ENDINGS: Readonly<Record<string, ComparisonFormat>> = { '.json': 'json', '.html': 'html', '.htm': 'html' };

/** The format asked for; else what the file's name ends in; else JSON with `--json`, and text. Throws Usage. */
const formatOf = ({ format, out }: CompareOptions, json: boolean): ComparisonFormat => {
  if (format === undefined) {
    const ending = /\.[a-z]+$/i.exec(out ?? '')?.[0].toLowerCase() ?? '';
    return json ? 'json' : (ENDINGS[ending] ?? 'text');
  }
  const known = COMPARISON_FORMATS.find((one) => one === format);
  if (known === undefined) throw new Usage(`--format ${format}: expected one of ${COMPARISON_FORMATS.join(', ')}`);
  return known;
};

/** A comparison in one of its formats. Pure. */
export const comparisonIn = (
  format: ComparisonFormat,
  comparison: Comparison,
  reports: ComparedReports = {},
): string => {
  if (format === 'json') return `${JSON.stringify(comparison)}\n`;
  return format === 'html' ? renderComparison(comparison, reports) : comparisonText(comparison);
};

/** The way from a page in `from` to the HTML report of an assessment's folder; none where there is none. */
export const reportFrom = (from: string, dir: string): string | undefined => {
  const report = join(dir, 'report.html');
  return fs.existsSync(report) ? relative(resolve(from), resolve(report)).replaceAll('\\', '/') : undefined;
};

/** Both reports as seen from a folder, as far as they are there. */
export const reportsFrom = (from: string, old: string, young: string): ComparedReports => {
  const [before, after] = [reportFrom(from, old), reportFrom(from, young)];
  return { ...(before === undefined ? {} : { old: before }), ...(after === undefined ? {} : { new: after }) };
};

/**
 * Writes `comparison.json` and `comparison.html` into a folder that is there (not into a sealed one). `old` and `young`
 * are the folders of the two assessments, for links. Throws StoreError.
 */
export const writeComparison = (dir: string, comparison: Comparison, old: string, young: string): void => {
  writeWhole(join(dir, 'comparison.json'), comparisonIn('json', comparison));
  writeWhole(join(dir, 'comparison.html'), comparisonIn('html', comparison, reportsFrom(dir, old, young)));
};

/**
 * `probity compare OLD NEW`: what became of the findings, what changed on the device, what changed in the test. 1 where
 * it is worse, else 0. Throws Usage and BadFile (exit 2), StoreError (exit 3).
 */
export const compareVerb = async (
  old: string,
  young: string,
  options: CompareOptions,
  json: boolean,
  print: (text: string) => void,
): Promise<number> => {
  const format = formatOf(options, json);
  const { comparison, before, after } = compareFolders(old, young);
  const from = options.out === undefined ? '.' : dirname(options.out);
  const text = comparisonIn(format, comparison, reportsFrom(from, before.dir, after.dir));
  if (options.out === undefined) print(text);
  else {
    writeWhole(options.out, text);
    print(`${comparison.worse ? 'worse than before' : 'not worse than before'}: ${options.out}\n`);
  }
  return comparison.worse ? 1 : 0;
};
