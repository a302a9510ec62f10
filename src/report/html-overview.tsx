import type { VNode } from 'preact';
import type { CriterionResult, Missing } from '../model/assessment.ts';
import { parentsOf, tallyWords } from './criteria-view.ts';
import { Badge, CriterionId, Id, Table } from './html-parts.tsx';
import { count, visible } from './text.ts';
import { missingWords, namedFinding, type View } from './view.ts';
import { BASIS_WORDS, MISSING_TITLES } from './words.ts';

/** Criteria listed at a look; a longer list is folded, with its headings before it. */
const MOST_AT_A_LOOK = 100;
/** Things for a person that one line names. */
const MOST_BY_HAND = 12;

/** What only people can do; the rest is for a probe, in another state, with an account or with more time. */
const BY_HAND: readonly Missing['what'][] = ['person', 'declaration'];

const testedWords = (result: CriterionResult, view: View): string => {
  const findings = [...new Set(result.components.flatMap((component) => component.findings))].flatMap(
    (id) => view.findings.get(id)?.finding ?? [],
  );
  const checks = new Set(findings.filter(({ gap }) => gap !== true).map(({ check }) => check));
  const gaps = findings.filter(({ gap }) => gap === true).length;
  const signed = view.persons.attestations.get(result.id)?.length ?? 0;
  const said = [
    checks.size > 0 && `${count(checks.size, 'check')}, ${count(findings.length - gaps, 'finding')}`,
    gaps > 0 && count(gaps, 'gap'),
    signed > 0 && count(signed, 'attestation'),
  ].filter((words) => typeof words === 'string');
  return said.length > 0 ? said.join('; ') : 'nothing';
};

/** What is still missing for a criterion, each thing once: for people, and for further tests. */
const missingOf = ({ components }: CriterionResult, view: View): { byHand: string[]; byTests: string[] } => {
  const byHand = new Set<string>();
  const byTests = new Set<string>();
  for (const { missing } of components)
    for (const one of missing) {
      if (BY_HAND.includes(one.what)) byHand.add(missingWords(one, view.profile));
      else if (one.what === 'finding') byTests.add(MISSING_TITLES.finding.toLowerCase());
      else byTests.add(one.what === 'state' ? one.detail : namedFinding(one.detail, view.findingIds).why);
    }
  return { byHand: [...byHand], byTests: [...byTests] };
};

const Items = ({ items }: { items: readonly string[] }): VNode | string =>
  items.length === 0 ? (
    '–'
  ) : (
    <ul class="plain">
      {items.slice(0, MOST_BY_HAND).map((item) => (
        <li>{visible(item, 300)}</li>
      ))}
      {items.length > MOST_BY_HAND ? <li>and {items.length - MOST_BY_HAND} more under the criterion</li> : null}
    </ul>
  );

const Line = (props: { result: CriterionResult; depth: number; view: View }): VNode => {
  const { result, depth, view } = props;
  const anchor = view.anchors.get(result.id);
  const rests = result.verdict === 'pass' && result.components.some(({ restsOn }) => restsOn !== undefined);
  const { byHand, byTests } = missingOf(result, view);
  return (
    <tr class={result.heading ? 'heading' : undefined}>
      <td class={`depth-${depth}`}>
        <Id>{result.id}</Id>{' '}
        {anchor !== undefined && !result.heading ? (
          <a href={`#${anchor}`}>{visible(result.title)}</a>
        ) : (
          visible(result.title)
        )}
      </td>
      <td class="tight">
        <Badge verdict={result.verdict} />
        {result.basis === 'mapped' ? <div class="note">carried</div> : null}
        {rests ? <div class="note">rests on the declaration</div> : null}
      </td>
      {result.heading && result.components.length === 0 ? (
        <td colSpan={3} />
      ) : (
        <>
          <td>
            {testedWords(result, view)}
            {result.basis === 'none' ? null : <div class="note">{BASIS_WORDS[result.basis]}</div>}
          </td>
          <td>
            <Items items={byTests} />
          </td>
          <td>
            <Items items={byHand} />
          </td>
        </>
      )}
    </tr>
  );
};

const Lines = ({ criteria, view }: { criteria: readonly CriterionResult[]; view: View }): VNode => {
  const all = new Map(criteria.map((result) => [result.id, result]));
  return (
    <Table
      caption="All criteria, in the order of the profile: what was tested, and what is still to be tested"
      head={['Criterion', 'Verdict', 'Tested', 'Still to be tested', 'Still for a person']}
      class="overview"
    >
      {criteria.map((result) => (
        <Line result={result} depth={Math.min(parentsOf(result, all).length, 4)} view={view} />
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

/** What was tested and what is still to be tested, criterion by criterion; a long profile is folded under its headings. */
export const Overview = ({ criteria, view }: { criteria: readonly CriterionResult[]; view: View }): VNode =>
  criteria.length <= MOST_AT_A_LOOK ? (
    <Lines criteria={criteria} view={view} />
  ) : (
    <>
      <Headings criteria={criteria} view={view} />
      <details>
        <summary>All {criteria.length} criteria and headings</summary>
        <Lines criteria={criteria} view={view} />
      </details>
    </>
  );
