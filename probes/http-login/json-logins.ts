import {
  CannotTell,
  type Grant,
  type LoginAnswer,
  type LoginProtocol,
  type ProbeContext,
} from '../../src/observe/probe.ts';
import { declaredPaths } from '../../src/observe/protocols/declared.ts';
import type { Header, HttpResponse } from '../../src/observe/protocols/http.ts';
import type { SetCookie } from '../../src/observe/protocols/http-cookies.ts';
import type { Asked } from './asked.ts';
import { hashes } from './form.ts';
import { readingOf } from './form-grants.ts';
import { entriesOf, jsonOf, saidBy, shapeOf, tokenOf } from './json-answer.ts';
import { RECIPES, type Recipe, requestOf, UNSENT } from './json-recipes.ts';
import { isScripted, likeness, notNow, textOf } from './page.ts';
import { hideSessions } from './protection.ts';
import { originOf, pageOf, placeOf, resolved, Session } from './session.ts';

/** Scripts that are read, and paths that are tried with a session, at most. */
const SCRIPTS = 4;
const GUARDS = 4;
const SAME = 0.9;
const LEFT = ['login', 'throttle'] as const;

export interface JsonLogins extends LoginProtocol {
  /** Why "rejected" cannot be relied on. Asked after the arms. */
  unsure(): string | undefined;
  /** The cookies that an accepted login was given. */
  given(): readonly SetCookie[] | undefined;
}

const post = (context: ProbeContext, session: Session, path: string, body: string): Promise<HttpResponse> => {
  const place = placeOf(context, path);
  const headers: Header[] = [
    ['Content-Type', 'application/json'],
    ['Origin', originOf(context, place)],
  ];
  return session.ask(place, headers, Buffer.from(body));
};

/**
 * Logins of single-page interfaces, by recipes that are data; undefined where none fits what was met. A recipe fits
 * where a request without a login is answered otherwise than at a path that nobody has. Throws CannotTell `unsupported`
 * where the interface is known, and wants what cannot be sent.
 */
export async function jsonLogins(context: ProbeContext, asked: readonly Asked[]): Promise<JsonLogins | undefined> {
  const pages = asked.filter(({ response }) => response.status === 200);
  if (!pages.some(({ response }) => isScripted(response) || jsonOf(response) !== undefined)) return undefined;
  const scripts = await scriptsOf(context, pages);
  const texts = [...pages.map(({ response }) => textOf(response)), ...scripts.texts];
  const unsent = UNSENT.find(({ words }) => texts.some((text) => words.test(text)));
  if (unsent) throw new CannotTell('unsupported', `the login is ${unsent.name}`, LEFT);
  const isNamed = ({ path }: Recipe) => texts.some((text) => text.includes(path));
  const recipes = [...RECIPES.filter(isNamed), ...RECIPES.filter((recipe) => !isNamed(recipe))];
  const word = context.random(9).toString('hex');
  const nowhere: string[] = [];
  for (const path of [`/${word}`, `/api/${word}`])
    nowhere.push(shapeOf(await post(context, new Session(context), path, '{}')));
  const left = new Set<string>();
  for (const recipe of recipes) {
    const key = `${recipe.path} ${JSON.stringify(recipe.empty)}`;
    if (left.has(key)) continue;
    left.add(key);
    const session = new Session(context);
    const empty = await post(context, session, recipe.path, JSON.stringify(recipe.empty));
    if (!fits(recipe, empty, session.cookies.size > 0) || nowhere.includes(shapeOf(empty))) continue;
    const variants = recipes.filter(({ path, says }) => path === recipe.path && says === recipe.says);
    const why = scripts.texts.some((text) => hashes({ src: '', text }))
      ? 'a script may hash what is typed'
      : scripts.more
        ? 'scripts that were not read may hash what is typed'
        : undefined;
    return new Json(context, variants, empty, asked, why);
  }
  return undefined;
}

