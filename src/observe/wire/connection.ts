import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { Clock } from '../network.ts';
import { CannotTell, type Connection, type Ended, type ReceiveOptions, type UpgradeOptions } from '../probe.ts';
import type { Transcript } from '../transcript.ts';
import { startTimer, within } from './deadline.ts';
import { secured } from './dial.ts';
import { abortReason, cannotTell } from './errors.ts';

export interface ConnectionOptions {
  /** Connected; TLS sockets with their handshake done. */
  readonly socket: Socket;
  readonly remote: { readonly host: string; readonly port: number };
  readonly transcript: Transcript;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly wait: number;
  readonly readBytes: number;
  readonly connectMs: number;
  readonly tls?: Connection['tls'];
  /** The TLS server name of an upgrade. */
  readonly servername?: string | undefined;
}

interface Over {
  readonly how: Exclude<Ended, 'until' | 'timeout'>;
  readonly error?: CannotTell;
}

const CLOSED: Over = { how: 'closed' };
const RESET = (name: string) => cannotTell(Object.assign(new Error('reset'), { code: 'ECONNRESET' }), name);

/**
 * The wire's Connection over a socket. What was read before a reset or the byte cap can still be read after it: only
 * then does the stream end, with an error, so that a body cut short is never taken for a whole one.
 */
export class WireConnection extends Duplex implements Connection {
  readonly remote: Connection['remote'];
  tls?: NonNullable<Connection['tls']>;
  readonly connectMs: number;
  // What libraries look for on a net.Socket.
  readonly connecting = false;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #o: ConnectionOptions;
  #socket: Socket;
  #detach: () => void = () => {};
  #read = 0;
  #over: Over | undefined;
  #wake: () => void = () => {};

  constructor(options: ConnectionOptions) {
    super({ allowHalfOpen: false });
    this.#o = options;
    this.#socket = options.socket;
    this.remote = options.remote;
    this.remoteAddress = options.remote.host;
    this.remotePort = options.remote.port;
    this.connectMs = options.connectMs;
    if (options.tls) this.tls = options.tls;
    // An error that nobody listens for would end the process; `receive` and `send` tell it all the same.
    this.on('error', (error) => options.transcript.end(error.message));
    this.#attach(options.socket);
  }

