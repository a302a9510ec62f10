import { shippedProfiles } from '../../src/cli/load-profile.ts';
import { readProfiles } from '../../src/cli/profiles.ts';
import type { OtherRun } from '../../src/judge/judge.ts';
import type { Assessment } from '../../src/model/assessment.ts';
import type { Declaration, State } from '../../src/model/target.ts';
import { type AttemptDraft, attempt, type FactDraft, type RunDraft, recognised, scan, sha } from './run.ts';
import { assessed, type Situation } from './situation.ts';

/** The best device that the checks can see, with every person's item signed, and parts that make it worse. */

const LIST = Array.from({ length: 10 }, (_, index) => `list-${index}`);
export const TRIED = { credentials: { matched: [], common: LIST, tried: LIST } };
export const STATES: readonly State[] = ['factory-default', 'onboarding', 'operational', 'reconnected', 'reset'];

export const login = (protocol: string, arm: string, accepted: boolean, rest: object = {}): FactDraft =>
  ({ kind: 'login', protocol, arm, accepted, ...rest }) as FactDraft;
export const reached = (protocol: string, what: string, action: string, authentication = 'none'): FactDraft =>
  ({ kind: 'access', protocol, class: what, action, resource: what, authentication }) as FactDraft;
export const offer = (role: string, name: string): FactDraft =>
  ({ kind: 'offer', protocol: role === 'version' ? 'tls' : 'ssh', role, name }) as FactDraft;

/** Ten listed defaults refused between two logins of the declared account, and failures slowed down. */
export const refused = (protocol: string): FactDraft[] => [
  login(protocol, 'declared', true, { account: 'admin' }),
  login(protocol, 'none', false),
  login(protocol, 'random', false),
  ...LIST.map((secret) => login(protocol, 'candidate', false, { secret })),
  login(protocol, 'declared', true, { account: 'admin' }),
  { kind: 'throttle', protocol, account: 'admin', after: 5, response: 'delay', milliseconds: 2000 },
];
export const accepted = (protocol: string, grants: 'full' | 'change-only'): FactDraft[] => [
  login(protocol, 'random', false),
  login(protocol, 'candidate', true, { secret: 'list-1' }),
  login(protocol, 'known-user-random', false),
  login(protocol, 'repeat', true, { secret: 'list-1', proven: true, grants }),
];

export const OFFERS = [
  offer('kex', 'curve25519-sha256'),
  offer('kex', 'kex-strict-s-v00@openssh.com'),
  offer('host-key', 'ssh-ed25519'),
  offer('cipher', 'aes256-gcm@openssh.com'),
  offer('mac', 'hmac-sha2-256'),
];
export const SSH_KEY: FactDraft = { kind: 'key', use: 'ssh-host', algorithm: 'ed25519', bits: 256, sha256: sha('7') };

/** The parts of a device, each to be replaced by one that is not so good. */
export interface Parts {
  ssh: readonly FactDraft[];
  http: readonly FactDraft[];
  tls: readonly FactDraft[];
  identity: readonly FactDraft[];
  update: readonly FactDraft[];
  tcp: readonly number[];
  udp: readonly number[];
  more: readonly (AttemptDraft | readonly AttemptDraft[])[];
}

export const SOUND: Parts = {
  ssh: [...refused('ssh'), reached('ssh', 'shell', 'execute', 'required'), ...OFFERS, SSH_KEY],
  http: [
    ...refused('http'),
    ...(['write', 'read'] as const).map((action) => reached('http', 'setting', action, 'required')),
    reached('http', 'function', 'execute', 'required'),
    reached('http', 'discovery', 'read'),
  ],
  tls: [
    offer('version', 'TLS 1.2'),
    offer('version', 'TLS 1.3'),
    { kind: 'certificate', trusted: true, nameMatches: true },
    { kind: 'key' },
  ],
  identity: [
    ['serial', 'S-1'],
    ['model', 'C1'],
    ['firmware', '1.0'],
  ].map(([what, value]) => ({ kind: 'identity', what, value, authenticated: true }) as FactDraft),
  update: [
    { kind: 'update', role: 'image', transport: 'tls', authenticated: true, url: 'https://198.18.0.1/image' },
    {
      kind: 'artifact',
      url: 'https://198.18.0.1/image',
      signed: 'by-given-key',
      algorithm: 'ed25519',
      bits: 256,
    },
  ],
  tcp: [],
  udp: [],
  more: [],
};

const services = [
  { port: 22, transport: 'tcp' as const, protocol: 'ssh', reason: 'support' },
  { port: 443, transport: 'tcp' as const, protocol: 'https', reason: 'management' },
];
const PASSWORD = { mechanism: 'password', origin: 'chosen by the user' };
const DECLARES: Declaration = {
  interfaces: [{ kind: 'ip' }],
  services,
  logins: { lock: 'none' },
  accounts: [{ user: 'admin', secret: { env: 'A' } }],
  authentication: ['ssh', 'http'].map((service) => ({ service, ...PASSWORD })),
  update: { mechanism: 'https', image: 'https://198.18.0.1/image', key: 'k', policy: 'automatic' },
  identifiers: ['a serial number on the label'],
  configuration: ['all by the web page'],
  data: ['settings'],
  channels: ['app to device'],
  roles: [{ name: 'admin', may: ['everything'] }],
  messages: ['none'],
  peers: ['update server'],
  onboarding: ['by web page'],
  events: ['logins'],
};

