import type { Crosswalk, CrosswalkRow } from '../model/crosswalk.ts';
import { criterionNotes, headOf, runsOf } from './head.ts';
import type { ReportInput } from './report.ts';
import { visible } from './text.ts';
import { type View, viewOf } from './view.ts';

/**
 * The pilot's columns, in the order of NISTIR 8278A's template (without its security control baseline, which the annexes
 * have not), and ours after them. Fulfilled speaks of the reference document; what the product does stands in `Product Verdict`.
 */
export const OLIR_COLUMNS = [
  'Focal Document Element',
  'Focal Document Element Description',
  'Rationale',
  'Relationship',
  'Reference Document Element',
  'Reference Document Element Description',
  'Fulfilled By',
  'Group Identifier',
  'Comments',
  'Reference Document',
  'Component',
  'Row',
  'Crosswalk',
  'Judged Side',
  'Judged Element',
  'Judged Element Title',
  'Product Verdict',
  'Product Verdict Basis',
  'Product Verdict Because',
  'Product Verdict Notes',
  'Assessment Verdict',
  'Report',
  'Report Kind',
  'Profile',
  'Profile Edition',
  'Decision Rule',
  'Judged At',
  'Tool',
  'Runs',
] as const;
type Column = (typeof OLIR_COLUMNS)[number];
type Row = Partial<Record<Column, string>>;

/** Longest text of a cell; a spreadsheet has room for 32,767 characters. */
const LONGEST_CELL = 30_000;

/** What a spreadsheet takes for the beginning of a formula, whatever blanks or quotes stand before it. */
const FORMULA = /^[\s'"`]*[=+\-@\t\r\n＝＋－＠]/u;

/** Where a reader with semicolons between its fields would begin a new one inside a field of ours. */
const SEPARATOR = /(;)/;

/**
 * A text that no spreadsheet takes for a formula: an apostrophe in front of whatever begins like one, at the start and
 * after each semicolon. `undefused` gives back exactly what was there.
 */
export const defused = (text: string): string =>
  text
    .split(SEPARATOR)
    .map((part) => (FORMULA.test(part) ? `'${part}` : part))
    .join('');

export const undefused = (cell: string): string =>
  cell
    .split(SEPARATOR)
    .map((part) => (part.startsWith("'") && FORMULA.test(part.slice(1)) ? part.slice(1) : part))
    .join('');

/** The elements of a row that are criteria of the judged profile, and on which side of the crosswalk they stand. */
const judgedIn = (crosswalk: Crosswalk, row: CrosswalkRow, profile: string): { side: string; ids: string[] } =>
  crosswalk.focal === profile
    ? { side: 'focal', ids: [row.focal] }
    : { side: 'reference', ids: row.references.filter((one) => one.profile === profile).map(({ element }) => element) };

/** What this assessment says of the product, a criterion each. */
const verdictsOf = ({ assessment }: ReportInput, view: View): Map<string, Row> =>
  new Map(
    assessment.criteria.map((result) => [
      result.id,
      {
        'Judged Element': visible(result.id),
        'Judged Element Title': visible(result.title),
        'Product Verdict': result.verdict,
        'Product Verdict Basis': result.basis,
        'Product Verdict Because': visible(result.because),
        'Product Verdict Notes': criterionNotes(result, view).join(' '),
      },
    ]),
  );

/** Several criteria stand in the same order in each column. */
const joined = (verdicts: readonly Row[]): Row =>
  Object.fromEntries(
    Object.keys(verdicts[0] ?? {}).map((column) => [
      column,
      verdicts.map((one) => one[column as Column] ?? '').join('; '),
    ]),
  );

/** A row as it is printed. Descriptions are those of the judged profile: the other document's words are not ours to print. */
const printedOf = (crosswalk: Crosswalk, row: CrosswalkRow, side: string, description: string): Row => {
  return {
    'Focal Document Element': row.focal,
    'Focal Document Element Description': side === 'focal' ? description : '',
    Rationale: row.rationale ?? '',
    Relationship: row.relationship ?? '',
    'Reference Document Element': row.printed ?? row.references.map(({ element }) => element).join('; '),
    'Reference Document Element Description': side === 'reference' ? description : '',
    'Fulfilled By': row.fulfilled ?? '',
    'Group Identifier': row.group ?? '',
    Comments: row.comment ?? '',
    'Reference Document': [...new Set(row.references.map((one) => one.profile))].join('; '),
    Component: row.component ?? '',
    Row: row.row,
    Crosswalk: `${crosswalk.crosswalk}, ${crosswalk.edition}`,
  };
};

/**
 * The cells of `olir.csv` and `olir.xlsx`, the line of titles first: every row of the crosswalks, then every criterion that
 * no row names, so that the product's verdicts are all there. Made visible and without formulas.
 */
export const olirCells = (input: ReportInput): string[][] => {
  const { assessment, crosswalks = [] } = input;
  const view = viewOf(input);
  const verdicts = verdictsOf(input, view);
  const texts = new Map(view.profile.criteria.map(({ id, text, title }) => [id, visible(text ?? title)]));
  const head = new Map(headOf(input).map(({ name, value }) => [name, value]));
  const every: Row = {
    'Assessment Verdict': assessment.verdict,
    Report: head.get('report') ?? '',
    'Report Kind': head.get('kind') ?? '',
    Profile: assessment.profile.id,
    'Profile Edition': assessment.profile.edition,
    'Decision Rule': assessment.decisionRule,
    'Judged At': assessment.judgedAt,
    Tool: assessment.tool,
    Runs: runsOf(input).join('; '),
  };
  const named = new Set<string>();
  const mapped = crosswalks.flatMap((crosswalk) =>
    crosswalk.rows.map((row): Row => {
      const { side, ids } = judgedIn(crosswalk, row, view.profile.profile);
      for (const id of ids) named.add(id);
      const judged = ids.flatMap((id) => verdicts.get(id) ?? []);
      return {
        ...printedOf(crosswalk, row, side, ids.flatMap((id) => texts.get(id) ?? []).join('; ')),
        ...(judged.length === 0 ? {} : { 'Judged Side': side, ...joined(judged) }),
      };
    }),
  );
  const alone = [...verdicts]
    .filter(([id]) => !named.has(id))
    .map(([, verdict]): Row => ({ 'Judged Side': 'in no row', ...verdict }));
  const cells = [...mapped, ...alone].map((row) =>
    OLIR_COLUMNS.map((column) => defused(visible({ ...row, ...every }[column] ?? '', LONGEST_CELL))),
  );
  return [[...OLIR_COLUMNS], ...cells];
};
