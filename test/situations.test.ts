import { describe, expect, test } from 'vitest';
import { compare } from '../src/judge/compare.ts';
import type { OtherRun } from '../src/judge/judge.ts';
import type { Declaration, DeclaredService } from '../src/model/target.ts';
import { type AttemptDraft, attempt, type FactDraft, HOST, type RunDraft, recognised, scan, sha } from './kit/run.ts';
import { assessed, SEAL, type Situation, verdictOf } from './kit/situation.ts';

/** What realistic devices come to, criterion by criterion, as an assessor would say it. */

const login = (arm: string, accepted: boolean, rest: object = {}): FactDraft =>
  ({ kind: 'login', arm, accepted, ...rest }) as FactDraft;

const ACCOUNT = { user: 'admin', secret: { env: 'ADMIN' } };

/** An SSH server that refuses ten listed defaults and a random login, and takes the declared account before and after. */
const soundSsh = (port = 'tcp/22'): AttemptDraft[] => {
  const ids = Array.from({ length: 10 }, (_, index) => `list-${index}`);
  return [
    recognised(port, 'ssh'),
    attempt(
      'ssh-login',
      `camera/${port}/ssh`,
      [
        login('declared', true, { account: 'admin' }),
        login('none', false),
        login('random', false),
        ...ids.map((secret) => login('candidate', false, { secret })),
        login('declared', true, { account: 'admin' }),
        {
          kind: 'access',
          protocol: 'ssh',
          class: 'shell',
          action: 'execute',
          resource: 'shell',
          authentication: 'required',
        },
        { kind: 'offer', protocol: 'ssh', role: 'kex', name: 'curve25519-sha256' },
        { kind: 'offer', protocol: 'ssh', role: 'host-key', name: 'ssh-ed25519' },
        { kind: 'offer', protocol: 'ssh', role: 'kex', name: 'kex-strict-s-v00@openssh.com' },
        { kind: 'offer', protocol: 'ssh', role: 'cipher', name: 'aes256-gcm@openssh.com' },
        { kind: 'offer', protocol: 'ssh', role: 'mac', name: 'hmac-sha2-256' },
        { kind: 'key', use: 'ssh-host', algorithm: 'ed25519', bits: 256, sha256: sha('7') },
      ],
      { credentials: { matched: [], common: ids, tried: ids } },
    ),
  ];
};

const service = (port: number, protocol: string, more: Partial<DeclaredService> = {}): DeclaredService => ({
  port,
  protocol,
  transport: 'tcp',
  reason: 'needed',
  ...more,
});

const declares = (...services: DeclaredService[]): Declaration => ({
  interfaces: [{ kind: 'ip' }],
  services,
  accounts: [ACCOUNT],
  authentication: [{ service: 'ssh', mechanism: 'password', origin: 'chosen by the user' }],
});

/** HTTPS with a certificate of its own, which an app pins at pairing; a login page and nothing else. */
const pairedHttps = [
  scan({ tcp: [443] }),
  recognised('tcp/443', 'tls', 'http+tls'),
  attempt('tls-server', 'camera/tcp/443/tls', [
    { kind: 'offer', protocol: 'tls', role: 'version', name: 'TLS 1.2' },
    { kind: 'offer', protocol: 'tls', role: 'version', name: 'TLS 1.3' },
    { kind: 'certificate', selfSigned: true, issuer: 'CN=camera' },
    { kind: 'key' },
  ]),
  attempt('http-login', 'camera/tcp/443/http+tls', [
    { kind: 'access', class: 'discovery', resource: '/' },
    { kind: 'access', class: 'setting', resource: '/config', authentication: 'required' },
  ]),
];

/** A broker that lets in only clients with a certificate of its own authority, a random one refused too. */
const broker = (randomCertificate: boolean): RunDraft => ({
  declares: declares(service(8883, 'mqtts')),
  attempts: [
    scan({ tcp: [8883] }),
    recognised('tcp/8883', 'tls', 'mqtt+tls'),
    attempt('mqtt-access', 'camera/tcp/8883/mqtt+tls', [
      login('none', false, { protocol: 'mqtt', answer: 'alert certificate required' }),
      login('random', randomCertificate, { protocol: 'mqtt', secret: 'certificate' }),
      {
        kind: 'access',
        protocol: 'mqtt',
        class: 'function',
        action: 'subscribe',
        resource: '#',
        authentication: randomCertificate ? 'any' : 'required',
      },
    ]),
  ],
});

