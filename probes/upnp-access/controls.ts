import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell, type ProbeContext } from '../../src/observe/probe.ts';
import { readSoap, type SoapAnswer, saysNotAuthorized, soapRequest } from '../../src/observe/protocols/soap.ts';
import { serviceName, type UpnpService } from '../../src/observe/protocols/upnp.ts';
import { askOwn } from './own-http.ts';

type Access = FactOf<'access'>;

/** What is known of a kind of service: an action that only reads, and those that are looked for in its list and never called. */
export interface Control {
  readonly kind: RegExp;
  /** Tried in this order until one is answered. `holds`: an element that the answer must have. */
  readonly reads: readonly { name: string; arguments: Readonly<Record<string, string>>; holds: string }[];
  /** The class of what is read. Absent: it says nothing of note, and only shows that nobody is asked for a login. */
  readonly read?: Access['class'];
  readonly never: RegExp;
  readonly class: 'relay' | 'function';
}

/** UPnP Forum device control protocols: IGD 1 and 2, AV, lighting; and the WeMo family's own. */
export const CONTROLS: readonly Control[] = [
  {
    kind: /:WAN(IP|PPP)Connection:\d+$/,
    reads: [
      { name: 'GetExternalIPAddress', arguments: {}, holds: 'NewExternalIPAddress' },
      { name: 'GetGenericPortMappingEntry', arguments: { NewPortMappingIndex: '0' }, holds: 'NewInternalPort' },
    ],
    read: 'setting',
    never: /^(AddPortMapping|AddAnyPortMapping)$/,
    class: 'relay',
  },
  {
    kind: /:WANIPv6FirewallControl:\d+$/,
    reads: [{ name: 'GetFirewallStatus', arguments: {}, holds: 'FirewallEnabled' }],
    read: 'setting',
    never: /^AddPinhole$/,
    class: 'relay',
  },
  {
    kind: /:RenderingControl:\d+$/,
    reads: [{ name: 'GetVolume', arguments: { InstanceID: '0', Channel: 'Master' }, holds: 'CurrentVolume' }],
    never: /^SetVolume$/,
    class: 'function',
  },
  {
    kind: /:AVTransport:\d+$/,
    reads: [{ name: 'GetTransportInfo', arguments: { InstanceID: '0' }, holds: 'CurrentTransportState' }],
    never: /^(Play|SetAVTransportURI)$/,
    class: 'function',
  },
  {
    kind: /:SwitchPower:\d+$/,
    reads: [{ name: 'GetStatus', arguments: {}, holds: 'ResultStatus' }],
    never: /^SetTarget$/,
    class: 'function',
  },
  {
    kind: /:Dimming:\d+$/,
    reads: [{ name: 'GetLoadLevelStatus', arguments: {}, holds: 'retLoadlevelStatus' }],
    never: /^SetLoadLevelTarget$/,
    class: 'function',
  },
  {
    kind: /^urn:Belkin:service:basicevent:\d+$/,
    reads: [{ name: 'GetBinaryState', arguments: {}, holds: 'BinaryState' }],
    never: /^SetBinaryState$/,
    class: 'function',
  },
];

/** How an action that only reads was answered. `unavailable`: by a fault that says nothing of who may ask. */
export type Read =
  | { readonly result: 'open'; readonly answer: Extract<SoapAnswer, { kind: 'answer' }>; readonly body: Buffer }
  | { readonly result: 'refused' }
  | { readonly result: 'unavailable'; readonly why: string };

/** UPnP errors 401 Invalid Action to 899 (UPnP Device Architecture 2.0, 3.2.5): 606 is "Action not authorized". */
const NOT_AUTHORIZED = 606;

/** Calls an action that only reads, without credentials. Throws CannotTell where the answer is none of SOAP's. */
export async function callRead(
  context: ProbeContext,
  url: URL,
  { type }: UpnpService,
  read: Control['reads'][number],
): Promise<Read> {
  const body = soapRequest({ version: '1.1', namespace: type, name: read.name, arguments: read.arguments });
  const answer = await askOwn(context, url, {
    headers: [
      ['Content-Type', 'text/xml; charset="utf-8"'],
      ['SOAPAction', `"${type}#${read.name}"`],
    ],
    body,
  });
  if (answer.status === 401 || answer.status === 403) return { result: 'refused' };
  const said = readSoap(answer.body, read.name);
  if (said?.kind === 'fault') {
    const refused = said.upnpCode === NOT_AUTHORIZED || (said.upnpCode === undefined && saysNotAuthorized(said.words));
    return refused
      ? { result: 'refused' }
      : { result: 'unavailable', why: `a fault (${said.upnpCode ?? 'without a code'})` };
  }
  if (said && answer.status === 200 && said.element.children.some(({ name }) => name === read.holds))
    return { result: 'open', answer: said, body: answer.body };
  if (answer.status === 404 || answer.status === 405) return { result: 'unavailable', why: String(answer.status) };
  throw new CannotTell(
    'protocol',
    `${serviceName(type)} answered ${read.name} with ${answer.status} and no such answer`,
  );
}

export const access = (
  { type }: UpnpService,
  name: string,
  fact: Pick<Access, 'class' | 'action' | 'authentication' | 'how'> & Partial<Pick<Access, 'sample'>>,
): Access => ({ kind: 'access', protocol: 'upnp', resource: `${serviceName(type)} ${name}`, ...fact });
