import type { FactOf, FEATURES } from '../../src/model/fact.ts';
import { TLS_VERSIONS, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import type { Known, TlsFact, TlsServer, Unsettled } from './server.ts';

export type Feature = (typeof FEATURES)[number];

export const feature = (version: TlsVersion, name: Feature): FactOf<'offer'> => ({
  kind: 'offer',
  protocol: 'tls',
  role: 'feature',
  version,
  name,
});

/** What stayed open of a feature: it is named, and leaves no kind of fact open (decision 0087). */
export const unclear = (what: string, { reason, why }: { reason: Unsettled['reason']; why: string }): Unsettled => ({
  reason,
  what: `${what}: ${why}`,
  open: [],
});

/** One thing to look at; what it sees, and what stayed open. */
export type Part = (server: TlsServer, known: Known) => AsyncGenerator<TlsFact, readonly Unsettled[]>;

/** The newest version that is accepted. */
export const newest = ({ versions }: Known): TlsVersion | undefined =>
  (Object.keys(TLS_VERSIONS) as TlsVersion[]).findLast((version) => versions.has(version));
