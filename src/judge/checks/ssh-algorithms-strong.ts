import type { FactOf } from '../../model/fact.ts';
import { POLICY_ROLES, type Policy, type PolicyRole, policySays } from '../../model/policy.ts';
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

type View = CheckView<'offer' | 'weakness' | 'service' | 'port'>;
type Offer = SeenFact<'offer'>;
type Role = FactOf<'offer'>['role'];

const EXPECTED = 'No algorithm is offered that is known to be weak, and each that is offered is known.';

/** What a server says of itself in its KEXINIT; a list without one of these was not read whole. */
const ROLES: readonly Role[] = ['kex', 'host-key', 'cipher', 'mac'];
/** Names at most in one sentence. */
const NAMED = 40;

const STRICT = 'kex-strict-s-v00@openssh.com';

/**
 * What shows that the prefix of a connection can be cut off unseen (CVE-2023-48795), attempt by attempt: by the attempt's
 * own word, which tells directions apart; where it has none, as in runs in which nobody asked for the flaw by its name, by
 * its lists: ChaCha20-Poly1305, or CBC with encrypt-then-MAC, is offered and strict key exchange is not.
 */
const terrapin = (offers: readonly Offer[], flaws: readonly SeenFact<'weakness'>[]): readonly { id: string }[] =>
  [...new Set(offers.map(({ attempt }) => attempt))].flatMap((attempt): readonly { readonly id: string }[] => {
    const told = flaws.filter((each) => each.attempt === attempt && each.fact.name === 'terrapin');
    if (told.length > 0) return told.filter(({ fact }) => fact.present);
    const of = (role: Role) => offers.filter((each) => each.attempt === attempt && each.fact.role === role);
    if (ROLES.some((role) => of(role).length === 0) || of('kex').some(({ fact }) => fact.name === STRICT)) return [];
    const chacha = of('cipher').filter(({ fact }) => /^chacha20-poly1305(@openssh\.com)?$/.test(fact.name));
    const cbc = of('cipher').filter(({ fact }) => /-cbc\b/i.test(fact.name));
    const etm = of('mac').filter(({ fact }) => /-etm@openssh\.com$/.test(fact.name));
    return [...chacha, ...(cbc.length > 0 && etm.length > 0 ? [...cbc, ...etm] : [])];
  });

/** What a policy makes of a server's offers: the weak ones by their reason, and those that it does not name. */
interface Held {
  readonly weak: ReadonlyMap<string, readonly Offer[]>;
  readonly unnamed: readonly Offer[];
}

const heldTo = (policy: Policy, offers: readonly Offer[]): Held => {
  const weak = new Map<string, Offer[]>();
  const unnamed: Offer[] = [];
  const add = (reason: string, offer: Offer): void => {
    weak.set(reason, [...(weak.get(reason) ?? []), offer]);
  };
  for (const offer of offers) {
    const { role, name, bits } = offer.fact;
    if (role === 'group') {
      const { leastGroup: least } = policy;
      if (least === undefined || bits === undefined) unnamed.push(offer);
      else if (bits < least.bits) add(`${least.why}; ${least.source}`, offer);
    } else if ((POLICY_ROLES as readonly string[]).includes(role)) {
      const says = policySays(policy, role as PolicyRole, name);
      if (says.is === 'weak') add(`${says.why}; ${says.source}`, offer);
      else if (says.is === 'unnamed') unnamed.push(offer);
    } else unnamed.push(offer);
  }
  return { weak, unnamed };
};

/** Whether nothing is weak but a banner of both versions, and the old one was not shown to be spoken. */
const onlyBanner = (offers: readonly Offer[], weak: readonly Offer[]): boolean => {
  const isOf = (version: string) => (offer: Offer) => offer.fact.role === 'version' && offer.fact.name === version;
  return weak.length > 0 && weak.every(isOf('SSH-1.99')) && !offers.some(isOf('SSH-1.5'));
};

