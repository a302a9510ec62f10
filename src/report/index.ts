import { html } from './html.tsx';
import { json } from './json.ts';
import type { Reporter } from './report.ts';

export type { ReportedRun, Reporter, ReportInput } from './report.ts';

/** A format that is loaded when it is first asked for: most commands write one or two, and libraries take their time. */
const onDemand = (
  about: Pick<Reporter, 'format' | 'file' | 'mediaType'>,
  load: () => Promise<Pick<Reporter, 'render'>>,
): Reporter => ({ ...about, render: async (input) => (await load()).render(input) });

const all: readonly Reporter[] = [
  json,
  html,
  onDemand(
    { format: 'pdf', file: 'report.pdf', mediaType: 'application/pdf' },
    async () => (await import('./pdf.ts')).pdf,
  ),
  onDemand(
    { format: 'md', file: 'report.md', mediaType: 'text/markdown; charset=utf-8; variant=GFM' },
    async () => (await import('./markdown.ts')).markdown,
  ),
  onDemand(
    { format: 'sarif', file: 'results.sarif', mediaType: 'application/sarif+json' },
    async () => (await import('./sarif.ts')).sarif,
  ),
  onDemand(
    { format: 'junit', file: 'junit.xml', mediaType: 'application/xml' },
    async () => (await import('./junit.ts')).junit,
  ),
  onDemand(
    { format: 'oscal', file: 'oscal-assessment-results.json', mediaType: 'application/json' },
    async () => (await import('./oscal.ts')).oscal,
  ),
  onDemand(
    { format: 'ohdf', file: 'ohdf.json', mediaType: 'application/json' },
    async () => (await import('./ohdf.ts')).ohdf,
  ),
  onDemand(
    { format: 'olir', file: 'olir.csv', mediaType: 'text/csv; charset=utf-8; header=present' },
    async () => (await import('./olir.ts')).olirCsv,
  ),
  onDemand(
    {
      format: 'olir',
      file: 'olir.xlsx',
      mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    },
    async () => (await import('./olir.ts')).olirXlsx,
  ),
];

/** The formats by name, each with the files that it is written to (`olir` has two). */
export const reporters: ReadonlyMap<string, readonly Reporter[]> = new Map(
  all.map(({ format }) => [format, all.filter((one) => one.format === format)]),
);
