import type { FactOf } from '../model/fact.ts';
import { type ArmFact, asked, controls, declared, declaredAgain, doors } from './arms-parts.ts';
import { Arms } from './arms-state.ts';
import { guessing } from './guessing.ts';
import type { Candidate, ProbeContext } from './probe.ts';

/** One login's answer. `throttled` covers every form of "not now": a lock, a delay, a refusal after failures. */
export type LoginAnswer =
  | { result: 'accepted'; answer: string; grants?: 'full' | 'change-only' | 'unknown' }
  | {
      result: 'rejected';
      answer: string;
      milliseconds?: number;
      /** More is asked for beside the password (a second factor): nobody can say whether it was right. */
      asksMore?: true;
    }
  | { result: 'throttled'; answer: string; response: 'delay' | 'lock' | 'refuse'; milliseconds?: number };

/** What a login lets one do. `change-only`: nothing but giving a new password was reached, though more was tried. */
export interface Grant {
  readonly grants: 'full' | 'change-only' | 'unknown';
  readonly changeAsked?: boolean;
  /** In a few words, without the device's: what was tried with the session. */
  readonly answer: string;
}

export type Authentication = 'none' | 'any' | 'required';

/**
 * What a login probe brings: how to ask, once, over a fresh connection. Network errors are thrown by the wire.
 * `accepted` includes whatever read-only proof the protocol has. `answer` never holds words of the server's that could
 * echo a secret.
 */
export interface LoginProtocol {
  readonly protocol: string;
  /** Whether there are no user names: random logins then count as the account `''`. */
  readonly passwordOnly?: boolean;
  /** A0, without credentials. Absent where the protocol has no such thing. */
  none?(): Promise<LoginAnswer>;
  /**
   * How the server says, without being sent a secret, that this account has no such login (SSH: methods without a
   * password). The account's candidates then count as answered, and none is sent.
   */
  refuses?(user: string): Promise<string | undefined>;
  /**
   * Whether the service answers who sends no login. Of what travels over UDP nothing else can tell a refusal from a service
   * that died; absent there: it cannot be told.
   */
  lives?(): Promise<boolean>;
  /** Why these words cannot be sent here as they are, beside what the engine knows of the protocol. They are then not sent. */
  cannotSend?(user: string, secret: string): string | undefined;
  /** One login. Called for random, candidate, known-user-random, repeat and declared arms alike. */
  attempt(user: string, secret: string): Promise<LoginAnswer>;
  /**
   * What a login that was just accepted reaches, and whether a new password is asked for. Asked once the default is
   * proven; it only reads. Without it, `grants` of the answer stands.
   */
  grants?(user: string, secret: string): Promise<Grant>;
  /**
   * What is reached with that authentication, or refused. Called as soon as A0 and A1 have been answered and before
   * any candidate, so that it stands whatever becomes of the candidates.
   */
  access?(authentication: Authentication): AsyncIterable<FactOf<'access'>> | Iterable<FactOf<'access'>>;
}

/**
 * What the arms found. `authentication` none: A0 got in; any: random credentials got in; required: neither did.
 * `accepted`: the listed default that was proven.
 */
export type LoginOutcome = {
  authentication: Authentication;
  accepted?: { candidate: string; user: string };
};

export { leavingOpen } from './arms-state.ts';

/** So many accounts in a row that are answered "not now": it is the service that is locked. */
const ACCOUNTS_IN_A_ROW = 2;
/** Entries that are named where they cannot be sent. */
const MOST_NAMED = 10;

/** A candidate as this service takes it, and the planned ones that an answer to it answers. */
type Due = Candidate & { readonly of: readonly Candidate[] };

/** The candidates; without users' names where none is asked for, and then each password once. */
const candidatesOf = ({ context, protocol }: Arms): Due[] => {
  const { candidates } = context.credentials;
  if (!protocol.passwordOnly)
    return candidates.map((one) => ({ id: one.id, user: one.user, secret: one.secret, of: [one] }));
  const bySecret = new Map<string, Candidate[]>();
  for (const one of candidates) {
    const same = bySecret.get(one.secret);
    if (same === undefined) bySecret.set(one.secret, [one]);
    else same.push(one);
  }
  return [...bySecret].map(([secret, of]) => ({ id: of[0]!.id, user: '', secret, of }));
};

/** What the candidates have come to so far. */
class Tried {
  answered = 0;
  asksMore: string | undefined;
  readonly unanswered: string[] = [];
  readonly unsent: string[] = [];
  readonly #arms: Arms;

  constructor(arms: Arms) {
    this.#arms = arms;
  }

  clear({ of }: Due): void {
    for (const one of of) this.#arms.context.credentials.tried(one);
  }

