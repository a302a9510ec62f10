import type { Clock } from '../network.ts';
import { CannotTell } from '../probe.ts';
import { abortReason } from './errors.ts';

export interface Deadline {
  /** Milliseconds. */
  readonly wait: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Runs a timer until it is stopped. `over` settles, and never rejects, when the time is up, the signal is aborted, or
 * it was stopped. (`AbortSignal.any` for each wait would leave a reference in the run's signal each time.)
 */
export function startTimer({ wait, clock, signal }: Deadline): {
  over: Promise<'late' | 'aborted'>;
  stop: () => void;
} {
  const ended = new AbortController();
  // Without a reason each stop would make an exception with its stack.
  const end = () => ended.abort('stopped');
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
  return {
    over: clock.sleep(wait, ended.signal).then(
      () => 'late' as const,
      () => 'aborted' as const,
    ),
    stop() {
      signal.removeEventListener('abort', end);
      end();
    },
  };
}

/**
 * Settles as the promise does, or rejects first: with CannotTell `timeout` when the time is up, or with the signal's
 * reason. `over` is called when it rejected first.
 */
export async function within<T>(
  promise: Promise<T>,
  { what, over, ...deadline }: Deadline & { what: string; over?: () => void },
): Promise<T> {
  const timer = startTimer(deadline);
  try {
    const first = await Promise.race([promise.then((value) => ({ value })), timer.over]);
    if (typeof first === 'object') return first.value;
    over?.();
    throw first === 'late'
      ? new CannotTell('timeout', `${what}: no answer in ${deadline.wait} ms`)
      : abortReason(deadline.signal);
  } finally {
    timer.stop();
  }
}
