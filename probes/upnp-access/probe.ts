import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, type ProbeContext } from '../../src/observe/probe.ts';
import { readSsdp, type SsdpAnswer } from '../../src/observe/protocols/ssdp.ts';
import { oneLine } from '../../src/observe/protocols/text.ts';
import { ssdpSearch } from '../../src/observe/protocols/udp-payloads.ts';
import { readActions, readDescription, serviceName, type UpnpService } from '../../src/observe/protocols/upnp.ts';
import { access, CONTROLS, type Control, callRead, type Read } from './controls.ts';
import { isMedia, media } from './media.ts';
import { askOwn, ownUrl, Troubles } from './own-http.ts';

type Seen = FactOf<'identity' | 'access'>;

/** Of what one device announces: an answer a device, a service and a type of each. */
const ANSWERS = 64;
const DESCRIPTIONS = 4;
const SERVICES = 12;
/** Milliseconds of silence after an answer, MX being one second. */
const QUIET = 1000;

/**
 * UPnP: the description is read, and of its services an action that only reads is called without credentials. What
 * changes something (a port mapping, a switch) is found in the list of actions and never called.
 */
export default defineProbe({
  id: 'upnp-access',
  version: '1',
  title: 'UPnP: what a device describes, and which of its controls answer to anyone',
  emits: ['identity', 'access'],
  impact: 'connect',
  appliesTo: ({ protocol, transport, port }) => protocol === 'ssdp' && transport === 'udp' && port !== undefined,
  observe: (context) => facts(context),
});

async function* facts(context: ProbeContext): AsyncGenerator<Seen> {
  const answers = await search(context);
  for (const server of new Set(answers.flatMap((answer) => answer.server ?? [])))
    yield { kind: 'identity', what: 'name', value: oneLine(server, 200), via: 'ssdp server', authenticated: false };
  const locations = [...new Set(answers.flatMap((answer) => answer.location ?? []))];
  if (locations.length === 0) throw new CannotTell('protocol', 'no answer to M-SEARCH says where the description is');
  const troubles = new Troubles();
  const controlled = new Set<string>();
  for (const location of locations.slice(0, DESCRIPTIONS)) {
    const url = ownUrl(context, location);
    if (!url) {
      const where = oneLine(location, 200);
      troubles.add(new CannotTell('scope', `the description is at ${where}, which is not this device's: not fetched`));
      continue;
    }
    const read = await troubles.try(() => describe(context, url));
    if (!read) continue;
    yield* read.facts;
    for (const service of read.services) {
      const control = ownUrl(context, service.control, read.base);
      if (!control) {
        const where = `the control of ${serviceName(service.type)} is not at this device: not called`;
        troubles.add(new CannotTell('scope', where, ['access']));
        continue;
      }
      const key = `${service.type} ${control.href}`;
      if (controlled.has(key) || controlled.size >= SERVICES) continue;
      controlled.add(key);
      // A generator cannot be tried as a promise: what one service yields before its trouble stands.
      const found: FactOf<'access'>[] = [];
      await troubles.try(async () => {
        for await (const fact of controls(context, service, control, read.base)) found.push(fact);
      });
      yield* found;
    }
  }
  troubles.end();
}

/** M-SEARCH by unicast, again where nothing came; answers come from any port. */
async function search(context: ProbeContext): Promise<SsdpAnswer[]> {
  const { wait } = context.limits;
  const datagram = await context.datagram();
  const found: SsdpAnswer[] = [];
  let others = 0;
  try {
    for (let sent = 0; sent < 2 && found.length === 0; sent += 1) {
      await datagram.send(ssdpSearch());
      while (found.length + others < ANSWERS) {
        const message = await datagram.receive({ wait: found.length > 0 ? Math.min(QUIET, wait / 2) : wait / 2 });
        if (!message) break;
        const answer = readSsdp(message.bytes);
        if (answer) found.push(answer);
        else others += 1;
      }
    }
  } finally {
    datagram.close();
  }
  if (found.length > 0) return found;
  throw others > 0
    ? new CannotTell('protocol', 'the answer to M-SEARCH is none of SSDP')
    : new CannotTell('timeout', 'no answer to M-SEARCH');
}

async function describe(context: ProbeContext, url: URL) {
  const answer = await askOwn(context, url);
  const { pathname } = url;
  const resource = oneLine(pathname, 200);
  const common = { kind: 'access', protocol: 'upnp', class: 'discovery', action: 'read', how: 'recognised' } as const;
  if (answer.status === 401 || answer.status === 403) {
    const facts: Seen[] = [{ ...common, resource, authentication: 'required' }];
    return { facts, services: [], base: url.href };
  }
  const description = answer.status === 200 ? readDescription(answer.body) : undefined;
  if (!description)
    throw new CannotTell('protocol', `${resource} answered ${answer.status} and holds no description of a device`);
  const sample = context.evidence(answer.body, 'text/xml');
  const facts: Seen[] = [
    { ...common, resource, authentication: 'none', sample },
    ...description.identity.map(
      ({ what, value }): Seen => ({ kind: 'identity', what, value, via: 'upnp', authenticated: false }),
    ),
  ];
  return { facts, services: description.services, base: baseOf(url, description.base) };
}

/** URLBase, where it is one. */
const baseOf = (url: URL, given: string | undefined): string =>
  given !== undefined && URL.canParse(given, url.href) ? new URL(given, url.href).href : url.href;

async function* controls(
  context: ProbeContext,
  service: UpnpService,
  url: URL,
  base: string,
): AsyncGenerator<FactOf<'access'>> {
  if (isMedia(service)) {
    yield* media(context, url, service);
    return;
  }
  const control = CONTROLS.find(({ kind }) => kind.test(service.type));
  if (!control) return;
  const { read, name } = await firstRead(context, service, url, control);
  const common = { authentication: read.result === 'refused' ? 'required' : 'none', how: 'recognised' } as const;
  if (control.read && read.result !== 'unavailable')
    yield access(service, name, {
      ...common,
      class: control.read,
      action: 'read',
      ...(read.result === 'open' && { sample: context.evidence(read.body, 'text/xml') }),
    });
  for (const action of await actionsOf(context, service, base)) {
    if (!control.never.test(action)) continue;
    if (read.result === 'refused' || (read.result === 'unavailable' && control.class === 'function'))
      throw new CannotTell('unsupported', `whether ${action} asks for authority is not tried`, ['access']);
    yield access(service, action, {
      class: control.class,
      action: 'execute',
      authentication: 'none',
      how: 'guessed',
    });
  }
}

/** The first action that only reads and that is answered or refused; else the last one's answer. */
async function firstRead(
  context: ProbeContext,
  service: UpnpService,
  url: URL,
  { reads }: Control,
): Promise<{ read: Read; name: string }> {
  let last: { read: Read; name: string } | undefined;
  for (const action of reads) {
    last = { read: await callRead(context, url, service, action), name: action.name };
    if (last.read.result !== 'unavailable') break;
  }
  return last!;
}

/** The actions that a service lists. Throws CannotTell where its list cannot be read. */
async function actionsOf(context: ProbeContext, service: UpnpService, base: string): Promise<readonly string[]> {
  const name = serviceName(service.type);
  const url = service.scpd === '' ? undefined : ownUrl(context, service.scpd, base);
  if (!url) throw new CannotTell('scope', `the actions of ${name} are not listed at this device`, ['access']);
  const answer = await askOwn(context, url);
  const actions = answer.status === 200 ? readActions(answer.body) : undefined;
  if (!actions)
    throw new CannotTell('protocol', `${name} answered ${answer.status} and no list of actions`, ['access']);
  return actions;
}
