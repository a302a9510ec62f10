import type { HttpResponse } from '../../src/observe/protocols/http.ts';
import { isObject, type Recipe } from './json-recipes.ts';
import { textOf } from './page.ts';

/** How deep, and how many names, of an answer are read. */
const DEPTH = 4;
const NAMES = 200;

/** An answer read as JSON; undefined where it is none. */
export function jsonOf(response: HttpResponse): unknown {
  const text = textOf(response).trim();
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The names in an answer with what is behind each, to a bounded depth. */
export function entriesOf(value: unknown, depth = 0, found: [string, unknown][] = []): [string, unknown][] {
  if (depth >= DEPTH) return found;
  const entries = isObject(value)
    ? Object.entries(value)
    : Array.isArray(value)
      ? value.slice(0, 20).map((each) => ['', each] as const)
      : [];
  for (const [name, inner] of entries) {
    if (found.length >= NAMES) break;
    found.push([name, inner]);
    entriesOf(inner, depth + 1, found);
  }
  return found;
}

const CODES =
  /^(code|ret|retcode|err(no|or)?(_?code)?|status(_?code)?|success|ok|result|state|reason|message|msg|detail)$/i;

/** An answer without what varies by itself: its status, the names in it, and what its codes and words say. */
export function shapeOf(response: HttpResponse): string {
  const value = jsonOf(response);
  if (value === undefined) return `${response.status} ${textOf(response).slice(0, 500).replace(/\d+/g, '0')}`;
  const entries = entriesOf(value).map(([name, inner]) =>
    typeof inner === 'object' && inner !== null
      ? name
      : CODES.test(name) || name === ''
        ? `${name}=${String(inner).replace(/[0-9a-zA-Z_-]{16,}/g, '~')}`
        : `${name}:${typeof inner}`,
  );
  return `${response.status} ${entries.join(' ')}`.slice(0, 4000);
}

const TOKEN =
  /^(token|access_?token|id_?token|auth_?token|jwt|bearer|session|session_?id|sid|stok|api_?key|ubus_rpc_session)$/i;

/** The token that an answer gives; undefined where it gives none. */
export const tokenOf = (response: HttpResponse): string | undefined =>
  entriesOf(jsonOf(response)).find(
    ([name, value]) => TOKEN.test(name) && typeof value === 'string' && value.length >= 8,
  )?.[1] as string | undefined;

const YES = /^(ok|success|succeeded|true|authenticated)$/i;

/** What an answer to a login says in the usual words: a token, a session's cookie, a code. `cookie`: one was set. */
export function saidBy(recipe: Recipe, response: HttpResponse, cookie: boolean): 'accepted' | 'rejected' | undefined {
  const { status } = response;
  if ([400, 401, 403, 422].includes(status)) return 'rejected';
  if (status < 200 || status > 299) return undefined;
  const value = jsonOf(response);
  const own = recipe.says?.(value);
  if (own !== undefined || recipe.says) return own;
  const entries = entriesOf(value);
  const no = entries.some(
    ([name, inner]) =>
      (/^(success|ok|authenticated|logged_?in|valid)$/i.test(name) && (inner === false || inner === 0)) ||
      (/^err(or)?s?(_?(msg|message))?$/i.test(name) &&
        inner !== null &&
        inner !== '' &&
        inner !== 0 &&
        inner !== false) ||
      (/^(code|ret|retcode|errno|err(or)?_?code|status_?code)$/i.test(name) &&
        typeof inner === 'number' &&
        ![0, 200].includes(inner)) ||
      (/^(status|result|state)$/i.test(name) &&
        typeof inner === 'string' &&
        /fail|error|denied|invalid|unauth/i.test(inner)),
  );
  if (no) return 'rejected';
  const yes =
    tokenOf(response) !== undefined ||
    cookie ||
    entries.some(
      ([name, inner]) =>
        (/^(success|ok|authenticated|logged_?in)$/i.test(name) && inner === true) ||
        (/^(status|result|state)$/i.test(name) && typeof inner === 'string' && YES.test(inner)) ||
        (/^(code|ret|retcode|errno|err(or)?_?code)$/i.test(name) && inner === 0),
    );
  return yes ? 'accepted' : undefined;
}
