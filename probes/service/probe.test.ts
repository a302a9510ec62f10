import type { Socket } from 'node:net';
import { expect } from 'vitest';
import type { Service } from '../../fixtures/service.ts';
import * as fixtures from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { probeTest, type Row } from '../../test/kit/probe.ts';
import probe from './probe.ts';

type Seen = Partial<Extract<Fact, { kind: 'service' }>> & { protocol: string };
const service = (seen: Seen): Fact => ({ kind: 'service', security: 'none', ...seen });
const channel = (protocol: string, encryption: 'none' | 'tls' | 'ssh' | 'dtls' = 'none', version?: string): Fact => ({
  kind: 'channel',
  protocol,
  encryption,
  ...(version && { version }),
});
const from = (of: Service) => ({ start: (host: string) => of.start(host, 0), transport: of.transport });
/** What a plain server says first, and what it answers to anything. */
const says = (first: string | Buffer, answer?: (asked: Buffer, socket: Socket) => string | Buffer | undefined) => ({
  tcp: (socket: Socket) => {
    if (first.length > 0) socket.write(first);
    socket.on('data', (asked: Buffer) => {
      const words = answer?.(asked, socket);
      if (words) socket.write(words);
    });
  },
});
const always = (words: string | Buffer) => says('', () => words);

