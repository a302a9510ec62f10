import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { digestAuthorization, isStale, strongestDigest } from '../../src/observe/protocols/digest.ts';
import { type Challenge, challenges, type HttpResponse } from '../../src/observe/protocols/http.ts';
import { ask, cookiesBack, ownRedirect, REDIRECTS } from './asked.ts';
import { loginHeader } from './basic.ts';
import { notNow } from './page.ts';
import type { Got, Session } from './reach.ts';

/** The challenges of an answer that asks for a login: a server's, or a proxy's (RFC 9110, 11.6.1 and 11.7.1). */
export function challengesOf(response: HttpResponse): Challenge[] {
  if (response.status === 401) return challenges(response);
  if (response.status !== 407) return [];
  const own = response.headers.filter(([name]) => name.toLowerCase() === 'proxy-authenticate');
  return challenges({ headers: own.map(([, value]) => ['WWW-Authenticate', value] as const) });
}

/** The path as it stands in the request line, which Digest hashes. */
const asSent = (path: string): string =>
  path.replace(/[^\x21-\x7e]/gu, (c) => Buffer.from(c).toString('hex').toUpperCase().replace(/../g, '%$&'));

/**
 * HTTP Digest (RFC 7616), a fresh challenge for each request: so a server may give each nonce once, and need not say
 * when one is too old. Where it says so all the same, the request is sent once more with its new nonce, which is no
 * second failure.
 */
export function digestSession(context: ProbeContext, user: string, secret: string): Session {
  const sent = async (path: string, challenge: Challenge, asking: HttpResponse): Promise<HttpResponse> => {
    const cnonce = context.random(12).toString('hex');
    const made = digestAuthorization(challenge, { user, secret, method: 'GET', uri: path, cnonce });
    if (!made) throw new CannotTell('unsupported', 'the Digest challenge cannot be answered');
    if (secret !== '') context.redact(secret, ...made.encodings);
    return ask(context, path, [[loginHeader(asking), made.header], ...cookiesBack(asking)]);
  };
  const one = async (path: string, isFirst: boolean): Promise<HttpResponse> => {
    const asking = await ask(context, path);
    const challenge = strongestDigest(challengesOf(asking));
    if (!challenge) {
      // Nothing was sent: only "not now" is an answer to it.
      if (isFirst && notNow(asking) === undefined)
        throw new CannotTell('protocol', 'the service asked for a Digest login before, and asks for none now');
      return asking;
    }
    const first = await sent(path, challenge, asking);
    const next = strongestDigest(challengesOf(first));
    if (!next || !isStale(next)) return first;
    const second = await sent(path, next, first);
    const again = strongestDigest(challengesOf(second));
    if (again && isStale(again)) throw new CannotTell('protocol', 'each Digest nonce is called too old at once');
    return second;
  };
  return {
    async get(path): Promise<Got> {
      let at = asSent(path);
      let response = await one(at, true);
      for (let hop = 0; hop < REDIRECTS; hop += 1) {
        const next = ownRedirect(context, at, response);
        if (next === undefined || next === at) break;
        at = asSent(next);
        response = await one(at, false);
      }
      return { at, response };
    },
  };
}