/** `aes128-cbc and aes256-cbc`; of a group the method that gives it, and how large it is. */
const namesText = (offers: readonly Offer[]): string => {
  const names = [
    ...new Set(
      offers.map(({ fact: { role, name, bits } }) =>
        role === 'group' ? `${name.slice(0, 80)} with ${bits ?? 'an unknown number of'} bits` : name.slice(0, 80),
      ),
    ),
  ];
  return listed(names.length > NAMED ? [...names.slice(0, NAMED), `${names.length - NAMED} more`] : names);
};

function* judgePlace({ seen, policies = [] }: View, place: Place): Generator<FindingDraft> {
  const name = serviceText('ssh', place);
  const policy = policies.find((one) => one.policy.protocol === 'ssh')?.policy;
  const offers = factsAt(seen, 'offer', place).filter(({ fact }) => fact.protocol === 'ssh');
  const of = (role: Role): readonly Offer[] => offers.filter(({ fact }) => fact.role === role);
  const whole = ROLES.every((role) => of(role).length > 0);
  const { weak, unnamed }: Held = policy === undefined ? { weak: new Map(), unnamed: [] } : heldTo(policy, offers);
  const flaws = factsAt(seen, 'weakness', place).filter(({ fact }) => fact.protocol === 'ssh');
  const open = terrapin(offers, flaws);
  const common = { ...about(place, undefined, { protocol: 'ssh' }), expected: EXPECTED };
  const isBannerAlone = onlyBanner(offers, [...weak.values()].flat());
  if (isBannerAlone && open.length === 0) {
    yield {
      ...common,
      verdict: 'fail',
      // Of two versions, the banner is a promise (RFC 4253, 5.1): some devices make it and keep it no more.
      strength: 'indicative',
      because: `${name} says in its banner that it speaks SSH 1 too (SSH-1.99), and was not seen to.`,
      remedy: 'Say SSH-2.0 in the banner, and speak nothing older.',
      basis: ids([...weak.values()].flat(), attemptsAt(seen, 'offer', place)),
    };
    return;
  }
  if (weak.size > 0 || open.length > 0) {
    const reasons = [...weak].map(([reason, same]) => `${namesText(same)} (${reason})`);
    const because = [
      ...(reasons.length > 0 ? [`offers ${listed(reasons)}`] : []),
      ...(open.length > 0 ? ['is open to Terrapin (CVE-2023-48795), for it has no strict key exchange'] : []),
    ];
    yield {
      ...common,
      verdict: 'fail',
      strength: 'conclusive',
      because: `${name} ${listed(because)}.`,
      remedy: 'Offer only what RFC 9142 recommends, groups of 2048 bits and more, and strict key exchange.',
      basis: ids([...weak.values()].flat(), open),
    };
    return;
  }
  const attempts = attemptsAt(seen, 'offer', place);
  const looked = lookedBy(attempts, 'offer');
  if (looked === 'open') return; // the judge adds the gap
  const inconclusive = (because: string, basis: readonly string[]): FindingDraft => ({
    ...common,
    verdict: 'inconclusive',
    because,
    basis: [...basis],
  });
  // A server of SSH 1 alone has no such lists, and was found weak by its version.
  if (looked === 'never') yield inconclusive(`Nobody read what ${name} offers.`, ids(place.services, offers));
  else if (!whole) yield inconclusive(`${name} did not say all that it offers.`, ids(attempts, offers));
  else if (policy === undefined)
    yield inconclusive(
      `No policy was given that says which of the ${offers.length} algorithms of ${name} are weak.`,
      ids(offers),
    );
  else if (unnamed.length > 0)
    yield inconclusive(
      `${name} offers ${namesText(unnamed)}, which the policy ${policy.policy} says nothing of; no other of its algorithms is known to be weak.`,
      ids(unnamed, attempts),
    );
  else
    yield {
      ...common,
      verdict: 'pass',
      because: `Of the ${offers.length} algorithms that ${name} offers, none is known to be weak (policy ${policy.policy}).`,
      basis: ids(offers, attempts),
    };
}

export default defineCheck({
  id: 'ssh-algorithms-strong',
  version: '2.1.0',
  title: 'Only strong SSH algorithms are offered',
  theme: 'transport',
  needs: ['offer', 'service', 'port'],
  reads: ['weakness'],
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
