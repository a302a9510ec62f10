import type { Fact } from '../model/fact.ts';
import type { Attempt, Reason } from '../model/run.ts';
import type { Component } from '../model/target.ts';
import { runAttempt } from './attempt.ts';
import { Canary, portAnswers } from './canary.ts';
import { ComponentLogins } from './component-work-logins.ts';
import { excludedHosts, excludedPorts, withoutPorts } from './exclude.ts';
import type { Network } from './network.ts';
import type { ObserveOptions } from './observe.ts';
import { KnownSecrets } from './redaction-known.ts';
import { createSemaphore, type Semaphore } from './wire.ts';
import { type Aim, attemptId, DeadlineError, isScan, reasonOf, Worklist } from './worklist.ts';

/** Entries at most whose secrets are looked for from the first byte on, whether they are sent or not. */
const MOST_SOUGHT = 2_000;
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
  /** Accounts that the list names. */
  readonly #users: ReadonlySet<string>;

  constructor(options: WorkOptions) {
    this.#options = options;
    this.#network = withoutPorts(options.network, excludedPorts(options.run.limits.exclude));
    const { entries } = options.credentials;
    this.#known = new KnownSecrets([...options.accounts.values()].flat(), entries, entries.slice(0, MOST_SOUGHT));
    this.#users = new Set(entries.map(({ user }) => user));
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
    // What an earlier session of this run saw, too: the same candidates are due then.
    const facts = [...this.#options.ended.values()]
      .filter((attempt) => attempt.component === component.id)
      .flatMap(({ observations }) => observations.map(({ fact }) => fact));
    const logins = new ComponentLogins(component, this.#options, this.#users);
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
      beforeLogins: (services) => logins.plan(services, facts),
      attempt: (aim, onFact) => this.#attempt(component, aim, onFact, { semaphore, signal, logins, facts }),
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
    shared: { semaphore: Semaphore; signal: AbortSignal; logins: ComponentLogins; facts: Fact[] },
  ): Promise<Attempt> {
    const { run, clock, random, store, log, trust } = this.#options;
    const { limits } = run;
    const scan = isScan(aim.probe);
    const accounts = shared.logins.accounts(aim);
    const budget = shared.logins.budget(aim.endpoint);
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
