/** Longest text of a device or a person that a report prints in one place, in characters. */
export const LONGEST = 2000;

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const named = (code: number): string => `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** How many characters a text has: a pair of surrogates is one. */
const lengthOf = (text: string): number => {
  let pairs = 0;
  for (let at = 1; at < text.length; at++) {
    if ((text.charCodeAt(at) & 0xfc00) !== 0xdc00 || (text.charCodeAt(at - 1) & 0xfc00) !== 0xd800) continue;
    pairs++;
  }
  return text.length - pairs;
};

/**
 * Text with everything that is not seen made visible: control characters as their pictures (`␛`), and what hides or
 * reorders (bidirectional overrides, zero-width, unassigned, lone surrogates) by its number, `⟨U+202E⟩`. A page or a
 * terminal then shows what was there and does nothing that it says. Cut at `longest` characters, and says so.
 */
export const visible = (text: string, longest: number = LONGEST): string => {
  const more = text.length > longest ? lengthOf(text) - longest : 0;
  // As many code units as the characters kept can have at most, for a device may send megabytes.
  const kept =
    more > 0
      ? Array.from(text.slice(0, longest * 2))
          .slice(0, longest)
          .join('')
      : text;
  const shown = kept.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20) return String.fromCodePoint(0x2400 + code);
    return code === 0x7f ? '␡' : named(code);
  });
  return more <= 0 ? shown : `${shown} … (${more} more characters)`;
};

const SEGMENT = /^(\.\.?|[A-Za-z0-9@_][A-Za-z0-9@._-]*)$/;

/**
 * A link that stays inside the results folder: relative, of plain segments only. Undefined for anything else (a scheme,
 * a host, an absolute path, a query), so that no report can lead to where a device wants it to.
 */
export const relativeLink = (...parts: string[]): string | undefined => {
  const segments = parts.flatMap((part) => part.replace(/\/$/, '').split('/'));
  return segments.length > 0 && segments.every((segment) => SEGMENT.test(segment)) ? segments.join('/') : undefined;
};

/** `1 check`, `2 checks`, with thousands apart. */
export const count = (n: number, one: string, many: string = `${one}s`): string =>
  `${grouped(n)} ${n === 1 ? one : many}`;

/** 65535 as `65,535`, whatever the system's language. */
export const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/**
 * JSON in which no character hides, reorders or steers: those are escaped as `\uXXXX`, which every parser reads as what
 * they were. As `JSON.stringify` otherwise.
 */
export const jsonText = (value: unknown, space?: number): string =>
  JSON.stringify(value, null, space).replace(UNSEEN, (character) =>
    character === '\n'
      ? character
      : Array.from(
          { length: character.length },
          (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
        ).join(''),
  );

/** A text with an end to it, so that another sentence may follow. */
export const sentence = (text: string): string => (/[.!?…”")]\s*$/.test(text) ? text : `${text}.`);
