import Table from 'cli-table3';
import picocolors from 'picocolors';
import type { Assessment } from '../model/assessment.ts';
import type { Profile } from '../model/profile.ts';
import type { CriterionVerdict } from '../model/verdict.ts';
import type { Outcome, SummaryAssessment, SummaryRow } from '../report/summary.ts';
import { count, visible } from '../report/text.ts';
import { failedOf, missingWords, toDoOf } from '../report/view.ts';
import {
  DISPOSED_WORDS,
  DISPOSITION_KINDS,
  instantWords,
  MISSING_TITLES,
  THEME_TITLES,
  THEMES,
  VERDICT_NAMES,
  WITHDRAWN_WORDS,
} from '../report/words.ts';

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
    ...lines(visible(profile, 60), 26),
    `${by.fail} failed, ${open} open,`,
    `${by.pass} passed`,
  ].join('\n');
};

/** Text in pieces of at most so many characters. */
const chunks = (text: string, width: number): string[] => text.match(new RegExp(`.{1,${width}}`, 'gsu')) ?? [];

/** Text in lines of at most so many characters: broken at blanks and after hyphens, cut where there is neither. */
const lines = (text: string, width: number): string[] => {
  const found: string[] = [];
  let line = '';
  for (const part of text.split(/(?<=[-\s])/u).flatMap((one) => chunks(one, width))) {
    if (line !== '' && (line + part).trimEnd().length > width) {
      found.push(line.trimEnd());
      line = '';
    }
    line += part;
  }
  return [...found, line.trimEnd()];
};

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
      ...lines(visible(row.name ?? row.device, 51), 17),
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
const MOST_FAILED = 12;

/** One thing of a list, in lines of at most 100 characters. */
const entry = (text: string): string[] => lines(text, 96).map((line, index) => (index ? '    ' : '  - ') + line);

const named = (ids: readonly string[]): string =>
  visible(ids.slice(0, 3).join(', '), 40) + (ids.length > 3 ? ` and ${ids.length - 3} more` : '');

const others = (all: number, shown: number, colours: Colours): string[] =>
  all > shown ? [colours.dim(`  and ${count(all - shown, 'other')} in the report`)] : [];

/** What failed, a check each in its first finding's words; empty where nothing did. */
export const failedList = (assessment: Assessment, { colour = false }: TableOptions = {}): string => {
  const colours = picocolors.createColors(colour);
  const failed = failedOf(assessment);
  if (failed.length === 0) return '';
  const alone = new Set(assessment.checks.map(({ component }) => component)).size === 1;
  return [
    colours.bold('What failed'),
    ...failed.slice(0, MOST_FAILED).flatMap(({ title, components, because, more, indicated }) => {
      const where = alone ? '' : ` (${named(components)})`;
      const how = `${indicated ? ' Indicated, not conclusive.' : ''}${more > 0 ? ` And ${more} more.` : ''}`;
      return entry(`${visible(because, 300)}${how} Expected: ${visible(title, 100)}${where}`);
    }),
    ...others(failed.length, MOST_FAILED, colours),
  ].join('\n');
};

/** What persons decided of findings, and whether it stands; empty where nobody decided anything. */
export const decidedList = (
  { dispositions = [], withdrawals = [] }: Assessment,
  { colour = false }: TableOptions = {},
): string => {
  if (dispositions.length + withdrawals.length === 0) return '';
  return [
    picocolors.createColors(colour).bold('What persons decided (no verdict changes by a disposition)'),
    ...dispositions.flatMap(({ disposition: { id, kind, expires }, is, why, findings }) =>
      entry(
        `${visible(id, 60)}, ${DISPOSITION_KINDS[kind]}: ${
          is === 'in-force'
            ? `in force until ${visible(instantWords(expires), 60)}, for ${count(findings.length, 'finding')}`
            : `${DISPOSED_WORDS[is]}: ${visible(why, 300)}`
        }`,
      ),
    ),
    ...withdrawals.flatMap(({ withdrawal: { id, finding }, is, why }) =>
      entry(
        `${visible(id, 60)}, withdrawal of ${visible(finding, 200)}: ${
          is === 'in-force' ? WITHDRAWN_WORDS[is] : visible(why, 300)
        }`,
      ),
    ),
  ].join('\n');
};

/** What is still to be done before the criteria are decided, by kind, each thing once with the criteria that ask for it. */
export const toDoList = (assessment: Assessment, { colour = false, profile = {} }: TableOptions = {}): string => {
  const colours = picocolors.createColors(colour);
  const toDo = toDoOf(assessment);
  if (toDo.length === 0) return 'Nothing is left open by the criteria.';
  return [...new Set(toDo.map(({ what }) => what))]
    .flatMap((kind) => {
      const some = toDo.filter(({ what }) => what === kind);
      return [
        colours.bold(MISSING_TITLES[kind]),
        ...some.slice(0, MOST).flatMap(({ detail, criteria: ids, components }) => {
          const of = components.length > 0 ? `${named(components)}: ` : '';
          return entry(`${of}${visible(missingWords({ what: kind, detail }, profile), 300)} (${named(ids)})`);
        }),
        ...others(some.length, MOST, colours),
      ];
    })
    .join('\n');
};

/** How much is still to be done, by kind: `3 to be declared by the maker, 12 to be settled`. */
export const toDoCounts = (assessment: Assessment): string => {
  const toDo = toDoOf(assessment);
  const kinds = [...new Set(toDo.map(({ what }) => what))];
  const words = kinds.map(
    (kind) => `${toDo.filter(({ what }) => what === kind).length} ${MISSING_TITLES[kind].replace(/^To/, 'to')}`,
  );
  return entry(`${visible(assessment.profile.id, 60)}: ${words.length === 0 ? 'nothing' : words.join(', ')}`).join(
    '\n',
  );
};
