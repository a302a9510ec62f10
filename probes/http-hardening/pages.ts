import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { declaredPaths } from '../../src/observe/protocols/declared.ts';
import { type Page, readPage } from '../../src/observe/protocols/html-page.ts';
import { type HttpResponse, headerValues, hostHeader, httpRequest } from '../../src/observe/protocols/http.ts';
import { plain } from '../../src/observe/protocols/http-encoding.ts';

/** One answer of this very service. */
export interface Visit {
  readonly path: string;
  readonly response: HttpResponse;
  /** What it holds, where it is a page of HTML. */
  readonly page: Page | undefined;
}

/** Requests in all, and declared paths among them. */
const REQUESTS = 12;
const DECLARED = 3;
/** Where logins are, if the front does not lead to them. */
const USUAL = ['/login', '/admin'];
/** Bytes of a page that are read. */
const PAGE_BYTES = 512 * 1024;
const LOGIN = /log-?_?[io]n|sign-?in|auth|account|admin/i;
/** What is no page. */
const FILE = /\.(css|js|mjs|json|xml|txt|pdf|png|jpe?g|gif|svg|ico|webp|woff2?|mp4|zip|gz|tar|bin|cfg|log)$/i;
/** What may do something when it is asked for. */
const DOES =
  /log-?_?(out|off)|reboot|restart|reset|delete|remove|upgrade|update|save|apply|factory|(^|[/_-])(set|on|off|do)([._-]|$)/i;

const originOf = ({ endpoint }: ProbeContext): string => {
  const security = endpoint.security === 'tls' ? 'tls' : 'none';
  return `${security === 'tls' ? 'https' : 'http'}://${hostHeader(endpoint.host, endpoint.port!, security)}`;
};

/** An address of a reference on a page; undefined where it is none of the web's. */
export function addressOf(
  context: ProbeContext,
  visit: Pick<Visit, 'path' | 'page'>,
  reference: string,
): URL | undefined {
  const own = originOf(context) + visit.path;
  const base = visit.page?.base;
  const start = base !== undefined && URL.canParse(base, own) ? new URL(base, own).href : own;
  if (reference.length > 4000 || !URL.canParse(reference, start)) return undefined;
  const url = new URL(reference, start);
  return url.protocol === 'http:' || url.protocol === 'https:' ? url : undefined;
}

/** The address as a path of this very service, by its own address or a declared name. */
function ownPath(context: ProbeContext, url: URL): string | undefined {
  const origin = new URL(originOf(context));
  const names = [origin.hostname, ...context.component.names.map((name) => name.toLowerCase())];
  const isOwn = url.protocol === origin.protocol && url.port === origin.port && names.includes(url.hostname);
  return isOwn ? url.pathname + url.search : undefined;
}

/** What was looked at. */
export interface Looked {
  /** The front is the first. */
  readonly visits: readonly Visit[];
  /** Pages that were not answered as they should be. */
  readonly unanswered: readonly CannotTell[];
  /** There are pages of this service that nobody asked for. */
  readonly beyond: CannotTell | undefined;
}

/**
 * Looks at the front and where it leads, its frames, the pages that it links to, declared paths and the usual ones; GET
 * only, in turn. What may do something when it is asked for is not followed. Throws CannotTell where the front was not
 * answered.
 */
