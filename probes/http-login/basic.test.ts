import type { Socket } from 'node:net';
import type { Fact } from '../../src/model/fact.ts';
import type { LoginBudget } from '../../src/observe/probe.ts';
import { probeTest, type Row } from '../../test/kit/probe.ts';
import { httpLogin } from './probe.ts';

// What lies beside a login has its own tests.
const probe = httpLogin({ known: [], settings: ['/settings'] });

const candidates = [
  { id: 'x:1', user: 'admin', secret: 'hunter2' },
  { id: 'x:2', user: 'admin', secret: 'meinsm99' },
];
const RIGHT = 'admin:meinsm99';
const common = {
  protocol: 'http',
  candidates,
  limits: { wait: 300 },
  ignore: ['sample', 'milliseconds'],
  never: /hunter2|meinsm99/,
};

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: readonly string[];
}
type Device = (path: string, login: string | undefined, cookie: string | undefined) => Answer;
const ASKS = 'WWW-Authenticate: Basic realm="x"';

/** Answers each GET by its path and its Basic login; a 401 asks again unless it says otherwise. */
const device = (answer: Device) => ({
  tcp: (socket: Socket): void => {
    let head = '';
    socket.on('data', (bytes) => {
      head += bytes.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      const [, path = '/'] = /^GET (\S+)/.exec(head) ?? [];
      const [, token] = /^Authorization: Basic (\S+)/im.exec(head) ?? [];
      const login = token === undefined ? undefined : Buffer.from(token, 'base64').toString();
      const {
        status,
        body = '',
        headers = status === 401 ? [ASKS] : [],
      } = answer(path, login, /^Cookie: (.*?)\r?$/im.exec(head)?.[1]);
      socket.end(`HTTP/1.0 ${status} x\r\n${['Content-Type: text/html', ...headers].join('\r\n')}\r\n\r\n${body}`);
    });
  },
});

const required = {
  kind: 'access',
  protocol: 'http',
  class: 'content',
  action: 'read',
  resource: '/',
  authentication: 'required',
  how: 'recognised',
} as Fact;
const login = (arm: string, account: string, secret: string, accepted: boolean, answer: string, more = {}): Fact =>
  ({ kind: 'login', protocol: 'http', account, ...(secret ? { secret } : {}), arm, accepted, answer, ...more }) as Fact;
const random = (answer = '401'): Fact => login('random', 'random', 'random', false, answer);
const shut = (answer = '401'): Fact[] => [required, login('none', '', '', false, '401'), random(answer)];
const no = (id: string, answer = '401'): Fact => login('candidate', 'admin', id, false, answer);
const wrong = (answer = '401'): Fact => login('known-user-random', 'admin', 'random', false, answer);
const hit = (answer: string, grants: string, refused = '401'): Fact[] => [
  ...shut(refused),
  no('x:1', refused),
  login('candidate', 'admin', 'x:2', true, answer, { grants }),
  wrong(refused),
  random(refused),
  login('repeat', 'admin', 'x:2', true, answer, { grants, proven: true }),
];
const none2 = { kind: 'throttle', protocol: 'http', account: 'admin', after: 2, response: 'none' } as Fact;
const rejected = (refused = '401'): Fact[] => [...shut(refused), no('x:1', refused), no('x:2', refused), none2];

const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;

const page = (text: string): string =>
  `<html><title>Camera</title>\n<h1>Camera</h1>\n<p>Front door</p>\n<p>${text}</p></html>`;
const look = '401, with what no refused login was shown';
const same = '200, with the page that those without a login get';
/** Two failures for each account, as where nothing is declared. */
const budget = (): LoginBudget => {
  const sent: string[] = [];
  return {
    allows: (user) => sent.filter((each) => each === user).length < 2,
    sent: (user) => void sent.push(user),
    succeeded: () => {},
    stop: () => {},
  };
};
let counter = 0;
const varying = (): string => `<p>Asked at ${['noon', 'dusk', 'dawn', 'night'][counter++ % 4]}</p>`;

