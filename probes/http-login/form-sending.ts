import type { Reason } from '../../src/model/run.ts';
import { CannotTell, type LoginAnswer, type ProbeContext } from '../../src/observe/probe.ts';
import { declaredPaths } from '../../src/observe/protocols/declared.ts';
import type { Header } from '../../src/observe/protocols/http.ts';
import type { Asked } from './asked.ts';
import {
  asksCaptcha,
  asksSecondFactor,
  charsetOf,
  filled,
  hashes,
  isIntercepted,
  type LoginForm,
  loginFormOf,
  whyNotSent,
} from './form.ts';
import { isInside, lockWords, type Outcome, type View, viewOf } from './form-outcome.ts';
import { notNow } from './page.ts';
import { hideSessions } from './protection.ts';
import { originOf, type Place, pageOf, placeOf, resolved, Session, type Walk } from './session.ts';

/** Paths that are looked at to tell who is logged in, and scripts of a page that are read. */
const WATCHED = 3;
const SCRIPTS = 4;
const USUAL = ['/status', '/settings', '/admin', '/config'];

type Throttled = Extract<LoginAnswer, { result: 'throttled' }>;
type Sent = { readonly outcome: Outcome; readonly session: Session } | Throttled;

/** One login form of one endpoint: what it shows without a login, and how a login is sent to it. */
export class FormSending {
  readonly context: ProbeContext;
  private readonly at: Place;
  private readonly password: string;
  private before: Walk | undefined;
  private again: Walk | undefined;
  private outside: View[] = [];
  private intercepted = false;
  /** Whether failures have been seen, so that another status than theirs is "not now". */
  private usual = new Set<number>();

  constructor(context: ProbeContext, page: Asked, form: LoginForm) {
    this.context = context;
    this.at = placeOf(context, page.at);
    this.password = form.password.name;
  }

  /** What those without a login get at the login and at the paths that are watched. Throws CannotTell where no login can be sent. */
  async look(): Promise<void> {
    if (this.before) return;
    const { context } = this;
    const first = new Session(context);
    const walk = await first.walk(this.at);
    const form = this.formOn(walk);
    const { status } = walk.response;
    if (status === 429 || status === 503) throw this.cannot('locked', `the login page was answered with ${status}`);
    if (!form) throw this.cannot('protocol', 'the login form was gone when it was asked for again');
    const page = pageOf(walk.response);
    const why = whyNotSent(form, page);
    if (why !== undefined) throw this.cannot('unsupported', why);
    if (asksCaptcha(form)) throw this.cannot('unsupported', 'the form asks for what a person reads off a picture');
    for (const { src } of page.scripts.filter((script) => script.src !== '').slice(0, SCRIPTS)) {
      const place = resolved(context, walk.place, src, page.base);
      if (!place) continue;
      const text = (await new Session(context).ask(place)).body.toString('latin1', 0, 256 * 1024);
      if (hashes({ src: '', text }))
        throw this.cannot('unsupported', 'a script of the page hashes or encodes what is typed');
      this.intercepted ||= takesOver(text, this.password);
    }
    this.intercepted ||= isIntercepted(form, page);
    this.again = await new Session(context).walk(this.at);
    const declared = declaredPaths(context.component, context.endpoint);
    const paths = [...new Set([...declared.slice(0, WATCHED), '/', ...USUAL])];
    const views: View[] = [];
    for (const path of paths) {
      if (views.filter(({ kind }) => kind === 'login' || kind === 'refused').length >= WATCHED) break;
      const view = await this.view(new Session(context), path);
      views.push(view);
    }
    this.outside = views.filter(({ kind }) => kind === 'login' || kind === 'refused').slice(0, WATCHED);
    this.before = walk;
  }

  /** Whether the page is one that a script may send instead of the form. */
  get isIntercepted(): boolean {
    return this.intercepted;
  }

  /** The paths that those without a login do not see. */
  get guarded(): readonly View[] {
    return this.outside;
  }

  /** What the login page shows by itself, twice, as if it were an outcome. */
  get untouched(): readonly [Outcome, Outcome] {
    const of = (walk: Walk): Outcome => ({
      user: '',
      walk,
      formAgain: true,
      cookies: '',
      given: [],
      inside: [],
      isProof: false,
    });
    return [of(this.before!), of(this.again!)];
  }

  /** What the form's target shows to a request without a login, where it takes any. */
  async target(): Promise<Walk> {
    const form = this.formOn(this.before!)!;
    return new Session(this.context).walk(this.actionOf(form, this.before!));
  }

  view = async (session: Session, path: string): Promise<View> =>
    viewOf(path, await session.walk(placeOf(this.context, path)), this.password);

  /** Failures of that status are the usual ones. */
  isUsual(outcome: Outcome): void {
    this.usual.add(outcome.walk.first.status);
    this.usual.add(outcome.walk.response.status);
  }

