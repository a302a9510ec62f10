import type { FactOf } from '../model/fact.ts';
import type { Authentication, Grant, LoginAnswer } from './arms.ts';
import type { Arms } from './arms-state.ts';
import { type Account, type Candidate, CannotTell } from './probe.ts';

export type ArmFact = FactOf<'login' | 'throttle' | 'access'>;

/** A0 and A1. An A1 that gets in is asked again: an answer that changes is not believed. */
export async function* doors(arms: Arms): AsyncGenerator<ArmFact, Authentication> {
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

/** A1: a random user with a random password. The fact names neither, so that two runs read the same. */
async function* random(arms: Arms): AsyncGenerator<ArmFact, boolean> {
  const user = arms.protocol.passwordOnly ? '' : arms.word();
  if (!arms.context.login.allows(user)) throw arms.cannotTell('budget', 'the login budget leaves no login to be sent');
  const answer = await arms.ask(user, arms.word());
  if (user !== '') arms.forget(user);
  if (answer.result === 'throttled') {
    const detail = `random credentials were answered "not now" (${answer.answer})`;
    // Before any failure of ours: what another service has locked, or what was locked before us.
    if (arms.failures === 0)
      throw answer.response === 'lock' ? arms.serviceLocked(detail) : arms.cannotTell('locked', detail);
    yield* arms.notNow(user === '' ? '' : 'random', answer);
    throw arms.serviceLocked(detail);
  }
  yield arms.login('random', user === '' ? '' : 'random', 'random', answer);
  return answer.result === 'accepted';
}

/**
 * Whether a refusal is a connection that broke off, and no new one can be made: who hangs up or says nothing on purpose takes
 * the next. Over UDP there is none to be made: there an answer to what is no login counts.
 */
async function isBroken({ context, protocol }: Arms, { answer }: LoginAnswer): Promise<boolean> {
  if (!['refused', 'reset', 'timeout'].includes(answer)) return false;
  try {
    if (context.endpoint.transport === 'udp') return (await protocol.lives?.()) !== true;
    (await context.dial()).destroy();
    return false;
  } catch (error) {
    if (!(error instanceof CannotTell) || context.signal.aborted) throw error;
    return true;
  }
}

/**
 * One login for a listed account, which is reserved where the budget was asked for it. A refusal may be a broken connection's, or be meant for this account alone: random
 * credentials tell. Where they are refused too, the service is locked (thrown); else the login is sent once more.
 */
export async function* asked(
  arms: Arms,
  account: string,
  secret: string,
  isReserved: boolean,
): AsyncGenerator<ArmFact, LoginAnswer> {
  const { login } = arms.context;
  const first = await arms.ask(account, secret, isReserved);
  if (first.result !== 'throttled' || first.response !== 'refuse') return first;
  const user = arms.protocol.passwordOnly ? '' : arms.word();
  if (!login.allows(user)) return first;
  const control = await arms.ask(user, arms.word());
  if (user !== '') arms.forget(user);
  if (control.result === 'throttled') {
    yield { ...arms.throttle(account, first), ...((await isBroken(arms, first)) ? { broken: true as const } : {}) };
    throw arms.serviceLocked(`a listed account was answered "not now" (${first.answer}), and so was a random one`);
  }
  yield arms.login('random', user === '' ? '' : 'random', 'random', control);
  if (control.result === 'accepted')
    throw arms.cannotTell('protocol', 'random credentials were refused at first and accepted later');
  return login.allows(account) ? arms.ask(account, secret) : first;
}

/** A declared account's login as a fact, which says so where it was refused. */
const control = (arms: Arms, { user }: Account, answer: LoginAnswer): FactOf<'login'> =>
  arms.login(
    'declared',
    user,
    `declared:${user}`,
    answer.result === 'accepted' ? answer : { ...answer, answer: `${answer.answer}: the declared account was refused` },
  );

/** The accounts that the declaration gives: the positive control. Gives those that were accepted. */
export async function* declared(arms: Arms): AsyncGenerator<ArmFact, Account[]> {
  const { context, protocol } = arms;
  const accepted: Account[] = [];
  for (const account of context.accounts) {
    const { user, secret, on, certificate } = account;
    // The engine gives no certificates to who asks for passwords; a test's context may.
    if (certificate !== undefined || (on !== undefined && !on.includes(protocol.protocol))) continue;
    const unsent = arms.cannotSend(user, secret);
    if (unsent !== undefined) {
      context.log.warn({ account: user, why: unsent }, 'a declared account cannot be sent over this protocol');
      continue;
    }
    if (!(await arms.claim(user))) continue;
    arms.asked.add(user);
    const answer = yield* asked(arms, user, secret, true);
    if (answer.result === 'throttled') {
      yield* arms.notNow(user, answer);
      continue;
    }
    if (answer.result === 'accepted') {
      context.login.succeeded(user);
      accepted.push(account);
    }
    yield control(arms, account, answer);
  }
  return accepted;
}

/**
 * The declared accounts that were accepted before the candidates, again after them. It is not asked of the budget: a
 * password that worked a moment ago fails nobody. One that is refused now shows a lock that says nothing, twice over where
 * the budget has room: then all that was rejected proves nothing (thrown).
 */
export async function* declaredAgain(arms: Arms, working: readonly Account[]): AsyncGenerator<ArmFact> {
  const { login } = arms.context;
  for (const account of working) {
    const { user, secret } = account;
    if (arms.stopped.has(user)) continue;
    const after = arms.failures;
    const answer = yield* asked(arms, user, secret, false);
    if (answer.result === 'throttled') {
      yield* arms.notNow(user, answer);
      continue;
    }
    if (answer.result === 'accepted') login.succeeded(user);
    yield control(arms, account, answer);
    if (answer.result === 'accepted') continue;
    const second = login.allows(user) ? await arms.ask(user, secret) : undefined;
    if (second?.result === 'accepted') {
      login.succeeded(user);
      yield control(arms, account, second);
      throw arms.cannotTell(
        'protocol',
        `the declared account ${JSON.stringify(user)} was refused once and then accepted`,
      );
    }
    if (second?.result === 'rejected') {
      yield control(arms, account, second);
      const { milliseconds: _, ...lock } = arms.throttle(user, {
        result: 'throttled',
        response: 'lock',
        answer: second.answer,
      });
      yield { ...lock, after };
    }
    throw arms.serviceLocked(
      `the declared account ${JSON.stringify(user)} was accepted before ${after} failures and refused after them: what was rejected then proves nothing`,
    );
  }
}

/** A3, a last A1 and A4 for a candidate that was accepted. */
export async function* controls(
  arms: Arms,
  candidate: Candidate,
  accepted: LoginAnswer,
): AsyncGenerator<ArmFact, Authentication> {
  const { context } = arms;
  const { user, id } = candidate;
  context.login.succeeded(user);
  // At once: other services of the device would use up what the success has just given back.
  const isAllowed = context.login.allows(user);
  if (isAllowed) arms.reserve(user);
  yield arms.login('candidate', user, id, accepted);
  if (!isAllowed)
    throw arms.cannotTell('budget', `${id} was accepted, and the login budget leaves no login for its control`);
  const third = await arms.ask(user, arms.word(), true);
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
  if (fourth.result === 'rejected') {
    yield { ...arms.login('repeat', user, id, fourth), proven: false };
    throw arms.cannotTell('protocol', `${id} was accepted once and then refused`);
  }
  context.login.succeeded(user);
  yield { ...arms.login('repeat', user, id, fourth), ...(await granted(arms, candidate)), proven: true };
  return 'required';
}

/** What a proven default reaches. What breaks off there takes nothing back of the proof. */
async function granted({ protocol }: Arms, { user, secret }: Candidate): Promise<Partial<Grant>> {
  try {
    return (await protocol.grants?.(user, secret)) ?? {};
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    return { grants: 'unknown' };
  }
}
