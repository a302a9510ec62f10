import type { FactKind } from '../../src/model/fact.ts';
import type { Reason } from '../../src/model/run.ts';
import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import type { KexInit } from '../../src/observe/protocols/ssh.ts';
import { SshConnection, type SshEnd } from '../../src/observe/protocols/ssh-connection.ts';
import {
  clientKexInit,
  GROUP,
  groupAnswer,
  groupRequest,
  type KexMethod,
  keyOfReply,
  readGroup,
} from '../../src/observe/protocols/ssh-exchange.ts';

/** What could not be settled: said of the whole attempt at its end. */
export interface Unsettled {
  readonly reason: Reason;
  readonly what: string;
  readonly open: readonly FactKind[];
}

/** What a server answered to one exchange: what was asked for, its no, or nothing that can be understood. */
export type Answer<T> =
  | { readonly result: 'shown'; readonly value: T }
  | { readonly result: 'refused'; readonly why: string }
  | { readonly result: 'unclear'; readonly reason: Reason; readonly why: string };

/** Connections at most that are tried again because the one before was not taken. */
const AGAIN = 2;
/** Milliseconds before that, and before each one after: the server may still be at work on the connection before. */
const PAUSE = 1000;
/** Exchanges in a row without an answer, after which no more are begun: the server is gone, or keeps us out. */
const IN_A_ROW = 2;

const REASONS: Readonly<Record<Exclude<SshEnd['kind'], 'closed' | 'disconnected'>, Reason>> = {
  reset: 'reset',
  timeout: 'timeout',
  garbage: 'protocol',
};

/** An SSH server as this attempt reaches it: one connection after the other, each of which reads its lists again. */
export class SshServer {
  /** The offers of every connection, each different one once. */
  readonly offers: KexInit[] = [];
  readonly #context: ProbeContext;
  #again = AGAIN;
  #pause = 0;
  #unanswered = 0;

  constructor(context: ProbeContext) {
    this.#context = context;
  }

  /** Whether its lists were the same ones, whatever their order, at each connection. */
  get stable(): boolean {
    return this.offers.length < 2;
  }

  /** Whether it answers no more. */
  get gone(): boolean {
    return this.#unanswered >= IN_A_ROW;
  }

  /** A connection whose banner and lists were read. Throws CannotTell. */
  async open(): Promise<SshConnection> {
    for (;;) {
      if (this.#pause > 0) await this.#context.sleep(this.#pause);
      try {
        const connection = await SshConnection.open(this.#context);
        const { offer } = connection.greeting;
        if (offer && !this.offers.some((one) => namesOf(one) === namesOf(offer))) this.offers.push(offer);
        return connection;
      } catch (error) {
        // A server that serves one at a time, or few before their login, may not be ready for the next one yet.
        const mayPass = error instanceof CannotTell && (error.reason === 'reset' || error.reason === 'refused');
        if (!mayPass || this.offers.length === 0 || this.#again === 0) throw error;
        this.#again -= 1;
        this.#pause = Math.min(PAUSE, this.#context.limits.wait);
      }
    }
  }

  /** The host key that it shows when it is asked for this algorithm, as its blob. */
  hostKey(method: KexMethod, algorithm: string, connection?: SshConnection): Promise<Answer<Buffer>> {
    return this.#exchange(method, algorithm, connection, async (at) => {
      const first = method.begin((bytes) => this.#context.random(bytes));
      if (first) await at.send(first);
      if (method.group) {
        const group = await at.message(GROUP);
        if (!Buffer.isBuffer(group)) return group;
        const bits = readGroup(group);
        if (bits === undefined) return { kind: 'garbage', why: 'the group is no group' };
        await at.send(groupAnswer(bits, (bytes) => this.#context.random(bytes)));
      }
      const reply = await at.message(method.reply);
      if (!Buffer.isBuffer(reply)) return reply;
      return keyOfReply(reply) ?? { kind: 'garbage', why: 'the answer is cut short' };
    });
  }

  /** The bits of the prime that it gives when it is asked for a group of such sizes. */
  group(
    method: KexMethod,
    algorithm: string,
    [least, wanted, greatest]: readonly [number, number, number],
  ): Promise<Answer<number>> {
    return this.#exchange(method, algorithm, undefined, async (at) => {
      await at.send(groupRequest(least, wanted, greatest));
      const group = await at.message(GROUP);
      if (!Buffer.isBuffer(group)) return group;
      return readGroup(group) ?? { kind: 'garbage', why: 'the group is no group' };
    });
  }

  async #exchange<T extends Buffer | number>(
    method: KexMethod,
    algorithm: string,
    opened: SshConnection | undefined,
    ask: (connection: SshConnection) => Promise<T | SshEnd>,
  ): Promise<Answer<T>> {
    let connection = opened;
    try {
      connection ??= await this.open();
      const { offer } = connection.greeting;
      if (!offer) return this.#unclear('protocol', 'it spoke SSH 1 this time');
      await connection.send(clientKexInit(offer, method.name, algorithm, (bytes) => this.#context.random(bytes)));
      const said = await ask(connection);
      if (typeof said === 'number' || Buffer.isBuffer(said)) {
        this.#unanswered = 0;
        return { result: 'shown', value: said as T };
      }
      const { kind, why } = said as SshEnd;
      if (kind !== 'closed' && kind !== 'disconnected') return this.#unclear(REASONS[kind], why);
      this.#unanswered = 0;
      return { result: 'refused', why };
    } catch (error) {
      if (!(error instanceof CannotTell) || this.#context.signal.aborted) throw error;
      if (!['timeout', 'reset', 'refused', 'protocol'].includes(error.reason)) throw error;
      return this.#unclear(error.reason, error.message);
    } finally {
      connection?.close();
    }
  }

  #unclear(reason: Reason, why: string): { result: 'unclear'; reason: Reason; why: string } {
    this.#unanswered += 1;
    return { result: 'unclear', reason, why };
  }
}

/** All names of an offer as one word, in no order: a server that only shuffles its lists offers the same. */
const namesOf = (offer: KexInit): string =>
  Object.values(offer)
    .map((names: readonly string[]) => [...new Set(names)].sort().join(','))
    .join(';');
