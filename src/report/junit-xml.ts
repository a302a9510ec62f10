import { visible } from './text.ts';

/** An element of a document that is written out as XML. Texts may be anything: they are made visible and escaped here. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (Element | string)[];
}

export const element = (
  name: string,
  attributes: Element['attributes'],
  children: Element['children'] = [],
): Element => ({ name, attributes, children });

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text as XML 1.0 may hold it (2.2, 2.4): what is no character there is made visible, markup is escaped. */
export const escapeXml = (text: string): string =>
  visible(text).replace(/[&<>"']/g, (found) => ENTITIES[found] ?? found);

const written = (one: Element | string, indent: string): string => {
  if (typeof one === 'string') return `${indent}${escapeXml(one)}\n`;
  const attributes = Object.entries(one.attributes).map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`);
  const start = `${indent}<${one.name}${attributes.join('')}`;
  if (one.children.length === 0) return `${start}/>\n`;
  const inside = one.children.map((child) => written(child, typeof child === 'string' ? '' : `${indent}  `)).join('');
  return one.children.some((child) => typeof child === 'string')
    ? `${start}>${inside.trimEnd()}</${one.name}>\n`
    : `${start}>\n${inside}${indent}</${one.name}>\n`;
};

/** A whole document, in UTF-8. Each text child is a line of its own. */
export const xmlDocument = (root: Element): string => `<?xml version="1.0" encoding="UTF-8"?>\n${written(root, '')}`;
