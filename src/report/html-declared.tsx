import type { VNode } from 'preact';
import { AGREEMENT_WORDS, type DeclaredRow, declaredRows } from './declared-view.ts';
import { Badge, Table } from './html-parts.tsx';
import { count, visible } from './text.ts';
import type { NamedFinding, View } from './view.ts';

/** Findings printed beside one declared thing. */
const MOST_BESIDE = 4;

const Beside = ({ named: { finding, name, anchor } }: { named: NamedFinding }): VNode => (
  <div>
    {visible(finding.because, 400)} <a href={`#${anchor}`}>{name}</a>
  </div>
);

const Agreement = ({ row: { findings } }: { row: DeclaredRow }): VNode => {
  const verdicts = [...new Set(findings.map(({ finding }) => finding.verdict))];
  return verdicts.length === 0 ? (
    <span class="note">for a person to examine</span>
  ) : (
    <>
      {verdicts.map((verdict) => (
        <div>
          {AGREEMENT_WORDS[verdict]} <Badge verdict={verdict} />
        </div>
      ))}
    </>
  );
};

/** The declaration of each component, beside what was observed of it. */
export const Declared = ({ view }: { view: View }): VNode => (
  <>
    <p>
      What is declared is the maker’s word. A pass that rests on it says so, and is worth as much as the declaration:
      what is declared and was not observed stands here too.
    </p>
    {view.components.map((component) => {
      const rows = declaredRows(component, view);
      return rows.length === 0 ? (
        <p class="note">{visible(component.id)}: nothing is declared.</p>
      ) : (
        <Table
          caption={`What is declared of ${visible(component.id)}, and what was observed`}
          head={['Part', 'Declared', 'Observed', 'Agrees']}
          class="said"
        >
          {rows.map((row) => (
            <tr>
              <td>{row.part}</td>
              <td>{visible(row.declared, 1200)}</td>
              <td>
                {row.findings.length === 0 ? <span class="note">no finding speaks of it</span> : null}
                {row.findings.slice(0, MOST_BESIDE).map((named) => (
                  <Beside named={named} />
                ))}
                {row.findings.length > MOST_BESIDE ? (
                  <div class="note">and {count(row.findings.length - MOST_BESIDE, 'finding')} more</div>
                ) : null}
              </td>
              <td>
                <Agreement row={row} />
              </td>
            </tr>
          ))}
        </Table>
      );
    })}
  </>
);
