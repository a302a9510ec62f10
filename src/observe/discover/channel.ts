import { abortReason } from '../wire/errors.ts';

/** Values pushed by callbacks, read by one async iterator. It ends when closed, after what was pushed was read. */
export class Channel<T> {
  #values: T[] = [];
  #closed = false;
  #wake: (() => void) | undefined;

  push(value: T): void {
    this.#values.push(value);
    this.#wake?.();
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const ready = this.#values;
      this.#values = [];
      yield* ready;
      if (this.#values.length > 0) continue;
      if (this.#closed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

/**
 * What `work` pushes, as it comes, then `rest`. Its signal is aborted with the given one, and when the reader leaves
 * early, so that no work outlives its reader. Throws what `work` threw after all was given, or why it was aborted.
 */
export async function* tellAll<T>(
  signal: AbortSignal,
  work: (channel: Channel<T>, signal: AbortSignal) => Promise<void>,
  rest: () => Iterable<T> = () => [],
): AsyncGenerator<T> {
  const left = new AbortController();
  const channel = new Channel<T>();
  const settled = work(channel, AbortSignal.any([signal, left.signal]))
    .then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    .finally(() => channel.close());
  try {
    yield* channel;
    const failed = await settled;
    yield* rest();
    if (signal.aborted) throw abortReason(signal);
    if (failed) throw failed.error;
  } finally {
    left.abort();
    await settled;
  }
}
