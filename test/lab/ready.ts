import * as dgram from 'node:dgram';
import * as net from 'node:net';
import type { Host } from './net.ts';

/** Milliseconds that a server may take to come up on a busy machine. */
const UP = 20_000;
/** Milliseconds between two looks, and for one. */
const [PAUSE, LOOK] = [50, 500];

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, PAUSE));

/** Whether somebody listens there now. */
export const takesConnection = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = net.connect({ host, port, timeout: LOOK });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false));
  });

/** Waits until TCP ports of a host take connections. Throws with what its programs wrote where one does not. */
export const listening = async (
  host: Pick<Host, 'name' | 'address' | 'output'>,
  ports: number | readonly number[],
  { within = UP, signal }: { within?: number; signal?: AbortSignal } = {},
): Promise<void> => {
  const until = Date.now() + within;
  for (const port of [ports].flat())
    while (!(await takesConnection(host.address, port))) {
      signal?.throwIfAborted();
      if (Date.now() > until) throw new Error(`${host.name}: nothing at port ${port}\n${host.output()}`);
      await pause();
    }
};

/** Waits until a UDP port of a host answers these bytes with anything. Throws with what its programs wrote where it does not. */
export const answering = async (
  host: Pick<Host, 'name' | 'address' | 'output'>,
  port: number,
  bytes: Buffer,
): Promise<void> => {
  const socket = dgram.createSocket('udp4');
  let came = false;
  socket.on('message', () => {
    came = true;
  });
  // A port unreachable only says that it is too early.
  socket.on('error', () => undefined);
  try {
    for (const until = Date.now() + UP; !came; ) {
      if (Date.now() > until) throw new Error(`${host.name}: nothing answers at udp/${port}\n${host.output()}`);
      socket.send(bytes, port, host.address);
      for (let looks = 0; looks < 4 && !came; looks++) await pause();
    }
  } finally {
    socket.close();
  }
};