const shell = (port: number): AttemptDraft[] => [
  recognised(`tcp/${port}`, 'telnet'),
  attempt('telnet-login', `camera/tcp/${port}/telnet`, [
    login('none', true, { protocol: 'telnet' }),
    {
      kind: 'access',
      protocol: 'telnet',
      class: 'shell',
      action: 'execute',
      resource: 'shell',
      authentication: 'none',
    },
  ]),
];

const PERSONS = {
  'IAC-1a': ['declaration-reviewed', 'each-interface-necessary', 'non-ip-interfaces', 'coverage:ipv6'],
  'IAC-1b': ['declaration-reviewed', 'credential-origin', 'non-ip-interfaces', 'coverage:ipv6'],
} as const;
const signed = (criterion: keyof typeof PERSONS, component?: string) => ({
  criterion,
  settles: [...PERSONS[criterion]],
  ...(component === undefined ? {} : { component }),
});

const soundRun = (state: RunDraft['state']): RunDraft => ({
  state,
  declares: declares(service(22, 'ssh')),
  attempts: [scan({ tcp: [22] }), ...soundSsh()],
});

const key = (serial: string): OtherRun[] => [
  {
    run: '20261120T101500Z',
    seal: sha('8'),
    target: 'camera-2',
    item: { model: 'C1', serial, firmware: '1.0' },
    keys: [
      {
        endpoint: {
          host: '198.18.0.20',
          transport: 'tcp' as const,
          port: 22,
          protocol: 'ssh',
          security: 'none' as const,
        },
        fact: { kind: 'key' as const, use: 'ssh-host' as const, algorithm: 'ed25519', bits: 256, sha256: sha('7') },
      },
    ],
  },
];

interface Row extends Situation {
  readonly name: string;
  readonly says: Readonly<Record<string, string>>;
}

const UPDATE = { manifest: 'https://198.18.0.1/manifest', image: 'https://198.18.0.1/image' };

