import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { digestAlgorithm, type Hash, signerAlgorithms } from './algorithms.ts';
import { type Certificate, certificatesIn, isSignedBy, maySign, namesOf, outOfDate } from './certificates.ts';
import {
  attribute,
  attributesOf,
  buildSigned,
  isUnsound,
  kindOf,
  OID,
  pinsOf,
  readPins,
  readSigned,
  requireSignature,
  SignatureError,
  type SignedParts,
} from './cms.ts';
import { octetString, oidOf, readCanonical, readTime, setOf, timeOf } from './der.ts';

/** A key that fits its certificate. */
export interface Signer {
  /** The certificate's subject, in one line. */
  readonly subject: string;
  readonly key: KeyObject;
  readonly certificate: Certificate;
  /** The certificates above it, without itself. */
  readonly chain: readonly Certificate[];
}

/** Where the passphrase of an encrypted key stands: secrets never come as arguments. */
export const PASSPHRASE = 'PROBITY_KEY_PASSPHRASE';

/** What makes a key or a certificate unfit to sign. `which` of the files it is about; `pair`: that these two do not fit. */
export class UnfitSigner extends Error {
  readonly which: 'key' | 'certificate' | 'chain' | 'pair';
  constructor(which: UnfitSigner['which'], message: string) {
    super(message);
    this.name = 'UnfitSigner';
    this.which = which;
  }
}

const LEAST_BITS = 3072;
const EXPECTED = `expected ECDSA on P-256 or P-384, or RSA of ${LEAST_BITS} bits and more`;
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/** What a key is, where it is none that signs; undefined for one that does. */
export const unfitKey = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined => {
  const { namedCurve = '', modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  switch (asymmetricKeyType) {
    case 'ec':
      return ['prime256v1', 'secp384r1'].includes(namedCurve)
        ? undefined
        : `it is ECDSA on ${CURVES[namedCurve] ?? namedCurve}, ${EXPECTED}`;
    case 'rsa':
      if (modulusLength < LEAST_BITS) return `it is RSA of ${modulusLength} bits, ${EXPECTED}`;
      return publicExponent < 65537n ? `its RSA exponent is ${publicExponent}, expected 65537` : undefined;
    case 'ed25519':
    case 'ed448':
      return `it is ${asymmetricKeyType === 'ed25519' ? 'Ed25519' : 'Ed448'}, ${EXPECTED}`;
    default:
      return `it is ${asymmetricKeyType ?? 'of an unknown kind'}, ${EXPECTED}`;
  }
};

const readKey = (pem: string, passphrase: string | undefined): KeyObject => {
  const encrypted = /ENCRYPTED/.test(pem);
  if (encrypted && passphrase === undefined)
    throw new UnfitSigner('key', `it is encrypted, expected its passphrase in the environment, as ${PASSPHRASE}`);
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: pem, format: 'pem', ...(encrypted ? { passphrase } : {}) });
  } catch {
    // OpenSSL's words differ from version to version, and could repeat what is in the key.
    throw new UnfitSigner(
      'key',
      encrypted ? `the passphrase in ${PASSPHRASE} is not that of the key` : 'expected a private key in PEM',
    );
  }
  const unfit = unfitKey(key);
  if (unfit !== undefined) throw new UnfitSigner('key', unfit);
  return key;
};

/** What is read of a certificate; one that cannot be read is unfit. */
const readable = <T>(which: 'certificate' | 'chain', read: () => T): T => {
  try {
    return read();
  } catch (error) {
    if (isUnsound(error)) throw new UnfitSigner(which, error.message);
    throw error;
  }
};

/** PEM of a signer; further certificates beside its own count as its chain. */
export interface SignerFiles {
  readonly key: string;
  readonly certificate: string;
  readonly chain?: string;
  /** Of an encrypted key. */
  readonly passphrase?: string;
}

/**
 * A signer from its PEM. Throws UnfitSigner for a key of another kind, a certificate that is not the key's, out of its
 * dates at `now` (ms) or not for signatures, and a chain that does not lead up from it.
 */
