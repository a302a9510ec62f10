import type { Fact, FactOf, Sha256 } from '../model/fact.ts';
import type { Marker } from '../model/run.ts';

/** Bytes that a value needs to be looked for in base64 and in hexadecimal: a shorter one is met there by chance. */
const ENCODED = 6;

/** Bytes as text, one character a byte: the only text in which nothing is lost. */
const latin = (bytes: Buffer): string => bytes.toString('latin1');
const utf8 = (text: string): string => latin(Buffer.from(text));

const PERCENT = /%([0-9a-f]{2})/gi;
const percent = (text: string): string => text.replace(PERCENT, (_, digits: string) => character(digits, 16));
const character = (digits: string, radix: number): string => String.fromCharCode(Number.parseInt(digits, radix));

/** Escapes of JSON and of C: runs of `\u`, so that a pair of surrogates stays one character; `\x` is one byte. */
const ESCAPES = /((?:\\u[0-9a-f]{4}){1,200})|\\x([0-9a-f]{2})|\\(["'\\/nrt])/gi;
const unescaped = (text: string): string =>
  text.replace(ESCAPES, (_, units: string | undefined, byte: string | undefined, sign: string) => {
    if (units !== undefined) {
      const codes = units.slice(2).split(/\\u/i);
      return utf8(String.fromCharCode(...codes.map((code) => Number.parseInt(code, 16))));
    }
    if (byte !== undefined) return character(byte, 16);
    return { n: '\n', r: '\r', t: '\t' }[sign.toLowerCase()] ?? sign;
  });

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const ENTITY = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(amp|lt|gt|quot|apos));/gi;
const withoutEntities = (text: string): string =>
  text.replace(ENTITY, (all, decimal: string | undefined, digits: string | undefined, name: string | undefined) => {
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? all;
    const code = decimal === undefined ? Number.parseInt(digits!, 16) : Number(decimal);
    return code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? utf8(String.fromCodePoint(code)) : all;
  });

/** A value in the ways in which it may be written as bytes. */
const spellings = (value: string): string[] => {
  const wide = Buffer.from(value, 'utf16le');
  const forms = [value, value.normalize('NFC'), value.normalize('NFD')].map(utf8);
  if (/^[\0-\xff]*$/.test(value)) forms.push(value);
  return [...new Set([...forms, latin(wide), latin(Buffer.from(wide).swap16())])];
};

/** What lies in base64 in a text, also in its URL form and broken into lines, from any place where a group of four may begin. */
const BASE64 = /[a-z0-9+/_-]{8,}/gi;
const decoded = (text: string): string[] => {
  const runs = text.replace(/[\r\n]/g, '').match(BASE64) ?? [];
  return [0, 1, 2, 3].map((from) => runs.map((run) => latin(Buffer.from(run.slice(from), 'base64'))).join('\n'));
};
const hexDigits = (text: string): string => text.toLowerCase().replace(/[\s:.-]/g, '');
const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

/**
 * Names of the markers that stand in these bytes: in clear, in UTF-8, UTF-16 or ISO 8859-1; with the escapes of JSON, C,
 * XML (twice, as UPnP has it) and URLs; from six bytes on in base64 and in hexadecimal too.
 */
export const markersIn = (markers: readonly Marker[], bytes: Buffer): readonly string[] => {
  if (markers.length === 0) return [];
  const text = latin(bytes);
  const json = unescaped(text);
  const url = percent(text);
  const xml = withoutEntities(text);
  const form = percent(text.replaceAll('+', ' '));
  const encoded = [...new Set([text, json, url])];
  const plain = [...new Set([...encoded, form, xml, withoutEntities(xml), withoutEntities(json)])];
  const within = encoded.flatMap(decoded);
  const digits = encoded.map(hexDigits);
  const holds = (value: string): boolean =>
    plain.some((view) => view.includes(value)) ||
    (value.length >= ENCODED &&
      (within.some((view) => view.includes(value)) || digits.some((view) => view.includes(hex(value)))));
  return markers.filter(({ value }) => spellings(value).some(holds)).map(({ name }) => name);
};

/** What a marker makes of a class: what the tester planted is a customer's, wherever it lies. */
const STORED: readonly FactOf<'access'>['class'][] = ['content', 'discovery', 'setting'];

/**
 * The markers in what one attempt kept as samples: a sample that was reached without authority and holds one makes its
 * `access` fact conclusive, whichever probe read it.
 */
export class MarkedSamples {
  readonly #markers: readonly Marker[];
  readonly #found = new Map<Sha256, readonly string[]>();

  constructor(markers: readonly Marker[] = []) {
    this.#markers = markers;
  }

  names(bytes: Buffer | string): readonly string[] {
    return this.#markers.length === 0 ? [] : markersIn(this.#markers, Buffer.from(bytes as string));
  }

  /** Looks into bytes that are kept under that digest, before anything is redacted in them. */
  look(digest: Sha256, bytes: Buffer | string): void {
    const found = this.names(bytes);
    if (found.length > 0) this.#found.set(digest, found);
  }

  /** The fact as the markers in its sample have it. */
  mark(fact: Fact): Fact {
    if (fact.kind !== 'access' || fact.sample === undefined || fact.how === 'marker') return fact;
    // What takes real credentials is protected; what is declared public may show it; what is written is our own.
    if (fact.authentication === 'required' || fact.class === 'public' || fact.action === 'write') return fact;
    // A page that repeats the address which it was asked for shows nothing that it holds.
    const asked = this.names(fact.resource);
    const names = (this.#found.get(fact.sample) ?? []).filter((name) => !asked.includes(name));
    if (names.length === 0) return fact;
    const stored = STORED.includes(fact.class) ? ('customer-data' as const) : fact.class;
    return { ...fact, class: stored, how: 'marker', marker: names.join(', ').slice(0, 4096) };
  }
}
