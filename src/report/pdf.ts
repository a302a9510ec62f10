import { isFiltered } from './html-left-out.tsx';
import { isProduct } from './html-product.tsx';
import { labViewOf } from './lab-view.ts';
import { type Block, heading, text } from './pdf-blocks.ts';
import { viaBlocks } from './pdf-carried.ts';
import { coverageBlocks, declaredBlocks, interfacesBlocks } from './pdf-coverage.ts';
import { criteriaBlocks, labelBlocks } from './pdf-criteria.ts';
import { findingsBlocks, matrixBlock } from './pdf-findings.ts';
import { failedBlocks, headBlocks, labBlocks, nameOf, suitabilityBlocks } from './pdf-head.ts';
import { fixed, flow, unitsOf } from './pdf-layout.ts';
import { BODY_WIDTH, Canvas, PAGE } from './pdf-page.ts';
import { leftOutBlocks, observationsBlocks, productBlocks, ruleBlocks, toDoBlocks } from './pdf-parts.ts';
import { personsBlocks } from './pdf-persons.ts';
import { runBlocks } from './pdf-run.ts';
import { transportBlocks } from './pdf-transport.ts';
import { anybodySpoke } from './persons-view.ts';
import type { Reporter, ReportInput } from './report.ts';
import { visible } from './text.ts';
import { failedOf, targetOf, type View, viewOf } from './view.ts';

/** A part of the report. One that has nothing to say is absent, and stands in no contents. */
interface Part {
  readonly id: string;
  readonly title: string;
  readonly lead?: string;
  readonly of: readonly Block[];
}

const partsOf = (input: ReportInput, view: View): Part[] => {
  const { assessment, runs, profile } = input;
  const target = targetOf(input);
  const components = [
    ...new Set([...view.components.map(({ id }) => id), ...assessment.checks.map(({ component }) => component)]),
  ];
  const alone = components.length === 1;
  const several = new Set(assessment.runs.map(({ state }) => state)).size > 1;
  const parts: (Part | false | undefined)[] = [
    failedOf(assessment).length > 0 && {
      id: 'failed',
      title: 'What failed',
      of: failedBlocks(assessment, view, alone),
    },
    {
      id: 'summary',
      title: 'Summary',
      lead: 'Results relate only to the item that was tested, in the state that is named.',
      of: [matrixBlock(view, components)],
    },
    { id: 'laboratory', title: 'The laboratory, the customer and the item', of: labBlocks(input) },
    {
      id: 'test',
      title: 'The test',
      of: runs.flatMap((reported) =>
        runBlocks(reported, assessment.runs.find(({ id }) => id === reported.run.id)?.moves),
      ),
    },
    { id: 'suitability', title: 'Whether the bench was suitable', of: suitabilityBlocks(assessment) },
    target && isProduct(target) && { id: 'product', title: 'The product', of: productBlocks(target) },
    {
      id: 'found',
      title: 'What the probe found',
      lead: 'By theme, what failed first, then what could not be told.',
      of: findingsBlocks({ view, several, alone }),
    },
    {
      id: 'interfaces',
      title: 'The interfaces',
      lead: 'Every open port; those that nobody declared stand first.',
      of: interfacesBlocks(runs),
    },
    {
      id: 'transport',
      title: 'The transport',
      lead: 'How each port protects what it serves, what clients get of it, and what that bears on.',
      of: transportBlocks(input, view),
    },
    {
      id: 'declared',
      title: 'The declaration beside what was observed',
      of: declaredBlocks(view),
    },
    {
      id: 'coverage',
      title: 'What was covered',
      lead: 'A pass says nothing about what is not covered here.',
      of: coverageBlocks(input),
    },
    assessment.label && {
      id: 'label',
      title: 'What stands against the label',
      of: labelBlocks(assessment.label, profile.label, assessment.criteria, view),
    },
    {
      id: 'criteria',
      title: 'What the criteria say',
      lead: `${visible(profile.title)}. A criterion is seldom a pass without a person; what a person still has to do follows.`,
      of: criteriaBlocks(assessment.criteria, profile, view),
    },
    assessment.via && { id: 'carried', title: 'What was carried over a crosswalk', of: viaBlocks(assessment, view) },
    anybodySpoke(view.persons) && { id: 'persons', title: 'What persons say', of: personsBlocks(view) },
    { id: 'to-do', title: 'What is still to be done', of: toDoBlocks(view) },
    isFiltered(assessment) && {
      id: 'left-out',
      title: 'What this profile leaves out',
      of: leftOutBlocks(assessment, profile),
    },
    { id: 'rule', title: 'How verdicts are reached', of: ruleBlocks(assessment) },
    {
      id: 'observations',
      title: 'Observations and evidence',
      lead: 'Each evidence file is named by the SHA-256 of its bytes, shortened here.',
      of: observationsBlocks(input, view),
    },
  ];
  return parts.filter((part) => typeof part === 'object');
};

