import { chainFacts } from '../../src/observe/protocols/certificate.ts';
import type { Shown } from '../../src/observe/protocols/certificate-message.ts';
import { suitesOf, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { CertificateAsks, type KeyKind, type Look, look13, lookByEngine } from './certificate-asks.ts';
import type { Known, Stage, TlsFact, TlsServer, Unsettled } from './server.ts';

/**
 * The certificates that a server presents: first the one that a client of today gets, then those of other kinds of key,
 * of older versions, and to who gives no name. A server that goes without (anonymous suites, pre-shared keys) shows
 * none, and that is an answer too.
 */
export const certificates: Stage = async function* (server, known) {
  const seen = new Presented(server);
  const old = [...known.versions.keys()].findLast((version) => version !== 'TLS 1.3');
  const asks = old && new CertificateAsks(server, old, takenBy(known, old));
  if (known.versions.has('TLS 1.3')) {
    const look = await look13(server);
    yield* seen.add(look.result === 'shown' ? look : await lookByEngine(server));
  } else if (asks) yield* seen.add(await asks.modern(true));
  for (const { certificates } of [...known.versions.values()].reverse()) yield* seen.addChain(certificates);
  yield* seen.addChain(known.ssl2Certificate ? [known.ssl2Certificate] : []);

  if (asks)
    // DSA is no part of TLS 1.3, and who has that has no use for it.
    for (const kind of ['rsa', 'ec', 'dsa'] as const satisfies readonly KeyKind[])
      if (!seen.kinds.has(kind) && !(kind === 'dsa' && known.versions.has('TLS 1.3')))
        yield* seen.add(await asks.ofKind(kind));
  if (known.versions.has('TLS 1.3'))
    for (const kind of ['rsa', 'ec', 'edwards'] as const)
      if (!seen.kinds.has(kind)) yield* seen.add(await look13(server, kind));

  if (server.servername !== undefined) {
    const look = known.versions.has('TLS 1.3') ? await look13(server, undefined, false) : await asks?.modern(false);
    if (look) yield* seen.add(look, true);
  }
  return seen.unsettled;
};

/** Suites that this version is known to take. */
const takenBy = (known: Known, version: TlsVersion): readonly number[] => {
  const suites = known.suites.get(version) ?? [];
  return suites.length > 0 ? suites : suitesOf(version);
};

/** What was presented so far, each leaf once. */
class Presented {
  /** Kinds of key of the leaves. */
  readonly kinds = new Set<string>();
  readonly unsettled: Unsettled[] = [];
  readonly #server: TlsServer;
  readonly #leaves: Buffer[] = [];

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

  /** What is shown to who gives no name is held to none but the address. */
  *#tell({ certificates, presented, whole }: Shown, nameless: boolean): Generator<TlsFact> {
    const { context } = this.#server;
    const leaf = certificates[0];
    if (!whole) this.#open(`more certificates are presented than were read (${presented})`, ['certificate']);
    if (!leaf || this.#leaves.some((one) => one.equals(leaf))) return;
    this.#leaves.push(leaf);
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
    if (facts.key) {
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
