import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import type { Sha256 } from '../model/fact.ts';
import { Attempt, Run } from '../model/run.ts';
import { seal } from './seal.ts';
import { verifyFolder } from './verify-folder.ts';

/** A run folder could not be written or read, or holds what we did not write. `message` names the file, and the line where there is one. */
export class StoreError extends Error {
  /** `errno` of the system call, such as ENOSPC, where there was one. */
  readonly code: string | undefined;
  constructor(message: string, code?: string) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
  }
}

const asStoreError = (what: string, error: unknown): StoreError => {
  const code = (error as NodeJS.ErrnoException).code;
  return new StoreError(`Cannot ${what}: ${code ?? (error as Error).message}`, code);
};

/** Does what touches files; an error of the system becomes a StoreError that says what could not be done. */
export const attempting = <T>(what: string, act: () => T): T => {
  try {
    return act();
  } catch (error) {
    throw error instanceof StoreError ? error : asStoreError(what, error);
  }
};

/** What a file is called until it is whole. */
const PART = '.part';

/** Written beside and renamed, so that a killed process leaves the old file or the new one. */
export const writeWhole = (file: string, content: string | Uint8Array): void =>
  attempting(`write "${file}"`, () => {
    const beside = `${file}.${process.pid}${PART}`;
    try {
      fs.writeFileSync(beside, content);
      fs.renameSync(beside, file);
    } catch (error) {
      // A full disk is not to be kept full by the half of a file.
      fs.rmSync(beside, { force: true });
      throw error;
    }
  });

/**
 * Makes a folder and those above it, one by one: `mkdir` with `recursive` never returns on file systems that answer
 * ENOENT to a folder whose parent is there, such as /proc.
 */
