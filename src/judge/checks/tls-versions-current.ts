import type { OpenOffer } from '../../model/run.ts';
import { defineCheck, type FindingDraft } from '../check.ts';
import { ids, listed } from './place.ts';
import {
  aboutTls,
  besides,
  TLS_PROTOCOLS,
  type TlsPlace,
  type TlsView,
  tlsAttempts,
  tlsFacts,
  tlsLooked,
  tlsPlaces,
} from './tls-place.ts';

/** Deprecated by RFC 6176, RFC 7568 and RFC 8996. */
const OLD = ['SSLv2', 'SSLv3', 'TLS 1.0', 'TLS 1.1', 'DTLS 1.0'];
const CURRENT = ['TLS 1.2', 'TLS 1.3', 'DTLS 1.2', 'DTLS 1.3'];

/** Which suites it has, and whether a current version that nobody saw, changes nothing. */
const isAbout = ({ role, version }: OpenOffer): boolean => role === 'version' && !CURRENT.includes(version);

const EXPECTED = 'Only TLS 1.2 and 1.3 (DTLS 1.2 and 1.3) are accepted.';

function* judgePlace({ seen }: TlsView<'offer'>, at: TlsPlace): Generator<FindingDraft> {
  const { name } = at;
  const versions = tlsFacts(seen, 'offer', at).filter(({ fact }) => fact.role === 'version');
  const old = versions.filter(({ fact }) => OLD.includes(fact.name));
  const current = versions.filter(({ fact }) => CURRENT.includes(fact.name));
  const common = { ...aboutTls(at), expected: EXPECTED };
  const names = (of: typeof versions): string => listed([...new Set(of.map(({ fact }) => fact.name.slice(0, 40)))]);
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
  const attempts = tlsAttempts(seen, 'offer', at);
  const looked = tlsLooked(seen, 'offer', at, isAbout);
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
      basis: ids(looked === 'never' ? at.place.services : attempts, versions),
    };
}

export default defineCheck({
  id: 'tls-versions-current',
  version: '1.1.0',
  title: 'Only current versions of TLS and DTLS are accepted',
  theme: 'transport',
  needs: ['offer', 'service', 'port'],
  protocols: TLS_PROTOCOLS,
  offers: isAbout,
  *judge(view) {
    const all = tlsPlaces(view.seen, 'offer');
    for (const at of all.places) yield* judgePlace(view, at);
    yield* besides(view, all, EXPECTED);
  },
});
