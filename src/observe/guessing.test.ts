import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FAILURES } from '../judge/checks/login-guessing-limited.ts';
import type { Fact } from '../model/fact.ts';
import type { LockPolicy } from '../model/target.ts';
import type { LoginAnswer, LoginProtocol } from './arms.ts';
import { Arms } from './arms-state.ts';
import { GUESSES, guessing } from './guessing.ts';
import { type Account, CannotTell, type ProbeContext } from './probe.ts';

const rejected: LoginAnswer = { result: 'rejected', answer: 'no' };
const accepted: LoginAnswer = { result: 'accepted', answer: 'yes' };
const throttled = (response: 'delay' | 'lock' | 'refuse', answer = 'not now'): LoginAnswer => ({
  result: 'throttled',
  answer,
  response,
});
const late = (milliseconds: number): LoginAnswer => ({ ...rejected, milliseconds }) as LoginAnswer;

/** What the server says to the `wrong`th wrong password in a row, and to the right one after so many. */
interface Server {
  wrong(nth: number, at: number): LoginAnswer;
  right(wrongBefore: number, nth: number, at: number): LoginAnswer;
}

interface Case {
  name: string;
  server: Partial<Server>;
  accounts?: Account[];
  impact?: 'login' | 'disruptive';
  fragile?: boolean;
  lock?: LockPolicy;
  passwordOnly?: boolean;
  attemptMs?: number;
  /** Whether the port still takes connections. */
  dials?: boolean;
  aborted?: boolean;
  stopped?: string;
  /** The account was locked at another service: before, or once the right password was refused. */
  elsewhere?: 'before' | 'meanwhile';
  /** Words that the protocol cannot carry. */
  cannotSend?: boolean;
  /** Accounts that other services are told to be locked. */
  told?: string[];
  sees: string[];
  /** Wrong and right logins sent, and failures counted against the budget by account. */
  sent?: string;
  counted?: string[];
  throws?: RegExp;
}

const line = (fact: Fact): string => {
  if (fact.kind === 'login') return `${fact.arm} ${fact.account} ${fact.accepted ? 'in' : 'out'}: ${fact.answer}`;
  if (fact.kind !== 'throttle') return fact.kind;
  const { account, after, response, milliseconds } = fact;
  return `${response} after ${after} for ${account ?? 'nobody'}${milliseconds === undefined ? '' : ` ${milliseconds} ms`}`;
};

async function run(test: Case) {
  let clock = 0;
  let wrong = 0;
  let right = 0;
  let sent = '';
  const counted: string[] = [];
  const told: string[] = [];
  const accounts = test.accounts ?? [{ user: 'lab', secret: 'Right', test: true }];
  const redacted = new Set<string>();
  const context = {
    target: { allow: { impact: test.impact ?? 'login' } },
    component: { fragile: test.fragile, declares: test.lock === undefined ? {} : { logins: { lock: test.lock } } },
    signal: { aborted: test.aborted ?? false },
    log: { info: () => {} },
    now: () => clock,
    sleep: async (milliseconds: number) => {
      clock += milliseconds;
    },
    dial: async () => {
      if (test.dials === false) throw new CannotTell('refused', 'gone');
      return { destroy: () => {} };
    },
    limits: { wait: 5000, attempt: test.attemptMs ?? 180_000 },
    random: (bytes: number) => randomBytes(bytes),
    redact: (secret: string) => redacted.add(secret),
    accounts,
    login: {
      allows: () => true,
      sent: (user: string) => counted.push(user),
      succeeded: (user: string) => counted.splice(0, counted.length, ...counted.filter((one) => one !== user)),
      stop: () => {},
      locked: (user: string) => told.push(user),
      lockedElsewhere: () =>
        test.elsewhere === 'before' || (test.elsewhere === 'meanwhile' && sent.endsWith('RR')) ? 'tcp/80' : undefined,
    },
  } as unknown as ProbeContext;
  const protocol: LoginProtocol = {
    protocol: 'fake',
    passwordOnly: test.passwordOnly,
    ...(test.cannotSend ? { cannotSend: () => 'a line feed' } : {}),
    attempt: async (user, secret) => {
      expect(redacted).toContain(secret);
      const isRight = accounts.some((one) => one.user === user && one.secret === secret);
      sent += isRight ? 'R' : 'w';
      if (isRight) {
        const answer = (test.server.right ?? (() => accepted))(wrong, ++right, clock);
        clock += 20;
        if (answer.result === 'accepted') wrong = 0;
        return answer;
      }
      const answer = (test.server.wrong ?? (() => rejected))(++wrong, clock);
      clock += ('milliseconds' in answer && answer.milliseconds) || 20;
      return answer;
    },
  };
  const arms = new Arms(context, protocol);
  if (test.stopped !== undefined) arms.stopped.add(test.stopped);
  const facts: Fact[] = [];
  for await (const fact of guessing(arms)) facts.push(fact);
  return { facts, sent, counted, told };
}

