import PDFDocument from 'pdfkit';
import type { CriterionVerdict } from '../model/verdict.ts';
import type { Tone } from './pdf-blocks.ts';
import { type Pen, penOf } from './pdf-fonts.ts';
import { BADGE_PADDING, type Line, type Piece } from './pdf-lines.ts';

/** A4 in points, and what of it is printed on. */
export const PAGE = { width: 595.28, height: 841.89, left: 51, right: 51, top: 66, bottom: 66 } as const;
export const BODY_WIDTH: number = PAGE.width - PAGE.left - PAGE.right;
export const BODY_HEIGHT: number = PAGE.height - PAGE.top - PAGE.bottom;

export const TONES: Record<Tone, string> = {
  ink: '#1b2430',
  soft: '#525d6c',
  link: '#1f4f8f',
  fail: '#8f1d1d',
  open: '#6d4700',
  pass: '#14532d',
  none: '#465160',
};
export const FILLS: Record<Tone, string> = {
  ink: '#1b2430',
  soft: '#f6f7f9',
  link: '#f6f7f9',
  fail: '#fbe9e7',
  open: '#fdf1d8',
  pass: '#e4f3e9',
  none: '#eceff3',
};
export const HAIRLINE = '#d8dde5';

export const TONE_OF: Record<CriterionVerdict, Tone> = {
  fail: 'fail',
  inconclusive: 'open',
  'not-assessed': 'none',
  pass: 'pass',
  'not-applicable': 'none',
};

/** What a piece of the page is to a reader who does not see it; parts of one paragraph share one. */
export interface Role {
  readonly tag: 'H1' | 'H2' | 'H3' | 'H4' | 'P' | 'Table' | 'Caption' | 'TR' | 'TH' | 'TD';
  readonly in?: Role;
}

export interface Information {
  readonly title: string;
  readonly subject: string;
  readonly producer: string;
  readonly at: Date;
}

type Document = InstanceType<typeof PDFDocument>;

const OUTLINE = '#c3cad4';

const n = (value: number): string => String(Math.round(value * 100) / 100);

/** `#8f1d1d` as PDF writes a colour: three parts of one. */
const rgb = (colour: string): string =>
  [1, 3, 5].map((at) => String(Math.round(Number.parseInt(colour.slice(at, at + 2), 16) / 2.55) / 100)).join(' ');

const RADIUS = 2;
/** How far the handles of a quarter of a circle lie from its corner, as a part of the radius. */
const HANDLE = 0.448;

const rounded = (x: number, y: number, width: number, height: number): string => {
  const [right, bottom, r, h] = [x + width, y + height, RADIUS, RADIUS * HANDLE];
  const path: (number | string)[] = [
    ...[x + r, y, 'm', right - r, y, 'l', right - h, y, right, y + h, right, y + r, 'c'],
    ...[right, bottom - r, 'l', right, bottom - h, right - h, bottom, right - r, bottom, 'c'],
    ...[x + r, bottom, 'l', x + h, bottom, x, bottom - h, x, bottom - r, 'c'],
    ...[x, y + r, 'l', x, y + h, x + h, y, x + r, y, 'c', 'h'],
  ];
  return path.map((part) => (typeof part === 'number' ? n(part) : part)).join(' ');
};

/** pdfkit writes these into XML as they are: what would be markup there is shown by a letter of the same look. */
const harmless = (text: string): string => text.replaceAll('&', '＆').replaceAll('<', '＜').replaceAll('>', '＞');

/** The pages of a document while it is made, measured from their top left corner. */
export class Canvas {
  readonly anchors = new Map<string, number>();
  private readonly document: Document;
  private readonly pen: Pen;
  private readonly bytes: Uint8Array[] = [];
  private readonly root: PDFKit.PDFStructureElement;
  private readonly elements = new Map<Role, PDFKit.PDFStructureElement>();
  private readonly outlines: PDFKit.PDFOutline[] = [];
  private readonly later: (() => void)[] = [];
  private page = 0;

  constructor({ at, ...said }: Information) {
    const [title, subject, producer] = [said.title, said.subject, said.producer].map(harmless);
    this.document = new PDFDocument({
      autoFirstPage: false,
      bufferPages: true,
      size: 'A4',
      // Lines are placed by hand: nothing may start a page by itself.
      margin: 0,
      pdfVersion: '1.7',
      lang: 'en',
      displayTitle: true,
      tagged: true,
      info: { Title: title, Subject: subject, Producer: producer, Creator: producer, CreationDate: at, ModDate: at },
    });
    this.document.on('data', (chunk: Uint8Array) => this.bytes.push(chunk));
    this.pen = penOf(this.document);
    this.root = this.document.struct('Document');
    this.document.addStructure(this.root);
    this.add();
  }

