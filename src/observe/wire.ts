import { setMaxListeners } from 'node:events';
import type { Socket } from 'node:net';
import type { Component, Endpoint } from '../model/target.ts';
import type { Clock, Network } from './network.ts';
import { CannotTell, type Connection, type Datagram, type DialOptions, type Listener } from './probe.ts';
import type { Scope } from './scope.ts';
import { Transcript, type TranscriptAbout } from './transcript.ts';
import { WireConnection } from './wire/connection.ts';
import { WireDatagram } from './wire/datagram.ts';
import { startTimer } from './wire/deadline.ts';
import { connected, type Secured, secured } from './wire/dial.ts';
import { abortReason, cannotTell } from './wire/errors.ts';
import { listen } from './wire/listener.ts';
import type { Semaphore } from './wire/semaphore.ts';

export { createSemaphore, type Semaphore } from './wire/semaphore.ts';

export interface WireOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly scope: Scope;
  /** Of the device: shared by all its attempts. */
  readonly semaphore: Semaphore;
  /** Ends everything that waits. */
  readonly signal: AbortSignal;
  /** Milliseconds for a whole answer, and for a connection to stand. */
  readonly wait: number;
  /** Bytes that one connection or datagram socket may bring. */
  readonly readBytes: number;
  readonly endpoint: Endpoint;
  readonly component: Component;
}

/** How many waits an attempt that has a connection waits for a place for another. */
const PATIENCE = 4;

/** One attempt's only door to the network. */
export interface Wire {
  dial(options?: DialOptions): Promise<Connection>;
  datagram(options?: { host?: string; port?: number }): Promise<Datagram>;
  listen(options: { transport: 'tcp' | 'udp' }): Promise<Listener>;
  /** All transcripts, in the order in which they were begun. */
  readonly transcripts: readonly Transcript[];
  /** Those with traffic since this was last asked. */
  touched(): Transcript[];
  /** Closes all that was opened; nothing can be opened afterwards. */
  close(): void;
}

export function createWire(options: WireOptions): Wire {
  const { network, clock, scope, semaphore, endpoint, component, wait, readBytes } = options;
  const transcripts: Transcript[] = [];
  const open = new Set<() => void>();
  let touched = new Set<Transcript>();
  const closing = new AbortController();
  const signal = AbortSignal.any([options.signal, closing.signal]);
  // As many as wait at once; Node warns at eleven.
  setMaxListeners(0, signal);

  const transcribe = (about: TranscriptAbout) => {
    const transcript = new Transcript(about, clock, (touch) => touched.add(touch));
    transcripts.push(transcript);
    return transcript;
  };
  const admit = (host: string, port: number | undefined) => {
    if (signal.aborted) throw abortReason(signal);
    const address = scope.admit(host);
    if (port === undefined) throw new Error('no port was given, and the endpoint has none');
    return { address, port };
  };
  const track = <S extends Socket | WireConnection>(stream: S): S => {
    const end = () => stream.destroy();
    open.add(end);
    stream.once('close', () => open.delete(end));
    return stream;
  };

  let held = 0;
  // Attempts that hold places and wait for more could wait for each other until all their time is up (a fragile device
  // has one place): so a second place is given up on, and the first is not.
  const place = async (name: string) => {
    if (held === 0 || semaphore.free > 0) return taken(await semaphore.acquire(signal));
    const patience = new AbortController();
    const timer = startTimer({ wait: PATIENCE * wait, clock, signal });
    const late = timer.over.then((how) => {
      if (how === 'late') patience.abort(new CannotTell('budget', `${name}: no place for one more connection at once`));
    });
    try {
      return taken(await semaphore.acquire(AbortSignal.any([signal, patience.signal])));
    } finally {
      timer.stop();
      await late;
    }
  };
  const taken = (release: () => void) => {
    held++;
    return () => {
      held--;
      release();
    };
  };

  return {
    transcripts,
    touched() {
      const all = [...touched];
      touched = new Set();
      return all;
    },
    close() {
      closing.abort(new CannotTell('aborted', 'the attempt is over'));
      // The youngest first: a connection says how it ended before its socket is gone.
      for (const end of [...open].reverse()) end();
    },

    async dial(dial = {}) {
      const { address, port } = admit(dial.host ?? endpoint.host, dial.port ?? endpoint.port);
      const security = dial.security ?? (endpoint.security === 'tls' ? 'tls' : 'none');
      const name = `${address} port ${port}`;
      const release = await place(name);
      const transcript = transcribe({ transport: 'tcp', host: address, port, security });
      const started = clock.now();
      const deadline = () => ({
        wait: Math.max(1, (dial.wait ?? wait) - (clock.now() - started)),
        clock,
        signal,
      });
      let raw: Socket;
      try {
        raw = network.connect({ host: address, port });
      } catch (error) {
        release();
        throw error;
      }
      track(raw);
      raw.once('close', release);
      try {
        await connected(raw, { host: address, port }, name, deadline());
        let secure: Secured | undefined;
        if (security === 'tls') {
          const servername = dial.servername === false ? undefined : (dial.servername ?? component.names[0]);
          const { alpn, clientCertificate } = dial;
          secure = await secured(raw, name, { servername, alpn, clientCertificate }, deadline(), transcript);
          track(secure.socket);
        }
        transcript.note('connected');
        const connection = new WireConnection({
          socket: secure?.socket ?? raw,
          remote: { host: address, port },
          transcript,
          clock,
          signal,
          wait,
          readBytes: dial.readBytes ?? readBytes,
          connectMs: clock.now() - started,
          servername: component.names[0],
          ...(secure && { tls: secure.about }),
        });
        return track(connection);
      } catch (error) {
        const why = Object.assign(cannotTell(error, name), { bytesSent: raw.bytesWritten });
        raw.destroy();
        transcript.note(why.message);
        transcript.end(why.reason);
        throw why;
      }
    },

    async datagram(to = {}) {
      const { address, port } = admit(to.host ?? endpoint.host, to.port ?? endpoint.port);
      const transcript = transcribe({ transport: 'udp', host: address, port, security: 'none' });
      const datagram: WireDatagram = await WireDatagram.open({
        network,
        host: address,
        port,
        transcript,
        clock,
        signal,
        wait,
        readBytes,
        closed: () => open.delete(end),
      });
      const end = () => datagram.close();
      open.add(end);
      return datagram;
    },

    async listen({ transport }) {
      const host = scope.admit(endpoint.host);
      if (signal.aborted) throw abortReason(signal);
      const listener = await listen({
        network,
        scope,
        transport,
        host,
        clock,
        signal,
        wait,
        readBytes,
        accept: (socket, from, port) =>
          track(
            new WireConnection({
              socket: track(socket),
              remote: { host: from, port },
              transcript: transcribe({ transport: 'tcp', host: from, port, security: 'none', accepted: true }),
              clock,
              signal,
              wait,
              readBytes,
              connectMs: 0,
            }),
          ),
        transcript: (port) => transcribe({ transport: 'udp', host, port, security: 'none', accepted: true }),
        closed: () => open.delete(end),
      });
      const end = () => listener.close();
      open.add(end);
      return listener;
    },
  };
}
