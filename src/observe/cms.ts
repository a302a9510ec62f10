import { createHash, type KeyObject } from 'node:crypto';
import { type Hash, hashNamed, isSignature, type KeyKind, signerAlgorithms } from './algorithms.ts';
import { type Certificate, readCertificate } from './certificates.ts';
import { element, integer, octetString, oidOf, readCanonical, sequence, setOf, sorted, within } from './der.ts';
import { type Der, DerError, expectTag, oid, readDer } from './protocols/der.ts';

/** A signature or time stamp that does not hold. `message` says what differs. */
export class SignatureError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SignatureError';
  }
}

export const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  timeStamp: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  /** ESS signing-certificate (RFC 2634, 5.4), with SHA-1, and its second version (RFC 5035, 3). */
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;

/** The hash that a digest's AlgorithmIdentifier names. Throws SignatureError. */
export const hashOf = (algorithm: Buffer): Hash => {
  const found = hashNamed(algorithm);
  if (found === undefined) throw new SignatureError('its digest is none of SHA-256, SHA-384 and SHA-512');
  return found;
};

/** The kind of a key. Throws SignatureError for one that is neither RSA nor on a curve. */
export const kindOf = ({ asymmetricKeyType }: KeyObject): KeyKind => {
  if (asymmetricKeyType === 'rsa' || asymmetricKeyType === 'ec') return asymmetricKeyType;
  throw new SignatureError(`its key is ${asymmetricKeyType ?? 'of an unknown kind'}, expected RSA or ECDSA`);
};

/** What a CMS SignedData with one signer is made of (RFC 5652, 5.1 and 5.3). */
export interface SignedParts {
  readonly contentType: string;
  /** The content where it is enclosed; a detached one has none. */
  readonly content?: Buffer;
  /** DER of the digest's and the signature's AlgorithmIdentifier. */
  readonly digestAlgorithm: Buffer;
  readonly signatureAlgorithm: Buffer;
  /** DER of the SET of signed attributes. */
  readonly attributes: Buffer;
  readonly signature: Buffer;
}

/**
 * Writes a ContentInfo with SignedData in the one form that we read: the signer named by issuer and serial number, one
 * digest algorithm, certificates sorted, no revocation lists, no unsigned attributes.
 */
export const buildSigned = (parts: SignedParts, signer: Certificate, certificates: readonly Certificate[]): Buffer => {
  const { contentType, content } = parts;
  const enclosed = content === undefined ? [] : [element(0xa0, octetString(content))];
  const signerInfo = sequence(
    integer(1),
    sequence(signer.issuer, signer.serial),
    parts.digestAlgorithm,
    element(0xa0, readDer(parts.attributes).body),
    parts.signatureAlgorithm,
    octetString(parts.signature),
  );
  const signedData = sequence(
    integer(contentType === OID.data ? 1 : 3),
    setOf([parts.digestAlgorithm]),
    sequence(oidOf(contentType), ...enclosed),
    element(0xa0, ...sorted(certificates.map(({ der }) => der))),
    setOf([signerInfo]),
  );
  return sequence(oidOf(OID.signedData), element(0xa0, signedData));
};

/** The parts of a ContentInfo with SignedData, and its certificates. What it has more is seen only by who rebuilds it. Throws DerError and SignatureError. */
export const readSigned = (info: Der): SignedParts & { readonly certificates: readonly Certificate[] } => {
  const [type, wrapper] = within(info, 0x30, 2);
  if (oid(type) !== OID.signedData) throw new SignatureError('it holds no signed data');
  const fields = within(within(wrapper, 0xa0, 1)[0], 0x30, 4);
  const [contentType, enclosed] = within(fields[2], 0x30, 1);
  const certificates = fields.find(({ tag }) => tag === 0xa0);
  if (certificates === undefined) throw new SignatureError('it holds no certificate');
  const signers = within(fields.at(-1), 0x31);
  if (signers.length !== 1) throw new SignatureError(`it has ${signers.length} signers, expected one`);
  const [, , digest, attributes, algorithm, signature] = within(signers[0], 0x30, 6);
  if (attributes!.tag !== 0xa0) throw new SignatureError('its signer has no signed attributes');
  return {
    contentType: oid(contentType),
    ...(enclosed === undefined ? {} : { content: expectTag(within(enclosed, 0xa0, 1)[0], 0x04).body }),
    digestAlgorithm: expectTag(digest, 0x30).raw,
    signatureAlgorithm: expectTag(algorithm, 0x30).raw,
    attributes: element(0x31, attributes!.body),
    signature: expectTag(signature, 0x04).body,
    certificates: within(certificates, 0xa0).map(({ raw }) => readCertificate(raw)),
  };
};