  #attach(socket: Socket): void {
    this.#socket = socket;
    const data = (chunk: Buffer) => this.#arrived(chunk);
    const end = () => this.#ends(this.#wasReset() ? { how: 'reset', error: RESET(this.#name) } : CLOSED);
    const error = (why: Error) => this.#ends({ how: 'reset', error: cannotTell(why, this.#name) });
    const close = () => this.#ends(CLOSED);
    socket.on('data', data);
    // Before Node's own listener, which ends our side.
    socket.prependListener('end', end);
    socket.on('error', error);
    socket.on('close', close);
    this.#detach = () => {
      for (const [event, listener] of Object.entries({ data, end, error, close })) socket.off(event, listener as never);
    };
  }

  async upgrade(options: UpgradeOptions = {}): Promise<void> {
    if (this.#over) throw this.#over.error ?? new CannotTell('reset', `${this.#name}: closed by the peer`);
    // What came before the handshake is not protected by it, and must not be read as if it were (as CVE-2011-0411).
    if (this.readableLength > 0 || this.tls) {
      const why = new CannotTell('protocol', `${this.#name}: more came in the clear before TLS began`);
      this.destroy(why);
      throw why;
    }
    const { transcript, clock, signal, wait } = this.#o;
    const raw = this.#socket;
    this.#detach();
    try {
      const servername = options.servername === false ? undefined : (options.servername ?? this.#o.servername);
      const { socket, about } = await secured(
        raw,
        this.#name,
        { servername, alpn: undefined, clientCertificate: options.clientCertificate },
        { wait: options.wait ?? wait, clock, signal },
        transcript,
      );
      if (this.destroyed) socket.destroy();
      this.tls = about;
      this.#attach(socket);
    } catch (error) {
      const why = cannotTell(error, this.#name);
      transcript.note(why.message);
      raw.destroy();
      this.#ends({ how: 'reset', error: why });
      throw why;
    }
  }

  async send(bytes: Buffer | string): Promise<void> {
    const { clock, signal, wait } = this.#o;
    if (signal.aborted) throw abortReason(signal);
    const written = new Promise<void>((resolve, reject) => {
      this.write(bytes, (error) => {
        if (error) reject(this.#over?.error ?? cannotTell(error, this.#name));
        else resolve();
      });
    });
    await within(written, { wait, clock, signal, what: `sending to ${this.#name}` });
  }

  async receive(options: ReceiveOptions = {}): Promise<{ bytes: Buffer; ended: Ended }> {
    const { clock, signal } = this.#o;
    const cap = options.cap ?? this.#o.readBytes;
    const wait = options.wait ?? this.#o.wait;
    const chunks: Buffer[] = [];
    let length = 0;
    const timer = startTimer({ wait, clock, signal });
    let late = false;
    const over = timer.over.then(() => {
      late = true;
      this.#wake();
    });
    try {
      for (;;) {
        const woken = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        while (length < cap && this.readableLength > 0) {
          const chunk = this.read(Math.min(this.readableLength, cap - length)) as Buffer | null;
          if (chunk === null) break;
          chunks.push(chunk);
          length += chunk.length;
          if (options.until === undefined) continue;
          const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks);
          if (options.until(bytes)) return { bytes, ended: 'until' };
        }
        const done: Ended | undefined = length >= cap ? 'cap' : (this.#over?.how ?? (late ? 'timeout' : undefined));
        if (signal.aborted) throw abortReason(signal);
        if (done) {
          if (this.#over) this.read(0);
          return { bytes: Buffer.concat(chunks), ended: done };
        }
        // Asks the socket to go on where it was paused.
        this.read(0);
        await woken;
      }
    } finally {
      this.#wake = () => {};
      timer.stop();
      await over;
    }
  }

  /** Also tells a library's stream of a reset or the cap, once all that came before was read. */
  override read(size?: number): unknown {
    const chunk: unknown = super.read(size);
    if (this.readableLength === 0 && this.#over?.error) this.destroy(this.#over.error);
    return chunk;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#over) {
      done(
        this.#over.error ??
          Object.assign(new CannotTell('reset', `${this.#name}: closed by the peer`), { code: 'EPIPE' }),
      );
      return;
    }
    this.#o.transcript.sent(chunk);
    this.#socket.write(chunk, (error) => done(error && cannotTell(error, this.#name)));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#o.transcript.end(error ? error.message : 'closed by us');
    this.#over ??= CLOSED;
    this.#socket.destroy();
    this.#wake();
    done(error);
  }

  /** As on a net.Socket: once all that was written is out. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  setTimeout(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  get #name(): string {
    return `${this.remote.host} port ${this.remote.port}`;
  }

  // libuv reports a reset that comes right behind data as an end. A connection that has got an end still has a peer,
  // one that was reset has none; once we have ended our own side the two look the same, and the end is believed.
  #wasReset(): boolean {
    return !this.writableEnded && this.#socket.remotePort === undefined;
  }

  #arrived(chunk: Buffer): void {
    if (this.#over) return;
    const room = this.#o.readBytes - this.#read;
    const bytes = chunk.subarray(0, room);
    this.#read += bytes.length;
    if (bytes.length > 0) {
      this.#o.transcript.received(bytes);
      if (!this.push(bytes)) this.#socket.pause();
    }
    if (chunk.length > room) {
      const error = new CannotTell('protocol', `${this.#name}: more than ${this.#o.readBytes} bytes`);
      this.#o.transcript.end(`reading stopped at ${this.#o.readBytes} bytes`);
      this.#ends({ how: 'cap', error });
      this.#socket.destroy();
    }
    this.#wake();
  }

  #ends(over: Over): void {
    if (this.#over) return;
    this.#over = over;
    this.#o.transcript.end(over.error?.message ?? 'closed by the peer');
    if (!over.error) this.push(null);
    else if (this.readableLength === 0) this.destroy(over.error);
    this.#wake();
  }
}
