import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import * as tls from 'node:tls';
import { CannotTell, type Connection, type DialOptions } from '../probe.ts';
import { canonicalAddress } from '../scope.ts';
import type { Transcript } from '../transcript.ts';
import type { Deadline } from './deadline.ts';
import { within } from './deadline.ts';
import { cannotTell } from './errors.ts';

/** Most certificates that are taken from a chain. */
const CHAIN = 20;

/** Waits until the socket stands; throws CannotTell where it does not. */
export async function connected(
  socket: Socket,
  to: { host: string; port: number },
  name: string,
  deadline: Deadline,
): Promise<void> {
  const stands = new Promise<void>((resolve, reject) => {
    const closed = () => reject(new CannotTell('reset', `${name}: closed`));
    socket.once('connect', () => {
      // Every connection closes, and an error with its stack is dear.
      socket.off('close', closed);
      resolve();
    });
    socket.on('error', (error) => reject(cannotTell(error, name)));
    socket.once('close', closed);
  });
  await within(stands, { ...deadline, what: `connecting to ${name}`, over: () => socket.destroy() });
  // A connect to an unused ephemeral port of our own host may meet itself (simultaneous open): that is no open port.
  // The peer's address is not asked for: Node would keep it, and its loss is how a reset is told from an end.
  if (socket.localPort === to.port && canonicalAddress(socket.localAddress ?? '') === to.host) {
    socket.destroy();
    throw new CannotTell('refused', `${name}: the connection met itself`);
  }
}

export interface Secured {
  readonly socket: tls.TLSSocket;
  readonly about: NonNullable<Connection['tls']>;
}

/**
 * TLS over a connected socket, as permissive as this OpenSSL can be: what a device offers is a fact for the TLS probe,
 * not a reason to stay outside. Nothing is verified here.
 */
export async function secured(
  raw: Socket,
  name: string,
  options: {
    servername: string | undefined;
    alpn: string[] | undefined;
    clientCertificate: DialOptions['clientCertificate'];
  },
  deadline: Deadline,
  transcript: Transcript,
): Promise<Secured> {
  const socket = tls.connect({
    socket: raw,
    ...(options.servername && { servername: options.servername }),
    ...(options.alpn && { ALPNProtocols: options.alpn }),
    ...options.clientCertificate,
    ciphers: 'ALL:eNULL:@SECLEVEL=0',
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.3',
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT,
  });
  const stands = new Promise<void>((resolve, reject) => {
    const closed = () => reject(new CannotTell('reset', `TLS with ${name}: closed`));
    socket.once('secureConnect', () => {
      socket.off('close', closed);
      resolve();
    });
    socket.on('error', (error) => reject(cannotTell(error, `TLS with ${name}`)));
    socket.once('close', closed);
  });
  await within(stands, { ...deadline, what: `TLS with ${name}`, over: () => socket.destroy() });
  const version = socket.getProtocol() ?? 'unknown';
  const suite = socket.getCipher()?.standardName ?? 'unknown';
  transcript.note(`${version} ${suite}`);
  const about = {
    version,
    suite,
    certificates: certificatesOf(socket),
    get bytesSent() {
      return raw.bytesWritten;
    },
  };
  return { socket, about };
}

function certificatesOf(socket: tls.TLSSocket): Buffer[] {
  const certificates: Buffer[] = [];
  for (let next = socket.getPeerX509Certificate(); next && certificates.length < CHAIN; next = next.issuerCertificate) {
    const { raw } = next;
    if (certificates.some((known) => known.equals(raw))) break;
    certificates.push(raw);
  }
  return certificates;
}
