import type { DeviceChange } from '../model/comparison.ts';
import type { Fact, FactKind, FactOf } from '../model/fact.ts';
import type { Attempt, Run } from '../model/run.ts';
import type { FoundAgain } from './one-item.ts';

type Part = DeviceChange['what'];
export type PortState = 'open' | 'closed' | 'filtered' | 'open-or-filtered';

/** Where something was seen: a component, one of its addresses, and a port of it or none. */
export interface Place {
  readonly component: string;
  readonly host: string;
  /** `tcp/443`; empty for the whole component. */
  readonly port: string;
}

/** Something that a fact says of a device: what it is of, and what it is. */
interface Trait {
  readonly what: Part;
  readonly name: string;
  readonly value: string;
}

const day = (time: string): string => time.slice(0, 10);
const over = (security: string): string => (security === 'none' ? '' : ` over ${security.toUpperCase()}`);

/** What facts say of the device itself. The others say how it behaved, or depend on what was tried. */
const TRAITS: { readonly [K in FactKind]?: (fact: FactOf<K>) => Trait | undefined } = {
  service: ({ protocol, security, product, version }) => ({
    what: 'service',
    name: `${protocol}${over(security)}`,
    value: [product, version].filter(Boolean).join(' ') || 'product not told',
  }),
  channel: ({ protocol, encryption, version, upgrade }) => ({
    what: 'channel',
    name: protocol,
    value: [encryption === 'none' ? 'in the clear' : (version ?? encryption), upgrade].filter(Boolean).join(', '),
  }),
  offer: ({ protocol, role, version, name }) => ({
    what: 'offer',
    name: `${protocol} ${role}${version === undefined || role === 'version' ? '' : ` in ${version}`}`,
    value: name,
  }),
  certificate: ({ position, sha256, subject, issuer, notBefore, notAfter }) =>
    position > 0
      ? undefined
      : {
          what: 'certificate',
          name: '',
          value: `${subject}, issued by ${issuer}, valid ${day(notBefore)} to ${day(notAfter)}, SHA-256 ${sha256}`,
        },
  key: ({ use, algorithm, bits, sha256 }) => ({
    what: 'key',
    name: `${use} ${algorithm}`,
    value: `${bits} bits, SHA-256 ${sha256}`,
  }),
  identity: ({ what, via, value }) => ({ what: 'identity', name: `${what} via ${via}`, value }),
};

const traitOf = (fact: Fact): Trait | undefined =>
  (TRAITS[fact.kind] as ((fact: Fact) => Trait | undefined) | undefined)?.(fact);

const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);

const RANK: Record<PortState, number> = { open: 3, closed: 2, filtered: 1, 'open-or-filtered': 0 };

/** What the runs of one state of one side say of the device, places as they are now. */
export class Picture {
  /** Values by part, place and name: those of the newest run that saw any. */
  readonly traits = new Map<string, { place: Place; trait: Trait; values: Set<string> }>();
  /** Newest run first. */
  readonly #ports = new Map<string, { run: string; place: Place; from: number; to: number; state: PortState }[]>();
  readonly #looked = new Map<string, { settled: boolean; open: boolean }>();

  constructor(runs: readonly Run[], again: FoundAgain | undefined) {
    // Newest first: what a younger run saw stands for what an older one of the same state did.
    for (const run of [...runs].sort((a, b) => (a.id < b.id ? 1 : -1))) {
      const emits = new Map(run.probes.map((probe) => [probe.id, probe.emits]));
      const younger = new Set(this.traits.keys());
      for (const attempt of run.attempts) {
        const place = placeOf(attempt, again);
        this.#look(attempt, place, emits.get(attempt.probe) ?? []);
        for (const { fact } of attempt.observations) {
          if (fact.kind === 'port') this.#port(run.id, place, fact);
          const trait = traitOf(fact);
          if (trait !== undefined) this.#trait(place, trait, younger);
        }
      }
    }
  }

  #look({ outcome }: Attempt, { component, host, port }: Place, emits: readonly FactKind[]): void {
    for (const kind of emits) {
      const key = keyOf(kind, component, host, port);
      const known = this.#looked.get(key) ?? { settled: false, open: false };
      const isOpen = outcome.status === 'inconclusive' && outcome.open.includes(kind);
      this.#looked.set(key, { settled: known.settled || !isOpen, open: known.open || isOpen });
    }
  }

  #trait(place: Place, trait: Trait, younger: ReadonlySet<string>): void {
    const key = keyOf(trait.what, place.component, place.host, place.port, trait.name);
    if (younger.has(key)) return;
    const known = this.traits.get(key) ?? { place, trait, values: new Set<string>() };
    known.values.add(trait.value);
    this.traits.set(key, known);
  }

  #port(run: string, place: Place, fact: FactOf<'port'>): void {
    const key = keyOf(place.component, place.host, fact.transport);
    const known = this.#ports.get(key) ?? [];
    known.push({ run, place, from: fact.port, to: fact.to ?? fact.port, state: fact.state });
    this.#ports.set(key, known);
  }

  /** Whether a probe for that kind was done with the place, and none that looked there broke off. */
  looked(kind: FactKind, { component, host, port }: Place): boolean {
    const known = this.#looked.get(keyOf(kind, component, host, port));
    return known?.settled === true && !known.open;
  }

  /** What the newest run that asked this port saw of it; undefined where none did. */
  portState({ component, host, port }: Place): PortState | undefined {
    const [transport = '', number] = port.split('/');
    const at = Number(number);
    const seen = (this.#ports.get(keyOf(component, host, transport)) ?? []).filter(
      ({ from, to }) => from <= at && at <= to,
    );
    const states = seen.filter(({ run }) => run === seen[0]?.run).map(({ state }) => state);
    return states.sort((a, b) => RANK[b] - RANK[a])[0];
  }

  openPorts(): Place[] {
    return [...this.#ports].flatMap(([key, ports]) => {
      const [, , transport] = JSON.parse(key) as [string, string, string];
      return ports
        .filter(({ state }) => state === 'open')
        .map(({ place: { component, host }, from }) => ({ component, host, port: `${transport}/${from}` }))
        .filter((place) => this.portState(place) === 'open');
    });
  }

  /** What speaks at a port: `http, tls`. */
  speaks({ component, host, port }: Place): string {
    const names = [...this.traits.values()]
      .filter(({ place, trait }) => trait.what === 'service' && isAt(place, { component, host, port }))
      .map(({ trait }) => trait.name);
    return names.length === 0 ? 'open' : `open: ${[...new Set(names)].sort().join(', ')}`;
  }
}

const isAt = (a: Place, b: Place): boolean => a.component === b.component && a.host === b.host && a.port === b.port;

const placeOf = ({ component, endpoint }: Attempt, again: FoundAgain | undefined): Place => ({
  component: again?.components.get(component) ?? component,
  host: again?.addresses.get(endpoint.host) ?? endpoint.host,
  port: endpoint.port === undefined ? '' : `${endpoint.transport}/${endpoint.port}`,
});
