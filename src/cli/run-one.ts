import { randomBytes } from 'node:crypto';
import { destination, multistream, pino } from 'pino';
import type { Run } from '../model/run.ts';
import type { CredentialList } from '../observe/candidates.ts';
import { systemClock } from '../observe/clock.ts';
import type { Discovery } from '../observe/discover/discovery.ts';
import type { LoginLedger } from '../observe/ledger.ts';
import { neighboursOf } from '../observe/neighbours.ts';
import { systemNetwork } from '../observe/network.ts';
import { type ObserveEvent, observe } from '../observe/observe.ts';
import type { Account, Probe } from '../observe/probe.ts';
import { RunStore, readRun, StoreError } from '../observe/run-store.ts';
import { asSealed, type Fate, type Sealing, signFolder } from '../observe/sealing.ts';
import type { SealedRun } from './assess.ts';

/** What all runs of one command share. */
export interface Session {
  readonly probes: readonly Probe[];
  readonly discovery: Discovery;
  readonly credentials: CredentialList;
  readonly ledger: LoginLedger;
  readonly trust: readonly string[];
  readonly signal: AbortSignal;
  /** Who signs the runs and stamps the time on them. */
  readonly sealing: Sealing;
  readonly place: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onEvent: (target: string, event: ObserveEvent) => void;
  /** Least level that also goes to stderr. */
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

/** One run to carry out: as it begins, and where it goes. */
export interface Job {
  readonly run: Run;
  /** The run folder (the one with run.json). */
  readonly dir: string;
  readonly accounts: ReadonlyMap<string, readonly Account[]>;
  /** The folder holds the beginning of this run already. */
  readonly resume: boolean;
  /** The seal of a run that has ended and is only to be judged. */
  readonly sealed?: string;
}

/** What an error says of a run that was sealed and could not be signed or stamped. */
export const unsigned = (dir: string): Fate => ({
  named: dir,
  stands: 'it is sealed without, and not judged: "probity scan --resume" goes on from there',
});

/** Makes the run folder before anything is sent, so that a killed command leaves every one of its runs to resume. */
export const prepare = (job: Job): void => {
  if (!job.resume) RunStore.open(job.dir, job.run).close();
};

/**
 * Carries out one run and seals it. Throws StoreError where the folder could not be written, or not be signed or stamped:
 * what was written stands, to be resumed.
 */
export const carryOut = async (job: Job, session: Session): Promise<SealedRun> => {
  if (job.sealed !== undefined) return { dir: job.dir, run: job.run, seal: job.sealed };
  const store = RunStore.open(job.dir, job.run, { resume: true });
  const file = destination({ dest: store.logFile, sync: true, append: true });
  let unwritten: Error | undefined;
  file.on('error', (error: Error) => {
    unwritten = error;
  });
  // What an attempt that was given up says later is not the run's any more, and the file is closed.
  let closed = false;
  const stream = { write: (line: string): void => void (closed || file.write(line)) };
  const stderr = destination({ dest: 2, sync: true });
  const log = pino(
    { level: 'debug', base: { run: job.run.id, target: job.run.target.id } },
    multistream([
      { level: 'debug', stream },
      { level: session.logLevel, stream: stderr },
    ]),
  );
  try {
    log.info({ tool: job.run.tool }, job.resume ? 'run resumed' : 'run begun');
    const ended = await observe({
      run: job.run,
      probes: session.probes,
      discovery: session.discovery,
      store,
      credentials: session.credentials,
      ledger: session.ledger,
      accounts: job.accounts,
      trust: session.trust,
      network: systemNetwork,
      clock: systemClock,
      random: randomBytes,
      signal: session.signal,
      log,
      place: session.place,
      onEvent: (event) => session.onEvent(job.run.target.id, event),
    });
    const addresses = job.run.target.components.flatMap((component) => component.addresses);
    const neighbours = neighboursOf(addresses);
    const observed = {
      ...asSealed(ended, session.sealing),
      ...(Object.keys(neighbours).length === 0 ? {} : { neighbours }),
    };
    log.info({ status: observed.status, attempts: observed.attempts.length }, 'run ended');
    closed = true;
    file.end();
    if (unwritten) throw new StoreError(`Cannot write "${store.logFile}": ${unwritten.message}`);
    const seal = store.seal(observed);
    await signFolder(job.dir, session.sealing, unsigned(job.dir));
    // What is judged is what stands there, so that it is judged the same again.
    return { dir: job.dir, run: readRun(job.dir).run, seal };
  } catch (error) {
    store.close();
    closed = true;
    file.destroy();
    throw error;
  }
};
