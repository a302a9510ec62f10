import { WEAKNESSES } from '../../model/fact.ts';
import type { Strength } from '../../model/verdict.ts';
import { defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
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

type Weakness = SeenFact<'weakness'>;

const EXPECTED = 'No named flaw of TLS or DTLS is present.';

/**
 * What a server is that has a flaw, and how certain the flaw is where it is seen. Indicative: what was seen lets the
 * flaw happen, and that it does was not asked, because it would take many gigabytes, or a renegotiation, or years
 * (docs/decisions/0090).
 */
const FLAWS: Readonly<Record<string, readonly [words: string, strength: Strength]>> = {
  heartbleed: ['gives out its memory (Heartbleed, CVE-2014-0160)', 'conclusive'],
  'ccs-injection': ['takes a change of ciphers before there are keys (CVE-2014-0224)', 'conclusive'],
  'insecure-renegotiation': ['does not protect renegotiation (RFC 5746, CVE-2009-3555)', 'indicative'],
  crime: ['compresses what it encrypts (CRIME, CVE-2012-4929)', 'conclusive'],
  poodle: ['accepts SSLv3 with CBC (POODLE, CVE-2014-3566)', 'conclusive'],
  'poodle-tls': ['does not look at the padding of CBC (POODLE in TLS, CVE-2014-8730)', 'conclusive'],
  drown: ['accepts SSLv2 (DROWN, CVE-2016-0800)', 'conclusive'],
  sweet32: ['accepts block ciphers of 64 bits (Sweet32, CVE-2016-2183)', 'indicative'],
  freak: ['accepts RSA keys of 512 bits (FREAK, CVE-2015-0204)', 'conclusive'],
  logjam: ['accepts Diffie-Hellman of export strength (Logjam, CVE-2015-4000)', 'conclusive'],
  'small-dh': ['uses Diffie-Hellman of less than 2048 bits', 'conclusive'],
  'common-dh': ['uses a Diffie-Hellman prime that many servers share', 'indicative'],
  robot: ['tells well from badly encrypted keys (ROBOT, CVE-2017-13099)', 'conclusive'],
  'fallback-unprotected': [
    'lets clients be brought down to an old version (no TLS_FALLBACK_SCSV, RFC 7507)',
    'conclusive',
  ],
  amplification: ['sends much to whoever lends the address of another', 'indicative'],
};

/** The flaws that have to be shown absent before a server passes. */
const ASKED = { tls: WEAKNESSES.tls, dtls: WEAKNESSES.dtls, quic: [] } as const;

const words = ({ fact }: Weakness): string => {
  const [said] = FLAWS[fact.name] ?? [`has the flaw ${fact.name.slice(0, 60)}`];
  return fact.subject === undefined ? said : `${said}: ${fact.subject.slice(0, 80)}`;
};

const strengthOf = (present: readonly Weakness[]): Strength =>
  present.some(({ fact }) => FLAWS[fact.name]?.[1] === 'conclusive') ? 'conclusive' : 'indicative';

function* judgePlace({ seen }: TlsView<'weakness'>, at: TlsPlace): Generator<FindingDraft> {
  const { name } = at;
  const stated = tlsFacts(seen, 'weakness', at);
  const present = stated.filter(({ fact }) => fact.present);
  const common = { ...aboutTls(at), expected: EXPECTED };
  if (present.length > 0) {
    // In the order of the list, whatever order they were asked in; what is not on it comes last.
    const order = Object.keys(FLAWS);
    const rank = ({ fact }: Weakness): number => (order.includes(fact.name) ? order.indexOf(fact.name) : order.length);
    const sorted = [...present].sort((a, b) => rank(a) - rank(b));
    yield {
      ...common,
      verdict: 'fail',
      strength: strengthOf(present),
      because: `${name} ${listed([...new Set(sorted.map(words))])}.`,
      remedy:
        'Bring the TLS library up to date, and switch off what the flaws need: old versions, weak suites, compression.',
      basis: ids(sorted),
    };
    return;
  }
  const attempts = tlsAttempts(seen, 'weakness', at);
  const looked = tlsLooked(seen, 'weakness', at);
  if (looked === 'open') return; // the judge adds the gap
  const unstated = ASKED[at.protocol].filter((flaw) => !stated.some(({ fact }) => fact.name === flaw));
  if (looked === 'settled' && unstated.length === 0)
    yield {
      ...common,
      verdict: 'pass',
      because: `${name} was asked for ${listed(ASKED[at.protocol])}, and has no such flaw.`,
      basis: ids(stated, attempts),
    };
  else
    yield {
      ...common,
      verdict: 'inconclusive',
      because:
        looked === 'never'
          ? `Nobody asked ${name} for known flaws.`
          : `Of ${name} it is not known whether it has ${listed(unstated)}.`,
      basis: ids(looked === 'never' ? at.place.services : attempts, stated),
    };
}

export default defineCheck({
  id: 'tls-known-flaws-absent',
  version: '1.0.0',
  title: 'No known flaw of TLS is present',
  theme: 'transport',
  needs: ['weakness', 'service', 'port'],
  protocols: TLS_PROTOCOLS,
  *judge(view) {
    const all = tlsPlaces(view.seen, 'weakness');
    for (const at of all.places) yield* judgePlace(view, at);
    yield* besides(view, all, EXPECTED);
  },
});