/** An attribute with one value. */
export const attribute = (id: string, value: Buffer): Buffer => sequence(oidOf(id), setOf([value]));

/** The one value of each attribute, by OID. Throws DerError and SignatureError. */
export const attributesOf = ({ attributes }: SignedParts): Map<string, Der> => {
  const found = new Map<string, Der>();
  for (const one of within(readCanonical(attributes), 0x31)) {
    const [type, values] = within(one, 0x30, 2);
    const [value, ...more] = within(values, 0x31, 1);
    if (found.has(oid(type)) || more.length > 0) throw new SignatureError('a signed attribute is there twice');
    found.set(oid(type), value!);
  }
  return found;
};

/** ESS signing-certificate-v2 that pins these certificates by SHA-256, the signer's first (RFC 5035, 3). */
export const pinsOf = (certificates: readonly Certificate[]): Buffer =>
  sequence(sequence(...certificates.map(({ sha256 }) => sequence(octetString(Buffer.from(sha256, 'hex'))))));

/** Whether a certificate is the one that an ESSCertID or ESSCertIDv2 names by its digest. */
type Pin = (certificate: Certificate) => boolean;

const pin = (one: Der, version: 1 | 2): Pin => {
  const [first, second] = within(one, 0x30, 1);
  const named = version === 2 && first!.tag === 0x30;
  const hash = version === 1 ? 'sha1' : named ? hashOf(first!.raw) : 'sha256';
  const digest = expectTag(named ? second : first, 0x04).body;
  return ({ der }) => createHash(hash).update(der).digest().equals(digest);
};

/** The certificates that the signed attributes pin, the signer's first. Throws DerError and SignatureError. */
export const readPins = (attributes: ReadonlyMap<string, Der>): Pin[] => {
  const [v1, v2] = [attributes.get(OID.signingCertificate), attributes.get(OID.signingCertificateV2)];
  const value = v2 ?? v1;
  if (value === undefined) throw new SignatureError('nothing that is signed names the certificate of its signer');
  return within(within(value, 0x30, 1)[0], 0x30, 1).map((one) => pin(one, v2 === undefined ? 1 : 2));
};

/** Holds the signed attributes to the content, and the signature to the attributes. Throws DerError and SignatureError. */
export const requireSignature = (parts: SignedParts, content: Buffer, signer: Certificate): void => {
  const hash = hashOf(parts.digestAlgorithm);
  const attributes = attributesOf(parts);
  if (!signerAlgorithms(kindOf(signer.key), hash).some((one) => one.equals(parts.signatureAlgorithm)))
    throw new SignatureError('the way in which it says it is signed does not fit its key and its digest');
  const type = attributes.get(OID.contentType);
  if (type === undefined || oid(type) !== parts.contentType)
    throw new SignatureError('it names another kind of content than it signs');
  const digest = expectTag(attributes.get(OID.messageDigest), 0x04).body;
  if (!createHash(hash).update(content).digest().equals(digest))
    throw new SignatureError('what was signed is something else than what is here');
  // OpenSSL takes an ECDSA signature in canonical DER only; said here so that it holds with any other.
  if (signer.key.asymmetricKeyType === 'ec') readCanonical(parts.signature);
  if (!isSignature(hash, parts.attributes, signer.key, parts.signature))
    throw new SignatureError('the signature is not that of its signer over what it says');
};

/** Whether an error says that bytes are not a sound signature, and not that we are wrong. */
export const isUnsound = (error: unknown): error is Error =>
  error instanceof SignatureError || error instanceof DerError;
