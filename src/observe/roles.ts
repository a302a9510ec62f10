import type { FactKind, FactOf } from '../model/fact.ts';
import { type Account, CannotTell, type ProbeContext } from './probe.ts';
import { isDeclared } from './protocols/declared.ts';

type Access = FactOf<'access'>;

/** What a probe brings so that roles can be compared over its protocol. */
export interface RoleAccess {
  readonly protocol: string;
  /** Of what kind the resources are. */
  readonly action: Access['action'];
  /**
   * Tries one declared resource with one declared account over a fresh session, and only reads. `granted: false` is a
   * refusal that was seen, after the login was accepted; silence, broken connections, a login that fails and "not now"
   * are thrown as CannotTell.
   */
  reach(account: Account, resource: string): Promise<{ readonly granted: boolean; readonly class?: Access['class'] }>;
}

/** Resources of one service that are tried; what else is declared stays untried. */
const MOST = 16;
/** Milliseconds between two looks whether the budget has room again. */
const ROOM_MS = 50;
const OPEN: readonly FactKind[] = ['access'];

/** An account of that role with a name and a password, for this protocol. */
const accountOf = ({ accounts }: ProbeContext, role: Account['role'], protocol: string): Account | undefined =>
  accounts.find(
    (account) =>
      account.role === role &&
      account.certificate === undefined &&
      (account.on === undefined || account.on.includes(protocol)),
  );

/** The resources at an endpoint that the declaration keeps for the admin. */
const adminOnly = ({ component, endpoint }: ProbeContext): string[] => [
  ...new Set(
    (component.declares.services ?? [])
      .filter((service) => isDeclared(service, endpoint))
      .flatMap((service) => service.adminOnly ?? []),
  ),
];

/**
 * The resources that the declaration keeps for the admin (`adminOnly` of this endpoint's service), each tried with the
 * declared admin account, with the ordinary one, and with the admin's again: 16 at most. Nothing where the declaration
 * names no such resource or not both accounts. What could not be told of one resource is thrown once the others have
 * been tried, with `access` left open.
 */
export async function* roleAccess(context: ProbeContext, options: RoleAccess): AsyncGenerator<Access> {
  const { protocol, action } = options;
  const admin = accountOf(context, 'admin', protocol);
  const ordinary = accountOf(context, 'ordinary', protocol);
  if (admin === undefined || ordinary === undefined) return;

  const reach = async (account: Account, resource: string) => {
    const { login } = context;
    // While another service waits for an answer to this account, the budget may have room again in a moment.
    for (let waited = 0; !login.allows(account.user) && login.underway?.(account.user); waited += ROOM_MS) {
      if (waited >= context.limits.wait) break;
      await context.sleep(ROOM_MS);
    }
    if (!login.allows(account.user))
      throw new CannotTell('budget', `the login budget leaves no login for ${JSON.stringify(account.user)}`);
    if (account.secret !== '') context.redact(account.secret);
    login.sent(account.user);
    const reached = await options.reach(account, resource);
    login.succeeded(account.user);
    return reached;
  };
  const fact = (
    as: 'admin' | 'ordinary',
    resource: string,
    reached: { granted: boolean; class?: Access['class'] },
  ) => ({
    kind: 'access' as const,
    protocol,
    class: reached.class ?? ('setting' as const),
    action,
    resource,
    authentication: 'required' as const,
    how: 'declared' as const,
    as,
    granted: reached.granted,
  });

  let untold: CannotTell | undefined;
  for (const resource of adminOnly(context).slice(0, MOST)) {
    try {
      const control = await reach(admin, resource);
      yield fact('admin', resource, control);
      // Where the admin does not get in either, an ordinary user's refusal says nothing.
      if (!control.granted) continue;
      yield fact('ordinary', resource, await reach(ordinary, resource));
      yield fact('admin', resource, await reach(admin, resource));
    } catch (error) {
      if (!(error instanceof CannotTell) || context.signal.aborted) throw error;
      untold ??= new CannotTell(error.reason, `${resource}: ${error.message}`, error.open ?? OPEN);
    }
  }
  if (untold !== undefined) throw untold;
}
