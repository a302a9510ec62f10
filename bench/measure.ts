import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

/** What one program cost. `peak` is its own resident memory at most (VmHWM, proc(5)) in MiB, without its children. */
export interface Cost {
  readonly seconds: number;
  readonly peak: number;
  /** Its exit code, or the signal that ended it. */
  readonly ended: number | string;
  /** Its last lines. */
  readonly said: string;
}

const POLL = 50;
const KEEP = 4_000;

const peakOf = (pid: number): number => {
  try {
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch (error) {
    // Ended between two looks.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0;
    throw error;
  }
};

/**
 * Runs a program in a process group of its own, at most `limit` seconds and until the signal; then it is killed, which
 * `ended` says. Rejects where it cannot be started.
 */
export const measure = (
  program: string,
  words: readonly string[],
  { cwd, limit, signal }: { cwd: string; limit: number; signal: AbortSignal },
): Promise<Cost> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const began = performance.now();
    const child = spawn(program, words, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let peak = 0;
    let said = '';
    const look = (): void => {
      if (child.pid !== undefined) peak = Math.max(peak, peakOf(child.pid));
    };
    const kill = (): void => {
      if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    };
    signal.addEventListener('abort', kill);
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(-KEEP);
      });
    const poll = setInterval(look, POLL);
    const late = setTimeout(kill, limit * 1_000);
    const over = (): void => {
      clearInterval(poll);
      clearTimeout(late);
      signal.removeEventListener('abort', kill);
    };
    child.once('error', (error) => {
      over();
      reject(error);
    });
    child.once('close', (code, by) => {
      over();
      resolve({ seconds: (performance.now() - began) / 1_000, peak, ended: code ?? by ?? 'unknown', said });
    });
  });
