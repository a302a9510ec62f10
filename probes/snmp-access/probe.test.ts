import type { UdpService } from '../../fixtures/service.ts';
import { garbage, mirror, silent, snmp } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: UdpService) => (host: string) => service.start(host, 0);
const candidates = [
  { id: 'x:1', user: '', secret: 'hunter2' },
  { id: 'x:2', user: '', secret: 'public7' },
];
const common = {
  protocol: 'snmp',
  transport: 'udp' as const,
  candidates,
  limits: { wait: 120 },
  ignore: ['milliseconds'],
  never: /hunter2|public7/,
};
const weak = { ...common, device: 'weak', outcome: 'completed' } as const;
const sound = { ...common, device: 'sound', outcome: 'completed' } as const;
const open = { ...common, device: 'cannot-tell' } as const;
const LIVE = 'silence of a live agent';
const RANDOM = `${LIVE}, unknownUserNames`;
const READ = 'SNMPv2c answer, status 0';

const login = (arm: string, account: string, secret: string, accepted: boolean, silence = LIVE, more = {}) =>
  ({
    kind: 'login',
    protocol: 'snmp',
    account,
    secret,
    arm,
    accepted,
    answer: accepted ? READ : silence,
    ...(accepted ? { grants: 'full' } : {}),
    ...more,
  }) as Fact;
const access = (authentication: string): Fact =>
  ({
    kind: 'access',
    protocol: 'snmp',
    class: 'setting',
    action: 'read',
    resource: 'system',
    authentication,
    how: 'recognised',
  }) as Fact;
const clear: Fact = { kind: 'channel', protocol: 'snmp', encryption: 'none', version: 'SNMPv2c', credentials: true };
const identity = (what: string, value: string, name: string): Fact =>
  ({ kind: 'identity', what, value, via: `snmp ${name}`, authenticated: true }) as Fact;
const system = { sysDescr: 'Linux hub firmware 0.9.1', sysName: 'hub', sysLocation: 'Lab', sysContact: 'a@b.test' };
const identities = [
  identity('model', 'Linux hub firmware 0.9.1', 'sysDescr'),
  identity('firmware', '0.9.1', 'sysDescr'),
  identity('name', 'hub', 'sysName'),
  identity('location', 'Lab', 'sysLocation'),
  identity('owner', 'a@b.test', 'sysContact'),
];
const random = login('random', 'random', 'random', false, RANDOM);
const none: Fact = { kind: 'throttle', protocol: 'snmp', account: '', after: 2, response: 'none' };
const found = (silence: string) => [
  login('candidate', '', 'x:1', false, silence),
  login('candidate', '', 'x:2', true),
  login('known-user-random', '', 'random', false, silence),
  login('random', 'random', 'random', false, silence === LIVE ? RANDOM : silence),
  login('repeat', '', 'x:2', true, silence, { proven: true }),
];

const no = (account: string, id: string, answer: string) => login('candidate', account, id, false, answer);

probeTest(probe, [
  {
    name: 'a listed community',
    ...weak,
    start: start(snmp({ communities: ['public7'], v3: true, ...system })),
    sees: [random, access('required'), ...found(LIVE), clear, ...identities],
  },
  {
    name: 'a listed community, and no engine to ask',
    ...weak,
    start: start(snmp({ communities: ['public7'], v3: false, ...system })),
    sees: [
      login('random', 'random', 'random', false, 'silence'),
      ...found('silence'),
      clear,
      access('required'),
      ...identities,
    ],
  },
  {
    name: 'any community',
    ...weak,
    markers: [{ name: 'owner', value: 'a@b.test' }],
    start: start(snmp({ anyCommunity: true, ...system })),
    sees: [
      login('random', 'random', 'random', true),
      login('random', 'random', 'random', true),
      access('any'),
      { ...access('any'), class: 'customer-data', how: 'marker', marker: 'owner' } as Fact,
      clear,
      ...identities.map((each) => ({ ...each, authenticated: false }) as Fact),
    ],
  },
  {
    name: 'version 1 alone',
    ...weak,
    candidates: candidates.slice(1),
    udp: (message, answer) => {
      // As an agent that knows no other: sysDescr is asked for, and comes.
      if (message[4] !== 0 || !message.includes('public7')) return;
      const reply = Buffer.from(message);
      reply[reply.indexOf(Buffer.from('public7')) + 7] = 0xa2;
      answer(reply);
    },
    sees: [
      login('random', 'random', 'random', false, 'silence'),
      login('candidate', '', 'x:2', true, '', { answer: 'SNMPv1 answer, status 0', grants: 'unknown' }),
      login('known-user-random', '', 'random', false, 'silence'),
      login('random', 'random', 'random', false, 'silence'),
      login('repeat', '', 'x:2', true, '', { answer: 'SNMPv1 answer, status 0', grants: 'unknown', proven: true }),
      { ...clear, version: 'SNMPv1' } as Fact,
      access('required'),
    ],
  },
  {
    name: 'no listed community, and a live engine: what protects its traffic was not seen',
    ...sound,
    start: start(snmp({ communities: ['OwnWord'], v3: true })),
    sees: [random, access('required'), no('', 'x:1', LIVE), no('', 'x:2', LIVE), none],
    outcome: 'unsupported',
    open: ['channel'],
  },
  {
    name: 'no sign of life',
    ...open,
    start: start(silent(snmp())),
    sees: [
      login('random', 'random', 'random', false, 'silence'),
      login('candidate', '', 'x:1', false, 'silence'),
      login('candidate', '', 'x:2', false, 'silence'),
      { kind: 'throttle', protocol: 'snmp', account: '', after: 2, response: 'none' },
    ],
    outcome: 'timeout',
    open: ['login', 'throttle', 'access', 'channel', 'identity'],
  },
  ...(
    [
      ['what it is sent', mirror],
      ['garbage', garbage],
    ] as const
  ).map(([name, fault]) => ({
    name: `answers ${name}`,
    ...open,
    start: start(fault(snmp())),
    sees: [
      login('random', 'random', 'random', false, 'silence'),
      login('candidate', '', 'x:1', false, 'silence'),
      login('candidate', '', 'x:2', false, 'silence'),
      { kind: 'throttle', protocol: 'snmp', account: '', after: 2, response: 'none' } as Fact,
    ],
    outcome: 'timeout' as const,
  })),
  {
    name: 'an unreachable port',
    ...open,
    start: async (host) => {
      const running = await snmp().start(host, 0);
      await running.close();
      return { port: running.port, close: () => {} };
    },
    sees: [],
    outcome: 'refused',
  },
]);
