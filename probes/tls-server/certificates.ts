import { chainFacts } from '../../src/observe/protocols/certificate.ts';
import type { Shown } from '../../src/observe/protocols/certificate-message.ts';
import { suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { CertificateAsks, type KeyKind, type Look, look13, lookByEngine } from './certificate-asks.ts';
import type { Known, Stage, TlsFact, TlsServer, Unsettled } from './server.ts';

/** Declared names beside the first that are asked for, each by a hello of its own. */
const MORE_NAMES = 4;
/** Certificates of a chain that are compared, to know it again: of the chains of versions no more were kept. */
const COMPARED = 20;

/**
 * The certificates that a server presents: first the one that a client of today gets, then those of other kinds of key,
 * of older versions, to who gives another declared name, and to who gives none. A server that goes without (anonymous suites, pre-shared keys) shows
 * none, and that is an answer too.
 */
export const certificates: Stage = async function* (server, known) {
  const seen = new Presented(server);
  const old = [...known.versions.keys()].findLast((version) => version !== 'TLS 1.3');
  const asks = old && new CertificateAsks(server, old, takenBy(known, old));
  if (known.versions.has('TLS 1.3')) {
    const look = await look13(server);
    yield* seen.add(look.result === 'shown' ? look : await lookByEngine(server));
  } else if (asks) yield* seen.add(await asks.modern(server.servername));
  for (const { certificates } of [...known.versions.values()].reverse()) yield* seen.addChain(certificates);
  yield* seen.addLeaf(known.ssl2Certificate);

  if (asks)
    // DSA is no part of TLS 1.3, and who has that has no use for it.
    for (const kind of ['rsa', 'ec', 'dsa'] as const satisfies readonly KeyKind[])
      if (!seen.kinds.has(kind) && !(kind === 'dsa' && known.versions.has('TLS 1.3')))
        yield* seen.add(await asks.ofKind(kind));
  if (known.versions.has('TLS 1.3'))
    for (const kind of ['rsa', 'ec', 'edwards'] as const)
      if (!seen.kinds.has(kind)) yield* seen.add(await look13(server, kind));

  const named = (name: string | undefined): Promise<Look> | undefined =>
    known.versions.has('TLS 1.3') ? look13(server, undefined, name ?? false) : asks?.modern(name);
  for (const name of server.context.component.names.slice(1, 1 + MORE_NAMES)) {
    const look = await named(name);
    // Who minds a name that it does not know shows nothing to its clients.
    if (look) yield* seen.add(look);
  }
  if (server.servername !== undefined) {
    const look = await named(undefined);
    if (look) yield* seen.add(look, true);
  }
  return seen.unsettled;
};

/** Suites that this version is known to take. */
const takenBy = (known: Known, version: TlsVersion): readonly number[] => {
  const suites = known.suites.get(version) ?? [];
  return suites.length > 0 ? suites : suitesOf(version);
};

/** What was presented so far, each chain once: one and the same leaf may come with its issuers and without them. */
class Presented {
  /** Kinds of key of the leaves. */
  readonly kinds = new Set<string>();
  readonly unsettled: Unsettled[] = [];
  readonly #server: TlsServer;
  readonly #chains: (readonly Buffer[])[] = [];

  constructor(server: TlsServer) {
    this.#server = server;
  }

  *add(look: Look, nameless = false): Generator<TlsFact> {
    if (look.result === 'unclear') this.unsettled.push(look.unsettled);
    if (look.result === 'shown') yield* this.#tell(look.shown, nameless);
  }

  *addChain(certificates: readonly Buffer[]): Generator<TlsFact> {
    yield* this.#tell({ certificates, presented: certificates.length, whole: true }, false);
  }

  /** What came without its issuers because its protocol has no place for them. */
  *addLeaf(leaf: Buffer | undefined): Generator<TlsFact> {
    if (leaf && !this.#isKnown(leaf)) yield* this.addChain([leaf]);
  }

  #isKnown(leaf: Buffer): boolean {
    return this.#chains.some(([first]) => first?.equals(leaf));
  }

  /** What is shown to who gives no name is held to none but the address. */
  *#tell({ certificates, presented, whole }: Shown, nameless: boolean): Generator<TlsFact> {
    const { context } = this.#server;
    const leaf = certificates[0];
    if (!whole) this.#open(`more certificates are presented than were read (${presented})`, ['certificate']);
    const chain = certificates.slice(0, COMPARED);
    const isSame = (one: readonly Buffer[]) =>
      one.length === chain.length && one.every((each, at) => each.equals(chain[at]!));
    if (!leaf || this.#chains.some(isSame)) return;
    const isKnown = this.#isKnown(leaf);
    this.#chains.push(chain);
    const facts = chainFacts({
      chain: certificates,
      presented,
      names: nameless ? [] : context.component.names,
      host: context.endpoint.host,
      trust: context.trust,
      now: context.now(),
    });
    for (const { nameMatches, ...fact } of facts.certificates) {
      context.evidence(certificates[fact.position]!, 'application/pkix-cert');
      // Who gives no name cannot say that it is the wrong one.
      const known = nameMatches !== undefined && !(nameless && !nameMatches);
      yield known ? { ...fact, nameMatches } : fact;
    }
    if (facts.key && !isKnown) {
      this.kinds.add(facts.key.algorithm.startsWith('ed') ? 'edwards' : facts.key.algorithm);
      yield facts.key;
    }
    for (const { position, why } of facts.unreadable)
      this.#open(`certificate ${position + 1} of ${presented} that are presented: ${why}`, [
        'certificate',
        ...(position === 0 ? (['key'] as const) : []),
      ]);
  }

  #open(what: string, open: Unsettled['open']): void {
    this.unsettled.push({ reason: 'protocol', what, open });
  }
}
