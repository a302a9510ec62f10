import type { Socket } from 'node:net';
import type { TcpService } from '../../fixtures/service.ts';
import {
  acceptAnything,
  drip,
  flood,
  garble,
  http,
  https,
  lockOutAfter,
  reset,
  stall,
  tarpit,
  tooMany,
} from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { closedPort, probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const candidates = [
  { id: 'x:1', user: 'admin', secret: 'hunter2' },
  { id: 'x:2', user: 'admin', secret: 'meinsm99' },
  { id: 'x:3', user: 'root', secret: 'vizxv77' },
];
const secretWords = ['hunter2', 'meinsm99', 'vizxv77'];
const encoded = candidates.map(({ user, secret }) => Buffer.from(`${user}:${secret}`).toString('base64'));
const common = {
  protocol: 'http',
  candidates,
  limits: { wait: 400 },
  ignore: ['sample', 'milliseconds'],
  never: new RegExp([...secretWords, ...encoded].join('|')),
};
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;

const access = (path: string, what: string, authentication: string, how = 'recognised', action = 'read'): Fact =>
  ({ kind: 'access', protocol: 'http', class: what, action, resource: path, authentication, how }) as Fact;
const login = (
  arm: string,
  account: string,
  secret: string | undefined,
  accepted: boolean,
  answer: string,
  more = {},
) =>
  ({ kind: 'login', protocol: 'http', account, ...(secret ? { secret } : {}), arm, accepted, answer, ...more }) as Fact;
const throttle = (account: string, response: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'http', account, response, after }) as Fact;
const random = login('random', 'random', 'random', false, '401');
const none = login('none', '', undefined, false, '401');
const shut = [none, random];
const required = access('/', 'content', 'required');
const full = { grants: 'full' };
const no = (account: string, id: string) => login('candidate', account, id, false, '401');
const hit = [
  login('candidate', 'admin', 'x:2', true, '200', full),
  login('known-user-random', 'admin', 'random', false, '401'),
  random,
  login('repeat', 'admin', 'x:2', true, '200', { ...full, proven: true }),
];

const accounts = { admin: 'meinsm99' };
const pages = { '/': '<html><title>Camera</title><p>Live picture</p></html>' };
const basic = (own: object = accounts) => http({ pages, challenge: { scheme: 'basic', accounts: own as never } });
const settings = '<html><form method=post><input name=ntp value=pool></form></html>';
const declares = (...protects: string[]): Row['declares'] => ({
  services: [{ port: 'dynamic', transport: 'tcp', protocol: 'http', reason: 'settings', protects }],
});

const frame = '<html><title>Camera</title><div id=main></div></html>';
const failed = '<html><h1>Login failed</h1></html>';
const inWords = '200, refused in its words';

/** A server of a few lines: what it answers, by the path and the Basic login. */
function answering(answer: (path: string, login?: string) => { status: number; body?: string; to?: string }) {
  return (socket: Socket): void => {
    socket.once('data', (bytes) => {
      const text = bytes.toString('latin1');
      const [, path = '/'] = /^GET (\S+)/.exec(text) ?? [];
      const [, token] = /^Authorization: Basic (\S+)/im.exec(text) ?? [];
      const { status, body = '', to } = answer(path, token && Buffer.from(token, 'base64').toString());
      const more = [
        ...(status === 401 ? ['WWW-Authenticate: Basic realm="x"'] : []),
        ...(to ? [`Location: ${to}`] : []),
      ];
      socket.end([`HTTP/1.0 ${status} x`, 'Content-Type: text/html', ...more, '', body].join('\r\n'));
    });
  };
}

