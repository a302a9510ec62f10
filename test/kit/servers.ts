import * as dgram from 'node:dgram';
import * as net from 'node:net';

/** What a server does with each connection. Errors of the socket are not its concern. */
export type TcpHandler = (socket: net.Socket) => unknown;
/** What a server does with each message; `answer` sends back to where it came from. */
export type UdpHandler = (
  message: Buffer,
  answer: (bytes: Buffer | string) => void,
  from: dgram.RemoteInfo,
  socket: dgram.Socket,
) => unknown;

export interface Server {
  readonly port: number;
  /** Connections (TCP) or messages (UDP) so far. */
  readonly met: number;
  /** Connections that are open now. */
  readonly open: number;
  close(): Promise<void>;
}

/** Listens on an ephemeral loopback port; `close` also ends what is still connected. */
export async function tcpServer(handler: TcpHandler, host = '127.0.0.1'): Promise<Server> {
  const sockets = new Set<net.Socket>();
  let met = 0;
  const server = net.createServer({ noDelay: true }, (socket) => {
    met++;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    handler(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  return {
    port: (server.address() as net.AddressInfo).port,
    get met() {
      return met;
    },
    get open() {
      return sockets.size;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Binds an ephemeral loopback port. */
export async function udpServer(handler: UdpHandler, host = '127.0.0.1'): Promise<Server> {
  const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
  let met = 0;
  let open = true;
  socket.on('message', (message, from) => {
    met++;
    handler(message, (bytes) => open && socket.send(bytes, from.port, from.address), from, socket);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(0, host, resolve);
  });
  return {
    port: socket.address().port,
    get met() {
      return met;
    },
    get open() {
      return 0;
    },
    close: () =>
      new Promise((resolve) => {
        open = false;
        socket.close(() => resolve());
      }),
  };
}

/** A port where nobody listens: `start` of a row for "refused". Below those that other tests bind meanwhile. */
export async function closedPort(host = '127.0.0.1'): Promise<{ port: number; close(): Promise<void> }> {
  for (let port = 600 + Math.floor(Math.random() * 300); ; port++) {
    const free = await new Promise<boolean>((resolve) => {
      const socket = net.connect({ host, port }, () => {
        socket.destroy();
        resolve(false);
      });
      socket.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code === 'ECONNREFUSED'));
    });
    if (free) return { port, close: () => Promise.resolve() };
  }
}
