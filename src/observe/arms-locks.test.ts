import { describe, expect, it, test } from 'vitest';
import {
  accepted,
  admin,
  admin2,
  type Case,
  guest,
  knows,
  locked,
  rejected,
  root,
  runArms,
  type Step,
  tryCase,
} from '../../test/kit/arms.ts';
import type { LoginAnswer } from './arms.ts';
import { cannotCarry } from './arms-words.ts';
import { type Account, CannotTell } from './probe.ts';

const required = 'access required';
const shut = ['random random/random out', required];
const lab: Account = { user: 'lab', secret: 'Right' };
const no = { reason: 'locked', open: ['login'] };

/** A device that, after so many failures of all or of one account, does this to every further login. */
const after = (
  failures: number,
  per: 'account' | 'all',
  then: (user: string) => LoginAnswer,
  right: Record<string, string> = {},
): Step => {
  const failed = new Map<string, number>();
  return (user, secret) => {
    const key = per === 'all' ? '' : user;
    const count = failed.get(key) ?? 0;
    if (count >= failures) return then(user);
    if (right[user] === secret) return accepted;
    failed.set(key, count + 1);
    return rejected;
  };
};
const gone = (reason: 'refused' | 'reset' | 'timeout') => (): LoginAnswer => {
  throw new CannotTell(reason, 'gone');
};
const five = [admin, admin2, { id: 'list:7', user: 'admin', secret: 'c' }, root, guest];
const out = (...ids: string[]) => ids.map((id) => `candidate ${id} out`);

/** Twice each: once to all who come, once to the one account. */
const locks: Case[] = [
  ...(['429', '423', '403', '503', '200 locked', '302 locked', '421', 'CONNACK 5'] as const).map(
    (answer): Case => ({
      name: `an account that is locked (${answer}) stops, the others go on, and the device is told`,
      attempt: after(2, 'account', () => ({ result: 'throttled', answer, response: 'lock' })),
      candidates: five,
      sees: [
        ...shut,
        ...out('admin/list:1', 'admin/list:2'),
        'throttle admin lock after 3',
        ...out('root/list:3', 'guest/list:4'),
      ],
      ends: { ...no, says: /"admin"; not answered: list:7/ },
      tried: ['list:1', 'list:2', 'list:3', 'list:4'],
      sent: '? admin admin admin root guest',
      locks: ['admin'],
    }),
  ),
  {
    name: 'an address that is locked: the second account shows it, and nothing more is sent',
    attempt: after(3, 'all', () => locked),
    candidates: five,
    sees: [
      ...shut,
      ...out('admin/list:1', 'admin/list:2'),
      'throttle admin lock after 3',
      'throttle root lock after 3',
    ],
    ends: { ...no, says: /2 accounts in a row/ },
    sent: '? admin admin admin root',
    locks: ['all'],
  },
  ...(['refused', 'reset', 'timeout'] as const).map(
    (reason): Case => ({
      name: `a service that goes away (${reason}) after failures: random credentials show it`,
      attempt: after(3, 'all', gone(reason)),
      candidates: five,
      sees: [...shut, ...out('admin/list:1', 'admin/list:2'), 'throttle admin broken refuse after 3'],
      ends: { ...no, says: new RegExp(`\\(${reason}\\), and so was a random one`) },
      sent: '? admin admin admin ?',
      locks: ['all'],
    }),
  ),
  {
    name: 'an account that is dropped in silence while others are answered is no throttle for certain',
    attempt: after(2, 'account', gone('timeout')),
    candidates: [admin, admin2, { id: 'list:7', user: 'admin', secret: 'c' }, root],
    sees: [...shut, ...out('admin/list:1', 'admin/list:2'), 'random random/random out', ...out('root/list:3')],
    ends: { ...no, says: /"admin"; not answered: list:7/ },
    locks: [],
  },
  {
    name: 'each failure takes twice as long as the one before',
    attempt: (_user, _secret, nth) => ({ result: 'rejected', answer: 'no', milliseconds: 250 * 2 ** nth }),
    candidates: [admin, root, guest, ...['a', 'b', 'c'].map((user) => ({ id: user, user, secret: user }))],
    sees: [
      ...shut,
      ...out('admin/list:1', 'root/list:3', 'guest/list:4', 'a/a'),
      'throttle b delay after 5',
      'throttle c delay after 5',
    ],
    ends: { ...no, says: /2 accounts in a row/ },
  },
  {
    name: 'thirty seconds after each failure: what was tried in time counts, and nothing more is sent',
    attempt: () => ({ result: 'rejected', answer: 'no', milliseconds: 30_000 }),
    candidates: five,
    sees: [...shut, ...out('admin/list:1'), 'throttle admin none after 1'],
    ends: { authentication: 'required' },
    tried: ['list:1'],
    sent: '? admin',
  },
  {
    name: 'a lock that says nothing: the declared account is refused in the end, twice',
    accounts: [lab],
    attempt: after(3, 'all', () => rejected, { lab: 'Right' }),
    candidates: five,
    sees: [
      ...shut,
      'declared lab/declared:lab in',
      ...out('admin/list:1', 'admin/list:2', 'admin/list:7', 'root/list:3', 'guest/list:4'),
      'declared lab/declared:lab out',
      'declared lab/declared:lab out',
      'throttle lab lock after 6',
    ],
    ends: { ...no, says: /"lab" was accepted before 6 failures and refused after them/ },
    locks: ['all'],
  },
  {
    name: 'a lock that says nothing, and no budget for a second look: no throttle is claimed',
    accounts: [{ user: 'admin', secret: 'Right' }],
    attempt: after(2, 'account', () => rejected, { admin: 'Right' }),
    candidates: [admin, admin2],
    budget: 2,
    sees: [
      ...shut,
      'declared admin/declared:admin in',
      ...out('admin/list:1', 'admin/list:2'),
      'declared admin/declared:admin out',
    ],
    ends: { ...no, says: /accepted before 3 failures and refused after them/ },
    sent: '? admin admin admin admin',
  },
  {
    name: 'a declared account that is refused once only: nothing is believed',
    accounts: [lab],
    attempt: (user, secret, nth) => (nth === 4 ? rejected : knows({ lab: 'Right' })(user, secret, nth)),
    candidates: [admin],
    sees: [
      ...shut,
      'declared lab/declared:lab in',
      ...out('admin/list:1'),
      'declared lab/declared:lab out',
      'declared lab/declared:lab in',
    ],
    ends: { reason: 'protocol', open: ['login'], says: /refused once and then accepted/ },
    locks: [],
  },
];

