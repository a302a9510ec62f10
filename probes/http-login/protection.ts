import type { FactOf } from '../../src/model/fact.ts';
import type { ProbeContext } from '../../src/observe/probe.ts';
import { isSession, looksRandom, type SetCookie } from '../../src/observe/protocols/http-cookies.ts';
import { type Asked, offers } from './asked.ts';
import { loginFormOf } from './form.ts';
import { pageOf } from './session.ts';

type Weakness = FactOf<'weakness'>;

/** Cookies, and paths, that are told of. */
const COOKIES = 20;
const PATHS = 3;
/** Where whoever looks at pages alone looks as well. */
const LOOKED_AT = ['/', '/login', '/admin'];

const weakness = (name: Weakness['name'], present: boolean, subject?: string): Weakness => ({
  kind: 'weakness',
  protocol: 'http',
  name,
  present,
  ...(subject === undefined ? {} : { subject: subject.slice(0, 200) }),
});

/**
 * Keeps the sessions that a login was given out of all that is kept, as its secret is: whoever reads the evidence could go
 * on with them. A value that is a word may stand anywhere, and is left.
 */
export function hideSessions(context: ProbeContext, secret: string, given: readonly SetCookie[]): void {
  const values = given.flatMap((cookie) => (isSession(cookie) && looksRandom(cookie.value) ? [cookie.value] : []));
  const [first, ...more] = secret === '' ? values : [secret, ...values];
  if (first !== undefined && values.length > 0) context.redact(first, ...more);
}

/**
 * What protects the session that a login was given, by all the cookies that its client was given; over TLS alone. A flag
 * counts only where the cookie never came without it. Nothing where cookies were set of which none is known to be a
 * session's.
 */
export function* sessionFacts(
  { endpoint }: ProbeContext,
  given: readonly SetCookie[] | undefined,
): Generator<Weakness> {
  if (endpoint.security !== 'tls' || given === undefined) return;
  const sessions = given.filter(isSession);
  const names = [...new Set(sessions.map(({ name }) => name))].slice(0, COOKIES);
  for (const name of names) {
    const of = sessions.filter((cookie) => cookie.name === name);
    yield weakness('cookie-not-secure', !of.every(({ secure }) => secure), name);
    yield weakness('cookie-not-httponly', !of.every(({ httpOnly }) => httpOnly), name);
  }
  if (given.length > 0) return;
  yield weakness('cookie-not-secure', false);
  yield weakness('cookie-not-httponly', false);
}

/** Paths of a service in the clear that no page leads to, and that ask for a password where nothing else does. */
export function* loginsInClear(
  { endpoint }: ProbeContext,
  asked: readonly Asked[],
  known: ReadonlySet<string>,
): Generator<Weakness> {
  if (endpoint.security === 'tls') return;
  const asking = asked.filter(
    ({ response }) =>
      offers(response, 'basic') || (response.status === 200 && loginFormOf(pageOf(response)) !== undefined),
  );
  if (asking.some(({ path, declared }) => declared || LOOKED_AT.includes(path) || !known.has(path))) return;
  for (const { path } of asking.slice(0, PATHS)) yield weakness('login-in-clear', true, path);
}
