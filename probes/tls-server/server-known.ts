import type { FactKind, FactOf } from '../../src/model/fact.ts';
import type { OpenOffer, Reason } from '../../src/model/run.ts';
import type { TlsAnswer, TlsVersion } from '../../src/observe/protocols/tls.ts';
import type { TlsServer } from './server.ts';

/** What a stage could not settle: said of the whole attempt at its end. */
export interface Unsettled {
  readonly reason: Reason;
  readonly what: string;
  readonly open: readonly FactKind[];
  /** Which offers, where they are among what is open and no others are; absent: any. */
  readonly offers?: readonly OpenOffer[];
}

/** What earlier stages learned. Versions by their answer to a hello of all suites, suites in the order they were chosen in. */
export interface Known {
  readonly versions: ReadonlyMap<TlsVersion, TlsAnswer>;
  readonly ssl2: boolean;
  /** DER of the certificate in the SERVER-HELLO of SSL 2.0. */
  readonly ssl2Certificate?: Buffer | undefined;
  /** Versions that answered neither yes nor no: what is not accepted is refused only if it is not among them. */
  readonly unclear: ReadonlySet<TlsVersion | 'SSLv2'>;
  /** Whole once the stage of all suites is over; before it, those that were seen so far. */
  readonly suites: ReadonlyMap<TlsVersion, readonly number[]>;
  /** Versions that were asked for all weak suites at once and have none (`isWeak` of suites.ts). */
  readonly noWeak: ReadonlySet<TlsVersion>;
}

/** The same, as it is filled in. */
export interface Learned extends Known {
  readonly versions: Map<TlsVersion, TlsAnswer>;
  ssl2: boolean;
  ssl2Certificate?: Buffer | undefined;
  readonly suites: Map<TlsVersion, readonly number[]>;
  readonly unclear: Set<TlsVersion | 'SSLv2'>;
  readonly noWeak: Set<TlsVersion>;
  /** The suites of the hello that a version was accepted by. */
  readonly asked: Map<TlsVersion, readonly number[]>;
}

/** The facts that stages of this probe yield. */
export type TlsFact = FactOf<'offer' | 'certificate' | 'key' | 'weakness'>;

/** One part of looking at a server. It yields what it saw and returns what stayed open; it throws only what ends the attempt. */
export type Stage = (server: TlsServer, known: Known) => AsyncGenerator<TlsFact, readonly Unsettled[]>;
