import type { FactOf } from '../model/fact.ts';
import type { Attempt, Run } from '../model/run.ts';
import type { Component, Item } from '../model/target.ts';

/** Of a run, what says which item it was of. */
export type Sighting = Pick<Run, 'id' | 'target' | 'item' | 'neighbours'> & {
  readonly attempts: readonly Pick<Attempt, 'component' | 'observations'>[];
};

const TOLD = ['serial', 'mac', 'firmware'] as const;

/** Something that a component told of itself, and by what. */
interface Told {
  readonly component: string;
  readonly what: (typeof TOLD)[number];
  readonly via: string;
  readonly value: string;
}

/** By what an item is known again: what was stated of it, the MAC addresses declared, and what it told itself. */
export interface Marks {
  readonly run: string;
  readonly target: string;
  readonly item: Item;
  readonly components: readonly Component[];
  readonly told: readonly Told[];
}

const plain = (text: string | undefined): string => (text ?? '').trim().toLowerCase();
const macOf = (text: string): string => plain(text).replaceAll('-', ':');

/** A universally administered address of one station (IEEE 802, 8.2): any other may be somebody else's tomorrow. */
const isOwnMac = (mac: string): boolean => /^[0-9a-f][048c](:[0-9a-f]{2}){5}$/.test(mac) && !/^00(:00){5}$/.test(mac);

/** What firmware says where nobody wrote a serial number in: the same on every sample. */
const NO_SERIAL = /^(.{0,3}|(.)\2*|0*1234567?8?9?0?|n\/?a|none|null|unknown|default.*|serial.*|not .*|to be filled.*)$/;

const isTelling = ({ what, value }: Pick<Told, 'what' | 'value'>): boolean =>
  what === 'mac' ? isOwnMac(value) : what === 'serial' ? !NO_SERIAL.test(value) : value !== '';

const toldBy = (component: string, fact: FactOf<'identity'>): Told[] => {
  const what = TOLD.find((one) => one === fact.what);
  if (what === undefined) return [];
  const value = what === 'mac' ? macOf(fact.value) : plain(fact.value).replace(/^v(?=\d)/, '');
  return isTelling({ what, value }) ? [{ component, what, via: fact.via, value }] : [];
};

/** By what the item of a run is known again. */
export const marksOf = ({ id, target, item, neighbours, attempts }: Sighting): Marks => ({
  run: id,
  target: target.id,
  item,
  components: target.components,
  told: [
    ...target.components.flatMap(({ id: component, addresses }) =>
      addresses.flatMap((address): Told[] => {
        const value = macOf(neighbours?.[address] ?? '');
        return isTelling({ what: 'mac', value }) ? [{ component, what: 'mac', via: 'arp', value }] : [];
      }),
    ),
    ...attempts.flatMap(({ component, observations }) =>
      observations.flatMap(({ fact }) => (fact.kind === 'identity' ? toldBy(component, fact) : [])),
    ),
  ],
});

const values = ({ told }: Marks, what: Told['what'], component?: string): string[] =>
  told.filter((one) => one.what === what && (component ?? one.component) === one.component).map(({ value }) => value);

const serialsOf = (marks: Marks): string[] => [
  ...(plain(marks.item.serial) === '' ? [] : [plain(marks.item.serial)]),
  ...values(marks, 'serial'),
];

/** The MAC addresses of a component (or of all): declared, and told. */
export const macsOf = (marks: Marks, component?: string): string[] => [
  ...marks.components.flatMap(({ id, mac }) => (mac === undefined || (component ?? id) !== id ? [] : [macOf(mac)])),
  ...values(marks, 'mac', component),
];

/** Whether anything is known of the item by which it could be found again. */
export const isKnowable = (marks: Marks): boolean => serialsOf(marks).length + macsOf(marks).length > 0;

const shared = (a: readonly string[], b: readonly string[]): string | undefined => a.find((one) => b.includes(one));

const reached = ({ components }: Marks): readonly Component[] =>
  components.filter(({ addresses }) => addresses.length > 0);

/** Whether both name their only component in reach: it is the same one, whatever it is called. */
const areSingle = (a: Marks, b: Marks): boolean => reached(a).length === 1 && reached(b).length === 1;

