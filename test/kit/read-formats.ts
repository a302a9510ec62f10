import type { CriterionVerdict, Verdict } from '../../src/model/verdict.ts';
import type { Reporter } from '../../src/report/index.ts';
import { elementsOf } from './page.ts';
import { readOhdf, readOscal } from './read-formats-f1.ts';
import { type ReadBack, readJunit, readMarkdown, readOlirCsv, readOlirXlsx, readSarif } from './read-formats-f2.ts';
import { readPdf } from './read-formats-p.ts';

type Written = Awaited<ReturnType<Reporter['render']>>;

const text = (written: Written): string => (typeof written === 'string' ? written : Buffer.from(written).toString());
const bytes = (written: Written): Uint8Array => (typeof written === 'string' ? Buffer.from(written) : written);

const readJson = (document: string): ReadBack => {
  const { report, verdict, criteria, checks } = JSON.parse(document);
  type Row = { id: string; check: string; component: string; verdict: string };
  return {
    report,
    verdict,
    criteria: new Map(criteria.map((one: Row) => [one.id, one.verdict])),
    checks: new Map(checks.map((one: Row) => [`${one.check} ${one.component}`, one.verdict])),
  };
};

/** What the marks on a page's elements say: `data-criterion`, `data-check` with `data-component`, each with `data-verdict`. */
const readHtml = (document: string): ReadBack => {
  const marked = elementsOf(document).elements.map(({ attributes }) => attributes);
  const of = (name: string) => marked.filter((attributes) => attributes[name] !== undefined);
  const verdicts = <V extends CriterionVerdict>(name: string, key: (attributes: Record<string, string>) => string) =>
    new Map(of(name).map((attributes): [string, V] => [key(attributes), attributes['data-verdict'] as V]));
  return {
    report: of('data-report')[0]?.['data-report'] ?? '',
    verdict: of('data-assessment')[0]?.['data-verdict'] as CriterionVerdict,
    criteria: verdicts('data-criterion', (attributes) => attributes['data-criterion']!),
    checks: verdicts<Verdict>(
      'data-check',
      (attributes) => `${attributes['data-check']} ${attributes['data-component']}`,
    ),
  };
};

/** What is read back from each file that Probity writes, from the file alone; undefined where a reader is not installed. */
export const readers: ReadonlyMap<string, (written: Written) => ReadBack | undefined | Promise<ReadBack>> = new Map<
  string,
  (written: Written) => ReadBack | undefined | Promise<ReadBack>
>([
  ['assessment.json', (written) => readJson(text(written))],
  ['report.html', (written) => readHtml(text(written))],
  ['report.pdf', (written) => readPdf(bytes(written))],
  ['report.md', (written) => readMarkdown(text(written))],
  ['results.sarif', (written) => readSarif(text(written))],
  ['junit.xml', (written) => readJunit(text(written))],
  ['oscal-assessment-results.json', (written) => readOscal(text(written))],
  ['ohdf.json', (written) => readOhdf(text(written))],
  ['olir.csv', (written) => readOlirCsv(text(written))],
  ['olir.xlsx', (written) => readOlirXlsx(bytes(written))],
]);
