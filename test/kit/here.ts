import { vi } from 'vitest';
import { probes } from '../../probes/index.ts';
import type { Scanned } from '../../src/cli/carry-out.ts';
import { plainProgress } from '../../src/cli/progress.ts';
import { type ScanOptions, type ScanSurroundings, scan } from '../../src/cli/scan.ts';

/** `probity scan`, in this process: what a start of its own would only make slower. */
export const scanHere = (
  targets: readonly string[],
  options: Partial<ScanOptions> & { out: string },
  around: Partial<ScanSurroundings> = {},
): Promise<Scanned> =>
  scan(
    targets,
    { format: 'json', gate: 'checks', ...options },
    {
      probes,
      progress: plainProgress(() => undefined),
      print: () => undefined,
      signal: new AbortController().signal,
      now: Date.now,
      logLevel: 'error',
      ...around,
    },
  );

/** What a verb prints to stdout, and its exit code. */
export const printed = async (verb: () => Promise<number>): Promise<{ code: number; stdout: string }> => {
  let stdout = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    stdout += String(text);
    return true;
  });
  try {
    const code = await verb();
    return { code, stdout };
  } finally {
    write.mockRestore();
  }
};
