import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, loginArms, type ProbeContext } from '../../src/observe/probe.ts';
import { challenges, type HttpResponse, headerValues } from '../../src/observe/protocols/http.ts';
import { type Asked, follow, offers } from './asked.ts';
import { basicLogins } from './basic.ts';
import { formLogins } from './form-logins.ts';
import { jsonLogins } from './json-logins.ts';
import { linksOf, pathsOf, reached, refusedAt } from './open.ts';
import { hasLoginForm, hasPostForm, isScripted, textOf } from './page.ts';

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

/** Throws CannotTell where an answer says nothing of access: "not now", a failure of the server's, half a page. */
function mustAnswer(path: string, response: HttpResponse): void {
  if ([423, 429, 503].includes(response.status))
    throw new CannotTell('locked', `${path} was answered with ${response.status} before any login`);
  if (response.status >= 500) throw new CannotTell('protocol', `${path} was answered with ${response.status}`);
  if (response.ended === 'timeout' || response.ended === 'reset')
    throw new CannotTell(response.ended, `the answer to ${path} broke off after ${response.body.length} bytes`);
}
