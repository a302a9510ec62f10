import * as http from 'node:http';
import type { Duplex } from 'node:stream';
import { CannotTell, type Ended } from '../probe.ts';

export type Header = readonly [name: string, value: string];

/** One HTTP/1.1 request. `wait` (milliseconds) is for the whole answer, `cap` (bytes) for its body. */
export interface HttpRequest {
  /** Default GET. */
  readonly method?: string;
  /** Default `/`. What does not belong into a request line is percent-encoded. */
  readonly path?: string;
  /** The Host header: see `hostHeader`. */
  readonly host: string;
  /** Beside Host, User-Agent, Accept, Connection and Content-Length, or in their place. */
  readonly headers?: readonly Header[];
  readonly body?: Buffer | string;
  readonly wait: number;
  readonly cap: number;
}

/**
 * One answer. `headers` are in the order and spelling in which they were sent, doubles included. HTTP/0.9 has status
 * 200 and no headers. `ended` says how the body ended: `closed` (whole, or the peer closed it), `reset`, `timeout`, `cap`.
 */
export interface HttpResponse {
  readonly version: '0.9' | '1.0' | '1.1';
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly Header[];
  readonly body: Buffer;
  readonly ended: Exclude<Ended, 'until'>;
  /** Milliseconds from the request to the head of the answer. */
  readonly milliseconds: number;
}

const HEAD_BYTES = 65_536;
/** An answer without a status line counts as HTTP/0.9 only if it looks like a page (RFC 1945, 4.1: Simple-Response). */
const SIMPLE_RESPONSE = /^\s*<(!doctype|html|head|body|title|meta|\?xml|!--)/i;

/**
 * Asks once over a connection that was dialled for it, and ends that connection. Old and sloppy servers are read
 * leniently (node:http with `insecureHTTPParser`), a page without a head as HTTP/0.9.
 * Throws CannotTell: `timeout` (no whole head in time), `reset` (reset or closed before one), `protocol` (not HTTP).
 */
export function httpRequest(connection: Duplex, request: HttpRequest): Promise<HttpResponse> {
  const started = performance.now();
  const sent = http.request({
    createConnection: () => connection,
    insecureHTTPParser: true,
    maxHeaderSize: HEAD_BYTES,
    method: request.method ?? 'GET',
    path: requestPath(request.path ?? '/'),
    headers: requestHeaders(request).flat(),
  });
  const seen: Buffer[] = [];
  let seenBytes = 0;
  let peerClosed = false;
  sent.on('socket', (socket) => {
    // Ahead of node's parser, so that what it stumbles over is here when it says so.
    socket.prependListener('data', (chunk: Buffer) => {
      if (seenBytes < HEAD_BYTES) seen.push(chunk);
      seenBytes += chunk.length;
    });
    socket.prependListener('end', () => {
      peerClosed = true;
    });
  });
  const headless = (): HttpResponse | undefined => {
    const body = Buffer.concat(seen).subarray(0, request.cap);
    if (!SIMPLE_RESPONSE.test(body.toString('latin1', 0, 256))) return undefined;
    const milliseconds = performance.now() - started;
    return { version: '0.9', status: 200, reason: '', headers: [], body, ended: 'closed', milliseconds };
  };
  return new Promise<HttpResponse>((resolve, reject) => {
    let answer: { head: Omit<HttpResponse, 'body' | 'ended'>; body: Buffer[]; bytes: number } | undefined;
    const settle = (ended: HttpResponse['ended'], error?: Error & { code?: string }) => {
      clearTimeout(timer);
      if (answer) resolve({ ...answer.head, body: Buffer.concat(answer.body).subarray(0, request.cap), ended });
      else {
        const simple = headless();
        if (simple) resolve(simple);
        else reject(whyNot(ended, seenBytes, peerClosed, error));
      }
      connection.destroy();
    };
    const timer = setTimeout(() => settle('timeout'), request.wait);
    const take = (response: http.IncomingMessage) => {
      answer = { head: { ...headOf(response), milliseconds: performance.now() - started }, body: [], bytes: 0 };
    };
    const add = (chunk: Buffer) => {
      if (!answer) return;
      answer.body.push(chunk);
      answer.bytes += chunk.length;
      if (answer.bytes >= request.cap) settle('cap');
    };
    sent.on('response', (response) => {
      take(response);
      response.on('data', add);
      response.on('end', () => settle('closed'));
      response.on('error', () => settle(peerClosed ? 'closed' : 'reset'));
    });
    sent.on('upgrade', (response, _socket, head) => {
      take(response);
      add(head);
      settle('closed');
    });
    sent.on('error', (error) => settle(peerClosed ? 'closed' : 'reset', error));
    sent.end(request.body);
  });
}

