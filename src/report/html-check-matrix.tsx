import type { VNode } from 'preact';
import type { CheckResult } from '../model/assessment.ts';
import { Badge, Table } from './html-parts.tsx';
import { visible } from './text.ts';
import { type CheckView, outcome, type View } from './view.ts';
import { THEME_TITLES, THEMES } from './words.ts';

/** Whether a check passes by what the maker declares. */
const restsOnDeclaration = ({ verdict, findings }: CheckResult, view: View): boolean =>
  verdict === 'pass' && findings.some((id) => view.findings.get(id)?.finding.restsOn !== undefined);

const themeWords = (checks: readonly CheckView[]): string => {
  const { failed, open, passed } = outcome(checks.flatMap(({ results }) => results));
  return [failed > 0 && `${failed} failed`, open > 0 && `${open} could not tell`, passed > 0 && `${passed} passed`]
    .filter((words) => typeof words === 'string')
    .join(', ');
};

/** Themes and checks against components: the page's one-look answer. */
export const Matrix = ({ view, components }: { view: View; components: readonly string[] }): VNode => (
  <Table
    caption="Checks by theme and component"
    head={['Check', ...components.map((id) => visible(id))]}
    class="matrix"
  >
    {THEMES.map((theme) => {
      const checks = view.checks.filter((check) => check.theme === theme);
      if (checks.length === 0) return null;
      return (
        <>
          <tr class="group">
            <th scope="rowgroup" colSpan={components.length + 1}>
              {THEME_TITLES[theme]} <span class="note">{themeWords(checks)}</span>
            </th>
          </tr>
          {checks.map((check) => (
            <tr>
              <th scope="row">
                <a href={`#${check.anchor}`}>{visible(check.title)}</a>
              </th>
              {components.map((component) => {
                const result = check.results.find((entry) => entry.component === component);
                return (
                  <td>
                    {result ? <Badge verdict={result.verdict} /> : '–'}
                    {result && restsOnDeclaration(result, view) ? (
                      <div class="note">rests on the declaration</div>
                    ) : null}
                  </td>
                );
              })}
            </tr>
          ))}
        </>
      );
    })}
  </Table>
);
