import type { TcpService } from '../../fixtures/service.ts';
import { type JsonSiteOptions, jsonSite } from '../../fixtures/services/http-json.ts';
import { acceptAnything, lockOutAfter } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { CannotTell, defineProbe, loginArms } from '../../src/observe/probe.ts';
import { probeTest, type Row } from '../../test/kit/probe.ts';
import { type Asked, follow } from './asked.ts';
import { jsonLogins } from './json-logins.ts';

const probe = defineProbe({
  id: 'http-json',
  version: '1',
  title: 'HTTP: logins in JSON',
  emits: ['login', 'throttle', 'access'],
  impact: 'login',
  appliesTo: () => true,
  async *observe(context) {
    const asked: Asked[] = [];
    for (const path of ['/', '/api/config']) asked.push({ path, declared: false, ...(await follow(context, path)) });
    const json = await jsonLogins(context, asked);
    if (!json) return;
    const { accepted, authentication } = yield* loginArms(context, json);
    const why = json.unsure();
    if (why !== undefined && !accepted && authentication === 'required')
      throw new CannotTell('unsupported', why, ['login']);
  },
});

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const site = (options: Partial<JsonSiteOptions> = {}) => jsonSite({ accounts: { admin: 'meinsm"99' }, ...options });
const candidates = [
  { id: 'x:1', user: 'admin', secret: 'hunter2' },
  { id: 'x:2', user: 'admin', secret: 'meinsm"99' },
  { id: 'x:3', user: 'root', secret: 'vizxv77' },
];
const common = {
  protocol: 'http',
  candidates,
  limits: { wait: 400 },
  ignore: ['sample', 'milliseconds'],
  never: /hunter2|meinsm|vizxv77/,
};
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;
const unsure = { ...open, outcome: 'unsupported' as const, open: ['login'] };

const login = (
  arm: string,
  account: string,
  secret: string | undefined,
  accepted: boolean,
  answer: string,
  more = {},
) =>
  ({ kind: 'login', protocol: 'http', account, ...(secret ? { secret } : {}), arm, accepted, answer, ...more }) as Fact;
const random = (answer: string) => login('random', 'random', 'random', false, answer);
const no = (account: string, id: string, answer: string) => login('candidate', account, id, false, answer);
const unthrottled: Fact = { kind: 'throttle', protocol: 'http', account: 'admin', after: 2, response: 'none' };
const throttle = (account: string, response: string, after: number): Fact =>
  ({ kind: 'throttle', protocol: 'http', account, response, after }) as Fact;
const none = (status = '400') => login('none', '', undefined, false, status);
const hit = (refused: string) => [
  login('candidate', 'admin', 'x:2', true, '200 in JSON', { grants: 'unknown' }),
  login('known-user-random', 'admin', 'random', false, refused),
  random(refused),
  login('repeat', 'admin', 'x:2', true, '200, and further paths', { grants: 'full', proven: true }),
];
const found = (refused = '401 in JSON', empty = '400') => [
  none(empty),
  random(refused),
  no('admin', 'x:1', refused),
  ...hit(refused),
];
const rejected = (refused = '401 in JSON', empty = '400') => [
  none(empty),
  random(refused),
  no('admin', 'x:1', refused),
  no('admin', 'x:2', refused),
  no('root', 'x:3', refused),
  unthrottled,
];
const other = { accounts: { admin: 'Another-1' } };
const any = (arm: string, account: string) => login(arm, account, 'random', true, '200 in JSON', { grants: 'unknown' });
const opened: Fact = {
  kind: 'access',
  protocol: 'http',
  class: 'secret',
  action: 'read',
  resource: '/api/config',
  authentication: 'any',
  how: 'recognised',
};
const in200 = '200 in JSON';

probeTest(probe, [
  { name: 'a listed default', ...weak, start: start(site()), sees: found() },
  { name: 'no default', ...sound, start: start(site(other)), sees: rejected() },
  {
    name: 'fields of other names',
    ...weak,
    start: start(site({ userField: 'user', path: '/api/session' })),
    sees: found(),
  },
  {
    name: 'status 200 for both, and a code',
    ...weak,
    start: start(
      site({
        answer: (decision, _user, token) => ({
          value: decision === 'accepted' ? { code: 0, data: { token } } : { code: 1001 },
        }),
        missing: { value: { code: 1 } },
      }),
    ),
    sees: found(in200, '200'),
  },
  {
    name: 'any login',
    ...weak,
    start: start(acceptAnything(site())),
    sees: [none(), any('random', 'random'), any('random', 'random'), opened],
  },
  {
    name: 'any login gets a token that opens nothing',
    ...open,
    start: start(
      site({
        first: (_method, path, body) =>
          path === '/api/login' && JSON.stringify(body).includes('username')
            ? { value: { token: 'anonymous-1' } }
            : undefined,
      }),
    ),
    sees: [none()],
    outcome: 'protocol',
  },
  {
    name: 'one answer to whatever is sent: no recipe fits',
    ...sound,
    start: start(
      site({ first: (method) => (method === 'POST' ? { status: 401, value: { error: 'unauthorized' } } : undefined) }),
    ),
    sees: [],
  },
  {
    name: 'a login that reads neither name of the fields',
    ...unsure,
    start: start(site({ userField: 'benutzer' })),
    sees: rejected('400 in JSON'),
  },
  {
    name: 'unknown accounts and wrong passwords are told apart: neither is an acceptance',
    ...sound,
    start: start(
      site({
        ...other,
        answer: (decision, user) =>
          decision === 'rejected' && user === 'admin' ? { status: 403, value: { error: 'wrong password' } } : undefined,
      }),
    ),
    candidates: candidates.slice(2),
    sees: [
      none(),
      random('401 in JSON'),
      no('root', 'x:3', '401 in JSON'),
      { ...unthrottled, account: 'root', after: 1 } as Fact,
    ],
  },
  {
    name: 'locks, and says so in JSON',
    ...open,
    start: start(lockOutAfter(site(), 2)),
    sees: [
      none(),
      random('401 in JSON'),
      no('admin', 'x:1', '401 in JSON'),
      throttle('admin', 'lock', 2),
      throttle('root', 'lock', 2),
    ],
    outcome: 'locked',
    open: ['login'],
  },
  {
    name: 'an interface that wants the hash of a challenge',
    ...open,
    start: start(site({ script: 'post("/RPC2_Login")' })),
    sees: [],
    outcome: 'unsupported',
    open: ['login', 'throttle'],
  },
  {
    name: 'half an answer',
    ...open,
    tcp: (socket) =>
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 50\r\n\r\n<html><script>'),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'ubus',
    ...weak,
    start: start(
      site({
        path: '/none',
        first: (method, path, body) => {
          if (method !== 'POST' || path !== '/ubus') return undefined;
          const { params = [] } = body as { params?: [string, string, string, { username: string; password: string }] };
          if (params[2] !== 'login') return { value: { jsonrpc: '2.0', id: 1, result: [0, {}] } };
          const { username, password } = params[3]!;
          const right = username === 'admin' && password === 'meinsm"99';
          return { value: { jsonrpc: '2.0', id: 1, result: right ? [0, { ubus_rpc_session: 'f'.repeat(32) }] : [6] } };
        },
      }),
    ),
    sees: [
      ...found(in200, '200').slice(0, -1),
      login('repeat', 'admin', 'x:2', true, '200, and nothing further', { grants: 'unknown', proven: true }),
    ],
  },
] as Row[]);
