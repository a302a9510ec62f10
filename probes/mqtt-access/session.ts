import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import {
  AUTH,
  connackCode,
  connectPacket,
  disconnectPacket,
  fallsUnder,
  type MqttLevel,
  type MqttMessage,
  type MqttPacket,
  readPacket,
  readPublish,
  readSuback,
  subscribePacket,
} from '../../src/observe/protocols/mqtt.ts';

/** So long without a message ends the listening: milliseconds. */
const QUIET_MS = 1000;
const MESSAGES = 1000;
/** In the place of a SUBACK's code. */
export const HUNG_UP = -1;
/** Unacceptable protocol level, in both versions' words (3.1.1, 3.2.2.3; 5, 3.2.2.2). */
const OTHER_LEVEL = [1, 0x84];

/** What one connection came to. */
export interface MqttSession {
  /** Of the CONNACK. */
  readonly code: number;
  /** The SUBACK's code for each filter that was answered, or `HUNG_UP`. */
  readonly answered: ReadonlyMap<string, number>;
  /** All that came, own topics of the broker among it. */
  readonly messages: readonly MqttMessage[];
}

export interface Login {
  readonly user: string;
  readonly secret: string;
}

/** Connects without a name by each version in turn, until the broker takes one. */
export async function withoutName(
  context: ProbeContext,
  filters: readonly string[],
): Promise<{ level: MqttLevel; nameless: MqttSession }> {
  let hungUp: CannotTell | undefined;
  for (const level of [4, 5, 3] as const) {
    try {
      const nameless = await session(context, level, filters);
      if (!OTHER_LEVEL.includes(nameless.code))
        return { level, nameless: await toTheEnd(context, level, filters, nameless) };
    } catch (error) {
      // Brokers of one version may hang up on another's CONNECT (MQTT 5, 3.1.2.2).
      if (!(error instanceof HungUp)) throw error;
      hungUp ??= error;
    }
  }
  throw hungUp ?? new CannotTell('unsupported', 'the broker takes none of MQTT 3.1, 3.1.1 and 5');
}

/**
 * A broker may hang up on a filter that it does not grant: the others are asked for over new connections, and that one
 * again, for a connection may end by chance.
 */
async function toTheEnd(
  context: ProbeContext,
  level: MqttLevel,
  filters: readonly string[],
  first: MqttSession,
): Promise<MqttSession> {
  const answered = new Map(first.answered);
  const messages = [...first.messages];
  const ask = async (some: readonly string[]): Promise<number> => {
    const next = await session(context, level, some);
    for (const [filter, code] of next.answered) answered.set(filter, code);
    messages.push(...next.messages);
    return next.answered.size;
  };
  if (first.code !== 0) return first;
  for (let left = rest(filters, answered); left.length > 0; left = rest(filters, answered)) {
    if ((await ask(left)) === 0) break;
  }
  for (const [filter, code] of [...answered]) {
    if (code !== HUNG_UP) continue;
    await ask([filter]);
    if (answered.get(filter) === HUNG_UP) answered.set(filter, 0x80);
  }
  return { code: 0, answered, messages };
}

const rest = (filters: readonly string[], answered: ReadonlyMap<string, number>): string[] =>
  filters.filter((filter) => !answered.has(filter));

/** Connects once; where the broker accepts, subscribes and listens until it is quiet. Never publishes. */
export async function session(
  context: ProbeContext,
  level: MqttLevel,
  filters: readonly string[],
  login?: Login,
): Promise<MqttSession> {
  const connection = await context.dial();
  const packets = new Packets(connection);
  try {
    await connection.send(connectPacket(level, `probity${context.random(4).toString('hex')}`, login));
    const first = await packets.within(context.limits.wait);
    if (first === undefined)
      throw packets.closed ? new HungUp() : new CannotTell('timeout', 'no answer to a CONNECT in time');
    if (first.type === AUTH) throw new CannotTell('unsupported', 'the broker asks for an authentication of its own');
    const code = connackCode(first);
    if (code === undefined) throw new CannotTell('protocol', 'the answer to CONNECT is no CONNACK');
    if (code !== 0) return { code, answered: new Map(), messages: [] };
    return { code, ...(await subscribe(context, level, packets, filters)) };
  } finally {
    connection.destroy();
  }
}

