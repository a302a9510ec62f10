import { describe, expect, test } from 'vitest';
import { says } from '../../test/kit/case.ts';
import { type AttemptDraft, attempt, type RunDraft, recognised, run, scan, sha } from '../../test/kit/run.ts';
import type { ComponentVerdict } from '../model/assessment.ts';
import type { Withdrawal } from '../model/person.ts';
import { Criterion, NOT_APPLICABLE_WHEN, type NotApplicableWhen } from '../model/profile.ts';
import { type NotApplicableClaim, Target } from '../model/target.ts';
import { type Check, defineCheck } from './check.ts';
import { judge } from './judge.ts';

const SEAL = sha('a');
const WHY = { why: 'so it is built', acceptedBy: 'B. Head' };
const LOOK = attempt('look', 'camera');
const SCAN = scan({});
/** Only what is told of the run: nothing was open, and everything was looked at. */
const QUIET: RunDraft = { attempts: [SCAN, LOOK] };

interface Row {
  /** One run in the state `operational` with nothing open where absent. */
  runs?: readonly RunDraft[];
  declares?: RunDraft['declares'];
  component?: RunDraft['component'];
  beside?: readonly object[];
  complete?: boolean;
  claims?: readonly NotApplicableClaim[];
  criterion?: object;
  checks?: readonly Check[];
  withdrawals?: readonly Withdrawal[];
}

/** A criterion that a check passes, which may be claimed away under the condition. */
const judged = (when: NotApplicableWhen, row: Row): ComponentVerdict => {
  const drafts = row.runs ?? [QUIET];
  const runs = drafts.map((draft, index) => {
    const one = run({ ...draft, declares: row.declares, component: row.component }, index);
    const product = { name: 'Camera', complete: row.complete ?? true, notApplicable: row.claims ?? [] };
    const components = [...one.target.components, ...(row.beside ?? [])];
    return { run: { ...one, target: Target.parse({ ...one.target, product, components }) }, seal: SEAL };
  });
  const criterion = Criterion.parse({
    id: 'A',
    title: 'A',
    checks: [{ check: 'c', as: 'required' }],
    notApplicable: { when },
    ...row.criterion,
  });
  const profile = { profile: 'p', title: 'P', edition: '1', decisionRule: 'verdict-fold/1' as const };
  const { criteria } = judge({
    runs,
    profile: { ...profile, criteria: [criterion] },
    checks: row.checks ?? [says('c', { verdict: 'pass' })],
    catalogue: [],
    withdrawals: row.withdrawals ?? [],
    judgedAt: '2026-12-01T00:00:00.000Z',
  });
  return criteria[0]!.components[0]!;
};

const verdict = (when: NotApplicableWhen, row: Row): string => judged(when, row).verdict;

const telnet = (...facts: Parameters<typeof attempt>[2] & {}): RunDraft => ({
  attempts: [
    scan({ tcp: [23] }),
    LOOK,
    recognised('tcp/23', 'telnet'),
    attempt('telnet-login', 'camera/tcp/23/telnet', facts),
  ],
});
const ssh = (answer: string): RunDraft => ({
  attempts: [
    scan({ tcp: [22] }),
    LOOK,
    recognised('tcp/22', 'ssh'),
    attempt('ssh-login', 'camera/tcp/22/ssh', [{ kind: 'login', arm: 'random', answer }]),
  ],
});
const sends = (protocol: 'tls' | 'ssh'): RunDraft => ({
  attempts: [scan({ tcp: [443] }), LOOK, recognised('tcp/443', protocol)],
});
const asked = (role: 'client' | 'image'): RunDraft => ({
  attempts: [SCAN, LOOK, attempt('update-channel', 'camera', [{ kind: 'update', role }])],
});
const key = (letter: string): AttemptDraft =>
  attempt('tls-server', 'camera/tcp/443/tls', [{ kind: 'key', sha256: letter.repeat(64) }]);
const keyed = (letter: string): RunDraft => ({
  attempts: [scan({ tcp: [443] }), LOOK, recognised('tcp/443', 'tls', 'http+tls'), key(letter)],
});
const in2 = (state: 'factory-default' | 'reset', one: RunDraft, other = one): RunDraft[] => [{ ...one, state }, other];
const by = (condition: NotApplicableWhen): NotApplicableClaim => ({ condition, ...WHY });

const AUTHENTICATION = { service: 'http', mechanism: 'user name and password', origin: 'set by the owner' };
const UPDATE = { mechanism: 'from a USB stick' };

