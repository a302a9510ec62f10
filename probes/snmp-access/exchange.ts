import type { ProbeContext } from '../../src/observe/probe.ts';

/** Silence is the answer to a wrong community: so long is waited for another one, milliseconds at most. */
const SILENCE_MS = 2000;
const SENDS = 2;

/** The first answer that fits, or undefined for silence of so many milliseconds. A lost datagram is sent once more. */
export async function exchange<T>(
  context: ProbeContext,
  messages: readonly Buffer[],
  fits: (answer: Buffer) => T | undefined,
  most = SILENCE_MS,
): Promise<T | undefined> {
  const datagram = await context.datagram();
  try {
    const wait = Math.min(most, context.limits.wait) / SENDS;
    for (let sent = 0; sent < SENDS; sent += 1) {
      for (const message of messages) await datagram.send(message);
      const until = context.now() + wait;
      for (let left = wait; left > 0; left = until - context.now()) {
        const message = await datagram.receive({ wait: left });
        if (message === undefined) break;
        const fit = fits(message.bytes);
        if (fit !== undefined) return fit;
      }
    }
    return undefined;
  } finally {
    datagram.close();
  }
}
