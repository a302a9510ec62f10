import type { VNode } from 'preact';
import { render } from 'preact-render-to-string';
import type { Assessment } from '../model/assessment.ts';
import type { Target } from '../model/target.ts';
import { Via } from './html-carried.tsx';
import { Criteria } from './html-criteria.tsx';
import { Coverage, Observations } from './html-evidence.tsx';
import { Findings, Matrix } from './html-findings.tsx';
import { LabelView, labelWords } from './html-label.tsx';
import { isFiltered, LeftOut } from './html-left-out.tsx';
import { Badge, Id, Table } from './html-parts.tsx';
import { Persons } from './html-persons.tsx';
import { isProduct, ProductTree } from './html-product.tsx';
import { RunFacts } from './html-run.tsx';
import { ToDoList } from './html-todo.tsx';
import { page } from './page.tsx';
import { anybodySpoke } from './persons-view.ts';
import type { Reporter, ReportInput } from './report.ts';
import { count, visible } from './text.ts';
import { failedOf, isSimulated, outcome, SIMULATED, tally, targetOf, type View, viewOf } from './view.ts';
import { DECISION_RULES, FAILING_FIRST, LABEL_DISCLAIMER, timeWords, VERDICT_MEANINGS } from './words.ts';

const titleOf = (target: Target | undefined, assessment: Assessment): string =>
  target?.product?.name ?? assessment.target;

/** The three counts that a reader looks for first. */
const Headline = ({ assessment, view }: { assessment: Assessment; view: View }): VNode => {
  const checks = outcome(assessment.checks);
  const criteria = tally(view.leaves);
  const heeded = view.persons.all.dispositions.filter(({ is }) => is === 'in-force').length;
  const unbuilt = assessment.checks.filter(({ built }) => !built).length;
  return (
    <div class="headline">
      <div>
        <h2>What the probe found</h2>
        <p class="figures">
          <span class="fail">
            <b>{checks.failed}</b> failed
          </span>
          <span class="inconclusive">
            <b>{checks.open}</b> could not tell
          </span>
          <span class="pass">
            <b>{checks.passed}</b> passed
          </span>
        </p>
        <p class="note">
          {count(assessment.checks.length, 'check result')}, {tally(assessment.checks)['not-applicable']} of them not
          applicable{unbuilt > 0 ? `, and ${unbuilt} open because nobody has built the check yet` : ''}. A pass holds
          within the stated coverage.
        </p>
      </div>
      <div>
        <h2>What the criteria say</h2>
        <p class="verdict">
          <Badge verdict={assessment.verdict} />
        </p>
        <p class="note">
          {count(view.leaves.length, 'criterion', 'criteria')}: {criteria.fail} fail, {criteria.inconclusive} could not
          tell, {criteria['not-assessed']} not assessed, {criteria.pass} pass
          {criteria['not-applicable'] > 0 ? `, ${criteria['not-applicable']} not applicable` : ''}.{' '}
          {view.toDo.length > 0 ? <a href="#to-do">{count(view.toDo.length, 'thing')} still to be done.</a> : null}
        </p>
        {assessment.label ? (
          <p class="note">
            <a href="#label">{labelWords(assessment.label)}</a>. {LABEL_DISCLAIMER}
          </p>
        ) : null}
        {heeded > 0 ? (
          <p class="note">
            <a href="#persons">{count(heeded, 'disposition')}</a> in force: a gate heeds them, and no verdict changes.
          </p>
        ) : null}
      </div>
    </div>
  );
};

/** What failed, a line each, leading to all that is known of it. */
const FailedList = ({ assessment, view, alone }: { assessment: Assessment; view: View; alone: boolean }): VNode => (
  <ul class="plain failures">
    {failedOf(assessment).map(({ check, title, components, because, more, indicated }) => (
      <li>
        <a href={`#${view.checks.find((one) => one.check === check)?.anchor ?? 'found'}`}>{visible(because)}</a>
        {more > 0 ? ` And ${more} more.` : ''}
        {indicated ? <span class="note"> Indicated, not conclusive.</span> : null}
        <div class="note">
          {alone ? '' : `${visible(components.join(', '), 400)}: `}expected: {visible(title)}
        </div>
      </li>
    ))}
  </ul>
);

const Rule = ({ assessment }: { assessment: Assessment }): VNode => (
  <>
    <ol class="rule">
      {DECISION_RULES[assessment.decisionRule].map((sentence) => (
        <li>{sentence}</li>
      ))}
    </ol>
    <Table caption="What the words mean" head={['Verdict', 'Meaning']}>
      {FAILING_FIRST.map((verdict) => (
        <tr>
          <td class="tight">
            <Badge verdict={verdict} />
          </td>
          <td>{VERDICT_MEANINGS[verdict]}</td>
        </tr>
      ))}
    </Table>
  </>
);

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
      id: 'found',
      title: 'What the probe found',
      lead: 'By theme, what failed first, then what could not be told.',
      body: (
        <Findings
          view={view}
          several={new Set(assessment.runs.map(({ state }) => state)).size > 1}
          alone={components.length === 1}
        />
      ),
    },
    {
      id: 'coverage',
      title: 'What was covered',
      lead: 'A pass says nothing about what is not covered here.',
      body: <Coverage runs={runs} />,
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
        <p class="kicker">Security test report</p>
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
    page(`${titleOf(targetOf(input), input.assessment)}: security test report`, render(<Report {...input} />)),
};
