import type { Candidate } from './probe.ts';

/** One entry of a list of default credentials, as loaded. `password: ''` is the empty password. */
export interface CredentialEntry {
  readonly id: string;
  readonly vendor?: string;
  readonly product?: string;
  /** Only for this protocol; absent: any that takes a user and a password. */
  readonly protocol?: string;
  readonly user: string;
  readonly password: string;
}

export interface CredentialList {
  readonly digest: string;
  readonly name: string;
  readonly entries: readonly CredentialEntry[];
}

/** A login service of the component. `key` is `tcp/22`; several services of one component are planned together. */
export interface LoginService {
  readonly key: string;
  readonly protocol: string;
}

/** A candidate, with the other entries that say the same words: one login answers for them all. */
export interface PlannedCandidate extends Candidate {
  readonly also?: readonly string[];
}

export interface Plan {
  /** Due on this service, in order. */
  readonly candidates: readonly PlannedCandidate[];
  /** Ids of all that this list has for the service, in order: of the vendor, and the others. */
  readonly matched: readonly string[];
  readonly common: readonly string[];
}

const COMMON_PASSWORDS = ['', 'admin', 'password', '1234', '12345', '123456', 'root'];
const ACCOUNTS = ['admin', 'root', 'user', 'guest'];
const WEB = ['http', 'rtsp', 'ftp', 'mqtt'];
/** Where an account is at home: there it is tried first, because the budget may not reach further. */
const HOME: Record<string, readonly string[]> = {
  root: ['ssh', 'telnet', 'mysql'],
  admin: WEB,
  user: WEB,
  guest: WEB,
  postgres: ['postgresql'],
};
/** Protocols whose secret is no account's password: only entries made for them fit, and no account can be locked. */
const OWN_ENTRIES_ONLY = new Set(['snmp', 'dtls']);
/** Protocols that ask for a password alone: whatever user an entry has, its password is tried, each once. */
const PASSWORD_ONLY = new Set(['vnc', 'redis']);

/** Whether tries on this service count against an account of the device. */
export const countsForAccount = (protocol: string): boolean => !OWN_ENTRIES_ONLY.has(protocol);

const words = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();

/** Whether what a device says mentions a name, as whole words; each name is looked for once. */
const mentioning = (evidence: readonly string[]): ((name: string | undefined) => boolean) => {
  const said = ` ${evidence.map(words).join(' | ')} `;
  const known = new Map<string, boolean>();
  return (name) => {
    if (name === undefined) return false;
    const before = known.get(name);
    if (before !== undefined) return before;
    const needle = words(name);
    const mentioned = needle.length >= 3 && said.includes(` ${needle} `);
    known.set(name, mentioned);
    return mentioned;
  };
};

const fits = (entry: CredentialEntry, protocol: string): boolean =>
  entry.protocol === undefined ? !OWN_ENTRIES_ONLY.has(protocol) : entry.protocol === protocol;

const sharesNoAccount = (protocol: string): boolean => !countsForAccount(protocol) || PASSWORD_ONLY.has(protocol);

const userAt = (entry: CredentialEntry, protocol: string): string => (PASSWORD_ONLY.has(protocol) ? '' : entry.user);

const MATCHED = 0;
const LAST_RANK = 10;
const rank = (entry: CredentialEntry, protocol: string, matched: boolean): number => {
  if (matched) return MATCHED;
  // An entry of a vendor that this device does not show itself to be says nothing special of the protocol.
  if (entry.protocol === protocol && entry.vendor === undefined) return 1;
  if (entry.password === entry.user && !PASSWORD_ONLY.has(protocol)) return 2;
  const common = COMMON_PASSWORDS.indexOf(entry.password);
  return common === -1 ? LAST_RANK : 3 + common;
};
const accountRank = (user: string): number => {
  const index = ACCOUNTS.indexOf(user);
  return index === -1 ? ACCOUNTS.length : index;
};

/** Entries of a list at most, so that rank, account and place in the list are one number. */
export const MOST_ENTRIES = 2 ** 24;
const keyOf = (rank: number, user: string, index: number): number =>
  (rank * (ACCOUNTS.length + 1) + accountRank(user)) * MOST_ENTRIES + index;
const indexOf = (key: number): number => key % MOST_ENTRIES;
const isMatched = (key: number): boolean => key < keyOf(MATCHED + 1, ACCOUNTS[0]!, 0);

/** The entries that fit a protocol, in order, as numbers: lists are long, and many services speak the same. */
const ordered = (list: CredentialList, protocol: string, mentions: (name: string | undefined) => boolean) => {
  const keys = new Float64Array(list.entries.length);
  let count = 0;
  list.entries.forEach((entry, index) => {
    if (!fits(entry, protocol)) return;
    const matched = mentions(entry.vendor) || mentions(entry.product);
    keys[count++] = keyOf(rank(entry, protocol, matched), userAt(entry, protocol), index);
  });
  return keys.subarray(0, count).sort();
};

const wordsOf = (entry: CredentialEntry, protocol: string): string => `${userAt(entry, protocol)}\0${entry.password}`;

