import { performance } from 'node:perf_hooks';
import type { Network } from '../network.ts';
import { CannotTell } from '../probe.ts';
import { type Channel, tellAll } from './channel.ts';
import { type Answer, connectEach } from './connects.ts';
import type { Discovery, PortRanges, ScanEvent, ScanRequest } from './discovery.ts';
import { Pace, RoundTrip } from './pace.ts';
import { PortMap } from './port-map.ts';
import { eachPort, formatPorts, intersectPorts, portRanges, quickPorts, subtractPorts } from './ports.ts';

/** Milliseconds: the longest first look at a port, the shortest wait, and the wait at a host that never answered. */
const FIRST = 1000;
const FLOOR = 150;
const UNMEASURED = 300;

/** A few silent ports among many answers may have been dropped by a busy device: they are asked again gently. */
const FEW = 1000;
const GENTLE = 50;

/** Silent ports are settled in portions, each followed by a look whether the host still answers. */
const PORTION = 500;
const LOOKS = 3;

const SILENT = 'no-response';

class ConnectScan {
  readonly map = new PortMap();
  /** A port that answered, an open one for choice: by it the host is seen to be up. */
  #canary: { port: number; open: boolean } | undefined;
  /** Ports that our own system could not ask, by errno. */
  readonly #ours = new Map<string, number[]>();
  readonly #roundTrip = new RoundTrip();
  readonly #pace: Pace;

  constructor(
    readonly network: Network,
    readonly request: ScanRequest,
    readonly channel: Channel<ScanEvent>,
  ) {
    this.#pace = new Pace(request.rate, request.rate / 20, performance.now());
  }

  /** The quick pass, then all others. Throws CannotTell where the host was not seen to answer, or no longer does. */
  async run(): Promise<void> {
    const { host, ports, wait, signal } = this.request;
    const quick = intersectPorts(ports, quickPorts);
    const unsettled = await this.#ask(eachPort(quick), this.#patience(1, FIRST));
    const seenUp = this.#canary !== undefined;
    if (seenUp) await this.#settle(unsettled);
    else {
      const still = await this.#ask(unsettled.keys(), () => wait);
      // All silent at first, then unreachable: nobody on the link has that address (ARP and ND need 3 s to say so).
      const silent = unsettled.size > 0 && [...unsettled.values()].every((reason) => reason === SILENT);
      const gone = silent && this.#canary === undefined && [...still.values()].includes('host-unreach');
      if (gone && !signal.aborted) throw new CannotTell('timeout', `${host} is unreachable`);
    }
    await this.#pass(seenUp ? subtractPorts(ports, quick) : ports);
    if (!signal.aborted && this.#canary === undefined) {
      throw new CannotTell('timeout', `${host} answered on none of the ports asked, so none counts as looked at`);
    }
  }

  async #pass(ports: PortRanges): Promise<void> {
    let unsettled = await this.#ask(eachPort(ports), this.#patience(1, UNMEASURED));
    if (!this.#canary) unsettled = await this.#ask(unsettled.keys(), this.#patience(1, UNMEASURED));
    if (this.#canary) await this.#settle(unsettled);
  }

  /**
   * Asks again what was silent or unreachable. It is filtered only where the host was seen to answer right after: a host
   * that has left is silent, and after a while unreachable, on every port.
   */
  async #settle(unsettled: ReadonlyMap<number, string>): Promise<void> {
    const { host, signal, connectsInFlight } = this.request;
    const ports = [...unsettled.keys()];
    const inFlight = ports.length <= FEW ? Math.min(GENTLE, connectsInFlight) : connectsInFlight;
    for (let from = 0; from < ports.length; from += PORTION) {
      let portion = ports.slice(from, from + PORTION);
      for (let look = 1; portion.length > 0; look++) {
        const still = await this.#ask(portion, this.#patience(2, UNMEASURED), inFlight);
        portion = [...still.keys()];
        if (signal.aborted) return;
        if (portion.length === 0) break;
        const seen = await this.#seenUp();
        if (signal.aborted) return;
        if (seen === 'at once') {
          for (const [port, reason] of still) this.map.set(port, 'filtered', reason);
          break;
        }
        const left = formatPorts(portRanges([...portion, ...ports.slice(from + PORTION)]));
        if (seen === 'not') throw new CannotTell('timeout', `${host} stopped answering; not settled: ports ${left}`);
        if (look === LOOKS) {
          this.#warn(`${host} answers on and off; not settled: ports ${formatPorts(portRanges(portion))}`);
          break;
        }
      }
    }
  }

