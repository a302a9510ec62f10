import {
  attention,
  type Block,
  badge,
  cells,
  heading,
  type Inline,
  id,
  link,
  note,
  soft,
  table,
  text,
} from './pdf-blocks.ts';
import type { ReportInput } from './report.ts';
import { count, grouped, visible } from './text.ts';
import { type Bears, type Line, type List, type Picture, transportOf } from './transport-view.ts';
import { getsWords, itemsInWords, saidWords } from './transport-words.ts';
import type { View } from './view.ts';

/** Things of one list that are printed; those that fail come first. */
const MOST_ITEMS = 12;
/** Findings and criteria beside one line. */
const MOST_BESIDE = 4;

const ofList = (list: List): Inline => {
  const { items, left } = itemsInWords(list, MOST_ITEMS);
  return [
    soft(`${visible(list.title, 40)}${list.note === undefined ? '' : ` (${list.note})`}: `),
    ...(items.length === 0 ? ['could not tell'] : []),
    ...items.flatMap(({ words, fails }, index): Inline[] => [
      index > 0 && ', ',
      fails === undefined ? visible(words, 120) : attention(visible(words, 120)),
    ]),
    left > 0 && ` and ${grouped(left)} more`,
  ];
};

const seen = ({ says, lists }: Line): Inline[] => [
  ...says.map((said) => {
    const words = visible(saidWords(said), 300);
    return said.fails === undefined ? words : attention(words);
  }),
  ...lists.map(ofList),
];

const beside = ({ check, verdict, findings, criteria }: Bears, view: View): Inline => [
  verdict === undefined ? soft('Nothing said') : badge(verdict),
  ' ',
  id(check),
  ' ',
  ...findings.slice(0, MOST_BESIDE).flatMap((finding): Inline[] => {
    const named = view.findings.get(finding);
    return named === undefined ? [] : [link(named.name, named.anchor), ' '];
  }),
  criteria.length > 0 && soft('for '),
  ...criteria
    .slice(0, MOST_BESIDE)
    .flatMap((one): Inline[] => [link(visible(one.id, 60), view.anchors.get(one.id)), ' ', badge(one.verdict), ' ']),
  criteria.length > MOST_BESIDE && soft(`and ${criteria.length - MOST_BESIDE} more`),
];

const pictureBlocks = ({ component, host, transport, port, spoken, servers }: Picture, view: View): Block[] => [
  heading(4, [
    `${transport}/${port} `,
    soft(`${visible(spoken.join('; ') || 'not recognised', 120)}, ${visible(component, 40)} at ${visible(host, 60)}`),
  ]),
  ...servers.flatMap((server): Block[] => [
    ...getsWords(server).map((words) => text(visible(words, 400), { size: 9, after: 2, keep: true })),
    table(
      `${visible(server.title, 80)} at ${transport}/${port}`,
      [
        { title: 'Part', width: 62 },
        { title: 'What was seen', width: { share: 3 } },
        { title: 'What it bears on', width: { share: 2 } },
      ],
      server.lines.map((line) =>
        cells(line.title, { stack: seen(line) }, { stack: line.bears.map((one) => beside(one, view)) }),
      ),
    ),
  ]),
];

/** How each port protects what it serves, and what that bears on: the same as the picture, in words. */
export const transportBlocks = (input: ReportInput, view: View): Block[] => [
  note('“Could not tell” is not “refused”: it may be either.'),
  ...transportOf(input).flatMap(({ run, pictures, more }): Block[] => [
    ...(pictures.length === 0 ? [text(`Run ${run.id}: nothing was seen of how anything travels.`)] : []),
    ...(pictures.length > 0 && input.runs.length > 1 ? [text(`Run ${run.id}`)] : []),
    ...pictures.flatMap((picture) => pictureBlocks(picture, view)),
    ...(more > 0 ? [note(`And ${count(more, 'more port')}, in assessment.json. Those that fail stand first.`)] : []),
  ]),
];
