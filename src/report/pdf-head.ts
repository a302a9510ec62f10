import type { Assessment } from '../model/assessment.ts';
import { labelWords } from './html-label.tsx';
import { LAB_GROUPS, type LabField, type LabView, labViewOf } from './lab-view.ts';
import {
  attention,
  type Block,
  badge,
  bold,
  bullet,
  cells,
  facts,
  heading,
  id,
  link,
  note,
  soft,
  table,
  text,
} from './pdf-blocks.ts';
import type { ReportInput } from './report.ts';
import { suitabilityView } from './suitability-view.ts';
import { count, visible } from './text.ts';
import { failedOf, isSimulated, outcome, SIMULATED, tally, targetOf, type View } from './view.ts';
import { LABEL_DISCLAIMER, timeWords } from './words.ts';

/** What was tested, by the name that people know it by. */
export const nameOf = (input: ReportInput): string =>
  visible(targetOf(input)?.product?.name ?? input.assessment.target, 200);

const missingBlocks = ({ missing }: LabView): Block[] =>
  missing.length === 0
    ? []
    : [
        {
          is: 'card',
          tone: 'open',
          of: [
            text(bold('What a test report needs and this one has not'), { size: 8.5, after: 3 }),
            ...missing.map((one) => text(one, { size: 8, bullet: '–', indent: 10, after: 1 })),
          ],
        },
      ];

const checksWords = ({ checks }: Assessment) => {
  const { failed, open, passed } = outcome(checks);
  const unbuilt = checks.filter(({ built }) => !built).length;
  const rest = `${count(checks.length, 'check result')}, ${tally(checks)['not-applicable']} of them not applicable${
    unbuilt > 0 ? `, and ${unbuilt} open because nobody has built the check yet` : ''
  }. A pass holds within the stated coverage.`;
  return { figures: bold(`${failed} failed, ${open} could not tell, ${passed} passed`), rest: soft(rest) };
};

const criteriaWords = (view: View): string => {
  const of = tally(view.leaves);
  const none = of['not-applicable'];
  return `${count(view.leaves.length, 'criterion', 'criteria')}: ${of.fail} fail, ${of.inconclusive} could not tell, ${of['not-assessed']} not assessed, ${of.pass} pass${none > 0 ? `, ${none} not applicable` : ''}.`;
};

/** The two readings of one assessment, always side by side. */
const headline = (assessment: Assessment, view: View): Block => {
  const checks = checksWords(assessment);
  const heeded = view.persons.all.dispositions.filter(({ is }) => is === 'in-force').length;
  return table(
    '',
    [
      { title: 'What the probe found', width: { share: 1 } },
      { title: 'What the criteria say', width: { share: 1 } },
    ],
    [
      cells(
        { stack: [checks.figures, checks.rest] },
        {
          stack: [
            ['Verdict: ', badge(assessment.verdict)],
            soft(criteriaWords(view)),
            view.toDo.length > 0 && link(`${count(view.toDo.length, 'thing')} still to be done.`, 'to-do'),
            assessment.label && [link(labelWords(assessment.label), 'label'), soft(`. ${LABEL_DISCLAIMER}`)],
            heeded > 0 && [
              link(`${count(heeded, 'disposition')}`, 'persons'),
              soft(' in force: a gate heeds them, and no verdict changes.'),
            ],
          ],
        },
      ),
    ],
  );
};

