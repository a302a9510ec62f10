import type { Assessment } from '../model/assessment.ts';
import type { Lab, LabItem } from '../model/lab.ts';
import type { Run } from '../model/run.ts';
import type { Component } from '../model/target.ts';
import type { ReportInput } from './report.ts';
import { visible } from './text.ts';
import { isSimulated, targetOf } from './view.ts';
import { STATE_WORDS } from './words.ts';

/** What speaks against a test report although the fields are there: a sentence each, naming both sides. */

const shown = (text: string): string => `“${visible(text, 200)}”`;

/** A person's name as it is compared: letters and digits, without case, spacing, points and what cannot be seen. */
const personOf = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((part) => part !== '')
    .join(' ');

/** Whether two names are one person's. */
export const isSame = (one: { readonly name: string } | undefined, other: { readonly name: string } | undefined) =>
  one !== undefined && other !== undefined && personOf(one.name) === personOf(other.name);

const persons = ({ tester, reviewer }: Lab): string[] =>
  isSame(tester, reviewer)
    ? [`The tester reviews their own results: lab.yaml names ${shown(tester?.name ?? '')} as tester and reviewer (7.7)`]
    : [];

const FIELDS = ['model', 'serial', 'hardware', 'firmware', 'sample'] as const;

/**
 * The components that something was found of: a probe was aimed at them, a person spoke of them, or a criterion was decided
 * on them. The others are out of the laboratory's reach, and no item of theirs was on the bench.
 */
export const testedComponents = (input: ReportInput): Component[] => {
  const { assessment, runs } = input;
  const tested = new Set([
    ...runs.flatMap(({ run }) => run.attempts.map(({ component }) => component)),
    ...(assessment.attestations ?? []).flatMap(({ component }) => component ?? []),
    ...assessment.criteria.flatMap(({ components }) =>
      components.flatMap(({ component, verdict }) => (verdict === 'pass' || verdict === 'fail' ? component : [])),
    ),
  ]);
  return (targetOf(input)?.components ?? []).filter(({ id }) => tested.has(id));
};

/** An app or a cloud service: not received, not photographed, without a serial number. */
export const isSoftware = ({ kind }: Component): boolean => kind === 'app' || kind === 'cloud';

const agreement = (run: Run, item: LabItem): { same: number; other: (typeof FIELDS)[number][] } => {
  const both = FIELDS.filter((field) => run.item[field] !== undefined && item[field] !== undefined);
  const other = both.filter((field) => run.item[field]?.trim() !== item[field]?.trim());
  return { same: both.length - other.length, other };
};

/**
 * A run has one item, that of the device. Where several components were tested it is the one that agrees in most; among
 * those that agree in as much, the one that differs in most, so that a bare entry hides nothing.
 */
const item = (run: Run, lab: Lab, input: ReportInput): string[] => {
  const tested = testedComponents(input);
  const devices = tested.filter((component) => !isSoftware(component));
  const ids = (devices.length > 0 ? devices : tested).map(({ id }) => id);
  const [nearest] = [...lab.items.entries()]
    .filter(([, { component }]) => ids.includes(component))
    .map(([index, one]) => ({ index, one, ...agreement(run, one) }))
    .sort((a, b) => b.same - a.same || b.other.length - a.other.length);
  return (nearest?.other ?? []).map(
    (field) =>
      `The ${field} of the item differs: run ${run.id} is of ${shown(run.item[field] ?? '')}, and lab.yaml says ` +
      `${shown(nearest?.one[field] ?? '')} (items[${nearest?.index}].${field})`,
  );
};

const serialOf = (text: string): string => text.trim().toLowerCase();

/** The device's own word: lab.yaml of another sample is seen where a run was of a bare address, without an item. */
const ownSerials = (run: Run, { items }: Lab): string[] =>
  items.flatMap(({ component, serial }, index) => {
    if (serial === undefined) return [];
    const told = run.attempts
      .filter((attempt) => attempt.component === component)
      .flatMap(({ observations }) => observations.map(({ fact }) => fact))
      .flatMap((fact) => (fact.kind === 'identity' && fact.what === 'serial' ? fact.value : []));
    if (told.length === 0 || told.some((value) => serialOf(value) === serialOf(serial))) return [];
    return [
      `The serial of ${shown(component)} differs: in run ${run.id} it says of itself ${shown(told[0] ?? '')}, and lab.yaml says ` +
        `${shown(serial)} (items[${index}].serial)`,
    ];
  });

