import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Network } from '../network.ts';
import type { Pace, RoundTrip } from './pace.ts';

/** What one connect showed. `ours` is trouble on our side, with the errno: nothing was learnt of the port. */
export type Answer =
  | { readonly state: 'open' | 'closed' | 'filtered'; readonly reason: string }
  | { readonly state: 'silent' }
  | { readonly state: 'ours'; readonly code: string };

/** What the peer, or the network on its behalf, says by an errno (connect(2), tcp(7), icmp(7)). */
const ERRNO: Readonly<Record<string, Answer>> = {
  ECONNREFUSED: { state: 'closed', reason: 'conn-refused' },
  // The handshake was done and torn down before we looked: something accepted.
  ECONNRESET: { state: 'open', reason: 'syn-ack' },
  EPIPE: { state: 'open', reason: 'syn-ack' },
  EHOSTUNREACH: { state: 'filtered', reason: 'host-unreach' },
  EHOSTDOWN: { state: 'filtered', reason: 'host-unreach' },
  ENETUNREACH: { state: 'filtered', reason: 'net-unreach' },
  EACCES: { state: 'filtered', reason: 'admin-prohibited' },
  ENOPROTOOPT: { state: 'filtered', reason: 'proto-unreach' },
  ETIMEDOUT: { state: 'silent' },
};

export const errnoAnswer = (code: string | undefined): Answer =>
  ERRNO[code ?? ''] ?? { state: 'ours', code: code ?? 'unknown error' };

/** Loopback connects to itself where the system picks the asked port as the source port (RFC 9293, 3.5: simultaneous open). */
const isSelfConnection = (socket: Socket): boolean =>
  socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;

/** Asked again from another source port; a port that only ever connects to itself has no listener. */
const SELF = 'self-connection';
const CLOSED: Answer = { state: 'closed', reason: SELF };

const TRIES = 6;
const TICK = 10;

export interface ConnectsOptions {
  readonly network: Network;
  readonly host: string;
  readonly inFlight: number;
  readonly pace: Pace;
  readonly roundTrip: RoundTrip;
  /** Milliseconds until a silent port is silent, asked anew for each look. */
  readonly wait: () => number;
  readonly signal: AbortSignal;
  /** Called once for each port that was asked to the end; never for one that an abort cut short. */
  readonly told: (port: number, answer: Answer) => void;
}

interface Flight {
  readonly port: number;
  readonly tries: number;
  readonly since: number;
}

/**
 * Connects to each port once, bounded and paced, and closes at once what opens. Where our own system has no descriptor,
 * port or buffer left, it halves what is in flight, waits and asks again, six times in all.
 * Resolves when every port was told or the signal aborted; never rejects.
 */
export function connectEach(ports: Iterator<number>, options: ConnectsOptions): Promise<void> {
  const { network, host, pace, roundTrip, signal, told } = options;
  const flights = new Map<Socket, Flight>();
  const again: { port: number; tries: number; at: number }[] = [];
  let limit = Math.max(1, options.inFlight);
  let exhausted = false;
  let timer: NodeJS.Timeout | undefined;

  return new Promise((resolve) => {
    const settle = (socket: Socket, answer: Answer): void => {
      const flight = flights.get(socket);
      if (!flight) return;
      flights.delete(socket);
      if (answer.state === 'open') socket.resetAndDestroy();
      else socket.destroy();
      if (answer.state === 'open' || answer.state === 'closed') roundTrip.measured(performance.now() - flight.since);
      if (answer.state === 'ours' && flight.tries < TRIES) {
        if (answer.code !== SELF) limit = Math.max(1, limit >> 1);
        again.push({ port: flight.port, tries: flight.tries + 1, at: performance.now() + 8 * 2 ** flight.tries });
      } else {
        if (answer.state === 'closed') limit = Math.min(options.inFlight, limit + 1);
        told(flight.port, answer.state === 'ours' && answer.code === SELF ? CLOSED : answer);
      }
      launch();
    };

    const ask = (port: number, tries: number): void => {
      const socket = network.connect({ host, port });
      flights.set(socket, { port, tries, since: performance.now() });
      socket.on('error', (error: NodeJS.ErrnoException) => settle(socket, errnoAnswer(error.code)));
      socket.on('connect', () => {
        const self = isSelfConnection(socket);
        settle(socket, self ? { state: 'ours', code: SELF } : { state: 'open', reason: 'syn-ack' });
      });
    };

    let launching = false;
    const launch = (): void => {
      if (launching) return;
      launching = true;
      while (!signal.aborted && flights.size < limit) {
        const now = performance.now();
        const due = again.findIndex((one) => one.at <= now);
        if (due < 0 && exhausted) break;
        if (!pace.take(now)) break;
        const repeat = due < 0 ? undefined : again.splice(due, 1)[0];
        if (repeat) ask(repeat.port, repeat.tries);
        else {
          const next = ports.next();
          if (next.done) exhausted = true;
          else ask(next.value, 1);
        }
      }
      launching = false;
      if (signal.aborted || (exhausted && flights.size === 0 && again.length === 0)) end();
    };

    const sweep = (): void => {
      const before = performance.now() - options.wait();
      for (const [socket, flight] of flights) if (flight.since <= before) settle(socket, { state: 'silent' });
      launch();
    };

    const end = (): void => {
      clearInterval(timer);
      signal.removeEventListener('abort', end);
      for (const socket of flights.keys()) socket.destroy();
      flights.clear();
      resolve();
    };

    signal.addEventListener('abort', end);
    // The sweep comes after the poll phase, so that an answer which arrived while we were busy is read before it is late.
    timer = setInterval(() => setImmediate(sweep), TICK);
    launch();
  });
}