/** For each condition: a product of which the claim stands, and such as contradict it. */
const TABLE: Partial<Record<NotApplicableWhen, { stands: Row; contradicted: Record<string, Row> }>> = {
  'no-passwords': {
    stands: {
      declares: { authentication: [{ ...AUTHENTICATION, mechanism: 'a client certificate, no password' }] },
      runs: [ssh('passwords are not taken (publickey)')],
    },
    contradicted: {
      'accounts are declared': { declares: { accounts: [{ user: 'admin', secret: { env: 'LAB' } }] } },
      'a password is declared': { declares: { authentication: [AUTHENTICATION] } },
      'a PIN is declared': { declares: { authentication: [{ ...AUTHENTICATION, mechanism: 'a 6-digit PIN' }] } },
      'a lock is declared': { declares: { logins: { lock: { after: 5 } } } },
      'a password was refused': { runs: [telnet({ kind: 'login', protocol: 'telnet' })] },
    },
  },
  'no-pre-installed-passwords': {
    stands: { declares: { authentication: [AUTHENTICATION] }, runs: in2('factory-default', ssh('auth failure')) },
    contradicted: {
      'a label is declared': {
        declares: { authentication: [{ ...AUTHENTICATION, origin: 'printed on the label' }] },
        runs: in2('factory-default', QUIET),
      },
      'a default was accepted': {
        runs: in2(
          'factory-default',
          telnet({ kind: 'login', protocol: 'telnet', arm: 'candidate', accepted: true, secret: 'x' }),
        ),
      },
      'an account worked in the factory state': {
        runs: in2(
          'factory-default',
          telnet({ kind: 'login', protocol: 'telnet', arm: 'declared', accepted: true }),
          QUIET,
        ),
      },
    },
  },
  'all-software-updatable': {
    stands: { declares: { update: UPDATE } },
    contradicted: {
      'no update is declared': {},
      'updates are declared to be none': { declares: { update: { policy: 'none' } } },
      'it is claimed too that there are none': {
        declares: { update: UPDATE },
        claims: [by('no-update-mechanism'), by('all-software-updatable')],
      },
    },
  },
  'not-constrained': {
    stands: {},
    contradicted: { 'the opposite is claimed too': { claims: [by('constrained'), by('not-constrained')] } },
  },
  constrained: {
    // Fragile under a scan is not constrained by what it is for; the claim stands on the lab's acceptance.
    stands: { component: { fragile: true } },
    contradicted: {
      'the opposite is claimed too': { claims: [by('constrained'), by('not-constrained')] },
      'it serves TLS': { runs: [sends('tls')] },
      'it serves SSH': { runs: [sends('ssh')] },
      'it is a cloud service': { component: { kind: 'cloud' } },
    },
  },
  'no-telemetry': {
    stands: { declares: { data: [{ class: 'recordings' }, 'telemetry is for a person to read'] } },
    contradicted: {
      'data are declared as telemetry': { declares: { data: [{ class: 'usage', telemetry: true }] } },
      'a peer is declared for it': { declares: { peers: [{ host: 'a.example', purpose: 'crash reports' }] } },
    },
  },
  'no-consent-based-personal-data': {
    stands: { declares: { data: [{ class: 'recordings', personal: true, consent: false }] } },
    contradicted: {
      'consent is declared': { declares: { data: [{ class: 'recordings', consent: true }] } },
      'personal data without a ground': { declares: { data: [{ class: 'recordings', personal: true }] } },
    },
  },
  'no-user-authentication': {
    stands: {},
    contradicted: {
      'authentication is declared': {
        declares: { authentication: [{ ...AUTHENTICATION, mechanism: 'a client certificate' }] },
      },
      'accounts are declared': { declares: { accounts: [{ user: 'admin', secret: { env: 'LAB' } }] } },
      'roles are declared': { declares: { roles: ['owner'] } },
      'a login was met': { runs: [telnet({ kind: 'login', protocol: 'telnet' })] },
      'credentials are asked for': {
        runs: [telnet({ kind: 'access', protocol: 'telnet', class: 'shell', authentication: 'required' })],
      },
    },
  },
  'no-automatic-updates-or-notices': {
    stands: { declares: { update: { ...UPDATE, policy: 'manual' } } },
    contradicted: {
      'automatic is declared': { declares: { update: { policy: 'automatic' } } },
      'a notice is declared': { declares: { update: { policy: 'notice' } } },
      'the device asked': { runs: [asked('client')] },
    },
  },
  'no-hard-coded-identity': {
    stands: { runs: in2('reset', keyed('b'), keyed('a')) },
    contradicted: {
      'one is declared': {
        declares: { authentication: [{ ...AUTHENTICATION, origin: 'a key in the secure element' }] },
      },
      'a key outlasts a reset': { runs: in2('reset', keyed('a')) },
    },
  },
  'no-updates-over-network': {
    stands: { declares: { update: UPDATE } },
    contradicted: {
      'a URL is declared': { declares: { update: { image: 'https://update.example/image' } } },
      'automatic is declared': { declares: { update: { policy: 'automatic' } } },
      'a server is declared': { declares: { update: { mechanism: 'it asks the maker’s server' } } },
      'an image was fetched': { declares: { update: UPDATE }, runs: [asked('image')] },
    },
  },
  'no-update-mechanism': {
    stands: { declares: { update: { policy: 'none' } } },
    contradicted: {
      'updates are declared': { declares: { update: UPDATE } },
      'an image was fetched': { runs: [asked('image')] },
    },
  },
  'no-physical-debug-interface': {
    stands: { declares: { interfaces: [{ kind: 'ip' }, { kind: 'usb', name: 'power' }] } },
    contradicted: {
      'a debug header is declared': { declares: { interfaces: [{ kind: 'debug-header' }] } },
      'a serial line is declared': { declares: { interfaces: [{ kind: 'serial', name: 'J3' }] } },
      'another kind is declared for it': { declares: { interfaces: [{ kind: 'other', name: 'JTAG pads' }] } },
    },
  },
};

