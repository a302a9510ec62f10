import type { FactKind, FactOf } from '../../src/model/fact.ts';
import type { Reason } from '../../src/model/run.ts';
import { CannotTell, type Connection, type Ended, type ProbeContext } from '../../src/observe/probe.ts';
import { upgradeOf } from '../../src/observe/protocols/starttls.ts';
import {
  ALERTS,
  helloParts,
  readTlsAnswer,
  type ServerHello,
  suitesOf,
  type TlsAnswer,
  type TlsVersion,
} from '../../src/observe/protocols/tls.ts';
import { type HelloParts, helloRecord } from '../../src/observe/protocols/tls-hello.ts';

/**
 * What a server said to one hello. Each is another answer: an alert and a close may be refusals, a reset, silence and
 * what is no TLS tell nothing. `refused`: no connection could be had at all.
 */
export type Told =
  | { readonly kind: 'hello'; readonly hello: ServerHello; readonly answer: TlsAnswer; readonly bytes: Buffer }
  | { readonly kind: 'alert'; readonly level: number; readonly code: number; readonly name: string }
  | { readonly kind: 'closed' }
  | { readonly kind: 'reset' | 'timeout' | 'garbage' | 'refused'; readonly why: string };

/** What a stage could not settle: said of the whole attempt at its end. */
export interface Unsettled {
  readonly reason: Reason;
  readonly what: string;
  readonly open: readonly FactKind[];
}

/** What earlier stages learned. Versions by their answer to a hello of all suites, suites in the order they were chosen in. */
export interface Known {
  readonly versions: ReadonlyMap<TlsVersion, TlsAnswer>;
  readonly ssl2: boolean;
  /** Versions that answered neither yes nor no: what is not accepted is refused only if it is not among them. */
  readonly unclear: ReadonlySet<TlsVersion | 'SSLv2'>;
  readonly suites: ReadonlyMap<TlsVersion, readonly number[]>;
}

/** The same, as it is filled in. */
export interface Learned extends Known {
  readonly versions: Map<TlsVersion, TlsAnswer>;
  ssl2: boolean;
  readonly unclear: Set<TlsVersion | 'SSLv2'>;
  readonly suites: Map<TlsVersion, readonly number[]>;
}

/** The facts that stages of this probe yield. */
export type TlsFact = FactOf<'offer' | 'certificate' | 'key' | 'weakness'>;

/** One part of looking at a server. It yields what it saw and returns what stayed open; it throws only what ends the attempt. */
export type Stage = (server: TlsServer, known: Known) => AsyncGenerator<TlsFact, readonly Unsettled[]>;

/** A ServerHello with its certificates is far below. */
const CAP = 262_144;

/** A TLS server as this attempt reaches it: directly, or after the word that begins TLS in its protocol. */
export class TlsServer {
  /** Handshakes begun so far. */
  handshakes = 0;
  /** It was seen to take no hello of more than 64 suites and 255 bytes. */
  short = false;
  readonly context: ProbeContext;

  constructor(context: ProbeContext) {
    this.context = context;
  }

  /** The name that is sent (SNI). */
  get servername(): string | undefined {
    return this.context.component.names[0];
  }

  /** A hello of one version with its suites (default: all); short where that is all that the server takes. */
  hello(version: TlsVersion, suites: readonly number[] = suitesOf(version)): HelloParts {
    return helloParts({
      version,
      random: this.context.random(64),
      suites,
      short: this.short,
      servername: this.servername,
    });
  }

  /** A connection at which TLS begins with the next byte. Throws CannotTell where it cannot be had. */
  async open(): Promise<Connection> {
    const { endpoint } = this.context;
    const connection = await this.context.dial({ security: 'none' });
    const upgrade = endpoint.protocol === 'tls' ? undefined : upgradeOf(endpoint.protocol);
    if (!upgrade) return connection;
    try {
      await upgrade(connection, this.context.limits.wait);
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  /** One hello over a connection of its own. Throws CannotTell only for what is no answer of the server (scope, budget, aborted). */
  async ask(hello: HelloParts, options: { wait?: number } = {}): Promise<Told> {
    let bytes: Buffer;
    let ended: Ended;
    try {
      this.handshakes += 1;
      const connection = await this.open();
      try {
        await connection.send(helloRecord(hello));
        ({ bytes, ended } = await connection.receive({ until: isEnough, cap: CAP, ...options }));
      } finally {
        connection.destroy();
      }
    } catch (error) {
      if (!(error instanceof CannotTell) || !['timeout', 'reset', 'refused'].includes(error.reason)) throw error;
      return { kind: error.reason as 'timeout' | 'reset' | 'refused', why: error.message };
    }
    return told(bytes, ended);
  }
}

const isEnough = (bytes: Buffer): boolean => {
  const answer = readTlsAnswer(bytes);
  return answer.done || !answer.isTls;
};

/** What came, and how it ended, as one answer. */
export function told(bytes: Buffer, ended: Ended): Told {
  const answer = readTlsAnswer(bytes);
  if (!answer.isTls) return { kind: 'garbage', why: 'what came is not TLS' };
  if (answer.hello) return { kind: 'hello', hello: answer.hello, answer, bytes };
  if (answer.alert) {
    const { level, code } = answer.alert;
    return { kind: 'alert', level, code, name: ALERTS[code] ?? `alert ${code}` };
  }
  if (ended === 'closed' && bytes.length === 0) return { kind: 'closed' };
  if (ended === 'timeout') return { kind: 'timeout', why: `no whole answer in time (${bytes.length} bytes)` };
  return { kind: ended === 'reset' ? 'reset' : 'garbage', why: `${ended} after ${bytes.length} bytes` };
}
