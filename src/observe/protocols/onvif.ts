import type { FactOf } from '../../model/fact.ts';
import { childText, elementsNamed, readXml } from './soap-xml.ts';

/** One answer to a WS-Discovery Probe (2005/04, 5.3). */
export interface ProbeMatch {
  /** `urn:uuid:…`. */
  readonly address: string;
  readonly scopes: readonly string[];
  /** Where its services are. */
  readonly urls: readonly string[];
}

const words = (text: string | undefined): string[] =>
  (text ?? '')
    .slice(0, 8192)
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, 50);

/** Reads ProbeMatches (or a Hello); undefined for anything else. */
export function readProbeMatches(bytes: Buffer): ProbeMatch[] | undefined {
  const root = readXml(bytes);
  if (root?.name !== 'Envelope') return undefined;
  const matches = [...elementsNamed(root, 'ProbeMatch'), ...elementsNamed(root, 'Hello')];
  return matches.slice(0, 8).map((match) => ({
    address: elementsNamed(match, 'Address')[0]?.text.trim() ?? '',
    scopes: words(childText(match, 'Scopes')),
    urls: words(childText(match, 'XAddrs')),
  }));
}

const SCOPES: Readonly<Record<string, FactOf<'identity'>['what']>> = {
  name: 'name',
  hardware: 'model',
  location: 'location',
  mac: 'mac',
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** What the scopes say of a device (ONVIF Core 7.3.2.2): its name, its hardware, where it is. */
export const scopeIdentity = (scopes: readonly string[]): { what: FactOf<'identity'>['what']; value: string }[] =>
  scopes.flatMap((scope) => {
    const [, kind, value = ''] = /^onvif:\/\/www\.onvif\.org\/([a-z]{1,20})\/(.{1,400})$/i.exec(scope) ?? [];
    const what = kind === undefined ? undefined : SCOPES[kind.toLowerCase()];
    // `location/country/x`: what kind of place it is stands before it.
    const said = decoded(what === 'location' ? value.slice(value.lastIndexOf('/') + 1) : value);
    return what === undefined || said === '' ? [] : [{ what, value: said }];
  });
