import type { Connection } from '../../src/observe/probe.ts';
import { extensions, type HelloParts, helloBody, message, record } from '../../src/observe/protocols/tls-hello.ts';
import { canFinish, finish12, isFlight12, readClear12, type Version12 } from '../../src/observe/protocols/tls12.ts';
import { ask13 } from './ask13.ts';
import { NONE_OF_THEM, PROTOCOLS } from './features-alpn.ts';
import { feature, type Part, unclear } from './features-parts.ts';
import { toldOf } from './flaw-handshake.ts';
import { OLD_VERSIONS, withExtensions } from './groups-removing.ts';
import type { TlsServer, Unsettled } from './server.ts';

/**
 * Tickets of TLS 1.3, what they allow, and whether one resumes its session. A server that wants a certificate of the
 * client gives none to who has none: nothing is told of it then.
 */
export const resumption13: Part = async function* (server, known) {
  if (!known.versions.has('TLS 1.3')) return [];
  let shown = await ask13(server, { finish: true, alpn: PROTOCOLS });
  // One that has none of them may end it there.
  if (shown.kind === 'flight') server.alpn = shown.flight.alpn ?? 'none';
  else {
    if (shown.kind === 'alert' && shown.code === NONE_OF_THEM) server.alpn = 'none';
    shown = await ask13(server, { finish: true });
  }
  if (shown.kind !== 'flight') return [unclear('tickets of TLS 1.3', toldOf(shown))];
  if (shown.flight.wantsCertificate) yield feature('TLS 1.3', 'client-certificate-requested');
  const [session] = shown.sessions;
  if (!session) return [];
  yield feature('TLS 1.3', 'session-tickets');
  if (shown.sessions.some(({ ticket }) => ticket.earlyData > 0)) yield feature('TLS 1.3', 'early-data');
  const again = await ask13(server, { resume: session, group: shown.flight.group });
  if (again.kind !== 'flight') return [unclear('resumption of TLS 1.3', toldOf(again))];
  if (again.flight.resumed) yield feature('TLS 1.3', 'session-resumption');
  return [];
};

/** A session that may be resumed: by its id, or by a ticket (RFC 5246, 7.3; RFC 5077). */
interface Session {
  readonly id: Buffer;
  readonly ticket?: Buffer;
}

interface Begun {
  /** The server said that it would give a ticket. */
  readonly promised: boolean;
  readonly session?: Session;
  readonly unsettled?: Unsettled;
}

const CAP = 262_144;
const what = (version: string): string => `resumption of ${version}`;
const failed = (version: string, reason: Unsettled['reason'], why: string): Unsettled =>
  unclear(what(version), { reason, why });

/**
 * Tickets of the newest version before TLS 1.3, and whether a session is resumed: a whole handshake of our own, and then
 * another that names it. Suites that our side cannot go through (anonymous, pre-shared, rare ciphers) tell nothing.
 */
export const resumption12: Part = async function* (server, known) {
  const version = OLD_VERSIONS.find(
    (one): one is Version12 => one !== 'SSLv3' && (known.suites.get(one) ?? []).some(canFinish),
  ) as Version12 | undefined;
  if (version === undefined) return [];
  const suites = known.suites.get(version)!.filter(canFinish).slice(0, 32);
  const { promised, session, unsettled } = await begin(server, version, suites);
  if (promised) yield feature(version, 'session-tickets');
  if (!session) return unsettled ? [unsettled] : [];
  const parts = withExtensions(server.hello(version, suites), extensions.sessionTicket(session.ticket));
  const hello = { ...parts, session: session.ticket ? server.context.random(32) : session.id };
  const answer = await server.exchange(written(server.fitting(hello)), { until: isFlight12 });
  if ('failed' in answer) return [failed(version, answer.failed, answer.why)];
  const { messages, changed, alert, broken } = readClear12(answer.bytes);
  const whole = messages.some(({ type }) => type === 11 || type === 14);
  if (changed && !whole) yield feature(version, 'session-resumption');
  if (changed || whole || alert) return [];
  return [failed(version, answer.ended === 'timeout' ? 'timeout' : broken ? 'protocol' : 'reset', 'no whole answer')];
};

const whole = (hello: HelloParts): Buffer => message(1, helloBody(hello));
const written = (hello: HelloParts): Buffer => record(22, 0x0301, whole(hello));

/** A whole handshake, closed in order. */
async function begin(server: TlsServer, version: Version12, suites: readonly number[]): Promise<Begun> {
  const hello = server.fitting(withExtensions(server.hello(version, suites), extensions.sessionTicket()));
  const begun = await server.converse((connection) => goThrough(server, connection, version, hello));
  return 'failed' in begun ? { promised: false, unsettled: failed(version, begun.failed, begun.why) } : begun.talked;
}

async function goThrough(
  server: TlsServer,
  connection: Connection,
  version: Version12,
  hello: HelloParts,
): Promise<Begun> {
  await connection.send(written(hello));
  const first = await connection.receive({ until: isFlight12, cap: CAP });
  const flight = readClear12(first.bytes);
  const finish = finish12({ hello: whole(hello), flight, version, random: server.context.random });
  if ('why' in finish) {
    const reason = first.ended === 'timeout' || first.ended === 'reset' ? first.ended : 'protocol';
    return { promised: false, unsettled: failed(version, reason, finish.why) };
  }
  const promised = finish.hello.extensions.has(35);
  await connection.send(finish.bytes);
  const { bytes, ended } = await connection.receive({ until: isFlight12, cap: CAP });
  const { messages, changed, alert } = readClear12(bytes);
  // A session that is not closed in order may not be resumed (RFC 5246, 7.2.1); gone already is as good.
  if (ended === 'until') await connection.send(finish.goodbye).catch(() => undefined);
  if (!changed) {
    // Who wants a certificate of the client turns us away: there is no session to ask about.
    if (flight.messages.some(({ type }) => type === 13)) return { promised };
    const why = alert ? `our side of the handshake was refused (alert ${alert.code})` : `${ended} instead of Finished`;
    return { promised, unsettled: failed(version, ended === 'timeout' || ended === 'reset' ? ended : 'protocol', why) };
  }
  const ticket = messages.find(({ type }) => type === 4)?.body.subarray(6);
  if (ticket && ticket.length > 0) return { promised, session: { id: finish.id, ticket } };
  return { promised, ...(finish.id.length > 0 && { session: { id: finish.id } }) };
}
