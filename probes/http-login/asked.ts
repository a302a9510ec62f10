import type { ProbeContext } from '../../src/observe/probe.ts';
import {
  challenges,
  type Header,
  type HttpResponse,
  headerValues,
  hostHeader,
  httpRequest,
} from '../../src/observe/protocols/http.ts';

import { plain } from '../../src/observe/protocols/http-encoding.ts';

export const REDIRECTS = 3;
/** Cookies that are sent back, and bytes of each. */
const COOKIES = 20;
const COOKIE_BYTES = 1024;

/** What was asked for, and what came. */
export interface Asked {
  /** What was asked for; `at` is where own redirects led to. */
  readonly path: string;
  readonly at: string;
  readonly declared: boolean;
  readonly response: HttpResponse;
}

export const offers = (response: HttpResponse, scheme: string): boolean =>
  response.status === 401 && challenges(response).some((challenge) => challenge.scheme === scheme);

/** Bytes of a page that are read: the rest of what a connection may bring is for its head and its chunks' own lengths. */
export const bodyBytes = ({ limits }: ProbeContext): number => Math.floor(limits.readBytes * 0.75);

/** One request over a fresh connection; GET where no body is given. */
export async function ask(
  context: ProbeContext,
  path: string,
  headers: readonly Header[] = [],
  body?: string,
): Promise<HttpResponse> {
  const { endpoint, limits } = context;
  const connection = await context.dial();
  const response = await httpRequest(connection, {
    path,
    host: hostHeader(endpoint.host, endpoint.port!, endpoint.security === 'tls' ? 'tls' : 'none'),
    headers,
    ...(body === undefined ? {} : { method: 'POST', body }),
    wait: limits.wait,
    cap: bodyBytes(context),
  });
  return plain(response);
}

/** The cookies that an answer sets, to be sent with the next request. */
export const cookiesBack = (response: HttpResponse): Header[] => {
  const cookies = headerValues(response, 'set-cookie')
    .slice(0, COOKIES)
    .map((cookie) => cookie.split(';')[0]!.trim().slice(0, COOKIE_BYTES));
  return cookies.length === 0 ? [] : [['Cookie', cookies.join('; ')]];
};

/** One path, and where redirects on this very service lead from it. */
export async function follow(
  context: ProbeContext,
  path: string,
  headers: readonly Header[] = [],
): Promise<{ at: string; response: HttpResponse }> {
  let at = path;
  let response = await ask(context, at, headers);
  for (let hop = 0; hop < REDIRECTS; hop += 1) {
    const next = ownRedirect(context, at, response);
    if (next === undefined || next === at) break;
    at = next;
    response = await ask(context, at, headers);
  }
  return { at, response };
}

/** Where a redirect leads to on this very service; undefined where it leads elsewhere or nowhere. */
export function ownRedirect(context: ProbeContext, from: string, response: HttpResponse): string | undefined {
  const location = headerValues(response, 'location')[0];
  return response.status < 300 || response.status > 399 || location === undefined
    ? undefined
    : ownPath(context, from, location);
}

/** A reference as a path of this very service; undefined where it leads elsewhere. */
export function ownPath({ endpoint }: ProbeContext, from: string, location: string): string | undefined {
  const scheme = endpoint.security === 'tls' ? 'https' : 'http';
  const base = `${scheme}://${hostHeader(endpoint.host, endpoint.port!, endpoint.security === 'tls' ? 'tls' : 'none')}`;
  if (!URL.canParse(location, base + from)) return undefined;
  const url = new URL(location, base + from);
  return url.origin === new URL(base).origin ? url.pathname + url.search : undefined;
}
