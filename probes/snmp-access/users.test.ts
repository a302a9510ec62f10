import { snmp } from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { children } from '../../src/observe/protocols/der.ts';
import { element, integer, oidBytes, SYSTEM } from '../../src/observe/protocols/snmp.ts';
import {
  AUTHENTICATIONS,
  type Keys,
  localisedKey,
  type Privacy,
  readMessage3,
  writeMessage3,
} from '../../src/observe/protocols/snmp-v3.ts';
import { probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

interface SnmpUser {
  readonly name: string;
  /** Absent: the name alone reads. */
  readonly secret?: string;
  readonly authentication?: (typeof AUTHENTICATIONS)[number]['name'];
  /** Reads encrypted alone, with the same word. */
  readonly encrypted?: Privacy;
}

interface EngineOptions {
  readonly users?: readonly SnmpUser[];
  /** Reports by its number whatever it is asked with a digest (2: the clock; 6: the cipher). */
  readonly always?: number;
  /** Answers what comes with a digest as if it had come without. */
  readonly careless?: boolean;
  /** Says nothing to users. */
  readonly silent?: boolean;
  /** Its clock jumps once it was discovered. */
  readonly restarts?: boolean;
}

const VALUES: Readonly<Record<string, string>> = { [SYSTEM.sysDescr]: 'Linux hub', [SYSTEM.sysName]: 'hub' };
const REPORT = { level: 1, time: 2, name: 3, engine: 4, digest: 5, cipher: 6 } as const;

/** An SNMPv3 engine with users (USM, RFC 3414, 3.2), read-only, in the order of the RFC's checks. */
const engine = (options: EngineOptions): NonNullable<Row['udp']> => {
  const id = Buffer.from('80001f8804746573746564', 'hex');
  let time = 100;
  const keys = new Map<string, Keys>();
  for (const { name, secret, authentication = 'SHA', encrypted } of options.users ?? []) {
    if (secret === undefined) continue;
    const way = AUTHENTICATIONS.find((each) => each.name === authentication)!;
    const key = localisedKey(way, secret, id)!;
    keys.set(name, { authentication: way, auth: key, ...(encrypted && { privacy: { how: encrypted, key } }) });
  }
  return (bytes, answer) => {
    const asked = readMessage3(bytes, (user) => keys.get(user));
    if (!asked) return;
    const engine = { id, boots: 1, time };
    const user = options.users?.find(({ name }) => name === asked.user);
    const own = keys.get(asked.user);
    const send = (pdu: Buffer, sealed?: Keys) =>
      answer(writeMessage3({ id: asked.id, engine, user: asked.user, reportable: false, pdu }, sealed));
    const report = (number: number) => {
      const binding = [element(0x06, oidBytes(`1.3.6.1.6.3.15.1.1.${number}.0`)), element(0x41, Buffer.from([1]))];
      send(element(0xa8, integer(0), integer(0), integer(0), element(0x30, element(0x30, ...binding))));
    };
    if (!asked.engine.id.equals(id)) {
      report(REPORT.engine);
      if (options.restarts) time += 1000;
      return;
    }
    if (options.silent) return;
    if (!user) return report(REPORT.name);
    if ((asked.authenticated && !own) || (asked.encrypted && !own?.privacy)) return report(REPORT.level);
    if (asked.authenticated && options.always) return report(options.always);
    if (asked.authenticated && !asked.verified && !options.careless) return report(REPORT.digest);
    if (asked.authenticated && Math.abs(asked.engine.time - time) > 150) return report(REPORT.time);
    if (asked.encrypted && !asked.pdu && !options.careless) return report(REPORT.cipher);
    const enough = options.careless
      ? asked.authenticated
      : user.encrypted
        ? asked.encrypted
        : asked.authenticated || !own;
    const requestId = asked.pdu ? (children(asked.pdu)[0]?.raw ?? integer(0)) : integer(0);
    const bindings = Object.entries(VALUES).map(([oid, value]) =>
      element(0x30, element(0x06, oidBytes(oid)), element(0x04, Buffer.from(value))),
    );
    const pdu = enough
      ? element(0xa2, requestId, integer(0), integer(0), element(0x30, ...bindings))
      : element(0xa2, requestId, integer(16), integer(0), element(0x30));
    const sealed = asked.authenticated && !options.careless ? own : undefined;
    send(pdu, sealed && !asked.encrypted ? { authentication: sealed.authentication, auth: sealed.auth } : sealed);
  };
};

const common = {
  protocol: 'snmp',
  transport: 'udp' as const,
  limits: { wait: 120 },
  ignore: ['milliseconds'],
  never: /hunter2|public7|OnlyHere1/,
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
const random = login('random', 'random', 'random', false, RANDOM);
const none: Fact = { kind: 'throttle', protocol: 'snmp', account: '', after: 2, response: 'none' };
const no = (account: string, id: string, answer: string) => login('candidate', account, id, false, answer);
const users = [
  { id: 'x:1', user: 'operator', secret: 'hunter222' },
  { id: 'x:2', user: 'operator', secret: 'public77' },
];
const clear3: Fact = { ...clear, version: 'SNMPv3', credentials: false } as Fact;
const hitOf = (authentication: string): Fact[] => {
  const answer = `SNMPv3 answer, ${authentication}`;
  return [
    login('candidate', 'operator', 'x:2', true, '', { answer }),
    login('known-user-random', 'operator', 'random', false, 'wrongDigests'),
    random,
    login('repeat', 'operator', 'x:2', true, '', { answer, proven: true }),
  ];
};

const read3 = [identity('model', 'Linux hub', 'sysDescr'), identity('name', 'hub', 'sysName')];
const sealed3: Fact = { kind: 'channel', protocol: 'snmp', encryption: 'other', version: 'SNMPv3' };
const operator = (more: object = {}) => [{ name: 'operator', secret: 'public77', ...more }];
const rejected = (id: string): Fact => no('operator', id, 'wrongDigests');

probeTest(probe, [
  ...(['SHA', 'SHA-256'] as const).map((authentication) => ({
    name: `a listed user of version 3, by ${authentication}`,
    ...weak,
    candidates: users,
    udp: engine({ users: operator({ authentication }) }),
    sees: [random, access('required'), rejected('x:1'), ...hitOf(authentication), clear3, ...read3],
  })),
  ...(['AES', 'DES'] as const).map((encrypted) => ({
    name: `a listed user of version 3, encrypted alone, by ${encrypted}`,
    ...weak,
    candidates: users,
    udp: engine({ users: operator({ encrypted }) }),
    sees: [random, access('required'), rejected('x:1'), ...hitOf('SHA'), sealed3, ...read3],
  })),
  {
    name: 'a listed user of version 3, of an engine whose clock jumps',
    ...weak,
    candidates: users.slice(1),
    udp: engine({ users: operator(), restarts: true }),
    sees: [random, access('required'), ...hitOf('SHA'), clear3, ...read3],
  },
  {
    name: 'a user of version 3 who reads by the name alone',
    ...weak,
    candidates: users.slice(0, 1),
    udp: engine({ users: [{ name: 'operator' }] }),
    sees: [
      random,
      access('required'),
      login('candidate', 'operator', 'x:1', true, '', { answer: 'SNMPv3 answer to a name' }),
      login('known-user-random', 'operator', 'random', true, '', { answer: 'SNMPv3 answer to a name' }),
      random,
      access('none'),
      clear3,
      ...read3.map((each) => ({ ...each, authenticated: false }) as Fact),
    ],
  },
  {
    name: 'unknown users, and the declared one reads encrypted',
    ...sound,
    candidates: users,
    accounts: [{ user: 'lab', secret: 'OnlyHere1' }],
    udp: engine({ users: [{ name: 'lab', secret: 'OnlyHere1', encrypted: 'AES' }] }),
    sees: [
      random,
      access('required'),
      login('declared', 'lab', 'declared:lab', true, '', { answer: 'SNMPv3 answer, SHA' }),
      no('operator', 'x:1', 'unknownUserNames'),
      no('operator', 'x:2', 'unknownUserNames'),
      login('declared', 'lab', 'declared:lab', true, '', { answer: 'SNMPv3 answer, SHA' }),
      { ...none, account: 'operator' } as Fact,
      sealed3,
      ...read3,
    ],
  },
  {
    name: 'a listed user without a password, who reads nothing',
    ...sound,
    candidates: users.slice(0, 1),
    udp: engine({ users: [{ name: 'operator', encrypted: 'AES' }] }),
    sees: [
      random,
      access('required'),
      no('operator', 'x:1', 'unsupportedSecLevels'),
      { ...none, account: 'operator', after: 1 } as Fact,
    ],
    outcome: 'unsupported',
    open: ['channel'],
  },
  {
    name: 'users of version 3, and no engine to ask',
    ...open,
    candidates: users.slice(0, 1),
    start: (host) => snmp({ v3: false }).start(host, 0),
    sees: [
      login('random', 'random', 'random', false, 'silence'),
      no('operator', 'x:1', 'no SNMPv3 engine answers'),
      { ...none, account: 'operator', after: 1 } as Fact,
    ],
    outcome: 'timeout',
    open: ['login', 'throttle', 'access', 'channel', 'identity'],
  },
  {
    name: 'an engine that answers a digest without one: anybody can',
    ...open,
    candidates: users.slice(0, 1),
    udp: engine({ users: operator({ encrypted: 'AES' }), careless: true }),
    sees: [random, access('required')],
    outcome: 'protocol',
    open: ['login'],
  },
  ...[2, 6].map((always) => ({
    name: `an engine that reports ${always === 2 ? 'its clock' : 'its cipher'} whatever it is asked: the password may be right`,
    ...open,
    candidates: users.slice(1),
    udp: engine({ users: operator({ encrypted: 'AES' }), always }),
    sees: [random, access('required')],
    outcome: 'unsupported' as const,
    open: ['login'],
  })),
  {
    name: 'an engine that keeps silent about its users',
    ...open,
    candidates: users.slice(0, 1),
    udp: engine({ users: operator(), silent: true }),
    sees: [
      login('random', 'random', 'random', false, `${LIVE}, to a user too`),
      access('required'),
      login('random', 'random', 'random', false, `${LIVE}, to a user too`),
    ],
    outcome: 'locked',
    open: ['login'],
  },
]);
