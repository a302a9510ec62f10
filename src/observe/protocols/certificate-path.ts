import { createHash, createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { CannotTell } from '../probe.ts';
import { namesAddress, namesHost, permits } from './certificate-names.ts';
import type { DerParts } from './certificate-parts.ts';
import { type Read, readCertificate } from './certificate-read.ts';

export interface Parsed extends Read {
  /** Undefined where OpenSSL does not know its kind. */
  readonly publicKey: KeyObject | undefined;
  /** Subject and issuer as RFC 5280, 7.1 compares them: neither case nor runs of spaces count. */
  readonly subject: string;
  readonly issuer: string;
}

/** Certificates, and the digests of public keys (SPKI), that were given as trusted. */
export interface Anchors {
  readonly certificates: readonly Parsed[];
  readonly keys: ReadonlySet<string>;
}

/** Reads one certificate, DER or PEM. Throws CannotTell `protocol`. */
export function parse(der: Buffer): Parsed {
  try {
    const read = readCertificate(der);
    const { x509 } = read;
    let publicKey: { key: KeyObject | undefined } | undefined;
    return {
      ...read,
      // Of a thousand anchors, the keys of few are asked for.
      get publicKey() {
        publicKey ??= { key: publicKeyOf(x509) };
        return publicKey.key;
      },
      subject: plain(x509.subject),
      issuer: plain(x509.issuer),
    };
  } catch (error) {
    throw new CannotTell('protocol', `a certificate cannot be read: ${(error as Error).message.slice(0, 200)}`);
  }
}

// Node gives `undefined` for a name without any part.
const plain = (name: string | undefined) => (name ?? '').toLowerCase().replace(/[ \t]+/g, ' ');

function publicKeyOf(x509: X509Certificate): KeyObject | undefined {
  try {
    return x509.publicKey;
  } catch {
    // A key of a kind or curve that OpenSSL does not know is a fact (`other`), not a failure.
    return undefined;
  }
}

export const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const PEM = /-----BEGIN (CERTIFICATE|PUBLIC KEY)-----([^-]+)-----END \1-----/g;
const KEPT = 8;
const known = new Map<string, Anchors>();

/** The anchors in PEM texts: certificates, and public keys that are pinned. Throws CannotTell `unsupported` for one that cannot be read. */
export function anchorsOf(trust: readonly string[]): Anchors {
  const text = trust.join('\n');
  const before = known.get(text);
  if (before) return before;
  const certificates: Parsed[] = [];
  const keys = new Set<string>();
  for (const [pem, label] of text.matchAll(PEM)) {
    try {
      if (label === 'CERTIFICATE') certificates.push(parse(Buffer.from(pem)));
      else keys.add(sha256(createPublicKey(pem).export({ type: 'spki', format: 'der' })));
    } catch (error) {
      throw new CannotTell('unsupported', `what is given as trusted cannot be read: ${(error as Error).message}`);
    }
  }
  if (known.size >= KEPT) known.clear();
  const anchors = { certificates, keys };
  known.set(text, anchors);
  return anchors;
}

export const isInDate = ({ parts }: Parsed, now: number): boolean =>
  parts.notBefore.getTime() <= now && now <= parts.notAfter.getTime();

const same = (a: Parsed, b: Parsed) => a.raw.equals(b.raw);

/** What a search may reckon: no chain that a client takes needs more, and a hostile one ends. */
const MOST_SIGNATURES = 300;
const MOST_STEPS = 1000;
const LONGEST_WAY = 16;

/** What is asked of a chain, so that each signature is checked once. */
export class Chain {
  readonly presented: readonly Parsed[];
  readonly #anchors: Anchors;
  readonly #now: number;
  readonly #signed = new Map<Parsed, Map<Parsed, boolean>>();
  #left = MOST_SIGNATURES;
  #steps = MOST_STEPS;

  constructor(presented: readonly Parsed[], anchors: Anchors, now: number) {
    this.presented = presented;
    this.#anchors = anchors;
    this.#now = now;
  }

  /** Names and signature: an issuer that only says so is none. */
  issued(one: Parsed, issuer: Parsed): boolean {
    if (!issuer.publicKey || one.issuer !== issuer.subject) return false;
    const before = this.#signed.get(issuer)?.get(one);
    if (before !== undefined) return before;
    if (this.#left === 0) return false;
    this.#left -= 1;
    let signed = false;
    try {
      signed = one.isSignedBy(issuer.publicKey);
    } catch {
      // A signature that cannot even be checked with this kind of key is not made with it.
    }
    const of = this.#signed.get(issuer) ?? new Map<Parsed, boolean>();
    this.#signed.set(issuer, of.set(one, signed));
    return signed;
  }

  selfSigned(one: Parsed): boolean {
    return this.issued(one, one);
  }

  /**
   * The presented certificates over which a way leads from this one to an anchor, itself first; undefined where none
   * does (RFC 5280, 6.1). Issuers are in date; the first one's dates are a fact of their own. It may itself be pinned.
   */
  trustedWay(from: Parsed): readonly Parsed[] | undefined {
    return this.#search([from], (way, last) => {
      const { certificates, keys } = this.#anchors;
      return (
        certificates.some((anchor) => same(anchor, last)) ||
        keys.has(sha256(last.parts.spki)) ||
        certificates.some((anchor) => this.#mayIssue(anchor, way, true))
      );
    });
  }

  #search(
    way: readonly Parsed[],
    isEnd: (way: readonly Parsed[], last: Parsed) => boolean,
  ): readonly Parsed[] | undefined {
    const last = way.at(-1)!;
    if (isEnd(way, last)) return way;
    if (way.length >= LONGEST_WAY || this.#steps === 0) return undefined;
    this.#steps -= 1;
    for (const next of this.presented) {
      if (way.some((one) => same(one, next)) || !this.#mayIssue(next, way, false)) continue;
      const found = this.#search([...way, next], isEnd);
      if (found) return found;
    }
    return undefined;
  }

  /** Whether a certificate may issue what this way ends with, and did. */
  #mayIssue(issuer: Parsed, way: readonly Parsed[], isAnchor: boolean): boolean {
    return (
      issuer.subject === way.at(-1)!.issuer &&
      isInDate(issuer, this.#now) &&
      (issuer.parts.isCa || (isAnchor && isOldRoot(issuer))) &&
      faultsAbove(issuer, way).length === 0 &&
      !issuer.parts.faults.some((fault) => REFUSED.has(fault)) &&
      (isAnchor || servesServers(issuer.parts)) &&
      this.issued(way.at(-1)!, issuer)
    );
  }

  /** As far as signatures alone lead from the leaf over what is presented, to a self-signed one where that can be reached. */
  signedWay(): readonly Parsed[] {
    let longest: readonly Parsed[] = [];
    const ways: (readonly Parsed[])[] = [[this.presented[0]!]];
    for (let way = ways.pop(); way; way = ways.pop()) {
      const last = way.at(-1)!;
      if (way.length > longest.length) longest = way;
      if (this.selfSigned(last)) return way;
      if (way.length >= LONGEST_WAY || this.#steps === 0) continue;
      this.#steps -= 1;
      for (const next of [...this.presented].reverse())
        if (!way.some((one) => same(one, next)) && this.issued(last, next)) ways.push([...way, next]);
    }
    return longest;
  }
}

const REFUSED = new Set<string>(['duplicate-extension', 'unknown-critical-extension', 'broken-extension']);

/** Version 1 knows no flag for authorities: who trusts a root of it trusts it to issue (OpenSSL and others do so too). */
const isOldRoot = ({ parts, subject, issuer }: Parsed) => parts.version === 1 && subject === issuer;

const servesServers = ({ extendedKeyUsage: purposes }: DerParts) =>
  purposes === undefined || purposes.includes('serverAuth') || purposes.includes('anyExtendedKeyUsage');

/** What a certificate may not do as the issuer of what this way ends with (RFC 5280, 4.2.1.3, 4.2.1.9 and 4.2.1.10). */
export function faultsAbove(issuer: Parsed, way: readonly Parsed[]): DerParts['faults'] {
  const { keyUsage, pathLength } = issuer.parts;
  // Those that issued themselves do not count, and neither does the leaf.
  const between = way.slice(1).filter(({ subject, issuer: by }) => subject !== by).length;
  return [
    ...(pathLength !== undefined && between > pathLength ? (['path-too-long'] as const) : []),
    ...(keyUsage !== undefined && !keyUsage.includes('keyCertSign') ? (['may-not-issue'] as const) : []),
    ...(permits(issuer.parts, way[0]!.parts) ? [] : (['name-not-permitted'] as const)),
  ];
}

/** Whether a leaf names the host by a declared name or, as an IP SAN, by its address; undefined where nothing is known to hold it to. */
export function matchesName(
  { parts }: Parsed,
  { names, host }: { readonly names: readonly string[]; readonly host: string | undefined },
): boolean | undefined {
  const address = host !== undefined && namesAddress(parts, host);
  if (names.length > 0) return address || names.some((name) => namesHost(parts, name));
  return parts.addresses.length > 0 ? address : undefined;
}