const recognised: [string, Pick<Row, 'start' | 'tcp' | 'udp' | 'transport'>, Fact[]][] = [
  ['SSH', from(fixtures.ssh()), [service({ protocol: 'ssh' }), channel('ssh', 'ssh')]],
  [
    'SSH behind a long greeting',
    says(`${'welcome\r\n'.repeat(20)}SSH-2.0-dropbear_2022.83 x\r\n`),
    [service({ protocol: 'ssh', product: 'dropbear', version: '2022.83' }), channel('ssh', 'ssh')],
  ],
  ['Telnet', from(fixtures.telnet()), [service({ protocol: 'telnet' }), channel('telnet')]],
  [
    'Telnet of nothing but IAC',
    says(Buffer.from([255, 253, 24])),
    [service({ protocol: 'telnet' }), channel('telnet')],
  ],
  [
    'a login prompt without IAC',
    says('\r\nPoky 2.1\r\ncam login: '),
    [service({ protocol: 'telnet' }), channel('telnet')],
  ],
  ['a bare shell', from(fixtures.bareShell()), [service({ protocol: 'shell' }), channel('shell')]],
  [
    'a shell that prompts after a newline only',
    says('', (a) => (a[0] === 13 ? '/ # ' : undefined)),
    [service({ protocol: 'shell' }), channel('shell')],
  ],
  ['echo', from(fixtures.echo()), [service({ protocol: 'echo' }), channel('echo')]],
  ['FTP', from(fixtures.ftp()), [service({ protocol: 'ftp' })]],
  [
    'FTP by its greeting',
    says('220 (vsFTPd 3.0.3)\r\n'),
    [service({ protocol: 'ftp', product: 'vsFTPd', version: '3.0.3' })],
  ],
  ['FTP that greets with 220 alone', says('220 ready\r\n', () => '500 what\r\n'), [service({ protocol: 'ftp' })]],
  ['a mailbox of IMAP', says('* OK IMAP4rev1\r\n'), [service({ protocol: 'imap' })]],
  ['a mailbox of POP3', from(fixtures.pop3()), [service({ protocol: 'pop3' })]],
  ['a mail server', from(fixtures.smtp()), [service({ protocol: 'smtp' })]],
  ['a mail server that greets with 220 alone', from(fixtures.smtp({ banner: 'hi' })), [service({ protocol: 'smtp' })]],
  [
    'a banner that comes late',
    { tcp: (s) => void setTimeout(() => s.write('RFB 003.008\n'), 150) },
    [service({ protocol: 'vnc', version: '003.008' })],
  ],
  [
    'DNS over TCP, which refuses',
    says('', (asked) => {
      const query = asked.subarray(2);
      const isQuery = asked.length === 19 && asked.readUInt16BE(0) === 17;
      return isQuery ? Buffer.concat([asked.subarray(0, 4), Buffer.from([0x80, 0x05]), query.subarray(4)]) : undefined;
    }),
    [service({ protocol: 'dns' }), channel('dns')],
  ],
  ['HTTP', from(fixtures.http()), [service({ protocol: 'http' })]],
  [
    'HTTP/0.9',
    says('', (asked, s) => {
      if (!asked.toString().startsWith('GET')) return undefined;
      s.end('<html>hi</html>');
      return '';
    }),
    [service({ protocol: 'http', version: '0.9' })],
  ],
  [
    'HTTP that answers 400 to a TLS hello',
    says('', (asked) =>
      asked[0] === 22
        ? 'HTTP/1.1 400 Bad\r\n\r\n'
        : asked[0] === 71
          ? 'HTTP/1.1 401 No\r\nServer: GoAhead/2.5\r\n\r\n'
          : undefined,
    ),
    [service({ protocol: 'http', product: 'GoAhead', version: '2.5' })],
  ],
  ['MQTT', from(fixtures.mqtt()), [service({ protocol: 'mqtt' }), channel('mqtt')]],
  ['RTSP', from(fixtures.rtsp()), [service({ protocol: 'rtsp' }), channel('rtsp')]],
  ['ADB', from(fixtures.adb()), [service({ protocol: 'adb' }), channel('adb')]],
  [
    'Modbus',
    says('', modbusAnswer),
    [service({ protocol: 'modbus', product: 'Acme PLC', version: '1.2' }), channel('modbus')],
  ],
  [
    'Redis',
    says('', (asked) => (asked[0] === 71 ? '-ERR unknown command\r\n' : undefined)),
    [service({ protocol: 'redis' }), channel('redis')],
  ],
  ['a port that answers all with the same words', always('OK\r\n'), [service({ protocol: 'unknown' })]],
  [
    'a port that answers all with a TLS alert',
    always(Buffer.from('15030100020228', 'hex')),
    [service({ protocol: 'unknown' })],
  ],
  [
    'a port that answers all with a CONNACK',
    always(Buffer.from('20020000', 'hex')),
    [service({ protocol: 'unknown' })],
  ],
  ['bytes that nobody knows', from(fixtures.unknown()), [service({ protocol: 'unknown' })]],
  ['an endless banner', from(fixtures.flood(fixtures.http())), [service({ protocol: 'unknown' })]],
  [
    'a byte now and then',
    from(fixtures.drip(fixtures.banner('x', 'S'.repeat(200)), 100)),
    [service({ protocol: 'unknown' })],
  ],
  ['CoAP', from(fixtures.coap()), [service({ protocol: 'coap' }), channel('coap')]],
  ['SNMP', from(fixtures.snmp()), [service({ protocol: 'snmp' })]],
  ['UDP that answers garbage', from(fixtures.garbage(fixtures.coap())), [service({ protocol: 'unknown' })]],
  [
    'UDP that sends back what it gets',
    from(fixtures.mirror(fixtures.coap())),
    [service({ protocol: 'echo' }), channel('echo')],
  ],
];

function modbusAnswer(asked: Buffer): Buffer | undefined {
  if (asked.length !== 11 || asked[7] !== 0x2b) return undefined;
  const objects = ['Acme', 'PLC', '1.2'].map((text, i) =>
    Buffer.concat([Buffer.from([i, text.length]), Buffer.from(text)]),
  );
  const body = Buffer.concat([Buffer.from([1, 0x2b, 0x0e, 1, 1, 0, 0, 3]), ...objects]);
  return Buffer.concat([asked.subarray(0, 4), Buffer.from([0, body.length]), body]);
}

const sound = new Set(['SSH', 'CoAP', 'HTTP']);
const ignore = ['banner', 'product', 'version'];

