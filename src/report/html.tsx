import type { VNode } from 'preact';
import { render } from 'preact-render-to-string';
import type { Assessment } from '../model/assessment.ts';
import type { Target } from '../model/target.ts';
import { Via } from './html-carried.tsx';
import { Matrix } from './html-check-matrix.tsx';
import { Coverage } from './html-coverage.tsx';
import { Criteria } from './html-criteria.tsx';
import { Declared } from './html-declared.tsx';
import { Observations } from './html-evidence.tsx';
import { Findings } from './html-findings.tsx';
import { FailedList, Headline } from './html-headline.tsx';
import { Interfaces } from './html-interfaces.tsx';
import { LAB_STYLE, LabHead, LabSection } from './html-lab.tsx';
import { LabelView } from './html-label.tsx';
import { isFiltered, LeftOut } from './html-left-out.tsx';
import { Id } from './html-parts.tsx';
import { Persons } from './html-persons.tsx';
import { isProduct, ProductTree } from './html-product.tsx';
import { Rule } from './html-rule.tsx';
import { RunFacts } from './html-run.tsx';
import { SuitabilitySection } from './html-suitability.tsx';
import { ToDoList } from './html-todo.tsx';
import { Transport } from './html-transport.tsx';
import { labViewOf } from './lab-view.ts';
import { page } from './page.tsx';
import { anybodySpoke } from './persons-view.ts';
import type { Reporter, ReportInput } from './report.ts';
import { runningFoot } from './style.ts';
import { visible } from './text.ts';
import { failedOf, isSimulated, SIMULATED, targetOf, type View, viewOf } from './view.ts';
import { REMEDIES_LEFT_OUT, timeWords } from './words.ts';

const titleOf = (target: Target | undefined, assessment: Assessment): string =>
  target?.product?.name ?? assessment.target;

/** A part of the page. One that has nothing to say is absent, and stands in no contents. */
interface Part {
  readonly id: string;
  readonly title: string;
  readonly lead?: string;
  readonly body: VNode;
}

const Section = ({ part: { id, title, lead, body } }: { part: Part }): VNode => (
  <section class="part" id={id}>
    <h2>{title}</h2>
    {lead ? <p class="lead">{lead}</p> : null}
    {body}
  </section>
);