const conditions = Object.entries(TABLE) as [NotApplicableWhen, { stands: Row; contradicted: Record<string, Row> }][];

test('every condition of the standard is in the table', () => {
  expect(Object.keys(TABLE)).toEqual(NOT_APPLICABLE_WHEN.slice(6));
});

describe.each(conditions)('%s', (when, { stands, contradicted }) => {
  test('claimed and accepted: not applicable', () => {
    expect(judged(when, { ...stands, claims: [by(when)] })).toMatchObject({
      verdict: 'not-applicable',
      because: 'declared not applicable, accepted by B. Head',
    });
    expect(verdict(when, { ...stands, claims: [{ criterion: 'A', ...WHY }] })).toBe('not-applicable');
  });

  test('claimed and not accepted: open', () => {
    expect(judged(when, { ...stands, claims: [{ condition: when, why: 'so' }] })).toMatchObject({
      verdict: 'inconclusive',
      because: 'declared not applicable, but the lab has not accepted the claim',
    });
  });

  test('silent: it applies', () => {
    expect(verdict(when, stands)).toBe('pass');
    expect(verdict(when, { ...stands, claims: [by('one-component'), { criterion: 'B', ...WHY }] })).toBe('pass');
    expect(verdict(when, { ...stands, claims: [{ ...by(when), component: 'another' }] })).toBe('pass');
  });

  test.each(Object.entries(contradicted))('contradicted: %s', (_, row) => {
    expect(judged(when, { claims: [by(when)], ...row })).toMatchObject({
      verdict: 'inconclusive',
      because: expect.stringContaining('declared not applicable, which is contradicted: '),
    });
  });

  test('claimed and accepted, and a run was aborted: open', () => {
    const runs = (stands.runs ?? [QUIET]).map((draft) => ({ ...draft, status: 'aborted' as const }));
    expect(judged(when, { ...stands, runs, claims: [by(when)] })).toMatchObject({
      verdict: 'inconclusive',
      because: expect.stringContaining('what could contradict it is open'),
    });
  });

  test('a failure of a linked check stands against it', () => {
    const failing = [says('c', { verdict: 'fail', strength: 'indicative' })];
    expect(verdict(when, { ...stands, checks: failing, claims: [by(when)] })).toBe('inconclusive');
  });
});

/** What was observed and contradicts: made silent, it leaves the claim open, and never shows it. */
test.each<[NotApplicableWhen, string]>([
  ['no-passwords', 'a password was refused'],
  ['no-user-authentication', 'credentials are asked for'],
  ['constrained', 'it serves TLS'],
  ['no-automatic-updates-or-notices', 'the device asked'],
  ['no-updates-over-network', 'an image was fetched'],
  ['no-update-mechanism', 'an image was fetched'],
  ['no-hard-coded-identity', 'a key outlasts a reset'],
  ['no-pre-installed-passwords', 'a default was accepted'],
])('%s: silence where "%s" would have been', (when, name) => {
  const row = TABLE[when]!.contradicted[name]!;
  const runs = row.runs!.map((draft) => ({
    ...draft,
    attempts: draft.attempts!.flat().map((one) =>
      ['tcp-ports', 'udp-ports', 'look'].includes(one.probe)
        ? one
        : {
            ...one,
            facts: [],
            broke: 'timeout' as const,
            open: [...new Set(one.facts.map(({ kind }) => kind))],
          },
    ),
  }));
  expect(judged(when, { ...row, runs, claims: [by(when)] })).toMatchObject({
    verdict: 'inconclusive',
    because: expect.stringContaining('what could contradict it is open'),
  });
});

