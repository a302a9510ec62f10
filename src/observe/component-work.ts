import * as fs from 'node:fs';
import type { Fact } from '../model/fact.ts';
import type { Attempt, Limits, Reason } from '../model/run.ts';
import type { Component, Endpoint } from '../model/target.ts';
import { runAttempt } from './attempt.ts';
import { Canary, portAnswers } from './canary.ts';
import { type Plan, planCandidates } from './candidates.ts';
import { excludedHosts, excludedPorts, withoutPorts } from './exclude.ts';
import { serviceBudget } from './login-budget.ts';
import type { Network } from './network.ts';
import type { ObserveOptions } from './observe.ts';
import { KnownSecrets } from './redaction-known.ts';
import { createSemaphore, type Semaphore } from './wire.ts';
import { type Aim, attemptId, DeadlineError, isScan, portName, reasonOf, Worklist } from './worklist.ts';

/** Milliseconds that a device which stopped answering is left alone, one after the other. */
const RESTS = [1_000, 5_000, 15_000];

export type WorkOptions = ObserveOptions & {
  ended: ReadonlyMap<string, Attempt>;
  keep: (attempt: Attempt, again: boolean) => void;
  /** What went wrong on our side: the run ends, and `observe` rejects with it. */
  fail: (error: unknown) => void;
};

/** Observes one component of a run: its worklist, its canary, its login budget. */
export class ComponentWork {
  readonly #options: WorkOptions;
  readonly #network: Network;
  readonly #known: KnownSecrets;

  constructor(options: WorkOptions) {
    this.#options = options;
    this.#network = withoutPorts(options.network, excludedPorts(options.run.limits.exclude));
    this.#known = new KnownSecrets([...options.accounts.values()].flat(), options.credentials.entries);
  }

