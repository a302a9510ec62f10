import type { VNode } from 'preact';
import type { Assessment } from '../model/assessment.ts';
import { Table } from './html-parts.tsx';
import { suitabilityView } from './suitability-view.ts';

/** Deviations of one reference that the page lists; the others stand in assessment.json. */
const MOST = 24;

/** Whether the bench found what is known of its references: a sentence, and each reference of each pass. */
export const SuitabilitySection = ({ assessment }: { assessment: Pick<Assessment, 'suitability'> }): VNode => {
  const { state, headline, notes, rows } = suitabilityView(assessment.suitability);
  return (
    <>
      <p class={state === 'suitable' ? 'suitable' : 'attention'}>{headline}</p>
      {notes.map((note) => (
        <p class="note">{note}</p>
      ))}
      {rows.length === 0 ? null : (
        <Table
          caption="References, and what was found of them"
          head={['When', 'Reference', 'Known to be', 'Found', 'Checks as known']}
        >
          {rows.map((row) => (
            <tr>
              <td>{row.when}</td>
              <td>
                {row.name}
                <div class="note">{row.how}</div>
              </td>
              <td>{row.kind}</td>
              <td>
                <span class={row.good ? 'passed' : 'failed'}>{row.is}</span>
                <div class="note">{row.because}</div>
                {row.deviations.length === 0 ? null : (
                  <ul class="plain note">
                    {row.deviations.slice(0, MOST).map((one) => (
                      <li>{one}</li>
                    ))}
                    {row.deviations.length > MOST ? <li>and {row.deviations.length - MOST} more</li> : null}
                  </ul>
                )}
              </td>
              <td class="tight">{row.checks}</td>
            </tr>
          ))}
        </Table>
      )}
    </>
  );
};
