import type { ProbeContext } from '../../src/observe/probe.ts';
import { declaredPaths } from '../../src/observe/protocols/declared.ts';
import type { HttpResponse } from '../../src/observe/protocols/http.ts';
import { formsOf, hasLoginForm, likeness, notNow, SAME, saysRefused, textOf } from './page.ts';
import type { Got, Session } from './reach.ts';

/** What an accepted login reaches, and whether a new password was asked for (CRITERIA A.2, "Login grant"). */
export interface Granted {
  readonly grants: 'full' | 'change-only' | 'unknown';
  readonly changeAsked?: boolean;
  readonly answer: string;
}

/** GETs with a proven default at most. */
const TRIED = 12;
const NEW_WORDS =
  /\b(change|choose|set|create|new)\b[^<\n]{0,40}\bpassword\b|\bpassword\b[^<\n]{0,40}\b(change|expired)\b/i;
const NEW_PLACE = /passw|chpw|chgpw|change-?pw|first-?(login|run|time)|initial/i;
/** Fields beside the new password: the old one's name, a hint, a language. */
const BESIDE = 2;

/** Whether a page asks for a new password, and for nothing else that could be set. */
export function asksNewPassword({ at, response }: Got): boolean {
  if (response.status !== 200) return false;
  const text = textOf(response);
  const fields = formsOf(text)
    .flatMap((form) => form.fields)
    .filter(({ type }) => !/^(hidden|submit|button|reset|image|checkbox)$/.test(type));
  const passwords = fields.filter(({ type }) => type === 'password').length;
  if (passwords === 0 || fields.length - passwords > BESIDE) return false;
  return passwords >= 2 || NEW_PLACE.test(at) || NEW_WORDS.test(text);
}

const isPage = ({ response }: Got): boolean =>
  response.status === 200 &&
  response.body.length > 0 &&
  notNow(response) === undefined &&
  !hasLoginForm(textOf(response)) &&
  !saysRefused(response);

/**
 * What a session reaches: all, where its own page is more than a form for a new password; else what the paths that the
 * declaration protects, and those where settings are usually found, say. Nothing but GETs.
 */
export async function grantsOf(
  context: ProbeContext,
  session: Session,
  at: string,
  settings: readonly string[],
): Promise<Granted> {
  const first = await session.get(at);
  const changeAsked = asksNewPassword(first);
  const status = String(first.response.status);
  if (!changeAsked && isPage(first)) return { grants: 'full', answer: status };
  if (!changeAsked && first.response.status < 400) return { grants: 'full', answer: status };
  const asked = changeAsked ? { changeAsked } : {};
  const nowhere = await session.get(`/${context.random(9).toString('hex')}`);
  const isAsked = (got: Got): boolean =>
    changeAsked && (asksNewPassword(got) || likeness(got.response, first.response) >= SAME);
  // A gate that leads every path to the change was tried with that alone.
  let held = isAsked(nowhere) ? 1 : 0;
  const declared = declaredPaths(context.component, context.endpoint);
  for (const path of [...new Set([...declared, ...settings])].filter((each) => each !== at).slice(0, TRIED)) {
    const got = await session.get(path);
    if (isHeld(got.response) || isAsked(got)) held += 1;
    else if (isPage(got) && !isLike(got.response, nowhere.response))
      return { grants: 'full', ...asked, answer: `${status}; ${path.slice(0, 200)} was reached` };
  }
  if (!changeAsked || held === 0) return { grants: 'unknown', ...asked, answer: status };
  return { grants: 'change-only', ...asked, answer: `${status}; nothing else was reached` };
}

const isHeld = ({ status }: HttpResponse): boolean => status === 401 || status === 403;

const isLike = (a: HttpResponse, b: HttpResponse): boolean => a.status === b.status && likeness(a, b) >= SAME;