test('what a password contradicts has to have been looked for in the factory state', () => {
  const when = 'no-pre-installed-passwords';
  expect(judged(when, { claims: [by(when)] }).because).toBe(
    'declared not applicable, but what could contradict it is open: it was not observed in the state factory-default',
  );
});

describe('a wider condition takes in what it implies', () => {
  test.each<[NotApplicableWhen, NotApplicableWhen, Row]>([
    ['no-update-mechanism', 'no-updates-over-network', {}],
    ['no-update-mechanism', 'no-automatic-updates-or-notices', {}],
    ['no-passwords', 'no-pre-installed-passwords', { runs: in2('factory-default', QUIET) }],
  ])('%s: %s', (wide, narrow, row) => {
    expect(verdict(narrow, { ...row, claims: [by(wide)] })).toBe('not-applicable');
    expect(verdict(wide, { ...row, claims: [by(narrow)] })).toBe('pass');
  });

  test('and is contradicted by what contradicts the wider one', () => {
    const declares = { update: UPDATE };
    expect(verdict('no-updates-over-network', { declares, claims: [by('no-update-mechanism')] })).toBe('inconclusive');
  });
});

describe('a criterion with two conditions', () => {
  const criterion = { notApplicable: { when: 'not-constrained', or: ['all-software-updatable'] } };
  const of = (row: Row): string => verdict('stated', { criterion, ...row });
  test.each<[string, Row, string]>([
    ['the first', { claims: [by('not-constrained')] }, 'not-applicable'],
    ['the second', { claims: [by('all-software-updatable')], declares: { update: UPDATE } }, 'not-applicable'],
    ['the second, contradicted', { claims: [by('all-software-updatable')] }, 'inconclusive'],
    ['by its id, one of them contradicted', { claims: [{ criterion: 'A', ...WHY }] }, 'not-applicable'],
    ['neither', { claims: [by('constrained')] }, 'pass'],
  ])('%s', (_, row, expected) => expect(of(row)).toBe(expected));
});

describe('links of a criterion', () => {
  const at = { host: '198.18.0.10', transport: 'tcp' as const, port: 23 };
  const passes = [says('c', { verdict: 'pass', about: at })];
  const unsure = [says('c', { verdict: 'inconclusive', about: at })];
  test.each<[string, NotApplicableWhen, Row, string]>([
    [
      'a pass about a port contradicts that there is none',
      'no-user-authentication',
      { checks: passes },
      'inconclusive',
    ],
    ['and says nothing of how limited a device is', 'constrained', { checks: passes }, 'not-applicable'],
    ['what is unsure leaves open that there is none', 'no-user-authentication', { checks: unsure }, 'inconclusive'],
    ['and says nothing of how limited a device is', 'constrained', { checks: unsure }, 'not-applicable'],
    ['a check that says nothing', 'constrained', { checks: [says('c')] }, 'not-assessed'],
    ['a check that nobody has built, of what the run shows', 'constrained', { checks: [] }, 'not-applicable'],
    ['a check that nobody has built, of what only it shows', 'no-telemetry', { checks: [] }, 'not-assessed'],
    [
      'a check with a gap',
      'constrained',
      {
        checks: [
          defineCheck({
            id: 'c',
            version: '1.0.0',
            title: 'c',
            theme: 'access',
            needs: ['event'],
            *judge() {
              yield { verdict: 'pass', because: 'seen', expected: 'so', basis: [] };
            },
          }),
        ],
      },
      'not-assessed',
    ],
  ])('%s (%s)', (_, when, row, expected) => expect(verdict(when, { claims: [by(when)], ...row })).toBe(expected));
});

test('a check that nobody has built and that could only count against is not waited for, where another has spoken', () => {
  const linked = (...as: ('required' | 'counter')[]) => ({
    checks: ['c', 'unbuilt'].slice(2 - as.length).map((check, index) => ({ check, as: as[index] })),
  });
  const of = (...as: ('required' | 'counter')[]): string =>
    verdict('stated', { criterion: linked(...as), claims: [{ criterion: 'A', ...WHY }] });
  expect([of('required', 'counter'), of('counter', 'counter')]).toEqual(['not-applicable', 'not-applicable']);
  expect([of('required', 'required'), of('counter')]).toEqual(['inconclusive', 'not-assessed']);
});

