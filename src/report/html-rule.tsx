import type { VNode } from 'preact';
import type { Assessment } from '../model/assessment.ts';
import { Badge, Table } from './html-parts.tsx';
import { visible } from './text.ts';
import { DECISION_RULES, FAILING_FIRST, FALSE_ACCEPT, SEEN_WORDS, VERDICT_GLYPHS, VERDICT_MEANINGS } from './words.ts';

/** How verdicts are reached, what the words mean, and how a pass could still be wrong. */
export const Rule = ({ assessment }: { assessment: Assessment }): VNode => (
  <>
    <ol class="rule">
      {DECISION_RULES[assessment.decisionRule].map((sentence) => (
        <li>{sentence}</li>
      ))}
    </ol>
    <h3 id="risk">The risk that a pass is wrong</h3>
    {assessment.lab?.decisionRule ? (
      <p>
        <b>Agreed with the customer:</b> {visible(assessment.lab.decisionRule)}
      </p>
    ) : null}
    <ul class="rule">
      {FALSE_ACCEPT[assessment.decisionRule].map((sentence) => (
        <li>{sentence}</li>
      ))}
    </ul>
    <Table caption="What the verdicts mean" head={['Verdict', 'Glyph', 'Meaning']}>
      {FAILING_FIRST.map((verdict) => (
        <tr>
          <td class="tight">
            <Badge verdict={verdict} />
          </td>
          <td class="tight">{VERDICT_GLYPHS[verdict]}</td>
          <td>{VERDICT_MEANINGS[verdict]}</td>
        </tr>
      ))}
    </Table>
    <Table caption="Three things that are never one another" head={['Said', 'Meaning']}>
      {SEEN_WORDS.map(([said, meaning]) => (
        <tr>
          <td class="tight">{said}</td>
          <td>{meaning}</td>
        </tr>
      ))}
    </Table>
  </>
);
