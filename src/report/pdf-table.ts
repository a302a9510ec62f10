import { type Block, type Cell, type Column, type Inline, isEmpty, isStack, type Row } from './pdf-blocks.ts';
import type { Unit } from './pdf-layout.ts';
import { heightOf, type Line, linesOf, naturalWidth } from './pdf-lines.ts';
import { type Canvas, FILLS, HAIRLINE, type Role, TONES } from './pdf-page.ts';

const SIZE = 8;
const HEAD_SIZE = 7.5;
const PAD = { x: 4, y: 3 } as const;
const STEP = 9;
/** A row that is no taller stands on one page; a taller one is parted into strips of about this height. */
const WHOLE_ROW = 190;
const STRIP = 64;

type Table = Extract<Block, { is: 'table' }>;

const paragraphs = (cell: Cell | undefined): readonly Inline[] => {
  if (cell === undefined) return [];
  return isStack(cell) ? cell.stack.filter((one) => !isEmpty(one)) : [cell];
};

/** Of a share of the table that one column may take by itself. */
const MOST_OF_WIDTH = 0.4;

const widthsOf = ({ columns, rows }: Table, width: number): number[] => {
  const fixed = columns.map(({ width: wanted, title }, index) => {
    if (typeof wanted === 'number') return wanted;
    if (typeof wanted === 'object') return undefined;
    const widest = rows.reduce(
      (most, { cells, group }) =>
        group ? most : Math.max(most, ...paragraphs(cells[index]).map((one) => naturalWidth(one, SIZE))),
      naturalWidth({ of: title, style: { face: 'bold' } }, HEAD_SIZE),
    );
    return Math.min(widest + 2 * PAD.x + 1, width * MOST_OF_WIDTH);
  });
  const left = width - fixed.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  const shares = columns.reduce((sum, { width: wanted }) => sum + (typeof wanted === 'object' ? wanted.share : 0), 0);
  return fixed.map((one, index) => {
    const wanted = columns[index]?.width;
    return one ?? (typeof wanted === 'object' ? Math.max(40, (left * wanted.share) / shares) : 40);
  });
};

interface Laid {
  readonly x: number;
  readonly width: number;
  readonly lines: readonly Line[];
  readonly right: boolean;
  readonly role: Role;
}

const laidRow = (row: Row, columns: readonly Column[], widths: readonly number[], x: number, role: Role): Laid[] => {
  const cells = row.group ? row.cells.slice(0, 1) : row.cells;
  let at = x;
  return cells.map((cell, index) => {
    const width = row.group ? widths.reduce((sum, one) => sum + one, 0) : (widths[index] ?? 0);
    const indent = columns[index]?.tree && !row.group ? (row.depth ?? 0) * STEP : 0;
    const inner = width - 2 * PAD.x - indent;
    const laid = {
      x: at + PAD.x + indent,
      width: inner,
      lines: paragraphs(cell).flatMap((one) => linesOf(one, SIZE, inner)),
      right: columns[index]?.right === true && !row.group,
      role: { tag: row.group ? 'TH' : 'TD', in: role } as const,
    };
    at += width;
    return laid;
  });
};

const drawCell = (canvas: Canvas, { x, width, lines, right }: Laid, top: number): void => {
  let y = top;
  for (const line of lines) {
    canvas.text(line, right ? x + width - line.width : x, y);
    y += line.height;
  }
};

/** The first lines of all cells share a baseline. */
const drawCells = (canvas: Canvas, cells: readonly Laid[], top: number, again = false): void => {
  const lowest = Math.max(0, ...cells.map(({ lines }) => lines[0]?.baseline ?? 0));
  for (const cell of cells) {
    const [first] = cell.lines;
    if (first === undefined) continue;
    const draw = () => drawCell(canvas, cell, top + lowest - first.baseline);
    if (again) canvas.aside(draw);
    else canvas.as(cell.role, draw);
  }
};

/** The lines of each cell parted so that every strip has about the same height. */
const strips = (cells: readonly Laid[]): Laid[][] => {
  if (Math.max(0, ...cells.map(({ lines }) => heightOf(lines))) <= WHOLE_ROW) return [[...cells]];
  const rest = cells.map(({ lines }) => [...lines]);
  const all: Laid[][] = [];
  while (rest.some(({ length }) => length > 0)) {
    all.push(
      cells.map((cell, index) => {
        const own = rest[index] ?? [];
        let height = 0;
        let n = 0;
        while (n < own.length && (n === 0 || height + (own[n]?.height ?? 0) <= STRIP)) height += own[n++]?.height ?? 0;
        return { ...cell, lines: own.splice(0, n) };
      }),
    );
  }
  return all;
};

const rowUnits = (row: Row, cells: readonly Laid[], x: number, width: number, head: Unit): Unit[] => {
  const parts = strips(cells);
  return parts.map((own, index): Unit => {
    const [first, last] = [index === 0, index === parts.length - 1];
    const height = Math.max(11, ...own.map(({ lines }) => heightOf(lines))) + (first ? PAD.y : 0) + (last ? PAD.y : 0);
    return {
      height,
      keep: row.group === true || (first && !last),
      head,
      draw: (canvas, top) => {
        if (row.group) canvas.rectangle(x, top, width, height, FILLS.soft);
        if (first && row.anchor !== undefined) canvas.anchor(row.anchor, Math.max(0, top - 12));
        drawCells(canvas, own, top + (first ? PAD.y : 0));
        if (last) canvas.line(x, top + height - 0.25, width, HAIRLINE);
      },
    };
  });
};

/** A table: its caption and heads stay with its first row, and stand again on each further page. */
export const tableUnits = (table: Table, x: number, width: number): Unit[] => {
  const { caption, columns, rows } = table;
  if (rows.length === 0) return [];
  const widths = widthsOf(table, width);
  const whole = widths.reduce((sum, one) => sum + one, 0);
  const role: Role = { tag: 'Table' };
  const titleRow: Role = { tag: 'TR', in: role };
  const titles = laidRow(
    { cells: columns.map(({ title }) => ({ of: title, style: { face: 'bold' as const } })) },
    columns,
    widths,
    x,
    titleRow,
  ).map((cell, index) => ({
    ...cell,
    lines: linesOf({ of: columns[index]?.title, style: { face: 'bold', tone: 'soft' } }, HEAD_SIZE, cell.width),
    role: { tag: 'TH', in: titleRow } as const,
  }));
  const height = Math.max(...titles.map(({ lines }) => heightOf(lines))) + 2 * PAD.y;
  const headOf = (again: boolean): Unit => {
    const draw = (canvas: Canvas, top: number): void => {
      canvas.rectangle(x, top, whole, height, FILLS.soft);
      drawCells(canvas, titles, top + PAD.y, again);
      canvas.line(x, top + height - 0.75, whole, TONES.soft, 0.75);
    };
    return { height, keep: true, draw };
  };
  const captions = linesOf({ of: caption, style: { tone: 'soft' } }, 8, width);
  return [
    ...captions.map(
      (line): Unit => ({
        height: line.height,
        keep: true,
        draw: (canvas, top) => canvas.as({ tag: 'Caption', in: role }, () => canvas.text(line, x, top)),
      }),
    ),
    { height: 2, space: true, keep: true, draw: () => undefined },
    headOf(false),
    ...rows.flatMap((row) =>
      rowUnits(row, laidRow(row, columns, widths, x, { tag: 'TR', in: role }), x, whole, headOf(true)),
    ),
    { height: 9, space: true, keep: false, draw: () => undefined },
  ];
};