const ROWS: readonly Row[] = [
  {
    name: 'only 443 open, self-signed, paired with an app: nobody can tell whether the app pins it',
    runs: [
      { declares: { ...declares(service(443, 'https')), channels: ['app to device, TLS'] }, attempts: pairedHttps },
    ],
    says: { 'DP-2 camera': 'inconclusive', 'IAC-1a camera': 'inconclusive', 'IAC-1b camera': 'inconclusive' },
  },
  {
    name: 'no open port, cloud only: the device has no interface, and its cloud was not tested',
    runs: [{ declares: { interfaces: [{ kind: 'ip' }], services: [] }, attempts: [scan({})] }],
    beside: [{ id: 'cloud', kind: 'cloud' }],
    product: {
      notApplicable: [
        { criterion: 'IAC-1b', component: 'camera', why: 'it offers no interface', acceptedBy: 'B. Head' },
      ],
    },
    says: {
      'IAC-1b camera': 'not-applicable',
      'IAC-1b cloud': 'not-assessed',
      'IAC-1b': 'not-assessed',
      'IAC-1a camera': 'inconclusive',
    },
  },
  {
    name: 'no open port in both states, and persons signed: needless interfaces there are none',
    runs: (['factory-default', 'operational'] as const).map((state) => ({
      state,
      declares: { interfaces: [{ kind: 'ip' as const }], services: [] },
      attempts: [scan({})],
    })),
    attestations: [signed('IAC-1a')],
    says: { 'IAC-1a camera': 'pass', 'IAC-1a': 'pass', 'IAC-1b': 'inconclusive' },
  },
  {
    name: 'a broker that wants client certificates, a random one refused',
    runs: [broker(false)],
    says: { 'IAC-1b camera': 'inconclusive', 'IAC-1c camera': 'not-assessed' },
  },
  {
    name: 'a broker that takes any client certificate',
    runs: [broker(true)],
    says: { 'IAC-1b camera': 'fail', 'IAC-1b': 'fail' },
  },
  {
    name: 'SSH after a button, declared for the service state and seen there',
    runs: [
      ...(['factory-default', 'operational'] as const).map((state) => ({
        state,
        declares: declares(service(22, 'ssh', { states: ['service'] })),
        attempts: [scan({})],
      })),
      {
        state: 'service',
        declares: declares(service(22, 'ssh', { states: ['service'] })),
        attempts: [scan({ tcp: [22] }), ...soundSsh()],
      },
    ],
    attestations: [signed('IAC-1a')],
    says: { 'IAC-1a camera': 'pass' },
  },
  {
    name: 'SSH declared for the service state, and open without the button',
    runs: [
      {
        state: 'operational',
        declares: declares(service(22, 'ssh', { states: ['service'] })),
        attempts: [scan({ tcp: [22] }), ...soundSsh()],
      },
    ],
    says: { 'IAC-1a camera': 'fail' },
  },
  {
    name: 'the service state declared, and never run',
    runs: (['factory-default', 'operational'] as const).map((state) => ({
      state,
      declares: declares(service(22, 'ssh', { states: ['service'] })),
      attempts: [scan({})],
    })),
    attestations: [signed('IAC-1a')],
    says: { 'IAC-1a camera': 'inconclusive' },
  },
  {
    name: 'hub fine, camera open after onboarding: the hub does not hide it',
    runs: [{ state: 'operational', declares: declares(), attempts: [scan({ tcp: [23] }), ...shell(23)] }],
    beside: [
      {
        id: 'hub',
        kind: 'hub',
        address: '198.18.0.30',
        draft: { declares: declares(service(22, 'ssh')), attempts: [scan({ tcp: [22] }), ...soundSsh()] },
      },
    ],
    product: { provides: [{ criterion: 'IAC-2c', for: 'camera', by: 'hub' }] },
    says: { 'IAC-2c camera': 'fail', 'IAC-2c hub': 'inconclusive', 'IAC-2c': 'fail' },
  },
  {
    name: 'a camera open at onboarding only: what an attacker in range can do there, a person says',
    runs: [{ state: 'onboarding', declares: declares(), attempts: [scan({ tcp: [23] }), ...shell(23)] }],
    says: { 'IAC-2c camera': 'inconclusive' },
  },
  {
    name: 'a change of the default forced at first login: nobody tried yet whether it can be skipped',
    runs: [
      {
        state: 'factory-default',
        declares: declares(service(22, 'ssh')),
        attempts: [
          scan({ tcp: [22] }),
          recognised('tcp/22', 'ssh'),
          attempt('ssh-login', 'camera/tcp/22/ssh', [
            login('none', false),
            login('random', false),
            login('candidate', true, { secret: 'list-1' }),
            login('known-user-random', false),
            login('repeat', true, { secret: 'list-1', proven: true, grants: 'change-only' }),
          ]),
        ],
      },
    ],
    says: { 'IAC-1b camera': 'inconclusive' },
  },
  {
    name: 'the same default lets all the way in',
    runs: [
      {
        declares: declares(service(22, 'ssh')),
        attempts: [
          scan({ tcp: [22] }),
          recognised('tcp/22', 'ssh'),
          attempt('ssh-login', 'camera/tcp/22/ssh', [
            login('none', false),
            login('random', false),
            login('candidate', true, { secret: 'list-1' }),
            login('known-user-random', false),
            login('repeat', true, { secret: 'list-1', proven: true, grants: 'full' }),
          ]),
        ],
      },
    ],
    says: { 'IAC-1b camera': 'fail', 'IAC-2c camera': 'fail' },
  },
  {
    name: 'a lock after three failures: what was not tried stays open',
    runs: [
      {
        declares: declares(service(22, 'ssh')),
        attempts: [
          scan({ tcp: [22] }),
          recognised('tcp/22', 'ssh'),
          attempt(
            'ssh-login',
            'camera/tcp/22/ssh',
            [login('none', false), login('random', false), { kind: 'throttle', after: 3, response: 'lock' }],
            { broke: 'locked', open: ['login'] },
          ),
        ],
      },
    ],
    attestations: [signed('IAC-1b')],
    says: { 'IAC-1b camera': 'inconclusive' },
  },
  {
    name: 'two samples with one host key',
    runs: [{ item: { model: 'C1', serial: '1', firmware: '1.0' }, ...soundRun('operational') }],
    others: key('2'),
    says: { 'IAC-1b camera': 'fail', 'DP-2 camera': 'fail' },
  },
  {
    name: 'one sample seen twice, nothing says that they are two',
    runs: [soundRun('operational')],
    others: key('1'),
    says: { 'IAC-1b camera': 'inconclusive', 'DP-2 camera': 'inconclusive' },
  },
  {
    name: 'a debug port declared needed, open to anyone: removed or secured, the criterion says',
    runs: [{ declares: declares(service(23, 'telnet')), attempts: [scan({ tcp: [23] }), ...shell(23)] }],
    attestations: [signed('IAC-1a')],
    says: { 'IAC-1a camera': 'fail', 'IAC-1b camera': 'fail' },
  },
  {
    name: 'declared not applicable, and the run aborted',
    runs: [{ status: 'aborted', declares: { interfaces: [{ kind: 'ip' }], services: [] }, attempts: [scan({})] }],
    product: { notApplicable: [{ criterion: 'IAC-1b', why: 'it offers no interface', acceptedBy: 'B. Head' }] },
    says: { 'IAC-1b camera': 'inconclusive' },
  },
  {
    name: 'declared not applicable, and something is open',
    runs: [{ declares: { interfaces: [{ kind: 'ip' }] }, attempts: [scan({ tcp: [22] }), ...soundSsh()] }],
    product: { notApplicable: [{ criterion: 'IAC-1b', why: 'it offers no interface', acceptedBy: 'B. Head' }] },
    says: { 'IAC-1b camera': 'inconclusive' },
  },
  {
    name: 'mDNS beside SSH: names on the local network are no clear-text failure',
    runs: [
      {
        declares: { ...declares(service(22, 'ssh')), channels: ['app to device, SSH'] },
        attempts: [scan({ tcp: [22], udp: [5353] }), ...soundSsh(), recognised('udp/5353', 'mdns')],
      },
    ],
    says: { 'DP-2 camera': 'inconclusive' },
  },
  {
    name: 'a signed image, and nothing tampered offered: it shows that the maker signs',
    runs: [
      {
        declares: { update: UPDATE },
        attempts: [
          scan({}),
          attempt('update-channel', 'camera', [
            { kind: 'update', role: 'image', transport: 'tls', url: 'https://198.18.0.1/image' },
            { kind: 'artifact', signed: 'by-given-key' },
          ]),
        ],
      },
    ],
    attestations: [{ criterion: 'SU-1', settles: ['declaration-reviewed'] }],
    says: { 'SU-1 camera': 'inconclusive', 'SU-1': 'inconclusive' },
  },
  {
    name: 'a root shell that a person found by hand',
    runs: [soundRun('operational')],
    attestations: [{ criterion: 'IAC-1b', settles: ['root-shell-on-the-serial-header'], verdict: 'fail' }],
    says: { 'IAC-1b camera': 'fail', 'IAC-1b': 'fail' },
  },
  {
    name: 'a bare address of a product with app and cloud: its device alone has verdicts',
    runs: (['factory-default', 'operational'] as const).map((state) => ({
      state,
      declares: { interfaces: [{ kind: 'ip' as const }], services: [] },
      attempts: [scan({})],
    })),
    product: null,
    attestations: [signed('IAC-1a')],
    says: { 'IAC-1a camera': 'pass', 'IAC-1a': 'inconclusive' },
  },
  {
    name: 'everything sound, in both states, and persons signed',
    runs: [soundRun('factory-default'), soundRun('operational')],
    attestations: [signed('IAC-1a'), signed('IAC-1b')],
    says: { 'IAC-1a camera': 'pass', 'IAC-1b camera': 'pass', 'IAC-1b': 'pass' },
  },
  {
    name: "everything sound, and it is the maker who signed: a lab's item is not the maker's to sign",
    runs: [soundRun('factory-default'), soundRun('operational')],
    attestations: [{ ...signed('IAC-1a'), for: 'maker' }],
    says: { 'IAC-1a camera': 'inconclusive' },
  },
  {
    name: 'everything sound, and what was signed is of another firmware',
    runs: [soundRun('factory-default'), soundRun('operational')],
    attestations: [{ ...signed('IAC-1a'), item: { model: 'C1', serial: '1', firmware: '0.9' } }],
    says: { 'IAC-1a camera': 'inconclusive' },
  },
  {
    name: 'a channel in clear, its risk accepted: the verdict stays',
    runs: [
      {
        declares: { ...declares(service(80, 'http', { public: true })), channels: ['weather, public'] },
        attempts: [
          scan({ tcp: [80] }),
          recognised('tcp/80', 'http'),
          attempt('http-redirect', 'camera/tcp/80/http', [{ kind: 'channel', protocol: 'http', encryption: 'none' }]),
        ],
      },
    ],
    dispositions: [
      {
        id: 'R-1',
        kind: 'risk-acceptance',
        selects: { check: 'transport-encrypted', component: 'camera', port: 80 },
        justification: 'weather that anybody may read',
        approvedBy: 'B. Head',
        approvedAt: '2026-11-25T00:00:00Z',
        expires: '2027-11-25T00:00:00Z',
        riskAssessment: { file: 'risk.pdf', sha256: SEAL },
      },
    ],
    says: { 'DP-2 camera': 'fail', 'DP-2': 'fail' },
  },
];

