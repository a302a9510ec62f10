import { CannotTell, type Connection, type Ended, type ProbeContext } from '../probe.ts';
import {
  DISCONNECT,
  type KexInit,
  packetOf,
  readIdentification,
  readKexInit,
  readPacket,
  type SshIdentification,
} from './ssh.ts';

/** What a server says first. `offer` is absent for SSH 1; `rest` are the bytes that came after it. */
export interface SshGreeting {
  readonly identification: SshIdentification;
  readonly offer: KexInit | undefined;
  readonly rest: Buffer;
}

const CAP = 65_536;
/** Packets at most before the one that is waited for: a server may send debug messages and the like. */
const PACKETS = 50;

/** What came instead of a message. `closed` and `disconnected` may be a server's no; the others tell nothing. */
export type SshEnd = {
  readonly kind: 'closed' | 'disconnected' | 'busy' | 'reset' | 'timeout' | 'garbage';
  readonly why: string;
};

/** The server closed the connection before it had said what it offers: nothing was asked of it, and it may be busy. */
export class NotTaken extends CannotTell {
  /** What it said instead: a server that shuts somebody out may say so. */
  readonly said: string;

  constructor(detail: string, said = '') {
    super('reset', detail);
    this.name = 'NotTaken';
    this.said = said;
  }
}

/** Connections at most that are tried again because the one before was not taken. */
const AGAIN = 3;
/** The first pause before that is this part of the `wait` limit; each is three times the one before. */
export const PAUSE = 50;

/** Does what a connection is needed for, again where none was taken: the server may be at work on the one before, or others. */
export async function onceTaken<T>(context: ProbeContext, work: () => Promise<T>): Promise<T> {
  let pause = context.limits.wait / PAUSE;
  for (let left = AGAIN; ; left -= 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NotTaken) || left === 0) throw error;
      await context.sleep(pause);
      pause *= 3;
    }
  }
}

/** One connection to an SSH server, read in the clear, packet by packet, up to its host key. */
export class SshConnection {
  readonly greeting: SshGreeting;
  readonly #connection: Connection;
  #held: Buffer;

  private constructor(connection: Connection, greeting: SshGreeting) {
    this.#connection = connection;
    this.greeting = greeting;
    this.#held = greeting.rest;
  }

  /** Banner and KEXINIT, raw: a library would show only what it negotiated. Throws CannotTell for all that is no SSH server. */
  static async open(context: ProbeContext): Promise<SshConnection> {
    const connection = await context.dial();
    try {
      await connection.send('SSH-2.0-probity\r\n');
      const { bytes, ended } = await connection.receive({ until: (seen) => greetingOf(seen) !== undefined, cap: CAP });
      const greeting = greetingOf(bytes);
      if (greeting) return new SshConnection(connection, greeting);
      throw noGreeting(greeting === false, bytes, ended);
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  async send(payload: Buffer): Promise<void> {
    await this.#connection.send(packetOf(payload));
  }

  /** The next message with this number; what a server may say in between is passed over. */
  async message(wanted: number): Promise<Buffer | SshEnd> {
    const find = (seen: Buffer) => nextOf(Buffer.concat([this.#held, seen]), wanted);
    let found = find(Buffer.alloc(0));
    if (!found) {
      const { bytes, ended } = await this.#connection.receive({ until: (seen) => find(seen) !== undefined, cap: CAP });
      found = find(bytes);
      if (!found) return { kind: ended === 'until' || ended === 'cap' ? 'garbage' : ended, why: endText(ended) };
    }
    if ('why' in found) return found;
    this.#held = found.rest;
    return found.payload;
  }

  close(): void {
    this.#connection.destroy();
  }
}

const endText = (ended: Ended): string =>
  ended === 'timeout'
    ? 'no answer in time'
    : ended === 'reset'
      ? 'reset'
      : ended === 'closed'
        ? 'closed'
        : 'no message';

function noGreeting(isForeign: boolean, bytes: Buffer, ended: Ended): CannotTell {
  const said = wordsOf(bytes);
  const identification = readIdentification(bytes);
  const packet = identification && readPacket(bytes.subarray(identification.length));
  if (packet && packet.payload[0] === DISCONNECT)
    return new NotTaken(`no SSH offer: ${disconnected(packet.payload).why}`);
  const isSilent = ended === 'timeout' || ended === 'reset' || ended === 'closed';
  if (!isForeign && isSilent) {
    // What a server that takes no more connections says in place of its banner is in clear.
    const words = /^SSH-/.test(said) ? '' : said;
    const detail = `no whole SSH offer: only ${bytes.length} bytes (${ended})${words && `: ${JSON.stringify(words)}`}`;
    return ended === 'timeout' ? new CannotTell('timeout', detail) : new NotTaken(detail, words);
  }
  return new CannotTell('protocol', `no SSH offer: ${isForeign ? 'no SSH server' : `only ${bytes.length} bytes`}`);
}

/** `undefined` while it is not whole, `false` where the bytes are no SSH server's. */
export function greetingOf(bytes: Buffer): SshGreeting | undefined | false {
  const identification = readIdentification(bytes);
  if (!identification) return identification;
  const after = bytes.subarray(identification.length);
  if (identification.protocol.startsWith('1.') && identification.protocol !== '1.99')
    return { identification, offer: undefined, rest: after };
  const packet = readPacket(after);
  if (!packet) return packet;
  const offer = readKexInit(packet.payload);
  return offer ? { identification, offer, rest: after.subarray(packet.length) } : false;
}

function nextOf(bytes: Buffer, wanted: number): { payload: Buffer; rest: Buffer } | SshEnd | undefined {
  let at = 0;
  for (let count = 0; count < PACKETS; count += 1) {
    const packet = readPacket(bytes.subarray(at));
    if (packet === undefined) return undefined;
    if (packet === false) return { kind: 'garbage', why: 'what came is no SSH packet' };
    at += packet.length;
    const { payload } = packet;
    if (payload[0] === wanted) return { payload, rest: bytes.subarray(at) };
    if (payload[0] === DISCONNECT) return disconnected(payload);
  }
  return { kind: 'garbage', why: `${PACKETS} messages, and none was the answer` };
}

/** Reasons that are about who asks, and not what: HOST_NOT_ALLOWED_TO_CONNECT, SERVICE_NOT_AVAILABLE, TOO_MANY_CONNECTIONS. */
const BUSY: readonly (number | undefined)[] = [1, 7, 12];

/** A SSH_MSG_DISCONNECT, with its reason and words (RFC 4253, 11.1). */
function disconnected(payload: Buffer): SshEnd {
  const code = payload.length >= 5 ? payload.readUInt32BE(1) : undefined;
  const length = payload.length >= 9 ? payload.readUInt32BE(5) : 0;
  const words = wordsOf(payload.subarray(9, 9 + Math.min(length, 100)));
  const why = `disconnected${code === undefined ? '' : ` (${code}${words === '' ? '' : `, ${words}`})`}`;
  return { kind: BUSY.includes(code) ? 'busy' : 'disconnected', why };
}

const wordsOf = (bytes: Buffer): string =>
  bytes
    .toString('latin1', 0, 100)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim();
