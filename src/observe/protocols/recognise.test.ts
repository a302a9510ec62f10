import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  adb,
  gdb,
  jdwp,
  modbus,
  mqtt,
  postgresql,
  recogniseBanner,
  recogniseHttp,
  recogniseNewline,
  recogniseTls,
  rtsp,
} from './recognise.ts';
import { snmpEngineOf, udpStimuli } from './recognise-udp.ts';

const RANDOM = Buffer.from('0102030405060708', 'hex');

describe('recogniseBanner', () => {
  it.each([
    ['SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n', { protocol: 'ssh', product: 'OpenSSH', version: '9.2p1' }],
    ['hello\r\nSSH-1.99-Cisco-1.25\n', { protocol: 'ssh', product: 'Cisco', version: '1.25' }],
    ['SSH-2.0-', undefined],
    ['220 (vsFTPd 3.0.3)\r\n', { protocol: 'ftp', product: 'vsFTPd', version: '3.0.3' }],
    ['220-Welcome to\r\n220 ProFTPD Server\r\n', { protocol: 'ftp', product: 'ProFTPD' }],
    ['220 mx ESMTP Postfix (Debian)\r\n', { protocol: 'smtp', product: 'Postfix' }],
    ['220 ready\r\n', { protocol: 'ftp-or-smtp' }],
    ['* OK IMAP4rev1\r\n', { protocol: 'imap' }],
    ['+OK ready\r\n', { protocol: 'pop3' }],
    ['RFB 003.008\n', { protocol: 'vnc', version: '003.008' }],
    ['@RSYNCD: 31.0\n', { protocol: 'rsync', version: '31.0' }],
    ['J\0\0\0\n5.7.29-log\0rest', { protocol: 'mysql', version: '5.7.29-log' }],
    ['Q\0\0\0\n5.5.5-10.11.6-MariaDB-0+deb12u1\0rest', { protocol: 'mysql', product: 'MariaDB', version: '10.11.6' }],
    ['\xff\xfd\x18', { protocol: 'telnet' }],
    ['\xff\xff\xff', undefined],
    ['router\r\nUsername: ', { protocol: 'telnet' }],
    ['HTTP/1.1 200 OK\r\n\r\n<p>login: ', undefined],
    ['220', undefined],
    ['', undefined],
  ])('%j', (text, expected) => expect(recogniseBanner(Buffer.from(text, 'latin1'))).toEqual(expected));
});

describe('recogniseNewline', () => {
  const chargen = Array.from({ length: 5 }, (_, i) =>
    String.fromCharCode(...Array.from({ length: 72 }, (_, j) => 33 + ((i + j) % 94))),
  ).join('\r\n');
  it.each([
    ['\r\n', 'echo'],
    ['\r\n\x1b[1mroot@cam:~# \x1b[0m', 'shell'],
    ['\r\nBusyBox v1.2.1 (x) built-in shell (ash)\r\n\r\n/ # ', 'shell'],
    ['\r\nRouter>', 'shell'],
    ['\r\n<html>', undefined],
    [chargen, 'chargen'],
    ['OK\r\n', undefined],
  ])('%j', (text, expected) => expect(recogniseNewline(Buffer.from(text, 'latin1'))?.protocol).toBe(expected));
});

it('tells HTTP that speaks for TLS from HTTP', () => {
  const seen = (text: string) => recogniseHttp(Buffer.from(text));
  expect(
    seen('HTTP/1.0 400 Bad Request\r\nContent-Type: text/html\r\n\r\nWebSockets request was expected\r\n'),
  ).toEqual({
    protocol: 'node-inspector',
  });
  expect(seen('HTTP/1.1 400 Bad\r\nServer: nginx/1.2\r\n\r\n')).toEqual({
    protocol: 'http',
    product: 'nginx',
    version: '1.2',
    status: 400,
    toTls: true,
  });
  expect(seen('HTTP/1.1 301 M\r\nLocation: https://x/\r\n\r\n')?.toTls).toBe(true);
  expect(seen('HTTP/1.0 200 OK\r\n\r\nLocation: https://x/')?.toTls).toBe(false);
  expect(seen('RTSP/1.0 200 OK\r\nServer: H264DVR 1.0\r\n\r\n')).toMatchObject({
    protocol: 'rtsp',
    product: 'H264DVR',
  });
  expect(seen('HTTPS 200')).toBeUndefined();
});

