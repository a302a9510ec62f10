import type { CERTIFICATE_FAULTS } from '../../model/fact.ts';
import type { Strength } from '../../model/verdict.ts';
import type { SeenFact } from '../check.ts';
import { listed } from './place.ts';

export type Certificate = SeenFact<'certificate'>;

/** One thing that is wrong with a leaf or an issuer. What makes which doubt conclusive: docs/decisions/0093. */
export interface Doubt {
  readonly what: string;
  readonly strength: Strength;
  readonly about: Certificate;
}

/** A leaf with the issuers that came with it. */
export interface Chain {
  readonly leaf: Certificate;
  readonly issuers: readonly Certificate[];
}

const BROKEN_HASH = /md[245]|sha-?1(?!\d)/i;

const FAULTS: Readonly<Record<(typeof CERTIFICATE_FAULTS)[number], string>> = {
  'duplicate-extension': 'has one extension twice',
  'unknown-critical-extension': 'has a critical extension that clients do not know',
  'broken-extension': 'has an extension that cannot be read',
  'extensions-without-version': 'has extensions that its version does not',
  'malformed-date': 'has a date that is not written as it must be',
  'algorithms-differ': 'names two ways in which it is signed',
  'path-too-long': 'allows fewer authorities below it than there are',
  'may-not-issue': 'has a key usage that does not let it sign certificates',
  'name-not-permitted': 'does not permit the name below it',
};

const day = (time: string): string => time.slice(0, 10);

/** What made a certificate at this time had a clock that nobody had set. */
const UNSET = '1971';
/** RFC 5280, 4.1.2.5: a certificate that has no well-defined end. */
const NO_END = '9999-12-31';

const outOfDate = ({ fact, at }: Certificate): string => {
  const span = `valid from ${day(fact.notBefore)} to ${day(fact.notAfter)}`;
  if (fact.notAfter < fact.notBefore) return `ends before it begins (${span})`;
  const unset = fact.notBefore < UNSET ? ', as a clock that was never set makes it' : '';
  return `is out of date (${span}, seen ${day(at)}${unset})`;
};

const SERVES = ['serverAuth', 'anyExtendedKeyUsage'];
/** Every key exchange of TLS needs one of them (RFC 5246, 7.4.2). */
const PROVES = ['digitalSignature', 'keyEncipherment', 'keyAgreement'];

const without = (wanted: readonly string[], usage: readonly string[] | undefined): boolean =>
  usage !== undefined && !usage.some((one) => wanted.includes(one));

/**
 * What is wrong with a leaf and its chain, held to the names of the component. Whether self-signed and CA:TRUE are wrong
 * depends on who pins it.
 */
export const doubtsOf = ({ leaf, issuers }: Chain, names: readonly string[]): readonly Doubt[] => {
  const { fact } = leaf;
  const doubts: Doubt[] = [];
  const doubt = (what: string, strength: Strength, certificate = leaf): void => {
    doubts.push({ what, strength, about: certificate });
  };
  if (fact.inDate === false) doubt(outOfDate(leaf), 'conclusive');
  if (fact.nameMatches === false) {
    const none =
      fact.names.length === 0 ? ', for it has no subjectAltName and a common name does not count (RFC 9525)' : '';
    if (names.length > 0) doubt(`names none of ${listed(names)}${none}`, 'conclusive');
    else doubt(`does not name the address ${leaf.endpoint.host}`, 'indicative');
  }
  if (fact.isCa) doubt('is a CA certificate', fact.selfSigned ? 'indicative' : 'conclusive');
  if (without(SERVES, fact.extendedKeyUsage))
    doubt(`is not for servers (extended key usage ${listed(fact.extendedKeyUsage ?? [])})`, 'indicative');
  if (without(PROVES, fact.keyUsage))
    doubt(`has a key usage that is of no use to TLS (${listed(fact.keyUsage ?? []) || 'none'})`, 'indicative');
  for (const fault of fact.faults ?? []) doubt(FAULTS[fault], 'indicative');
  if (fact.chain === 'broken') doubt('comes with a chain in which a signature does not verify', 'conclusive');
  // The signature of a self-signed certificate protects nothing, whatever its hash (CRITERIA A.2).
  for (const each of [leaf, ...issuers])
    if (!each.fact.selfSigned && BROKEN_HASH.test(each.fact.signatureAlgorithm))
      doubt(
        `${each === leaf ? 'is' : 'comes with an issuer that is'} signed with ${each.fact.signatureAlgorithm}`,
        'conclusive',
        each,
      );
  // Against given trust, all of this is in `trusted`.
  if (fact.trusted === undefined)
    for (const each of issuers)
      for (const what of issuerDoubts(each)) doubt(`comes with an issuer that ${what}`, 'indicative', each);
  if (fact.trusted === false)
    doubt(
      `does not chain to the given trust anchors${fact.chain === 'incomplete' ? ', and the certificate of its issuer is not presented' : ''}`,
      'conclusive',
    );
  else if (fact.trusted === undefined && fact.selfSigned)
    doubt('is self-signed, and no trust anchor was given', 'indicative');
  return doubts;
};

function* issuerDoubts({ fact }: Certificate): Generator<string> {
  if (fact.inDate === false) yield 'is out of date';
  // Version 1 has no flag for it, and a root needs none.
  if (!fact.isCa && !(fact.version === 1 && fact.selfSigned)) yield 'is no CA';
  for (const fault of fact.faults ?? []) yield FAULTS[fault];
}

const MOST_SERIAL = 20;

/** What is worth telling and is no doubt: nobody is less protected for it (docs/decisions/0093). */
export const toldOf = ({ leaf: { fact } }: Chain): readonly string[] => {
  const { serial = '01' } = fact;
  return [
    ...(fact.order === 'disordered' ? ['its chain is not in order'] : []),
    ...(fact.presented !== undefined && fact.presented > 10 ? [`${fact.presented} certificates are presented`] : []),
    ...(fact.version === 1 || fact.version === 2 ? [`it is of version ${fact.version}`] : []),
    ...(/^-|^0+$/.test(serial) ? ['its serial number is not positive'] : []),
    ...(serial.replace('-', '').length > 2 * MOST_SERIAL
      ? [`its serial number has more than ${MOST_SERIAL} bytes`]
      : []),
    ...(fact.notAfter.startsWith(NO_END) ? ['it has no end'] : []),
    ...(fact.trusted === undefined && fact.chain === 'incomplete'
      ? ['the certificate of its issuer is not presented']
      : []),
  ];
};

/** The chains among the certificates of one attempt, as they came: issuers stand behind their leaf. */
export const chainsOf = (certificates: readonly Certificate[]): readonly Chain[] => {
  const chains: { leaf: Certificate; issuers: Certificate[] }[] = [];
  let current: (typeof chains)[number] | undefined;
  let last = 0;
  for (const each of certificates) {
    const { position, inChain } = each.fact;
    if (position === 0) {
      current = { leaf: each, issuers: [] };
      chains.push(current);
    }
    // Behind a leaf that could not be read: not of the chain before it.
    else if (position <= last) current = undefined;
    else if (inChain !== false) current?.issuers.push(each);
    last = position;
  }
  return chains;
};
