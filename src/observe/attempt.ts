import { setMaxListeners } from 'node:events';
import { Fact, type FactKind, type Sha256 } from '../model/fact.ts';
import type { Attempt, CredentialCoverage, Limits, Marker, Observation, Outcome } from '../model/run.ts';
import type { Component, Endpoint, Target } from '../model/target.ts';
import { isoTime } from './clock.ts';
import { MarkedSamples } from './markers.ts';
import type { Clock, Network } from './network.ts';
import {
  type Account,
  type CandidateSource,
  CannotTell,
  type Log,
  type LoginBudget,
  type Probe,
  type ProbeContext,
} from './probe.ts';
import { Redaction } from './redaction.ts';
import type { KnownSecrets } from './redaction-known.ts';
import { createScope } from './scope.ts';
import type { Transcript } from './transcript.ts';
import { abortReason } from './wire/errors.ts';
import { createWire, type Semaphore, type Wire } from './wire.ts';

export interface AttemptOptions {
  /** The attempt's id: `<probe>@<component>[/tcp/22]`. */
  readonly id: string;
  readonly probe: Probe;
  readonly component: Component;
  readonly target: Target;
  readonly endpoint: Endpoint;
  readonly limits: Pick<Limits, 'attempt' | 'wait' | 'readBytes'>;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: (bytes: number) => Buffer;
  /** The device's connections in flight. */
  readonly semaphore: Semaphore;
  /** The run's: aborted, the attempt ends inconclusive `aborted` (or as the CannotTell that is the signal's reason). */
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly login: LoginBudget;
  readonly credentials: CandidateSource & { coverage?(): CredentialCoverage | undefined };
  readonly accounts: readonly Account[];
  /** Secrets of the whole run, to be kept out of what any attempt leaves behind. */
  readonly known?: KnownSecrets;
  readonly trust: readonly string[];
  readonly markers?: readonly Marker[];
  readonly store: { put(bytes: Buffer, mediaType: string): Sha256 };
  /** Called at once for each valid fact, before the probe goes on. */
  readonly onFact?: (fact: Fact, observationId: string) => void;
}

/** Facts at most of one attempt. */
const MOST_FACTS = 10_000;

/** An observation whose transcripts still grow. */
type Pending = Omit<Observation, 'evidence'> & { digests: readonly Sha256[]; transcripts: readonly Transcript[] };

/**
 * Runs one probe at one endpoint, to an end: a probe that hangs, throws or never stops gives an inconclusive attempt,
 * and what it saw before stands. Rejects only for what is not the attempt's: a store that cannot be written, an `onFact`
 * that throws. Facts with no traffic since the one before share its transcripts.
 */
export async function runAttempt(options: AttemptOptions): Promise<Attempt> {
  const { id, probe, component, endpoint, limits, clock, store } = options;
  const startedAt = isoTime(clock);
  const redaction = new Redaction(options.known);
  const log = logOf(options.log, redaction);
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  setMaxListeners(0, signal);
  const wire = createWire({ ...options, ...limits, scope: createScope(options.target.scope), signal });
  const digests: Sha256[] = [];
  const marked = new MarkedSamples(options.markers);
  const put = (bytes: Buffer | string, mediaType: string) => {
    const digest = store.put(redaction.evidence(Buffer.from(bytes as string)), mediaType);
    marked.look(digest, bytes);
    digests.push(digest);
    return digest;
  };
  const seen = new Facts(options, { redaction, wire, digests, marked });

  const timer = clock.sleep(limits.attempt, over.signal).then(
    () => over.abort(new CannotTell('timeout', `the attempt took more than ${limits.attempt} ms`)),
    () => undefined,
  );
  let outcome: Outcome;
  try {
    await observe(probe, contextOf({ ...options, log }, { wire, signal, redaction, put, marked }), signal, seen, log);
    outcome = { status: 'completed' };
  } catch (error) {
    if (error instanceof NotTheProbe) throw error.cause;
    outcome = inconclusive(error, probe.emits, redaction);
    if (outcome.reason === 'bug') put(redaction.words(stackOf(error)), 'text/plain; charset=utf-8');
  } finally {
    over.abort(new CannotTell('aborted', 'the attempt is over'));
    wire.close();
    await timer;
  }

  const stored = new Map(
    wire.transcripts.map((t) => [t, store.put(t.document(redaction), 'application/json')] as const),
  );
  const observations = seen.pending.map(({ digests: own, transcripts, ...observation }) => ({
    ...observation,
    evidence: [...new Set([...transcripts.flatMap((t) => stored.get(t) ?? []), ...own])],
  }));
  const owned = new Set(observations.flatMap(({ evidence }) => evidence));
  const coverage = options.credentials.coverage?.();
  return {
    id,
    probe: probe.id,
    component: component.id,
    endpoint,
    startedAt,
    endedAt: isoTime(clock),
    outcome,
    observations,
    evidence: [...new Set([...stored.values(), ...digests])].filter((digest) => !owned.has(digest)),
    ...(coverage && { credentials: coverage }),
  };
}

