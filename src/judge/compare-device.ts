import type { DeviceChange } from '../model/comparison.ts';
import type { FactKind } from '../model/fact.ts';
import type { Run } from '../model/run.ts';
import type { Item, State } from '../model/target.ts';
import { Picture, type Place, type PortState } from './compare-picture.ts';
import type { FoundAgain } from './one-item.ts';

type Bare = Omit<DeviceChange, 'component' | 'place' | 'state'> & { readonly at: Place };

const portChange = (at: Place, before: Picture, after: Picture): Bare | undefined => {
  const [was, is] = [before.portState(at), after.portState(at)];
  if (was === is || (was !== 'open' && is !== 'open')) return undefined;
  const text = (picture: Picture, state: PortState | undefined): string =>
    state === 'open' ? picture.speaks(at) : (state ?? 'not asked');
  const words = { before: [text(before, was)], after: [text(after, is)] };
  const known =
    is === 'open' ? (was === 'closed' ? 'came' : 'not-seen-before') : is === 'closed' ? 'went' : 'not-seen-again';
  return { what: 'port', is: known, at, name: '', ...words };
};

/** What is on one side only. What was seen by one and not looked for by the other has neither come nor gone. */
const traitChanges = (key: string, before: Picture, after: Picture): Bare[] => {
  const [was, is] = [before.traits.get(key), after.traits.get(key)];
  const { place: at, trait } = (was ?? is)!;
  const gone = [...(was?.values ?? [])].filter((value) => !is?.values.has(value)).sort();
  const fresh = [...(is?.values ?? [])].filter((value) => !was?.values.has(value)).sort();
  if (gone.length + fresh.length === 0) return [];
  const kind = trait.what as FactKind;
  const [lookedBefore, lookedAfter] = [before.looked(kind, at), after.looked(kind, at)];
  const common = { what: trait.what, at, name: trait.name };
  const settled = lookedBefore && lookedAfter;
  if (gone.length > 0 && fresh.length > 0 && (settled || trait.what !== 'offer'))
    return [{ ...common, is: 'changed', before: gone, after: fresh }];
  const went: Bare = { ...common, is: lookedAfter ? 'went' : 'not-seen-again', before: gone, after: [] };
  const came: Bare = { ...common, is: lookedBefore ? 'came' : 'not-seen-before', before: [], after: fresh };
  return [...(gone.length > 0 ? [went] : []), ...(fresh.length > 0 ? [came] : [])];
};

/** What changed between two pictures: ports, and the traits of what both saw open. */
const pictureChanges = (before: Picture, after: Picture): Bare[] => {
  const places = new Map([...before.openPorts(), ...after.openPorts()].map((at) => [JSON.stringify(at), at]));
  const ports = [...places.values()].flatMap((at) => portChange(at, before, after) ?? []);
  const told = new Set(ports.map(({ at }) => JSON.stringify(at)));
  const keys = [...new Set([...before.traits.keys(), ...after.traits.keys()])].filter((key) => {
    const { component, host, port } = (before.traits.get(key) ?? after.traits.get(key))!.place;
    return !told.has(JSON.stringify({ component, host, port }));
  });
  return [...ports, ...keys.flatMap((key) => traitChanges(key, before, after))];
};

const newestOf = (runs: readonly Run[]): Run | undefined => [...runs].sort((a, b) => (a.id < b.id ? -1 : 1)).at(-1);

const ITEM_FIELDS = ['model', 'serial', 'hardware', 'firmware', 'sample'] as const satisfies readonly (keyof Item)[];

/** What was stated of the item, and is stated otherwise. */
const itemChanges = (old: readonly Run[], young: readonly Run[]): DeviceChange[] => {
  const [was, is] = [newestOf(old)?.item ?? {}, newestOf(young)?.item ?? {}];
  return ITEM_FIELDS.filter((field) => was[field] !== is[field]).map((field) => ({
    what: 'item',
    is: was[field] === undefined ? 'not-seen-before' : is[field] === undefined ? 'not-seen-again' : 'changed',
    component: '',
    place: '',
    name: `${field}, as stated`,
    before: was[field] === undefined ? [] : [was[field]],
    after: is[field] === undefined ? [] : [is[field]],
  }));
};

const statesOf = (runs: readonly Run[]): State[] => [...new Set(runs.map(({ state }) => state))];

/** What two lists of runs of one item say of the device, compared. */
export interface DeviceCompared {
  readonly changes: readonly DeviceChange[];
  /** Whether the younger runs saw a port closed, in every state in which they looked. */
  readonly seenClosed: (component: string, host: string, port: string) => boolean;
}

/**
 * What changed on the device between two lists of runs, the older first: by the facts alone, state by state, for the
 * states that both have. Pure. `again` says where the components are now.
 */
export const compareDevice = (old: readonly Run[], young: readonly Run[], again?: FoundAgain): DeviceCompared => {
  const picturesOf = (runs: readonly Run[], places?: FoundAgain): Map<State, Picture> =>
    new Map(
      statesOf(runs).map((state) => [
        state,
        new Picture(
          runs.filter((run) => run.state === state),
          places,
        ),
      ]),
    );
  const [before, after] = [picturesOf(old, again), picturesOf(young)];
  const several = new Set([...before.keys(), ...after.keys()]).size > 1;
  const hosts = new Map<string, Set<string>>();
  for (const { target } of young) for (const { id, addresses } of target.components) hosts.set(id, new Set(addresses));
  const found = [...before].flatMap(([state, was]) => {
    const is = after.get(state);
    if (is === undefined) return [];
    return pictureChanges(was, is).map(({ at: { component, host, port }, ...rest }): DeviceChange => {
      const place = (hosts.get(component)?.size ?? 2) === 1 ? port : `${host}${port === '' ? '' : ` ${port}`}`;
      return { ...rest, component, place, ...(several ? { state } : {}) };
    });
  });
  const changes = [...itemChanges(old, young), ...found.sort(byPlace)];
  const seenClosed = (component: string, host: string, port: string): boolean => {
    const states = [...after.values()].map((picture) => picture.portState({ component, host, port }));
    return states.length > 0 && states.every((state) => state === 'closed');
  };
  return { changes, seenClosed };
};

const portNumber = (place: string): number => Number(/(\d+)$/.exec(place)?.[1] ?? 0);

const byPlace = (a: DeviceChange, b: DeviceChange): number =>
  compareText(a.component, b.component) ||
  portNumber(a.place) - portNumber(b.place) ||
  compareText(a.place, b.place) ||
  compareText(a.what, b.what) ||
  compareText(a.name, b.name) ||
  compareText(a.is, b.is);

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
