import type { FactOf } from '../model/fact.ts';
import type { ProbeContext } from './probe.ts';

/** One login's answer. `throttled` covers every form of "not now": a lock, a delay, a refusal after failures. */
export type LoginAnswer =
  | { result: 'accepted'; answer: string; grants?: 'full' | 'change-only' | 'unknown' }
  | { result: 'rejected'; answer: string; milliseconds?: number }
  | { result: 'throttled'; answer: string; response: 'delay' | 'lock' | 'refuse'; milliseconds?: number };

/** What a login probe brings: how to ask, once, over a fresh connection. Network errors are thrown by the wire. */
export interface LoginProtocol {
  readonly protocol: string;
  /** A0, without credentials. Absent where the protocol has no such thing. */
  none?(): Promise<LoginAnswer>;
  /** One login. Called for random, candidate, known-user-random, repeat and declared arms alike. */
  attempt(user: string, secret: string): Promise<LoginAnswer>;
}

/**
 * What the arms found. `authentication` none: A0 got in; any: random credentials got in; required: neither did.
 * `accepted`: the listed default that was proven.
 */
export type LoginOutcome = {
  authentication: 'none' | 'any' | 'required';
  accepted?: { candidate: string; user: string };
};

// biome-ignore lint/correctness/useYield: the arms are written in the next step
export async function* loginArms(
  _context: ProbeContext,
  _protocol: LoginProtocol,
): AsyncGenerator<FactOf<'login' | 'throttle'>, LoginOutcome> {
  throw new Error('not written yet');
}
