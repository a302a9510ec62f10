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

/** The font with a layout of its own: one glyph a character, as wide as it says, without ligatures or shaping. */
const plainly = (font: Parsed): Parsed =>
  Object.create(font, {
    layout: {
      value: (text: string) => {
        const glyphs = Array.from(text, (character) => font.glyphForCodePoint(character.codePointAt(0) ?? 0));
        const positions = glyphs.map(({ advanceWidth: xAdvance }) => ({
          xAdvance,
          yAdvance: 0,
          xOffset: 0,
          yOffset: 0,
        }));
        return { glyphs, positions, advanceWidth: glyphs.reduce((sum, { advanceWidth }) => sum + advanceWidth, 0) };
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

/** What pdfkit keeps of the font that is chosen in a document. */
interface Chosen {
  readonly id: string;
  encode(text: string, features: readonly string[]): readonly [readonly string[], unknown];
  ref(): unknown;
}

/** Writes text in one document: each makes its own subset of the fonts. */
export interface Pen {
  /** The name of the face on the page of now. */
  font(face: Face): string;
  /** A text as PDF writes it, in hexadecimal. The face has all its characters. */
  glyphs(face: Face, text: string): string;
}

/**
 * pdfkit's own `text` lays each word out again and writes ten lines for it. Here each character is looked up once a
 * document, and what was measured is what is drawn: no ligatures, no reordering, whatever a device said.
 */
export const penOf = (document: InstanceType<typeof PDFDocument>): Pen => {
  const chosen = new Map<Face, { font: Chosen; known: Map<string, string> }>();
  const choose = (face: Face) => {
    const made = chosen.get(face);
    if (made !== undefined) return made;
    document.font(plainly(fontOf(face).font) as unknown as Uint8Array, face);
    const { _font: font } = document as unknown as { _font: Chosen };
    const fresh = { font, known: new Map<string, string>() };
    chosen.set(face, fresh);
    return fresh;
  };
  return {
    font: (face) => {
      const { font } = choose(face);
      const { fonts } = document.page as unknown as { fonts: Record<string, unknown> };
      fonts[font.id] ??= font.ref();
      return font.id;
    },
    glyphs: (face, text) => {
      const { font, known } = choose(face);
      let written = '';
      for (const character of drawn(text)) {
        let glyph = known.get(character);
        if (glyph === undefined) {
          glyph = font.encode(character, [])[0].join('');
          known.set(character, glyph);
        }
        written += glyph;
      }
      return written;
    },
  };
};

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
