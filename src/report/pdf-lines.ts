import type { Inline, Style, Tone } from './pdf-blocks.ts';
import { type Face, textWidth, widthOf } from './pdf-fonts.ts';
import { visible } from './text.ts';

/** Text of one style on one line; `x` is from the line’s left edge, in points. */
export interface Piece {
  text: string;
  readonly x: number;
  width: number;
  readonly size: number;
  readonly style: Style;
}

export interface Line {
  readonly pieces: readonly Piece[];
  readonly width: number;
  readonly height: number;
  /** From the line’s top. */
  readonly baseline: number;
}

/** DejaVu’s own, in ems. */
const ASCENT = 0.928;
const DESCENT = 0.236;
const LEADING = 1.4;

/** Space on both sides of a verdict’s word on its colour, in points. */
export const BADGE_PADDING = 3.5;
const BADGE_SCALE = 0.88;

/** No text of a report is longer: what devices and persons say was cut before, and says so. */
const LONGEST = 12_000;

/** Marks that stand on one letter; more of them would reach into the lines around. */
const MOST_MARKS = 2;

const named = (code: number): string => `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** Text in the faces that have its characters; what none has, and pictures of controls, by their number. */
const inFaces = (text: string, wanted: Face): [Face, string][] => {
  const parts: [Face, string][] = [];
  let marks = 0;
  const add = (face: Face, shown: string) => {
    const last = parts.at(-1);
    if (last?.[0] === face) last[1] += shown;
    else parts.push([face, shown]);
  };
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x20 && code < 0x7f) {
      marks = 0;
      add(wanted, character);
      continue;
    }
    marks = /\p{M}/u.test(character) ? marks + 1 : 0;
    if (code >= 0x2400 && code <= 0x2421) add(wanted, named(code === 0x2421 ? 0x7f : code - 0x2400));
    else if (marks > MOST_MARKS) add(wanted, named(code));
    else if (widthOf(wanted, character) !== undefined) add(wanted, character);
    else if (widthOf('sans', character) !== undefined) add('sans', character);
    else add(wanted, named(code));
  }
  return parts;
};

interface Chunk {
  readonly text: string;
  readonly width: number;
  readonly style: Style;
  readonly size: number;
  readonly breakAfter: boolean;
}

const PLAIN: Style = { face: 'sans', scale: 1, tone: 'ink', struck: false };

const LONG_WORD = 22;

/** Words with the space after them; long ones, and names of things, in parts. */
const partsOf = (text: string, face: Face): string[] =>
  (text.match(/ +|[^ ]+ ?/g) ?? []).flatMap((word) =>
    face === 'mono' || word.length > LONG_WORD
      ? (word.match(/[^/@,;:_-]*[/@,;:_-]+ ?|[^/@,;:_-]+/g) ?? [word])
      : [word],
  );

const chunksOf = (of: Inline, style: Style, size: number, into: Chunk[]): void => {
  if (of === undefined || of === false || of === '') return;
  if (typeof of === 'string') {
    const own = size * style.scale * (style.badge === undefined ? 1 : BADGE_SCALE);
    for (const [face, shown] of inFaces(visible(of, LONGEST), style.face)) {
      const faced = face === style.face ? style : { ...style, face };
      if (style.badge !== undefined) {
        const width = textWidth(face, shown) * own + 2 * BADGE_PADDING;
        into.push({ text: shown, width, style: faced, size: own, breakAfter: false });
        continue;
      }
      for (const part of partsOf(shown, face))
        into.push({
          text: part,
          width: textWidth(face, part) * own,
          style: faced,
          size: own,
          breakAfter: part.endsWith(' ') || /[/@,;:_-]$/.test(part),
        });
    }
  } else if ('style' in of) {
    const { scale = 1, ...rest } = of.style;
    chunksOf(of.of, { ...style, ...rest, scale: style.scale * scale }, size, into);
  } else for (const one of of) chunksOf(one, style, size, into);
};

const sameStyle = (one: Style, other: Style): boolean =>
  one === other ||
  (one.face === other.face &&
    one.tone === other.tone &&
    one.scale === other.scale &&
    one.struck === other.struck &&
    one.to === other.to &&
    one.badge === other.badge);

/** How wide the text is on one line, in points. */
export const naturalWidth = (of: Inline, size: number, tone: Tone = 'ink'): number => {
  const chunks: Chunk[] = [];
  chunksOf(of, { ...PLAIN, tone }, size, chunks);
  return chunks.reduce((sum, { width }) => sum + width, 0);
};

/** A chunk that is wider than a line, character by character. */
const split = (chunk: Chunk, width: number): Chunk[] => {
  const { style, size } = chunk;
  const parts: Chunk[] = [];
  let text = '';
  let used = 0;
  for (const character of chunk.text) {
    const own = (widthOf(style.face, character) ?? 0) * size;
    if (used + own > width && text !== '') {
      parts.push({ text, width: used, style, size, breakAfter: true });
      [text, used] = ['', 0];
    }
    text += character;
    used += own;
  }
  return [...parts, { ...chunk, text, width: used }];
};

const lineOf = (chunks: readonly Chunk[], size: number): Line => {
  const pieces: Piece[] = [];
  let x = 0;
  let tallest = size;
  for (const [index, { text, width, style, size: own }] of chunks.entries()) {
    const isLast = index === chunks.length - 1;
    const shown = isLast && style.badge === undefined ? text.replace(/ +$/, '') : text;
    const drawn = shown === text ? width : textWidth(style.face, shown) * own;
    const last = pieces.at(-1);
    if (last !== undefined && style.badge === undefined && sameStyle(last.style, style)) {
      last.text += shown;
      last.width += drawn;
    } else if (shown !== '') pieces.push({ text: shown, x, width: drawn, size: own, style });
    x += drawn;
    tallest = Math.max(tallest, own);
  }
  const height = tallest * LEADING;
  return { pieces, width: x, height, baseline: (height - (ASCENT + DESCENT) * tallest) / 2 + ASCENT * tallest };
};

/** Text broken into lines of at most `width` points; at least one line. Measured once: what is drawn is what is here. */
export const linesOf = (of: Inline, size: number, width: number, tone: Tone = 'ink'): Line[] => {
  const chunks: Chunk[] = [];
  chunksOf(of, { ...PLAIN, tone }, size, chunks);
  const lines: Line[] = [];
  let line: Chunk[] = [];
  let used = 0;
  const close = () => {
    lines.push(lineOf(line, size));
    line = [];
    used = 0;
  };
  let word: Chunk[] = [];
  let wide = 0;
  const place = () => {
    const last = word.at(-1);
    if (last === undefined) return;
    const trailing = last.text.endsWith(' ') ? (widthOf(last.style.face, ' ') ?? 0) * last.size : 0;
    if (used > 0 && used + wide - trailing > width) close();
    if (wide - trailing <= width) {
      line.push(...word);
      used += wide;
    } else
      for (const part of word.flatMap((chunk) => (chunk.style.badge === undefined ? split(chunk, width) : [chunk]))) {
        if (used > 0 && used + part.width > width) close();
        line.push(part);
        used += part.width;
      }
    word = [];
    wide = 0;
  };
  for (const chunk of chunks) {
    word.push(chunk);
    wide += chunk.width;
    if (chunk.breakAfter) place();
  }
  place();
  if (line.length > 0 || lines.length === 0) close();
  return lines;
};

export const heightOf = (lines: readonly Line[]): number => lines.reduce((sum, { height }) => sum + height, 0);
