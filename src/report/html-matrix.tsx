import type { VNode } from 'preact';
import type { CriterionResult } from '../model/assessment.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import { parentsOf, tallyWords } from './criteria-view.ts';
import { Badge, Table } from './html-parts.tsx';
import { visible } from './text.ts';
import { tally, type View } from './view.ts';
import { FAILING_FIRST, VERDICT_GLYPHS, VERDICT_NAMES } from './words.ts';

/** Components that have a column of their own beside the product's verdict. */
const MOST_COLUMNS = 6;

/** A verdict as a glyph; the name of the verdict is there for who cannot see it. */
export const Glyph = ({ verdict }: { verdict: CriterionVerdict }): VNode => (
  <>
    <span aria-hidden="true">{VERDICT_GLYPHS[verdict]}</span>
    <span class="unseen">{VERDICT_NAMES[verdict]}</span>
  </>
);

/** What the glyphs mean, with how many there are of each. */
export const GlyphKey = ({ verdicts }: { verdicts: readonly { verdict: CriterionVerdict }[] }): VNode => {
  const counts = tally(verdicts);
  return (
    <p class="key">
      {FAILING_FIRST.map((verdict) => (
        <span>
          <span class={`cell ${verdict}`} aria-hidden="true">
            {VERDICT_GLYPHS[verdict]}
          </span>{' '}
          {VERDICT_NAMES[verdict]}: {counts[verdict]}{' '}
        </span>
      ))}
    </p>
  );
};

interface Row {
  /** Absent for criteria without a heading. */
  readonly heading: CriterionResult | undefined;
  readonly leaves: readonly CriterionResult[];
}

/** The judged criteria under their highest headings, in the order of the profile. */
const rowsOf = (criteria: readonly CriterionResult[]): Row[] => {
  const all = new Map(criteria.map((result) => [result.id, result]));
  const rows = new Map<CriterionResult | undefined, CriterionResult[]>();
  for (const leaf of criteria) {
    if (leaf.heading && leaf.components.length === 0) continue;
    const heading = parentsOf(leaf, all).at(-1) ?? (leaf.heading ? leaf : undefined);
    const known = rows.get(heading);
    if (known === undefined) rows.set(heading, [leaf]);
    else known.push(leaf);
  }
  return [...rows].map(([heading, leaves]) => ({ heading, leaves }));
};

/** The components with a verdict of their own, where there are several; none where there are too many to show. */
export const columnsOf = (
  criteria: readonly CriterionResult[],
): { named: readonly string[]; shown: readonly string[] } => {
  if (!criteria.some(({ components }) => components.length > 1)) return { named: [], shown: [] };
  const judged = criteria.flatMap(({ components }) => components.map(({ component }) => component));
  const named = [...new Set(judged)].filter((id) => id !== 'developer');
  return { named, shown: named.slice(0, MOST_COLUMNS) };
};

const Cells = (props: { leaves: readonly CriterionResult[]; component?: string; view: View }): VNode => {
  const { leaves, component, view } = props;
  return (
    <td>
      <div class="cells">
        {leaves.map(({ id, heading, verdict, components }) => {
          const own = component === undefined ? undefined : components.find((one) => one.component === component);
          const is = component === undefined ? verdict : own?.verdict;
          if (is === undefined) return <span class="cell absent">{visible(id, 24)} –</span>;
          const rests = (own ? [own] : components).some((one) => one.verdict === 'pass' && one.restsOn !== undefined);
          return (
            <a class={`cell ${is}`} href={`#${heading ? 'own-' : ''}${view.anchors.get(id) ?? 'criteria'}`}>
              <Glyph verdict={is} /> {visible(id, 24)}
              {is === 'pass' && rests ? <span class="unseen"> rests on the declaration</span> : null}
              {is === 'pass' && rests ? <span aria-hidden="true"> ᴰ</span> : null}
            </a>
          );
        })}
      </div>
    </td>
  );
};

/** All criteria at a look: a row each heading, a cell each criterion that leads to it, a column each component. */
export const CriteriaMatrix = ({ criteria, view }: { criteria: readonly CriterionResult[]; view: View }): VNode => {
  const { named, shown } = columnsOf(criteria);
  const whole = named.length > 0 ? 'Product' : 'Criteria';
  return (
    <>
      <GlyphKey verdicts={view.leaves} />
      <p class="note">
        A glyph tells the verdict, not its colour. ᴰ marks a pass that rests on the maker’s declaration; every pass
        holds within the stated coverage.
        {named.length > shown.length
          ? ` ${named.length - shown.length} further components stand under each criterion.`
          : ''}
      </p>
      <Table
        caption="Criteria by heading and component"
        head={['Heading', whole, ...shown.map((id) => visible(id, 40))]}
        class="grid"
      >
        {rowsOf(criteria).map(({ heading, leaves }) => (
          <tr>
            <th scope="row">
              {heading ? (
                <>
                  <Badge verdict={heading.verdict} /> {visible(heading.title, 120)}
                </>
              ) : (
                'Without a heading'
              )}
              <div class="note">{tallyWords(leaves)}</div>
            </th>
            <Cells leaves={leaves} view={view} />
            {shown.map((component) => (
              <Cells leaves={leaves} component={component} view={view} />
            ))}
          </tr>
        ))}
      </Table>
    </>
  );
};
