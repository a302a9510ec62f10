import type { Lab, LabItem, Party } from '../model/lab.ts';
import { suppliedByMaker } from './lab-supplied.ts';
import type { ReportInput } from './report.ts';
import { visible } from './text.ts';
import { STATE_WORDS, timeWords, VERDICT_NAMES } from './words.ts';

/** Which part of the head a field is in. */
export const LAB_GROUPS = ['report', 'laboratory', 'customer', 'item', 'test', 'made with', 'responsible'] as const;
export type LabGroup = (typeof LAB_GROUPS)[number];

/** One field of the report's head, and whose word it is. `value` is made visible; a name may occur several times. */
export interface LabField {
  readonly group: LabGroup;
  readonly name: string;
  readonly value: string;
  readonly from: 'laboratory' | 'customer' | 'tool';
}

/** Characters of a person's text: below what formats cut at, so that none of them cuts it a second time. */
const LONGEST_SAID = 1900;

type Said = readonly [name: string, value: string | undefined];

/** Fields of one group and origin; those without a value are left out. */
const fields = (group: LabGroup, from: LabField['from'], said: readonly Said[]): LabField[] =>
  said.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ group, name, value: visible(value, LONGEST_SAID), from }],
  );

const each = (name: string, entries: readonly string[] | undefined, none: string): Said[] =>
  entries === undefined ? [] : entries.length === 0 ? [[name, none]] : entries.map((entry) => [name, entry]);

const party = (group: 'laboratory' | 'customer', { name, address, contact }: Party): LabField[] =>
  fields(group, 'laboratory', [
    ['Name', name],
    ['Address', address],
    ['Contact', contact],
  ]);

const reportFields = ({ assessment }: ReportInput): LabField[] => {
  const { lab, report, judgedAt, labDigest } = assessment;
  return [
    ...fields('report', 'tool', [['Unique id', report ?? 'none: it was not filed']]),
    ...fields('report', 'laboratory', [
      ['Number', lab?.number],
      ['Issued', lab?.issued],
      ['Replaces the report', lab?.amends?.report],
      ['What changed', lab?.amends?.changed],
      ['Why it changed', lab?.amends?.why],
    ]),
    ...fields('report', 'tool', [
      ['Judged', timeWords(judgedAt)],
      ['lab.yaml', labDigest === undefined ? undefined : `SHA-256 ${labDigest}`],
    ]),
  ];
};

