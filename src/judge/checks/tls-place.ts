import type { FactKind, FactOf } from '../../model/fact.ts';
import type { OpenOffer } from '../../model/run.ts';
import type { Endpoint } from '../../model/target.ts';
import type { CheckView, FindingDraft, Seen, SeenAttempt, SeenFact } from '../check.ts';
import {
  about,
  attemptsAt,
  factsAt,
  ids,
  innerText,
  type Looked,
  lookedBy,
  notThere,
  type Place,
  placesOf,
  portText,
  protocolText,
  serviceText,
} from './place.ts';

/** Protocols that go on in TLS after a word of theirs (RFC 3207, RFC 9051, RFC 2595, RFC 4217), and the word. */
export const UPGRADES: Readonly<Record<string, string>> = {
  smtp: 'STARTTLS',
  imap: 'STARTTLS',
  pop3: 'STLS',
  ftp: 'AUTH TLS',
  postgresql: 'SSLRequest',
  mysql: 'SSLRequest',
};

export const LAYERS = ['tls', 'dtls', 'quic'] as const;
export type Layer = (typeof LAYERS)[number];

/**
 * What a check of TLS names as its `protocols`: an attempt that broke off at a service which may go on in TLS is a gap
 * of it, and one that completed there without a fact says that there is no TLS.
 */
export const TLS_PROTOCOLS: readonly string[] = ['tls', 'dtls', ...Object.keys(UPGRADES)];

/** The same of a check that judges what QUIC has of TLS too: its suites, certificates and keys (RFC 9001, 4). */
export const QUIC_TOO: readonly string[] = [...TLS_PROTOCOLS, 'quic'];

/** TLS (or DTLS, or that of QUIC) as it is served at a port: directly, or after a word of another protocol. */
export interface TlsPlace {
  readonly place: Place;
  readonly protocol: Layer;
  /** The protocol whose word begins it: `smtp`. Absent: it is TLS from the first byte. */
  readonly via?: string;
  /** As a sentence begins: `TLS at tcp/443`, `TLS after SMTP's STARTTLS at tcp/25`. */
  readonly name: string;
}

/** Kinds of facts that servers of TLS give. */
type TlsKind = 'offer' | 'certificate' | 'key' | 'weakness';

const upgrading = ({ protocol, security }: Endpoint): string | undefined =>
  protocol !== undefined && protocol in UPGRADES && (security ?? 'none') === 'none' ? protocol : undefined;

/** The layer that an endpoint's attempt looks at: `smtp` is TLS after its word. Undefined for what is no server of TLS. */
const layerAt = (endpoint: Endpoint): Layer | undefined => {
  if (upgrading(endpoint) !== undefined) return 'tls';
  return LAYERS.find((layer) => layer === endpoint.protocol);
};

/** The layer that a fact is about; undefined for those of SSH, HTTP and the like. */
const layerOf = ({ fact, endpoint }: { fact: FactOf<TlsKind>; endpoint: Endpoint }): Layer | undefined => {
  switch (fact.kind) {
    case 'offer':
    case 'weakness':
      return LAYERS.find((layer) => layer === fact.protocol);
    case 'key':
      if (fact.use !== 'tls') return undefined;
      break;
    case 'certificate':
      if (fact.format === 'openssh') return undefined;
  }
  if (endpoint.protocol === 'ssh') return undefined;
  return layerAt(endpoint) ?? (endpoint.security === 'dtls' || endpoint.transport === 'udp' ? 'dtls' : 'tls');
};

const isAt = ({ protocol, via }: TlsPlace, layer: Layer | undefined, endpoint: Endpoint): boolean =>
  layer === protocol && upgrading(endpoint) === via;

/** The facts of a kind that this server gave. */
export const tlsFacts = <K extends FactKind, J extends K & TlsKind>(
  seen: Seen<K>,
  kind: J,
  at: TlsPlace,
): readonly SeenFact<J>[] => factsAt(seen, kind, at.place).filter((each) => isAt(at, layerOf(each), each.endpoint));

/** The attempts at this server that could have given a kind. */
export const tlsAttempts = <K extends FactKind>(
  seen: Seen<K>,
  kind: K & TlsKind,
  at: TlsPlace,
): readonly SeenAttempt[] =>
  attemptsAt(seen, kind, at.place).filter(({ attempt }) => isAt(at, layerAt(attempt.endpoint), attempt.endpoint));

