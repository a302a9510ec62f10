import type { Assessment, CheckResult, CriterionResult, Finding } from '../src/model/assessment.ts';
import type { Fact } from '../src/model/fact.ts';
import { Profile } from '../src/model/profile.ts';
import type { Attempt, Run } from '../src/model/run.ts';
import type { ReportInput } from '../src/report/report.ts';

/** Test data: one camera and its hub, with every verdict, so that tests and people can look at a whole report. */

const HOST = '198.18.4.21';
const digest = (n: number): string => n.toString(16).padStart(4, '0').repeat(16);
const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 22, 10, 15, seconds)).toISOString();

let evidence = 0;
const attempt = (id: string, endpoint: Attempt['endpoint'], facts: Fact[], more: Partial<Attempt> = {}): Attempt => ({
  id,
  probe: id.slice(0, id.indexOf('@')),
  component: 'camera',
  endpoint,
  startedAt: at(3),
  endedAt: at(9),
  outcome: { status: 'completed' },
  observations: facts.map((fact, index) => ({
    id: `${id}#${index + 1}`,
    at: at(4 + index),
    fact,
    evidence: [digest(++evidence)],
  })),
  evidence: [digest(900)],
  ...more,
});

const port = (number: number, to?: number): Fact => ({
  kind: 'port',
  transport: 'tcp',
  port: number,
  state: to === undefined ? 'open' : 'closed',
  reason: to === undefined ? 'syn-ack' : 'conn-refused',
  by: 'nmap',
  ...(to === undefined ? {} : { to }),
});

const service = (protocol: string, product?: string, version?: string, security: 'none' | 'tls' = 'none'): Fact => ({
  kind: 'service',
  protocol,
  security,
  ...(product === undefined ? {} : { product }),
  ...(version === undefined ? {} : { version }),
});

const tcp = (number: number, protocol?: string) => ({
  host: HOST,
  transport: 'tcp' as const,
  port: number,
  ...(protocol ? { protocol, security: 'none' as const } : {}),
});

const attempts = (): Attempt[] => {
  evidence = 0;
  return [
    attempt('tcp-ports@camera', { host: HOST }, [
      port(1, 21),
      port(22),
      port(23),
      port(24, 79),
      port(80),
      port(81, 442),
      port(443),
      port(444, 553),
      port(554),
      port(555, 1899),
      port(1900, 65535),
    ]),
    attempt('udp-ports@camera', { host: HOST }, [
      { kind: 'port', transport: 'udp', port: 161, state: 'open-or-filtered', reason: 'no-response', by: 'payload' },
      { kind: 'port', transport: 'udp', port: 5353, state: 'open', reason: 'answer', by: 'payload' },
    ]),
    attempt('identify@camera/tcp/22', tcp(22), [service('ssh', 'dropbear', '2017.75')]),
    attempt('identify@camera/tcp/23', tcp(23), [service('telnet')]),
    attempt('identify@camera/tcp/80', tcp(80), [service('http', 'GoAhead-Webs')]),
    attempt('identify@camera/tcp/443', tcp(443), [service('tls'), service('http', undefined, undefined, 'tls')]),
    attempt('identify@camera/tcp/554', tcp(554), [], {
      outcome: {
        status: 'inconclusive',
        reason: 'timeout',
        detail: 'no byte within 2,000 ms of any of 7 greetings',
        open: ['service'],
      },
    }),
    attempt(
      'ssh-login@camera/tcp/22',
      tcp(22, 'ssh'),
      [
        {
          kind: 'login',
          protocol: 'ssh',
          account: '',
          arm: 'none',
          accepted: false,
          answer: 'none: publickey,password',
        },
        { kind: 'login', protocol: 'ssh', account: 'qzvx', arm: 'random', accepted: false, answer: 'auth failure' },
        {
          kind: 'login',
          protocol: 'ssh',
          account: 'root',
          secret: 'mirai-01',
          arm: 'candidate',
          accepted: false,
          answer: 'auth failure',
        },
        { kind: 'throttle', protocol: 'ssh', account: 'root', after: 3, response: 'delay', milliseconds: 3012 },
      ],
      {
        credentials: {
          list: digest(77),
          matched: ['mirai-01', 'mirai-02'],
          common: ['common-1', 'common-2', 'common-3'],
          tried: ['mirai-01', 'mirai-02'],
        },
      },
    ),
    attempt(
      'telnet-login@camera/tcp/23',
      tcp(23, 'telnet'),
      [
        {
          kind: 'login',
          protocol: 'telnet',
          account: 'root',
          secret: 'mirai-01',
          arm: 'candidate',
          accepted: true,
          answer: 'prompt "# "',
        },
        {
          kind: 'login',
          protocol: 'telnet',
          account: 'root',
          arm: 'known-user-random',
          accepted: false,
          answer: 'Login incorrect',
        },
        {
          kind: 'login',
          protocol: 'telnet',
          account: 'root',
          secret: 'mirai-01',
          arm: 'repeat',
          accepted: true,
          proven: true,
          grants: 'full',
          answer: 'prompt "# "',
        },
      ],
      {
        credentials: {
          list: digest(77),
          matched: ['mirai-01', 'mirai-02'],
          common: ['common-1', 'common-2', 'common-3'],
          tried: ['mirai-01'],
        },
      },
    ),
    attempt('tls-offers@camera/tcp/443', tcp(443, 'tls'), [
      { kind: 'offer', protocol: 'tls', role: 'version', name: 'TLS 1.0' },
      { kind: 'offer', protocol: 'tls', role: 'version', name: 'TLS 1.2' },
      {
        kind: 'offer',
        protocol: 'tls',
        role: 'suite',
        version: 'TLS 1.2',
        name: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
        code: 0xc02f,
      },
      { kind: 'key', use: 'tls', algorithm: 'rsa', bits: 2048, sha256: digest(55) },
    ]),
  ];
};

