import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import type { FactOf } from '../../model/fact.ts';
import { CannotTell } from '../probe.ts';
import { type DerParts, readParts } from './certificate-parts.ts';
import { oneLine } from './text.ts';

export interface CertificateQuestion {
  /** DER as presented, leaf first. */
  readonly chain: readonly Buffer[];
  /** Declared names that the leaf is held to. */
  readonly names: readonly string[];
  /** The address it was asked at; undefined where only a name counts. */
  readonly host: string | undefined;
  /** PEM of trust anchors; one string may hold several. */
  readonly trust: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const MAX_CHAIN = 10;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Everything that is said of a presented chain, each fact computed on its own, and the leaf's key. Throws CannotTell
 * `protocol` where a certificate cannot be read.
 */
export function certificateFacts(question: CertificateQuestion): {
  certificates: FactOf<'certificate'>[];
  key: FactOf<'key'>;
} {
  const chain = question.chain.slice(0, MAX_CHAIN).map(parse);
  const leaf = chain[0];
  if (!leaf) throw new CannotTell('protocol', 'the server presented no certificate');
  const anchors = anchorsOf(question.trust);
  const trusted = anchors.length === 0 ? undefined : isTrusted(leaf, chain, anchors, question.now);
  const nameMatches = matchesName(leaf.x509, question);
  const certificates = chain.map(
    (one, position): FactOf<'certificate'> => ({
      ...own(one, position, question.now),
      ...(position === 0
        ? {
            ...(nameMatches !== undefined && { nameMatches }),
            ...(trusted !== undefined && { trusted }),
            chain: chainState(chain, anchors, question.now),
          }
        : {}),
    }),
  );
  return { certificates, key: keyFact(leaf) };
}

interface Parsed {
  readonly x509: X509Certificate;
  readonly parts: DerParts;
  /** Undefined where OpenSSL does not know its kind. */
  readonly publicKey: KeyObject | undefined;
}

function parse(der: Buffer): Parsed {
  try {
    const x509 = new X509Certificate(der);
    return { x509, parts: readParts(x509.raw), publicKey: publicKeyOf(x509) };
  } catch (error) {
    throw new CannotTell('protocol', `a certificate cannot be read: ${(error as Error).message.slice(0, 200)}`);
  }
}

function publicKeyOf(x509: X509Certificate): KeyObject | undefined {
  try {
    return x509.publicKey;
  } catch {
    // A key of a kind or curve that OpenSSL does not know is a fact (`other`), not a failure.
    return undefined;
  }
}

function own({ x509, parts, publicKey }: Parsed, position: number, now: number): FactOf<'certificate'> {
  const [notBefore, notAfter] = [instant(x509.validFrom), instant(x509.validTo)];
  return {
    kind: 'certificate',
    position,
    sha256: sha256(x509.raw),
    subject: oneLine(x509.subject.replaceAll('\n', ', ')),
    issuer: oneLine(x509.issuer.replaceAll('\n', ', ')),
    serial: x509.serialNumber.slice(0, 128).toLowerCase(),
    names: parts.names,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    signatureAlgorithm: parts.signatureAlgorithm,
    selfSigned: isIssuedBy(x509, x509, publicKey),
    isCa: x509.ca,
    ...(parts.keyUsage && { keyUsage: parts.keyUsage }),
    inDate: notBefore.getTime() <= now && now <= notAfter.getTime(),
  };
}

function instant(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || time.getUTCFullYear() > 9999) {
    throw new CannotTell('protocol', `a certificate has a date that is none: ${oneLine(text).slice(0, 60)}`);
  }
  return time;
}

/** Names and signature: an issuer that only says so is none. */
function isIssuedBy(x509: X509Certificate, issuer: X509Certificate, key: KeyObject | undefined): boolean {
  if (!key || x509.issuer !== issuer.subject) return false;
  try {
    return x509.verify(key);
  } catch {
    // A signature that cannot even be checked with this kind of key is not made with it.
    return false;
  }
}

const anchorsOf = (trust: readonly string[]): Parsed[] =>
  trust.flatMap((pem) => pem.match(PEM) ?? []).map((pem) => parse(Buffer.from(pem)));

const same = (a: Parsed, b: Parsed) => a.x509.raw.equals(b.x509.raw);

