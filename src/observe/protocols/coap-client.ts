import { CannotTell, type Datagram, type ProbeContext } from '../probe.ts';
import { COAP, type CoapMessage, coapAck, coapGet, readCoap } from './coap.ts';

/** A lost datagram is sent again: so often in all. */
const SENDS = 3;
/** Of one resource, block by block (RFC 7959). */
const BLOCKS = 64;
const BYTES = 64 * 1024;

export interface CoapAnswer {
  readonly code: string;
  readonly payload: Buffer;
  /** More blocks were announced than came, or are read. */
  readonly cut?: true;
}

/** GETs over one socket, or one DTLS association. Answers are matched by token, or by message id where they are empty. */
export class CoapClient {
  private readonly context: ProbeContext;
  private readonly datagram: Pick<Datagram, 'send' | 'receive'>;
  private id: number;

  constructor(context: ProbeContext, datagram: Pick<Datagram, 'send' | 'receive'>) {
    this.context = context;
    this.datagram = datagram;
    this.id = context.random(2).readUInt16BE();
  }

  /** One resource, all its blocks within the caps. Throws CannotTell `timeout`, `refused` or `protocol` (a Reset). */
  async get(path: string): Promise<CoapAnswer> {
    const first = await this.ask(path);
    const parts = [first.payload];
    let bytes = first.payload.length;
    let { block } = first;
    while (first.code === '2.05' && block?.more && parts.length < BLOCKS && bytes < BYTES) {
      const next = await this.ask(path, { number: block.number + 1, exponent: Math.min(block.exponent, 6) });
      // A server that does not know blocks sends its first one for ever.
      if (next.code !== '2.05' || next.block?.number !== block.number + 1) break;
      parts.push(next.payload);
      bytes += next.payload.length;
      block = next.block;
    }
    const cut = first.code === '2.05' && (block?.more === true || bytes > BYTES);
    return { code: first.code, payload: Buffer.concat(parts).subarray(0, BYTES), ...(cut && { cut }) };
  }

  private async ask(path: string, block?: { number: number; exponent: number }): Promise<CoapMessage> {
    const { context, datagram } = this;
    this.id = (this.id + 1) & 0xffff;
    const token = context.random(4);
    const request = coapGet(this.id, token, path, block);
    const end = context.now() + context.limits.wait;
    let acknowledged = false;
    for (let sent = 1; sent <= SENDS; sent += 1) {
      if (!acknowledged) await datagram.send(request);
      const until = sent === SENDS ? end : Math.min(end, context.now() + context.limits.wait / (SENDS + 1));
      for (let left = until - context.now(); left > 0; left = until - context.now()) {
        const message = await datagram.receive({ wait: left });
        if (message === undefined) break;
        const answer = readCoap(message.bytes);
        if (!answer) continue;
        if (answer.code === '0.00') {
          if (answer.id !== this.id) continue;
          if (answer.type === COAP.reset) throw new CannotTell('protocol', `a GET of ${path.slice(0, 200)} was reset`);
          acknowledged ||= answer.type === COAP.acknowledgement;
        } else if (answer.token.equals(token) && /^[245]\./.test(answer.code)) {
          if (answer.type === COAP.confirmable) await datagram.send(coapAck(answer.id));
          return answer;
        }
      }
    }
    throw new CannotTell('timeout', `no answer to a GET of ${path.slice(0, 200)}`);
  }
}

/** 4.01 Unauthorized, 4.03 Forbidden (RFC 7252, 5.9.2). */
export const coapRefused = ({ code }: CoapAnswer): boolean => code === '4.01' || code === '4.03';
