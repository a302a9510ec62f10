import { constants, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { bitString, sequence, timeOf } from '../der.ts';
import { type DerParts, readParts } from './certificate-parts.ts';
import { children, type Der, DerError, expectTag, readDer, TAG } from './der.ts';

/** A certificate as OpenSSL reads it, and what its DER says. */
export interface Read {
  /** Names and key of it; its bytes may be others. */
  readonly x509: X509Certificate;
  /** DER as it was sent. */
  readonly raw: Buffer;
  readonly parts: DerParts;
  /** Whether this key made its signature. Throws where that cannot be checked with a key of this kind. */
  isSignedBy(key: KeyObject): boolean;
}

/**
 * Reads one certificate, DER or PEM. From 3.5 on, OpenSSL refuses dates without seconds, which versions before it read:
 * such a date is a fact of its own (`malformed-date`), whatever we run on, so that the rest is read with a date that is
 * written as it must be. Throws what OpenSSL says, or DerError.
 */
export function readCertificate(bytes: Buffer): Read {
  let refused: unknown;
  try {
    const x509 = new X509Certificate(bytes);
    const parts = readParts(x509.raw);
    if (!parts.faults.includes('malformed-date'))
      return { x509, raw: x509.raw, parts, isSignedBy: (key) => x509.verify(key) };
  } catch (error) {
    if (error instanceof DerError) throw error;
    refused = error;
  }
  try {
    return withPlainDates(readDer(derOf(bytes)).raw);
  } catch (error) {
    throw refused ?? error;
  }
}

const derOf = (bytes: Buffer): Buffer => {
  const pem = /-----BEGIN [A-Z0-9 ]+-----([^-]+)-----END/.exec(bytes.toString('latin1'));
  return pem ? Buffer.from(pem[1]!, 'base64') : bytes;
};

function withPlainDates(raw: Buffer): Read {
  const parts = readParts(raw);
  const [tbs, algorithm, signature] = children(expectTag(readDer(raw), TAG.sequence));
  const fields = children(expectTag(tbs, TAG.sequence));
  const validity = fields[0]?.tag === 0xa0 ? 4 : 3;
  const plain = fields.map(({ raw: field }, at) =>
    at === validity ? sequence(timeOf(parts.notBefore.getTime()), timeOf(parts.notAfter.getTime())) : field,
  );
  const signed = expectTag(signature, TAG.bitString).body.subarray(1);
  const x509 = new X509Certificate(sequence(sequence(...plain), algorithm!.raw, bitString(signed)));
  return {
    x509,
    raw,
    parts,
    isSignedBy: (key) => isMadeWith(parts.signatureAlgorithm, algorithm!, key, tbs!.raw, signed),
  };
}

/**
 * Whether this signature (RFC 5280, 4.1.1.3) of bytes was made with a key. `algorithm` is an AlgorithmIdentifier, and
 * `name` what it is called. Throws where it is not of the key's kind.
 */
function isMadeWith(name: string, algorithm: Der, key: KeyObject, bytes: Buffer, signature: Buffer): boolean {
  const kind = key.asymmetricKeyType;
  if (kind === 'ed25519' || kind === 'ed448') return name === kind.toUpperCase() && verify(null, bytes, key, signature);
  const [, pss, rsa, curve, dsa] =
    /^(?:RSASSA-PSS-(\w+)|(\w+)WithRSAEncryption|ecdsa-with-(\w+)|dsa-with-(\w+))$/.exec(name) ?? [];
  const hash = { rsa: pss ?? rsa, 'rsa-pss': pss, ec: curve, dsa }[kind as string];
  if (hash === undefined) throw new DerError(`${name} is not made with such a key`);
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltOf(algorithm) };
  return verify(hash, bytes, pss ? { key, ...padding } : key, signature);
}

/** Octets of the salt of RSASSA-PSS: 20 where nothing is said (RFC 4055, 3.1). */
function saltOf(algorithm: Der): number {
  const parameters = children(algorithm)[1];
  const salt = parameters && children(parameters).find(({ tag }) => tag === 0xa2);
  return salt ? (expectTag(readDer(salt.body), TAG.integer).body[0] ?? 0) : 20;
}
