import { CannotTell, type Connection, type ProbeContext } from '../../src/observe/probe.ts';
import {
  connackCode,
  connectPacket,
  disconnectPacket,
  type MqttLevel,
  type MqttPacket,
  publishTopic,
  readPacket,
  subackCodes,
  subscribePacket,
} from '../../src/observe/protocols/mqtt.ts';

/** Subscribed to and never published to: everything, and what the broker says of itself. */
export const TOPICS = ['#', '$SYS/#'] as const;
/** So long without a message ends the listening: milliseconds. */
const QUIET_MS = 1000;
const MESSAGES = 1000;

/** What one connection came to. `granted` and `messages` go with `TOPICS`. */
export interface MqttSession {
  readonly code: number;
  readonly granted?: readonly boolean[];
  readonly messages?: readonly number[];
}

/** Connects once; where the broker accepts, subscribes and listens until it is quiet. */
export async function session(
  context: ProbeContext,
  level: MqttLevel,
  login?: { user: string; secret: string },
): Promise<MqttSession> {
  const connection = await context.dial();
  const packets = new Packets(connection, context);
  try {
    await connection.send(connectPacket(level, `probity${context.random(4).toString('hex')}`, login));
    const code = connackCode(await packets.next('CONNACK'));
    if (code === undefined) throw new CannotTell('protocol', 'the answer to CONNECT is no CONNACK');
    if (code !== 0) return { code };
    return { code, ...(await listen(context, level, connection, packets)) };
  } finally {
    connection.destroy();
  }
}

async function listen(
  context: ProbeContext,
  level: MqttLevel,
  connection: Connection,
  packets: Packets,
): Promise<Omit<MqttSession, 'code'>> {
  await connection.send(subscribePacket(level, 1, TOPICS));
  const quiet = Math.min(QUIET_MS, context.limits.wait);
  const until = context.now() + context.limits.wait;
  const messages = [0, 0];
  let granted: boolean[] | undefined;
  // Retained messages may come before the SUBACK.
  for (let count = 0; count < MESSAGES && context.now() < until; count += 1) {
    const packet = await packets.within(granted ? quiet : context.limits.wait);
    if (packet === undefined) break;
    granted ??= subackCodes(level, packet)?.map((code) => code < 0x80);
    const topic = publishTopic(packet);
    if (topic !== undefined) messages[topic.startsWith('$') ? 1 : 0]! += 1;
  }
  // A broker that answers a subscription by closing has not granted it.
  if (!granted && !packets.closed) throw new CannotTell('timeout', 'no answer to a subscription');
  if (!packets.closed) await connection.send(disconnectPacket());
  return { granted: granted ?? [false, false], messages };
}

/** Control packets of one connection, one after the other. */
class Packets {
  closed = false;
  private rest: Buffer = Buffer.alloc(0);
  private readonly connection: Connection;
  private readonly context: ProbeContext;

  constructor(connection: Connection, context: ProbeContext) {
    this.connection = connection;
    this.context = context;
  }

  /** The next packet. Throws CannotTell `timeout`, `reset` (closed too) or `protocol`. */
  async next(what: string): Promise<MqttPacket> {
    const packet = await this.within(this.context.limits.wait);
    if (packet) return packet;
    throw this.closed
      ? new CannotTell('reset', `closed before a ${what}`)
      : new CannotTell('timeout', `no ${what} in time`);
  }

  /** The next packet; undefined when time is up or the peer closed. */
  async within(wait: number): Promise<MqttPacket | undefined> {
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
        if (ended === 'cap') throw new CannotTell('protocol', 'more bytes than one MQTT packet may have');
        return undefined;
      }
    }
    if (packet === false) throw new CannotTell('protocol', 'the answer is no MQTT packet');
    this.rest = this.rest.subarray(packet.length);
    return packet;
  }
}
