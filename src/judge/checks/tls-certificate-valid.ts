import { defineCheck, type FindingDraft } from '../check.ts';
import { grouped } from '../grouped.ts';
import { ids, listed } from './place.ts';
import { type Certificate, type Chain, chainsOf, type Doubt, doubtsOf, toldOf } from './tls-certificate-doubts.ts';
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

type View = TlsView<'certificate' | 'offer'>;

const EXPECTED = 'The certificate chains to a trusted root, is in date, and names the device.';

/** What keeps a leaf without a doubt from being good; undefined for nothing. */
const lacks = ({ fact }: Certificate, nameless: boolean): string | undefined => {
  if (fact.inDate === undefined)
    return "is in date or not, which cannot be told: the tester's clock stands before this tool was made";
  if (fact.trusted === undefined) return 'has no fault but that no trust anchor was given to hold it to';
  if (fact.nameMatches === undefined && !nameless) return 'is trusted, but no name is known to hold it to';
  return undefined;
};

/**
 * What is wrong with a leaf wherever it was seen, each doubt once: a client may be the one that gets the chain that was
 * seen last. That no anchor was given is no doubt where one was, in another run.
 */
const doubtsOfAll = (chains: readonly Chain[], names: readonly string[]): readonly Doubt[] => {
  const isHeld = chains.some(({ leaf }) => leaf.fact.trusted !== undefined);
  const held = (chain: Chain): Chain =>
    isHeld && chain.leaf.fact.trusted === undefined
      ? { ...chain, leaf: { ...chain.leaf, fact: { ...chain.leaf.fact, trusted: true } } }
      : chain;
  const doubts = chains.flatMap((chain) => doubtsOf(held(chain), names));
  return [...grouped(doubts, ({ what }) => what).values()].map(([first]) => first!);
};

/** One leaf, with every chain that it was seen with. */
function* judgeLeaf(
  { component }: View,
  at: TlsPlace,
  chains: readonly Chain[],
  isOtherNamed: boolean,
): Generator<FindingDraft> {
  const same = chains.map((each) => each.leaf);
  // What one run could not tell, another may have.
  const chain = chains.find((each) => lacks(each.leaf, false) === undefined) ?? chains[0]!;
  const { leaf } = chain;
  const { fact } = leaf;
  // Shown to who gives no name, beside another that is shown to who does: its clients give none, or it has none.
  const nameless = component.names.length > 0 && fact.nameMatches === undefined && isOtherNamed;
  const whom = nameless ? ', shown to who gives no name,' : '';
  const name = `The certificate "${fact.subject.slice(0, 120)}" of ${at.name}${whom}`;
  const told = [...new Set(chains.flatMap(toldOf))];
  const more = told.length > 0 ? ` (${listed(told)})` : '';
  const doubts = doubtsOfAll(chains, component.names);
  const common = { ...aboutTls(at, fact.sha256.slice(0, 16)), expected: EXPECTED };
  const lacking = lacks(leaf, nameless);
  if (doubts.length > 0)
    yield {
      ...common,
      verdict: 'fail',
      strength: !nameless && doubts.some(({ strength }) => strength === 'conclusive') ? 'conclusive' : 'indicative',
      conditions: fact.trusted === undefined ? [] : ['against-declared-or-given-trust'],
      because: `${name} ${listed(doubts.map(({ what }) => what))}${more}.`,
      remedy: 'Issue a certificate that names the device from a root that its clients trust, and renew it in time.',
      basis: ids(
        same,
        doubts.map(({ about }) => about),
      ),
    };
  else if (lacking !== undefined)
    yield { ...common, verdict: 'inconclusive', because: `${name} ${lacking}${more}.`, basis: ids(same) };
  else
    yield {
      ...common,
      verdict: 'pass',
      because: `${name} is trusted, in date until ${fact.notAfter.slice(0, 10)}${nameless ? '' : ', and names the device'}${more}.`,
      basis: ids(same),
      ...(component.declares.trust === undefined ? {} : { restsOn: 'declaration' as const }),
    };
}

/** A server that showed no certificate: because it has none, as its suites say, or for reasons that are not known. */
const withoutAny = (view: View, at: TlsPlace): FindingDraft => {
  const { seen } = view;
  const attempts = tlsAttempts(seen, 'certificate', at);
  const looked = tlsLooked(seen, 'certificate', at);
  const proved = looked === 'settled' ? provedWithout(view, at) : undefined;
  const common = {
    ...aboutTls(at),
    expected: EXPECTED,
    basis: ids(at.place.services, attempts, proved?.suites ?? []),
  };
  if (proved?.by === 'pre-shared')
    return {
      ...common,
      verdict: 'not-applicable',
      because: `${at.name} has no certificate: it accepts pre-shared keys alone, by which both sides prove themselves.`,
    };
  const why = proved
    ? ': it accepts anonymous suites alone, so that nothing proves which server it is'
    : looked === 'never'
      ? ', for nobody asked for it'
      : '';
  return { ...common, verdict: 'inconclusive', because: `${at.name} showed no certificate${why}.` };
};

function* judgePlace(view: View, at: TlsPlace): Generator<FindingDraft> {
  const { seen } = view;
  const certificates = tlsFacts(seen, 'certificate', at);
  const chains = [...grouped(certificates, ({ run, attempt }) => `${run} ${attempt.id}`).values()].flatMap(chainsOf);
  const isNamed = chains.some(({ leaf }) => leaf.fact.nameMatches !== undefined);
  for (const same of grouped(chains, ({ leaf }) => leaf.fact.sha256).values())
    yield* judgeLeaf(view, at, same, isNamed);
  if (chains.length > 0 || tlsLooked(seen, 'certificate', at) === 'open') return; // the judge adds the gap
  yield withoutAny(view, at);
}

export default defineCheck({
  id: 'tls-certificate-valid',
  version: '1.1.0',
  title: 'Certificates are valid',
  theme: 'transport',
  needs: ['certificate', 'service', 'port'],
  reads: ['offer'],
  protocols: QUIC_TOO,
  *judge(view) {
    const all = tlsPlaces(view.seen, 'certificate', LAYERS);
    for (const at of all.places) yield* judgePlace(view, at);
    yield* besides(view, all, EXPECTED);
  },
});
