import { html } from './html.tsx';
import { json } from './json.ts';
import type { Reporter } from './report.ts';

export type { ReportedRun, Reporter, ReportInput } from './report.ts';

/** The formats, by name. */
export const reporters: ReadonlyMap<string, Reporter> = new Map([json, html].map((entry) => [entry.format, entry]));