describe('stimuli', () => {
  const tcp = [mqtt(RANDOM), rtsp('h'), adb(), modbus(RANDOM), jdwp, gdb, postgresql];
  it.each([
    [0, '20020005', 'mqtt'],
    [0, '200300870000', 'mqtt'],
    [0, '20020009', undefined],
    [2, `${Buffer.from('AUTH').toString('hex')}${'00'.repeat(16)}beaaabb7`, 'adb'],
    [3, '01020000000300 ab01'.replace(' ', ''), 'modbus'],
    [3, '010200000003002b01', 'modbus'],
    [3, '020200000003002b01', undefined],
    [6, '4e', 'postgresql'],
    [6, '450000001753464154414c00433041303030004d6e6f0000', 'postgresql'],
    [6, '450000000968656c6c6f', undefined],
    [6, '4e4e', undefined],
  ])('answer %i %s', (index, hex, expected) =>
    expect(tcp[index]!.recognise(Buffer.from(hex, 'hex'))?.protocol).toBe(expected),
  );

  it('are not answered by themselves, nor by anything at random, and nothing throws', () => {
    const all = [...tcp, ...udpStimuli(RANDOM)];
    // What comes back as it went is an echo; the probe looks for that itself where the protocol allows it.
    for (const stimulus of [mqtt(RANDOM), rtsp('h'), adb(), modbus(RANDOM), gdb, postgresql]) {
      expect(stimulus.recognise(stimulus.bytes)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(1000), (bytes, cut) => {
        const answer = Buffer.from(bytes);
        for (const read of [recogniseBanner, recogniseNewline, recogniseHttp, recogniseTls, snmpEngineOf]) read(answer);
        for (const stimulus of all) {
          stimulus.recognise(answer);
          // What begins as the protocol does is harder than noise.
          stimulus.recognise(Buffer.concat([stimulus.bytes.subarray(0, cut % stimulus.bytes.length), answer]));
        }
      }),
      { numRuns: 500 },
    );
  });
});

it.each([
  ['coap', '42450102 0102 ff61'],
  ['snmp', '300c 020101 0406 7075626c6963'],
  ['dns', '0102 8105 0001 0000 0000 0000'],
  ['dtls', '16 fefd 0000 000000000000 0003 030000'],
  ['tftp', '0005 0001 4e6f00'],
  ['bacnet', '81 0a 0006 0100'],
])('%s over UDP', (protocol, hex) => {
  const answer = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const by = udpStimuli(RANDOM)
    .filter((stimulus) => stimulus.recognise(answer))
    .map((stimulus) => stimulus.protocol);
  expect([...new Set(by)]).toEqual([protocol]);
});

it('reads an SNMP engine id', () => {
  const tlv = (tag: number, ...parts: Buffer[]) => {
    const body = Buffer.concat(parts);
    return Buffer.concat([Buffer.from([tag, body.length]), body]);
  };
  const message = (engine: string) => {
    const security = tlv(
      0x30,
      tlv(4, Buffer.from(engine, 'hex')),
      tlv(2, Buffer.from([1])),
      tlv(2, Buffer.from([1])),
      tlv(4),
      tlv(4),
      tlv(4),
    );
    return tlv(0x30, tlv(2, Buffer.from([3])), tlv(0x30, tlv(2, Buffer.from([1]))), tlv(4, security), tlv(0x30));
  };
  expect(snmpEngineOf(message('80001f8803020000000001'))).toEqual({ enterprise: 8072, mac: '02:00:00:00:00:01' });
  expect(snmpEngineOf(message('80001f8804020000000001'))).toEqual({ enterprise: 8072 });
  expect(snmpEngineOf(message(''))).toBeUndefined();
  expect(snmpEngineOf(message('80001f8803020000000001').subarray(0, 30))).toBeUndefined();
});
