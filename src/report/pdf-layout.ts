import type { Block, Inline } from './pdf-blocks.ts';
import { isEmpty } from './pdf-blocks.ts';
import { heightOf, type Line, linesOf, naturalWidth } from './pdf-lines.ts';
import { BODY_HEIGHT, BODY_WIDTH, type Canvas, FILLS, PAGE, type Role, TONES } from './pdf-page.ts';
import { tableUnits } from './pdf-table.ts';

/** A strip of the page that is never parted. */
export interface Unit {
  readonly height: number;
  /** Nothing but paper: it is left out at the head of a page. */
  readonly space?: boolean;
  /** Whether the unit after it has to stand on the same page. */
  readonly keep: boolean;
  /** Drawn again at the head of a page that begins with this unit. */
  readonly head?: Unit;
  draw(canvas: Canvas, top: number): void;
}

const SIZE = 9;
const HEADINGS = {
  1: { size: 20, before: 0, after: 4, tag: 'H1' },
  2: { size: 14, before: 22, after: 6, tag: 'H2' },
  3: { size: 11, before: 14, after: 5, tag: 'H3' },
  4: { size: 9.5, before: 11, after: 3, tag: 'H4' },
} as const;

export const spaceOf = (height: number, keep = false): Unit => ({ height, space: true, keep, draw: () => undefined });

/** Lines of one paragraph; the first two and the last two stay together. */
const linesUnits = (lines: readonly Line[], x: number, role: Role, keep: boolean): Unit[] =>
  lines.map((line, index) => ({
    height: line.height,
    keep: index < lines.length - 1 ? index === 0 || index >= lines.length - 2 : keep,
    draw: (canvas, top) => canvas.as(role, () => canvas.text(line, x, top)),
  }));

/** The first unit with something drawn before it, at its top. */
const before = (units: Unit[], draw: (canvas: Canvas, top: number) => void): Unit[] => {
  const at = units.findIndex(({ space }) => !space);
  const first = units[at];
  if (first === undefined) return units;
  return units.with(at, {
    ...first,
    draw: (canvas, top) => {
      draw(canvas, top);
      first.draw(canvas, top);
    },
  });
};

const anchored = (units: Unit[], anchor: string | undefined): Unit[] =>
  anchor === undefined ? units : before(units, (canvas, top) => canvas.anchor(anchor, Math.max(0, top - 12)));

type Of<K extends Block['is']> = Extract<Block, { is: K }>;

const headingUnits = ({ level, of, anchor, outline }: Of<'heading'>, x: number, width: number): Unit[] => {
  const { size, before: space, after, tag } = HEADINGS[level];
  const lines = linesOf({ of, style: { face: 'bold' } }, size, width);
  const units: Unit[] = [
    spaceOf(space, true),
    ...linesUnits(lines, x, { tag }, true).map((unit) => ({ ...unit, keep: true })),
    spaceOf(after, true),
  ];
  const ruled = level === 2 ? before(units, (canvas, top) => canvas.line(x, top - 5, width, TONES.ink, 1)) : units;
  const marked =
    outline === undefined
      ? ruled
      : before(ruled, (canvas, top) => canvas.bookmark(level - 1, outline, Math.max(0, top - 12)));
  return anchored(marked, anchor);
};

/** The number of the page that an anchor stands on, at the right edge. */
const withPageNumber = (units: Unit[], anchor: string, x: number, width: number, size: number): Unit[] =>
  before(units, (canvas, top) =>
    canvas.atTheEnd(() => {
      const number = String(canvas.anchors.get(anchor) ?? '');
      const [line] = linesOf(number, size, width);
      if (line !== undefined) canvas.aside(() => canvas.text(line, x + width - line.width, top));
    }),
  );

const textUnits = (block: Of<'text'>, x: number, width: number): Unit[] => {
  const { of, size = SIZE, indent = 0, bullet, anchor, after = 4, pageOf, keep = false } = block;
  if (isEmpty(of)) return [];
  const role: Role = { tag: 'P' };
  const units = linesUnits(
    linesOf(of, size, width - indent - (pageOf === undefined ? 0 : 30)),
    x + indent,
    role,
    false,
  );
  const [mark] = bullet === undefined ? [] : linesOf(bullet, size, 40);
  const bulleted =
    mark === undefined
      ? units
      : before(units, (canvas, top) => canvas.as(role, () => canvas.text(mark, x + indent - 10, top)));
  const numbered = pageOf === undefined ? bulleted : withPageNumber(bulleted, pageOf, x, width, size);
  const whole = [...anchored(numbered, anchor), spaceOf(after)];
  return keep ? whole.map((unit) => ({ ...unit, keep })) : whole;
};

