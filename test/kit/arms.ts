import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Fact } from '../../src/model/fact.ts';
import { type LoginAnswer, type LoginOutcome, type LoginProtocol, loginArms } from '../../src/observe/arms.ts';
import { type Account, type Candidate, CannotTell, type ProbeContext } from '../../src/observe/probe.ts';

export const rejected: LoginAnswer = { result: 'rejected', answer: 'no' };
export const accepted: LoginAnswer = { result: 'accepted', answer: 'yes', grants: 'full' };
export const locked: LoginAnswer = { result: 'throttled', answer: '429', response: 'lock' };

export const admin: Candidate = { id: 'list:1', user: 'admin', secret: 'admin' };
export const admin2: Candidate = { id: 'list:2', user: 'admin', secret: 'hunter22' };
export const root: Candidate = { id: 'list:3', user: 'root', secret: 'toor' };
export const guest: Candidate = { id: 'list:4', user: 'guest', secret: '' };
export const LIST = [admin, admin2, root, guest];

export type Step = (user: string, secret: string, nth: number) => LoginAnswer;

export interface Case {
  name: string;
  attempt: Step;
  none?: () => LoginAnswer;
  grants?: LoginProtocol['grants'];
  cannotSend?: LoginProtocol['cannotSend'];
  /** The protocol's name; default a made-up one. */
  protocol?: string;
  /** What other services of the device have locked: an account, or `''` for all of one's logins. */
  elsewhere?: Record<string, string>;
  passwordOnly?: boolean;
  /** A new connection is taken after one that was broken off. */
  hangsUp?: boolean;
  refuses?: string[];
  candidates?: Candidate[];
  accounts?: Account[];
  /** Failures in a row that an account may have; default without limit. */
  budget?: number;
  sees: string[];
  ends: LoginOutcome | { reason: string; open: readonly string[] | undefined; says: RegExp };
  tried?: string[];
  /** Every login sent, users of random words as `?`. */
  sent?: string;
  /** What the arm-runner says that the device has locked. */
  locks?: string[];
}

/** One line a fact: arm account/secret result. */
export function line(fact: Fact): string {
  if (fact.kind === 'login')
    return `${fact.arm} ${fact.account}/${fact.secret ?? '-'} ${fact.accepted ? 'in' : 'out'}${fact.proven === undefined ? '' : fact.proven ? ' proven' : ' unproven'}`;
  if (fact.kind === 'throttle')
    return `throttle ${fact.account} ${fact.broken ? 'broken ' : ''}${fact.response} after ${fact.after}`;
  return fact.kind === 'access' ? `access ${fact.authentication}` : fact.kind;
}

export async function runArms(test: Case) {
  let clock = 0;
  const log: string[] = [];
  const tried: string[] = [];
  const failures = new Map<string, number>();
  const stopped = new Set<string>();
  const known = new Set([...LIST, ...(test.candidates ?? [])].map(({ user }) => user));
  const redacted = new Set<string>();
  const locks: string[] = [];
  const context = {
    target: { allow: { impact: 'login' } },
    component: {},
    now: () => clock,
    signal: new AbortController().signal,
    // What breaks off takes no new connection, but for one that hangs up on purpose.
    endpoint: { host: '127.0.0.1', transport: 'tcp', port: 1 },
    dial: () =>
      test.hangsUp
        ? Promise.resolve({ destroy: () => undefined })
        : Promise.reject(new CannotTell('refused', 'nobody is there')),
    log: { info: () => undefined, warn: () => undefined },
    limits: { wait: 5000, attempt: 180_000 },
    random: (bytes: number) => randomBytes(bytes),
    redact: (secret: string) => redacted.add(secret),
    accounts: test.accounts ?? [],
    credentials: {
      candidates: test.candidates ?? LIST,
      why: 'the shared budget went to ssh',
      tried: (candidate: Candidate) => tried.push(candidate.id),
    },
    login: {
      allows: (user: string) => !stopped.has(user) && (failures.get(user) ?? 0) < (test.budget ?? Infinity),
      sent: (user: string) => {
        failures.set(user, (failures.get(user) ?? 0) + 1);
        log.push(known.has(user) ? user : '?');
      },
      succeeded: (user: string) => failures.delete(user),
      stop: (user: string) => stopped.add(user),
      locked: (user?: string) => locks.push(user ?? 'all'),
      lockedElsewhere: (user = '') => test.elsewhere?.[user],
    },
  } as unknown as ProbeContext;
  let nth = 0;
  const protocol: LoginProtocol = {
    protocol: test.protocol ?? 'fake',
    ...(test.grants ? { grants: test.grants } : {}),
    ...(test.cannotSend ? { cannotSend: test.cannotSend } : {}),
    passwordOnly: test.passwordOnly,
    ...(test.none ? { none: async () => test.none!() } : {}),
    ...(test.refuses
      ? { refuses: async (user: string) => (test.refuses!.includes(user) ? 'publickey only' : undefined) }
      : {}),
    attempt: async (user, secret) => {
      nth += 1;
      expect(log.length).toBeGreaterThanOrEqual(nth); // the ledger is written first
      if (secret !== '') expect(redacted).toContain(secret);
      const answer = test.attempt(user, secret, nth);
      clock += 'milliseconds' in answer ? (answer.milliseconds ?? 0) : 10;
      return answer;
    },
    *access(authentication) {
      yield {
        kind: 'access',
        protocol: 'fake',
        class: 'shell',
        action: 'execute',
        resource: '/',
        authentication,
        how: 'recognised',
      };
    },
  };
  const facts: Fact[] = [];
  let ends: LoginOutcome | CannotTell;
  try {
    const arms = loginArms(context, protocol);
    for (;;) {
      const step = await arms.next();
      if (step.done) {
        ends = step.value;
        break;
      }
      facts.push(step.value);
    }
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    ends = error;
  }
  return { facts, ends, tried, sent: log.join(' '), locks };
}

/** A server that knows these passwords. */
export const knows =
  (accounts: Record<string, string>): Step =>
  (user, secret) =>
    accounts[user] === secret ? accepted : rejected;

/** Runs a case and holds it to all that it says. */
export async function tryCase(test: Case): Promise<void> {
  const { facts, ends, tried, sent, locks } = await runArms(test);
  expect(facts.map(line)).toEqual(test.sees);
  if (ends instanceof CannotTell) {
    expect({ reason: ends.reason, open: ends.open }).toEqual({
      reason: (test.ends as { reason: string }).reason,
      open: (test.ends as { open: unknown }).open,
    });
    expect(ends.message).toMatch((test.ends as { says: RegExp }).says);
  } else expect(ends).toEqual(test.ends);
  if (test.tried) expect(tried).toEqual(test.tried);
  if (test.sent !== undefined) expect(sent).toBe(test.sent);
  if (test.locks) expect(locks).toEqual(test.locks);
  for (const fact of facts)
    for (const secret of ['hunter22', 'toor', 'Right']) expect(JSON.stringify(fact)).not.toContain(secret);
}
