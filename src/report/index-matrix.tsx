import type { VNode } from 'preact';
import type { CriterionVerdict } from '../model/verdict.ts';
import { Glyph } from './html-matrix.tsx';
import { pageFirst, type SummaryAssessment, type SummaryRow } from './summary.ts';
import { relativeLink, visible } from './text.ts';
import { checkAnchor } from './view.ts';
import { FAILING_FIRST, THEME_TITLES, THEMES, type Theme, VERDICT_GLYPHS, VERDICT_NAMES } from './words.ts';

/** Ids of checks that have the same anchor in every report. */
const PLAIN = /^[a-z0-9-]{1,80}$/;

/** Devices side by side in one table: as many fit a landscape page. */
const MOST_COLUMNS = 24;

/** The report for people of an assessment, relative to the results folder. */
export const pageOf = ({ folder, files }: SummaryAssessment): string | undefined => {
  const [file] = pageFirst(files);
  return file?.endsWith('.html') ? relativeLink(folder, file) : undefined;
};

/** The newest assessment by each profile, alone and through each crosswalk; and the ones that it stands for now. */
export const newestOf = ({
  assessments,
}: Pick<SummaryRow, 'assessments'>): { newest: SummaryAssessment[]; before: SummaryAssessment[] } => {
  const sorted = [...assessments].sort((a, b) => (a.judgedAt < b.judgedAt ? 1 : a.judgedAt > b.judgedAt ? -1 : 0));
  const first = new Map(sorted.toReversed().map((one) => [keyOf(one), one]));
  const isNewest = (one: SummaryAssessment): boolean => first.get(keyOf(one)) === one;
  return { newest: assessments.filter(isNewest), before: sorted.filter((one) => !isNewest(one)) };
};

const keyOf = ({ profile, via }: SummaryAssessment): string => `${profile} ${via?.crosswalk ?? ''}`;

const reportOf = (row: SummaryRow): string | undefined =>
  newestOf(row)
    .newest.map(pageOf)
    .find((href) => href !== undefined);

interface Line {
  readonly check: string;
  readonly title: string;
}

/** Every check of one theme that any of the devices has, in the order of the first that has it. */
const linesOf = (rows: readonly SummaryRow[], theme: Theme): Line[] => {
  const all = new Map<string, Line>();
  for (const { checks = [] } of rows)
    for (const { check, title, theme: of } of checks)
      if (of === theme && !all.has(check)) all.set(check, { check, title });
  return [...all.values()];
};

const Cell = ({ verdict, href }: { verdict: CriterionVerdict | undefined; href: string | undefined }): VNode => {
  if (verdict === undefined)
    return (
      <td>
        <span class="unseen">not in this summary</span>
      </td>
    );
  return (
    <td>
      {href === undefined ? (
        <span class={`cell ${verdict}`}>
          <Glyph verdict={verdict} />
        </span>
      ) : (
        <a class={`cell ${verdict}`} href={href}>
          <Glyph verdict={verdict} />
        </a>
      )}
    </td>
  );
};

/** A theme's counts where a summary has no checks, and at a look where it has. */
const ThemeCell = ({ row, theme }: { row: SummaryRow; theme: Theme }): VNode => {
  const { failed, open, passed } = row.themes[theme];
  const counts = (
    [
      ['fail', failed, 'failed'],
      ['inconclusive', open, 'could not tell'],
      ['pass', passed, 'passed'],
    ] as const
  ).filter(([, n]) => n > 0);
  return (
    <td class="counts">
      {counts.length === 0 ? '–' : null}
      {counts.map(([verdict, n, words]) => (
        <div class={`count ${verdict}`}>
          <span aria-hidden="true">{VERDICT_GLYPHS[verdict]}</span>
          {n} <span class="unseen">{words}</span>
        </div>
      ))}
    </td>
  );
};

const Checks = ({ rows }: { rows: readonly SummaryRow[] }): VNode => {
  const verdicts = rows.map(({ checks = [] }) => new Map(checks.map(({ check, verdict }) => [check, verdict])));
  return (
    <>
      {THEMES.map((theme) => (
        <>
          <tr class="group">
            <th scope="row">{THEME_TITLES[theme]}</th>
            {rows.map((row) => (
              <ThemeCell row={row} theme={theme} />
            ))}
          </tr>
          {linesOf(rows, theme).map(({ check, title }) => (
            <tr>
              <th scope="row">{visible(title, 120)}</th>
              {rows.map((row, at) => {
                const href = reportOf(row);
                const own = href === undefined || !PLAIN.test(check) ? href : `${href}#${checkAnchor(check)}`;
                return <Cell verdict={verdicts[at]?.get(check)} href={own} />;
              })}
            </tr>
          ))}
        </>
      ))}
    </>
  );
};

/** The criteria of one profile: its verdict, how many of each, and what is left. */
const Profile = ({ profile, rows }: { profile: string; rows: readonly SummaryRow[] }): VNode => {
  const of = rows.map((row) => newestOf(row).newest.find((one) => keyOf(one) === profile));
  const known = of.find((one) => one !== undefined);
  const words = known === undefined ? profile : `${known.profile}${known.via ? ` through ${known.via.crosswalk}` : ''}`;
  return (
    <>
      <tr class="group">
        <th scope="row">{visible(words, 120)}</th>
        {of.map((one) => (
          <Cell verdict={one?.verdict} href={one === undefined ? undefined : pageOf(one)} />
        ))}
      </tr>
      {FAILING_FIRST.map((verdict) => (
        <tr>
          <th scope="row">
            <span aria-hidden="true">{VERDICT_GLYPHS[verdict]}</span> Criteria: {VERDICT_NAMES[verdict].toLowerCase()}
          </th>
          {of.map((one) => (
            <td>{one === undefined ? '–' : one.criteria[verdict]}</td>
          ))}
        </tr>
      ))}
      <tr>
        <th scope="row">Things still to be done</th>
        {of.map((one) => (
          <td>{one === undefined ? '–' : one.toDo}</td>
        ))}
      </tr>
    </>
  );
};

const Block = ({ rows, caption }: { rows: readonly SummaryRow[]; caption: string }): VNode => {
  const profiles = [...new Set(rows.flatMap((row) => newestOf(row).newest.map(keyOf)))];
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keyboard
    <section class="scroll across" aria-label={caption} tabIndex={0}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Check</th>
            {rows.map((row) => {
              const href = reportOf(row);
              const name = visible(row.name ?? row.device, 40);
              return (
                <th scope="col">
                  <span class="upright">{href ? <a href={href}>{name}</a> : name}</span>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          <Checks rows={rows} />
          {profiles.map((profile) => (
            <Profile profile={profile} rows={rows} />
          ))}
        </tbody>
      </table>
    </section>
  );
};

/** The devices of a results folder side by side: a row a check, a column a device, each cell leading into its report. */
export const SideBySide = ({ rows }: { rows: readonly SummaryRow[] }): VNode => {
  const blocks = Array.from({ length: Math.ceil(rows.length / MOST_COLUMNS) }, (_, n) =>
    rows.slice(n * MOST_COLUMNS, (n + 1) * MOST_COLUMNS),
  );
  return (
    <>
      {blocks.map((block, n) => (
        <Block
          rows={block}
          caption={
            blocks.length === 1
              ? 'Devices side by side'
              : `Devices side by side, ${n * MOST_COLUMNS + 1} to ${n * MOST_COLUMNS + block.length} of ${rows.length}`
          }
        />
      ))}
    </>
  );
};
