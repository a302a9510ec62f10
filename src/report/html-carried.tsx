import type { VNode } from 'preact';
import type { Assessment, Carried, CriterionResult } from '../model/assessment.ts';
import type { Criterion } from '../model/profile.ts';
import { Badge, CriterionId, Digest, Id, Listed, Table } from './html-parts.tsx';
import { count, visible } from './text.ts';
import type { View } from './view.ts';
import { DIRECTION_WORDS, timeWords } from './words.ts';

/** Rows of a crosswalk printed for one criterion. */
const MOST_ROWS = 24;

type Row = Carried['rows'][number];

const readWords = ({ readAs, readBy }: Row): string => {
  if (readAs === 'none') return 'nobody has confirmed it';
  return readBy === undefined ? `${readAs}, by nobody named` : `${readAs}, by ${visible(readBy, 200)}`;
};

/** What a crosswalk says of one criterion, row by row. `decides`: its verdict is the criterion's. */
export const CarriedVerdict = ({ carried, decides }: { carried: Carried; decides: boolean }): VNode => (
  <div class="component carried">
    <p>
      <Badge verdict={carried.verdict} /> <b>Carried over a crosswalk</b> <Id>{carried.crosswalk}</Id>{' '}
      {visible(carried.because)}{' '}
      <span class="note">
        {carried.verdict === 'not-assessed'
          ? ''
          : decides
            ? 'It stands wherever nothing of this profile decides.'
            : 'Shown beside the verdict; it did not enter it.'}
      </span>
    </p>
    <p class="note">
      Read {DIRECTION_WORDS[carried.direction]}. Source: <Id>{carried.source.profile}</Id>, judged{' '}
      {visible(timeWords(carried.source.judgedAt), 100)}
      {carried.source.seal ? (
        <>
          , seal <Digest>{carried.source.seal}</Digest>
        </>
      ) : (
        ', not sealed'
      )}
      .{' '}
      {carried.components.length > 0
        ? `It speaks of ${visible(carried.components.join(', '))} only.`
        : 'It speaks of no component.'}
    </p>
    {carried.rows.length > 0 ? (
      <Table caption="Rows of the crosswalk" head={['Row', 'As printed', 'As read', 'Source']} class="said">
        {carried.rows.slice(0, MOST_ROWS).map((row) => (
          <tr>
            <td class="tight">
              <Id>{row.row}</Id>
            </td>
            <td>{row.printed ?? 'not stated'}</td>
            <td>{readWords(row)}</td>
            <td>
              {row.from.length === 0 ? 'no verdict' : null}
              <Listed most={8}>
                {row.from.map(({ criterion, verdict }) => (
                  <>
                    <Id>{criterion}</Id> <Badge verdict={verdict} />
                  </>
                ))}
              </Listed>
            </td>
          </tr>
        ))}
      </Table>
    ) : null}
    {carried.rows.length > MOST_ROWS ? (
      <p class="note">{carried.rows.length - MOST_ROWS} more in assessment.json.</p>
    ) : null}
  </div>
);

/**
 * Whether what was carried decides on some component: what has checks of its own is `automated`, `manual` or `mixed`, and
 * what has none is `mixed` only where another component was attested.
 */
export const isMapped = ({ basis }: CriterionResult, asked: Criterion | undefined): boolean =>
  basis === 'mapped' || (basis === 'mixed' && asked?.checks.length === 0);

export const WHAT_CARRIES =
  'A crosswalk says how the requirements of two documents relate. Little follows from that for a product. Where ' +
  'document B asks all that an element of A asks, and possibly more, a failure of A’s element is a failure of B’s, and a ' +
  'pass of B’s is a pass of A’s; a pass of A’s element leaves the rest of B’s open, and a failure of B’s may lie outside ' +
  'A’s. Where two elements only intersect, nothing follows. Here a row carries a verdict only where the relationship ' +
  'that is printed and the one that a named person has read both force it; every other row leaves the matter open.';

export const FULFILLED =
  '“Fulfilled” in a crosswalk speaks of documents: it says that the reference document asks what the focal element ' +
  'asks. It says nothing about a product, and no verdict of a product stands in that column.';

export const NO_PASS =
  'A scheme’s element mostly asks for more than the focal ' +
  'element does, so that a pass of the focal element leaves the rest of it unseen; and where the two are printed as ' +
  'equal, nobody has confirmed that they are.';

/** What came over the crosswalk, and why not more. */
export const Via = ({ assessment, view }: { assessment: Assessment; view: View }): VNode | null => {
  const { via, criteria, profile } = assessment;
  if (via === undefined) return null;
  const asked = new Map(view.profile.criteria.map((criterion) => [criterion.id, criterion]));
  const carrying = criteria.flatMap((result) =>
    result.heading || result.carried === undefined ? [] : [{ ...result, carried: result.carried }],
  );
  const decided = carrying.filter((result) => isMapped(result, asked.get(result.id)));
  const beside = carrying.filter((result) => !decided.includes(result));
  const all = [...decided, ...beside].map(({ carried }) => carried);
  const forward = all.filter(({ direction }) => direction === 'focal-to-reference');
  const sources = [...new Set(all.map(({ source }) => source.profile))];
  return (
    <>
      <p>
        Verdicts were carried over the crosswalk <Id>{via.crosswalk}</Id>, edition {visible(via.edition)}
        {via.digest ? (
          <>
            {' '}
            (<Digest>{via.digest}</Digest>)
          </>
        ) : null}
        {sources.length > 0 ? `, from ${visible(sources.join(', '))}` : ''} to {visible(profile.id)}:{' '}
        {decided.length > 0
          ? `they stand for ${count(decided.length, 'criterion', 'criteria')} that nothing of this profile decides`
          : 'no criterion takes its verdict from there'}
        {beside.length > 0 ? `, and beside the own verdict of ${count(beside.length, 'other')}` : ''}.
      </p>
      <p>{WHAT_CARRIES}</p>
      <p>{FULFILLED}</p>
      {forward.length > 0 && !forward.some(({ verdict }) => verdict === 'pass') ? (
        <p>
          No pass was carried from {visible(sources.join(', '))} to {visible(profile.id)}. {NO_PASS}
        </p>
      ) : null}
      {decided.length + beside.length > 0 ? (
        <Table caption="What was carried" head={['Criterion', 'Carried', 'Verdict', 'Because']} class="carried">
          {[...decided, ...beside].map(({ id, verdict, carried }) => (
            <tr>
              <td class="tight">
                <CriterionId id={id} view={view} />
              </td>
              <td class="tight">
                <Badge verdict={carried.verdict} />
              </td>
              <td class="tight">
                <Badge verdict={verdict} />
              </td>
              <td>{visible(carried.because)}</td>
            </tr>
          ))}
        </Table>
      ) : (
        <p>Nothing was carried.</p>
      )}
    </>
  );
};
