import type { SeenFact } from '../check.ts';
import { type TlsPlace, type TlsView, tlsFacts, tlsLooked } from './tls-place.ts';

/** Both sides prove themselves by a key that they share beforehand (RFC 4279, 2 and 3; not RSA_PSK, which shows a certificate). */
const PRE_SHARED = /^TLS_(DHE_|ECDHE_)?PSK_WITH_|^TLS_ECCPWD_/;
const ANONYMOUS = /_anon_/;

/**
 * How a server without a certificate proves which one it is, as all its suites say: by a key that is shared beforehand,
 * or not at all. Undefined where neither is known of all of them.
 */
export const provedWithout = (
  { seen }: Pick<TlsView<'offer'>, 'seen'>,
  at: TlsPlace,
): { readonly by: 'pre-shared' | 'nothing'; readonly suites: readonly SeenFact<'offer'>[] } | undefined => {
  const suites = tlsFacts(seen, 'offer', at).filter(({ fact }) => fact.role === 'suite');
  if (suites.length === 0 || tlsLooked(seen, 'offer', at) !== 'settled') return undefined;
  const all = (pattern: RegExp): boolean => suites.every(({ fact }) => pattern.test(fact.name));
  if (all(PRE_SHARED)) return { by: 'pre-shared', suites };
  return all(ANONYMOUS) ? { by: 'nothing', suites } : undefined;
};
