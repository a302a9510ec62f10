import type { VNode } from 'preact';
import { render } from 'preact-render-to-string';
import { labelWords } from './html-label.tsx';
import { Badge, Id, Table } from './html-parts.tsx';
import { page } from './page.tsx';
import type { Outcome, Summary, SummaryAssessment, SummaryRow } from './summary.ts';
import { count, relativeLink, visible } from './text.ts';
import { STATE_WORDS, THEME_TITLES, THEMES, timeWords } from './words.ts';

const Cell = ({ outcome }: { outcome: Outcome }): VNode => (
  <>
    {outcome.failed > 0 ? <div class="failed">{outcome.failed} failed</div> : null}
    {outcome.open > 0 ? <div class="open">{outcome.open} could not tell</div> : null}
    {outcome.passed > 0 ? <div class="passed">{outcome.passed} passed</div> : null}
    {outcome.failed + outcome.open + outcome.passed === 0 ? '–' : null}
  </>
);

/** The report for people before the files for programs. */
const pageFirst = (files: readonly string[]): string[] =>
  [...files].sort((a, b) => Number(b.endsWith('.html')) - Number(a.endsWith('.html')));

const Verdict = ({ assessment }: { assessment: SummaryAssessment }): VNode => (
  <div class="assessment">
    <Badge verdict={assessment.verdict} />{' '}
    {pageFirst(assessment.files).map((file, index) => {
      const href = relativeLink(assessment.folder, file);
      const title = index === 0 ? assessment.profile : file;
      return (
        <>
          {index > 0 ? ', ' : ''}
          {href ? <a href={href}>{visible(title)}</a> : visible(title)}
        </>
      );
    })}
    <div class="note">
      {assessment.criteria.fail} fail, {assessment.criteria.inconclusive} could not tell,{' '}
      {assessment.criteria['not-assessed']} not assessed, {assessment.criteria.pass} pass
      {assessment.toDo > 0 ? `; ${count(assessment.toDo, 'thing')} still to be done` : ''}
    </div>
    <div class="note">judged {timeWords(assessment.judgedAt)}</div>
    {assessment.via ? (
      <div class="note">
        a view through the crosswalk <Id>{assessment.via.crosswalk}</Id>, edition {visible(assessment.via.edition, 100)}
      </div>
    ) : null}
    {assessment.label ? <div class="note">{labelWords(assessment.label)}; no mark is earned by it</div> : null}
  </div>
);

/** Earlier runs linked from the page; the others are in the folder. */
const MOST_EARLIER = 10;

const Earlier = ({ row }: { row: SummaryRow }): VNode | null =>
  row.earlier.length === 0 ? null : (
    <div class="note">
      {'Earlier: '}
      {row.earlier.slice(0, MOST_EARLIER).map((entry, index) => {
        const href = relativeLink(entry.report);
        return (
          <>
            {index > 0 ? ', ' : ''}
            {href ? <a href={href}>{visible(entry.run)}</a> : visible(entry.run)} ({entry.checks.failed} failed,{' '}
            {entry.checks.open} could not tell)
          </>
        );
      })}
      {row.earlier.length > MOST_EARLIER ? ` and ${row.earlier.length - MOST_EARLIER} more` : ''}
    </div>
  );

/** The newest assessment by each profile, alone and through each crosswalk; and the ones that it stands for now. */
const newestOf = ({ assessments }: SummaryRow): { newest: SummaryAssessment[]; before: SummaryAssessment[] } => {
  const sorted = [...assessments].sort((a, b) => (a.judgedAt < b.judgedAt ? 1 : a.judgedAt > b.judgedAt ? -1 : 0));
  const keyOf = ({ profile, via }: SummaryAssessment): string => `${profile} ${via?.crosswalk ?? ''}`;
  const first = new Map(sorted.toReversed().map((one) => [keyOf(one), one]));
  const isNewest = (one: SummaryAssessment): boolean => first.get(keyOf(one)) === one;
  return { newest: assessments.filter(isNewest), before: sorted.filter((one) => !isNewest(one)) };
};

/** Assessments that were judged again since: links alone. */
const Before = ({ row }: { row: SummaryRow }): VNode | null => {
  const { before } = newestOf(row);
  return before.length === 0 ? null : (
    <details class="note">
      <summary>{count(before.length, 'assessment')} judged again since</summary>
      {before.map(({ profile, judgedAt, folder, files }) => {
        const href = relativeLink(folder, pageFirst(files)[0] ?? '');
        const words = `${visible(profile)}, ${timeWords(judgedAt)}`;
        return <div>{href ? <a href={href}>{words}</a> : words}</div>;
      })}
    </details>
  );
};

const Device = ({ row, beside }: { row: SummaryRow; beside: boolean }): VNode => (
  <tr class={beside ? 'above' : undefined}>
    <th scope="row">
      <b>{visible(row.name ?? row.device, 200)}</b>
      {row.name ? (
        <div>
          <Id>{row.device}</Id>
        </div>
      ) : null}
      <div class="note">{visible([row.item.model, row.item.firmware].filter(Boolean).join(', '), 200)}</div>
      <div class="note">
        {visible(row.addresses.slice(0, 4).join(', '), 200)}
        {row.simulated ? ', simulated' : ''}
      </div>
    </th>
    <td>
      <Id>{row.run}</Id>
      <div class="note">{STATE_WORDS[row.state]}</div>
      {row.status === 'completed' ? null : <div class="failed">{row.status}</div>}
    </td>
    {THEMES.map((theme) => (
      <td>
        <Cell outcome={row.themes[theme]} />
      </td>
    ))}
    <td>
      {beside
        ? `${count(newestOf(row).newest.length, 'assessment')}, below`
        : newestOf(row).newest.map((assessment) => <Verdict assessment={assessment} />)}
      <Before row={row} />
      <Earlier row={row} />
    </td>
  </tr>
);

/** The assessments of one run by several profiles, side by side under the device. */
const Profiles = ({ row }: { row: SummaryRow }): VNode => (
  <tr class="profiles">
    <td colSpan={THEMES.length + 3}>
      <ul class="side">
        {newestOf(row).newest.map((assessment) => (
          <li>
            <Verdict assessment={assessment} />
          </li>
        ))}
      </ul>
    </td>
  </tr>
);

const Index = ({ devices }: Summary): VNode => (
  <div class="wide">
    <header>
      <p class="kicker">Results folder</p>
      <h1>{count(devices.length, 'device')}</h1>
      <p class="sub">
        Each device’s newest run, newest first. What the probe found stands by theme; what the criteria say stands
        beside it. A pass holds within the coverage that its report states.
      </p>
      {devices.some(({ simulated }) => simulated) ? (
        <p class="simulated">Of simulated devices only their own ports were asked; they have no others.</p>
      ) : null}
    </header>
    <main>
      {devices.length === 0 ? (
        <p>No run has been judged yet.</p>
      ) : (
        <Table
          caption="Devices"
          head={['Device', 'Newest run', ...THEMES.map((theme) => THEME_TITLES[theme]), 'What the criteria say']}
          class="devices"
        >
          {devices.map((row) => {
            const beside = newestOf(row).newest.length > 1;
            return (
              <>
                <Device row={row} beside={beside} />
                {beside ? <Profiles row={row} /> : null}
              </>
            );
          })}
        </Table>
      )}
    </main>
  </div>
);

/** `index.html` of a results folder: the devices side by side, with links to their reports. */
export const renderIndex = (summary: Summary): string => page('Probity results', render(<Index {...summary} />));