const isInDate = ({ x509 }: Parsed, now: number) =>
  new Date(x509.validFrom).getTime() <= now && now <= new Date(x509.validTo).getTime();

/**
 * A path from the leaf over presented certificates to an anchor, all of them in date but for the leaf, whose dates are
 * a fact of their own (RFC 5280, 6.1.3); the leaf itself may be pinned.
 */
function isTrusted(leaf: Parsed, chain: readonly Parsed[], anchors: readonly Parsed[], now: number): boolean {
  let reached: Parsed[] = [leaf];
  const seen = new Set<Parsed>(reached);
  while (reached.length > 0) {
    const next: Parsed[] = [];
    for (const one of reached) {
      const issues = (a: Parsed) => a.x509.ca && isInDate(a, now) && isIssuedBy(one.x509, a.x509, a.publicKey);
      if (anchors.some((a) => same(a, one) || issues(a))) return true;
      for (const other of chain) {
        if (
          seen.has(other) ||
          !other.x509.ca ||
          !isInDate(other, now) ||
          !isIssuedBy(one.x509, other.x509, other.publicKey)
        )
          continue;
        seen.add(other);
        next.push(other);
      }
    }
    reached = next;
  }
  return false;
}

/**
 * `whole`: the presented certificates lead from the leaf to a self-signed or trusted one, in whatever order and whatever
 * else is among them (RFC 8446, 4.4.2). `broken`: where the way ends, one bears the issuer's name and did not sign.
 */
function chainState(
  chain: readonly Parsed[],
  anchors: readonly Parsed[],
  now: number,
): 'whole' | 'incomplete' | 'broken' {
  const way = new Set<Parsed>();
  let last = chain[0]!;
  for (let next: Parsed | undefined = last; next; ) {
    last = next;
    way.add(last);
    next = chain.find((other) => !way.has(other) && isIssuedBy(last.x509, other.x509, other.publicKey));
  }
  if (isIssuedBy(last.x509, last.x509, last.publicKey) || isTrusted(last, [], anchors, now)) return 'whole';
  return chain.some((other) => !way.has(other) && other.x509.subject === last.x509.issuer) ? 'broken' : 'incomplete';
}

function matchesName(x509: X509Certificate, { names, host }: CertificateQuestion): boolean | undefined {
  const address = host !== undefined && x509.checkIP(host) !== undefined;
  if (names.length > 0) return address || names.some((name) => x509.checkHost(name) !== undefined);
  const namesAddresses = /(^|, )IP Address:/.test(x509.subjectAltName ?? '');
  return namesAddresses ? address : undefined;
}

const CURVE_BITS: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp521r1: 521,
  prime192v1: 192,
  prime239v1: 239,
};

function keyFact({ publicKey, parts }: Parsed): FactOf<'key'> {
  const base = { kind: 'key', use: 'tls', sha256: sha256(parts.spki) } as const;
  const details = publicKey?.asymmetricKeyDetails ?? {};
  const bits = details.modulusLength ?? 0;
  switch (publicKey?.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return { ...base, algorithm: 'rsa', bits, exponent: String(details.publicExponent ?? '') };
    case 'dsa':
      return { ...base, algorithm: 'dsa', bits };
    case 'ec': {
      const curve = details.namedCurve ?? 'explicit';
      return { ...base, algorithm: 'ec', bits: CURVE_BITS[curve] ?? Number(/\d{3}/.exec(curve)?.[0] ?? 0), curve };
    }
    case 'ed25519':
      return { ...base, algorithm: 'ed25519', bits: 256 };
    case 'ed448':
      return { ...base, algorithm: 'ed448', bits: 456 };
    default:
      return { ...base, algorithm: 'other', bits: 0 };
  }
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

/** CN, O and serialNumber of the leaf's subject, as far as they are there. */
export function subjectParts(der: Buffer): { commonName?: string; organisation?: string; serialNumber?: string } {
  const lines = new Map(
    parse(der)
      .x509.subject.split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), oneLine(line.slice(line.indexOf('=') + 1))] as const),
  );
  const [commonName, organisation, serialNumber] = ['CN', 'O', 'serialNumber'].map((name) => lines.get(name));
  return {
    ...(commonName && { commonName }),
    ...(organisation && { organisation }),
    ...(serialNumber && { serialNumber }),
  };
}
