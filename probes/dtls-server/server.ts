import type { FactKind, FactOf } from '../../src/model/fact.ts';
import type { Reason } from '../../src/model/run.ts';
import type { ProbeContext } from '../../src/observe/probe.ts';
import type { DtlsVersion } from '../../src/observe/protocols/dtls.ts';
import { Dialogue, type DtlsTold, type FirstFlight } from '../../src/observe/protocols/dtls-exchange.ts';
import { type DtlsClientHello, dtlsHelloParts } from '../../src/observe/protocols/dtls-hello.ts';

/** Hellos at most, each with an association of its own that the server has to keep for a while. */
const MOST = 96;
const MOST_OF_FRAGILE = 40;
/** The part of the `wait` limit for which the rest of a first flight is counted, and milliseconds at most. */
const LINGER_PART = 10;
const LINGER_MS = 200;

/** What could not be settled: said of the whole attempt at its end. */
export interface Unsettled {
  readonly reason: Reason;
  readonly what: string;
  readonly open: readonly FactKind[];
}

export type DtlsFact = FactOf<'offer' | 'certificate' | 'key' | 'weakness'>;
export type Stage = AsyncGenerator<DtlsFact, readonly Unsettled[]>;

/** What it said, or that no more may be asked. */
export type Told = DtlsTold | { readonly kind: 'spent'; readonly why: string };

/** A DTLS server as this attempt reaches it: one association a hello, one after the other. */
export class DtlsServer {
  /** Associations begun so far. */
  hellos = 0;
  /** It was seen to take no hello with all suites. */
  short = false;
  /** Chains of certificates by their leaf. */
  readonly chains = new Map<string, readonly Buffer[]>();
  /** A certificate was named, and did not come whole. */
  cutOff = false;
  /** What the shortest hello that was answered brought before the client's address was verified. */
  first: FirstFlight | undefined;
  readonly context: ProbeContext;

  constructor(context: ProbeContext) {
    this.context = context;
  }

  get most(): number {
    return this.context.component.fragile ? MOST_OF_FRAGILE : MOST;
  }

  /** One hello over a socket of its own. Throws CannotTell only for what is no answer of the server. */
  async ask(hello: Omit<DtlsClientHello, 'random' | 'servername'>): Promise<Told> {
    const { context } = this;
    if (this.hellos >= this.most) return { kind: 'spent', why: `${this.hellos} hellos were sent, and no more are` };
    this.hellos += 1;
    const dialogue = new Dialogue(context, await context.datagram());
    try {
      const parts = dtlsHelloParts({ ...hello, random: context.random(64), servername: context.component.names[0] });
      const told = await dialogue.ask(parts);
      if (told.kind === 'hello') await this.#learn(dialogue, told);
      return told;
    } finally {
      await dialogue.end();
    }
  }

  /** The same, once more where nothing that tells anything came. */
  async askTwice(hello: Parameters<DtlsServer['ask']>[0]): Promise<Told> {
    const told = await this.ask(hello);
    return told.kind === 'timeout' || told.kind === 'garbage' ? this.ask(hello) : told;
  }

  async #learn(dialogue: Dialogue, { answer, hello }: Extract<DtlsTold, { kind: 'hello' }>): Promise<void> {
    if (!this.first && dialogue.first) {
      // Of DTLS 1.3 the rest is encrypted, and comes in datagrams of its own.
      if (hello.version === 'DTLS 1.3' && !dialogue.first.verified)
        await dialogue.linger(Math.min(LINGER_MS, this.context.limits.wait / LINGER_PART));
      this.first = dialogue.first.verified
        ? dialogue.first
        : { ...dialogue.first, received: Math.max(dialogue.first.received, dialogue.reader.bytes) };
    }
    const [leaf] = answer.certificates;
    if (leaf) this.chains.set(leaf.toString('base64'), answer.certificates);
    if (!answer.done) this.cutOff = true;
  }
}

export const offer = (
  role: FactOf<'offer'>['role'],
  name: string,
  more: { version?: DtlsVersion; code?: number; bits?: number } = {},
): FactOf<'offer'> => ({ kind: 'offer', protocol: 'dtls', role, ...more, name });
