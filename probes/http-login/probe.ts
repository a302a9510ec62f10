import type { FactOf } from '../../src/model/fact.ts';
import {
  CannotTell,
  defineProbe,
  type LoginOutcome,
  type LoginProtocol,
  loginArms,
  type ProbeContext,
  roleAccess,
} from '../../src/observe/probe.ts';
import { strongestDigest, whyUnanswerable } from '../../src/observe/protocols/digest.ts';
import { type HttpResponse, headerValues } from '../../src/observe/protocols/http.ts';
import type { SetCookie } from '../../src/observe/protocols/http-cookies.ts';
import { type Asked, bodyBytes } from './asked.ts';
import { basicSession, notInBasic } from './basic.ts';
import { challengeLogins, type Scheme } from './challenged.ts';
import { challengesOf, digestSession } from './digest.ts';
import { pageLogins } from './form-facts.ts';
import { refusedAt } from './open.ts';
import { hasPostForm, isScripted } from './page.ts';
import { PATHS, type Paths } from './paths.ts';
import { loginsInClear, sessionFacts } from './protection.ts';
import { httpRoles } from './roles.ts';
import { Survey } from './survey.ts';

type Fact = FactOf<'login' | 'throttle' | 'access' | 'weakness'>;
type Facts = AsyncGenerator<Fact>;
const LOGINS = ['login', 'throttle'] as const;
/** The probe, with the paths that it asks for beside `/` and the declared ones. */
export const httpLogin = (paths: Paths) =>
  defineProbe({
    id: 'http-login',
    version: '2',
    title: 'HTTP: what is reached without a login, and who gets in by Basic, Digest or a form',
    emits: [...LOGINS, 'access', 'weakness'],
    impact: 'login',
    appliesTo: ({ protocol, port }) => protocol === 'http' && port !== undefined,
    observe: (context) => settled(facts(context, paths)),
  });

/** What is seen of a session or a page beside the logins is told as it is: that it was not seen leaves it open for nobody. */
async function* settled(facts: Facts): Facts {
  try {
    yield* facts;
  } catch (error) {
    if (!(error instanceof CannotTell) || error.open !== undefined) throw error;
    throw new CannotTell(error.reason, error.message, [...LOGINS, 'access']);
  }
}

export default httpLogin(PATHS);

async function* facts(context: ProbeContext, paths: Paths): Facts {
  const survey = new Survey(context, paths.known);
  yield* survey.look();
  const { asked } = survey;
  yield* loginsInClear(context, asked, new Set(paths.known.map(({ path }) => path)));
  const logins = await loginsOf(context, asked, paths.settings);
  const first = logins[0]?.asked;
  if (first && first.path !== '/' && !first.declared && isAsking(first.response) && !survey.open.has(first.path))
    yield refusedAt(first);
  let left: CannotTell | undefined;
  const most = new Set<string>();
  for (const login of logins) {
    const counted = counting(context);
    const got = yield* tried(counted.context, login);
    for (const id of most.size === 0 ? counted.tried : []) most.add(id);
    // Another realm may have other accounts: what the budget left for it is all that was tried on it.
    const missing = [...most].filter((id) => !counted.tried.has(id)).length;
    if (got === undefined && missing > 0)
      left ??= new CannotTell('budget', `${login.asked.path} is another login, with ${missing} candidates less`, [
        'login',
      ]);
    if (got === 'accepted') break;
    if (got instanceof CannotTell) left ??= got;
  }
  if (left) throw left;
  if (logins.length === 0) mustBeWhole(asked, bodyBytes(context));
  survey.mustBeAnswered();
}

/** The context, and the candidates that are said to be tried with it. */
function counting(context: ProbeContext): { context: ProbeContext; tried: Set<string> } {
  const tried = new Set<string>();
  const { credentials } = context;
  const counted: ProbeContext['credentials'] = {
    get candidates() {
      return credentials.candidates;
    },
    get why() {
      return credentials.why;
    },
    tried(candidate) {
      tried.add(candidate.id);
      credentials.tried(candidate);
    },
  };
  return { context: { ...context, credentials: counted }, tried };
}

/** One login of the service, and how its roles are compared. */
interface Login {
  readonly asked: Asked;
  /** Why it cannot be tried. */
  readonly not?: CannotTell;
  readonly protocol?: LoginProtocol & { unsure?(): string | undefined; given(): readonly SetCookie[] | undefined };
  readonly roles?: () => AsyncIterable<FactOf<'access'>>;
}

/** Reasons for which a declared account may still be asked what it reaches. */
const ROLES_AFTER = ['budget', 'unsupported'];

/** The arms of one login and its roles; gives what it could not tell, or whether a default was proven. */
async function* tried(context: ProbeContext, login: Login): AsyncGenerator<Fact, 'accepted' | CannotTell | undefined> {
  if (!login.protocol) return login.not;
  let left: CannotTell | undefined;
  let outcome: LoginOutcome | undefined;
  try {
    outcome = yield* loginArms(context, login.protocol);
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    left = error;
  }
  yield* sessionFacts(context, login.protocol.given());
  if (left && !ROLES_AFTER.includes(left.reason)) return left;
  if (login.roles) yield* login.roles();
  if (left) return left;
  if (outcome?.accepted) return 'accepted';
  const why = login.protocol.unsure?.();
  return why === undefined ? undefined : new CannotTell('protocol', why, ['login']);
}

