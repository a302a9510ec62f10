import * as fs from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { Run } from '../model/run.ts';
import type { SuitabilityPass } from '../model/suitability.ts';
import { State } from '../model/target.ts';
import type { Discovery } from '../observe/discover/discovery.ts';
import { findHosts } from '../observe/discover/hosts.ts';
import { excludedHosts } from '../observe/exclude.ts';
import { LoginLedger } from '../observe/ledger.ts';
import type { Probe } from '../observe/probe.ts';
import { StoreError } from '../observe/run-store.ts';
import { DeadlineError } from '../observe/worklist.ts';
import { readBaseline } from './baseline.ts';
import { carryOutAll, type Scanned } from './carry-out.ts';
import { discoveryHere } from './discovery-here.ts';
import { dryRun } from './dry-run.ts';
import { type FilingOptions, readFiling } from './filing.ts';
import { gateFrom } from './gate.ts';
import { type LimitOptions, limitsFrom, Usage } from './limits.ts';
import { loadCredentials } from './load-credentials.ts';
import { readKnownKeys } from './load-known-keys.ts';
import { readPolicies } from './load-policy.ts';
import { markersFrom } from './markers.ts';
import { only } from './only.ts';
import { readProfiles } from './profiles.ts';
import type { Progress } from './progress.ts';
import { freeRunId, lockResults, runFolder } from './results.ts';
import { jobsToResume } from './resume.ts';
import { type Job, prepare, type Session } from './run-one.ts';
import { sourcesOf } from './sources.ts';
import { suitabilityPass } from './suitability.ts';
import type { Reference } from './suitability-references.ts';
import { readSummary } from './summary.ts';
import { type Aimed, readTargets } from './targets.ts';
import { readTrustFile } from './trust.ts';
import { toolName } from './version.ts';

export interface ScanOptions extends LimitOptions, FilingOptions {
  profile?: string[];
  state?: string;
  only?: string[];
  impact?: string;
  scope?: string[];
  yes?: boolean;
  dryRun?: boolean;
  credentials?: string;
  trust?: string[];
  marker?: string[];
  knownKeys?: string[];
  policy?: string[];
  out: string;
  baseline?: string;
  gate: string;
  resume?: string;
  suitability?: boolean;
  reference?: string[];
}

export interface ScanSurroundings {
  readonly probes: readonly Probe[];
  readonly progress: Progress;
  readonly print: (text: string) => void;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** Another discovery than the one that is installed. */
  readonly discovery?: Discovery;
  readonly logLevel: Session['logLevel'];
}

/** Read only where they are asked for: with them come the simulated devices and all their servers. */
const referencesFrom = async (files: readonly string[] = []): Promise<Reference[]> =>
  (await import('./suitability-references.ts')).readReferences(files);

const stateFrom = (text: string | undefined): State => {
  const state = State.safeParse(text ?? 'operational');
  if (!state.success) throw new Usage(`--state ${text}: expected one of ${State.options.join(', ')}`);
  return state.data;
};

/** Makes a run's folder, before anything is sent to its target. */
const newJob = (
  aimed: Aimed,
  { state, limits, markers, sources, signed }: Pick<Run, 'state' | 'limits' | 'markers' | 'sources' | 'signed'>,
  out: string,
  now: number,
): Job => {
  const run = Run.parse({
    schema: 1,
    id: freeRunId(out, aimed.target.id, now),
    tool: toolName(),
    target: aimed.target,
    item: aimed.item,
    state,
    startedAt: new Date(now).toISOString(),
    status: 'running',
    sources: aimed.product === undefined ? sources : { ...sources, product: fs.realpathSync(aimed.product) },
    probes: [],
    limits,
    ...(markers !== undefined && markers.length > 0 && { markers }),
    signed,
    attempts: [],
  });
  const job = { run, dir: runFolder(out, aimed.target.id, run.id).run, accounts: aimed.accounts, resume: false };
  prepare(job);
  return job;
};

/** Only those of a range that answer are scanned; a target that was named is always scanned. */
const present = async (aimed: readonly Aimed[], around: ScanSurroundings): Promise<Aimed[]> => {
  const doubtful = aimed.filter(({ fromRange }) => fromRange).map(({ target }) => target.components[0]!.addresses[0]!);
  if (doubtful.length === 0) return [...aimed];
  const found = new Set(await findHosts(doubtful, { signal: around.signal, warn: around.progress.line }));
  around.progress.line(`${found.size} of ${doubtful.length} addresses answer`);
  return aimed.filter(({ fromRange, target }) => !fromRange || found.has(target.components[0]!.addresses[0]!));
};

