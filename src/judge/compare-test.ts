import type { Assessment, PortsCovered } from '../model/assessment.ts';
import type { TestChange } from '../model/comparison.ts';
import type { Run } from '../model/run.ts';
import type { FoundAgain } from './one-item.ts';

type Said = ReadonlyMap<string, string>;

/** Values that say where something lay or who made it, not how it was tested. */
const NOT_TOLD = new Set(['probity', 'product']);

const joined = (values: Iterable<string>): string => [...new Set(values)].sort().join(', ');

/** Two lists of named values, as what differs. */
const differing = (what: TestChange['what'], old: Said, young: Said): TestChange[] =>
  [...new Set([...old.keys(), ...young.keys()])].sort().flatMap((name): TestChange[] => {
    const [before, after] = [old.get(name), young.get(name)];
    if (before === after) return [];
    return [{ what, name, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
  });

/** Named values of several runs: each run's own, joined. */
const ofRuns = (runs: readonly Run[], read: (run: Run) => Iterable<readonly [string, string]>): Said => {
  const all = new Map<string, string[]>();
  for (const run of runs) for (const [name, value] of read(run)) all.set(name, [...(all.get(name) ?? []), value]);
  return new Map([...all].map(([name, values]) => [name, joined(values)]));
};

const probesOf = ({ probes }: Run) => probes.map(({ id, version }) => [id, version] as const);
const sourcesOf = ({ sources }: Run) => Object.entries(sources).filter(([name]) => !NOT_TOLD.has(name));
const limitsOf = ({ limits }: Run) => Object.entries(limits).map(([name, value]) => [name, String(value)] as const);
const permissionOf = ({ target }: Run) => [['impact', target.allow.impact] as const];

/** What the maker declares of each component, part by part; an id of another run is the one that it is now. */
const declaredOf =
  (again: FoundAgain | undefined) =>
  ({ target }: Run): (readonly [string, string])[] =>
    target.components.flatMap(({ id, declares }) =>
      Object.entries(declares).map(
        ([part, value]) => [`${again?.components.get(id) ?? id}: ${part}`, JSON.stringify(value)] as const,
      ),
    );

/** Declarations are long: that one differs is told, not all that it says. */
const shortened = ({ before, after, ...change }: TestChange): TestChange => ({
  ...change,
  ...(before === undefined ? {} : { before: 'declared' }),
  ...(after === undefined ? {} : { after: before === undefined ? 'declared' : 'declared otherwise' }),
});

const coverageText = ({ whole, uncovered, silent }: PortsCovered): string =>
  whole
    ? 'whole'
    : [uncovered === '' ? '' : `not covered: ${uncovered}`, silent === '' ? '' : `silent: ${silent}`]
        .filter(Boolean)
        .join('; ') || 'the scan broke off';

const coverageOf = ({ ports = [], runs }: Assessment, again?: FoundAgain): Said => {
  const several = new Set(runs.map(({ state }) => state)).size > 1;
  return new Map(
    ports.map((one) => {
      const host = again?.addresses.get(one.host) ?? one.host;
      return [`${one.transport} ports of ${host}${several ? ` (${one.state})` : ''}`, coverageText(one)];
    }),
  );
};

const profileOf = ({ profile, decisionRule }: Assessment): Said =>
  new Map([
    ['edition', profile.edition],
    ['text', profile.digest === undefined ? 'not known' : `SHA-256 ${profile.digest}`],
    ['decision rule', decisionRule],
    ['criteria left out', String(profile.excluded?.length ?? 0)],
  ]);

const personsOf = ({ attestations = [], dispositions = [], withdrawals = [] }: Assessment): Said =>
  new Map([
    ['attestations', joined(attestations.map(({ id }) => id))],
    [
      'dispositions in force',
      joined(dispositions.flatMap((one) => (one.is === 'in-force' ? [one.disposition.id] : []))),
    ],
    ['withdrawals in force', joined(withdrawals.flatMap((one) => (one.is === 'in-force' ? [one.withdrawal.id] : [])))],
  ]);

const viaOf = ({ via }: Assessment): Said =>
  new Map(via === undefined ? [] : [[via.crosswalk, `${via.edition}${via.digest ? `, SHA-256 ${via.digest}` : ''}`]]);

const policiesOf = ({ policies = [] }: Assessment): Said =>
  new Map(policies.map(({ name, digest }) => [name, `SHA-256 ${digest}`]));

const runsOf = ({ runs }: Assessment): Said => {
  const cut = runs.filter(({ status }) => status !== 'completed').map(({ id, status }) => `${id} ${status}`);
  return new Map(cut.length === 0 ? [] : [['not ended by itself', joined(cut)]]);
};

/**
 * What is another one in how the two were tested and judged, the older first. Pure. What only the runs say is left out
 * where one side's are not there to read.
 */
export const compareTest = (
  old: Assessment,
  young: Assessment,
  { before, after, again }: { before: readonly Run[]; after: readonly Run[]; again?: FoundAgain },
): TestChange[] => {
  const known = before.length > 0 && after.length > 0;
  const byRuns = (what: TestChange['what'], read: Parameters<typeof ofRuns>[1], was = read): TestChange[] =>
    known ? differing(what, ofRuns(before, was), ofRuns(after, read)) : [];
  return [
    ...differing('tool', new Map([['judged by', old.tool]]), new Map([['judged by', young.tool]])),
    ...byRuns('tool', ({ tool }) => [['observed by', tool]]),
    ...differing('profile', profileOf(old), profileOf(young)),
    ...differing('policy', policiesOf(old), policiesOf(young)),
    ...differing('crosswalk', viaOf(old), viaOf(young)),
    ...differing(
      'state',
      new Map([['states of the item', joined(old.runs.map(({ state }) => state))]]),
      new Map([['states of the item', joined(young.runs.map(({ state }) => state))]]),
    ),
    ...differing('run', runsOf(old), runsOf(young)),
    ...byRuns('probe', probesOf),
    ...byRuns('source', sourcesOf),
    ...byRuns('limit', limitsOf),
    ...byRuns('permission', permissionOf),
    ...byRuns('declaration', declaredOf(undefined), declaredOf(again)).map(shortened),
    ...differing('person', personsOf(old), personsOf(young)),
    ...differing('coverage', coverageOf(old, again), coverageOf(young)),
  ];
};
