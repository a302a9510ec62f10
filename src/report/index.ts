import { html } from './html.tsx';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import { ohdf } from './ohdf.ts';
import { olirCsv, olirXlsx } from './olir.ts';
import { oscal } from './oscal.ts';
import { pdf } from './pdf.ts';
import type { Reporter } from './report.ts';
import { sarif } from './sarif.ts';

export type { ReportedRun, Reporter, ReportInput } from './report.ts';

const all: readonly Reporter[] = [json, html, pdf, markdown, sarif, junit, oscal, ohdf, olirCsv, olirXlsx];

/** The formats by name, each with the files that it is written to (`olir` has two). */
export const reporters: ReadonlyMap<string, readonly Reporter[]> = new Map(
  all.map(({ format }) => [format, all.filter((one) => one.format === format)]),
);
