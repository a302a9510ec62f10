import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { cookiesSet, isSession, transportSecurity } from '../../src/observe/protocols/http-cookies.ts';
import { asksForPassword, distinct, loadsInClear, passwordForms, postsInClear, whyNoneIsSure } from './login.ts';
import { type Looked, look, redirectedTo, type Visit } from './pages.ts';

type Weakness = FactOf<'weakness'>;

/** Cookies that are told of. */
const COOKIES = 20;

const weakness = (name: Weakness['name'], present: boolean, subject?: string): Weakness => ({
  kind: 'weakness',
  protocol: 'http',
  name,
  present,
  ...(subject === undefined ? {} : { subject: subject.slice(0, 200) }),
});

/**
 * What protects the logins of a web service, by its front, its login pages and their answers, as anybody gets them: in the
 * clear, whether a password is asked for; inside TLS, Strict-Transport-Security, the flags of session cookies, and what a
 * login page loads or where it posts. GET only, and no login.
 */
export default defineProbe({
  id: 'http-hardening',
  version: '1',
  title: 'How a web service protects its logins',
  emits: ['weakness'],
  impact: 'connect',
  appliesTo: ({ protocol, port, transport }) => protocol === 'http' && port !== undefined && transport === 'tcp',
  async *observe(context) {
    const looked = await look(context);
    const open = context.endpoint.security === 'tls' ? yield* inside(context, looked) : yield* inClear(context, looked);
    const [first] = open;
    if (first) throw new CannotTell(first.reason, open.map(({ message }) => message).join('; '));
  },
});

/** A login in the clear is shown by one page; that there is none only by all that were asked for. */
function* inClear(
  context: ProbeContext,
  { visits, unanswered, beyond }: Looked,
): Generator<Weakness, readonly CannotTell[]> {
  const asking = distinct(context, visits.filter(asksForPassword));
  for (const visit of asking) yield weakness('login-in-clear', true, evidence(context, visit));
  if (asking.length > 0) return [];
  const open = [whyNoneIsSure(context, visits), ...unanswered, beyond].filter((why) => why !== undefined);
  if (open.length === 0) yield weakness('login-in-clear', false);
  return open;
}

function* inside(
  context: ProbeContext,
  { visits, unanswered, beyond }: Looked,
): Generator<Weakness, readonly CannotTell[]> {
  const open: CannotTell[] = [];
  // Clients take the policy from any answer of the host (RFC 6797, 8.1); everybody is given the front and where it leads.
  const shown = wayFrom(context, visits);
  const { status } = shown.at(-1)!.response;
  if (shown.some(({ response }) => (transportSecurity(response)?.maxAge ?? 0) > 0))
    yield weakness('hsts-missing', false);
  // Servers may add the header to what was found alone: who logs in gets it then.
  else if (status < 400 && redirectedTo(context, shown.at(-1)!) === undefined) yield weakness('hsts-missing', true);
  else open.push(new CannotTell('unsupported', `/ was answered with ${status}: what is shown after it was not seen`));

  const cookies = sessions(context, visits);
  for (const [name, { secure, httpOnly }] of cookies) {
    yield weakness('cookie-not-secure', !secure, name);
    yield weakness('cookie-not-httponly', !httpOnly, name);
  }
  const logins = distinct(
    context,
    visits.filter((visit) => passwordForms(visit).length > 0),
  );
  for (const visit of logins) {
    const subject = evidence(context, visit);
    const posts = postsInClear(context, visit);
    yield weakness('login-mixed-content', posts || loadsInClear(context, visit), subject);
    yield weakness('login-in-clear', posts, subject);
  }
  open.push(...unanswered);
  // Which cookies a login sets is for who logs in: where there is one, the check waits for that.
  if (logins.length === 0) open.push(...[whyNoneIsSure(context, visits), beyond].filter((why) => why !== undefined));
  return open;
}

/** The front, and where redirects lead from it on this service. */
function wayFrom(context: ProbeContext, visits: readonly Visit[]): readonly Visit[] {
  const way = visits.slice(0, 1);
  for (;;) {
    const path = redirectedTo(context, way.at(-1)!);
    const next = visits.find((visit) => visit.path === path);
    if (!next || way.includes(next)) return way;
    way.push(next);
  }
}

/** The page is kept as evidence of the next fact; its path is what the fact is about. */
function evidence(context: ProbeContext, { path, response }: Visit): string {
  if (response.body.length > 0) context.evidence(response.body.subarray(0, 64 * 1024), 'text/html');
  return path;
}

/** Session cookies by name; a flag counts only where the cookie never came without it. */
function sessions(
  context: ProbeContext,
  visits: readonly Visit[],
): ReadonlyMap<string, { readonly secure: boolean; readonly httpOnly: boolean }> {
  const found = new Map<string, { secure: boolean; httpOnly: boolean }>();
  for (const { response } of visits)
    for (const cookie of cookiesSet(response, context.now())) {
      const before = found.get(cookie.name);
      if (before) {
        before.secure &&= cookie.secure;
        before.httpOnly &&= cookie.httpOnly;
      } else if (found.size < COOKIES && isSession(cookie))
        found.set(cookie.name, { secure: cookie.secure, httpOnly: cookie.httpOnly });
    }
  return found;
}
