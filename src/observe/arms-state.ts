import type { FactKind, FactOf } from '../model/fact.ts';
import type { Reason } from '../model/run.ts';
import type { Authentication, LoginAnswer, LoginProtocol } from './arms.ts';
import { cannotCarry } from './arms-words.ts';
import { CannotTell, type ProbeContext } from './probe.ts';

/** Carries out one part of a probe: where it cannot tell and does not say what stays open, only these kinds do. */
export async function leavingOpen<T>(open: readonly FactKind[], part: () => Promise<T>): Promise<T> {
  try {
    return await part();
  } catch (error) {
    if (error instanceof CannotTell && error.open === undefined)
      throw new CannotTell(error.reason, error.message, open);
    throw error;
  }
}

type Arm = FactOf<'login'>['arm'];
type Throttled = Extract<LoginAnswer, { result: 'throttled' }>;

/** Reasons of the wire that are a device's way to say "not now" once a login has failed. */
const REFUSALS: readonly Reason[] = ['refused', 'reset', 'timeout'];
/** A rejection is late where it takes this many times as long as the first ones did, and over this many milliseconds. */
const DELAY_FACTOR = 3;
const DELAY_LEAST_MS = 1500;
/** So many late ones in a row are a delay: one or two may be a busy machine's, ours too. */
const LATE_IN_A_ROW = 3;
/** What is kept of the attempt's time for the controls of a hit: logins, and milliseconds or a part of the whole. */
const LOGINS_KEPT = 4;
const KEPT_MS = 20_000;
const KEPT_PART = 4;

/** Milliseconds between two looks whether the budget has room again. */
const ROOM_MS = 50;

/** The arms of one service, and what they have learnt of it so far. */
export class Arms {
  failures = 0;
  settled: readonly ('login' | 'access' | 'throttle')[] = ['login', 'access', 'throttle'];
  throttledInARow = 0;
  readonly stopped = new Set<string>();
  /** Accounts of the list or the declaration that were asked for here. */
  readonly asked = new Set<string>();
  /** Was locked, and nobody else has been answered since: it may be the whole service. */
  private lockedLast: string | undefined;
  private usualMs = 0;
  private lateInARow = 0;
  private slowestMs = 0;
  private readonly began: number;
  private readonly inARow = new Map<string, number>();
  readonly context: ProbeContext;
  readonly protocol: LoginProtocol;

  constructor(context: ProbeContext, protocol: LoginProtocol) {
    this.context = context;
    this.protocol = protocol;
    this.began = context.now();
  }

  /** Whether one more candidate and its controls fit into the attempt. */
  hasTime(): boolean {
    const { attempt } = this.context.limits;
    const kept = Math.min(KEPT_MS, attempt / KEPT_PART) + LOGINS_KEPT * this.slowestMs;
    return this.context.now() - this.began + kept < attempt;
  }

  /** Twelve letters, fresh each time. */
  word(): string {
    return Array.from(this.context.random(12), (byte) => String.fromCharCode(97 + (byte % 26))).join('');
  }

  cannotTell(reason: Reason, detail: string): CannotTell {
    return new CannotTell(reason, detail, this.settled);
  }

  /** Runs one exchange; what it leaves open is what is not settled at this point of the order. */
  private async guarded(exchange: () => Promise<LoginAnswer>): Promise<LoginAnswer> {
    try {
      return await exchange();
    } catch (error) {
      if (!(error instanceof CannotTell)) throw error;
      if (this.failures > 0 && REFUSALS.includes(error.reason))
        return { result: 'throttled', response: 'refuse', answer: error.reason };
      const where = REFUSALS.includes(error.reason) ? this.context.login.lockedElsewhere?.() : undefined;
      if (where !== undefined)
        throw this.cannotTell('locked', `${error.reason}, when ${where} had stopped answering logins`);
      throw error.open === undefined ? this.cannotTell(error.reason, error.message) : error;
    }
  }

  async none(): Promise<LoginAnswer | undefined> {
    return this.protocol.none && (await this.guarded(() => this.protocol.none!()));
  }

  async refuses(user: string): Promise<string | undefined> {
    if (!this.protocol.refuses || this.stopped.has(user)) return undefined;
    return leavingOpen(this.settled, () => this.protocol.refuses!(user));
  }

  /** Counts a login that is going to be sent, so that no other service uses the budget up for it meanwhile. */
  reserve(user: string): void {
    this.context.login.sent(user);
  }

  /**
   * Reserves a login where the budget has room for it. While other services wait for an answer to this account, it may
   * have room again in a moment.
   */
  async claim(user: string): Promise<boolean> {
    const { login, limits } = this.context;
    for (let waited = 0; !login.allows(user); waited += ROOM_MS) {
      if (this.stopped.has(user) || waited >= limits.wait || !login.underway?.(user)) return false;
      await this.context.sleep(ROOM_MS);
    }
    this.reserve(user);
    return true;
  }

