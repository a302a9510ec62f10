import { type FactKind, type FactOf, WEAKNESSES } from '../model/fact.ts';
import { isOpenFor } from '../model/open.ts';
import type { OpenOffer } from '../model/run.ts';
import type { Item, List, Looked, MarkedFact, Said } from './transport-view.ts';

export type Offer = MarkedFact<'offer'>;

/** Items of one list. */
const MOST_ITEMS = 64;
/** Lists of one line: a device may say that it has a thousand versions. */
const MOST_LISTS = 8;
/** Certificates and keys of one server. */
const MOST_SAID = 6;

/** The facts of a kind that attempts gave. */
export const factsOf = <K extends FactKind>(looked: readonly Looked[], kind: K): MarkedFact<K>[] =>
  looked.flatMap(({ facts }) => facts.filter(({ fact }) => fact.kind === kind)) as unknown as MarkedFact<K>[];

/**
 * Whether each probe that looks for a kind here came to its end with it at least once, as the judge counts it: of offers,
 * with those that are asked about (default: all).
 */
export const isSettled = (looked: readonly Looked[], kind: FactKind, about?: (open: OpenOffer) => boolean): boolean => {
  const those = looked.filter(({ emits }) => emits.includes(kind));
  const settled = new Set(
    those.filter(({ attempt: { outcome } }) => !isOpenFor(outcome, kind, about)).map(({ attempt }) => attempt.probe),
  );
  return those.length > 0 && those.every(({ attempt }) => settled.has(attempt.probe));
};

/** As many items as a list has place for: those on which a failing finding rests are never left out for others. */
export const listOf = (
  title: string,
  all: readonly Item[],
  more: { of?: List['of']; note?: string | undefined } = {},
): List => {
  const unique = [...new Map(all.map((item) => [`${item.name} ${item.note ?? ''}`, item])).values()];
  const weak = unique.filter(({ fails }) => fails !== undefined).slice(0, MOST_ITEMS);
  const rest = new Set([...weak, ...unique.filter(({ fails }) => fails === undefined)].slice(0, MOST_ITEMS));
  const items = unique.filter((item) => rest.has(item));
  return {
    title,
    of: more.of ?? 'offers',
    items,
    more: unique.length - items.length,
    ...(more.note === undefined ? {} : { note: more.note }),
  };
};

export const itemOf = ({ fact, fails }: Offer): Item => ({
  name: fact.name,
  told: 'accepted',
  ...(fact.bits === undefined || fact.role === 'version' ? {} : { note: `${fact.bits} bits` }),
  ...(fails === undefined ? {} : { fails }),
});

export const ofRole = (offers: readonly Offer[], role: FactOf<'offer'>['role']): readonly Offer[] =>
  offers.filter(({ fact }) => fact.role === role);

/** Offers of one role, a list a version, oldest first; what has no version of its own stands last. */
export const byVersion = (
  versions: readonly string[],
  offers: readonly Offer[],
  title: (version: string) => string,
  note: (version: string) => string | undefined,
): List[] => {
  const without = offers.filter(({ fact }) => fact.version === undefined || !versions.includes(fact.version));
  return [
    ...versions.slice(0, MOST_LISTS).map((version) =>
      listOf(title(version), offers.filter(({ fact }) => fact.version === version).map(itemOf), {
        note: note(version),
      }),
    ),
    ...(without.length > 0 ? [listOf('In a version that was not said', without.map(itemOf))] : []),
  ];
};

export const flawsOf = (protocol: string, looked: readonly Looked[]): List => {
  const stated = factsOf(looked, 'weakness').filter(({ fact }) => fact.protocol === protocol);
  // Of pages other flaws are asked for in the clear than over TLS: there, what nobody stated was not asked.
  const known: readonly string[] = protocol === 'http' ? [] : (WEAKNESSES[protocol as keyof typeof WEAKNESSES] ?? []);
  const names = [...new Set([...known, ...stated.map(({ fact }) => fact.name)])];
  const items = names.flatMap((name): Item[] => {
    const of = stated.filter(({ fact }) => fact.name === name);
    const present = of.filter(({ fact }) => fact.present);
    if (present.length === 0) return [{ name, told: of.length > 0 ? 'refused' : 'could not tell' }];
    return present.map(({ fact, fails }) => ({
      name,
      told: 'accepted',
      ...(fact.subject === undefined ? {} : { note: fact.subject }),
      ...(fails === undefined ? {} : { fails }),
    }));
  });
  return listOf('Flaws', items, { of: 'flaws' });
};