/** Whether the answer to a request without a login is that of a login: a refusal, or an answer of its own. */
const fits = (recipe: Recipe, empty: HttpResponse, cookie: boolean): boolean => {
  const isJson = jsonOf(empty) !== undefined;
  if (recipe.says) return empty.status === 200 && entriesOf(jsonOf(empty)).some(([name]) => name === 'jsonrpc');
  if ([400, 401, 422].includes(empty.status)) return true;
  return isJson && [200, 403].includes(empty.status) && saidBy(recipe, empty, cookie) === 'rejected';
};

/** Parts of a bundle that are loaded when they are needed. */
const PARTS = /webpackChunk|__vitePreload|\bimport\(/;

/** The scripts of the pages; `more`: there are others that were not read. */
async function scriptsOf(
  context: ProbeContext,
  pages: readonly Asked[],
): Promise<{ readonly texts: readonly string[]; readonly more: boolean }> {
  const places = pages.flatMap(({ at, response }) => {
    const page = pageOf(response);
    return page.scripts.flatMap(({ src }) =>
      src === '' ? [] : (resolved(context, placeOf(context, at), src, page.base) ?? []),
    );
  });
  const unique = [...new Map(places.map((place) => [JSON.stringify(place), place])).values()];
  let more = unique.length > SCRIPTS;
  const texts: string[] = [];
  for (const place of unique.slice(0, SCRIPTS)) {
    const response = await new Session(context).ask(place);
    const text = textOf(response);
    texts.push(text);
    more ||= response.ended === 'cap' || PARTS.test(text);
  }
  return { texts, more };
}

class Json implements JsonLogins {
  readonly protocol = 'http';
  private readonly context: ProbeContext;
  private variants: readonly Recipe[];
  private readonly empty: HttpResponse;
  private readonly guards: readonly Asked[];
  private readonly declared: ReadonlySet<string>;
  private readonly why: string | undefined;
  private refused: string | undefined;
  private isRead = false;
  private works = false;
  private readonly accepted = new Map<string, string>();
  private inside: { path: string; response: HttpResponse } | undefined;
  private cookies: readonly SetCookie[] | undefined;

  constructor(
    context: ProbeContext,
    variants: readonly Recipe[],
    empty: HttpResponse,
    asked: readonly Asked[],
    why: string | undefined,
  ) {
    this.context = context;
    this.variants = variants;
    this.empty = empty;
    this.why = why;
    this.declared = new Set(declaredPaths(context.component, context.endpoint));
    this.guards = asked.filter(({ response }) => [401, 403].includes(response.status)).slice(0, GUARDS);
  }

  none = (): Promise<LoginAnswer> => Promise.resolve({ result: 'rejected', answer: String(this.empty.status) });

  async attempt(user: string, secret: string): Promise<LoginAnswer> {
    const first = this.refused === undefined;
    const answer = await this.once(user, secret);
    if (!first || answer.result !== 'rejected' || this.isRead || this.variants.length < 2) return answer;
    // The fields may have other names: what is not read as a login costs nobody a failure.
    const [, ...others] = this.variants;
    this.variants = others;
    return this.once(user, secret);
  }

  given = (): readonly SetCookie[] | undefined => this.cookies;

  unsure = (): string | undefined => {
    if (this.works) return undefined;
    return this.isRead ? this.why : 'wrong logins are answered as requests without a login are';
  };

  async grants(user: string, secret: string): Promise<Grant> {
    const session = new Session(this.context);
    const response = await this.login(session, user, secret);
    const isAsked = entriesOf(jsonOf(response)).some(
      ([name, value]) =>
        /must_?change|change_?pass|pass\w{0,4}_?expired|force_?(change|pass)|default_?pass/i.test(name) &&
        (value === true || value === 1),
    );
    const reached = await this.reached(session, response);
    return {
      grants: reached ? 'full' : 'unknown',
      ...(isAsked && { changeAsked: true }),
      answer: `${response.status}, ${reached ? 'and further paths' : 'and nothing further'}`,
    };
  }

  *access(authentication: 'none' | 'any' | 'required') {
    const { inside } = this;
    if (authentication !== 'any' || !inside) return;
    const [marker] = this.context.markersIn(inside.response.body);
    yield {
      kind: 'access' as const,
      protocol: 'http',
      resource: inside.path.slice(0, 1000),
      authentication: 'any' as const,
      ...readingOf(inside.response, this.declared.has(inside.path)),
      ...(marker !== undefined && { how: 'marker' as const, marker }),
    };
  }

  private async login(session: Session, user: string, secret: string): Promise<HttpResponse> {
    const [recipe] = this.variants;
    if (secret !== '') this.context.redact(secret, JSON.stringify(secret).slice(1, -1));
    const response = await post(this.context, session, recipe!.path, requestOf(recipe!.body, user, secret));
    hideSessions(this.context, secret, session.given);
    return response;
  }

  private async once(user: string, secret: string): Promise<LoginAnswer> {
    const session = new Session(this.context);
    const response = await this.login(session, user, secret);
    const { status, milliseconds } = response;
    const answer = String(status);
    const shape = shapeOf(response);
    const how = this.notNow(response, shape);
    if (how) return { result: 'throttled', response: how, answer, milliseconds };
    const said = saidBy(this.variants[0]!, response, session.cookies.size > 0);
    if (said === undefined || status === 404 || status === 405)
      throw new CannotTell('protocol', `a login was answered with ${answer}, and neither yes nor no`);
    if (said === 'rejected') {
      if (this.refused === undefined || !this.isRead) {
        this.refused = shape;
        this.isRead = shape !== shapeOf(this.empty);
      }
      return { result: 'rejected', answer: `${answer} in JSON`, milliseconds };
    }
    await this.mustBeProven(session, response, user, secret);
    this.accepted.set(user, secret);
    this.cookies = [...session.given];
    this.works ||= this.context.accounts.some((account) => account.user === user && account.secret === secret);
    return { result: 'accepted', answer: `${answer} in JSON`, grants: 'unknown' };
  }

  /** Words that nobody gave out are only let in where something shows it. */
  private async mustBeProven(session: Session, response: HttpResponse, user: string, secret: string): Promise<void> {
    const { candidates } = this.context.credentials;
    const isGiven = [...candidates, ...this.context.accounts].some(
      (each) => each.user === user && each.secret === secret,
    );
    const before = this.accepted.get(user);
    if (isGiven && (before === undefined || before === secret)) return;
    if (!(await this.reached(session, response)))
      throw new CannotTell(
        'protocol',
        'a wrong login was answered as a right one is, and nothing shows what it reaches',
      );
  }

  /** Whether a path that was refused without a login, or that the declaration protects, is reached with the session. */
  private async reached(session: Session, login: HttpResponse): Promise<boolean> {
    const token = tokenOf(login);
    const headers: Header[] = token === undefined ? [] : [['Authorization', `Bearer ${token}`]];
    for (const { path, response: without } of this.guards) {
      const response = await session.ask(placeOf(this.context, path), headers);
      if (response.status !== 200 || response.body.length === 0 || likeness(response, without) >= SAME) continue;
      this.inside = { path, response };
      return true;
    }
    return false;
  }

  private notNow(response: HttpResponse, shape: string): 'lock' | 'refuse' | undefined {
    const how = notNow(response);
    const isUsual = response.status === 403 && (this.refused === undefined || this.refused.startsWith('403'));
    if (how && !(how === 'refuse' && isUsual)) return how;
    return shape !== this.refused &&
      entriesOf(jsonOf(response)).some(([, value]) => typeof value === 'string' && LOCKED.test(value.slice(0, 500)))
      ? 'lock'
      : undefined;
  }
}

const LOCKED = /locked|lock(ed)?_?out|blocked|too_?many|throttl|rate_?limit|banned/i;
