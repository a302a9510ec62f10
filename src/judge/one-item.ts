import type { Run } from '../model/run.ts';
import type { Component, Target } from '../model/target.ts';
import { counterpart, likeness, type Marks, marksOf, type Sighting, stateTheSame } from './same-item.ts';

/** The runs given together are not of one item: nothing can be said of them as one. */
export class NotOneItem extends Error {
  override readonly name = 'NotOneItem';
}

/** An address that a component had in an older run, and the one it has in the newest. */
export interface Move {
  readonly component: string;
  readonly from: string;
  readonly to: string;
}

/** A run with its seal, the digest of its SHA256SUMS. */
export interface GivenRun {
  readonly run: Run;
  readonly seal?: string;
  /** Addresses that `run` shows as those of the newest run, and that were others when it was observed. */
  readonly moves?: readonly Move[];
}

const isV6 = (address: string): boolean => address.includes(':');

/**
 * Which address became which: by family, where one is gone and one is new. `kept` are those that nothing took the place
 * of. Undefined where several are gone or new: nobody knows which became which.
 */
const readdressed = (
  old: readonly string[],
  young: readonly string[],
): { moved: ReadonlyMap<string, string>; kept: readonly string[] } | undefined => {
  const moved = new Map<string, string>();
  const kept: string[] = [];
  for (const v6 of [false, true]) {
    const gone = old.filter((address) => isV6(address) === v6 && !young.includes(address));
    const fresh = young.filter((address) => isV6(address) === v6 && !old.includes(address));
    if (gone.length === 0) continue;
    if (fresh.length === 0) kept.push(...gone);
    else if (gone.length === 1 && fresh.length === 1) moved.set(gone[0]!, fresh[0]!);
    else return undefined;
  }
  return { moved, kept };
};

/** Throws NotOneItem where two runs contradict each other, or where nothing ties one of them to the rest. */
const requireOne = (all: readonly Marks[]): void => {
  const tied = (a: Marks, b: Marks): boolean =>
    likeness(a, b).one !== undefined || (a.target === b.target && stateTheSame(a, b));
  all.forEach((a, index) => {
    for (const b of all.slice(index + 1)) {
      const { differs, firmware } = likeness(a, b);
      const what = differs ?? firmware;
      if (what !== undefined)
        throw new NotOneItem(`runs ${a.run} and ${b.run} differ in ${what}: they are not of the same item`);
    }
  });
  const newest = all.at(-1)!;
  const one = new Set([newest]);
  // A set grows while it is walked: what is tied to what is tied to the newest belongs to it too.
  for (const known of one) for (const other of all) if (tied(known, other)) one.add(other);
  const apart = all.find((marks) => !one.has(marks));
  if (apart !== undefined)
    throw new NotOneItem(
      `run ${apart.run} is of ${apart.target}, run ${newest.run} of ${newest.target}, and no serial number or MAC that both have says that they are of one item`,
    );
};

interface Place {
  readonly component: Component;
  readonly moved: ReadonlyMap<string, string>;
  readonly kept: readonly string[];
}

/** Where each component of an older run is in the newest. */
const placesOf = (old: Marks, newest: Marks, looked: ReadonlySet<string>): ReadonlyMap<string, Place> => {
  const places = new Map<string, Place>();
  for (const component of old.components) {
    const now = counterpart(old, component, newest);
    if (now === undefined) {
      if (!looked.has(component.id)) continue;
      throw new NotOneItem(`run ${old.run} looked at ${component.id}, which run ${newest.run} does not know`);
    }
    if ([...places.values()].some((place) => place.component === now))
      throw new NotOneItem(`run ${old.run} has two components that are ${now.id} in run ${newest.run}`);
    const addresses = readdressed(component.addresses, now.addresses);
    if (addresses === undefined)
      throw new NotOneItem(
        `${now.id} had the addresses ${component.addresses.join(', ')} in run ${old.run} and has ${now.addresses.join(', ')} in run ${newest.run}: which became which is not known`,
      );
    places.set(component.id, { component: now, ...addresses });
  }
  return places;
};

