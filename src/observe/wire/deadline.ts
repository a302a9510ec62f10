import type { Clock } from '../network.ts';
import { CannotTell } from '../probe.ts';
import { abortReason } from './errors.ts';

/**
 * Settles as the promise does, or rejects first: with CannotTell `timeout` after that many milliseconds, or with the
 * signal's reason. `over` is called when it rejected first.
 */
export async function within<T>(
  promise: Promise<T>,
  { wait, clock, signal, what, over }: Deadline & { what: string; over?: (why: CannotTell) => void },
): Promise<T> {
  const timer = new AbortController();
  const late = clock.sleep(wait, AbortSignal.any([timer.signal, signal])).then(
    () => new CannotTell('timeout', `${what}: no answer in ${wait} ms`),
    () => abortReason(signal),
  );
  try {
    const first = await Promise.race([promise.then((value) => ({ value })), late]);
    if (!(first instanceof CannotTell)) return first.value;
    over?.(first);
    throw first;
  } finally {
    timer.abort();
  }
}

export interface Deadline {
  /** Milliseconds. */
  readonly wait: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}
