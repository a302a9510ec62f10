import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Fact, Sha256 } from '../../src/model/fact.ts';
import { Attempt, type CredentialCoverage, type Limits, type Marker, type Reason } from '../../src/model/run.ts';
import { Component, type Declaration, type Endpoint, Target } from '../../src/model/target.ts';
import { runAttempt } from '../../src/observe/attempt.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { type Clock, type Network, systemNetwork } from '../../src/observe/network.ts';
import type { Account, Candidate, Log, LoginBudget, Probe } from '../../src/observe/probe.ts';
import { createSemaphore } from '../../src/observe/wire.ts';
import { type TcpHandler, tcpServer, type UdpHandler, udpServer } from './servers.ts';

export { closedPort, type Server, type TcpHandler, tcpServer, type UdpHandler, udpServer } from './servers.ts';

/** Everything but the probe and the port has a default: small limits, an endless login budget, loopback as scope. */
export interface ObserveOptions {
  port?: number;
  host?: string;
  transport?: 'tcp' | 'udp';
  protocol?: string;
  security?: Endpoint['security'];
  /** The endpoint is the host alone. */
  hostOnly?: boolean;
  declares?: Declaration;
  names?: string[];
  fragile?: boolean;
  accounts?: Account[];
  candidates?: Candidate[];
  /** What the candidate source says where it is empty. */
  why?: string;
  login?: LoginBudget;
  trust?: string[];
  markers?: Marker[];
  limits?: Partial<Limits>;
  scope?: string[];
  target?: Partial<Target>;
  network?: Network;
  clock?: Clock;
  signal?: AbortSignal;
  log?: Log;
  random?: (bytes: number) => Buffer;
  onFact?: (fact: Fact, observationId: string) => void;
}

export interface Observed {
  attempt: Attempt;
  facts: Fact[];
  evidence: Map<Sha256, { bytes: Buffer; mediaType: string }>;
  /** The transcripts among the evidence, read. */
  transcripts: ReadTranscript[];
  /** Ids of the candidates that the probe said it had tried. */
  tried: string[];
}

export interface ReadTranscript {
  transport: 'tcp' | 'udp';
  host: string;
  port: number;
  security: string;
  accepted?: true;
  opened: string;
  entries: { at: number; dir: 'sent' | 'received' | 'note'; port?: number; bytes: Buffer }[];
  omitted?: { sent: number; received: number; entries: number };
  ended: string;
}

const quiet: Log = { debug: () => {}, info: () => {}, warn: () => {} };
const unlimited: LoginBudget = { allows: () => true, sent: () => {}, succeeded: () => {}, stop: () => {} };

/** Runs one attempt of the probe with an in-memory store, on loopback, and checks the attempt against its schema. */
export async function observeWith(probe: Probe, options: ObserveOptions = {}): Promise<Observed> {
  const host = options.host ?? '127.0.0.1';
  const component = Component.parse({
    id: 'device',
    addresses: [host],
    names: options.names ?? [],
    ...(options.fragile && { fragile: true }),
    declares: options.declares ?? {},
  });
  const target: Target = {
    ...Target.parse({
      id: 'device',
      components: [component],
      scope: options.scope ?? [host],
      allow: { impact: 'login', by: 'test' },
    }),
    ...options.target,
  };
  const endpoint: Endpoint = {
    host,
    ...(!options.hostOnly && { transport: options.transport ?? 'tcp', port: options.port }),
    ...(options.protocol && { protocol: options.protocol }),
    ...(options.security && { security: options.security }),
  };
  const evidence: Observed['evidence'] = new Map();
  const tried: string[] = [];
  const candidates = options.candidates ?? [];
  const attempt = await runAttempt({
    id: `${probe.id}@device${endpoint.port ? `/${endpoint.transport}/${endpoint.port}` : ''}`,
    probe,
    component,
    target,
    endpoint,
    limits: { attempt: 15_000, wait: 300, readBytes: 1024 * 1024, ...options.limits },
    network: options.network ?? systemNetwork,
    clock: options.clock ?? systemClock,
    random: options.random ?? randomBytes,
    semaphore: createSemaphore(options.limits?.connections ?? 4),
    signal: options.signal ?? new AbortController().signal,
    log: options.log ?? quiet,
    login: options.login ?? unlimited,
    credentials: {
      candidates,
      why: options.why ?? 'no candidate was given',
      tried: (candidate) => void tried.push(candidate.id),
      coverage: (): CredentialCoverage | undefined =>
        candidates.length > 0
          ? { list: '0'.repeat(64), matched: [], common: candidates.map(({ id }) => id), tried: [...tried] }
          : undefined,
    },
    accounts: options.accounts ?? [],
    trust: options.trust ?? [],
    markers: options.markers ?? [],
    store: {
      put(bytes, mediaType) {
        const digest = createHash('sha256').update(bytes).digest('hex');
        evidence.set(digest, { bytes: Buffer.from(bytes), mediaType });
        return digest;
      },
    },
    onFact: options.onFact,
  });
  Attempt.parse(attempt);
  return {
    attempt,
    facts: attempt.observations.map(({ fact }) => fact),
    evidence,
    transcripts: [...evidence.values()].flatMap(({ bytes, mediaType }) => readTranscript(bytes, mediaType)),
    tried,
  };
}

