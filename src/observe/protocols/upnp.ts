import type { FactOf } from '../../model/fact.ts';
import { childText, elementsNamed, readXml, type XmlElement } from './soap-xml.ts';
import { oneLine } from './text.ts';

/** One service of a device description (UPnP Device Architecture 2.0, 2.3). URLs as they stand there. */
export interface UpnpService {
  /** `urn:schemas-upnp-org:service:WANIPConnection:1`. */
  readonly type: string;
  readonly control: string;
  readonly scpd: string;
}

export interface UpnpDescription {
  readonly identity: readonly { readonly what: FactOf<'identity'>['what']; readonly value: string }[];
  readonly services: readonly UpnpService[];
  /** URLBase, of version 1.0: what the URLs are relative to; else to where the description was. */
  readonly base?: string;
}

const SERVICES = 64;
const VALUE = 200;

/** Reads a device description; undefined where it is none. Embedded devices give their services, the root device its names. */
export function readDescription(bytes: Buffer): UpnpDescription | undefined {
  const root = readXml(bytes);
  const device = root?.name === 'root' ? root.children.find(({ name }) => name === 'device') : undefined;
  if (!root || !device) return undefined;
  const value = (name: string): string => oneLine(childText(device, name) ?? '', VALUE);
  const model = [value('modelName'), value('modelNumber')].filter((part) => part !== '');
  const identity = [
    { what: 'vendor', value: value('manufacturer') },
    { what: 'model', value: [...new Set(model)].join(' ') },
    { what: 'name', value: value('friendlyName') },
    { what: 'serial', value: value('serialNumber') },
    { what: 'uuid', value: value('UDN').replace(/^uuid:/i, '') },
  ] as const;
  const base = childText(root, 'URLBase');
  return {
    identity: identity.filter((one) => one.value !== ''),
    services: elementsNamed(device, 'service').slice(0, SERVICES).flatMap(serviceOf),
    ...(base && { base: base.slice(0, 1000) }),
  };
}

const serviceOf = (element: XmlElement): UpnpService[] => {
  const [type, control] = ['serviceType', 'controlURL'].map((name) => childText(element, name) ?? '') as [
    string,
    string,
  ];
  const isType = /^urn:[\w.-]{1,100}:service:[\w.-]{1,100}:\d{1,3}$/.test(type);
  return isType && control !== '' && control.length <= 1000
    ? [{ type, control, scpd: (childText(element, 'SCPDURL') ?? '').slice(0, 1000) }]
    : [];
};

/** Names of the actions that a service description (SCPD) lists; undefined where it is none. */
export function readActions(bytes: Buffer): readonly string[] | undefined {
  const root = readXml(bytes);
  if (root?.name !== 'scpd') return undefined;
  return elementsNamed(root, 'action')
    .flatMap((action) => childText(action, 'name') ?? [])
    .filter((name) => /^[\w.-]{1,100}$/.test(name))
    .slice(0, 200);
}

/** `WANIPConnection:1`. */
export const serviceName = (type: string): string => type.split(':service:')[1] ?? type;
