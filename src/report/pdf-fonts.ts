import PDFDocument from 'pdfkit';

/** The faces of a PDF report: DejaVu Sans, its bold, and DejaVu Sans Mono (npm `dejavu-fonts-ttf`, under its free licence). */
export const FACES = ['sans', 'bold', 'mono'] as const;
export type Face = (typeof FACES)[number];

const FILES: Record<Face, string> = { sans: 'DejaVuSans', bold: 'DejaVuSans-Bold', mono: 'DejaVuSansMono' };

interface Glyph {
  readonly id: number;
  readonly advanceWidth: number;
}

/** What pdfkit asks of a font that it is given parsed: `layout`, and all that the parsed font has by itself. */
interface Parsed {
  readonly unitsPerEm: number;
  hasGlyphForCodePoint(code: number): boolean;
  glyphForCodePoint(code: number): Glyph;
}

/** The path of a file of the package: pdfkit opens it, as the font is a part of the program and not of the input. */
const pathOf = (face: Face): string =>
  decodeURIComponent(new URL(import.meta.resolve(`dejavu-fonts-ttf/ttf/${FILES[face]}.ttf`)).pathname).replace(
    /^\/(?=[A-Za-z]:)/,
    '',
  );

const RIGHT_TO_LEFT =
  /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\p{Script=Hebrew}\p{Script=Arabic}](?:[\p{M} ]*[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefe\p{Script=Hebrew}\p{Script=Arabic}]\p{M}*)*/gu;

/** A run of right-to-left letters in the order in which it is drawn; nothing beside it moves. */
const drawn = (text: string): string =>
  text.replace(RIGHT_TO_LEFT, (run) => (run.match(/\P{M}\p{M}*/gu) ?? [run]).reverse().join(''));

/**
 * The font with a layout of its own: one glyph a character, as many wide as it says. No ligatures, no reordering and no
 * shaping, so that what was measured is what is drawn, whatever a device said.
 */
const plainly = (font: Parsed): Parsed =>
  Object.create(font, {
    layout: {
      value: (text: string) => {
        const glyphs = Array.from(drawn(text), (character) => font.glyphForCodePoint(character.codePointAt(0) ?? 0));
        const positions = glyphs.map(({ advanceWidth }) => ({
          xAdvance: advanceWidth,
          yAdvance: 0,
          xOffset: 0,
          yOffset: 0,
        }));
        return {
          glyphs,
          positions,
          // pdfkit scales the positions in place and asks for the width after that.
          get advanceWidth() {
            return positions.reduce((sum, { xAdvance }) => sum + xAdvance, 0);
          },
        };
      },
    },
  }) as Parsed;

const opened = (face: Face): Parsed => {
  const document = new PDFDocument({ font: pathOf(face), autoFirstPage: false });
  const { _font } = document as unknown as { _font?: { font?: Partial<Parsed> } };
  const font = _font?.font;
  if (typeof font?.glyphForCodePoint !== 'function' || typeof font.hasGlyphForCodePoint !== 'function')
    throw new Error(`pdfkit does not show the font that it opened for "${face}"`);
  return font as Parsed;
};

interface Opened {
  readonly font: Parsed;
  /** Widths in ems by code point; undefined for what the font lacks. */
  readonly widths: Map<number, number | undefined>;
}

const fonts = new Map<Face, Opened>();
const fontOf = (face: Face): Opened => {
  const known = fonts.get(face) ?? { font: opened(face), widths: new Map() };
  fonts.set(face, known);
  return known;
};

/** The font in the form in which a document registers it. Each document makes its own subset of it. */
export const fontFor = (face: Face): Uint8Array => plainly(fontOf(face).font) as unknown as Uint8Array;

/** How wide a character is, in ems; undefined where the face has no glyph for it. */
export const widthOf = (face: Face, character: string): number | undefined => {
  const { font, widths } = fontOf(face);
  const code = character.codePointAt(0) ?? 0;
  if (widths.has(code)) return widths.get(code);
  const width = font.hasGlyphForCodePoint(code)
    ? font.glyphForCodePoint(code).advanceWidth / font.unitsPerEm
    : undefined;
  widths.set(code, width);
  return width;
};

/** How wide a text is that the face has all glyphs for, in ems. */
export const textWidth = (face: Face, text: string): number => {
  let sum = 0;
  for (const character of text) sum += widthOf(face, character) ?? 0;
  return sum;
};
