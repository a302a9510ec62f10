import type { FactOf } from '../../src/model/fact.ts';
import {
  CannotTell,
  defineProbe,
  type LoginAnswer,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import { declaredPaths } from '../../src/observe/protocols/declared.ts';
import { challenges, type HttpResponse, headerValues } from '../../src/observe/protocols/http.ts';
import { type Asked, follow, offers, ownPath, ownRedirect } from './asked.ts';
import { formLogins } from './form-logins.ts';
import { jsonLogins } from './json-logins.ts';
import {
  classify,
  hasLoginForm,
  hasPostForm,
  isScripted,
  likeness,
  loginLinks,
  notNow,
  saysRefused,
  textOf,
} from './page.ts';

/** Paths that are asked for beside `/` and the declared ones: where settings were found open. GET only. */
const COMMON_PATHS = [
  '/admin',
  '/config',
  '/settings',
  '/status',
  '/api/config',
  '/config.json',
  '/backup.cfg',
  '/config.cfg',
  '/login',
  '/cgi-bin',
];
const PATHS = 24;
/** Two pages are one and the same from so much likeness on. */
const SAME = 0.9;

export default defineProbe({
  id: 'http-login',
  version: '1',
  title: 'HTTP: what is reached without a login, and who gets in by Basic',
  emits: ['login', 'throttle', 'access'],
  impact: 'login',
  appliesTo: ({ protocol, port }) => protocol === 'http' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<FactOf<'login' | 'throttle' | 'access'>> {
  const asked: Asked[] = [];
  let nowhere: HttpResponse | undefined;
  const paths = pathsOf(context);
  for (const [path, declared] of paths) {
    const each = { path, declared, ...(await follow(context, path)) };
    const { response } = each;
    if (path === '/' || declared) mustAnswer(path, response);
    // A path that nobody has: what it shows, every path shows. After `/`, so that a server that drips is waited for once.
    nowhere ??= (await follow(context, `/${context.random(9).toString('hex')}`)).response;
    asked.push(each);
    if (path === '/') for (const link of linksOf(context, each)) if (!paths.has(link)) paths.set(link, false);
    const fact = reached(each, nowhere);
    if (!fact) continue;
    const mediaType = headerValues(response, 'content-type')[0] ?? 'application/octet-stream';
    yield { ...fact, sample: context.evidence(response.body, mediaType.slice(0, 100)) };
  }
  const login = asked.find(({ response }) => offers(response, 'basic'));
  if (login) {
    if (login.path !== '/' && !login.declared) yield refusedAt(login);
    yield* loginArms(context, basicLogins(context, login));
    return;
  }
  const other = asked.find(({ response }) => response.status === 401);
  const schemes = other && challenges(other.response).map(({ scheme }) => scheme);
  const left = ['login', 'throttle'] as const;
  if (schemes)
    throw new CannotTell(
      'unsupported',
      `the login is ${schemes.join(', ').slice(0, 100) || 'of no named scheme'}`,
      left,
    );
  const page = asked.find(({ response }) => response.status === 200 && hasLoginForm(textOf(response)));
  const form = page && formLogins(context, page);
  if (form) return void (yield* loginArms(context, form));
  if (page) throw new CannotTell('unsupported', 'the login is a form', left);
  const json = await jsonLogins(context, asked);
  if (json) return void (yield* loginArms(context, json));
  mustBeWhole(asked);
}

/** Throws CannotTell where no login was met and what was met does not say that there is none. */
function mustBeWhole(asked: readonly Asked[]): void {
  const { response } = asked.find(({ path }) => path === '/')!;
  const { status } = response;
  const isElsewhere =
    status >= 300 && status < 400 && /^(https?:)?\/\//i.test(headerValues(response, 'location')[0] ?? '');
  const left = ['login', 'throttle'] as const;
  const isDeclared = asked.some((each) => each.declared && [401, 403].includes(each.response.status));
  if (status !== 200 && !isElsewhere)
    throw new CannotTell(
      'unsupported',
      `/ was answered with ${status}, and no login was met anywhere`,
      isDeclared ? left : undefined,
    );
  const pages = asked.filter((each) => each.response.status === 200);
  if (pages.some((each) => isScripted(each.response)))
    throw new CannotTell('unsupported', 'the pages are made by scripts, which are not run');
  if (pages.some((each) => hasPostForm(each.response)))
    throw new CannotTell('unsupported', 'whether a login is asked for once something is sent was not tried', left);
}

/** Paths on this very service that a page's links to a login lead to. */
const linksOf = (context: ProbeContext, { at, response }: Asked): string[] =>
  response.status === 200 ? loginLinks(response).flatMap((link) => ownPath(context, at, link) ?? []) : [];

/** `/`, the declared paths and the common ones, with whether each is declared. */
function pathsOf(context: ProbeContext): Map<string, boolean> {
  const declared = declaredPaths(context.component, context.endpoint).slice(0, PATHS);
  return new Map([
    ['/', declared.includes('/')],
    ...declared.map((path): [string, boolean] => [path, true]),
    ...COMMON_PATHS.filter((path) => !declared.includes(path)).map((path): [string, boolean] => [path, false]),
  ]);
}

/** Throws CannotTell where an answer says nothing of access: "not now", a failure of the server's, half a page. */
function mustAnswer(path: string, response: HttpResponse): void {
  if ([423, 429, 503].includes(response.status))
    throw new CannotTell('locked', `${path} was answered with ${response.status} before any login`);
  if (response.status >= 500) throw new CannotTell('protocol', `${path} was answered with ${response.status}`);
  if (response.ended === 'timeout' || response.ended === 'reset')
    throw new CannotTell(response.ended, `the answer to ${path} broke off after ${response.body.length} bytes`);
}

function refusedAt({ path, declared }: Asked): FactOf<'access'> {
  const access = { kind: 'access', protocol: 'http', action: 'read', resource: path.slice(0, 1000) } as const;
  return declared
    ? { ...access, class: 'setting', authentication: 'required', how: 'declared' }
    : { ...access, class: 'content', authentication: 'required', how: 'recognised' };
}

/** What one answer without credentials says of access; undefined where there is nothing to say. */
function reached(asked: Asked, nowhere: HttpResponse): FactOf<'access'> | undefined {
  const { path, declared, response } = asked;
  const { status } = response;
  const text = textOf(response);
  const open = { kind: 'access', protocol: 'http', resource: path.slice(0, 1000), authentication: 'none' } as const;
  const front =
    path === '/' ? ({ ...open, class: 'discovery', action: 'read', how: 'recognised' } as const) : undefined;
  const read = classify(response);
  const loginPage = status === 200 && read.class === 'discovery' && hasLoginForm(text);
  if (declared && (status === 401 || status === 403 || loginPage)) return refusedAt(asked);
  if (status === 401) return path === '/' ? refusedAt(asked) : undefined;
  if (status !== 200 || loginPage || notNow(response)) return front;
  const everywhere = path !== '/' && nowhere.status === 200 && likeness(nowhere, response) >= SAME;
  if (everywhere) return declared ? { ...open, class: 'content', action: 'read', how: 'guessed' } : undefined;
  if (!declared) return read.class === 'discovery' ? front : { ...open, ...read };
  // A secret is one, wherever it stands.
  if (read.class === 'secret') return { ...open, ...read };
  const known = read.class !== 'discovery' && read.class !== 'content';
  return { ...open, ...read, class: known ? read.class : 'setting', how: 'declared' };
}

/** HTTP Basic (RFC 7617) at a path that asked for it: A0 is that answer. */
function basicLogins(context: ProbeContext, { path, at, response: without }: Asked): LoginProtocol {
  const seen = new Map<string, HttpResponse>();
  let inside: HttpResponse | undefined;
  let refusedOne = false;
  let refusal: HttpResponse | undefined;
  const attempt = async (user: string, secret: string): Promise<LoginAnswer> => {
    const token = Buffer.from(`${user}:${secret}`).toString('base64');
    if (secret !== '') context.redact(secret, token);
    const { at: led, response } = await follow(context, at, [['Authorization', `Basic ${token}`]]);
    const answer = String(response.status);
    if (response.status === 401) {
      refusedOne = true;
      return { result: 'rejected', answer };
    }
    const how = notNow(response);
    if (how) return { result: 'throttled', response: how, answer };
    // Past the login, where others are stopped by it, and nothing is there.
    if (refusedOne && (response.status === 404 || response.status === 405))
      return { result: 'accepted', answer, grants: 'unknown' };
    if (response.status >= 400) throw new CannotTell('protocol', `a login was answered with status ${answer}`);
    if (response.ended === 'timeout' || response.ended === 'reset')
      throw new CannotTell(response.ended, 'the answer to a login broke off');
    if (/log-?[io]n|sign-?in/i.test(led) && led !== at && hasLoginForm(textOf(response)))
      return { result: 'rejected', answer: `${answer} at the login` };
    if (response.status >= 300 && ownRedirect(context, led, response) !== undefined)
      throw new CannotTell('protocol', 'a login was led from redirect to redirect');
    if (
      response.status >= 300 &&
      /log-?[io]n|sign-?in|error|fail|denied/i.test(headerValues(response, 'location')[0] ?? '')
    )
      return { result: 'rejected', answer: `${answer} to the login` };
    // Its words count in the form that random credentials met first: a page of settings may hold such words too.
    const isForm = refusal === undefined ? saysRefused(response) : likeness(refusal, response) >= 0.5;
    if (!refusedOne && isForm) {
      refusal ??= response;
      return { result: 'rejected', answer: `${answer}, refused in its words` };
    }
    // Where others are answered with 401, the same frame with another status is another page.
    if (!refusedOne && response.body.length > 0 && likeness(response, without) >= SAME)
      return { result: 'rejected', answer: `${answer}, with the page that those without a login get` };
    // What was let in once must show the same again, but for what varies by itself.
    const before = seen.get(token);
    if (before && (before.status !== response.status || likeness(before, response) < 0.5))
      return { result: 'rejected', answer: `${answer}, with another page than before` };
    seen.set(token, response);
    inside = response;
    return { result: 'accepted', answer, grants: 'full' };
  };
  return {
    protocol: 'http',
    none: () => Promise.resolve({ result: 'rejected', answer: '401' }),
    attempt,
    *access(authentication) {
      // Without a login it was refused, which has been said.
      if (authentication !== 'any' || !inside) return;
      const read = classify(inside);
      const plain = { class: 'content', action: 'read', how: 'guessed' } as const;
      const what = read.class === 'discovery' ? plain : read;
      yield { kind: 'access', protocol: 'http', resource: path.slice(0, 1000), authentication, ...what };
    },
  };
}
