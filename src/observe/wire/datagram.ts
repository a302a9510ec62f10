import type * as dgram from 'node:dgram';
import { EventEmitter } from 'node:events';
import type { Clock, Network } from '../network.ts';
import { CannotTell, type Datagram, type DatagramMessage } from '../probe.ts';
import { canonicalAddress } from '../scope.ts';
import type { Transcript } from '../transcript.ts';
import { within } from './deadline.ts';
import { abortReason, cannotTell } from './errors.ts';

export interface DatagramOptions {
  readonly network: Network;
  readonly host: string;
  readonly port: number;
  readonly transcript: Transcript;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly wait: number;
  readonly readBytes: number;
  readonly closed: () => void;
}

/** Local ports of our pairs: with SO_REUSEADDR the system may give one out twice, and answers would go astray. */
const portsInUse = new Set<number>();

/**
 * A pair of sockets on one local port. The connected one talks to the endpoint's port and is told when that is
 * unreachable (an unconnected socket never is); the other takes what the same host sends from any other port (TFTP,
 * SSDP), and sends there. The system gives each message to the best match, so none arrives twice.
 */
export class WireDatagram implements Datagram {
  readonly #o: DatagramOptions;
  readonly #any: dgram.Socket;
  readonly #own: dgram.Socket;
  readonly #queue: DatagramMessage[] = [];
  #localPort = 0;
  #read = 0;
  #failure: CannotTell | undefined;
  #closed = false;
  #wake: () => void = () => {};
  #taker: EventEmitter | undefined;

