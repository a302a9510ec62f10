import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { declaredPaths } from '../../src/observe/protocols/declared.ts';
import { type HttpResponse, headerValues, hostHeader, httpRequest } from '../../src/observe/protocols/http.ts';
import { tlsChannel } from '../../src/observe/protocols/tls-channel.ts';

const REDIRECTS = [301, 302, 303, 307, 308];
/** Bytes of a body: what a redirect brings along for those who do not follow it is shorter. */
const CAP = 4096;
/** "Not now", and what a proxy says of a server that does not answer it: no word on what is served. */
const NOT_NOW = [423, 429, 503];
const NO_SERVER = [502, 504];
/** Declared paths that are asked for at most. */
const DECLARED = 8;
/** Where small devices serve beside their pages, so that what redirects these may not redirect those. */
const BESIDE = ['/login', '/cgi-bin/', '/api/', '/onvif/device_service', '/snapshot.jpg'];

/**
 * How HTTP travels: inside TLS, in the clear, or in the clear only to be sent on to TLS. It is sent on where every path
 * is: declared ones, those where devices serve beside their pages, and one that nobody can know. A front page that
 * redirects proves nothing of what lies behind it.
 */
export default defineProbe({
  id: 'http-redirect',
  version: '2',
  title: 'Whether HTTP is encrypted, or hands over to TLS',
  emits: ['channel'],
  impact: 'connect',
  appliesTo: ({ protocol, transport }) => protocol === 'http' && transport === 'tcp',
  async *observe(context) {
    if (context.endpoint.security === 'tls') {
      const connection = await context.dial();
      connection.destroy();
      yield { kind: 'channel', protocol: 'http', ...tlsChannel(connection.tls) };
      return;
    }
    const random = context.random(8).toString('hex');
    const declared = declaredPaths(context.component, context.endpoint).slice(0, DECLARED);
    const paths = ['/', '/index.html', `/${random}`, ...declared, ...BESIDE];
    const to: URL[] = [];
    let long: string | undefined;
    for (const [method, path] of [...paths.map((each) => ['GET', each] as const), ['HEAD', '/'] as const]) {
      const answer = await ask(context, method, path);
      const location = secureLocation(answer);
      // A method that is not served at all hands nothing over in the clear.
      const notServed = method !== 'GET' && [405, 501].includes(answer.status);
      if (location && !isPage(answer)) {
        to.push(location);
        if (answer.ended === 'cap') long ??= path.slice(0, 100);
      } else if (!notServed) {
        yield { kind: 'channel', protocol: 'http', encryption: 'none' };
        return;
      }
    }
    const elsewhere = to.find((location) => !isOwn(context, location));
    if (elsewhere) {
      const host = elsewhere.host.slice(0, 200);
      throw new CannotTell('scope', `all paths lead to ${host} over TLS, which is not known to be this device`);
    }
    if (long !== undefined)
      throw new CannotTell(
        'unsupported',
        `${long} leads to TLS, and brings more than ${CAP} bytes along that may be the page`,
      );
    const first = to[0]!;
    const target = `${first.origin}${first.pathname}`.slice(0, 1024);
    yield { kind: 'channel', protocol: 'http', encryption: 'none', upgrade: 'redirect', to: target };
  },
});

async function ask(context: ProbeContext, method: string, path: string): Promise<HttpResponse> {
  const { host, port = 80 } = context.endpoint;
  const connection = await context.dial();
  const answer = await httpRequest(connection, {
    method,
    path,
    host: hostHeader(host, port, 'none'),
    wait: context.limits.wait,
    cap: CAP,
  });
  const said = `${path.slice(0, 100)} was answered with ${answer.status}`;
  if (NOT_NOW.includes(answer.status)) throw new CannotTell('locked', said);
  if (NO_SERVER.includes(answer.status)) throw new CannotTell('protocol', said);
  return answer;
}

/** Whether a redirect brings a form along: a page that forgot to end behind its header does so. */
const isPage = ({ body }: HttpResponse): boolean => /<(form|input)\b/i.test(body.toString('latin1'));

/** The https address that a redirect leads to. */
function secureLocation(answer: HttpResponse): URL | undefined {
  if (!REDIRECTS.includes(answer.status)) return undefined;
  const [location, ...more] = headerValues(answer, 'location');
  if (!location || more.length > 0 || !URL.canParse(location)) return undefined;
  const url = new URL(location);
  return url.protocol === 'https:' ? url : undefined;
}

/** Whether it is on this very device, by its address or a declared name. */
function isOwn({ endpoint, component }: ProbeContext, { hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return [endpoint.host, ...component.addresses, ...component.names].some((own) => own.toLowerCase() === host);
}
