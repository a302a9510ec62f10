import type { Socket } from 'node:net';
import type { Clock, Network } from '../network.ts';
import { CannotTell, type Connection, type DatagramMessage, type Listener } from '../probe.ts';
import { canonicalAddress, type Scope } from '../scope.ts';
import type { Transcript } from '../transcript.ts';
import { within } from './deadline.ts';
import { abortReason, cannotTell } from './errors.ts';

export interface ListenerOptions {
  readonly network: Network;
  readonly scope: Scope;
  readonly transport: 'tcp' | 'udp';
  /** The device that is to call: we listen on the address that faces it. */
  readonly host: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly wait: number;
  readonly readBytes: number;
  /** Makes the Connection of a caller that is in scope. */
  readonly accept: (socket: Socket, host: string, port: number) => Connection;
  readonly transcript: (port: number) => Transcript;
  readonly closed: () => void;
}

/** Callers that wait to be taken; more are turned away. */
const QUEUE = 64;

/** Opens a listener; callers outside the scope are dropped unheard. Throws CannotTell where the system refuses. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const { network, host, transport } = options;
  const family = host.includes(':') ? 6 : 4;
  const address = await facing(network, host, family).catch((error) => {
    throw cannotTell(error, `listening for ${host}`);
  });
  const queue = new Queue(options);
  if (transport === 'tcp') {
    const server = network.listen();
    server.on('connection', (socket) => {
      const from = canonicalAddress(socket.remoteAddress ?? '');
      if (from === undefined || !options.scope.contains(from) || queue.full) socket.destroy();
      else queue.add(options.accept(socket, from, socket.remotePort ?? 0));
    });
    await settled(server, () => server.listen(0, address));
    const bound = server.address();
    return queue.listener(address, typeof bound === 'object' && bound ? bound.port : 0, () => server.close());
  }
  const socket = network.datagram(family);
  await settled(socket, () => socket.bind(0, address));
  const { port } = socket.address();
  const transcript = options.transcript(port);
  let read = 0;
  socket.on('message', (bytes, info) => {
    const from = canonicalAddress(info.address);
    if (from === undefined || !options.scope.contains(from) || queue.full) return;
    read += bytes.length;
    if (read > options.readBytes) return;
    transcript.received(bytes, info.port);
    queue.add({ bytes, from: { address: from, port: info.port } });
  });
  return queue.listener(address, port, () => {
    socket.close();
    transcript.end(read > options.readBytes ? `reading stopped at ${options.readBytes} bytes` : 'closed by us');
  });
}

class Queue {
  readonly #o: ListenerOptions;
  readonly #waiting: (DatagramMessage | Connection)[] = [];
  #closed = false;
  #wake: () => void = () => {};

  constructor(options: ListenerOptions) {
    this.#o = options;
  }

  get full(): boolean {
    return this.#closed || this.#waiting.length >= QUEUE;
  }

  add(caller: DatagramMessage | Connection): void {
    this.#waiting.push(caller);
    this.#wake();
  }

  listener(address: string, port: number, shut: () => void): Listener {
    return {
      address,
      port,
      next: (options) => this.#next(options?.wait ?? this.#o.wait),
      close: () => {
        if (this.#closed) return;
        this.#closed = true;
        shut();
        this.#o.closed();
        this.#wake();
      },
    };
  }

  async #next(wait: number): Promise<DatagramMessage | Connection | undefined> {
    const { clock, signal } = this.#o;
    if (this.#waiting.length === 0 && !this.#closed) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        await within(woken, { wait, clock, signal, what: 'waiting for a call' });
      } catch (error) {
        if (signal.aborted || !(error instanceof CannotTell && error.reason === 'timeout')) throw error;
      }
    }
    if (signal.aborted) throw abortReason(signal);
    return this.#waiting.shift();
  }
}

/** Our own address on the way to the host: connecting a datagram socket asks the routing table and sends nothing. */
function facing(network: Network, host: string, family: 4 | 6): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = network.datagram(family);
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.once('connect', () => {
      const { address } = socket.address();
      socket.close();
      resolve(address);
    });
    socket.connect(9, host);
  });
}

function settled(socket: NodeJS.EventEmitter, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('listening', resolve);
    socket.on('error', (error) => reject(cannotTell(error, 'listening')));
    start();
  });
}