export const makeFolder = (dir: string): void => {
  if (fs.existsSync(dir)) return;
  const above = dirname(dir);
  if (above !== dir) makeFolder(above);
  try {
    fs.mkdirSync(dir);
  } catch (error) {
    // Another run may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

const withoutAttempts = (run: Run): Omit<Run, 'attempts'> => {
  const { attempts: _, ...rest } = run;
  return rest;
};

/**
 * Writes one run folder: `run.json`, `attempts.jsonl` (a line as each attempt ends), `evidence/<sha256>`, `log.jsonl`,
 * and in the end `SHA256SUMS`. Every method is synchronous and throws StoreError; what was written before stands.
 */
export class RunStore {
  readonly dir: string;
  readonly logFile: string;
  #attempts: number | undefined;

  private constructor(dir: string) {
    this.dir = dir;
    this.logFile = join(dir, 'log.jsonl');
  }

  /** Makes `dir` and its first `run.json`; a folder that holds a run already is an error unless `resume`. */
  static open(dir: string, run: Run, options: { resume?: boolean } = {}): RunStore {
    return attempting(`write the run folder "${dir}"`, () => {
      makeFolder(join(dir, 'evidence'));
      if (fs.existsSync(join(dir, 'SHA256SUMS')))
        throw new StoreError(`"${dir}" is sealed: nothing sealed is ever written again`);
      if (!options.resume && fs.existsSync(join(dir, 'run.json'))) throw new StoreError(`"${dir}" holds a run already`);
      const store = new RunStore(dir);
      store.describe(run);
      if (options.resume) store.#dropBrokenLine();
      store.#attempts = fs.openSync(join(dir, 'attempts.jsonl'), 'a');
      return store;
    });
  }

  /** A process killed in the midst of a line leaves half of one; appending to it would spoil the next. */
  #dropBrokenLine(): void {
    const file = join(this.dir, 'attempts.jsonl');
    if (!fs.existsSync(file)) return;
    const text = fs.readFileSync(file);
    const whole = text.lastIndexOf(0x0a) + 1;
    if (whole < text.length) fs.truncateSync(file, whole);
  }

  describe(run: Run): void {
    writeWhole(join(this.dir, 'run.json'), `${JSON.stringify(withoutAttempts(run), null, 2)}\n`);
  }

  /** Stores bytes under their digest; the same bytes are stored once. */
  put(bytes: Uint8Array): Sha256 {
    const digest = createHash('sha256').update(bytes).digest('hex');
    const file = join(this.dir, 'evidence', digest);
    if (!fs.existsSync(file)) writeWhole(file, bytes);
    return digest;
  }

  append(attempt: Attempt): void {
    const fd = this.#attempts;
    if (fd === undefined) throw new StoreError(`"${this.dir}" is closed`);
    attempting(`write "${join(this.dir, 'attempts.jsonl')}"`, () => {
      const line = Buffer.from(`${JSON.stringify(attempt)}\n`);
      const before = fs.fstatSync(fd).size;
      try {
        for (let sent = 0; sent < line.length; ) sent += fs.writeSync(fd, line, sent);
      } catch (error) {
        fs.ftruncateSync(fd, before);
        throw error;
      }
    });
  }

  /** Leaves the folder unsealed, to be resumed. */
  close(): void {
    if (this.#attempts !== undefined) fs.closeSync(this.#attempts);
    this.#attempts = undefined;
  }

  /** Closes and seals; the log must be closed before. Returns the seal: the digest of SHA256SUMS. */
  seal(run: Run): Sha256 {
    this.close();
    this.describe(run);
    return attempting(`seal "${this.dir}"`, () => {
      for (const dir of [this.dir, join(this.dir, 'evidence')])
        for (const name of fs.readdirSync(dir)) if (name.endsWith(PART)) fs.rmSync(join(dir, name));
      // A seal holds files alone: a folder with none could come and go unseen.
      const evidence = join(this.dir, 'evidence');
      if (fs.readdirSync(evidence).length === 0) fs.rmdirSync(evidence);
      return seal(this.dir);
    });
  }
}

const parsed = <T>(
  file: string,
  line: number,
  text: string,
  schema: {
    safeParse(
      value: unknown,
    ): { success: true; data: T } | { success: false; error: { issues: { path: PropertyKey[]; message: string }[] } };
  },
): T => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new StoreError(`Cannot read "${file}": line ${line}: not JSON`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new StoreError(`Cannot read "${file}": line ${line}: ${issue?.path.join('.') || 'value'}: ${issue?.message}`);
};

/** The `schema` of the runs that we write, and read. */
const SCHEMA = 1;

/** Names a run of a newer version, whose other fields mean who knows what. Throws StoreError. */
const requireSchema = (file: string, text: string): void => {
  const match = /"schema"\s*:\s*(\d+)/.exec(text);
  if (match === null || Number(match[1]) <= SCHEMA) return;
  const line = text.slice(0, match.index).split('\n').length;
  throw new StoreError(
    `Cannot read "${file}": line ${line}: schema ${match[1]} is of a newer version of probity, expected ${SCHEMA}`,
  );
};

/** A run without its attempts; made once, for zod compiles each schema at its first use. */
const Head = Run.omit({ attempts: true });

/**
 * Reads a run folder (the one with `run.json`), sealed or not. A last line cut short by a kill is dropped where the
 * run is not sealed; anything else that is not what we write is a StoreError.
 */
export const readRun = (dir: string): { run: Run; sealed: boolean } => {
  const file = join(dir, 'run.json');
  const text = attempting(`read "${file}"`, () => fs.readFileSync(file, 'utf8'));
  requireSchema(file, text);
  const head = parsed(file, 1, text, Head);
  const sealed = fs.existsSync(join(dir, 'SHA256SUMS'));
  const attemptsFile = join(dir, 'attempts.jsonl');
  const lines = fs.existsSync(attemptsFile)
    ? attempting(`read "${attemptsFile}"`, () => fs.readFileSync(attemptsFile, 'utf8')).split('\n')
    : [];
  const last = lines.pop() ?? '';
  if (sealed && last !== '')
    throw new StoreError(`Cannot read "${attemptsFile}": line ${lines.length + 1}: the last line is cut short`);
  const attempts = new Map<string, Attempt>();
  lines.forEach((line, index) => {
    const attempt = parsed(attemptsFile, index + 1, line, Attempt);
    attempts.set(attempt.id, attempt);
  });
  return { run: { ...head, attempts: [...attempts.values()] }, sealed };
};

/** The error for a folder that does not verify. */
export const notSealed = (dir: string, problems: readonly string[]): StoreError =>
  new StoreError(`"${dir}" is not what was sealed: ${problems.join('; ')}`);

/** The run's seal (digest of SHA256SUMS), after checking every file against it, and the signature and time stamp that it says it has. */
export const verifyRun = (dir: string): Sha256 => {
  const result = attempting(`verify "${dir}"`, () => verifyFolder(dir));
  if (result.problems.length > 0) throw notSealed(dir, result.problems);
  return result.seal;
};
