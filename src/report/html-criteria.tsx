import type { VNode } from 'preact';
import type { CriterionResult } from '../model/assessment.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import { type Group, groupsOf, tallyWords } from './criteria-view.ts';
import { Leaf } from './html-criterion.tsx';
import { CriteriaMatrix } from './html-matrix.tsx';
import { Overview } from './html-overview.tsx';
import { Badge, Id } from './html-parts.tsx';
import { count, visible } from './text.ts';
import type { View } from './view.ts';

const Grouped = (props: {
  group: Group;
  anchored: boolean;
  asked: ReadonlyMap<string, Criterion>;
  view: View;
}): VNode => {
  const { group, asked, view } = props;
  const { heading, above, results } = group;
  const leaves = results.map((result) => <Leaf result={result} asked={asked.get(result.id)} view={view} />);
  if (heading === undefined) return <div class="group">{leaves}</div>;
  return (
    <details class="group" id={props.anchored ? view.anchors.get(heading.id) : undefined} open={group.looked}>
      <summary>
        <Badge verdict={heading.verdict} />{' '}
        {above.length > 0 ? <span class="note">{visible(above.join(', '))}: </span> : null}
        <Id>{heading.id}</Id> <b>{visible(heading.title)}</b> <span class="note">{tallyWords(results)}</span>
      </summary>
      {leaves}
    </details>
  );
};

/** How much of the profile a probe can see at all. */
const ReachOf = ({
  criteria,
  asked,
}: {
  criteria: readonly CriterionResult[];
  asked: ReadonlyMap<string, Criterion>;
}) => {
  const reaches = criteria.flatMap(({ id, heading }) => (heading ? [] : (asked.get(id)?.reach?.can ?? [])));
  const of = (can: string): number => reaches.filter((one) => one === can).length;
  return reaches.length === 0 ? null : (
    <p>
      Of {count(reaches.length, 'criterion', 'criteria')} a probe can decide {of('decide')} beside what a person signs,
      show a part of {of('partial')}, and see nothing of {of('none')}.
    </p>
  );
};

/** What the criteria say: all of them at a look, then each in full under its heading. */
export const Criteria = (props: { criteria: readonly CriterionResult[]; profile: Profile; view: View }): VNode => {
  const { criteria, profile, view } = props;
  const asked = new Map<string, Criterion>(profile.criteria.map((criterion) => [criterion.id, criterion]));
  const technical = groupsOf(criteria, 'technical', view);
  const documents = groupsOf(criteria, 'non-technical', view);
  const before = new Set(technical.map(({ heading }) => heading));
  return (
    <>
      <ReachOf criteria={criteria} asked={asked} />
      <CriteriaMatrix criteria={criteria} view={view} />
      <h3>What was tested, and what is still to be tested</h3>
      <Overview criteria={criteria} view={view} />
      {technical.length > 0 ? <h3>Technical criteria, failing first</h3> : null}
      {technical.map((group) => (
        <Grouped group={group} anchored asked={asked} view={view} />
      ))}
      {documents.length > 0 ? <h3>Criteria about documents and activities, decided by a person</h3> : null}
      {documents.map((group) => (
        <Grouped group={group} anchored={!before.has(group.heading)} asked={asked} view={view} />
      ))}
    </>
  );
};
