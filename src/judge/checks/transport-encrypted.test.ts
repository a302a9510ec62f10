import { expect } from 'vitest';
import { attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import check from './transport-encrypted.ts';

const http = [scan({ tcp: [80] }), recognised('tcp/80', 'http')];
const redirect = (...facts: FactDraft[]) => attempt('http-redirect', 'camera/tcp/80/http', facts);
const clear: FactDraft = { kind: 'channel', protocol: 'http', encryption: 'none' };

checkTest(check, [
  {
    name: 'SSH and HTTPS',
    attempts: [scan({ tcp: [22, 443] }), recognised('tcp/22', 'ssh'), recognised('tcp/443', 'tls', 'http+tls')],
    verdicts: [
      ['camera/tcp/22', 'pass'],
      ['camera/tcp/443', 'pass'],
    ],
  },
  {
    name: 'something unknown inside TLS is encrypted all the same',
    attempts: [
      scan({ tcp: [8883] }),
      attempt('service', 'camera/tcp/8883', [
        { kind: 'service', protocol: 'tls' },
        { kind: 'service', protocol: 'unknown', security: 'tls' },
        { kind: 'channel', protocol: 'tls', encryption: 'tls' },
      ]),
    ],
    verdicts: [['camera/tcp/8883', 'pass']],
  },
  {
    name: 'HTTPS as the recogniser alone saw it',
    attempts: [
      scan({ tcp: [443] }),
      attempt('service', 'camera/tcp/443', [
        { kind: 'service', protocol: 'tls' },
        { kind: 'service', protocol: 'http', security: 'tls' },
      ]),
    ],
    verdicts: [['camera/tcp/443', 'pass']],
    more: { 'camera/tcp/443': { because: 'HTTP at tcp/443 travels over TLS.' } },
  },
  {
    name: 'clear HTTP and HTTPS at one port, of which only the second was looked at',
    attempts: [
      scan({ tcp: [443] }),
      attempt('service', 'camera/tcp/443', [
        { kind: 'service', protocol: 'http' },
        { kind: 'service', protocol: 'tls' },
        { kind: 'service', protocol: 'unknown', security: 'tls' },
      ]),
    ],
    verdicts: [
      ['camera/tcp/443', 'inconclusive'],
      ['camera/tcp/443/tls', 'pass'],
    ],
  },
  { name: 'clear HTTP', attempts: [...http, redirect(clear)], verdicts: [['camera/tcp/80', 'fail', 'conclusive']] },
  {
    name: 'clear HTTP that only redirects to TLS',
    attempts: [...http, redirect({ ...clear, upgrade: 'redirect', to: 'https://camera.lab.example/' })],
    verdicts: [['camera/tcp/80', 'pass']],
  },
  {
    name: 'clear HTTP that redirects to clear HTTP',
    attempts: [...http, redirect({ ...clear, upgrade: 'redirect', to: 'http://camera.lab.example/login' })],
    verdicts: [['camera/tcp/80', 'fail', 'conclusive']],
  },
  {
    name: 'clear SMTP that asks for STARTTLS',
    attempts: [
      scan({ tcp: [25] }),
      attempt('service', 'camera/tcp/25', [
        { kind: 'service', protocol: 'smtp' },
        { kind: 'channel', protocol: 'smtp', encryption: 'none', upgrade: 'starttls' },
      ]),
    ],
    verdicts: [['camera/tcp/25', 'pass']],
  },
  ...(
    [
      [
        'smtp',
        { offered: 'starttls', credentials: true },
        'mail in the clear, passwords among it, although it offers TLS (STARTTLS)',
      ],
      ['pop3', { offered: 'starttls', credentials: false }, 'mail in the clear, although it offers TLS (STLS)'],
      ['imap', { credentials: true }, 'mail in the clear, passwords among it'],
      [
        'ftp',
        { credentials: true, offered: 'starttls' },
        'commands and files in the clear, passwords among it, although it offers TLS (AUTH TLS)',
      ],
      ['telnet', {}, 'what is typed and shown in the clear'],
      ['vnc', {}, 'the screen and what is typed in the clear'],
      ['coap', {}, 'values and commands in the clear'],
      ['wrought', {}, 'its data in the clear'],
      // Who hands over only after it took a password has moved it in the clear.
      [
        'mysql',
        { upgrade: 'starttls', credentials: true },
        'queries and their results in the clear, passwords among it',
      ],
    ] as const
  ).map(([protocol, more, moves]) => ({
    name: `${protocol} in the clear: ${Object.keys(more).join(', ')}`,
    attempts: [
      scan({ tcp: [7000] }),
      attempt('service', 'camera/tcp/7000', [
        { kind: 'service', protocol },
        { kind: 'channel', protocol, encryption: 'none', ...more },
      ]),
    ],
    verdicts: [['camera/tcp/7000', 'fail', 'conclusive'] as const],
    more: {
      'camera/tcp/7000': {
        because: expect.stringMatching(new RegExp(` at tcp/7000 moves ${moves.replace(/[()]/g, '.')}\\.$`)),
      },
    },
  })),
  {
    name: 'FTP that is held to TLS, and moves its files beside it',
    attempts: [
      scan({ tcp: [21] }),
      recognised('tcp/21', 'ftp'),
      attempt('ftp-access', 'camera/tcp/21/ftp', [
        { kind: 'channel', protocol: 'ftp', encryption: 'none', upgrade: 'starttls', credentials: false },
        { kind: 'channel', protocol: 'ftp-data', encryption: 'none' },
      ]),
    ],
    verdicts: [
      ['camera/tcp/21', 'pass'],
      ['camera/tcp/21/ftp-data', 'fail', 'conclusive'],
    ],
    more: {
      'camera/tcp/21/ftp-data': { because: "FTP's data connection at tcp/21 moves files in the clear." },
    },
  },
  {
    name: 'mail that takes nothing before STARTTLS',
    attempts: [
      scan({ tcp: [143] }),
      recognised('tcp/143', 'unknown'),
      attempt('mail-channel', 'camera/tcp/143/imap', [
        { kind: 'channel', protocol: 'imap', encryption: 'none', upgrade: 'starttls', credentials: false },
      ]),
    ],
    verdicts: [['camera/tcp/143', 'pass']],
    result: 'inconclusive',
  },
  {
    name: 'declared public fails too, and says so',
    declares: { services: [{ port: 80, transport: 'tcp', reason: 'manual', public: true }] },
    attempts: [...http, redirect(clear)],
    verdicts: [['camera/tcp/80', 'fail', 'conclusive']],
    more: {
      'camera/tcp/80': {
        because: 'HTTP at tcp/80 moves pages and what is sent to them in the clear (declared public).',
        facets: { class: 'public', state: 'operational' },
      },
    },
  },
  {
    name: 'Telnet and clear MQTT, as recognised',
    attempts: [scan({ tcp: [23, 1883] }), recognised('tcp/23', 'telnet'), recognised('tcp/1883', 'mqtt')],
    verdicts: [
      ['camera/tcp/23', 'fail', 'conclusive'],
      ['camera/tcp/1883', 'fail', 'conclusive'],
    ],
  },
  {
    name: 'infrastructure is no failure',
    attempts: [
      scan({ tcp: [22], udp: [123, 5353] }),
      recognised('tcp/22', 'ssh'),
      recognised('udp/123', 'ntp'),
      recognised('udp/5353', 'mdns'),
    ],
    verdicts: [['camera/tcp/22', 'pass']],
  },
  {
    name: 'infrastructure alone',
    attempts: [scan({ udp: [5353] }), recognised('udp/5353', 'mdns')],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'DTLS',
    attempts: [scan({ udp: [5684] }), recognised('udp/5684', 'dtls')],
    verdicts: [['camera/udp/5684', 'pass']],
  },
  {
    name: 'SNMPv3 with privacy, and SNMPv2 in the clear, at one port',
    attempts: [
      scan({ udp: [161] }),
      recognised('udp/161', 'snmp'),
      attempt('snmp-access', 'camera/udp/161/snmp', [
        { kind: 'channel', protocol: 'snmp', encryption: 'other' },
        { kind: 'channel', protocol: 'snmp', encryption: 'none' },
      ]),
    ],
    verdicts: [['camera/udp/161', 'fail', 'conclusive']],
  },
  { name: 'HTTP that nobody looked at', attempts: http, verdicts: [['camera/tcp/80', 'inconclusive']] },
  {
    name: 'HTTP that timed out',
    attempts: [...http, attempt('http-redirect', 'camera/tcp/80/http', [], { broke: 'timeout' })],
    verdicts: [],
  },
  {
    name: 'an unrecognised service beside an encrypted one',
    attempts: [scan({ tcp: [22, 9000] }), recognised('tcp/22', 'ssh'), recognised('tcp/9000', 'unknown')],
    verdicts: [['camera/tcp/22', 'pass']],
    result: 'inconclusive',
  },
  { name: 'nothing is open', attempts: [scan({})], verdicts: [['camera', 'not-applicable']] },
  { name: 'nothing is open but a silent UDP port', attempts: [scan({ silent: [5683] })], verdicts: [] },
]);