/** The top of the first page: what it is, of what, by which rule, and what is missing. */
export const headBlocks = (input: ReportInput, view: View): Block[] => {
  const { assessment, runs } = input;
  const lab = labViewOf(input);
  const { profile } = assessment;
  const bench = suitabilityView(assessment.suitability);
  return [
    text([lab.isTestReport ? bold(lab.kind) : { of: lab.kind, style: { face: 'bold', tone: 'open' } }], {
      size: 10,
      after: 3,
    }),
    { is: 'heading', level: 1, of: nameOf(input) },
    text(soft(`${visible(profile.title)}, edition ${visible(profile.edition)}`), { size: 10.5, after: 10 }),
    facts([
      ['Report', id(lab.id)],
      ['Profile', [id(profile.id), `, edition ${visible(profile.edition)}`]],
      ['Verdict', badge(assessment.verdict)],
      [
        'Judged',
        `${timeWords(assessment.judgedAt)} by ${visible(assessment.tool)}${assessment.signed ? ', signed' : ', not signed'}`,
      ],
      ['Decision rule', link(assessment.decisionRule, 'rule')],
      [
        'Crosswalk',
        assessment.via && ['A view through ', id(assessment.via.crosswalk), '. ', link('What it can say', 'carried')],
      ],
      ['Bench', bench.state === 'suitable' ? bench.headline : attention(bench.headline)],
      ['Simulated', runs.some(({ run }) => isSimulated(run)) && attention(SIMULATED)],
      ['Remedies', assessment.remedies && 'left out: this report gives no opinion on what would mend a finding'],
    ]),
    headline(assessment, view),
    ...missingBlocks(lab),
  ];
};

/** What failed, a line each, leading to all that is known of it. */
export const failedBlocks = (assessment: Assessment, view: View, alone: boolean): Block[] =>
  failedOf(assessment).flatMap(({ check, title, components, because, more, indicated }): Block[] => [
    text(
      [
        link(visible(because), view.checks.find((one) => one.check === check)?.anchor),
        more > 0 && ` And ${more} more.`,
        indicated && soft(' Indicated, not conclusive.'),
      ],
      { bullet: '•', indent: 12, after: 0 },
    ),
    note(`${alone ? '' : `${visible(components.join(', '), 400)}: `}expected: ${visible(title)}`, {
      indent: 12,
      after: 5,
    }),
  ]);

const GROUP_TITLES: Record<LabField['group'], string> = {
  report: 'The report',
  laboratory: 'The laboratory',
  customer: 'The customer',
  item: 'The item',
  test: 'The test',
  'made with': 'Made with',
  responsible: 'Responsible',
};

const FROM: Record<LabField['from'], string> = {
  laboratory: '',
  customer: ' (information of the customer)',
  tool: '',
};

/** The fields of ISO/IEC 17025:2017, 7.8.2, and what has to be said of every result. */
export const labBlocks = (input: ReportInput): Block[] => {
  const { fields, statements } = labViewOf(input);
  return [
    ...LAB_GROUPS.flatMap((group): Block[] => {
      const own = fields.filter((one) => one.group === group);
      return own.length === 0
        ? []
        : [
            heading(4, GROUP_TITLES[group]),
            facts(own.map(({ name, value, from }) => [name, [value, FROM[from] !== '' && soft(FROM[from])]] as const)),
          ];
    }),
    ...(statements.length > 0 ? [heading(4, 'What has to be said of the results')] : []),
    ...statements.map((one) => bullet(one)),
  ];
};

/** Whether the bench found what is known of its references. */
export const suitabilityBlocks = ({ suitability }: Assessment): Block[] => {
  const { state, headline: said, notes, rows } = suitabilityView(suitability);
  return [
    text(state === 'suitable' ? said : attention(said)),
    ...notes.map((one) => note(one)),
    table(
      'References, and what was found of them',
      [
        { title: 'When', width: { share: 2 } },
        { title: 'Reference', width: { share: 2 } },
        { title: 'Known to be', width: 'fit' },
        { title: 'Found', width: { share: 4 } },
        { title: 'Checks as known', width: { share: 1.4 } },
      ],
      rows.map((row) =>
        cells(
          row.when,
          { stack: [row.name, soft(row.how)] },
          row.kind,
          {
            stack: [
              row.good ? row.is : attention(row.is),
              soft(row.because),
              ...row.deviations.slice(0, MOST_DEVIATIONS).map((one) => soft(one)),
              row.deviations.length > MOST_DEVIATIONS && soft(`and ${row.deviations.length - MOST_DEVIATIONS} more`),
            ],
          },
          row.checks,
        ),
      ),
    ),
  ];
};

/** Deviations of one reference that are listed; the others stand in assessment.json. */
const MOST_DEVIATIONS = 24;
