import type { VNode } from 'preact';
import type { CriterionResult } from '../model/assessment.ts';
import type { Criterion } from '../model/profile.ts';
import { Id } from './html-parts.tsx';
import { CONDITION_WORDS, coverageAsked, linkWords } from './link-words.ts';
import { visible } from './text.ts';
import type { View } from './view.ts';
import { STATE_WORDS } from './words.ts';

const CheckLink = ({ check, view }: { check: string; view: View }): VNode => {
  const known = view.checks.find((one) => one.check === check);
  return known === undefined ? (
    <Id>{check}</Id>
  ) : (
    <a href={`#${known.anchor}`}>
      <Id>{check}</Id>
    </a>
  );
};

/** Conditions that failing findings of this criterion meet, by the links that ask for them. */
const metBy = (result: CriterionResult, asked: Criterion, view: View): string[] => {
  const wanted = new Set(asked.checks.flatMap(({ conclusiveWhen }) => conclusiveWhen ?? []));
  const met = result.components
    .flatMap(({ findings }) => findings)
    .flatMap((id) => view.findings.get(id)?.finding ?? [])
    .filter(({ verdict }) => verdict === 'fail')
    .flatMap(({ conditions }) => conditions);
  return [...wanted].filter((condition) => met.includes(condition)).map((condition) => CONDITION_WORDS[condition]);
};

/** What is looked at for a criterion, and the reading under which a finding is conclusive. */
export const Conclusive = (props: { result: CriterionResult; asked: Criterion; view: View }): VNode | null => {
  const { result, asked, view } = props;
  const covered = coverageAsked(asked);
  const states = asked.states.map((state) => STATE_WORDS[state]).join(', ');
  if (asked.checks.length === 0) return null;
  const met = metBy(result, asked, view);
  return (
    <details class="about">
      <summary>When a finding is conclusive here</summary>
      <ul class="plain">
        {asked.checks.map((link) => (
          <li>
            <CheckLink check={link.check} view={view} /> {linkWords(link)}
          </li>
        ))}
        {met.length > 0 ? (
          <li>
            <b>Met here:</b> {visible(met.join('; '))}.
          </li>
        ) : null}
        <li class="note">
          Asked for in the state {states}
          {covered ? `; to be covered: ${visible(covered, 400)}` : ''}.
        </li>
      </ul>
    </details>
  );
};
