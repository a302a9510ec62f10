import { execFileSync, spawnSync } from 'node:child_process';
import * as net from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import coapResources from '../../probes/coap-resources/probe.ts';
import mqttAccess from '../../probes/mqtt-access/probe.ts';
import rtspAccess from '../../probes/rtsp-access/probe.ts';
import snmpAccess from '../../probes/snmp-access/probe.ts';
import type { Account, Candidate, Probe } from '../../src/observe/probe.ts';
import { udpStimuli } from '../../src/observe/protocols/recognise-udp.ts';
import { everythingSaid, type Observed, type ObserveOptions, observeWith, tcpServer } from '../kit/probe.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { answering, listening } from './ready.ts';
import { certificate } from './servers.ts';

const why = missing();
const gst = spawnSync('/usr/bin/python3', ['-c', 'import gi; gi.require_version("GstRtspServer", "1.0")']).status === 0;
const absent = {
  mqtt: has('mosquitto') && has('mosquitto_pub') ? undefined : '`mosquitto` and `mosquitto-clients` are not installed',
  snmp: has('snmpd') ? undefined : '`snmpd` is not installed',
  coap: has('coap-server-openssl') ? undefined : '`coap-server-openssl` (Debian: libcoap3-bin) is not installed',
  rtsp: gst ? undefined : 'gir1.2-gst-rtsp-server-1.0 and python3-gi are not installed',
};
const title = (name: keyof typeof absent): string => `${name}${absent[name] ? ` (skipped: ${absent[name]})` : ''}`;

const candidates = (user: string): Candidate[] =>
  ['hunter22', 'meinsm99'].map((secret, index) => ({ id: `x:${index + 1}`, user, secret }));
const boss: Account = { user: 'boss', secret: 'OnlyHere1', role: 'admin' };
const guest: Account = { user: 'guest', secret: 'OnlyHere2', role: 'ordinary' };

/** What was seen in a line each, and how it ended. */
const told = ({ facts, attempt: { outcome } }: Observed): string[] => [
  ...facts.flatMap((fact) => {
    if (fact.kind === 'login')
      return [
        `${fact.arm} ${fact.account || '-'}: ${fact.accepted ? (fact.proven ? 'proven' : 'yes') : 'no'}, ${fact.answer}`,
      ];
    if (fact.kind === 'access') {
      const as = fact.as ? ` as ${fact.as}: ${fact.granted ? 'granted' : 'refused'}` : '';
      return [`${fact.action} ${fact.class} ${fact.resource}: ${fact.authentication}, ${fact.marker ?? fact.how}${as}`];
    }
    if (fact.kind === 'channel') {
      const takes = fact.credentials === undefined ? undefined : fact.credentials ? 'passwords' : 'no passwords';
      return [['channel', fact.encryption, fact.version, takes].filter(Boolean).join(' ')];
    }
    return fact.kind === 'throttle' ? [`throttle ${fact.response}`] : [];
  }),
  outcome.status === 'completed' ? 'completed' : `${outcome.reason}: ${outcome.open.join(' ')}`,
];

const RANDOM = 'known-user-random';