/** Whether somebody looked for that kind at this server, or for those of its offers that are asked about. */
export const tlsLooked = <K extends FactKind>(
  seen: Seen<K>,
  kind: K & TlsKind,
  at: TlsPlace,
  about?: (open: OpenOffer) => boolean,
): Looked => lookedBy(tlsAttempts(seen, kind, at), kind, about);

/** Where a finding about this server stands: `tls`, or `smtp` with `tls`. */
export const aboutTls = ({ place, protocol, via }: TlsPlace, subject?: string): Pick<FindingDraft, 'about' | 'run'> =>
  about(place, subject, via === undefined ? { protocol, security: 'none' } : { protocol: via, security: 'tls' });

const nameOf = (place: Place, protocol: Layer, via: string | undefined): string =>
  via === undefined
    ? protocol === 'quic'
      ? `QUIC at ${portText(place.endpoint)}`
      : serviceText(protocol, place)
    : `TLS after ${protocolText(via)}'s ${UPGRADES[via]} at ${portText(place.endpoint)}`;

/** What the places of a component come to, for one check. */
export interface TlsPlaces {
  readonly places: readonly TlsPlace[];
  /** Services that might go on in TLS, of which nobody asked whether they do. */
  readonly unasked: readonly {
    readonly place: Place;
    readonly via: string;
    readonly services: readonly { readonly id: string }[];
  }[];
  /** Attempts that show of services which might go on in TLS that they do not. */
  readonly without: readonly SeenAttempt[];
  /** An attempt broke off before it knew whether there is TLS: the judge adds that gap, and nothing is shown absent. */
  readonly open: boolean;
}

/**
 * The servers of TLS of a component, as a check that reads `kind` sees them, by port: each that a service fact or a fact
 * of that kind speaks of. A service that might go on in TLS is one where an attempt at it saw anything at all.
 */
export const tlsPlaces = <K extends FactKind, J extends K & TlsKind>(
  seen: Seen<K>,
  kind: J,
  layers: readonly Layer[] = ['tls', 'dtls'],
): TlsPlaces => {
  const facts = seen.facts(kind).filter((each) => layerOf(each) !== undefined);
  const places: TlsPlace[] = [];
  const unasked: { place: Place; via: string; services: readonly { id: string }[] }[] = [];
  const without: SeenAttempt[] = [];
  let open = false;
  for (const place of placesOf(seen as unknown as Seen<'service'>, facts)) {
    for (const protocol of layers) {
      const at: TlsPlace = { place, protocol, name: nameOf(place, protocol, undefined) };
      if (place.services.some(({ fact }) => fact.protocol === protocol) || tlsFacts(seen, kind, at).length > 0)
        places.push(at);
    }
    if (!layers.includes('tls')) continue;
    for (const via of Object.keys(UPGRADES)) {
      const at: TlsPlace = { place, protocol: 'tls', via, name: nameOf(place, 'tls', via) };
      const services = place.services.filter(({ fact }) => fact.protocol === via && fact.security === 'none');
      const attempts = tlsAttempts(seen, kind, at);
      if (attempts.some(({ attempt }) => attempt.observations.length > 0)) places.push(at);
      else if (attempts.length === 0) {
        if (services.length > 0) unasked.push({ place, via, services });
      } else if (lookedBy(attempts, kind) === 'settled') without.push(...attempts);
      else open = true;
    }
  }
  return { places, unasked, without, open };
};

/**
 * What a check of TLS says beside what it says of each server: services that nobody asked whether they go on in TLS, and
 * where there is no server at all, that it is not applicable.
 */
export function* besides(
  view: Pick<CheckView<'port' | 'service'>, 'seen' | 'component'>,
  { places, unasked, without, open }: TlsPlaces,
  expected: string,
): Generator<FindingDraft> {
  for (const { place, via, services } of unasked)
    yield {
      ...about(place, undefined, { protocol: via, security: 'none' }),
      verdict: 'inconclusive',
      because: `Nobody asked whether ${innerText(via, place)} goes on in TLS.`,
      expected,
      basis: ids(services),
    };
  if (places.length === 0 && unasked.length === 0 && !open)
    yield* notThere(view, 'TLS or DTLS service', expected, { basis: ids(without) });
}

export type TlsView<K extends FactKind> = CheckView<K | 'service' | 'port'>;
