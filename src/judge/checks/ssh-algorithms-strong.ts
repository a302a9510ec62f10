import type { FactOf } from '../../model/fact.ts';
import { type CheckView, defineCheck, type FindingDraft, type SeenFact } from '../check.ts';
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
type Offer = SeenFact<'offer'>;
type Role = FactOf<'offer'>['role'];

const EXPECTED = 'No algorithm is offered that is known to be weak.';

/** By role: what is weak (RFC 9142, RFC 8758, RFC 8332 and RFC 6151). */
const WEAK: Partial<Record<Role, RegExp>> = {
  version: /^SSH-1\./i,
  kex: /sha1\b|group1-/i,
  'host-key': /^ssh-(rsa|dss)(-cert-v0\d@openssh\.com)?$/i,
  cipher: /-cbc\b|^arcfour|3des|blowfish|^cast128|^idea|^des\b|^none$/i,
  mac: /md5|-96\b|^none$/i,
};
/** What a server says of itself in its KEXINIT; a list without one of these was not read whole. */
const ROLES: readonly Role[] = ['kex', 'host-key', 'cipher', 'mac'];

/**
 * The prefix of a connection can be cut off unseen (CVE-2023-48795) where ChaCha20-Poly1305, or CBC with
 * encrypt-then-MAC, is offered and strict key exchange is not.
 */
const terrapin = (of: (role: Role) => readonly Offer[]): readonly Offer[] => {
  if (of('kex').some(({ fact }) => fact.name === 'kex-strict-s-v00@openssh.com')) return [];
  const chacha = of('cipher').filter(({ fact }) => fact.name === 'chacha20-poly1305@openssh.com');
  const cbc = of('cipher').filter(({ fact }) => /-cbc\b/i.test(fact.name));
  const etm = of('mac').filter(({ fact }) => /-etm@openssh\.com$/.test(fact.name));
  return [...chacha, ...(cbc.length > 0 && etm.length > 0 ? [...cbc, ...etm] : [])];
};

function* judgePlace({ seen }: View, place: Place): Generator<FindingDraft> {
  const name = serviceText('ssh', place);
  const offers = factsAt(seen, 'offer', place).filter(({ fact }) => fact.protocol === 'ssh');
  const of = (role: Role): readonly Offer[] => offers.filter(({ fact }) => fact.role === role);
  const weak = offers.filter(({ fact }) => WEAK[fact.role]?.test(fact.name) ?? false);
  const whole = ROLES.every((role) => of(role).length > 0);
  const open = whole ? terrapin(of) : [];
  const common = { ...about(place, undefined, { protocol: 'ssh' }), expected: EXPECTED };
  if (weak.length > 0 || open.length > 0) {
    const names = [...new Set(weak.map(({ fact }) => fact.name.slice(0, 80)))];
    const because = [
      ...(names.length > 0 ? [`offers ${listed(names)}`] : []),
      ...(open.length > 0 ? ['is open to Terrapin, for it has no strict key exchange'] : []),
    ];
    yield {
      ...common,
      verdict: 'fail',
      strength: 'conclusive',
      because: `${name} ${listed(because)}.`,
      remedy: 'Offer only what RFC 9142 recommends, and strict key exchange.',
      basis: ids(weak, open),
    };
    return;
  }
  const attempts = attemptsAt(seen, 'offer', place);
  const looked = lookedBy(attempts, 'offer');
  if (looked === 'open') return; // the judge adds the gap
  if (looked === 'settled' && whole)
    yield {
      ...common,
      verdict: 'pass',
      because: `Of the ${offers.length} algorithms that ${name} offers, none is known to be weak.`,
      basis: ids(offers, attempts),
    };
  else
    yield {
      ...common,
      verdict: 'inconclusive',
      because: looked === 'never' ? `Nobody read what ${name} offers.` : `${name} did not say all that it offers.`,
      basis: ids(looked === 'never' ? place.services : attempts, offers),
    };
}

export default defineCheck({
  id: 'ssh-algorithms-strong',
  version: '1.0.0',
  title: 'Only strong SSH algorithms are offered',
  theme: 'transport',
  needs: ['offer', 'service', 'port'],
  protocols: ['ssh'],
  *judge(view) {
    const { seen } = view;
    const offers = seen.facts('offer').filter(({ fact }) => fact.protocol === 'ssh');
    let found = false;
    for (const place of placesOf(seen, offers)) {
      const offered = factsAt(seen, 'offer', place).some(({ fact }) => fact.protocol === 'ssh');
      if (!offered && !place.services.some(({ fact }) => fact.protocol === 'ssh')) continue;
      found = true;
      yield* judgePlace(view, place);
    }
    if (!found) yield* notThere(view, 'SSH service', EXPECTED, { transports: ['tcp'] });
  },
});
