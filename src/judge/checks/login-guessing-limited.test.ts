import { expect } from 'vitest';
import { attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import check, { FAILURES } from './login-guessing-limited.ts';

type Throttle = Extract<FactDraft, { kind: 'throttle' }>;
const ssh = [scan({ tcp: [22] }), recognised('tcp/22', 'ssh')];
const throttle = (rest: Partial<Throttle>): FactDraft => ({ kind: 'throttle', account: 'admin', ...rest });
const works = { kind: 'login', arm: 'declared', account: 'admin', accepted: true, protocol: 'ssh' } as const;
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
  ...(
    [
      ['the device stops with it', { state: 'stopped' }, [], 'inconclusive'],
      ['the device stops, and had answered a login after it', { state: 'stopped' }, [works], 'pass'],
      ['the device answers', { state: 'answered' }, [], 'pass'],
    ] as const
  ).map(([name, alive, after, verdict]) => ({
    name: `a refusal, and ${name}`,
    attempts: [
      ...logins([throttle({ after: 2, response: 'refuse' }), ...after], { broke: 'locked', open: ['login'] }),
      attempt('liveness', 'camera', [{ kind: 'liveness', port: 22, ...alive }]),
    ],
    verdicts: [['camera/tcp/22', verdict] as const],
  })),
  {
    name: 'a connection that broke off, and nobody takes a new one: a ban looks like it, and so does a service that died',
    attempts: logins([throttle({ after: 2, response: 'refuse', broken: true })], { broke: 'locked', open: ['login'] }),
    verdicts: [['camera/tcp/22', 'inconclusive']],
    more: {
      'camera/tcp/22': {
        because:
          'SSH at tcp/22 gave no more answers after 2 failures, and took no more connections: whether it refuses further logins is not known.',
      },
    },
  },
  {
    name: 'a lock that was said, and the device stops',
    attempts: [
      ...logins([throttle({ after: 2, response: 'refuse' }), throttle({ after: 2, response: 'lock' })]),
      attempt('liveness', 'camera', [{ kind: 'liveness', port: 22, state: 'stopped' }]),
    ],
    verdicts: [['camera/tcp/22', 'pass']],
  },
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
    name: 'nothing is done, and the right password shows it',
    attempts: logins([throttle({ after: FAILURES, response: 'none' }), works]),
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
    more: {
      'camera/tcp/22': {
        because:
          'SSH at tcp/22 answered 10 wrong logins in a row for the account "admin" at full speed, and took its own password right after them.',
      },
    },
  },
  {
    name: 'nothing is done, and the attempt breaks off after it was shown',
    attempts: logins([throttle({ after: FAILURES, response: 'none' }), works], {
      broke: 'timeout',
      open: ['login', 'throttle'],
    }),
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
  },
  ...[
    ['before them', [works, throttle({ after: FAILURES, response: 'none' })]],
    ['of another account', [throttle({ after: FAILURES, response: 'none' }), { ...works, account: 'x' }]],
    ['over TLS alone', [throttle({ after: FAILURES, response: 'none' }), { ...works, protocol: 'tls' }]],
    ['refused', [throttle({ after: FAILURES, response: 'none' }), { ...works, accepted: false }]],
    ['a listed one', [throttle({ after: FAILURES, response: 'none' }), { ...works, arm: 'repeat' }]],
  ].map(([name, facts]) => ({
    name: `the right password is no proof: ${name}`,
    attempts: logins(facts as FactDraft[]),
    verdicts: [['camera/tcp/22', 'fail', 'indicative'] as const],
  })),
  {
    name: 'the right password after too few failures',
    attempts: logins([throttle({ after: FAILURES - 1, response: 'none' }), works]),
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'a delay that is there from the first on is neither',
    attempts: logins([
      throttle({ after: 30, response: 'none', account: 'root' }),
      throttle({ after: FAILURES, response: 'none', milliseconds: 2000 }),
      works,
    ]),
    verdicts: [['camera/tcp/22', 'inconclusive']],
    more: { 'camera/tcp/22': { because: expect.stringMatching(/only after 2000 ms, and no later for being many/) } },
  },
  {
    name: 'one account is limited, another is not',
    attempts: logins([
      throttle({ after: 3, response: 'lock', account: 'root' }),
      throttle({ after: FAILURES, response: 'none' }),
      works,
    ]),
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  ...(
    [
      ['works again', [works], ' The account "admin" worked again afterwards.'],
      ['was not seen to work', [], ' That the account "admin" works again was not seen.'],
    ] as const
  ).map(([name, facts, says]) => ({
    name: `a lock, and the declared account ${name}`,
    declares: { accounts: [{ user: 'admin', secret: { env: 'A' }, test: true }] },
    attempts: logins([throttle({ after: 4, response: 'lock' }), ...facts]),
    verdicts: [['camera/tcp/22', 'pass'] as const],
    more: { 'camera/tcp/22': { because: `SSH at tcp/22 locks further logins after 4 failures.${says}` } },
  })),
  {
    name: 'nobody guesses a client certificate',
    attempts: [
      scan({ tcp: [8883] }),
      recognised('tcp/8883', 'tls', 'mqtt+tls'),
      attempt('mqtt-access', 'camera/tcp/8883/mqtt+tls', [
        { kind: 'login', protocol: 'tls', arm: 'random' },
        { kind: 'throttle', protocol: 'tls', account: 'a', after: 20, response: 'none' },
      ]),
    ],
    verdicts: [['camera/tcp/8883', 'inconclusive']],
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
    more: {
      'camera/tcp/22': {
        because: expect.stringMatching(
          /^No wrong logins in a row were tried for one account over SSH at tcp\/22; declare an account/,
        ),
      },
    },
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
