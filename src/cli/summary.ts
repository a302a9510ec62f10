import * as fs from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Assessment } from '../model/assessment.ts';
import { StoreError, writeWhole } from '../observe/run-store.ts';
import { renderIndex } from '../report/index-page.tsx';
import { addToSummary, renderSummary, Summary } from '../report/summary.ts';
import type { SealedRun } from './assess.ts';
import { deviceTable, toDoList } from './table.ts';

/** One assessment that was written, with the newest of its runs. */
export interface Written {
  readonly assessment: Assessment;
  readonly dir: string;
  readonly sealed: SealedRun;
}

/** The summary of a results folder; an empty one where there is none. A file that is not ours is a StoreError. */
export const readSummary = (out: string): Summary => {
  const file = join(out, 'summary.json');
  if (!fs.existsSync(file)) return { schema: 1, devices: [] };
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    throw new StoreError(
      `Cannot read "${file}": ${(error as NodeJS.ErrnoException).code ?? 'not JSON'}; expected the summary that Probity writes`,
    );
  }
  const summary = Summary.safeParse(value);
  if (summary.success) return summary.data;
  const issue = summary.error.issues[0];
  throw new StoreError(
    `Cannot read "${file}": ${issue?.path.join('.') || 'value'}: ${issue?.message}; expected the summary that Probity writes`,
  );
};

const assessed = (out: string, { assessment, dir, sealed }: Written) => ({
  assessment,
  run: sealed.run,
  folder: relative(out, dir).split(sep).join('/'),
  files: fs
    .readdirSync(dir)
    .filter((file) => !file.startsWith('SHA256SUMS'))
    .sort(),
});

/** Adds assessments to `summary.json` and `index.html` of a results folder. */
export const addToIndex = (out: string, written: readonly Written[]): Summary => {
  const summary = written.map((one) => assessed(out, one)).reduce(addToSummary, readSummary(out));
  writeWhole(join(out, 'summary.json'), renderSummary(summary));
  writeWhole(join(out, 'index.html'), renderIndex(summary));
  return summary;
};

/** The table that a scan ends with, and what a person has still to do; of these assessments alone. */
export const closingText = (out: string, written: readonly Written[], colour: boolean): string => {
  const own = written.map((one) => assessed(out, one)).reduce(addToSummary, { schema: 1, devices: [] } as Summary);
  const order = new Map(written.map(({ assessment }, index) => [assessment.target, index]));
  const rows = [...own.devices].sort((a, b) => order.get(a.device)! - order.get(b.device)!);
  const toDo =
    written.length === 1
      ? `\n${toDoList(written[0]!.assessment, { colour })}\n`
      : `\n${rows.map((row) => `${row.name ?? row.device}: ${row.assessments.reduce((sum, { toDo: n }) => sum + n, 0)} things left for a person or a further run`).join('\n')}\n`;
  return `${deviceTable(rows, { colour })}\n${toDo}`;
};
