import type { Run } from '../model/run.ts';
import type { Component } from '../model/target.ts';
import { visible } from '../report/text.ts';
import { TO_WRITE } from './draft-product.ts';

/** Characters of a word that the template takes over. */
const LONGEST = 200;

/** A commented line: whoever takes the `#` away states it. */
const off = (...lines: string[]): string[] => lines.map((line) => `#${line}`);
const note = (text: string): string => `# ${text}`;

/** A person's or a device's word as a YAML string on one line: JSON is YAML, and what is not seen was made visible. */
const quoted = (text: string): string => JSON.stringify(visible(text, LONGEST));

const FIELDS = ['model', 'serial', 'hardware', 'firmware', 'sample'] as const;
const WHAT: Readonly<Record<(typeof FIELDS)[number], string>> = {
  model: TO_WRITE,
  serial: TO_WRITE,
  hardware: `${TO_WRITE} (as marked, or that nothing is)`,
  firmware: `${TO_WRITE} (the version of its software)`,
  sample: `${TO_WRITE} (such as 1 of 2)`,
};

/** One item; only what the run knows of it is stated. */
const itemLines = (component: string | undefined, known: Run['item']): string[] => {
  const state = (line: string): string[] => (component === undefined ? off(line) : [line]);
  return [
    ...state(`  - component: ${component === undefined ? TO_WRITE : quoted(component)}`),
    ...FIELDS.flatMap((field) => {
      const value = known[field];
      return value === undefined ? off(`    ${field}: ${WHAT[field]}`) : [`    ${field}: ${quoted(value)}`];
    }),
    ...off(
      `    condition: ${TO_WRITE} (how it arrived)`,
      `    received: ${TO_WRITE}`,
      '    photographs: []',
      '    # photographs: [{ file: front.jpg, shows: the front }]',
    ),
  ];
};

/** The component that a run's item is: the first device with an address, as where it was declared. */
const deviceOf = ({ target: { components } }: Run): Component | undefined =>
  components.find(({ kind, addresses }) => kind === 'device' && addresses.length > 0) ??
  components.find(({ addresses }) => addresses.length > 0) ??
  components[0];

const itemsOf = (run: Run | undefined): string[] => {
  if (run === undefined) return [...off('items:'), ...itemLines(undefined, {})];
  const tested = new Set(run.attempts.map(({ component }) => component));
  const device = deviceOf(run);
  const own = run.target.components.filter(({ id }) => tested.has(id) || id === device?.id);
  return ['items:', ...own.flatMap(({ id }) => itemLines(id, id === device?.id ? run.item : {}))];
};

const person = (key: string, clause: string, what: string): string[] => [
  note(`${what} (${clause}).`),
  ...off(`${key}: { name: ${TO_WRITE}, role: ${TO_WRITE} }`),
];

const party = (key: string, more: readonly string[] = []): string[] =>
  off(`${key}:`, `  name: ${TO_WRITE}`, `  address: ${TO_WRITE}`, `  contact: ${TO_WRITE}`, ...more);

/**
 * A `lab.yaml` to fill in, with the items of a run where one is given. Every field that nobody has stated yet is commented
 * out, so that the file can be read as it stands: the report then names what is missing.
 */
export const labTemplate = (run?: Run): string =>
  [
    note(`What a laboratory says of a test; the numbers are clauses of ISO/IEC 17025:2017.`),
    note(`Take the # from each line that you fill in. "${TO_WRITE}" is refused; what stays commented out is missing,`),
    note(
      'and a report with anything missing is an engineering run. An empty list says that there is nothing of the kind.',
    ),
    'schema: 1',
    '',
    note('The laboratory (7.8.2.1 b). An accreditation is printed as you state it.'),
    ...party('laboratory', [`  accreditation: ${TO_WRITE}`]),
    note('Where it was tested, when elsewhere than there (7.8.2.1 c).'),
    ...off(`location: ${TO_WRITE}`),
    note('Your own number of the report; the unique id is made by the tool (7.8.2.1 d).'),
    ...off(`number: ${TO_WRITE}`),
    note('Who asked for the test (7.8.2.1 e).'),
    ...party('customer'),
    '',
    note(
      'What was on the bench, a component each: what was tested has to be here (7.8.2.1 g and h). It has to agree with',
    ),
    note('the runs. A serial number, or which sample it is; of an app or a cloud service the model and the version.'),
    ...itemsOf(run),
    '',
    note('Your own procedure (7.8.2.1 f).'),
    ...off(`method: { id: ${TO_WRITE}, edition: ${TO_WRITE} }`),
    note('How the sample was drawn (7.8.2.1 k); by: laboratory, customer or other.'),
    ...off(
      'sampling: none',
      `# sampling: { by: customer, plan: ${TO_WRITE}, date: 2026-01-31, location: ${TO_WRITE} }`,
    ),
    note('What was added to the method, left out or done otherwise (7.8.2.1 n).'),
    ...off('deviations: []'),
    note('Conditions of the test that bear on the results (7.8.3.1 a).'),
    ...off('conditions: []'),
    note('Results that somebody else provided (7.8.2.1 p).'),
    ...off('external: []', `# external: [{ provider: ${TO_WRITE}, results: ${TO_WRITE} }]`),
    note('The date of issue, such as 2026-01-31 (7.8.2.1 j).'),
    ...off(`issued: ${TO_WRITE}`),
    '',
    ...person('tester', '7.5.1', 'Who tested'),
    ...person('reviewer', '7.5.1', 'Who reviewed the results: nobody reviews their own'),
    ...person('authoriser', '7.8.2.1 o', 'Who authorises the report'),
    note('Who is authorised to release opinions, which remedies are (7.8.7); not needed with --no-remedies.'),
    ...off(`opinions: { name: ${TO_WRITE}, role: ${TO_WRITE}, basis: ${TO_WRITE} }`),
    '',
    note('The decision rule as agreed with the customer, and its risk of a false accept (7.1.3, 7.8.6).'),
    ...off(`decisionRule: ${TO_WRITE}`),
    note('What the customer supplied beside the product file and that can affect the results (7.8.2.2).'),
    ...off('customerSupplied: []'),
    note(
      'Only where they apply: uncertainty (7.8.3.1 c), remarks that somebody asks for (7.8.3.1 e), and the report that',
    ),
    note('this one replaces, by its unique id or number (7.8.8).'),
    ...off(`uncertainty: ${TO_WRITE}`, `remarks: [${TO_WRITE}]`),
    ...off(`amends: { report: ${TO_WRITE}, changed: ${TO_WRITE}, why: ${TO_WRITE} }`),
    '',
  ].join('\n');
