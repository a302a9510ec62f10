import type { VNode } from 'preact';
import type { CriterionResult } from '../model/assessment.ts';
import type { Criterion, Profile } from '../model/profile.ts';
import { type Group, groupsOf, parentsOf, tallyWords } from './criteria-view.ts';
import { Leaf } from './html-criterion.tsx';
import { Badge, CriterionId, Id, Table } from './html-parts.tsx';
import { count, visible } from './text.ts';
import type { View } from './view.ts';

/** Criteria listed at a look; a longer list is folded, with its headings before it. */
const MOST_AT_A_LOOK = 100;

/** Components that have a column of their own beside the product's verdict. */
const MOST_COLUMNS = 6;

const Line = (props: { result: CriterionResult; depth: number; components: readonly string[]; view: View }): VNode => {
  const { result, components, view } = props;
  const anchor = view.anchors.get(result.id);
  return (
    <tr class={result.heading ? 'heading' : undefined}>
      <td class="tight">
        <Id>{result.id}</Id>
      </td>
      <td class={`depth-${props.depth}`}>
        {anchor !== undefined && !result.heading ? (
          <a href={`#${anchor}`}>{visible(result.title)}</a>
        ) : (
          visible(result.title)
        )}
      </td>
      <td class="tight">
        <Badge verdict={result.verdict} />
        {result.basis === 'mapped' ? <span class="note"> carried</span> : null}
      </td>
      {components.map((id) => {
        const own = result.components.find(({ component }) => component === id);
        return <td class="tight">{own ? <Badge verdict={own.verdict} /> : '–'}</td>;
      })}
    </tr>
  );
};

const Overview = ({ criteria, view }: { criteria: readonly CriterionResult[]; view: View }): VNode => {
  const all = new Map(criteria.map((result) => [result.id, result]));
  const judged = criteria.some(({ components }) => components.length > 1)
    ? [...new Set(criteria.flatMap(({ components }) => components.map(({ component }) => component)))]
    : [];
  const named = judged.filter((id) => id !== 'developer');
  const components = named.length > MOST_COLUMNS ? [] : named;
  return (
    <Table
      caption="All criteria, in the order of the profile"
      head={['Id', 'Criterion', named.length > 0 ? 'Product' : 'Verdict', ...components.map((id) => visible(id, 40))]}
      class="overview"
    >
      {criteria.map((result) => (
        <Line result={result} depth={Math.min(parentsOf(result, all).length, 4)} components={components} view={view} />
      ))}
    </Table>
  );
};

/** The headings of a long profile with how many leaves of each verdict stand under them. */
const Headings = ({ criteria, view }: { criteria: readonly CriterionResult[]; view: View }): VNode => {
  const all = new Map(criteria.map((result) => [result.id, result]));
  const under = new Map<CriterionResult, CriterionResult[]>();
  for (const leaf of criteria.filter(({ heading }) => !heading))
    for (const heading of parentsOf(leaf, all)) under.set(heading, [...(under.get(heading) ?? []), leaf]);
  return (
    <Table caption="Headings, in the order of the profile" head={['Id', 'Heading', 'Verdict', 'Criteria under it']}>
      {criteria
        .filter(({ heading }) => heading)
        .map((heading) => (
          <tr>
            <td class="tight">
              <CriterionId id={heading.id} view={view} />
            </td>
            <td class={`depth-${Math.min(parentsOf(heading, all).length, 4)}`}>{visible(heading.title)}</td>
            <td class="tight">
              <Badge verdict={heading.verdict} />
            </td>
            <td>{tallyWords(under.get(heading) ?? [])}</td>
          </tr>
        ))}
    </Table>
  );
};

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
      {criteria.length <= MOST_AT_A_LOOK ? (
        <Overview criteria={criteria} view={view} />
      ) : (
        <>
          <Headings criteria={criteria} view={view} />
          <details>
            <summary>All {criteria.length} criteria and headings</summary>
            <Overview criteria={criteria} view={view} />
          </details>
        </>
      )}
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