const itemText = (item: LabItem): string =>
  [
    ['model', item.model],
    ['serial', item.serial],
    ['hardware', item.hardware],
    ['firmware', item.firmware],
    ['sample', item.sample],
    ['state', item.state === undefined ? undefined : STATE_WORDS[item.state]],
    ['received', item.received],
  ]
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${visible(value, 200)}`]))
    .join('; ');

const samplingText = (sampling: Lab['sampling']): string | undefined => {
  if (sampling === undefined) return undefined;
  if (sampling === 'none') return 'No sample was drawn: the item was tested as it was received';
  const { by, plan, date, location } = sampling;
  const who = { laboratory: 'the laboratory', customer: 'the customer', other: 'somebody else' }[by];
  return [`By ${who}: ${plan}`, date, location].filter((one) => one !== undefined).join('; ');
};

const itemFields = (lab: Lab): LabField[] =>
  lab.items
    .flatMap((item): LabField[] => {
      const name = visible(item.component, 100);
      return fields('item', 'laboratory', [
        [name, itemText(item)],
        [`Condition of ${name}`, item.condition],
        ...each(
          `Photograph of ${name}`,
          item.photographs?.map(
            ({ file, sha256, shows }) =>
              `${visible(file, 200)}${shows === undefined ? '' : ` (${visible(shows, 500)})`}, ${sha256 === undefined ? 'no digest' : `SHA-256 ${sha256}`}`,
          ),
          'none was taken',
        ),
      ]);
    })
    .concat(fields('item', 'laboratory', [['Sampling', samplingText(lab.sampling)]]));

/** When, in which state, and on what was tested: the runs know it. */
const runTexts = ({ runs }: ReportInput): Said[] =>
  runs.map(({ run }) => [
    'Tested',
    `${timeWords(run.startedAt)} to ${run.endedAt === undefined ? 'an end that is not stated' : timeWords(run.endedAt)}, ${STATE_WORDS[run.state]} (run ${run.id})`,
  ]);

const testFields = (input: ReportInput): LabField[] => {
  const { assessment } = input;
  const { lab, profile, verdict, decisionRule } = assessment;
  const within = verdict === 'pass' ? ' within the stated coverage' : '';
  return [
    ...fields('test', 'laboratory', [
      ['Method', lab?.method && `${lab.method.id}, edition ${lab.method.edition}`],
      ['Place of the tests', lab?.location ?? (lab?.laboratory && 'at the laboratory’s address')],
    ]),
    ...fields('test', 'tool', [
      ...runTexts(input),
      ['Tested against', `${profile.title} (${profile.id}), edition ${profile.edition}`],
      [
        'Statement of conformity',
        `${VERDICT_NAMES[verdict]}${within}: all criteria that must hold, by ${decisionRule}`,
      ],
    ]),
    ...fields('test', 'laboratory', [
      ['Decision rule as agreed', lab?.decisionRule],
      ['Uncertainty', lab?.uncertainty],
      ...each('Deviation from the method', lab?.deviations, 'none'),
      ...each('Condition of the test', lab?.conditions, 'none that bears on the results'),
      ...each(
        'Results of others',
        lab?.external?.map(({ provider, results }) => `${visible(provider, 500)}: ${visible(results, 1200)}`),
        'none: the laboratory tested all of it',
      ),
      ...each('Remark', lab?.remarks, 'none'),
    ]),
  ];
};

const SOURCE_NAMES: Readonly<Record<string, string>> = {
  node: 'Node',
  os: 'System',
  discovery: 'Ports found by',
  nmap: 'nmap',
  ports: 'Ports asked for, digest',
  'udp-payloads': 'UDP payloads, digest',
  tester: 'Tested from',
  clock: 'Clock',
};

/** `credentials:default` as a person reads it. */
const sourceName = (name: string): string =>
  (Object.hasOwn(SOURCE_NAMES, name) ? SOURCE_NAMES[name] : undefined) ??
  visible(name, 100).replace(/^credentials:(.*)$/s, 'Credential list $1, digest');

/** What the runs were made with, once where they agree. Where a product file lay is the tester's own. */
const madeWith = ({ assessment, runs }: ReportInput): LabField[] => {
  const by = new Map<string, Map<string, string[]>>();
  const add = (name: string, value: string, run: string) => {
    const values = by.get(name) ?? new Map<string, string[]>();
    values.set(value, [...(values.get(value) ?? []), run]);
    by.set(name, values);
  };
  for (const { run } of runs) {
    add('Observed by', run.tool, run.id);
    for (const name of Object.keys(run.sources).sort()) {
      const value = run.sources[name] ?? '';
      if (name !== 'product' && name !== 'probity') add(name, value, run.id);
    }
  }
  const said = [...by].flatMap(([name, values]): Said[] =>
    [...values].map(([value, ids]) => [
      sourceName(name),
      values.size === 1 && ids.length === runs.length ? value : `${visible(value, 1000)} (${ids.join(', ')})`,
    ]),
  );
  return fields('made with', 'tool', [['Judged by', assessment.tool], ...said]);
};

const responsible = ({ tester, reviewer, authoriser, opinions }: Lab): LabField[] =>
  fields('responsible', 'laboratory', [
    ['Tested by', tester && `${tester.name}, ${tester.role}`],
    ['Reviewed by', reviewer && `${reviewer.name}, ${reviewer.role}`],
    ['Authorised by', authoriser && `${authoriser.name}, ${authoriser.role}`],
    ['Opinions released by', opinions && `${opinions.name}, ${opinions.role}; they rest on: ${opinions.basis}`],
  ]);

/** The fields of the head, group by group in the order of `LAB_GROUPS`. */
export const fieldsOf = (input: ReportInput): LabField[] => {
  const { lab } = input.assessment;
  return [
    ...reportFields(input),
    ...(lab?.laboratory === undefined ? [] : party('laboratory', lab.laboratory)),
    ...fields('laboratory', 'laboratory', [
      ['Accreditation, as the laboratory states it', lab?.laboratory?.accreditation],
    ]),
    ...(lab?.customer === undefined ? [] : party('customer', lab.customer)),
    ...fields('customer', 'customer', [
      ...suppliedByMaker(input).map((value): Said => ['Supplied by the customer', value]),
      ...each('Supplied by the customer', lab?.customerSupplied, 'nothing else'),
    ]),
    ...(lab === undefined ? [] : itemFields(lab)),
    ...testFields(input),
    ...madeWith(input),
    ...(lab === undefined ? [] : responsible(lab)),
  ];
};
