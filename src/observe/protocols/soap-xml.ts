import { type SaxesAttributeNS, SaxesParser } from 'saxes';

/** One element of a device's XML: names without their prefixes, text of its own without its children's. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly XmlElement[];
}

const BYTES = 512 * 1024;
const ELEMENTS = 5_000;
const DEPTH = 40;

interface Growing {
  name: string;
  attributes: Record<string, string>;
  text: string;
  children: Growing[];
}

/** Thrown within a read to end it: the device's XML is not worth going on with. */
class Enough extends Error {}

/** An ampersand that begins no reference: written out, for the parser takes what follows it for one. */
const BARE = /&(?!(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{1,8});)/gi;

const local = (name: string): string => name.slice(name.lastIndexOf(':') + 1);

const attributesOf = (given: Readonly<Record<string, string | SaxesAttributeNS>>): Record<string, string> => {
  const found = Object.create(null) as Record<string, string>;
  for (const [name, value] of Object.entries(given)) found[local(name)] = String(value);
  return found;
};

/**
 * Reads a device's XML, leniently: devices leave ampersands bare and elements open. Undefined where there is no element,
 * or a document type (nothing that speaks UPnP or SOAP has one, and entities are what bombs are made of), or more than
 * 512 KiB, 5,000 elements or 40 levels. Never throws; no entity but the five of XML is expanded.
 */
export function readXml(bytes: Buffer | string): XmlElement | undefined {
  if (bytes.length > BYTES) return undefined;
  const text = (typeof bytes === 'string' ? bytes : bytes.toString('utf8'))
    .replace(/^[\ufeff\s\0]+/, '')
    .replace(BARE, '&amp;');
  if (!text.startsWith('<')) return undefined;
  const parser = new SaxesParser({ position: false, xmlns: false });
  const open: Growing[] = [];
  let root: Growing | undefined;
  let elements = 0;
  parser.on('error', () => undefined);
  parser.on('doctype', () => {
    throw new Enough();
  });
  parser.on('opentag', (tag) => {
    elements += 1;
    if (elements > ELEMENTS || open.length >= DEPTH) throw new Enough();
    const element: Growing = {
      name: local(tag.name),
      attributes: attributesOf(tag.attributes),
      text: '',
      children: [],
    };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  const add = (words: string): void => {
    const element = open.at(-1);
    if (element) element.text += words;
  };
  parser.on('text', add);
  parser.on('cdata', add);
  try {
    parser.write(text).close();
  } catch (error) {
    if (error instanceof Enough) return undefined;
    // What saxes gives up on: what was read before it stands.
  }
  return root;
}

/** All elements of that name below this one, itself included, in the order of the document. */
export const elementsNamed = (element: XmlElement, name: string): XmlElement[] => [
  ...(element.name === name ? [element] : []),
  ...element.children.flatMap((child) => elementsNamed(child, name)),
];

/** The text of the first direct child of that name, without the blanks around it. */
export const childText = (element: XmlElement, name: string): string | undefined =>
  element.children.find((child) => child.name === name)?.text.trim();

/** All text below an element, with a blank between the parts. */
export const allText = (element: XmlElement): string =>
  [element.text.trim(), ...element.children.map(allText)].filter((part) => part !== '').join(' ');

export const xmlText = (text: string): string => text.replace(/[<>&"']/g, (c) => `&#${c.charCodeAt(0)};`);
