import { html } from './html.tsx';
import { json } from './json.ts';
import type { Reporter } from './report.ts';

export type { ReportedRun, Reporter, ReportInput } from './report.ts';

const all: readonly Reporter[] = [json, html];

/** The formats by name, each with the files that it is written to (`olir` has two). */
export const reporters: ReadonlyMap<string, readonly Reporter[]> = new Map(
  all.map(({ format }) => [format, all.filter((one) => one.format === format)]),
);
