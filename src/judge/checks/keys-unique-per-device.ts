import type { FactOf } from '../../model/fact.ts';
import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { grouped } from '../grouped.ts';
import { about, attemptsAt, factsAt, ids, lookedBy, notThere, type Place, placesOf, serviceText } from './place.ts';

type View = CheckView<'key' | 'service' | 'port'>;
type Other = View['others'][number];

const KEYED = ['tls', 'dtls', 'ssh'];

const EXPECTED = 'No other device has the same private key.';
const OWN_KEYS = 'Have each device make its own keys when it is first started or reset.';
const USE: Readonly<Record<FactOf<'key'>['use'], string>> = { tls: 'tls', 'ssh-host': 'ssh', signing: 'signing' };

/** Two runs are of two samples only if both declare a serial number and these differ (CRITERIA A.2). */
const isOtherSample = (view: View, { item }: Other): boolean =>
  item.serial !== undefined &&
  view.seen.runs.every(({ item: own }) => own.serial !== undefined && own.serial !== item.serial);

const isOtherModel = (view: View, { item }: Other): boolean =>
  item.model !== undefined &&
  view.seen.runs.every(({ item: own }) => own.model !== undefined && own.model !== item.model);

/** That two models differ says nothing of two samples of one: only these can show that keys are made per device. */
const isSameModel = (view: View, { item }: Other): boolean =>
  item.model !== undefined && view.seen.runs.every(({ item: own }) => own.model === item.model);

/** SHA-256 of nothing: an empty key is no key. */
const NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const isKey = ({ fact }: SeenFact<'key'>): boolean => fact.use !== 'signing' && fact.sha256 !== NOTHING;

/** What is published is everybody's; what another component of the product has too is no device's own. */
const sharedByDesign = (
  { knownKeys = [], siblings = [] }: View,
  { use, sha256 }: FactOf<'key'>,
): Pick<FindingDraft, 'strength' | 'because'> | undefined => {
  const known = knownKeys.flatMap(({ keys }) => keys).find((key) => key.use === use && key.sha256 === sha256);
  if (known !== undefined)
    return {
      strength: 'conclusive',
      because: `is the key of ${known.of}, whose private half is published (${known.id}; ${known.source}).`,
    };
  const sibling = siblings.find(({ fact }) => fact.use === use && fact.sha256 === sha256);
  return sibling === undefined
    ? undefined
    : // Two components may be two names of one device.
      { strength: 'indicative', because: `is also the key of the component "${sibling.component}".` };
};

function* judgeKey(view: View, place: Place, seen: readonly SeenFact<'key'>[]): Generator<FindingDraft> {
  const { fact } = seen[0]!;
  const name = `The ${fact.algorithm} key of ${serviceText(USE[fact.use], place)}`;
  const common = { ...about(place, `${fact.use}-${fact.algorithm}`), expected: EXPECTED, basis: ids(seen) };
  const shared = sharedByDesign(view, fact);
  if (shared?.strength === 'conclusive') {
    yield { ...common, verdict: 'fail', ...shared, because: `${name} ${shared.because}`, remedy: OWN_KEYS };
    return;
  }
  const shares = (other: Other): boolean =>
    other.keys.some((key) => seen.some((own) => own.fact.sha256 === key.fact.sha256));
  const sharing = view.others.filter(shares);
  const samples = sharing.filter((other) => isOtherSample(view, other));
  const models = sharing.filter((other) => isOtherModel(view, other));
  if (samples.length > 0 || models.length > 0) {
    const [proven] = [...samples, ...models];
    yield {
      ...common,
      verdict: 'fail',
      strength: samples.length > 0 ? 'conclusive' : 'indicative',
      because: `${name} is also the key of ${samples.length > 0 ? `the sample with serial number "${proven!.item.serial}"` : `the model "${proven!.item.model}"`} (run ${proven!.run}).`,
      remedy: OWN_KEYS,
    };
    return;
  }
  if (shared !== undefined) {
    yield { ...common, verdict: 'fail', ...shared, because: `${name} ${shared.because}`, remedy: OWN_KEYS };
    return;
  }
  if (sharing.length > 0) {
    yield {
      ...common,
      verdict: 'inconclusive',
      because: `${name} was also seen in run ${sharing[0]!.run}, but no two serial numbers say that it was another sample.`,
    };
    return;
  }
  // Only a key of the same kind can be compared: that an RSA key is no ECDSA key says nothing.
  const compared = view.others.filter(
    (other) =>
      isOtherSample(view, other) &&
      isSameModel(view, other) &&
      other.keys.some((key) => key.fact.use === fact.use && key.fact.algorithm === fact.algorithm),
  );
  if (compared.length === 0)
    yield { ...common, verdict: 'inconclusive', because: `${name} was seen on one sample of this model only.` };
  else
    yield {
      ...common,
      verdict: 'pass',
      because: `${name} differs from the keys of ${compared.length} other ${compared.length === 1 ? 'sample' : 'samples'} of this model.`,
      coverage: { tried: compared.length + 1, of: compared.length + 1, what: 'samples' },
    };
}

/** A service that has a key which nobody saw. */
function* judgeUnseen({ seen }: View, place: Place): Generator<FindingDraft> {
  const keyed = place.services.filter(({ fact }) => KEYED.includes(fact.protocol));
  const attempts = attemptsAt(seen, 'key', place);
  if (keyed.length === 0 || lookedBy(attempts, 'key') === 'open') return; // the judge adds the gap
  yield {
    ...about(place),
    verdict: 'inconclusive',
    because: `No key of ${serviceText(keyed[0]!.fact.protocol, place)} was seen.`,
    expected: EXPECTED,
    basis: ids(keyed, attempts),
  };
}

export default defineCheck({
  id: 'keys-unique-per-device',
  version: '1.1.0',
  title: 'Each device has keys of its own',
  theme: 'access',
  needs: ['key', 'service', 'port'],
  protocols: KEYED,
  *judge(view) {
    const { seen } = view;
    const keys = seen.facts('key').filter(isKey);
    for (const place of placesOf(seen, keys)) {
      const here = factsAt(seen, 'key', place).filter(isKey);
      for (const same of grouped(here, ({ fact }) => `${fact.use} ${fact.algorithm} ${fact.sha256}`).values())
        yield* judgeKey(view, place, same);
      if (here.length === 0) yield* judgeUnseen(view, place);
    }
    if (keys.length === 0 && seen.services(...KEYED).length === 0)
      yield* notThere(view, 'service with a key', EXPECTED);
  },
});
