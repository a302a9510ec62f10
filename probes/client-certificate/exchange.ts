import { CannotTell, type Connection, type DialOptions, type ProbeContext } from '../../src/observe/probe.ts';

/**
 * What became of one TLS session, with a certificate or without. `refused`: in the server's own words, by an alert that
 * speaks of certificates or a page that does. `answered`: something inside spoke. `lost`: closed or reset without a word.
 */
export interface Exchange {
  readonly end: 'refused' | 'answered' | 'silent' | 'lost';
  /** In a few words of ours. */
  readonly answer: string;
  /** Whether the handshake stood on our side. Up to TLS 1.2 the server had then looked at the certificate. */
  readonly version?: string;
  /** Bytes that went out before anything was said inside: a certificate that was asked for is among them. */
  readonly sent: number;
  /** The status where HTTP answered. */
  readonly status?: number;
}

/** Alerts that say the certificate is missing or not taken (RFC 8446, 6.2), by the end of OpenSSL's code. */
const ALERT =
  /ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_UNKNOWN|CERTIFICATE_REVOKED|ACCESS_DENIED|HANDSHAKE_FAILURE|NO_CERTIFICATE)$/;
/** nginx; IIS 403.7, 403.16; words that others use. */
const WORDS =
  /no required ssl certificate was sent|the ssl certificate error|403\.(7|13|16|17)\b|client certificate (is |was )?(required|missing|not (accepted|valid|trusted))/i;
/** nginx's own, where it shows them. */
const STATUSES: readonly number[] = [495, 496];

/** What is said inside TLS, in turn, until something answers: nothing (for who greets), HTTP, MQTT 3.1.1. */
export type Opening = 'greeting' | 'http' | 'mqtt';
const OPENINGS: readonly Opening[] = ['http', 'mqtt'];
const MQTT_CONNECT = Buffer.from('101300044d5154540402000a000770726f62697479', 'hex');
/** How long a server is listened to before anything is said: milliseconds, and a part of the `wait` limit at most. */
const LISTEN_MS = 400;
const LISTEN_PART = 8;
const READ_BYTES = 16 * 1024;

type Presented = DialOptions['clientCertificate'];

/** Opens TLS sessions, and remembers what has answered inside one. */
export class Exchanges {
  private readonly context: ProbeContext;
  private answering: Opening | undefined;

  constructor(context: ProbeContext) {
    this.context = context;
  }

  /** One session: two where the first one ended without a word and another opening is left. Throws what is no answer. */
  async with(presented: Presented): Promise<Exchange> {
    const openings = this.answering ? [this.answering] : OPENINGS;
    let last: Exchange | undefined;
    for (const opening of openings) {
      last = await this.once(presented, opening);
      if (last.end !== 'lost' && last.end !== 'silent') break;
      if (last.version === undefined) break;
    }
    return last!;
  }

  private async once(presented: Presented, opening: Opening): Promise<Exchange> {
    let connection: Connection;
    try {
      connection = await this.context.dial({ security: 'tls', ...(presented && { clientCertificate: presented }) });
    } catch (error) {
      const sent = (error instanceof CannotTell && error.bytesSent) || 0;
      return { sent, ...ofError(error, 'within the handshake') };
    }
    try {
      return await this.talk(connection, opening);
    } finally {
      connection.destroy();
    }
  }

  private async talk(connection: Connection, opening: Opening): Promise<Exchange> {
    const { wait } = this.context.limits;
    const about = connection.tls!;
    const { version } = about;
    const greeting = await connection.receive({
      until: some,
      cap: READ_BYTES,
      ...(opening === 'greeting' ? {} : { wait: Math.min(LISTEN_MS, wait / LISTEN_PART) }),
    });
    const seen = { version, sent: about.bytesSent };
    if (greeting.bytes.length > 0) {
      this.answering = 'greeting';
      return { ...seen, end: 'answered', answer: 'the service inside greeted' };
    }
    if (greeting.ended !== 'timeout') return { ...seen, ...(await lost(connection, greeting.ended)) };
    if (opening === 'greeting') return { ...seen, end: 'silent', answer: 'nothing was said inside' };
    try {
      await connection.send(opening === 'mqtt' ? MQTT_CONNECT : this.request());
    } catch (error) {
      return { ...seen, ...ofError(error, 'after the handshake') };
    }
    const { bytes, ended } = await connection.receive({
      until: opening === 'mqtt' ? (read) => read.length >= 4 : isWhole,
      cap: READ_BYTES,
    });
    if (bytes.length === 0 && ended === 'timeout') return { ...seen, end: 'silent', answer: 'nothing was said inside' };
    if (bytes.length === 0) return { ...seen, ...(await lost(connection, ended)) };
    this.answering = opening;
    if (opening === 'mqtt') return { ...seen, end: 'answered', answer: 'MQTT answered inside' };
    return { ...seen, ...ofPage(bytes) };
  }

  private request(): string {
    const { host, port } = this.context.endpoint;
    const name = this.context.component.names[0] ?? (host.includes(':') ? `[${host}]` : host);
    return `GET / HTTP/1.1\r\nHost: ${name}:${port}\r\nAccept: */*\r\nConnection: close\r\n\r\n`;
  }
}

const some = (bytes: Buffer): boolean => bytes.length > 0;

/** Whether an HTTP answer has all that its Content-Length promises; one without it ends with the connection. */
const isWhole = (bytes: Buffer): boolean => {
  const text = bytes.toString('latin1');
  const head = text.indexOf('\r\n\r\n');
  const length = /^content-length: *(\d{1,9})\r$/im.exec(head < 0 ? '' : text.slice(0, head + 1))?.[1];
  return length !== undefined && bytes.length >= head + 4 + Number(length);
};

function ofPage(bytes: Buffer): Pick<Exchange, 'end' | 'answer' | 'status'> {
  const text = bytes.toString('latin1');
  const status = Number(/^HTTP\/1\.[01] (\d{3})\b/.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(status)) return { end: 'answered', answer: 'the service inside answered' };
  const refused = STATUSES.includes(status) || (status >= 400 && status < 500 && WORDS.test(text));
  return refused
    ? { end: 'refused', status, answer: `HTTP ${status}, which speaks of the certificate` }
    : { end: 'answered', status, answer: `HTTP ${status}` };
}

/** How a session was lost: the alert stands in the error that the stream ended with. */
async function lost(connection: Connection, ended: string): Promise<Pick<Exchange, 'end' | 'answer'>> {
  if (ended !== 'reset') return { end: 'lost', answer: `${ended} after the handshake` };
  // Nothing goes out of a stream that is over: this only tells why it is.
  const error = await connection.send('\r\n').then(
    () => undefined,
    (why: unknown) => why,
  );
  return error === undefined
    ? { end: 'lost', answer: 'reset after the handshake' }
    : ofError(error, 'after the handshake');
}

function ofError(error: unknown, when: string): Pick<Exchange, 'end' | 'answer'> {
  if (!(error instanceof CannotTell)) throw error;
  const code = String((error as { code?: unknown }).code ?? '');
  const alert = ALERT.exec(code)?.[1]?.toLowerCase();
  if (alert !== undefined) return { end: 'refused', answer: `alert ${alert} ${when}` };
  const other = /ALERT_(\w+)$/.exec(code)?.[1]?.toLowerCase();
  if (other !== undefined && /certificate|internal_error|decrypt_error/.test(other))
    return { end: 'lost', answer: `alert ${other} ${when}` };
  if (error.reason === 'reset') return { end: 'lost', answer: `closed ${when}` };
  throw error;
}
