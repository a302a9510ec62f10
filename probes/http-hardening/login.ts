import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import type { Form } from '../../src/observe/protocols/html-page.ts';
import { challenges } from '../../src/observe/protocols/http.ts';
import { addressOf, isOwnHost, leadsOf, type Visit } from './pages.ts';

/** Forms of a page with a field for a password. */
export const passwordForms = ({ page }: Visit): readonly Form[] =>
  (page?.forms ?? []).filter(({ fields }) => fields.some(({ type, disabled }) => type === 'password' && !disabled));

/** Where a form that stands in no form is sent is a script's, and not known; else its own address. */
const targetOf = (context: ProbeContext, visit: Visit, form: Form): URL | undefined =>
  form.loose ? undefined : addressOf(context, visit, form.action ?? '');

/** Whether the answer takes a password in the clear: it asks for Basic, or it is a page with a field for one. */
export const asksForPassword = (visit: Visit): boolean => {
  const basic = visit.response.status === 401 && challenges(visit.response).some(({ scheme }) => scheme === 'basic');
  return basic || passwordForms(visit).length > 0;
};

/** Visits with another login each, the first of each: servers show one and the same wherever one asks. */
export function distinct(context: ProbeContext, visits: readonly Visit[]): readonly Visit[] {
  const seen = new Set<string>();
  return visits.filter((visit) => {
    const forms = passwordForms(visit).map((form) => [
      targetOf(context, visit, form)?.href.split('?')[0],
      form.fields.filter(({ type }) => type !== 'hidden').map(({ name, type }) => `${type} ${name}`),
    ]);
    const key = JSON.stringify([challenges(visit.response), forms, loadsInClear(context, visit)]);
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

/** Whether a form with a password is sent in the clear from this page. */
export const postsInClear = (context: ProbeContext, visit: Visit): boolean =>
  passwordForms(visit).some((form) => targetOf(context, visit, form)?.protocol === 'http:');

/** Whether a page loads over clear HTTP what can read or change it: scripts, styles, frames, what is embedded. */
export const loadsInClear = (context: ProbeContext, visit: Visit): boolean => {
  const { scripts = [], frames = [], embedded = [] } = visit.page ?? {};
  return [...scripts.map(({ src }) => src), ...frames, ...embedded]
    .filter((reference) => reference !== '')
    .some((reference) => addressOf(context, visit, reference)?.protocol === 'http:');
};

/**
 * Why nobody can say that there is no login among what was looked at; undefined where there is none. Only what a page
 * holds as it stands is read: what scripts make of it is not.
 */
export function whyNoneIsSure(context: ProbeContext, visits: readonly Visit[]): CannotTell | undefined {
  for (const visit of visits) {
    const { response, page } = visit;
    const { status } = response;
    const path = visit.path.slice(0, 100);
    const asked = challenges(response);
    const isKnown = asked.length > 0 && asked.every(({ scheme }) => scheme === 'basic' || scheme === 'digest');
    if (status === 401 && !isKnown)
      return new CannotTell('unsupported', `${path} asks for a login that is neither Basic nor Digest`);
    const leads = leadsOf(context, visit);
    const away = leads.find((url) => url.protocol === 'http:' && !isOwnHost(context, url));
    if (away)
      return new CannotTell(
        'scope',
        `${path} leads to ${away.host.slice(0, 200)}, which is not known to be this device`,
      );
    const leadsOn = status >= 300 && status < 400 && leads.length > 0;
    if (visit === visits[0] && status !== 200 && status !== 401 && !leadsOn)
      return new CannotTell('unsupported', `/ was answered with ${status}: where its pages are is not known`);
    if (visit === visits[0] && !page && status === 200 && response.body.length > 0)
      return new CannotTell('unsupported', '/ is no page, and what takes logins beside it is not known');
    if (!page || status !== 200) continue;
    if (page.scripts.length > 0) return new CannotTell('unsupported', `${path} is made by scripts, which are not run`);
    if (page.forms.some(({ method }) => method === 'POST'))
      return new CannotTell(
        'unsupported',
        `whether a login is asked for once the form at ${path} is sent was not tried`,
      );
  }
  return undefined;
}