const control = 'declared lab in: yes';
const still = 'declared lab in: yes, right after 10 wrong ones';
const ordinary: Account = { user: 'viewer', secret: 'Right', role: 'ordinary' };
const admin: Account = { user: 'boss', secret: 'Right', role: 'admin' };
const broken =
  (reason: 'refused' | 'reset' | 'timeout', from: number) =>
  (nth: number): LoginAnswer => {
    if (nth > from) throw new CannotTell(reason, 'gone');
    return rejected;
  };

const cases: Case[] = [
  {
    name: 'nothing is done, and the right password shows it',
    server: {},
    sees: [control, 'none after 10 for lab', still],
    sent: 'RwwwwwwwwwwR',
    counted: [],
    told: [],
  },
  { name: 'no test account', server: {}, accounts: [ordinary, admin], sees: [], sent: '' },
  {
    name: 'an account for another protocol',
    server: {},
    accounts: [{ ...ordinary, test: true, on: ['ssh'] }],
    sees: [],
  },
  { name: 'a client certificate', server: {}, accounts: [{ ...ordinary, test: true, certificate: 'PEM' }], sees: [] },
  { name: 'a test account that the arms have stopped', server: {}, stopped: 'lab', sees: [], sent: '' },
  { name: 'a fragile device', server: {}, fragile: true, sees: [], sent: '' },
  {
    name: 'a fragile device, disruptive',
    server: {},
    fragile: true,
    impact: 'disruptive',
    sees: [control, 'none after 10 for lab', still],
  },
  {
    name: 'disruptive: an ordinary account before an admin, and its failures are counted until it is let in',
    server: { right: (_wrong, nth) => (nth === 1 ? accepted : rejected) },
    accounts: [admin, ordinary],
    impact: 'disruptive',
    sees: ['declared viewer in: yes', 'lock after 10 for viewer'],
    sent: 'RwwwwwwwwwwRR',
    counted: Array(12).fill('viewer'),
  },
  {
    name: 'disruptive, and no account: only the guesser can be hindered',
    server: {},
    accounts: [],
    impact: 'disruptive',
    sees: ['none after 10 for nobody'],
    sent: 'wwwwwwwwww',
  },
  {
    name: 'disruptive, and no account: he is',
    server: { wrong: (nth) => (nth > 4 ? throttled('lock', '429') : rejected) },
    accounts: [],
    impact: 'disruptive',
    sees: ['lock after 4 for nobody'],
  },
  {
    name: 'disruptive, a login that takes a password alone',
    server: {},
    accounts: [],
    passwordOnly: true,
    impact: 'disruptive',
    sees: ['none after 10 for '],
  },
  {
    name: 'the account does not work: nothing is guessed',
    server: { right: () => rejected },
    sees: [],
    sent: 'R',
  },
  {
    name: 'a lock that is said',
    server: {
      wrong: (nth) => (nth > 3 ? throttled('lock') : rejected),
      right: (wrong) => (wrong > 3 ? throttled('lock') : accepted),
    },
    sees: [control, 'lock after 3 for lab'],
    sent: 'RwwwwR',
    counted: [],
  },
  {
    name: 'a lock that is said, and lets the right password in at once',
    server: { wrong: (nth) => (nth > 3 ? throttled('lock') : rejected) },
    sees: [control, 'lock after 3 for lab', 'declared lab in: yes, right after 3 wrong ones'],
  },
  {
    name: 'a silent lock',
    server: { right: (wrong) => (wrong > 4 ? rejected : accepted) },
    sees: [control, 'lock after 10 for lab'],
    sent: 'RwwwwwwwwwwRR',
  },
  {
    name: 'a silent lock, which the other services are told of',
    server: { right: (wrong) => (wrong > 4 ? rejected : accepted) },
    sees: [control, 'lock after 10 for lab'],
    told: ['lab'],
  },
  {
    name: 'the account was locked at another service',
    server: {},
    elsewhere: 'before',
    sees: [],
    sent: '',
  },
  {
    name: 'the account is locked at another service meanwhile',
    server: { right: (wrong) => (wrong > 4 ? rejected : accepted) },
    elsewhere: 'meanwhile',
    sees: [control],
    told: [],
  },
  { name: 'words that cannot be sent', server: {}, cannotSend: true, sees: [], sent: '' },
  {
    name: 'a silent lock of a declared, short time',
    server: { right: (wrong, _nth, at) => (wrong > 4 && at < 30_000 ? rejected : accepted) },
    lock: { after: 5, for: '30s' },
    sees: [control, 'lock after 10 for lab', 'declared lab in: yes, once the declared lock was over'],
  },
  {
    name: 'a declared lock that is too long to wait for',
    server: { right: (wrong) => (wrong > 4 ? rejected : accepted) },
    lock: { after: 5, for: '2m' },
    sees: [control, 'lock after 10 for lab'],
  },
  {
    name: 'a declared lock that does not end when it should',
    server: { right: (wrong) => (wrong > 4 ? rejected : accepted) },
    lock: { after: 5, for: '30s' },
    sees: [control, 'lock after 10 for lab'],
    sent: 'RwwwwwwwwwwRRR',
  },
  {
    name: 'no time to wait for the end of a lock',
    server: { right: (wrong) => (wrong > 4 ? rejected : accepted) },
    lock: { after: 5, for: '30s' },
    attemptMs: 30_000,
    sees: [control, 'lock after 10 for lab'],
    sent: 'RwwwwwwwwwwRR',
  },
  {
    name: 'the right password is refused once: neither a lock nor none',
    server: { right: (_wrong, nth) => (nth === 2 ? rejected : accepted) },
    sees: [control, 'none after 10 for lab'],
  },
  {
    name: 'a delay that grows',
    server: { wrong: (nth) => late(nth * 500) },
    sees: [control, 'delay after 8 for lab 4500 ms', 'declared lab in: yes, right after 8 wrong ones'],
  },
  {
    name: 'a delay from the first on that does not grow',
    server: { wrong: () => late(2000) },
    sees: [control, 'none after 10 for lab 2000 ms', still],
  },
  {
    name: 'an answer a little later than the right one is no delay',
    server: { wrong: () => late(400) },
    sees: [control, 'none after 10 for lab', still],
  },
  {
    name: 'one late answer among others is no delay',
    server: { wrong: (nth) => late(nth === 9 ? 3000 : 100) },
    sees: [control, 'none after 10 for lab', still],
  },
  {
    name: 'one refusal among answers is none',
    server: { wrong: (nth) => (nth === 5 ? throttled('refuse') : rejected) },
    sees: [control, 'none after 10 for lab', still],
    sent: 'RwwwwwwwwwwwR',
  },
  {
    name: 'refused twice in a row',
    server: { wrong: (nth) => (nth > 5 ? throttled('refuse', '403') : rejected) },
    sees: [control, 'refuse after 5 for lab', 'declared lab in: yes, right after 5 wrong ones'],
  },
  {
    name: 'every wrong password is refused so: that is how it rejects',
    server: { wrong: () => throttled('refuse', '403') },
    sees: [control],
  },
  {
    name: 'hangs up after some, and goes on taking connections',
    server: { wrong: broken('reset', 6), right: (wrong) => (wrong > 6 ? broken('reset', 0)(1) : accepted) },
    sees: [control, 'refuse after 6 for lab'],
  },
  ...(['refused', 'timeout', 'reset'] as const).map(
    (reason): Case => ({
      name: `dies after some (${reason})`,
      server: { wrong: broken(reason, 6), right: (wrong) => (wrong > 6 ? broken(reason, 0)(1) : accepted) },
      dials: false,
      sees: [control],
    }),
  ),
  {
    name: 'hangs after some: the port is there, and nobody answers',
    server: { wrong: broken('timeout', 6), right: (wrong) => (wrong > 6 ? broken('timeout', 0)(1) : accepted) },
    sees: [control],
  },
  ...(['refused', 'timeout'] as const).map(
    (reason): Case => ({
      name: `dies at the right password (${reason})`,
      server: { right: (wrong) => (wrong > 9 ? broken(reason, 0)(1) : accepted) },
      dials: false,
      sees: [control],
    }),
  ),
  {
    name: 'bans the address, and takes it back when it should',
    server: {
      wrong: broken('refused', 6),
      right: (wrong, _nth, at) => (wrong > 6 && at < 20_000 ? broken('refused', 0)(1) : accepted),
    },
    lock: { after: 6, for: 'PT20S' },
    dials: false,
    sees: [control, 'refuse after 6 for lab', 'declared lab in: yes, once the declared lock was over'],
  },
  {
    name: 'lets a random password in after some',
    server: { wrong: (nth) => (nth > 5 ? accepted : rejected) },
    sees: [control, 'known-user-random lab in: yes'],
  },
  {
    name: 'the time of the attempt is respected',
    server: { wrong: () => late(2000) },
    attemptMs: 20_000,
    sees: [control, 'none after 8 for lab 2000 ms', 'declared lab in: yes, right after 8 wrong ones'],
  },
  {
    name: 'what is not understood ends it without an error',
    server: {
      wrong: (nth) => {
        if (nth > 3) throw new CannotTell('protocol', 'garbage');
        return rejected;
      },
    },
    sees: [control],
  },
  {
    name: 'an attempt that is over ends it',
    server: {
      wrong: () => {
        throw new CannotTell('aborted', 'over');
      },
    },
    aborted: true,
    sees: [],
    throws: /over/,
  },
];

describe('guessing', () => {
  it.each(cases)('$name', async (test) => {
    if (test.throws) return expect(run(test)).rejects.toThrow(test.throws);
    const { facts, sent, counted, told } = await run(test);
    expect(facts.map(line)).toEqual(test.sees);
    if (test.sent !== undefined) expect(sent).toBe(test.sent);
    if (test.told) expect(told).toEqual(test.told);
    if (test.counted) expect(counted).toEqual(test.counted);
    expect(JSON.stringify(facts)).not.toContain('Right');
  });

  it('tries as many as the check asks for', () => expect(GUESSES).toBe(FAILURES));
});
