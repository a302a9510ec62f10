import type { FactOf } from '../model/fact.ts';
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

type ArmFact = FactOf<'login' | 'throttle' | 'access'>;

/** So many accounts in a row that are answered "not now": it is the service that is locked. */
const ACCOUNTS_IN_A_ROW = 2;

/** A1: a random user with a random password. The fact names neither, so that two runs read the same. */
async function* random(arms: Arms): AsyncGenerator<ArmFact, boolean> {
  const user = arms.protocol.passwordOnly ? '' : arms.word();
  if (!arms.context.login.allows(user)) throw arms.cannotTell('budget', 'the login budget leaves no login to be sent');
  const answer = await arms.ask(user, arms.word());
  if (user !== '') arms.forget(user);
  if (answer.result === 'throttled') {
    if (arms.failures > 0) yield* arms.notNow(user === '' ? '' : 'random', answer);
    throw arms.cannotTell('locked', `random credentials were answered "not now" (${answer.answer})`);
  }
  yield arms.login('random', user === '' ? '' : 'random', 'random', answer);
  return answer.result === 'accepted';
}

/**
 * One login for a listed account. A refusal may be a broken connection's, or be meant for this account alone: random
 * credentials tell. Where they are refused too, the service is locked (thrown); else the login is sent once more.
 */
async function* asked(arms: Arms, account: string, secret: string): AsyncGenerator<ArmFact, LoginAnswer> {
  const { login } = arms.context;
  const first = await arms.ask(account, secret);
  if (first.result !== 'throttled' || first.response !== 'refuse') return first;
  const user = arms.protocol.passwordOnly ? '' : arms.word();
  if (!login.allows(user)) return first;
  const control = await arms.ask(user, arms.word());
  if (user !== '') arms.forget(user);
  if (control.result === 'throttled') {
    yield arms.throttle(account, first);
    throw arms.cannotTell(
      'locked',
      `a listed account was answered "not now" (${first.answer}), and so was a random one`,
    );
  }
  yield arms.login('random', user === '' ? '' : 'random', 'random', control);
  if (control.result === 'accepted')
    throw arms.cannotTell('protocol', 'random credentials were refused at first and accepted later');
  return login.allows(account) ? arms.ask(account, secret) : first;
}

/** The accounts that the declaration gives: the positive control. Gives those that were accepted. */
async function* declared(arms: Arms, users: (user: string) => boolean): AsyncGenerator<ArmFact, Set<string>> {
  const { context } = arms;
  const accepted = new Set<string>();
  const here = (on?: readonly string[]) => on === undefined || on.includes(arms.protocol.protocol);
  for (const account of context.accounts.filter((each) => users(each.user) && here(each.on))) {
    if (!context.login.allows(account.user) || arms.stopped.has(account.user)) continue;
    const answer = yield* asked(arms, account.user, account.secret);
    if (answer.result === 'throttled') {
      yield* arms.notNow(account.user, answer);
      continue;
    }
    if (answer.result === 'accepted') {
      context.login.succeeded(account.user);
      accepted.add(account.user);
    }
    const said =
      answer.result === 'accepted'
        ? answer
        : { ...answer, answer: `${answer.answer}: the declared account was refused` };
    yield arms.login('declared', account.user, `declared:${account.user}`, said);
  }
  return accepted;
}

/** A3, a last A1 and A4 for a candidate that was accepted. */
async function* controls(
  arms: Arms,
  candidate: Candidate,
  accepted: LoginAnswer,
): AsyncGenerator<ArmFact, Authentication> {
  const { context } = arms;
  const { user, id } = candidate;
  context.login.succeeded(user);
  yield arms.login('candidate', user, id, accepted);
  if (!context.login.allows(user))
    throw arms.cannotTell('budget', `${id} was accepted, and the login budget leaves no login for its control`);
  const third = await arms.ask(user, arms.word());
  if (third.result === 'throttled') {
    yield* arms.notNow(user, third);
    // A late rejection is a rejection all the same: the repeat says whether the candidate is told from it.
    if (third.response !== 'delay')
      throw arms.cannotTell('locked', `${id} was accepted, and its control was answered "not now" (${third.answer})`);
  }
  yield arms.login('known-user-random', user, 'random', third);
  if (third.result === 'accepted') {
    // A page that says "locked" in words of its own comes for everybody.
    if (yield* random(arms))
      throw arms.cannotTell('protocol', 'random credentials were refused at first and accepted later');
    return 'any';
  }

  // Before the candidate is sent again, so that each fact's evidence is its own connection.
  if (yield* random(arms))
    throw arms.cannotTell('protocol', 'random credentials were refused at first and accepted later');

  // Not asked of the budget: it was accepted a moment ago, and without it nothing is proven.
  const fourth = await arms.ask(user, candidate.secret);
  if (fourth.result === 'throttled') {
    yield* arms.notNow(user, fourth);
    throw arms.cannotTell('locked', `${id} was accepted once, and then answered "not now" (${fourth.answer})`);
  }
  if (fourth.result === 'accepted') context.login.succeeded(user);
  const grant = fourth.result === 'accepted' ? await arms.protocol.grants?.(user, candidate.secret) : undefined;
  yield { ...arms.login('repeat', user, id, fourth), ...grant, proven: fourth.result === 'accepted' };
  if (fourth.result === 'rejected') throw arms.cannotTell('protocol', `${id} was accepted once and then refused`);
  return 'required';
}