  /**
   * Sends one login that may fail: the ledger first, unless it was reserved. Rejections much later than the first ones are
   * a delay.
   */
  async ask(user: string, secret: string, isReserved = false): Promise<LoginAnswer> {
    const { context } = this;
    if (secret !== '') context.redact(secret);
    if (!isReserved) context.login.sent(user);
    const started = context.now();
    const answer = await this.guarded(() => this.protocol.attempt(user, secret));
    this.slowestMs = Math.max(this.slowestMs, context.now() - started);
    if (answer.result !== 'throttled' && this.lockedLast !== undefined && this.lockedLast !== user) {
      context.login.locked?.(this.lockedLast);
      this.lockedLast = undefined;
    }
    if (answer.result === 'accepted') {
      this.inARow.delete(user);
      return answer;
    }
    const milliseconds = Math.max(0, answer.milliseconds ?? context.now() - started);
    if (answer.result === 'throttled') return { ...answer, milliseconds };
    const isLate = this.failures > 0 && milliseconds > DELAY_LEAST_MS && milliseconds > DELAY_FACTOR * this.usualMs;
    this.lateInARow = isLate ? this.lateInARow + 1 : 0;
    if (this.lateInARow >= LATE_IN_A_ROW)
      return { result: 'throttled', response: 'delay', answer: answer.answer, milliseconds };
    if (this.failures < 2 && !isLate) this.usualMs = Math.max(this.usualMs, milliseconds);
    this.failures += 1;
    this.inARow.set(user, (this.inARow.get(user) ?? 0) + 1);
    this.throttledInARow = 0;
    return { ...answer, milliseconds };
  }

  login(arm: Arm, account: string, secret: string | undefined, answer: LoginAnswer): FactOf<'login'> {
    return {
      kind: 'login',
      protocol: this.protocol.protocol,
      account,
      ...(secret === undefined ? {} : { secret }),
      arm,
      accepted: answer.result === 'accepted',
      ...(answer.result === 'accepted' && answer.grants !== undefined ? { grants: answer.grants } : {}),
      answer: answer.answer,
    };
  }

  private stop(account: string): void {
    this.context.login.stop(account);
    this.stopped.add(account);
    this.throttledInARow += 1;
  }

  /**
   * The account stops on this service. A refusal of one account, while others are answered, is no throttle for certain:
   * right credentials that may not enter look the same.
   */
  *notNow(account: string, answer: Throttled): Generator<FactOf<'throttle'>> {
    if (answer.response === 'refuse') this.stop(account);
    else yield this.throttle(account, answer);
  }

  /** The account stops on this service, for what was seen to be a throttle. */
  throttle(account: string, answer: Throttled): FactOf<'throttle'> {
    this.stop(account);
    if (answer.response === 'lock' && this.asked.has(account)) this.lockedLast = account;
    return {
      kind: 'throttle',
      protocol: this.protocol.protocol,
      account,
      after: this.failures,
      response: answer.response,
      ...(answer.milliseconds === undefined ? {} : { milliseconds: answer.milliseconds }),
    };
  }

  /** All logins of this service are answered "not now": the attempt is over, and the device's other services are told. */
  serviceLocked(detail: string): CannotTell {
    this.context.login.locked?.();
    return this.cannotTell('locked', detail);
  }

  /** Accounts that another service of this device locked while they were tried here, and where. */
  lockedElsewhere(): [account: string, where: string][] {
    return [...this.asked].flatMap((account) => {
      const where = account === '' ? undefined : this.context.login.lockedElsewhere?.(account);
      return where === undefined ? [] : [[account, where]];
    });
  }

  /** Why this service cannot be sent these words as they are; undefined where it can. */
  cannotSend(user: string, secret: string): string | undefined {
    const { protocol, cannotSend } = this.protocol;
    return cannotCarry(protocol, user, secret) ?? cannotSend?.(user, secret);
  }

  /** The most failures in a row that one listed account saw without anything being done about them. */
  unthrottled(): FactOf<'throttle'> | undefined {
    const [most] = [...this.inARow].filter(([account]) => !this.stopped.has(account)).sort((a, b) => b[1] - a[1]);
    if (most === undefined || this.stopped.size > 0) return undefined;
    return {
      kind: 'throttle',
      protocol: this.protocol.protocol,
      account: most[0],
      after: most[1],
      response: 'none',
    };
  }

  forget(account: string): void {
    this.inARow.delete(account);
  }

  async *access(authentication: Authentication): AsyncGenerator<FactOf<'access'>> {
    if (this.protocol.access) yield* this.protocol.access(authentication);
  }
}
