import { CannotTell, type LoginAnswer, type LoginProtocol, type ProbeContext } from '../../src/observe/probe.ts';
import { type HttpResponse, headerValues } from '../../src/observe/protocols/http.ts';
import { type Asked, follow, ownRedirect } from './asked.ts';
import { SAME } from './open.ts';
import { classify, hasLoginForm, likeness, notNow, saysRefused, textOf } from './page.ts';

/** HTTP Basic (RFC 7617) at a path that asked for it: A0 is that answer. */
export function basicLogins(context: ProbeContext, { path, at, response: without }: Asked): LoginProtocol {
  const seen = new Map<string, HttpResponse>();
  let inside: HttpResponse | undefined;
  let refusedOne = false;
  let refusal: HttpResponse | undefined;
  const attempt = async (user: string, secret: string): Promise<LoginAnswer> => {
    const token = Buffer.from(`${user}:${secret}`).toString('base64');
    if (secret !== '') context.redact(secret, token);
    const { at: led, response } = await follow(context, at, [['Authorization', `Basic ${token}`]]);
    const answer = String(response.status);
    if (response.status === 401) {
      refusedOne = true;
      return { result: 'rejected', answer };
    }
    const how = notNow(response);
    if (how) return { result: 'throttled', response: how, answer };
    // Past the login, where others are stopped by it, and nothing is there.
    if (refusedOne && (response.status === 404 || response.status === 405))
      return { result: 'accepted', answer, grants: 'unknown' };
    if (response.status >= 400) throw new CannotTell('protocol', `a login was answered with status ${answer}`);
    if (response.ended === 'timeout' || response.ended === 'reset')
      throw new CannotTell(response.ended, 'the answer to a login broke off');
    if (/log-?[io]n|sign-?in/i.test(led) && led !== at && hasLoginForm(textOf(response)))
      return { result: 'rejected', answer: `${answer} at the login` };
    if (response.status >= 300 && ownRedirect(context, led, response) !== undefined)
      throw new CannotTell('protocol', 'a login was led from redirect to redirect');
    if (
      response.status >= 300 &&
      /log-?[io]n|sign-?in|error|fail|denied/i.test(headerValues(response, 'location')[0] ?? '')
    )
      return { result: 'rejected', answer: `${answer} to the login` };
    // Its words count in the form that random credentials met first: a page of settings may hold such words too.
    const isForm = refusal === undefined ? saysRefused(response) : likeness(refusal, response) >= 0.5;
    if (!refusedOne && isForm) {
      refusal ??= response;
      return { result: 'rejected', answer: `${answer}, refused in its words` };
    }
    // Where others are answered with 401, the same frame with another status is another page.
    if (!refusedOne && response.body.length > 0 && likeness(response, without) >= SAME)
      return { result: 'rejected', answer: `${answer}, with the page that those without a login get` };
    // What was let in once must show the same again, but for what varies by itself.
    const before = seen.get(token);
    if (before && (before.status !== response.status || likeness(before, response) < 0.5))
      return { result: 'rejected', answer: `${answer}, with another page than before` };
    seen.set(token, response);
    inside = response;
    return { result: 'accepted', answer, grants: 'full' };
  };
  return {
    protocol: 'http',
    none: () => Promise.resolve({ result: 'rejected', answer: '401' }),
    attempt,
    *access(authentication) {
      // Without a login it was refused, which has been said.
      if (authentication !== 'any' || !inside) return;
      const read = classify(inside);
      const plain = { class: 'content', action: 'read', how: 'guessed' } as const;
      const what = read.class === 'discovery' ? plain : read;
      yield { kind: 'access', protocol: 'http', resource: path.slice(0, 1000), authentication, ...what };
    },
  };
}