export async function look(context: ProbeContext): Promise<Looked> {
  const { component, endpoint } = context;
  const due = ['/', ...declaredPaths(component, endpoint).slice(0, DECLARED), ...USUAL];
  const linked: string[] = [];
  const known = new Set(due);
  const visits: Visit[] = [];
  const unanswered: CannotTell[] = [];
  let beyond: string | undefined;
  for (let count = 0; count < REQUESTS; count += 1) {
    const path = due.shift() ?? linked.shift();
    if (path === undefined) break;
    try {
      const visit = await ask(context, path);
      visits.push(visit);
      const isNew = (each: string) => !known.has(each) && known.add(each) !== undefined;
      for (const each of onwardOf(context, visit).filter(isNew)) {
        if (DOES.test(each)) beyond ??= each;
        else due.push(each);
      }
      for (const each of linksOf(context, visit).filter(isNew)) {
        if (DOES.test(each)) beyond ??= each;
        else if (LOGIN.test(each)) linked.unshift(each);
        else linked.push(each);
      }
    } catch (error) {
      if (path === '/' || !(error instanceof CannotTell) || error.reason === 'aborted' || error.reason === 'scope')
        throw error;
      unanswered.push(new CannotTell(error.reason, `${path.slice(0, 100)}: ${error.message}`));
      // Whoever does not answer now is left alone.
      if (unanswered.length > 1 || error.reason === 'locked') break;
    }
  }
  beyond ??= due[0] ?? linked[0];
  return {
    visits,
    unanswered,
    beyond: beyond === undefined ? undefined : new CannotTell('budget', `${beyond.slice(0, 100)} was not asked for`),
  };
}

async function ask(context: ProbeContext, path: string): Promise<Visit> {
  const { endpoint, limits } = context;
  const connection = await context.dial();
  const answer = await httpRequest(connection, {
    path,
    host: hostHeader(endpoint.host, endpoint.port!, endpoint.security === 'tls' ? 'tls' : 'none'),
    wait: limits.wait,
    cap: Math.min(PAGE_BYTES, Math.floor(limits.readBytes * 0.75)),
  });
  const { status } = answer;
  if ([423, 429, 503].includes(status)) throw new CannotTell('locked', `answered with ${status}`);
  if (status >= 500 && status !== 501) throw new CannotTell('protocol', `answered with ${status}`);
  if (answer.ended === 'timeout' || answer.ended === 'reset')
    throw new CannotTell(answer.ended, `the answer broke off after ${answer.body.length} bytes`);
  if (answer.ended === 'cap')
    throw new CannotTell('protocol', `longer than the ${answer.body.length} bytes that are read`);
  const response = plain(answer);
  const text = response.body.toString('utf8');
  const page = isHtml(text) ? readPage(text) : undefined;
  return { path, response, page };
}

/** By what it holds: small servers call everything `text/html`, and some nothing. */
const isHtml = (text: string): boolean => !/^\s*[[{]/.test(text) && /<[a-z!]/i.test(text);

/** What an answer leads to by itself: a redirect, a refresh, a page that only leads on, frames. */
export function leadsOf(context: ProbeContext, visit: Visit): URL[] {
  const { response, page } = visit;
  const isRedirect = response.status >= 300 && response.status < 400;
  const refresh = headerValues(response, 'refresh').flatMap(
    (value) => /url\s{0,4}=\s{0,4}(\S{1,1000})/i.exec(value.slice(0, 2000))?.[1] ?? [],
  );
  const references = isRedirect
    ? headerValues(response, 'location').slice(0, 1)
    : [...refresh, ...(page?.leads.slice(0, 4) ?? []), ...(page?.frames.slice(0, 8) ?? [])];
  return references.flatMap((reference) => addressOf(context, visit, reference) ?? []);
}

/** Paths of this service among them. */
const onwardOf = (context: ProbeContext, visit: Visit): string[] =>
  leadsOf(context, visit).flatMap((url) => ownPath(context, url) ?? []);

/** Pages of this service that a page links to, by their names. */
const linksOf = (context: ProbeContext, visit: Visit): string[] =>
  (visit.page?.links ?? []).slice(0, 200).flatMap((link) => {
    const url = addressOf(context, visit, link);
    const path = url && ownPath(context, url);
    return path === undefined || FILE.test(url!.pathname) ? [] : [path];
  });

/** Where a redirect leads to on this service; undefined where it leads elsewhere, or none is one. */
export const redirectedTo = (context: ProbeContext, visit: Visit): string | undefined =>
  visit.response.status >= 300 && visit.response.status < 400 ? onwardOf(context, visit)[0] : undefined;

/** Whether an address is this device's, at whatever port: what is there is looked at by itself. */
export function isOwnHost({ endpoint, component }: ProbeContext, { hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return [endpoint.host, ...component.addresses, ...component.names].some((own) => own.toLowerCase() === host);
}