probeTest(probe, [
  { name: 'a listed default', ...weak, start: start(basic()), sees: [required, ...shut, no('admin', 'x:1'), ...hit] },
  {
    name: 'a listed default inside TLS, on a page with a clock',
    ...weak,
    limits: { wait: 1000, attempt: 60_000 },
    security: 'tls',
    start: start(
      https({
        pages: { '/': { body: () => `<html><p>${process.hrtime.bigint()}</p><p>Camera</p></html>` } },
        challenge: { scheme: 'basic', accounts },
      }),
    ),
    sees: [required, ...shut, no('admin', 'x:1'), ...hit],
  },
  {
    name: 'any login',
    ...weak,
    start: start(acceptAnything(basic())),
    sees: [
      required,
      none,
      login('random', 'random', 'random', true, '200', full),
      login('random', 'random', 'random', true, '200', full),
      access('/', 'content', 'any', 'guessed'),
    ],
  },
  {
    name: 'settings without a login, and a configuration with a key',
    ...weak,
    start: start(
      http({
        pages: { '/': settings, '/config': { type: 'application/json', body: '{"ssid":"Home","psk":"correct-7"}' } },
      }),
    ),
    sees: [access('/', 'setting', 'none'), access('/config', 'secret', 'none')],
    outcome: 'unsupported',
    open: ['login', 'throttle'],
  },
  {
    name: 'a declared path without a login',
    ...weak,
    declares: declares('/live'),
    start: start(http({ pages: { '/': pages['/'], '/live': '<html><p>Picture</p></html>' } })),
    sees: [access('/', 'discovery', 'none'), access('/live', 'setting', 'none', 'declared')],
  },
  {
    name: 'a declared backup open beside a Basic login',
    ...weak,
    declares: declares('/backup.cfg'),
    start: start(
      http({
        pages: { ...pages, '/backup.cfg': { type: 'text/plain', login: false, body: 'psk=correct-7\n' } },
        challenge: { scheme: 'basic', accounts: {} },
      }),
    ),
    sees: [
      required,
      access('/backup.cfg', 'secret', 'none'),
      ...shut,
      no('admin', 'x:1'),
      no('admin', 'x:2'),
      no('root', 'x:3'),
      throttle('admin', 'none', 2),
    ],
  },
  {
    name: 'a landing page and a Basic login behind it, all rejected, the declared account works',
    ...sound,
    accounts: [{ user: 'lab', secret: 'OnlyHere1' }],
    start: start(
      http({
        pages: { '/': { body: '<html>hello</html>', login: false }, '/admin': settings },
        challenge: { scheme: 'basic', accounts: { lab: 'OnlyHere1' } },
      }),
    ),
    sees: [
      access('/', 'discovery', 'none'),
      access('/admin', 'content', 'required'),
      ...shut,
      login('declared', 'lab', 'declared:lab', true, '200', full),
      no('admin', 'x:1'),
      no('admin', 'x:2'),
      no('root', 'x:3'),
      login('declared', 'lab', 'declared:lab', true, '200', full),
      throttle('admin', 'none', 2),
    ],
    never: new RegExp(`${common.never.source}|OnlyHere1|${Buffer.from('lab:OnlyHere1').toString('base64')}`),
  },
  {
    name: 'a landing page and nothing else',
    ...sound,
    start: start(http({ pages })),
    sees: [access('/', 'discovery', 'none')],
  },
  {
    name: 'a redirect to another service',
    ...sound,
    start: start(http({ redirect: { port: 8443 } })),
    sees: [access('/', 'discovery', 'none')],
  },
  {
    name: 'one page for every path',
    ...sound,
    declares: declares('/live'),
    tcp: (socket) => socket.end('HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html><div id=app></div></html>'),
    sees: [access('/', 'discovery', 'none'), access('/live', 'content', 'none', 'guessed')],
  },
  ...(['MD5', 'SHA-256'] as const).map(
    (algorithm): Row => ({
      name: `a listed default behind Digest with ${algorithm}`,
      ...weak,
      start: start(http({ pages, challenge: { scheme: 'digest', accounts, algorithm } })),
      sees: [required, ...shut, no('admin', 'x:1'), ...hit],
    }),
  ),
  ...(['forbidden', 'too-many', 'page', 'redirect'] as const).map(
    (lockAnswer): Row => ({
      name: `locks after two failures, and says so by ${lockAnswer}`,
      ...open,
      start: start(lockOutAfter(http({ pages, challenge: { scheme: 'basic', accounts }, lockAnswer }), 2)),
      sees: [
        required,
        ...shut,
        no('admin', 'x:1'),
        throttle('admin', lockAnswer === 'forbidden' ? 'refuse' : 'lock', 2),
        ...(lockAnswer === 'forbidden' ? [] : [throttle('root', 'lock', 2)]),
      ],
      outcome: 'locked',
      open: ['login'],
      also: ({ tried }) => void (tried.join() === 'x:1' || fail()),
    }),
  ),
  {
    name: 'a listed default whose page has the frame of the refusal',
    ...weak,
    tcp: answering((_path, login) => ({ status: login === 'admin:meinsm99' ? 200 : 401, body: frame })),
    sees: [required, ...shut, no('admin', 'x:1'), ...hit],
  },
  {
    name: 'a listed default behind redirects',
    ...weak,
    tcp: answering((path, login) => {
      if (login === undefined) return { status: 401, body: '' };
      if (path === '/') return { status: 302, to: login === 'admin:meinsm99' ? '/home' : '/sorry' };
      return path === '/home' && login === 'admin:meinsm99'
        ? { status: 200, body: pages['/'] }
        : { status: 401, body: '' };
    }),
    sees: [required, ...shut, no('admin', 'x:1'), ...hit],
  },
  {
    name: 'a listed default, and nothing behind it',
    ...weak,
    tcp: answering((path, login) =>
      path === '/cgi-bin'
        ? { status: login === 'admin:meinsm99' ? 404 : 401, body: 'no' }
        : { status: path === '/' ? 200 : 404, body: pages['/'] },
    ),
    sees: [
      access('/', 'discovery', 'none'),
      // No page leads there: whoever looks at pages alone would say that no password is asked for.
      { kind: 'weakness', protocol: 'http', name: 'login-in-clear', present: true, subject: '/cgi-bin' },
      access('/cgi-bin', 'content', 'required'),
      ...shut,
      no('admin', 'x:1'),
      login('candidate', 'admin', 'x:2', true, '404', { grants: 'unknown' }),
      login('known-user-random', 'admin', 'random', false, '401'),
      random,
      login('repeat', 'admin', 'x:2', true, '404', { grants: 'unknown', proven: true }),
    ],
  },
  {
    name: 'a listed default, refusals being pages that say so',
    ...weak,
    tcp: answering((_path, login) =>
      login === undefined
        ? { status: 401, body: '' }
        : { status: 200, body: login === 'admin:meinsm99' ? `${pages['/']}<p>Login failed: 3</p>` : failed },
    ),
    sees: [
      required,
      none,
      login('random', 'random', 'random', false, inWords),
      login('candidate', 'admin', 'x:1', false, inWords),
      login('candidate', 'admin', 'x:2', true, '200', full),
      login('known-user-random', 'admin', 'random', false, inWords),
      login('random', 'random', 'random', false, inWords),
      login('repeat', 'admin', 'x:2', true, '200', { ...full, proven: true }),
    ],
  },
  {
    name: 'forbidden for one account alone: neither a throttle nor a refusal',
    ...open,
    candidates: candidates.slice(1),
    tcp: answering((_path, login) => ({ status: login === 'admin:meinsm99' ? 403 : 401, body: '' })),
    sees: [required, ...shut, random, no('root', 'x:3')],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'from redirect to redirect',
    ...open,
    tcp: answering((path, login) => (login ? { status: 302, to: `${path}a` } : { status: 401, body: '' })),
    sees: [required, none],
    outcome: 'protocol',
    open: ['login', 'access', 'throttle'],
  },
  {
    name: 'a page made by scripts: nobody knows what is behind it',
    ...open,
    tcp: answering((path) =>
      path === '/' ? { status: 200, body: '<html><script src=app.js></script></html>' } : { status: 404, body: '' },
    ),
    sees: [access('/', 'discovery', 'none')],
    outcome: 'unsupported',
  },
  ...[403, 404].map(
    (status): Row => ({
      name: `${status} for all: nobody knows what is behind it`,
      ...open,
      tcp: answering(() => ({ status, body: 'no' })),
      sees: [access('/', 'discovery', 'none')],
      outcome: 'unsupported',
    }),
  ),
  {
    name: 'a listed default at a login that a link leads to; no other link is followed',
    ...weak,
    tcp: answering((path, login) =>
      path === '/'
        ? { status: 200, body: '<html><a href="auth/Signin.asp">Sign in</a> <a href="/logout">Leave</a></html>' }
        : path === '/auth/Signin.asp'
          ? { status: login === 'admin:meinsm99' ? 200 : 401, body: frame }
          : { status: 404, body: '' },
    ),
    sees: [
      access('/', 'discovery', 'none'),
      access('/auth/Signin.asp', 'content', 'required'),
      ...shut,
      no('admin', 'x:1'),
      ...hit,
    ],
    also: ({ transcripts }) => {
      const sent = transcripts.flatMap(({ entries }) => entries.filter(({ dir }) => dir === 'sent'));
      if (sent.some(({ bytes }) => bytes.includes('logout'))) throw new Error('another link was followed');
    },
  },
  {
    name: '429 after the first logins',
    ...open,
    start: start(tooMany(basic(), 41)),
    sees: [required, ...shut, no('admin', 'x:1'), throttle('admin', 'lock', 2), throttle('root', 'lock', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  { name: '429 at once', ...open, start: start(tooMany(basic())), sees: [], outcome: 'locked' },
  {
    name: 'answers later and later',
    ...open,
    limits: { wait: 300 },
    start: start(tarpit(basic({}), 120)),
    sees: [required, ...shut, no('admin', 'x:1'), throttle('admin', 'refuse', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'resets after a failure',
    ...open,
    tcp: resetting(2),
    sees: [required, ...shut, no('admin', 'x:1'), throttle('admin', 'refuse', 2)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'lets the candidate in once and then shows another page',
    ...open,
    tcp: wavering(),
    sees: [
      required,
      ...shut,
      login('candidate', 'admin', 'x:1', true, '200', full),
      login('known-user-random', 'admin', 'random', false, '401'),
      login('random', 'random', 'random', false, '401'),
      login('repeat', 'admin', 'x:1', false, '200, with another page than before', { proven: false }),
    ],
    outcome: 'protocol',
    open: ['login'],
  },
  {
    name: 'a 200 that is the page of those without a login',
    ...sound,
    candidates: candidates.slice(0, 1),
    tcp: (socket) => {
      socket.once('data', (bytes) => {
        const status = bytes.toString().includes('Authorization') ? '200 OK' : '401 No\r\nWWW-Authenticate: Basic';
        socket.end(`HTTP/1.0 ${status}\r\nContent-Type: text/html\r\n\r\n<html>Please log in</html>`);
      });
    },
    sees: [
      required,
      none,
      login('random', 'random', 'random', false, '200, with the page that those without a login get'),
      login('candidate', 'admin', 'x:1', false, '200, with the page that those without a login get'),
      throttle('admin', 'none', 1),
    ],
  },
  { name: 'a server error', ...open, tcp: (s) => s.end('HTTP/1.0 500 No\r\n\r\n'), sees: [], outcome: 'protocol' },
  {
    name: 'half a page',
    ...open,
    tcp: (socket) => socket.write('HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\n<html>'),
    sees: [],
    outcome: 'timeout',
  },
  { name: 'silence', ...open, start: start(stall(basic())), sees: [], outcome: 'timeout' },
  {
    name: 'stalls within the head',
    ...open,
    tcp: (socket) => socket.write('HTTP/1.1 200 O'),
    sees: [],
    outcome: 'timeout',
  },
  { name: 'a byte at a time', ...open, start: start(drip(basic(), 30)), sees: [], outcome: 'timeout' },
  { name: 'floods', ...open, start: start(flood(basic())), sees: [], outcome: 'protocol' },
  { name: 'resets', ...open, start: start(reset(basic())), sees: [], outcome: 'reset' },
  { name: 'refuses', ...open, start: closedPort, sees: [], outcome: 'refused' },
  { name: 'garbage', ...open, start: start(garble(basic())), sees: [], outcome: 'protocol' },
]);

function fail(): never {
  throw new Error('other candidates were tried than meant');
}

/** Basic at every path; after so many wrong logins each further one is reset. */
function resetting(after: number): NonNullable<Row['tcp']> {
  let failures = 0;
  return (socket) => {
    socket.once('data', (bytes) => {
      if (!bytes.toString().includes('Authorization')) return unauthorized(socket);
      failures += 1;
      return failures > after ? socket.resetAndDestroy() : unauthorized(socket);
    });
  };
}

function unauthorized(socket: { end(text: string): unknown }): unknown {
  return socket.end('HTTP/1.0 401 No\r\nWWW-Authenticate: Basic realm=x\r\n\r\n<html>401</html>');
}

/** The first candidate gets a page, and the second time another one. */
function wavering(): NonNullable<Row['tcp']> {
  let times = 0;
  return (socket) => {
    socket.once('data', (bytes) => {
      if (!bytes.toString().includes(encoded[0]!)) return unauthorized(socket);
      times += 1;
      const body = times === 1 ? '<p>Welcome</p><p>Camera</p>' : '<p>Goodbye</p><p>Nobody</p>';
      return socket.end(`HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<html>${body}</html>`);
    });
  };
}