function whyNot(ended: string, bytes: number, closed: boolean, error?: Error & { code?: string }): CannotTell {
  if (error instanceof CannotTell) return error;
  if (ended === 'timeout') return new CannotTell('timeout', `no HTTP answer in time (${bytes} bytes)`);
  if (error?.code?.startsWith('HPE_')) {
    return new CannotTell('protocol', `the answer is not HTTP: ${error.code} within ${bytes} bytes`);
  }
  if (bytes > 0 && closed) return new CannotTell('protocol', `closed within the head of the answer (${bytes} bytes)`);
  return new CannotTell('reset', closed ? 'closed without an HTTP answer' : 'reset before an HTTP answer');
}

function headOf(response: http.IncomingMessage): Omit<HttpResponse, 'body' | 'ended' | 'milliseconds'> {
  const raw = response.rawHeaders;
  const headers: Header[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) headers.push([raw[i]!, raw[i + 1]!]);
  return {
    version: response.httpVersionMinor === 0 ? '1.0' : '1.1',
    status: response.statusCode ?? 0,
    reason: response.statusMessage ?? '',
    headers,
  };
}

function requestHeaders(request: HttpRequest): [string, string][] {
  const body = request.body === undefined ? undefined : Buffer.byteLength(request.body);
  const defaults: Header[] = [
    ['Host', request.host],
    ['User-Agent', 'probity'],
    ['Accept', '*/*'],
    ...(body === undefined ? [] : [['Content-Length', String(body)] as const]),
    ['Connection', 'close'],
  ];
  const given = request.headers ?? [];
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  return [...defaults.filter(([name]) => !names.has(name.toLowerCase())), ...given].map(([name, value]) => [
    name,
    // A cookie that a device set may hold anything; what cannot stand in a header is left out.
    value.replace(/[^\t\x20-\x7e\x80-\xff]/g, ''),
  ]);
}

const requestPath = (path: string): string =>
  `${path.startsWith('/') || path === '*' ? '' : '/'}${path}`.replace(/[^\x21-\x7e]/gu, (c) =>
    Buffer.from(c).toString('hex').toUpperCase().replace(/../g, '%$&'),
  );

/** The Host header of an address or name: IPv6 in brackets, the scheme's own port left out. */
export function hostHeader(host: string, port: number, security: 'none' | 'tls'): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === (security === 'tls' ? 443 : 80) ? name : `${name}:${port}`;
}

/** All values of a header, in the order in which they were sent. */
export const headerValues = (response: Pick<HttpResponse, 'headers'>, name: string): string[] =>
  response.headers.filter(([n]) => n.toLowerCase() === name.toLowerCase()).map(([, value]) => value);

/** One challenge of WWW-Authenticate (RFC 9110, 11.6.1). Scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const PART = /\s*,?\s*([!#$%&'*+.^_`|~0-9a-z-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^\s,]*)))?/iy;

/** Reads all challenges, several in one header or in several. Bounded, never throws. */
export function challenges(response: Pick<HttpResponse, 'headers'>): Challenge[] {
  const found: { scheme: string; parameters: Record<string, string> }[] = [];
  for (const value of headerValues(response, 'www-authenticate').slice(0, 20)) {
    const text = value.slice(0, 4096);
    PART.lastIndex = 0;
    for (let part = PART.exec(text); part; part = PART.exec(text)) {
      const [, name, quoted, token] = part;
      if (quoted === undefined && token === undefined) {
        found.push({ scheme: name!.toLowerCase(), parameters: Object.create(null) as Record<string, string> });
      } else {
        const last = found.at(-1);
        if (last) last.parameters[name!.toLowerCase()] ??= quoted?.replace(/\\(.)/g, '$1') ?? token ?? '';
      }
    }
  }
  return found;
}
