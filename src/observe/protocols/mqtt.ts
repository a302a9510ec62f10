/** Protocol levels: 3 is MQTT 3.1, 4 is MQTT 3.1.1, 5 is MQTT 5 (OASIS, 3.1.2.2). */
export type MqttLevel = 3 | 4 | 5;

export const CONNACK = 2;
export const PUBLISH = 3;
export const SUBACK = 9;
/** Of MQTT 5: the broker wants more than a name and a password. */
export const AUTH = 15;

/** One control packet: its type and flags, the bytes after the fixed header, and all that it took. */
export interface MqttPacket {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
  readonly length: number;
}

/**
 * Reads one control packet (OASIS MQTT 3.1.1, 2.2). `undefined` while it is not whole, `false` where its length cannot
 * be read or is beyond the cap.
 */
export function readPacket(bytes: Buffer, cap = 1024 * 1024): MqttPacket | undefined | false {
  let length = 0;
  for (let at = 1; at <= 4; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** (at - 1);
    if (byte & 0x80) continue;
    if (length > cap) return false;
    const end = at + 1 + length;
    if (bytes.length < end) return undefined;
    return { type: bytes[0]! >> 4, flags: bytes[0]! & 15, body: bytes.subarray(at + 1, end), length: end };
  }
  return false;
}

/** A CONNECT with a clean session and no will. The user name comes with a password, which may be empty. */
export function connectPacket(level: MqttLevel, client: string, login?: { user: string; secret: string }): Buffer {
  return packet(0x10, [
    text(level === 3 ? 'MQIsdp' : 'MQTT'),
    Buffer.from([level, login ? 0xc2 : 0x02, 0, 60]),
    Buffer.alloc(level === 5 ? 1 : 0),
    text(client),
    ...(login ? [text(login.user), text(login.secret)] : []),
  ]);
}

/** A SUBSCRIBE at QoS 0. */
export function subscribePacket(level: MqttLevel, id: number, topics: readonly string[]): Buffer {
  const parts = topics.flatMap((topic) => [text(topic), Buffer.from([0])]);
  return packet(0x82, [Buffer.from([id >> 8, id & 255]), Buffer.alloc(level === 5 ? 1 : 0), ...parts]);
}

export const disconnectPacket = (): Buffer => Buffer.from([0xe0, 0]);

/** The return code of a CONNACK; undefined where the packet is none. */
export const connackCode = ({ type, body }: MqttPacket): number | undefined =>
  type === CONNACK && body.length >= 2 ? body[1] : undefined;

/** What a SUBACK says: the packet that it answers, and a return code a topic. Undefined where the packet is none. */
export function readSuback(
  level: MqttLevel,
  { type, body }: MqttPacket,
): { id: number; codes: readonly number[] } | undefined {
  if (type !== SUBACK || body.length < 3) return undefined;
  const from = afterProperties(level, body, 2);
  return from === undefined ? undefined : { id: body.readUInt16BE(0), codes: [...body.subarray(from)] };
}

/** One application message. `retained`: it was kept for whoever subscribes later. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retained: boolean;
}

/** The message of a PUBLISH (3.3); undefined where the packet is none. */
export function readPublish(level: MqttLevel, { type, flags, body }: MqttPacket): MqttMessage | undefined {
  if (type !== PUBLISH || body.length < 2) return undefined;
  const end = 2 + body.readUInt16BE(0);
  const from = afterProperties(level, body, end + ((flags >> 1) & 3 ? 2 : 0));
  if (end > body.length || from === undefined) return undefined;
  return { topic: body.toString('utf8', 2, end), payload: body.subarray(from), retained: (flags & 1) === 1 };
}

/** Whether a topic falls under a filter (4.7): `+` is one level, a last `#` all that follow, and neither begins `$`. */
export function fallsUnder(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && !filter.startsWith('$')) return false;
  const levels = topic.split('/');
  const wanted = filter.split('/');
  for (const [index, level] of wanted.entries()) {
    if (level === '#' && index === wanted.length - 1) return true;
    if (index >= levels.length || (level !== '+' && level !== levels[index])) return false;
  }
  return levels.length === wanted.length;
}

/** Where what follows the properties of MQTT 5 begins; undefined where they are not whole. */
function afterProperties(level: MqttLevel, body: Buffer, from: number): number | undefined {
  if (from > body.length) return undefined;
  if (level !== 5) return from;
  const length = variable(body, from);
  return length && length.end + length.value <= body.length ? length.end + length.value : undefined;
}

function variable(bytes: Buffer, from: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let at = from; at < from + 4; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 128 ** (at - from);
    if (!(byte & 0x80)) return { value, end: at + 1 };
  }
  return undefined;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value).subarray(0, 65_535);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}

function packet(head: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let left = body.length;
  do {
    length.push((left & 0x7f) | (left > 127 ? 0x80 : 0));
    left >>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from([head, ...length]), body]);
}
