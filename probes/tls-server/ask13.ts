import type { Connection, Ended } from '../../src/observe/probe.ts';
import { ALERTS } from '../../src/observe/protocols/tls.ts';
import {
  type Extension,
  extensions,
  type HelloParts,
  helloBody,
  message,
  record,
} from '../../src/observe/protocols/tls-hello.ts';
import { Client13, type Flight13, type Session13 } from '../../src/observe/protocols/tls13.ts';
import { type KeyShare, keyShare, OWN_GROUPS, pskExtension } from '../../src/observe/protocols/tls13-keys.ts';
import type { Told } from './server.ts';
import { type TlsServer, told } from './server.ts';

export interface Ask13 {
  /** IANA "TLS SignatureScheme", for CertificateVerify and chain alike; default: those of `server.hello`. */
  readonly schemes?: readonly number[];
  readonly suites?: readonly number[];
  readonly alpn?: readonly string[];
  /** Further extensions. */
  readonly more?: readonly Extension[];
  /** SNI; `false`: none. Default: the server's. */
  readonly servername?: string | false;
  /** Goes on after the server's Finished, closes, and reads the first tickets that come. */
  readonly finish?: boolean;
  /** A session to resume, offered in the first hello alone: with the `group` of its own handshake there is no second. */
  readonly resume?: Session13;
  /** The group of the share that is sent; default x25519. */
  readonly group?: number | undefined;
}

/** A whole handshake of TLS 1.3 as the server showed it. */
export interface Shown13 {
  readonly kind: 'flight';
  readonly flight: Flight13;
  /** The group that a HelloRetryRequest asked for first. */
  readonly retried?: number;
  /** With `finish`: the first sessions that can be resumed, and how the connection ended where none came. */
  readonly sessions: readonly Session13[];
  readonly ended?: Ended;
}

/** A chain of 1,000 certificates is below. */
const CAP = 1_048_576;
const REPLACED = [0, 10, 13, 51];
const X25519 = 29;

/**
 * One handshake of TLS 1.3 over a connection of its own, read to the server's Finished with our own key share: its
 * EncryptedExtensions, chain and CertificateVerify. What is no flight is told as `server.ask` tells it; a ServerHello
 * of another version as `hello`. Throws CannotTell only for what is no answer of the server.
 */
export async function ask13(server: TlsServer, options: Ask13 = {}): Promise<Shown13 | Told> {
  const first = await askOnce(server, options);
  if (!['reset', 'refused', 'closed', 'timeout'].includes(first.kind)) return first;
  // A server that takes one connection at a time may not be done with the last.
  await server.context.sleep(server.context.limits.wait / 10);
  return askOnce(server, options);
}

async function askOnce(server: TlsServer, options: Ask13): Promise<Shown13 | Told> {
  const asked = await server.converse((connection) => speak(server, connection, options));
  return 'failed' in asked ? { kind: asked.failed, why: asked.why } : asked.talked;
}