  /** Whether a port that answered before still does: at once, only when asked again, or not. */
  async #seenUp(): Promise<'at once' | 'late' | 'not'> {
    for (let look = 1; look <= LOOKS; look++) {
      const unsettled = await this.#ask([this.#canary!.port], () => this.request.wait);
      if (unsettled.size === 0) return look === 1 ? 'at once' : 'late';
    }
    return 'not';
  }

  #patience(times: number, unmeasured: number): () => number {
    return () => Math.min(this.request.wait, Math.max(FLOOR, this.#roundTrip.timeout ?? unmeasured) * times);
  }

  /** Asks each port once and keeps what is settled. Gives the ports that were silent or unreachable, and why. */
  async #ask(
    ports: Iterable<number>,
    wait: () => number,
    inFlight = this.request.connectsInFlight,
  ): Promise<Map<number, string>> {
    const unsettled = new Map<number, string>();
    const told = (port: number, answer: Answer): void => {
      if (answer.state === 'silent') unsettled.set(port, SILENT);
      else if (answer.state === 'filtered') unsettled.set(port, answer.reason);
      else if (answer.state !== 'ours') this.#keep(port, answer.state, answer.reason);
      else {
        const same = this.#ours.get(answer.code) ?? [];
        same.push(port);
        this.#ours.set(answer.code, same);
      }
    };
    const { host, signal } = this.request;
    const { network } = this;
    const [pace, roundTrip] = [this.#pace, this.#roundTrip];
    await connectEach(ports[Symbol.iterator](), { network, host, inFlight, pace, roundTrip, wait, signal, told });
    return unsettled;
  }

  #keep(port: number, state: 'open' | 'closed', reason: string): void {
    const known = this.map.get(port)?.state;
    if (!this.#canary?.open) this.#canary = { port, open: state === 'open' };
    // A listener seen once stays seen: that it is gone by the next look is for the engine's canary to say.
    if (known === 'open') return;
    this.map.set(port, state, reason);
    if (state === 'open') {
      this.channel.push({ fact: { kind: 'port', transport: 'tcp', port, state, reason, by: 'connect' } });
    }
  }

  #warn(warning: string): void {
    this.channel.push({ warning });
  }

  /** Closed and filtered ports in ranges, and what our own system kept us from asking. */
  *rest(): Generator<ScanEvent> {
    for (const fact of this.map.facts('connect')) yield { fact };
    for (const [code, ports] of this.#ours) {
      const left = portRanges(ports.filter((port) => this.map.get(port) === undefined));
      if (left.length > 0) yield { warning: `This machine could not ask (${code}): ports ${formatPorts(left)}` };
    }
  }
}

/**
 * The built-in TCP connect scan. Open ports are told at once, closed and filtered ones in ranges at the end, also where
 * the scan is cut short by its signal or by the host: then it throws CannotTell, and what was not asked stays uncovered.
 *
 * How long it takes: a host that refuses costs what the rate allows (65,535 ports in 6.6 s at 10,000 a second). A silent
 * port costs the measured round trip (RFC 6298), at least 150 ms and at most `wait`, and twice that when it is asked
 * again; with 500 in flight a host that drops all but one port takes about 60 s. A host that never answers is asked with
 * `wait` on the common ports and 300 ms twice on all: about 85 s with the default limits, and then nothing counts as
 * covered. Where the address is on the link and nobody has it, the scan ends after the common ports.
 */
export function connectScan(options: { network: Network; description?: string }): Discovery {
  return {
    name: 'connect',
    description: options.description ?? 'built-in connect scan',
    scan(request) {
      let scan: ConnectScan | undefined;
      return tellAll(
        request.signal,
        (channel, signal) => {
          scan = new ConnectScan(options.network, { ...request, signal }, channel);
          return scan.run();
        },
        () => scan?.rest() ?? [],
      );
    },
  };
}
