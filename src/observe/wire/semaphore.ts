import { abortReason } from './errors.ts';

/** Connections in flight on one device, over all its attempts. First come, first served. */
export interface Semaphore {
  /** Waits for a place and gives what frees it (once; again does nothing). Rejects with the signal's reason. */
  acquire(signal: AbortSignal): Promise<() => void>;
  readonly free: number;
}

export function createSemaphore(places: number): Semaphore {
  let free = places;
  const waiting: (() => void)[] = [];
  const release = () => {
    const next = waiting.shift();
    if (next) next();
    else free++;
  };
  const taken = () => {
    let held = true;
    return () => {
      if (held) release();
      held = false;
    };
  };
  return {
    get free() {
      return free;
    },
    acquire(signal) {
      if (signal.aborted) return Promise.reject(abortReason(signal));
      if (free > 0) {
        free--;
        return Promise.resolve(taken());
      }
      return new Promise((resolve, reject) => {
        const mine = () => {
          signal.removeEventListener('abort', onAbort);
          resolve(taken());
        };
        const onAbort = () => {
          waiting.splice(waiting.indexOf(mine), 1);
          reject(abortReason(signal));
        };
        waiting.push(mine);
        signal.addEventListener('abort', onAbort, { once: true });
      });
    },
  };
}
