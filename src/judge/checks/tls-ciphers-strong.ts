import type { OpenOffer } from '../../model/run.ts';
import { defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { ids, listed } from './place.ts';
import {
  aboutTls,
  besides,
  LAYERS,
  QUIC_TOO,
  type TlsPlace,
  type TlsView,
  tlsAttempts,
  tlsFacts,
  tlsLooked,
  tlsPlaces,
} from './tls-place.ts';
import { conditionsOf, WEAK_CLASSES, weakClasses } from './tls-suites-weak.ts';

type Offer = SeenFact<'offer'>;

const EXPECTED =
  'No suite is accepted without encryption or authentication, of export strength, or with RC4, RC2, DES, 3DES or MD5.';

const namesOf = (offers: readonly Offer[]): string[] => [...new Set(offers.map(({ fact }) => fact.name.slice(0, 80)))];

/** `RC4 (TLS_RSA_WITH_RC4_128_SHA and 3 more)`. */
const example = (words: string, offers: readonly Offer[]): string => {
  const names = namesOf(offers);
  return `${words} (${names[0]}${names.length > 1 ? ` and ${names.length - 1} more` : ''})`;
};

const inVersions = (offers: readonly Offer[]): string => {
  const versions = [
    ...new Set(offers.flatMap(({ fact }) => (fact.version === undefined ? [] : [fact.version.slice(0, 20)]))),
  ];
  return versions.length === 0 ? '' : ` in ${listed(versions.sort())}`;
};

/** Groups and signatures are no part of a suite. */
const isAbout = ({ role }: OpenOffer): boolean => role === 'version' || role === 'suite';

/** What a pass says of suites that some criteria refuse. */
const REFUSABLE = { 'static-rsa': 'exchange keys by static RSA', cbc: 'are in CBC mode' } as const;

/** What keeps the list of suites from being whole, or one of them from being judged; empty for nothing. */
const openIn = (versions: readonly Offer[], suites: readonly Offer[]): readonly string[] => {
  // QUIC's own versions have no suites: those of TLS in it do.
  const ofTls = versions.filter(({ fact }) => !/^(Google )?QUIC |^0x/.test(fact.name));
  const silent = ofTls.filter(({ fact }) => !suites.some((suite) => suite.fact.version === fact.name));
  const unknown = suites.filter(({ fact }) => weakClasses(fact.name) === undefined);
  return [
    ...(silent.length > 0 ? [`which suites it accepts in ${listed(namesOf(silent))} was not seen`] : []),
    ...(unknown.length > 0 ? [`it accepts suites that are not known (${listed(namesOf(unknown).slice(0, 5))})`] : []),
  ];
};

function* judgePlace({ seen }: TlsView<'offer'>, at: TlsPlace): Generator<FindingDraft> {
  const { name } = at;
  const offers = tlsFacts(seen, 'offer', at);
  const suites = offers.filter(({ fact }) => fact.role === 'suite');
  const versions = offers.filter(({ fact }) => fact.role === 'version');
  const common = { ...aboutTls(at), expected: EXPECTED };
  const weak = suites.filter(({ fact }) => (weakClasses(fact.name) ?? []).length > 0);
  if (weak.length > 0) {
    const classes = WEAK_CLASSES.map((words) => ({
      words,
      of: weak.filter(({ fact }) => weakClasses(fact.name)?.includes(words)),
    })).filter(({ of }) => of.length > 0);
    yield {
      ...common,
      verdict: 'fail',
      strength: 'conclusive',
      because: `${name} accepts weak suites${inVersions(weak)}: ${listed(classes.map(({ words, of }) => example(words, of)))}.`,
      remedy: 'Accept only suites that RFC 9325, section 4.2, recommends.',
      basis: ids(weak),
    };
    return;
  }
  const attempts = tlsAttempts(seen, 'offer', at);
  const looked = tlsLooked(seen, 'offer', at, isAbout);
  if (looked === 'open') return; // the judge adds the gap
  const open = openIn(versions, suites);
  if (looked === 'settled' && suites.length > 0 && open.length === 0) {
    const conditions = (['static-rsa', 'cbc'] as const)
      .map((condition) => ({ condition, of: suites.filter(({ fact }) => conditionsOf(fact.name).includes(condition)) }))
      .filter(({ of }) => of.length > 0);
    const also = conditions.map(({ condition, of }) => `${namesOf(of).length} ${REFUSABLE[condition]}`);
    const count = namesOf(suites).length;
    yield {
      ...common,
      verdict: 'pass',
      because: `${name} accepts ${count === 1 ? 'one suite, and it' : `${count} suites, and none`} is ${count === 1 ? 'not ' : ''}weak${also.length > 0 ? ` (${listed(also)})` : ''}.`,
      conditions: conditions.map(({ condition }) => condition),
      basis: ids(suites, attempts),
    };
  } else
    yield {
      ...common,
      verdict: 'inconclusive',
      because:
        looked === 'never'
          ? `Nobody asked which suites ${name} accepts.`
          : open.length > 0
            ? `${name}: ${listed(open)}.`
            : `${name} accepted no suite that it was asked for.`,
      basis: ids(looked === 'never' ? at.place.services : attempts, offers),
    };
}

export default defineCheck({
  id: 'tls-ciphers-strong',
  version: '1.0.0',
  title: 'No weak cipher suite is accepted',
  theme: 'transport',
  needs: ['offer', 'service', 'port'],
  protocols: QUIC_TOO,
  offers: isAbout,
  *judge(view) {
    const all = tlsPlaces(view.seen, 'offer', LAYERS);
    for (const at of all.places) yield* judgePlace(view, at);
    yield* besides(view, all, EXPECTED);
  },
});
