import { TLS_VERSIONS, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { extensions, type HelloParts, record, u8, u16 } from '../../src/observe/protocols/tls-hello.ts';
import {
  type Ask,
  exchange,
  open,
  type Reply,
  replied,
  taken,
  toldOf,
  type Waiting,
  within,
} from './flaw-handshake.ts';
import type { TlsServer, Unsettled } from './server.ts';

/** Content type, and message types (RFC 6520, 3 and 4). */
const HEARTBEAT = 24;
const REQUEST = 1;
const RESPONSE = 2;
/** Bytes of payload, and of the padding behind it: the least that is allowed. */
const PAYLOAD = 16;
const PADDING = 16;
/** Bytes that are claimed and were not sent. One is enough to see that a length is not checked. */
const BEYOND = 1;
/** How often a heartbeat that claims too much has to end the connection: some servers end one in so many. */
const TIMES = 3;

/** A hello with the heartbeat extension; `undefined` where the version has no extensions. */
export const withHeartbeat = (hello: HelloParts): HelloParts => ({
  ...hello,
  ...(hello.extensions && { extensions: [...hello.extensions, extensions.heartbeat(1)] }),
});

/**
 * Heartbleed (CVE-2014-0160): whether a heartbeat request is answered with more than was sent. Asked before the key
 * exchange, in the clear, in a version in which the server offers heartbeats. A request that claims one byte too many is sent
 * together with a correct one: a sound server drops the first without a word (RFC 6520, 4) and answers the second. Who
 * answers neither is sent each alone, to tell one that ends the connection over the first (a fixed OpenSSL in blocking
 * mode) from one that holds heartbeats off until after its handshake. Silence never tells: a sound server that is
 * silent to the first answers the second.
 */
export const heartbleed =
  (version: TlsVersion): Ask =>
  async (server, known) => {
    const ask = <T>(go: (waiting: Waiting) => Promise<T>) =>
      within(server, withHeartbeat(server.hello(version, taken(known, version))), go);

    const both = await ask(async (waiting) => {
      const [bad, good] = [tooLong(server), correct(server)];
      const reply = await send(server, waiting, bad.message, good.message);
      if (leaks(server, reply, bad.sent)) return true;
      return answers(reply, good.payload) || answersNoMore(reply) ? false : undefined;
    });
    if ('told' in both) return noFlight(both.told);
    if (both.went !== undefined) return both.went;

    const answersCorrect = async (): Promise<Unsettled | undefined> => {
      const control = await ask(async (waiting) => {
        const good = correct(server);
        const reply = await send(server, waiting, good.message);
        return answers(reply, good.payload) || reply;
      });
      if ('told' in control) return noFlight(control.told);
      if (control.went === true) return undefined;
      return open(
        reasonOf(control.went),
        `Heartbleed: it offers heartbeats, and a correct one brought ${replied(control.went)} before the handshake's end`,
      );
    };
    const unanswered = await answersCorrect();
    if (unanswered) return unanswered;

    let last: Reply | undefined;
    for (let time = 0; time < TIMES; time++) {
      const alone = await ask(async (waiting) => {
        const bad = tooLong(server);
        const reply = await send(server, waiting, bad.message);
        return { leaked: leaks(server, reply, bad.sent), reply };
      });
      if ('told' in alone) return noFlight(alone.told);
      const { leaked, reply } = alone.went;
      if (leaked) return true;
      if ((reply.kind !== 'alert' && reply.kind !== 'closed') || (last && replied(reply) !== replied(last)))
        return open(reasonOf(reply), `Heartbleed: a heartbeat that claims too much brought ${replied(reply)}`);
      last = reply;
    }
    // It minds what is wrong, each time, and before and after that it answers what is correct.
    return (await answersCorrect()) ?? false;
  };

const noFlight = (told: Parameters<typeof toldOf>[0]) => {
  const { reason, why } = toldOf(told);
  return open(reason, `Heartbleed: no handshake to ask in (${why})`);
};

const reasonOf = ({ kind }: Reply) => (kind === 'timeout' || kind === 'reset' ? kind : 'protocol');

const send = (server: TlsServer, { connection, version }: Waiting, ...messages: Buffer[]): Promise<Reply> =>
  exchange(
    connection,
    Buffer.concat(messages.map((message) => record(HEARTBEAT, TLS_VERSIONS[version], message))),
    server.context.limits.wait,
  );

const letters = (server: TlsServer, count: number): Buffer =>
  Buffer.from(
    server.context
      .random(Math.ceil(count / 2))
      .toString('hex')
      .slice(0, count),
    'latin1',
  );

/** A request as it should be. */
function correct(server: TlsServer): { message: Buffer; payload: Buffer } {
  const payload = letters(server, PAYLOAD);
  return { message: Buffer.concat([u8(REQUEST), u16(PAYLOAD), payload, letters(server, PADDING)]), payload };
}

/** A request whose payload would reach beyond its own end. */
function tooLong(server: TlsServer): { message: Buffer; sent: Buffer } {
  const sent = letters(server, PAYLOAD + PADDING);
  return { message: Buffer.concat([u8(REQUEST), u16(sent.length + BEYOND), sent]), sent };
}

const payloadOf = (reply: Reply): Buffer | undefined => {
  if (reply.kind !== 'record' || reply.type !== HEARTBEAT || reply.body.length < 3 || reply.body[0] !== RESPONSE)
    return undefined;
  return reply.body.subarray(3, 3 + reply.body.readUInt16BE(1));
};

const answers = (reply: Reply, payload: Buffer): boolean => payloadOf(reply)?.equals(payload) === true;

/** A response that gives back no more than was sent: careless, and nothing came out. */
const answersNoMore = (reply: Reply): boolean => {
  const payload = payloadOf(reply);
  return payload !== undefined && payload.length <= PAYLOAD + PADDING;
};

/** Whether our own bytes came back with more behind them; what is not ours is kept out of the evidence. */
function leaks(server: TlsServer, reply: Reply, sent: Buffer): boolean {
  const payload = payloadOf(reply);
  if (payload === undefined || payload.length <= sent.length || !payload.subarray(0, sent.length).equals(sent))
    return false;
  server.context.redact(sent.toString('latin1'), payload);
  return true;
}