/** Whether all that was tested has addresses of the tester's own machine: a simulation, whatever found its ports. */
const isOwnMachine = (run: Run): boolean => {
  const hosts = run.attempts.map(({ endpoint }) => endpoint.host);
  return hosts.length > 0 && hosts.every((host) => /^(127\.|::1$)/.test(host));
};

const itemsOf = (lab: Lab, input: ReportInput): string[] => {
  const known = targetOf(input)?.components.map(({ id }) => id) ?? [];
  const states = input.runs.map(({ run }) => run.state);
  return lab.items.flatMap(({ component, state }, index) => {
    const at = `items[${index}]`;
    if (!known.includes(component)) return [`lab.yaml names an item that was not tested: ${shown(component)} (${at})`];
    if (lab.items.findIndex((one) => one.component === component) < index)
      return [`lab.yaml names two items as ${shown(component)} (${at}): results are of one`];
    if (state === undefined || states.includes(state)) return [];
    const tested = [...new Set(states)].map((one) => STATE_WORDS[one]).join(', ');
    return [
      `The state of ${shown(component)} differs: it was tested ${tested}, and lab.yaml says ${STATE_WORDS[state]} (${at}.state)`,
    ];
  });
};

const DAY = 86_400_000;
const dayOf = (at: string): number => Date.parse(at.slice(0, 10));

/** Dates have no zone and instants are UTC: a day's difference is none. */
const dates = (lab: Lab, { assessment, runs }: ReportInput): string[] => {
  const begun = runs.map(({ run }) => run.startedAt).sort()[0];
  const late = (date: string | undefined, what: string, path: string): string[] =>
    date === undefined || begun === undefined || dayOf(date) <= dayOf(begun) + DAY
      ? []
      : [`${what} after the test: lab.yaml says ${date} (${path}), and the test began on ${begun.slice(0, 10)}`];
  return [
    ...lab.items.flatMap(({ received, component }, index) =>
      late(received, `${shown(component)} was received`, `items[${index}].received`),
    ),
    ...(typeof lab.sampling === 'object' ? late(lab.sampling.date, 'The sample was drawn', 'sampling.date') : []),
    ...(lab.issued === undefined || dayOf(lab.issued) + DAY >= dayOf(assessment.judgedAt)
      ? []
      : [
          `Issued before it was judged: lab.yaml says ${lab.issued} (issued), and it was judged on ${assessment.judgedAt.slice(0, 10)}`,
        ]),
  ];
};

/** An amended report has an id of its own (7.8.8.3). */
const amendment = ({ amends, number }: Lab, { report }: Assessment): string[] =>
  amends !== undefined && [number, report].some((own) => own?.trim() === amends.report.trim())
    ? [
        `The amended report has the number of the one that it replaces: ${shown(amends.report)} (amends.report; 7.8.8.3)`,
      ]
    : [];

const runsOf = ({ assessment, runs }: ReportInput): string[] => {
  if (assessment.runs.length === 0) return ['No run was judged'];
  return assessment.runs.flatMap(({ id: named, status, seal }) => {
    const held = runs.find(({ run }) => run.id === named);
    const id = visible(named, 100);
    if (held === undefined) return [`Run ${id} is not at hand`];
    return [
      ...(status !== 'completed' ? [`Run ${id} is ${visible(status, 20)}: not all of it was carried out`] : []),
      ...(seal === undefined || held.seal !== seal
        ? [`Run ${id} is not sealed: nothing shows that its files are as they were written (7.5)`]
        : []),
      ...(isSimulated(held.run)
        ? [`Run ${id} is of a simulated device: no item was tested`]
        : isOwnMachine(held.run)
          ? [`Run ${id} is of the tester’s own machine: no item on a bench was tested`]
          : []),
    ];
  });
};

const suitability = ({ suitability: shownToBe }: Assessment): string[] =>
  shownToBe === undefined || shownToBe.suitable
    ? []
    : [`The bench was not shown to be suitable: ${visible(shownToBe.because, 500)} (7.7)`];

export const against = (input: ReportInput): string[] => {
  const { assessment, runs } = input;
  const { lab } = assessment;
  return [
    ...runsOf(input),
    ...suitability(assessment),
    ...(lab === undefined
      ? []
      : [
          ...persons(lab),
          ...runs.flatMap(({ run }) => [...item(run, lab, input), ...ownSerials(run, lab)]),
          ...itemsOf(lab, input),
          ...dates(lab, input),
          ...amendment(lab, assessment),
        ]),
  ];
};
