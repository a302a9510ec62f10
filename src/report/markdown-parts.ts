import type { CheckResult, CriterionResult, Finding } from '../model/assessment.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import { decisionsOf, headOf } from './head.ts';
import { md, table } from './markdown-text.ts';
import { isWithdrawn } from './persons-view.ts';
import type { ReportInput } from './report.ts';
import { count } from './text.ts';
import { tally, type View } from './view.ts';
import { FAILING_FIRST, MISSING_ORDER, MISSING_TITLES, placeWords, VERDICT_NAMES } from './words.ts';

/** Longest text of a cell before it is escaped, in characters. */
const CELL = 300;
const NAME = 120;

/** Room for the head, in characters. */
const HEAD = 12_000;

/** Characters of lines with their ends. */
export const lengthOf = (lines: readonly string[]): number => lines.reduce((sum, line) => sum + line.length + 1, 0);

/** As many lines as fit in so many characters. */
const fitting = (lines: readonly string[], room: number): string[] => {
  const kept: string[] = [];
  let used = 0;
  for (const line of lines) {
    used += line.length + 1;
    if (used > room) break;
    kept.push(line);
  }
  return kept;
};

/** A part of the document as lines, of so many characters at most. */
type Part = (room: number) => string[];

const tallied = (counts: Record<CriterionVerdict, number>): string =>
  FAILING_FIRST.filter((verdict) => counts[verdict] > 0)
    .map((verdict) => `${counts[verdict]} ${VERDICT_NAMES[verdict].toLowerCase()}`)
    .join(', ');

/** Report, kind, profile, rule, tool and runs with their seals; last what is missing for a test report. */
export const headPart = (input: ReportInput): string[] => {
  const fields = headOf(input);
  const those = (missing: boolean) => fields.filter(({ name }) => (name === 'missing') === missing);
  const rows = [...those(false), ...those(true)].map(({ title, value }) => [md(title, NAME), md(value, 200)]);
  const shown = fitting(table(['What', 'Says'], rows), HEAD);
  const more = rows.length - Math.max(0, shown.length - 2);
  return more > 0 ? [...shown, '', `Not shown here: ${count(more, 'more line')} of this table.`] : shown;
};

/** How many of each verdict, over criteria and over checks. */
export const countsPart = (checks: readonly CheckResult[], leaves: readonly CriterionResult[]): string[] => {
  const row = (name: string, rows: readonly { verdict: CriterionVerdict }[]) => {
    const counts = tally(rows);
    return [name, ...FAILING_FIRST.map((verdict) => String(counts[verdict]))];
  };
  return [
    ...table(
      ['', ...FAILING_FIRST.map((verdict) => VERDICT_NAMES[verdict])],
      [row('Criteria', leaves), row('Checks, a component each', checks)],
    ),
    '',
    'Pass means: within the stated coverage. “Could not tell” and “not assessed” are no passes.',
  ];
};

const failedRow = (finding: Finding, components: number, view: View): string[] => {
  const { check, component, about, because, expected, strength } = finding;
  const where = components > 1 ? `${component}, ${placeWords(about)}` : placeWords(about);
  return [
    strength === 'indicative' ? 'Fail, indicated, not conclusive' : 'Fail',
    md(check, NAME),
    md(where, NAME),
    md(because, CELL),
    md(expected, CELL),
    decisionsOf(finding, view)
      .map((one) => md(one, CELL))
      .join('; '),
  ];
};

/** Every failing finding, conclusive ones first; those that do not fit by their ids, and the rest as a number. */
export const failedPart = ({ assessment }: ReportInput, view: View): Part => {
  const failing = assessment.findings.filter(({ verdict }) => verdict === 'fail');
  const order = (one: Finding) => (isWithdrawn(one) ? 2 : one.strength === 'indicative' ? 1 : 0);
  const sorted = [...failing].sort((a, b) => order(a) - order(b));
  const components = new Set(assessment.checks.map(({ component }) => component)).size;
  return (room) => {
    if (sorted.length === 0) return ['No finding failed.'];
    const titles = ['Verdict', 'Check', 'Where', 'Because', 'Expected', 'Decided'];
    const rows = table(
      titles,
      sorted.map((one) => failedRow(one, components, view)),
    );
    const shown = fitting(rows, room * 0.75);
    const left = sorted.slice(Math.max(0, shown.length - 2));
    if (left.length === 0) return shown;
    const names = left.map(({ id, strength }) => `- ${md(id, NAME)}${strength === 'indicative' ? ' (indicated)' : ''}`);
    const named = fitting(names, room * 0.25 - 200);
    const unnamed = left.length - named.length;
    return [
      ...(shown.length > 2 ? shown : []),
      '',
      `**${count(left.length, 'more finding')} failed**, told in full in \`assessment.json\`:`,
      '',
      ...named,
      ...(unnamed > 0
        ? ['', `**and ${count(unnamed, 'failing finding')} for whose name there is no room here.**`]
        : []),
    ];
  };
};

