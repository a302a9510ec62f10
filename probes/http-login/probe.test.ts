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

probeTest(probe, [
  { name: 'a listed default', ...weak, start: start(basic()), sees: [required, ...shut, no('admin', 'x:1'), ...hit] },
  {
    name: 'a listed default inside TLS, on a page with a clock',
    ...weak,
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
  {
    name: 'a form: what it protects is seen, its login is not tried',
    ...open,
    declares: declares('/settings'),
    start: start(http({ pages: { ...pages, '/settings': settings }, form: { accounts } })),
    sees: [access('/', 'discovery', 'none'), access('/settings', 'setting', 'required', 'declared')],
    outcome: 'unsupported',
    open: ['login', 'throttle'],
  },
  {
    name: 'Digest is not tried yet',
    ...open,
    start: start(http({ pages, challenge: { scheme: 'digest', accounts } })),
    sees: [required],
    outcome: 'unsupported',
    open: ['login', 'throttle'],
  },
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
    name: '429 after the first logins',
    ...open,
    start: start(tooMany(basic(), 12)),
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