/** The parts of a report in their order. */
const partsOf = (input: ReportInput, view: View): Part[] => {
  const { assessment, runs, profile } = input;
  const target = targetOf(input);
  const components = [
    ...new Set([
      ...(target?.components ?? []).map(({ id }) => id),
      ...assessment.checks.map(({ component }) => component),
    ]),
  ];
  const parts: (Part | false | undefined)[] = [
    failedOf(assessment).length > 0 && {
      id: 'failed',
      title: 'What failed',
      body: <FailedList assessment={assessment} view={view} alone={components.length === 1} />,
    },
    {
      id: 'summary',
      title: 'Summary',
      lead: 'Results relate only to the item that was tested, in the state that is named.',
      body: (
        <>
          <Matrix view={view} components={components} />
          <h3>The test</h3>
          {runs.map((reported) => (
            <RunFacts reported={reported} moves={assessment.runs.find(({ id }) => id === reported.run.id)?.moves} />
          ))}
        </>
      ),
    },
    target && isProduct(target) && { id: 'product', title: 'The product', body: <ProductTree target={target} /> },
    {
      id: 'interfaces',
      title: 'Interfaces',
      lead: 'Every open port that was seen: what speaks there, how it travels, what it asks for.',
      body: <Interfaces runs={runs} />,
    },
    {
      id: 'transport',
      title: 'Transport',
      lead: 'How each port protects what it serves: what it offers, what clients get of it, and what that bears on.',
      body: <Transport input={input} view={view} />,
    },
    {
      id: 'found',
      title: 'What the probe found',
      lead: 'By theme, what failed first, then what could not be told.',
      body: (
        <>
          {assessment.remedies === 'left-out' ? <p>{REMEDIES_LEFT_OUT}</p> : null}
          <Findings
            view={view}
            several={new Set(assessment.runs.map(({ state }) => state)).size > 1}
            alone={components.length === 1}
          />
        </>
      ),
    },
    {
      id: 'declared',
      title: 'What is declared, and what was observed',
      body: <Declared view={view} />,
    },
    {
      id: 'coverage',
      title: 'What was covered',
      lead: 'A pass says nothing about what is not covered here.',
      body: <Coverage runs={runs} profile={profile} />,
    },
    {
      id: 'suitability',
      title: 'Whether the bench was suitable',
      body: <SuitabilitySection assessment={assessment} />,
    },
    assessment.label && {
      id: 'label',
      title: 'What stands against the label',
      body: <LabelView label={assessment.label} asked={profile.label} criteria={assessment.criteria} view={view} />,
    },
    {
      id: 'criteria',
      title: 'What the criteria say',
      lead: `${visible(profile.title)}. A criterion is seldom a pass without a person; what a person still has to do follows.`,
      body: <Criteria criteria={assessment.criteria} profile={profile} view={view} />,
    },
    assessment.via && {
      id: 'carried',
      title: 'What was carried over a crosswalk',
      body: <Via assessment={assessment} view={view} />,
    },
    anybodySpoke(view.persons) && {
      id: 'persons',
      title: 'What persons say',
      body: <Persons view={view} />,
    },
    { id: 'to-do', title: 'What is still to be done', body: <ToDoList view={view} /> },
    isFiltered(assessment) && {
      id: 'left-out',
      title: 'What this profile leaves out',
      body: <LeftOut assessment={assessment} profile={profile} />,
    },
    { id: 'laboratory', title: 'The laboratory and the item', body: <LabSection input={input} /> },
    { id: 'rule', title: 'How verdicts are reached', body: <Rule assessment={assessment} /> },
    {
      id: 'observations',
      title: 'Observations and evidence',
      lead: 'Each evidence file is named by the SHA-256 of its bytes, shortened here.',
      body: <Observations input={input} view={view} />,
    },
  ];
  return parts.filter((part) => typeof part === 'object');
};

const Report = (input: ReportInput): VNode => {
  const { assessment, runs } = input;
  const view = viewOf(input);
  const parts = partsOf(input, view);
  return (
    <>
      <header>
        <LabHead input={input} />
        <h1>{visible(titleOf(targetOf(input), assessment), 200)}</h1>
        <p class="sub">
          {visible(assessment.profile.title)}, edition {visible(assessment.profile.edition)}. Judged{' '}
          {timeWords(assessment.judgedAt)} by {visible(assessment.tool)}, decision rule {assessment.decisionRule}
          {assessment.signed ? ', signed' : ', not signed'}.
        </p>
        {assessment.via ? (
          <p class="simulated">
            A view through the crosswalk <Id>{assessment.via.crosswalk}</Id>. <a href="#carried">What it can say</a>
          </p>
        ) : null}
        {runs.some(({ run }) => isSimulated(run)) ? <p class="simulated">{SIMULATED}</p> : null}
        <Headline assessment={assessment} view={view} />
        <nav aria-label="Contents">
          <ol>
            {parts.map(({ id, title }) => (
              <li>
                <a href={`#${id}`}>{title}</a>
              </li>
            ))}
          </ol>
        </nav>
      </header>
      <main>
        {parts.map((part) => (
          <Section part={part} />
        ))}
      </main>
      <footer>
        <p>
          {visible(assessment.tool)}. The files beside this report are the record; <code>SHA256SUMS</code> covers them.
        </p>
        <p>
          Report <Id>{labViewOf(input).id}</Id>. End of report.
        </p>
      </footer>
    </>
  );
};

/**
 * `report.html`: one self-contained page without scripts and without any address outside the results folder. Everything
 * that a device said is escaped, bounded, and has its unseen characters made visible.
 */
export const html: Reporter = {
  format: 'html',
  file: 'report.html',
  mediaType: 'text/html; charset=utf-8',
  render: (input) =>
    page(
      `${titleOf(targetOf(input), input.assessment)}: security report`,
      render(<Report {...input} />),
      `${LAB_STYLE}${runningFoot(`Report ${labViewOf(input).id}`)}`,
    ),
};
