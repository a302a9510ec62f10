import type { Finding } from '../model/assessment.ts';
import type { FactKind, FactOf } from '../model/fact.ts';
import type { Policy } from '../model/policy.ts';
import type { Attempt, OpenOffer, Run } from '../model/run.ts';
import type { Component, Endpoint, State, Target, Transport } from '../model/target.ts';

/** A fact with where it comes from. `id` is the observation's id, with `<run id>:` in front over several runs. */
export interface SeenFact<K extends FactKind> {
  readonly id: string;
  readonly run: string;
  readonly state: State;
  readonly at: string;
  readonly fact: FactOf<K>;
  readonly endpoint: Endpoint;
  readonly attempt: Attempt;
}

/** An attempt with its run. `id` is the attempt's id, with `<run id>:` in front over several runs. */
export interface SeenAttempt {
  readonly id: string;
  readonly run: string;
  readonly state: State;
  readonly attempt: Attempt;
}

/** A recognised service: the `service` fact and the endpoint that it made. */
export interface SeenService {
  readonly service: SeenFact<'service'>;
  readonly endpoint: Endpoint;
}

/** What was covered of one address and transport. Ranges are inclusive. `silent`: UDP ports that did not answer their payload. */
export interface PortCoverage {
  readonly run: string;
  readonly host: string;
  readonly transport: Transport;
  readonly open: readonly SeenFact<'port'>[];
  readonly uncovered: readonly (readonly [number, number])[];
  readonly silent: readonly number[];
  readonly whole: boolean;
  /** The port attempts themselves, for `basis`. */
  readonly basis: readonly string[];
}

/** All that a check may look at: the facts of the kinds that it needs, on one component. Asking for another kind throws. */
export interface Seen<K extends FactKind> {
  facts<J extends K>(kind: J): readonly SeenFact<J>[];
  /** The facts of a kind at the same host, transport and port. */
  at<J extends K>(kind: J, endpoint: Endpoint): readonly SeenFact<J>[];
  attempts(filter?: { probe?: string; emits?: K; endpoint?: Endpoint }): readonly SeenAttempt[];
  services(...protocols: string[]): readonly SeenService[];
  ports(transport: Transport): readonly PortCoverage[];
  readonly runs: readonly Pick<Run, 'id' | 'state' | 'item' | 'status' | 'limits' | 'probes' | 'startedAt'>[];
}

/** What a check yields; the judge adds id, run, check and component. `about` and `basis` are never empty of meaning. */
export type FindingDraft = Pick<Finding, 'verdict' | 'because' | 'expected' | 'basis'> &
  Partial<Pick<Finding, 'strength' | 'facets' | 'conditions' | 'remedy' | 'restsOn' | 'coverage'>> & {
    /** Absent: about the whole component. */
    about?: Endpoint & { subject?: string };
    /** The run it was seen in; absent: the first of the view. */
    run?: string;
  };

/** Keys whose private half is published: fingerprints as `key` facts say them, and what each is the key of. */
export interface KnownKeys {
  readonly name: string;
  /** SHA-256 of the list. */
  readonly digest: string;
  readonly keys: readonly {
    readonly id: string;
    readonly use: 'tls' | 'ssh-host';
    readonly sha256: string;
    readonly of: string;
    readonly source: string;
  }[];
}

/** A policy, and the SHA-256 of the file that it stood in. */
export interface GivenPolicy {
  readonly policy: Policy;
  readonly digest: string;
}

export interface CheckView<K extends FactKind> {
  readonly target: Target;
  readonly component: Component;
  readonly seen: Seen<K>;
  /** `key` facts of runs of other samples, for checks that compare devices. */
  readonly others: readonly {
    run: string;
    seal: string;
    target: string;
    item: Run['item'];
    keys: readonly { endpoint: Endpoint; fact: FactOf<'key'> }[];
  }[];
  /** `key` facts of the other components of the same runs. */
  readonly siblings?: readonly { readonly component: string; readonly fact: FactOf<'key'> }[];
  /** Lists of keys that anybody has. */
  readonly knownKeys?: readonly KnownKeys[];
  /** What algorithms are held to, one policy a protocol. */
  readonly policies?: readonly GivenPolicy[];
}

/**
 * A statement that holds or does not, over facts; judged once a component, whatever profiles ask for it.
 * `needs` are the kinds it reads: an attempt that left one of them open is a gap the judge adds, where the attempt's
 * protocol is among `protocols` (absent: any). A check that speaks of *all* services also needs `service`.
 */
export interface Check<K extends FactKind = FactKind> {
  readonly id: string;
  readonly version: string;
  readonly title: string;
  readonly theme: 'access' | 'interfaces' | 'transport' | 'update' | 'product';
  readonly needs: readonly K[];
  /** Kinds that it also reads where they are: that nobody looked for them, or that they stayed open, is no gap of it. */
  readonly reads?: readonly K[];
  readonly protocols?: readonly string[];
  /** Which offers it is about: that others stayed open is no gap of it. Absent: all. */
  readonly offers?: (open: OpenOffer) => boolean;
  judge(view: CheckView<K>): Iterable<FindingDraft>;
}

/** Types a check so that reading a kind which it does not list in `needs` is a compile error. */
export const defineCheck = <const K extends FactKind>(check: Check<K>): Check => check as unknown as Check;
