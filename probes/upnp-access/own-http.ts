import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { type Header, type HttpResponse, hostHeader, httpRequest } from '../../src/observe/protocols/http.ts';

const BODY = 256 * 1024;

const hostName = (address: string): string => {
  const url = `http://${address.includes(':') ? `[${address}]` : address}/`;
  return URL.canParse(url) ? new URL(url).hostname : address;
};

/**
 * A URL that the device gave, where it leads to the device itself: http or https, at one of the component's addresses.
 * Names are not looked up. Undefined for any other.
 */
export function ownUrl({ component, endpoint }: ProbeContext, text: string, base?: string): URL | undefined {
  if (!URL.canParse(text, base)) return undefined;
  const url = new URL(text, base);
  const own = [endpoint.host, ...component.addresses].map(hostName);
  const isWeb = url.protocol === 'http:' || url.protocol === 'https:';
  return isWeb && own.includes(url.hostname) && url.username === '' && url.port !== '0' ? url : undefined;
}

/** Asks once at a URL that `ownUrl` gave. Throws CannotTell where the answer is cut off, too long, or "not now". */
export async function askOwn(
  context: ProbeContext,
  url: URL,
  request: { headers?: readonly Header[]; body?: string } = {},
): Promise<HttpResponse> {
  const security = url.protocol === 'https:' ? 'tls' : 'none';
  const port = url.port === '' ? (security === 'tls' ? 443 : 80) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const answer = await httpRequest(await context.dial({ host, port, security }), {
    ...request,
    ...(request.body !== undefined && { method: 'POST' }),
    path: `${url.pathname}${url.search}`,
    host: hostHeader(host, port, security),
    wait: context.limits.wait,
    cap: BODY,
  });
  if (answer.status === 429 || answer.status === 503)
    throw new CannotTell('locked', `${url.pathname} was answered with ${answer.status}`);
  if (answer.ended !== 'closed')
    throw new CannotTell(
      answer.ended === 'cap' ? 'protocol' : answer.ended,
      `the answer at ${url.pathname.slice(0, 100)} did not end (${answer.ended} after ${answer.body.length} bytes)`,
    );
  return answer;
}

/** Runs what may fail; keeps the first trouble, to be thrown once all the rest was looked at. */
export class Troubles {
  #first: CannotTell | undefined;

  async try<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CannotTell) || error.reason === 'aborted') throw error;
      this.add(error);
      return undefined;
    }
  }

  add(trouble: CannotTell): void {
    this.#first ??= trouble;
  }

  /** Throws the first, if there was one. */
  end(): void {
    if (this.#first) throw this.#first;
  }
}
