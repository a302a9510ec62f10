import type { FactKind, FactOf } from '../../src/model/fact.ts';
import type { Reason } from '../../src/model/run.ts';
import type { ProbeContext } from '../../src/observe/probe.ts';
import type { DtlsVersion } from '../../src/observe/protocols/dtls.ts';
import { Dialogue, type DtlsTold, type FirstFlight, pastRefusal } from '../../src/observe/protocols/dtls-exchange.ts';
import { type DtlsClientHello, dtlsHelloParts } from '../../src/observe/protocols/dtls-hello.ts';

/** Hellos at most, each with an association of its own that the server has to keep for a while. */
const MOST = 120;
const MOST_OF_FRAGILE = 40;
/** More than those, for what is asked again at the end. */
const AT_THE_END = 8;
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

export type Asked = Omit<DtlsClientHello, 'random' | 'servername'>;

/** What it said, or that no more may be asked. */
export type Told = DtlsTold | { readonly kind: 'spent'; readonly why: string };

/** A DTLS server as this attempt reaches it: one association a hello, one after the other. */
export class DtlsServer {
  /** Associations begun so far. */
  hellos = 0;
  /** It was seen to take no hello with all suites. */
  short = false;
  /**
   * It says nothing where it would choose what it has no credentials for, although it could have taken another suite (libcoap
   * with GnuTLS and a key): its suites are asked for by what proves who it is.
   */
  choosy = false;
  /** Chains of certificates by their leaf. */
  readonly chains = new Map<string, readonly Buffer[]>();
  /** A certificate was named, and did not come whole. */
  cutOff = false;
  readonly context: ProbeContext;

  constructor(context: ProbeContext) {
    this.context = context;
  }

  #more = 0;

  get most(): number {
    return (this.context.component.fragile ? MOST_OF_FRAGILE : MOST) + this.#more;
  }

  /** What follows asks again what is known: it may go a little beyond what is sent at most. */
  ends(): void {
    this.#more = AT_THE_END;
  }

  /** One hello over a socket of its own. Throws CannotTell only for what is no answer of the server. */
  ask(hello: Asked): Promise<Told> {
    return pastRefusal(this.context, async () => {
      const asked = await this.#over(hello);
      return 'kind' in asked ? asked : asked.told;
    });
  }

  /** The same, once more where nothing that tells anything came. */
  async askTwice(hello: Asked): Promise<Told> {
    const told = await this.ask(hello);
    return told.kind === 'timeout' || told.kind === 'garbage' ? this.ask(hello) : told;
  }

  /**
   * What a hello brings before the client's address is verified; undefined where it is not answered, or refused. `once`: it is
   * sent once. `cookie`: one that nobody gave us stands in it.
   */
  async measure(hello: Asked, options: { once?: boolean; cookie?: Buffer } = {}): Promise<FirstFlight | undefined> {
    const asked = await this.#over(hello, options);
    if ('kind' in asked) return undefined;
    return asked.told.kind === 'hello' || asked.first?.verified ? asked.first : undefined;
  }

  async #over(
    hello: Asked,
    { once, cookie }: { once?: boolean; cookie?: Buffer } = {},
  ): Promise<Extract<Told, { kind: 'spent' }> | { told: DtlsTold; first: FirstFlight | undefined }> {
    const { context } = this;
    if (this.hellos >= this.most) return { kind: 'spent', why: `${this.hellos} hellos were sent, and no more are` };
    this.hellos += 1;
    const dialogue = new Dialogue(context, await context.datagram());
    try {
      const parts = dtlsHelloParts({ ...hello, random: context.random(64), servername: context.component.names[0] });
      const told = await dialogue.ask({ ...parts, ...(cookie && { cookie }) }, { ...(once && { once }) });
      if (told.kind === 'hello') this.#learn(told);
      const { first, reader } = dialogue;
      if (!first || first.verified || (!once && !cookie)) return { told, first };
      // What comes behind its flight counts too: it may be sent more than once, and of DTLS 1.3 the rest is encrypted.
      await dialogue.linger(Math.min(LINGER_MS, context.limits.wait / LINGER_PART));
      return { told, first: { ...first, received: reader.bytes } };
    } finally {
      await dialogue.end();
    }
  }

  #learn({ answer }: Extract<DtlsTold, { kind: 'hello' }>): void {
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
