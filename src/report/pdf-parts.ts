import type { Assessment } from '../model/assessment.ts';
import type { Profile } from '../model/profile.ts';
import type { Attempt } from '../model/run.ts';
import type { Component, Target } from '../model/target.ts';
import { factWords } from './fact-words.ts';
import { treeOf } from './html-product.tsx';
import {
  type Block,
  badge,
  bold,
  bullet,
  cells,
  digest,
  heading,
  type Inline,
  id,
  listed,
  note,
  soft,
  table,
  text,
} from './pdf-blocks.ts';
import { choices } from './pdf-criteria.ts';
import { findingLinks, missingInline } from './pdf-criterion.ts';
import type { ReportInput } from './report.ts';
import { count, visible } from './text.ts';
import type { View } from './view.ts';
import {
  COMPONENT_WORDS,
  DECISION_RULES,
  FAILING_FIRST,
  MISSING_TITLES,
  placeWords,
  REASON_WORDS,
  timeWords,
  VERDICT_MEANINGS,
} from './words.ts';

/** Addresses and names printed for one component. */
const MOST_ADDRESSES = 12;

type Branch = ReturnType<typeof treeOf>[number];

const componentWords = ({ id: name, kind, addresses, names }: Component): Inline => [
  bold(visible(name)),
  `, ${COMPONENT_WORDS[kind]}: `,
  addresses.length > 0
    ? listed(addresses.map(id), MOST_ADDRESSES)
    : soft('out of the laboratory’s reach: no probe was aimed at it'),
  names.length > 0 && soft(['; names ', listed(names.map(id), MOST_ADDRESSES)]),
];

const branchBlocks = ({ component, parts }: Branch, depth: number): Block[] => [
  bullet(componentWords(component), depth * 16),
  ...(component.trustmarks ?? []).map((mark) =>
    note(
      [
        `${visible(mark.scheme, 200)}, certificate ${visible(mark.certificate, 200)}`,
        mark.until && `, until ${visible(mark.until)}`,
        mark.file && `, ${visible(mark.file, 200)} `,
        mark.sha256 && digest(mark.sha256),
        '; shown as evidence, decides nothing',
      ],
      { indent: depth * 16 + 24, after: 2 },
    ),
  ),
  ...parts.flatMap((part) => branchBlocks(part, depth + 1)),
];

/** The product as its maker declared it: a tree of components, whole or not. */
export const productBlocks = ({ product, components }: Target): Block[] => [
  ...treeOf(components).flatMap((branch) => branchBlocks(branch, 0)),
  text(
    product?.complete === true
      ? 'The list of components is declared complete.'
      : 'The list of components is not declared complete: what holds of these components is not shown of the product.',
  ),
  ...(product?.shownBy ?? []).map(({ criterion, component }) =>
    bullet([id(criterion), ' is shown by ', bold(visible(component)), ', as declared.']),
  ),
  ...(product?.provides ?? []).map(({ criterion, for: of, by }) =>
    bullet([bold(visible(by)), ' provides the means of ', id(criterion), ' for ', bold(visible(of)), ', as declared.']),
  ),
];

/** What is still to be done, by kind, each thing once with the criteria that ask for it. */
export const toDoBlocks = (view: View): Block[] => {
  if (view.toDo.length === 0) return [text('Nothing is left open by the criteria.')];
  return [...new Set(view.toDo.map(({ what }) => what))].flatMap((kind): Block[] => [
    heading(3, MISSING_TITLES[kind]),
    ...view.toDo
      .filter(({ what }) => what === kind)
      .flatMap(({ what, detail, criteria, components, findings }): Block[] => [
        text(
          [
            components.length > 0 && bold(`${visible(components.join(', '), 400)}: `),
            missingInline({ what, detail }, view),
            ' ',
            findingLinks(findings.flatMap((one) => view.findings.get(one) ?? [])),
          ],
          { bullet: '☐', indent: 14, after: 0 },
        ),
        note(visible(criteria.join(', ')), { indent: 14, after: 4 }),
      ]),
  ]);
};

/** What a filtered profile took of the one it extends, and what it left out, each with the reason given. */
export const leftOutBlocks = (assessment: Assessment, profile: Profile): Block[] => {
  const { extends: from, excluded = [] } = assessment.profile;
  return [
    text([
      from && ['Filtered from ', id(from.profile), `, edition ${visible(from.edition)}. `],
      excluded.length > 0
        ? `${count(excluded.length, 'entry', 'entries')} left out. Nothing in this report speaks of what was left out.`
        : 'Nothing was left out by name.',
    ]),
    choices('Left out, and why', excluded),
    choices('Taken in, and why', profile.included ?? []),
  ];
};

/** The decision rule in sentences, and what the words mean. */
export const ruleBlocks = ({ decisionRule }: Assessment): Block[] => [
  ...DECISION_RULES[decisionRule].map((sentence, index) =>
    text(sentence, { bullet: `${index + 1}`, indent: 14, after: 3 }),
  ),
  { is: 'gap', height: 6 },
  table(
    'What the words mean',
    [
      { title: 'Verdict', width: 'fit' },
      { title: 'Meaning', width: { share: 1 } },
    ],
    FAILING_FIRST.map((verdict) => cells(badge(verdict), VERDICT_MEANINGS[verdict])),
  ),
];

const evidenceOf = (digests: readonly string[]): Inline =>
  digests.length > 0 && [' evidence ', listed(digests.map(digest))];

const attemptBlocks = (attempt: Attempt, runId: string, view: View, used: ReadonlySet<string>): Block[] => {
  const anchorOf = (of: string): string => view.references.get(`${runId}:${of}`)?.anchor ?? '';
  const shown = attempt.observations.filter((one) => used.has(anchorOf(one.id)));
  const others = attempt.observations.length - shown.length;
  const { outcome, endpoint } = attempt;
  return [
    text(id(attempt.id), { anchor: anchorOf(attempt.id), size: 9, after: 1, keep: true }),
    note(
      [
        `${visible(endpoint.host)}${endpoint.port === undefined ? '' : ` ${visible(placeWords(endpoint))}`}, ${timeWords(attempt.startedAt)} to ${timeWords(attempt.endedAt)}, `,
        outcome.status === 'completed'
          ? 'completed'
          : `could not tell: ${REASON_WORDS[outcome.reason]}, ${visible(outcome.detail)}`,
        '.',
        evidenceOf(attempt.evidence),
      ],
      { after: 2 },
    ),
    ...shown.map((observation) =>
      text(
        [
          soft(id(`#${observation.id.slice(observation.id.lastIndexOf('#') + 1)}`)),
          ` ${visible(factWords(observation.fact))} `,
          soft([timeWords(observation.at), evidenceOf(observation.evidence)]),
        ],
        { size: 8, indent: 12, after: 1.5, anchor: anchorOf(observation.id) },
      ),
    ),
    note(others > 0 && `${count(others, 'observation')} that no finding rests on: see the run’s attempts.jsonl.`, {
      indent: 12,
      after: 2,
    }),
    { is: 'gap', height: 5 },
  ];
};

/** Every attempt, and the observations that findings rest on, with the digests of the evidence behind them. */
export const observationsBlocks = ({ runs }: ReportInput, view: View): Block[] => {
  const used = new Set<string>();
  for (const { finding } of view.findings.values())
    for (const one of finding.basis) used.add(view.references.get(one)?.anchor ?? '');
  return runs.flatMap(({ run }): Block[] => [
    heading(3, ['Run ', id(run.id)], { outline: `Run ${run.id}` }),
    ...run.attempts.flatMap((attempt) => attemptBlocks(attempt, run.id, view, used)),
  ]);
};
