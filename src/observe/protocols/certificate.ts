import type { FactOf } from '../../model/fact.ts';
import { CannotTell } from '../probe.ts';
import { keyFact } from './certificate-key.ts';
import {
  anchorsOf,
  Chain,
  faultsAbove,
  isInDate,
  matchesName,
  type Parsed,
  parse,
  sha256,
} from './certificate-path.ts';
import { oneLine } from './text.ts';

export interface CertificateQuestion {
  /** DER as presented, leaf first. */
  readonly chain: readonly Buffer[];
  /** How many were presented, where `chain` holds fewer of them. */
  readonly presented?: number;
  /** Declared names that the leaf is held to. */
  readonly names: readonly string[];
  /** The address it was asked at; undefined where only a name counts. */
  readonly host: string | undefined;
  /** PEM of trust anchors and of pinned public keys; one string may hold several. */
  readonly trust: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface ChainFacts {
  /** Of those that could be read, each with its position; of a long chain the first ones. */
  readonly certificates: FactOf<'certificate'>[];
  /** The leaf's; undefined where the leaf cannot be read. */
  readonly key: FactOf<'key'> | undefined;
  readonly unreadable: readonly { readonly position: number; readonly why: string }[];
}

/** Certificates of which facts are told. */
const MOST_TOLD = 10;
/** Certificates that a way may lead over. Clients of today take chains of ten, or of 100 kB. */
const MOST_READ = 100;
/**
 * When this was written: no clock that is right stands before it. A device's certificate of 1970 is judged by the
 * tester's clock, and a tester's clock of 1970 judges nothing.
 */
export const WRITTEN = Date.UTC(2026, 10, 1);

/** Everything that is said of a presented chain, each fact computed on its own, and the leaf's key. Throws CannotTell for what was given as trusted. */
export function chainFacts(question: CertificateQuestion): ChainFacts {
  const unreadable: { position: number; why: string }[] = [];
  const read = question.chain.slice(0, MOST_READ).map((der, position) => {
    try {
      return parse(der);
    } catch (error) {
      unreadable.push({ position, why: (error as Error).message });
      return undefined;
    }
  });
  const presented = read.filter((one) => one !== undefined);
  const leaf = read[0];
  const clock = { now: Math.max(question.now, WRITTEN), isRight: question.now >= WRITTEN };
  const anchors = anchorsOf(question.trust);
  const chain = new Chain(presented, anchors, clock.now);
  const trustedWay = leaf && chain.trustedWay(leaf);
  const way = trustedWay ?? (leaf ? chain.signedWay() : []);
  const hasAnchors = anchors.certificates.length + anchors.keys.size > 0;
  const nameMatches = leaf && matchesName(leaf, question);
  const certificates = read.slice(0, MOST_TOLD).flatMap((one, position): FactOf<'certificate'>[] => {
    if (!one) return [];
    const own = ownFacts(one, position, chain, clock);
    if (position > 0) {
      const at = way.indexOf(one);
      const { algorithm, bits } = keyFact(one.parts.spki);
      return [
        withFaults(
          { ...own, inChain: at > 0, publicKey: { algorithm, bits } },
          one,
          at > 0 ? faultsAbove(one, way.slice(0, at)) : [],
        ),
      ];
    }
    return [
      withFaults(
        {
          ...own,
          ...(nameMatches !== undefined && { nameMatches }),
          ...(hasAnchors && { trusted: trustedWay !== undefined }),
          chain: trustedWay ? 'whole' : chainState(chain, way),
          ...(read.length > 1 && read.every((each) => each) && { order: orderOf(chain) }),
          presented: question.presented ?? question.chain.length,
        },
        one,
        [],
      ),
    ];
  });
  return { certificates, key: leaf && keyFact(leaf.parts.spki), unreadable };
}

/** The same, where nothing less than a readable leaf will do. Throws CannotTell `protocol` for none, or for one that cannot be read. */
export function certificateFacts(question: CertificateQuestion): ChainFacts & { readonly key: FactOf<'key'> } {
  if (question.chain.length === 0) throw new CannotTell('protocol', 'the server presented no certificate');
  const facts = chainFacts(question);
  if (!facts.key) throw new CannotTell('protocol', facts.unreadable[0]?.why ?? 'a certificate cannot be read');
  return { ...facts, key: facts.key };
}

function ownFacts(
  one: Parsed,
  position: number,
  chain: Chain,
  clock: { readonly now: number; readonly isRight: boolean },
): FactOf<'certificate'> {
  const { x509, raw, parts } = one;
  // A clock that is too early can be right about what ended before it, and about nothing else.
  const inDate = clock.isRight || parts.notAfter.getTime() < clock.now ? isInDate(one, clock.now) : undefined;
  return {
    kind: 'certificate',
    position,
    sha256: sha256(raw),
    subject: nameText(x509.subject),
    issuer: nameText(x509.issuer),
    serial: parts.serial.slice(0, 128),
    names: parts.names,
    notBefore: parts.notBefore.toISOString(),
    notAfter: parts.notAfter.toISOString(),
    signatureAlgorithm: parts.signatureAlgorithm,
    selfSigned: chain.selfSigned(one),
    isCa: parts.isCa,
    ...(parts.keyUsage && { keyUsage: parts.keyUsage }),
    ...(parts.extendedKeyUsage && { extendedKeyUsage: parts.extendedKeyUsage }),
    version: parts.version,
    ...(inDate !== undefined && { inDate }),
  };
}

function withFaults(
  fact: FactOf<'certificate'>,
  { parts }: Parsed,
  above: ReturnType<typeof faultsAbove>,
): FactOf<'certificate'> {
  const faults = [...parts.faults, ...above];
  return faults.length > 0 ? { ...fact, faults } : fact;
}

const nameText = (name: string | undefined) => oneLine((name ?? '').replaceAll('\n', ', '));

/**
 * `whole`: the presented certificates lead from the leaf to a self-signed one, in whatever order and whatever else is
 * among them (RFC 8446, 4.4.2), or to one that an anchor issued. `broken`: where the way ends, one bears the issuer's
 * name and did not sign.
 */
function chainState(chain: Chain, way: readonly Parsed[]): 'whole' | 'incomplete' | 'broken' {
  const last = way.at(-1)!;
  if (chain.selfSigned(last) || chain.trustedWay(last)) return 'whole';
  return chain.presented.some((other) => !way.includes(other) && other.subject === last.issuer)
    ? 'broken'
    : 'incomplete';
}

/** Whether each signs the one before it (RFC 5246, 7.4.2). */
const orderOf = (chain: Chain): 'ordered' | 'disordered' =>
  chain.presented.every((one, i) => i === 0 || chain.issued(chain.presented[i - 1]!, one)) ? 'ordered' : 'disordered';

/** CN, O and serialNumber of the leaf's subject, as far as they are there. */
export function subjectParts(der: Buffer): { commonName?: string; organisation?: string; serialNumber?: string } {
  const lines = new Map(
    nameLines(parse(der)).map(
      (line) => [line.slice(0, line.indexOf('=')), oneLine(line.slice(line.indexOf('=') + 1))] as const,
    ),
  );
  const [commonName, organisation, serialNumber] = ['CN', 'O', 'serialNumber'].map((name) => lines.get(name));
  return {
    ...(commonName && { commonName }),
    ...(organisation && { organisation }),
    ...(serialNumber && { serialNumber }),
  };
}

const nameLines = ({ x509 }: Parsed): string[] => (x509.subject ?? '').split('\n');
