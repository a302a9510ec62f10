import type { FactOf } from '../../src/model/fact.ts';
import { type Account, CannotTell, type ProbeContext, roleAccess } from '../../src/observe/probe.ts';
import type { HttpResponse } from '../../src/observe/protocols/http.ts';
import type { Asked } from './asked.ts';
import { loginFormOf } from './form.ts';
import { readingOf } from './form-grants.ts';
import type { View } from './form-outcome.ts';
import { FormSending } from './form-sending.ts';
import { likeness } from './page.ts';
import { pageOf, placeOf } from './session.ts';

/** A session of a declared account at the site of a login form. */
export interface FormSession {
  get(path: string): Promise<HttpResponse>;
  /** The same, with what it shows. */
  view(path: string): Promise<View>;
}

/** Logs in by the form of that page; undefined where it has none that can be sent, or the account is not let in. */
export async function formSession(
  context: ProbeContext,
  page: Asked,
  account: Account,
): Promise<FormSession | undefined> {
  const form = loginFormOf(pageOf(page.response));
  if (!form) return undefined;
  const sending = new FormSending(context, page, form);
  await sending.look();
  const sent = await sending.send(account.user, account.secret);
  if ('result' in sent)
    throw new CannotTell('locked', `a declared account was answered "not now" (${sent.answer})`, ['access']);
  const { outcome, session } = sent;
  if (outcome.inside.length === 0 && (outcome.formAgain || outcome.cookies === '')) return undefined;
  return {
    get: (path) => session.ask(placeOf(context, path)),
    view: (path) => sending.view(session, path),
  };
}

/** Two pages are one and the same page to two accounts from so much likeness on. */
const SAME = 0.5;

/** What is kept for the admin, tried with the declared accounts over sessions of the login form. */
export async function* formRoles(context: ProbeContext, page: Asked): AsyncGenerator<FactOf<'access'>> {
  const admins = new Map<string, HttpResponse>();
  yield* roleAccess(context, {
    protocol: 'http',
    action: 'read',
    async reach(account, resource) {
      const session = await formSession(context, page, account);
      if (!session) throw new CannotTell('protocol', 'a declared account was not let in by the form', ['access']);
      const { kind, walk } = await session.view(resource);
      const isThere = kind === 'page' && walk.steps.length === 1;
      if (!isThere) {
        if (kind === 'missing' && walk.response.status >= 500)
          throw new CannotTell('protocol', `${resource} was answered with ${walk.response.status}`, ['access']);
        return { granted: false };
      }
      const seen = admins.get(resource);
      if (account.role === 'admin') admins.set(resource, walk.response);
      else if (seen && likeness(seen, walk.response) < SAME)
        throw new CannotTell('protocol', `${resource} shows the ordinary account another page than the admin`, [
          'access',
        ]);
      return { granted: true, class: readingOf(walk.response, true).class };
    },
  });
}
