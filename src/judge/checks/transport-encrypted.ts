import type { FactOf } from '../../model/fact.ts';
import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { grouped } from '../grouped.ts';
import { declaredAt } from './declared.ts';
import { about, attemptsAt, factsAt, ids, lookedBy, notThere, type Place, placesOf, serviceText } from './place.ts';
import { UPGRADES } from './tls-place.ts';

type View = CheckView<'channel' | 'service' | 'port'>;
type Channel = SeenFact<'channel'>;

/** Traffic that is in the clear by its nature; what it carries is for other checks (CRITERIA A.2). */
const INFRASTRUCTURE = ['mdns', 'ssdp', 'wsd', 'ntp', 'dns', 'dhcp', 'llmnr'];
const WRAPPINGS = ['tls', 'dtls'];

const EXPECTED = 'Everything that the service moves is encrypted.';
const OVER: Readonly<Record<FactOf<'channel'>['encryption'], string>> = {
  none: 'in the clear',
  tls: 'over TLS',
  dtls: 'over DTLS',
  ssh: 'over SSH',
  other: 'encrypted by a protocol of its own',
};

/** What a service moves that people would not guess: the rest moves "its data". */
const MOVES: Readonly<Record<string, string>> = {
  telnet: 'what is typed and shown',
  shell: 'what is typed and shown',
  ftp: 'commands and files',
  'ftp-data': 'files',
  tftp: 'files',
  http: 'pages and what is sent to them',
  upnp: 'requests and their answers',
  onvif: 'requests and their answers',
  mqtt: 'messages',
  coap: 'values and commands',
  modbus: 'values and commands',
  bacnet: 'values and commands',
  snmp: 'values and what lets them be read',
  rtsp: 'streams and their control',
  sip: 'calls and their control',
  vnc: 'the screen and what is typed',
  smtp: 'mail',
  imap: 'mail',
  pop3: 'mail',
  postgresql: 'queries and their results',
  mysql: 'queries and their results',
  redis: 'queries and their results',
  adb: 'commands and files',
};

/** Whether a clear channel does nothing but hand over to a protected one. Where a password is taken, it does more. */
const onlyUpgrades = ({ upgrade, to, credentials }: FactOf<'channel'>): boolean =>
  credentials !== true &&
  (upgrade === 'starttls' || (upgrade === 'redirect' && (to === undefined || /^(https|wss):/i.test(to))));

/** What is wrong with channels in the clear, in one sentence. */
const clearWords = (name: string, protocol: string, open: readonly Channel[], isPublic: boolean): string => {
  const said = [
    `${name} moves ${MOVES[protocol] ?? 'its data'} in the clear${isPublic ? ' (declared public)' : ''}`,
    ...(open.some(({ fact }) => fact.credentials === true) ? ['passwords among it'] : []),
    ...(open.some(({ fact }) => fact.offered === 'starttls')
      ? [`although it offers TLS (${UPGRADES[protocol] ?? 'STARTTLS'})`]
      : []),
  ];
  return `${said.join(', ')}.`;
};

function* judgeChannels(
  { component }: View,
  place: Place,
  protocol: string,
  channels: readonly Channel[],
): Generator<FindingDraft> {
  const name = serviceText(protocol, place);
  const clear = channels.filter(({ fact }) => fact.encryption === 'none');
  const open = clear.filter(({ fact }) => !onlyUpgrades(fact));
  const security = channels.find(({ fact }) => WRAPPINGS.includes(fact.encryption))?.fact.encryption as
    | 'tls'
    | 'dtls'
    | undefined;
  const common = {
    ...about(place, undefined, { protocol, security: open.length > 0 ? 'none' : security }),
    expected: EXPECTED,
  };
  if (open.length > 0) {
    const isPublic = declaredAt(component.declares.services ?? [], place.endpoint, [protocol]).some(
      (service) => service.public,
    );
    yield {
      ...common,
      ...(isPublic ? { facets: { class: 'public' as const } } : {}),
      verdict: 'fail',
      strength: 'conclusive',
      because: clearWords(name, protocol, open, isPublic),
      remedy: open.every(({ fact }) => fact.offered === 'starttls')
        ? 'Take nothing before TLS has begun.'
        : 'Offer it over TLS only, or close it.',
      basis: ids(open),
    };
  } else if (clear.length > 0)
    yield {
      ...common,
      verdict: 'pass',
      because: `${name} is in the clear and does nothing but hand over to ${clear[0]!.fact.to === undefined ? 'a protected channel' : clear[0]!.fact.to.slice(0, 200)}.`,
      basis: ids(clear),
    };
  else
    yield {
      ...common,
      verdict: 'pass',
      because: `${name} travels ${[...new Set(channels.map(({ fact }) => OVER[fact.encryption]))].join(' and ')}.`,
      basis: ids(channels),
    };
}

/** A recognised service of which no channel was seen: what wraps it was seen all the same. */
function* judgeService({ seen }: View, place: Place, service: SeenFact<'service'>): Generator<FindingDraft> {
  const { protocol, security } = service.fact;
  const name = serviceText(protocol, place);
  const common = { ...about(place, undefined, service.fact), expected: EXPECTED };
  if (security !== 'none' || WRAPPINGS.includes(protocol)) {
    const over = security === 'none' ? 'is encrypted' : `travels ${OVER[security]}`;
    yield { ...common, verdict: 'pass', because: `${name} ${over}.`, basis: ids([service]) };
    return;
  }
  const attempts = attemptsAt(seen, 'channel', place);
  if (lookedBy(attempts, 'channel') === 'open') return; // the judge adds the gap
  yield {
    ...common,
    verdict: 'inconclusive',
    because: `How ${name} moves its data was not seen.`,
    basis: ids([service], attempts),
  };
}

/** The services of a place that no channel speaks of, but for what is infrastructure and what only wraps another. */
const withoutChannel = (place: Place, channels: readonly Channel[]): readonly SeenFact<'service'>[] => {
  const spoken = new Set([...INFRASTRUCTURE, 'unknown', ...channels.map(({ fact }) => fact.protocol)]);
  const wraps =
    channels.some(({ fact }) => WRAPPINGS.includes(fact.encryption)) ||
    place.services.some(({ fact }) => fact.security !== 'none' && fact.protocol !== 'unknown');
  return place.services.filter(
    ({ fact }, index) =>
      !spoken.has(fact.protocol) &&
      !(wraps && WRAPPINGS.includes(fact.protocol)) &&
      place.services.findIndex((other) => other.fact.protocol === fact.protocol) === index,
  );
};

export default defineCheck({
  id: 'transport-encrypted',
  version: '1.1.0',
  title: 'Every service is encrypted',
  theme: 'transport',
  needs: ['channel', 'service', 'port'],
  *judge(view) {
    const { seen } = view;
    let found = false;
    const infrastructure: SeenFact<'service'>[] = [];
    for (const place of placesOf(seen, seen.facts('channel'))) {
      const channels = factsAt(seen, 'channel', place).filter(({ fact }) => !INFRASTRUCTURE.includes(fact.protocol));
      const services = withoutChannel(place, channels);
      if (channels.length > 0 || services.length > 0) found = true;
      for (const [protocol, group] of grouped(channels, ({ fact }) => fact.protocol))
        yield* judgeChannels(view, place, protocol, group);
      for (const service of services) yield* judgeService(view, place, service);
      infrastructure.push(...place.services.filter(({ fact }) => INFRASTRUCTURE.includes(fact.protocol)));
    }
    if (!found) yield* notThere(view, 'service but infrastructure', EXPECTED, { basis: ids(infrastructure) });
  },
});
