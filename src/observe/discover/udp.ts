import type { FactOf } from '../../model/fact.ts';
import { CannotTell, type Datagram } from '../probe.ts';
import { payloadsOf, type Random } from '../protocols/udp-payloads.ts';
import { type Channel, tellAll } from './channel.ts';
import type { PortRanges, ScanEvent } from './discovery.ts';
import { countPorts, eachPort } from './ports.ts';

export interface UdpRequest {
  readonly host: string;
  readonly ports: PortRanges;
  /** A datagram socket aimed at that port of the host; it throws CannotTell `refused` on a port unreachable. */
  readonly datagram: (port: number) => Promise<Datagram>;
  /** Milliseconds until a port is silent to a payload. */
  readonly wait: number;
  /** Rejects when the attempt is aborted. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly signal: AbortSignal;
  readonly random: Random;
}

/**
 * A Linux device answers a burst of six port unreachables, then one a second (icmp_ratelimit, icmp(7)): faster asking
 * would make closed ports look silent.
 */
const BURST = 5;
const SPACING = 1050;
/** Milliseconds for the first of several payloads, since a closed port refuses at once. */
const FIRST = 300;

type Seen = 'open' | 'closed' | 'silent';

/** Sends a port its payloads until one is answered or refused. */
async function askPort(port: number, request: UdpRequest): Promise<Seen> {
  const { wait, random } = request;
  const socket = await request.datagram(port);
  try {
    const [first, ...rest] = payloadsOf(port);
    await socket.send(first!.build(random));
    if (await socket.receive({ wait: rest.length > 0 ? Math.min(FIRST, wait) : wait })) return 'open';
    if (rest.length === 0) return 'silent';
    for (const payload of rest) await socket.send(payload.build(random));
    return (await socket.receive({ wait })) ? 'open' : 'silent';
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    // A port unreachable is the fact; no answer by another name is silence.
    if (error.reason === 'refused') return 'closed';
    if (error.reason === 'timeout') return 'silent';
    throw error;
  } finally {
    socket.close();
  }
}

const REASON = { open: 'answer', closed: 'port-unreach', silent: 'no-response' } as const;

const factOf = (port: number, seen: Seen): FactOf<'port'> => ({
  kind: 'port',
  transport: 'udp',
  port,
  state: seen === 'silent' ? 'open-or-filtered' : seen,
  reason: REASON[seen],
  by: 'payload',
});

async function scanAll(request: UdpRequest, channel: Channel<ScanEvent>, signal: AbortSignal): Promise<void> {
  const failures: CannotTell[] = [];
  let sent = 0;
  /** One round over the ports, paced; tells what is settled and gives the silent ones. */
  const round = async (ports: Iterable<number>): Promise<number[]> => {
    const silent: number[] = [];
    const asks: Promise<void>[] = [];
    const ask = async (port: number): Promise<void> => {
      try {
        const seen = await askPort(port, request);
        if (seen === 'silent') silent.push(port);
        else channel.push({ fact: factOf(port, seen) });
      } catch (error) {
        if (!(error instanceof CannotTell)) throw error;
        failures.push(error);
        channel.push({ warning: `UDP port ${port} of ${request.host} was not settled: ${error.message}` });
      }
    };
    for (const port of ports) {
      if (sent++ >= BURST) await request.sleep(SPACING);
      if (signal.aborted) break;
      asks.push(ask(port));
    }
    await Promise.all(asks);
    return silent.sort((a, b) => a - b);
  };
  const silent = await round(eachPort(request.ports));
  const still = signal.aborted ? [] : await round(silent);
  if (signal.aborted) return;
  for (const port of still) channel.push({ fact: factOf(port, 'silent') });
  if (failures.length > 0 && failures.length === countPorts(request.ports)) throw failures[0];
}

/**
 * Asks UDP ports by real payloads. `open` is an answer, `closed` a port unreachable, `open-or-filtered` silence to every
 * payload, twice. Asks go out in a burst of five, then one every 1.05 s, so ten silent ports take about 17 s. A port that
 * could not be asked gets no fact. Throws CannotTell when aborted, or where no port at all could be asked.
 */
export const udpScan = (request: UdpRequest): AsyncIterable<ScanEvent> =>
  tellAll(request.signal, (channel, signal) => scanAll(request, channel, signal));