const CAMERA_REASON = 'firmware update and viewing over the local network';

export const sampleRun = (): Run => ({
  schema: 1,
  id: '20261122T101500Z',
  tool: 'probity 0.1.0',
  target: {
    id: 'doorstep-camera',
    product: { name: 'Doorstep camera', complete: true, notApplicable: [] },
    components: [
      {
        id: 'camera',
        kind: 'device',
        addresses: [HOST, '2001:db8::15'],
        names: ['camera.test'],
        mac: '02:00:00:00:00:15',
        vendor: 'Example Vision',
        declares: {
          services: [
            { port: 443, transport: 'tcp', protocol: 'http', reason: CAMERA_REASON },
            { port: 'dynamic', transport: 'udp', protocol: 'mdns', reason: 'found by the app' },
            { port: '550-560', transport: 'tcp', reason: 'video' },
          ],
        },
      },
      { id: 'cloud', kind: 'cloud', addresses: [], names: ['cloud.camera.test'], declares: {} },
    ],
    scope: [`${HOST}/32`, '2001:db8::15/128'],
    allow: { impact: 'login', by: 'R. Okafor, Example Vision', until: '2026-12-31T23:59:59Z' },
  },
  item: { model: 'EV-210', serial: '0021', firmware: '2.4.1', sample: '1 of 2' },
  state: 'operational',
  startedAt: at(0),
  endedAt: new Date(Date.UTC(2026, 10, 22, 10, 24, 51)).toISOString(),
  status: 'completed',
  sources: {
    probity: '0.1.0',
    node: 'v20.20.0',
    discovery: 'nmap 7.93 (SYN scan)',
    'credentials:default': digest(77),
    tester: '198.18.4.2',
  },
  probes: [{ id: 'ssh-login', version: '1', emits: ['login', 'throttle'], impact: 'login' }],
  limits: {
    devices: 8,
    connections: 4,
    rate: 10_000,
    connectsInFlight: 500,
    wait: 5_000,
    attempt: 180_000,
    device: 1_800_000,
    run: 86_400_000,
    readBytes: 1_048_576,
    loginsPerService: 30,
    tcp: '1-65535',
    udp: '53,161,5353',
    exclude: [],
  },
  signed: false,
  attempts: attempts(),
});

const finding = (
  check: string,
  place: Attempt['endpoint'] & { subject?: string },
  verdict: Finding['verdict'],
  because: string,
  expected: string,
  more: Partial<Finding> = {},
): Finding => ({
  id: `${check}@camera${place.port ? `/${place.transport}/${place.port}` : ''}${place.subject ? `/${place.subject}` : ''}`,
  run: '20261122T101500Z',
  check,
  facets: {},
  conditions: [],
  verdict,
  strength: 'conclusive',
  component: 'camera',
  about: place,
  because,
  expected,
  basis: [],
  ...more,
});

