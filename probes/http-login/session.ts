import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { type Page, readPage } from '../../src/observe/protocols/html-page.ts';
import {
  type Header,
  type HttpResponse,
  headerValues,
  hostHeader,
  httpRequest,
} from '../../src/observe/protocols/http.ts';
import { cookiesSet, type SetCookie } from '../../src/observe/protocols/http-cookies.ts';
import { plain } from '../../src/observe/protocols/http-encoding.ts';
import { textOf } from './page.ts';

/** Where a request goes: the endpoint itself, or another port or scheme of its host. */
export interface Place {
  readonly security: 'none' | 'tls';
  readonly port: number;
  /** With the query. */
  readonly path: string;
}

/** One answer, and where it came from. */
export interface Visit {
  readonly place: Place;
  readonly response: HttpResponse;
}

/** The last answer of a way through redirects, and each step: status and where it led. */
export interface Walk extends Visit {
  readonly steps: readonly string[];
  /** The first answer. */
  readonly first: HttpResponse;
  /** Where the last redirect leads, where that is no place of this host. */
  readonly elsewhere?: string;
}

/** Redirects that are followed, and cookies that are kept. */
const STEPS = 5;
const COOKIES = 50;
const COOKIE_BYTES = 4096;
/** Bytes of a page that are read. */
const PAGE_BYTES = 512 * 1024;
/** A page of more bytes is no page that only leads on. */
const LEADS_BYTES = 8192;

/** The place of a path at the endpoint. */
export const placeOf = ({ endpoint }: ProbeContext, path: string): Place => ({
  security: endpoint.security === 'tls' ? 'tls' : 'none',
  port: endpoint.port!,
  path,
});

export const originOf = ({ endpoint }: ProbeContext, { security, port }: Place): string =>
  `${security === 'tls' ? 'https' : 'http'}://${hostHeader(endpoint.host, port, security)}`;

/** A reference on a page as a place of the same host; undefined where it leads elsewhere or nowhere. */
export function resolved(context: ProbeContext, from: Place, reference: string, base?: string): Place | undefined {
  const { endpoint, component } = context;
  const own = originOf(context, from) + from.path;
  const start = base !== undefined && URL.canParse(base, own) ? new URL(base, own).href : own;
  if (reference.length > 4000 || !URL.canParse(reference, start)) return undefined;
  const url = new URL(reference, start);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const names = [new URL(own).hostname.replace(/^\[|\]$/g, ''), endpoint.host, ...component.names];
  if (!names.some((name) => name.toLowerCase() === host)) return undefined;
  const security = url.protocol === 'https:' ? 'tls' : 'none';
  return { security, port: Number(url.port || (security === 'tls' ? 443 : 80)), path: url.pathname + url.search };
}

/** The page of an answer, read once. */
const pages = new WeakMap<HttpResponse, Page>();
export function pageOf(response: HttpResponse): Page {
  const page = pages.get(response) ?? readPage(textOf(response));
  pages.set(response, page);
  return page;
}

/** One client with its cookies (RFC 6265: names, values, paths, and what deletes them). */
export class Session {
  private readonly context: ProbeContext;
  private readonly jar = new Map<string, { value: string; path: string }>();

  constructor(context: ProbeContext) {
    this.context = context;
  }

  /** All that this very service set, whatever became of them. */
  readonly given: SetCookie[] = [];

  /** The cookies that are held, by name. */
  get cookies(): ReadonlyMap<string, string> {
    return new Map([...this.jar].map(([name, { value }]) => [name, value]));
  }

