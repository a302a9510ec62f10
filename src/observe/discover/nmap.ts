import { readFileSync } from 'node:fs';
import ipaddr from 'ipaddr.js';
import { CannotTell } from '../probe.ts';
import { attribute, portState } from './attribute.ts';
import { type Channel, tellAll } from './channel.ts';
import type { Discovery, PortRanges, ScanEvent, ScanRequest } from './discovery.ts';
import { type NmapCommand, type NmapEnd, runNmap } from './nmap-run.ts';
import type { ExtraPorts, ListedPort } from './nmap-xml.ts';
import { PortMap, type PortState } from './port-map.ts';
import {
  eachPort,
  formatPorts,
  hasPort,
  intersectPorts,
  portRanges,
  quickPorts,
  subtractPorts,
  unionPorts,
} from './ports.ts';

/** How nmap asks: SYN scan needs raw sockets. */
export type NmapMethod = 'SYN' | 'connect';

export interface NmapOptions extends NmapCommand {
  readonly method: NmapMethod;
  /** As `nmap --version` says: `7.93`. */
  readonly version: string;
}

/** CAP_NET_RAW in Linux's capability sets (capabilities(7)). */
const NET_RAW = 1n << 13n;

/**
 * SYN where nmap will have raw sockets: this process holds CAP_NET_RAW (elsewhere than on Linux: is root), or
 * NMAP_PRIVILEGED says that the nmap file itself carries it. Else connect.
 */
export function nmapMethod(env: NodeJS.ProcessEnv, status: () => string = readStatus): NmapMethod {
  if (env.NMAP_UNPRIVILEGED !== undefined) return 'connect';
  if (env.NMAP_PRIVILEGED !== undefined) return 'SYN';
  if (process.platform !== 'linux') return process.getuid?.() === 0 ? 'SYN' : 'connect';
  const effective = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status())?.[1];
  // nmap itself asks for the user id only, so root without the capability must be told to connect.
  const root = process.getuid?.() === 0;
  return root && effective !== undefined && (BigInt(`0x${effective}`) & NET_RAW) !== 0n ? 'SYN' : 'connect';
}

const readStatus = (): string => readFileSync('/proc/self/status', 'utf8');

class NmapScans {
  readonly map = new PortMap();
  #canary: { port: number; open: boolean } | undefined;

  constructor(
    readonly options: NmapOptions,
    readonly request: ScanRequest,
    readonly channel: Channel<ScanEvent>,
  ) {}

  /** The quick pass, then all others. Throws CannotTell where nmap failed or the host was not seen to answer. */
  async run(): Promise<void> {
    const { host, ports } = this.request;
    if (!ipaddr.isValid(host)) throw new CannotTell('scope', `"${host.slice(0, 60)}" is no IP address`);
    const quick = intersectPorts(ports, quickPorts);
    await this.#pass(quick);
    await this.#pass(this.#canary ? subtractPorts(ports, quick) : ports);
    if (!this.#canary) {
      throw new CannotTell('timeout', `${host} answered on none of the ports asked, so none counts as looked at`);
    }
  }

  async #pass(ports: PortRanges): Promise<void> {
    if (ports.length === 0) return;
    const seen = await this.#nmap(ports);
    const unsettled = seen.filter((each) => !isSettled(each));
    for (const each of seen.filter(isSettled)) this.#keep(each);
    if (unsettled.length === 0 || !this.#canary) return;
    // Silent and unreachable ports count only on a host that is seen to answer after the pass as well.
    const again = await this.#nmap([[this.#canary.port, this.#canary.port]]);
    if (!again.some(isSettled)) {
      const left = formatPorts(unionPorts(unsettled.flatMap((each) => each.ports)));
      throw new CannotTell('timeout', `${this.request.host} stopped answering; not settled: ports ${left}`);
    }
    for (const each of unsettled) this.#keep(each);
  }