const isAsking = ({ status }: HttpResponse): boolean => status === 401 || status === 407;

/**
 * The logins that were met: one for each realm that is asked for by Basic or Digest (the strongest that can be answered:
 * they are of the same accounts), and a form; where there is neither, one of a single-page interface.
 */
async function loginsOf(context: ProbeContext, asked: readonly Asked[], settings: readonly string[]): Promise<Login[]> {
  const realms = new Map<string, Login>();
  const asking = asked.filter(({ response }) => isAsking(response));
  for (const each of asking) {
    const offered = challengesOf(each.response);
    const key = offered.map(({ scheme, parameters }) => `${scheme} ${parameters.realm ?? ''}`.replace(/\d+/g, '0'));
    const realm = key.sort().join();
    if (!realms.has(realm)) realms.set(realm, challengeLogin(context, each, settings));
  }
  const challenged: Login[] = [...realms.values()].slice(0, REALMS);
  const beside = [...realms.values()][REALMS];
  if (beside) {
    const more = `${realms.size - REALMS} more realms were not tried, ${beside.asked.path} among them`;
    challenged.push({ asked: beside.asked, not: new CannotTell('budget', more, LOGINS) });
  }
  // A folder that asks in a way of its own is another login; one that cannot be answered stays so.
  const logins = [...challenged.filter(({ protocol }) => protocol), ...challenged.filter(({ protocol }) => !protocol)];
  const page = await pageLogin(context, asked);
  // An interface that refuses without a challenge is logged in to by its page.
  return page
    ? [...logins.filter(({ asked: each, protocol }) => protocol || challengesOf(each.response).length > 0), page]
    : logins;
}

/** The login by a form or in JSON, or why there is one that cannot be tried. */
async function pageLogin(context: ProbeContext, asked: readonly Asked[]): Promise<Login | undefined> {
  try {
    return await pageLogins(context, asked);
  } catch (error) {
    if (!(error instanceof CannotTell) || context.signal.aborted) throw error;
    return { asked: asked[0]!, not: new CannotTell(error.reason, error.message, error.open ?? LOGINS) };
  }
}

const REALMS = 3;

/** The login at a path that answered with a challenge. */
function challengeLogin(context: ProbeContext, asked: Asked, settings: readonly string[]): Login {
  const offered = challengesOf(asked.response);
  const basic = offered.some(({ scheme }) => scheme === 'basic');
  const scheme: Scheme | undefined = strongestDigest(offered)
    ? { session: (user, secret) => digestSession(context, user, secret) }
    : basic
      ? { session: (user, secret) => basicSession(context, asked.response, user, secret), refuses: notInBasic }
      : undefined;
  if (!scheme) {
    const digest = offered.find((challenge) => challenge.scheme === 'digest');
    const names = offered
      .map((challenge) => challenge.scheme)
      .join(', ')
      .slice(0, 100);
    const why = digest
      ? `the login is Digest, and ${whyUnanswerable(digest)}`
      : `the login is ${names || 'of no named scheme'}`;
    return { asked, not: new CannotTell('unsupported', why, LOGINS) };
  }
  const roles = httpRoles(context, async ({ user, secret, certificate }) =>
    certificate === undefined ? scheme.session(user, secret) : undefined,
  );
  return {
    asked,
    protocol: challengeLogins(context, asked, scheme, settings),
    roles: () => roleAccess(context, roles),
  };
}

/** Throws CannotTell where no login was met and what was met does not say that there is none. */
function mustBeWhole(asked: readonly Asked[], readBytes: number): void {
  const { response } = asked.find(({ path }) => path === '/')!;
  const { status } = response;
  const isElsewhere =
    status >= 300 && status < 400 && /^(https?:)?\/\//i.test(headerValues(response, 'location')[0] ?? '');
  const isDeclared = asked.some((each) => each.declared && [401, 403].includes(each.response.status));
  if (status !== 200 && !isElsewhere)
    throw new CannotTell(
      'unsupported',
      `/ was answered with ${status}, and no login was met anywhere`,
      isDeclared ? LOGINS : undefined,
    );
  const pages = asked.filter((each) => each.response.status === 200);
  const long = pages.find((each) => each.response.ended === 'cap' && (each.path === '/' || each.declared));
  if (long) throw new CannotTell('protocol', `${long.path} is longer than the ${readBytes} bytes that are read`);
  if (pages.some((each) => isScripted(each.response)))
    throw new CannotTell('unsupported', 'the pages are made by scripts, which are not run');
  if (pages.some((each) => hasPostForm(each.response)))
    throw new CannotTell('unsupported', 'whether a login is asked for once something is sent was not tried', LOGINS);
}