const findings = (): Finding[] => [
  finding(
    'default-credentials-rejected',
    tcp(23, 'telnet'),
    'fail',
    'Telnet accepted the account “root” with list entry mirai-01, refused it with a random password and accepted it again.',
    'Every default credential of the list that was tried is rejected.',
    {
      facets: { grants: 'full' },
      coverage: { tried: 1, of: 5, what: 'list entries' },
      remedy: 'Give each device a password of its own, or have the user choose one before anything else works.',
      basis: ['telnet-login@camera/tcp/23#1', 'telnet-login@camera/tcp/23#2', 'telnet-login@camera/tcp/23#3'],
    },
  ),
  finding(
    'default-credentials-rejected',
    tcp(22, 'ssh'),
    'pass',
    'SSH rejected all list entries that were tried, and a random password.',
    'Every default credential of the list that was tried is rejected.',
    {
      coverage: { tried: 2, of: 5, what: 'list entries' },
      basis: ['ssh-login@camera/tcp/22#2', 'ssh-login@camera/tcp/22#3'],
    },
  ),
  finding(
    'default-credentials-rejected',
    tcp(554),
    'inconclusive',
    'Port tcp/554 is open and no service was recognised on it.',
    'Every open port is recognised.',
    { gap: true, basis: ['identify@camera/tcp/554', 'tcp-ports@camera#9'] },
  ),
  finding(
    'login-guessing-limited',
    tcp(22, 'ssh'),
    'pass',
    'After 3 failed logins SSH answered 3,012 ms later.',
    'Wrong logins in a row meet a delay, a lock or a refusal.',
    { basis: ['ssh-login@camera/tcp/22#4'] },
  ),
  finding(
    'services-declared',
    tcp(23, 'telnet'),
    'fail',
    'Port tcp/23 (telnet) is open and not declared.',
    'Every open port is declared.',
    { restsOn: 'declaration', basis: ['tcp-ports@camera#3', 'identify@camera/tcp/23#1'] },
  ),
  finding(
    'services-declared',
    { host: HOST, subject: 'udp-silent' },
    'inconclusive',
    'UDP port 161 was silent to its payload: neither open nor closed.',
    'Every UDP port of the list is open or closed.',
    { basis: ['udp-ports@camera#1'] },
  ),
  finding(
    'tls-versions-current',
    tcp(443, 'tls'),
    'fail',
    'TLS 1.0 was accepted.',
    'Only TLS 1.2 and TLS 1.3 are accepted.',
    { basis: ['tls-offers@camera/tcp/443#1'] },
  ),
  finding(
    'tls-certificate-valid',
    tcp(443, 'tls'),
    'fail',
    'The certificate is self-signed, and no trust anchor was declared or given.',
    'The certificate chains to a declared or given trust anchor.',
    { strength: 'indicative', basis: ['tls-offers@camera/tcp/443'] },
  ),
  finding(
    'keys-strong',
    tcp(443, 'tls'),
    'pass',
    'The TLS key is RSA with 2,048 bits.',
    'RSA keys have at least 2,048 bits.',
    { basis: ['tls-offers@camera/tcp/443#4'] },
  ),
  finding(
    'update-image-signed',
    { host: HOST },
    'not-applicable',
    'No update is declared, and no update service was found.',
    'Images are signed by the given key.',
    { restsOn: 'declaration', basis: ['tcp-ports@camera'] },
  ),
  finding(
    'device-identifiable',
    { host: HOST },
    'inconclusive',
    'No probe that ran reads identifiers.',
    'A unique identifier, the model and the firmware version can be read.',
    { gap: true },
  ),
];

const check = (
  id: string,
  title: string,
  theme: CheckResult['theme'],
  verdict: CheckResult['verdict'],
  all: Finding[],
  built = true,
): CheckResult => ({
  check: id,
  title,
  theme,
  built,
  component: 'camera',
  verdict,
  findings: all.filter((entry) => entry.check === id).map((entry) => entry.id),
});

const criterion = (
  id: string,
  title: string,
  verdict: CriterionResult['verdict'],
  because: string,
  more: Partial<CriterionResult> = {},
): CriterionResult => ({
  id,
  title,
  level: 'must',
  kind: 'technical',
  heading: false,
  verdict,
  basis: 'none',
  because,
  components: [],
  ...more,
});

