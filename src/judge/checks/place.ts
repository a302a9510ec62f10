import type { FactKind, FactOf } from '../../model/fact.ts';
import { isOpenFor } from '../../model/open.ts';
import type { OpenOffer } from '../../model/run.ts';
import type { Endpoint, State, Transport } from '../../model/target.ts';
import type { CheckView, FindingDraft, Seen, SeenAttempt, SeenFact } from '../check.ts';

/** A port of one address, and what was recognised there, over the runs that are judged together. */
export interface Place {
  /** The run that showed it first. */
  readonly run: string;
  readonly state: State;
  readonly endpoint: Required<Pick<Endpoint, 'host' | 'transport' | 'port'>>;
  readonly services: readonly SeenFact<'service'>[];
}

/** The places at which something answered as a service, or that these facts speak of; ascending. */
export const placesOf = (
  seen: Seen<'service'>,
  also: readonly Pick<SeenFact<FactKind>, 'run' | 'state' | 'endpoint'>[] = [],
): readonly Place[] => {
  const places = new Map<string, Place>();
  const services = seen.facts('service');
  for (const { run, state, endpoint } of [...services, ...also]) {
    const { host, transport, port } = endpoint;
    if (transport === undefined || port === undefined) continue;
    const key = `${host} ${transport} ${port}`;
    if (places.has(key)) continue;
    const place = { host, transport, port };
    places.set(key, { run, state, endpoint: place, services: seen.at('service', place) });
  }
  return [...places.values()].sort(byPort);
};

const byPort = (a: Place, b: Place): number =>
  a.endpoint.host < b.endpoint.host
    ? -1
    : a.endpoint.host > b.endpoint.host
      ? 1
      : a.endpoint.transport < b.endpoint.transport
        ? -1
        : a.endpoint.transport > b.endpoint.transport
          ? 1
          : a.endpoint.port - b.endpoint.port;

/** The facts of a kind at a place. */
export const factsAt = <K extends FactKind, J extends K>(
  seen: Seen<K>,
  kind: J,
  place: Pick<Place, 'endpoint'>,
): readonly SeenFact<J>[] => seen.at(kind, place.endpoint);

/** The attempts at a place whose probe emits that kind. */
export const attemptsAt = <K extends FactKind>(
  seen: Seen<K>,
  kind: K,
  place: Pick<Place, 'endpoint'>,
): readonly SeenAttempt[] => seen.attempts({ emits: kind, endpoint: place.endpoint });

/** Whether an attempt left that kind unsettled: of offers, any of those that are asked about (default: all). */
export const leftOpen = ({ attempt }: SeenAttempt, kind: FactKind, about?: (open: OpenOffer) => boolean): boolean =>
  isOpenFor(attempt.outcome, kind, about);

/** `never`: no attempt could have seen that kind. `open`: one broke off before it knew (the judge adds that gap). */
export type Looked = 'never' | 'open' | 'settled';

/** Whether somebody looked for that kind, by these attempts: each of their probes settled it at least once. */
export const lookedBy = (
  attempts: readonly SeenAttempt[],
  kind: FactKind,
  about?: (open: OpenOffer) => boolean,
): Looked => {
  if (attempts.length === 0) return 'never';
  const settled = new Set(attempts.filter((each) => !leftOpen(each, kind, about)).map(({ attempt }) => attempt.probe));
  return attempts.every(({ attempt }) => settled.has(attempt.probe)) ? 'settled' : 'open';
};

export const ids = (...lists: readonly (readonly { readonly id: string }[])[]): string[] => [
  ...new Set(lists.flat().map(({ id }) => id)),
];

export const portText = ({ transport, port }: { transport: Transport; port: number }): string => `${transport}/${port}`;

const WORDS: Readonly<Record<string, string>> = {
  http: 'HTTP',
  ssh: 'SSH',
  telnet: 'Telnet',
  ftp: 'FTP',
  'ftp-data': "FTP's data connection",
  mqtt: 'MQTT',
  tls: 'TLS',
  dtls: 'DTLS',
  coap: 'CoAP',
  rtsp: 'RTSP',
  snmp: 'SNMP',
  smtp: 'SMTP',
  vnc: 'VNC',
  adb: 'ADB',
  mysql: 'MySQL',
  postgresql: 'PostgreSQL',
  redis: 'Redis',
  modbus: 'Modbus',
  onvif: 'ONVIF',
  upnp: 'UPnP',
  sip: 'SIP',
  imap: 'IMAP',
  pop3: 'POP3',
  ntp: 'NTP',
  jdwp: 'A Java debugger',
  gdb: 'A GDB server',
  'node-inspector': 'A Node.js debugger',
  bacnet: 'BACnet',
  tftp: 'TFTP',
  dns: 'DNS',
  mdns: 'mDNS',
  ssdp: 'SSDP',
  wsd: 'WS-Discovery',
  shell: 'A shell',
  unknown: 'A service that was not recognised',
};

/** A protocol as people write it, at the beginning of a sentence. */
export const protocolText = (protocol: string): string => WORDS[protocol] ?? protocol;

/** `SSH at tcp/22`. */
export const serviceText = (protocol: string, place: Place): string =>
  `${protocolText(protocol)} at ${portText(place.endpoint)}`;

/** The same within a sentence: `a shell at tcp/9527`. */
export const innerText = (protocol: string, place: Place): string => serviceText(protocol, place).replace(/^A /, 'a ');

/** Where a finding about a place stands. */
export const about = (
  place: Place,
  subject?: string,
  service?: { protocol: string; security?: FactOf<'service'>['security'] },
): Pick<FindingDraft, 'about' | 'run'> => ({
  about: {
    ...place.endpoint,
    ...(service === undefined ? {} : { protocol: service.protocol }),
    ...(service?.security === undefined ? {} : { security: service.security }),
    ...(subject === undefined ? {} : { subject }),
  },
  run: place.run,
});

/** `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

type PortView = Pick<CheckView<'port' | 'service'>, 'seen' | 'component'>;

/**
 * The attempts which show that a service that was not seen is not there: every port was asked, and what speaks at each
 * open one recognised. Undefined where that is not so; the judge's own gaps say what is missing.
 */
export const absenceOf = (
  { seen, component }: PortView,
  transports: readonly Transport[] = ['tcp', 'udp'],
): readonly string[] | undefined => {
  if (component.addresses.length === 0) return undefined;
  const basis = new Set<string>();
  for (const { whole, host, transport, open, basis: scans } of transports.flatMap((each) => seen.ports(each))) {
    if (!whole || scans.length === 0) return undefined;
    for (const id of scans) basis.add(id);
    for (const { fact } of open) {
      const place = { endpoint: { host, transport, port: fact.port } };
      const services = factsAt(seen, 'service', place);
      const attempts = attemptsAt(seen, 'service', place);
      if (services.length === 0 || services.some((service) => service.fact.protocol === 'unknown')) return undefined;
      if (lookedBy(attempts, 'service') !== 'settled') return undefined;
      for (const id of ids(attempts)) basis.add(id);
    }
  }
  return [...basis];
};

/** The not-applicable finding of a check whose kind of service is shown not to be there, or nothing. */
export function* notThere(
  view: PortView,
  what: string,
  expected: string,
  options: { transports?: readonly Transport[]; basis?: readonly string[] } = {},
): Generator<FindingDraft> {
  const basis = absenceOf(view, options.transports);
  if (basis === undefined) return;
  yield {
    verdict: 'not-applicable',
    because: `Every port was asked and every open one recognised, and there is no ${what}.`,
    expected,
    basis: [...new Set([...basis, ...(options.basis ?? [])])],
  };
}
