import { z } from 'zod';
import type { Assessment, LabelResult } from '../model/assessment.ts';
import type { Run } from '../model/run.ts';
import { Item, State } from '../model/target.ts';
import { CriterionVerdict, Verdict } from '../model/verdict.ts';
import { failingFirst, isSimulated, outcome, tally, toDoOf } from './view.ts';
import { THEMES } from './words.ts';

const Count = z.int().min(0);

/** Check results: what is not applicable is left out. */
export const Outcome = z.strictObject({ passed: Count, failed: Count, open: Count });
export type Outcome = z.infer<typeof Outcome>;

/** One profile's answer for one run. `folder` is relative to the results folder. */
export const SummaryAssessment = z.strictObject({
  profile: z.string(),
  edition: z.string(),
  judgedAt: z.iso.datetime(),
  verdict: CriterionVerdict,
  /** Leaves of the profile, by verdict. */
  criteria: z.record(CriterionVerdict, Count),
  /** Things still to be done before every criterion is decided. */
  toDo: Count,
  /** The label's levels, lowest first: what stands, and no mark. */
  label: z
    .strictObject({
      title: z.string(),
      levels: z.array(z.strictObject({ id: z.string(), title: z.string(), is: z.enum(['met', 'not-met', 'open']) })),
    })
    .optional(),
  /** The crosswalk that verdicts were carried over. */
  via: z.strictObject({ crosswalk: z.string(), edition: z.string() }).optional(),
  folder: z.string(),
  files: z.array(z.string()),
});
export type SummaryAssessment = z.infer<typeof SummaryAssessment>;

/** One device's newest run; what came before stands in `earlier`, newest first. */
export const SummaryRow = z.strictObject({
  device: z.string(),
  name: z.string().optional(),
  run: z.string(),
  state: State,
  status: z.enum(['running', 'completed', 'aborted']),
  item: Item,
  addresses: z.array(z.string()),
  /** Set where only a simulated device's own ports were asked. */
  simulated: z.literal(true).optional(),
  themes: z.strictObject({
    access: Outcome,
    interfaces: Outcome,
    transport: Outcome,
    update: Outcome,
    product: Outcome,
  }),
  /**
   * Each check with what needs attention first of its verdicts over the components, in the order of the assessment; absent
   * in what was written before there was a comparison.
   */
  checks: z
    .array(z.strictObject({ check: z.string(), title: z.string(), theme: z.enum(THEMES), verdict: Verdict }))
    .optional(),
  assessments: z.array(SummaryAssessment),
  earlier: z.array(z.strictObject({ run: z.string(), status: z.string(), checks: Outcome, report: z.string() })),
});
export type SummaryRow = z.infer<typeof SummaryRow>;

/** `summary.json` of a results folder: a device each, newest run first. */
export const Summary = z.strictObject({ schema: z.literal(1), devices: z.array(SummaryRow) });
export type Summary = z.infer<typeof Summary>;

/** An assessment and where it lies. `folder` is its folder relative to the results folder, with `/`. */
export interface Assessed {
  readonly assessment: Assessment;
  /** The newest of the runs that were judged. */
  readonly run: Run;
  readonly folder: string;
  /** Names of the report files in it. */
  readonly files: readonly string[];
}

const labelOf = ({ title, levels }: LabelResult): NonNullable<SummaryAssessment['label']> => ({
  title,
  levels: levels.map(({ id, title: level, is }) => ({ id, title: level, is })),
});

const checksOf = ({ checks }: Assessment): NonNullable<SummaryRow['checks']> => {
  const all = new Map<string, Assessment['checks']>();
  for (const result of checks) all.set(result.check, [...(all.get(result.check) ?? []), result]);
  return [...all].flatMap(([check, results]) => {
    const [first] = failingFirst(results);
    return first === undefined ? [] : [{ check, title: first.title, theme: first.theme, verdict: first.verdict }];
  });
};

