import { attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import { WEAKNESSES } from '../../model/fact.ts';
import check from './tls-known-flaws-absent.ts';

const https = [scan({ tcp: [443] }), recognised('tcp/443', 'tls', 'http+tls')];
const AT = 'camera/tcp/443';

/** What is stated of every flaw: absent, but for those named. */
const flaws = (present: readonly string[] = [], without: readonly string[] = []): FactDraft[] =>
  WEAKNESSES.tls
    .filter((name) => !without.includes(name))
    .map((name) => ({ kind: 'weakness', protocol: 'tls', name, present: present.includes(name) }));
const server = (facts: readonly FactDraft[], rest: Parameters<typeof attempt>[3] = {}) =>
  attempt('tls-server', `${AT}/tls`, facts, rest);

const INDICATIVE: readonly string[] = ['insecure-renegotiation', 'sweet32', 'common-dh'];

checkTest(check, [
  { name: 'all stated absent', attempts: [...https, server(flaws())], verdicts: [[AT, 'pass']] },
  ...WEAKNESSES.tls.flatMap((flaw) => [
    {
      name: `has ${flaw}`,
      attempts: [...https, server(flaws([flaw]))],
      verdicts: [[AT, 'fail', INDICATIVE.includes(flaw) ? 'indicative' : 'conclusive'] as const],
    },
    {
      name: `nothing is said of ${flaw}`,
      attempts: [...https, server(flaws([], [flaw]))],
      verdicts: [[AT, 'inconclusive'] as const],
      more: { [AT]: { because: `Of TLS at tcp/443 it is not known whether it has ${flaw}.` } },
    },
  ]),
  {
    name: 'several, of which one is certain',
    attempts: [...https, server(flaws(['sweet32', 'poodle', 'heartbleed']))],
    verdicts: [[AT, 'fail', 'conclusive']],
    more: {
      [AT]: {
        because:
          'TLS at tcp/443 gives out its memory (Heartbleed, CVE-2014-0160), accepts SSLv3 with CBC (POODLE, CVE-2014-3566) and accepts block ciphers of 64 bits (Sweet32, CVE-2016-2183).',
        basis: ['tls-server@camera/tcp/443#1', 'tls-server@camera/tcp/443#5', 'tls-server@camera/tcp/443#8'],
      },
    },
  },
  {
    name: 'several, of which none is certain',
    attempts: [...https, server(flaws(INDICATIVE))],
    verdicts: [[AT, 'fail', 'indicative']],
  },
  {
    name: 'a flaw stands when the attempt broke off after it',
    attempts: [...https, server(flaws(['heartbleed'], ['robot']), { broke: 'timeout' })],
    verdicts: [[AT, 'fail', 'conclusive']],
  },
  {
    name: 'broke off with all but one stated',
    attempts: [...https, server(flaws([], ['robot']), { broke: 'timeout', open: ['weakness'] })],
    verdicts: [],
  },
  {
    name: 'what else broke off is no gap of it',
    attempts: [...https, server(flaws(), { broke: 'timeout', open: ['offer', 'certificate'] })],
    verdicts: [[AT, 'pass']],
  },
  { name: 'nothing stated', attempts: [...https, server([])], verdicts: [[AT, 'inconclusive']] },
  { name: 'nobody asked', attempts: https, verdicts: [[AT, 'inconclusive']] },
  {
    name: 'a flaw that nobody knows',
    attempts: [...https, server([...flaws(), { kind: 'weakness', protocol: 'tls', name: 'x', present: true }])],
    verdicts: [[AT, 'fail', 'indicative']],
  },
  {
    name: 'flaws of the pages inside are not of TLS, nor is it a gap that they were not seen',
    attempts: [
      ...https,
      server(flaws()),
      attempt(
        'http-hardening',
        `${AT}/http+tls`,
        [{ kind: 'weakness', protocol: 'http', name: 'cookie-not-secure', present: true }],
        { broke: 'timeout' },
      ),
    ],
    verdicts: [[AT, 'pass']],
  },
  {
    name: 'flaws of the pages inside do not stand for those of TLS',
    attempts: [
      ...https,
      attempt('http-hardening', `${AT}/http+tls`, [
        { kind: 'weakness', protocol: 'http', name: 'cookie-not-secure', present: false },
      ]),
    ],
    verdicts: [[AT, 'inconclusive']],
  },
  ...(
    [
      ['a cookie first', false, 'a cookie is asked for first', [['camera/udp/5684', 'pass']]],
      ['no cookie', true, '7.0 times the hello', [['camera/udp/5684', 'fail', 'indicative']]],
    ] as const
  ).map(([name, present, subject, verdicts]) => ({
    name: `DTLS: ${name}`,
    attempts: [
      scan({ udp: [5684] }),
      recognised('udp/5684', 'dtls'),
      attempt('dtls-server', 'camera/udp/5684/dtls', [
        { kind: 'weakness' as const, protocol: 'dtls', name: 'amplification', present, subject },
      ]),
    ],
    verdicts,
  })),
  {
    name: 'mail, after STARTTLS',
    attempts: [
      scan({ tcp: [25] }),
      recognised('tcp/25', 'smtp'),
      attempt('tls-server', 'camera/tcp/25/smtp', flaws(['small-dh'])),
    ],
    verdicts: [['camera/tcp/25', 'fail', 'conclusive']],
    more: {
      'camera/tcp/25': {
        because: "TLS after SMTP's STARTTLS at tcp/25 uses Diffie-Hellman of less than 2048 bits.",
        about: { host: '198.18.0.10', transport: 'tcp', port: 25, protocol: 'smtp', security: 'tls' },
      },
    },
  },
  {
    name: 'FTP without TLS',
    attempts: [scan({ tcp: [21] }), recognised('tcp/21', 'ftp'), attempt('tls-server', 'camera/tcp/21/ftp', [])],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'Terrapin is of SSH',
    attempts: [
      scan({ tcp: [22] }),
      recognised('tcp/22', 'ssh'),
      attempt('ssh-server', 'camera/tcp/22/ssh', [
        { kind: 'weakness', protocol: 'ssh', name: 'terrapin', present: true },
      ]),
      attempt('tls-server', 'camera/tcp/443/tls', []),
    ],
    verdicts: [['camera', 'not-applicable']],
  },
]);
