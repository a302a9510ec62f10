import type { Socket } from 'node:net';
import { expect } from 'vitest';
import type { TcpService } from '../../fixtures/service.ts';
import * as fixtures from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { type Observed, probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

type Pages = NonNullable<fixtures.HttpOptions['pages']>;
const weakness = (name: string, present: boolean, subject?: string): Fact =>
  ({ kind: 'weakness', protocol: 'http', name, present, ...(subject ? { subject } : {}) }) as Fact;
const service = (one: TcpService): Pick<Row, 'start'> => ({ start: (host) => one.start(host, 0) });

/** Only GET, and few of it. */
const isGentle = ({ transcripts }: Observed) => {
  const sent = transcripts.flatMap(({ entries }) => entries.filter(({ dir }) => dir === 'sent'));
  expect(transcripts.length).toBeLessThanOrEqual(12);
  for (const { bytes } of sent) expect(bytes.toString()).toMatch(/^GET /);
};
const saying = (words: string) => (observed: Observed) => {
  isGentle(observed);
  const { outcome } = observed.attempt;
  expect(outcome.status === 'inconclusive' && outcome.detail).toContain(words);
};
const clear = { protocol: 'http', security: 'none', outcome: 'completed', also: isGentle } as const;
const inside = { protocol: 'http', security: 'tls', outcome: 'completed', also: isGentle } as const;
const open: Pick<Row, 'device' | 'sees'> = { device: 'cannot-tell', sees: [] };

const form = (action = '/login', more = '') =>
  `<html><head>${more}</head><body><form method=post action="${action}"><input name=user><input type=password name=pw></form></body></html>`;
const plain = '<html><title>x</title><p>Nothing here.</p></html>';
const http = (pages: Pages) => service(fixtures.http({ pages }));
const https = (pages: Pages) => service(fixtures.https({ pages }));
const hsts = { 'Strict-Transport-Security': 'max-age=31536000' };
const sid = (flags: string) => ({ 'Set-Cookie': `PHPSESSID=0123456789abcdef${flags}` });
const front = (headers: Record<string, string | string[]>, body = form()): Pages => ({ '/': { headers, body } });
const isOpen = weakness('login-in-clear', true, '/');
const noLogin = weakness('login-in-clear', false);
const sound = [weakness('login-mixed-content', false, '/'), weakness('login-in-clear', false, '/')];
const flags = (name: string, secure: boolean, httpOnly: boolean) => [
  weakness('cookie-not-secure', !secure, name),
  weakness('cookie-not-httponly', !httpOnly, name),
];
const given = weakness('hsts-missing', false);
const missing = weakness('hsts-missing', true);
const raw = (answer: (path: string) => string | undefined): Pick<Row, 'tcp'> => ({
  tcp: (socket: Socket) =>
    socket.once('data', (bytes: Buffer) => {
      const words = answer(/^\S+ (\S+)/.exec(bytes.toString('latin1'))?.[1] ?? '');
      if (words !== undefined) socket.end(words);
    }),
});
const whole = (body: string, head = '200 OK\r\nContent-Type: text/html') =>
  `HTTP/1.1 ${head}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const to = (location: string) => whole('', `302 X\r\nLocation: ${location}`);

probeTest(probe, [
  { ...clear, name: 'a login form', device: 'weak', ...http({ '/': form() }), sees: [isOpen] },
  {
    ...clear,
    name: 'a login form behind a redirect',
    device: 'weak',
    ...raw((path) => (path === '/start' ? whole(form()) : path === '/' ? to('/start') : whole('', '404 No'))),
    sees: [weakness('login-in-clear', true, '/start')],
  },
  {
    ...clear,
    name: 'a login form in a frame',
    device: 'weak',
    ...http({
      '/': '<frameset><frame src="menu.html"><frame src="top.html"></frameset>',
      '/menu.html': plain,
      '/top.html': form(),
    }),
    sees: [weakness('login-in-clear', true, '/top.html')],
  },
  {
    ...clear,
    name: 'a login form that only a link leads to',
    device: 'weak',
    ...http({
      '/': '<body><a href="about.html">about</a>',
      '/about.html': '<a href="/settings.html">s</a>',
      '/settings.html': form(),
    }),
    sees: [weakness('login-in-clear', true, '/settings.html')],
  },
  {
    ...clear,
    name: 'a login form at a declared path',
    device: 'weak',
    declares: {
      services: [{ port: 'dynamic', transport: 'tcp', protocol: 'http', reason: 'x', protects: ['/panel'] }],
    },
    ...http({ '/': plain, '/panel': form() }),
    sees: [weakness('login-in-clear', true, '/panel')],
  },
  {
    ...clear,
    name: 'the same form wherever one asks is one',
    device: 'weak',
    ...raw((path) => whole(form('/do', `<meta name=${path}>`))),
    sees: [isOpen],
  },
  {
    ...clear,
    name: 'a form in the clear that is sent over TLS',
    device: 'weak',
    ...http({ '/': form('https://127.0.0.1/login') }),
    sees: [isOpen],
  },
  {
    ...clear,
    name: 'a field in no form',
    device: 'weak',
    ...http({ '/': '<body><input type=password>' }),
    sees: [isOpen],
  },
  {
    ...clear,
    name: 'Basic',
    device: 'weak',
    ...service(fixtures.http({ challenge: { scheme: 'basic', accounts: { a: 'b' } } })),
    sees: [isOpen],
  },
  {
    ...clear,
    name: 'Basic beside Digest',
    device: 'weak',
    ...raw(() =>
      whole('', '401 No\r\nWWW-Authenticate: Digest realm="x", nonce="1"\r\nWWW-Authenticate: Basic realm="x"'),
    ),
    sees: [isOpen],
  },
  {
    ...clear,
    name: 'Basic at /admin alone',
    device: 'weak',
    ...raw((path) => (path === '/admin' ? whole('', '401 No\r\nWWW-Authenticate: Basic realm="x"') : whole(plain))),
    sees: [weakness('login-in-clear', true, '/admin')],
  },
  {
    ...clear,
    name: 'a login form, and everything else fails',
    device: 'weak',
    ...raw((path) => (path === '/' ? whole(form()) : undefined)),
    limits: { wait: 60 },
    sees: [isOpen],
  },
  {
    ...clear,
    name: 'Digest alone sends no password',
    device: 'sound',
    ...service(fixtures.http({ challenge: { scheme: 'digest', accounts: { a: 'b' } } })),
    sees: [noLogin],
  },
  {
    ...clear,
    name: 'all leads to TLS',
    device: 'sound',
    ...raw((path) => to(`https://127.0.0.1${path}`)),
    sees: [noLogin],
  },
  { ...clear, name: 'pages without a login', device: 'sound', ...http({ '/': plain }), sees: [noLogin] },
  {
    ...clear,
    name: 'a page that refreshes to TLS',
    device: 'sound',
    ...http({ '/': '<html><meta http-equiv=refresh content="0;url=https://127.0.0.1/"></html>' }),
    sees: [noLogin],
  },
  {
    ...clear,
    name: 'a form for a search, and a disabled password',
    device: 'sound',
    ...http({ '/': '<body><form action=/q><input name=q><input type=password name=p disabled></form>' }),
    sees: [noLogin],
  },
  {
    ...clear,
    ...open,
    name: 'pages that scripts make',
    ...http({ '/': '<html><body><div id=app></div><script src=app.js></script></body></html>' }),
    outcome: 'unsupported',
    open: ['weakness'],
  },
  {
    ...clear,
    ...open,
    name: 'a form that asks for something else, and may ask for a login then',
    ...http({ '/': '<body><form method=post><input name=pin></form>' }),
    outcome: 'unsupported',
  },
  {
    ...clear,
    ...open,
    name: 'a link that may do something',
    ...http({ '/': '<body><a href="/update.html">update</a>' }),
    outcome: 'budget',
    also: saying('/update.html was not asked for'),
  },
  {
    ...clear,
    ...open,
    name: 'more pages than are looked at',
    ...http({ '/': `<body>${Array.from({ length: 40 }, (_, i) => `<a href="/${i}.html">x</a>`).join('')}` }),
    outcome: 'budget',
  },
  {
    ...clear,
    ...open,
    name: 'a login of another scheme',
    ...raw(() => whole('', '401 No\r\nWWW-Authenticate: Bearer')),
    outcome: 'unsupported',
  },
  { ...clear, ...open, name: 'a login of no scheme', ...raw(() => whole('', '401 No')), outcome: 'unsupported' },
  { ...clear, ...open, name: 'no page at the front', ...raw(() => whole('{"api":1}')), outcome: 'unsupported' },
  { ...clear, ...open, name: 'nothing at the front', ...raw(() => whole(plain, '404 No')), outcome: 'unsupported' },
  {
    ...clear,
    ...open,
    name: 'all leads to a clear page elsewhere',
    ...raw(() => to('http://router.lan/login')),
    outcome: 'scope',
  },
  {
    ...clear,
    ...open,
    name: 'the usual places are not answered',
    ...raw((path) => (path === '/' ? whole(plain) : undefined)),
    limits: { wait: 60 },
    outcome: 'timeout',
  },
  { ...clear, ...open, name: 'too many requests', ...service(fixtures.tooMany(fixtures.http())), outcome: 'locked' },
  {
    ...clear,
    ...open,
    name: 'too many requests after the front',
    ...service(fixtures.tooMany(fixtures.http({ pages: { '/': plain } }), 1)),
    outcome: 'locked',
  },
  { ...clear, ...open, name: 'a failure', ...raw(() => whole(plain, '500 No')), outcome: 'protocol' },
  {
    ...clear,
    ...open,
    name: 'silence',
    limits: { wait: 60 },
    ...service(fixtures.stall(fixtures.http())),
    outcome: 'timeout',
  },
  {
    ...clear,
    ...open,
    name: 'half a page',
    limits: { wait: 60 },
    ...raw(() => undefined),
    tcp: (socket: Socket) => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n${plain}`),
    outcome: 'timeout',
  },
  {
    ...clear,
    ...open,
    name: 'a drip',
    limits: { wait: 60 },
    ...service(fixtures.drip(fixtures.http(), 20)),
    outcome: 'timeout',
  },
  { ...clear, ...open, name: 'a reset', ...service(fixtures.reset(fixtures.http())), outcome: 'reset' },
  { ...clear, ...open, name: 'a flood', ...service(fixtures.flood(fixtures.http())), outcome: 'protocol' },
  {
    ...clear,
    ...open,
    name: 'a cookie of a megabyte',
    ...raw(() => whole(form(), `200 OK\r\nSet-Cookie: sid=${'x'.repeat(1_000_000)}`)),
    outcome: 'protocol',
  },
  { ...clear, ...open, name: 'a page without end', ...raw(() => whole('<p>x'.repeat(400_000))), outcome: 'protocol' },

  {
    ...inside,
    name: 'a session that is well kept',
    device: 'sound',
    ...https(front({ ...hsts, ...sid('; Secure; HttpOnly; Path=/') })),
    sees: [given, ...flags('PHPSESSID', true, true), ...sound],
  },
  {
    ...inside,
    name: 'no policy, and a session without flags',
    device: 'weak',
    ...https(front(sid(''))),
    sees: [missing, ...flags('PHPSESSID', false, false), ...sound],
  },
  {
    ...inside,
    name: 'a session without HttpOnly, beside what is none',
    device: 'weak',
    ...https(
      front({
        ...hsts,
        'Set-Cookie': ['lang=en', 'csrftoken=9f86d081884c7d659a2feaa0c55ad015', 'sid=4; Secure', 'old=; Max-Age=0'],
      }),
    ),
    sees: [given, ...flags('sid', true, false), ...sound],
  },
  {
    ...inside,
    name: 'a session that loses its flag on another page',
    device: 'weak',
    ...https({
      '/': { headers: { ...hsts, ...sid('; Secure; HttpOnly') }, body: form() },
      '/admin': { headers: sid('; HttpOnly'), body: plain },
    }),
    sees: [given, ...flags('PHPSESSID', false, true), ...sound],
  },
  {
    ...inside,
    name: 'a policy that is taken back',
    device: 'weak',
    ...https(front({ 'Strict-Transport-Security': 'max-age=0', ...sid('; Secure; HttpOnly') })),
    sees: [missing, ...flags('PHPSESSID', true, true), ...sound],
  },
  {
    ...inside,
    name: 'a policy where the front leads to',
    device: 'sound',
    ...https({
      '/': { status: 302, headers: { Location: '/login' }, body: '' },
      '/login': { headers: { ...hsts, ...sid('; Secure; HttpOnly') }, body: form() },
    }),
    sees: [
      given,
      ...flags('PHPSESSID', true, true),
      weakness('login-mixed-content', false, '/login'),
      weakness('login-in-clear', false, '/login'),
    ],
  },
  {
    ...inside,
    name: 'a policy on other pages alone',
    device: 'weak',
    ...https({ '/': plain, '/admin': { headers: hsts, body: plain } }),
    sees: [missing],
  },
  {
    ...inside,
    name: 'Basic, and no policy with its 401',
    device: 'cannot-tell',
    ...service(fixtures.https({ challenge: { scheme: 'basic', accounts: { a: 'b' } } })),
    sees: [],
    outcome: 'unsupported',
    also: saying('/ was answered with 401'),
  },
  {
    ...inside,
    name: 'Basic, and a policy',
    device: 'sound',
    ...service(fixtures.https({ headers: hsts, challenge: { scheme: 'basic', accounts: { a: 'b' } } })),
    sees: [given],
  },
  {
    ...inside,
    name: 'a login without a session before it: its flags are for who logs in',
    device: 'sound',
    ...https(front(hsts)),
    sees: [given, ...sound],
  },
  ...(
    [
      ['a script', '<script src="http://cdn.example/x.js"></script>'],
      ['a style', '<link rel="Stylesheet" href="http://127.0.0.1/x.css">'],
      ['a frame', '<iframe src="HTTP://ads.example/"></iframe>'],
      ['what is embedded', '<object data="http://x.example/a"></object>'],
      ['a base', '<base href="http://127.0.0.1/"><script src=x.js></script>'],
    ] as const
  ).map(
    ([name, more]): Row => ({
      ...inside,
      name: `${name} in the clear on a login page`,
      device: 'weak',
      ...https(front({ ...hsts, ...sid('; Secure; HttpOnly') }, form('https://127.0.0.1/x', more))),
      sees: [
        given,
        ...flags('PHPSESSID', true, true),
        weakness('login-mixed-content', true, '/'),
        weakness('login-in-clear', false, '/'),
      ],
    }),
  ),
  {
    ...inside,
    name: 'a login that is sent in the clear',
    device: 'weak',
    ...https(front({ ...hsts, ...sid('; Secure; HttpOnly') }, form('http://127.0.0.1/login'))),
    sees: [
      given,
      ...flags('PHPSESSID', true, true),
      weakness('login-mixed-content', true, '/'),
      weakness('login-in-clear', true, '/'),
    ],
  },
  {
    ...inside,
    name: 'what is loaded over TLS, relative or with no scheme of its own',
    device: 'sound',
    ...https(
      front(
        { ...hsts, ...sid('; Secure; HttpOnly') },
        form(
          'login',
          '<script src="//cdn.example/x.js"></script><link rel=icon href="http://x/i.png"><link rel=stylesheet href=a.css>',
        ),
      ),
    ),
    sees: [given, ...flags('PHPSESSID', true, true), ...sound],
  },
  {
    ...inside,
    name: 'pages that scripts make, inside TLS',
    device: 'cannot-tell',
    ...https(front({ ...hsts, ...sid('; Secure') }, '<html><script src=app.js></script></html>')),
    sees: [given, ...flags('PHPSESSID', true, false)],
    outcome: 'unsupported',
    also: saying('made by scripts'),
  },
]);
