import type { z } from 'zod';
import type { Fact, FactKind } from '../../src/model/fact.ts';
import type { Attempt, Outcome, Run } from '../../src/model/run.ts';
import { Target } from '../../src/model/target.ts';

/** Runs as literally as they are stored, for tests of the judgement itself. */

const AT = '2026-11-22T10:15:00.000Z';
export const HOST = '198.18.0.10';
export const SEAL = 'a'.repeat(64);

/** A target of one camera at 198.18.0.10, in a product with a complete component list, unless said otherwise. */
export const target = (over: Partial<z.input<typeof Target>> = {}): Target =>
  Target.parse({
    id: 'camera',
    product: { name: 'Camera', complete: true },
    components: [{ id: 'camera', addresses: [HOST] }],
    scope: ['198.18.0.0/15'],
    allow: { impact: 'login', by: 'the lab' },
    ...over,
  });

export interface AttemptSketch {
  probe: string;
  component?: string;
  host?: string;
  port?: number;
  transport?: 'tcp' | 'udp';
  protocol?: string;
  security?: 'none' | 'tls' | 'dtls' | 'ssh';
  facts?: readonly Fact[];
  /** Inconclusive with these kinds open; absent: completed. */
  open?: readonly FactKind[];
  credentials?: Attempt['credentials'];
}

export const attempt = (sketch: AttemptSketch): Attempt => {
  const { probe, component = 'camera', host = HOST, port, transport, protocol, security, facts = [], open } = sketch;
  const id = `${probe}@${component}${port === undefined ? '' : `/${transport ?? 'tcp'}/${port}`}`;
  const outcome: Outcome =
    open === undefined
      ? { status: 'completed' }
      : { status: 'inconclusive', reason: 'timeout', detail: 'no answer in 5 s', open: [...open] };
  return {
    id,
    probe,
    component,
    endpoint: {
      host,
      ...(port === undefined ? {} : { transport: transport ?? 'tcp', port }),
      ...(protocol === undefined ? {} : { protocol, security: security ?? 'none' }),
    },
    startedAt: AT,
    endedAt: AT,
    outcome,
    observations: facts.map((fact, index) => ({ id: `${id}#${index + 1}`, at: AT, fact, evidence: [] })),
    evidence: [],
    ...(sketch.credentials === undefined ? {} : { credentials: sketch.credentials }),
  };
};

export const port = (
  from: number,
  to: number,
  state: 'open' | 'closed' | 'filtered' | 'open-or-filtered',
  transport: 'tcp' | 'udp' = 'tcp',
): Fact => ({
  kind: 'port',
  transport,
  port: from,
  ...(to === from ? {} : { to }),
  state,
  reason: 'seen',
  by: transport === 'tcp' ? 'connect' : 'payload',
});

/** A whole TCP pass with these ports open. */
export const tcpScan = (open: readonly number[], over: Partial<AttemptSketch> = {}): Attempt => {
  const facts: Fact[] = [];
  let next = 1;
  for (const each of [...open].sort((a, b) => a - b)) {
    if (each > next) facts.push(port(next, each - 1, 'closed'));
    facts.push(port(each, each, 'open'));
    next = each + 1;
  }
  if (next <= 65535) facts.push(port(next, 65535, 'closed'));
  return attempt({ probe: 'tcp-ports', facts, ...over });
};

export const UDP: number[] = [53, 69, 123, 161, 1900, 3702, 5353, 5683, 5684, 47808];

/** A whole pass over the UDP list with these ports open and these silent; the others unreachable. */
export const udpScan = (
  open: readonly number[] = [],
  silent: readonly number[] = [],
  over: Partial<AttemptSketch> = {},
): Attempt =>
  attempt({
    probe: 'udp-ports',
    facts: UDP.map((each) =>
      port(each, each, open.includes(each) ? 'open' : silent.includes(each) ? 'open-or-filtered' : 'closed', 'udp'),
    ),
    ...over,
  });

export const armed = (id: string, emits: readonly FactKind[]): Run['probes'][number] => ({
  id,
  version: '1.0.0',
  emits: [...emits],
  impact: 'login',
});

export const SCANS = [armed('tcp-ports', ['port']), armed('udp-ports', ['port'])];

export const run = (over: Partial<Run> = {}): Run => ({
  schema: 1,
  id: '20261122T101500Z',
  tool: 'probity 0.1.0',
  target: target(),
  item: { model: 'C1', serial: '1', firmware: '1.0' },
  state: 'operational',
  startedAt: AT,
  endedAt: AT,
  status: 'completed',
  sources: {},
  probes: SCANS,
  limits: {
    devices: 8,
    connections: 4,
    rate: 1000,
    connectsInFlight: 100,
    wait: 5000,
    attempt: 180_000,
    device: 3_600_000,
    run: 7_200_000,
    readBytes: 65_536,
    loginsPerService: 30,
    tcp: '1-65535',
    udp: UDP.join(','),
    exclude: [],
  },
  signed: false,
  attempts: [],
  ...over,
});
