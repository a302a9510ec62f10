import type { Page } from '../../src/observe/protocols/html-page.ts';
import type { HttpResponse } from '../../src/observe/protocols/http.ts';
import type { SetCookie } from '../../src/observe/protocols/http-cookies.ts';
import { loginFormOf } from './form.ts';
import { classify, notNow, saysRefused, textOf } from './page.ts';
import { pageOf, type Walk } from './session.ts';

/** What a path shows to a client. `login`: the login in its place; `refused`: 401 or 403, or led elsewhere. */
export interface View {
  readonly path: string;
  readonly kind: 'login' | 'refused' | 'page' | 'missing';
  readonly walk: Walk;
}

/** What came of one login that was sent. */
export interface Outcome {
  readonly user: string;
  readonly walk: Walk;
  /** Whether the login form is shown at the end. */
  readonly formAgain: boolean;
  /** Names of cookies that the login set or changed, and of those it took away. */
  readonly cookies: string;
  /** All cookies that its client was given up to here. */
  readonly given: readonly SetCookie[];
  /** Paths that only those who are logged in see, and are seen now. */
  readonly inside: readonly View[];
  /** Whether what is seen is certainly the inside: a way out, settings, secrets, a declared path. */
  readonly isProof: boolean;
}

/** What a path shows, by its answer. */
export function viewOf(path: string, walk: Walk, password: string): View {
  const { response, elsewhere } = walk;
  const { status } = response;
  const page = pageOf(response);
  const shown = (): View['kind'] => {
    if (elsewhere !== undefined || status === 401 || status === 403) return 'refused';
    if (status >= 300) return 'missing';
    if (loginFormOf(page, password) !== undefined) return 'login';
    if (
      saysRefused(response) ||
      (NOT_HERE.test(textOf(response).slice(0, SMALL_PAGE + 1)) && response.body.length <= SMALL_PAGE)
    )
      return 'refused';
    return response.body.length === 0 ? 'missing' : 'page';
  };
  return { path, kind: shown(), walk };
}

const SMALL_PAGE = 2000;
/** Small pages that send back to the login, in the languages of devices. */
const NOT_HERE =
  /session.{0,20}(expired|invalid|timed? ?out)|not logged in|please (log|sign) ?in|log ?in (required|again|first)|fehlgeschlagen|abgelaufen|anmelden|gesperrt|falsch|incorrect|inv[aá]lid|bloque|refus[eé]|échou|неверн|错误|失败|锁定|登录/i;

const WAY_OUT = /log-?_?(out|off)|sign-?_?(out|off)|abmelden/i;

/** Where a page leads out of a session; undefined where it does not. */
export const wayOut = (page: Page): string | undefined => page.links.find((link) => WAY_OUT.test(link));

/** Whether a page is certainly one of those behind a login: `outside` is what those without one get there. */
export function isInside(response: HttpResponse, outside: HttpResponse | undefined): boolean {
  const page = pageOf(response);
  if (wayOut(page) !== undefined) return true;
  const { class: what } = classify(response);
  if (what === 'secret' || what === 'setting') return true;
  const before = new Set(outside ? parts(pageOf(outside)) : []);
  return parts(page).filter((part) => !before.has(part)).length >= 3;
}

const parts = (page: Page): string[] => [
  ...new Set([...page.links, ...page.frames, ...page.forms.map(({ action }) => `form ${action ?? ''}`)]),
];

/** "Not now" in words alone that the page `before` a login does not show, whatever the status is. */
export const lockWords = (response: HttpResponse, before?: HttpResponse): boolean =>
  notNow({ ...response, status: 200, headers: [] }, before) !== undefined;

/** How far two answers are compared: `exact`, or `loose` with every number left out. */
type Level = 'exact' | 'loose';

const blanked = (text: string, level: Level): string => {
  const exact = text
    .replace(/\b\d{1,2}:\d{2}(:\d{2})?\b/g, '~')
    .replace(/\b\d{4}-\d{2}-\d{2}\b/g, '~')
    .replace(/[0-9a-zA-Z+/_=%-]{16,}/g, (word) => (/\d/.test(word) || word.length >= 32 ? '~' : word))
    .replace(/\d{6,}/g, '~');
  return level === 'exact' ? exact : exact.replace(/\d+/g, '0');
};

const linesOf = (outcome: Outcome, level: Level): Set<string> =>
  new Set(
    blanked(textOf(outcome.walk.response), level)
      .split(/\r?\n|(?<=>)/)
      .map((line) => line.trim())
      .filter((line) => line !== ''),
  );

/** Status, way and cookies. */
const shapeOf = ({ walk, user, cookies }: Outcome, level: Level): string => {
  const typed = user === '' ? [] : [encodeURIComponent(user), user];
  const way = typed.reduce(
    (text, word) => text.replaceAll(`=${word}`, '=~'),
    [...walk.steps, walk.elsewhere ?? ''].join(' '),
  );
  return `${blanked(way, level)}|${cookies}`;
};

/** A kind of refusal, by the answers that were of it: what two of them have not in common varies by itself. */
export class Refusal {
  private readonly members: Outcome[];
  /** Lines that vary by themselves where one answer is all there is: as many as the login page's own do. */
  private readonly varying: number;

  constructor(members: readonly Outcome[], varying = 0) {
    this.members = [...members];
    this.varying = varying;
  }

  /** Whether all members are of one kind. */
  isOne(): boolean {
    return this.members.every((each) => shapeOf(each, 'loose') === shapeOf(this.members[0]!, 'loose'));
  }

  /** How an answer agrees with this kind; undefined where it does not. */
  agrees(outcome: Outcome): Level | undefined {
    return (['exact', 'loose'] as const).find((level) => {
      const shapes = this.members.map((each) => shapeOf(each, level));
      if (!shapes.includes(shapeOf(outcome, level))) return false;
      const all = this.members.map((each) => linesOf(each, level));
      const stable = new Set([...all[0]!].filter((line) => all.every((lines) => lines.has(line))));
      const varying = Math.max(this.varying, ...all.map((lines) => lines.size - stable.size));
      const lines = linesOf(outcome, level);
      const lost = [...stable].filter((line) => !lines.has(line)).length;
      const more = [...lines].filter((line) => !stable.has(line)).length;
      return lost <= this.varying && more <= varying;
    });
  }

  /** Whether numbers vary among the members by themselves: what agrees loosely is then of this kind. */
  isLoose(): boolean {
    const [first, ...others] = this.members;
    return others.some(
      (each) =>
        differing(linesOf(first!, 'loose'), linesOf(each, 'loose')) <
          differing(linesOf(first!, 'exact'), linesOf(each, 'exact')) ||
        shapeOf(first!, 'exact') !== shapeOf(each, 'exact'),
    );
  }

  add(outcome: Outcome): void {
    if (this.members.length < 6) this.members.push(outcome);
  }
}

const differing = (a: ReadonlySet<string>, b: ReadonlySet<string>): number =>
  [...a].filter((line) => !b.has(line)).length + [...b].filter((line) => !a.has(line)).length;

/** How many lines of a page change from one time to the next, but for the name that was sent. */
export const variation = (a: Outcome, b: Outcome): number => {
  const lines = (each: Outcome) =>
    new Set([...linesOf(each, 'loose')].map((line) => (each.user === '' ? line : line.replaceAll(each.user, '~'))));
  return differing(lines(a), lines(b));
};
