import { randomBytes } from 'node:crypto';
import { cryptoFrame, readFrames } from '../../src/observe/protocols/quic-frames.ts';
import {
  type Level,
  openPacket,
  PacketKeys,
  readPackets,
  writePacket,
} from '../../src/observe/protocols/quic-packets.ts';
import { extensions, message, u8, u16, vector } from '../../src/observe/protocols/tls-hello.ts';
import { digest, keyShare, SUITE13, schedule } from '../../src/observe/protocols/tls13-keys.ts';
import type { UdpHandler } from './servers.ts';

export interface QuicOptions {
  /** Listed where a version is asked for that it has not; those that the client writes are spoken. */
  readonly versions?: (nth: number) => readonly number[];
  /** In the order in which it prefers them. Without any it answers no handshake. */
  readonly suites?: readonly number[];
  /** DER, leaf first. */
  readonly chain?: readonly Buffer[];
  /** The alert for who offers none of them, or silence. */
  readonly refuses?: number | 'silence';
  /** So many datagrams are lost before the others. */
  readonly loses?: number;
  /** It asks for a token first. */
  readonly retries?: boolean;
  /** What it sends is turned round: the last datagram comes first. */
  readonly reversed?: boolean;
  /** After so many connections it refuses all others. */
  readonly busyAfter?: number;
  /** `other`: a suite that nobody offered. `short`: nothing behind its ServerHello. `retry`: it wants another group. `garbage`: packets that do not hold. */
  readonly fault?: 'other' | 'short' | 'retry' | 'garbage';
}

/** A Version Negotiation packet (RFC 9000, 17.2.1) with these versions, to the ids of what was asked. */
export const versionAnswer = (asked: Buffer, ...versions: number[]): Buffer => {
  const { destination, source } = idsOf(asked);
  const list = versions.map((version) => u16(version >>> 16, version & 0xffff));
  return Buffer.concat([u8(0xaa), Buffer.alloc(4), vector(1, source), vector(1, destination), ...list]);
};

const idsOf = (asked: Buffer) => {
  const destination = asked.subarray(6, 6 + asked[5]!);
  const at = 6 + destination.length;
  return { destination, source: asked.subarray(at + 1, at + 1 + asked[at]!) };
};

interface Client {
  readonly keys: ReturnType<typeof PacketKeys.initial>;
  waiting: Buffer[];
  received: number;
  sent: number;
}

const OWN = Buffer.from('5e4f5e4f', 'hex');

/**
 * A scripted server of QUIC that goes as far as its certificate, and keeps to three times what it was sent until the client
 * has answered under the keys of its handshake (RFC 9000, 8.1). `closed` counts who took leave.
 */
