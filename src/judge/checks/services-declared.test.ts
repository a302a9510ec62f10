import { attempt, checkTest, recognised, scan } from '../../../test/kit/check.ts';
import check from './services-declared.ts';

const web = { port: 80, transport: 'tcp' as const, protocol: 'http', reason: 'set-up page' };

checkTest(check, [
  {
    name: 'the one open port is declared',
    declares: { services: [web] },
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http')],
    verdicts: [['camera/tcp/80', 'pass']],
    more: { 'camera/tcp/80': { restsOn: 'declaration', because: 'tcp/80 (HTTP) is open and declared: set-up page.' } },
  },
  {
    name: 'an undeclared port, open for the scan and for the recogniser',
    declares: { services: [web] },
    attempts: [scan({ tcp: [23, 80] }), recognised('tcp/80', 'http'), recognised('tcp/23', 'telnet')],
    verdicts: [
      ['camera/tcp/23', 'fail', 'conclusive'],
      ['camera/tcp/80', 'pass'],
    ],
    more: {
      'camera/tcp/23': { because: 'tcp/23 (Telnet) is open and not declared.', facets: { state: 'operational' } },
    },
  },
  {
    name: 'an undeclared port that only the scan connected to',
    declares: { services: [web] },
    attempts: [
      scan({ tcp: [23, 80] }),
      recognised('tcp/80', 'http'),
      attempt('service', 'camera/tcp/23', [], { broke: 'refused' }),
    ],
    verdicts: [
      ['camera/tcp/23', 'fail', 'indicative'],
      ['camera/tcp/80', 'pass'],
    ],
  },
  ...(
    [
      ['https', 'quic', 'pass'],
      ['http', 'quic', 'inconclusive'],
      ['h3', 'quic', 'pass'],
      ['coaps', 'dtls', 'pass'],
      ['coaps', 'quic', 'inconclusive'],
      ['https', 'dtls', 'inconclusive'],
    ] as const
  ).map(([protocol, seen, verdict]) => ({
    name: `declared as ${protocol}, and ${seen} is what can be seen of it`,
    declares: { services: [{ ...web, transport: 'udp' as const, port: 443, protocol }] },
    attempts: [scan({ udp: [443] }), recognised('udp/443', seen)],
    verdicts: [['camera/udp/443', verdict]] as [string, 'pass' | 'inconclusive'][],
    // What is inside is a gap.
    result: 'inconclusive' as const,
  })),
  {
    name: 'an undeclared UDP port that answered',
    declares: { services: [] },
    attempts: [scan({ udp: [161] }), recognised('udp/161', 'snmp')],
    verdicts: [['camera/udp/161', 'fail', 'conclusive']],
  },
  {
    name: 'declared over UDP is not declared over TCP',
    declares: { services: [{ ...web, transport: 'udp' }] },
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http')],
    verdicts: [['camera/tcp/80', 'fail', 'conclusive']],
  },
  {
    name: 'a range, and a dynamic port told by its protocol',
    declares: {
      services: [
        { port: '8000-8010', transport: 'tcp', reason: 'stream' },
        { port: 'dynamic', transport: 'tcp', protocol: 'rtsp', reason: 'stream' },
      ],
    },
    attempts: [
      scan({ tcp: [8005, 8011, 40000] }),
      recognised('tcp/8005', 'http'),
      recognised('tcp/8011', 'http'),
      recognised('tcp/40000', 'rtsp'),
    ],
    verdicts: [
      ['camera/tcp/8005', 'pass'],
      ['camera/tcp/8011', 'fail', 'conclusive'],
      ['camera/tcp/40000', 'pass'],
    ],
  },
  {
    name: 'declared for another state',
    declares: { services: [{ ...web, states: ['onboarding'] }] },
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http')],
    verdicts: [['camera/tcp/80', 'fail', 'conclusive']],
    more: {
      'camera/tcp/80': {
        because: 'tcp/80 (HTTP) is open in the state "operational", and is declared for onboarding only.',
      },
    },
  },
  {
    name: 'something else speaks at a declared port',
    declares: { services: [web] },
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'telnet')],
    verdicts: [['camera/tcp/80', 'inconclusive']],
    more: { 'camera/tcp/80': { because: 'tcp/80 is declared as http, but telnet speaks there.' } },
  },
  {
    name: 'https is HTTP inside TLS',
    declares: { services: [{ ...web, port: 443, protocol: 'https' }] },
    attempts: [scan({ tcp: [443] }), recognised('tcp/443', 'tls', 'http+tls')],
    verdicts: [['camera/tcp/443', 'pass']],
  },
  {
    name: 'no declaration at all',
    attempts: [scan({ tcp: [22, 80] }), recognised('tcp/80', 'http'), recognised('tcp/22', 'ssh')],
    verdicts: [['camera', 'inconclusive']],
    more: {
      camera: { because: 'No services are declared, so nothing says whether tcp/22 and tcp/80 are meant to be open.' },
    },
  },
  { name: 'nothing is open', attempts: [scan({})], verdicts: [['camera', 'pass']] },
  {
    name: 'nothing is open, but the scan broke off',
    attempts: [
      attempt('tcp-ports', 'camera', [{ kind: 'port', port: 1, to: 1000 }], { broke: 'aborted' }),
      scan({})[1]!,
    ],
    verdicts: [],
  },
  { name: 'nothing is open, but a UDP port is silent', attempts: [scan({ silent: [161] })], verdicts: [] },
  {
    name: 'a declared port that nobody recognised',
    declares: { services: [web] },
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'unknown')],
    verdicts: [['camera/tcp/80', 'pass']],
    result: 'inconclusive',
  },
]);
