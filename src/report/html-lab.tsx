import type { VNode } from 'preact';
import { Id, Row } from './html-parts.tsx';
import { LAB_GROUPS, type LabField, type LabGroup, labViewOf } from './lab-view.ts';
import type { ReportInput } from './report.ts';
import { count, visible } from './text.ts';

/** As many reasons stand open; more are folded, and printed all the same. */
const MOST_OPEN = 3;

/** What the report is, at the top of the page: a test report, or an engineering run and what is in the way of one. */
export const LabHead = ({ input }: { input: ReportInput }): VNode => {
  const { kind, id, missing, isTestReport } = labViewOf(input);
  const amends = input.assessment.lab?.amends;
  return (
    <div class={isTestReport ? 'lab-head' : 'lab-head engineering'}>
      <p class="kicker">{kind}</p>
      <p class="report-id" data-report={id}>
        Report <Id>{id}</Id>
      </p>
      {isTestReport && amends ? (
        <p class="note">
          It replaces the report {visible(amends.report, 200)}: {visible(amends.changed)}. Why: {visible(amends.why)}
        </p>
      ) : null}
      {isTestReport ? null : (
        <details class="missing" open={missing.length <= MOST_OPEN}>
          <summary>{count(missing.length, 'thing')} in the way of a test report</summary>
          <ul>
            {missing.map((one) => (
              <li>{one}</li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
};

const TITLES: Record<LabGroup, string> = {
  report: 'The report',
  laboratory: 'The laboratory',
  customer: 'The customer',
  item: 'What was tested',
  test: 'The test',
  'made with': 'What made the result',
  responsible: 'Who answers for it',
};

/** A value that is a digest, as code. */
const shownValue = (value: string): VNode | string => (/^[0-9a-f]{64}$/.test(value) ? <Id>{value}</Id> : value);

/** Fields of one name under it, in their order. */
const byName = (fields: readonly LabField[]): [string, LabField[]][] => {
  const all = new Map<string, LabField[]>();
  for (const field of fields) all.set(field.name, [...(all.get(field.name) ?? []), field]);
  return [...all];
};

const Group = ({ group, fields }: { group: LabGroup; fields: readonly LabField[] }): VNode | null =>
  fields.length === 0 ? null : (
    <>
      <h3>{TITLES[group]}</h3>
      <dl class={group === 'responsible' ? 'facts persons' : 'facts'}>
        {byName(fields).map(([name, own]) => (
          <Row name={name}>
            {own.map(({ value }) => (
              <div>{shownValue(value)}</div>
            ))}
          </Row>
        ))}
      </dl>
    </>
  );

/** What the laboratory states of the test, what made the result, and what has to be said of every result. */
export const LabSection = ({ input }: { input: ReportInput }): VNode => {
  const { fields, statements } = labViewOf(input);
  return (
    <>
      <ul class="statements">
        {statements.map((one) => (
          <li>{one}</li>
        ))}
      </ul>
      {LAB_GROUPS.map((group) => (
        <Group group={group} fields={fields.filter((field) => field.group === group)} />
      ))}
    </>
  );
};

/** Rules for what this file adds to a page; the names of colours are those of `style.ts`. */
export const LAB_STYLE = `
.lab-head{margin-bottom:.8rem}.lab-head .kicker{margin:0;font-weight:600}
.lab-head.engineering{padding:.7rem 1rem .8rem;border:1px solid var(--open);border-left-width:4px;border-radius:.3rem;background:var(--open-bg);
print-color-adjust:exact;-webkit-print-color-adjust:exact}
.lab-head.engineering .kicker,.lab-head.engineering summary{color:var(--open)}
.report-id{margin:.15rem 0;font-size:.875rem}
.statements{max-width:46rem;padding-left:1.1rem}.statements li{margin:.3rem 0}
.persons .row{min-height:2.6rem;break-inside:avoid}
`;