export function quic(options: QuicOptions = {}): UdpHandler & { closed: number } {
  const clients = new Map<string, Client>();
  const { suites = [], refuses = 40 } = options;
  let [met, connections] = [0, 0];
  const handler = Object.assign(serve, { closed: 0 });
  return handler;

  function serve(asked: Buffer, reply: (bytes: Buffer) => void, from: { port: number }): void {
    met += 1;
    if (met <= (options.loses ?? 0) || asked.length < 1200 || asked[0]! >> 7 !== 1) return;
    const version = asked.readUInt32BE(1);
    const listed = options.versions?.(met) ?? [1];
    if (!listed.includes(version) || suites.length === 0) {
      if ((version & 0x0f0f0f0f) === 0x0a0a0a0a) reply(versionAnswer(asked, ...listed));
      return;
    }
    const { destination, source } = idsOf(asked);
    const send = (client: Client) => {
      while (client.waiting[0] && client.sent + client.waiting[0].length <= 3 * client.received) {
        client.sent += client.waiting[0].length;
        reply(client.waiting.shift()!);
      }
    };
    const known = clients.get(`${from.port}`);
    if (known) {
      known.received += asked.length;
      for (const packet of readPackets(asked, version, destination)) {
        // What comes under the keys of the handshake shows the address: no limit is left.
        if (packet.kind === 'handshake') known.received = Number.POSITIVE_INFINITY;
        const opened = packet.kind === 'initial' ? openPacket(known.keys.client, packet, -1) : undefined;
        if (opened && readFrames(opened.frames).closed !== undefined) handler.closed += 1;
      }
      send(known);
      return;
    }
    const [initial] = readPackets(asked, version, destination);
    const keys = PacketKeys.initial(version, destination);
    const opened = initial?.kind === 'initial' ? openPacket(keys.client, initial, -1) : undefined;
    const hello = opened && readFrames(opened.frames).crypto[0]?.bytes;
    if (!hello) return;
    if (options.retries && !asked.includes('a token')) {
      const head = Buffer.concat([u8(0xf0), asked.subarray(1, 5), vector(1, source), vector(1, OWN)]);
      reply(Buffer.concat([head, Buffer.from('a token'), Buffer.alloc(16)]));
      return;
    }
    connections += 1;
    const client: Client = { keys, waiting: [], received: asked.length, sent: 0 };
    clients.set(`${from.port}`, client);
    const packet = (level: Level, by: PacketKeys, number: number, frames: Buffer) =>
      writePacket(by, { version, level, destination: source, source: OWN, token: Buffer.alloc(0), number, frames });
    client.waiting = flight(hello, version, (level, by, number, frames) =>
      packet(level, by ?? keys.server, number, frames),
    );
    if (options.reversed) client.waiting.reverse();
    send(client);
  }

  type Packet = (level: Level, keys: PacketKeys | undefined, number: number, frames: Buffer) => Buffer;

  function flight(hello: Buffer, version: number, packet: Packet): Buffer[] {
    const { offered, share } = readHello(hello);
    const isBusy = connections > (options.busyAfter ?? Number.POSITIVE_INFINITY);
    const chosen =
      options.fault === 'other' ? 0x13ff : isBusy ? undefined : suites.find((one) => offered.includes(one));
    if (chosen === undefined) {
      if (refuses === 'silence') return [];
      return [
        packet('initial', undefined, 0, Buffer.concat([u8(0x1c), u16(0x4100 | refuses), u8(0, 0), Buffer.alloc(8)])),
      ];
    }
    const suite = SUITE13.get(chosen) ?? SUITE13.get(0x1301)!;
    const own = keyShare(29, randomBytes)!;
    const isRetry = options.fault === 'retry';
    const random = isRetry ? digest('sha256', Buffer.from('HelloRetryRequest')) : randomBytes(32);
    const wanted = isRetry ? u16(24) : Buffer.concat([u16(29), vector(2, own.key)]);
    const more = [
      { type: 43, body: u16(0x0304) },
      { type: 51, body: wanted },
    ];
    const body = [u16(0x0303), random, u8(0), u16(chosen), u8(0)];
    const list = vector(2, ...more.map(({ type, body }) => Buffer.concat([u16(type), vector(2, body)])));
    const serverHello = message(2, Buffer.concat([...body, list]));
    const first = packet('initial', undefined, 0, Buffer.concat([cryptoFrame(0, serverHello), Buffer.alloc(20)]));
    if (isRetry || options.fault === 'other' || suite.tagBytes !== 16) return [first];
    if (options.fault === 'garbage') return [Buffer.concat([first.subarray(0, -1), u8(first.at(-1)! ^ 1)])];
    const { server } = schedule(suite.hash).handshake(own.agree(share)!, digest(suite.hash, hello, serverHello));
    if (options.fault === 'short') return [first];
    const entries = (options.chain ?? []).map((der) => Buffer.concat([vector(3, der), u16(0)]));
    const said = Buffer.concat([
      message(8, vector(2)),
      ...(entries.length > 0 ? [message(11, Buffer.concat([u8(0), vector(3, ...entries)]))] : []),
      message(20, Buffer.alloc(suite.hash === 'sha256' ? 32 : 48)),
    ]);
    const by = new PacketKeys(version, suite, server);
    const parts: Buffer[] = [];
    for (let at = 0; at < said.length; at += 900)
      parts.push(packet('handshake', by, parts.length, cryptoFrame(at, said.subarray(at, at + 900))));
    return [Buffer.concat([first, parts[0]!]), ...parts.slice(1)];
  }
}

/** Suites and the x25519 share of a ClientHello. */
function readHello(hello: Buffer): { offered: number[]; share: Buffer } {
  const at = 4 + 34 + 1 + hello[38]!;
  const length = hello.readUInt16BE(at);
  const offered = Array.from({ length: length / 2 }, (_, i) => hello.readUInt16BE(at + 2 + 2 * i));
  const key = extensions.keyShare([{ group: 29, key: Buffer.alloc(32) }]).body.subarray(2, 6);
  const found = hello.indexOf(key);
  return { offered, share: hello.subarray(found + 4, found + 36) };
}
