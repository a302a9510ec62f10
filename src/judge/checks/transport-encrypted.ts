import type { FactOf } from '../../model/fact.ts';
import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { declaredAt } from './declared.ts';
import {
  about,
  attemptsAt,
  factsAt,
  grouped,
  ids,
  lookedBy,
  notThere,
  type Place,
  placesOf,
  serviceText,
} from './place.ts';

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

/** Whether a clear channel does nothing but hand over to a protected one. */
const onlyUpgrades = ({ upgrade, to }: FactOf<'channel'>): boolean =>
  upgrade === 'starttls' || (upgrade === 'redirect' && (to === undefined || /^(https|wss):/i.test(to)));

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
      because: `${name} moves its data in the clear${isPublic ? ' (declared public)' : ''}.`,
      remedy: 'Offer it over TLS only, or close it.',
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

/** A recognised service of which no channel was seen. */
function* judgeUnseen({ seen }: View, place: Place, service: SeenFact<'service'>): Generator<FindingDraft> {
  const attempts = attemptsAt(seen, 'channel', place);
  if (lookedBy(attempts, 'channel') === 'open') return; // the judge adds the gap
  yield {
    ...about(place, undefined, service.fact),
    verdict: 'inconclusive',
    because: `How ${serviceText(service.fact.protocol, place)} moves its data was not seen.`,
    expected: EXPECTED,
    basis: ids([service], attempts),
  };
}

export default defineCheck({
  id: 'transport-encrypted',
  version: '1.0.0',
  title: 'Every service is encrypted',
  theme: 'transport',
  needs: ['channel', 'service', 'port'],
  *judge(view) {
    const { seen } = view;
    let found = false;
    const infrastructure: SeenFact<'service'>[] = [];
    for (const place of placesOf(seen, seen.facts('channel'))) {
      const channels = factsAt(seen, 'channel', place).filter(({ fact }) => !INFRASTRUCTURE.includes(fact.protocol));
      for (const [protocol, group] of grouped(channels, ({ fact }) => fact.protocol)) {
        found = true;
        yield* judgeChannels(view, place, protocol, group);
      }
      infrastructure.push(...place.services.filter(({ fact }) => INFRASTRUCTURE.includes(fact.protocol)));
      // What is wrapped by a protected channel is protected by it.
      const wrapped = channels.some(({ fact }) => fact.encryption !== 'none');
      const seenHere = new Set([...INFRASTRUCTURE, 'unknown', ...channels.map(({ fact }) => fact.protocol)]);
      for (const service of place.services) {
        if (seenHere.has(service.fact.protocol) || (wrapped && service.fact.security !== 'none')) continue;
        seenHere.add(service.fact.protocol);
        found = true;
        yield* judgeUnseen(view, place, service);
      }
    }
    if (!found) yield* notThere(view, 'service but infrastructure', EXPECTED, { basis: ids(infrastructure) });
  },
});
