import { type ChildProcess, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

export const ROOT: string = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const bundle = async (): Promise<string> => {
  // Beside the libraries that it imports.
  const cache = join(ROOT, 'node_modules', '.cache', basename(tmpdir()));
  fs.mkdirSync(cache, { recursive: true });
  const outDir = fs.mkdtempSync(join(cache, 'cli-'));
  await build({
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: { ssr: 'src/cli.ts', outDir, target: 'node20', minify: false, copyPublicDir: false },
  });
  return join(outDir, 'cli.js');
};
let built: Promise<string> | undefined;

/** The command line as one file, compiled once a process: a start takes a quarter of what it takes from the sources. */
export const commandFile = (): Promise<string> => {
  built ??= bundle();
  return built;
};

export interface Ended {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with the first event (a JSON line of stdout) for which it holds; rejects where the command ends before. */
  event(holds: (event: Event) => boolean): Promise<Event>;
}

/** A JSON line of `scan --json`. */
export interface Event {
  readonly type: string;
  readonly id?: string;
  readonly target?: string;
  readonly text?: string;
  readonly attempt?: { readonly id: string };
  readonly [field: string]: unknown;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** A program that runs it, such as `unshare -n`. */
  readonly under?: readonly string[];
}

/** Starts `probity <args>`. */
export const startCommand = async (args: readonly string[], options: CommandOptions = {}): Promise<RunningCommand> => {
  const [program = '', ...rest] = [...(options.under ?? []), process.execPath, await commandFile(), ...args];
  const child = spawn(program, rest, {
    cwd: options.cwd ?? ROOT,
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let partial = '';
  const events: Event[] = [];
  let tell: () => void = () => undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    const lines = (partial + text).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{"')) events.push(JSON.parse(line) as Event);
    tell();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let over = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      over = true;
      tell();
      resolve({ code: code ?? signal, stdout, stderr });
    });
  });
  return {
    child,
    ended,
    event: (holds) =>
      new Promise((resolve, reject) => {
        tell = () => {
          const found = events.find(holds);
          if (found !== undefined) resolve(found);
          else if (over) reject(new Error(`it ended before: ${stdout}\n${stderr}`));
        };
        tell();
      }),
  };
};

/** Runs `probity <args>` to its end. */
export const command = async (args: readonly string[], options: CommandOptions = {}): Promise<Ended> =>
  (await startCommand(args, options)).ended;

/** A fresh folder, gone when all tests have ended. */
export const freshFolder = (): string => fs.mkdtempSync(join(tmpdir(), 'test-'));

/** Every file under a folder, by path, with its bytes. */
export const filesUnder = (dir: string): Map<string, Buffer> =>
  new Map(
    fs
      .readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(dir.length + 1), fs.readFileSync(file)]),
  );
