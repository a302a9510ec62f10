import { CannotTell, type Connection, type Ended } from '../../src/observe/probe.ts';
import { ALERTS, type ServerHello, type TlsAnswer, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { type HelloParts, helloRecord } from '../../src/observe/protocols/tls-hello.ts';
import type { Known, TlsServer, Unsettled } from './server.ts';
import { CAP, isEnough, notOffered, type Told, told } from './told.ts';

/** Whether a flaw is there, or why that stayed open. */
export type Verdict = boolean | Unsettled;

/** Asks for one flaw. It throws only what ends the attempt. */
export type Ask = (server: TlsServer, known: Known) => Promise<Verdict>;

/** A server that has sent its whole first flight, ServerHelloDone included, and waits for the client's. */
export interface Waiting {
  readonly connection: Connection;
  readonly version: TlsVersion;
  readonly hello: ServerHello;
  readonly answer: TlsAnswer;
}

/** What a server made of a record that it was sent in the middle of a handshake. */
export type Reply =
  | { readonly kind: 'alert'; readonly level: number; readonly code: number }
  | { readonly kind: 'record'; readonly type: number; readonly body: Buffer }
  | { readonly kind: 'closed' | 'reset' | 'timeout' | 'garbage' };

/** A record of TLS without its header is no longer (RFC 5246, 6.2.3). */
const LONGEST = 0x4800;
const CONTENT = { first: 20, alert: 21, last: 24 } as const;

/** What stays open, of a weakness. */
export const open = (reason: Unsettled['reason'], what: string): Unsettled => ({ reason, what, open: ['weakness'] });

/** Versions before TLS 1.3 that were accepted, the newest first. */
export const older = ({ versions }: Known): TlsVersion[] =>
  [...versions.keys()].filter((version) => version !== 'TLS 1.3').sort((a, b) => (a < b ? 1 : -1));

/** What of a flaw that any version before TLS 1.3 may have: present where one has it, absent only where all were clear. */
export async function inAny(
  known: Known,
  what: string,
  ask: (version: TlsVersion) => Verdict | Promise<Verdict>,
): Promise<Verdict> {
  let unsettled = unclear(known, what);
  for (const version of older(known)) {
    const verdict = await ask(version);
    if (verdict === true) return true;
    if (verdict !== false) unsettled ??= verdict;
  }
  return unsettled ?? false;
}

/** Why a flaw of versions before TLS 1.3 is not known to be absent as long as one of them may still be there. */
export function unclear(known: Known, what: string): Unsettled | undefined {
  const versions = [...known.unclear].filter((version) => version !== 'TLS 1.3' && version !== 'SSLv2');
  return versions.length > 0 ? open('protocol', `${what}: ${versions.join(', ')} may be accepted`) : undefined;
}

/** Suites that the server is known to choose in this version: a hello of these is short, and one that it takes. */
export function taken(known: Known, version: TlsVersion): number[] {
  const first = known.versions.get(version)?.hello?.suite;
  return [...new Set([...(first === undefined ? [] : [first]), ...(known.suites.get(version) ?? [])])].slice(0, 32);
}

/**
 * Goes on where a server waits for the client's flight; undefined instead of what came of it: no such flight was had,
 * and `told` says what was. Throws CannotTell only for what is no answer of the server.
 */
export async function within<T>(
  server: TlsServer,
  parts: HelloParts,
  go: (waiting: Waiting) => Promise<T>,
): Promise<{ readonly went: T } | { readonly told: Told }> {
  const talk = await server.converse(async (connection) => {
    await connection.send(helloRecord(server.fitting(parts)));
    const { bytes, ended } = await connection.receive({ until: isEnough, cap: CAP });
    const came = told(bytes, ended);
    if (came.kind !== 'hello') return { told: came };
    const { hello, answer } = came;
    const wrong = notOffered(hello, parts);
    if (wrong !== undefined) return { told: { kind: 'garbage', why: wrong } as const };
    if (!answer.done || hello.version === undefined || hello.version === 'TLS 1.3')
      return { told: { kind: 'garbage', why: 'no whole flight followed the ServerHello' } as const };
    return { went: await go({ connection, version: hello.version, hello, answer }) };
  });
  return 'failed' in talk ? { told: { kind: talk.failed, why: talk.why } } : talk.talked;
}

/** What came behind bytes that were sent, and how it ended. */
export interface Received {
  readonly bytes: Buffer;
  readonly ended: Ended;
}

/** Sends bytes and reads what comes back. That they could not even be sent is how it ended, where nothing else is. */
export async function answered(
  connection: Connection,
  bytes: Buffer,
  options: { readonly until: (bytes: Buffer) => boolean; readonly wait: number; readonly cap: number },
): Promise<Received> {
  try {
    await connection.send(bytes);
  } catch (error) {
    if (!(error instanceof CannotTell) || (error.reason !== 'reset' && error.reason !== 'timeout')) throw error;
    // What had come before the end stays readable, and is what the server had to say.
    const left = await connection.receive(options);
    return left.ended === 'timeout' ? { ...left, ended: error.reason } : left;
  }
  return connection.receive(options);
}

/** Sends records and reads the first that comes back. What the server does to the connection meanwhile is its reply. */
export async function exchange(connection: Connection, bytes: Buffer, wait: number): Promise<Reply> {
  const { bytes: came, ended } = await answered(connection, bytes, { until: isWhole, wait, cap: LONGEST + 5 });
  return readReply(came, ended);
}

const isWhole = (bytes: Buffer): boolean =>
  bytes.length >= 5 && (!isHeader(bytes) || bytes.length >= 5 + bytes.readUInt16BE(3));

const isHeader = (bytes: Buffer): boolean =>
  bytes[0]! >= CONTENT.first &&
  bytes[0]! <= CONTENT.last &&
  bytes[1] === 3 &&
  bytes[2]! <= 4 &&
  bytes.readUInt16BE(3) <= LONGEST;

/** The first record in these bytes; without a whole one, how they ended. Never throws. */
export function readReply(bytes: Buffer, ended: Ended): Reply {
  if (bytes.length >= 5 && !isHeader(bytes)) return { kind: 'garbage' };
  if (bytes.length >= 5 && bytes.length >= 5 + bytes.readUInt16BE(3)) {
    const body = bytes.subarray(5, 5 + bytes.readUInt16BE(3));
    if (bytes[0] !== CONTENT.alert) return { kind: 'record', type: bytes[0]!, body };
    // One that is longer is encrypted: that somebody could encrypt it here is not TLS as we know it.
    return body.length === 2 ? { kind: 'alert', level: body[0]!, code: body[1]! } : { kind: 'garbage' };
  }
  if (ended === 'until' || ended === 'cap') return { kind: 'garbage' };
  return { kind: ended === 'closed' && bytes.length > 0 ? 'garbage' : ended };
}

/** A reply in words. */
export const replied = (reply: Reply): string =>
  reply.kind === 'alert'
    ? `alert ${ALERTS[reply.code] ?? reply.code}`
    : reply.kind === 'record'
      ? `a record of type ${reply.type}`
      : { closed: 'a close', reset: 'a reset', timeout: 'silence', garbage: 'no TLS' }[reply.kind];

/** What was told in place of a flight, as a reason and in words. */
export const toldOf = (told: Told): { reason: Unsettled['reason']; why: string } => {
  if (told.kind === 'alert') return { reason: 'protocol', why: `alert ${told.name}` };
  if (told.kind === 'closed') return { reason: 'reset', why: 'closed' };
  if (told.kind === 'hello') return { reason: 'protocol', why: 'another answer' };
  return { reason: told.kind === 'garbage' ? 'protocol' : told.kind, why: told.why };
};
