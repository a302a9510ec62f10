import type { FactOf } from '../../src/model/fact.ts';
import type { LoginProtocol, ProbeContext } from '../../src/observe/probe.ts';
import type { Asked } from './asked.ts';
import { asksNewPassword, isIntercepted, loginFormOf, whyNotSent } from './form.ts';
import { type FormLogins, formLogins } from './form-logins.ts';
import { formRoles } from './form-roles.ts';
import { jsonLogins } from './json-logins.ts';
import { pageOf, placeOf, resolved, Session } from './session.ts';

/** Frames and pages that one leads to, looked at for a login at most. */
const LOOKED_AT = 6;

/** The logins of a site that asks for none by a challenge, and how its roles are compared. */
export interface PageLogins {
  readonly asked: Asked;
  /** `unsure`, asked after the arms: why a rejection cannot be relied on. */
  readonly protocol: LoginProtocol & Pick<FormLogins, 'unsure' | 'given'>;
  readonly roles?: () => AsyncIterable<FactOf<'access'>>;
}

/**
 * The login of a site by a form, on the pages that were met or in what they lead to, or by JSON; undefined where there is
 * neither. Throws CannotTell `unsupported` where there is a form that is no login.
 */
export async function pageLogins(context: ProbeContext, asked: readonly Asked[]): Promise<PageLogins | undefined> {
  const page = await loginPage(context, asked);
  const read = page && pageOf(page.response);
  const form = read && loginFormOf(read);
  // What a script sends in the form's place goes to an interface of its own.
  if (!form || isIntercepted(form, read) || whyNotSent(form, read) !== undefined) {
    const json = await jsonLogins(context, page ? [...asked, page] : asked);
    if (json) return { asked: page ?? asked[0]!, protocol: json };
  }
  const protocol = page && formLogins(context, page);
  return protocol && { asked: page, protocol, roles: () => formRoles(context, page) };
}

/** The first page that was met with a login form, or that a frame or a page which only leads on shows. */
async function loginPage(context: ProbeContext, asked: readonly Asked[]): Promise<Asked | undefined> {
  const shown = asked.filter(
    ({ response }) => response.status === 200 || response.status === 401 || response.status === 403,
  );
  const found = shown.find(({ response }) => loginFormOf(pageOf(response)) !== undefined);
  if (found) return found;
  const seen = new Set(asked.flatMap(({ path, at }) => [path, at]));
  const next = shown.flatMap(leadsOf(context));
  for (let looked = 0; looked < LOOKED_AT && next.length > 0; ) {
    const path = next.shift()!;
    if (seen.has(path)) continue;
    seen.add(path);
    looked += 1;
    const { place, response } = await new Session(context).walk(placeOf(context, path));
    if (!isOwn(context, place)) continue;
    const each: Asked = { path, at: place.path, declared: false, response };
    if (loginFormOf(pageOf(response)) !== undefined) return each;
    next.push(...leadsOf(context)(each));
  }
  return shown.find(({ response }) => asksNewPassword(pageOf(response)));
}

const isOwn = (context: ProbeContext, place: { port: number; security: string }): boolean => {
  const own = placeOf(context, '/');
  return place.port === own.port && place.security === own.security;
};

/** Paths of this very service that a page's frames, refreshes and scripts lead to. */
const leadsOf =
  (context: ProbeContext) =>
  ({ at, response }: Asked): string[] => {
    const page = pageOf(response);
    return [...page.frames, ...page.leads].slice(0, LOOKED_AT).flatMap((reference) => {
      const place = resolved(context, placeOf(context, at), reference, page.base);
      return place && isOwn(context, place) ? [place.path] : [];
    });
  };
