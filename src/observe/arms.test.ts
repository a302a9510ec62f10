import { describe, expect, it } from 'vitest';
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
  tryCase,
} from '../../test/kit/arms.ts';
import { type Account, CannotTell } from './probe.ts';

const none = 'access none';
const required = 'access required';
const shut = ['random random/random out', required];
const account: Account = { user: 'lab', secret: 'Right' };

const cases: Case[] = [
  {
    name: 'A0 gets in: no login is sent',
    none: () => accepted,
    attempt: knows({ admin: 'admin' }),
    sees: ['none /- in', none],
    ends: { authentication: 'none' },
    sent: '',
  },
  {
    name: 'A1 gets in twice: no candidate is sent',
    none: () => rejected,
    attempt: () => accepted,
    sees: ['none /- out', 'random random/random in', 'random random/random in', 'access any'],
    ends: { authentication: 'any' },
    sent: '? ?',
  },
  {
    name: 'A1 gets in once only: nothing is believed',
    attempt: (_user, _secret, nth) => (nth === 1 ? accepted : rejected),
    sees: ['random random/random in', 'random random/random out'],
    ends: { reason: 'protocol', open: ['login', 'access', 'throttle'], says: /once/ },
  },
  {
    name: 'a listed default, with its controls, stops at the first',
    attempt: knows({ admin: 'hunter22', root: 'toor' }),
    sees: [
      ...shut,
      'candidate admin/list:1 out',
      'candidate admin/list:2 in',
      'known-user-random admin/random out',
      'random random/random out',
      'repeat admin/list:2 in proven',
    ],
    ends: { authentication: 'required', accepted: { candidate: 'list:2', user: 'admin' } },
    tried: ['list:1', 'list:2'],
    sent: '? admin admin admin ? admin',
  },
  {
    name: 'a listed default, after what another account was let try',
    attempt: knows({ root: 'toor' }),
    sees: [
      ...shut,
      'candidate admin/list:1 out',
      'candidate admin/list:2 out',
      'candidate root/list:3 in',
      'known-user-random root/random out',
      'random random/random out',
      'repeat root/list:3 in proven',
      'throttle admin none after 2',
    ],
    ends: { authentication: 'required', accepted: { candidate: 'list:3', user: 'root' } },
    tried: ['list:1', 'list:2', 'list:3'],
  },
  {
    name: 'all rejected',
    attempt: knows({}),
    sees: [
      ...shut,
      'candidate admin/list:1 out',
      'candidate admin/list:2 out',
      'candidate root/list:3 out',
      'candidate guest/list:4 out',
      'throttle admin none after 2',
    ],
    ends: { authentication: 'required' },
    tried: ['list:1', 'list:2', 'list:3', 'list:4'],
  },
  {
    name: 'A3 gets in: any password does, which is no default',
    attempt: (user) => (user === 'admin' ? accepted : rejected),
    sees: [
      ...shut,
      'candidate admin/list:1 in',
      'known-user-random admin/random in',
      'random random/random out',
      'access any',
    ],
    ends: { authentication: 'any' },
    tried: [],
  },
  {
    name: 'A3 gets in, and so does everyone by now: what it was cannot be said',
    attempt: (_user, _secret, nth) => (nth > 2 ? accepted : rejected),
    sees: [
      ...shut,
      'candidate admin/list:1 out',
      'candidate admin/list:2 in',
      'known-user-random admin/random in',
      'random random/random in',
    ],
    ends: { reason: 'protocol', open: ['login'], says: /refused at first and accepted later/ },
    tried: ['list:1'],
  },
  {
    name: 'A4 is refused: not proven',
    attempt: (user, secret, nth) => (user === 'admin' && secret === 'admin' && nth === 2 ? accepted : rejected),
    sees: [
      ...shut,
      'candidate admin/list:1 in',
      'known-user-random admin/random out',
      'random random/random out',
      'repeat admin/list:1 out unproven',
    ],
    ends: { reason: 'protocol', open: ['login'], says: /accepted once and then refused/ },
    tried: [],
  },
  {
    name: 'random credentials get in later: not proven',
    attempt: (user, secret, nth) => (nth === 4 || (user === 'admin' && secret === 'admin') ? accepted : rejected),
    sees: [...shut, 'candidate admin/list:1 in', 'known-user-random admin/random out', 'random random/random in'],
    ends: { reason: 'protocol', open: ['login'], says: /refused at first and accepted later/ },
    tried: [],
  },
  {
    name: 'A3 is locked: not proven',
    attempt: (user, secret) => (user !== 'admin' ? rejected : secret === 'admin' ? accepted : locked),
    sees: [...shut, 'candidate admin/list:1 in', 'throttle admin lock after 1'],
    ends: { reason: 'locked', open: ['login'], says: /control/ },
    tried: [],
  },
  {
    name: 'A3 alone is late and clear: proven, and no delay',
    attempt: (user, secret) =>
      user !== 'admin'
        ? rejected
        : secret === 'admin'
          ? accepted
          : { result: 'rejected', answer: 'no', milliseconds: 2000 },
    sees: [
      ...shut,
      'candidate admin/list:1 in',
      'known-user-random admin/random out',
      'random random/random out',
      'repeat admin/list:1 in proven',
    ],
    ends: { authentication: 'required', accepted: { candidate: 'list:1', user: 'admin' } },
  },
  {
    name: 'one account is locked: it stops, others go on, and it stays open',
    attempt: (user, _secret) => (user === 'admin' ? locked : rejected),
    sees: [...shut, 'throttle admin lock after 1', 'candidate root/list:3 out', 'candidate guest/list:4 out'],
    ends: { reason: 'locked', open: ['login'], says: /"admin"; not answered: list:1, list:2/ },
    tried: ['list:3', 'list:4'],
    sent: '? admin root guest',
  },
  {
    name: 'two accounts in a row are locked: the service stops',
    attempt: (user) => (user === 'admin' || user === 'root' ? locked : rejected),
    sees: [...shut, 'throttle admin lock after 1', 'throttle root lock after 1'],
    ends: { reason: 'locked', open: ['login'], says: /2 accounts in a row/ },
    tried: [],
    sent: '? admin root',
  },
  {
    name: 'a service that hangs up after failures, and takes new connections, is not gone',
    attempt: (_user, _secret, nth) => {
      if (nth > 2) throw new CannotTell('reset', 'gone');
      return rejected;
    },
    hangsUp: true,
    sees: [...shut, 'candidate admin/list:1 out', 'throttle admin refuse after 2'],
    ends: { reason: 'locked', open: ['login'], says: /and so was a random one/ },
  },
  ...(['refused', 'reset', 'timeout'] as const).map(
    (reason): Case => ({
      name: `${reason} after failures, for random credentials too, is a throttle`,
      attempt: (_user, _secret, nth) => {
        if (nth > 2) throw new CannotTell(reason, 'gone');
        return rejected;
      },
      sees: [...shut, 'candidate admin/list:1 out', 'throttle admin broken refuse after 2'],
      ends: { reason: 'locked', open: ['login'], says: /and so was a random one/ },
      tried: ['list:1'],
      sent: '? admin admin ?',
    }),
  ),
  ...(['refused', 'reset', 'timeout'] as const).map(
    (reason): Case => ({
      name: `${reason} once is no throttle: the login is sent once more`,
      attempt: (user, secret, nth) => {
        if (nth === 3) throw new CannotTell(reason, 'gone');
        return knows({ admin: 'hunter22' })(user, secret, nth);
      },
      sees: [
        ...shut,
        'candidate admin/list:1 out',
        'random random/random out',
        'candidate admin/list:2 in',
        'known-user-random admin/random out',
        'random random/random out',
        'repeat admin/list:2 in proven',
      ],
      ends: { authentication: 'required', accepted: { candidate: 'list:2', user: 'admin' } },
      tried: ['list:1', 'list:2'],
      sent: '? admin admin ? admin admin ? admin',
    }),
  ),
  {
    name: 'one account alone is refused: no throttle, and it stays open',
    attempt: (user) => (user === 'guest' ? { result: 'throttled', answer: '403', response: 'refuse' } : rejected),
    candidates: [guest, root],
    sees: [...shut, 'random random/random out', 'candidate root/list:3 out'],
    ends: { reason: 'locked', open: ['login'], says: /"guest"; not answered: list:4/ },
    tried: ['list:3'],
    sent: '? guest ? guest root',
  },
  {
    name: 'A3 breaks off: not proven, and no throttle',
    attempt: (user, secret, nth) => {
      if (nth === 3) throw new CannotTell('reset', 'gone');
      return knows({ admin: 'admin' })(user, secret, nth);
    },
    sees: [...shut, 'candidate admin/list:1 in'],
    ends: { reason: 'locked', open: ['login'], says: /control/ },
    tried: [],
  },
  {
    name: 'a second factor is asked for: what was rejected cannot be said',
    attempt: (user, secret) =>
      user === 'admin' && secret === 'admin' ? { result: 'rejected', answer: 'a code', asksMore: true } : rejected,
    candidates: [admin, root],
    sees: [...shut, 'candidate admin/list:1 out', 'candidate root/list:3 out', 'throttle admin none after 1'],
    ends: { reason: 'unsupported', open: ['login'], says: /more is asked for: a code/ },
    tried: ['list:3'],
  },
  {
    name: 'the time runs out after some: completed',
    attempt: () => ({ result: 'rejected', answer: 'no', milliseconds: 25_000 }),
    sees: [...shut, 'candidate admin/list:1 out', 'candidate admin/list:2 out', 'throttle admin none after 2'],
    ends: { authentication: 'required' },
    tried: ['list:1', 'list:2'],
  },
  {
    name: 'reset before any failure is what the wire says',
    attempt: () => {
      throw new CannotTell('reset', 'gone');
    },
    sees: [],
    ends: { reason: 'reset', open: ['login', 'access', 'throttle'], says: /gone/ },
  },
  {
    name: 'what our side cannot speak stays so',
    attempt: (_user, _secret, nth) => {
      if (nth > 1) throw new CannotTell('unsupported', 'arcfour only');
      return rejected;
    },
    sees: shut,
    ends: { reason: 'unsupported', open: ['login'], says: /arcfour/ },
  },
  {
    name: 'a protocol that names what stays open is heard',
    attempt: () => {
      throw new CannotTell('timeout', 'silent', ['login', 'identity']);
    },
    sees: [],
    ends: { reason: 'timeout', open: ['login', 'identity'], says: /silent/ },
  },
  {
    name: 'a tarpit is a throttle',
    attempt: (_user, _secret, nth) => ({ result: 'rejected', answer: 'no', milliseconds: nth < 2 ? 400 : 1700 }),
    sees: [
      ...shut,
      'candidate admin/list:1 out',
      'candidate admin/list:2 out',
      'throttle root delay after 3',
      'throttle guest delay after 3',
    ],
    ends: { reason: 'locked', open: ['login'], says: /2 accounts in a row/ },
    tried: ['list:1', 'list:2'],
  },
  {
    name: 'two late answers among many are no delay',
    attempt: (_user, _secret, nth) => ({
      result: 'rejected',
      answer: 'no',
      milliseconds: nth === 3 || nth === 4 ? 2300 : 400,
    }),
    sees: [
      ...shut,
      'candidate admin/list:1 out',
      'candidate admin/list:2 out',
      'candidate root/list:3 out',
      'candidate guest/list:4 out',
      'throttle admin none after 2',
    ],
    ends: { authentication: 'required' },
  },
  {
    name: 'three times as long and still short is none',
    attempt: (_user, _secret, nth) => ({ result: 'rejected', answer: 'no', milliseconds: nth < 2 ? 100 : 1400 }),
    sees: [
      ...shut,
      'candidate admin/list:1 out',
      'candidate admin/list:2 out',
      'candidate root/list:3 out',
      'candidate guest/list:4 out',
      'throttle admin none after 2',
    ],
    ends: { authentication: 'required' },
  },
  {
    name: 'always slow is no delay',
    attempt: () => ({ result: 'rejected', answer: 'no', milliseconds: 3000 }),
    candidates: [root],
    sees: [...shut, 'candidate root/list:3 out', 'throttle root none after 1'],
    ends: { authentication: 'required' },
  },
  {
    name: 'locked before anything was sent is no throttle of ours',
    attempt: () => locked,
    sees: [],
    ends: { reason: 'locked', open: ['login', 'access', 'throttle'], says: /random/ },
  },
  {
    name: 'A0 locked',
    none: () => locked,
    attempt: () => rejected,
    sees: [],
    ends: { reason: 'locked', open: ['login', 'access', 'throttle'], says: /before any login/ },
    sent: '',
  },
  {
    name: 'the declared account is tried first and last',
    accounts: [account],
    attempt: knows({ lab: 'Right' }),
    candidates: [admin],
    sees: [
      ...shut,
      'declared lab/declared:lab in',
      'candidate admin/list:1 out',
      'declared lab/declared:lab in',
      'throttle admin none after 1',
    ],
    ends: { authentication: 'required' },
  },
  {
    name: 'a declared account that is refused is not tried again',
    accounts: [account, { user: 'other', secret: 'x', on: ['mqtt'] }],
    attempt: knows({}),
    candidates: [admin],
    sees: [...shut, 'declared lab/declared:lab out', 'candidate admin/list:1 out', 'throttle lab none after 1'],
    ends: { authentication: 'required' },
  },
  {
    name: 'a declared account that is locked at the end leaves the rejections open',
    accounts: [account],
    attempt: (user, _secret, nth) => (user === 'lab' ? (nth > 2 ? locked : accepted) : rejected),
    candidates: [admin],
    sees: [...shut, 'declared lab/declared:lab in', 'candidate admin/list:1 out', 'throttle lab lock after 2'],
    ends: { reason: 'locked', open: ['login'], says: /"lab"/ },
    tried: ['list:1'],
  },
  {
    name: 'no candidate due',
    attempt: knows({}),
    candidates: [],
    sees: shut,
    ends: { reason: 'budget', open: ['login'], says: /shared budget went to ssh/ },
  },
  {
    name: 'the budget ends after some: completed',
    attempt: knows({}),
    candidates: [admin, admin2, { id: 'list:9', user: 'admin', secret: 'x' }],
    budget: 2,
    sees: [...shut, 'candidate admin/list:1 out', 'candidate admin/list:2 out', 'throttle admin none after 2'],
    ends: { authentication: 'required' },
    tried: ['list:1', 'list:2'],
  },
  {
    name: 'no budget at all: nothing is sent',
    attempt: knows({}),
    budget: 0,
    sees: [],
    ends: { reason: 'budget', open: ['login', 'access', 'throttle'], says: /budget/ },
    sent: '',
  },
  {
    name: 'an account that takes no passwords is answered without being sent one',
    attempt: knows({}),
    refuses: ['admin', 'root'],
    budget: 1,
    sees: [
      ...shut,
      'candidate admin/list:1 out',
      'candidate admin/list:2 out',
      'candidate root/list:3 out',
      'candidate guest/list:4 out',
      'throttle guest none after 1',
    ],
    ends: { authentication: 'required' },
    tried: ['list:1', 'list:2', 'list:3', 'list:4'],
    sent: '? guest',
  },
  {
    name: 'a login without users counts its random words as well',
    passwordOnly: true,
    attempt: () => rejected,
    candidates: [
      { id: 'list:5', user: '', secret: '1234' },
      { id: 'list:6', user: '', secret: '0000' },
    ],
    budget: 2,
    sees: ['random /random out', required, 'candidate /list:5 out', 'throttle  none after 2'],
    ends: { authentication: 'required' },
    tried: ['list:5'],
  },
];

describe('loginArms', () => {
  it.each(cases)('$name', tryCase);

  it('says so where the declared account is refused', async () => {
    const { facts } = await runArms({ ...cases.find(({ name }) => name.includes('not tried again'))! });
    expect(facts.find((fact) => fact.kind === 'login' && fact.arm === 'declared')).toMatchObject({
      accepted: false,
      answer: 'no: the declared account was refused',
    });
  });

  it('carries what a login grants', async () => {
    const { facts } = await runArms({
      name: '',
      attempt: knows({ admin: 'admin' }),
      sees: [],
      ends: { authentication: 'required' },
    });
    expect(facts.find((fact) => fact.kind === 'login' && fact.arm === 'repeat')).toMatchObject({ grants: 'full' });
  });

  it('lets a bug be a bug', async () => {
    await expect(
      runArms({
        name: '',
        attempt: () => {
          throw new TypeError('ours');
        },
        sees: [],
        ends: { authentication: 'required' },
      }),
    ).rejects.toThrow(TypeError);
  });
});
