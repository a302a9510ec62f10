import type { CriterionVerdict } from '../model/verdict.ts';
import type { Face } from './pdf-fonts.ts';
import { grouped, visible } from './text.ts';
import { VERDICT_NAMES } from './words.ts';

/** What a PDF report is made of before it has pages: text with its style, and blocks of it. Plain data. */

export type Tone = 'ink' | 'soft' | 'link' | 'fail' | 'open' | 'pass' | 'none';

export interface Style {
  readonly face: Face;
  /** Of the size of the text around it. */
  readonly scale: number;
  readonly tone: Tone;
  readonly struck: boolean;
  /** The anchor that it leads to. */
  readonly to?: string;
  /** A verdict’s word on its colour. */
  readonly badge?: CriterionVerdict;
}

export interface Styled {
  readonly of: Inline;
  readonly style: Partial<Style>;
}

/** Text in one paragraph. Strings of devices and persons have gone through `visible`. */
export type Inline = string | Styled | undefined | false | readonly Inline[];

/** Paragraphs under each other in one cell of a table. */
export interface Stack {
  readonly stack: readonly Inline[];
}
export type Cell = Inline | Stack;

export interface Column {
  readonly title: Inline;
  /** Points; `fit`: as wide as its widest cell, within reason; else a share of what is left. */
  readonly width: number | 'fit' | { readonly share: number };
  readonly right?: boolean;
  /** Set in by the depth of its row. */
  readonly tree?: boolean;
}

export interface Row {
  readonly cells: readonly Cell[];
  readonly anchor?: string;
  /** A heading of the rows under it: its first cell spans all columns. */
  readonly group?: boolean;
  /** Steps by which the cell of the tree’s column is set in. */
  readonly depth?: number;
}

export type Block =
  | {
      readonly is: 'heading';
      readonly level: 1 | 2 | 3 | 4;
      readonly of: Inline;
      readonly anchor?: string;
      /** Its name among the bookmarks. */
      readonly outline?: string;
    }
  | {
      readonly is: 'text';
      readonly of: Inline;
      readonly size?: number;
      readonly indent?: number;
      readonly bullet?: string;
      readonly anchor?: string;
      readonly after?: number;
      /** Stands on the page of what follows. */
      readonly keep?: boolean;
      /** A place at the end of the line for the number of the page that `anchor` stands on. */
      readonly pageOf?: string;
    }
  | {
      readonly is: 'table';
      readonly caption: string;
      readonly columns: readonly Column[];
      readonly rows: readonly Row[];
    }
  | { readonly is: 'facts'; readonly rows: readonly (readonly [string, Inline])[]; readonly anchor?: string }
  | { readonly is: 'card'; readonly tone: Tone; readonly of: readonly Block[]; readonly anchor?: string }
  /** Blocks that stand on one page. */
  | { readonly is: 'together'; readonly of: readonly Block[] }
  | { readonly is: 'gap'; readonly height: number };

export const isStack = (cell: Cell): cell is Stack =>
  typeof cell === 'object' && !Array.isArray(cell) && 'stack' in cell;

/** Whether nothing would be printed of it. */
export const isEmpty = (of: Inline): boolean => {
  if (of === undefined || of === false || of === '') return true;
  if (typeof of === 'string') return false;
  return 'style' in of ? of.style.badge === undefined && isEmpty(of.of) : of.every(isEmpty);
};

export const bold = (of: Inline): Styled => ({ of, style: { face: 'bold' } });
export const soft = (of: Inline): Styled => ({ of, style: { tone: 'soft' } });
export const small = (of: Inline): Styled => ({ of, style: { tone: 'soft', scale: 0.9 } });
export const attention = (of: Inline): Styled => ({ of, style: { tone: 'fail' } });
export const struck = (of: Inline): Styled => ({ of, style: { struck: true } });
export const badge = (verdict: CriterionVerdict): Styled => ({
  of: VERDICT_NAMES[verdict],
  style: { face: 'bold', badge: verdict },
});
/** Leads to an anchor; plain text where there is none. */
export const link = (of: Inline, to: string | undefined): Inline =>
  to === undefined ? of : { of, style: { tone: 'link', to } };
/** A name that outside scripts use, as it is written in the files. */
export const id = (text: string): Styled => ({ of: visible(text), style: { face: 'mono', scale: 0.92 } });
/** The first twelve digits of a digest. */
export const digest = (text: string): Styled => id(text.slice(0, 12));

/** Things one after another, with commas; at most `most`, and how many more there are. */
export const listed = (items: readonly Inline[], most = 24): Inline => [
  ...items.slice(0, most).flatMap((item, index) => (index > 0 ? [', ', item] : [item])),
  items.length > most && ` and ${grouped(items.length - most)} more in assessment.json`,
];

export const text = (of: Inline, more: Omit<Extract<Block, { is: 'text' }>, 'is' | 'of'> = {}): Block => ({
  is: 'text',
  of,
  ...more,
});
/** What stands beside the matter, smaller. */
export const note = (of: Inline, more: Omit<Extract<Block, { is: 'text' }>, 'is' | 'of'> = {}): Block =>
  text(soft(of), { size: 8, ...more });
export const bullet = (of: Inline, indent = 0): Block => text(of, { bullet: '•', indent: indent + 12, after: 2 });
export const heading = (level: 2 | 3 | 4, of: Inline, more: { anchor?: string; outline?: string } = {}): Block => ({
  is: 'heading',
  level,
  of,
  ...more,
});
export const facts = (rows: readonly (readonly [string, Inline])[], anchor?: string): Block => ({
  is: 'facts',
  rows,
  ...(anchor === undefined ? {} : { anchor }),
});
export const table = (caption: string, columns: readonly Column[], rows: readonly Row[]): Block => ({
  is: 'table',
  caption,
  columns,
  rows,
});
export const cells = (...row: Cell[]): Row => ({ cells: row });