const elsewhere: Case[] = [
  ...(['refused', 'reset', 'timeout'] as const).map(
    (reason): Case => ({
      name: `${reason} at the first login, when another service has locked us out, is that lock`,
      attempt: gone(reason),
      elsewhere: { '': 'tcp/80' },
      sees: [],
      ends: {
        reason: 'locked',
        open: ['login', 'access', 'throttle'],
        says: new RegExp(`${reason}, when tcp/80 had stopped`),
      },
    }),
  ),
  {
    name: 'an account that another service locked is not sent here, and says so',
    attempt: knows({}),
    elsewhere: { admin: 'tcp/80' },
    candidates: five,
    sees: [...shut, ...out('root/list:3', 'guest/list:4'), 'throttle root none after 1'],
    ends: { ...no, says: /meanwhile the device locked "admin" at tcp\/80/ },
    tried: ['list:3', 'list:4'],
    sent: '? root guest',
  },
  {
    name: 'a default that another account has is proven all the same',
    attempt: knows({ root: 'toor' }),
    elsewhere: { admin: 'tcp/80' },
    candidates: five,
    sees: [
      ...shut,
      'candidate root/list:3 in',
      'known-user-random root/random out',
      'random random/random out',
      'repeat root/list:3 in proven',
    ],
    ends: { authentication: 'required', accepted: { candidate: 'list:3', user: 'root' } },
  },
];

