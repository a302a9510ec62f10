import * as fs from 'node:fs';
import type { Fact } from '../model/fact.ts';
import type { Component, Endpoint } from '../model/target.ts';
import { type Plan, planCandidates } from './candidates.ts';
import { evidenceOf } from './candidates-evidence.ts';
import type { Allowance } from './ledger.ts';
import { DeviceLogins, type ServiceBudget, serviceBudget } from './login-budget.ts';
import type { ObserveOptions } from './observe.ts';
import type { Account } from './probe.ts';
import { type Aim, portName } from './worklist.ts';

/** The only probe that presents declared client certificates: they are no names and passwords. */
const CERTIFICATES = 'client-certificate';
/**
 * Logins of one service that are kept for what is no candidate: the random one, and the controls of a hit. The declared
 * accounts, before and after, come on top.
 */
const CONTROLS = 4;
/** Candidates at most on one service where nothing locks: no attempt has time for more, and what it saw has to be kept. */
export const MOST_CANDIDATES = 1_000;

type Options = Pick<ObserveOptions, 'run' | 'probes' | 'credentials' | 'ledger' | 'accounts'>;

/** What all logins of one component share: its key in the ledger, its candidates, its accounts, what it has locked. */
export class ComponentLogins {
  readonly #component: Component;
  readonly #options: Options;
  readonly #allowance: Allowance;
  /** Logins at most on one service. */
  readonly #cap: number;
  readonly #known: ReadonlySet<string>;
  readonly #shared = new DeviceLogins();
  #plans: ReadonlyMap<string, Plan> = new Map();
  /** The protocols of all login services, each as often as it is spoken. */
  #services: readonly string[] = [];
  #key: string;

  /** `users`: the accounts that the list names. */
  constructor(component: Component, options: Options, users: ReadonlySet<string>) {
    const { limits } = options.run;
    const policy = component.declares.logins?.lock;
    this.#component = component;
    this.#options = options;
    this.#allowance = { policy, override: limits.loginBudget };
    const unlimited = limits.loginBudget === 'unlimited' || (limits.loginBudget === undefined && policy === 'none');
    this.#cap = unlimited ? Number.POSITIVE_INFINITY : limits.loginsPerService;
    this.#known = new Set([...users, ...this.#declared.map(({ user }) => user)]);
    this.#key = ledgerKey(component);
  }

  get #declared(): readonly Account[] {
    return this.#options.accounts.get(this.#component.id) ?? [];
  }

  /** The declared accounts that one probe may log in with. */
  accounts({ probe, endpoint: { protocol } }: Aim): Account[] {
    const wanted = probe.id === CERTIFICATES;
    return this.#declared
      .filter(
        ({ on, certificate }) =>
          (certificate !== undefined) === wanted &&
          (protocol === undefined || on === undefined || on.some((name) => namesOf(protocol).includes(name))),
      )
      .map((account) => (this.#servicesOf(account) > 1 ? { ...account, test: false } : account));
  }

  /** How many login services take an account: one that guessing locks must be nobody else's control. */
  #servicesOf({ on }: Account): number {
    return this.#services.filter((protocol) =>
      on === undefined ? protocol !== 'dtls' : on.some((name) => namesOf(protocol).includes(name)),
    ).length;
  }

  /** Plans the candidates of all login services, once all of them and everything the device says of itself are known. */
  plan(services: readonly Endpoint[], facts: readonly Fact[]): void {
    const { probes, run, credentials, ledger } = this.#options;
    // Once, when it has answered: the system forgets its neighbours, and the ledger must not.
    this.#key = ledgerKey(this.#component);
    const loginProbes = probes.filter(
      ({ id, impact, emits }) => impact === 'login' && emits.includes('login') && id !== CERTIFICATES,
    );
    const due = services
      .filter((endpoint) => loginProbes.some((probe) => probe.appliesTo(endpoint, this.#component, run.target)))
      .map((endpoint) => ({ key: serviceKey(endpoint), protocol: endpoint.protocol!, port: portName(endpoint) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    this.#services = due.map(({ protocol }) => protocol);
    const portOf = new Map(due.map(({ key, port }) => [key, port]));
    const kept = CONTROLS + 2 * this.#declared.length;
    const macs = this.#component.addresses.flatMap((address) => macOf(address) ?? []);
    this.#plans = planCandidates(
      due,
      credentials,
      evidenceOf(this.#component, facts, macs),
      (account, { key }) =>
        ledger.remaining(this.#key, account, this.#allowance, account === '' ? portOf.get(key) : undefined),
      this.#cap === Number.POSITIVE_INFINITY ? MOST_CANDIDATES : Math.max(Math.min(this.#cap, 1), this.#cap - kept),
    );
  }

  budget(endpoint: Endpoint): ServiceBudget {
    const { ledger, credentials } = this.#options;
    return serviceBudget({
      ledger,
      device: this.#key,
      service: endpoint.port === undefined ? endpoint.host : portName(endpoint),
      protocol: endpoint.protocol ?? '',
      allowance: this.#allowance,
      cap: this.#cap,
      plan: this.#plans.get(serviceKey(endpoint)),
      list: credentials,
      known: this.#known,
      shared: this.#shared,
    });
  }
}

/** Names by which an account is said to be for a protocol: the keys of CoAP are those of the DTLS around it. */
const namesOf = (protocol: string): readonly string[] => (protocol === 'dtls' ? ['dtls', 'coap', 'coaps'] : [protocol]);

const serviceKey = (endpoint: Endpoint): string => `${endpoint.host} ${portName(endpoint)} ${endpoint.protocol}`;

/** The MAC of a neighbour, from the system's ARP table; undefined where it is not on the same link. */
const macOf = (address: string): string | undefined => {
  const table = '/proc/net/arp';
  if (!fs.existsSync(table)) return undefined;
  const row = fs
    .readFileSync(table, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => fields[0] === address);
  const mac = row?.[3];
  return mac === undefined || mac === '00:00:00:00:00:00' ? undefined : mac;
};

/** The device's key in the ledger: its MAC, or its declared id. An address is leased, so it only serves where nothing else is known. */
const ledgerKey = (component: Component): string =>
  component.mac?.toLowerCase() ?? component.addresses.map(macOf).find((mac) => mac !== undefined) ?? component.id;
