import * as fs from 'node:fs';
import { z } from 'zod';
import type { LockPolicy } from '../model/target.ts';
import { StoreError, writeWhole } from './run-store.ts';

/** `logins.json`: times (ISO, UTC) of the failures in a row, by device key, account and service. */
const Ledger = z.strictObject({
  schema: z.literal(1),
  devices: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.array(z.iso.datetime())))),
});
type Ledger = z.infer<typeof Ledger>;

/** Failures in a row that are allowed for an account where nothing is declared: the common lock is at 3 or 5. */
export const UNDECLARED_BUDGET = 2;

/** Times at most that are kept for an account at a service: the largest `--login-budget`. */
const MOST_TIMES = 10_000;

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `15m`, `1h`, `PT15M`, `P1DT2H`; the schema has checked the form. */
export const durationMs = (text: string): number => {
  const short = /^(\d+)([smhd])$/.exec(text);
  if (short) return Number(short[1]) * UNITS[short[2] as keyof typeof UNITS];
  const iso = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  if (!iso) throw new RangeError(`"${text}" is no duration`);
  return (['d', 'h', 'm', 's'] as const).reduce(
    (sum, unit, index) => sum + Number(iso[index + 1] ?? 0) * UNITS[unit],
    0,
  );
};

/** How many more failures an account may have, over all services of its device. */
export type Allowance = { readonly policy?: LockPolicy; readonly override?: number | 'unlimited' };

/**
 * The ledger of login failures of a results folder. It is written before a login is sent, so that a killed run has
 * counted it. Keys are the declared component id or the MAC: never a leased address.
 */
export class LoginLedger {
  readonly #file: string | undefined;
  readonly #now: () => number;
  #ledger: Ledger;

  /** Without a file, the ledger lives as long as the process. A file that is not ours is a StoreError. */
  constructor(file: string | undefined, now: () => number) {
    this.#file = file;
    this.#now = now;
    this.#ledger = { schema: 1, devices: {} };
    if (file === undefined || !fs.existsSync(file)) return;
    let value: unknown;
    try {
      value = JSON.parse(fs.readFileSync(file, 'utf8'));
    } catch (error) {
      throw new StoreError(
        `Cannot read "${file}": ${(error as Error).message}; expected the ledger of login failures that Probity writes`,
      );
    }
    const ledger = Ledger.safeParse(value);
    if (!ledger.success)
      throw new StoreError(
        `Cannot read "${file}": ${ledger.error.issues[0]?.path.join('.')}: ${ledger.error.issues[0]?.message}; expected the ledger of login failures that Probity writes`,
      );
    this.#ledger = ledger.data;
  }

  #times(device: string, account: string, service: string | undefined): string[] {
    const services = this.#ledger.devices[device]?.[account] ?? {};
    return service === undefined ? Object.values(services).flat() : (services[service] ?? []);
  }

  /**
   * Failures that may still be risked for the account, over all services of the device or at one; Infinity where nothing
   * locks.
   */
  remaining(device: string, account: string, { policy, override }: Allowance, service?: string): number {
    if (override === 'unlimited' || (override === undefined && policy === 'none')) return Number.POSITIVE_INFINITY;
    const times = this.#times(device, account, service);
    if (override !== undefined) return Math.max(0, override - times.length);
    if (policy === undefined || policy === 'none') return Math.max(0, UNDECLARED_BUDGET - times.length);
    const since = policy.for === undefined ? Number.NEGATIVE_INFINITY : this.#now() - durationMs(policy.for);
    return Math.max(0, policy.after - 1 - times.filter((at) => Date.parse(at) > since).length);
  }

  /** Counts a login that may fail, and writes before returning. */
  sent(device: string, account: string, service: string): void {
    const { devices } = this.#ledger;
    const accounts = devices[device] ?? {};
    const services = accounts[account] ?? {};
    services[service] = [...(services[service] ?? []).slice(1 - MOST_TIMES), new Date(this.#now()).toISOString()];
    accounts[account] = services;
    devices[device] = accounts;
    this.#write();
  }

  /**
   * A success clears the count of its own service. Where so many failures in a time are declared, whoever counts them may
   * not care about successes: then only the login that succeeded is taken back.
   */
  succeeded(device: string, account: string, service: string, { policy, override }: Allowance = {}): void {
    const services = this.#ledger.devices[device]?.[account];
    const times = services?.[service];
    if (services === undefined || times === undefined) return;
    const inATime = override === undefined && typeof policy === 'object' && policy.for !== undefined;
    if (inATime && times.length > 1) services[service] = times.slice(0, -1);
    else delete services[service];
    if (Object.keys(services).length === 0) delete this.#ledger.devices[device]![account];
    if (Object.keys(this.#ledger.devices[device]!).length === 0) delete this.#ledger.devices[device];
    this.#write();
  }

  /** The tester says that the device was reset. Returns whether there was anything to forget. */
  reset(device: string): boolean {
    if (!(device in this.#ledger.devices)) return false;
    delete this.#ledger.devices[device];
    this.#write();
    return true;
  }

  /** Rows to show: failures in a row, by device, account and service. */
  rows(): { device: string; account: string; service: string; failures: number; last: string }[] {
    return Object.entries(this.#ledger.devices).flatMap(([device, accounts]) =>
      Object.entries(accounts).flatMap(([account, services]) =>
        Object.entries(services).map(([service, times]) => ({
          device,
          account,
          service,
          failures: times.length,
          last: times.at(-1) ?? '',
        })),
      ),
    );
  }

  #write(): void {
    if (this.#file !== undefined) writeWhole(this.#file, `${JSON.stringify(this.#ledger, null, 2)}\n`);
  }
}
