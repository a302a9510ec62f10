import { CannotTell, type LoginAnswer, type LoginProtocol, type ProbeContext } from '../../src/observe/probe.ts';
import { type HttpResponse, headerValues } from '../../src/observe/protocols/http.ts';
import { cookiesSet, type SetCookie } from '../../src/observe/protocols/http-cookies.ts';
import { type Asked, ownRedirect } from './asked.ts';
import { Refusals, type Shown, sameFace } from './face.ts';
import { grantsOf } from './grants.ts';
import { classify, hasLoginForm, likeness, notNow, SAME, saysRefused, textOf } from './page.ts';
import type { Got, Session } from './reach.ts';

/** How one logs in where a challenge asks for it. */
export interface Scheme {
  session(user: string, secret: string): Session;
  /** Why it cannot carry such a name; undefined where it can. */
  refuses?(user: string): string | undefined;
}

const LOGIN = /log-?[io]n|sign-?in/i;
const AWAY = /log-?[io]n|sign-?in|error|fail|denied/i;
/** From here on a request is refused for its length alone: small servers have headers of 1 or 2 kB. */
const LONG = 500;
const isAsking = ({ status }: HttpResponse): boolean => status === 401 || status === 407;

/** Logins at a path that answered with a challenge: A0 is that answer. `settings`: what an accepted login is tried on. */
export const challengeLogins = (
  context: ProbeContext,
  asked: Asked,
  scheme: Scheme,
  settings: readonly string[],
): LoginProtocol & { given(): readonly SetCookie[] | undefined } => {
  const judge = new Judge(context, asked, scheme);
  return {
    protocol: 'http',
    // Who sends the login with every request needs no session: that none is given says nothing.
    given: () => {
      const given = judge.inside ? cookiesSet(judge.inside, context.now()) : [];
      return given.length > 0 ? given : undefined;
    },
    none: () => Promise.resolve({ result: 'rejected', answer: String(asked.response.status) }),
    ...(scheme.refuses && { refuses: (user: string) => Promise.resolve(scheme.refuses!(user)) }),
    attempt: (user, secret) => judge.attempt(user, secret),
    grants: (user, secret) => grantsOf(context, scheme.session(user, secret), asked.at, settings),
    *access(authentication) {
      // Without a login it was refused, which has been said.
      if (authentication !== 'any' || !judge.inside) return;
      const read = classify(judge.inside);
      const plain = { class: 'content', action: 'read', how: 'guessed' } as const;
      const what = read.class === 'discovery' ? plain : read;
      yield { kind: 'access', protocol: 'http', resource: asked.path.slice(0, 1000), authentication, ...what };
    },
  };
};

/** Tells what each login came to, by what those before it did. */
class Judge {
  inside: HttpResponse | undefined;
  readonly #context: ProbeContext;
  readonly #asked: Asked;
  readonly #scheme: Scheme;
  readonly #refusals = new Refusals();
  /** What each login that was let in has shown. */
  readonly #seen = new Map<string, Shown>();

  constructor(context: ProbeContext, asked: Asked, scheme: Scheme) {
    this.#context = context;
    this.#asked = asked;
    this.#scheme = scheme;
  }

  async attempt(user: string, secret: string): Promise<LoginAnswer> {
    const refused = this.#scheme.refuses?.(user);
    if (refused !== undefined) return { result: 'rejected', answer: refused };
    const got = await this.#scheme.session(user, secret).get(this.#asked.at);
    const { response } = got;
    const answer = String(response.status);
    const how = this.#notNow(response);
    if (how) return { result: 'throttled', response: how, answer };
    if (response.ended === 'timeout' || response.ended === 'reset')
      throw new CannotTell(response.ended, 'the answer to a login broke off');
    const isLong = Buffer.byteLength(user + secret) > LONG;
    if (isLong && [400, 413, 414, 431].includes(response.status))
      return { result: 'rejected', answer: `${answer}: too long for the server` };
    const shown = { user, response };
    const isListed = this.#isListed(user, secret);
    const judged = isAsking(response) ? await this.#asking(shown, isListed) : await this.#other(shown, got, isListed);
    if (judged.result === 'rejected') {
      if (!judged.asksMore) this.#refusals.add(shown);
      return judged;
    }
    return judged.result === 'accepted' ? this.#again(shown, `${user}\0${secret}`, judged) : judged;
  }

  /** "Not now", unless it is what everybody is told without a login. */
  #notNow(response: HttpResponse): 'lock' | 'refuse' | undefined {
    const how = notNow(response, this.#asked.response);
    if (how || !isAsking(response)) return how;
    // Those before were asked again, and this one is not: it is turned away.
    const asks = headerValues(response, response.status === 401 ? 'www-authenticate' : 'proxy-authenticate').length > 0;
    return !asks && this.#refusals.ask && this.#refusals.areStatus ? 'refuse' : undefined;
  }