describe('a criterion about the product', () => {
  const product = { criterion: { quantifier: 'product', checks: [], person: ['item'], states: [] } };
  const of = (when: NotApplicableWhen, row: Row): string => verdict(when, { ...product, claims: [by(when)], ...row });
  const hub = (declares: object) => ({ id: 'hub', kind: 'hub', addresses: ['198.18.0.11'], declares });
  const cloud = (declares: object) => ({ id: 'cloud', kind: 'cloud', declares });
  const here: RunDraft = {
    attempts: [...QUIET.attempts!, ...['tcp-ports', 'udp-ports'].map((probe) => attempt(probe, 'camera[198.18.0.11]'))],
  };
  test.each<[string, NotApplicableWhen, Row, string]>([
    [
      'no device has updates',
      'no-update-mechanism',
      { beside: [hub({}), cloud({ update: UPDATE })] },
      'not-applicable',
    ],
    ['another device has', 'no-update-mechanism', { beside: [hub({ update: UPDATE })] }, 'inconclusive'],
    ['another device is out of reach', 'no-update-mechanism', { beside: [{ id: 'hub', kind: 'hub' }] }, 'not-assessed'],
    [
      'the cloud has telemetry',
      'no-telemetry',
      { beside: [cloud({ data: [{ class: 'x', telemetry: true }] })] },
      'inconclusive',
    ],
    ['nobody has telemetry', 'no-telemetry', { beside: [cloud({})] }, 'not-applicable'],
  ])('%s', (_, when, row, expected) => expect(of(when, { runs: [here], ...row })).toBe(expected));
});

describe('the old conditions are as they were', () => {
  test.each<[string, NotApplicableWhen, Row, string]>([
    ['one component', 'one-component', {}, 'not-applicable'],
    ['one component, and the list is not known to be whole', 'one-component', { complete: false }, 'inconclusive'],
    ['two components', 'one-component', { beside: [{ id: 'hub' }] }, 'inconclusive'],
    ['no interface', 'no-interface', {}, 'not-applicable'],
    ['data', 'stores-no-data', { declares: { data: ['recordings'] } }, 'inconclusive'],
    ['onboarding', 'no-onboarding', { runs: [{ ...QUIET, state: 'onboarding' }, QUIET] }, 'inconclusive'],
    ['updates', 'immutable-software', { declares: { update: UPDATE } }, 'inconclusive'],
    [
      'updates, declared to be none',
      'immutable-software',
      { declares: { update: { policy: 'none' } } },
      'not-applicable',
    ],
  ])('%s', (_, when, row, expected) => {
    expect(verdict(when, { claims: [{ criterion: 'A', ...WHY }], ...row })).toBe(expected);
  });

  test('"stated" is no condition: a claim by it would be a blanket', () => {
    expect(verdict('stated', { claims: [by('stated')] })).toBe('pass');
    expect(verdict('stated', { claims: [{ criterion: 'A', ...WHY }] })).toBe('not-applicable');
  });
});

test('of several claims, one that stands is enough, and a contradicted declaration is not outweighed', () => {
  const unaccepted = { criterion: 'A', why: 'so' };
  expect(verdict('no-telemetry', { claims: [unaccepted, by('no-telemetry')] })).toBe('not-applicable');
  const declares = { data: [{ class: 'usage', telemetry: true }] };
  const criterion = { aboutDeclaration: true, notApplicable: { when: 'no-telemetry', or: ['not-constrained'] } };
  expect(verdict('stated', { criterion, declares, claims: [by('not-constrained'), by('no-telemetry')] })).toBe('fail');
});

test('a withdrawn failure leaves a claim open', () => {
  const row: Row = { claims: [by('not-constrained')], checks: [says('c', { verdict: 'fail' })] };
  expect(verdict('not-constrained', row)).toBe('fail');
  const withdrawal: Withdrawal = {
    id: 'w1',
    finding: 'c@camera',
    check: 'c',
    version: '1.0.0',
    why: 'the tool was wrong',
    by: ['A. Tester', 'B. Head'],
    at: '2026-11-24T00:00:00Z',
    seal: SEAL,
    counterEvidence: [{ file: 'photo.jpg', sha256: SEAL }],
  };
  expect(judged('not-constrained', { ...row, withdrawals: [withdrawal] })).toMatchObject({
    verdict: 'inconclusive',
    because: 'declared not applicable, but what could contradict it is open: c fail',
  });
});