export const signerFrom = ({ key: keyPem, certificate: pem, chain, passphrase }: SignerFiles, now: number): Signer => {
  const key = readKey(keyPem, passphrase);
  const { certificate, beside, subject } = readable('certificate', () => {
    const [own, ...more] = certificatesIn(pem) as [Certificate, ...Certificate[]];
    if (!createPublicKey(key).equals(own.key)) throw new UnfitSigner('pair', 'the key does not fit the certificate');
    if (!maySign(own)) throw new UnfitSigner('certificate', 'its key usage allows no signatures');
    return { certificate: own, beside: more, subject: namesOf(own).subject };
  });
  const date = outOfDate(certificate, now);
  if (date !== undefined) throw new UnfitSigner('certificate', date);
  const which = chain === undefined ? 'certificate' : 'chain';
  const above = readable(which, () => {
    const given = [...beside, ...(chain === undefined ? [] : certificatesIn(chain))].filter(
      ({ sha256 }) => sha256 !== certificate.sha256,
    );
    const all = new Map([certificate, ...given].map((one) => [one.sha256, one]));
    const stray = given.find((one) => ![...all.values()].some((other) => other !== one && isSignedBy(other, one)));
    if (stray !== undefined)
      throw new UnfitSigner(
        which,
        `the certificate of "${namesOf(stray).subject}" issued none of those that lead to the key's`,
      );
    all.delete(certificate.sha256);
    return [...all.values()];
  });
  return { subject, key, certificate, chain: above };
};

/** The digest that a key signs with, and no other: as strong as the key. */
const hashFor = ({ asymmetricKeyDetails }: KeyObject): Hash =>
  asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'sha384' : 'sha256';

/**
 * A detached CMS signature over `SHA256SUMS` (RFC 5652), with the signing time (ms) and ESS signing-certificate-v2, which
 * pins the signer's certificate and its chain by SHA-256 so that every byte of the file is held. Throws UnfitSigner where
 * the certificate is out of its dates by now.
 */
export const signSums = (sums: Buffer, signer: Signer, at: number): Buffer => {
  const { key, certificate, chain } = signer;
  const date = outOfDate(certificate, at);
  if (date !== undefined) throw new UnfitSigner('certificate', date);
  const hash = hashFor(key);
  const attributes = setOf([
    attribute(OID.contentType, oidOf(OID.data)),
    attribute(OID.messageDigest, octetString(createHash(hash).update(sums).digest())),
    attribute(OID.signingTime, timeOf(at)),
    attribute(OID.signingCertificateV2, pinsOf([certificate, ...chain])),
  ]);
  const parts: SignedParts = {
    contentType: OID.data,
    digestAlgorithm: digestAlgorithm(hash),
    signatureAlgorithm: signerAlgorithms(kindOf(key), hash)[0]!,
    attributes,
    signature: sign(hash, attributes, key),
  };
  return buildSigned(parts, certificate, [certificate, ...chain]);
};

const ATTRIBUTES = [OID.contentType, OID.messageDigest, OID.signingTime, OID.signingCertificateV2];

/** A signature that holds: who signed, and when, in ms by the signer's clock. */
export interface SoundSignature {
  readonly certificate: Certificate;
  readonly chain: readonly Certificate[];
  readonly at: number;
}

/**
 * Holds `SHA256SUMS.p7s` to the sums, in the one form that `signSums` writes: whatever could be changed in it without the
 * signature noticing is rebuilt and compared. Throws SignatureError and DerError.
 */
export const readSignature = (sums: Buffer, bytes: Buffer): SoundSignature => {
  const parts = readSigned(readCanonical(bytes));
  const attributes = attributesOf(parts);
  const pins = readPins(attributes);
  const pinned = pins.map((isIt) => parts.certificates.find(isIt));
  const missing = pinned.indexOf(undefined);
  if (missing >= 0)
    throw new SignatureError(`certificate ${missing + 1} of ${pins.length} is not the one that was signed with`);
  const [certificate, ...chain] = pinned as [Certificate, ...Certificate[]];
  const unfit = unfitKey(certificate.key);
  if (unfit !== undefined) throw new SignatureError(`the signer's key: ${unfit}`);
  const hash = hashFor(certificate.key);
  if (!parts.digestAlgorithm.equals(digestAlgorithm(hash)))
    throw new SignatureError("its digest is not the one of the signer's key");
  const algorithm = signerAlgorithms(kindOf(certificate.key), hash)[0]!;
  if (!buildSigned({ ...parts, signatureAlgorithm: algorithm }, certificate, [certificate, ...chain]).equals(bytes))
    throw new SignatureError('something in it that nothing signs is not as it was written');
  requireSignature(parts, sums, certificate);
  const time = attributes.get(OID.signingTime);
  if (time === undefined || attributes.size !== ATTRIBUTES.length || ATTRIBUTES.some((id) => !attributes.has(id)))
    throw new SignatureError('its signed attributes are not the four that are expected');
  const at = readTime(time);
  const date = outOfDate(certificate, at);
  if (date !== undefined) throw new SignatureError(`the signer's certificate: ${date}`);
  if (!maySign(certificate)) throw new SignatureError("the signer's certificate allows no signatures");
  return { certificate, chain, at };
};
