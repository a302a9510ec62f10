import type { Fact } from '../model/fact.ts';
import type { Attempt, Run } from '../model/run.ts';
import { IMPACTS } from '../model/target.ts';
import type { CredentialList } from './candidates.ts';
import { ComponentWork } from './component-work.ts';
import type { Discovery } from './discover/discovery.ts';
import type { LoginLedger } from './ledger.ts';
import type { Clock, Network } from './network.ts';
import type { Account, Log, Probe } from './probe.ts';
import type { RunStore } from './run-store.ts';
import { scans } from './scans.ts';
import { DeadlineError } from './worklist.ts';

export type ObserveEvent =
  | { readonly type: 'attempt-begun'; readonly id: string; readonly component: string }
  | { readonly type: 'fact'; readonly attempt: string; readonly fact: Fact }
  | { readonly type: 'attempt-ended'; readonly attempt: Attempt };

export interface ObserveOptions {
  /** The run as it begins: target, item, state, limits, sources. Its `probes` and `attempts` are filled in here. */
  readonly run: Run;
  /** All that may be used; those above the target's allowed impact are not armed. */
  readonly probes: readonly Probe[];
  readonly discovery: Discovery;
  /** Already open; `observe` appends attempts and evidence and leaves sealing to the caller. */
  readonly store: Pick<RunStore, 'put' | 'append' | 'describe'>;
  readonly credentials: CredentialList;
  readonly ledger: LoginLedger;
  /** Declared accounts by component id, secrets resolved. */
  readonly accounts: ReadonlyMap<string, readonly Account[]>;
  /** PEM of trust anchors given on the command line. */
  readonly trust: readonly string[];
  readonly network: Network;
  readonly clock: Clock;
  readonly random: (bytes: number) => Buffer;
  readonly signal: AbortSignal;
  readonly log: Log & { child(about: object): Log };
  /** Runs a component's work when there is a place among the devices in parallel. */
  readonly place: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onEvent?: (event: ObserveEvent) => void;
}

/**
 * Observes a target: aims probes at every address of every component, follows what they find, and appends each attempt
 * to the store as it ends. Resolves with the whole run, `aborted` where the signal came first. Rejects only for what is
 * ours: a store that cannot be written.
 */
export const observe = async (options: ObserveOptions): Promise<Run> => {
  const { run, clock, store } = options;
  const armed = options.probes.filter(
    (probe) => IMPACTS.indexOf(probe.impact) <= IMPACTS.indexOf(run.target.allow.impact),
  );
  const engine = scans(options.discovery, run.limits);
  const described: Run = {
    ...run,
    status: 'running',
    probes: [
      ...[...engine, ...armed].map(({ id, version, emits, impact }) => ({ id, version, emits: [...emits], impact })),
      { id: 'liveness', version: '1.0.0', emits: ['liveness'], impact: 'connect' },
    ],
  };
  store.describe(described);
  const failure = new AbortController();
  const fail = (error: unknown): void => failure.abort(error);
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const ended = new Map(run.attempts.map((attempt) => [attempt.id, attempt]));
  // By id, as the store reads them: what ended earlier stands, also where nothing leads to it any more.
  const attempts = new Map(ended);
  const keep = (attempt: Attempt, again: boolean): void => {
    // What ends because of a failure of ours says nothing of the device, and is asked again when the run is resumed.
    if (failure.signal.aborted) return;
    try {
      if (!again) store.append(attempt);
    } catch (error) {
      fail(error);
      return;
    }
    attempts.set(attempt.id, attempt);
    options.onEvent?.({ type: 'attempt-ended', attempt });
  };
  const work = new ComponentWork({
    ...options,
    run: described,
    signal,
    probes: [...engine, ...armed],
    ended,
    keep,
    fail,
  });
  await Promise.all(
    described.target.components
      .filter((c) => c.addresses.length > 0)
      .map((component) => options.place(() => work.observe(component))),
  );
  if (failure.signal.aborted) throw failure.signal.reason;
  const whole: Run = {
    ...described,
    attempts: [...attempts.values()],
    endedAt: new Date(clock.now()).toISOString(),
    status: options.signal.aborted && !(options.signal.reason instanceof DeadlineError) ? 'aborted' : 'completed',
  };
  store.describe(whole);
  return whole;
};
