import type { VNode } from 'preact';
import type { CriterionResult, LabelResult } from '../model/assessment.ts';
import type { Label } from '../model/profile.ts';
import { Badge, CriterionId, Listed } from './html-parts.tsx';
import { count, visible } from './text.ts';
import { failingFirst, type View } from './view.ts';
import { LABEL_DISCLAIMER, LEVEL_WORDS } from './words.ts';

type Level = LabelResult['levels'][number];

/** Criteria named in one line of a level; the others stand under it. */
const MOST_NAMED = 12;

const metOf = ({ criteria, failing, open }: Level): number => Math.max(0, criteria - failing.length - open.length);

/** `3 of 15 criteria met`; a criterion that does not apply counts as met. */
const metWords = (level: Level): string => `${metOf(level)} of ${count(level.criteria, 'criterion', 'criteria')} met`;

/** One line for the top of a page: `Label title: “Level 1” is met, “Level 2” is open`. */
export const labelWords = ({ title, levels }: { title: string; levels: readonly Pick<Level, 'title' | 'is'>[] }) =>
  `${visible(title, 200)}: ${levels.map((one) => `“${visible(one.title, 100)}” is ${LEVEL_WORDS[one.is].toLowerCase()}`).join(', ')}`;

const Named = ({ title, ids, view }: { title: string; ids: readonly string[]; view: View }): VNode | null =>
  ids.length === 0 ? null : (
    <div>
      <span class="what">{title}</span>{' '}
      <Listed most={MOST_NAMED}>
        {ids.map((id) => (
          <CriterionId id={id} view={view} />
        ))}
      </Listed>
    </div>
  );

/** The criteria that a level asks for itself, each with its verdict: what stands under the word. */
const Layer = (props: { own: readonly string[]; known: ReadonlyMap<string, CriterionResult>; view: View }): VNode => {
  const results = failingFirst(
    props.own.map((id) => props.known.get(id) ?? { id, title: 'not judged', verdict: 'not-assessed' as const }),
  );
  return (
    <details class="layer">
      <summary>{count(results.length, 'criterion', 'criteria')} of this level</summary>
      <ul class="plain">
        {results.map(({ id, title, verdict }) => (
          <li>
            <Badge verdict={verdict} /> <CriterionId id={id} view={props.view} /> {visible(title)}
          </li>
        ))}
      </ul>
    </details>
  );
};

/** The levels of a label, what stands against each, and the criteria behind it. */
export const LabelView = (props: {
  label: LabelResult;
  asked: Label | undefined;
  criteria: readonly CriterionResult[];
  view: View;
}): VNode => {
  const { label, asked, criteria, view } = props;
  const known = new Map(criteria.map((result) => [result.id, result]));
  const tiered = label.kind === 'tiered';
  return (
    <>
      <p>
        <b>{visible(label.title)}.</b> {LABEL_DISCLAIMER}
        {tiered ? ' The lowest level stands first; each takes in those before it.' : ''}
      </p>
      <dl class="levels">
        {label.levels.map((level, index) => {
          const own = asked?.levels.find(({ id }) => id === level.id)?.criteria ?? [];
          return (
            <div class="level">
              <dt>
                <b>{visible(level.title)}</b>
                <div class={`standing ${level.is}`}>{LEVEL_WORDS[level.is]}</div>
              </dt>
              <dd>
                <div>
                  {metWords(level)}
                  {index > 0 ? ', those of the levels before among them' : ''}.
                </div>
                <Named title="Failing:" ids={level.failing} view={view} />
                <Named title="Open:" ids={level.open} view={view} />
                {own.length > 0 ? <Layer own={own} known={known} view={view} /> : null}
              </dd>
            </div>
          );
        })}
      </dl>
    </>
  );
};
