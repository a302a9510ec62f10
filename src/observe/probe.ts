import type { Duplex } from 'node:stream';
import type { FactKind, FactOf, Sha256 } from '../model/fact.ts';
import type { OpenOffer, Reason } from '../model/run.ts';
import type { Component, Endpoint, Impact, Security, Target } from '../model/target.ts';

/** Everything that a probe may import from the engine. */
export {
  type Authentication,
  type Grant,
  type LoginAnswer,
  type LoginOutcome,
  type LoginProtocol,
  leavingOpen,
  loginArms,
} from './arms.ts';
export { type RoleAccess, roleAccess } from './roles.ts';

/**
 * Thrown by a probe (and by the wire) where it could not look. `open` names the kinds that stay unsettled; by default
 * all that the probe emits. Facts yielded before it stand.
 */
export class CannotTell extends Error {
  readonly reason: Reason;
  readonly open: readonly FactKind[] | undefined;
  /** Which offers, where no others are open. */
  readonly offers: readonly OpenOffer[] | undefined;
  /** Of a dial: bytes that had gone out on the wire when it failed. */
  readonly bytesSent?: number;
  constructor(reason: Reason, detail: string, open?: readonly FactKind[], offers?: readonly OpenOffer[]) {
    super(detail);
    this.name = 'CannotTell';
    this.reason = reason;
    this.open = open;
    this.offers = offers;
  }
}

/** How a read ended: the condition held, the peer closed or reset, time was up, or the byte cap was reached. */
export type Ended = 'until' | 'closed' | 'reset' | 'timeout' | 'cap';

export interface ReceiveOptions {
  /** Stop as soon as this holds for all bytes read by this call. Absent: read until closed, timed out or capped. */
  until?: (bytes: Buffer) => boolean;
  /** Milliseconds for the whole answer, not for the next byte (default: the `wait` limit). */
  wait?: number;
  /** Bytes at most (default: the `readBytes` limit). */
  cap?: number;
}

/**
 * A TCP or TLS connection through the wire. A Duplex that libraries can take over (`ssh2` sock, `mqtt` streamBuilder,
 * `tls.connect({ socket })`, `http.request({ createConnection })` and no `agent`: with one, or `false`, Node dials by
 * itself); every byte goes to the transcript. Use either the
 * stream or `receive`, not both at once.
 */
export interface Connection extends Duplex {
  readonly remote: { readonly host: string; readonly port: number };
  /** The engine's TLS under this stream, where `dial` made one: negotiated version, suite and the peer's certificates (DER). */
  readonly tls?: {
    readonly version: string;
    readonly suite: string;
    readonly certificates: readonly Buffer[];
    /** Bytes that went out on the wire so far: with a client certificate that was asked for, it is among them. */
    readonly bytesSent: number;
  };
  /**
   * Begins TLS within this connection (AUTH TLS, STARTTLS): what follows is sent and read inside it, and the transcript
   * goes on in plaintext. Certificates are not verified. Throws CannotTell as a dial inside TLS does; the connection is
   * then over. `protocol` where more had come in the clear.
   */
  upgrade(options?: UpgradeOptions): Promise<void>;
  /** Writes and waits until the bytes are handed to the system. Throws CannotTell (reset, timeout). */
  send(bytes: Buffer | string): Promise<void>;
  /** Reads one answer. Never throws for what the peer does: see `ended`. */
  receive(options?: ReceiveOptions): Promise<{ bytes: Buffer; ended: Ended }>;
  /** Milliseconds between the dial and the established connection. */
  readonly connectMs: number;
}

export interface DialOptions {
  /** Default: the endpoint's own. Another port or host must be in scope. */
  host?: string;
  port?: number;
  /** Default: `tls` where the endpoint's security is `tls`, else `none`. Certificates are not verified, security level 0. */
  security?: Extract<Security, 'none' | 'tls'>;
  /** TLS server name; default the component's first declared name. `false`: none. */
  servername?: string | false;
  /** Milliseconds until the connection stands, TLS included (default: the `wait` limit). */
  wait?: number;
  alpn?: string[];
  /** What to present where the server asks for a certificate: PEM of the chain and of the private key. Default: nothing. */
  clientCertificate?: { readonly cert: string; readonly key: string };
  /** Bytes that this connection may bring (default: the `readBytes` limit): for what is large by its nature, as an image. */
  readBytes?: number;
}

export type UpgradeOptions = Pick<DialOptions, 'servername' | 'wait' | 'clientCertificate'>;

export interface DatagramMessage {
  readonly bytes: Buffer;
  readonly from: { readonly address: string; readonly port: number };
}

