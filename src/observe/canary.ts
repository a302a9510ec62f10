import type { FactOf } from '../model/fact.ts';
import type { Endpoint } from '../model/target.ts';
import type { Network } from './network.ts';
import type { Semaphore } from './wire.ts';

/** Whether a TCP port takes a connection within `wait` milliseconds. */
const takesConnection = (
  network: Network,
  { host, port }: Endpoint,
  wait: number,
  signal: AbortSignal,
): Promise<boolean> => {
  const socket = network.connect({ host, port: port! });
  return new Promise<boolean>((resolve) => {
    const end = (answered: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', give);
      // Only a closed connection gives its place to the next one.
      socket.once('close', () => resolve(answered));
      socket.destroy();
    };
    const give = (): void => end(false);
    const timer = setTimeout(give, wait);
    signal.addEventListener('abort', give, { once: true });
    // A port that connects to itself is nobody's answer (loopback, ephemeral ports).
    socket.once('connect', () =>
      end(socket.localPort !== socket.remotePort || socket.localAddress !== socket.remoteAddress),
    );
    socket.once('error', give);
  });
};

/** The same, in one of the device's places for connections, or holding all of them. False where the signal ends the wait. */
export const portAnswers = async (
  network: Network,
  places: { readonly semaphore: Semaphore; readonly taken: number },
  endpoint: Endpoint,
  wait: number,
  signal: AbortSignal,
): Promise<boolean> => {
  const held: (() => void)[] = [];
  try {
    while (held.length < places.taken) held.push(await places.semaphore.acquire(signal));
    return await takesConnection(network, endpoint, wait, signal);
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    for (const release of held) release();
  }
};

export interface CanaryOptions {
  /** Whether the port takes a connection now; `alone`: with no other connection to the device in flight. */
  readonly answers: (endpoint: Endpoint, alone: boolean) => Promise<boolean>;
  /** Whether the run is being ended: then no answer says nothing. */
  readonly ending: () => boolean;
  readonly sleep: (milliseconds: number) => Promise<void>;
  /** Rests in milliseconds, one after the other, before the device counts as gone. */
  readonly rests: readonly number[];
  /** Called when it turns out that the device is gone. */
  readonly stopped?: () => void;
}

/** How many known-open ports are watched: the first that answers is enough. */
const WATCHED = 3;

/**
 * Watches a device while it is probed: known-open ports are tried between attempts. Where none answers, the device
 * gets rests; where it stays away it is gone, and the attempts that ran since its last sign of life are named.
 */
export class Canary {
  readonly #options: CanaryOptions;
  readonly #ports: Endpoint[] = [];
  readonly #facts: FactOf<'liveness'>[] = [];
  #since: string[] = [];
  readonly #running = new Set<string>();
  #checking: Promise<void> | undefined;
  #gone: string | undefined;

  constructor(options: CanaryOptions) {
    this.#options = options;
  }

  /** A port that was seen open. */
  watch(endpoint: Endpoint): void {
    if (endpoint.transport === 'tcp' && this.#ports.length < WATCHED) this.#ports.push(endpoint);
  }

  /** An attempt began: until it ends, it may be what the device does not survive. */
  begun(attempt: string): void {
    this.#running.add(attempt);
  }

  /** An attempt ended: the next look tells whether the device outlived it. */
  ended(attempt: string): void {
    this.#running.delete(attempt);
    this.#since.push(attempt);
  }

  /** What the device did not survive, in words; undefined while it is there. */
  get gone(): string | undefined {
    return this.#gone;
  }

  get watched(): boolean {
    return this.#ports.length > 0;
  }

  /** What the watching saw, for the `liveness` attempt. */
  get facts(): readonly FactOf<'liveness'>[] {
    return this.#facts;
  }

  /** Looks, where something ended since the last look. Several callers share one look. */
  async look(): Promise<void> {
    this.#checking ??= this.#check().finally(() => {
      this.#checking = undefined;
    });
    await this.#checking;
  }

  async #check(): Promise<void> {
    if (this.#gone !== undefined || this.#ports.length === 0 || this.#since.length === 0) return;
    const suspects = this.#since;
    this.#since = [];
    const after = suspects.at(-1);
    for (const rest of [0, ...this.#options.rests]) {
      if (rest > 0) await this.#options.sleep(rest);
      for (const port of this.#ports) {
        // A device that takes one connection at a time is not gone because we hold it.
        if (!(await this.#options.answers(port, rest > 0))) continue;
        this.#record({ kind: 'liveness', transport: 'tcp', port: port.port!, state: 'answered', after });
        return;
      }
    }
    if (this.#options.ending()) return;
    this.#gone = [...suspects, ...this.#running].join(', ');
    this.#record({
      kind: 'liveness',
      transport: 'tcp',
      port: this.#ports[0]!.port!,
      state: 'stopped',
      after: this.#gone.slice(0, 4000),
    });
    this.#options.stopped?.();
  }

  /** The last answer of each port and each stop are enough; a fact a look would drown the run. */
  #record(fact: FactOf<'liveness'>): void {
    const index = this.#facts.findIndex((other) => other.port === fact.port && other.state === 'answered');
    if (fact.state === 'answered' && index !== -1) this.#facts.splice(index, 1);
    this.#facts.push(fact);
  }
}
