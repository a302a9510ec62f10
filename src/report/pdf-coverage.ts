import type { Profile } from '../model/profile.ts';
import { AGREEMENT_WORDS, declaredRows } from './declared-view.ts';
import { captureOf, type Interface, interfacesOf, type Login, type Travels } from './interfaces-view.ts';
import {
  attention,
  type Block,
  badge,
  bold,
  cells,
  type Inline,
  id,
  link,
  listed,
  note,
  type Row,
  soft,
  table,
  text,
} from './pdf-blocks.ts';
import { credentialRows, portCounts } from './ports-view.ts';
import type { ReportedRun, ReportInput } from './report.ts';
import { count, grouped, visible } from './text.ts';
import { isSimulated, SIMULATED, type View } from './view.ts';
import { REASON_WORDS } from './words.ts';

/** Rows of one table of ports; further ones stand in assessment.json. */
const MOST_ROWS = 400;
/** Findings printed beside one declared thing. */
const MOST_BESIDE = 4;

const DECLARED: Record<Interface['declared'], string> = {
  declared: 'declared',
  'not declared': 'not declared',
  'nothing declared': 'no declaration',
};

const TRAVELS: Record<Travels, string> = {
  'in the clear': 'in the clear',
  protected: 'protected',
  'in the clear and protected': 'in the clear, and protected',
  'hands over': 'in the clear, only hands over',
  'could not tell': 'could not tell',
};

const LOGIN: Record<Login, string> = {
  'asks for a login': 'a login',
  'some without a login': 'some of it without a login',
  'without a login': 'nothing: no login',
  'listed default accepted': 'a listed default logs in',
  'could not tell': 'could not tell',
};

const GROUPS: readonly (readonly [string, Interface['declared']])[] = [
  ['Not declared', 'not declared'],
  ['No services are declared at all', 'nothing declared'],
  ['Declared', 'declared'],
];

/** The open ports of each run, those that nobody declared apart. */
export const interfacesBlocks = (runs: ReportInput['runs']): Block[] => [
  note('“Could not tell” is not “none”: it was not reached, or not in a form that was understood.'),
  ...runs.flatMap(({ run }): Block[] => {
    const rows = interfacesOf(run);
    if (rows.length === 0) return [text(`Run ${run.id}: no open port was seen.`)];
    return [
      table(
        `Open ports, run ${run.id}: those that nobody declared first`,
        [
          { title: 'Port', width: 'fit' },
          { title: 'Of', width: { share: 2.2 } },
          { title: 'What speaks there', width: { share: 2.4 } },
          { title: 'How it travels', width: { share: 1.8 } },
          { title: 'What it asks for', width: { share: 1.8 } },
          { title: 'Declared for', width: { share: 2 } },
        ],
        GROUPS.flatMap(([title, declared]): Row[] => {
          const own = rows.filter((row) => row.declared === declared);
          if (own.length === 0) return [];
          const more = own.length - MOST_ROWS;
          return [
            { group: true, cells: [[bold(title), soft(`  ${count(own.length, 'open port')}`)]] },
            ...own
              .slice(0, MOST_ROWS)
              .map((row) =>
                cells(
                  `${row.transport}/${row.port}`,
                  { stack: [visible(row.component), soft(visible(row.host))] },
                  visible(row.services.join('; ') || 'not recognised'),
                  TRAVELS[row.travels],
                  LOGIN[row.login],
                  row.reason
                    ? visible(row.reason)
                    : declared === 'declared'
                      ? DECLARED[declared]
                      : attention(DECLARED[declared]),
                ),
              ),
            ...(more > 0 ? [cells('', `and ${grouped(more)} more in assessment.json`)] : []),
          ];
        }),
      ),
    ];
  }),
];

/** How many ports a list such as `1-1024,8080` names. */
const sizeOf = (ranges: string): number =>
  ranges
    .split(',')
    .map((range) => range.split('-').map(Number))
    .reduce((sum, [from = Number.NaN, to = from]) => sum + (to >= from ? to - from + 1 : 0), 0);

const ports = ({ run }: ReportedRun): Block =>
  table(
    `Ports covered, run ${run.id}`,
    [
      { title: 'Component', width: 'fit' },
      { title: 'Address', width: { share: 1.6 } },
      { title: 'Asked', width: { share: 2 } },
      ...['Open', 'Closed', 'Filtered', 'Silent', 'No answer recorded'].map(
        (title) => ({ title, width: 50, right: true }) as const,
      ),
    ],
    portCounts(run).map((row) => {
      const asked = run.limits[row.transport];
      const known = row.open + row.closed + row.filtered + row.silent;
      const numbers = [row.open, row.closed, row.filtered, row.silent, Math.max(0, sizeOf(asked) - known)];
      return cells(
        visible(row.component),
        visible(row.host),
        `${row.transport.toUpperCase()} ${visible(asked, 200)}`,
        ...numbers.map(grouped),
      );
    }),
  );