describe.skipIf(why !== undefined)(why ?? 'messages, streams and values of real servers', { concurrent: true }, () => {
  let lab: Lab;
  const at = {} as Record<'mqtt' | 'snmp' | 'coap' | 'rtsp', Host>;

  const look = async (probe: Probe, host: Host, options: ObserveOptions): Promise<string[]> => {
    const observed = await observeWith(probe, {
      host: host.address,
      ...options,
      limits: { wait: 1000, attempt: 60_000 },
    });
    expect(everythingSaid(observed)).not.toMatch(/hunter22|meinsm99|OnlyHere/);
    return told(observed);
  };

  beforeAll(async () => {
    lab = createLab();
    for (const name of ['mqtt', 'snmp', 'coap', 'rtsp'] as const) at[name] = lab.host(name);
    if (!absent.mqtt) await brokers(at.mqtt);
    if (!absent.snmp) agents(at.snmp);
    if (!absent.coap) at.coap.start(['coap-server-openssl', '-A', '0.0.0.0', '-p', '5683']);
    if (!absent.rtsp) {
      const server = join(import.meta.dirname, 'rtsp-server.py');
      for (const [port, scheme, ...accounts] of [
        ['8554', 'basic', 'admin:meinsm99:/live'],
        ['8555', 'digest', 'admin:meinsm99:/live'],
        ['8556', 'digest', 'boss:OnlyHere1:/live,/vault', 'guest:OnlyHere2:/live'],
      ] as const)
        at.rtsp.start(['/usr/bin/python3', server, at.rtsp.address, port, scheme, ...accounts]);
      await listening(at.rtsp, [8554, 8555, 8556]);
    }
    for (const port of absent.snmp ? [] : [161, 162])
      await answering(at.snmp, port, udpStimuli(Buffer.alloc(8)).find(({ protocol }) => protocol === 'snmp')!.bytes);
    if (!absent.coap) await answering(at.coap, 5683, Buffer.from('40010001bb2e77656c6c2d6b6e6f776e04636f7265', 'hex'));
  }, 60_000);
  afterAll(() => lab?.close());

  describe.skipIf(absent.mqtt)(title('mqtt'), () => {
    const mqtt = (port: number, more: ObserveOptions = {}) =>
      look(mqttAccess, at.mqtt, { port, protocol: 'mqtt', candidates: candidates('admin'), ...more });
    const shut = [
      'channel none passwords',
      'none -: no, CONNACK 5',
      'random random: no, CONNACK 5',
      'subscribe function #: required, recognised',
    ];
    const hit = [
      'candidate admin: no, CONNACK 5',
      'candidate admin: yes, CONNACK 0',
      `${RANDOM} admin: no, CONNACK 5`,
      'random random: no, CONNACK 5',
      'repeat admin: proven, CONNACK 0',
      'completed',
    ];

    test('anonymous, and what others published is read', async () => {
      expect(await mqtt(1883, { markers: [{ name: 'mail', value: 'owner@example.invalid' }] })).toEqual([
        'none -: yes, CONNACK 0',
        'subscribe function #: none, recognised',
        'subscribe content $SYS/#: none, recognised',
        'read customer-data home/owner: none, mail',
        'completed',
      ]);
    });
    test('anonymous, granted everything and given nothing but $SYS: no finding for certain', async () => {
      expect(await mqtt(1886)).toEqual([
        'none -: yes, CONNACK 0',
        'subscribe function #: none, guessed',
        'subscribe content $SYS/#: none, recognised',
        'completed',
      ]);
    });
    test('a listed default', async () => {
      expect(await mqtt(1884)).toEqual([...shut, ...hit]);
    });
    test('a listed default over MQTT 5', async () => {
      // A broker that takes no 3.1.1, as mosquitto of this version cannot be told to be.
      const only5 = await tcpServer((socket) =>
        socket.once('data', (connect) => {
          if (connect[8] !== 5) return void socket.end(Buffer.from('20020001', 'hex'));
          const inner = net.connect(1884, at.mqtt.address, () => inner.write(connect));
          inner.on('error', () => socket.destroy()).on('close', () => socket.destroy());
          socket.on('close', () => inner.destroy());
          socket.pipe(inner).pipe(socket);
        }),
      );
      const five = (line: string) => line.replace('CONNACK 5', 'CONNACK 135');
      expect(await mqtt(only5.port, { host: '127.0.0.1' })).toEqual([...shut, ...hit].map(five));
      await only5.close();
    });
    test('defaults rejected, the declared accounts work, and their roles are kept apart', async () => {
      const declares = {
        services: [
          { port: 1885, transport: 'tcp' as const, reason: 'x', adminOnly: ['vault/code', 'home/door', 'vault/none'] },
        ],
      };
      const controls = ['declared boss: yes, CONNACK 0', 'declared guest: yes, CONNACK 0'];
      const role = (topic: string, as: string, how: string) =>
        `subscribe function ${topic}: required, declared as ${as}: ${how}`;
      expect(await mqtt(1885, { accounts: [boss, guest], declares })).toEqual([
        ...shut,
        ...controls,
        'candidate admin: no, CONNACK 5',
        'candidate admin: no, CONNACK 5',
        ...controls,
        'throttle none',
        role('vault/code', 'admin', 'granted'),
        role('vault/code', 'ordinary', 'refused'),
        role('vault/code', 'admin', 'granted'),
        role('home/door', 'admin', 'granted'),
        role('home/door', 'ordinary', 'granted'),
        role('home/door', 'admin', 'granted'),
        // Nothing is retained there: a filter and a silence look the same.
        'unsupported: access',
      ]);
    });
    test('a client certificate is asked for: another probe tells', async () => {
      expect(await mqtt(8883, { security: 'tls' })).toEqual([
        expect.stringMatching(/^(reset|protocol): login throttle access$/),
      ]);
    });
  });

  describe.skipIf(absent.snmp)(title('snmp'), () => {
    const snmp = (port: number, more: ObserveOptions) =>
      look(snmpAccess, at.snmp, { port, transport: 'udp', protocol: 'snmp', ...more });
    const shut = [
      'random random: no, silence of a live agent, unknownUserNames',
      'read setting system: required, recognised',
    ];
    const hit = (user: string, answer: string) => [
      `candidate ${user}: no, wrongDigests`,
      `candidate ${user}: yes, SNMPv3 answer, ${answer}`,
      `${RANDOM} ${user}: no, wrongDigests`,
      shut[0],
      `repeat ${user}: proven, SNMPv3 answer, ${answer}`,
    ];

    test('a listed community', async () => {
      expect(await snmp(161, { candidates: candidates('') })).toEqual([
        ...shut,
        'candidate -: no, silence of a live agent',
        'candidate -: yes, SNMPv2c answer, status 0',
        `${RANDOM} -: no, silence of a live agent`,
        shut[0],
        'repeat -: proven, SNMPv2c answer, status 0',
        'channel none SNMPv2c passwords',
        'completed',
      ]);
    });
    test.each([
      ['operator', 'SHA', 'none'],
      ['md', 'MD5', 'none'],
      ['strong', 'SHA-512', 'none'],
      ['sealed', 'SHA', 'other'],
      ['old', 'MD5', 'other'],
    ])('a listed user: %s', async (user, answer, channel) => {
      expect(await snmp(161, { candidates: candidates(user) })).toEqual([
        ...shut,
        ...hit(user, answer),
        `channel ${channel} SNMPv3${channel === 'none' ? ' no passwords' : ''}`,
        'completed',
      ]);
    });
    test('a user whose name alone reads', async () => {
      expect(await snmp(161, { candidates: candidates('open').slice(0, 1) })).toEqual([
        ...shut,
        'candidate open: yes, SNMPv3 answer to a name',
        `${RANDOM} open: yes, SNMPv3 answer to a name`,
        shut[0],
        'read setting system: none, recognised',
        'channel none SNMPv3 no passwords',
        'completed',
      ]);
    });
    test('defaults rejected, and the declared user works', async () => {
      expect(
        await snmp(162, {
          candidates: [...candidates(''), ...candidates('operator')],
          accounts: [{ user: 'lab', secret: 'OnlyHere1' }],
        }),
      ).toEqual([
        ...shut,
        'declared lab: yes, SNMPv3 answer, SHA-256',
        'candidate -: no, silence of a live agent',
        'candidate -: no, silence of a live agent',
        'candidate operator: no, unknownUserNames',
        'candidate operator: no, unknownUserNames',
        'declared lab: yes, SNMPv3 answer, SHA-256',
        'throttle none',
        'channel other SNMPv3',
        'completed',
      ]);
    });
  });

  test.skipIf(absent.coap)(title('coap'), async () => {
    const seen = await look(coapResources, at.coap, { port: 5683, transport: 'udp', protocol: 'coap' });
    expect(seen).toEqual([
      'list discovery /.well-known/core: none, recognised',
      ...['/', '/time', '/example_data'].map((path) => `read content ${path}: none, guessed`),
      // `/async` is acknowledged, and answered after longer than is waited: it hides none of the others.
      'timeout: access',
    ]);
  });

  describe.skipIf(absent.rtsp)(title('rtsp'), () => {
    const rtsp = (port: number, more: ObserveOptions = {}) =>
      look(rtspAccess, at.rtsp, { port, protocol: 'rtsp', candidates: candidates('admin'), ...more });
    const shut = (takes: string) => [
      'read function /live: required, recognised',
      `channel none ${takes}`,
      'none -: no, 401',
      'random random: no, 401',
    ];

    test.each([
      [8554, 'Basic', 'passwords'],
      [8555, 'Digest', 'no passwords'],
    ])('a listed default, port %i by %s', async (port, _, takes) => {
      expect(await rtsp(port)).toEqual([
        ...shut(takes),
        'candidate admin: no, 401',
        'candidate admin: yes, 200',
        `${RANDOM} admin: no, 401`,
        'random random: no, 401',
        'repeat admin: proven, 200',
        'completed',
      ]);
    });
    test('defaults rejected, the declared accounts work, and their roles are kept apart', async () => {
      const declares = { services: [{ port: 8556, transport: 'tcp' as const, reason: 'x', adminOnly: ['/vault'] }] };
      const controls = ['declared boss: yes, 200', 'declared guest: yes, 200'];
      const role = (as: string, how: string) => `read function /vault: required, declared as ${as}: ${how}`;
      const seen = await rtsp(8556, { accounts: [boss, guest], declares });
      expect(seen).toEqual([
        'read function /live: required, recognised',
        'read function /vault: required, declared',
        'channel none no passwords',
        'none -: no, 401',
        'random random: no, 401',
        ...controls,
        'candidate admin: no, 401',
        'candidate admin: no, 401',
        ...controls,
        'throttle none',
        role('admin', 'granted'),
        role('ordinary', 'refused'),
        role('admin', 'granted'),
        'completed',
      ]);
    });
  });
});

