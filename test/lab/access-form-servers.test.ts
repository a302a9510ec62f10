import type { TcpService } from '../../fixtures/service.ts';
import { loginPage, moved, PANEL } from '../../fixtures/services/http-form.ts';
import { acceptAnything, lockOutAfter } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import {
  again,
  any,
  anyAccess,
  flash,
  found,
  login,
  no,
  none,
  open,
  other,
  past,
  probe,
  random,
  rejected,
  site,
  sound,
  start,
  throttle,
  unsure,
  unthrottled,
  weak,
} from '../kit/forms.ts';
import { probeTest, type Row } from '../kit/probe.ts';

probeTest(probe, [
  { name: 'a listed default', ...weak, start: start(site()), sees: found() },
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
