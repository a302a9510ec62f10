import { expect } from 'vitest';
import { type AttemptDraft, attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import type { Declaration, DeclaredService } from '../../model/target.ts';
import check from './privileges-separated.ts';

const ACCOUNTS = [
  { user: 'boss', secret: { env: 'A' }, role: 'admin' as const },
  { user: 'viewer', secret: { env: 'B' }, role: 'ordinary' as const },
];
const declares = (adminOnly: string[] = ['/admin'], rest: Partial<DeclaredService> = {}): Declaration => ({
  services: [{ port: 80, transport: 'tcp', protocol: 'http', reason: 'page', adminOnly, ...rest }],
  accounts: ACCOUNTS,
});
const web = [scan({ tcp: [80] }), recognised('tcp/80', 'http')];
const by = (as: 'admin' | 'ordinary', granted: boolean, resource = '/admin', protocol = 'http'): FactDraft => ({
  kind: 'access',
  protocol,
  class: 'setting',
  action: 'read',
  resource,
  authentication: 'required',
  how: 'declared',
  as,
  granted,
});
const tried = (facts: readonly FactDraft[], rest: Parameters<typeof attempt>[3] = {}): AttemptDraft[] => [
  ...web.flat(),
  attempt('http-login', 'camera/tcp/80/http', facts, rest),
];
const held = [by('admin', true), by('ordinary', false), by('admin', true)];
const broken = [by('admin', true), by('ordinary', true), by('admin', true)];

checkTest(check, [
  {
    name: 'an ordinary account is refused what the admin reaches',
    declares: declares(),
    attempts: tried(held),
    verdicts: [['camera/tcp/80/admin-only:/admin', 'pass']],
    more: {
      'camera/tcp/80/admin-only:/admin': {
        conditions: ['control-held'],
        because: 'An ordinary account is refused /admin over HTTP at tcp/80, which the admin reaches.',
      },
    },
  },
  {
    name: 'an ordinary account reaches what is the admin’s',
    declares: declares(),
    attempts: tried(broken),
    verdicts: [['camera/tcp/80/admin-only:/admin', 'fail', 'conclusive']],
    more: {
      'camera/tcp/80/admin-only:/admin': {
        facets: { class: 'setting', action: 'read', state: 'operational' },
        because: 'An ordinary account reaches /admin over HTTP at tcp/80, which is declared for the admin alone.',
      },
    },
  },
  ...[
    ['before', [by('ordinary', true), by('admin', true)]],
    ['after', [by('admin', true), by('ordinary', true)]],
    ['at all', [by('ordinary', true)]],
  ].map(([name, facts]) => ({
    name: `the admin was not seen to reach it ${name}: reached by the other`,
    declares: declares(),
    attempts: tried(facts as FactDraft[]),
    verdicts: [['camera/tcp/80/admin-only:/admin', 'fail', 'indicative'] as const],
  })),
  ...[
    ['before', [by('ordinary', false), by('admin', true)]],
    ['after', [by('admin', true), by('ordinary', false), by('admin', false)]],
    ['of another resource', [by('admin', true, '/x'), by('ordinary', false), by('admin', true, '/x')]],
  ].map(([name, facts]) => ({
    name: `the admin was not seen to reach it ${name}: refused to the other`,
    declares: declares(),
    attempts: tried(facts as FactDraft[]),
    verdicts: [['camera/tcp/80/admin-only:/admin', 'inconclusive'] as const],
  })),
  {
    name: 'the admin is refused too',
    declares: declares(),
    attempts: tried([by('admin', false)]),
    verdicts: [['camera/tcp/80/admin-only:/admin', 'inconclusive']],
  },
  {
    name: 'two attempts: one shows that it is reached',
    declares: declares(),
    attempts: [...tried(held), attempt('http-other', 'camera/tcp/80/http', broken)],
    verdicts: [['camera/tcp/80/admin-only:/admin', 'fail', 'conclusive']],
  },
  {
    name: 'one resource of two was tried',
    declares: declares(['/admin', '/users']),
    attempts: tried(held),
    verdicts: [
      ['camera/tcp/80/admin-only:/admin', 'pass'],
      ['camera/tcp/80/untried', 'inconclusive'],
    ],
    result: 'inconclusive',
    more: {
      'camera/tcp/80/untried': {
        coverage: { tried: 1, of: 2, what: 'resources' },
        because: '/users at tcp/80, declared for the admin alone, was not tried with both roles.',
      },
    },
  },
  {
    name: 'what was reached without a login is no role’s',
    declares: declares(),
    attempts: tried([{ ...by('admin', true), as: undefined, granted: undefined } as FactDraft]),
    verdicts: [['camera/tcp/80/untried', 'inconclusive']],
  },
  {
    name: 'topics of a broker, at any port',
    declares: declares(['admin/#'], { port: 'dynamic', protocol: 'mqtts' }),
    attempts: [
      scan({ tcp: [8883] }),
      recognised('tcp/8883', 'tls', 'mqtt+tls'),
      attempt(
        'mqtt-access',
        'camera/tcp/8883/mqtt+tls',
        held.map((fact) => ({ ...fact, protocol: 'mqtt', resource: 'admin/#' }) as FactDraft),
      ),
    ],
    verdicts: [['camera/tcp/8883/admin-only:admin/#', 'pass']],
  },
  {
    name: 'a protocol over which no probe compares roles',
    declares: declares(['/home'], { port: 22, protocol: 'ssh' }),
    attempts: [scan({ tcp: [22] }), recognised('tcp/22', 'ssh'), attempt('ssh-login', 'camera/tcp/22/ssh', [])],
    verdicts: [['camera/tcp/22/untried', 'inconclusive']],
    more: { 'camera/tcp/22/untried': { because: 'No probe compares roles over SSH at tcp/22.' } },
  },
  {
    name: 'the declared service was not seen',
    declares: declares(),
    attempts: [scan({})],
    verdicts: [['camera/tcp/80', 'inconclusive']],
  },
  {
    name: 'nobody looked',
    declares: declares(),
    attempts: web,
    verdicts: [['camera/tcp/80/untried', 'inconclusive']],
  },
  {
    name: 'timed out',
    declares: declares(),
    attempts: tried([], { broke: 'timeout' }),
    verdicts: [],
    result: 'inconclusive',
  },
  {
    name: 'no resource is declared for the admin',
    declares: { ...declares(), services: [] },
    attempts: tried([]),
    verdicts: [['camera', 'inconclusive']],
    more: { camera: { because: expect.stringMatching(/^No resource is declared that only an admin may reach/) } },
  },
  ...(
    [
      ['admin', [ACCOUNTS[1]!], 'No account of the role "admin" is declared'],
      ['ordinary', [ACCOUNTS[0]!], 'No account of the role "ordinary" is declared'],
      ['two', [], 'No account of the role "admin" and "ordinary" is declared'],
    ] as const
  ).map(([name, accounts, says]) => ({
    name: `an account is missing: ${name}`,
    declares: { ...declares(), accounts: [...accounts] },
    attempts: tried([]),
    verdicts: [['camera', 'inconclusive'] as const],
    more: { camera: { because: `${says}, so that roles cannot be compared.` } },
  })),
  {
    name: 'one role is declared',
    declares: { roles: [{ name: 'owner', may: ['all'] }], accounts: [ACCOUNTS[0]!] },
    attempts: tried([]),
    verdicts: [['camera', 'not-applicable']],
    more: { camera: { restsOn: 'declaration' } },
  },
  ...(
    [
      ['in a sentence', { roles: ['owner'] }],
      ['beside another', { roles: [{ name: 'owner', may: ['all'] }, 'guest'] }],
      ['beside an ordinary account', { roles: [{ name: 'owner', may: ['all'] }], accounts: ACCOUNTS }],
      ['none', {}],
    ] as [string, Declaration][]
  ).map(([name, declared]) => ({
    name: `one role, not plainly: ${name}`,
    declares: declared,
    attempts: tried([]),
    verdicts: [['camera', 'inconclusive'] as const],
  })),
  {
    name: 'one role, and two that were compared',
    declares: { ...declares(), roles: [{ name: 'owner', may: ['all'] }] },
    attempts: tried(broken),
    verdicts: [['camera/tcp/80/admin-only:/admin', 'fail', 'conclusive']],
  },
]);
