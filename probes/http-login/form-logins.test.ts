import type { TcpService } from '../../fixtures/service.ts';
import { type FormSiteOptions, formSite, loginPage, moved, PANEL } from '../../fixtures/services/http-form.ts';
import { acceptAnything, lockOutAfter } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, loginArms } from '../../src/observe/probe.ts';
import { probeTest, type Row } from '../../test/kit/probe.ts';
import { type Asked, follow } from './asked.ts';
import { pageLogins } from './form-facts.ts';

/** The logins alone: what is open without one is told by the whole probe's test. */
const probe = defineProbe({
  id: 'http-form',
  version: '1',
  title: 'HTTP: logins by a form',
  emits: ['login', 'throttle', 'access'],
  impact: 'login',
  appliesTo: () => true,
  async *observe(context) {
    const asked: Asked[] = [{ path: '/', declared: false, ...(await follow(context, '/')) }];
    const logins = await pageLogins(context, asked);
    if (!logins) return;
    const { accepted, authentication } = yield* loginArms(context, logins.protocol);
    if (logins.roles) yield* logins.roles();
    const why = logins.protocol.unsure();
    if (why !== undefined && !accepted && authentication === 'required')
      throw new CannotTell('unsupported', why, ['login']);
  },
});

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const site = (options: Partial<FormSiteOptions> = {}) => formSite({ accounts, ...options });
const accounts = { admin: 'meinsm99' };
const candidates = [
  { id: 'x:1', user: 'admin', secret: 'hunter2&+ü' },
  { id: 'x:2', user: 'admin', secret: 'meinsm99' },
  { id: 'x:3', user: 'root', secret: 'vizxv77' },
];
const common = {
  protocol: 'http',
  candidates,
  limits: { wait: 400 },
  ignore: ['sample', 'milliseconds'],
  never: /hunter2|meinsm99|vizxv77/,
};
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;

const login = (
  arm: string,
  account: string,
  secret: string | undefined,
  accepted: boolean,
  answer: string,
  more = {},
) =>
  ({ kind: 'login', protocol: 'http', account, ...(secret ? { secret } : {}), arm, accepted, answer, ...more }) as Fact;
const again = '200 at the login';
const none = login('none', '', undefined, false, 'a login form');
const random = (answer = again) => login('random', 'random', 'random', false, answer);
const no = (account: string, id: string, answer = again) => login('candidate', account, id, false, answer);
const unthrottled: Fact = { kind: 'throttle', protocol: 'http', account: 'admin', after: 2, response: 'none' };
const past = '302, 200, past the login';
const hit = (
  refused = again,
  answer = past,
  grants: object = { grants: 'full' },
  further = '200, and further pages',
): Fact[] => [
  login('candidate', 'admin', 'x:2', true, answer, { grants: 'unknown' }),
  login('known-user-random', 'admin', 'random', false, refused),
  random(refused),
  login('repeat', 'admin', 'x:2', true, further, { ...grants, proven: true }),
];
const found = (refused = again, answer = past, grants?: object, further?: string) => [
  none,
  random(refused),
  no('admin', 'x:1', refused),
  ...hit(refused, answer, grants, further),
];
const rejected = (refused = again) => [
  none,
  random(refused),
  no('admin', 'x:1', refused),
  no('admin', 'x:2', refused),
  no('root', 'x:3', refused),
  unthrottled,
];
const other = { accounts: { admin: 'Another-1' } };

const any = (arm: string, account: string) => login(arm, account, 'random', true, past, { grants: 'unknown' });
const anyAccess = (path: string, what: string, how: string): Fact =>
  ({
    kind: 'access',
    protocol: 'http',
    class: what,
    action: 'read',
    resource: path,
    authentication: 'any',
    how,
  }) as Fact;
const throttle = (account: string, response: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'http', account, response, after }) as Fact;
const unsure = { ...open, outcome: 'unsupported' as const, open: ['login'] };
const unsent = { ...open, sees: [] as Fact[], outcome: 'unsupported' as const, open: ['login', 'throttle'] };
const flash = (message: string) => moved('/login', { 'Set-Cookie': `flash=${message}; Path=/` });
const failing = (text: string) => ({ body: loginPage(`<p class="error">${text}</p>`) });

