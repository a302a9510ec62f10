import type { Fact } from '../model/fact.ts';
import type { Attempt, Limits, Reason } from '../model/run.ts';
import type { Component, Endpoint, Target } from '../model/target.ts';
import type { Canary } from './canary.ts';
import { CannotTell, type Probe } from './probe.ts';

/** One probe aimed at one endpoint. */
export interface Aim {
  readonly id: string;
  readonly probe: Probe;
  readonly endpoint: Endpoint;
}

export interface WorklistOptions {
  readonly component: Component;
  readonly target: Target;
  readonly probes: readonly Probe[];
  readonly limits: Limits;
  readonly signal: AbortSignal;
  /** Attempts that ended in an earlier session of this run, by id: they are not repeated. */
  readonly ended: ReadonlyMap<string, Attempt>;
  /** Carries out one aim; calls `onFact` as facts come. Never rejects for what a device does. */
  readonly attempt: (aim: Aim, onFact: (fact: Fact) => void) => Promise<Attempt>;
  /** An attempt that was never begun, and why. */
  readonly skipped: (aim: Aim, reason: Reason, detail: string) => Attempt;
  /** Keeps an attempt that ended; `again` where it was taken over from an earlier session. */
  readonly keep: (attempt: Attempt, again: boolean) => void;
  readonly begin: (aim: Aim) => void;
  /** What went wrong on our side: the run ends. */
  readonly fail: (error: unknown) => void;
  /** Hosts that are never spoken to. */
  readonly excluded: (host: string) => boolean;
  /** Called once between all that is gentle and the first login: the time to plan candidates. */
  readonly beforeLogins: (services: readonly Endpoint[]) => void;
  readonly canary: Canary;
}

/** Endpoints at most that are looked into on one component: a device that answers at every port is not worth a day. */
const ENDPOINTS = 2_000;
const SCANS = new Set(['tcp-ports', 'udp-ports']);

/** Whether it is a port scan of the engine's own: it has a pace and a deadline of its own. */
export const isScan = (probe: Pick<Probe, 'id'>): boolean => SCANS.has(probe.id);

const isLogin = (probe: Probe): boolean => probe.impact === 'login' || probe.impact === 'disruptive';

/** `tcp/22`. */
export const portName = (endpoint: Endpoint): string => `${endpoint.transport}/${endpoint.port}`;

/** `<probe>@<component>[address]/tcp/22`: a name, not a counter, so that two runs differ only where the device does. */
export const attemptId = (probe: string, component: Component, endpoint: Endpoint): string =>
  `${probe}@${component.id}${component.addresses.length > 1 ? `[${endpoint.host}]` : ''}${endpoint.port === undefined ? '' : `/${portName(endpoint)}`}`;

/**
 * The worklist of one component: probes are aimed at its addresses, each `port` and each `service` fact makes a new
 * endpoint to aim at, and `appliesTo` is the whole dependency graph. Logins wait for all the rest of the component, so
 * that candidates are planned knowing every service and everything the device says of itself.
 */
export class Worklist {
  readonly #options: WorklistOptions;
  readonly #now: Aim[] = [];
  readonly #logins: Aim[] = [];
  readonly #ids = new Set<string>();
  readonly #endpoints = new Set<string>();
  readonly #services: Endpoint[] = [];
  #ports = 0;

