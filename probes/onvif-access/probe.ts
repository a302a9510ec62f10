import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { readProbeMatches } from '../../src/observe/protocols/onvif.ts';
import { childText, elementsNamed, type XmlElement } from '../../src/observe/protocols/soap-xml.ts';
import { oneLine } from '../../src/observe/protocols/text.ts';
import { wsDiscoveryProbe } from '../../src/observe/protocols/udp-payloads.ts';
import { call, type Place, type Said, usernameToken } from './service.ts';

type Access = FactOf<'access'>;
type Seen = FactOf<'access' | 'identity'>;

/** Where ONVIF Core 5.1.1 has the device service, at any port that speaks HTTP. */
const STANDARD = '/onvif/device_service';
const PLACES = 4;

/**
 * Cameras by ONVIF: what must be open (the time) shows that the service is there; who may log in and what the device is
 * must not be told without a login, nor for a random one. Only reads are called.
 */
export default defineProbe({
  id: 'onvif-access',
  version: '1',
  title: 'ONVIF: whether users and device information are given without a login',
  emits: ['access', 'identity'],
  impact: 'login',
  appliesTo: ({ protocol, transport, port }) =>
    port !== undefined && ((protocol === 'http' && transport === 'tcp') || (protocol === 'wsd' && transport === 'udp')),
  async *observe(context) {
    const { endpoint } = context;
    if (endpoint.protocol === 'http') {
      const security = endpoint.security === 'tls' ? 'tls' : 'none';
      yield* atPlace(context, { port: endpoint.port!, security, path: STANDARD }, false);
      return;
    }
    for (const place of await announced(context)) yield* atPlace(context, place, true);
  },
});

/** The device services that discovery names at this very address; those at the standard path are asked where HTTP is. */
async function announced(context: ProbeContext): Promise<Place[]> {
  const datagram = await context.datagram();
  try {
    await datagram.send(wsDiscoveryProbe(context.random));
    const message = await datagram.receive();
    if (!message) throw new CannotTell('timeout', 'no answer to WS-Discovery');
    const matches = readProbeMatches(message.bytes);
    if (!matches) throw new CannotTell('protocol', 'the answer is none to WS-Discovery');
    const places = matches.flatMap(({ urls }) => urls).flatMap((url) => placeOf(context, url));
    return places
      .filter((place, i) => places.findIndex((o) => o.path === place.path && o.port === place.port) === i)
      .slice(0, PLACES);
  } finally {
    datagram.close();
  }
}

function placeOf({ endpoint }: ProbeContext, text: string): Place[] {
  if (!URL.canParse(text)) return [];
  const url = new URL(text);
  const own = new URL(`http://${endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host}/`).hostname;
  const isOnvif = /onvif/i.test(url.pathname) && url.pathname !== STANDARD;
  if (!isOnvif || url.hostname !== own || !/^https?:$/.test(url.protocol)) return [];
  const security = url.protocol === 'https:' ? 'tls' : 'none';
  const port = url.port === '' ? (security === 'tls' ? 443 : 80) : Number(url.port);
  return port === 0 ? [] : [{ port, security, path: `${url.pathname}${url.search}` }];
}

async function* atPlace(context: ProbeContext, place: Place, known: boolean): AsyncGenerator<Seen> {
  const time = await call(context, place, 'GetSystemDateAndTime');
  // Whatever stands at that path speaks no ONVIF, or wants a login before it is told apart: a page's is looked at as HTTP.
  if (time.result === 'other' || (time.result === 'refused' && !known)) return;
  if (time.result === 'open') yield access('GetSystemDateAndTime', 'discovery', 'none', 'recognised');
  const refused: (typeof ACTIONS)[number][] = [];
  for (const action of ACTIONS) {
    const said = await call(context, place, action.name);
    if (said.result === 'open') yield* action.told(context, said, 'none');
    else if (said.result === 'refused' || (said.result === 'other' && said.status === 400)) refused.push(action);
    else if (said.result === 'other')
      throw new CannotTell('protocol', `${action.name} was answered with ${said.status} and no SOAP`);
  }
  if (refused.length === 0) return;
  yield* random(context, place, refused, time);
}