describe('situations, and what an assessor says of them', () => {
  test.each(ROWS.map((row) => [row.name, row] as const))('%s', (_name, { says, ...situation }) => {
    const assessment = assessed(situation);
    const told = Object.fromEntries(Object.keys(says).map((name) => [name, verdictOf(assessment, name)]));
    expect(told).toEqual(says);
  });

  test('a public channel with its risk accepted: the gate is told, the verdict is not', () => {
    const row = ROWS.find(({ dispositions }) => dispositions !== undefined)!;
    const assessment = assessed(row);
    expect(assessment.dispositions?.map(({ is }) => is)).toEqual(['in-force']);
    const { dispositions: _, ...without } = row;
    expect(assessed(without).criteria).toEqual(assessment.criteria);
  });

  test('a re-test with fewer ports is worse, and what failed is not fixed by it', () => {
    const before = assessed({
      runs: [{ declares: declares(), attempts: [scan({ tcp: [22, 23] }), ...soundSsh(), ...shell(23)] }],
    });
    const after = assessed({
      runs: [
        {
          id: '20261123T101500Z',
          declares: declares(),
          attempts: [
            attempt('tcp-ports', 'camera', [{ kind: 'port', port: 22, state: 'open', reason: 'syn-ack' }]),
            ...soundSsh(),
          ],
        },
      ],
    });
    const { worse, changes } = compare(before, after);
    expect(worse).toBe(true);
    expect(
      changes.filter(({ id }) => id.includes('tcp/23') && id.startsWith('access')).map(({ kind }) => kind),
    ).toEqual(['not-re-tested']);
  });

  test.each([
    [HOST, undefined],
    ['198.18.0.77', [{ component: 'camera', from: '198.18.0.77', to: HOST }]],
  ])('one device at two addresses is one item (%s), and it is told', (address, moves) => {
    const runs = (['factory-default', 'operational'] as const).map((state, index) => ({
      ...soundRun(state),
      component: { mac: '00:1a:22:33:44:0a', ...(index === 0 ? { addresses: [address] } : {}) },
    }));
    const assessment = assessed({ runs, attestations: [signed('IAC-1b')] });
    expect(verdictOf(assessment, 'IAC-1b camera')).toBe('pass');
    expect(assessment.runs[0]!.moves).toEqual(moves);
  });
});
