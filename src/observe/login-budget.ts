import type { CredentialCoverage } from '../model/run.ts';
import { type CredentialList, countsForAccount, type Plan, type PlannedCandidate } from './candidates.ts';
import type { Allowance, LoginLedger } from './ledger.ts';
import type { CandidateSource, LoginBudget } from './probe.ts';

/** One service's share of the device's login budget, as its probe sees it. */
export interface ServiceBudget {
  readonly login: LoginBudget;
  readonly credentials: CandidateSource;
  /** What was tried, for the attempt; undefined where the list has nothing for this protocol. */
  coverage(): CredentialCoverage | undefined;
}

/** What the services of one device know of each other: which logins are under way, and what was seen to be locked. */
export class DeviceLogins {
  /** By service, the account whose login was sent last and has no answer yet, as far as is known. */
  readonly #underway = new Map<string, string>();
  /** The first service that locked an account, or all logins (the key `undefined`). */
  readonly #first = new Map<string | undefined, string>();

  sent(service: string, account: string): void {
    this.#underway.set(service, account);
  }

  answered(service: string): void {
    this.#underway.delete(service);
  }

  underway(service: string, account: string): boolean {
    return [...this.#underway].some(([where, whose]) => where !== service && whose === account);
  }

  /** A lock is seldom one service's own. */
  locked(service: string, account?: string): void {
    if (!this.#first.has(account)) this.#first.set(account, service);
  }

  lockedElsewhere(service: string, account?: string): string | undefined {
    const first = this.#first.get(account);
    return first === service ? undefined : first;
  }
}

export interface ServiceBudgetOptions {
  readonly ledger: LoginLedger;
  /** The device's key in the ledger, and this service's: `tcp/22`. */
  readonly device: string;
  readonly service: string;
  readonly protocol: string;
  readonly allowance: Allowance;
  /** Logins at most on this service; Infinity where nothing locks. */
  readonly cap: number;
  readonly plan: Plan | undefined;
  readonly list: CredentialList;
  /** Accounts that exist or may: only these are worth remembering over runs. */
  readonly known: ReadonlySet<string>;
  readonly shared?: DeviceLogins;
}

const why = (plan: Plan | undefined, protocol: string): string => {
  if (plan === undefined || plan.matched.length + plan.common.length === 0)
    return `the list of default credentials has nothing for ${protocol}`;
  return (
    'the failures that may be risked for each account are used up by other services of this device or by earlier runs; ' +
    'declare its lock policy (`logins: { lock: none }` or `{ after: 5, for: 15m }`), or say that it was reset (`probity logins reset`), to have this service tested'
  );
};

/** Ids of entries that were not tried, of each kind, that an attempt names at most: lists are long, and it says how many more. */
const UNTRIED_NAMED = 200;

/** The ids that were tried and the first of those that were not, in order. */
const named = (ids: readonly string[], tried: ReadonlySet<string>): string[] => {
  let left = UNTRIED_NAMED;
  return ids.filter((id) => tried.has(id) || left-- > 0);
};

/**
 * What was tried out of what. Of a long list, only the first entries that were not tried are named: enough for any
 * criterion that asks for all of the vendor's, or for so many common ones.
 */
const coverageOf = (plan: Plan, list: CredentialList, tried: ReadonlySet<string>): CredentialCoverage => {
  const [matched, common] = [named(plan.matched, tried), named(plan.common, tried)];
  const unnamed = plan.matched.length + plan.common.length - matched.length - common.length;
  return {
    list: list.digest,
    matched,
    common,
    tried: [...matched, ...common].filter((id) => tried.has(id)),
    ...(unnamed === 0 ? {} : { unnamed }),
  };
};

/** The budget and the candidates of one service, over the ledger. */
export const serviceBudget = (options: ServiceBudgetOptions): ServiceBudget => {
  const { ledger, device, service, protocol, allowance, cap, plan, list, known, shared = new DeviceLogins() } = options;
  const stopped = new Set<string>();
  const tried = new Set<string>();
  let sent = 0;
  // A login without a user's name is nobody's account: it is this service's own.
  const counts = (account: string): boolean => countsForAccount(protocol) && (account === '' || known.has(account));
  const remaining = (account: string): number =>
    ledger.remaining(device, account, allowance, account === '' ? service : undefined);
  return {
    login: {
      allows: (account) => {
        // Whoever asks has the answer to what it sent before.
        shared.answered(service);
        return sent < cap && !stopped.has(account) && (!counts(account) || remaining(account) > 0);
      },
      sent: (account) => {
        sent += 1;
        if (!counts(account)) return;
        shared.sent(service, account);
        ledger.sent(device, account, service);
      },
      succeeded: (account) => {
        shared.answered(service);
        ledger.succeeded(device, account, service, allowance);
      },
      stop: (account) => {
        stopped.add(account);
      },
      underway: (account) => counts(account) && account !== '' && shared.underway(service, account),
      locked: (account) => shared.locked(service, account),
      lockedElsewhere: (account) => (countsForAccount(protocol) ? shared.lockedElsewhere(service, account) : undefined),
    },
    credentials: {
      candidates: plan?.candidates ?? [],
      why: why(plan, protocol),
      tried: (candidate: PlannedCandidate) => {
        for (const id of [candidate.id, ...(candidate.also ?? [])]) tried.add(id);
      },
    },
    coverage: () => {
      // The attempt is over.
      shared.answered(service);
      return plan === undefined ? undefined : coverageOf(plan, list, tried);
    },
  };
};
