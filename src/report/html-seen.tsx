import type { VNode } from 'preact';
import type { Finding } from '../model/assessment.ts';
import { factWords } from './fact-words.ts';
import { visible } from './text.ts';
import type { Reference, View } from './view.ts';
import { REASON_WORDS } from './words.ts';

/** Observations printed with one finding; the others are a link away. */
const MOST_SEEN = 3;
/** Characters of one of them. */
const LONGEST_SEEN = 300;

/** What an attempt or an observation came to, in a line; nothing for a completed attempt, which is no sight by itself. */
const seenWords = (reference: Reference): string | undefined => {
  if (reference.observation !== undefined) return factWords(reference.observation.fact);
  const { outcome } = reference.attempt;
  return outcome.status === 'completed' ? undefined : `${REASON_WORDS[outcome.reason]}: ${outcome.detail}`;
};

/** Logins that were accepted come before those that were refused: they are what the others are controls of. */
const isAccepted = (reference: Reference | undefined): boolean => {
  const fact = reference?.observation?.fact;
  return fact?.kind === 'login' && fact.accepted;
};

const seenOf = ({ basis }: Finding, references: View['references']): { words: string; anchor: string }[] => {
  const accepted = basis.filter((id) => isAccepted(references.get(id)));
  return [...accepted, ...basis.filter((id) => !accepted.includes(id))].flatMap((id) => {
    const reference = references.get(id);
    const words = reference === undefined ? undefined : seenWords(reference);
    return reference === undefined || words === undefined ? [] : [{ words, anchor: reference.anchor }];
  });
};

/** Whether there is anything to show of what a finding rests on. */
export const isSeen = (finding: Finding, references: View['references']): boolean =>
  seenOf(finding, references).length > 0;

/** What was seen: the first observations that a finding rests on, each leading to its evidence. */
export const Seen = ({ finding, references }: { finding: Finding; references: View['references'] }): VNode => {
  const seen = seenOf(finding, references);
  return (
    <ul class="plain seen">
      {seen.slice(0, MOST_SEEN).map(({ words, anchor }) => (
        <li>
          <a href={`#${anchor}`}>{visible(words, LONGEST_SEEN)}</a>
        </li>
      ))}
      {seen.length > MOST_SEEN ? <li class="note">and {seen.length - MOST_SEEN} more in the basis</li> : null}
    </ul>
  );
};
