import type { CredentialCoverage } from '../model/run.ts';
import { type CredentialList, countsForAccount, type Plan } from './candidates.ts';
import type { Allowance, LoginLedger } from './ledger.ts';
import type { CandidateSource, LoginBudget } from './probe.ts';

/** One service's share of the device's login budget, as its probe sees it. */
export interface ServiceBudget {
  readonly login: LoginBudget;
  readonly credentials: CandidateSource;
  /** What was tried, for the attempt; undefined where the list has nothing for this protocol. */
  coverage(): CredentialCoverage | undefined;
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
}

const why = (plan: Plan | undefined, protocol: string): string => {
  if (plan === undefined || plan.matched.length + plan.common.length === 0)
    return `the list of default credentials has nothing for ${protocol}`;
  return (
    'the failures that may be risked for each account are used up by other services of this device or by earlier runs; ' +
    'declare its lock policy (`logins: { lock: none }` or `{ after: 5, for: 15m }`), or say that it was reset (`probity logins reset`), to have this service tested'
  );
};

/** The budget and the candidates of one service, over the ledger. */
export const serviceBudget = (options: ServiceBudgetOptions): ServiceBudget => {
  const { ledger, device, service, protocol, allowance, cap, plan, list, known } = options;
  const stopped = new Set<string>();
  const tried = new Set<string>();
  let sent = 0;
  return {
    login: {
      allows: (account) =>
        sent < cap &&
        !stopped.has(account) &&
        (!countsForAccount(protocol) || !known.has(account) || ledger.remaining(device, account, allowance) > 0),
      sent: (account) => {
        sent += 1;
        if (countsForAccount(protocol) && known.has(account)) ledger.sent(device, account, service);
      },
      succeeded: (account) => ledger.succeeded(device, account, service),
      stop: (account) => {
        stopped.add(account);
      },
    },
    credentials: {
      candidates: plan?.candidates ?? [],
      why: why(plan, protocol),
      tried: (candidate) => {
        tried.add(candidate.id);
      },
    },
    coverage: () =>
      plan === undefined
        ? undefined
        : {
            list: list.digest,
            matched: [...plan.matched],
            common: [...plan.common],
            tried: [...plan.matched, ...plan.common].filter((id) => tried.has(id)),
          },
  };
};
