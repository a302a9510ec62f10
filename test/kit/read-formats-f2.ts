import { marked, type Token, type Tokens } from 'marked';
import { readSheet } from 'read-excel-file/node';
import { SaxesParser } from 'saxes';
import type { CriterionVerdict, Verdict } from '../../src/model/verdict.ts';
import { undefused } from '../../src/report/olir-rows.ts';
import { VERDICT_NAMES } from '../../src/report/words.ts';

/** What a report says, read back from the document alone. `checks` by `<check> <component>`; headings are criteria too. */
export interface ReadBack {
  readonly report: string;
  readonly verdict?: string;
  readonly criteria: ReadonlyMap<string, CriterionVerdict>;
  readonly checks?: ReadonlyMap<string, Verdict>;
}

interface SarifLog {
  readonly runs: readonly {
    readonly properties: {
      readonly report: string;
      readonly verdict: string;
      readonly checks: readonly { check: string; component: string; verdict: Verdict }[];
    };
    readonly results: readonly { ruleId: string; properties: { result: string; verdict: CriterionVerdict } }[];
  }[];
}

export const readSarif = (document: string): ReadBack => {
  const [run] = (JSON.parse(document) as SarifLog).runs;
  if (run === undefined) throw new Error('no run');
  const { report, verdict, checks } = run.properties;
  return {
    report,
    verdict,
    criteria: new Map(
      run.results
        .filter(({ properties }) => properties.result !== 'finding')
        .map(({ ruleId, properties }) => [ruleId, properties.verdict]),
    ),
    checks: new Map(checks.map((one) => [`${one.check} ${one.component}`, one.verdict])),
  };
};

/** The verdict that a test of `junit.xml` stands for. */
const junitVerdict = (outcome: { name: string; type?: string } | undefined): CriterionVerdict => {
  if (outcome === undefined || outcome.name === 'system-out') return 'pass';
  const verdicts: Record<string, readonly string[]> = {
    failure: ['fail', 'fail-indicated'],
    error: ['inconclusive', 'not-assessed'],
    skipped: ['not-applicable'],
  };
  const { name, type = '' } = outcome;
  if (!verdicts[name]?.includes(type)) throw new Error(`<${name} type="${type}"> is no verdict`);
  return type === 'fail-indicated' ? 'fail' : (type as CriterionVerdict);
};

export const readJunit = (document: string): ReadBack => {
  const criteria = new Map<string, CriterionVerdict>();
  const checks = new Map<string, Verdict>();
  const properties = new Map<string, string>();
  const parser = new SaxesParser();
  let test: { name: string; classname: string; outcome?: { name: string; type?: string } } | undefined;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    const { name: named = '', value = '', classname = '', type } = attributes as Record<string, string>;
    if (name === 'property') properties.set(named, value);
    else if (name === 'testcase') test = { name: named, classname };
    else if (test !== undefined) test.outcome = { name, ...(type === undefined ? {} : { type }) };
  });
  parser.on('closetag', ({ name }) => {
    if (name !== 'testcase' || test === undefined) return;
    const verdict = junitVerdict(test.outcome);
    if (test.classname.startsWith('checks.')) checks.set(test.name.replace(' on ', ' '), verdict as Verdict);
    else if (test.classname !== 'notes') criteria.set(test.name.slice(0, test.name.indexOf(': ')), verdict);
    test = undefined;
  });
  parser.write(document).close();
  for (const [name, value] of properties)
    if (name.startsWith('heading ')) criteria.set(name.slice('heading '.length), value as CriterionVerdict);
  return { report: properties.get('report') ?? '', verdict: properties.get('verdict') ?? '', criteria, checks };
};

/** A strict reader of RFC 4180: CR LF after every line, every line as many fields as the first. Throws for anything else. */
export const parseCsv = (document: string): string[][] => {
  const text = document.replace(/^\ufeff/, '');
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const field = /"((?:[^"]|"")*)"|([^",\r\n]*)/y;
    field.lastIndex = at;
    const match = field.exec(text);
    if (match === null) throw new Error(`no field at ${at}`);
    row.push((match[1] ?? match[2] ?? '').replaceAll('""', '"'));
    at = field.lastIndex;
    if (text[at] === ',') at++;
    else if (text.startsWith('\r\n', at)) {
      at += 2;
      rows.push(row);
      row = [];
    } else throw new Error(`neither a comma nor CR LF after the field at ${at}`);
  }
  if (row.length > 0) throw new Error('the last line has no end');
  if (rows.some(({ length }) => length !== rows[0]?.length)) throw new Error('lines of different length');
  return rows;
};

