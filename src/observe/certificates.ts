import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { isSignature, wayNamed } from './algorithms.ts';
import { readCanonical, readTime, within } from './der.ts';
import { type Der, DerError, expectTag, oid, readDer } from './protocols/der.ts';

/** A certificate as a seal needs it: its DER, and what of it decides whether it may sign or issue. Times in ms. */
export interface Certificate {
  readonly der: Buffer;
  readonly sha256: string;
  /** The public key. Throws DerError where it is of no kind that OpenSSL knows. */
  readonly key: KeyObject;
  /** DER of the two names and of the serial number. */
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly serial: Buffer;
  readonly from: number;
  readonly to: number;
  readonly extensions: ReadonlyMap<string, { readonly critical: boolean; readonly value: Buffer }>;
  /** What is signed of it, by which AlgorithmIdentifier, and the signature. */
  readonly body: Buffer;
  readonly algorithm: Buffer;
  readonly signature: Buffer;
}

const EXTENSION = { keyUsage: '2.5.29.15', constraints: '2.5.29.19', extendedUsage: '2.5.29.37' } as const;
/** What may be critical: these three, further names, and policies, which stop nobody here. */
const UNDERSTOOD = new Set<string>([...Object.values(EXTENSION), '2.5.29.17', '2.5.29.32']);
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

const extensionsOf = (wrapper: Der | undefined): Certificate['extensions'] => {
  const found = new Map<string, { critical: boolean; value: Buffer }>();
  if (wrapper === undefined) return found;
  for (const one of within(within(wrapper, 0xa3, 1)[0], 0x30)) {
    const parts = within(one, 0x30, 2);
    const id = oid(parts[0]);
    if (found.has(id)) throw new DerError('a certificate has an extension twice');
    found.set(id, { critical: parts[1]!.tag === 0x01, value: expectTag(parts.at(-1), 0x04).body });
  }
  return found;
};

const keyOf = (spki: Buffer): KeyObject => {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' });
  } catch (error) {
    throw new DerError(`the key of a certificate cannot be read: ${(error as Error).message.slice(0, 200)}`);
  }
};

const parsed = (der: Buffer, sha256: string): Certificate => {
  const [tbs, algorithm, signature] = within(readCanonical(der), 0x30, 3);
  const fields = within(tbs, 0x30, 6);
  const [serial, inner, issuer, validity, subject, spki] = fields.slice(fields[0]!.tag === 0xa0 ? 1 : 0);
  const [from, to] = within(validity, 0x30, 2);
  const keyInfo = expectTag(spki, 0x30).raw;
  const [spare, ...signed] = expectTag(signature, 0x03).body;
  // Of the last bits, those that are called spare could be called otherwise where they happen to be zero.
  if (spare !== 0) throw new DerError('the signature of a certificate is not of whole octets');
  // What stands outside of the signed part must repeat it (RFC 5280, 4.1.1.2): nothing else holds it.
  if (!expectTag(algorithm, 0x30).raw.equals(expectTag(inner, 0x30).raw))
    throw new DerError('a certificate names two ways in which it is signed');
  let key: KeyObject | undefined;
  return {
    der,
    sha256,
    // Reading a key costs more than all the rest, and few are asked for.
    get key() {
      key ??= keyOf(keyInfo);
      return key;
    },
    subject: expectTag(subject, 0x30).raw,
    issuer: expectTag(issuer, 0x30).raw,
    serial: expectTag(serial, 0x02).raw,
    from: readTime(from!),
    to: readTime(to!),
    extensions: extensionsOf(fields.find(({ tag }) => tag === 0xa3)),
    body: tbs!.raw,
    algorithm: algorithm!.raw,
    signature: Buffer.from(signed),
  };
};

/** Certificates that were read, by digest: the folders of a lab share theirs. */
const read = new Map<string, Certificate>();
const MOST_READ = 64;

/** Reads an X.509 certificate in canonical DER (RFC 5280, 4.1). Throws DerError. */
export const readCertificate = (der: Buffer): Certificate => {
  const sha256 = createHash('sha256').update(der).digest('hex');
  const before = read.get(sha256);
  if (before !== undefined) return before;
  const certificate = parsed(Buffer.from(der), sha256);
  if (read.size >= MOST_READ) read.clear();
  read.set(sha256, certificate);
  return certificate;
};

const PEM = /-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g;

/** Every certificate of a PEM text. Throws DerError, also where there is none. */
export const certificatesIn = (pem: string): Certificate[] => {
  const found = [...pem.matchAll(PEM)].map(([, base64]) => readCertificate(Buffer.from(base64!, 'base64')));
  if (found.length === 0) throw new DerError('expected a certificate in PEM');
  return found;
};