export const sampleAssessment = (): Assessment => {
  const all = findings();
  const named = (...checks: string[]) => all.filter((entry) => checks.includes(entry.check)).map((entry) => entry.id);
  return {
    schema: 1,
    tool: 'probity 0.1.0',
    runs: [{ id: '20261122T101500Z', seal: digest(4711), state: 'operational', status: 'completed' }],
    judgedAt: '2026-11-22T10:25:00.000Z',
    profile: {
      id: 'sample-2026',
      title: 'Sample criteria for connected products',
      edition: '2026',
      digest: digest(88),
    },
    decisionRule: 'verdict-fold/1',
    target: 'doorstep-camera',
    verdict: 'fail',
    criteria: [
      criterion('DP', 'Data protection', 'fail', 'DP-2 fails.', { heading: true }),
      criterion(
        'DP-1',
        'Stored data are protected',
        'not-assessed',
        'No required check completed, and nobody has signed for it.',
        {
          parent: 'DP',
          components: [
            {
              component: 'camera',
              verdict: 'not-assessed',
              findings: [],
              because: 'Nothing was looked at.',
              missing: [
                { what: 'declaration', detail: 'data: which data are stored, where, and how they are protected' },
                { what: 'person', detail: 'declaration-reviewed' },
                { what: 'person', detail: 'protection-at-rest-examined' },
              ],
            },
          ],
        },
      ),
      criterion('DP-2', 'Data sent and received are protected', 'fail', 'tls-versions-current fails on camera.', {
        parent: 'DP',
        basis: 'automated',
        reading: 'Protections are those of BCP 195 for TLS and DTLS.',
        components: [
          {
            component: 'camera',
            verdict: 'fail',
            findings: named('tls-versions-current', 'tls-certificate-valid', 'keys-strong'),
            because: 'TLS 1.0 was accepted on tcp/443.',
            missing: [
              { what: 'coverage', detail: 'a capture of one boot and one idle hour' },
              { what: 'person', detail: 'declaration-reviewed' },
            ],
          },
          {
            component: 'cloud',
            verdict: 'not-assessed',
            findings: [],
            because: 'The component is out of the laboratory’s reach.',
            missing: [],
          },
        ],
      }),
      criterion('IAC', 'Interface access control', 'fail', 'IAC-1a fails.', { heading: true }),
      criterion('IAC-1a', 'Only needed interfaces are offered', 'fail', 'services-declared fails on camera.', {
        parent: 'IAC',
        basis: 'automated',
        components: [
          {
            component: 'camera',
            verdict: 'fail',
            findings: named('services-declared'),
            because: 'Port tcp/23 is open and not declared.',
            restsOn: 'declaration',
            missing: [{ what: 'state', detail: 'a run in the state factory-default' }],
          },
        ],
      }),
      criterion('IAC-1b', 'Users and components are identified', 'inconclusive', 'Coverage is missing.', {
        parent: 'IAC',
        level: 'should',
        basis: 'mixed',
        components: [
          {
            component: 'camera',
            verdict: 'inconclusive',
            findings: named('default-credentials-rejected', 'login-guessing-limited'),
            because: 'An indicative failure is not settled.',
            missing: [
              { what: 'control', detail: 'a login with a declared account on tcp/22' },
              {
                what: 'finding',
                detail:
                  'default-credentials-rejected@camera/tcp/554: Port tcp/554 is open and no service was recognised on it.',
              },
            ],
          },
        ],
      }),
      criterion('KEY-1', 'Keys are strong', 'pass', 'keys-strong passes on camera.', {
        basis: 'automated',
        components: [
          {
            component: 'camera',
            verdict: 'pass',
            findings: named('keys-strong'),
            because: 'Every required check passes.',
            missing: [],
          },
        ],
      }),
      criterion('DOC-1', 'Documentation is kept', 'not-assessed', 'Nobody has signed for it.', {
        kind: 'non-technical',
      }),
    ],
    checks: [
      check('default-credentials-rejected', 'Default credentials are rejected', 'access', 'fail', all),
      check('login-guessing-limited', 'Login guessing is limited', 'access', 'pass', all),
      check('services-declared', 'All services are declared', 'interfaces', 'fail', all),
      check('tls-versions-current', 'TLS versions are current', 'transport', 'fail', all),
      check('tls-certificate-valid', 'TLS certificates are valid', 'transport', 'fail', all),
      check('keys-strong', 'Keys are strong', 'transport', 'pass', all),
      check('update-image-signed', 'Update images are signed', 'update', 'not-applicable', all),
      check('device-identifiable', 'The device can be identified', 'product', 'inconclusive', all, false),
    ],
    findings: all,
    signed: false,
  };
};

export const sampleProfile = (): Profile =>
  Profile.parse({
    profile: 'sample-2026',
    title: 'Sample criteria for connected products',
    edition: '2026',
    decisionRule: 'verdict-fold/1',
    criteria: [
      { id: 'DP', title: 'Data protection', heading: true },
      {
        id: 'DP-1',
        title: 'Stored data are protected',
        parent: 'DP',
        text: 'Each component protects the data it stores.',
      },
      {
        id: 'DP-2',
        title: 'Data sent and received are protected',
        parent: 'DP',
        text: 'Each component protects data that it sends and receives.',
      },
      { id: 'IAC', title: 'Interface access control', heading: true },
      { id: 'IAC-1a', title: 'Only needed interfaces are offered', parent: 'IAC' },
      { id: 'IAC-1b', title: 'Users and components are identified', parent: 'IAC', level: 'should' },
      { id: 'KEY-1', title: 'Keys are strong' },
      { id: 'DOC-1', title: 'Documentation is kept', kind: 'non-technical' },
    ],
  });

/** A whole report's input. */
export const sampleInput = (): ReportInput => ({
  assessment: sampleAssessment(),
  runs: [{ run: sampleRun(), seal: digest(4711) }],
  profile: sampleProfile(),
  evidence: '../../run/',
});
