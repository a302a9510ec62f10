import type { FactOf } from '../../model/fact.ts';
import type { Connection } from '../probe.ts';

/**
 * How bytes travel inside a TLS session of the engine's own, its version as `TLS 1.3`. A suite with NULL encryption
 * (RFC 5246, A.5) only authenticates: what it carries is in the clear.
 */
export function tlsChannel(tls: Connection['tls']): Pick<FactOf<'channel'>, 'encryption' | 'version'> {
  const version = tls?.version.replace(/^TLSv1(\.\d)?$/, (_, minor) => `TLS 1${minor ?? '.0'}`);
  const encryption = tls !== undefined && /_NULL_/.test(tls.suite) ? 'none' : 'tls';
  return { encryption, ...(version && { version }) };
}
