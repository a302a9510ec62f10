import { expect } from 'vitest';
import { type AttemptDraft, attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import check from './default-credentials-change-forced.ts';

type Login = Extract<FactDraft, { kind: 'login' }>;
const ssh = [scan({ tcp: [22] }), recognised('tcp/22', 'ssh')];
const login = (arm: NonNullable<Login['arm']>, accepted: boolean, rest: Partial<Login> = {}): FactDraft => ({
  kind: 'login',
  arm,
  accepted,
  ...rest,
});
const shut = [login('none', false), login('random', false)];
const rejects = [...shut, login('candidate', false, { secret: 'mirai-1' })];
const takes = (rest: Partial<Login> = {}): FactDraft[] => [
  ...shut,
  login('candidate', true, { secret: 'mirai-1' }),
  login('known-user-random', false),
  login('repeat', true, { secret: 'mirai-1', proven: true, ...rest }),
];
const logins = (facts: readonly FactDraft[], rest: Parameters<typeof attempt>[3] = {}): AttemptDraft =>
  attempt('ssh-login', 'camera/tcp/22/ssh', facts, rest);

const both = [scan({ tcp: [22, 80] }), recognised('tcp/22', 'ssh'), recognised('tcp/80', 'http')];
const web = (facts: readonly FactDraft[], rest: Parameters<typeof attempt>[3] = {}): AttemptDraft =>
  attempt(
    'http-login',
    'camera/tcp/80/http',
    facts.map((fact) => ({ ...fact, protocol: 'http' }) as FactDraft),
    rest,
  );

checkTest(check, [
  {
    name: 'the default lets one do nothing but choose a new password',
    attempts: [...ssh, logins(takes({ grants: 'change-only', changeAsked: true }))],
    verdicts: [['camera/tcp/22', 'pass']],
    more: {
      'camera/tcp/22': {
        facets: { grants: 'change-only', state: 'operational' },
        because:
          'SSH at tcp/22 takes the listed default mirai-1 for the account "admin" for nothing but the choice of a new password; whether that may be the old one was not tried.',
      },
    },
  },
  {
    name: 'the change is asked for and can be skipped',
    attempts: [...ssh, logins(takes({ grants: 'full', changeAsked: true }))],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
    more: { 'camera/tcp/22': { because: expect.stringMatching(/lets one do more without giving one\.$/) } },
  },
  {
    name: 'no change is asked for',
    attempts: [...ssh, logins(takes({ grants: 'full' }))],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
    more: { 'camera/tcp/22': { because: expect.stringMatching(/without asking for a new password\.$/) } },
  },
  ...(['factory-default', 'onboarding', 'reset'] as const).flatMap((state) => [
    {
      name: `no change is asked for before set-up: ${state}`,
      state,
      attempts: [...ssh, logins(takes({ grants: 'full' }))],
      verdicts: [['camera/tcp/22', 'fail', 'indicative'] as const],
    },
    {
      name: `a change that can be skipped before set-up: ${state}`,
      state,
      attempts: [...ssh, logins(takes({ grants: 'full', changeAsked: true }))],
      verdicts: [['camera/tcp/22', 'fail', 'conclusive'] as const],
    },
  ]),
  ...(['unknown', undefined] as const).flatMap((grants) =>
    [true, undefined].map((changeAsked) => ({
      name: `what it grants is not known: ${grants}, asked: ${changeAsked}`,
      attempts: [...ssh, logins(takes({ ...(grants && { grants }), ...(changeAsked && { changeAsked }) }))],
      verdicts: [['camera/tcp/22', 'inconclusive'] as const],
      more: { 'camera/tcp/22': { facets: { grants: 'unknown', state: 'operational' } as const } },
    })),
  ),
  {
    name: 'two defaults: the one that grants most is told',
    attempts: [
      ...ssh,
      logins([
        ...takes({ grants: 'change-only' }),
        login('repeat', true, { account: 'root', secret: 'mirai-2', proven: true, grants: 'full' }),
      ]),
    ],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
  },
  {
    name: 'forced over one service and not over the other',
    attempts: [...both, logins(takes({ grants: 'full' })), web(takes({ grants: 'change-only', changeAsked: true }))],
    verdicts: [
      ['camera/tcp/22', 'fail', 'conclusive'],
      ['camera/tcp/80', 'pass'],
    ],
  },
  {
    name: 'forced over one service, rejected over the other',
    attempts: [...both, logins(rejects), web(takes({ grants: 'change-only', changeAsked: true }))],
    verdicts: [['camera/tcp/80', 'pass']],
  },
  {
    name: 'forced over one service, nobody looked at the other',
    attempts: [...both, web(takes({ grants: 'change-only', changeAsked: true }))],
    verdicts: [
      ['camera/tcp/22', 'inconclusive'],
      ['camera/tcp/80', 'pass'],
    ],
    result: 'inconclusive',
  },
  {
    name: 'no default is accepted anywhere',
    attempts: [...both, logins(rejects), web([])],
    verdicts: [['camera', 'not-applicable']],
    more: {
      camera: {
        because: 'No listed default was accepted: the one service with a login rejected all that were tried.',
        basis: expect.arrayContaining(['ssh-login@camera/tcp/22', 'http-login@camera/tcp/80']),
      },
    },
  },
  {
    name: 'no default is accepted at one service, and the other locks',
    attempts: [...both, logins(rejects), web(rejects, { broke: 'locked', open: ['login'] })],
    verdicts: [],
    result: 'inconclusive',
  },
  {
    name: 'accepted, and its controls did not hold',
    attempts: [...ssh, logins([...shut, login('candidate', true, { secret: 'mirai-1' })])],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'lets everybody in',
    attempts: [...ssh, logins([login('none', true)])],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'none was tried',
    attempts: [...ssh, logins(shut)],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  { name: 'nobody looked', attempts: ssh, verdicts: [['camera/tcp/22', 'inconclusive']] },
  {
    name: 'timed out',
    attempts: [...ssh, logins([], { broke: 'timeout' })],
    verdicts: [],
    result: 'inconclusive',
  },
  {
    name: 'a page without a login',
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http'), web([])],
    verdicts: [['camera', 'not-applicable']],
  },
  { name: 'nothing is open', attempts: [scan({})], verdicts: [['camera', 'not-applicable']] },
]);
