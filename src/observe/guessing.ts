import type { FactOf } from '../model/fact.ts';
import type { Arms } from './arms-state.ts';

/**
 * Wrong logins in a row for one account, at a measured pace: only for a declared test account, or where the target
 * allows disruptive probes. Yields one `throttle` fact with how many were answered and what was done about them, and
 * where the account's password was given, a `declared` login that shows whether it still works.
 */
export async function* guessing(_arms: Arms): AsyncGenerator<FactOf<'login' | 'throttle'>> {
  // Issue 5: to be built.
}