const attempts = (parts: Parts): RunDraft['attempts'] => [
  scan({ tcp: [22, 443, ...parts.tcp], udp: parts.udp }),
  recognised('tcp/22', 'ssh'),
  attempt('ssh-login', 'camera/tcp/22/ssh', parts.ssh, TRIED),
  recognised('tcp/443', 'tls', 'http+tls'),
  attempt('tls-server', 'camera/tcp/443/tls', parts.tls),
  attempt('http-login', 'camera/tcp/443/http+tls', parts.http, TRIED),
  attempt('identity', 'camera', parts.identity),
  attempt('update-channel', 'camera', parts.update),
  ...parts.more,
];

/** The best device, but for some parts in some states (in all, where none is named). */
export const device = (
  worse: Partial<Parts> = {},
  states: readonly State[] = STATES,
  declares: Declaration = {},
  all: readonly State[] = [...new Set([...STATES, ...states])],
): RunDraft[] =>
  all.map((state) => ({
    state,
    declares: { ...DECLARES, ...declares },
    attempts: attempts(states.includes(state) ? { ...SOUND, ...worse } : SOUND),
  }));

/** Another sample of the model, which has keys of its own; or the SSH key of this one. */
export const sample = (ssh = '9'): OtherRun[] => [
  {
    run: '20261120T101500Z',
    seal: sha('8'),
    target: 'camera-2',
    item: { model: 'C1', serial: '2', firmware: '1.0' },
    keys: [
      {
        endpoint: { host: '198.18.0.20', transport: 'tcp', port: 22, protocol: 'ssh', security: 'none' },
        fact: { kind: 'key', use: 'ssh-host', algorithm: 'ed25519', bits: 256, sha256: sha(ssh) },
      },
      {
        endpoint: { host: '198.18.0.20', transport: 'tcp', port: 443, protocol: 'tls', security: 'none' },
        fact: { kind: 'key', use: 'tls', algorithm: 'rsa', bits: 2048, sha256: sha('6') },
      },
    ],
  },
];

export const PROFILES = shippedProfiles();
export const loaded = new Map(readProfiles(PROFILES).map(({ profile }) => [profile.profile, profile]));
export const COVERAGE = ['tcp', 'udp', 'ipv4', 'ipv6', 'credentials', 'capture'].map((what) => `coverage:${what}`);

/** Every person's item of a profile and everything that coverage may miss, signed; nothing that a check found. */
export const everything = (profile: string, rest: object = {}): NonNullable<Situation['attestations']> =>
  loaded
    .get(profile)!
    .criteria.map(({ id, person }) => ({ criterion: id, settles: [...person, ...COVERAGE], ...rest }));

export const seen = (profile: string, runs: readonly RunDraft[], rest: Partial<Situation> = {}): Assessment =>
  assessed({ runs, profile, others: sample(), attestations: everything(profile), ...rest });

export const idsOf = ({ criteria }: Assessment, ...verdicts: string[]): string[] =>
  criteria.filter(({ heading, verdict }) => !heading && verdicts.includes(verdict)).map(({ id }) => id);

export const NIST = 'nist-consumer-iot-2022';
export const CATALOGUE = 'nist-technical-catalog-2021';
export const ETSI = 'etsi-en-303-645-2020';
export const CTA = 'cta-2088-a';
export const UL = 'ul-mcv-1376';

export const shell = (port = 23): Partial<Parts> => ({
  tcp: [port],
  more: [
    recognised(`tcp/${port}`, 'telnet'),
    attempt('telnet-login', `camera/tcp/${port}/telnet`, [
      login('telnet', 'none', true),
      reached('telnet', 'shell', 'execute'),
    ]),
  ],
});
export const http = (...facts: FactDraft[]): Partial<Parts> => ({ http: [...SOUND.http, ...facts] });
export const clear: Partial<Parts> = {
  tcp: [80],
  more: [
    recognised('tcp/80', 'http'),
    attempt('http-redirect', 'camera/tcp/80/http', [{ kind: 'channel', protocol: 'http' }]),
    attempt(
      'http-login',
      'camera/tcp/80/http',
      [...refused('http'), reached('http', 'setting', 'write', 'required')],
      TRIED,
    ),
  ],
};
export const anonymous: Partial<Parts> = {
  tcp: [1883],
  more: [
    recognised('tcp/1883', 'mqtt'),
    attempt('mqtt-access', 'camera/tcp/1883/mqtt', [
      login('mqtt', 'none', true),
      reached('mqtt', 'function', 'subscribe'),
    ]),
  ],
};
export const snmp: Partial<Parts> = {
  udp: [161],
  more: [
    recognised('udp/161', 'snmp'),
    attempt('snmp-access', 'camera/udp/161/snmp', accepted('snmp', 'full'), TRIED),
    attempt('snmp-access', 'camera/udp/161/snmp', [reached('snmp', 'setting', 'read', 'required')]),
  ],
};
export const declaring = (
  ...more: { port: number; transport?: 'tcp' | 'udp'; protocol: string; public?: boolean; states?: State[] }[]
): Declaration => ({
  services: [...services, ...more.map((one) => ({ transport: 'tcp' as const, reason: 'so', ...one }))],
});

/** What an assessor calls open. */
export const OPEN = 'inconclusive';

/** The same attempts, each timed out before it saw anything. */
export const silent = (runs: readonly RunDraft[]): RunDraft[] =>
  runs.map((one) => ({
    ...one,
    attempts: (one.attempts ?? []).flat().map((each) => ({ ...each, facts: [], broke: 'timeout' as const })),
  }));
