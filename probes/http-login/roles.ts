import { type Account, CannotTell, type ProbeContext, type RoleAccess } from '../../src/observe/probe.ts';
import type { HttpResponse } from '../../src/observe/protocols/http.ts';
import { classify, hasLoginForm, likeness, notNow, SAME, saysRefused, textOf } from './page.ts';
import type { Got, Session } from './reach.ts';

/**
 * Roles over HTTP: what the declaration keeps for the admin, asked for by GET with a session of each account. `open`
 * gives a session, or undefined where the login was refused.
 */
export function httpRoles(context: ProbeContext, open: (account: Account) => Promise<Session | undefined>): RoleAccess {
  /** What the first account that was let in was shown, by resource. */
  const shown = new Map<string, { user: string; response: HttpResponse }>();
  const sessions = new Map<string, Session | undefined>();
  const sessionOf = async (account: Account): Promise<Session | undefined> => {
    if (!sessions.has(account.user)) sessions.set(account.user, await open(account));
    return sessions.get(account.user);
  };
  return {
    protocol: 'http',
    action: 'read',
    async reach(account, resource) {
      const session = await sessionOf(account);
      if (!session) return { granted: false };
      const got = await session.get(resource);
      if (isRefused(got, resource)) return { granted: false };
      const nowhere = await session.get(`/${context.random(9).toString('hex')}`);
      if (nowhere.response.status === 200 && likeness(nowhere.response, got.response) >= SAME)
        throw new CannotTell('unsupported', 'one page is shown for every path, so that roles are not told by it');
      const what = classify(got.response).class;
      const before = shown.get(resource);
      if (before && before.user !== account.user && likeness(before.response, got.response) < SAME) {
        const same = what !== 'discovery' && what === classify(before.response).class;
        if (!same)
          throw new CannotTell('protocol', 'the two roles are shown different pages, and no words that are known');
      }
      if (!before) shown.set(resource, { user: account.user, response: got.response });
      return { granted: true, class: what === 'discovery' ? 'content' : what };
    },
  };
}

/** A refusal that was seen. Throws CannotTell for what is neither that nor a page. */
function isRefused({ at, response }: Got, resource: string): boolean {
  const { status } = response;
  if ([401, 403, 404, 407].includes(status)) return true;
  if (status === 429 || status === 423 || status === 503)
    throw new CannotTell('locked', `a declared resource was answered with ${status}`);
  if (response.ended === 'timeout' || response.ended === 'reset')
    throw new CannotTell(response.ended, 'the answer to a declared resource broke off');
  if (status >= 400) throw new CannotTell('protocol', `a declared resource was answered with ${status}`);
  if (status >= 300) return true;
  if (notNow(response)) throw new CannotTell('locked', 'a declared resource was answered "not now"');
  return hasLoginForm(textOf(response)) || saysRefused(response) || (at !== resource && at === '/');
}
