import { CannotTell, type Datagram, type ProbeContext } from '../probe.ts';
import { alertName } from './dtls-exchange.ts';
import { INITIAL_BYTES } from './quic.ts';
import { ackFrame, CryptoStream, closeFrame, cryptoFrame, readFrames } from './quic-frames.ts';
import { type Found, type Level, openPacket, overhead, PacketKeys, readPackets, writePacket } from './quic-packets.ts';
import { readTlsAnswer, type ServerHello } from './tls.ts';
import { type Extension, extensions, helloBody, message, record, u8, vector } from './tls-hello.ts';
import { digest, type KeyShare, keyShare, SUITE13, schedule } from './tls13-keys.ts';
import { type Certificates13, readCertificates13 } from './tls13-messages.ts';

/** When the hello is sent, as parts of the `wait` limit. */
const SENDS = [0, 0.2, 0.5];
/** Datagrams of ours beside those, at most: what is acknowledged lets a server send on (RFC 9000, 8.1). */
const ACKS = 16;
/** Packets that came before their keys, at most. */
const MOST_EARLY = 16;
const ID_BYTES = 8;
const SHARED = [29, 23];
const GROUPS = [...SHARED, 24, 25];
// ECDSA, EdDSA, PSS, and PKCS#1 for the certificates alone.
const SCHEMES = [0x0403, 0x0503, 0x0603, 0x0807, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601];
/** A server that has none of the protocols that are offered gives up (RFC 9001, 8.1). */
const PROTOCOLS = ['h3', 'h3-29', 'hq-interop', 'hq-29', 'doq', 'mqtt'];
const MESSAGE = { serverHello: 2, certificate: 11, finished: 20 } as const;

/**
 * What became of one hello. `hello`: the server goes on with that suite; `certificates` once they came whole, and `finished`
 * where it ended its flight. `alert`: it says why not. `unfit`: what it chose, or how it ends, says nothing of the hello.
 */
export type QuicTold =
  | {
      readonly kind: 'hello';
      readonly hello: ServerHello;
      readonly certificates?: Certificates13;
      readonly finished: boolean;
    }
  | { readonly kind: 'alert'; readonly name: string }
  | { readonly kind: 'timeout' | 'garbage' | 'refused' | 'unfit'; readonly why: string };

type Context = Pick<ProbeContext, 'now' | 'limits' | 'random' | 'datagram' | 'component'>;

/**
 * One handshake of QUIC (RFC 9001) as far as the server's certificate, over a socket of its own; the server is told that it
 * ends there. `version`: one that `isSpoken`. `shallow`: the ServerHello is enough. Throws CannotTell only for what is no answer.
 */
export async function askQuic(
  context: Context,
  options: { version: number; suites: readonly number[]; shallow?: boolean },
): Promise<QuicTold> {
  const datagram = await context.datagram();
  try {
    return await new Connection(context, datagram, options).run();
  } catch (error) {
    if (!(error instanceof CannotTell) || error.reason !== 'refused') throw error;
    return { kind: 'refused', why: error.message };
  } finally {
    datagram.close();
  }
}

/** One level: its keys, what came, and what is to be acknowledged. */
class Space {
  client: PacketKeys | undefined;
  server: PacketKeys | undefined;
  readonly stream = new CryptoStream();
  readonly numbers = new Set<number>();
  sent = 0;
}

class Connection {
  readonly #context: Context;
  readonly #datagram: Datagram;
  readonly #version: number;
  readonly #suites: readonly number[];
  readonly #shallow: boolean;
  readonly #own: Buffer;
  readonly #hello: Buffer;
  readonly #shares: readonly KeyShare[];
  readonly #spaces: Readonly<Record<Level, Space>> = { initial: new Space(), handshake: new Space() };
  #destination: Buffer;
  #token: Buffer = Buffer.alloc(0);
  #heard = false;
  #early: Extract<Found, { bytes: Buffer }>[] = [];
  #acks = 0;
  #wantsAck = false;
  #strange = false;
  #closed: number | undefined;
  #answer: ServerHello | undefined;
  #certificates: Certificates13 | undefined;
  #finished = false;

