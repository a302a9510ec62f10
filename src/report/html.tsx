import type { ComponentChildren, VNode } from 'preact';
import { render } from 'preact-render-to-string';
import type { Assessment } from '../model/assessment.ts';
import type { Target } from '../model/target.ts';
import { Criteria, ToDoList } from './html-criteria.tsx';
import { Coverage, Observations } from './html-evidence.tsx';
import { Findings, Matrix } from './html-findings.tsx';
import { Badge, Id, Row, Table } from './html-parts.tsx';
import { page } from './page.tsx';
import type { ReportedRun, Reporter, ReportInput } from './report.ts';
import { count, grouped, visible } from './text.ts';
import { isSimulated, outcome, SIMULATED, tally, type View, viewOf } from './view.ts';
import { DECISION_RULES, FAILING_FIRST, IMPACT_WORDS, STATE_WORDS, timeWords, VERDICT_MEANINGS } from './words.ts';

const titleOf = (target: Target | undefined, assessment: Assessment): string =>
  target?.product?.name ?? assessment.target;

const list = (items: readonly string[]): string => visible(items.join(', '));

/** The three counts that a reader looks for first. */
const Headline = ({ assessment, view }: { assessment: Assessment; view: View }): VNode => {
  const checks = outcome(assessment.checks);
  const criteria = tally(view.leaves);
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
      </div>
    </div>
  );
};

/** A source as it stands, digests as code; of a file only its name, for where it lay is the tester's own. */
const sourceOf = (name: string, value: string): VNode | string => {
  if (/^[0-9a-f]{64}$/.test(value)) return <Id>{value}</Id>;
  return visible(name === 'product' ? (value.split(/[\\/]/).at(-1) ?? '') : value, 200);
};

const RunFacts = ({ reported: { run, seal } }: { reported: ReportedRun }): VNode => {
  const { limits, target, item } = run;
  const bench = Object.entries(item).map(([name, value]) => `${name} ${value}`);
  const loginBudget = limits.loginBudget ?? 'as declared, else 2 in a row for an account';
  return (
    <dl class="facts">
      <Row name="Run">
        <Id>{run.id}</Id>
        {run.status === 'completed' ? '' : `, ${run.status}: not all of it was carried out`}
      </Row>
      <Row name="Seal">
        {seal ? (
          <Id>{seal}</Id>
        ) : (
          <span class="attention">not sealed: nothing shows that the files are as they were written</span>
        )}
        {run.signed ? ', signed' : ''}
      </Row>
      <Row name="Carried out">
        {timeWords(run.startedAt)}
        {run.endedAt ? ` to ${timeWords(run.endedAt)}` : ', not ended'}
      </Row>
      <Row name="Item on the bench">{bench.length > 0 ? list(bench) : 'not stated'}</Row>
      <Row name="State of the item">{STATE_WORDS[run.state]}</Row>
      <Row name="Components">
        {target.components.map((component, index) => (
          <>
            {index > 0 ? '; ' : ''}
            {visible(component.id)} ({component.kind}):{' '}
            {component.addresses.length > 0 ? list(component.addresses) : 'no address'}
          </>
        ))}
        {target.product
          ? target.product.complete
            ? '. The list is declared complete.'
            : '. The list is not declared complete.'
          : '. No list of components was declared.'}
      </Row>
      <Row name="Scope">{target.scope.length > 0 ? list(target.scope) : 'none'}</Row>
      <Row name="Permitted">
        {IMPACT_WORDS[target.allow.impact]}, by {visible(target.allow.by)}
        {target.allow.until ? `, until ${visible(target.allow.until)}` : ''}
      </Row>
      <Row name="Limits">
        {count(limits.connections, 'connection')} at a time, {grouped(limits.rate)} packets a second for discovery,{' '}
        {grouped(limits.wait)} ms for an answer, {grouped(limits.attempt)} ms for an attempt; failed logins:{' '}
        {String(loginBudget)}, at most {limits.loginsPerService} on a service; TCP {visible(limits.tcp, 200)}, UDP{' '}
        {visible(limits.udp, 200)}
        {limits.exclude.length > 0 ? `; left out: ${list(limits.exclude)}` : ''}
      </Row>
      <Row name="Made with">
        {visible(run.tool)}
        {Object.keys(run.sources)
          .filter((name) => name !== 'probity')
          .sort()
          .map((name) => (
            <div>
              {visible(name, 100)}: {sourceOf(name, run.sources[name] ?? '')}
            </div>
          ))}
      </Row>
      <Row name="Takes over">{run.resumes ? `run ${run.resumes.run}, sealed ${run.resumes.seal}` : ''}</Row>
    </dl>
  );
};

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

