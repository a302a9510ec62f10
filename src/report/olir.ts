import { olirCells } from './olir-rows.ts';
import { withoutTimes } from './olir-zip.ts';
import type { Reporter } from './report.ts';

const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;

/**
 * `olir.csv` (RFC 4180): every field in quotes, lines end in CR LF. A byte order mark says that it is UTF-8: spreadsheets
 * take a file without one for the local code page.
 */
export const olirCsv: Reporter = {
  format: 'olir',
  file: 'olir.csv',
  mediaType: 'text/csv; charset=utf-8; header=present',
  render: (input) =>
    `\ufeff${olirCells(input)
      .map((row) => `${row.map(quoted).join(',')}\r\n`)
      .join('')}`,
};

/** `olir.xlsx`: the cells of `olir.csv`, each a text, on one sheet. */
export const olirXlsx: Reporter = {
  format: 'olir',
  file: 'olir.xlsx',
  mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  render: async (input) => {
    // Loaded where it is needed: most reports are not spreadsheets.
    const { default: writeXlsxFile } = await import('write-excel-file/node');
    const [titles = [], ...rows] = olirCells(input);
    const data = [
      titles.map((value) => ({ value, type: String, fontWeight: 'bold' as const })),
      ...rows.map((row) => row.map((value) => (value === '' ? null : { value, type: String }))),
    ];
    const columns = titles.map((title) => ({ width: Math.max(12, title.length + 2) }));
    const book = await writeXlsxFile(data, { sheet: 'OLIR', columns, stickyRowsCount: 1 }).toBuffer();
    return withoutTimes(book);
  },
};
