import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CredentialEntry, type CredentialList, planCandidates } from './candidates.ts';

const list = (...entries: Omit<CredentialEntry, 'id'>[]): CredentialList => ({
  name: 'test',
  digest: 'd'.repeat(64),
  entries: entries.map((entry, index) => ({ id: `e${index}`, ...entry })),
});
const TWO = () => 2;
const NO_LIMIT = () => Number.POSITIVE_INFINITY;
const ids = (plan: ReturnType<typeof planCandidates>, key: string) => plan.get(key)?.candidates.map(({ id }) => id);

describe('order', () => {
  const all = list(
    { user: 'root', password: 'xc3511', vendor: 'Acme' },
    { user: 'admin', password: 'secret' },
    { user: 'admin', password: 'admin' },
    { user: 'admin', password: 'public', protocol: 'mqtt' },
    { user: '', password: 'public', protocol: 'snmp' },
    { user: 'admin', password: '' },
  );
  test.each([
    ['ssh: equal to the name, then empty, then the rest', 'ssh', [], ['e2', 'e5', 'e1', 'e0']],
    ['the vendor that it shows itself to be comes first', 'ssh', ['ACME camera 3'], ['e0', 'e2', 'e5', 'e1']],
    ['a vendor is a word, not a part of one', 'ssh', ['acmeology'], ['e2', 'e5', 'e1', 'e0']],
    ['mqtt: entries made for it come before the common forms', 'mqtt', [], ['e3', 'e2', 'e5', 'e1', 'e0']],
    ['snmp: only entries made for it', 'snmp', [], ['e4']],
  ])('%s', (_, protocol, evidence, expected) => {
    const plan = planCandidates([{ key: 's', protocol }], all, evidence, NO_LIMIT, 30);
    expect(ids(plan, 's')).toEqual(expected);
  });

  test("another vendor's entry for the protocol does not come before the common forms", () => {
    const vendors = list(
      { user: 'root', password: 'dbps', vendor: 'Digi', protocol: 'ssh' },
      { user: 'root', password: 'root' },
    );
    expect(ids(planCandidates([{ key: 's', protocol: 'ssh' }], vendors, [], TWO, 30), 's')).toEqual(['e1', 'e0']);
  });

  test('what matched and what did not are told apart', () => {
    const plan = planCandidates([{ key: 's', protocol: 'ssh' }], all, ['Acme'], NO_LIMIT, 30).get('s');
    expect(plan?.matched).toEqual(['e0']);
    expect(plan?.common).toEqual(['e2', 'e5', 'e1']);
  });
});

describe('words that several entries say', () => {
  const same = list(
    { user: 'admin', password: 'admin' },
    { user: 'admin', password: 'admin', vendor: 'Acme', protocol: 'http' },
    { user: 'admin', password: '1234' },
    { user: 'admin', password: 'admin', vendor: 'Other', protocol: 'ssh' },
  );
  test('are sent once, named by the entry that is due first, and answer for all that fit', () => {
    const plan = planCandidates([{ key: 's', protocol: 'http' }], same, ['Acme camera'], TWO, 30).get('s');
    expect(plan?.candidates).toEqual([
      { id: 'e1', user: 'admin', secret: 'admin', also: ['e0'] },
      { id: 'e2', user: 'admin', secret: '1234' },
    ]);
    expect([plan?.matched, plan?.common]).toEqual([['e1'], ['e0', 'e2']]);
  });
  test('a protocol that asks for a password alone gets each password once, of its own first', () => {
    const passwords = list(
      { user: 'root', password: 'admin' },
      { user: 'admin', password: 'admin' },
      { user: 'root', password: 'xc3511' },
      { user: '', password: 'vnc1', protocol: 'vnc' },
    );
    const plan = planCandidates([{ key: 's', protocol: 'vnc' }], passwords, [], () => 9, 30).get('s');
    expect(plan?.candidates).toEqual([
      { id: 'e3', user: '', secret: 'vnc1' },
      { id: 'e0', user: '', secret: 'admin', also: ['e1'] },
      { id: 'e2', user: '', secret: 'xc3511' },
    ]);
  });
});