async function speak(server: TlsServer, connection: Connection, options: Ask13): Promise<Shown13 | Told> {
  const random = server.context.random;
  const parts = helloOf(server, options);
  let shares = [keyShare(options.group ?? X25519, random) ?? keyShare(X25519, random)!];
  const written = (of: HelloParts, session?: Session13) => messageOf(server, of, shares, session);
  let hello = written(parts, options.resume);
  let client = new Client13({ hello, shares, ...(options.resume && { psk: options.resume.psk }) });
  await connection.send(record(22, 0x0301, hello));
  let { bytes, ended } = await read(connection, client);
  let retried: number | undefined;
  if (client.progress === 'retry') {
    const { group, cookie } = client.retry;
    // Without another group it asked for its cookie alone (RFC 8446, 4.1.4).
    if (group !== undefined) shares = [keyShare(group, random)].filter((share) => share !== undefined);
    if (shares.length === 0) return told(bytes, ended);
    retried = group;
    hello = written({ ...parts, extensions: [...parts.extensions!, ...cookieOf(cookie)] });
    client = client.again(hello, shares);
    await connection.send(record(22, 0x0303, hello));
    const before = bytes;
    ({ bytes, ended } = await read(connection, client, before));
    bytes = Buffer.concat([before, bytes]);
  }
  const { flight } = client;
  if (!flight) return failed(client, bytes, ended);
  const { schemes, suites, alpn, more, resume, servername = server.servername ?? '' } = options;
  if (!schemes && !suites && !alpn && !more && !resume) server.shown.set(servername || '', flight);
  const shown = { kind: 'flight', flight, ...(retried !== undefined && { retried }) } as const;
  if (!options.finish) return { ...shown, sessions: [] };
  await connection.send(client.finish());
  let after = bytes;
  const tickets = async (wait: number) => {
    const rest = await connection.receive({
      until: (more) => client.feed(Buffer.concat([after, more])) !== 'finished' || client.tickets.length > 0,
      wait,
      cap: CAP,
    });
    after = Buffer.concat([after, rest.bytes]);
    return rest;
  };
  // Taking leave at once would cut off the tickets of a server that ends as soon as it is told to.
  const { wait } = server.context.limits;
  let rest = await tickets(wait / 10);
  if (rest.ended === 'timeout') {
    await connection.send(client.goodbye());
    rest = await tickets(wait);
  }
  return { ...shown, sessions: client.tickets.map((ticket) => client.session(ticket)), ended: rest.ended };
}

/** What a server said that is no whole flight. */
function failed(client: Client13, bytes: Buffer, ended: Ended): Told {
  if (client.alert) {
    const { level, code } = client.alert;
    return { kind: 'alert', level, code, name: ALERTS[code] ?? `alert ${code}` };
  }
  if (client.progress === 'broken') return { kind: 'garbage', why: 'what came is not TLS 1.3' };
  if (client.progress === 'other') return told(bytes, ended);
  if (ended === 'timeout') return { kind: 'timeout', why: `no whole answer in time (${bytes.length} bytes)` };
  if (ended === 'closed' && bytes.length === 0) return { kind: 'closed' };
  return {
    kind: ended === 'reset' || ended === 'closed' ? 'reset' : 'garbage',
    why: `${ended} after ${bytes.length} bytes`,
  };
}

const read = (connection: Connection, client: Client13, before: Buffer = Buffer.alloc(0)) =>
  connection.receive({ until: (bytes) => client.feed(Buffer.concat([before, bytes])) !== 'more', cap: CAP });

function helloOf(server: TlsServer, options: Ask13): HelloParts {
  const parts = server.hello('TLS 1.3', options.suites);
  const name = options.servername === false ? undefined : (options.servername ?? server.servername);
  const schemes = parts.extensions!.filter(({ type }) => type === 13);
  return {
    ...parts,
    extensions: [
      ...(name && name.length < 100 ? [extensions.serverName(name)] : []),
      extensions.groups(OWN_GROUPS),
      ...(options.schemes ? [extensions.signatures(options.schemes)] : schemes),
      ...parts.extensions!.filter(({ type }) => !REPLACED.includes(type)),
      ...(options.alpn ? [extensions.alpn(options.alpn)] : []),
      ...(options.more ?? []),
      ...(options.finish || options.resume ? [extensions.pskModes()] : []),
    ],
  };
}

const cookieOf = (cookie: Buffer | undefined): Extension[] => (cookie ? [{ type: 44, body: cookie }] : []);

/** The ClientHello as a handshake message. A session stands last (RFC 8446, 4.2.11). */
function messageOf(server: TlsServer, parts: HelloParts, shares: readonly KeyShare[], session?: Session13): Buffer {
  const whole = (...more: Extension[]): Buffer => {
    const extended = [...parts.extensions!, extensions.keyShare(shares), ...more];
    return message(1, helloBody(server.fitting({ ...parts, extensions: extended })));
  };
  return session ? pskExtension(session, whole) : whole();
}