/** One protocol of the component: its order without entries that say the same words as an earlier one, and its services. */
class Turn {
  readonly protocol: string;
  readonly matched: readonly string[];
  readonly common: readonly string[];
  readonly #list: CredentialList;
  readonly #keys: Float64Array;
  /** By its words: the candidate, made when it is first due. */
  readonly #made = new Map<string, PlannedCandidate & { also?: string[] }>();
  readonly #firsts: Float64Array;
  #at = 0;

  constructor(list: CredentialList, protocol: string, mentions: (name: string | undefined) => boolean) {
    this.protocol = protocol;
    this.#list = list;
    this.#keys = ordered(list, protocol, mentions);
    const idsOf = (keys: Float64Array): string[] => Array.from(keys, (key) => list.entries[indexOf(key)]!.id);
    const matched = this.#keys.findIndex((key) => !isMatched(key));
    const end = matched === -1 ? this.#keys.length : matched;
    this.matched = idsOf(this.#keys.subarray(0, end));
    this.common = idsOf(this.#keys.subarray(end));
    const seen = new Set<string>();
    this.#firsts = this.#keys.filter((key) => {
      const said = wordsOf(list.entries[indexOf(key)]!, protocol);
      return !seen.has(said) && seen.add(said) !== undefined;
    });
  }

  /** The key of what is due next; Infinity where nothing is left. */
  get next(): number {
    return this.#firsts[this.#at] ?? Number.POSITIVE_INFINITY;
  }

  pass(): void {
    this.#at += 1;
  }

  candidate(entry: CredentialEntry): PlannedCandidate {
    const said = wordsOf(entry, this.protocol);
    const made = this.#made.get(said) ?? { id: entry.id, user: userAt(entry, this.protocol), secret: entry.password };
    this.#made.set(said, made);
    return made;
  }

  /** Names, beside each candidate, the other entries that say its words. */
  name(): void {
    for (const key of this.#keys) {
      const entry = this.#list.entries[indexOf(key)]!;
      const made = this.#made.get(wordsOf(entry, this.protocol));
      if (made === undefined || made.id === entry.id) continue;
      made.also ??= [];
      made.also.push(entry.id);
    }
  }
}

/**
 * Plans which candidates go to which service of one component, in the order of the catalogue: by rank (entries of the
 * vendor that the device shows itself to be, then those made for the protocol, then the commonest forms), then by
 * service, each account first where it is at home. Words that several entries say are sent once. The budget of an
 * account is shared by all services; the account without a name is each service's own. Pure, so that two runs of one
 * device try the same.
 *
 * @param evidence what the device says of itself: banners, titles, realms, vendor names.
 * @param remaining failures that may still be risked for an account at a service; Infinity where nothing locks.
 * @param cap candidates at most on one service.
 */
export const planCandidates = (
  services: readonly LoginService[],
  list: CredentialList,
  evidence: readonly string[],
  remaining: (account: string, service: LoginService) => number,
  cap: number,
): Map<string, Plan> => {
  const mentions = mentioning(evidence);
  const turns = [...new Set(services.map(({ protocol }) => protocol))].map(
    (protocol) => new Turn(list, protocol, mentions),
  );
  const chosen = new Map(services.map(({ key }) => [key, [] as PlannedCandidate[]]));
  let open = services.filter(() => cap > 0);
  const left = new Map<string, number>();
  while (open.length > 0) {
    const key = turns.reduce((least, turn) => Math.min(least, turn.next), Number.POSITIVE_INFINITY);
    if (key === Number.POSITIVE_INFINITY) break;
    const due = new Map(turns.filter((turn) => turn.next === key).map((turn) => [turn.protocol, turn]));
    for (const turn of due.values()) turn.pass();
    const entry = list.entries[indexOf(key)]!;
    // Nothing to share out any more: not every service is asked for every entry of a long list.
    if (left.get(entry.user) === 0 && ![...due.keys()].some(sharesNoAccount)) continue;
    let isFull = false;
    for (const service of atHomeFirst(open, entry.user, due)) {
      const user = userAt(entry, service.protocol);
      if (countsForAccount(service.protocol)) {
        const account = user === '' ? `\0${service.key}` : user;
        const failures = left.get(account) ?? remaining(user, service);
        left.set(account, Math.max(0, failures - 1));
        if (failures <= 0) continue;
      }
      const planned = chosen.get(service.key)!;
      planned.push(due.get(service.protocol)!.candidate(entry));
      isFull ||= planned.length >= cap;
    }
    if (isFull) open = open.filter((service) => chosen.get(service.key)!.length < cap);
  }
  const plans = new Map(turns.map((turn) => [turn.protocol, turn]));
  for (const turn of turns) turn.name();
  return new Map(
    services.map(({ key, protocol }) => {
      const { matched, common } = plans.get(protocol)!;
      return [key, { candidates: chosen.get(key)!, matched, common }];
    }),
  );
};

const atHomeFirst = (
  services: readonly LoginService[],
  user: string,
  due: ReadonlyMap<string, unknown>,
): LoginService[] => {
  const here = services.filter(({ protocol }) => due.has(protocol));
  const isHome = ({ protocol }: LoginService): boolean => HOME[user]?.includes(protocol) ?? false;
  return [...here.filter(isHome), ...here.filter((service) => !isHome(service))];
};
