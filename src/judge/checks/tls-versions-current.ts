import { type CheckView, defineCheck, type FindingDraft } from '../check.ts';
import {
  about,
  attemptsAt,
  factsAt,
  ids,
  listed,
  lookedBy,
  notThere,
  type Place,
  placesOf,
  serviceText,
} from './place.ts';

type View = CheckView<'offer' | 'service' | 'port'>;

/** Deprecated by RFC 6176, RFC 7568 and RFC 8996. */
const OLD = ['SSLv2', 'SSLv3', 'TLS 1.0', 'TLS 1.1', 'DTLS 1.0'];
const CURRENT = ['TLS 1.2', 'TLS 1.3', 'DTLS 1.2', 'DTLS 1.3'];

const EXPECTED = 'Only TLS 1.2 and 1.3 (DTLS 1.2 and 1.3) are accepted.';

function* judgePlace({ seen }: View, place: Place, protocol: 'tls' | 'dtls'): Generator<FindingDraft> {
  const name = serviceText(protocol, place);
  const versions = factsAt(seen, 'offer', place).filter(
    ({ fact }) => fact.role === 'version' && fact.protocol === protocol,
  );
  const old = versions.filter(({ fact }) => OLD.includes(fact.name));
  const current = versions.filter(({ fact }) => CURRENT.includes(fact.name));
  const common = { ...about(place, undefined, { protocol, security: 'none' }), expected: EXPECTED };
  const names = (of: typeof versions): string => listed([...new Set(of.map(({ fact }) => fact.name))]);
  if (old.length > 0) {
    yield {
      ...common,
      verdict: 'fail',
      strength: 'conclusive',
      because: `${name} accepts ${names(old)}.`,
      remedy: 'Switch off every version before TLS 1.2.',
      basis: ids(old),
    };
    return;
  }
  const attempts = attemptsAt(seen, 'offer', place);
  const looked = lookedBy(attempts, 'offer');
  if (looked === 'open') return; // the judge adds the gap
  if (looked === 'settled' && current.length > 0 && current.length === versions.length)
    yield {
      ...common,
      verdict: 'pass',
      because: `${name} accepts ${names(current)} and refuses every older version.`,
      basis: ids(current, attempts),
    };
  else
    yield {
      ...common,
      verdict: 'inconclusive',
      because:
        looked === 'never'
          ? `Nobody asked which versions ${name} accepts.`
          : versions.length === 0
            ? `${name} accepted no version that it was asked for.`
            : `${name} accepts versions that are not known (${names(versions)}).`,
      basis: ids(looked === 'never' ? place.services : attempts, versions),
    };
}

export default defineCheck({
  id: 'tls-versions-current',
  version: '1.0.0',
  title: 'Only current versions of TLS and DTLS are accepted',
  theme: 'transport',
  needs: ['offer', 'service', 'port'],
  protocols: ['tls', 'dtls'],
  *judge(view) {
    const { seen } = view;
    const offers = seen.facts('offer').filter(({ fact }) => fact.protocol !== 'ssh');
    let found = false;
    for (const place of placesOf(seen, offers))
      for (const protocol of ['tls', 'dtls'] as const) {
        const offered = factsAt(seen, 'offer', place).some(({ fact }) => fact.protocol === protocol);
        if (!offered && !place.services.some(({ fact }) => fact.protocol === protocol)) continue;
        found = true;
        yield* judgePlace(view, place, protocol);
      }
    if (!found) yield* notThere(view, 'TLS or DTLS service', EXPECTED);
  },
});