const CONTENTS = [
  ['summary', 'Summary'],
  ['found', 'What the probe found'],
  ['coverage', 'What was covered'],
  ['criteria', 'What the criteria say'],
  ['to-do', 'What is still to be done'],
  ['rule', 'How verdicts are reached'],
  ['observations', 'Observations and evidence'],
] as const;

const [SUMMARY, FOUND, COVERAGE, CRITERIA, TO_DO, RULE, OBSERVATIONS] = CONTENTS;

const Section = (props: { of: (typeof CONTENTS)[number]; lead?: string; children: ComponentChildren }): VNode => (
  <section class="part" id={props.of[0]}>
    <h2>{props.of[1]}</h2>
    {props.lead ? <p class="lead">{props.lead}</p> : null}
    {props.children}
  </section>
);

const Report = (input: ReportInput): VNode => {
  const { assessment, runs, profile } = input;
  const view = viewOf(input);
  const target = runs[0]?.run.target;
  const components = [
    ...new Set([
      ...(target?.components ?? []).map(({ id }) => id),
      ...assessment.checks.map(({ component }) => component),
    ]),
  ];
  return (
    <>
      <header>
        <p class="kicker">Security test report</p>
        <h1>{visible(titleOf(target, assessment), 200)}</h1>
        <p class="sub">
          {visible(assessment.profile.title)}, edition {visible(assessment.profile.edition)}. Judged{' '}
          {timeWords(assessment.judgedAt)} by {visible(assessment.tool)}, decision rule {assessment.decisionRule}
          {assessment.signed ? ', signed' : ', not signed'}.
        </p>
        {runs.some(({ run }) => isSimulated(run)) ? <p class="simulated">{SIMULATED}</p> : null}
        <Headline assessment={assessment} view={view} />
        <nav aria-label="Contents">
          <ol>
            {CONTENTS.map(([id, title]) => (
              <li>
                <a href={`#${id}`}>{title}</a>
              </li>
            ))}
          </ol>
        </nav>
      </header>
      <main>
        <Section of={SUMMARY} lead="Results relate only to the item that was tested, in the state that is named.">
          <Matrix view={view} components={components} />
          <h3>The test</h3>
          {runs.map((reported) => (
            <RunFacts reported={reported} />
          ))}
        </Section>
        <Section of={FOUND} lead="By theme, what failed first, then what could not be told.">
          <Findings
            view={view}
            remedies={input.remedies ?? true}
            several={new Set(assessment.runs.map(({ state }) => state)).size > 1}
            alone={components.length === 1}
          />
        </Section>
        <Section of={COVERAGE} lead="A pass says nothing about what is not covered here.">
          <Coverage runs={runs} />
        </Section>
        <Section
          of={CRITERIA}
          lead={`${visible(profile.title)}. A criterion is seldom a pass without a person; what a person still has to do follows.`}
        >
          <Criteria criteria={assessment.criteria} profile={profile} view={view} />
        </Section>
        <Section of={TO_DO}>
          <ToDoList view={view} />
        </Section>
        <Section of={RULE}>
          <Rule assessment={assessment} />
        </Section>
        <Section of={OBSERVATIONS} lead="Each evidence file is named by the SHA-256 of its bytes, shortened here.">
          <Observations input={input} view={view} />
        </Section>
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
    page(
      `${titleOf(input.runs[0]?.run.target, input.assessment)}: security test report`,
      render(<Report {...input} />),
    ),
};
