import { type AttemptDraft, attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import check from './default-credentials-rejected.ts';

type Login = Extract<FactDraft, { kind: 'login' }>;
const ssh = [scan({ tcp: [22] }), recognised('tcp/22', 'ssh')];
const login = (arm: NonNullable<Login['arm']>, accepted: boolean, rest: Partial<Login> = {}): FactDraft => ({
  kind: 'login',
  arm,
  accepted,
  ...rest,
});
const refused = [login('none', false), login('random', false)];
const candidate = (secret: string, accepted = false): FactDraft => login('candidate', accepted, { secret });
const logins = (facts: readonly FactDraft[], rest: Parameters<typeof attempt>[3] = {}): AttemptDraft =>
  attempt('ssh-login', 'camera/tcp/22/ssh', facts, rest);
const hit = [
  candidate('mirai-1', true),
  login('known-user-random', false),
  login('repeat', true, { secret: 'mirai-1', proven: true }),
];

checkTest(check, [
  {
    name: 'every default is rejected',
    attempts: [
      ...ssh,
      logins([...refused, candidate('mirai-1'), candidate('mirai-2')], {
        credentials: { matched: ['mirai-1'], common: ['mirai-2', 'mirai-3'], tried: ['mirai-1', 'mirai-2'] },
      }),
    ],
    verdicts: [['camera/tcp/22', 'pass']],
    more: { 'camera/tcp/22': { coverage: { tried: 2, of: 3, what: 'list entries' }, conditions: [] } },
  },
  {
    name: 'the declared account works before and after: the control held',
    attempts: [...ssh, logins([...refused, login('declared', true), candidate('mirai-1'), login('declared', true)])],
    verdicts: [['camera/tcp/22', 'pass']],
    more: { 'camera/tcp/22': { conditions: ['control-held'] } },
  },
  {
    name: 'the declared account was tried before only',
    attempts: [...ssh, logins([...refused, login('declared', true), candidate('mirai-1')])],
    verdicts: [['camera/tcp/22', 'pass']],
    more: { 'camera/tcp/22': { conditions: [] } },
  },
  {
    name: 'the declared account is refused after the candidates',
    attempts: [...ssh, logins([...refused, login('declared', true), candidate('mirai-1'), login('declared', false)])],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'a default is accepted and its controls hold',
    attempts: [...ssh, logins([...refused, ...hit])],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
    more: { 'camera/tcp/22': { facets: { grants: 'unknown', state: 'operational' } } },
  },
  {
    name: 'a lock was brought about on a test account once all were rejected',
    attempts: [
      ...ssh,
      logins([
        ...refused,
        login('declared', true),
        candidate('mirai-1'),
        login('declared', true),
        { kind: 'throttle', account: 'admin', after: 5, response: 'lock' },
      ]),
    ],
    verdicts: [['camera/tcp/22', 'pass']],
  },
  ...[
    ['of another account', [login('declared', true), { kind: 'throttle', account: 'x', after: 5, response: 'lock' }]],
    [
      'of an account that did not work',
      [
        login('declared', true),
        candidate('mirai-2'),
        { kind: 'throttle', account: 'admin', after: 5, response: 'lock' },
      ],
    ],
    [
      'before the last candidate',
      [
        login('declared', true),
        { kind: 'throttle', account: 'admin', after: 5, response: 'lock' },
        candidate('mirai-2'),
      ],
    ],
  ].map(([name, facts]) => ({
    name: `a lock ${name}, and rejections beside it`,
    attempts: [...ssh, logins([...refused, candidate('mirai-1'), ...(facts as FactDraft[])])],
    verdicts: [['camera/tcp/22', 'inconclusive'] as const],
  })),
  {
    name: 'two defaults are accepted: the one that grants most is told',
    attempts: [
      ...ssh,
      logins([
        ...refused,
        login('repeat', true, { secret: 'mirai-1', proven: true, grants: 'change-only' }),
        login('repeat', true, { secret: 'mirai-2', proven: true, grants: 'full' }),
      ]),
    ],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
    more: { 'camera/tcp/22': { facets: { grants: 'full', state: 'operational' } } },
  },
  {
    name: 'a client certificate is asked of nobody’s list',
    attempts: [
      scan({ tcp: [8883] }),
      recognised('tcp/8883', 'tls', 'mqtt+tls'),
      attempt('mqtt-access', 'camera/tcp/8883/mqtt+tls', [
        login('random', false, { protocol: 'tls' }),
        login('random', false, { protocol: 'mqtt' }),
        login('candidate', false, { protocol: 'mqtt', secret: 'a' }),
      ]),
    ],
    verdicts: [['camera/tcp/8883', 'pass']],
  },
  ...(['full', 'change-only'] as const).map((grants) => ({
    name: `a default is accepted and grants ${grants}`,
    attempts: [
      ...ssh,
      logins([
        ...refused,
        candidate('mirai-1', true),
        login('known-user-random', false),
        login('repeat', true, { secret: 'mirai-1', proven: true, grants }),
      ]),
    ],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive'] as const],
    more: { 'camera/tcp/22': { facets: { grants, state: 'operational' as const } } },
  })),
  {
    name: 'a proven default stands when the attempt broke off after it',
    attempts: [...ssh, logins([...refused, ...hit], { broke: 'reset', open: ['login'] })],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
  },
  {
    name: 'accepted once and then refused',
    attempts: [
      ...ssh,
      logins([
        ...refused,
        candidate('mirai-1', true),
        login('known-user-random', false),
        login('repeat', false, { secret: 'mirai-1', proven: false }),
      ]),
    ],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'accepted, and nobody came to the controls',
    attempts: [...ssh, logins([...refused, candidate('mirai-1', true)], { broke: 'reset', open: ['login'] })],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'the account takes any password',
    attempts: [...ssh, logins([...refused, candidate('mirai-1', true), login('known-user-random', true)])],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'random credentials are accepted',
    attempts: [...ssh, logins([login('none', false), login('random', true)])],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'nobody needs credentials',
    attempts: [...ssh, logins([login('none', true)])],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'no candidate was tried',
    attempts: [...ssh, logins(refused)],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'no random login was tried',
    attempts: [...ssh, logins([candidate('mirai-1')])],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  { name: 'nobody tried to log in', attempts: ssh, verdicts: [['camera/tcp/22', 'inconclusive']] },
  {
    name: 'locked',
    attempts: [...ssh, logins([...refused, candidate('mirai-1')], { broke: 'locked', open: ['login'] })],
    verdicts: [],
    result: 'inconclusive',
  },
  {
    name: 'the budget left none',
    attempts: [...ssh, logins(refused, { broke: 'budget', open: ['login'] })],
    verdicts: [],
  },
  { name: 'timed out', attempts: [...ssh, logins([], { broke: 'timeout' })], verdicts: [] },
  {
    name: 'a lock was seen on the way',
    attempts: [...ssh, logins([...refused, candidate('mirai-1'), { kind: 'throttle', after: 3, response: 'lock' }])],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'a delay was seen on the way, and every answer was clear',
    attempts: [...ssh, logins([...refused, candidate('mirai-1'), { kind: 'throttle', after: 3, response: 'delay' }])],
    verdicts: [['camera/tcp/22', 'pass']],
  },
  {
    name: 'a web page without a login beside SSH',
    attempts: [
      scan({ tcp: [22, 80] }),
      recognised('tcp/22', 'ssh'),
      recognised('tcp/80', 'http'),
      logins([...refused, candidate('mirai-1')]),
      attempt('http-login', 'camera/tcp/80/http', [{ kind: 'access', class: 'discovery' }]),
    ],
    verdicts: [['camera/tcp/22', 'pass']],
  },
  {
    name: 'a web page with a login whose default was rejected',
    attempts: [
      scan({ tcp: [80] }),
      recognised('tcp/80', 'http'),
      attempt('http-login', 'camera/tcp/80/http', [
        login('random', false, { protocol: 'http' }),
        login('candidate', false, { protocol: 'http', secret: 'x' }),
      ]),
    ],
    verdicts: [['camera/tcp/80', 'pass']],
  },
  {
    name: 'a web page alone, without a login',
    attempts: [
      scan({ tcp: [80] }),
      recognised('tcp/80', 'http'),
      attempt('http-login', 'camera/tcp/80/http', [{ kind: 'access', class: 'discovery' }]),
    ],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'a web page that nobody looked at for a login',
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http')],
    verdicts: [['camera/tcp/80', 'inconclusive']],
  },
  {
    name: 'SNMP that nobody tried',
    attempts: [scan({ udp: [161] }), recognised('udp/161', 'snmp')],
    verdicts: [['camera/udp/161', 'inconclusive']],
  },
  { name: 'nothing is open', attempts: [scan({})], verdicts: [['camera', 'not-applicable']] },
  { name: 'nothing is open but a silent SNMP port', attempts: [scan({ silent: [161] })], verdicts: [] },
  {
    name: 'locked in one run and finished in the next',
    runs: [
      { attempts: [...ssh, logins([...refused, candidate('mirai-1')], { broke: 'locked', open: ['login'] })] },
      { attempts: [...ssh, logins([...refused, candidate('mirai-2')])] },
    ],
    verdicts: [['20261122T101500Z:camera/tcp/22', 'pass']],
    result: 'inconclusive',
  },
]);
