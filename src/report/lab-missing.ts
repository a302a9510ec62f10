import type { Lab, LabItem } from '../model/lab.ts';
import type { Component } from '../model/target.ts';
import { against, isSoftware, testedComponents } from './lab-against.ts';
import type { ReportInput } from './report.ts';
import { visible } from './text.ts';

/** A field of `lab.yaml` that a test report has to have: its path, the clause of ISO/IEC 17025:2017, and what it is. */
type Field = readonly [path: string, clause: string, what: string];

/** In the order of the file. One inside another is only asked for where the outer one is there. */
export const LAB_FIELDS: readonly Field[] = [
  ['laboratory', '7.8.2.1 b', 'the laboratory, its name and address'],
  ['customer', '7.8.2.1 e', 'the customer, name and address'],
  ['customer.contact', '7.8.2.1 e', 'how the customer is reached'],
  ['method', '7.8.2.1 f', 'the method and its edition'],
  ['sampling', '7.8.2.1 k', 'how the sample was drawn, or that none was'],
  ['deviations', '7.8.2.1 n', 'what was added to the method, left out or done otherwise, or that nothing was'],
  ['conditions', '7.8.3.1 a', 'the conditions of the test that bear on the results, or that none do'],
  ['external', '7.8.2.1 p', 'which results somebody else provided, or that nobody did'],
  ['issued', '7.8.2.1 j', 'the date of issue'],
  ['tester', '7.5.1', 'who tested'],
  ['reviewer', '7.5.1', 'who reviewed the results'],
  ['authoriser', '7.8.2.1 o', 'who authorises the report'],
  ['decisionRule', '7.8.6.1', 'the decision rule that was agreed with the customer, and its risk'],
  ['customerSupplied', '7.8.2.2', 'what the customer supplied beside the product file, or that it was nothing'],
];

/** What each item has to say. Software that runs elsewhere is not received, not photographed and has no serial number. */
export const ITEM_FIELDS: readonly Field[] = [
  ['model', '7.8.2.1 g', 'the model'],
  ['serial', '7.8.2.1 g', 'the serial number, or which sample it is'],
  ['hardware', '7.8.2.1 g', 'the hardware revision, or that none is marked'],
  ['firmware', '7.8.2.1 g', 'the version of the software'],
  ['condition', '7.8.2.1 g', 'the condition in which it arrived'],
  ['received', '7.8.2.1 h', 'the date on which it was received'],
  ['photographs', '7.8.2.1 g', 'its photographs, or that none were taken'],
];
const OF_SOFTWARE: readonly string[] = ['model', 'firmware'];

const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);

const notStated = (what: string, path: string, clause: string): string =>
  `Not stated: ${what} (lab.yaml: ${path}; ${clause})`;

const labFields = (lab: Lab | undefined): string[] =>
  LAB_FIELDS.filter(([path]) => {
    const outer = path.includes('.') ? path.slice(0, path.lastIndexOf('.')) : undefined;
    return at(lab, path) === undefined && (outer === undefined || at(lab, outer) !== undefined);
  }).map(([path, clause, what]) => notStated(what, path, clause));

const itemFields = (component: Component, items: readonly LabItem[]): string[] => {
  const index = items.findIndex((item) => item.component === component.id);
  const item = items[index];
  const name = visible(component.id, 100);
  if (item === undefined) return [notStated(`the item that was tested as ${name}`, 'items', '7.8.2.1 g')];
  return ITEM_FIELDS.filter(
    ([path]) =>
      (!isSoftware(component) || OF_SOFTWARE.includes(path)) &&
      at(item, path) === undefined &&
      (path !== 'serial' || item.sample === undefined),
  ).map(([path, clause, what]) => notStated(`of ${name} ${what}`, `items[${index}].${path}`, clause));
};

/** Remedies are opinions: they stand in a report only by somebody's authority, or not at all. */
const opinions = ({ assessment: { lab, findings, remedies } }: ReportInput): string[] =>
  lab?.opinions !== undefined || remedies === 'left-out' || findings.every(({ remedy }) => remedy === undefined)
    ? []
    : [
        notStated(
          'who is authorised to release opinions, which the remedies are (or leave them out: --no-remedies)',
          'opinions',
          '7.8.7.1',
        ),
      ];

/** What a run says that it was made with, by the names of its sources. */
const SOURCES: readonly (readonly [name: string, what: string])[] = [
  ['node', 'the version of Node'],
  ['discovery', 'what found the ports, and its version'],
  ['credentials:', 'the digest of the list of credentials'],
  ['udp-payloads', 'the digest of what UDP ports were sent'],
  ['ports', 'the digest of the list of ports'],
  ['tester', 'the addresses that it was tested from'],
  ['clock', 'the clock that its times are of'],
];

const sources = ({ runs }: ReportInput): string[] =>
  runs.flatMap(({ run }) => {
    const known = Object.keys(run.sources);
    const lacking = SOURCES.filter(
      ([name]) => !known.some((one) => (name.endsWith(':') ? one.startsWith(name) : one === name)),
    );
    return lacking.length === 0
      ? []
      : [
          `Not stated by run ${run.id}, which has to be made again: ${lacking.map(([, what]) => what).join('; ')} (7.5.1)`,
        ];
  });

/**
 * What is in the way of a test report, a sentence each: fields that are not stated, with their places in `lab.yaml`, then
 * what speaks against it.
 */
export const missingOf = (input: ReportInput): string[] => {
  const { lab, report } = input.assessment;
  const tested = testedComponents(input);
  return [
    ...(report === undefined ? ['Not stated: the unique id of the report, for it was not filed (7.8.2.1 d)'] : []),
    ...labFields(lab),
    ...(tested.length === 0 ? ['No component was tested: there is no item that results relate to (7.8.2.1 g)'] : []),
    ...tested.flatMap((component) => itemFields(component, lab?.items ?? [])),
    ...opinions(input),
    ...sources(input),
    ...against(input),
  ];
};
