import { constants, createHash, createPublicKey, type KeyObject, verify, X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { type Loaded, loadYaml, readBytes, textOf } from './load-yaml.ts';

/** The keys that a lab lists (`signers.yaml`): whose they are, and whether their owner speaks as the lab or as a maker. */
export const SignersFile = z.strictObject({
  schema: z.literal(1).default(1),
  signers: z
    .array(
      z
        .strictObject({
          name: z.string().min(1),
          as: z.enum(['lab', 'maker']),
          /** A public key in PEM, by the path from this file. */
          key: z.string().min(1).optional(),
          /** Or an X.509 certificate in PEM. */
          certificate: z.string().min(1).optional(),
          /** What is dated from here on is not this signer's any more. */
          until: z.iso
            .datetime({ offset: true, error: 'an instant with its zone, such as 2027-01-31T00:00:00Z' })
            .optional(),
        })
        .refine(({ key, certificate }) => (key === undefined) !== (certificate === undefined), {
          message: 'a signer has a key or a certificate, and not both',
        }),
    )
    .min(1),
});
type SignersFile = z.output<typeof SignersFile>;

/** A listed key. `from` and `until`, in ms, are the certificate's and the list's. */
export interface Signer {
  readonly name: string;
  readonly as: 'lab' | 'maker';
  readonly key: KeyObject;
  /** SHA-256 of its SubjectPublicKeyInfo. */
  readonly digest: string;
  readonly from?: number;
  readonly until?: number;
}

/** Bytes of a key's file at most. */
const LARGEST = 64 * 1024;
const CURVES = ['prime256v1', 'secp384r1'];
const BITS = 3072;
const EXPONENT = 65537n;
const EXPECTED = `expected Ed25519, ECDSA on P-256 or P-384, or RSA of ${BITS} bits and more`;

/** Why a key is not to be relied on; undefined for one that is. */
const weakness = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined => {
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails ?? {};
  switch (asymmetricKeyType) {
    case 'ed25519':
      return undefined;
    case 'ec':
      return CURVES.includes(namedCurve ?? '') ? undefined : `its curve is ${namedCurve}, ${EXPECTED}`;
    case 'rsa':
      if (modulusLength < BITS) return `it is RSA of ${modulusLength} bits, ${EXPECTED}`;
      return publicExponent < EXPONENT ? `its RSA exponent is ${publicExponent}, expected ${EXPONENT}` : undefined;
    default:
      return `it is of the kind ${asymmetricKeyType}, ${EXPECTED}`;
  }
};

/** The one PEM block of a file; why it cannot be used where it is another. A private key is never read. */
const blockIn = (text: string, wanted: 'PUBLIC KEY' | 'CERTIFICATE'): { pem: string } | { why: string } => {
  const blocks = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----/gs)];
  if (/-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(text))
    return {
      why: 'it is a private key: give the public one (openssl pkey -in KEY -pubout), and keep this one to yourself',
    };
  const [first] = blocks;
  if (first === undefined) return { why: `it holds no PEM block, expected one ${wanted}` };
  if (blocks.length > 1) return { why: `it holds ${blocks.length} PEM blocks, expected one ${wanted}` };
  return first[1] === wanted ? { pem: first[0] } : { why: `it holds a ${first[1]}, expected a ${wanted}` };
};

const parsed = <T>(act: () => T): { value: T } | { why: string } => {
  try {
    return { value: act() };
  } catch (error) {
    return { why: `it cannot be understood (${(error as Error).message})` };
  }
};

/** The key in its one plain form: a point may be written compressed, a curve spelt out, and it is the same key. */
const plainForm = (key: KeyObject): KeyObject => createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' });

