import type { Item } from './transport-view.ts';
import type { Offer } from './transport-view-lists.ts';

/** Suites in the order in which a browser of today asks for them; what it never asks for is not here. */
const MODERN_SUITES: readonly string[] = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  ...['AES_128_GCM_SHA256', 'AES_256_GCM_SHA384', 'CHACHA20_POLY1305_SHA256'].flatMap((cipher) => [
    `TLS_ECDHE_ECDSA_WITH_${cipher}`,
    `TLS_ECDHE_RSA_WITH_${cipher}`,
  ]),
];
const MODERN_GROUPS: readonly string[] = ['X25519MLKEM768', 'x25519', 'secp256r1', 'secp384r1'];

interface Weakest {
  readonly weakest?: string;
}
interface Modern {
  readonly modern?: string;
}

const named = (offers: readonly Offer[], role: Offer['fact']['role'], version: string): readonly Offer[] =>
  offers.filter(({ fact }) => fact.role === role && fact.version === version);

/** The first by an order, else the first there is. */
const preferred = (all: readonly Offer[], order: readonly string[]): Offer | undefined =>
  order.flatMap((name) => all.filter(({ fact }) => fact.name === name))[0] ?? all[0];

/** The end of a sentence about a list that may not be whole. */
const unless = (settled: boolean): string => (settled ? '' : ' (of what was seen)');

/**
 * What a client gets that can do nothing better: the oldest version, and in it a suite on which a failing finding rests,
 * else the one that the server likes least. Where only a newer version has such a suite, it gets that.
 */
export const weakestOf = (versions: readonly Item[], offers: readonly Offer[], settled: boolean): Weakest => {
  const accepted = versions.filter(({ told }) => told === 'accepted');
  const [oldest] = accepted;
  if (oldest === undefined) return {};
  const failing = (version: string): readonly Offer[] =>
    named(offers, 'suite', version).filter(({ fails }) => fails !== undefined);
  const worse =
    oldest.fails === undefined && failing(oldest.name).length === 0
      ? accepted.find(({ name }) => failing(name).length > 0)
      : undefined;
  const version = worse ?? oldest;
  const suite = failing(version.name)[0] ?? named(offers, 'suite', version.name).at(-1);
  return { weakest: `${version.name}${suite === undefined ? '' : `, ${suite.fact.name}`}${unless(settled)}` };
};

/**
 * What a client of today gets: the newest version, its first suite in the server's order or, where that is not known, in
 * the client's, and the group. It takes nothing on which a failing finding rests.
 */
export const modernOf = (
  versions: readonly Item[],
  offers: readonly Offer[],
  { settled, preferring }: { settled: boolean; preferring: (version: string) => boolean },
): Modern => {
  const newest = versions.filter(({ told }) => told === 'accepted').at(-1);
  if (newest === undefined) return {};
  if (newest.fails !== undefined)
    return { modern: `nothing: it speaks no version as old as ${newest.name}${unless(settled)}` };
  const all = named(offers, 'suite', newest.name);
  const sound = all.filter(({ fails }) => fails === undefined);
  if (all.length > 0 && sound.length === 0)
    return { modern: `nothing: it takes none of the suites of ${newest.name}${unless(settled)}` };
  const suite = preferring(newest.name) ? sound[0] : preferred(sound, MODERN_SUITES);
  const exchanges = suite === undefined || !/^TLS_(RSA|PSK)_/.test(suite.fact.name);
  const groups = named(offers, 'group', newest.name).filter(({ fails }) => fails === undefined);
  const group = exchanges ? preferred(groups, MODERN_GROUPS) : undefined;
  return {
    modern: `${[newest.name, suite?.fact.name, group?.fact.name].filter((word) => word !== undefined).join(', ')}${unless(settled)}`,
  };
};

const SSH_ROLES = ['kex', 'host-key', 'cipher', 'mac'] as const;

const ofSsh = (offers: readonly Offer[], pick: (of: readonly Offer[]) => Offer | undefined): string | undefined => {
  const names = SSH_ROLES.flatMap((role) => {
    const one = pick(offers.filter(({ fact }) => fact.role === role && !/^(kex-strict|ext-info)-/.test(fact.name)));
    return one === undefined ? [] : [one.fact.name];
  });
  return names.length === 0 ? undefined : names.join(', ');
};

/** Of each list what a failing finding rests on, else the last. */
export const weakestSsh = (offers: readonly Offer[]): Weakest => {
  const weakest = ofSsh(offers, (of) => of.find(({ fails }) => fails !== undefined) ?? of.at(-1));
  return weakest === undefined ? {} : { weakest };
};

/** Of each list the first on which no failing finding rests, in the order in which the server sent it. */
export const modernSsh = (offers: readonly Offer[]): Modern => {
  const modern = ofSsh(offers, (of) => of.find(({ fails }) => fails === undefined));
  return modern === undefined ? {} : { modern };
};
