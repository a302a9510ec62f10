import type { FactKind } from '../model/fact.ts';
import type { Attempt, Run } from '../model/run.ts';
import type { Component, Endpoint, State, Transport } from '../model/target.ts';
import type { Check, PortCoverage, Seen, SeenAttempt, SeenFact, SeenService } from './check.ts';
import { ALL_TCP, merged, type Ranges, rangeOf, readRanges, single, UDP_LIST, without } from './ports.ts';

const SCANS: Readonly<Record<Transport, string>> = { tcp: 'tcp-ports', udp: 'udp-ports' };

export const isScan = (attempt: Attempt): boolean => Object.values(SCANS).includes(attempt.probe);

const placeKey = ({ host, transport, port }: Endpoint): string => `${host} ${transport} ${port}`;

const push = <T>(map: Map<string, T[]>, key: string, value: T): void => {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
};

export const samePort = (a: Endpoint, b: Endpoint): boolean =>
  a.host === b.host && a.transport === b.transport && a.port === b.port;

/** The kinds that a run's probe was to emit. */
export const emitsOf = (run: Pick<Run, 'probes'>, probe: string): readonly FactKind[] =>
  run.probes.find((armed) => armed.id === probe)?.emits ?? [];

/** Digits as numbers, so that port 80 comes before port 443; no locale, so that bytes are the same everywhere. */
const sortKey = (id: string): string => id.replace(/\d+/g, (digits) => digits.padStart(10, '0'));

/**
 * Everything that was seen of one component in the runs of one state, indexed. Attempts stand in the order of their
 * ids, whatever order they ended in. `prefixed` puts `<run id>:` in front of ids.
 */
export class ComponentView {
  readonly component: Component;
  readonly runs: readonly Run[];
  readonly state: State;
  readonly attempts: readonly SeenAttempt[];
  readonly #facts = new Map<string, SeenFact<FactKind>[]>();
  readonly #factsAt = new Map<string, SeenFact<FactKind>[]>();
  readonly #attemptsAt = new Map<string, SeenAttempt[]>();
  readonly #servicesAt = new Map<string, SeenService[]>();
  readonly #ports = new Map<Transport, readonly PortCoverage[]>();
  #services: readonly SeenService[] | undefined;

