import { visible } from '../report/text.ts';

/** Maps an error to its exit code: 2 wrong usage or a bad file, 3 the run could not be carried out. */
const exitCodeFor = (error: unknown): number => {
  const name = error instanceof Error ? error.name : '';
  if (name === 'Usage' || name === 'BadFile') return 2;
  return 3;
};

/** One clear line for what has a name and for what the system refuses; the stack for what is a bug of ours. */
const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const named = ['Usage', 'BadFile', 'StoreError', 'CannotTell'].includes(error.name) || 'syscall' in error;
  const text = named ? error.message : (error.stack ?? error.message);
  // What a file or a device says is in it: nothing that a terminal would obey.
  return text
    .split('\n')
    .map((line) => visible(line, 4000))
    .join('\n');
};

// Whoever reads our output may go away, as `head` does: what is written to disk goes on. Any other error loses it.
let lost: NodeJS.ErrnoException | undefined;
const isLost = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EPIPE') lost ??= error;
};
for (const stream of [process.stdout, process.stderr]) stream.on('error', isLost);

/** Ends once all that was printed is out: with 3 where it could not be. */
const end = (code: number): void => {
  process.stdout.write('', (error) => {
    if (error) isLost(error);
    setImmediate(() => {
      if (lost !== undefined) process.stderr.write(`probity: Cannot write what is printed: ${lost.code}\n`);
      process.exit(lost === undefined ? code : 3);
    });
  });
};

/** Runs a verb to its end: its code is the exit code, its error one clear line. */
export const run = (verb: () => Promise<number>): void => {
  verb()
    .catch((error: unknown) => {
      const code = exitCodeFor(error);
      process.stderr.write(`probity: ${messageOf(error)}\n`);
      return code;
    })
    .then((code) => {
      process.exitCode = code;
      // Libraries may leave timers behind; what we wrote is written.
      end(code);
    })
    .catch(() => process.exit(3));
};