/** A1: the actions that were refused, with a random user and password. */
async function* random(
  context: ProbeContext,
  place: Place,
  refused: readonly (typeof ACTIONS)[number][],
  time: Said,
): AsyncGenerator<Seen> {
  const created = clockOf(time, context.now());
  for (const { name, told } of refused) {
    const [user, secret] = [8, 12].map((bytes) => context.random(bytes).toString('hex')) as [string, string];
    if (!context.login.allows(user)) throw new CannotTell('budget', 'the login budget leaves no login to be sent');
    context.login.sent(user);
    const said = await call(context, place, name, usernameToken(context, user, secret, created));
    if (said.result === 'open') yield* told(context, said, 'any');
    else if (said.result === 'refused' || (said.result === 'other' && said.status === 400))
      yield access(name, 'setting', 'required', 'recognised');
    else
      throw new CannotTell('protocol', `${name} was refused without a login, and with a random one answered otherwise`);
  }
}

/** The device's own time in UTC (ONVIF Core 8.3.5), else ours. */
function clockOf(time: Said, now: number): string {
  const utc = time.result === 'open' ? elementsNamed(time.element, 'UTCDateTime')[0] : undefined;
  const number = (name: string): number => Number((utc && elementsNamed(utc, name)[0]?.text) ?? Number.NaN);
  const at = Date.UTC(
    number('Year'),
    number('Month') - 1,
    number('Day'),
    number('Hour'),
    number('Minute'),
    number('Second'),
  );
  const usable = Number.isFinite(at) && Math.abs(at) < 8e15 && number('Year') > 1000 && number('Year') < 9999;
  return new Date(usable ? at : now).toISOString().replace(/\.\d+Z$/, 'Z');
}

const access = (
  resource: string,
  what: Access['class'],
  authentication: Access['authentication'],
  how: Access['how'],
): Access => ({ kind: 'access', protocol: 'onvif', class: what, action: 'read', resource, authentication, how });

const SAYS: readonly (readonly [string, FactOf<'identity'>['what']])[] = [
  ['Manufacturer', 'vendor'],
  ['Model', 'model'],
  ['FirmwareVersion', 'firmware'],
  ['SerialNumber', 'serial'],
];

type Open = Extract<Said, { result: 'open' }>;

const users = (element: XmlElement): readonly XmlElement[] => element.children.filter(({ name }) => name === 'User');
const hasPassword = (user: XmlElement): boolean => /[^*\s]/.test(childText(user, 'Password') ?? '');

/** What must be refused without a login (ONVIF Core 5.9.4.3: READ_SYSTEM_SECRET and READ_SYSTEM). */
const ACTIONS: readonly {
  readonly name: string;
  told(context: ProbeContext, open: Open, authentication: 'none' | 'any'): Generator<Seen>;
}[] = [
  {
    name: 'GetUsers',
    *told(context, { element, body }, authentication) {
      const found = users(element);
      const secret = found.some(hasPassword);
      for (const user of secret ? found : []) context.redact(childText(user, 'Password') ?? '');
      const sample = context.evidence(body, 'application/soap+xml');
      const how = found.length > 0 ? 'recognised' : 'guessed';
      yield { ...access('GetUsers', secret ? 'secret' : 'setting', authentication, how), sample };
    },
  },
  {
    name: 'GetDeviceInformation',
    *told(context, { element, body }, authentication) {
      const sample = context.evidence(body, 'application/soap+xml');
      // It says who the device is, and nothing of how it is set: against the standard's policy all the same.
      yield { ...access('GetDeviceInformation', 'setting', authentication, 'guessed'), sample };
      for (const [name, what] of SAYS) {
        const value = oneLine(childText(element, name) ?? '', 200);
        if (value !== '') yield { kind: 'identity', what, value, via: 'onvif', authenticated: false };
      }
    },
  },
];
