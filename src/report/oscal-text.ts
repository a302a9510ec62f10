import { v5 } from 'uuid';
import type { Assessment } from '../model/assessment.ts';
import { visible } from './text.ts';

/** The data types of OSCAL 1.2 (NIST, "OSCAL Data Types"), made of whatever a device or a person said. */

/** The namespace of our properties: OSCAL's own names are not used for what only this tool says. */
export const NAMESPACE = 'urn:probity:ns:oscal:1';

/** Namespace of the names in documents of assessments that were not filed and so have no id (RFC 9562, 5.5). */
const UNFILED = '5b0f6f0e-3a52-5d0b-8b7c-0e7b6a4f2d19';

/** Longest token that is not cut, in UTF-16 code units. */
const LONGEST_TOKEN = 200;

/** A `string`: one line, not empty, no space at its ends. */
export const oscalString = (text: string, longest?: number): string => visible(text, longest).trim() || '⟨nothing⟩';

/** What CommonMark, and OSCAL's additions to it, take as markup within a line. */
const MARKUP = /[\\`*_{}[\]<>&~^|]/g;

/** A `markup-line`: the text as it is, with nothing in it read as markup. */
export const line = (text: string, longest?: number): string =>
  oscalString(text, longest)
    .replace(MARKUP, '\\$&')
    .replace(/^[#+=-]|^\d{1,9}(?=[.)])/, (start) => (/\d/.test(start) ? `${start}\\` : `\\${start}`));

/** A `markup-multiline`: a paragraph for each text, absent ones left out. */
export const prose = (...texts: readonly (string | false | undefined)[]): string =>
  texts
    .filter((text): text is string => typeof text === 'string' && text !== '')
    .map((text) => line(text))
    .join('\n\n');

/**
 * A `token` (an XML NCName without a colon) for an id. Two ids never have the same one: what a token may not hold, and the
 * underscore itself, stands as its number, and an underscore goes before what may not begin one. A very long one is cut, and
 * ends in a UUID of the id.
 */
export const token = (id: string): string => {
  const kept = id.replace(/[^\p{L}\p{N}.-]/gu, (character) => `_${(character.codePointAt(0) ?? 0).toString(16)}_`);
  const whole = /^[\p{L}_]/u.test(kept) ? kept : `_${kept}`;
  if (whole.length <= LONGEST_TOKEN) return whole;
  // Not between the two halves of a letter.
  const cut = whole.slice(0, LONGEST_TOKEN).replace(/[\ud800-\udbff]$/, '');
  return `${cut}.${v5(JSON.stringify(id), UNFILED)}`;
};

/** A `date-time-with-timezone` in UTC; undefined for what is no instant, or none of the years that OSCAL can say. */
export const instant = (at: string | undefined): string | undefined => {
  const time = Date.parse(at ?? '');
  const text = Number.isNaN(time) ? '' : new Date(time).toISOString();
  return /^(19|2\d)\d\d-/.test(text) ? text : undefined;
};

export interface Property {
  readonly name: string;
  readonly ns: string;
  readonly value: string;
  readonly class?: string;
  readonly remarks?: string;
}

/** A property in our namespace, as a list of one, or of none where there is no value. */
export const property = (
  name: string,
  value: string | number | boolean | undefined,
  more: Pick<Property, 'class' | 'remarks'> = {},
): Property[] => (value === undefined ? [] : [{ name, ns: NAMESPACE, value: oscalString(String(value)), ...more }]);

/** A list, or undefined where it is empty: OSCAL has no empty lists. */
export const some = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

/** Gives each thing of one document its UUID, by its kind and name: the same ones for the same assessment. */
export type Named = (...name: readonly string[]) => string;

/** UUIDs of version 5 under the report's id; where it has none, under the runs, the profile and the instant. */
export const namedOf = ({ report, runs, profile, target, judgedAt }: Assessment): Named => {
  const unfiled = ['assessment', target, profile.id, profile.edition, judgedAt, ...runs.map(({ id }) => id)];
  const namespace = report ?? v5(JSON.stringify(unfiled), UNFILED);
  return (...name) => v5(JSON.stringify(name), namespace);
};

/** The document's own UUID: the report's id, which OSCAL takes in versions 4 and 5 only. */
export const documentId = ({ report }: Assessment, named: Named): string =>
  report !== undefined && /^.{14}[45]/.test(report) ? report : named('document');