const rowOf = ({ assessment, run, folder, files }: Assessed): SummaryRow => {
  const leaves = assessment.criteria.filter(({ heading }) => !heading);
  const themes = Object.fromEntries(
    THEMES.map((theme) => [theme, outcome(assessment.checks.filter((check) => check.theme === theme))]),
  ) as SummaryRow['themes'];
  return {
    device: assessment.target,
    ...(run.target.product ? { name: run.target.product.name } : {}),
    run: run.id,
    state: run.state,
    status: run.status,
    item: run.item,
    addresses: run.target.components.flatMap(({ addresses }) => addresses),
    ...(isSimulated(run) ? { simulated: true as const } : {}),
    themes,
    checks: checksOf(assessment),
    assessments: [
      {
        profile: assessment.profile.id,
        edition: assessment.profile.edition,
        judgedAt: assessment.judgedAt,
        verdict: assessment.verdict,
        criteria: tally(leaves),
        toDo: toDoOf(assessment).length,
        ...(assessment.label ? { label: labelOf(assessment.label) } : {}),
        ...(assessment.via ? { via: { crosswalk: assessment.via.crosswalk, edition: assessment.via.edition } } : {}),
        folder,
        files: [...files],
      },
    ],
    earlier: [],
  };
};

/** All check results of a row together. */
export const totalOf = ({ themes }: Pick<SummaryRow, 'themes'>): Outcome =>
  THEMES.reduce(
    (sum, theme) => ({
      passed: sum.passed + themes[theme].passed,
      failed: sum.failed + themes[theme].failed,
      open: sum.open + themes[theme].open,
    }),
    { passed: 0, failed: 0, open: 0 },
  );

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** The files of an assessment, the report for people first. */
export const pageFirst = (files: readonly string[]): string[] => {
  const rank = (file: string): number => (file === 'report.html' ? 0 : file.endsWith('.html') ? 1 : 2);
  return [...files].sort((a, b) => rank(a) - rank(b));
};

/** The first report of the first assessment, relative to the results folder. */
const reportOf = ({ assessments: [first] }: SummaryRow): string =>
  first === undefined ? '' : `${first.folder}/${pageFirst(first.files)[0] ?? ''}`;

const asEarlier = (row: SummaryRow): SummaryRow['earlier'] => [
  { run: row.run, status: row.status, checks: totalOf(row), report: reportOf(row) },
  ...row.earlier,
];

/** Two rows of one device: the newer run stays, the older becomes a line of `earlier`; of one run, all assessments stay. */
const merged = (a: SummaryRow, b: SummaryRow): SummaryRow => {
  if (a.run === b.run) {
    const others = a.assessments.filter(({ folder }) => !b.assessments.some((entry) => entry.folder === folder));
    const assessments = [...others, ...b.assessments].sort((x, y) => compare(x.folder, y.folder));
    return { ...b, assessments, earlier: earlierOf([...a.earlier, ...b.earlier], b.run) };
  }
  const [newer, older] = a.run > b.run ? [a, b] : [b, a];
  return { ...newer, earlier: earlierOf([...newer.earlier, ...asEarlier(older)], newer.run) };
};

const earlierOf = (entries: SummaryRow['earlier'], newest: string): SummaryRow['earlier'] => {
  const byRun = new Map(entries.map((entry) => [entry.run, entry]));
  byRun.delete(newest);
  return [...byRun.values()].sort((x, y) => compare(y.run, x.run));
};

/** The summary with one more assessment; adding the same one twice changes nothing. */
export const addToSummary = (summary: Summary, assessed: Assessed): Summary => {
  const row = rowOf(assessed);
  const known = summary.devices.find(({ device }) => device === row.device);
  const others = summary.devices.filter((entry) => entry !== known);
  return {
    schema: 1,
    devices: [...others, known ? merged(known, row) : row].sort(
      (a, b) => compare(b.run, a.run) || compare(a.device, b.device),
    ),
  };
};

/** The summary of all assessments of a results folder, in any order. */
export const summaryOf = (assessed: readonly Assessed[]): Summary =>
  assessed.reduce(addToSummary, { schema: 1, devices: [] });

/** `summary.json`: one line a device, so that a line-by-line diff of two nights says which devices changed. */
export const renderSummary = (summary: Summary): string => {
  const lines = Summary.parse(summary).devices.map((row) => `    ${JSON.stringify(row)}`);
  return `{\n  "schema": 1,\n  "devices": [${lines.length > 0 ? `\n${lines.join(',\n')}\n  ` : ''}]\n}\n`;
};