  cannotBeSent({ id }: Due, why: string): void {
    if (this.unsent.length < MOST_NAMED) {
      this.unsent.push(`${id} (${why})`);
      this.#arms.context.log.info({ candidate: id, why }, 'a candidate cannot be sent over this protocol');
    }
  }

  /** Throws CannotTell where what was rejected does not say that the listed defaults are. */
  mustTell(): void {
    const { context, protocol, stopped } = this.#arms;
    const elsewhere = this.#arms.lockedElsewhere();
    if (stopped.size > 0)
      throw this.#arms.cannotTell(
        'locked',
        `"not now" was the answer to ${[...stopped].map((user) => JSON.stringify(user)).join(', ')}; not answered: ${this.unanswered.join(', ') || 'a declared account'}`,
      );
    if (elsewhere.length > 0)
      throw this.#arms.cannotTell(
        'locked',
        `meanwhile the device locked ${elsewhere.map(([user, where]) => `${JSON.stringify(user)} at ${where}`).join(', ')}: what was rejected here may be so for that`,
      );
    if (this.asksMore !== undefined)
      throw this.#arms.cannotTell('unsupported', `beside the password, more is asked for: ${this.asksMore}`);
    if (this.answered > 0) return;
    if (this.unsent.length > 0)
      throw this.#arms.cannotTell(
        'unsupported',
        `no candidate could be sent over ${protocol.protocol}: ${this.unsent.join(', ')}`,
      );
    throw this.#arms.cannotTell('budget', context.credentials.why);
  }
}

/** One candidate. Gives how the service turns out to authenticate where it was accepted: then it is the last one. */
async function* tryCandidate(
  arms: Arms,
  candidate: Due,
  tried: Tried,
): AsyncGenerator<ArmFact, Authentication | undefined> {
  const { user, secret, id } = candidate;
  arms.asked.add(user);
  const answer = yield* asked(arms, user, secret, true);
  if (answer.result === 'throttled') {
    tried.unanswered.push(id);
    yield* arms.notNow(user, answer);
    if (arms.throttledInARow >= ACCOUNTS_IN_A_ROW)
      throw arms.serviceLocked(`${arms.throttledInARow} accounts in a row were answered "not now"`);
    return undefined;
  }
  if (answer.result === 'accepted') return yield* controls(arms, candidate, answer);
  yield arms.login('candidate', user, id, answer);
  if (answer.asksMore) tried.asksMore ??= answer.answer;
  else {
    tried.answered += 1;
    tried.clear(candidate);
  }
  return undefined;
}

/**
 * Tries logins in the order of CATALOGUE, "Logins": A0, A1, the declared accounts, the candidates with their controls,
 * the declared accounts again. Stops at the first proven default, and where the attempt's time runs out. Throws CannotTell:
 * `locked` where the device stopped answering logins, `budget` where no candidate was due, `unsupported` where none can be
 * sent, and what the wire says before any login failed.
 */
export async function* loginArms(
  context: ProbeContext,
  protocol: LoginProtocol,
): AsyncGenerator<ArmFact, LoginOutcome> {
  const arms = new Arms(context, protocol);
  const open = yield* doors(arms);
  yield* arms.access(open);
  arms.settled = ['login'];
  if (open !== 'required') return { authentication: open };

  const working = yield* declared(arms);
  const tried = new Tried(arms);
  for (const candidate of candidatesOf(arms)) {
    const { user, id } = candidate;
    const unsent = arms.cannotSend(user, candidate.secret);
    if (unsent !== undefined) {
      tried.cannotBeSent(candidate, unsent);
      continue;
    }
    if (arms.stopped.has(user)) tried.unanswered.push(id);
    const without = await arms.refuses(user);
    if (without !== undefined) {
      tried.answered += 1;
      yield arms.login('candidate', user, id, { result: 'rejected', answer: without });
      tried.clear(candidate);
      continue;
    }
    if (arms.stopped.has(user)) continue;
    if (user !== '' && context.login.lockedElsewhere?.(user) !== undefined) {
      arms.asked.add(user);
      continue;
    }
    if (tried.answered > 0 && !arms.hasTime()) break;
    if (!(await arms.claim(user))) continue;
    const authentication = yield* tryCandidate(arms, candidate, tried);
    if (authentication === undefined) continue;
    if (authentication === 'any') {
      yield* arms.access('any');
      return { authentication };
    }
    tried.clear(candidate);
    // What other accounts were let try before it is no less true for the hit.
    arms.forget(user);
    const untroubled = arms.unthrottled();
    if (untroubled) yield untroubled;
    yield* guessing(arms);
    return { authentication, accepted: { candidate: id, user } };
  }
  yield* declaredAgain(arms, working);
  const unthrottled = arms.unthrottled();
  if (unthrottled) yield unthrottled;
  yield* guessing(arms);
  tried.mustTell();
  return { authentication: 'required' };
}
