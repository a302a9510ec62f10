import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { z } from 'zod';
import { defaultLimits } from '../../src/cli/limits.ts';
import { Run } from '../../src/model/run.ts';
import { type Component, Target } from '../../src/model/target.ts';
import type { CredentialList } from '../../src/observe/candidates.ts';
import { systemClock } from '../../src/observe/clock.ts';
import type { Discovery } from '../../src/observe/discover/discovery.ts';
import { intersectPorts, portRanges, subtractPorts } from '../../src/observe/discover/ports.ts';
import { LoginLedger } from '../../src/observe/ledger.ts';
import { systemNetwork } from '../../src/observe/network.ts';
import { type ObserveOptions, observe } from '../../src/observe/observe.ts';
import type { Probe } from '../../src/observe/probe.ts';
import { RunStore } from '../../src/observe/run-store.ts';
import { freshFolder } from './command.ts';

/** A discovery that sends nothing: these ports are open, all others that are asked for are closed. */
export const listed = (...ports: number[]): Discovery => ({
  name: 'connect',
  description: 'as listed',
  async *scan({ ports: asked }) {
    const open = intersectPorts(asked, portRanges(ports));
    const fact = { kind: 'port', transport: 'tcp', by: 'connect' } as const;
    for (const [from, to] of open)
      for (let port = from; port <= to; port++) yield { fact: { ...fact, port, state: 'open', reason: 'syn-ack' } };
    for (const [port, to] of subtractPorts(asked, open))
      yield { fact: { ...fact, port, ...(to === port ? {} : { to }), state: 'closed', reason: 'conn-refused' } };
  },
});

export const credentialList = (...entries: (readonly [user: string, password: string])[]): CredentialList => ({
  name: 'private',
  digest: '0'.repeat(64),
  entries: entries.map(([user, password], index) => ({ id: `entry-${index}`, user, password })),
});

export interface EngineOptions extends Partial<Omit<ObserveOptions, 'run' | 'store' | 'probes' | 'discovery'>> {
  readonly host: string;
  readonly ports?: readonly number[];
  readonly discovery?: Discovery;
  readonly probes: readonly Probe[];
  readonly component?: Partial<z.input<typeof Component>>;
  readonly components?: readonly z.input<typeof Component>[];
  readonly limits?: Partial<Run['limits']>;
  /** The folder to write the run to; and what an earlier session of it left. */
  readonly dir?: string;
  readonly attempts?: Run['attempts'];
  /** Stands in for the folder's store where something of it is to fail. */
  readonly storing?: (store: RunStore) => ObserveOptions['store'];
}

/** Observes one device with small limits and no UDP, writes the run to a folder of its own, and seals it. */
export const engine = async (options: EngineOptions): Promise<{ run: Run; dir: string; seal: string }> => {
  const { host, ports = [], component, components, limits, attempts = [] } = options;
  const dir = options.dir ?? join(freshFolder(), 'run');
  const run = Run.parse({
    schema: 1,
    id: '20261122T101500Z',
    tool: 'probity test',
    target: Target.parse({
      id: 'device',
      components: components ?? [{ id: 'device', addresses: [host], ...component }],
      scope: ['127.0.0.0/8'],
      allow: { impact: 'login', by: 'test' },
    }),
    item: {},
    state: 'operational',
    startedAt: new Date().toISOString(),
    status: 'running',
    sources: {},
    probes: [],
    limits: { ...defaultLimits(), wait: 250, attempt: 15_000, udp: '', ...limits },
    attempts,
  });
  const store = RunStore.open(dir, run, { resume: true });
  const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, child: () => quiet };
  const observed = await observe({
    discovery: listed(...ports),
    credentials: credentialList(),
    ledger: new LoginLedger(undefined, Date.now),
    accounts: new Map(),
    trust: [],
    network: systemNetwork,
    clock: systemClock,
    random: randomBytes,
    signal: new AbortController().signal,
    log: quiet,
    place: (work) => work(),
    ...options,
    run,
    store: options.storing?.(store) ?? store,
  });
  return { run: observed, dir, seal: store.seal(observed) };
};
