import type { Connection } from '../probe.ts';

/** Brings a fresh connection to where TLS begins with the next byte. Throws CannotTell `unsupported` where it is not offered. */
export type Upgrade = (connection: Connection, wait: number) => Promise<void>;

/** Protocols that go on in TLS after a word (RFC 3207, 4217, 2595, 8314). */
export const UPGRADING: readonly string[] = [];

/** How a protocol's word is said; undefined for one that has none. */
export const upgradeOf = (_protocol: string | undefined): Upgrade | undefined => undefined;