/** Drives the probe; ends with its end, its throw, or the signal, whichever comes first. */
async function observe(probe: Probe, context: ProbeContext, signal: AbortSignal, seen: Facts, log: Log): Promise<void> {
  if (signal.aborted) throw abortReason(signal);
  const late = (error: unknown) => log.debug({ error: String(error) }, 'the probe went on after its attempt was over');
  const facts = probe.observe(context)[Symbol.asyncIterator]();
  let stop: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(abortReason(signal));
  });
  signal.addEventListener('abort', stop, { once: true });
  try {
    for (;;) {
      const next = facts.next();
      const result = await Promise.race([next, aborted]).catch((error: unknown) => {
        if (signal.aborted) next.catch(late);
        throw error;
      });
      if (result.done) return;
      seen.add(result.value);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    // Lets a probe that still stands at a yield run its `finally`; one that hangs is not waited for.
    facts.return?.().then(() => undefined, late);
  }
}

/** The facts of an attempt as they come: checked, named, and told on. */
class Facts {
  readonly pending: Pending[] = [];
  readonly #o: AttemptOptions;
  readonly #redaction: Redaction;
  readonly #wire: Wire;
  readonly #digests: readonly Sha256[];
  readonly #marked: MarkedSamples;
  #given = 0;

  constructor(
    options: AttemptOptions,
    own: { redaction: Redaction; wire: Wire; digests: readonly Sha256[]; marked: MarkedSamples },
  ) {
    this.#o = options;
    this.#redaction = own.redaction;
    this.#wire = own.wire;
    this.#digests = own.digests;
    this.#marked = own.marked;
  }

  add(yielded: unknown): void {
    const { probe, id, clock } = this.#o;
    const parsed = Fact.safeParse(yielded);
    if (!parsed.success) throw new Error(`${probe.id} yielded what is no fact: ${parsed.error.message}`);
    const { kind } = parsed.data;
    if (!probe.emits.includes(kind)) throw new Error(`${probe.id} yielded a ${kind}, which it does not emit`);
    if (this.pending.length >= MOST_FACTS) throw new Error(`${probe.id} yielded more than ${MOST_FACTS} facts`);
    if (parsed.data.kind === 'login' && parsed.data.accepted)
      this.#redaction.accepted(this.#secretOf(parsed.data.secret));
    const fact = this.#marked.mark(this.#redaction.fact(parsed.data));
    const touched = this.#wire.touched();
    const transcripts = touched.length > 0 ? touched : (this.pending.at(-1)?.transcripts ?? []);
    const digests = this.#digests.slice(this.#given);
    this.#given = this.#digests.length;
    const observationId = `${id}#${this.pending.length + 1}`;
    this.pending.push({ id: observationId, at: isoTime(clock), fact, digests, transcripts });
    try {
      this.#o.onFact?.(fact, observationId);
    } catch (error) {
      throw new NotTheProbe(error);
    }
  }

  #secretOf(name: string | undefined): string | undefined {
    const { credentials, accounts } = this.#o;
    return (
      credentials.candidates.find(({ id }) => id === name)?.secret ??
      accounts.find(({ user }) => `declared:${user}` === name)?.secret
    );
  }
}

/** The log of an attempt: what a probe or a library says may hold what it has just sent. */
const logOf = (log: Log, redaction: Redaction): Log => {
  const free =
    (level: 'debug' | 'info' | 'warn') =>
    (about: object, message: string): void =>
      log[level](redaction.logged(about) as object, String(redaction.logged(message)));
  return { debug: free('debug'), info: free('info'), warn: free('warn') };
};

/** An error of the engine that came up while the probe ran. */
class NotTheProbe extends Error {
  constructor(cause: unknown) {
    super('not the probe', { cause });
  }
}

function inconclusive(error: unknown, emits: readonly FactKind[], redaction: Redaction) {
  const told = error instanceof CannotTell;
  const text = error instanceof Error ? error.message : String(error);
  return {
    status: 'inconclusive' as const,
    reason: told ? error.reason : ('bug' as const),
    detail: redaction.words(text).slice(0, 2000),
    open: [...((told && error.open) || emits)],
    ...(told && error.offers && { offers: [...error.offers] }),
  };
}

const stackOf = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));

function contextOf(
  options: AttemptOptions,
  own: {
    wire: Wire;
    signal: AbortSignal;
    redaction: Redaction;
    put: ProbeContext['evidence'];
    marked: MarkedSamples;
  },
): ProbeContext {
  const { target, component, endpoint, log, clock, random, limits, login, credentials, accounts, trust } = options;
  const { wire, signal, redaction, put, marked } = own;
  return {
    target,
    component,
    endpoint,
    signal,
    log,
    now: () => clock.now(),
    sleep: (milliseconds) =>
      clock.sleep(milliseconds, signal).catch((error: unknown) => {
        throw signal.aborted ? abortReason(signal) : error;
      }),
    random,
    limits: { wait: limits.wait, attempt: limits.attempt, readBytes: limits.readBytes },
    dial: wire.dial,
    datagram: wire.datagram,
    listen: wire.listen,
    login,
    credentials,
    accounts,
    trust,
    markersIn: (bytes) => marked.names(bytes),
    redact: (secret, ...encodings) => redaction.register(secret, encodings),
    evidence(bytes, mediaType) {
      if (signal.aborted) throw abortReason(signal);
      return put(bytes, mediaType);
    },
  };
}