  constructor(component: Component, runs: readonly Run[], prefixed: boolean) {
    this.component = component;
    this.runs = runs;
    this.state = runs[0]!.state;
    this.attempts = runs.flatMap((run) =>
      run.attempts
        .filter((attempt) => attempt.component === component.id)
        .map((attempt) => ({
          id: prefixed ? `${run.id}:${attempt.id}` : attempt.id,
          run: run.id,
          state: run.state,
          attempt,
        }))
        .map((seen) => ({ seen, key: sortKey(seen.id) }))
        .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
        .map(({ seen }) => seen),
    );
    for (const seen of this.attempts) {
      const { run, state, attempt } = seen;
      const place = placeKey(attempt.endpoint);
      push(this.#attemptsAt, place, seen);
      for (const { id, at, fact } of attempt.observations) {
        const one = { id: prefixed ? `${run}:${id}` : id, run, state, at, fact, endpoint: attempt.endpoint, attempt };
        push(this.#facts, fact.kind, one);
        push(this.#factsAt, `${fact.kind} ${place}`, one);
      }
    }
  }

  facts<K extends FactKind>(kind: K): readonly SeenFact<K>[] {
    return (this.#facts.get(kind) ?? []) as unknown as readonly SeenFact<K>[];
  }

  at<K extends FactKind>(kind: K, endpoint: Endpoint): readonly SeenFact<K>[] {
    return (this.#factsAt.get(`${kind} ${placeKey(endpoint)}`) ?? []) as unknown as readonly SeenFact<K>[];
  }

  /** One a host, transport, port, protocol and security; `unknown` ones too. */
  services(): readonly SeenService[] {
    if (this.#services !== undefined) return this.#services;
    const unique = new Map<string, SeenService>();
    for (const service of this.facts('service')) {
      const { protocol, security } = service.fact;
      const endpoint = { ...service.endpoint, protocol, security };
      const key = [endpoint.host, endpoint.transport, endpoint.port, protocol, security].join(' ');
      if (!unique.has(key)) unique.set(key, { service, endpoint });
    }
    this.#services = [...unique.values()];
    for (const one of this.#services) push(this.#servicesAt, placeKey(one.endpoint), one);
    return this.#services;
  }

  servicesAt(endpoint: Endpoint): readonly SeenService[] {
    this.services();
    return this.#servicesAt.get(placeKey(endpoint)) ?? [];
  }

  attemptsAt(endpoint: Endpoint): readonly SeenAttempt[] {
    return this.#attemptsAt.get(placeKey(endpoint)) ?? [];
  }

  emits(seen: SeenAttempt): readonly FactKind[] {
    return emitsOf(this.runs.find((run) => run.id === seen.run)!, seen.attempt.probe);
  }

  /** Port scans of one address that broke off. */
  brokenScans(transport: Transport, host: string): readonly SeenAttempt[] {
    return this.attempts.filter(
      ({ attempt }) =>
        attempt.probe === SCANS[transport] && attempt.endpoint.host === host && attempt.outcome.status !== 'completed',
    );
  }

  ports(transport: Transport): readonly PortCoverage[] {
    const known = this.#ports.get(transport);
    if (known !== undefined) return known;
    const coverage = this.component.addresses.map((host) => this.#coverage(host, transport));
    this.#ports.set(transport, coverage);
    return coverage;
  }

  #coverage(host: string, transport: Transport): PortCoverage {
    const facts = this.facts('port').filter(
      ({ endpoint, fact }) => endpoint.host === host && fact.transport === transport,
    );
    const answered = new Set(facts.filter(({ fact }) => fact.state === 'open' || fact.state === 'closed'));
    const open = [
      ...new Map(facts.filter(({ fact }) => fact.state === 'open').map((seen) => [seen.fact.port, seen])).values(),
    ].sort((a, b) => a.fact.port - b.fact.port);
    const alive = new Set([...answered].map(({ attempt }) => attempt));
    const covered = merged(
      (transport === 'tcp'
        ? // A filtered port is closed only where the host was shown to be up during that very pass.
          facts.filter((s) => answered.has(s) || (s.fact.state === 'filtered' && alive.has(s.attempt)))
        : [...answered]
      ).map(({ fact }) => rangeOf(fact)),
    );
    const unheard = merged(facts.filter((seen) => !answered.has(seen)).map(({ fact }) => rangeOf(fact)));
    const quiet = transport === 'udp' ? without(unheard, covered) : [];
    const uncovered = without(this.#wanted(transport), merged([...covered, ...quiet]));
    return {
      run: this.runs[0]!.id,
      host,
      transport,
      open,
      uncovered,
      silent: quiet.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, index) => from + index)),
      whole: uncovered.length === 0 && quiet.length === 0 && this.brokenScans(transport, host).length === 0,
      basis: this.attempts
        .filter(({ attempt }) => attempt.probe === SCANS[transport] && attempt.endpoint.host === host)
        .map(({ id }) => id),
    };
  }

  #wanted(transport: Transport): Ranges {
    if (transport === 'tcp') return ALL_TCP;
    const declared = (this.component.declares.services ?? []).filter(
      (s) => s.transport === 'udp' && s.port !== 'dynamic',
    );
    return merged([
      ...single(UDP_LIST),
      ...this.runs.flatMap((run) => readRanges(run.limits.udp)),
      ...declared.flatMap((service) => readRanges(String(service.port))),
    ]);
  }
}

/**
 * Whether an attempt at this endpoint could carry facts of that kind for this check, by kind and protocol. What a scan
 * or a recogniser would find, its endpoint's protocol cannot say. A weakness is of the protocol that was spoken, not of
 * what wraps it: flaws of HTTP pages inside TLS are none of TLS.
 */
export const couldCarry = (check: Pick<Check, 'protocols'>, endpoint: Endpoint, kind: FactKind): boolean =>
  check.protocols === undefined ||
  endpoint.protocol === undefined ||
  kind === 'service' ||
  kind === 'port' ||
  [endpoint.protocol, kind === 'weakness' ? undefined : endpoint.security].some(
    (word) => word !== undefined && check.protocols?.includes(word),
  );

/**
 * What one check may look at of a view. Asking for a kind that is not in its `needs` throws. A fact
 * whose absence would be no gap of this check is not shown to it either, so that silence can never help.
 */
export const seenBy = <K extends FactKind>(
  check: Pick<Check<K>, 'id' | 'needs' | 'reads' | 'protocols'>,
  view: ComponentView,
): Seen<K> => {
  const allowed = (...kinds: K[]): void => {
    for (const kind of kinds)
      if (!check.needs.includes(kind) && !check.reads?.includes(kind))
        throw new Error(`${check.id} reads ${kind}, which is not among its needs`);
  };
  return {
    runs: view.runs,
    facts(kind) {
      allowed(kind);
      return view.facts(kind).filter((seen) => couldCarry(check, seen.endpoint, kind));
    },
    at(kind, endpoint) {
      allowed(kind);
      return view.at(kind, endpoint).filter((seen) => couldCarry(check, seen.endpoint, kind));
    },
    attempts(filter = {}) {
      if (filter.emits !== undefined) allowed(filter.emits);
      return (filter.endpoint === undefined ? view.attempts : view.attemptsAt(filter.endpoint)).filter(
        (seen) =>
          (filter.probe === undefined || seen.attempt.probe === filter.probe) &&
          (filter.emits === undefined ||
            (view.emits(seen).includes(filter.emits) && couldCarry(check, seen.attempt.endpoint, filter.emits))),
      );
    },
    services(...protocols) {
      allowed('service' as K);
      return view
        .services()
        .filter(({ endpoint }) => protocols.length === 0 || protocols.includes(endpoint.protocol ?? ''));
    },
    ports(transport) {
      if (!check.needs.includes('service' as K)) allowed('port' as K);
      return view.ports(transport);
    },
  };
};