  /** One request over a fresh connection, GET where there is no body. Throws CannotTell where the answer broke off. */
  async ask(place: Place, headers: readonly Header[] = [], body?: Buffer): Promise<HttpResponse> {
    const { context } = this;
    const { endpoint, limits } = context;
    const connection = await context.dial({ port: place.port, security: place.security });
    const cookie = [...this.jar]
      .filter(([, { path }]) => covers(path, place.path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
    const coded = await httpRequest(connection, {
      path: place.path,
      host: hostHeader(endpoint.host, place.port, place.security),
      headers: [...headers, ...(cookie === '' ? [] : [['Cookie', cookie] as const])],
      ...(body === undefined ? {} : { method: 'POST', body }),
      wait: limits.wait,
      // Less than the connection may bring, so that a page without end is cut and not broken off.
      cap: Math.min(PAGE_BYTES, Math.floor((limits.readBytes * 3) / 4)),
    });
    const response = plain(coded);
    if (response.ended === 'timeout' || response.ended === 'reset')
      throw new CannotTell(response.ended, `an answer broke off after ${response.body.length} bytes`);
    const date = Date.parse(headerValues(response, 'date')[0] ?? '') || context.now();
    for (const value of headerValues(response, 'set-cookie').slice(0, COOKIES)) this.keep(value, place.path, date);
    if (place.port === endpoint.port && this.given.length < COOKIES)
      this.given.push(...cookiesSet(response, context.now()));
    return response;
  }

  /** A request, and where redirects, refreshes and scripts that only lead on go from it on this host. */
  async walk(start: Place, headers: readonly Header[] = [], body?: Buffer): Promise<Walk> {
    let place = start;
    let response = await this.ask(place, headers, body);
    const first = response;
    const steps = [String(response.status)];
    for (let step = 0; step < STEPS; step += 1) {
      const to = leadOf(response);
      if (to === undefined) break;
      const next = resolved(this.context, place, to, pageOf(response).base);
      if (next === undefined) return { place, response, steps, first, elsewhere: to };
      if (same(next, place) && response.status === 200 && !(step === 0 && body)) break;
      place = next;
      response = await this.ask(place);
      steps.push(`${next.path} ${response.status}`);
    }
    return { place, response, steps, first };
  }

  private keep(header: string, path: string, date: number): void {
    const [pair = '', ...attributes] = header.slice(0, COOKIE_BYTES).split(';');
    const at = pair.indexOf('=');
    if (at < 1) return;
    const name = pair.slice(0, at).trim();
    const value = pair.slice(at + 1).trim();
    const get = (key: string) =>
      attributes
        .map((each) => each.trim())
        .find((each) => each.toLowerCase().startsWith(`${key}=`))
        ?.slice(key.length + 1)
        .trim();
    const age = get('max-age');
    const expires = get('expires');
    // Against the device's own clock, which may never have been set.
    const gone = age !== undefined ? Number(age) <= 0 : expires !== undefined && Date.parse(expires) <= date;
    if (gone || value === '' || value === 'deleted') this.jar.delete(name);
    else if (this.jar.has(name) || this.jar.size < COOKIES) {
      const given = get('path');
      const own = path.split('?')[0]!.replace(/\/[^/]*$/, '') || '/';
      this.jar.set(name, { value, path: given?.startsWith('/') ? given : own });
    }
  }
}

/** Whether a cookie's path covers that of a request (RFC 6265, 5.1.4). */
const covers = (cookie: string, path: string): boolean => {
  const asked = path.split('?')[0]!;
  return asked === cookie || asked.startsWith(cookie.endsWith('/') ? cookie : `${cookie}/`) || cookie === '/';
};

const same = (a: Place, b: Place): boolean => a.port === b.port && a.security === b.security && a.path === b.path;

/** Where an answer leads by itself: `Location`, `Refresh`, or a small page without fields that only leads on. */
function leadOf(response: HttpResponse): string | undefined {
  if (response.status >= 300 && response.status < 400) return headerValues(response, 'location')[0];
  if (response.status !== 200 || response.body.length > LEADS_BYTES) return undefined;
  const page = pageOf(response);
  if (page.forms.length > 0) return undefined;
  const header = /url\s{0,4}=\s{0,4}(\S{1,1000})/i.exec(headerValues(response, 'refresh')[0] ?? '')?.[1];
  return header ?? page.leads[0];
}
