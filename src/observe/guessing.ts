import type { FactOf } from '../model/fact.ts';
import type { LoginAnswer } from './arms.ts';
import { Arms } from './arms-state.ts';
import { durationMs } from './ledger.ts';
import { CannotTell, type ProbeContext } from './probe.ts';

/** Wrong logins in a row. The check `login-guessing-limited` asks for as many; a test holds the two equal. */
export const GUESSES = 10;
/** Milliseconds that a wrong login takes longer than the right one where the device delays it on purpose. */
const LATE_MS = 500;
/** Milliseconds that a lock is waited for at most, and between two looks whether the attempt has time left. */
const LOCK_WAITED_MS = 60_000;
const SLICE_MS = 1_000;
type Guessed = FactOf<'login' | 'throttle'>;
type Throttled = Extract<LoginAnswer, { result: 'throttled' }>;

/** Whose password is guessed. Without `secret` nobody's: then only what is done about the guesser can show. */
interface Whose {
  readonly user: string;
  readonly secret?: string;
  /** Named in facts; absent for a random user, so that two runs read the same. */
  readonly account?: string;
  /** A test account may be locked, so that its failures use nobody's budget up. */
  readonly test: boolean;
}

const BY_ROLE = ['ordinary', undefined, 'service', 'admin'];

/** A declared test account; else, and on a fragile device always, only where disruptive probes are allowed. */
const whose = (arms: Arms): Whose | undefined => {
  const { context, protocol } = arms;
  const disruptive = context.target.allow.impact === 'disruptive';
  const usable = context.accounts.filter(
    ({ user, secret, on, certificate }) =>
      certificate === undefined &&
      (on === undefined || on.includes(protocol.protocol)) &&
      !arms.stopped.has(user) &&
      arms.cannotSend(user, secret) === undefined &&
      context.login.lockedElsewhere?.(user) === undefined,
  );
  const own = context.component.fragile && !disruptive ? undefined : usable.find(({ test }) => test);
  const [first] = usable.sort((a, b) => BY_ROLE.indexOf(a.role) - BY_ROLE.indexOf(b.role));
  const account = own ?? (disruptive ? first : undefined);
  if (account !== undefined)
    return { user: account.user, account: account.user, secret: account.secret, test: account.test === true };
  if (!disruptive) return undefined;
  return protocol.passwordOnly ? { user: '', account: '', test: false } : { user: arms.word(), test: false };
};

/** The same service with times of its own; a test account's failures are not counted against any budget. */
const armsFor = (arms: Arms, { test }: Whose): Arms => {
  const { login } = arms.context;
  const uncounted: ProbeContext = { ...arms.context, login: { ...login, sent: () => undefined } };
  return new Arms(test ? uncounted : arms.context, arms.protocol);
};

/** A connection that broke off: a ban looks like it, and so does a device that has died. */
const isBroken = (answer: LoginAnswer | undefined): answer is Throttled =>
  answer?.result === 'throttled' &&
  answer.response === 'refuse' &&
  ['refused', 'reset', 'timeout'].includes(answer.answer);

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

class Guessing {
  readonly #arms: Arms;
  readonly #own: Arms;
  readonly #whose: Whose;
  /** Answered in a row, and the milliseconds that each took. */
  readonly took: number[] = [];
  /** Milliseconds of the right login. */
  rightMs = 0;

  constructor(arms: Arms, who: Whose) {
    this.#arms = arms;
    this.#own = armsFor(arms, who);
    this.#whose = who;
  }

