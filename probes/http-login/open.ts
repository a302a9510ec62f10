import type { FactOf } from '../../src/model/fact.ts';
import type { ProbeContext } from '../../src/observe/probe.ts';
import { declaredPaths } from '../../src/observe/protocols/declared.ts';
import type { HttpResponse } from '../../src/observe/protocols/http.ts';
import { type Asked, ownPath } from './asked.ts';
import { classify, hasLoginForm, likeness, loginLinks, notNow, textOf } from './page.ts';

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
export const SAME = 0.9;

/** Paths on this very service that a page's links to a login lead to. */
export const linksOf = (context: ProbeContext, { at, response }: Asked): string[] =>
  response.status === 200 ? loginLinks(response).flatMap((link) => ownPath(context, at, link) ?? []) : [];

/** `/`, the declared paths and the common ones, with whether each is declared. */
export function pathsOf(context: ProbeContext): Map<string, boolean> {
  const declared = declaredPaths(context.component, context.endpoint).slice(0, PATHS);
  return new Map([
    ['/', declared.includes('/')],
    ...declared.map((path): [string, boolean] => [path, true]),
    ...COMMON_PATHS.filter((path) => !declared.includes(path)).map((path): [string, boolean] => [path, false]),
  ]);
}

export function refusedAt({ path, declared }: Asked): FactOf<'access'> {
  const access = { kind: 'access', protocol: 'http', action: 'read', resource: path.slice(0, 1000) } as const;
  return declared
    ? { ...access, class: 'setting', authentication: 'required', how: 'declared' }
    : { ...access, class: 'content', authentication: 'required', how: 'recognised' };
}

/** What one answer without credentials says of access; undefined where there is nothing to say. */
export function reached(asked: Asked, nowhere: HttpResponse): FactOf<'access'> | undefined {
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
