import type { FactKind } from '../../src/model/fact.ts';
import type { Reason } from '../../src/model/run.ts';
import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import type { KexInit } from '../../src/observe/protocols/ssh.ts';
import { NotTaken, PAUSE, SshConnection, type SshEnd } from '../../src/observe/protocols/ssh-connection.ts';
import { clientKexInit, type KexMethod, keyOfReply } from '../../src/observe/protocols/ssh-exchange.ts';
import { GROUP, groupAnswer, groupRequest, readGroup } from '../../src/observe/protocols/ssh-group.ts';

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

/** Connections at once at most; the device's limit may be less. */
const AT_ONCE = 4;
/** Connections at most that are tried again because the one before was not taken. */
const AGAIN = 4;
/** Exchanges in a row without an answer, after which no more are begun: the server is gone, or keeps us out. */
const IN_A_ROW = 2;

const REASONS: Readonly<Record<Exclude<SshEnd['kind'], 'closed' | 'disconnected'>, Reason>> = {
  reset: 'reset',
  timeout: 'timeout',
  garbage: 'protocol',
  busy: 'reset',
};

type Ask<T> = (connection: SshConnection) => Promise<T | SshEnd>;

/**
 * An SSH server as this attempt reaches it: several connections at once, each of which reads its lists again. What came
 * out unclear beside another connection is asked once more alone, and all that follows too: the server may take, or be
 * done with, one at a time.
 */
export class SshServer {
  /** The offers of every connection, each different one once. */
  readonly offers: KexInit[] = [];
  /** Connections that were begun. */
  connections = 0;
  readonly #context: ProbeContext;
  readonly #waiting: (() => void)[] = [];
  #most: number;
  #underway = 0;
  #begun = 0;
  #again = AGAIN;
  #pause = 0;
  #unanswered = 0;
  #last: Reason = 'timeout';

  constructor(context: ProbeContext) {
    this.#context = context;
    this.#most = context.component.fragile === true ? 1 : AT_ONCE;
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
        this.connections += 1;
        const connection = await SshConnection.open(this.#context);
        const { offer } = connection.greeting;
        if (offer && !this.offers.some((one) => namesOf(one) === namesOf(offer))) this.offers.push(offer);
        return connection;
      } catch (error) {
        // A server that serves one at a time, or few before their login, may not be ready for the next one yet.
        const mayPass =
          error instanceof NotTaken ||
          (error instanceof CannotTell && error.reason === 'refused' && this.offers.length > 0);
        if (!mayPass || this.#underway > 1 || this.#again === 0) throw error;
        this.#again -= 1;
        this.#most = 1;
        const { wait } = this.#context.limits;
        this.#pause = Math.min(wait, this.#pause === 0 ? wait / PAUSE : this.#pause * 3);
      }
    }
  }

  /** Reads the lists once more and asks nothing: whether they change, and whether it answers still. */
  async look(): Promise<boolean> {
    try {
      (await this.open()).close();
      return true;
    } catch (error) {
      if (!(error instanceof CannotTell) || this.#context.signal.aborted) throw error;
      return false;
    }
  }

  /** The host key that it shows when it is asked for this algorithm, as its blob. */
  hostKey(method: KexMethod, algorithm: string, connection?: SshConnection): Promise<Answer<Buffer>> {
    return this.#asked(method, algorithm, connection, async (at) => {
      const first = method.begin((bytes) => this.#context.random(bytes));
      if (first) await at.send(first);
      if (method.group) {
        const group = await at.message(GROUP);
        if (!Buffer.isBuffer(group)) return group;
        const read = readGroup(group);
        if ('why' in read) return { kind: 'garbage', why: read.why };
        await at.send(groupAnswer(read.bits, (bytes) => this.#context.random(bytes)));
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
    return this.#asked(method, algorithm, undefined, async (at) => {
      await at.send(groupRequest(least, wanted, greatest));
      const group = await at.message(GROUP);
      if (!Buffer.isBuffer(group)) return group;
      const read = readGroup(group);
      return 'why' in read ? { kind: 'garbage', why: read.why } : read.bits;
    });
  }

  async #asked<T extends Buffer | number>(
    method: KexMethod,
    algorithm: string,
    opened: SshConnection | undefined,
    ask: Ask<T>,
  ): Promise<Answer<T>> {
    let { value, isAlone } = await this.#turn(() => this.#exchange(method, algorithm, opened, ask));
    if (isSilent(value) && !isAlone)
      ({ value, isAlone } = await this.#turn(() => this.#exchange(method, algorithm, undefined, ask)));
    if (!isSilent(value)) this.#unanswered = 0;
    else if (isAlone) this.#unanswered += 1;
    if (value.result === 'unclear') this.#last = value.reason;
    return value;
  }

  /** Does this among as many as may be under way at once; says whether nothing else was meanwhile. */
  async #turn<T extends Answer<unknown>>(work: () => Promise<T>): Promise<{ value: T; isAlone: boolean }> {
    while (this.#underway >= this.#most) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#underway += 1;
    this.#begun += 1;
    const mine = this.#begun;
    const first = this.#underway === 1;
    try {
      const value = await work();
      const isAlone = first && this.#begun === mine;
      if (!isAlone && isSilent(value)) this.#most = 1;
      return { value, isAlone };
    } finally {
      this.#underway -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #exchange<T extends Buffer | number>(
    method: KexMethod,
    algorithm: string,
    opened: SshConnection | undefined,
    ask: Ask<T>,
  ): Promise<Answer<T>> {
    let connection = opened;
    try {
      if (this.gone) return { result: 'unclear', reason: this.#last, why: 'not asked any more' };
      connection ??= await this.open();
      const { offer } = connection.greeting;
      if (!offer) return { result: 'unclear', reason: 'protocol', why: 'it spoke SSH 1 this time' };
      await connection.send(clientKexInit(offer, method.name, algorithm, (bytes) => this.#context.random(bytes)));
      const said = await ask(connection);
      if (typeof said === 'number' || Buffer.isBuffer(said)) return { result: 'shown', value: said as T };
      const { kind, why } = said as SshEnd;
      if (kind === 'closed' || kind === 'disconnected') return { result: 'refused', why };
      return { result: 'unclear', reason: REASONS[kind], why };
    } catch (error) {
      if (!(error instanceof CannotTell) || this.#context.signal.aborted) throw error;
      // `budget`: other probes have all of the device's places; alone, one is waited for.
      const mayPass = ['timeout', 'reset', 'refused', 'protocol'].includes(error.reason) || this.#underway > 1;
      if (!mayPass) throw error;
      return { result: 'unclear', reason: error.reason, why: error.message };
    } finally {
      connection?.close();
    }
  }
}

/** Whether it did not answer at all. What it answered and cannot be understood is none the better for being asked again. */
const isSilent = (answer: Answer<unknown>): boolean => answer.result === 'unclear' && answer.reason !== 'protocol';

/** All names of an offer as one word, in no order: a server that only shuffles its lists offers the same. */
const namesOf = (offer: KexInit): string =>
  Object.values(offer)
    .map((names: readonly string[]) => [...new Set(names)].sort().join(','))
    .join(';');