probeTest(probe, [
  { name: 'a listed default', ...weak, start: start(site()), sees: found() },
  { name: 'no default', ...sound, start: start(site(other)), sees: rejected() },
  { name: 'a token that changes every time', ...weak, start: start(site({ csrf: true })), sees: found() },
  {
    name: 'a token in a cookie that must come back in a header',
    ...weak,
    start: start(
      site({
        first: ({ method, path, headers, cookies }) =>
          method === 'POST' &&
          (headers['x-xsrf-token'] === undefined || headers['x-xsrf-token'] !== cookies['XSRF-TOKEN'])
            ? { status: 403, body: 'Bad token' }
            : method === 'GET' && path === '/login'
              ? { body: loginPage(), headers: { 'Set-Cookie': 'XSRF-TOKEN=abc12345; Path=/' } }
              : undefined,
      }),
    ),
    sees: found(),
  },
  {
    name: 'back to the login by a redirect, the message in a cookie',
    ...weak,
    start: start(site({ answer: (decision) => (decision === 'rejected' ? flash('wrong') : undefined) })),
    sees: found('302, 200 at the login, a cookie'),
  },
  {
    name: 'a form that accepts anything',
    ...weak,
    start: start(acceptAnything(site())),
    sees: [
      none,
      any('random', 'random'),
      any('random', 'random'),
      anyAccess('/', 'content', 'guessed'),
      anyAccess('/settings', 'setting', 'recognised'),
    ],
  },
  {
    name: 'a known account with any password',
    ...weak,
    start: start(
      site({
        answer: (_decision, user, asking) =>
          user === 'admin' ? moved('/', { 'Set-Cookie': asking.begin(user) }) : undefined,
      }),
    ),
    sees: [
      none,
      random(),
      login('candidate', 'admin', 'x:1', true, past, { grants: 'unknown' }),
      any('known-user-random', 'admin'),
      random(),
      anyAccess('/', 'content', 'guessed'),
      anyAccess('/settings', 'setting', 'recognised'),
    ],
  },
  {
    name: 'unknown accounts and wrong passwords are told apart: neither is an acceptance',
    ...sound,
    start: start(
      site({
        ...other,
        answer: (decision, user) =>
          decision === 'rejected' ? failing(user === 'admin' ? 'Kennwort unpassend' : 'Unbekannt') : undefined,
      }),
    ),
    sees: rejected(),
  },
  {
    name: 'a login that shows the same page: the cookie tells',
    ...weak,
    start: start(
      site({
        answer: (decision, user, asking) =>
          decision === 'accepted'
            ? { ...failing('Wrong user name or password'), headers: { 'Set-Cookie': asking.begin(user) } }
            : undefined,
        pages: {},
        first: ({ path }) => (path === '/' ? moved('/login') : undefined),
      }),
    ),
    sees: found(again, '200 at the login, a cookie', { grants: 'unknown' }, '200, and nothing further'),
  },
  {
    name: 'the login page to everybody, whatever is sent',
    ...unsure,
    start: start(site({ first: () => ({ body: loginPage() }) })),
    sees: rejected(),
  },
  {
    name: 'the login page to everybody, and another word at random',
    ...unsure,
    start: start(site({ first: () => ({ body: loginPage(`<p>${Math.random().toString(36)}</p>`) }) })),
    sees: rejected(),
  },
  {
    name: 'a declared account shows that logins are told apart, where wrong ones get the login page as it is',
    ...sound,
    accounts: [{ user: 'lab', secret: 'OnlyHere1' }],
    start: start(
      site({
        accounts: { lab: 'OnlyHere1' },
        form: () => loginPage(),
        answer: (decision) => (decision === 'rejected' ? { body: loginPage() } : undefined),
      }),
    ),
    sees: [
      none,
      random(),
      login('declared', 'lab', 'declared:lab', true, past, { grants: 'unknown' }),
      ...rejected().slice(2, -1),
      login('declared', 'lab', 'declared:lab', true, past, { grants: 'unknown' }),
      unthrottled,
    ],
    never: /hunter2|meinsm99|vizxv77|OnlyHere1/,
  },
  {
    name: 'a page that says neither yes nor no',
    ...unsure,
    start: start(
      site({
        ...other,
        answer: (decision) => (decision === 'rejected' ? { body: '<html><p>Camera</p></html>' } : undefined),
      }),
    ),
    sees: rejected('200'),
  },
  {
    name: 'a success page with status 401',
    ...weak,
    start: start(
      site({
        answer: (decision, user, asking) =>
          decision === 'accepted'
            ? { status: 401, body: PANEL, headers: { 'Set-Cookie': asking.begin(user) } }
            : undefined,
      }),
    ),
    sees: found(again, '401, past the login', undefined, '401, and further pages'),
  },
  {
    name: 'success by a meta refresh',
    ...weak,
    start: start(
      site({
        answer: (decision, user, asking) =>
          decision === 'accepted'
            ? {
                body: '<html><meta http-equiv=refresh content="0; url=/">',
                headers: { 'Set-Cookie': asking.begin(user) },
              }
            : { body: '<script>alert("no"); window.location = "/login";</script>' },
      }),
    ),
    sees: found('200, 200 at the login', '200, 200, past the login'),
  },
  {
    name: 'words that change at random on every page',
    ...weak,
    start: start(
      site({
        form: (token) => loginPage(`<p>${token.slice(0, 4)} ${token.slice(4, 8)}</p><i>${token.slice(8, 11)}</i>`),
        guard: () => moved('/login'),
      }),
    ),
    sees: found(),
  },
  {
    name: 'an error in no known language, under 401',
    ...sound,
    start: start(
      site({ ...other, answer: (decision) => (decision === 'rejected' ? { status: 401, body: 'Nei' } : undefined) }),
    ),
    sees: rejected('401'),
  },
  {
    name: 'wrong logins are answered with 403: nobody knows whether they were read',
    ...unsure,
    start: start(site({ ...other, answer: () => ({ status: 403, body: 'Bad request' }) })),
    sees: rejected('403'),
  },
  ...(
    [
      ['200', { body: '<html><h1>Account locked</h1></html>' }, 'lock'],
      ['429', { status: 429, body: 'no' }, 'lock'],
      ['302', moved('/locked'), 'lock'],
      ['Retry-After', { status: 200, headers: { 'Retry-After': '60' }, body: loginPage() }, 'lock'],
    ] as const
  ).map(
    ([name, answer, response]): Row => ({
      name: `locks the account, and says so by ${name}`,
      ...open,
      candidates: candidates.slice(0, 2),
      start: start(
        lockOutAfter(site({ answer: (decision) => (decision === 'locked' ? answer : undefined) }), 1, {
          per: 'account',
        }),
      ),
      sees: [none, random(), no('admin', 'x:1'), throttle('admin', response, 2)],
      outcome: 'locked',
      open: ['login'],
    }),
  ),
  ...[403, 503].map(
    (status): Row => ({
      name: `the whole device locks, and says so by ${status}`,
      ...open,
      start: start(
        lockOutAfter(site({ answer: (decision) => (decision === 'locked' ? { status, body: 'no' } : undefined) }), 3),
      ),
      sees: [none, random(), no('admin', 'x:1'), throttle('admin', 'refuse', 2)],
      outcome: 'locked',
      open: ['login'],
    }),
  ),
  {
    name: 'a picture to be read is asked for after failures',
    ...open,
    start: start(
      site({
        form: (_token, { failures }) => loginPage('', undefined, failures > 2 ? '<input name="captcha">' : ''),
      }),
    ),
    sees: [none, random(), throttle('admin', 'lock', 1), throttle('root', 'lock', 1)],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'a login for the whole address: what changed for everybody is no login that is told apart',
    ...open,
    start: start(addressBound()),
    sees: [none, random(), no('admin', 'x:1')],
    outcome: 'protocol',
  },
  {
    name: 'a second factor',
    ...open,
    start: start(
      site({
        answer: (decision) =>
          decision === 'accepted' ? { body: '<form method=post><input name="otp_code"></form>' } : undefined,
      }),
    ),
    sees: [none, random(), no('admin', 'x:1'), no('admin', 'x:2', '200'), no('root', 'x:3'), unthrottled],
    outcome: 'unsupported',
    open: ['login'],
  },
  {
    name: 'a default that only lets the password be changed',
    ...weak,
    start: start(
      site({
        first: ({ session, path, method }) =>
          session !== undefined && method === 'GET' && path !== '/login' && path !== '/change-password'
            ? moved('/change-password')
            : path === '/change-password'
              ? { body: '<form method=post><input type=password name=new><input type=password name=again></form>' }
              : undefined,
      }),
    ),
    sees: found(
      again,
      '302, 302, 200, past the login',
      { grants: 'change-only', changeAsked: true },
      '200, only to change the password',
    ),
  },
  {
    name: 'a default that asks for another password and lets in all the same',
    ...weak,
    start: start(
      site({
        answer: (decision, user, asking) =>
          decision === 'accepted' ? moved('/change-password', { 'Set-Cookie': asking.begin(user) }) : undefined,
        first: ({ path }) =>
          path === '/change-password'
            ? { body: '<form><input type=password name=a><input type=password name=b></form>' }
            : undefined,
      }),
    ),
    sees: found(again, past, { grants: 'full', changeAsked: true }),
  },
  {
    name: 'the login in a frame, with a base and entities and no quotes',
    ...weak,
    start: start(
      site({
        first: ({ path, session }) =>
          path === '/' && session === undefined
            ? { body: '<html><frameset><frame src=/login></frameset></html>' }
            : undefined,
        form: (token) =>
          `<html><base href=/deep/><form action=&#x2e;&#46;/login method=post><input name=csrf type=hidden value=${token}><input name=username><input type=password name=password></form>`,
        csrf: true,
      }),
    ),
    sees: found(),
  },
  {
    name: 'a password alone, sent as parts',
    ...weak,
    start: start(passwordAlone()),
    sees: found().map((fact) => ({ ...fact, account: '' }) as Fact),
  },
  ...(
    [
      ['a script hashes the password', '<script src="/js/md5.js"></script>', undefined],
      ['the form hashes the password', '', 'method=post action=/login onsubmit="pw.value=hex_md5(pw.value)"'],
      ['a script alone sends it', '', 'action="javascript:send()"'],
      ['another host', '', 'method=post action="http://198.51.100.7/login"'],
    ] as const
  ).map(
    ([name, more, attributes]): Row => ({
      name: `what cannot be sent: ${name}`,
      ...unsent,
      start: start(site({ form: () => loginPage(more, attributes) })),
      ...(name === 'another host' ? { sees: [none], open: ['login', 'access', 'throttle'] } : {}),
    }),
  ),
  {
    name: 'a set-up page',
    ...unsent,
    start: start(
      site({ first: () => ({ body: '<form><input type=password name=a><input type=password name=b></form>' }) }),
    ),
  },
  {
    name: 'a form that a script sends in its place',
    ...unsure,
    start: start(
      site({
        ...other,
        form: () => loginPage('<script>f.onsubmit = () => fetch("/api/x")</script>'),
        answer: () => ({ body: loginPage('<b>x</b>') }),
      }),
    ),
    sees: rejected(),
  },
  {
    name: 'a login that nobody answers',
    ...open,
    limits: { wait: 150 },
    start: start(site({ first: ({ method }) => (method === 'POST' ? new Promise(() => {}) : undefined) })),
    sees: [none],
    outcome: 'timeout',
  },
  {
    name: 'a form that is sent to another port of the host',
    ...weak,
    start: twoPorts,
    sees: found(),
  },
  {
    name: 'a marker behind a login that takes anything',
    ...weak,
    markers: [{ name: 'wifi', value: 'MyHome-7' }],
    start: start(acceptAnything(site({ pages: { '/': PANEL.replace('Camera', 'MyHome-7') } }))),
    sees: [
      none,
      any('random', 'random'),
      any('random', 'random'),
      { ...anyAccess('/', 'content', 'marker'), marker: 'wifi' } as Fact,
    ],
  },
  {
    name: 'settings that look like a login are not sent',
    ...sound,
    start: start(
      site({
        first: ({ method }) =>
          method === 'POST'
            ? { status: 500 }
            : { body: '<form method=post action=/goform/set><input name=ssid><input type=password name=psk></form>' },
      }),
    ),
    sees: [],
  },
  {
    name: 'what only the admin may reach',
    ...sound,
    candidates: candidates.slice(0, 1),
    accounts: [
      { user: 'boss', secret: 'OnlyHere1', role: 'admin' },
      { user: 'guest', secret: 'OnlyHere2', role: 'ordinary' },
    ],
    declares: {
      services: [
        { port: 'dynamic', transport: 'tcp', protocol: 'http', reason: 'x', adminOnly: ['/users', '/settings'] },
      ],
    },
    start: start(
      site({
        accounts: { boss: 'OnlyHere1', guest: 'OnlyHere2' },
        pages: {
          '/': PANEL,
          '/users': '<p>users</p>',
          '/settings': '<form method=post><input name=ntp value=x></form>',
        },
        first: ({ path, session }) =>
          path === '/users' && session === 'guest' ? { status: 403, body: 'no' } : undefined,
      }),
    ),
    ignore: ['answer', 'grants', 'milliseconds'],
    sees: [
      none,
      random(),
      declared('boss'),
      declared('guest'),
      no('admin', 'x:1'),
      declared('boss'),
      declared('guest'),
      { ...unthrottled, after: 1 } as Fact,
      role('admin', '/users', true),
      role('ordinary', '/users', false),
      role('admin', '/users', true),
      role('admin', '/settings', true),
      role('ordinary', '/settings', true),
      role('admin', '/settings', true),
    ],
    never: /OnlyHere/,
  },
  {
    name: 'a login page of megabytes',
    ...weak,
    limits: { wait: 300, readBytes: 100_000 },
    start: start(site({ form: () => loginPage() + 'x'.repeat(3_000_000) })),
    sees: found(),
  },
] as Row[]);