  /** One login: a fresh page with fresh tokens, what is sent, and what is seen afterwards. */
  async send(user: string, secret: string): Promise<Sent> {
    const { context } = this;
    const session = new Session(context);
    const walk = await session.walk(this.at);
    const form = this.formOn(walk);
    const how = this.refusedNow(walk);
    if (how) return how;
    if (!form) return { result: 'throttled', response: 'refuse', answer: 'the login form is gone' };
    if (asksCaptcha(form))
      return { result: 'throttled', response: 'lock', answer: 'a picture to be read is asked for' };
    const before = new Map(session.cookies);
    const sent = await this.post(session, walk, form, { user, secret });
    hideSessions(context, secret, session.given);
    const throttled = this.refusedNow(sent);
    if (throttled) return throttled;
    const { status } = sent.response;
    if (status >= 500 || sent.first.status >= 500)
      throw this.cannot('protocol', `a login was answered with status ${sent.steps[0]}`);
    const after = session.cookies;
    const names = [...new Set([...before.keys(), ...after.keys()])].sort();
    const cookies = names
      .filter((name) => before.get(name) !== after.get(name))
      .map((name) => (after.has(name) ? name : `-${name}`));
    const outcome = {
      user,
      walk: sent,
      formAgain: loginFormOf(pageOf(sent.response), this.password) !== undefined,
      cookies: cookies.join(' '),
      ...(await this.reached(session, sent)),
      given: [...session.given],
    };
    return { outcome, session };
  }

  /** Whether somebody without a login still sees the login where it stood: else what is open is open to everybody. */
  async isClosed(): Promise<boolean> {
    const [first] = this.outside;
    if (!first) return true;
    const { kind } = await this.view(new Session(this.context), first.path);
    return kind === first.kind;
  }

  private async reached(session: Session, sent: Walk): Promise<Pick<Outcome, 'inside' | 'isProof'>> {
    const inside: View[] = [];
    for (const outside of this.outside) {
      const view = await this.view(session, outside.path);
      if (view.kind !== 'page' || this.refusedNow(view.walk)) continue;
      // A message is shown once: what is shown again is the page.
      const again = await this.view(session, outside.path);
      if (again.kind === 'page') inside.push(again);
    }
    const declared = new Set(declaredPaths(this.context.component, this.context.endpoint));
    const isProof =
      inside.length > 0 &&
      (inside.some(({ path }) => declared.has(path)) ||
        inside.some(({ path, walk }) =>
          isInside(walk.response, this.outside.find((each) => each.path === path)?.walk.response),
        ) ||
        (inside.length > 1 && isInside(sent.response, this.before?.response)));
    return { inside, isProof };
  }

  private async post(
    session: Session,
    from: Walk,
    form: LoginForm,
    typed: { user: string; secret: string },
  ): Promise<Walk> {
    const { context } = this;
    const page = pageOf(from.response);
    const place = this.actionOf(form, from);
    const { query, body, type, sent } = filled(
      form,
      typed,
      charsetOf(from.response, page),
      `probity${context.random(12).toString('hex')}`,
    );
    if (typed.secret !== '') context.redact(typed.secret, sent);
    const origin = originOf(context, from.place);
    const headers: Header[] = [
      ['Referer', origin + from.place.path],
      ...(body === undefined ? [] : [['Origin', origin] as const, ['Content-Type', type!] as const]),
      ...page.tokens.map(([, token]) => ['X-CSRF-Token', token] as const).slice(0, 1),
      ...[...session.cookies]
        .filter(([name]) => /csrf|xsrf/i.test(name))
        .slice(0, 2)
        .map(([name, token]) => [/xsrf/i.test(name) ? 'X-XSRF-TOKEN' : 'X-CSRFToken', safelyDecoded(token)] as const),
    ];
    const to = query === undefined ? place : { ...place, path: `${place.path.split('?')[0]}?${query}` };
    return session.walk(to, headers, body);
  }

  private actionOf(form: LoginForm, from: Walk): Place {
    const { action } = form.form;
    if (action === undefined) return from.place;
    const place = resolved(this.context, from.place, action, pageOf(from.response).base);
    if (!place) throw this.cannot('unsupported', 'the form is sent to another host');
    return place;
  }

  private formOn(walk: Walk): LoginForm | undefined {
    return loginFormOf(pageOf(walk.response), this.password);
  }

  /** "Not now", unless it is how failures have been answered from the first on, or what the login page always says. */
  private refusedNow(walk: Walk): Throttled | undefined {
    for (const response of new Set([walk.first, walk.response])) {
      const how = notNow(response, this.before?.response);
      const words = lockWords(response, this.before?.response);
      if (!how) continue;
      if (!words && response.status === 403 && (this.usual.size === 0 || this.usual.has(403))) continue;
      return {
        result: 'throttled',
        response: how === 'refuse' && words ? 'lock' : how,
        answer: walk.steps[0]!,
        milliseconds: walk.first.milliseconds,
      };
    }
    return undefined;
  }

  asksMore = ({ walk }: Outcome): boolean => asksSecondFactor(pageOf(walk.response));

  /** Before the first login, what was seen without one stands. */
  cannot(reason: Reason, detail: string): CannotTell {
    return new CannotTell(reason, detail, this.before ? undefined : ['login', 'throttle']);
  }
}

/** Whether a script sends that password by itself. */
const takesOver = (text: string, password: string): boolean =>
  text.includes(password) && /preventDefault|XMLHttpRequest|\bfetch\s{0,2}\(|\.ajax\s{0,2}\(|axios/.test(text);

const safelyDecoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