/** One device of a table, and what must be seen of it, exactly. */
export interface Row extends Omit<ObserveOptions, 'port'> {
  name: string;
  device: 'weak' | 'sound' | 'cannot-tell';
  /** A server on that host; or `tcp`/`udp`, what ours does with each connection or message. */
  start?: (host: string) => Promise<{ port: number; close(): unknown }>;
  tcp?: TcpHandler;
  udp?: UdpHandler;
  /** All the facts in order. */
  sees: Fact[] | ((port: number) => Fact[]);
  /** Fields left out of the comparison (digests, times), at the top level of each fact. */
  ignore?: string[];
  outcome: 'completed' | Reason;
  /** Kinds that an inconclusive outcome leaves open; default not compared. */
  open?: string[];
  /** Must not stand in any fact, outcome or evidence (transcripts are read decoded). */
  never?: RegExp;
  /** More to look at. */
  also?: (observed: Observed) => void;
}

/**
 * A probe's table of devices as tests. Throws where there is not at least one weak, one sound and one device about
 * which the probe cannot tell: a probe that has met only one of them has not been tested.
 */
export function probeTest(probe: Probe, table: readonly Row[]): void {
  for (const device of ['weak', 'sound', 'cannot-tell'] as const) {
    if (!table.some((row) => row.device === device)) throw new Error(`${probe.id}: the table has no ${device} device`);
  }
  describe(probe.id, () => {
    for (const row of table) it(`${row.device}: ${row.name}`, () => tryRow(probe, row));
  });
}

async function tryRow(probe: Probe, row: Row): Promise<void> {
  const server = await started(row);
  try {
    const transport = row.transport ?? (row.udp ? 'udp' : 'tcp');
    const observed = await observeWith(probe, { ...row, transport, port: server.port });
    const { attempt, facts } = observed;
    const sees = typeof row.sees === 'function' ? row.sees(server.port) : row.sees;
    const without = (fact: Fact) =>
      Object.fromEntries(Object.entries(fact).filter(([key]) => !row.ignore?.includes(key)));
    const { outcome } = attempt;
    expect({
      facts: facts.map(without),
      outcome: outcome.status === 'completed' ? 'completed' : `${outcome.reason}: ${outcome.detail}`,
    }).toEqual({
      facts: sees.map(without),
      outcome: row.outcome === 'completed' ? 'completed' : expect.stringMatching(new RegExp(`^${row.outcome}: `)),
    });
    if (row.open) expect(outcome.status === 'inconclusive' ? outcome.open : []).toEqual(row.open);
    if (row.never) expect(everythingSaid(observed)).not.toMatch(row.never);
    row.also?.(observed);
  } finally {
    await server.close();
  }
}

function started(row: Row): Promise<{ port: number; close(): unknown }> {
  const host = row.host ?? '127.0.0.1';
  if (row.start) return row.start(host);
  if (row.tcp) return tcpServer(row.tcp, host);
  if (row.udp) return udpServer(row.udp, host);
  throw new Error(`${row.name}: no server was given`);
}

/** Facts, outcome and evidence as one text; each direction of a transcript joined, so that no chunk hides a word. */
export function everythingSaid({ attempt, evidence, transcripts }: Observed): string {
  const joined = transcripts.flatMap(({ entries }) =>
    (['sent', 'received', 'note'] as const).map((dir) =>
      Buffer.concat(entries.filter((entry) => entry.dir === dir).map(({ bytes }) => bytes)).toString('latin1'),
    ),
  );
  return [
    JSON.stringify(attempt),
    ...[...evidence.values()].map(({ bytes }) => bytes.toString('latin1')),
    ...joined,
  ].join('\n');
}

function readTranscript(bytes: Buffer, mediaType: string): ReadTranscript[] {
  if (mediaType !== 'application/json') return [];
  const read = JSON.parse(bytes.toString()) as ReadTranscript;
  if (!Array.isArray(read.entries) || read.transport === undefined) return [];
  const entries = read.entries.map((e) => ({ ...e, bytes: Buffer.from(e.bytes as unknown as string, 'base64') }));
  return [{ ...read, entries }];
}
