import type { FactOf } from '../../model/fact.ts';
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

type View = TlsView<'key' | 'offer'>;
type Other = View['others'][number];
type Key = SeenFact<'key'>;

const EXPECTED = 'No other device has the same private key.';
const OWN_KEYS = 'Have each device make its own keys when it is first started or reset.';
/** A service whose keys are compared: where it stands, and what it is called. */
interface Keyed {
  readonly name: string;
  about(subject?: string): Pick<FindingDraft, 'about' | 'run'>;
}

/** Two runs are of two samples only if both declare a serial number and these differ (CRITERIA A.2). */
const isOtherSample = (view: View, { item }: Other): boolean =>
  item.serial !== undefined &&
  view.seen.runs.every(({ item: own }) => own.serial !== undefined && own.serial !== item.serial);

const isOtherModel = (view: View, { item }: Other): boolean =>
  item.model !== undefined &&
  view.seen.runs.every(({ item: own }) => own.model !== undefined && own.model !== item.model);

/**
 * Another run of the sample itself, of which a key tells nothing: a certificate that was renewed for the same key, say. Two
 * models number their samples each for themselves.
 */
const isSameSample = (view: View, other: Other): boolean =>
  other.item.serial !== undefined &&
  view.seen.runs.every(({ item: own }) => own.serial === other.item.serial) &&
  !isOtherModel(view, other);

/** That two models differ says nothing of two samples of one: only these can show that keys are made per device. */
const isSameModel = (view: View, { item }: Other): boolean =>
  item.model !== undefined && view.seen.runs.every(({ item: own }) => own.model === item.model);

/** SHA-256 of nothing: an empty key is no key. */
const NOTHING = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const isKey = ({ fact }: Key): boolean => fact.use !== 'signing' && fact.sha256 !== NOTHING;

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

function* judgeKey(view: View, at: Keyed, seen: readonly Key[]): Generator<FindingDraft> {
  const { fact, endpoint } = seen[0]!;
  const name = `The ${fact.algorithm} key of ${at.name}`;
  const common = { ...at.about(`${fact.use}-${fact.algorithm}`), expected: EXPECTED, basis: ids(seen) };
  const shared = sharedByDesign(view, fact);
  if (shared?.strength === 'conclusive') {
    yield { ...common, verdict: 'fail', ...shared, because: `${name} ${shared.because}`, remedy: OWN_KEYS };
    return;
  }
  const shares = (other: Other): boolean =>
    other.keys.some((key) => seen.some((own) => own.fact.sha256 === key.fact.sha256));
  const others = view.others.filter((other) => !isSameSample(view, other));
  const sharing = others.filter(shares);
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
  // Only a key of the same kind at the same port can be compared: that an RSA key is no ECDSA key says nothing, and neither
  // does the key of another service where the one of this was not read.
  const isComparable = (key: Other['keys'][number]): boolean =>
    key.fact.use === fact.use &&
    key.fact.algorithm === fact.algorithm &&
    key.endpoint.transport === endpoint.transport &&
    key.endpoint.port === endpoint.port;
  const compared = others.filter(
    (other) => isOtherSample(view, other) && isSameModel(view, other) && other.keys.some(isComparable),
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

/** Each key once, whatever showed it. */
function* judgeKeys(view: View, at: Keyed, keys: readonly Key[]): Generator<FindingDraft> {
  for (const same of grouped(keys, ({ fact }) => `${fact.use} ${fact.algorithm} ${fact.sha256}`).values())
    yield* judgeKey(view, at, same);
}

/** A service that has a key which nobody saw. */
const unseen = (at: Keyed, basis: string[]): FindingDraft => ({
  ...at.about(),
  verdict: 'inconclusive',
  because: `No key of ${at.name} was seen.`,
  expected: EXPECTED,
  basis,
});

function* judgeTls(view: View, at: TlsPlace): Generator<FindingDraft> {
  const { seen } = view;
  const keys = tlsFacts(seen, 'key', at).filter(isKey);
  const service: Keyed = { name: at.name, about: (subject) => aboutTls(at, subject) };
  yield* judgeKeys(view, service, keys);
  const looked = tlsLooked(seen, 'key', at);
  if (keys.length > 0 || looked === 'open') return; // the judge adds the gap
  const proved = looked === 'settled' ? provedWithout(view, at) : undefined;
  const basis = ids(at.place.services, tlsAttempts(seen, 'key', at), proved?.suites ?? []);
  if (proved?.by === 'pre-shared')
    yield {
      ...unseen(service, basis),
      verdict: 'not-applicable',
      because: `${at.name} has no key of its own: it accepts pre-shared keys alone.`,
    };
  else yield unseen(service, basis);
}

function* judgeSsh(view: View, place: Place): Generator<FindingDraft> {
  const { seen } = view;
  const keys = factsAt(seen, 'key', place).filter((key) => key.fact.use === 'ssh-host' && isKey(key));
  const service: Keyed = { name: serviceText('ssh', place), about: (subject) => about(place, subject) };
  yield* judgeKeys(view, service, keys);
  const services = place.services.filter(({ fact }) => fact.protocol === 'ssh');
  const attempts = attemptsAt(seen, 'key', place);
  if (keys.length > 0 || services.length === 0 || lookedBy(attempts, 'key') === 'open') return; // the judge adds the gap
  yield unseen(service, ids(services, attempts));
}

export default defineCheck({
  id: 'keys-unique-per-device',
  version: '1.2.0',
  title: 'Each device has keys of its own',
  theme: 'access',
  needs: ['key', 'service', 'port'],
  reads: ['offer'],
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
