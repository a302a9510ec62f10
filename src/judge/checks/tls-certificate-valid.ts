import type { Component } from '../../model/target.ts';
import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
import { grouped } from '../grouped.ts';
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

type View = CheckView<'certificate' | 'service' | 'port'>;
type Certificate = SeenFact<'certificate'>;
type Strength = 'conclusive' | 'indicative';

const WRAPPINGS = ['tls', 'dtls'];

const EXPECTED = 'The certificate chains to a trusted root, is in date, and names the device.';
const BROKEN_HASH = /md5|md2|sha-?1(?!\d)/i;

interface Doubt {
  readonly what: string;
  readonly strength: Strength;
  readonly about: Certificate;
}

/** What is wrong with a leaf and its chain. Whether self-signed and CA:TRUE are wrong depends on who pins it. */
const doubtsOf = (leaf: Certificate, chain: readonly Certificate[], component: Component): readonly Doubt[] => {
  const { fact } = leaf;
  const doubts: Doubt[] = [];
  const doubt = (what: string, strength: Strength, certificate = leaf): void => {
    doubts.push({ what, strength, about: certificate });
  };
  if (!fact.inDate)
    doubt(
      `is out of date (valid from ${fact.notBefore.slice(0, 10)} to ${fact.notAfter.slice(0, 10)}, seen ${leaf.at.slice(0, 10)})`,
      'conclusive',
    );
  if (fact.nameMatches === false)
    doubt(
      component.names.length > 0
        ? `names none of ${listed(component.names)}`
        : `does not name the address ${leaf.endpoint.host}`,
      component.names.length > 0 ? 'conclusive' : 'indicative',
    );
  if (fact.isCa) doubt('is a CA certificate', fact.selfSigned ? 'indicative' : 'conclusive');
  if (fact.chain === 'broken') doubt('comes with a chain in which a signature does not verify', 'conclusive');
  // The signature of a self-signed certificate protects nothing, whatever its hash (CRITERIA A.2).
  for (const each of [leaf, ...chain.filter((other) => other.fact.position > 0)])
    if (!each.fact.selfSigned && BROKEN_HASH.test(each.fact.signatureAlgorithm))
      doubt(
        `${each === leaf ? 'is' : 'comes with an issuer that is'} signed with ${each.fact.signatureAlgorithm}`,
        'conclusive',
        each,
      );
  if (fact.trusted === false) doubt('does not chain to the given trust anchors', 'conclusive');
  else if (fact.trusted === undefined && fact.selfSigned)
    doubt('is self-signed, and no trust anchor was given', 'indicative');
  return doubts;
};

function* judgeLeaf(
  { component }: View,
  place: Place,
  same: readonly Certificate[],
  chain: readonly Certificate[],
): Generator<FindingDraft> {
  const leaf = same[0]!;
  const { fact } = leaf;
  const name = `The certificate "${fact.subject.slice(0, 120)}" of ${serviceText('tls', place)}`;
  const doubts = doubtsOf(leaf, chain, component);
  const common = { ...about(place, fact.sha256.slice(0, 16)), expected: EXPECTED };
  if (doubts.length > 0)
    yield {
      ...common,
      verdict: 'fail',
      strength: doubts.some(({ strength }) => strength === 'conclusive') ? 'conclusive' : 'indicative',
      conditions: fact.trusted === undefined ? [] : ['against-declared-or-given-trust'],
      because: `${name} ${listed(doubts.map(({ what }) => what))}.`,
      remedy: 'Issue a certificate that names the device from a root that its clients trust, and renew it in time.',
      basis: ids(
        same,
        doubts.map((each) => each.about),
      ),
    };
  else if (fact.trusted === undefined)
    yield {
      ...common,
      verdict: 'inconclusive',
      because: `${name} has no fault but that no trust anchor was given to hold it to.`,
      basis: ids(same),
    };
  else if (fact.nameMatches === undefined)
    yield {
      ...common,
      verdict: 'inconclusive',
      because: `${name} is trusted, but no name is known to hold it to.`,
      basis: ids(same),
    };
  else
    yield {
      ...common,
      verdict: 'pass',
      because: `${name} is trusted, in date until ${fact.notAfter.slice(0, 10)}, and names the device.`,
      basis: ids(same),
      ...(component.declares.trust === undefined ? {} : { restsOn: 'declaration' as const }),
    };
}

function* judgePlace(view: View, place: Place): Generator<FindingDraft> {
  const chain = factsAt(view.seen, 'certificate', place);
  const leaves = chain.filter(({ fact }) => fact.position === 0);
  for (const same of grouped(leaves, ({ fact }) => fact.sha256).values())
    yield* judgeLeaf(
      view,
      place,
      same,
      chain.filter(({ attempt }) => attempt === same[0]!.attempt),
    );
  if (leaves.length > 0) return;
  const attempts = attemptsAt(view.seen, 'certificate', place);
  const looked = lookedBy(attempts, 'certificate');
  if (looked === 'open') return; // the judge adds the gap
  const wrapping = place.services.filter(({ fact }) => WRAPPINGS.includes(fact.protocol));
  yield {
    ...about(place),
    verdict: 'inconclusive',
    because: `${serviceText(wrapping[0]?.fact.protocol ?? 'tls', place)} showed no certificate${looked === 'never' ? ', for nobody asked for it' : ''}.`,
    expected: EXPECTED,
    basis: ids(wrapping, chain, attempts),
  };
}

export default defineCheck({
  id: 'tls-certificate-valid',
  version: '1.0.0',
  title: 'Certificates are valid',
  theme: 'transport',
  needs: ['certificate', 'service', 'port'],
  protocols: WRAPPINGS,
  *judge(view) {
    const { seen } = view;
    const places = placesOf(seen, seen.facts('certificate')).filter(
      (place) =>
        place.services.some(({ fact }) => WRAPPINGS.includes(fact.protocol)) ||
        factsAt(seen, 'certificate', place).length > 0,
    );
    for (const place of places) yield* judgePlace(view, place);
    if (places.length === 0) yield* notThere(view, 'TLS or DTLS service', EXPECTED);
  },
});