/** The cells of a sheet by row, blank ones as empty texts, with every formula's defusal taken back. */
const olirOf = ([titles = [], ...rows]: readonly (readonly string[])[]): ReadBack => {
  const of = (row: readonly string[], title: string): string => {
    const at = titles.indexOf(title);
    if (at === -1) throw new Error(`no column ${title}`);
    return undefused(row[at] ?? '');
  };
  const criteria = new Map<string, CriterionVerdict>();
  for (const row of rows) {
    const verdicts = of(row, 'Product Verdict').split('; ');
    for (const [index, id] of of(row, 'Judged Element').split('; ').entries()) {
      if (id === '') continue;
      const verdict = verdicts[index] as CriterionVerdict;
      if ((criteria.get(id) ?? verdict) !== verdict) throw new Error(`${id} has two verdicts`);
      criteria.set(id, verdict);
    }
  }
  const [first = []] = rows;
  return { report: of(first, 'Report'), verdict: of(first, 'Assessment Verdict'), criteria };
};

export const readOlirCsv = (document: string): ReadBack => olirOf(parseCsv(document));

/** The cells of an XLSX file's one sheet, as its own reader gives them. Throws for a cell that is no text. */
export const cellsOfXlsx = async (document: Uint8Array): Promise<string[][]> => {
  const rows = await readSheet(Buffer.from(document));
  return rows.map((row) =>
    row.map((cell) => {
      if (cell !== null && typeof cell !== 'string') throw new Error(`a cell is no text: ${String(cell)}`);
      return cell ?? '';
    }),
  );
};

export const readOlirXlsx = async (document: Uint8Array): Promise<ReadBack> => olirOf(await cellsOfXlsx(document));

const VERDICT_OF = new Map<string, CriterionVerdict>(
  Object.entries(VERDICT_NAMES).map(([verdict, name]) => [name, verdict as CriterionVerdict]),
);

/** What a reader sees of Markdown: the text of its tokens, escapes and entities taken back. Throws for HTML. */
export const textOf = (tokens: readonly Token[]): string =>
  tokens
    .map((token) => {
      if (token.type === 'html') throw new Error(`there is HTML: ${token.raw}`);
      if ('tokens' in token && token.tokens !== undefined) return textOf(token.tokens);
      return 'text' in token ? String(token.text) : '';
    })
    .join('');

/** The tables of a Markdown document by the titles of their columns, as texts. */
export const tablesOf = (document: string): ReadonlyMap<string, readonly string[][]> =>
  new Map(
    marked
      .lexer(document, { gfm: true })
      .filter((token): token is Tokens.Table => token.type === 'table')
      .map(({ header, rows }) => [
        header.map(({ tokens }) => textOf(tokens)).join(', '),
        rows.map((cells) => cells.map(({ tokens }) => textOf(tokens))),
      ]),
  );

export const readMarkdown = (document: string): ReadBack => {
  const tables = tablesOf(document);
  const verdictOf = (cell = ''): CriterionVerdict => {
    const verdict = VERDICT_OF.get(cell.split(', ')[0] ?? '');
    if (verdict === undefined) throw new Error(`"${cell}" is no verdict`);
    return verdict;
  };
  const head = new Map(tables.get('What, Says')?.map(([name = '', value = '']) => [name, value]));
  const criteria = tables.get('Criterion, Verdict, Basis, Title') ?? tables.get('Criterion, Verdict') ?? [];
  const checks = tables.get('Check, Component, Verdict') ?? [];
  return {
    report: head.get('Report') ?? '',
    verdict: head.get('Verdict') ?? '',
    criteria: new Map(criteria.map(([id = '', verdict]) => [id, verdictOf(verdict)])),
    checks: new Map(
      checks.map(([check, component, verdict]) => [`${check} ${component}`, verdictOf(verdict) as Verdict]),
    ),
  };
};