/**
 * Tries logins in the order of CATALOGUE, "Logins": A0, A1, the declared accounts, the candidates with their controls,
 * the declared accounts again. Stops at the first proven default, and where the attempt's time runs out. Throws CannotTell: `locked` where the device stopped
 * answering logins, `budget` where no candidate was due, and what the wire says before any login failed.
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

  const working = yield* declared(arms, () => true);
  let answered = 0;
  let asksMore: string | undefined;
  const unanswered: string[] = [];
  for (const candidate of context.credentials.candidates) {
    if (arms.stopped.has(candidate.user)) unanswered.push(candidate.id);
    const without = await arms.refuses(candidate.user);
    if (without !== undefined) {
      answered += 1;
      yield arms.login('candidate', candidate.user, candidate.id, { result: 'rejected', answer: without });
      context.credentials.tried(candidate);
      continue;
    }
    if (arms.stopped.has(candidate.user) || !context.login.allows(candidate.user)) continue;
    if (answered > 0 && !arms.hasTime()) break;
    const answer = yield* asked(arms, candidate.user, candidate.secret);
    if (answer.result === 'throttled') {
      unanswered.push(candidate.id);
      yield* arms.notNow(candidate.user, answer);
      if (arms.throttledInARow >= ACCOUNTS_IN_A_ROW)
        throw arms.cannotTell('locked', `${arms.throttledInARow} accounts in a row were answered "not now"`);
    } else if (answer.result === 'rejected' && answer.asksMore) {
      asksMore ??= answer.answer;
      yield arms.login('candidate', candidate.user, candidate.id, answer);
    } else if (answer.result === 'rejected') {
      answered += 1;
      yield arms.login('candidate', candidate.user, candidate.id, answer);
      context.credentials.tried(candidate);
    } else {
      const authentication = yield* controls(arms, candidate, answer);
      if (authentication === 'any') {
        yield* arms.access('any');
        return { authentication };
      }
      context.credentials.tried(candidate);
      // What other accounts were let try before it is no less true for the hit.
      arms.forget(candidate.user);
      const untroubled = arms.unthrottled();
      if (untroubled) yield untroubled;
      yield* guessing(arms);
      return { authentication, accepted: { candidate: candidate.id, user: candidate.user } };
    }
  }
  if (working.size > 0) yield* declared(arms, (user) => working.has(user));
  const unthrottled = arms.unthrottled();
  if (unthrottled) yield unthrottled;
  yield* guessing(arms);
  if (arms.stopped.size > 0)
    throw arms.cannotTell(
      'locked',
      `"not now" was the answer to ${[...arms.stopped].map((user) => JSON.stringify(user)).join(', ')}; not answered: ${unanswered.join(', ') || 'a declared account'}`,
    );
  if (asksMore !== undefined)
    throw arms.cannotTell('unsupported', `beside the password, more is asked for: ${asksMore}`);
  if (answered === 0) throw arms.cannotTell('budget', context.credentials.why);
  return { authentication: 'required' };
}

/** A0 and A1. An A1 that gets in is asked again: an answer that changes is not believed. */
async function* doors(arms: Arms): AsyncGenerator<ArmFact, Authentication> {
  const none = await arms.none();
  if (none?.result === 'throttled')
    throw arms.cannotTell('locked', `"not now" was the answer before any login was sent (${none.answer})`);
  if (none) yield arms.login('none', '', undefined, none);
  if (none?.result === 'accepted') return 'none';
  if (!(yield* random(arms))) return 'required';
  if (!(yield* random(arms)))
    throw arms.cannotTell('protocol', 'random credentials were accepted once and then refused');
  return 'any';
}