const words = (secret: string) => ({ id: `list:${secret.length}`, user: 'admin', secret });
const unsendable: Case[] = [
  {
    name: 'what cannot be sent is no rejection: it is left out, and the rest goes on',
    protocol: 'telnet',
    attempt: knows({}),
    candidates: [words('a\0b'), words('a\nbc'), words('x'.repeat(10_000)), admin],
    sees: [...shut, ...out('admin/list:1'), 'throttle admin none after 1'],
    ends: { authentication: 'required' },
    tried: ['list:1'],
    sent: '? admin',
  },
  {
    name: 'nothing that can be sent',
    protocol: 'telnet',
    attempt: knows({}),
    candidates: [words('a\0b'), words('x'.repeat(10_000))],
    sees: shut,
    ends: {
      reason: 'unsupported',
      open: ['login'],
      says: /over telnet: list:3 \(the password holds a NUL\), list:10000 \(the password is longer than 1024 bytes\)/,
    },
  },
  {
    name: 'what the probe says cannot be sent',
    attempt: knows({}),
    cannotSend: (user) => (user === 'root' ? 'a colon' : undefined),
    candidates: [root, admin],
    sees: [...shut, ...out('admin/list:1'), 'throttle admin none after 1'],
    ends: { authentication: 'required' },
    tried: ['list:1'],
  },
];

const grants: Case[] = [
  {
    name: 'what a proven default reaches is asked after A4',
    attempt: knows({ admin: 'admin' }),
    grants: async () => ({ grants: 'change-only', changeAsked: true, answer: 'only the change' }),
    sees: [
      ...shut,
      'candidate admin/list:1 in',
      'known-user-random admin/random out',
      'random random/random out',
      'repeat admin/list:1 in proven',
    ],
    ends: { authentication: 'required', accepted: { candidate: 'list:1', user: 'admin' } },
    sent: '? admin admin ? admin',
  },
];

describe('a device that locks, delays or goes away', () => {
  it.each(locks)('$name', tryCase);
  it.each(elsewhere)('$name', tryCase);
});

describe('candidates that cannot be sent', () => {
  it.each(unsendable)('$name', tryCase);

  test.each([
    ['ssh', '管理者', 'пароль\n', undefined],
    ['ssh', 'admin', 'a\0b', 'the password holds a NUL'],
    ['snmp', '', 'a\0b', undefined],
    ['ftp', 'ad\rmin', 'x', "the account's name holds a line break"],
    ['http', 'admin', 'tab\there', 'the password holds a control character'],
    ['http', 'admin', 'пароль', undefined],
    ['vnc', '', 'пароль', 'the password holds a character outside Latin-1'],
    ['mqtt', 'admin', '\ud800', 'the password is no whole Unicode text'],
    ['mqtt', 'x'.repeat(1025), '', "the account's name is longer than 1024 bytes"],
  ])('%s %j %j', (protocol, user, secret, expected) => expect(cannotCarry(protocol, user, secret)).toBe(expected));
});

describe('what a hit grants', () => {
  it.each(grants)('$name', tryCase);

  const repeat = async (over: Partial<Case>) => {
    const { facts } = await runArms({ ...grants[0]!, ...over });
    return facts.find((fact) => fact.kind === 'login' && fact.arm === 'repeat');
  };
  it('stands in the fact', async () =>
    expect(await repeat({})).toMatchObject({
      proven: true,
      grants: 'change-only',
      changeAsked: true,
      answer: 'only the change',
    }));
  it('is unknown where asking for it broke off, and the proof stands', async () =>
    expect(await repeat({ grants: gone('timeout') as never })).toMatchObject({
      proven: true,
      grants: 'unknown',
      answer: 'yes',
    }));
  it('is not asked for what was not proven', async () => {
    const ask = (): never => expect.unreachable();
    const { ends } = await runArms({
      ...grants[0]!,
      attempt: (_user, secret, nth) => (nth === 2 && secret === 'admin' ? accepted : rejected),
      grants: ask,
    });
    expect(ends).toMatchObject({ reason: 'protocol' });
  });
});

describe('a login that asks for a password alone', () => {
  it('gets each password once, as the account without a name', async () => {
    const { facts, tried, sent } = await runArms({
      name: '',
      passwordOnly: true,
      attempt: (_user, secret) => (secret === 'hunter22' ? accepted : rejected),
      candidates: [admin, { ...root, secret: 'admin' }, admin2],
      sees: [],
      ends: { authentication: 'required' },
    });
    expect(tried).toEqual(['list:1', 'list:3', 'list:2']);
    expect(facts.filter((fact) => fact.kind === 'login').map(({ account }) => account)).toEqual(Array(6).fill(''));
    expect(sent).toBe('? ? ? ? ? ?');
  });
});
