import { subjectOf } from './head.ts';
import {
  checksPart,
  countsPart,
  criteriaPart,
  failedPart,
  headPart,
  lengthOf,
  openPart,
  toDoPart,
} from './markdown-parts.ts';
import { md } from './markdown-text.ts';
import { transportPart } from './markdown-transport.ts';
import type { Reporter } from './report.ts';
import { againstBench } from './suitability-view.ts';
import { viewOf } from './view.ts';
import { VERDICT_NAMES } from './words.ts';

/** Longest document, in characters: GitHub takes a comment of 65,536. */
export const LONGEST_MARKDOWN = 60_000;

/**
 * `report.md`: a summary for a pull request, GitHub-flavoured. Whatever is left out for want of room is counted, and a
 * failure that is not told in full is still named or counted as one.
 */
export const markdown: Reporter = {
  format: 'md',
  file: 'report.md',
  mediaType: 'text/markdown; charset=utf-8; variant=GFM',
  render: (input) => {
    const { assessment } = input;
    const view = viewOf(input);
    const { verdict, profile, checks } = assessment;
    const within = verdict === 'pass' ? ' within the stated coverage' : '';
    const title = `# ${VERDICT_NAMES[verdict]}${within}: ${md(subjectOf(input), 100)} by ${md(profile.title, 100)}`;
    const head = headPart(input);
    const counts = countsPart(checks, view.leaves);
    const toDo = toDoPart(view);
    const bench = againstBench(assessment).map((said) => `> ${md(said)}`);
    const fixed = [title, ...bench, ...head, ...counts, ...toDo];

    // The criteria come first, for they are what is read back; then what failed, then checks, then causes.
    let room = LONGEST_MARKDOWN - lengthOf(fixed) - 1_000;
    const taken = (lines: string[]): string[] => {
      room -= lengthOf(lines);
      return lines;
    };
    const criteria = taken(criteriaPart(input, view)(room * 0.4));
    const failed = taken(failedPart(input, view)(room * 0.55));
    const each = taken(checksPart(input)(room * 0.7));
    const transport = taken(transportPart(input)(room * 0.4));
    const open = taken(openPart(input)(room));

    const section = (name: string, lines: readonly string[]) => ['', `## ${name}`, '', ...lines];
    const lines = [
      title,
      '',
      ...(bench.length === 0 ? [] : [...bench, '']),
      ...counts,
      ...section('What failed', failed),
      ...section('What could not be told, and why', open),
      ...section('Transport', transport),
      ...section('Still to be done', toDo),
      ...section('Criteria', criteria),
      ...section('Checks', each),
      ...section('About this report', head),
    ];
    return `${lines.join('\n')}\n`;
  },
};
