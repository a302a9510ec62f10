import { CannotTell, type Datagram, type ProbeContext } from '../probe.ts';
import { DTLS_VERSIONS, type DtlsAnswer, DtlsReader, type DtlsServerHello, dtlsAlert, dtlsHello } from './dtls.ts';
import { firstSequence } from './dtls-hello.ts';
import { ALERTS } from './tls.ts';
import type { HelloParts } from './tls-hello.ts';

/** When a flight is sent, as parts of the `wait` limit: a lost datagram is no refusal (RFC 6347, 4.2.4: one second, doubled). */
const SENDS = [0, 0.2, 0.5];
/** HelloVerifyRequests that are followed: a cookie may have grown old meanwhile. */
const ROUNDS = 3;

/** Parts of the `wait` limit after which it is asked again whether somebody is at the port. */
const PAUSES = [0.1, 0.4];

/** Asks again, after a while, where nobody is at the port: a server that starts anew is soon back. */
export async function pastRefusal<T extends { readonly kind: string }>(
  context: Pick<ProbeContext, 'sleep' | 'limits'>,
  ask: () => Promise<T>,
): Promise<T> {
  for (const pause of PAUSES) {
    const told = await ask();
    if (told.kind !== 'refused') return told;
    await context.sleep(context.limits.wait * pause);
  }
  return ask();
}

/** What a server said to one hello. Silence is no answer, and `refused` (a port unreachable) is none of DTLS. */
export type DtlsTold =
  | { readonly kind: 'hello'; readonly hello: DtlsServerHello; readonly answer: DtlsAnswer }
  | { readonly kind: 'alert'; readonly level: number; readonly code: number; readonly name: string }
  /** `forgot`: it asked for a cookie again when it had been given its own: it has dropped the hello, and does not go on. */
  | { readonly kind: 'timeout'; readonly why: string; readonly forgot?: true }
  | { readonly kind: 'garbage' | 'refused'; readonly why: string };

export const alertName = (code: number): string => ALERTS[code] ?? MORE_ALERTS[code] ?? `alert ${code}`;
/** RFC 5246, 7.2; RFC 4279, 6. */
const MORE_ALERTS: Readonly<Record<number, string>> = {
  20: 'bad_record_mac',
  42: 'bad_certificate',
  48: 'unknown_ca',
  49: 'access_denied',
  51: 'decrypt_error',
  90: 'user_canceled',
  110: 'unsupported_extension',
  115: 'unknown_psk_identity',
  120: 'no_application_protocol',
};

/** Bytes before the client's address was verified by a cookie, or at all. */
export interface FirstFlight {
  /** Of one hello, and of all copies of it: which of them were answered cannot be seen. */
  readonly hello: number;
  readonly sent: number;
  readonly received: number;
  /** The server asked for a cookie: HelloVerifyRequest, or that of a HelloRetryRequest. */
  readonly verified: boolean;
}

/** One association with a server, from a local port of its own, as far as it goes in the clear. */
export class Dialogue {
  readonly reader = new DtlsReader();
  /** What the first hello brought; undefined where it brought nothing. */
  first: FirstFlight | undefined;
  /** The hello that was answered, as the last one sent it. */
  hello: HelloParts | undefined;
  /** Its handshake message number; those that follow count on. */
  messages = 0;
  readonly #context: Pick<ProbeContext, 'now' | 'limits'>;
  readonly #datagram: Datagram;
  #sends: readonly number[] = SENDS;
  #sequence: number;

  constructor(context: Pick<ProbeContext, 'now' | 'limits' | 'random'>, datagram: Datagram) {
    this.#context = context;
    this.#datagram = datagram;
    this.#sequence = firstSequence(context.random(1));
  }

  /** The next record number of epoch 0. */
  next(): number {
    return this.#sequence++;
  }

  /**
   * Sends a hello, and again with the cookie that is asked for; its own `cookie` stands in the first one. `once`: no datagram
   * is sent twice. Throws CannotTell only for what is no answer of the server.
   */
  async ask(parts: HelloParts, { once = false }: { once?: boolean } = {}): Promise<DtlsTold> {
    if (once) this.#sends = [0];
    try {
      return await this.#ask(parts);
    } catch (error) {
      if (!(error instanceof CannotTell) || error.reason !== 'refused') throw error;
      return { kind: 'refused', why: error.message };
    }
  }

