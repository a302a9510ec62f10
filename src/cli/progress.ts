import pc from 'picocolors';
import type { Attempt } from '../model/run.ts';
import type { ObserveEvent } from '../observe/observe.ts';
import { jsonText, visible } from '../report/text.ts';

/** Where progress goes: a live line on a terminal, plain lines elsewhere, JSON lines on stdout with `--json`. */
export interface Progress {
  event(target: string, event: ObserveEvent): void;
  line(text: string): void;
  close(): void;
}

const outcomeOf = ({ outcome, observations }: Attempt): string =>
  outcome.status === 'completed'
    ? `${observations.length} seen`
    : `could not tell: ${outcome.reason} (${outcome.detail})`;

/** A device's words must not steer the terminal: what is not seen becomes a visible mark. */
const plain = (text: string): string => visible(text, 300);

export const jsonProgress = (write: (text: string) => void): Progress => ({
  event: (target, event) => write(`${jsonText({ target, ...event })}\n`),
  line: (text) => write(`${jsonText({ type: 'note', text })}\n`),
  close: () => undefined,
});

export const plainProgress = (write: (text: string) => void): Progress => ({
  event: (target, event) => {
    if (event.type === 'attempt-ended')
      write(`${plain(target)}  ${plain(event.attempt.id)}  ${plain(outcomeOf(event.attempt))}\n`);
  },
  line: (text) => write(`${plain(text)}\n`),
  close: () => undefined,
});

/** One status line that is rewritten, at most ten times a second; `columns` cuts it. */
export const liveProgress = (write: (text: string) => void, columns: () => number, now: () => number): Progress => {
  const running = new Map<string, string>();
  let ended = 0;
  let facts = 0;
  let drawn = 0;
  const started = now();
  const clear = (): void => write('\r\u001b[2K');
  const draw = (): void => {
    if (now() - drawn < 100) return;
    drawn = now();
    const seconds = Math.round((now() - started) / 1000);
    const text = `${seconds} s  ${ended} attempts ended, ${running.size} running, ${facts} facts  ${[...running.keys()].at(-1) ?? ''}`;
    write(`\r\u001b[2K${pc.dim(plain(text).slice(0, Math.max(20, columns() - 1)))}`);
  };
  return {
    event: (target, event) => {
      if (event.type === 'attempt-begun') running.set(event.id, target);
      else if (event.type === 'fact') facts += 1;
      else {
        running.delete(event.attempt.id);
        ended += 1;
      }
      draw();
    },
    line: (text) => {
      clear();
      write(`${plain(text)}\n`);
    },
    close: clear,
  };
};