const signerAt = (loaded: Loaded<SignersFile>, index: number): Signer => {
  const { name, as, key: keyFile, certificate, until } = loaded.value.signers[index]!;
  const field = keyFile === undefined ? 'certificate' : 'key';
  const path = (keyFile ?? certificate)!;
  const refuse = (why: string) =>
    loaded.bad(['signers', index, field], `signers[${index}] (${name}): "${path}": ${why}`);
  const pem = resolve(dirname(loaded.file), path);
  const block = blockIn(textOf(readBytes(pem, LARGEST), pem), field === 'key' ? 'PUBLIC KEY' : 'CERTIFICATE');
  if ('why' in block) throw refuse(block.why);
  const held = parsed(() => {
    if (field === 'key') return { key: createPublicKey(block.pem), from: undefined, to: undefined };
    const x509 = new X509Certificate(block.pem);
    return { key: x509.publicKey, from: Date.parse(x509.validFrom), to: Date.parse(x509.validTo) };
  });
  if ('why' in held) throw refuse(held.why);
  const { from, to } = held.value;
  const weak = weakness(held.value.key);
  if (weak !== undefined) throw refuse(weak);
  const key = plainForm(held.value.key);
  const ends = [to, until === undefined ? undefined : Date.parse(until)].filter((end) => end !== undefined);
  return {
    name,
    as,
    key,
    digest: createHash('sha256')
      .update(key.export({ type: 'spki', format: 'der' }))
      .digest('hex'),
    ...(from === undefined ? {} : { from }),
    ...(ends.length === 0 ? {} : { until: Math.min(...ends) }),
  };
};

/**
 * Reads the list of keys. That a key stands in it is what makes it trusted: a certificate is held to its dates, not to
 * its issuer. Throws BadFile, with file and line, for a key that is weak, unreadable, private or listed twice.
 */
export const loadSigners = (file: string): Signer[] => {
  const loaded = loadYaml(file, SignersFile);
  const signers: Signer[] = [];
  for (const index of loaded.value.signers.keys()) {
    const signer = signerAt(loaded, index);
    const same = signers.find(({ name, digest }) => name === signer.name || digest === signer.digest);
    if (same !== undefined)
      throw loaded.bad(
        ['signers', index],
        `signers[${index}]: ${same.name === signer.name ? `"${signer.name}" is listed twice` : `"${same.name}" and "${signer.name}" have the same key`}`,
      );
    signers.push(signer);
  }
  return signers;
};

/** Why a signer could not sign at an instant (ms); undefined where it could. */
export const unableAt = ({ name, from, until }: Signer, at: number): string | undefined => {
  if (from !== undefined && at < from) return `the certificate of "${name}" begins at ${new Date(from).toISOString()}`;
  if (until !== undefined && at >= until) return `the key of "${name}" ended at ${new Date(until).toISOString()}`;
  return undefined;
};

/**
 * Whether a detached signature over these bytes is of this key: Ed25519 (RFC 8032, over the bytes themselves), ECDSA with
 * SHA-256 (DER, as openssl writes it), or RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017, 8.2).
 */
export const isSignedBy = ({ key }: Signer, bytes: Uint8Array, signature: Uint8Array): boolean => {
  switch (key.asymmetricKeyType) {
    case 'ed25519':
      return signature.length === 64 && verify(null, bytes, key, signature);
    case 'ec':
      return verify('sha256', bytes, { key, dsaEncoding: 'der' }, signature);
    default:
      return verify('sha256', bytes, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
  }
};

/** The forms that a signature file's bytes may be: as they stand, and out of base64 (RFC 4648, 4) with line ends. */
const signaturesIn = (bytes: Buffer): Buffer[] => {
  const text = bytes.toString('latin1').replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(text) ? [bytes, Buffer.from(text, 'base64')] : [bytes];
};

/** The listed signer whose key a signature file fits; undefined where none does. */
export const signerOf = (signers: readonly Signer[], bytes: Uint8Array, signature: Buffer): Signer | undefined =>
  signers.find((signer) => signaturesIn(signature).some((form) => isSignedBy(signer, bytes, form)));
