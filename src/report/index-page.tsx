import type { VNode } from 'preact';
import { render } from 'preact-render-to-string';
import { labelWords } from './html-label.tsx';
import { Badge, Id } from './html-parts.tsx';
import { newestOf, SideBySide } from './index-matrix.tsx';
import { page } from './page.tsx';
import { LANDSCAPE } from './style.ts';
import { pageFirst, type Summary, type SummaryAssessment, type SummaryRow } from './summary.ts';
import { count, relativeLink, visible } from './text.ts';
import { FAILING_FIRST, STATE_WORDS, timeWords, VERDICT_GLYPHS, VERDICT_NAMES } from './words.ts';

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

/** A device's newest run, with its assessments and their files, and what came before. */
const Device = ({ row }: { row: SummaryRow }): VNode => {
  const { newest } = newestOf(row);
  return (
    <article class="device">
      <h3>
        {visible(row.name ?? row.device, 200)} {row.name ? <Id>{row.device}</Id> : null}
      </h3>
      <p class="note">
        {visible([row.item.model, row.item.firmware, ...row.addresses.slice(0, 4)].filter(Boolean).join(', '), 400)}
        {row.simulated ? ', simulated' : ''}
      </p>
      <p class="note">
        Newest run <Id>{row.run}</Id>, {STATE_WORDS[row.state]}
        {row.status === 'completed' ? '' : <span class="failed">, {row.status}</span>}
      </p>
      {newest.length > 1 ? (
        <ul class="side">
          {newest.map((assessment) => (
            <li>
              <Verdict assessment={assessment} />
            </li>
          ))}
        </ul>
      ) : (
        newest.map((assessment) => <Verdict assessment={assessment} />)
      )}
      <Before row={row} />
      <Earlier row={row} />
    </article>
  );
};

const Index = ({ devices }: Summary): VNode => (
  <div class="wide">
    <header>
      <p class="kicker">Results folder</p>
      <h1>{count(devices.length, 'device')}</h1>
      <p class="sub">
        Each device’s newest run, newest first. What the probe found stands check by check; what the criteria say stands
        under it. A pass holds within the coverage that its report states.
      </p>
      {devices.some(({ simulated }) => simulated) ? (
        <p class="simulated">Of simulated devices only their own ports were asked; they have no others.</p>
      ) : null}
    </header>
    <main>
      {devices.length === 0 ? (
        <p>No run has been judged yet.</p>
      ) : (
        <>
          <section>
            <h2>Side by side</h2>
            <p class="key">
              {FAILING_FIRST.map((verdict) => (
                <span>
                  <span class={`cell ${verdict}`} aria-hidden="true">
                    {VERDICT_GLYPHS[verdict]}
                  </span>{' '}
                  {VERDICT_NAMES[verdict]}{' '}
                </span>
              ))}
            </p>
            <p class="note">
              Of a device with several components a cell shows what needs attention first. A theme’s line counts its
              checks; what does not apply is left out of the count.
            </p>
            <SideBySide rows={devices} />
          </section>
          <section>
            <h2>Devices</h2>
            {devices.map((row) => (
              <Device row={row} />
            ))}
          </section>
        </>
      )}
    </main>
  </div>
);

/** `index.html` of a results folder: the devices side by side, with links to their reports. */
export const renderIndex = (summary: Summary): string =>
  page('Probity results', render(<Index {...summary} />), LANDSCAPE);
