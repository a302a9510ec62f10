import type { FactOf, KEY_FLAWS } from '../../model/fact.ts';
import type { Strength } from '../../model/verdict.ts';
import { defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { grouped } from '../grouped.ts';
import { about, attemptsAt, factsAt, ids, lookedBy, notThere, type Place, placesOf, serviceText } from './place.ts';
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
import { provedWithout } from './tls-proof.ts';

type View = TlsView<'key' | 'offer' | 'certificate'>;
type Key = SeenFact<'key'>;

const EXPECTED = 'Keys are RSA or DH of 2048 bits and more, EC of 224 bits and more, or Edwards curves.';
const REMEDY = 'Make a new key: Ed25519, EC with P-256, or RSA of 3072 bits.';

/** Least bits of 112 bits of strength (NIST SP 800-57 part 1, table 2). */
const LEAST: Partial<Record<FactOf<'key'>['algorithm'], number>> = { rsa: 2048, dh: 2048, ec: 224 };

const FLAWS: Readonly<Record<(typeof KEY_FLAWS)[number], string>> = {
  'exponent-one': 'an RSA key with the exponent 1',
  roca: 'an RSA key whose private half can be computed (ROCA, CVE-2017-15361)',
  'close-primes': "an RSA key whose primes are so close that Fermat's method finds them",
  'small-factor': 'an RSA key with a small factor',
  debian: 'a key of a generator that had 32,767 of them (CVE-2008-0166)',
};

/** What is wrong with the size of a key, in words; `unknown` where that cannot be told. */
const judgedSize = ({
  algorithm,
  bits,
}: Pick<FactOf<'key'>, 'algorithm' | 'bits'>): { weak?: string; unknown?: string } => {
  if (algorithm === 'dsa') return { weak: 'a DSA key' };
  const least = LEAST[algorithm];
  if (algorithm === 'other') return { unknown: 'a key of a kind that is not known' };
  if (least !== undefined && bits === 0) return { unknown: `${algorithm.toUpperCase()} key of unknown size` };
  if (least !== undefined && bits < least) return { weak: `a key of ${bits} bits ${algorithm.toUpperCase()}` };
  return {};
};

/** The same, with its numbers and the lists of keys that anybody has. */
const judgedKey = ({ knownKeys = [] }: View, fact: FactOf<'key'>): { weak?: string; unknown?: string } => {
  const { algorithm, exponent, flaws = [], use, sha256 } = fact;
  const flaw = flaws[0];
  if (flaw !== undefined) return { weak: FLAWS[flaw] };
  if (algorithm === 'rsa' && exponent !== undefined && /^(0x)?0*[01]$/i.test(exponent))
    return { weak: FLAWS['exponent-one'] };
  const size = judgedSize(fact);
  if (size.weak !== undefined) return size;
  const known = knownKeys.flatMap(({ keys }) => keys).find((key) => key.use === use && key.sha256 === sha256);
  if (known !== undefined)
    return { weak: `the key of ${known.of}, whose private half is published (${known.id}; ${known.source})` };
  return size;
};

/** A service whose keys are judged: where it stands, and what it is called. */
interface Keyed {
  readonly name: string;
  about(subject?: string): Pick<FindingDraft, 'about' | 'run'>;
}

function* judgeKeys(view: View, { name, about }: Keyed, keys: readonly Key[]): Generator<FindingDraft> {
  const alike = ({ fact }: Key): string => {
    const { use, algorithm, bits, exponent, flaws = [] } = fact;
    return [use, algorithm, bits, exponent, ...flaws, judgedKey(view, fact).weak].join(' ');
  };
  for (const same of grouped(keys, alike).values()) {
    const { use, algorithm, bits, flaws = [] } = same[0]!.fact;
    const { weak, unknown } = judgedKey(view, same[0]!.fact);
    const subject = [use, algorithm, bits, ...flaws].join('-');
    const common = { ...about(subject), expected: EXPECTED, basis: ids(same) };
    if (weak !== undefined)
      yield {
        ...common,
        verdict: 'fail',
        strength: 'conclusive',
        because: `${name} uses ${weak}.`,
        remedy: REMEDY,
      };
    else if (unknown !== undefined) yield { ...common, verdict: 'inconclusive', because: `${name} uses ${unknown}.` };
    else
      yield { ...common, verdict: 'pass', because: `${name} uses a key of ${bits} bits ${algorithm.toUpperCase()}.` };
  }
}

/** Authorities that came with a leaf: whoever has such a key can make certificates that are believed. */
function* judgeIssuers({ seen }: View, at: TlsPlace): Generator<FindingDraft> {
  const issuers = tlsFacts(seen, 'certificate', at).filter(
    ({ fact }) => fact.publicKey !== undefined && fact.inChain !== false,
  );
  for (const same of grouped(issuers, ({ fact }) => JSON.stringify(fact.publicKey)).values()) {
    const { algorithm, bits } = same[0]!.fact.publicKey!;
    const { weak } = judgedSize({ algorithm, bits });
    if (weak !== undefined)
      yield {
        ...aboutTls(at, `issuer-${algorithm}-${bits}`),
        expected: EXPECTED,
        basis: ids(same),
        verdict: 'fail',
        strength: 'conclusive',
        because: `${at.name} presents an issuer with ${weak}.`,
        remedy: 'Issue the certificate from an authority with a strong key.',
      };
  }
}

const CURVE = /^(sec[pt]|x25519$|x448$|brainpool|explicit-|GC\d|curveSM2$)/i;
const EPHEMERAL = /_DHE_|_DH_anon_/;
const isOld = ({ fact }: SeenFact<'offer'>): boolean => fact.version !== 'TLS 1.3' && fact.version !== 'DTLS 1.3';

/** The least bits of a group, and how certain it is that somebody gets it: a server picks its prime, a client the curve. */
const SIZES: Readonly<Record<'dh' | 'ec', readonly [least: number, words: string, strength: Strength]>> = {
  dh: [2048, 'Diffie-Hellman', 'conclusive'],
  ec: [224, 'a curve', 'indicative'],
};

/** Ephemeral keys: the groups that a server agrees keys in. Those that are not weak are worth no finding. */
function* judgeGroups(
  { name, about }: Keyed,
  offers: readonly SeenFact<'offer'>[],
  isSettled: boolean,
): Generator<FindingDraft> {
  const groups = offers.filter(({ fact }) => fact.role === 'group' && fact.bits !== undefined);
  const isCurve = ({ fact }: SeenFact<'offer'>): boolean => CURVE.test(fact.name);
  for (const kind of ['dh', 'ec'] as const) {
    const [least, words, strength] = SIZES[kind];
    const weak = groups.filter((each) => isCurve(each) === (kind === 'ec') && each.fact.bits! < least);
    for (const same of grouped(weak, ({ fact }) => `${fact.bits}`).values()) {
      const { bits, name: group } = same[0]!.fact;
      yield {
        ...about(`group-${kind}-${bits}`),
        expected: EXPECTED,
        basis: ids(same),
        verdict: 'fail',
        strength,
        because: `${name} agrees keys by ${words} of ${bits} bits (${group.slice(0, 80)}).`,
        remedy: 'Agree keys by X25519 or P-256, or by Diffie-Hellman of 2048 bits and more.',
      };
    }
  }
  const suites = offers.filter((each) => each.fact.role === 'suite' && isOld(each) && EPHEMERAL.test(each.fact.name));
  if (isSettled && suites.length > 0 && !groups.some((each) => isOld(each) && !isCurve(each)))
    yield {
      ...about('group-dh'),
      expected: EXPECTED,
      basis: ids(suites),
      verdict: 'inconclusive',
      because: `${name} agrees keys by Diffie-Hellman, and nobody saw of how many bits.`,
    };
}

function* judgeTls(view: View, at: TlsPlace): Generator<FindingDraft> {
  const { seen } = view;
  const service: Keyed = { name: at.name, about: (subject) => aboutTls(at, subject) };
  const keys = tlsFacts(seen, 'key', at);
  yield* judgeKeys(view, service, keys);
  yield* judgeIssuers(view, at);
  const offers = tlsFacts(seen, 'offer', at);
  yield* judgeGroups(service, offers, tlsLooked(seen, 'offer', at) === 'settled');
  const looked = tlsLooked(seen, 'key', at);
  if (keys.length > 0 || looked === 'open') return; // the judge adds the gap
  const proved = looked === 'settled' ? provedWithout(view, at) : undefined;
  const common = {
    ...service.about(),
    expected: EXPECTED,
    basis: ids(at.place.services, tlsAttempts(seen, 'key', at), proved?.suites ?? []),
  };
  if (proved?.by === 'pre-shared')
    yield {
      ...common,
      verdict: 'not-applicable',
      because: `${at.name} has no key of its own: it accepts pre-shared keys alone.`,
    };
  else yield { ...common, verdict: 'inconclusive', because: `No key of ${at.name} was seen.` };
}

function* judgeSsh(view: View, place: Place): Generator<FindingDraft> {
  const { seen } = view;
  const name = serviceText('ssh', place);
  const service: Keyed = { name, about: (subject) => about(place, subject) };
  const keys = factsAt(seen, 'key', place).filter(({ fact }) => fact.use === 'ssh-host');
  yield* judgeKeys(view, service, keys);
  yield* judgeGroups(
    service,
    factsAt(seen, 'offer', place).filter(({ fact }) => fact.protocol === 'ssh'),
    false,
  );
  const attempts = attemptsAt(seen, 'key', place);
  if (keys.length > 0 || lookedBy(attempts, 'key') === 'open') return; // the judge adds the gap
  const services = place.services.filter(({ fact }) => fact.protocol === 'ssh');
  yield {
    ...service.about(),
    verdict: 'inconclusive',
    because: `No key of ${name} was seen.`,
    expected: EXPECTED,
    basis: ids(services, attempts),
  };
}

export default defineCheck({
  id: 'keys-strong',
  version: '1.1.0',
  title: 'Keys are strong',
  theme: 'transport',
  needs: ['key', 'offer', 'service', 'port'],
  reads: ['certificate'],
  protocols: [...QUIC_TOO, 'ssh'],
  *judge(view) {
    const { seen } = view;
    const all = tlsPlaces(seen, 'key', LAYERS);
    const hosts = seen.facts('key').filter(({ fact }) => fact.use === 'ssh-host');
    const ssh = placesOf(seen, hosts).filter(
      (place) =>
        place.services.some(({ fact }) => fact.protocol === 'ssh') ||
        factsAt(seen, 'key', place).some(({ fact }) => fact.use === 'ssh-host'),
    );
    for (const at of all.places) yield* judgeTls(view, at);
    for (const place of ssh) yield* judgeSsh(view, place);
    // What may go on in TLS and was not asked is said by all checks of it; that nothing has a key, here.
    yield* besides(view, { ...all, open: true }, EXPECTED);
    if (all.places.length + all.unasked.length + ssh.length === 0 && !all.open)
      yield* notThere(view, 'service with a key', EXPECTED, { basis: ids(all.without) });
  },
});