/**
 * `probity scan`: observes every target, judges it by the profiles, writes results. Throws Usage, BadFile (exit 2) and
 * StoreError (exit 3).
 */
export const scan = async (
  targets: readonly string[],
  options: ScanOptions,
  around: ScanSurroundings,
): Promise<Scanned> => {
  const limits = limitsFrom(options);
  const gate = gateFrom(options.gate);
  const filing = readFiling(options);
  const profiles = readProfiles(options.profile ?? ['nist-consumer-iot-2022']);
  const state = stateFrom(options.state);
  const trust = (options.trust ?? []).map(readTrustFile);
  const knownKeys = readKnownKeys(options.knownKeys);
  const policies = readPolicies(options.policy);
  const markers = markersFrom(options.marker ?? []);
  if (options.resume !== undefined && markers.length > 0)
    throw new Usage('--marker: a run that is resumed keeps the markers that it began with');
  const probes = only(around.probes, options.only ?? [], profiles);
  const credentials = loadCredentials(options.credentials);
  if (options.resume !== undefined && targets.length > 0)
    throw new Usage('--resume goes on with what was begun: give no targets with it');
  const aimed =
    options.resume === undefined
      ? readTargets(targets, {
          impact: options.impact,
          scope: options.scope ?? [],
          excluded: excludedHosts(limits.exclude),
          yes: options.yes ?? false,
          by: 'the tester, on the command line',
          now: around.now(),
        })
      : [];
  const baseline = readBaseline(
    options.baseline,
    options.resume === undefined ? aimed : undefined,
    profiles.map(({ profile }) => profile.profile),
  );
  if (options.reference !== undefined && options.suitability !== true)
    throw new Usage('--reference is tested before and after the devices: give --suitability too');
  const references = options.suitability === true ? await referencesFrom(options.reference) : [];
  const discovery = around.discovery ?? (await discoveryHere());
  if (options.dryRun) {
    around.print(
      dryRun({ aimed, probes, limits, discovery: discovery.description, entries: credentials.entries.length }),
    );
    return { written: [], exitCode: 0 };
  }
  const lock = lockResults(options.out);
  try {
    readSummary(options.out);
    const ledger = new LoginLedger(join(options.out, 'logins.json'), around.now);
    const found = options.resume === undefined ? await present(aimed, around) : [];
    const sources = await sourcesOf(
      found.map(({ target }) => target),
      { discovery, credentials, limits },
    );
    const pass = (when: SuitabilityPass['when']): Promise<SuitabilityPass> =>
      suitabilityPass(references, when, {
        out: options.out,
        discovery,
        // References are known by the shipped list.
        credentials: options.credentials === undefined ? credentials : loadCredentials(),
        ledger,
        sealing: filing.sealing,
        signal: around.signal,
        now: around.now,
        line: around.progress.line,
      });
    const suitability =
      references.length === 0 ? {} : { suitability: { before: await pass('before'), after: () => pass('after') } };
    const jobs =
      options.resume === undefined
        ? found.map((one, index) =>
            newJob(
              one,
              { state, limits, markers, sources: sources[index] ?? {}, signed: filing.sealing.signer !== undefined },
              options.out,
              around.now(),
            ),
          )
        : await jobsToResume(options.resume, around.now(), filing.sealing);
    if (jobs.length === 0) throw new StoreError('no target answered: nothing was tested');
    for (const { dir, run, sealed } of jobs)
      if (sealed === undefined && run.sources[`credentials:${credentials.name}`] !== credentials.digest)
        around.progress.line(
          `${dir}: it was begun with another list of default credentials than "${credentials.name}"`,
        );
    const deadline = AbortSignal.timeout(limits.run);
    const stop = new AbortController();
    deadline.addEventListener('abort', () => stop.abort(new DeadlineError('run', limits.run)), { once: true });
    const session: Session = {
      probes,
      discovery,
      credentials,
      ledger,
      trust,
      signal: AbortSignal.any([around.signal, stop.signal]),
      sealing: filing.sealing,
      place: pLimit(limits.devices),
      onEvent: (target, event) => around.progress.event(target, event),
      logLevel: around.logLevel,
    };
    return await carryOutAll(jobs, session, {
      ...suitability,
      progress: around.progress,
      print: around.print,
      signal: around.signal,
      now: around.now,
      profiles,
      knownKeys,
      policies,
      filing,
      gate,
      out: options.out,
      baseline,
    });
  } catch (error) {
    if (around.signal.aborted && error === around.signal.reason) return { written: [], exitCode: 130 };
    throw error;
  } finally {
    lock.release();
  }
};