/** Subject and issuer as `O=…, CN=…`, each in one line. Throws DerError. */
export const namesOf = ({ der }: Certificate): { subject: string; issuer: string } => {
  try {
    const { subject, issuer } = new X509Certificate(der);
    return { subject: subject.replaceAll('\n', ', '), issuer: issuer.replaceAll('\n', ', ') };
  } catch (error) {
    throw new DerError(`a certificate cannot be read: ${(error as Error).message.slice(0, 200)}`);
  }
};

const usageBits = ({ extensions }: Certificate): number | undefined => {
  const usage = extensions.get(EXTENSION.keyUsage);
  return usage === undefined ? undefined : (expectTag(readDer(usage.value), 0x03).body[1] ?? 0);
};

/** Whether it may make signatures: no key usage is stated, or digitalSignature or nonRepudiation is (RFC 5280, 4.2.1.3). */
export const maySign = (certificate: Certificate): boolean => ((usageBits(certificate) ?? 0xc0) & 0xc0) !== 0;

/** Whether it may stamp the time: for that alone, and critically so (RFC 3161, 2.3). */
export const mayStamp = (certificate: Certificate): boolean => {
  const usage = certificate.extensions.get(EXTENSION.extendedUsage);
  if (usage?.critical !== true || !maySign(certificate)) return false;
  const purposes = within(readDer(usage.value), 0x30).map(oid);
  return purposes.length === 1 && purposes[0] === TIME_STAMPING;
};

/** Whether it may issue others, and how many CA certificates may follow below it (RFC 5280, 4.2.1.3 and 4.2.1.9). */
const asIssuer = (certificate: Certificate): { ca: boolean; below: number } => {
  const constraints = certificate.extensions.get(EXTENSION.constraints);
  const [first, second] = constraints === undefined ? [] : within(readDer(constraints.value), 0x30);
  const ca = first?.tag === 0x01 && first.body[0] === 0xff && ((usageBits(certificate) ?? 0x04) & 0x04) !== 0;
  return { ca, below: second === undefined ? Number.POSITIVE_INFINITY : Number(`0x0${second.body.toString('hex')}`) };
};

/** Whether its bytes are held by this issuer's signature. Throws DerError. */
export const isSignedBy = (one: Certificate, issuer: Certificate): boolean => {
  const way = wayNamed(one.algorithm);
  if (!one.issuer.equals(issuer.subject) || way === undefined || issuer.key.asymmetricKeyType !== way.kind)
    return false;
  return isSignature(way.hash, one.body, issuer.key, one.signature);
};

export const isSelfSigned = (one: Certificate): boolean => isSignedBy(one, one);

/** The way up from a certificate through `others`, to a self-signed one or as far as it goes; itself first. */
export const wayUp = (leaf: Certificate, others: readonly Certificate[]): Certificate[] => {
  const way = [leaf];
  for (let last = leaf; !isSelfSigned(last); ) {
    const next = others.find((other) => !way.some(({ der }) => der.equals(other.der)) && isSignedBy(last, other));
    if (next === undefined) break;
    way.push(next);
    last = next;
  }
  return way;
};

const day = (at: number): string => new Date(at).toISOString();

/** Why a certificate was not valid at a time; undefined where it was. */
export const outOfDate = ({ from, to }: Certificate, at: number): string | undefined => {
  if (at < from) return `not valid before ${day(from)}, and it was ${day(at)}`;
  return at > to ? `expired at ${day(to)}, and it was ${day(at)}` : undefined;
};

/** Why a certificate does not lead to one of the given authorities at a time (RFC 5280, 6.1); undefined where it does. No revocation. */
export const untrusted = (
  leaf: Certificate,
  others: readonly Certificate[],
  anchors: readonly Certificate[],
  at: number,
): string | undefined => {
  const name = (one: Certificate): string => `"${namesOf(one).subject}"`;
  const isAnchor = (one: Certificate): boolean => anchors.some(({ der }) => der.equals(one.der));
  const way = [leaf];
  while (!isAnchor(way.at(-1)!)) {
    const last = way.at(-1)!;
    const next = [...anchors, ...others].find(
      (other) => !way.some(({ der }) => der.equals(other.der)) && isSignedBy(last, other),
    );
    if (next === undefined) return `${name(last)}: no certificate of its issuer, or none that signed it, is there`;
    way.push(next);
  }
  for (const [place, one] of way.entries()) {
    const date = outOfDate(one, at);
    if (date !== undefined) return `${name(one)}: ${date}`;
    const unknown = [...one.extensions].find(([id, { critical }]) => critical && !UNDERSTOOD.has(id));
    if (unknown) return `${name(one)}: its critical extension ${unknown[0]} is not understood`;
    if (place === 0) continue;
    const { ca, below } = asIssuer(one);
    if (!ca) return `${name(one)}: it is no CA`;
    if (below < place - 1) return `${name(one)}: it allows fewer CAs below it than there are`;
  }
  return undefined;
};
