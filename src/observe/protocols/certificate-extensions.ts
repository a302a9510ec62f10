import type { CERTIFICATE_FAULTS } from '../../model/fact.ts';
import { children, type Der, DerError, expectTag, oid, readDer, TAG } from './der.ts';
import { oneLine } from './text.ts';

export type CertificateFault = (typeof CERTIFICATE_FAULTS)[number];

/** What the extensions of a certificate say (RFC 5280, 4.2). */
export interface Extensions {
  /** As told: host names, addresses and URIs, bounded. */
  readonly names: string[];
  /** Host names of subjectAltName, byte for byte. */
  readonly hosts: readonly string[];
  /** Addresses of subjectAltName, four or sixteen bytes each. */
  readonly addresses: readonly Buffer[];
  readonly isCa: boolean;
  /** How many authorities may stand between this one and a leaf. */
  readonly pathLength?: number;
  readonly keyUsage: string[] | undefined;
  readonly extendedKeyUsage: string[] | undefined;
  /** The content of each, by its OID; of one that stands twice, the first. */
  readonly bodies: ReadonlyMap<string, Buffer>;
  readonly faults: readonly CertificateFault[];
}

export const EXTENSIONS = {
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  nameConstraints: '2.5.29.30',
  extendedKeyUsage: '2.5.29.37',
} as const;

/** Those that may be critical: the ones above, and what says how they are to be used, revoked and mapped. */
const KNOWN = new Set<string>([
  ...Object.values(EXTENSIONS),
  ...['2.5.29.31', '2.5.29.32', '2.5.29.33', '2.5.29.36', '2.5.29.54', '2.16.840.1.113730.1.1'],
]);

const MOST_NAMES = 200;

/** Reads the extensions within [3]. Throws DerError where they cannot be told apart; what is wrong within one is a fault. */
export function readExtensions(wrapper: Der | undefined): Extensions {
  const bodies = new Map<string, Buffer>();
  const faults = new Set<CertificateFault>();
  for (const one of wrapper ? children(expectTag(readDer(wrapper.body), TAG.sequence)) : []) {
    const parts = children(one);
    const id = oid(parts[0]);
    const critical = parts[1]?.tag === TAG.boolean && parts[1].body.some((byte) => byte !== 0);
    if (bodies.has(id)) faults.add('duplicate-extension');
    else bodies.set(id, expectTag(parts.at(-1), TAG.octetString).body);
    if (critical && !KNOWN.has(id)) faults.add('unknown-critical-extension');
  }
  const read = <T>(id: string, how: (element: Der) => T): T | undefined => {
    const body = bodies.get(id);
    if (body === undefined) return undefined;
    try {
      return how(readDer(body));
    } catch (error) {
      if (!(error instanceof DerError)) throw error;
      faults.add('broken-extension');
      return undefined;
    }
  };
  const alternative = read(EXTENSIONS.subjectAltName, (element) => children(expectTag(element, TAG.sequence))) ?? [];
  const constraints = read(EXTENSIONS.basicConstraints, readConstraints);
  return {
    names: alternative.slice(0, MOST_NAMES).flatMap(nameText),
    hosts: alternative.flatMap(({ tag, body }) => (tag === 0x82 ? [body.toString('latin1')] : [])),
    addresses: alternative.flatMap(({ tag, body }) =>
      tag === 0x87 && (body.length === 4 || body.length === 16) ? [body] : [],
    ),
    isCa: constraints?.isCa ?? false,
    ...(constraints?.pathLength !== undefined && { pathLength: constraints.pathLength }),
    keyUsage: read(EXTENSIONS.keyUsage, (element) => readUsage(expectTag(element, TAG.bitString))),
    extendedKeyUsage: read(EXTENSIONS.extendedKeyUsage, readPurposes),
    bodies,
    faults: [...faults],
  };
}

/** RFC 5280, 4.2.1.9. */
function readConstraints(element: Der): { isCa: boolean; pathLength?: number } {
  const parts = children(expectTag(element, TAG.sequence));
  const isCa = parts[0]?.tag === TAG.boolean && parts[0].body.some((byte) => byte !== 0);
  const length = parts.find(({ tag }) => tag === TAG.integer);
  return { isCa, ...(length && { pathLength: Number.parseInt(length.body.toString('hex').slice(0, 12), 16) }) };
}

const USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];
const readUsage = ({ body }: Der) => USAGES.filter((_, i) => ((body[1 + (i >> 3)] ?? 0) & (0x80 >> (i & 7))) !== 0);

/** KeyPurposeIds (RFC 5280, 4.2.1.12) by their names; others as they are. */
const PURPOSES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
  '2.5.29.37.0': 'anyExtendedKeyUsage',
};
const readPurposes = (element: Der): string[] =>
  children(expectTag(element, TAG.sequence))
    .slice(0, 20)
    .map((one) => PURPOSES[oid(one)] ?? oid(one));

/** dNSName, uniformResourceIdentifier and iPAddress of GeneralNames (RFC 5280, 4.2.1.6). */
function nameText({ tag, body }: Der): string[] {
  if (tag === 0x82 || tag === 0x86) return [oneLine(body.toString('latin1')).slice(0, 255)];
  if (tag === 0x87 && body.length === 4) return [body.join('.')];
  if (tag === 0x87 && body.length === 16) return [body.toString('hex').replace(/.{4}(?=.)/g, '$&:')];
  return [];
}