  constructor(options: WorklistOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    for (const host of this.#options.component.addresses) this.#aim({ host });
    await this.#drain(this.#now);
    this.#options.beforeLogins(this.#services);
    // A login may show a service that nobody saw before; then both lists go on.
    while (this.#logins.length > 0 || this.#now.length > 0) {
      await this.#drain(this.#now);
      await this.#drain(this.#logins);
    }
  }

  #aim(endpoint: Endpoint): void {
    const key = [endpoint.host, endpoint.transport, endpoint.port, endpoint.protocol, endpoint.security].join(' ');
    if (this.#endpoints.has(key)) return;
    this.#endpoints.add(key);
    if (endpoint.protocol !== undefined) this.#services.push(endpoint);
    for (const probe of this.#options.probes) {
      if (!probe.appliesTo(endpoint, this.#options.component, this.#options.target)) continue;
      const short = attemptId(probe.id, this.#options.component, endpoint);
      const id = this.#ids.has(short) ? `${short}/${endpoint.protocol}` : short;
      if (this.#ids.has(id)) continue;
      this.#ids.add(id);
      (isLogin(probe) ? this.#logins : this.#now).push({ id, probe, endpoint });
    }
  }

  #learn(fact: Fact, from: Endpoint): void {
    if (fact.kind === 'port' && fact.state === 'open') {
      const endpoint: Endpoint = { host: from.host, transport: fact.transport, port: fact.port };
      this.#options.canary.watch(endpoint);
      this.#ports += 1;
      if (this.#ports <= ENDPOINTS) this.#aim(endpoint);
    }
    if (fact.kind === 'service' && fact.protocol !== 'unknown' && from.port !== undefined) {
      this.#aim({
        host: from.host,
        transport: from.transport,
        port: from.port,
        protocol: fact.protocol,
        security: fact.security,
      });
    }
  }

  /** Works until the list and everything begun from it is done. Scans have a pace of their own and take no place. */
  async #drain(list: Aim[]): Promise<void> {
    const places = this.#options.component.fragile ? 1 : this.#options.limits.connections;
    const scanning = new Set<Promise<void>>();
    const probing = new Set<Promise<void>>();
    let wake: () => void = () => undefined;
    for (;;) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      for (let index = 0; index < list.length; ) {
        const scan = isScan(list[index]!.probe);
        if (!scan && probing.size >= places) {
          index += 1;
          continue;
        }
        const [aim] = list.splice(index, 1) as [Aim];
        const lane = scan ? scanning : probing;
        const work: Promise<void> = this.#carryOut(aim, () => wake())
          .catch(this.#options.fail)
          .finally(() => {
            lane.delete(work);
            wake();
          });
        lane.add(work);
      }
      if (scanning.size + probing.size === 0) return;
      await Promise.race([changed, ...scanning, ...probing]);
    }
  }

  async #carryOut(aim: Aim, wake: () => void): Promise<void> {
    const { signal, canary, ended, excluded } = this.#options;
    const onFact = (fact: Fact): void => {
      this.#learn(fact, aim.endpoint);
      wake();
    };
    const before = ended.get(aim.id);
    if (before !== undefined) {
      for (const { fact } of before.observations) onFact(fact);
      this.#options.keep(before, true);
      // Nobody may have looked since: the device has to outlive what an earlier session did, too.
      if (!isScan(aim.probe)) canary.ended(aim.id);
      return;
    }
    if (excluded(aim.endpoint.host)) {
      const detail = `never begun: ${aim.endpoint.host} is to be left out (exclude)`;
      this.#options.keep(this.#options.skipped(aim, 'scope', detail), false);
      return;
    }
    const scan = isScan(aim.probe);
    if (!scan && !signal.aborted) await canary.look();
    if (signal.aborted) {
      const { reason } = signal;
      this.#options.keep(this.#options.skipped(aim, reasonOf(reason), `never begun: ${textOf(reason)}`), false);
      return;
    }
    if (canary.gone !== undefined && !scan) {
      this.#options.keep(
        this.#options.skipped(aim, 'timeout', `never begun: the device stopped answering after ${canary.gone}`),
        false,
      );
      return;
    }
    this.#options.begin(aim);
    if (!scan) canary.begun(aim.id);
    const attempt = await this.#options.attempt(aim, onFact);
    this.#options.keep(attempt, false);
    if (!scan) canary.ended(aim.id);
  }
}

/** Why a signal was aborted: a deadline of ours is a timeout, anything else is the user. */
export const reasonOf = (reason: unknown): Reason => (reason instanceof DeadlineError ? 'timeout' : 'aborted');
const textOf = (reason: unknown): string => (reason instanceof Error ? reason.message : 'the run was interrupted');

/** The abort reason of a device's or a run's deadline. */
export class DeadlineError extends CannotTell {
  constructor(what: string, milliseconds: number) {
    super('timeout', `the ${what}'s deadline of ${Math.round(milliseconds / 1000)} s was reached`);
  }
}