  /**
   * Sends datagrams, again after a while, until the reader is satisfied or the `wait` limit is over. `take`: who reads,
   * by default this dialogue's reader. Gives the bytes that were sent.
   */
  async flight(
    write: () => readonly Buffer[],
    satisfied: () => boolean,
    take: (datagram: Buffer) => void = (datagram) => this.reader.take(datagram),
  ): Promise<number> {
    const { now, limits } = { now: () => this.#context.now(), limits: this.#context.limits };
    const began = now();
    let sent = 0;
    for (let i = 0; i < this.#sends.length && !satisfied(); i++) {
      for (const datagram of write()) {
        await this.#datagram.send(datagram);
        sent += datagram.length;
      }
      const until = began + limits.wait * (this.#sends[i + 1] ?? 1);
      for (let left = until - now(); left > 0 && !satisfied(); left = until - now()) {
        const message = await this.#datagram.receive({ wait: left });
        if (!message) break;
        take(message.bytes);
      }
    }
    return sent;
  }

  /** Reads on for so many milliseconds. */
  async linger(milliseconds: number): Promise<void> {
    const until = this.#context.now() + milliseconds;
    for (let left = milliseconds; left > 0; left = until - this.#context.now()) {
      const message = await this.#datagram.receive({ wait: left });
      if (!message) return;
      this.reader.take(message.bytes);
    }
  }

  /** Takes leave, so that the server need not keep the half association, and closes the socket. */
  async end(): Promise<void> {
    try {
      if (this.reader.answer.hello) await this.#datagram.send(dtlsAlert(2, 90, this.next(), this.#recordVersion));
    } catch (error) {
      if (!(error instanceof CannotTell)) throw error;
    } finally {
      this.#datagram.close();
    }
  }

  get #recordVersion(): number {
    return this.reader.answer.hello?.version === 'DTLS 1.0' ? DTLS_VERSIONS['DTLS 1.0'] : DTLS_VERSIONS['DTLS 1.2'];
  }

  async #ask(parts: HelloParts): Promise<DtlsTold> {
    let cookie = parts.cookie;
    let written = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const hello = { ...parts, cookie: cookie ?? Buffer.alloc(0) };
      this.hello = hello;
      this.messages = round;
      const isNew = () => {
        const asked = this.reader.answer.cookie;
        return asked !== undefined && !(cookie && asked.equals(cookie));
      };
      // Each hello of earlier rounds may be asked for a cookie late, and those need not be alike: what answers one of them
      // says nothing of the hello that is on its way, which the server may well go on with.
      const earlier = written;
      const isAsked = () => this.reader.verifies > earlier && isNew();
      const write = () => {
        written += 1;
        return [dtlsHello(hello, round, this.next())];
      };
      const sent = await this.flight(
        write,
        () => this.reader.answer.done || (this.reader.answer.hello === undefined && isAsked()),
      );
      const { answer, bytes } = this.reader;
      if (round === 0 && bytes > 0)
        this.first = {
          hello: dtlsHello(hello).length,
          sent,
          received: bytes,
          verified: answer.cookie !== undefined || answer.hello?.extensions.has(44) === true,
        };
      if (answer.hello || answer.alert?.level === 2 || !isNew()) return told(answer);
      cookie = answer.cookie;
    }
    // A server that drops the hello and forgets who sent it (libcoap with GnuTLS) takes the next copy for a new one's.
    return { kind: 'timeout', why: 'it asks for a cookie again and again', forgot: true };
  }
}

function told(answer: DtlsAnswer): DtlsTold {
  if (answer.hello) return { kind: 'hello', hello: answer.hello, answer };
  if (answer.alert?.level === 2) return { kind: 'alert', ...answer.alert, name: alertName(answer.alert.code) };
  if (answer.alert) return { kind: 'timeout', why: `nothing but a warning came (${alertName(answer.alert.code)})` };
  if (answer.strange) return { kind: 'garbage', why: 'what came is not DTLS' };
  return {
    kind: 'timeout',
    why: answer.cookie ? 'nothing came once the cookie was returned' : 'no whole answer in time',
  };
}
