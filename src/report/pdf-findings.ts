import type { Finding } from '../model/assessment.ts';
import { disposedWords } from './html-decided.tsx';
import {
  type Block,
  badge,
  bold,
  type Column,
  cells,
  facts,
  heading,
  type Inline,
  id,
  link,
  note,
  type Row,
  small,
  soft,
  struck,
  table,
  text,
} from './pdf-blocks.ts';
import { TONE_OF } from './pdf-page.ts';
import { isWithdrawn } from './persons-view.ts';
import { grouped, visible } from './text.ts';
import { type CheckView, type NamedFinding, outcome, type View } from './view.ts';
import { instantWords, placeWords, STATE_WORDS, THEME_TITLES, THEMES, VERDICT_NAMES } from './words.ts';

/** Basis ids printed with one finding; the others stand in assessment.json. */
const MOST_BASIS = 16;

export interface Shown {
  readonly view: View;
  /** Whether runs in several states were judged together. */
  readonly several: boolean;
  /** Whether there is one component, which then need not be named each time. */
  readonly alone: boolean;
}

const basisOf = (ids: readonly string[], { references }: View): Inline => [
  ...ids
    .slice(0, MOST_BASIS)
    .flatMap((one, index): Inline[] => [index > 0 && ', ', link(id(one), references.get(one)?.anchor)]),
  ids.length > MOST_BASIS && ` and ${grouped(ids.length - MOST_BASIS)} more in assessment.json`,
];

const where = ({ component, about }: Finding, alone: boolean): string =>
  visible(`${alone ? '' : `${component}, `}${placeWords(about)}`);

const facetWords = ({ facets }: Finding, several: boolean): string =>
  [
    facets.class && `class ${facets.class}`,
    facets.action && `action ${facets.action}`,
    facets.grants && `grants ${facets.grants}`,
    several && facets.state && `item ${STATE_WORDS[facets.state]}`,
  ]
    .filter(Boolean)
    .join(', ');

const triedWords = ({ coverage }: Finding): string =>
  coverage ? `${grouped(coverage.tried)} of ${grouped(coverage.of)} ${visible(coverage.what)}` : '';

/** What persons decided of a finding, beside its verdict, which stays. */
export const decidedLines = (finding: Finding, { persons }: View): Inline[] => {
  const withdrawn = finding.withdrawn === undefined ? undefined : persons.withdrawals.get(finding.withdrawn);
  return [
    ...(persons.dispositions.get(finding.id) ?? []).map((one): Inline => {
      const { disposition } = one;
      const only = disposition.selects.criterion;
      return [
        bold(`${VERDICT_NAMES[finding.verdict]}, ${visible(disposedWords(one), 200)}. `),
        visible(disposition.justification),
        soft([
          ` Approved by ${visible(disposition.approvedBy, 200)}, `,
          id(disposition.id),
          only !== undefined && [', for ', id(only), ' only'],
          '. The verdict does not change.',
        ]),
      ];
    }),
    isWithdrawn(finding) && [
      bold('Withdrawn: the tool was wrong here, and it counts no longer. '),
      visible(withdrawn?.withdrawal.why ?? ''),
      soft([
        withdrawn !== undefined &&
          ` By ${visible(withdrawn.withdrawal.by.join(' and '), 400)}, ${visible(instantWords(withdrawn.withdrawal.at), 100)}. `,
        id(finding.withdrawn ?? ''),
      ]),
    ],
  ];
};

const opinion = ({ remedy }: Finding): Inline =>
  remedy !== undefined && [bold('Opinion, not part of the result: '), visible(remedy)];

/** A finding that fails: everything that is known of it. */
const card = ({ finding, name, anchor }: NamedFinding, { view, several, alone }: Shown): Block => {
  const out = isWithdrawn(finding);
  const because = visible(finding.because);
  return {
    is: 'card',
    tone: out ? 'none' : TONE_OF[finding.verdict],
    anchor,
    of: [
      text(
        [
          badge(finding.verdict),
          ` ${name}  `,
          bold(where(finding, alone)),
          finding.strength === 'indicative' && soft(' indicated, not conclusive'),
        ],
        { after: 2 },
      ),
      text(out ? struck(because) : because, { after: 3 }),
      ...decidedLines(finding, view).map((one) => text(one, { size: 8.5, after: 3 })),
      facts([
        ['Expected', visible(finding.expected)],
        ['Kind', facetWords(finding, several)],
        ['Tried', triedWords(finding)],
        ['Rests on', finding.restsOn && 'the maker’s declaration'],
        ['Basis', basisOf(finding.basis, view)],
        ['Finding', id(finding.id)],
      ]),
      ...(out ? [] : [text(opinion(finding), { size: 8.5 })]),
    ],
  };
};

const LINE_COLUMNS: readonly Column[] = [
  { title: 'Verdict', width: 'fit' },
  { title: 'No.', width: 'fit' },
  { title: 'Where', width: { share: 1 } },
  { title: 'Because', width: { share: 3 } },
];

