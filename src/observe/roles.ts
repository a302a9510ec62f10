import type { FactOf } from '../model/fact.ts';
import type { Account, ProbeContext } from './probe.ts';

type Access = FactOf<'access'>;

/** What a probe brings so that roles can be compared over its protocol. */
export interface RoleAccess {
  readonly protocol: string;
  /** Of what kind the resources are. */
  readonly action: Access['action'];
  /**
   * Tries one declared resource with one declared account over a fresh session, and only reads. `granted: false` is a
   * refusal that was seen; silence and broken connections are thrown by the wire.
   */
  reach(account: Account, resource: string): Promise<{ readonly granted: boolean; readonly class?: Access['class'] }>;
}

/**
 * The resources that the declaration keeps for the admin (`adminOnly` of this endpoint's service), tried with the
 * declared admin account, then with the ordinary one. Nothing where the declaration names no such resource or not both
 * accounts.
 */
export async function* roleAccess(_context: ProbeContext, _options: RoleAccess): AsyncGenerator<Access> {
  // Issue 5: to be built.
}
