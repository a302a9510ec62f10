import { describe, expect, it } from 'vitest';
import type { Declaration } from '../model/target.ts';
import { type Account, CannotTell, type ProbeContext } from './probe.ts';
import { type RoleAccess, roleAccess } from './roles.ts';

const admin: Account = { user: 'boss', secret: 'Right', role: 'admin' };
const viewer: Account = { user: 'viewer', secret: 'Look', role: 'ordinary' };
const declares = (...adminOnly: string[]): Declaration => ({
  services: [{ port: 80, transport: 'tcp', protocol: 'http', reason: 'page', adminOnly }],
});

type Reached = { granted: boolean; class?: 'secret' };
const yes: Reached = { granted: true };
const no: Reached = { granted: false };
const untold = (reason: 'timeout' | 'locked' | 'protocol', open?: 'login'[]): never => {
  throw new CannotTell(reason, 'words', open);
};
/** The admin gets in, nobody else. */
const separated = (user: string): Reached => (user === 'boss' ? yes : no);

interface Case {
  name: string;
  declares?: Declaration;
  accounts?: Account[];
  reach?: (user: string, resource: string, nth: number) => Reached;
  /** Logins that each account may still send. */
  budget?: number;
  sees: string[];
  ends?: string;
  sent?: string;
  aborted?: boolean;
  /** Looks at the budget after which another service has its answer. */
  underway?: number;
  /** Accounts whose failures in a row are not cleared. */
  failed?: string[];
}

async function run(test: Case) {
  const left = new Map<string, number>();
  const sent: string[] = [];
  const failed: string[] = [];
  const redacted: string[] = [];
  let looks = 0;
  const component = { declares: test.declares ?? declares('/admin') };
  const context = {
    component,
    endpoint: { host: '198.18.0.10', transport: 'tcp', port: 80, protocol: 'http', security: 'none' },
    accounts: test.accounts ?? [viewer, admin],
    limits: { wait: 300 },
    sleep: async () => {},
    signal: { aborted: test.aborted ?? false },
    redact: (secret: string) => redacted.push(secret),
    login: {
      underway: () => looks < (test.underway ?? 0),
      allows: (user: string) =>
        (test.underway === undefined || ++looks > test.underway) && (left.get(user) ?? 0) < (test.budget ?? Infinity),
      sent: (user: string) => {
        left.set(user, (left.get(user) ?? 0) + 1);
        sent.push(user);
        failed.push(user);
      },
      succeeded: (user: string) => failed.splice(failed.indexOf(user), 1),
    },
  } as unknown as ProbeContext;
  let nth = 0;
  const options: RoleAccess = {
    protocol: 'http',
    action: 'read',
    reach: async ({ user, secret }, resource) => {
      expect(redacted).toContain(secret);
      expect(sent.at(-1)).toBe(user);
      return (test.reach ?? separated)(user, resource, ++nth);
    },
  };
  const facts: string[] = [];
  let ends: string | undefined;
  try {
    for await (const fact of roleAccess(context, options)) {
      expect(fact).toMatchObject({ kind: 'access', protocol: 'http', action: 'read', authentication: 'required' });
      expect(fact.how).toBe('declared');
      facts.push(`${fact.as} ${fact.granted ? 'reaches' : 'refused'} ${fact.resource} (${fact.class})`);
    }
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    ends = `${error.reason} ${error.message} [${error.open ?? ''}]`;
  }
  return { facts, ends, sent: sent.join(' '), failed };
}

const [held, refused] = ['admin reaches /admin (setting)', 'ordinary refused /admin (setting)'];