  /** Whether a login is of the list or declared; the others are random words of ours. */
  #isListed(user: string, secret: string): boolean {
    const { accounts, credentials } = this.#context;
    return [...accounts, ...credentials.candidates].some((each) => each.user === user && each.secret === secret);
  }

  /** A 401: a refusal, but for one that shows what no refused login was shown. */
  async #asking(shown: Shown, isListed: boolean): Promise<LoginAnswer> {
    const answer = String(shown.response.status);
    const without = { user: shown.user, response: this.#asked.response };
    if (!isListed) {
      const { class: what, how } = classify(shown.response);
      if (what !== 'discovery' && how === 'recognised' && !sameFace(without, shown))
        throw new CannotTell('protocol', `random credentials were answered with ${answer} and a page that shows more`);
      return { result: 'rejected', answer };
    }
    if (sameFace(without, shown) || (await this.#isRefusal(shown))) return { result: 'rejected', answer };
    return { result: 'accepted', answer: `${answer}, with what no refused login was shown`, grants: 'unknown' };
  }

  async #other(shown: Shown, { at: led }: Got, isListed: boolean): Promise<LoginAnswer> {
    const { response } = shown;
    const { at } = this.#asked;
    const answer = String(response.status);
    const told = this.#refusals.size > 0 && this.#refusals.areStatus;
    // Past the login, where others are stopped by it, and nothing is there.
    if (told && (response.status === 404 || response.status === 405))
      return { result: 'accepted', answer, grants: 'unknown' };
    if (response.status >= 400) throw new CannotTell('protocol', `a login was answered with status ${answer}`);
    const atLogin = LOGIN.test(led) && led !== at && hasLoginForm(textOf(response));
    if (!atLogin && response.status >= 300 && ownRedirect(this.#context, led, response) !== undefined)
      throw new CannotTell('protocol', 'a login was led from redirect to redirect');
    const isAway = response.status >= 300 && AWAY.test(headerValues(response, 'location')[0] ?? '');
    if (atLogin || isAway) {
      if (!told && (!isListed || (await this.#isRefusal(shown))))
        return { result: 'rejected', answer: atLogin ? `${answer} at the login` : `${answer} to the login` };
      // Where others are answered with 401, this is more than a refusal, and less than a page.
      return { result: 'rejected', answer: `${answer}, another login`, asksMore: true };
    }
    if (told) return { result: 'accepted', answer, grants: 'full' };
    if (!isListed && response.status < 300 && hasLoginForm(textOf(response)))
      throw new CannotTell('unsupported', 'any login at all is shown another one');
    if (this.#refusals.size === 0 || !isListed) {
      if (saysRefused(response) && this.#refusals.size === 0)
        return { result: 'rejected', answer: `${answer}, refused in its words` };
      const same = response.body.length > 0 && likeness(response, this.#asked.response) >= SAME;
      if (this.#refusals.size === 0 && same)
        return { result: 'rejected', answer: `${answer}, with the page that those without a login get` };
    }
    if (this.#refusals.size > 0 && (await this.#isRefusal(shown)))
      return { result: 'rejected', answer: `${answer}, ${this.#inWords(response)}` };
    // One account's page for two passwords, in the frame of the refusals, is how that account is refused.
    const alike = [...this.#seen].some(([key, seen]) => key.startsWith(`${shown.user}\0`) && sameFace(seen, shown));
    if (!isListed && alike && this.#refusals.alike(shown) > 0)
      return { result: 'rejected', answer: `${answer}, with one page for two passwords` };
    return { result: 'accepted', answer, grants: 'full' };
  }

  #inWords(response: HttpResponse): string {
    const same = response.body.length > 0 && likeness(response, this.#asked.response) >= SAME;
    return saysRefused(response)
      ? 'refused in its words'
      : same
        ? 'with the page that those without a login get'
        : 'with the page of random credentials';
  }

  /** Whether refused logins were shown the same. Two of them say what varies by itself: one more is sent where need be. */
  async #isRefusal(shown: Shown): Promise<boolean> {
    if (this.#refusals.has(shown)) return true;
    if (this.#refusals.size === 0 || this.#refusals.alike(shown) !== 1) return false;
    const { login } = this.#context;
    const user = this.#context.random(9).toString('hex');
    const secret = this.#context.random(9).toString('hex');
    if (!login.allows(user))
      throw new CannotTell('budget', 'the login budget leaves no second random login to tell pages by');
    login.sent(user);
    const { response } = await this.#scheme.session(user, secret).get(this.#asked.at);
    if (this.#notNow(response)) throw new CannotTell('locked', 'a second random login was answered "not now"');
    this.#refusals.add({ user, response });
    return this.#refusals.has(shown);
  }

  /** What was let in once must show the same again, but for what varies by itself. */
  #again(shown: Shown, key: string, judged: LoginAnswer): LoginAnswer {
    const { response } = shown;
    const before = this.#seen.get(key)?.response;
    if (before && (before.status !== response.status || likeness(before, response) < 0.5))
      return { result: 'rejected', answer: `${response.status}, with another page than before` };
    this.#seen.set(key, shown);
    this.inside = response;
    return judged;
  }
}
