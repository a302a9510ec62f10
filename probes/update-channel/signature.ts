import { createHash, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import type { FactOf } from '../../src/model/fact.ts';
import { CannotTell } from '../../src/observe/probe.ts';
import { children, type Der, DerError, expectTag, oid, readDer, TAG } from '../../src/observe/protocols/der.ts';

export type Signed = Pick<FactOf<'artifact'>, 'signed' | 'algorithm' | 'bits'>;

/** The declared key: a public key or a certificate, PEM. Throws CannotTell `unsupported` for what is neither. */
export function declaredKey(pem: string): KeyObject {
  try {
    return pem.includes('BEGIN CERTIFICATE') ? new X509Certificate(pem).publicKey : createPublicKey(pem);
  } catch (error) {
    throw new CannotTell('unsupported', `the declared key cannot be read: ${(error as Error).message.slice(0, 200)}`);
  }
}

/** PKCS #1, ECDSA and PSS are tried with these; what verifies says with which it was made. */
const HASHES = ['sha256', 'sha384', 'sha512', 'sha1', 'md5'] as const;

/**
 * What a detached signature over these bytes is worth: raw (as `openssl dgst -sign` writes it), the same in base64, or
 * CMS in DER or PEM. Without a key nothing is verified.
 */
export function judgeSignature(content: Buffer, signature: Buffer, key: KeyObject | undefined): Signed {
  if (!key) return { signed: 'unverified' };
  const cms = cmsOf(signature);
  if (cms) return { ...strength(key), ...judgeCms(content, cms, key) };
  for (const raw of [signature, fromBase64(signature)]) {
    const made = raw && verifiedWith(content, raw, key);
    if (made) return { signed: 'by-given-key', ...strength(key), algorithm: made };
  }
  return { signed: 'invalid', ...strength(key) };
}

function fromBase64(bytes: Buffer): Buffer | undefined {
  const text = bytes.toString('latin1').replace(/\s/g, '');
  return /^[A-Za-z0-9+/]{40,}={0,2}$/.test(text) ? Buffer.from(text, 'base64') : undefined;
}

function verifiedWith(content: Buffer, signature: Buffer, key: KeyObject): string | undefined {
  const kind = key.asymmetricKeyType;
  if (kind === 'ed25519' || kind === 'ed448') {
    return verify(null, content, key, signature) ? kind : undefined;
  }
  if (kind === 'rsa' || kind === 'rsa-pss') {
    for (const hash of HASHES) {
      if (kind === 'rsa' && verify(hash, content, { key, padding: PKCS1 }, signature)) return `rsa-${hash}`;
      if (verify(hash, content, { key, padding: PSS }, signature)) return `rsa-pss-${hash}`;
    }
    return undefined;
  }
  if (kind !== 'ec') return undefined;
  for (const hash of HASHES) {
    for (const dsaEncoding of ['der', 'ieee-p1363'] as const) {
      if (verify(hash, content, { key, dsaEncoding }, signature)) return `ecdsa-${hash}`;
    }
  }
  return undefined;
}

const PKCS1 = 1;
const PSS = 6;

function strength(key: KeyObject): Pick<Signed, 'bits'> {
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  const curve = { prime256v1: 256, secp256k1: 256, secp384r1: 384, secp521r1: 521 }[namedCurve ?? ''];
  const bits = modulusLength ?? curve ?? { ed25519: 256, ed448: 456 }[key.asymmetricKeyType as string];
  return bits === undefined ? {} : { bits };
}

/** SignedData (RFC 5652, 5.1), or undefined where the bytes are no CMS. */
function cmsOf(bytes: Buffer): Der | undefined {
  const pem = /-----BEGIN (?:PKCS7|CMS)-----([^-]+)-----END/.exec(bytes.toString('latin1', 0, 1_000_000))?.[1];
  try {
    const [type, content] = children(expectTag(readDer(pem ? Buffer.from(pem, 'base64') : bytes), TAG.sequence));
    return oid(type) === '1.2.840.113549.1.7.2' && content ? readDer(content.body) : undefined;
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

const DIGESTS: Readonly<Record<string, string>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '1.3.14.3.2.26': 'sha1',
  '1.2.840.113549.2.5': 'md5',
};
const MESSAGE_DIGEST = '1.2.840.113549.1.9.4';
const CONTENT_TYPE = '1.2.840.113549.1.9.3';
const DATA = '1.2.840.113549.1.7.1';

/** One SignerInfo that verifies under the key makes it signed; a form that is not known here stays unverified. */
function judgeCms(content: Buffer, signedData: Der, key: KeyObject): Signed {
  try {
    const signers = children(expectTag(children(signedData).at(-1), TAG.set));
    const results = signers.slice(0, 10).map((signer) => judgeSigner(content, signer, key));
    return (
      results.find((result) => result.signed === 'by-given-key') ??
      results.find((result) => result.signed === 'unverified') ?? { signed: 'invalid' }
    );
  } catch (error) {
    if (error instanceof DerError) return { signed: 'unverified' };
    throw error;
  }
}

/** RFC 5652, 5.3 and 5.4: the signature is over the attributes, as a SET, where there are any; they hold the digest. */
function judgeSigner(content: Buffer, signer: Der, key: KeyObject): Signed {
  const parts = children(expectTag(signer, TAG.sequence));
  const attributes = parts.find((part) => part.tag === 0xa0);
  const hash = DIGESTS[oid(children(expectTag(parts[2], TAG.sequence))[0])];
  const signature = expectTag(
    parts.find((part) => part.tag === TAG.octetString),
    TAG.octetString,
  ).body;
  const kind = key.asymmetricKeyType;
  if (!hash || (kind !== 'rsa' && kind !== 'ec')) return { signed: 'unverified' };
  const algorithmPart = parts[parts.findIndex((part) => part.tag === TAG.octetString) - 1];
  // RSASSA-PSS and its parameters are not read here.
  if (oid(children(expectTag(algorithmPart, TAG.sequence))[0]) === '1.2.840.113549.1.1.10')
    return { signed: 'unverified' };
  const algorithm = `${kind === 'rsa' ? 'rsa' : 'ecdsa'}-${hash}`;
  if (!attributes) {
    return { signed: verify(hash, content, key, signature) ? 'by-given-key' : 'invalid', algorithm };
  }
  const values = new Map(
    children(attributes).map((attribute) => {
      const [type, set] = children(attribute);
      return [oid(type), children(expectTag(set, TAG.set))[0]] as const;
    }),
  );
  const digest = values.get(MESSAGE_DIGEST)?.body;
  const contentType = values.get(CONTENT_TYPE);
  const signedAttributes = Buffer.concat([Buffer.from([TAG.set]), attributes.raw.subarray(1)]);
  const holds =
    digest?.equals(createHash(hash).update(content).digest()) === true &&
    contentType !== undefined &&
    oid(contentType) === DATA &&
    verify(hash, signedAttributes, key, signature);
  return { signed: holds ? 'by-given-key' : 'invalid', algorithm };
}