/** mosquitto with a listener a case; one set of retained messages. */
async function brokers(host: Host): Promise<void> {
  const { cert, key, ca } = certificate(host, { bits: 2048, days: 30, name: 'broker.lab', ca: true });
  const passwords = (name: string, accounts: Readonly<Record<string, string>>): string => {
    const path = host.file(name, '');
    for (const [user, word] of Object.entries(accounts))
      execFileSync('mosquitto_passwd', ['-b', path, user, word], { stdio: 'ignore' });
    return path;
  };
  const own = passwords('own', { boss: 'OnlyHere1', guest: 'OnlyHere2' });
  const weak = passwords('weak', { admin: 'meinsm99' });
  const kept = host.file('kept.acl', 'user boss\ntopic readwrite #\nuser guest\ntopic read home/#\n');
  const nothing = host.file('nothing.acl', 'topic read $SYS/#\n');
  const conf = [
    'user root\nper_listener_settings true\nsys_interval 1',
    'listener 1883\nallow_anonymous true',
    `listener 1884\nallow_anonymous false\npassword_file ${weak}`,
    `listener 1885\nallow_anonymous false\npassword_file ${own}\nacl_file ${kept}`,
    `listener 1886\nallow_anonymous true\nacl_file ${nothing}`,
    `listener 8883\ncafile ${ca}\ncertfile ${cert}\nkeyfile ${key}\nrequire_certificate true\nallow_anonymous true`,
  ];
  host.start(['mosquitto', '-c', host.file('mosquitto.conf', `${conf.join('\n')}\n`)]);
  await listening(host, 1883);
  for (const [topic, message] of [
    ['home/door', 'open'],
    ['home/owner', 'owner@example.invalid'],
    ['vault/code', '7-7'],
  ] as const)
    host.run('mosquitto_pub', '-h', '127.0.0.1', '-p', '1883', '-r', '-t', topic, '-m', message);
}

/** snmpd with a default for each kind of user, and one without any. */
function agents(host: Host): void {
  const start = (port: number, lines: readonly string[]): void => {
    const conf = host.file(`snmpd-${port}.conf`, `agentAddress udp:${port}\nsysName lab\n${lines.join('\n')}\n`);
    const state = `SNMP_PERSISTENT_DIR=${join(host.dir, `snmp-${port}`)}`;
    host.start(['env', state, 'snmpd', '-f', '-Lo', '-C', '-c', conf, '-I', '-smux']);
  };
  start(161, [
    'rocommunity meinsm99',
    'createUser operator SHA "meinsm99"',
    'rouser operator auth',
    'createUser md MD5 "meinsm99"',
    'rouser md auth',
    'createUser strong SHA-512 "meinsm99"',
    'rouser strong auth',
    'createUser sealed SHA "meinsm99" AES "meinsm99"',
    'rouser sealed priv',
    'createUser old MD5 "meinsm99" DES "meinsm99"',
    'rouser old priv',
    'createUser open',
    'rouser open noauth',
  ]);
  start(162, ['rocommunity OwnWord', 'createUser lab SHA-256 "OnlyHere1" AES "OnlyHere1"', 'rouser lab priv']);
}