  get #context(): ProbeContext {
    return this.#arms.context;
  }

  async right(secret: string): Promise<LoginAnswer> {
    const started = this.#context.now();
    const answer = await this.#own.ask(this.#whose.user, secret);
    if (answer.result === 'accepted') {
      this.#context.login.succeeded(this.#whose.user);
      this.rightMs = this.#context.now() - started;
    }
    return answer;
  }

  /** Up to the first sign of a throttle. A refusal may be a broken connection's, so that it has to come twice. */
  async wrong(): Promise<Exclude<LoginAnswer, { result: 'rejected' }> | undefined> {
    let refused = false;
    while (this.took.length < GUESSES && this.#arms.hasTime()) {
      const answer = await this.#own.ask(this.#whose.user, this.#own.word());
      if (answer.result === 'accepted') return answer;
      if (answer.result === 'throttled') {
        if (answer.response !== 'refuse' || refused) return answer;
        refused = true;
        continue;
      }
      refused = false;
      this.took.push(answer.milliseconds ?? 0);
    }
    return undefined;
  }

  /** Whether a service that broke off does so on purpose: it still takes connections, and ends them by itself. */
  async hangsUp({ answer }: Throttled): Promise<boolean> {
    if (answer !== 'reset') return false;
    try {
      (await this.#context.dial()).destroy();
      return true;
    } catch (error) {
      if (!(error instanceof CannotTell) || this.#context.signal.aborted) throw error;
      return false;
    }
  }

  /** The milliseconds that a fixed delay takes, where there is one. */
  fixedDelay(): number | undefined {
    const late = median(this.took.slice(-3));
    return this.rightMs > 0 && late - this.rightMs >= LATE_MS ? late : undefined;
  }

  /** Waits until a lock of the declared length is over; false where none is declared, or it is too long. */
  async lockIsOver(): Promise<boolean> {
    const lock = this.#context.component.declares.logins?.lock;
    if (lock === undefined || lock === 'none' || lock.for === undefined) return false;
    const milliseconds = durationMs(lock.for);
    return milliseconds <= LOCK_WAITED_MS && this.#waited(milliseconds + SLICE_MS);
  }

  async #waited(milliseconds: number): Promise<boolean> {
    for (let left = milliseconds; left > 0; left -= SLICE_MS) {
      if (!this.#arms.hasTime()) return false;
      await this.#context.sleep(Math.min(left, SLICE_MS));
    }
    return this.#arms.hasTime();
  }

  /** The service that locked the account meanwhile: then nothing can be said of this one. */
  get lockedElsewhere(): string | undefined {
    const { account } = this.#whose;
    return account ? this.#context.login.lockedElsewhere?.(account) : undefined;
  }

  /** Says so to the device's other services, whose control would fail for it. */
  tellOthers(): void {
    const { account } = this.#whose;
    if (account) this.#context.login.locked?.(account);
  }

  throttle(response: FactOf<'throttle'>['response'], milliseconds?: number): FactOf<'throttle'> {
    const { account } = this.#whose;
    return {
      kind: 'throttle',
      protocol: this.#arms.protocol.protocol,
      ...(account === undefined ? {} : { account }),
      after: this.took.length,
      response,
      // How long it took to say that it is locked says nothing of the lock.
      ...(milliseconds === undefined || response === 'lock' || response === 'refuse' ? {} : { milliseconds }),
    };
  }

  login(arm: 'declared' | 'known-user-random', answer: LoginAnswer, said = ''): FactOf<'login'> {
    const { user } = this.#whose;
    const secret = arm === 'declared' ? `declared:${user}` : 'random';
    return this.#arms.login(arm, user, secret, { ...answer, answer: `${answer.answer}${said}` });
  }
}

async function* guessed(arms: Arms, who: Whose): AsyncGenerator<Guessed> {
  const { secret } = who;
  const guesses = new Guessing(arms, who);
  if (secret !== undefined) {
    const control = await guesses.right(secret);
    // Wrong passwords of an account that does not work show nothing.
    if (control.result !== 'accepted') return;
    yield guesses.login('declared', control);
  }
  const seen = await guesses.wrong();
  if (seen?.result === 'accepted') {
    if (who.account !== undefined) yield guesses.login('known-user-random', seen);
    return;
  }
  if (guesses.took.length === 0) return;
  yield* secret === undefined ? withoutPassword(guesses, seen) : withPassword(guesses, seen, secret);
}

async function* withoutPassword(guesses: Guessing, seen: Throttled | undefined): AsyncGenerator<Guessed> {
  if (seen === undefined) yield guesses.throttle('none');
  else if (!isBroken(seen) || (await guesses.hangsUp(seen))) yield guesses.throttle(seen.response, seen.milliseconds);
}

/** The right password after the wrong ones. One that is refused once only shows neither a lock nor that there is none. */
async function* withPassword(guesses: Guessing, seen: Throttled | undefined, secret: string): AsyncGenerator<Guessed> {
  const first = await guesses.right(secret);
  if (first.result === 'accepted') {
    yield seen === undefined
      ? guesses.throttle('none', guesses.fixedDelay())
      : guesses.throttle(seen.response, seen.milliseconds);
    yield guesses.login('declared', first, `, right after ${guesses.took.length} wrong ones`);
    return;
  }
  const second = seen === undefined ? await guesses.right(secret) : first;
  if (second.result === 'accepted') {
    yield guesses.throttle('none', guesses.fixedDelay());
    return;
  }
  if (guesses.lockedElsewhere !== undefined) return;
  guesses.tellOthers();
  const sign = seen ?? [first, second].find(isBroken);
  const limited = guesses.throttle(sign?.response ?? 'lock', sign?.milliseconds);
  // Whoever is not there any more has limited nothing: only one that comes back has.
  const isThere = !isBroken(sign) || (await guesses.hangsUp(sign));
  if (isThere) yield limited;
  if (!(await guesses.lockIsOver())) return;
  const again = await guesses.right(secret);
  if (again.result !== 'accepted') return;
  if (!isThere) yield limited;
  yield guesses.login('declared', again, ', once the declared lock was over');
}

/**
 * Wrong logins in a row for one account, at full speed, one after the other: only for a declared test account, or where
 * the target allows disruptive probes. The right password goes before them, and after them, so that a silent lock shows.
 * Yields one `throttle` fact: how many were answered, and what was done about them (of `none`, `milliseconds` say how
 * late each was answered from the first one on); and a `declared` login where the account was shown to work afterwards.
 * What our side or the wire could not do ends it without an error: what the arms had found before stands.
 */
export async function* guessing(arms: Arms): AsyncGenerator<Guessed> {
  const who = whose(arms);
  if (who === undefined) return;
  try {
    yield* guessed(arms, who);
  } catch (error) {
    if (!(error instanceof CannotTell) || arms.context.signal.aborted) throw error;
    arms.context.log.info({ reason: error.reason }, 'what is done about wrong logins could not be told');
  }
}