const placed = (given: GivenRun, places: ReadonlyMap<string, Place>, target: Target): GivenRun => {
  const attempts = given.run.attempts.map((attempt) => {
    const place = places.get(attempt.component);
    if (place === undefined) return attempt;
    const host = place.moved.get(attempt.endpoint.host) ?? attempt.endpoint.host;
    return { ...attempt, component: place.component.id, endpoint: { ...attempt.endpoint, host } };
  });
  const moves = [...places.values()].flatMap(({ component, moved }) =>
    [...moved].map(([from, to]) => ({ component: component.id, from, to })),
  );
  return { ...given, run: { ...given.run, target, attempts }, ...(moves.length === 0 ? {} : { moves }) };
};

/**
 * The runs in the order of their ids, all of them shown as runs of the newest one's target. Runs are of one item where a
 * serial number or a MAC agrees, or where they are of one target and state the same; the address says nothing. Where a
 * component has another address or id now, older attempts are shown at the newest one's: ids stay as they are stored, and
 * `moves` says what was changed. Throws NotOneItem where the runs do not belong together.
 */
export const oneItem = (given: readonly GivenRun[]): readonly GivenRun[] => {
  const ordered = [...given].sort((a, b) => (a.run.id < b.run.id ? -1 : 1));
  const newest = ordered.at(-1);
  if (newest === undefined) throw new NotOneItem('there is no run to judge');
  if (ordered.length === 1) return ordered;
  ordered.slice(1).forEach(({ run, seal }, index) => {
    const before = ordered[index]!;
    if (before.run.id === run.id)
      throw new NotOneItem(
        seal === before.seal
          ? `one run is given twice: ${run.id}`
          : `two runs have the id ${run.id}: what is said of one could not be told from what is said of the other`,
      );
  });
  const marks = ordered.map(({ run }) => marksOf(run));
  requireOne(marks);
  const now = marks.at(-1)!;
  const places = ordered
    .slice(0, -1)
    .map(({ run }, index) => placesOf(marks[index]!, now, new Set(run.attempts.map(({ component }) => component))));
  const { target } = newest.run;
  // An address that an older run looked at and that nothing took the place of is still the component's.
  const components = target.components.map((component) => {
    const kept = places.flatMap((of) =>
      [...of.values()].filter((place) => place.component === component).flatMap((place) => place.kept),
    );
    return kept.length === 0 ? component : { ...component, addresses: [...new Set([...component.addresses, ...kept])] };
  });
  const whole = { ...target, components };
  return ordered.map((one, index) =>
    one === newest ? { ...one, run: { ...one.run, target: whole } } : placed(one, places[index]!, whole),
  );
};

/** Where the components of an item are now: their ids and addresses, by those that they had. */
export interface FoundAgain {
  readonly components: ReadonlyMap<string, string>;
  readonly addresses: ReadonlyMap<string, string>;
}

/**
 * The item of an older run in a younger one, by serial number or MAC, whatever its address and its firmware are now.
 * Undefined where nothing says that it is the same.
 */
export const foundAgain = (old: Sighting, young: Sighting): FoundAgain | undefined => {
  const [before, after] = [marksOf(old), marksOf(young)];
  const { one, differs } = likeness(before, after);
  if (one === undefined || differs !== undefined) return undefined;
  const pairs = before.components.flatMap((component) => {
    const now = counterpart(before, component, after);
    return now === undefined ? [] : [[component, now] as const];
  });
  return {
    components: new Map(pairs.map(([{ id }, now]) => [id, now.id])),
    addresses: new Map(
      pairs.flatMap(([{ addresses }, now]) => [...(readdressed(addresses, now.addresses)?.moved ?? [])]),
    ),
  };
};
