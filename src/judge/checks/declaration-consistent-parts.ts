import type { Transport } from '../../model/target.ts';
import type { CheckView, FindingDraft, SeenFact } from '../check.ts';
import { about, ids, type Place, placesOf } from './place.ts';

/** All that a declaration is held against. */
export const NEEDS = [
  'port',
  'service',
  'channel',
  'login',
  'access',
  'throttle',
  'identity',
  'update',
  'artifact',
] as const;
export type View = CheckView<(typeof NEEDS)[number]>;

export const EXPECTED = 'What was seen agrees with what is declared.';

/** A declared or observed word in a sentence: one line, not long. */
export const quoted = (text: string): string => `"${text.replace(/\s+/g, ' ').trim().slice(0, 80)}"`;

/** Where a finding about a part of the declaration stands that is at no port. */
export const ofPart = ({ component }: View, part: string): Pick<FindingDraft, 'about' | 'expected'> => ({
  about: { host: component.addresses[0] ?? component.id, subject: part },
  expected: EXPECTED,
});

/** Nothing observed speaks to this part, or to what is named of it. */
export const unseen = (view: View, part: string, what: string, basis: readonly string[] = []): FindingDraft => ({
  ...ofPart(view, part),
  verdict: 'inconclusive',
  because: `Nothing that was observed speaks to ${what}.`,
  basis: [...basis],
});

const protocolOf = (service: string): string =>
  service.toLowerCase().replace(/^(http|mqtt|ftp|rtsp|smtp|coap)s$/, '$1');

const spokenAt = (place: Place): readonly string[] => place.services.map(({ fact }) => fact.protocol);

/** The places that an entry speaks of: by port where it names one, else wherever its protocol speaks. */
export const placesFor = (
  { seen }: View,
  entry: { readonly service?: string; readonly transport?: Transport; readonly port?: number },
  also: readonly (SeenFact<'login'> | SeenFact<'access'> | SeenFact<'channel'>)[],
): readonly Place[] => {
  const protocol = entry.service === undefined ? undefined : protocolOf(entry.service);
  const here = (place: Place): boolean =>
    protocol === undefined ||
    spokenAt(place).includes(protocol) ||
    also.some(
      ({ fact, endpoint }) =>
        fact.protocol === protocol &&
        endpoint.host === place.endpoint.host &&
        endpoint.transport === place.endpoint.transport &&
        endpoint.port === place.endpoint.port,
    );
  if (protocol === undefined && entry.port === undefined) return [];
  return placesOf(seen, also).filter(
    (place) =>
      (entry.port === undefined || entry.port === place.endpoint.port) &&
      (entry.transport === undefined || entry.transport === place.endpoint.transport) &&
      here(place),
  );
};

/** Facts of the protocol that an entry names; all of them where it names none. */
export const speaking = <T extends { fact: { protocol: string } }>(
  facts: readonly T[],
  service?: string,
): readonly T[] => (service === undefined ? facts : facts.filter(({ fact }) => fact.protocol === protocolOf(service)));

/** A finding at a place, about a part of the declaration. */
export const at = (
  place: Place,
  part: string,
  said: Pick<FindingDraft, 'verdict' | 'because' | 'strength'>,
  ...basis: readonly (readonly { readonly id: string }[])[]
): FindingDraft => ({ ...about(place, part), expected: EXPECTED, ...said, basis: ids(...basis) });

/** `1.2.3` in `v1.2.3 build 5`, but not in `11.2.3` nor in `1.2.30`: whole words, whatever the case. */
export const sameWords = (one: string, other: string): boolean => {
  const [a, b] = [one, other].map((text) =>
    text
      .toLowerCase()
      .replace(/\s+/g, ' ')
      .trim()
      .replace(/^v(?=\d)/, ''),
  );
  const holds = (whole: string, part: string): boolean => {
    for (let from = whole.indexOf(part); from >= 0; from = whole.indexOf(part, from + 1)) {
      const before =
        whole
          .slice(0, from)
          .replace(/(^|[\s_(:])v$/, '$1')
          .at(-1) ?? ' ';
      const after = whole[from + part.length] ?? ' ';
      if (!/[a-z0-9.+-]/.test(before) && !/[a-z0-9.+-]/.test(after)) return true;
    }
    return false;
  };
  return a !== '' && b !== '' && (holds(a!, b!) || holds(b!, a!));
};

/** A dotted version number: two of them that differ cannot both be that of the firmware. */
export const versionOf = (text: string): string | undefined => /\d+(?:\.\d+)+/.exec(text)?.[0];
