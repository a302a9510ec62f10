import type { Run } from '../model/run.ts';
import type { Component, Item } from '../model/target.ts';
import { line, type Named, oscalString, property, prose, some } from './oscal-text.ts';
import type { ReportInput } from './report.ts';
import { targetOf } from './view.ts';
import { COMPONENT_WORDS, STATE_WORDS } from './words.ts';

/** What was tested and with what: the components of the target, the items on the bench, and the tool. */

const TYPES: Record<Component['kind'], string> = {
  device: 'hardware',
  hub: 'hardware',
  accessory: 'hardware',
  app: 'software',
  cloud: 'service',
};

type Known = Pick<Component, 'id'> & Partial<Component>;

/** The components of the target as the newest run has it, and those that the assessment names besides. */
const componentsOf = (input: ReportInput): Known[] => {
  const known: Known[] = [...(targetOf(input)?.components ?? [])];
  for (const { component } of [...input.assessment.checks, ...(input.assessment.ports ?? [])])
    if (!known.some(({ id }) => id === component)) known.push({ id: component });
  return known;
};

const newest = ({ runs }: ReportInput): Run | undefined =>
  [...runs].sort((a, b) => (a.run.id < b.run.id ? -1 : 1)).at(-1)?.run;

const componentOf = (one: Known, state: Run['state'] | undefined, named: Named) => ({
  uuid: named('component', one.id),
  type: one.kind === undefined ? 'system' : TYPES[one.kind],
  title: line(one.id),
  description: line(one.kind === undefined ? 'component' : COMPONENT_WORDS[one.kind]),
  props: [
    ...property('component', one.id),
    ...property('kind', one.kind),
    ...(one.addresses ?? []).flatMap((address) => property('address', address)),
    ...(one.names ?? []).flatMap((name) => property('host-name', name)),
    ...property('mac', one.mac),
    ...property('vendor', one.vendor),
    ...property('part-of', one.partOf),
  ],
  status: {
    state: state === 'operational' ? 'operational' : 'other',
    remarks: state === undefined ? undefined : line(`In the newest run: ${STATE_WORDS[state]}`),
  },
});

const itemProps = ({ model, serial, hardware, firmware, sample }: Item) => [
  ...property('model', model),
  ...property('serial', serial),
  ...property('hardware', hardware),
  ...property('firmware', firmware),
  ...property('sample', sample),
];

/** Items by the laboratory's word for each component; else the run's, which is of the device or product as a whole. */
const itemsOf = (input: ReportInput, known: ReadonlySet<string>, named: Named) => {
  const stated = input.assessment.lab?.items ?? [];
  const run = newest(input);
  if (stated.length > 0)
    return stated.map((item, index) => ({
      uuid: named('item', item.component, String(index)),
      description: prose(item.component, item.condition && `Condition on arrival: ${item.condition}`),
      props: some([
        ...itemProps(item),
        ...property('state', item.state),
        ...property('received', item.received),
        ...(item.photographs ?? []).flatMap(({ file, sha256 }) =>
          property('photograph', file, { remarks: sha256 === undefined ? undefined : `SHA-256 ${sha256}` }),
        ),
      ]),
      'implemented-components': known.has(item.component)
        ? [{ 'component-uuid': named('component', item.component) }]
        : undefined,
    }));
  return run === undefined
    ? []
    : [{ uuid: named('item'), description: line(run.target.id), props: some(itemProps(run.item)) }];
};

/** The tool as an actor: every observation of a probe and every verdict is its. */
export const toolId = (named: Named): string => named('tool');

const assetsOf = ({ assessment, runs }: ReportInput, named: Named) => {
  const sources = new Map(
    runs.flatMap(({ run }) => Object.entries(run.sources).map(([name, value]) => [`${name}: ${value}`, name])),
  );
  return {
    components: [
      {
        uuid: toolId(named),
        type: 'software',
        title: line(assessment.tool),
        description: 'Observes the device, judges what was observed by the decision rule, and writes this document.',
        props: [...property('tool', assessment.tool), ...property('decision-rule', assessment.decisionRule)],
        status: { state: 'operational' },
      },
    ],
    'assessment-platforms': [
      {
        uuid: named('platform'),
        title: 'The tester’s machine',
        props: some([...sources].flatMap(([value]) => property('made-with', value))),
        'uses-components': [{ 'component-uuid': toolId(named) }],
      },
    ],
  };
};

export interface Subjects {
  /** `results.local-definitions`. */
  readonly definitions: object;
  /** A reference to a component, as a list of one, or of none where it is not defined here. */
  readonly of: (component: string | undefined) => readonly object[];
}

export const subjectsOf = (input: ReportInput, named: Named): Subjects => {
  const components = componentsOf(input);
  const known = new Set(components.map(({ id }) => id));
  return {
    definitions: {
      components: some(components.map((one) => componentOf(one, newest(input)?.state, named))),
      'inventory-items': some(itemsOf(input, known, named)),
      'assessment-assets': assetsOf(input, named),
    },
    of: (component) =>
      component === undefined || !known.has(component)
        ? []
        : [{ 'subject-uuid': named('component', component), type: 'component', title: oscalString(component) }],
  };
};
