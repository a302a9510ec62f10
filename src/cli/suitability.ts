import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { destination, multistream, pino } from 'pino';
import { probes as shippedProbes } from '../../probes/index.ts';
import { catalogue, checks } from '../judge/checks/index.ts';
import { judge } from '../judge/judge.ts';
import { passOf, referenceOf, suitabilityOf } from '../judge/suitability.ts';
import type { Profile } from '../model/profile.ts';
import { type Limits, Run } from '../model/run.ts';
import type { ReferenceDevice, SuitabilityPass } from '../model/suitability.ts';
import type { CredentialList } from '../observe/candidates.ts';
import { systemClock } from '../observe/clock.ts';
import type { Discovery } from '../observe/discover/discovery.ts';
import { LoginLedger } from '../observe/ledger.ts';
import { type Network, systemNetwork } from '../observe/network.ts';
import { observe } from '../observe/observe.ts';
import type { Probe } from '../observe/probe.ts';
import { udpPayloadsDigest } from '../observe/protocols/udp-payloads.ts';
import { attempting, makeFolder, RunStore, readRun, StoreError, writeWhole } from '../observe/run-store.ts';
import { asSealed, type Sealing, signFolder } from '../observe/sealing.ts';
import { visible } from '../report/text.ts';
import { defaultLimits } from './limits.ts';
import { readPolicies } from './load-policy.ts';
import { only } from './only.ts';
import { folderName, runId } from './results.ts';
import type { Reference } from './suitability-references.ts';
import { toolName } from './version.ts';

/** Where a pass is made, and with what: the engine that the items are tested with. */
export interface SuitabilityAround {
  /** The results folder, locked by the caller: passes lie in its folder `suitability`. */
  readonly out: string;
  readonly discovery: Discovery;
  readonly credentials: CredentialList;
  /** For declared references: they are devices of the laboratory. A simulated one is a new device each time. */
  readonly ledger: LoginLedger;
  readonly sealing: Sealing;
  readonly signal: AbortSignal;
  readonly now: () => number;
  /** A line of progress. */
  readonly line: (text: string) => void;
  readonly network?: Network;
  readonly probes?: readonly Probe[];
  /** Limits that differ from a scan's. */
  readonly limits?: Partial<Limits>;
}

/** Milliseconds and logins: references answer at once, and few of their lists' entries are needed. */
const limitsOf = ({ limits }: SuitabilityAround, ports: { tcp: string; udp: string } | undefined): Limits => ({
  ...defaultLimits(),
  attempt: 60_000,
  device: 300_000,
  run: 600_000,
  ...limits,
  ...(ports === undefined ? {} : ports),
});

/** Nothing is asked by a standard: only what checks say counts. */
export const NO_CRITERIA: Profile = {
  profile: 'suitability',
  title: 'Suitability of the bench',
  edition: '1',
  decisionRule: 'verdict-fold/1',
  criteria: [],
} as unknown as Profile;

const looked = async (reference: Reference, dir: string, around: SuitabilityAround): Promise<ReferenceDevice> => {
  const opened = await reference.open();
  try {
    const at = around.now();
    const begun = Run.parse({
      schema: 1,
      id: runId(at),
      tool: toolName(),
      target: opened.target,
      item: opened.item,
      state: 'operational',
      startedAt: new Date(at).toISOString(),
      status: 'running',
      sources: {
        probity: toolName(),
        node: process.version,
        discovery: around.discovery.description,
        [`credentials:${around.credentials.name}`]: around.credentials.digest,
        'udp-payloads': udpPayloadsDigest(),
      },
      probes: [],
      limits: limitsOf(around, opened.ports),
      signed: around.sealing.signer !== undefined,
      attempts: [],
    });
    const sealed = await observed(begun, opened, dir, around);
    const { checks: results } = judge({
      runs: [sealed],
      profile: NO_CRITERIA,
      checks,
      catalogue,
      judgedAt: new Date(around.now()).toISOString(),
      policies: readPolicies(),
    });
    return referenceOf(opened.known, { ...sealed, checks: results });
  } finally {
    await opened.close();
  }
};