const cases: Case[] = [
  {
    name: 'separated: the admin first and last',
    sees: [held, refused, held],
    sent: 'boss viewer boss',
    failed: [],
  },
  {
    name: 'the ordinary role reaches what is the admin’s, and it is a secret',
    reach: () => ({ granted: true, class: 'secret' }),
    sees: ['admin reaches /admin (secret)', 'ordinary reaches /admin (secret)', 'admin reaches /admin (secret)'],
  },
  {
    name: 'the admin is refused: the other is not tried',
    reach: () => no,
    sees: ['admin refused /admin (setting)'],
    sent: 'boss',
  },
  {
    name: 'the admin is refused at the end',
    reach: (user, _resource, nth) => (user === 'boss' && nth === 1 ? yes : no),
    sees: [held, refused, 'admin refused /admin (setting)'],
  },
  ...(
    [
      ['no ordinary account', [admin]],
      ['no admin account', [viewer]],
      ['an account without a role', [admin, { user: 'x', secret: 'y' }]],
      ['an account of a service', [admin, { user: 'x', secret: 'y', role: 'service' }]],
      ['an account for another protocol', [admin, { ...viewer, on: ['mqtt'] }]],
      ['a client certificate', [admin, { ...viewer, certificate: 'PEM' }]],
    ] as [string, Account[]][]
  ).map(([name, accounts]): Case => ({ name, accounts, sees: [], sent: '' })),
  { name: 'nothing is declared for the admin', declares: declares(), sees: [], sent: '' },
  {
    name: 'declared for another port',
    declares: { services: [{ port: 8080, transport: 'tcp', reason: 'page', adminOnly: ['/admin'] }] },
    sees: [],
    sent: '',
  },
  {
    name: 'declared for a protocol at any port, and twice',
    declares: {
      services: [
        { port: 'dynamic', protocol: 'http', transport: 'tcp', reason: 'page', adminOnly: ['/admin'] },
        { port: '79-81', transport: 'tcp', reason: 'page', adminOnly: ['/admin'] },
      ],
    },
    sees: [held, refused, held],
  },
  {
    name: 'one resource cannot be told: the others are tried',
    declares: declares('/a', '/admin'),
    reach: (user, resource) => (resource === '/a' ? untold('timeout') : separated(user)),
    sees: [held, refused, held],
    ends: 'timeout /a: words [access]',
    failed: ['boss'],
  },
  {
    name: 'an attempt that is over ends it',
    declares: declares('/a', '/admin'),
    aborted: true,
    reach: () => untold('timeout'),
    sees: [],
    ends: 'timeout words []',
    sent: 'boss',
  },
  {
    name: 'what stays open is the probe’s to say',
    reach: (user) => (user === 'viewer' ? untold('locked', ['login']) : yes),
    sees: [held],
    ends: 'locked /admin: words [login]',
  },
  {
    name: 'the budget ends',
    budget: 1,
    sees: [held, refused],
    ends: 'budget /admin: the login budget leaves no login for "boss" [access]',
  },
  {
    name: 'another service waits for an answer to the account',
    underway: 3,
    sees: [held, refused, held],
  },
  {
    name: 'another service waits for too long',
    underway: 1000,
    sees: [],
    ends: 'budget /admin: the login budget leaves no login for "boss" [access]',
  },
  {
    name: 'sixteen resources are tried',
    declares: declares(...Array.from({ length: 20 }, (_, index) => `/${index}`)),
    sees: Array.from({ length: 16 }, (_, index) =>
      ['admin reaches', 'ordinary refused', 'admin reaches'].map((words) => `${words} /${index} (setting)`),
    ).flat(),
  },
];

describe('roleAccess', () => {
  it.each(cases)('$name', async (test) => {
    const { facts, ends, sent, failed } = await run(test);
    expect(facts).toEqual(test.sees);
    expect(ends).toBe(test.ends);
    if (test.sent !== undefined) expect(sent).toBe(test.sent);
    if (test.failed) expect(failed).toEqual(test.failed);
  });

  it('lets a bug be a bug', async () => {
    const bug = () => {
      throw new TypeError('ours');
    };
    await expect(run({ name: '', reach: bug, sees: [] })).rejects.toThrow(TypeError);
  });
});
