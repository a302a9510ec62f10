import { CannotTell, type Connection, type Ended, type ProbeContext } from '../../src/observe/probe.ts';
import { TlsNotOffered, upgradeOf } from '../../src/observe/protocols/starttls.ts';
import { helloParts, suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { type HelloParts, helloRecord, padded } from '../../src/observe/protocols/tls-hello.ts';
import type { Flight13 } from '../../src/observe/protocols/tls13.ts';
import { CAP, isEnough, notOffered, type Told, told } from './told.ts';

export type { Known, Learned, Stage, TlsFact, Unsettled } from './server-known.ts';
export { type Told, told } from './told.ts';

/** Hellos under way at once; how many connections there are is the device's limit. */
const PARALLEL = 4;
/** The first pause is this part of the `wait` limit; each is three times the one before, up to the limit itself. */
const PAUSE = 10;
/** Between two connections to a server that needed a pause: this part of the pause. */
const PACE = 5;
/** Pauses without an answer behind them, until no more are made. */
const PATIENCE = 4;
/** The part of the `wait` limit that a server is given to be done with the last connection. */
const REST = 50;
/**
 * Connections of one attempt at most. MySQL counts handshakes that are broken off, over runs, and shuts out whoever did so
 * a hundred times without a login that succeeded (`max_connect_errors`).
 */
const MOST: Readonly<Record<string, number>> = { mysql: 40 };
const MOST_OTHERS = 1500;

/** There have been as many connections as one attempt may have. */
export class NoMore extends CannotTell {
  constructor(most: number) {
    super('budget', `no more than ${most} connections are made to one server`);
    this.name = 'NoMore';
  }
}

/** What came of bytes that were sent over a connection of their own, or why none could be had. */
export type Exchange = { readonly bytes: Buffer; readonly ended: Ended } | Failed;
type Failed = { readonly failed: 'timeout' | 'reset' | 'refused'; readonly why: string };

/** A TLS server as this attempt reaches it: directly, or after the word that begins TLS in its protocol. */
export class TlsServer {
  /** Handshakes begun so far. */
  handshakes = 0;
  /** It was seen to take no hello of more than 64 suites and 255 bytes. */
  short = false;
  /** It has suites of SRP: whether they can be had is not known without a user. */
  wantsUser = false;
  /** The server's protocol has a word for TLS, and this server never took it. */
  notOffered = false;
  /** Flights of TLS 1.3 by the name that they were asked for with; empty: without any. */
  readonly shown = new Map<string, Flight13>();
  /** The protocol that TLS 1.3 chose of all that are asked for, or `none`; absent: that was not seen. */
  alpn: string | undefined;
  /** Schemes that TLS 1.2 was signed by, each chosen where those before it were not offered. */
  readonly signedBy: number[] = [];
  readonly context: ProbeContext;
  readonly #begun: number;
  readonly #waiting: (() => void)[] = [];
  readonly #most: number;
  #connections = 0;
  #upgraded = false;
  #underway = 0;
  #pause = 0;
  #onlyOne = false;
  #quiet = 0;
  #doubt: Promise<void> = Promise.resolve();
  #fruitless = 0;

  constructor(context: ProbeContext) {
    this.context = context;
    this.#begun = context.now();
    this.#most = MOST[context.endpoint.protocol ?? ''] ?? MOST_OTHERS;
  }

  /** The name that is sent (SNI). */
  get servername(): string | undefined {
    return this.context.component.names[0];
  }

  /** A hello of one version with its suites (default: all); short where that is all that the server takes. */
  hello(version: TlsVersion, suites: readonly number[] = suitesOf(version), short = this.short): HelloParts {
    return helloParts({ version, random: this.context.random(64), suites, short, servername: this.servername });
  }

  /** The hello in a length that the server takes, as far as that is known. */
  fitting(hello: HelloParts): HelloParts {
    return this.short ? hello : padded(hello);
  }

  /** Whether this part (0 to 1) of the attempt's time, or of the connections that it may make, is used up. */
  spent(part: number): boolean {
    const time = this.context.now() - this.#begun;
    return time >= part * this.context.limits.attempt || this.#connections >= part * this.#most;
  }

  /** One thing at a time: the device is fragile, the server turns away a second connection, or a doubt is being settled. */
  get alone(): boolean {
    return this.context.component.fragile === true || this.#onlyOne || this.#quiet > 0;
  }

  /** It was seen to turn away what is asked beside something else. */
  onlyOne(): void {
    this.#onlyOne = true;
  }

  /** One doubt is settled at a time, and what else is asked meanwhile goes one by one. */
  async quietly<T>(work: () => Promise<T>): Promise<T> {
    this.#quiet += 1;
    const before = this.#doubt;
    let over: () => void = () => {};
    this.#doubt = new Promise((resolve) => {
      over = resolve;
    });
    try {
      await before;
      return await work();
    } finally {
      over();
      this.#quiet -= 1;
      this.#next();
    }
  }

  /** Lets the server be done with the last connection. */
  rest(): Promise<void> {
    return this.#still(this.context.limits.wait / REST);
  }

  /**
   * Gives the server time, where it takes no connections for now: what follows is asked one after the other, with pauses.
   * False where that was of no use so often that no more is given.
   */
  async slower(): Promise<boolean> {
    if (this.#fruitless >= PATIENCE) return false;
    this.#fruitless += 1;
    await this.#still(this.#longer());
    return true;
  }

  /** It answers again. */
  answers(): void {
    this.#fruitless = 0;
  }

  #longer(): number {
    const { wait } = this.context.limits;
    this.#onlyOne = true;
    this.#pause = Math.min(wait, this.#pause === 0 ? wait / PAUSE : this.#pause * 3);
    return this.#pause;
  }

  /** Nothing is asked for so long. */
  async #still(milliseconds: number): Promise<void> {
    await this.#turn();
    try {
      await this.context.sleep(milliseconds);
    } finally {
      this.#over();
    }
  }

  /** A connection at which TLS begins with the next byte. Throws CannotTell where it cannot be had. */
  async open(): Promise<Connection> {
    const { endpoint } = this.context;
    if (this.#connections >= this.#most) throw new NoMore(this.#most);
    this.#connections += 1;
    const connection = await this.context.dial({ security: 'none' });
    const upgrade = endpoint.protocol === 'tls' ? undefined : upgradeOf(endpoint.protocol);
    if (!upgrade) return connection;
    try {
      await upgrade(connection, this.context.limits.wait);
      this.#upgraded = true;
      return connection;
    } catch (error) {
      connection.destroy();
      if (error instanceof TlsNotOffered && !this.#upgraded) this.notOffered = true;
      throw error;
    }
  }

  /**
   * One hello over a connection of its own. A choice that the hello did not offer is garbage. Throws CannotTell only for
   * what is no answer of the server (scope, aborted).
   */
  async ask(hello: HelloParts, options: { wait?: number } = {}): Promise<Told> {
    const exchange = await this.exchange(helloRecord(this.fitting(hello)), { until: isEnough, ...options });
    if ('failed' in exchange) return { kind: exchange.failed, why: exchange.why };
    const answer = told(exchange.bytes, exchange.ended);
    const wrong = answer.kind === 'hello' ? notOffered(answer.hello, hello) : undefined;
    return wrong === undefined ? answer : { kind: 'garbage', why: wrong };
  }

  /** The same with any bytes. No connection at all is tried for once more, after a pause. */
  async exchange(bytes: Buffer, options: { until: (bytes: Buffer) => boolean; wait?: number }): Promise<Exchange> {
    await this.#turn();
    try {
      const first = await this.#once(bytes, options);
      if (!('failed' in first) || first.failed !== 'refused') return first;
      await this.context.sleep(this.#longer());
      return await this.#once(bytes, options);
    } finally {
      this.#over();
    }
  }

  /**
   * More than one exchange over a connection of its own. What is thrown while they last is why it failed, as for one.
   * Nothing is tried again.
   */
  async converse<T>(talk: (connection: Connection) => Promise<T>): Promise<{ readonly talked: T } | Failed> {
    await this.#turn();
    try {
      return await this.#talk(async (connection) => ({ talked: await talk(connection) }));
    } finally {
      this.#over();
    }
  }

  #once(bytes: Buffer, options: { until: (bytes: Buffer) => boolean; wait?: number }): Promise<Exchange> {
    return this.#talk(async (connection) => {
      await connection.send(bytes);
      return connection.receive({ cap: CAP, ...options });
    });
  }

  async #talk<T>(talk: (connection: Connection) => Promise<T>): Promise<T | Failed> {
    try {
      if (this.#pause > 0) await this.context.sleep(this.#pause / PACE);
      this.handshakes += 1;
      const connection = await this.open();
      try {
        return await talk(connection);
      } finally {
        connection.destroy();
      }
    } catch (error) {
      if (!(error instanceof CannotTell)) throw error;
      // No place for a connection beside those that are under way; "not now", or no more of what was granted before.
      const crowded = error.reason === 'budget' && this.#underway > 1 && !(error instanceof NoMore);
      const isNotNow = error.reason === 'locked' || error.reason === 'protocol' || error instanceof TlsNotOffered;
      const notNow = this.#upgraded && isNotNow;
      const failed = crowded || notNow ? 'refused' : error.reason;
      if (failed !== 'timeout' && failed !== 'reset' && failed !== 'refused') throw error;
      return { failed, why: error.message };
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#next();
    });
  }

  #over(): void {
    this.#underway -= 1;
    this.#next();
  }

  #next(): void {
    while (this.#waiting.length > 0 && this.#underway < (this.alone ? 1 : PARALLEL)) {
      this.#underway += 1;
      this.#waiting.shift()?.();
    }
  }
}
