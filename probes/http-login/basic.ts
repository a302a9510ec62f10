import type { ProbeContext } from '../../src/observe/probe.ts';
import type { HttpResponse } from '../../src/observe/protocols/http.ts';
import { ask, cookiesBack, follow } from './asked.ts';
import type { Session } from './reach.ts';

/** The header in which a login is sent (RFC 9110, 11.6.2 and 11.7.2). */
export const loginHeader = ({ status }: HttpResponse): string =>
  status === 407 ? 'Proxy-Authorization' : 'Authorization';

/** Why HTTP Basic cannot carry such a name (RFC 7617, 2); undefined where it can. */
export const notInBasic = (user: string): string | undefined =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are looked for.
  /[:\u0000-\u001f\u007f]/.test(user) ? 'not sent: Basic carries no such name' : undefined;

/**
 * HTTP Basic (RFC 7617). Names and words go as UTF-8: it is the one encoding that a server can ask for, and what is in
 * ASCII is the same in all.
 */
export function basicSession(context: ProbeContext, asking: HttpResponse, user: string, secret: string): Session {
  const token = Buffer.from(`${user}:${secret}`).toString('base64');
  if (secret !== '') context.redact(secret, token);
  return {
    async get(path) {
      // A server that gives a cookie with its challenge may want it back, a fresh one for each login.
      const cookies = cookiesBack(asking).length === 0 ? [] : cookiesBack(await ask(context, path));
      return follow(context, path, [[loginHeader(asking), `Basic ${token}`], ...cookies]);
    },
  };
}