/** Whoever comes from where somebody logged in is in. */
function addressBound(): TcpService {
  let isIn = false;
  return site({
    answer: (decision) => {
      isIn ||= decision === 'accepted';
      return decision === 'accepted' ? moved('/') : undefined;
    },
    first: ({ path }) => (isIn && path === '/' ? { body: PANEL.replace('logout', 'leave') } : undefined),
  });
}

function passwordAlone(): TcpService {
  return site({
    accounts: { '': 'meinsm99' },
    userField: '',
    form: () =>
      '<form method=post action=/login enctype=multipart/form-data><input type=password name=password></form>',
    first: () => undefined,
  });
}

/** The page at one port, its target and what is behind it at another; cookies know no ports. */
async function twoPorts(host: string): Promise<{ port: number; close(): Promise<void> }> {
  const target = await site().start(host, 0);
  const page = await site({
    first: ({ path, cookies }) =>
      path === '/login'
        ? { body: loginPage('', `method=post action="http://${host}:${target.port}/login"`) }
        : path === '/' && cookies.sid !== undefined
          ? { body: PANEL }
          : undefined,
  }).start(host, 0);
  return { port: page.port, close: async () => void (await Promise.all([page.close(), target.close()])) };
}

function declared(user: string): Fact {
  return login('declared', user, `declared:${user}`, true, '');
}

function role(as: string, resource: string, granted: boolean): Fact {
  const how = { authentication: 'required', how: 'declared', as, granted };
  return { kind: 'access', protocol: 'http', class: 'setting', action: 'read', resource, ...how } as Fact;
}