  /** One nmap process. Open ports are told as they are read; the others are given once nmap ended well. */
  async #nmap(ports: PortRanges): Promise<Seen[]> {
    const { host, signal } = this.request;
    const listed: ListedPort[] = [];
    const extra: ExtraPorts[] = [];
    const hosts: string[] = [];
    const events = {
      port: (port: ListedPort) => {
        if (port.transport !== 'tcp' || !hasPort(ports, port.port)) return;
        listed.push(port);
        if (port.state === 'open') this.#keep({ ports: [[port.port, port.port]], state: 'open', reason: port.reason });
      },
      extra: (seen: readonly ExtraPorts[]) => void extra.push(...seen),
      host: (seen: { addresses: readonly string[]; state: string }) => {
        if (seen.state === 'up' && seen.addresses.some((address) => same(address, host))) hosts.push(host);
      },
    };
    const end = await runNmap(this.#arguments(ports), [host], { command: this.options, signal, events });
    this.#record(end);
    if (end.failure) throw end.failure;
    if (hosts.length !== 1) throw new CannotTell('timeout', `nmap did not see ${host} up`);
    return this.#settled(ports, listed, extra);
  }

  #settled(ports: PortRanges, listed: readonly ListedPort[], extra: readonly ExtraPorts[]): Seen[] {
    const seen: Seen[] = [];
    for (const { port, state: name, reason } of listed) {
      const state = portState(name);
      if (state === undefined) this.#warn(`nmap calls port ${port} ${name.slice(0, 40)}, which settles nothing`);
      else seen.push({ ports: [[port, port]], state, reason });
    }
    const { ranges, warnings } = attribute(ports, portRanges(listed.map(({ port }) => port)), extra);
    for (const warning of warnings) this.#warn(warning);
    return [...seen, ...ranges];
  }

  #arguments(ports: PortRanges): string[] {
    const { host, rate } = this.request;
    return [
      ...(ipaddr.IPv6.isValid(host) ? ['-6'] : []),
      ...['-n', '-Pn', '--noninteractive', '--reason', this.options.method === 'SYN' ? '-sS' : '-sT'],
      // The least rate keeps a host that drops from taking hours; what nmap measures decides between the two.
      ...['--max-retries=2', `--min-rate=${Math.max(1, Math.floor(rate / 4))}`, `--max-rate=${Math.max(1, rate)}`],
      `-p${formatPorts(ports)}`,
    ];
  }

  #keep(seen: Seen): void {
    const { ports, state, reason } = seen;
    const first = ports[0]?.[0];
    if (first === undefined) return;
    if (isSettled(seen) && !this.#canary?.open) this.#canary = { port: first, open: state === 'open' };
    if (state === 'open') {
      for (const port of eachPort(ports)) {
        if (this.map.get(port)?.state === 'open') continue;
        this.channel.push({ fact: { kind: 'port', transport: 'tcp', port, state, reason, by: 'nmap' } });
      }
    }
    this.map.fill(ports, state, reason);
  }

  #record({ xml, warnings }: NmapEnd): void {
    for (const warning of warnings) this.#warn(`nmap: ${warning}`);
    if (xml.length > 0) this.channel.push({ evidence: xml, mediaType: 'application/xml' });
  }

  #warn(warning: string): void {
    this.channel.push({ warning });
  }
}

/** What an nmap process said of some of the ports. In ranges: 65,535 of them one by one cost memory for nothing. */
interface Seen {
  readonly ports: PortRanges;
  readonly state: PortState;
  readonly reason: string;
}

/** The host answered. */
const isSettled = ({ state }: Seen): boolean => state === 'open' || state === 'closed';

const same = (a: string, b: string): boolean =>
  ipaddr.isValid(a) &&
  ipaddr.isValid(b) &&
  ipaddr.parse(a).toNormalizedString() === ipaddr.parse(b).toNormalizedString();

/**
 * TCP ports by nmap: one process a pass, never a script, never a service probe. Open ports are told as nmap writes them,
 * closed and filtered ones in ranges at the end, also where a later pass fails: then it throws CannotTell, and what that
 * pass did not settle stays uncovered. Each process's XML is kept as evidence.
 */
export function nmapDiscovery(options: NmapOptions): Discovery {
  return {
    name: 'nmap',
    description: `nmap ${options.version} (${options.method} scan)`,
    scan(request) {
      let scans: NmapScans | undefined;
      return tellAll(
        request.signal,
        async (channel, signal) => {
          scans = new NmapScans(options, { ...request, signal }, channel);
          await scans.run();
        },
        function* () {
          for (const fact of scans?.map.facts('nmap') ?? []) yield { fact };
        },
      );
    },
  };
}
