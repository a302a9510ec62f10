import type { FactOf } from '../../src/model/fact.ts';
import {
  CannotTell,
  type LoginAnswer,
  type LoginProtocol,
  type ProbeContext,
  type RoleAccess,
} from '../../src/observe/probe.ts';
import { digestAuthorization, isAnswerable, isStale, strongestDigest } from '../../src/observe/protocols/digest.ts';
import { type Challenge, challenges } from '../../src/observe/protocols/http.ts';
import { describesStream, type RtspAnswer } from '../../src/observe/protocols/rtsp.ts';
import { Client, urlOf } from './client.ts';

type Access = FactOf<'access'>;

/** 423, 429, 453 and 503 (RFC 2326, 7.1.1, and HTTP's): "not now". */
export const NOT_NOW = [423, 429, 453, 503];

export const access = (path: string, authentication: Access['authentication'], how: Access['how']): Access => ({
  kind: 'access',
  protocol: 'rtsp',
  class: 'function',
  action: 'read',
  resource: path,
  authentication,
  how,
});

export const challengesOf = (answer: RtspAnswer): Challenge[] =>
  challenges({
    headers: (answer.headers.get('www-authenticate') ?? []).map((value) => ['WWW-Authenticate', value] as const),
  });

/** Whether the login of a 401 is one that can be given. */
export const isKnown = (asked: readonly Challenge[]): boolean =>
  asked.some((one) => one.scheme === 'basic' || isAnswerable(one));

/** DESCRIBE with a login: Digest where it is offered, else Basic, in two requests on one connection. */
export async function describeAs(
  context: ProbeContext,
  path: string,
  { user, secret }: { readonly user: string; readonly secret: string },
): Promise<RtspAnswer> {
  const client = new Client(context);
  try {
    const asked = challengesOf(await client.describe(path));
    if (!isKnown(asked)) throw new CannotTell('protocol', 'a login is asked for only at times');
    const answer = await client.describe(path, authorizationOf(context, path, asked, user, secret));
    const again = answer.status === 401 ? challengesOf(answer) : [];
    // Only the nonce was too old.
    if (!again.some((one) => isAnswerable(one) && isStale(one))) return answer;
    return await client.describe(path, authorizationOf(context, path, again, user, secret));
  } finally {
    client.close();
  }
}

function authorizationOf(
  context: ProbeContext,
  path: string,
  asked: readonly Challenge[],
  user: string,
  secret: string,
): string {
  const strong = strongestDigest(asked);
  const made =
    strong &&
    digestAuthorization(strong, {
      user,
      secret,
      method: 'DESCRIBE',
      uri: urlOf(context, path),
      cnonce: context.random(8).toString('hex'),
    });
  if (made) {
    if (secret !== '') context.redact(secret, ...made.encodings);
    return made.header;
  }
  const token = Buffer.from(`${user}:${secret}`).toString('base64');
  if (secret !== '') context.redact(secret, token);
  return `Basic ${token}`;
}

/** Logins at one path that asks for them. */
export function rtspLogins(context: ProbeContext, path: string): LoginProtocol {
  let described = false;
  const judge = (answer: RtspAnswer): LoginAnswer => {
    const { status } = answer;
    const said = String(status);
    if (status === 401) return { result: 'rejected', answer: said };
    if (status === 403 || NOT_NOW.includes(status)) return { result: 'throttled', response: 'refuse', answer: said };
    described = describesStream(answer);
    if (described) return { result: 'accepted', answer: said, grants: 'full' };
    // Past the login, and no stream is there.
    if (status === 200 || status === 404 || status === 454)
      return { result: 'accepted', answer: said, grants: 'unknown' };
    throw new CannotTell('protocol', `a login was answered with ${said}`);
  };
  return {
    protocol: 'rtsp',
    none: () => Promise.resolve({ result: 'rejected', answer: '401' }),
    attempt: async (user, secret) => judge(await describeAs(context, path, { user, secret })),
    *access(authentication) {
      // Without a login it was refused, which has been said.
      if (authentication !== 'any') return;
      if (described) yield access(path, 'any', 'recognised');
      else yield { ...access(path, 'any', 'guessed'), class: 'content' };
    },
  };
}

/** Whether an account is given the stream of a path; `open` is one where every account gets in. */
export function reachStream(context: ProbeContext, open: string): RoleAccess['reach'] {
  const described = new Set<string>();
  return async (account, path) => {
    const answer = await describeAs(context, path, account);
    const { status } = answer;
    if (describesStream(answer)) {
      if (account.role === 'admin') described.add(path);
      return { granted: true, class: 'function' };
    }
    if (status === 403 || (status === 404 && described.has(path))) return { granted: false, class: 'function' };
    // The answer to a wrong password, too.
    if (status === 401 && path !== open && describesStream(await describeAs(context, open, account)))
      return { granted: false, class: 'function' };
    throw new CannotTell('protocol', `a declared account was answered with ${status}`, ['access']);
  };
}
