import Table from 'cli-table3';
import picocolors from 'picocolors';
import type { Assessment } from '../model/assessment.ts';
import type { Profile } from '../model/profile.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import type { Outcome, SummaryAssessment, SummaryRow } from '../report/summary.ts';
import { count, visible } from '../report/text.ts';
import { missingWords, toDoOf } from '../report/view.ts';
import { MISSING_TITLES, THEME_TITLES, THEMES, VERDICT_NAMES } from '../report/words.ts';

export interface TableOptions {
  /** Says persons' items in words instead of ids. */
  readonly profile?: Pick<Profile, 'persons'>;
  /** Colours and bold by terminal codes of our own; nothing of a device's ever reaches the terminal as one. */
  readonly colour?: boolean;
}

type Colours = ReturnType<typeof picocolors.createColors>;

const paint = (colours: Colours): Record<CriterionVerdict, (text: string) => string> => ({
  fail: colours.red,
  inconclusive: colours.yellow,
  'not-assessed': colours.dim,
  pass: colours.green,
  'not-applicable': colours.dim,
});

/** Widths of the columns: device, five themes, criteria. With blanks between them 100 columns. */
const WIDTHS = [18, 11, 11, 11, 11, 11, 27];

const counts = ({ failed, open, passed }: Outcome, colours: Colours): string => {
  const lines = [
    failed > 0 && colours.red(`${failed} failed`),
    open > 0 && colours.yellow(`${open} open`),
    passed > 0 && colours.green(`${passed} passed`),
  ].filter((line) => typeof line === 'string');
  return lines.length > 0 ? lines.join('\n') : colours.dim('–');
};

const criteria = ({ profile, verdict, criteria: by }: SummaryAssessment, colours: Colours): string => {
  const open = by.inconclusive + by['not-assessed'];
  return [
    paint(colours)[verdict](VERDICT_NAMES[verdict]),
    ...chunks(visible(profile, 60), 26),
    `${by.fail} failed, ${open} open,`,
    `${by.pass} passed`,
  ].join('\n');
};

/** Text in lines of at most so many characters, cut where there is no blank: names have none. */
const chunks = (text: string, width: number): string[] => text.match(new RegExp(`.{1,${width}}`, 'gsu')) ?? [];

/**
 * Devices against the five themes (check results failed, open, passed), and what the criteria say beside them, in 100
 * columns. *Open* is what could not be told; for criteria also what nobody has assessed.
 */
export const deviceTable = (rows: readonly SummaryRow[], { colour = false }: TableOptions = {}): string => {
  const colours = picocolors.createColors(colour);
  const table = new Table({
    head: ['Device', ...THEMES.map((theme) => THEME_TITLES[theme]), 'Criteria'].map((title) => colours.bold(title)),
    colWidths: WIDTHS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1 },
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '─',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '',
    },
  });
  for (const row of rows) {
    const name = [
      ...chunks(visible(row.name ?? row.device, 51), 17),
      ...(row.status === 'completed' ? [] : [colours.red(row.status)]),
    ];
    table.push([
      name.join('\n'),
      ...THEMES.map((theme) => counts(row.themes[theme], colours)),
      row.assessments.map((assessment) => criteria(assessment, colours)).join('\n'),
    ]);
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

/** Things of one kind that a terminal lists; the report lists them all. */
const MOST = 5;

/** What is still to be done before the criteria are decided, by kind, each thing once with the criteria that ask for it. */
export const toDoList = (assessment: Assessment, { colour = false, profile = {} }: TableOptions = {}): string => {
  const colours = picocolors.createColors(colour);
  const toDo = toDoOf(assessment);
  if (toDo.length === 0) return 'Nothing is left open by the criteria.';
  const lines: string[] = [];
  for (const kind of new Set(toDo.map(({ what }) => what))) {
    const some = toDo.filter(({ what }) => what === kind);
    lines.push(colours.bold(MISSING_TITLES[kind]));
    for (const { detail, criteria: ids } of some.slice(0, MOST)) {
      const asked = visible(ids.slice(0, 3).join(', '), 40) + (ids.length > 3 ? ` and ${ids.length - 3} more` : '');
      lines.push(
        ...wrapped(`${visible(missingWords({ what: kind, detail }, profile), 300)} (${asked})`, 96).map(
          (line, index) => (index ? '    ' : '  - ') + line,
        ),
      );
    }
    if (some.length > MOST) lines.push(colours.dim(`  and ${count(some.length - MOST, 'other')} in the report`));
  }
  return lines.join('\n');
};

/** Words in lines of at most so many characters; a longer word is cut. */
const wrapped = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((part) => chunks(part, width))) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};