export const certificateWords = (fact: FactOf<'certificate'>): string =>
  [
    fact.subject || fact.names[0] || 'no name',
    fact.selfSigned ? 'self-signed' : `issued by ${fact.issuer || 'nobody named'}`,
    `until ${fact.notAfter.slice(0, 10)}`,
    fact.signatureAlgorithm,
    ...(fact.trusted === undefined ? [] : [fact.trusted ? 'trusted' : 'not trusted']),
  ].join(', ');

export const keyWords = ({ algorithm, bits, curve, flaws = [] }: FactOf<'key'>): string =>
  [`${algorithm.toUpperCase()}${bits > 0 ? ` ${bits} bits` : ''}${curve ? ` (${curve})` : ''}`, ...flaws].join(', ');

/** What one line says of facts, each thing once, with the strongest mark that any of them has. */
export const saidOf = <K extends FactKind>(
  facts: readonly MarkedFact<K>[],
  words: (fact: MarkedFact<K>['fact']) => string,
): Said[] => {
  const all = new Map<string, Said>();
  for (const { fact, fails } of facts) {
    const said = words(fact);
    if (all.get(said)?.fails !== 'conclusive')
      all.set(said, fails === undefined ? { words: said } : { words: said, fails });
  }
  const said = [...all.values()];
  return said.length <= MOST_SAID
    ? said
    : [...said.slice(0, MOST_SAID), { words: `and ${said.length - MOST_SAID} more in assessment.json` }];
};

/**
 * One line a channel, of however many facts speak of it: who recognises a service sees that it is in the clear, and who
 * logs in what is taken there. The stronger statement stands: that passwords are taken, or are not.
 */
export const channelsOf = (looked: readonly Looked[]): MarkedFact<'channel'>[] => {
  const groups = new Map<string, MarkedFact<'channel'>[]>();
  for (const one of factsOf(looked, 'channel')) {
    const { protocol, encryption, version, upgrade, to } = one.fact;
    const key = JSON.stringify([protocol, encryption, version, upgrade, to]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((of) => {
    const said = of.flatMap(({ fact }) => fact.credentials ?? []);
    const offered = of.find(({ fact }) => fact.offered !== undefined)?.fact.offered;
    const fails = (of.find((one) => one.fails === 'conclusive') ?? of.find((one) => one.fails))?.fails;
    return {
      fact: {
        ...of[0]!.fact,
        ...(said.length === 0 ? {} : { credentials: said.includes(true) }),
        ...(offered === undefined ? {} : { offered }),
      },
      ...(fails === undefined ? {} : { fails }),
    };
  });
};

export const channelWords = (fact: FactOf<'channel'>): string => {
  const { encryption, version, upgrade, to, offered, credentials } = fact;
  const protocol = fact.protocol === 'ftp-data' ? 'what ftp transfers (ftp-data)' : fact.protocol;
  if (encryption === 'other') return `${protocol} is encrypted by a protocol of its own`;
  if (encryption === protocol) return `${protocol} encrypts what it carries`;
  if (encryption !== 'none') return `${protocol} travels inside ${version ?? encryption.toUpperCase()}`;
  if (version !== undefined) return `${protocol} travels inside ${version} by a suite that encrypts nothing`;
  const taken = credentials === true ? ', passwords too' : '';
  if (upgrade === 'redirect')
    return `${protocol} is in the clear${taken}, and hands over to ${to ?? 'a protected channel'}`;
  if (upgrade === 'starttls') return `${protocol} is in the clear${taken} until TLS has begun, which it asks for`;
  return `${protocol} travels in the clear${taken}${offered === 'starttls' ? '; TLS is offered, and not asked for' : ''}`;
};
