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

export interface Plan {
  /** Due on this service, in order. */
  readonly candidates: readonly Candidate[];
  /** Ids of all that this list has for the service, in order: of the vendor, and the others. */
  readonly matched: readonly string[];
  readonly common: readonly string[];
}

const COMMON_PASSWORDS = ['', 'admin', 'password', '1234', '12345', '123456', 'root'];
const ACCOUNTS = ['admin', 'root', 'user', 'guest'];
/** Where an account is at home: there it is tried first, because the budget may not reach further. */
const HOME: Record<string, readonly string[]> = {
  root: ['ssh', 'telnet'],
  admin: ['http', 'rtsp', 'ftp', 'mqtt'],
  user: ['http', 'rtsp', 'ftp', 'mqtt'],
  guest: ['http', 'rtsp', 'ftp', 'mqtt'],
};
/** Protocols whose secret is no account's password: only entries made for them fit, and no account can be locked. */
const OWN_ENTRIES_ONLY = new Set(['snmp']);

/** Whether tries on this service count against an account of the device. */
export const countsForAccount = (protocol: string): boolean => !OWN_ENTRIES_ONLY.has(protocol);

const words = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();
const mentions = (evidence: string, name: string | undefined): boolean => {
  const needle = name === undefined ? '' : words(name);
  return needle.length >= 3 && ` ${evidence} `.includes(` ${needle} `);
};

const fits = (entry: CredentialEntry, protocol: string): boolean =>
  entry.protocol === undefined ? !OWN_ENTRIES_ONLY.has(protocol) : entry.protocol === protocol;

const rank = (entry: CredentialEntry, protocol: string, matched: boolean): number => {
  if (matched) return 0;
  // An entry of a vendor that this device does not show itself to be says nothing special of the protocol.
  if (entry.protocol === protocol && entry.vendor === undefined) return 1;
  if (entry.password === entry.user) return 2;
  const common = COMMON_PASSWORDS.indexOf(entry.password);
  return common === -1 ? 10 : 3 + common;
};
const accountRank = (user: string): number => {
  const index = ACCOUNTS.indexOf(user);
  return index === -1 ? ACCOUNTS.length : index;
};

/**
 * Plans which candidates go to which service of one component, in the order of the catalogue: by rank (entries of the
 * vendor that the device shows itself to be, then those made for the protocol, then the commonest forms), then by
 * service, each account first where it is at home. The budget of an account is shared by all services. Pure, so that
 * two runs of one device try the same.
 *
 * @param evidence what the device says of itself: banners, titles, realms, vendor names.
 * @param remaining failures that may still be risked for an account; Infinity where nothing locks.
 * @param cap attempts at most on one service.
 */
export const planCandidates = (
  services: readonly LoginService[],
  list: CredentialList,
  evidence: readonly string[],
  remaining: (account: string) => number,
  cap: number,
): Map<string, Plan> => {
  const said = words(evidence.join(' '));
  const due = services.map((service) => {
    const entries = list.entries
      .map((entry, index) => ({ entry, index, matched: mentions(said, entry.vendor) || mentions(said, entry.product) }))
      .filter(({ entry }) => fits(entry, service.protocol))
      .map((row) => ({ ...row, rank: rank(row.entry, service.protocol, row.matched) }))
      .sort((a, b) => a.rank - b.rank || accountRank(a.entry.user) - accountRank(b.entry.user) || a.index - b.index);
    return { service, entries, chosen: [] as Candidate[] };
  });
  const turns = due
    .flatMap((row, order) =>
      row.entries.map((item, position) => ({
        row,
        order,
        position,
        item,
        home: HOME[item.entry.user]?.includes(row.service.protocol) ? 0 : 1,
      })),
    )
    .sort(
      (a, b) =>
        a.item.rank - b.item.rank ||
        accountRank(a.item.entry.user) - accountRank(b.item.entry.user) ||
        a.item.index - b.item.index ||
        a.home - b.home ||
        a.order - b.order,
    );
  const left = new Map<string, number>();
  for (const { row, item } of turns) {
    const { id, user, password } = item.entry;
    if (row.chosen.length >= cap) continue;
    if (countsForAccount(row.service.protocol)) {
      const failures = left.get(user) ?? remaining(user);
      if (failures <= 0) continue;
      left.set(user, failures - 1);
    }
    row.chosen.push({ id, user, secret: password });
  }
  return new Map(
    due.map(({ service, entries, chosen }) => [
      service.key,
      {
        candidates: chosen,
        matched: entries.filter((row) => row.matched).map((row) => row.entry.id),
        common: entries.filter((row) => !row.matched).map((row) => row.entry.id),
      },
    ]),
  );
};
