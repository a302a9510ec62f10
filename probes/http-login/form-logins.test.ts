import { loginPage, moved, PANEL } from '../../fixtures/services/http-form.ts';
import { acceptAnything, lockOutAfter } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import {
  again,
  any,
  anyAccess,
  candidates,
  failing,
  found,
  login,
  no,
  none,
  open,
  other,
  probe,
  random,
  rejected,
  site,
  sound,
  start,
  throttle,
  unsent,
  unsure,
  unthrottled,
  weak,
} from '../../test/kit/forms.ts';
import { probeTest, type Row } from '../../test/kit/probe.ts';

probeTest(probe, [
  { name: 'no default', ...sound, start: start(site(other)), sees: rejected() },
  { name: 'a token that changes every time', ...weak, start: start(site({ csrf: true })), sees: found() },
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
  {
    name: 'a lock in unknown words of the whole device: no known account',
    ...open,
    start: start(
      site({
        first: ({ method, path, failures }) =>
          method === 'POST' && path === '/login' && failures > 1 ? failing('Zutritt unterbunden') : undefined,
      }),
    ),
    sees: [none, random()],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'a lock in unknown words from the second login on',
    ...open,
    candidates: candidates.slice(0, 1),
    start: start(
      site({
        first: ({ method, path, failures }) =>
          method === 'POST' && path === '/login' && failures > 0 ? failing('Zutritt unterbunden') : undefined,
      }),
    ),
    sees: [none, random(), no('admin', 'x:1'), { ...unthrottled, after: 1 } as Fact],
    outcome: 'unsupported',
    open: ['login'],
  },
  {
    name: 'a page that speaks of locks from the first on, and locks',
    ...open,
    candidates: candidates.slice(0, 2),
    start: start(
      lockOutAfter(
        site({
          form: () => loginPage('<p>The account is locked after 2 failures</p>'),
          answer: (decision) => (decision === 'locked' ? failing('The account is locked') : undefined),
        }),
        1,
        { per: 'account' },
      ),
    ),
    sees: [none, random(), no('admin', 'x:1'), throttle('admin', 'lock', 2)],
    outcome: 'locked',
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
    name: 'a login that nobody answers',
    ...open,
    limits: { wait: 150 },
    start: start(site({ first: ({ method }) => (method === 'POST' ? new Promise(() => {}) : undefined) })),
    sees: [none],
    outcome: 'timeout',
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
] as Row[]);

function declared(user: string): Fact {
  return login('declared', user, `declared:${user}`, true, '');
}

function role(as: string, resource: string, granted: boolean): Fact {
  const how = { authentication: 'required', how: 'declared', as, granted };
  return { kind: 'access', protocol: 'http', class: 'setting', action: 'read', resource, ...how } as Fact;
}
