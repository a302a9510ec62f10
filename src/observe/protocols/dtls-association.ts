import { CannotTell, type Datagram, type DatagramMessage, type ProbeContext } from '../probe.ts';
import { CONTENT, DTLS_VERSIONS, type DtlsRecord, readDtlsRecords } from './dtls.ts';
import { type Keys, seal, unseal } from './dtls-keys.ts';
import { u8 } from './tls-hello.ts';

export type AssociationContext = Pick<ProbeContext, 'now' | 'limits' | 'random'>;

/** There is no renegotiation: what is protected has this epoch. */
const EPOCH = 1;

/** Data in both directions, protected: a Datagram as far as probes use one to send and to receive. */
export class Association implements Pick<Datagram, 'send' | 'receive' | 'close'> {
  readonly #context: AssociationContext;
  readonly #datagram: Datagram;
  readonly #own: Keys;
  readonly #theirs: Keys;
  readonly #queue: DatagramMessage[] = [];
  #sequence = 0;
  #closed = false;

  constructor(context: AssociationContext, datagram: Datagram, own: Keys, theirs: Keys) {
    this.#context = context;
    this.#datagram = datagram;
    this.#own = own;
    this.#theirs = theirs;
  }

  seal(type: number, plain: Buffer): Buffer {
    const head = { type, version: DTLS_VERSIONS['DTLS 1.2'], epoch: EPOCH, sequence: this.#sequence++ };
    return seal(this.#own, head, plain, (bytes) => this.#context.random(bytes));
  }

  unseal({ body, ...head }: DtlsRecord): Buffer | undefined {
    return head.epoch === EPOCH ? unseal(this.#theirs, head, body) : undefined;
  }

  async send(bytes: Buffer): Promise<void> {
    if (this.#closed) throw new CannotTell('reset', 'the server ended the DTLS association');
    await this.#datagram.send(this.seal(CONTENT.data, bytes));
  }

  /** The next datagram's plaintext; undefined when time is up. Throws CannotTell `reset` once the server has ended it. */
  async receive({ wait = this.#context.limits.wait }: { wait?: number } = {}): Promise<DatagramMessage | undefined> {
    const until = this.#context.now() + wait;
    for (let left = wait; this.#queue.length === 0; left = until - this.#context.now()) {
      if (this.#closed) throw new CannotTell('reset', 'the server ended the DTLS association');
      const message = left > 0 ? await this.#datagram.receive({ wait: left }) : undefined;
      if (!message) return undefined;
      this.#take(message);
    }
    return this.#queue.shift();
  }

  /** Takes leave with close_notify (RFC 5246, 7.2.1). */
  async end(): Promise<void> {
    try {
      if (!this.#closed) await this.#datagram.send(this.seal(CONTENT.alert, u8(1, 0)));
    } catch (error) {
      if (!(error instanceof CannotTell)) throw error;
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#closed = true;
    this.#datagram.close();
  }

  #take({ bytes, from }: DatagramMessage): void {
    for (const record of readDtlsRecords(bytes).records) {
      const plain = this.unseal(record);
      if (!plain) continue;
      if (record.type === CONTENT.data) this.#queue.push({ bytes: plain, from });
      // Any alert that is not about a name or a renegotiation that is not wanted ends it.
      if (record.type === CONTENT.alert && plain.length === 2 && (plain[0] === 2 || plain[1] === 0))
        this.#closed = true;
    }
  }
}
