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

type View = CheckView<'offer' | 'service' | 'port'>;
type Offer = SeenFact<'offer'>;
type Role = FactOf<'offer'>['role'];

const EXPECTED = 'No algorithm is offered that is known to be weak, and each that is offered is known.';

/** What a server says of itself in its KEXINIT; a list without one of these was not read whole. */
const ROLES: readonly Role[] = ['kex', 'host-key', 'cipher', 'mac'];
/** Names at most in one sentence. */
const NAMED = 40;

/**
 * The prefix of a connection can be cut off unseen (CVE-2023-48795) where ChaCha20-Poly1305, or CBC with
 * encrypt-then-MAC, is offered and strict key exchange is not. By the lists alone, so that runs in which nobody asked
 * for the flaw by its name are told the same.
 */
const terrapin = (of: (role: Role) => readonly Offer[]): readonly Offer[] => {
  if (of('kex').some(({ fact }) => fact.name === 'kex-strict-s-v00@openssh.com')) return [];
  const chacha = of('cipher').filter(({ fact }) => fact.name === 'chacha20-poly1305@openssh.com');
  const cbc = of('cipher').filter(({ fact }) => /-cbc\b/i.test(fact.name));
  const etm = of('mac').filter(({ fact }) => /-etm@openssh\.com$/.test(fact.name));
  return [...chacha, ...(cbc.length > 0 && etm.length > 0 ? [...cbc, ...etm] : [])];
};

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
  const open = whole ? terrapin(of) : [];
  const common = { ...about(place, undefined, { protocol: 'ssh' }), expected: EXPECTED };
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
  version: '2.0.0',
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