class HungUp extends CannotTell {
  constructor() {
    super('reset', 'closed before a CONNACK');
  }
}

/** One filter after the other, so that a broker which hangs up on one has said which. */
async function subscribe(
  context: ProbeContext,
  level: MqttLevel,
  packets: Packets,
  filters: readonly string[],
): Promise<Omit<MqttSession, 'code'>> {
  const answered = new Map<string, number>();
  const messages: MqttMessage[] = [];
  /** The next packet, within so long; what others published is kept. Undefined where none came. */
  const next = async (wait: number): Promise<MqttPacket | undefined> => {
    const packet = await packets.within(wait, true);
    const message = packet && readPublish(level, packet);
    if (message) messages.push(message);
    return packet;
  };

  for (const [index, filter] of filters.entries()) {
    if (!(await packets.send(subscribePacket(level, index + 1, [filter])))) break;
    const until = context.now() + context.limits.wait;
    let code: number | undefined;
    // Retained messages may come before the SUBACK.
    for (let left = context.limits.wait; code === undefined && left > 0; left = until - context.now()) {
      const packet = messages.length < MESSAGES ? await next(left) : undefined;
      if (packet === undefined) break;
      const suback = readSuback(level, packet);
      if (suback?.id === index + 1) code = suback.codes[0];
    }
    if (code !== undefined) answered.set(filter, code);
    else if (packets.full || messages.length >= MESSAGES) {
      if (messages.length === 0) throw new CannotTell('protocol', 'a subscription was answered with no MQTT packet');
      // Messages without end come to whom they are granted.
      if (messages.some(({ topic }) => fallsUnder(filter, topic))) answered.set(filter, 0);
      break;
    } else if (packets.closed) {
      answered.set(filter, HUNG_UP);
      break;
    } else throw new CannotTell('timeout', 'no answer to a subscription');
  }
  const until = context.now() + context.limits.wait;
  const quiet = Math.min(QUIET_MS, context.limits.wait);
  while (messages.length < MESSAGES && context.now() < until && (await next(quiet)));
  await packets.send(disconnectPacket());
  return { answered, messages };
}

/** Control packets of one connection, one after the other. */
class Packets {
  closed = false;
  /** More came than is read of one connection. */
  full = false;
  private rest: Buffer = Buffer.alloc(0);
  private readonly connection: Connection;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Sends once subscribed. False where the connection is over: what came before it is still to be read. */
  async send(bytes: Buffer): Promise<boolean> {
    if (this.closed || this.full) return false;
    try {
      await this.connection.send(bytes);
      return true;
    } catch (error) {
      // `protocol`: more came than is read of one connection.
      if (error instanceof CannotTell && (error.reason === 'reset' || error.reason === 'protocol')) return false;
      throw error;
    }
  }

  /**
   * The next packet; undefined when time is up or the peer closed. Throws CannotTell `protocol` where it is none, or
   * too large; with `subscribed`, large messages only end the listening.
   */
  async within(wait: number, subscribed = false): Promise<MqttPacket | undefined> {
    let packet = readPacket(this.rest);
    if (packet === undefined) {
      const before = this.rest;
      const { bytes, ended } = await this.connection.receive({
        until: (seen) => readPacket(Buffer.concat([before, seen])) !== undefined,
        wait,
      });
      this.rest = Buffer.concat([before, bytes]);
      packet = readPacket(this.rest);
      if (packet === undefined) {
        this.closed = ended !== 'timeout';
        this.full = ended === 'cap';
        if (this.full && !subscribed) throw new CannotTell('protocol', 'more bytes than one MQTT packet may have');
        return undefined;
      }
    }
    if (packet === false) {
      if (!subscribed) throw new CannotTell('protocol', 'the answer is no MQTT packet');
      this.full = true;
      return undefined;
    }
    this.rest = this.rest.subarray(packet.length);
    return packet;
  }
}