/** What the same place (a page, a certificate) told differently in the two. */
const toldDifferently = (a: Marks, b: Marks, what: Told['what']): string | undefined => {
  const single = areSingle(a, b);
  const byPlace = (marks: Marks): Map<string, string[]> => {
    const places = new Map<string, string[]>();
    for (const one of marks.told.filter((each) => each.what === what)) {
      const place = single ? one.via : `${one.component} ${one.via}`;
      places.set(place, [...(places.get(place) ?? []), one.value]);
    }
    return places;
  };
  const there = byPlace(b);
  for (const [place, here] of byPlace(a)) {
    const other = there.get(place);
    if (other !== undefined && shared(here, other) === undefined)
      return `what the device tells as its ${what} ("${here[0]!.slice(0, 80)}" and "${other[0]!.slice(0, 80)}")`;
  }
  return undefined;
};

const statedDifferently = (a: Marks, b: Marks, field: keyof Item): boolean =>
  plain(a.item[field]) !== '' && plain(b.item[field]) !== '' && plain(a.item[field]) !== plain(b.item[field]);

const declaredMacsDiffer = (a: Marks, b: Marks): boolean => {
  const single = areSingle(a, b);
  return a.components.some(({ id, mac }) => {
    const other = b.components.find((one) => (single ? one.addresses.length > 0 : one.id === id))?.mac;
    return mac !== undefined && other !== undefined && shared(macsOf(a, id), macsOf(b)) === undefined;
  });
};

/** How two runs' items compare. Each is a few words, or absent where nothing says so. */
export interface Likeness {
  /** What says that they are one: a serial number or a MAC address. */
  readonly one?: string;
  /** What the device itself told says so: no declaration had a part in it. */
  readonly told?: string;
  /** In what they differ, so that they are two. */
  readonly differs?: string;
  /** One item with another firmware, or nobody knows which: nothing may be added up. */
  readonly firmware?: string;
}

const firmwareOf = (a: Marks, b: Marks): string | undefined => {
  if (statedDifferently(a, b, 'firmware')) return 'firmware';
  const told = toldDifferently(a, b, 'firmware');
  if (told !== undefined) return told;
  const [stated, unstated] = plain(a.item.firmware) === '' ? [b, a] : [a, b];
  const version = plain(stated.item.firmware).replace(/^v(?=\d)/, '');
  return version === '' || plain(unstated.item.firmware) !== '' || values(unstated, 'firmware').includes(version)
    ? undefined
    : `firmware (run ${unstated.run} does not say which it was of: observe it by a product file whose item states it)`;
};

/** Compares what is known of the items of two runs. A device is known by its serial number or MAC, never by its address. */
export const likeness = (a: Marks, b: Marks): Likeness => {
  const serial = shared(serialsOf(a), serialsOf(b));
  const mac = shared(macsOf(a), macsOf(b));
  const told = shared(values(a, 'serial'), values(b, 'serial')) ?? shared(values(a, 'mac'), values(b, 'mac'));
  const one = serial === undefined ? (mac === undefined ? undefined : `MAC ${mac}`) : `serial number ${serial}`;
  const differs =
    (['model', 'serial', 'hardware'] as const).find((field) => statedDifferently(a, b, field)) ??
    toldDifferently(a, b, 'serial') ??
    (serial === undefined
      ? (toldDifferently(a, b, 'mac') ?? (declaredMacsDiffer(a, b) ? 'the declared MAC' : undefined))
      : undefined);
  const firmware = firmwareOf(a, b);
  return {
    ...(one === undefined ? {} : { one }),
    ...(told === undefined ? {} : { told }),
    ...(differs === undefined ? {} : { differs }),
    ...(firmware === undefined ? {} : { firmware }),
  };
};

/** Whether two runs state the same parts of their item; what they state is compared by `likeness`. */
export const stateTheSame = (a: Marks, b: Marks): boolean =>
  (['model', 'serial', 'hardware', 'firmware'] as const).every(
    (field) => (plain(a.item[field]) === '') === (plain(b.item[field]) === ''),
  );

/** The component of `young` that a component of `old` is: by name in one target, by MAC, by its name, or as the only one. */
export const counterpart = (old: Marks, component: Component, young: Marks): Component | undefined => {
  const named = young.components.find(({ id }) => id === component.id);
  if (old.target === young.target && named !== undefined) return named;
  const macs = macsOf(old, component.id);
  return (
    young.components.find(({ id }) => shared(macs, macsOf(young, id)) !== undefined) ??
    named ??
    (areSingle(old, young) && component.addresses.length > 0 ? reached(young)[0] : undefined)
  );
};
