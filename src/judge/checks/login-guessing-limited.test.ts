import { attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import check, { FAILURES } from './login-guessing-limited.ts';

type Throttle = Extract<FactDraft, { kind: 'throttle' }>;
const ssh = [scan({ tcp: [22] }), recognised('tcp/22', 'ssh')];
const throttle = (rest: Partial<Throttle>): FactDraft => ({ kind: 'throttle', account: 'admin', ...rest });
const logins = (facts: readonly FactDraft[], rest: Parameters<typeof attempt>[3] = {}) => [
  ...ssh,
  attempt('ssh-login', 'camera/tcp/22/ssh', [{ kind: 'login', arm: 'random' }, ...facts], rest),
];

checkTest(check, [
  ...(['delay', 'lock', 'refuse'] as const).map((response) => ({
    name: `after two failures: ${response}`,
    attempts: logins([throttle({ after: 2, response })], { broke: 'locked' as const, open: ['login' as const] }),
    verdicts: [['camera/tcp/22', 'pass'] as const],
  })),
  {
    name: 'a delay says how long',
    attempts: logins([throttle({ after: 1, response: 'delay', milliseconds: 4200.4 })]),
    verdicts: [['camera/tcp/22', 'pass']],
    more: { 'camera/tcp/22': { because: 'SSH at tcp/22 delays further logins by 4200 ms after 1 failure.' } },
  },
  {
    name: 'nothing is done about many failures of one account',
    attempts: logins([throttle({ after: FAILURES + 9, response: 'none' })]),
    verdicts: [['camera/tcp/22', 'fail', 'indicative']],
    more: { 'camera/tcp/22': { coverage: { tried: FAILURES, of: FAILURES, what: 'wrong logins in a row' } } },
  },
  {
    name: 'one failure too few',
    attempts: logins([throttle({ after: FAILURES - 1, response: 'none' })]),
    verdicts: [['camera/tcp/22', 'inconclusive']],
    more: { 'camera/tcp/22': { coverage: { tried: FAILURES - 1, of: FAILURES, what: 'wrong logins in a row' } } },
  },
  {
    name: 'many failures of many accounts are not in a row',
    attempts: logins([throttle({ account: undefined, after: 30, response: 'none' })]),
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'no login failed',
    attempts: logins([]),
    verdicts: [['camera/tcp/22', 'inconclusive']],
    more: { 'camera/tcp/22': { because: 'No wrong logins in a row were tried for one account over SSH at tcp/22.' } },
  },
  { name: 'nobody tried', attempts: ssh, verdicts: [['camera/tcp/22', 'inconclusive']] },
  {
    name: 'timed out',
    attempts: [...ssh, attempt('ssh-login', 'camera/tcp/22/ssh', [], { broke: 'timeout' })],
    verdicts: [],
  },
  {
    name: 'a web page without a login',
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http'), attempt('http-login', 'camera/tcp/80/http')],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'a web page with a login',
    attempts: [
      scan({ tcp: [80] }),
      recognised('tcp/80', 'http'),
      attempt('http-login', 'camera/tcp/80/http', [{ kind: 'login', protocol: 'http', arm: 'random' }]),
    ],
    verdicts: [['camera/tcp/80', 'inconclusive']],
  },
  { name: 'nothing is open', attempts: [scan({})], verdicts: [['camera', 'not-applicable']] },
]);