/** A finding that does not fail: one row of a table. */
const line = ({ finding, name, anchor }: NamedFinding, { view, several, alone }: Shown): Row => {
  const tried = triedWords(finding);
  const { state } = finding.facets;
  const out = isWithdrawn(finding);
  const because = visible(finding.because);
  return {
    anchor,
    cells: [
      badge(finding.verdict),
      name,
      where(finding, alone),
      {
        stack: [
          [
            out ? struck(because) : because,
            tried !== '' && ` Tried: ${tried}.`,
            several && state !== undefined && ` Item ${STATE_WORDS[state]}.`,
            finding.restsOn && ' Rests on the maker’s declaration.',
            finding.gap && soft(' (a gap)'),
          ],
          ...decidedLines(finding, view),
          soft(`Expected: ${visible(finding.expected)}`),
          out ? undefined : small(opinion(finding)),
          small([id(finding.id), finding.basis.length > 0 && [' from ', basisOf(finding.basis, view)]]),
        ],
      },
    ],
  };
};

/** Its result on each component, a line each: `Fail default-credentials-rejected on camera`. */
const resultLines = ({ check, results }: CheckView): Block[] =>
  results.map(({ verdict, component }) =>
    text([badge(verdict), '  ', id(check), ` on ${visible(component, 200)}`], { size: 8.5, after: 5, keep: true }),
  );

const checkBlocks = (check: CheckView, shown: Shown): Block[] => {
  const cards = check.findings.filter(({ finding }) => finding.verdict === 'fail');
  const lines = check.findings.filter(({ finding }) => finding.verdict !== 'fail');
  return [
    heading(4, visible(check.title), { anchor: check.anchor, outline: visible(check.title, 100) }),
    ...resultLines(check),
    ...cards.map((named) => card(named, shown)),
    table(
      `${visible(check.check, 200)}: what could not be told, passes or does not apply`,
      LINE_COLUMNS,
      lines.map((named) => line(named, shown)),
    ),
  ];
};

/** Checks that the profile names and nobody has built: all there is to say is that they are open. */
const unbuiltBlocks = (checks: readonly CheckView[], { alone }: Shown): Block[] =>
  checks.length === 0
    ? []
    : [
        heading(4, 'Not built yet'),
        note('Each of these checks is named by the profile and not built yet, and leaves its criteria open.', {
          keep: true,
        }),
        ...checks.flatMap((check): Block[] => [
          text(bold(visible(check.title)), { anchor: check.anchor, after: 2, keep: true }),
          ...resultLines(check),
          ...check.findings.map(({ finding, name, anchor }) =>
            text(
              soft([
                `${VERDICT_NAMES[finding.verdict]}, ${name}: ${alone ? '' : `${visible(finding.component)}: `}`,
                `${visible(finding.because)} Expected: ${visible(finding.expected)} `,
                id(finding.id),
              ]),
              { size: 8, anchor },
            ),
          ),
        ]),
      ];

/** What the probe found, by theme, failing first. */
export const findingsBlocks = (shown: Shown): Block[] =>
  THEMES.flatMap((theme): Block[] => {
    const checks = shown.view.checks.filter((check) => check.theme === theme);
    if (checks.length === 0) return [];
    return [
      heading(3, THEME_TITLES[theme], { outline: THEME_TITLES[theme], anchor: `theme-${theme}` }),
      ...checks.filter(({ built }) => built).flatMap((check) => checkBlocks(check, shown)),
      ...unbuiltBlocks(
        checks.filter(({ built }) => !built),
        shown,
      ),
    ];
  });

const themeWords = (checks: readonly CheckView[]): string => {
  const { failed, open, passed } = outcome(checks.flatMap(({ results }) => results));
  return [failed > 0 && `${failed} failed`, open > 0 && `${open} could not tell`, passed > 0 && `${passed} passed`]
    .filter((words) => typeof words === 'string')
    .join(', ');
};

/** Components that have a column of their own in the matrix. */
const MOST_COLUMNS = 4;

/** The results of one check in words, by verdict: for products of many components. */
const inWords = ({ results }: CheckView): Inline =>
  [...new Set(results.map(({ verdict }) => verdict))].map(
    (verdict, index): Inline => [
      index > 0 && '  ',
      badge(verdict),
      ` ${visible(
        results
          .filter((one) => one.verdict === verdict)
          .map(({ component }) => component)
          .join(', '),
        400,
      )}`,
    ],
  );

/** Themes and checks against components: the one-look answer. */
export const matrixBlock = (view: View, components: readonly string[]): Block => {
  const apart = components.length <= MOST_COLUMNS;
  return table(
    'Checks by theme and component',
    [
      { title: 'Check', width: { share: 1 } },
      ...(apart
        ? components.map((component): Column => ({ title: visible(component, 60), width: 'fit' }))
        : [{ title: 'Components', width: { share: 2 } }]),
    ],
    THEMES.flatMap((theme): Row[] => {
      const checks = view.checks.filter((check) => check.theme === theme);
      if (checks.length === 0) return [];
      return [
        { group: true, cells: [[bold(THEME_TITLES[theme]), soft(`  ${themeWords(checks)}`)]] },
        ...checks.map((check) =>
          cells(
            link(visible(check.title), check.anchor),
            ...(apart
              ? components.map((component): Inline => {
                  const result = check.results.find((one) => one.component === component);
                  return result ? badge(result.verdict) : '–';
                })
              : [inWords(check)]),
          ),
        ),
      ];
    }),
  );
};
