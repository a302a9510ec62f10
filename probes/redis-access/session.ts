import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import { LONGEST_BULK, type RedisReply, readRedisReply, redisCommand } from '../../src/observe/protocols/redis.ts';

/** One connection: a command at a time, each with its whole reply. */
export class RedisSession {
  private rest: Buffer = Buffer.alloc(0);
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Throws CannotTell `timeout`, `reset` (closed too) or `protocol`. */
  async command(...words: string[]): Promise<RedisReply> {
    await this.connection.send(redisCommand(...words));
    let read = readRedisReply(this.rest);
    if (read === undefined) {
      const before = this.rest;
      const { bytes, ended } = await this.connection.receive({
        until: (seen) => readRedisReply(Buffer.concat([before, seen])) !== undefined,
        cap: 2 * LONGEST_BULK,
      });
      this.rest = Buffer.concat([before, bytes]);
      read = readRedisReply(this.rest);
      if (read === undefined && ended === 'timeout') throw new CannotTell('timeout', 'no whole reply in time');
      if (read === undefined && ended !== 'cap') throw new CannotTell('reset', `${ended} before a reply`);
    }
    if (!read) throw new CannotTell('protocol', 'the answer is no reply of Redis');
    this.rest = this.rest.subarray(read.length);
    return read.reply;
  }
}

export async function withSession<T>(context: ProbeContext, use: (session: RedisSession) => Promise<T>): Promise<T> {
  const connection = await context.dial();
  try {
    return await use(new RedisSession(connection));
  } finally {
    connection.destroy();
  }
}

/** Keys asked for, and those of a reply that are kept. */
const KEYS_ASKED = '10';
const KEYS_KEPT = 100;

/** What a session lets one read: what the server says of itself, and the names of a few keys; never what they hold. */
export interface Reading {
  readonly info?: Buffer;
  readonly keys?: readonly Buffer[];
  /** The error that refused the first reading. */
  readonly refusal?: string;
}

/** INFO of the section `server`, and SCAN from the beginning: both only read, and neither takes long on a large database. */
export async function reading(session: RedisSession): Promise<Reading> {
  const info = await session.command('INFO', 'server');
  // Without a login nothing else is answered otherwise.
  if (info.type === 'error' && asksForLogin(info.text)) return { refusal: info.text };
  const scan = await session.command('SCAN', '0', 'COUNT', KEYS_ASKED);
  const keys = scan.type === 'array' && scan.items[1]?.type === 'array' ? scan.items[1].items : undefined;
  return {
    ...(info.type === 'bulk' && info.bytes && isInfo(info.bytes) ? { info: info.bytes } : {}),
    ...(keys
      ? { keys: keys.flatMap((key) => (key.type === 'bulk' && key.bytes ? [key.bytes] : [])).slice(0, KEYS_KEPT) }
      : {}),
    ...(info.type === 'error' ? { refusal: info.text } : {}),
  };
}

const isInfo = (bytes: Buffer): boolean => /^# Server\r?\n|^\w+_version:|^tcp_port:/m.test(bytes.toString('latin1'));

/** Errors for whoever has not logged in: of Redis, and of the Redis before 6 (`-ERR operation not permitted`). */
export const asksForLogin = (text: string): boolean => /^NOAUTH\b|^ERR operation not permitted\b/.test(text);