  add(): void {
    this.document.addPage();
    this.page++;
  }

  /** The number of the page that is drawn on, from 1. */
  get at(): number {
    return this.page;
  }

  rectangle(x: number, y: number, width: number, height: number, fill: string): void {
    this.document.addContent(`${rgb(fill)} rg ${n(x)} ${n(y)} ${n(width)} ${n(height)} re f`);
  }

  line(x: number, y: number, width: number, colour: string = HAIRLINE, thickness = 0.5): void {
    this.rectangle(x, y, width, thickness, colour);
  }

  private badge(x: number, y: number, width: number, height: number, verdict: CriterionVerdict): void {
    const path = rounded(x, y, width, height);
    this.document.addContent(
      verdict === 'not-assessed'
        ? `1 1 1 rg ${rgb(OUTLINE)} RG 0.5 w ${path} b`
        : `${rgb(FILLS[TONE_OF[verdict]])} rg ${path} f`,
    );
  }

  private piece({ text, x: dx, width, size, style }: Piece, left: number, top: number, line: Line): void {
    const x = left + dx;
    const baseline = top + line.baseline;
    const { face, tone: own, badge, struck, to } = style;
    if (badge !== undefined) this.badge(x, baseline - size * 1.06, width, size * 1.42, badge);
    const tone = TONES[badge === undefined ? own : TONE_OF[badge]];
    this.document.addContent(
      `BT ${rgb(tone)} rg /${this.pen.font(face)} ${n(size)} Tf 1 0 0 -1 ${n(x + (badge === undefined ? 0 : BADGE_PADDING))} ${n(baseline)} Tm <${this.pen.glyphs(face, text)}> Tj ET`,
    );
    if (struck) this.rectangle(x, baseline - size * 0.28, width, 0.5, tone);
    if (to !== undefined) this.document.goTo(x, top, width, line.height, to);
  }

  /** Draws a line of text with its top left corner there. */
  text(line: Line, x: number, y: number): void {
    for (const piece of line.pieces) this.piece(piece, x, y, line);
  }

  private elementOf(role: Role): PDFKit.PDFStructureElement {
    const known = this.elements.get(role);
    if (known !== undefined) return known;
    const element = this.document.struct(role.tag);
    (role.in === undefined ? this.root : this.elementOf(role.in)).add(element);
    this.elements.set(role, element);
    return element;
  }

  /** Draws something as what it is to readers who do not see it. */
  as(role: Role, draw: () => void): void {
    const element = this.elementOf(role);
    const content = this.document.markStructureContent(role.tag);
    draw();
    this.document.endMarkedContent();
    element.add(content);
  }

  /** Draws what repeats from page to page or only adorns it. */
  aside(draw: () => void): void {
    this.document.markContent('Artifact', { type: 'Pagination' });
    draw();
    this.document.endMarkedContent();
  }

  anchor(name: string, y: number): void {
    if (this.anchors.has(name)) return;
    this.anchors.set(name, this.page);
    this.document.addNamedDestination(name, 'XYZ', null, y, null);
  }

  /** A bookmark at this height of the page; level 1 stands highest. */
  bookmark(level: number, title: string, y: number): void {
    const parent = this.outlines[level - 2] ?? this.document.outline;
    this.outlines.length = level - 1;
    const there = { expanded: false, top: y };
    this.outlines[level - 1] = parent.addItem(title, there);
  }

  /** Draws something on the page of now when it is known where all anchors are. */
  atTheEnd(draw: () => void): void {
    const page = this.page;
    this.later.push(() => {
      this.document.switchToPage(page - 1);
      draw();
    });
  }

  /** Draws what stands on every page, and gives the file. */
  async end(draw: (page: number, of: number) => void): Promise<Uint8Array> {
    for (const one of this.later) one();
    for (let page = 1; page <= this.page; page++) {
      this.document.switchToPage(page - 1);
      this.aside(() => draw(page, this.page));
    }
    this.root.end();
    const ended = new Promise<void>((resolve, reject) => {
      this.document.on('end', resolve);
      this.document.on('error', reject);
    });
    this.document.end();
    await ended;
    const whole = new Uint8Array(this.bytes.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const chunk of this.bytes) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}
