/** A reply of RESP2 (redis.io, "Redis serialization protocol specification"). */
export type RedisReply =
  | { readonly type: 'simple' | 'error'; readonly text: string }
  | { readonly type: 'integer'; readonly text: string }
  | { readonly type: 'bulk'; readonly bytes: Buffer | undefined }
  | { readonly type: 'array'; readonly items: readonly RedisReply[] };

export interface ReadReply {
  readonly reply: RedisReply;
  /** Bytes that it took. */
  readonly length: number;
}

/** Bytes of a line and of a bulk string, items of an array, and arrays in arrays, at most. */
const LONGEST_LINE = 4096;
export const LONGEST_BULK = 64 * 1024;
const MOST_ITEMS = 1000;
const DEEPEST = 2;

/** A command as an array of bulk strings: safe for whatever bytes. */
export const redisCommand = (...words: readonly string[]): Buffer =>
  Buffer.concat([
    Buffer.from(`*${words.length}\r\n`),
    ...words.flatMap((word) => {
      const bytes = Buffer.from(word);
      return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')];
    }),
  ]);

/** The reply that these bytes begin with. Undefined: more is to come. False: they are none, or larger than any that is asked for. */
export function readRedisReply(bytes: Buffer, from = 0, depth = 0): ReadReply | undefined | false {
  if (from >= bytes.length) return undefined;
  const type = String.fromCharCode(bytes[from]!);
  if (!'+-:$*'.includes(type)) return false;
  const end = bytes.indexOf('\r\n', from + 1, 'latin1');
  if (end === -1 || end - from > LONGEST_LINE) return bytes.length - from > LONGEST_LINE ? false : undefined;
  const text = bytes.toString('latin1', from + 1, end);
  const after = end + 2 - from;
  if (type === '+' || type === '-') return { reply: { type: type === '+' ? 'simple' : 'error', text }, length: after };
  if (!/^-?\d{1,19}$/.test(text)) return false;
  if (type === ':') return { reply: { type: 'integer', text }, length: after };
  const count = Number(text);
  if (count < -1) return false;
  return type === '$' ? bulk(bytes, from, after, count) : array(bytes, from, after, count, depth);
}

function bulk(bytes: Buffer, from: number, after: number, count: number): ReadReply | undefined | false {
  if (count === -1) return { reply: { type: 'bulk', bytes: undefined }, length: after };
  if (count > LONGEST_BULK) return false;
  const end = from + after + count;
  if (bytes.length < end + 2) return undefined;
  if (bytes.toString('latin1', end, end + 2) !== '\r\n') return false;
  return { reply: { type: 'bulk', bytes: bytes.subarray(from + after, end) }, length: after + count + 2 };
}

function array(
  bytes: Buffer,
  from: number,
  after: number,
  count: number,
  depth: number,
): ReadReply | undefined | false {
  if (count > MOST_ITEMS || depth >= DEEPEST) return false;
  const items: RedisReply[] = [];
  let length = after;
  for (let item = 0; item < count; item++) {
    const next = readRedisReply(bytes, from + length, depth + 1);
    if (!next) return next;
    items.push(next.reply);
    length += next.length;
  }
  return { reply: { type: 'array', items }, length };
}

/** The first word of an error, which says of what kind it is: `NOAUTH`, `WRONGPASS`, `ERR`. Empty where it is no such word. */
export const errorKind = (text: string): string => /^([A-Z]{1,30})\b/.exec(text)?.[1] ?? '';