const credentials = ({ run }: ReportedRun): Block => {
  const rows = credentialRows(run);
  if (rows.length === 0) return text(`Run ${run.id}: no list of default credentials was tried on any service.`);
  return table(
    `Default credentials tried, run ${run.id}`,
    [
      { title: 'Attempt', width: { share: 1 } },
      { title: 'Tried', width: 60, right: true },
      { title: 'Of', width: 60, right: true },
      { title: 'Of these, for this vendor', width: 110, right: true },
    ],
    rows.map((row) => cells(id(row.attempt), grouped(row.tried), grouped(row.of), grouped(row.matched))),
  );
};

const unsettled = ({ run }: ReportedRun): Block => {
  const rows = run.attempts.flatMap(({ id: attempt, outcome }) =>
    outcome.status === 'inconclusive'
      ? [
          cells(
            id(attempt),
            `${REASON_WORDS[outcome.reason]}: ${visible(outcome.detail)}`,
            visible(outcome.open.join(', ')),
          ),
        ]
      : [],
  );
  if (rows.length === 0) return text(`Every attempt of run ${run.id} was completed.`);
  return table(
    `Attempts that could not tell, run ${run.id}`,
    [
      { title: 'Attempt', width: { share: 2 } },
      { title: 'Why', width: { share: 3 } },
      { title: 'Left open', width: { share: 1.4 } },
    ],
    rows,
  );
};

/** What a criterion of this profile wants to be captured, once each. */
const wantedCaptures = ({ criteria }: Profile): string[] => [
  ...new Set(
    criteria.flatMap(({ coverage }) =>
      Object.entries(coverage?.capture ?? {}).map(([name, value]) => `${name} ${String(value)}`),
    ),
  ),
];

const captured = ({ run }: ReportedRun, profile: Profile): Block => {
  const { seconds, attempts } = captureOf(run);
  const wanted = wantedCaptures(profile);
  return text([
    attempts.length === 0
      ? `Run ${run.id}: no traffic was captured (0 seconds). What the device sends of itself, and to whom, was not seen.`
      : [`Run ${run.id}: traffic was captured for ${count(seconds, 'second')}, by `, listed(attempts.map(id)), '.'],
    wanted.length > 0 && ` The profile asks for a capture: ${visible(wanted.join(', '), 400)}.`,
  ]);
};

/** What was covered: ports, credentials, captures, and the attempts that could not tell. */
export const coverageBlocks = ({ runs, profile }: ReportInput): Block[] =>
  runs.flatMap((reported): Block[] => [
    ports(reported),
    ...(isSimulated(reported.run) ? [text(attention(SIMULATED))] : []),
    credentials(reported),
    captured(reported, profile),
    unsettled(reported),
  ]);

/** The declaration of each component, beside what was observed of it. */
export const declaredBlocks = (view: View): Block[] => [
  text(
    'What is declared is the maker’s word. A pass that rests on it says so, and is worth as much as the declaration: what is declared and was not observed stands here too.',
  ),
  ...view.components.flatMap((component): Block[] => {
    const rows = declaredRows(component, view);
    if (rows.length === 0) return [note(`${visible(component.id)}: nothing is declared.`)];
    return [
      table(
        `What is declared of ${visible(component.id)}, and what was observed`,
        [
          { title: 'Part', width: 'fit' },
          { title: 'Declared', width: { share: 3 } },
          { title: 'Observed', width: { share: 3 } },
          { title: 'Agrees', width: { share: 1.6 } },
        ],
        rows.map(({ part, declared, findings }) => {
          const verdicts = [...new Set(findings.map(({ finding }) => finding.verdict))];
          const more = findings.length - MOST_BESIDE;
          return cells(
            part,
            visible(declared, 1200),
            {
              stack: [
                findings.length === 0 && soft('no check speaks of it'),
                ...findings
                  .slice(0, MOST_BESIDE)
                  .map(
                    ({ finding, name, anchor }): Inline => [`${visible(finding.because, 400)} `, link(name, anchor)],
                  ),
                more > 0 && soft(`and ${count(more, 'finding')} more`),
              ],
            },
            {
              stack:
                verdicts.length === 0
                  ? [soft('not held against anything: a person reads it')]
                  : verdicts.map((verdict): Inline => [AGREEMENT_WORDS[verdict], ' ', badge(verdict)]),
            },
          );
        }),
      ),
    ];
  }),
];
