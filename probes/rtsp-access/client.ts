import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import { hostHeader } from '../../src/observe/protocols/http.ts';
import { describeRequest, type RtspAnswer, readRtsp } from '../../src/observe/protocols/rtsp.ts';

const ANSWER_BYTES = 400 * 1024;

export const urlOf = ({ endpoint }: ProbeContext, path: string): string => {
  const scheme = endpoint.security === 'tls' ? 'rtsps' : 'rtsp';
  // hostHeader leaves out the ports of HTTP only.
  return `${scheme}://${hostHeader(endpoint.host, endpoint.port!, 'none')}${path.replace(/[^\x21-\x7e]/g, '')}`;
};

/**
 * DESCRIBEs, one after the other over one connection while it lasts: a digest's nonce holds on its own. Where a server
 * ends it after an answer, the next is asked over a new one. Throws CannotTell.
 */
export class Client {
  private readonly context: ProbeContext;
  private connection: Connection | undefined;
  private rest: Buffer = Buffer.alloc(0);
  private sequence = 0;

  constructor(context: ProbeContext) {
    this.context = context;
  }

  async describe(path: string, authorization?: string): Promise<RtspAnswer> {
    const used = this.connection !== undefined;
    try {
      return await this.ask(path, authorization);
    } catch (error) {
      this.close();
      if (!used || !(error instanceof CannotTell) || error.reason !== 'reset') throw error;
      return this.ask(path, authorization);
    }
  }

  close(): void {
    this.connection?.destroy();
    this.connection = undefined;
    this.rest = Buffer.alloc(0);
  }

  private async ask(path: string, authorization?: string): Promise<RtspAnswer> {
    this.connection ??= await this.context.dial();
    this.sequence += 1;
    await this.connection.send(describeRequest(urlOf(this.context, path), this.sequence, authorization));
    const before = this.rest;
    const { bytes, ended } = await this.connection.receive({
      until: (seen) => readRtsp(Buffer.concat([before, seen])) !== undefined,
      cap: ANSWER_BYTES,
    });
    const all = Buffer.concat([before, bytes]);
    const answer = readRtsp(all);
    if (answer) {
      this.rest = all.subarray(answer.length);
      return answer;
    }
    if (answer === false || ended === 'cap') throw new CannotTell('protocol', 'the answer is no RTSP');
    throw new CannotTell(ended === 'timeout' ? 'timeout' : 'reset', `no whole RTSP answer (${ended})`);
  }
}