const rows: Row[] = [
  {
    name: 'a success page with status 401',
    ...weak,
    ...device((_path, sent) => ({ status: 401, body: page(sent === RIGHT ? 'Live picture' : 'No entry') })),
    sees: hit(look, 'unknown').map((fact) =>
      fact.kind === 'login' && fact.arm === 'repeat' ? ({ ...fact, answer: '401' } as Fact) : fact,
    ),
  },
  {
    name: 'refusals with status 401 that vary by themselves and echo the name',
    ...sound,
    ...device((_path, sent) => ({ status: 401, body: `${page(`No entry for ${sent?.split(':')[0]}`)}${varying()}` })),
    sees: rejected(),
  },
  {
    name: 'refusals with status 401 that tell a known account from others: no login was accepted',
    ...open,
    ...device((_path, sent) => ({
      status: 401,
      body: page(sent?.startsWith('admin:') ? 'That is not the word' : 'Nobody of that name'),
    })),
    sees: [
      ...shut(),
      login('candidate', 'admin', 'x:1', true, look, { grants: 'unknown' }),
      wrong(),
      random(),
      login('repeat', 'admin', 'x:1', false, '401', { proven: false }),
    ],
    outcome: 'protocol',
    open: ['login'],
  },
  {
    name: 'random credentials get status 401 and a page of settings',
    ...open,
    ...device((_path, sent) => ({
      status: 401,
      body: sent ? '<html><form method=post><input name=ntp value=pool></form></html>' : page('No entry'),
    })),
    sees: shut().slice(0, 2),
    outcome: 'protocol',
    open: ['login', 'access', 'throttle'],
  },
  {
    name: 'a 401 that does not ask again is "not now"',
    ...open,
    ...device((_path, sent) => ({ status: 401, headers: sent === RIGHT ? [] : [ASKS] })),
    sees: [...shut(), no('x:1'), random()],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'a 401 that says locked',
    ...open,
    ...device((_path, sent) => ({
      status: 401,
      body: sent === RIGHT ? '<p>The account admin is locked</p>' : '<p>No entry</p>',
    })),
    sees: [
      ...shut(),
      no('x:1'),
      { kind: 'throttle', protocol: 'http', account: 'admin', after: 2, response: 'lock' } as Fact,
    ],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'any login is shown another one: neither open nor refused',
    ...open,
    ...device((_path, sent) =>
      sent
        ? { status: 200, body: '<html><form><input name=u><input type=password name=p></form></html>' }
        : { status: 401 },
    ),
    sees: shut().slice(0, 2),
    outcome: 'unsupported',
    open: ['login', 'access', 'throttle'],
  },
  {
    name: 'a cookie of the challenge, wanted back',
    ...weak,
    ...device((_path, sent, cookie) =>
      sent === RIGHT && cookie === 'pre=1'
        ? { status: 200, body: page('Live') }
        : { status: 401, headers: [ASKS, 'Set-Cookie: pre=1; Path=/'] },
    ),
    sees: hit('200', 'full'),
  },
  {
    name: 'another realm for which the budget has nothing left',
    ...open,
    declares: {
      services: [{ port: 'dynamic', transport: 'tcp', protocol: 'http', reason: 'settings', protects: ['/live'] }],
    },
    login: budget(),
    ...device((path) => ({
      status: 401,
      headers: [path === '/live' ? 'WWW-Authenticate: Basic realm="other"' : ASKS],
    })),
    sees: [
      required,
      { ...required, class: 'setting', resource: '/live', how: 'declared' } as Fact,
      ...rejected().slice(1),
      ...shut().slice(1),
    ],
    outcome: 'budget',
    open: ['login'],
  },
  {
    name: 'words of locks that everybody is shown',
    ...weak,
    ...device((_path, sent) => ({
      status: sent === RIGHT ? 200 : 401,
      body: page(`${sent ? 'No entry' : 'Please log in'}</p><p>An account is locked after 3 failures`),
    })),
    sees: hit('200', 'full'),
  },
  {
    name: 'a login that shows the same page, told by its cookie',
    ...weak,
    ...device((_path, sent) =>
      sent === undefined
        ? { status: 401, body: page('Welcome') }
        : { status: 200, body: page('Welcome'), headers: sent === RIGHT ? ['Set-Cookie: sid=1234'] : [] },
    ),
    sees: hit('200', 'full', same),
  },
  {
    name: 'a cookie for everybody tells nothing',
    ...sound,
    ...device((_path, sent) =>
      sent === undefined
        ? { status: 401, body: page('Welcome') }
        : { status: 200, body: page('Welcome'), headers: [`Set-Cookie: sid=${counter++}`] },
    ),
    sees: rejected(same),
  },
  {
    name: 'refusals and the page share their frame',
    ...weak,
    ...device((_path, sent) =>
      sent === undefined
        ? { status: 401 }
        : { status: 200, body: page(sent === RIGHT ? 'Live picture' : 'Wrong password') },
    ),
    sees: hit('200', 'full', '200, refused in its words'),
  },
  {
    name: 'the right login is led to another login: nobody knows what it is good for',
    ...open,
    ...device((_path, sent) =>
      sent === RIGHT ? { status: 302, headers: ['Location: http://192.0.2.1/login2'] } : { status: 401 },
    ),
    sees: [...shut(), no('x:1'), no('x:2', '302, another login'), none2],
    outcome: 'unsupported',
    open: ['login'],
  },
  {
    name: 'a default that only lets the password be changed',
    ...weak,
    declares: {
      services: [{ port: 'dynamic', transport: 'tcp', protocol: 'http', reason: 'settings', protects: ['/live'] }],
    },
    ...device((_path, sent) =>
      sent === RIGHT
        ? {
            status: 200,
            body: '<html><p>Choose a new password</p><form method=post><input type=password name=a><input type=password name=b></form></html>',
          }
        : { status: 401 },
    ),
    sees: [
      required,
      { ...required, class: 'setting', resource: '/live', how: 'declared' } as Fact,
      ...hit('200', 'full')
        .slice(1)
        .map((fact) =>
          fact.kind === 'login' && fact.arm === 'repeat'
            ? ({ ...fact, grants: 'change-only', changeAsked: true, answer: '200; nothing else was reached' } as Fact)
            : fact,
        ),
    ],
  },
  {
    name: 'a default that asks for a new password, and lets everything be read before',
    ...weak,
    ...device((path, sent) =>
      sent !== RIGHT
        ? { status: 401 }
        : path === '/'
          ? {
              status: 200,
              body: '<html><form method=post><input type=password name=a><input type=password name=b></form></html>',
            }
          : path === '/settings'
            ? { status: 200, body: page('Settings') }
            : { status: 404 },
    ),
    sees: hit('200', 'full').map((fact) =>
      fact.kind === 'login' && fact.arm === 'repeat'
        ? ({ ...fact, changeAsked: true, answer: '200; /settings was reached' } as Fact)
        : fact,
    ),
  },
  {
    name: 'names and words that no header carries as they are',
    ...sound,
    candidates: [
      { id: 'x:1', user: 'a:b', secret: 'hunter2' },
      { id: 'x:3', user: 'root', secret: 'пароль-hunter2' },
      { id: 'x:4', user: 'guest', secret: 'long-hunter2'.repeat(60) },
    ],
    ...device((_path, sent) => ({ status: (sent?.length ?? 0) > 500 ? 431 : 401 })),
    sees: [
      ...shut(),
      login('candidate', 'a:b', 'x:1', false, 'not sent: Basic carries no such name'),
      login('candidate', 'root', 'x:3', false, '401'),
      login('candidate', 'guest', 'x:4', false, '431: too long for the server'),
      { ...none2, account: 'root', after: 1 } as Fact,
    ],
  },
  {
    name: 'another realm beside the first is another login',
    ...weak,
    declares: {
      services: [{ port: 'dynamic', transport: 'tcp', protocol: 'http', reason: 'settings', protects: ['/live'] }],
    },
    ...device((path, sent) =>
      path === '/live'
        ? { status: sent === RIGHT ? 200 : 401, headers: ['WWW-Authenticate: Basic realm="other"'], body: page('Live') }
        : { status: 401 },
    ),
    sees: [
      required,
      { ...required, class: 'setting', resource: '/live', how: 'declared' } as Fact,
      ...rejected().slice(1),
      ...hit('200', 'full').slice(1),
    ],
  },
];
probeTest(probe, rows);