probeTest(probe, [
  ...recognised.map(([name, server, sees]): Row => {
    const known = sees[0] as Extract<Fact, { kind: 'service' }>;
    return {
      name,
      device: sound.has(name) ? 'sound' : 'weak',
      ...server,
      sees,
      ignore: known.product || known.version ? ['banner'] : ignore,
      limits: { wait: known.protocol === 'unknown' ? 200 : 400 },
      outcome: 'completed',
    };
  }),
  {
    name: 'HTTP inside TLS',
    device: 'sound',
    ...from(fixtures.https()),
    sees: [service({ protocol: 'tls' }), service({ protocol: 'http', security: 'tls' })],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'MQTT inside TLS',
    device: 'sound',
    ...from(fixtures.tls(fixtures.mqtt(), { maxVersion: 'TLSv1.2' })),
    sees: [
      service({ protocol: 'tls' }),
      service({ protocol: 'mqtt', security: 'tls' }),
      channel('mqtt', 'tls', 'TLS 1.2'),
    ],
    ignore: ['banner', 'product'],
    outcome: 'completed',
    also: ({ facts }) => expect(facts[2]).toMatchObject({ version: 'TLS 1.2' }),
  },
  {
    name: 'something unknown inside TLS',
    device: 'weak',
    ...from(fixtures.tls(fixtures.unknown())),
    sees: [
      service({ protocol: 'tls' }),
      service({ protocol: 'unknown', security: 'tls' }),
      channel('tls', 'tls', 'TLS 1.3'),
    ],
    ignore: ['banner'],
    outcome: 'completed',
  },
  {
    name: 'HTTP for one client at a time',
    device: 'weak',
    tcp: (() => {
      let busy = 0;
      return (socket: Socket) => {
        socket.once('close', () => busy--);
        if (++busy > 1) return void socket.resume().end();
        socket.on('data', (asked: Buffer) => {
          if (asked.toString().startsWith('GET')) socket.end('HTTP/1.1 200 OK\r\n\r\n');
        });
      };
    })(),
    sees: [service({ protocol: 'http' })],
    ignore: ['banner'],
    outcome: 'completed',
  },
  {
    name: 'MQTT inside TLS that encrypts nothing',
    device: 'weak',
    ...from(fixtures.tls(fixtures.mqtt(), { maxVersion: 'TLSv1.2', ciphers: 'eNULL' })),
    sees: [
      service({ protocol: 'tls' }),
      service({ protocol: 'mqtt', security: 'tls' }),
      channel('mqtt', 'none', 'TLS 1.2'),
    ],
    ignore: ['banner'],
    outcome: 'completed',
  },
  {
    name: 'TLS that wants a client certificate',
    device: 'cannot-tell',
    ...from(fixtures.https({ tls: { clientsOf: 'ca' } })),
    sees: [service({ protocol: 'tls' }), channel('tls', 'tls')],
    ignore: ['banner'],
    outcome: 'reset',
    open: ['service'],
  },
  {
    name: 'TLS that is silent inside',
    device: 'cannot-tell',
    ...from(fixtures.tls(fixtures.stall(fixtures.http()))),
    sees: [service({ protocol: 'tls' }), channel('tls', 'tls')],
    ignore: ['banner'],
    outcome: 'timeout',
    open: ['service'],
  },
  {
    name: 'silence',
    device: 'cannot-tell',
    limits: { wait: 200 },
    ...from(fixtures.stall(fixtures.http())),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'a reset on accept',
    device: 'cannot-tell',
    ...from(fixtures.reset(fixtures.http())),
    sees: [],
    outcome: 'reset',
  },
  { name: 'a close on accept', device: 'cannot-tell', tcp: (s) => s.end(), sees: [], outcome: 'reset' },
  {
    name: 'UDP silence',
    device: 'cannot-tell',
    ...from(fixtures.silent(fixtures.coap())),
    sees: [],
    outcome: 'timeout',
  },
]);
