import type { CriterionResult, LabelResult } from '../model/assessment.ts';
import type { Criterion, Label, Profile } from '../model/profile.ts';
import { type Group, groupsOf, parentsOf, tallyWords } from './criteria-view.ts';
import {
  type Block,
  badge,
  bold,
  bullet,
  type Column,
  cells,
  heading,
  type Inline,
  id,
  link,
  listed,
  soft,
  table,
  text,
} from './pdf-blocks.ts';
import { criterionBlocks } from './pdf-criterion.ts';
import { count, visible } from './text.ts';
import { failingFirst, type View } from './view.ts';
import { LABEL_DISCLAIMER, LEVEL_WORDS } from './words.ts';

/** Components that have a column of their own beside the product's verdict. */
const MOST_COLUMNS = 3;

/** The table that holds every criterion of a profile, headings too: an id and its verdict in each row. */
export const OVERVIEW = 'All criteria, in the order of the profile';

const overview = (criteria: readonly CriterionResult[], view: View): Block => {
  const all = new Map(criteria.map((result) => [result.id, result]));
  const judged = criteria.some(({ components }) => components.length > 1)
    ? [...new Set(criteria.flatMap(({ components }) => components.map(({ component }) => component)))]
    : [];
  const named = judged.filter((one) => one !== 'developer');
  const components = named.length > MOST_COLUMNS ? [] : named;
  return table(
    OVERVIEW,
    [
      { title: 'Id', width: 'fit' },
      { title: named.length > 0 ? 'Product' : 'Verdict', width: 'fit' },
      { title: 'Criterion', width: { share: 1 }, tree: true },
      ...components.map((component): Column => ({ title: visible(component, 40), width: 'fit' })),
    ],
    criteria.map((result) => {
      const title = visible(result.title);
      const own = components.map((component): Inline => {
        const one = result.components.find((each) => each.component === component);
        return one ? badge(one.verdict) : '–';
      });
      return {
        depth: Math.min(parentsOf(result, all).length, 4),
        cells: [
          id(result.id),
          [badge(result.verdict), result.basis === 'mapped' && soft(' carried')],
          result.heading ? bold(title) : link(title, view.anchors.get(result.id)),
          ...own,
        ],
      };
    }),
  );
};

const groupBlocks = (
  { heading: of, above, results }: Group,
  anchored: boolean,
  asked: ReadonlyMap<string, Criterion>,
  view: View,
): Block[] => {
  const leaves = results.flatMap((result) => criterionBlocks(result, asked.get(result.id), view));
  if (of === undefined) return leaves;
  const anchor = anchored ? view.anchors.get(of.id) : undefined;
  return [
    {
      is: 'heading',
      level: 3,
      of: [
        badge(of.verdict),
        above.length > 0 && soft(` ${visible(above.join(', '))}: `),
        ' ',
        id(of.id),
        ` ${visible(of.title)} `,
        soft({ of: tallyWords(results), style: { face: 'sans', scale: 0.8 } }),
      ],
      ...(anchor === undefined ? {} : { anchor }),
      outline: `${visible(of.id, 80)} ${visible(of.title, 80)}`,
    },
    ...leaves,
  ];
};

/** How much of the profile a probe can see at all. */
const reachWords = (criteria: readonly CriterionResult[], asked: ReadonlyMap<string, Criterion>): Inline => {
  const reaches = criteria.flatMap(({ id: of, heading: is }) => (is ? [] : (asked.get(of)?.reach?.can ?? [])));
  const of = (can: string): number => reaches.filter((one) => one === can).length;
  return (
    reaches.length > 0 &&
    `Of ${count(reaches.length, 'criterion', 'criteria')} a probe can decide ${of('decide')} beside what a person signs, show a part of ${of('partial')}, and see nothing of ${of('none')}.`
  );
};

/** What the criteria say: all of them at a look, then each in full under its heading. */
export const criteriaBlocks = (criteria: readonly CriterionResult[], profile: Profile, view: View): Block[] => {
  const asked = new Map<string, Criterion>(profile.criteria.map((criterion) => [criterion.id, criterion]));
  const technical = groupsOf(criteria, 'technical', view);
  const documents = groupsOf(criteria, 'non-technical', view);
  const before = new Set(technical.map(({ heading: of }) => of));
  return [
    text(reachWords(criteria, asked), { keep: true }),
    overview(criteria, view),
    ...(technical.length > 0 ? [heading(3, 'Technical criteria, failing first')] : []),
    ...technical.flatMap((group) => groupBlocks(group, true, asked, view)),
    ...(documents.length > 0 ? [heading(3, 'Criteria about documents and activities, decided by a person')] : []),
    ...documents.flatMap((group) => groupBlocks(group, !before.has(group.heading), asked, view)),
  ];
};

type Level = LabelResult['levels'][number];

const criterionLink = (of: string, view: View): Inline => link(id(of), view.anchors.get(of));

const namedCriteria = (title: string, ids: readonly string[], view: View): Block =>
  text(
    ids.length > 0 && [
      soft(`${title} `),
      listed(
        ids.map((one) => criterionLink(one, view)),
        12,
      ),
    ],
    { size: 8.5, after: 2 },
  );

const metOf = ({ criteria, failing, open }: Level): number => Math.max(0, criteria - failing.length - open.length);

/** The levels of a label, what stands against each, and the criteria behind it. */
export const labelBlocks = (
  label: LabelResult,
  asked: Label | undefined,
  criteria: readonly CriterionResult[],
  view: View,
): Block[] => {
  const known = new Map(criteria.map((result) => [result.id, result]));
  return [
    text([
      bold(`${visible(label.title)}. `),
      LABEL_DISCLAIMER,
      label.kind === 'tiered' && ' The lowest level stands first; each takes in those before it.',
    ]),
    ...label.levels.flatMap((level, index): Block[] => {
      const own = asked?.levels.find((one) => one.id === level.id)?.criteria ?? [];
      const results = failingFirst(
        own.map((one) => known.get(one) ?? { id: one, title: 'not judged', verdict: 'not-assessed' as const }),
      );
      return [
        heading(4, [`${visible(level.title)}: `, LEVEL_WORDS[level.is]]),
        text(
          `${metOf(level)} of ${count(level.criteria, 'criterion', 'criteria')} met${
            index > 0 ? ', those of the levels before among them' : ''
          }.`,
          { after: 2 },
        ),
        namedCriteria('Failing:', level.failing, view),
        namedCriteria('Open:', level.open, view),
        ...results.map(({ id: one, title, verdict }) =>
          bullet([badge(verdict), ' ', criterionLink(one, view), ` ${visible(title)}`]),
        ),
      ];
    }),
  ];
};

/** A list of choices with their reasons, as a table of a filtered profile. */
export const choices = (caption: string, rows: readonly { id: string; why: string }[]): Block =>
  table(
    caption,
    [
      { title: 'Id', width: 'fit' },
      { title: 'Why', width: { share: 1 } },
    ],
    rows.map((one) => cells(id(one.id), visible(one.why))),
  );
