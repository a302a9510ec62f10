import * as dgram from 'node:dgram';
import * as net from 'node:net';

/** The network as an option, so that tests are exact. Nothing but the wire and the built-in scan may use it. */
export interface Network {
  connect(options: { host: string; port: number }): net.Socket;
  datagram(family: 4 | 6): dgram.Socket;
  listen(): net.Server;
}

/** The system's own sockets. */
export const systemNetwork: Network = {
  connect: ({ host, port }) => net.connect({ host, port, noDelay: true }),
  datagram: (family) => dgram.createSocket({ type: family === 6 ? 'udp6' : 'udp4', reuseAddr: true }),
  listen: () => net.createServer(),
};

/** Time and randomness as options. `now` is milliseconds since the epoch. */
export interface Clock {
  now(): number;
  /** Resolves after the time, rejects with the signal's reason when aborted first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