  private constructor(options: DatagramOptions) {
    const family = options.host.includes(':') ? 6 : 4;
    this.#o = options;
    this.#any = options.network.datagram(family);
    this.#own = options.network.datagram(family);
    for (const socket of [this.#any, this.#own]) {
      socket.on('message', (bytes, from) => this.#arrived(bytes, from));
      socket.on('error', (error) => this.#failed(error));
    }
  }

  /** Opens the pair; throws CannotTell where the system refuses. */
  static async open(options: DatagramOptions): Promise<WireDatagram> {
    const what = `a UDP socket for ${options.host} port ${options.port}`;
    for (let tries = 0; ; tries++) {
      const datagram = new WireDatagram(options);
      try {
        await within(datagram.#bind(), { ...options, what });
        return datagram;
      } catch (error) {
        datagram.#shut();
        if (error !== TAKEN || tries === 20) throw cannotTell(error, what);
      }
    }
  }

  async send(bytes: Buffer, port = this.#o.port): Promise<void> {
    this.#check();
    await within(this.#transmit(bytes, port), { ...this.#o, what: `sending to ${this.#name}` });
  }

  async receive({ wait = this.#o.wait }: { wait?: number } = {}): Promise<DatagramMessage | undefined> {
    const first = this.#queue.shift();
    if (first) return first;
    this.#check();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    try {
      await within(woken, { ...this.#o, wait, what: this.#name });
    } catch (error) {
      if (this.#o.signal.aborted) throw abortReason(this.#o.signal);
      if (!(error instanceof CannotTell && error.reason === 'timeout')) throw error;
      return undefined;
    }
    const message = this.#queue.shift();
    if (message === undefined) this.#check();
    return message;
  }

  asSocket(): dgram.Socket {
    const taker = new EventEmitter();
    this.#taker = taker;
    // Nobody listening must not end the process; the transcript has it.
    taker.on('error', () => this.#o.transcript.end(`failed: ${this.#failure?.message}`));
    const socket = Object.assign(taker, {
      type: this.#o.host.includes(':') ? 'udp6' : 'udp4',
      address: () => this.#own.address(),
      remoteAddress: () => ({ address: this.#o.host, port: this.#o.port, family: this.#own.address().family }),
      bind: () => socket,
      ref: () => socket,
      unref: () => socket,
      setBroadcast: () => undefined,
      setMulticastTTL: () => undefined,
      send: (...args: unknown[]) => this.#sendAs(args),
      close: (done?: () => void) => {
        if (done) taker.once('close', done);
        this.close();
        return socket;
      },
    });
    queueMicrotask(() => {
      for (const message of this.#queue.splice(0)) this.#give(taker, message);
      if (this.#failure) taker.emit('error', this.#failure);
    });
    return socket as unknown as dgram.Socket;
  }

  close(): void {
    if (this.#closed) return;
    this.#shut();
    this.#o.transcript.end(this.#failure?.message ?? 'closed by us');
    this.#o.closed();
    this.#failure ??= new CannotTell('aborted', `${this.#name}: the socket is closed`);
    this.#wake();
    this.#taker?.emit('close');
  }

  get #name(): string {
    return `${this.#o.host} port ${this.#o.port}`;
  }

  async #bind(): Promise<void> {
    await ready(this.#any, 'listening', () => this.#any.bind(0));
    const { port } = this.#any.address();
    if (portsInUse.has(port)) throw TAKEN;
    portsInUse.add(port);
    this.#localPort = port;
    await ready(this.#own, 'listening', () => this.#own.bind(port));
    await ready(this.#own, 'connect', () => this.#own.connect(this.#o.port, this.#o.host));
  }

  #transmit(bytes: Buffer, port: number): Promise<void> {
    this.#o.transcript.sent(bytes, port === this.#o.port ? undefined : port);
    return new Promise((resolve, reject) => {
      const done = (error: Error | null) => {
        if (!error) resolve();
        // An unreachable that came back for an earlier message is told at the next send.
        else reject(this.#failed(error));
      };
      if (port === this.#o.port) this.#own.send(bytes, done);
      else this.#any.send(bytes, port, this.#o.host, done);
    });
  }

  #sendAs(args: unknown[]): void {
    const done =
      typeof args.at(-1) === 'function' ? (args.pop() as (error: Error | null, bytes?: number) => void) : undefined;
    const [data, ...rest] = args;
    const all = Array.isArray(data)
      ? Buffer.concat(data.map((part) => Buffer.from(part)))
      : Buffer.from(data as Buffer);
    const sliced = typeof rest[1] === 'number';
    const bytes = sliced ? all.subarray(Number(rest[0]), Number(rest[0]) + Number(rest[1])) : all;
    const [port, host] = sliced ? rest.slice(2) : rest;
    const sent =
      host === undefined || canonicalAddress(String(host)) === this.#o.host
        ? this.send(bytes, port === undefined ? undefined : Number(port))
        : Promise.reject(new CannotTell('scope', `${String(host).slice(0, 100)} is not ${this.#o.host}`));
    sent.then(
      () => done?.(null, bytes.length),
      (error) => {
        if (done) done(error);
        else this.#taker?.emit('error', error);
      },
    );
  }

  #arrived(bytes: Buffer, from: dgram.RemoteInfo): void {
    if (this.#closed || this.#failure || canonicalAddress(from.address) !== this.#o.host) return;
    this.#read += bytes.length;
    if (this.#read > this.#o.readBytes) {
      this.#failed(new CannotTell('protocol', `${this.#name}: more than ${this.#o.readBytes} bytes`));
      return;
    }
    this.#o.transcript.received(bytes, from.port === this.#o.port ? undefined : from.port);
    const message = { bytes, from: { address: this.#o.host, port: from.port } };
    if (this.#taker) this.#give(this.#taker, message);
    else this.#queue.push(message);
    this.#wake();
  }

  #give(taker: EventEmitter, { bytes, from }: DatagramMessage): void {
    taker.emit('message', bytes, { ...from, family: from.address.includes(':') ? 'IPv6' : 'IPv4', size: bytes.length });
  }

  #failed(error: Error): CannotTell {
    if (this.#failure === undefined) {
      this.#failure = cannotTell(error, this.#name);
      this.#o.transcript.note(this.#failure.message);
      this.#taker?.emit('error', this.#failure);
    }
    this.#wake();
    return this.#failure;
  }

  #check(): void {
    if (this.#failure) throw this.#failure;
    if (this.#o.signal.aborted) throw abortReason(this.#o.signal);
  }

  #shut(): void {
    this.#closed = true;
    if (this.#localPort > 0) portsInUse.delete(this.#localPort);
    this.#any.close();
    this.#own.close();
  }
}

const TAKEN = new Error('the system gave a port that is ours already');

function ready(socket: dgram.Socket, event: 'listening' | 'connect', start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, resolve);
    socket.once('error', reject);
    start();
  });
}
