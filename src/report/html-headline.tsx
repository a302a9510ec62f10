import type { VNode } from 'preact';
import type { Assessment } from '../model/assessment.ts';
import { labelWords } from './html-label.tsx';
import { Badge } from './html-parts.tsx';
import { count, visible } from './text.ts';
import { failedOf, outcome, tally, type View } from './view.ts';
import { LABEL_DISCLAIMER } from './words.ts';

/** The three counts that a reader looks for first. */
export const Headline = ({ assessment, view }: { assessment: Assessment; view: View }): VNode => {
  const checks = outcome(assessment.checks);
  const criteria = tally(view.leaves);
  const heeded = view.persons.all.dispositions.filter(({ is }) => is === 'in-force').length;
  const unbuilt = assessment.checks.filter(({ built }) => !built).length;
  return (
    <div class="headline">
      <div>
        <h2>What the probe found</h2>
        <p class="figures">
          <span class="fail">
            <b>{checks.failed}</b> failed
          </span>
          <span class="inconclusive">
            <b>{checks.open}</b> could not tell
          </span>
          <span class="pass">
            <b>{checks.passed}</b> passed
          </span>
        </p>
        <p class="note">
          {count(assessment.checks.length, 'check result')}, {tally(assessment.checks)['not-applicable']} of them not
          applicable{unbuilt > 0 ? `, and ${unbuilt} open because nobody has built the check yet` : ''}. A pass holds
          within the stated coverage.
        </p>
      </div>
      <div>
        <h2>What the criteria say</h2>
        <p class="verdict" data-assessment={visible(assessment.profile.id)} data-verdict={assessment.verdict}>
          <Badge verdict={assessment.verdict} />
        </p>
        <p class="note">
          {count(view.leaves.length, 'criterion', 'criteria')}: {criteria.fail} fail, {criteria.inconclusive} could not
          tell, {criteria['not-assessed']} not assessed, {criteria.pass} pass
          {criteria['not-applicable'] > 0 ? `, ${criteria['not-applicable']} not applicable` : ''}.{' '}
          {view.toDo.length > 0 ? <a href="#to-do">{count(view.toDo.length, 'thing')} still to be done.</a> : null}
        </p>
        {assessment.label ? (
          <p class="note">
            <a href="#label">{labelWords(assessment.label)}</a>. {LABEL_DISCLAIMER}
          </p>
        ) : null}
        {heeded > 0 ? (
          <p class="note">
            <a href="#persons">{count(heeded, 'disposition')}</a> in force: a gate heeds them, and no verdict changes.
          </p>
        ) : null}
      </div>
    </div>
  );
};

/** What failed, a line each, leading to all that is known of it. */
export const FailedList = ({
  assessment,
  view,
  alone,
}: {
  assessment: Assessment;
  view: View;
  alone: boolean;
}): VNode => (
  <ul class="plain failures">
    {failedOf(assessment).map(({ check, title, components, because, more, indicated }) => (
      <li>
        <a href={`#${view.checks.find((one) => one.check === check)?.anchor ?? 'found'}`}>{visible(because)}</a>
        {more > 0 ? ` And ${more} more.` : ''}
        {indicated ? <span class="note"> Indicated, not conclusive.</span> : null}
        <div class="note">
          {alone ? '' : `${visible(components.join(', '), 400)}: `}expected: {visible(title)}
        </div>
      </li>
    ))}
  </ul>
);
