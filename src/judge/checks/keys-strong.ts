import type { FactOf } from '../../model/fact.ts';
import { type CheckView, defineCheck, type FindingDraft } from '../check.ts';
import { grouped } from '../grouped.ts';
import { about, attemptsAt, factsAt, ids, lookedBy, notThere, type Place, placesOf, serviceText } from './place.ts';

type View = CheckView<'key' | 'service' | 'port'>;

const KEYED = ['tls', 'dtls', 'ssh'];

const EXPECTED = 'Keys are RSA or DH of 2048 bits and more, EC of 224 bits and more, or Edwards curves.';

/** Least bits of 112 bits of strength (NIST SP 800-57 part 1, table 2). */
const LEAST: Partial<Record<FactOf<'key'>['algorithm'], number>> = { rsa: 2048, dh: 2048, ec: 224 };

/** What is wrong with a key, in words; `unknown` where that cannot be told. */
const judgedKey = ({ algorithm, bits, exponent }: FactOf<'key'>): { weak?: string; unknown?: string } => {
  if (algorithm === 'dsa') return { weak: 'a DSA key' };
  if (algorithm === 'rsa' && exponent !== undefined && /^(0x)?0*1$/i.test(exponent))
    return { weak: 'an RSA key with the exponent 1' };
  const least = LEAST[algorithm];
  if (algorithm === 'other') return { unknown: 'a key of a kind that is not known' };
  if (least !== undefined && bits === 0) return { unknown: `${algorithm.toUpperCase()} key of unknown size` };
  if (least !== undefined && bits < least) return { weak: `a key of ${bits} bits ${algorithm.toUpperCase()}` };
  return {};
};

function* judgePlace({ seen }: View, place: Place): Generator<FindingDraft> {
  const keys = factsAt(seen, 'key', place).filter(({ fact }) => fact.use !== 'signing');
  for (const same of grouped(
    keys,
    ({ fact }) => `${fact.use} ${fact.algorithm} ${fact.bits} ${fact.exponent}`,
  ).values()) {
    const { use, algorithm, bits } = same[0]!.fact;
    const name = serviceText(use === 'tls' ? 'tls' : 'ssh', place);
    const { weak, unknown } = judgedKey(same[0]!.fact);
    const common = { ...about(place, `${use}-${algorithm}-${bits}`), expected: EXPECTED, basis: ids(same) };
    if (weak !== undefined)
      yield {
        ...common,
        verdict: 'fail',
        strength: 'conclusive',
        because: `${name} uses ${weak}.`,
        remedy: 'Make a new key: Ed25519, EC with P-256, or RSA of 3072 bits.',
      };
    else if (unknown !== undefined) yield { ...common, verdict: 'inconclusive', because: `${name} uses ${unknown}.` };
    else
      yield { ...common, verdict: 'pass', because: `${name} uses a key of ${bits} bits ${algorithm.toUpperCase()}.` };
  }
  if (keys.length > 0) return;
  const attempts = attemptsAt(seen, 'key', place);
  const looked = lookedBy(attempts, 'key');
  if (looked === 'open') return; // the judge adds the gap
  const keyed = place.services.filter(({ fact }) => KEYED.includes(fact.protocol));
  yield {
    ...about(place),
    verdict: 'inconclusive',
    because: `No key of ${serviceText(keyed[0]!.fact.protocol, place)} was seen.`,
    expected: EXPECTED,
    basis: ids(keyed, attempts),
  };
}

export default defineCheck({
  id: 'keys-strong',
  version: '1.0.0',
  title: 'Keys are strong',
  theme: 'transport',
  needs: ['key', 'service', 'port'],
  protocols: KEYED,
  *judge(view) {
    const { seen } = view;
    const keys = seen.facts('key').filter(({ fact }) => fact.use !== 'signing');
    const places = placesOf(seen, keys).filter(
      (place) =>
        place.services.some(({ fact }) => KEYED.includes(fact.protocol)) ||
        factsAt(seen, 'key', place).some(({ fact }) => fact.use !== 'signing'),
    );
    for (const place of places) yield* judgePlace(view, place);
    if (places.length === 0) yield* notThere(view, 'service with a key', EXPECTED);
  },
});