type Opened = Awaited<ReturnType<Reference['open']>>;

/** Observes a reference as an item is observed, and seals its run into `dir`. Throws StoreError, and the signal's reason. */
const observed = async (
  begun: Run,
  { known, accounts, discovery }: Opened,
  dir: string,
  around: SuitabilityAround,
): Promise<{ run: Run; seal: string }> => {
  const store = RunStore.open(dir, begun);
  const file = destination({ dest: store.logFile, sync: true, append: true });
  let unwritten: Error | undefined;
  file.on('error', (error: Error) => {
    unwritten = error;
  });
  try {
    const ended = await observe({
      run: begun,
      probes: only(around.probes ?? shippedProbes, [...known.expect.keys()], []),
      discovery: discovery(around.discovery),
      store,
      credentials: around.credentials,
      ledger: known.how === 'simulated' ? new LoginLedger(undefined, around.now) : around.ledger,
      accounts,
      trust: [],
      network: around.network ?? systemNetwork,
      clock: systemClock,
      random: randomBytes,
      signal: around.signal,
      log: pino(
        { level: 'debug', base: { run: begun.id, reference: known.name } },
        multistream([{ level: 'debug', stream: file }]),
      ),
      place: pLimit(1),
    });
    if (around.signal.aborted) throw around.signal.reason;
    file.end();
    if (unwritten) throw new StoreError(`Cannot write "${store.logFile}": ${unwritten.message}`);
    const seal = store.seal(asSealed(ended, around.sealing));
    await signFolder(dir, around.sealing);
    return { run: readRun(dir).run, seal };
  } catch (error) {
    store.close();
    file.destroy();
    throw error;
  }
};

/** A folder for one pass: `<out>/suitability/<UTC>`, or the first free second after it. */
const freeFolder = (out: string, at: number): string => {
  for (let time = at; ; time += 1_000) {
    const dir = join(out, 'suitability', runId(time));
    if (!fs.existsSync(dir)) return dir;
  }
};

/** `known-bad simulated weak-camera: as known`. */
const referenceLine = ({ kind, name, is, because }: ReferenceDevice): string =>
  `suitability: ${kind} ${visible(name, 100)}: ${is.replaceAll('-', ' ')}${is === 'as-known' ? '' : `: ${visible(because, 400)}`}`;

/**
 * One pass: looks at every reference with the engine that the items are tested with, and holds what is found to what is
 * known. The runs and `suitability.json` lie in `<out>/suitability/<UTC>`. Throws StoreError (exit 3), and the signal's
 * reason where it was aborted.
 */
export const suitabilityPass = async (
  references: readonly Reference[],
  when: SuitabilityPass['when'],
  around: SuitabilityAround,
): Promise<SuitabilityPass> => {
  const begun = around.now();
  const dir = freeFolder(around.out, begun);
  attempting(`write "${dir}"`, () => makeFolder(dir));
  const look = async (reference: Reference): Promise<ReferenceDevice> => {
    const folder = `${references.indexOf(reference) + 1}-${folderName(reference.name)}`.slice(0, 100);
    const one = await looked(reference, join(dir, folder, 'run'), around);
    around.line(referenceLine(one));
    return one;
  };
  // Simulated ones are in nobody's way; devices of the laboratory are looked at one after the other.
  const alone = pLimit(1);
  const outcomes = await Promise.allSettled(
    references.map((reference) => (reference.how === 'simulated' ? look(reference) : alone(() => look(reference)))),
  );
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
  const found = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const ended = Math.max(begun, around.now());
  const pass = passOf(when, new Date(begun).toISOString(), new Date(ended).toISOString(), found);
  writeWhole(
    join(dir, 'suitability.json'),
    `${JSON.stringify(suitabilityOf([pass], { tool: toolName() }), null, 2)}\n`,
  );
  return pass;
};