/** A UDP socket through the wire; answers are taken from the endpoint's host at any port, and from nobody else. */
export interface Datagram {
  /** Sends to the endpoint's port, or another of its host. Throws CannotTell `refused` once a port unreachable came back. */
  send(bytes: Buffer, port?: number): Promise<void>;
  /** The next message; undefined when time is up. Throws CannotTell `refused` on a port unreachable. */
  receive(options?: { wait?: number }): Promise<DatagramMessage | undefined>;
  /** A `dgram.Socket`-shaped emitter for libraries (coap's `new Agent({ socket })`). */
  asSocket(): import('node:dgram').Socket;
  close(): void;
}

export interface Listener {
  readonly address: string;
  readonly port: number;
  /** The next datagram or connection; undefined when time is up. */
  next(options?: { wait?: number }): Promise<DatagramMessage | Connection | undefined>;
  close(): void;
}

/** One entry of a list of default credentials. `secret` never goes into a fact, a log or a name: only `id` does. */
export interface Candidate {
  readonly id: string;
  readonly user: string;
  readonly secret: string;
}

/** A working account that the declaration gives for this protocol, its secret resolved. */
export interface Account {
  readonly user: string;
  readonly secret: string;
  readonly role?: 'admin' | 'ordinary' | 'service';
  readonly test?: boolean;
  /** Protocols it works on; all where absent. */
  readonly on?: readonly string[];
  /** PEM of a client certificate and its chain; `secret` is then its private key, and the account is no name and password. */
  readonly certificate?: string;
}

/** What may still be tried on this service. Counted over all services of the device and over runs. */
export interface LoginBudget {
  /** Whether one more login that may fail may be sent for this account, and on this service at all. */
  allows(account: string): boolean;
  /** Say so before a login that may fail is sent: the ledger is written first. */
  sent(account: string): void;
  succeeded(account: string): void;
  /** Stops this account on this service for the rest of the run. */
  stop(account: string): void;
  /** Whether another service of the device waits for the answer to a login of this account: it may not have failed. */
  underway?(account: string): boolean;
  /** Say so where the device locked this account while it answered others, or, without one, all logins of this service. */
  locked?(account?: string): void;
  /** The other service of this device that locked this account meanwhile, or, without one, all its logins. */
  lockedElsewhere?(account?: string): string | undefined;
}

/** Which candidates are due on this service, in order, planned over all services of the component. */
export interface CandidateSource {
  readonly candidates: readonly Candidate[];
  /** What to say where `candidates` is empty: why, and what to declare to have it tested. */
  readonly why: string;
  /** Called for each candidate that got a clear answer: it becomes the attempt's coverage. */
  tried(candidate: Candidate): void;
}

export interface Log {
  debug(about: object, message: string): void;
  info(about: object, message: string): void;
  warn(about: object, message: string): void;
}

export interface ProbeContext {
  readonly target: Target;
  readonly component: Component;
  readonly endpoint: Endpoint;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Milliseconds since the epoch, and a timer that ends early (by rejecting) when the attempt is aborted. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  random(bytes: number): Buffer;
  /** The `wait` and `attempt` limits in milliseconds and the `readBytes` limit. */
  readonly limits: { readonly wait: number; readonly attempt: number; readonly readBytes: number };
  dial(options?: DialOptions): Promise<Connection>;
  datagram(options?: { host?: string; port?: number }): Promise<Datagram>;
  listen(options: { transport: 'tcp' | 'udp' }): Promise<Listener>;
  readonly login: LoginBudget;
  readonly credentials: CandidateSource;
  readonly accounts: readonly Account[];
  /** PEM of trust anchors: `--trust` and the declaration's. */
  readonly trust: readonly string[];
  /**
   * Registers a secret before it is sent. Its bytes, and those of `encodings` (a Basic token, say), are kept out of
   * transcripts and evidence: wherever we sent them, in the echo that follows, and everywhere once it was accepted.
   */
  redact(secret: string, ...encodings: (string | Buffer)[]): void;
  /**
   * Names of the markers (`--marker`) that stand in these bytes: in clear, in base64, in hexadecimal or percent-encoded.
   * What was read without authority and holds one is conclusive, whatever its class (CRITERIA A.2).
   */
  markersIn(bytes: Buffer | string): readonly string[];
  /** Stores bytes as evidence of the next fact that is yielded. */
  evidence(bytes: Buffer | string, mediaType: string): Sha256;
}

export interface Probe {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly emits: readonly FactKind[];
  readonly impact: Impact;
  /** Pure: whether this probe is for that endpoint (a host, a port or a service). */
  appliesTo(endpoint: Endpoint, component: Component, target: Target): boolean;
  /** Yield what was seen; throw CannotTell where it could not look. No try/catch but where the error is the fact. */
  observe(context: ProbeContext): AsyncIterable<import('../model/fact.ts').Fact>;
}

export interface ProbeOf<K extends FactKind> extends Probe {
  readonly emits: readonly K[];
  observe(context: ProbeContext): AsyncIterable<FactOf<NoInfer<K>>>;
}

/** Types a probe so that yielding a kind which it does not list in `emits` is a compile error. */
export const defineProbe = <const K extends FactKind>(probe: ProbeOf<K>): Probe => probe;
