import type { Socket } from 'node:net';
import * as fixtures from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const clear: Fact = { kind: 'channel', protocol: 'http', encryption: 'none' };
const redirect = (to: string): Fact => ({ ...clear, upgrade: 'redirect', to }) as Fact;
/** Answers each request by its method and path; nothing: silence. */
const http = (answer: (method: string, path: string, host: string) => string | undefined) => ({
  tcp: (socket: Socket) =>
    socket.once('data', (bytes: Buffer) => {
      const [, method = '', path = ''] = /^(\S+) (\S+)/.exec(bytes.toString('latin1')) ?? [];
      const words = answer(method, path, /\r\nHost: (\S+)/.exec(bytes.toString('latin1'))?.[1] ?? '');
      if (words !== undefined) socket.end(words);
    }),
});
const to = (location: string, status = 301) =>
  `HTTP/1.1 ${status} X\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;
const long = (body: string) =>
  `HTTP/1.1 301 X\r\nLocation: https://127.0.0.1/\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const page = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi';
const common = { protocol: 'http', security: 'none', outcome: 'completed' } as const;

probeTest(probe, [
  {
    name: 'all paths lead to TLS',
    device: 'sound',
    ...common,
    ...http((_m, path) => to(`https://127.0.0.1${path}`, 308)),
    sees: [redirect('https://127.0.0.1/')],
  },
  {
    name: 'to a declared name and port',
    device: 'sound',
    ...common,
    names: ['Cam.example'],
    ...http(() => to('https://cam.example:8443/', 302)),
    sees: [redirect('https://cam.example:8443/')],
  },
  {
    name: 'HEAD is not served',
    device: 'sound',
    ...common,
    ...http((method) => (method === 'HEAD' ? 'HTTP/1.1 405 No\r\n\r\n' : to('https://127.0.0.1/'))),
    sees: [redirect('https://127.0.0.1/')],
  },
  {
    name: 'inside TLS',
    device: 'sound',
    ...common,
    security: 'tls',
    start: (host) => fixtures.https().start(host, 0),
    sees: [{ kind: 'channel', protocol: 'http', encryption: 'tls', version: 'TLS 1.3' }],
  },
  {
    name: 'inside TLS that encrypts nothing',
    device: 'weak',
    ...common,
    security: 'tls',
    start: (host) => fixtures.https({ tls: { maxVersion: 'TLSv1.2', ciphers: 'eNULL' } }).start(host, 0),
    sees: [{ kind: 'channel', protocol: 'http', encryption: 'none', version: 'TLS 1.2' }],
  },
  { name: 'a page', device: 'weak', ...common, start: (host) => fixtures.http().start(host, 0), sees: [clear] },
  { name: 'a login', device: 'weak', ...common, ...http(() => 'HTTP/1.1 401 No\r\n\r\n'), sees: [clear] },
  {
    name: 'only the front page leads to TLS',
    device: 'weak',
    ...common,
    ...http((_m, path) => (path === '/' ? to('https://127.0.0.1/') : page)),
    sees: [clear],
  },
  {
    name: 'known paths lead to TLS, an unknown one does not',
    device: 'weak',
    ...common,
    ...http((_m, path) => (path.length > 12 ? 'HTTP/1.1 404 No\r\n\r\n' : to('https://127.0.0.1/'))),
    sees: [clear],
  },
  {
    name: 'HEAD is answered in the clear',
    device: 'weak',
    ...common,
    ...http((method) => (method === 'HEAD' ? 'HTTP/1.1 200 OK\r\n\r\n' : to('https://127.0.0.1/'))),
    sees: [clear],
  },
  {
    name: 'a declared path is served in the clear',
    device: 'weak',
    ...common,
    declares: {
      services: [{ port: 'dynamic', transport: 'tcp', protocol: 'http', reason: 'x', protects: ['/panel'] }],
    },
    ...http((_m, path) => (path === '/panel' ? page : to('https://127.0.0.1/'))),
    sees: [clear],
  },
  {
    name: 'what answers beside the pages is served in the clear',
    device: 'weak',
    ...common,
    ...http((_m, path) => (path.startsWith('/cgi-bin/') ? 'HTTP/1.1 401 No\r\n\r\n' : to('https://127.0.0.1/'))),
    sees: [clear],
  },
  {
    name: 'a redirect that brings its page along',
    device: 'weak',
    ...common,
    ...http(() => long('<html><form method=post><input type=password name=p></form>')),
    sees: [clear],
  },
  {
    name: 'a redirect that brings much along',
    device: 'cannot-tell',
    ...common,
    ...http(() => long('<p>moved</p>'.repeat(1000))),
    sees: [],
    outcome: 'unsupported',
    open: ['channel'],
  },
  ...([503, 423, 502] as const).map(
    (status): Row => ({
      name: `one path is answered with ${status}`,
      device: 'cannot-tell',
      ...common,
      ...http((_m, path) => (path.length > 20 ? `HTTP/1.1 ${status} No\r\n\r\n` : to('https://127.0.0.1/'))),
      sees: [],
      outcome: status === 502 ? 'protocol' : 'locked',
      open: ['channel'],
    }),
  ),
  {
    name: 'to a name that nobody declared',
    device: 'cannot-tell',
    ...common,
    ...http(() => to('https://cam.example/')),
    sees: [],
    outcome: 'scope',
    open: ['channel'],
  },
  {
    name: 'to a name that only begins with ours',
    device: 'cannot-tell',
    ...common,
    names: ['cam'],
    ...http(() => to('https://cam.example/')),
    sees: [],
    outcome: 'scope',
  },
  {
    name: 'only some paths lead to a name that nobody declared',
    device: 'weak',
    ...common,
    ...http((_m, path) => (path === '/' ? to('https://cam.example/') : page)),
    sees: [clear],
  },
  {
    name: 'to another clear page',
    device: 'weak',
    ...common,
    ...http((_m, _p, host) => to(`http://${host}/login`)),
    sees: [clear],
  },
  {
    name: 'a refresh in the page',
    device: 'weak',
    ...common,
    ...http(() => 'HTTP/1.1 200 OK\r\n\r\n<meta http-equiv="refresh" content="0;url=https://127.0.0.1/">'),
    sees: [clear],
  },
  { name: 'a Location that is none', device: 'weak', ...common, ...http(() => to('https://')), sees: [clear] },
  {
    name: 'silence',
    device: 'cannot-tell',
    ...common,
    ...http(() => undefined),
    sees: [],
    outcome: 'timeout',
    open: ['channel'],
  },
  {
    name: 'silence half-way',
    device: 'cannot-tell',
    ...common,
    ...http((method) => (method === 'HEAD' ? undefined : to('https://127.0.0.1/'))),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'too many requests',
    device: 'cannot-tell',
    ...common,
    start: (host) => fixtures.tooMany(fixtures.http()).start(host, 0),
    sees: [],
    outcome: 'locked',
  },
  {
    name: 'a reset',
    device: 'cannot-tell',
    ...common,
    start: (host) => fixtures.reset(fixtures.http()).start(host, 0),
    sees: [],
    outcome: 'reset',
  },
  {
    name: 'no HTTP',
    device: 'cannot-tell',
    ...common,
    start: (host) => fixtures.flood(fixtures.http()).start(host, 0),
    sees: [],
    outcome: 'protocol',
  },
]);
