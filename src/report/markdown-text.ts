import { visible } from './text.ts';

/**
 * What stands for itself in Markdown only behind a backslash (CommonMark 0.31, 2.4; GFM's tables and strikethrough; GitHub's
 * `$`), and what begins a list. Brackets are enough to end links and pictures: no parenthesis needs one.
 */
const PUNCTUATION = /[\\`*_[\]<>|~&$]|^[-+](?=\s|$)|^\d+(?=[.)](?:\s|$))/g;

/**
 * What GitHub makes links, mentions and pictures of after Markdown was read, where a backslash does not help: `@name`, `#1`,
 * `GH-1`, `https://`, `www.` and `:smile:`. One character of each in code ends that.
 */
const LINKED = /(?:[@#]|:(?=\/\/)|(?<!\d):(?=[\w+-]+:)|(?<=\bgh)-(?=\d)|(?<=www)\.)+/gi;

/**
 * Text as GitHub-flavoured Markdown that says exactly this and does nothing: one line, no markup, no link, no mention, and no
 * end of a table's cell. `longest` is in characters before it is escaped.
 */
export const md = (text: string, longest?: number): string => {
  const shown = visible(text, longest).replace(/\s+/g, ' ').trim();
  let escaped = '';
  let from = 0;
  const plain = (part: string) =>
    part.replace(PUNCTUATION, (found) => (/^\d/.test(found) ? `${found}\\` : `\\${found}`));
  for (const { 0: found, index } of shown.matchAll(LINKED)) {
    escaped += `${plain(shown.slice(from, index))}\`${found}\``;
    from = index + found.length;
  }
  return escaped + plain(shown.slice(from));
};

/** A table, a line a row; cells are Markdown already. */
export const table = (titles: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
