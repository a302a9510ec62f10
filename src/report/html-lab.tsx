import type { VNode } from 'preact';
import { Row } from './html-parts.tsx';
import { labViewOf } from './lab-view.ts';
import type { ReportInput } from './report.ts';

/** What the report is, at the top of the page: test report or engineering run, and what is missing. */
export const LabHead = ({ input }: { input: ReportInput }): VNode => {
  const { kind, id, missing } = labViewOf(input);
  return (
    <div class="lab-head">
      <p class="kicker">{kind}</p>
      <p class="note">Report {id}</p>
      {missing.length > 0 ? (
        <details class="missing">
          <summary>What a test report needs and this one has not</summary>
          <ul>
            {missing.map((one) => (
              <li>{one}</li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  );
};

/** The fields of ISO/IEC 17025 and what has to be said of every result. */
export const LabSection = ({ input }: { input: ReportInput }): VNode => {
  const { fields, statements } = labViewOf(input);
  return (
    <>
      <dl class="facts">
        {fields.map(({ name, value }) => (
          <Row name={name}>{value}</Row>
        ))}
      </dl>
      <ul>
        {statements.map((one) => (
          <li>{one}</li>
        ))}
      </ul>
    </>
  );
};

/** Rules for what this file adds to a page. */
export const LAB_STYLE = '';
