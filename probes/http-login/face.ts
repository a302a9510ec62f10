import { type HttpResponse, headerValues } from '../../src/observe/protocols/http.ts';
import { likeness, linesOf, SAME, saysRefused, textOf } from './page.ts';

/** One answer, and whose name was sent for it: pages echo names. */
export interface Shown {
  readonly user: string;
  readonly response: HttpResponse;
}

const LEAST_NAME = 3;

/** The page without these words. */
const without = (response: HttpResponse, words: readonly string[]): HttpResponse => {
  const here = words.filter((word) => word.length >= LEAST_NAME && response.body.includes(word));
  if (here.length === 0) return response;
  const text = here.reduce((rest, word) => rest.replaceAll(word, '~'), textOf(response));
  return { ...response, body: Buffer.from(text) };
};

/** How much of two pages is the same, whichever of the names they echo: 0 to 1. */
export const likenessOf = (a: Shown, b: Shown): number => {
  const names = [a.user, b.user];
  return likeness(without(a.response, names), without(b.response, names));
};

/** Names of the cookies that an answer sets; one that is taken away counts as none. */
const cookiesOf = (response: HttpResponse): string =>
  headerValues(response, 'set-cookie')
    .slice(0, 20)
    .filter((cookie) => !/=\s*("{2})?;|max-age=0|expires=[^;]{0,20}(19\d\d|200\d)|=deleted?;/i.test(`${cookie};`))
    .map((cookie) => cookie.split('=')[0]!.trim())
    .sort()
    .join();

/** Where an answer leads to, without what varies by itself. */
const ledTo = (response: HttpResponse): string =>
  response.status >= 300 && response.status < 400
    ? (headerValues(response, 'location')[0] ?? '').slice(0, 500).replace(/[0-9a-zA-Z+/_=-]{20,}|\d+/g, '~')
    : '';

const hasChallenge = (response: HttpResponse): boolean =>
  headerValues(response, 'www-authenticate').length + headerValues(response, 'proxy-authenticate').length > 0;

/** Whether two answers agree in all but their pages: status, place, cookies, and whether a login is asked for. */
const sameFrame = (a: HttpResponse, b: HttpResponse): boolean =>
  a.status === b.status &&
  ledTo(a) === ledTo(b) &&
  cookiesOf(a) === cookiesOf(b) &&
  hasChallenge(a) === hasChallenge(b);

/** Whether two answers are one and the same. */
export const sameFace = (a: Shown, b: Shown): boolean => sameFrame(a.response, b.response) && likenessOf(a, b) >= SAME;

/** A line of a page that says in words that it lets nobody in. */
const refusingLines = (response: HttpResponse): string[] =>
  textOf(response)
    .split(/\r?\n|(?<=>)/)
    .slice(0, 5000)
    .map((line) => line.trim().replace(/\d+/g, '0'))
    .filter((line) => line !== '' && line.length < 500 && saysRefused({ ...response, body: Buffer.from(line) }));

/** How much of what does not vary may be another: pages have clocks in words. */
const SLACK = 1 - SAME;

/** The answers that logins were refused with, and what varies in them by itself. */
export class Refusals {
  readonly #shown: Shown[] = [];

  /** Whether each of them was a 401 or 407. */
  get areStatus(): boolean {
    return this.#shown.every(({ response: { status } }) => isAsking(status));
  }

  /** Whether each of them asked for a login again. */
  get ask(): boolean {
    return this.#shown.length > 0 && this.#shown.every(({ response }) => hasChallenge(response));
  }

  get size(): number {
    return this.#shown.length;
  }

  add(shown: Shown): void {
    if (this.#shown.length < MOST) this.#shown.push(shown);
  }

  /** How many agree with this answer in all but their pages. */
  alike({ response }: Shown): number {
    return this.#shown.filter((other) => sameFrame(other.response, response)).length;
  }

  /** Whether this is one of them: it has all that they share, and no more beside it than they have themselves. */
  has(shown: Shown): boolean {
    const { status } = shown.response;
    const group = this.#shown.filter((other) => sameFrame(other.response, shown.response));
    if (group.length === 0) return false;
    const names = [...group, shown].map(({ user }) => user);
    const pages = group.map(({ response }) => linesOf(without(response, names)));
    const own = linesOf(without(shown.response, names));
    const shared = [...pages[0]!].filter((line) => pages.every((page) => page.has(line)));
    const beside = Math.max(...pages.map((page) => page.size)) - shared.length;
    const slack = SLACK * shared.length;
    const lacks = shared.filter((line) => !own.has(line)).length;
    if (lacks <= slack && own.size - (shared.length - lacks) <= beside + slack)
      return shared.length > 0 || own.size === 0 || isAsking(status);
    const lines = new Set(refusingLines(shown.response));
    return group.some(({ response }) => refusingLines(response).some((line) => lines.has(line)));
  }
}

const MOST = 10;
const isAsking = (status: number): boolean => status === 401 || status === 407;