/** What could not be told, by cause: one cause may leave many checks open. */
export const openPart = ({ assessment }: ReportInput): Part => {
  const causes = new Map<string, { findings: number; checks: Set<string> }>();
  for (const { verdict, because, check } of assessment.findings) {
    if (verdict !== 'inconclusive') continue;
    const cause = causes.get(because) ?? { findings: 0, checks: new Set() };
    cause.findings++;
    cause.checks.add(check);
    causes.set(because, cause);
  }
  const sorted = [...causes].sort(([, a], [, b]) => b.findings - a.findings);
  return (room) => {
    if (sorted.length === 0) return ['Nothing that was looked at was left open.'];
    const rows = sorted.map(([because, { findings, checks }]) => {
      const more = checks.size > 3 ? ` and ${checks.size - 3} more` : '';
      return [
        md(because, CELL),
        String(findings),
        `${[...checks]
          .slice(0, 3)
          .map((one) => md(one, NAME))
          .join(', ')}${more}`,
      ];
    });
    const shown = fitting(table(['Cause', 'Findings', 'Checks'], rows), room - 200);
    const left = sorted.slice(Math.max(0, shown.length - 2));
    const findings = left.reduce((sum, [, cause]) => sum + cause.findings, 0);
    return [
      ...(shown.length > 2 ? shown : []),
      ...(left.length > 0
        ? ['', `And ${count(left.length, 'more cause')} of ${count(findings, 'finding')}, in \`assessment.json\`.`]
        : []),
    ];
  };
};

/** How much is still to be done, by what kind of thing it is. */
export const toDoPart = ({ toDo }: View): string[] => {
  const kinds = MISSING_ORDER.map((what) => ({ what, all: toDo.filter((one) => one.what === what) }));
  const rows = kinds
    .filter(({ all }) => all.length > 0)
    .map(({ what, all }) => [
      MISSING_TITLES[what],
      String(all.length),
      String(new Set(all.flatMap(({ criteria }) => criteria)).size),
    ]);
  return rows.length === 0 ? ['Nothing.'] : table(['What', 'Things', 'Criteria that need them'], rows);
};

/** A verdict and what has to stand with it, in a few words. The verdict's name comes before the first comma. */
const verdictWords = ({ verdict, components, basis, id }: CriterionResult, { persons }: View): string => {
  const rests = components.some(({ restsOn }) => restsOn !== undefined);
  const accepted = (persons.claims.get(id) ?? []).flatMap(({ acceptedBy }) => acceptedBy ?? []);
  return [
    VERDICT_NAMES[verdict],
    ...(rests ? ['rests on the maker’s declaration'] : []),
    ...(basis === 'mapped' ? ['carried over a crosswalk'] : []),
    ...(verdict === 'not-applicable' && accepted.length > 0 ? [`accepted by ${md(accepted.join(' and '), 60)}`] : []),
  ].join(', ');
};

/** The rows that fit, in their order; where not all do, those that fail first, and how many of each verdict are left out. */
const listed = <T extends { verdict: CriterionVerdict }>(
  titles: readonly string[],
  all: readonly T[],
  row: (one: T) => string[],
  room: number,
): string[] => {
  const whole = table(titles, all.map(row));
  if (lengthOf(whole) <= room) return whole;
  const sorted = FAILING_FIRST.flatMap((verdict) => all.filter((one) => one.verdict === verdict));
  const shown = fitting(table(titles, sorted.map(row)), room - 200);
  const left = sorted.slice(Math.max(0, shown.length - 2));
  return [
    ...(shown.length > 2 ? shown : []),
    '',
    `**Not shown here, in \`assessment.json\`: ${tallied(tally(left))}.**`,
  ];
};

/** Every criterion with its verdict, headings too: with title and basis where there is room, else by id alone. */
export const criteriaPart = ({ assessment: { criteria } }: ReportInput, view: View): Part => {
  const short = (one: CriterionResult) => [md(one.id, NAME), verdictWords(one, view)];
  const long = (one: CriterionResult) => [...short(one), one.heading ? 'heading' : one.basis, md(one.title, 80)];
  return (room) => {
    const full = table(['Criterion', 'Verdict', 'Basis', 'Title'], criteria.map(long));
    return lengthOf(full) <= room ? full : listed(['Criterion', 'Verdict'], criteria, short, room);
  };
};

/** Every check on every component with its verdict. */
export const checksPart = ({ assessment: { checks, findings } }: ReportInput): Part => {
  const decides = new Set(
    findings
      .filter(({ verdict, strength, withdrawn }) => verdict === 'fail' && strength === 'conclusive' && !withdrawn)
      .map(({ id }) => id),
  );
  const row = ({ check, component, verdict, findings: own }: CheckResult) => {
    const indicated = verdict === 'fail' && !own.some((id) => decides.has(id));
    return [
      md(check, NAME),
      md(component, NAME),
      `${VERDICT_NAMES[verdict]}${indicated ? ', indicated, not conclusive' : ''}`,
    ];
  };
  return (room) => listed(['Check', 'Component', 'Verdict'], checks, row, room);
};