const NAMES = 112;

const factsUnits = ({ rows, anchor }: Of<'facts'>, x: number, width: number): Unit[] => {
  const shown = rows.filter(([, of]) => !isEmpty(of));
  const widest = Math.max(0, ...shown.map(([name]) => naturalWidth(name, 8)));
  const names = Math.min(NAMES, widest + 10);
  const units = shown.flatMap(([name, of]): Unit[] => {
    const role: Role = { tag: 'P' };
    const title = linesOf({ of: name, style: { tone: 'soft' } }, 8, names - 6);
    const value = linesOf(of, 8.5, width - names);
    const body: Unit[] = value.map((line, index) => ({
      height: Math.max(line.height, title[index]?.height ?? 0),
      keep: index === 0 ? value.length > 1 : index === value.length - 2,
      draw: (canvas, top) =>
        canvas.as(role, () => {
          const named = title[index];
          if (named !== undefined) canvas.text(named, x, top + line.baseline - named.baseline);
          canvas.text(line, x + names, top);
        }),
    }));
    const over = title.slice(value.length);
    return [...body, ...linesUnits(over, x, role, false), spaceOf(2)];
  });
  return [...anchored(units, anchor), spaceOf(4)];
};

const BAR = 3;
const CARD_LEFT = 10;
/** A card that is no taller stands on one page. */
const WHOLE_CARD = BODY_HEIGHT * 0.45;

const cardUnits = ({ tone, of, anchor }: Of<'card'>, x: number, width: number): Unit[] => {
  const inner = of.flatMap((block) => unitsOf(block, x + CARD_LEFT, width - CARD_LEFT));
  while (inner.at(-1)?.space === true) inner.pop();
  const whole = inner.reduce((sum, { height }) => sum + height, 0) <= WHOLE_CARD;
  const barred = inner.map(
    (unit, index): Unit => ({
      ...unit,
      keep: index < inner.length - 1 && (whole || unit.keep || index < 2),
      draw: (canvas, top) => {
        canvas.rectangle(x, top, BAR, unit.height, tone === 'none' ? FILLS.none : TONES[tone]);
        unit.draw(canvas, top);
      },
    }),
  );
  return [...anchored(barred, anchor), spaceOf(9)];
};

/** A block cut into strips, `x` points from the left edge of the page. */
export const unitsOf = (block: Block, x: number = PAGE.left, width: number = BODY_WIDTH): Unit[] => {
  switch (block.is) {
    case 'heading':
      return headingUnits(block, x, width);
    case 'text':
      return textUnits(block, x, width);
    case 'facts':
      return factsUnits(block, x, width);
    case 'table':
      return tableUnits(block, x, width);
    case 'card':
      return cardUnits(block, x, width);
    case 'together':
      return block.of
        .flatMap((one) => unitsOf(one, x, width))
        .map((unit, index, all) => ({ ...unit, keep: index < all.length - 1 }));
    case 'gap':
      return [spaceOf(block.height)];
  }
};

/** Puts strips on pages: what has to stay together does, and the head of a table stands on each of its pages. */
export const flow = (canvas: Canvas, units: readonly Unit[]): void => {
  const bottom = PAGE.height - PAGE.bottom;
  let top: number = PAGE.top;
  let index = 0;
  const fresh = () => {
    canvas.add();
    top = PAGE.top;
  };
  while (index < units.length) {
    let end = index;
    let height = 0;
    for (; end < units.length; end++) {
      height += units[end]?.height ?? 0;
      if (!units[end]?.keep) break;
    }
    if (top > PAGE.top && top + height > bottom && height <= BODY_HEIGHT) fresh();
    for (const unit of units.slice(index, end + 1)) {
      if (top > PAGE.top && top + unit.height > bottom && !unit.space) fresh();
      if (top === PAGE.top && unit.space) continue;
      if (top === PAGE.top && unit.head !== undefined) {
        unit.head.draw(canvas, top);
        top += unit.head.height;
      }
      unit.draw(canvas, top);
      top += unit.height;
    }
    index = end + 1;
  }
};

/** The lines of a text that stands at a fixed place. */
export const fixed = (of: Inline, size: number, width: number): { lines: readonly Line[]; height: number } => {
  const lines = linesOf(of, size, width);
  return { lines, height: heightOf(lines) };
};
