import type { Socket } from 'node:net';
import { message, record, u8, u16, u24, vector } from '../../src/observe/protocols/tls-hello.ts';
import { readExtensions } from '../../src/observe/protocols/tls13-messages.ts';
import { tcpServer } from './servers.ts';

/** A ClientHello as a scripted server sees it. */
export interface SeenHello {
  readonly version: number;
  readonly suites: readonly number[];
  readonly compression: readonly number[];
  readonly session: Buffer;
  readonly extensions: ReadonlyMap<number, Buffer>;
  /** Of supported_groups. */
  readonly groups: readonly number[];
  /** Of signature_algorithms. */
  readonly schemes: readonly number[];
  /** Groups with a share, or undefined where there is no such extension. */
  readonly shares: readonly number[] | undefined;
  /** From 1. */
  readonly nth: number;
}

/** What it does: bytes to send, or what else. */
export type Doing = Buffer | 'silence' | 'reset' | 'close';

const words = (bytes: Buffer): number[] =>
  Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readUInt16BE(2 * i));

function readHello(bytes: Buffer, nth: number): SeenHello {
  const body = bytes.subarray(9);
  let at = 34;
  const session = body.subarray(at + 1, at + 1 + body[at]!);
  at += 1 + session.length;
  const suites = words(body.subarray(at + 2, at + 2 + body.readUInt16BE(at)));
  at += 2 + 2 * suites.length;
  const compression = [...body.subarray(at + 1, at + 1 + body[at]!)];
  const extensions = readExtensions(body.subarray(at + 1 + compression.length)) ?? new Map<number, Buffer>();
  const list = (type: number) => words((extensions.get(type) ?? Buffer.alloc(2)).subarray(2));
  const shares = extensions.get(51);
  const shared: number[] = [];
  for (let i = 2; shares && i + 4 <= shares.length; i += 4 + shares.readUInt16BE(i + 2))
    shared.push(shares.readUInt16BE(i));
  return {
    version: body.readUInt16BE(0),
    suites,
    compression,
    session,
    extensions,
    groups: list(10),
    schemes: list(13),
    shares: shares && shared,
    nth,
  };
}

/** A server that answers each hello by script, and nothing after it. */
export async function scripted(answer: (hello: SeenHello) => Doing) {
  let nth = 0;
  const server = await tcpServer((socket: Socket) => {
    let bytes = Buffer.alloc(0);
    const take = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length < 5 || bytes.length < 5 + bytes.readUInt16BE(3)) return;
      socket.off('data', take);
      socket.resume();
      nth += 1;
      const doing = answer(readHello(bytes, nth));
      if (doing === 'reset') socket.resetAndDestroy();
      else if (doing === 'close') socket.end();
      else if (doing !== 'silence') socket.write(doing);
    };
    socket.on('data', take);
    socket.on('error', () => undefined);
  });
  return server;
}

export const alert = (code: number): Buffer => record(21, 0x0301, u8(2, code));
export const REFUSED = alert(40);

const extensionsOf = (extensions: readonly (readonly [number, Buffer])[]): Buffer[] =>
  extensions.length === 0
    ? []
    : [vector(2, ...extensions.map(([type, body]) => Buffer.concat([u16(type), vector(2, body)])))];

/** ServerHello. */
export const serverHello = (
  version: number,
  suite: number,
  more: {
    extensions?: readonly (readonly [number, Buffer])[];
    session?: Buffer;
    compression?: number;
    retry?: boolean;
  } = {},
): Buffer =>
  message(
    2,
    Buffer.concat([
      u16(version),
      more.retry ? RETRY : Buffer.alloc(32, 5),
      vector(1, more.session ?? Buffer.alloc(0)),
      u16(suite),
      u8(more.compression ?? 0),
      ...extensionsOf(more.extensions ?? []),
    ]),
  );

const RETRY = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

/** The first flight of TLS 1.2 and before, with this ServerKeyExchange and certificate (any bytes will do). */
export const flight12 = (
  version: number,
  suite: number,
  keyExchange?: Buffer,
  more: Parameters<typeof serverHello>[2] & { certificate?: Buffer } = {},
): Buffer =>
  record(
    22,
    version,
    Buffer.concat([
      serverHello(version, suite, more),
      message(11, vector(3, vector(3, more.certificate ?? u24(0)))),
      ...(keyExchange ? [message(12, keyExchange)] : []),
      message(14, Buffer.alloc(0)),
    ]),
  );

/** The parameters of DHE with a signature, of a version with or without its scheme. */
export const dhe = (prime: Buffer, scheme?: number): Buffer =>
  Buffer.concat([
    vector(2, prime),
    vector(2, u8(2)),
    vector(2, Buffer.alloc(8, 3)),
    ...(scheme === undefined ? [] : [u16(scheme)]),
    vector(2, Buffer.alloc(4)),
  ]);

/** The same of a curve. */
export const ecdhe = (curve: number, scheme = 0x0401): Buffer =>
  Buffer.concat([u8(3), u16(curve), vector(1, Buffer.alloc(5, 4)), u16(scheme), vector(2, Buffer.alloc(4))]);