describe('budget', () => {
  test("the account without a name is each service's own", () => {
    const passwords = list({ user: '', password: 'a' }, { user: '', password: 'b' }, { user: '', password: 'c' });
    const two = [
      { key: 'tcp/5900', protocol: 'vnc' },
      { key: 'tcp/6379', protocol: 'redis' },
    ];
    const plan = planCandidates(two, passwords, [], TWO, 30);
    expect([ids(plan, 'tcp/5900'), ids(plan, 'tcp/6379')]).toEqual([
      ['e0', 'e1'],
      ['e0', 'e1'],
    ]);
  });
  test('postgres is at home in PostgreSQL, root in MySQL', () => {
    const databases = list({ user: 'postgres', password: 'postgres' }, { user: 'root', password: '' });
    const services = ['ftp', 'mysql', 'postgresql'].map((protocol) => ({ key: protocol, protocol }));
    const plan = planCandidates(services, databases, [], () => 1, 30);
    expect(services.map(({ key }) => ids(plan, key))).toEqual([[], ['e1'], ['e0']]);
  });
  const roots = list(
    { user: 'root', password: 'root' },
    { user: 'root', password: '' },
    { user: 'root', password: '1234' },
  );
  test('an account has one budget over all services, and is tried where it is at home', () => {
    const plan = planCandidates(
      [
        { key: 'tcp/80', protocol: 'http' },
        { key: 'tcp/22', protocol: 'ssh' },
      ],
      roots,
      [],
      TWO,
      30,
    );
    expect(ids(plan, 'tcp/22')).toEqual(['e0']);
    expect(ids(plan, 'tcp/80')).toEqual(['e0']);
  });
  test('the cap of a service holds', () => {
    expect(ids(planCandidates([{ key: 's', protocol: 'ssh' }], roots, [], NO_LIMIT, 2), 's')).toEqual(['e0', 'e1']);
  });
  test('a community is no account', () => {
    const communities = list(
      { user: '', password: 'public', protocol: 'snmp' },
      { user: '', password: 'private', protocol: 'snmp' },
      { user: '', password: 'cisco', protocol: 'snmp' },
    );
    expect(ids(planCandidates([{ key: 's', protocol: 'snmp' }], communities, [], TWO, 30), 's')).toHaveLength(3);
  });
});

test('services of one protocol share its order, so that a long list is planned in little time', () => {
  const long = list(
    ...Array.from({ length: 10_000 }, (_, index) => ({
      user: `user${index % 500}`,
      password: `word${index}`,
      vendor: `Vendor ${index % 300}`,
    })),
  );
  const services = Array.from({ length: 200 }, (_, index) => ({
    key: `tcp/${index}`,
    protocol: ['http', 'ssh', 'telnet', 'ftp'][index % 4]!,
  }));
  const plans = planCandidates(services, long, ['Vendor 7'], TWO, 30);
  const planned = [...plans.values()].map(({ candidates }) => candidates.length);
  expect(planned.reduce((sum, count) => sum + count, 0)).toBe(1_000);
  expect(plans.get('tcp/0')?.matched).toBe(plans.get('tcp/4')?.matched);
});

test('no account is ever planned beyond what remains, whatever the list and the services', () => {
  const entry = fc.record({
    user: fc.constantFrom('root', 'admin', 'user', 'x'),
    password: fc.string({ maxLength: 4 }),
  });
  const service = fc.constantFrom('ssh', 'telnet', 'http', 'ftp', 'mqtt');
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 30 }),
      fc.array(service, { maxLength: 5 }),
      fc.nat(4),
      fc.nat(6),
      (entries, protocols, left, cap) => {
        const plan = planCandidates(
          protocols.map((protocol, index) => ({ key: String(index), protocol })),
          list(...entries),
          [],
          () => left,
          cap,
        );
        const users = [...plan.values()].flatMap(({ candidates }) => candidates.map(({ user }) => user));
        for (const { candidates } of plan.values())
          expect(new Set(candidates.map(({ user, secret }) => `${user} ${secret}`)).size).toBe(candidates.length);
        for (const user of new Set(users))
          expect(users.filter((other) => other === user).length).toBeLessThanOrEqual(left);
        for (const { candidates } of plan.values()) expect(candidates.length).toBeLessThanOrEqual(cap);
      },
    ),
  );
});