const contents = (parts: readonly Part[]): Block => ({
  is: 'together',
  of: [
    { is: 'heading', level: 4, of: 'Contents' },
    ...parts.map(({ id, title }) =>
      text({ of: title, style: { tone: 'link', to: id } }, { size: 9, after: 1.5, pageOf: id }),
    ),
  ],
});

const partBlocks = ({ id, title, lead, of }: Part): Block[] => [
  heading(2, title, { anchor: id, outline: title }),
  ...(lead === undefined ? [] : [text({ of: lead, style: { tone: 'soft' } }, { after: 8, keep: true })]),
  ...of,
];

/** What stands last: nothing of the report is missing after it (ISO/IEC 17025:2017, 7.8.2.1 e). */
const closing = ({ assessment }: ReportInput): Block[] => [
  { is: 'gap', height: 14 },
  {
    is: 'card',
    tone: 'ink',
    of: [
      text({ of: 'End of report', style: { face: 'bold' } }, { after: 2 }),
      text(
        {
          of: `${visible(assessment.tool)}. The files beside this report are the record; SHA256SUMS covers them.`,
          style: { tone: 'soft' },
        },
        { size: 8 },
      ),
    ],
  },
];

const render = async (input: ReportInput): Promise<Uint8Array> => {
  const { assessment } = input;
  const { profile } = assessment;
  const view = viewOf(input);
  const lab = labViewOf(input);
  const name = nameOf(input);
  const parts = partsOf(input, view);
  const canvas = new Canvas({
    title: `${name}: security report`,
    subject: `${lab.kind}. Report ${lab.id}. ${visible(profile.title, 200)}, edition ${visible(profile.edition, 100)}`,
    producer: visible(assessment.tool, 200),
    at: new Date(assessment.judgedAt),
  });
  const blocks = [...headBlocks(input, view), contents(parts), ...parts.flatMap(partBlocks), ...closing(input)];
  flow(
    canvas,
    blocks.flatMap((block) => unitsOf(block)),
  );
  const about = `${visible(profile.id, 100)}, edition ${visible(profile.edition, 60)}`;
  // A laboratory's number may be long: the unique id says the same, and has to stand whole on every page.
  const whole = `Report ${lab.id}`;
  const named = fixed(whole, FOOT, BODY_WIDTH * 0.8).lines.length > 1 ? `Report ${assessment.report ?? ''}` : whole;
  return canvas.end((page, of) => {
    const put = (words: string, y: number, right: boolean, width: number = BODY_WIDTH): void => {
      const [line] = fixed({ of: words, style: { tone: 'soft' } }, FOOT, width).lines;
      if (line !== undefined) canvas.text(line, right ? PAGE.width - PAGE.right - line.width : PAGE.left, y);
    };
    if (page > 1) {
      put(visible(name, 90), 32, false, BODY_WIDTH * 0.6);
      put(lab.kind, 32, true);
      canvas.line(PAGE.left, 46, BODY_WIDTH);
    }
    const foot = PAGE.height - 48;
    canvas.line(PAGE.left, foot, BODY_WIDTH);
    put(named, foot + 5, false, BODY_WIDTH * 0.8);
    put(`Page ${page} of ${of}`, foot + 5, true);
    put(about, foot + 16, false);
  });
};

/** The size of what stands on every page. */
const FOOT = 7.5;

/**
 * `report.pdf`: A4 pages with the id of the report on each. No scripts, no addresses, nothing but links inside it; the
 * same input gives the same bytes.
 */
export const pdf: Reporter = { format: 'pdf', file: 'report.pdf', mediaType: 'application/pdf', render };
