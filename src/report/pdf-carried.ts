import type { Assessment, Carried } from '../model/assessment.ts';
import { FULFILLED, isMapped, NO_PASS, WHAT_CARRIES } from './html-carried.tsx';
import {
  type Block,
  badge,
  bold,
  cells,
  digest,
  type Inline,
  id,
  link,
  listed,
  note,
  soft,
  table,
  text,
} from './pdf-blocks.ts';
import { count, visible } from './text.ts';
import type { View } from './view.ts';
import { DIRECTION_WORDS, timeWords } from './words.ts';

/** Rows of a crosswalk printed for one criterion. */
const MOST_ROWS = 24;

const readWords = ({ readAs, readBy }: Carried['rows'][number]): string => {
  if (readAs === 'none') return 'nobody has confirmed it';
  return readBy === undefined ? `${readAs}, by nobody named` : `${readAs}, by ${visible(readBy, 200)}`;
};

const standsWords = ({ verdict }: Carried, decides: boolean): string => {
  if (verdict === 'not-assessed') return '';
  return decides
    ? ' It stands wherever nothing of this profile decides.'
    : ' Shown beside the verdict; it did not enter it.';
};

/** What a crosswalk says of one criterion, row by row. `decides`: its verdict is the criterion's. */
export const carriedBlocks = (carried: Carried, decides: boolean): Block[] => [
  text(
    [
      badge(carried.verdict),
      bold(' Carried over a crosswalk '),
      id(carried.crosswalk),
      ` ${visible(carried.because)}`,
      soft(standsWords(carried, decides)),
    ],
    { size: 8.5, after: 2 },
  ),
  note([
    `Read ${DIRECTION_WORDS[carried.direction]}. Source: `,
    id(carried.source.profile),
    `, judged ${visible(timeWords(carried.source.judgedAt), 100)}`,
    carried.source.seal === undefined ? ', not sealed' : [', seal ', digest(carried.source.seal)],
    carried.components.length > 0
      ? `. It speaks of ${visible(carried.components.join(', '))} only.`
      : '. It speaks of no component.',
  ]),
  table(
    'Rows of the crosswalk',
    [
      { title: 'Row', width: 'fit' },
      { title: 'As printed', width: { share: 1 } },
      { title: 'As read', width: { share: 2 } },
      { title: 'Source', width: { share: 2 } },
    ],
    carried.rows.slice(0, MOST_ROWS).map((row) =>
      cells(
        id(row.row),
        row.printed ?? 'not stated',
        readWords(row),
        row.from.length === 0
          ? 'no verdict'
          : listed(
              row.from.map(({ criterion, verdict }): Inline => [id(criterion), ' ', badge(verdict)]),
              8,
            ),
      ),
    ),
  ),
  ...(carried.rows.length > MOST_ROWS ? [note(`${carried.rows.length - MOST_ROWS} more in assessment.json.`)] : []),
];

/** What came over the crosswalk, and why not more. */
export const viaBlocks = ({ via, criteria, profile }: Assessment, view: View): Block[] => {
  if (via === undefined) return [];
  const asked = new Map(view.profile.criteria.map((criterion) => [criterion.id, criterion]));
  const carrying = criteria.flatMap((result) =>
    result.heading || result.carried === undefined ? [] : [{ ...result, carried: result.carried }],
  );
  const decided = carrying.filter((result) => isMapped(result, asked.get(result.id)));
  const beside = carrying.filter((result) => !decided.includes(result));
  const rows = [...decided, ...beside];
  const forward = rows.filter(({ carried }) => carried.direction === 'focal-to-reference');
  const sources = [...new Set(rows.map(({ carried }) => carried.source.profile))];
  const from = visible(sources.join(', '));
  const to = visible(profile.id);
  return [
    text([
      'Verdicts were carried over the crosswalk ',
      id(via.crosswalk),
      `, edition ${visible(via.edition)}`,
      via.digest !== undefined && [' (', digest(via.digest), ')'],
      sources.length > 0 && `, from ${from}`,
      ` to ${to}: `,
      decided.length > 0
        ? `they stand for ${count(decided.length, 'criterion', 'criteria')} that nothing of this profile decides`
        : 'no criterion takes its verdict from there',
      beside.length > 0 && `, and beside the own verdict of ${count(beside.length, 'other')}`,
      '.',
    ]),
    text(WHAT_CARRIES),
    text(FULFILLED),
    text(
      forward.length > 0 &&
        !forward.some(({ carried }) => carried.verdict === 'pass') &&
        `No pass was carried from ${from} to ${to}. ${NO_PASS}`,
    ),
    ...(rows.length === 0 ? [text('Nothing was carried.')] : []),
    table(
      'What was carried',
      [
        { title: 'Criterion', width: 'fit' },
        { title: 'Carried', width: 'fit' },
        { title: 'Stands', width: 'fit' },
        { title: 'Because', width: { share: 1 } },
      ],
      rows.map(({ id: one, verdict, carried }) =>
        cells(link(id(one), view.anchors.get(one)), badge(carried.verdict), badge(verdict), visible(carried.because)),
      ),
    ),
  ];
};
