import * as fs from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Assessment } from '../model/assessment.ts';
import type { Profile } from '../model/profile.ts';
import { StoreError, writeWhole } from '../observe/run-store.ts';
import { renderIndex } from '../report/index-page.tsx';
import { addToSummary, renderSummary, Summary } from '../report/summary.ts';
import { count, visible } from '../report/text.ts';
import { missingWords, toDoOf } from '../report/view.ts';
import type { SealedRun } from './assess.ts';
import { decidedList, deviceTable, failedList, toDoCounts, toDoList } from './table.ts';

/** One assessment that was written, with the newest of its runs. */
export interface Written {
  readonly assessment: Assessment;
  readonly dir: string;
  readonly sealed: SealedRun;
  /** What it was judged by. */
  readonly profile: Profile;
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

/** Things for a person that a terminal names where there are several devices; the reports list them all. */
const MOST_NAMED = 6;

/** What a person has still to do on several devices: what is asked most first, in words; then how much each device has. */
const forPersons = (written: readonly Written[]): string => {
  const asked = new Map<string, Set<string>>();
  for (const { assessment, profile } of written) {
    for (const missing of toDoOf(assessment).filter(({ what }) => what === 'person')) {
      const words = missingWords(missing, profile);
      asked.set(words, (asked.get(words) ?? new Set()).add(assessment.target));
    }
  }
  const most = [...asked].sort((a, b) => b[1].size - a[1].size);
  const lines = most
    .slice(0, MOST_NAMED)
    .map(([words, targets]) => `  - ${visible(words, 85)} (${count(targets.size, 'device')})`);
  if (most.length > MOST_NAMED) lines.push(`  and ${most.length - MOST_NAMED} others in the reports`);
  return ['Still to be done by a person', ...lines].join('\n');
};

/** What is left of one device: what failed and was decided once, then what each profile still asks for. */
const ofOne = (written: readonly Written[], colour: boolean): string => {
  const [{ assessment, profile }] = written as readonly [Written];
  const left =
    written.length === 1
      ? toDoList(assessment, { colour, profile })
      : ['Still to be done, by profile', ...written.map((one) => toDoCounts(one.assessment))].join('\n');
  return [failedList(assessment, { colour }), decidedList(assessment, { colour }), left]
    .filter((part) => part !== '')
    .join('\n\n');
};

/** The table that a scan ends with, and what a person has still to do; of these assessments alone. */
export const closingText = (out: string, written: readonly Written[], colour: boolean): string => {
  const own = written.map((one) => assessed(out, one)).reduce(addToSummary, { schema: 1, devices: [] } as Summary);
  const order = new Map(written.map(({ assessment }, index) => [assessment.target, index]));
  const rows = [...own.devices].sort((a, b) => order.get(a.device)! - order.get(b.device)!);
  const left = own.devices.length === 1 ? ofOne(written, colour) : forPersons(written);
  return `${deviceTable(rows, { colour })}\n\n${left}\n`;
};
