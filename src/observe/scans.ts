import type { FactOf } from '../model/fact.ts';
import type { Limits } from '../model/run.ts';
import type { Component } from '../model/target.ts';
import type { Discovery, PortRanges } from './discover/discovery.ts';
import { parsePorts, subtractPorts, unionPorts } from './discover/ports.ts';
import { udpScan } from './discover/udp.ts';
import { excludedPorts } from './exclude.ts';
import { CannotTell, defineProbe, type Probe, type ProbeContext } from './probe.ts';

/** Packets a second and connects in flight where the component is declared fragile. */
const FRAGILE_RATE = 500;
const FRAGILE_CONNECTS = 10;
/** Open ports at most that are told apart: beyond, something (a tarpit, a middlebox) answers in the device's place. */
const MOST_OPEN = 5_000;
/** Ranges of closed and filtered ports at most: beyond, the host limits its own answers, and the pace was too high. */
const MOST_RANGES = 4_000;
/** Milliseconds until a UDP port is silent to one payload. */
const UDP_WAIT = 1_500;

/** The ports a scan asks: those of the limits and those declared, less the excluded. */
export const portsToAsk = (limits: Limits, component: Component, transport: 'tcp' | 'udp'): PortRanges => {
  const declared = (component.declares.services ?? [])
    .filter((service) => service.transport === transport && service.port !== 'dynamic')
    .map((service) => String(service.port))
    .join(',');
  const asked = [transport === 'tcp' ? limits.tcp : limits.udp, transport === 'udp' ? declared : ''].filter(
    (text) => text !== '',
  );
  return subtractPorts(unionPorts(...asked.map(parsePorts)), excludedPorts(limits.exclude));
};

const forHost: Probe['appliesTo'] = (endpoint) => endpoint.port === undefined;

/** Which of the ports to ask exist at all, and facts for those that do not: a sandbox has no ports but its own. */
const inSandbox = (
  discovery: Discovery,
  host: string,
  transport: 'tcp' | 'udp',
  ports: PortRanges,
): { ports: PortRanges; absent: FactOf<'port'>[] } => {
  if (discovery.existing === undefined) return { ports, absent: [] };
  const absent = subtractPorts(ports, discovery.existing(host, transport));
  return {
    ports: subtractPorts(ports, absent),
    absent: absent.map(([port, to]) => ({
      kind: 'port',
      transport,
      port,
      ...(to === port ? {} : { to }),
      state: 'closed',
      reason: 'not-simulated',
      by: 'sandbox',
    })),
  };
};

/** The engine's own port scans, as attempts like any other: a probe has no way to scan. */
export const scans = (discovery: Discovery, limits: Limits): readonly Probe[] => [
  defineProbe({
    id: 'tcp-ports',
    version: '1.0.0',
    title: 'TCP ports',
    emits: ['port'],
    impact: 'connect',
    appliesTo: forHost,
    async *observe(context: ProbeContext) {
      const { component, endpoint, signal } = context;
      const { ports, absent } = inSandbox(discovery, endpoint.host, 'tcp', portsToAsk(limits, component, 'tcp'));
      yield* absent;
      if (ports.length === 0) return;
      const events = discovery.scan({
        host: endpoint.host,
        ports,
        rate: component.fragile ? Math.min(FRAGILE_RATE, limits.rate) : limits.rate,
        connectsInFlight: component.fragile
          ? Math.min(FRAGILE_CONNECTS, limits.connectsInFlight)
          : limits.connectsInFlight,
        wait: context.limits.wait,
        signal,
      });
      let open = 0;
      let ranges = 0;
      for await (const event of events) {
        if ('fact' in event) {
          if (event.fact.state === 'open') open += 1;
          else ranges += 1;
          if (open > MOST_OPEN)
            throw new CannotTell(
              'budget',
              `more than ${MOST_OPEN} ports take connections: something answers for all of them`,
            );
          if (ranges > MOST_RANGES)
            throw new CannotTell(
              'budget',
              `closed ports answered so irregularly (more than ${MOST_RANGES} ranges) that they cannot be told from filtered ones; scan with a lower --rate`,
            );
          yield event.fact;
        } else if ('evidence' in event) context.evidence(event.evidence, event.mediaType);
        else context.log.warn({}, event.warning);
      }
    },
  }),
  defineProbe({
    id: 'udp-ports',
    version: '1.0.0',
    title: 'UDP ports, by payloads',
    emits: ['port'],
    impact: 'connect',
    appliesTo: forHost,
    async *observe(context: ProbeContext) {
      const { component, endpoint, signal, random } = context;
      const { ports, absent } = inSandbox(discovery, endpoint.host, 'udp', portsToAsk(limits, component, 'udp'));
      yield* absent;
      const events = udpScan({
        host: endpoint.host,
        ports,
        datagram: (port) => context.datagram({ port }),
        wait: Math.min(UDP_WAIT, context.limits.wait),
        sleep: (milliseconds) => context.sleep(milliseconds),
        signal,
        random,
      });
      for await (const event of events) {
        if ('fact' in event) yield event.fact;
        else if ('evidence' in event) context.evidence(event.evidence, event.mediaType);
        else context.log.warn({}, event.warning);
      }
    },
  }),
];