  constructor(context: Context, datagram: Datagram, options: Parameters<typeof askQuic>[1]) {
    const { random, component } = context;
    this.#context = context;
    this.#datagram = datagram;
    this.#version = options.version;
    this.#suites = options.suites;
    this.#shallow = options.shallow === true;
    this.#own = random(ID_BYTES);
    this.#destination = random(ID_BYTES);
    this.#shares = SHARED.flatMap((group) => keyShare(group, random) ?? []);
    const name = component.names[0];
    const more: Extension[] = [
      ...(name && name.length < 100 ? [extensions.serverName(name)] : []),
      extensions.groups(GROUPS),
      extensions.signatures(SCHEMES),
      extensions.alpn(PROTOCOLS),
      extensions.versions([0x0304]),
      extensions.pskModes(),
      extensions.keyShare(this.#shares),
      // initial_source_connection_id (RFC 9000, 18.2); the draft had the extension at another number.
      { type: options.version === 0xff00001d ? 0xffa5 : 0x39, body: Buffer.concat([u8(0x0f), vector(1, this.#own)]) },
    ];
    const parts = { version: 0x0303, random: random(32), suites: options.suites, extensions: more };
    this.#hello = message(1, helloBody(parts));
    this.#begin();
  }

  #begin(): void {
    Object.assign(this.#spaces.initial, PacketKeys.initial(this.#version, this.#destination));
  }

  get #over(): boolean {
    if (this.#closed !== undefined || this.#finished) return true;
    return (
      this.#answer !== undefined &&
      (this.#shallow || !this.#spaces.handshake.server || this.#certificates !== undefined)
    );
  }

  async run(): Promise<QuicTold> {
    const { now, limits } = { now: () => this.#context.now(), limits: this.#context.limits };
    const began = now();
    for (let i = 0; i < SENDS.length && !this.#over; i++) {
      // What was answered needs no hello any more, but may be lost on its way.
      await this.#send(this.#answer ? [] : [cryptoFrame(0, this.#hello)]);
      const until = began + limits.wait * (SENDS[i + 1] ?? 1);
      for (let left = until - now(); left > 0 && !this.#over; left = until - now()) {
        const message = await this.#datagram.receive({ wait: left });
        if (!message) break;
        const isAgain = this.#take(message.bytes);
        if (isAgain) await this.#send([cryptoFrame(0, this.#hello)]);
        else if (this.#wantsAck && !this.#over && this.#acks++ < ACKS) await this.#send([]);
      }
    }
    await this.#leave();
    return this.#told();
  }

  /** What there is to say in both levels, in one datagram (RFC 9000, 12.2), as long as one with an Initial has to be. */
  async #send(frames: readonly Buffer[]): Promise<void> {
    const { initial, handshake } = this.#spaces;
    const acked = (space: Space) => (space.numbers.size > 0 ? [ackFrame(space.numbers)] : []);
    const second = handshake.numbers.size > 0 ? this.#packet('handshake', acked(handshake)) : Buffer.alloc(0);
    const first = this.#packet('initial', [...frames, ...acked(initial)], INITIAL_BYTES - second.length);
    this.#wantsAck = false;
    await this.#datagram.send(Buffer.concat([first, second]));
  }

  /** `bytes`: what the packet is padded to. */
  #packet(level: Level, frames: readonly Buffer[], bytes = 0): Buffer {
    const space = this.#spaces[level];
    const head = {
      version: this.#version,
      level,
      destination: this.#destination,
      source: this.#own,
      token: this.#token,
    };
    const said = Buffer.concat(frames);
    const padding = Math.max(4 - said.length, bytes - overhead(head) - said.length, 0);
    const padded = Buffer.concat([said, Buffer.alloc(padding)]);
    return writePacket(space.client!, { ...head, number: space.sent++, frames: padded });
  }

  /** Ends it on both sides, so that the server need not keep the half connection. */
  async #leave(): Promise<void> {
    if (!this.#heard || this.#closed !== undefined) return;
    const second = this.#spaces.handshake.client ? this.#packet('handshake', [closeFrame()]) : Buffer.alloc(0);
    const first = this.#packet('initial', [closeFrame()], INITIAL_BYTES - second.length);
    try {
      await this.#datagram.send(Buffer.concat([first, second]));
    } catch (error) {
      if (!(error instanceof CannotTell)) throw error;
    }
  }

  /** Whether the hello is to be sent again: a Retry asks for it, once (RFC 9000, 17.2.5). */
  #take(datagram: Buffer): boolean {
    const packets = readPackets(datagram, this.#version, this.#own);
    if (packets.length === 0) this.#strange = true;
    for (const packet of packets) {
      if (packet.kind === 'retry') {
        if (this.#heard || this.#token.length > 0 || packet.token.length > 512) continue;
        this.#token = Buffer.from(packet.token);
        this.#destination = Buffer.from(packet.source);
        this.#begin();
        return true;
      }
      this.#open(packet);
    }
    for (const packet of this.#spaces.handshake.server ? this.#early.splice(0) : []) this.#open(packet);
    return false;
  }

  #open(packet: Extract<Found, { bytes: Buffer }>): void {
    const space = this.#spaces[packet.kind];
    if (!space.server) {
      if (this.#early.length < MOST_EARLY) this.#early.push({ ...packet, bytes: Buffer.from(packet.bytes) });
      return;
    }
    const opened = openPacket(space.server, packet, Math.max(-1, ...space.numbers));
    if (!opened || space.numbers.has(opened.number) || space.numbers.size > 256) {
      if (!opened) this.#strange = true;
      return;
    }
    const { crypto, closed, wantsAck, sound } = readFrames(opened.frames);
    if (!sound) this.#strange = true;
    // The first packet that holds says by which id the server goes from now on (RFC 9000, 7.2).
    if (!this.#heard) this.#destination = Buffer.from(packet.source);
    this.#heard = true;
    space.numbers.add(opened.number);
    this.#wantsAck ||= wantsAck;
    this.#closed ??= closed;
    for (const frame of crypto) space.stream.add(frame);
    if (packet.kind === 'initial') this.#serverHello();
    else this.#flight();
  }

  #serverHello(): void {
    const [whole] = this.#spaces.initial.stream.messages;
    if (!whole || this.#answer) return;
    const { hello } = whole[0] === MESSAGE.serverHello ? readTlsAnswer(record(22, 0x0303, whole)) : {};
    if (!hello) {
      this.#strange = true;
      return;
    }
    this.#answer = hello;
    const suite = SUITE13.get(hello.suite);
    const share = hello.extensions.get(51);
    const group = share && share.length > 4 ? share.readUInt16BE(0) : undefined;
    const secret = this.#shares.find((one) => one.group === group)?.agree(share!.subarray(4));
    // A HelloRetryRequest names its suite; of one with a short tag no packet can be read (RFC 9001, 5.3).
    if (!secret || !suite || suite.tagBytes !== 16 || hello.retry || hello.version !== 'TLS 1.3') return;
    const { client, server } = schedule(suite.hash).handshake(secret, digest(suite.hash, this.#hello, whole));
    this.#spaces.handshake.client = new PacketKeys(this.#version, suite, client);
    this.#spaces.handshake.server = new PacketKeys(this.#version, suite, server);
  }

  #flight(): void {
    for (const whole of this.#spaces.handshake.stream.messages) {
      if (whole[0] === MESSAGE.certificate) this.#certificates ??= readCertificates13(whole.subarray(4));
      if (whole[0] === MESSAGE.finished) this.#finished = true;
    }
  }

  #told(): QuicTold {
    const hello = this.#answer;
    if (hello && !this.#suites.includes(hello.suite))
      return { kind: 'unfit', why: 'a suite was chosen and not offered' };
    if (hello && hello.version !== 'TLS 1.3') return { kind: 'unfit', why: `${hello.version} was chosen in QUIC` };
    if (hello)
      return {
        kind: 'hello',
        hello,
        finished: this.#finished,
        ...(this.#certificates && { certificates: this.#certificates }),
      };
    if (this.#closed !== undefined) {
      if (this.#closed >> 8 === 1) return { kind: 'alert', name: alertName(this.#closed & 0xff) };
      return { kind: 'unfit', why: `the connection was closed with 0x${this.#closed.toString(16)}` };
    }
    if (this.#strange && !this.#heard) return { kind: 'garbage', why: 'what came is no packet of QUIC for us' };
    return { kind: 'timeout', why: 'no whole answer in time' };
  }
}