  /** Does what is ours and may fail, such as writing: then the run ends, whatever a probe makes of the error. */
  #ours<A extends unknown[], R>(act: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      try {
        return act(...args);
      } catch (error) {
        this.#options.fail(error);
        throw error;
      }
    };
  }

  async observe(component: Component): Promise<void> {
    const { run, clock, keep, fail } = this.#options;
    const { limits } = run;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(new DeadlineError('device', limits.device)), limits.device);
    const signal = AbortSignal.any([this.#options.signal, deadline.signal]);
    const connections = component.fragile ? 1 : limits.connections;
    const semaphore = createSemaphore(connections);
    const canary = new Canary({
      answers: (endpoint, alone) =>
        portAnswers(this.#network, { semaphore, taken: alone ? connections : 1 }, endpoint, limits.wait, signal),
      ending: () => signal.aborted,
      sleep: (milliseconds) => clock.sleep(milliseconds, signal).catch(() => undefined),
      rests: RESTS.map((rest) => Math.min(rest, limits.wait * 3)),
      // Kept at once: a run that is killed and resumed must not forget it.
      stopped: () => this.#liveness(component, canary, startedAt, WATCHING),
    });
    const plans = new Map<string, Plan>();
    const facts: Fact[] = [];
    const startedAt = new Date(clock.now()).toISOString();
    const worklist = new Worklist({
      component,
      target: run.target,
      probes: this.#options.probes,
      limits,
      signal,
      canary,
      keep,
      fail,
      excluded: excludedHosts(limits.exclude),
      ended: this.#options.ended,
      begin: (aim) => this.#options.onEvent?.({ type: 'attempt-begun', id: aim.id, component: component.id }),
      skipped: (aim, reason, detail) => this.#skipped(component, aim, reason, detail),
      beforeLogins: (services) => this.#plan(component, services, plans, facts),
      attempt: (aim, onFact) => this.#attempt(component, aim, onFact, { semaphore, signal, plans, facts }),
    });
    try {
      await worklist.run();
      await canary.look();
    } finally {
      clearTimeout(timer);
    }
    this.#liveness(
      component,
      canary,
      startedAt,
      signal.aborted ? open(reasonOf(signal.reason), 'the watch ended before the run did') : { status: 'completed' },
    );
  }

  #attempt(
    component: Component,
    aim: Aim,
    onFact: (fact: Fact) => void,
    shared: { semaphore: Semaphore; signal: AbortSignal; plans: Map<string, Plan>; facts: Fact[] },
  ): Promise<Attempt> {
    const { run, credentials, ledger, clock, random, store, log, trust } = this.#options;
    const { limits } = run;
    const { protocol, port } = aim.endpoint;
    const scan = isScan(aim.probe);
    const accounts = (this.#options.accounts.get(component.id) ?? []).filter(
      (account) => protocol === undefined || account.on === undefined || account.on.includes(protocol),
    );
    const budget = serviceBudget({
      ledger,
      device: ledgerKey(component),
      service: port === undefined ? aim.endpoint.host : portName(aim.endpoint),
      protocol: protocol ?? '',
      allowance: allowanceOf(component, limits),
      cap: capOf(component, limits),
      plan: shared.plans.get(serviceKey(aim.endpoint)),
      list: credentials,
      known: new Set([...credentials.entries.map((entry) => entry.user), ...accounts.map((account) => account.user)]),
    });
    const triesLogins = aim.probe.impact === 'login' && aim.probe.emits.includes('login');
    const declaredTrust = component.declares.trust;
    return runAttempt({
      id: aim.id,
      probe: aim.probe,
      component,
      target: run.target,
      endpoint: aim.endpoint,
      limits: scan ? { ...limits, attempt: limits.device } : limits,
      network: this.#network,
      clock,
      random,
      semaphore: scan ? createSemaphore(64) : shared.semaphore,
      signal: shared.signal,
      log: log.child({ attempt: aim.id }),
      login: {
        ...budget.login,
        sent: this.#ours(budget.login.sent),
        succeeded: this.#ours(budget.login.succeeded),
      },
      credentials: triesLogins ? { ...budget.credentials, coverage: budget.coverage } : budget.credentials,
      accounts,
      known: this.#known,
      ...(run.markers && { markers: run.markers }),
      trust: declaredTrust === undefined ? trust : [...trust, declaredTrust],
      store: { put: this.#ours((bytes) => store.put(bytes)) },
      onFact: (fact) => {
        shared.facts.push(fact);
        onFact(fact);
        this.#options.onEvent?.({ type: 'fact', attempt: aim.id, fact });
      },
    });
  }

  #plan(component: Component, services: readonly Endpoint[], plans: Map<string, Plan>, facts: readonly Fact[]): void {
    const { probes, run, credentials, ledger } = this.#options;
    const loginProbes = probes.filter((probe) => probe.impact === 'login' && probe.emits.includes('login'));
    const due = services
      .filter((endpoint) => loginProbes.some((probe) => probe.appliesTo(endpoint, component, run.target)))
      .map((endpoint) => ({ key: serviceKey(endpoint), protocol: endpoint.protocol! }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const allowance = allowanceOf(component, run.limits);
    const planned = planCandidates(
      due,
      credentials,
      evidenceOf(component, facts),
      (account) => ledger.remaining(ledgerKey(component), account, allowance),
      capOf(component, run.limits),
    );
    for (const [key, plan] of planned) plans.set(key, plan);
  }

  #skipped(component: Component, aim: Aim, reason: Reason, detail: string): Attempt {
    const at = new Date(this.#options.clock.now()).toISOString();
    const outcome = {
      status: 'inconclusive' as const,
      reason,
      detail: detail.slice(0, 2000),
      open: [...aim.probe.emits],
    };
    return {
      id: aim.id,
      probe: aim.probe.id,
      component: component.id,
      endpoint: aim.endpoint,
      startedAt: at,
      endedAt: at,
      outcome,
      observations: [],
      evidence: [],
    };
  }

  /** Keeps what the watching saw, with the stops that an earlier session of this run saw. */
  #liveness(component: Component, canary: Canary, begun: string, outcome: Attempt['outcome']): void {
    const endpoint = { host: component.addresses[0]! };
    const id = attemptId('liveness', { ...component, addresses: [endpoint.host] }, endpoint);
    const at = new Date(this.#options.clock.now()).toISOString();
    const before = this.#options.ended.get(id);
    const stops = before?.observations.filter(({ fact }) => fact.kind === 'liveness' && fact.state === 'stopped') ?? [];
    const observations = [...stops, ...canary.facts.map((fact) => ({ at, fact, evidence: [] }))].map(
      (observation, index) => ({ ...observation, id: `${id}#${index + 1}` }),
    );
    const startedAt = before?.startedAt ?? begun;
    this.#options.keep(
      {
        id,
        probe: 'liveness',
        component: component.id,
        endpoint,
        startedAt,
        endedAt: at,
        outcome,
        observations,
        evidence: [],
      },
      false,
    );
  }
}

const open = (reason: Reason, detail: string): Attempt['outcome'] => ({
  status: 'inconclusive',
  reason,
  detail,
  open: ['liveness'],
});
const WATCHING = open('aborted', 'the watch was not over');

const serviceKey = (endpoint: Endpoint): string => `${endpoint.host} ${portName(endpoint)} ${endpoint.protocol}`;
const allowanceOf = (component: Component, limits: Limits) => ({
  policy: component.declares.logins?.lock,
  override: limits.loginBudget,
});
const capOf = (component: Component, limits: Limits): number => {
  const unlimited =
    limits.loginBudget === 'unlimited' ||
    (limits.loginBudget === undefined && component.declares.logins?.lock === 'none');
  return unlimited ? Number.POSITIVE_INFINITY : limits.loginsPerService;
};

/** What the device says of itself, for matching a vendor's entries. */
const evidenceOf = (component: Component, facts: readonly Fact[]): string[] => [
  component.vendor ?? '',
  ...facts.flatMap((fact) =>
    fact.kind === 'service' ? [fact.product ?? ''] : fact.kind === 'identity' ? [fact.value] : [],
  ),
];

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
export const ledgerKey = (component: Component): string =>
  component.mac?.toLowerCase() ?? component.addresses.map(macOf).find((mac) => mac !== undefined) ?? component.id;
