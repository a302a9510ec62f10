import { attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import check from './tls-ciphers-strong.ts';

const https = [scan({ tcp: [443] }), recognised('tcp/443', 'tls', 'http+tls')];
const AT = 'camera/tcp/443';

/** The offers of a server: its versions, each with its suites. */
const offers = (
  of: Readonly<Record<string, readonly string[]>>,
  protocol: 'tls' | 'dtls' | 'quic' = 'tls',
): FactDraft[] =>
  Object.entries(of).flatMap(([version, suites]): FactDraft[] => [
    { kind: 'offer', protocol, role: 'version', name: version },
    ...suites.map((name): FactDraft => ({ kind: 'offer', protocol, role: 'suite', version, name })),
  ]);
const server = (of: Readonly<Record<string, readonly string[]>>, rest: Parameters<typeof attempt>[3] = {}) =>
  attempt('tls-server', `${AT}/tls`, offers(of), rest);

const GCM = 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256';
const MODERN = { 'TLS 1.2': [GCM], 'TLS 1.3': ['TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'] };

checkTest(check, [
  {
    name: 'suites of today',
    attempts: [...https, server(MODERN)],
    verdicts: [[AT, 'pass']],
    more: { [AT]: { because: 'TLS at tcp/443 accepts 3 suites, and none is weak.', conditions: [] } },
  },
  ...(
    [
      ['suites of a version', { role: 'suite', version: 'TLS 1.2' }, []],
      ['a version', { role: 'version', version: 'TLS 1.3' }, []],
      ['groups', { role: 'group', version: 'TLS 1.2' }, [[AT, 'pass']]],
    ] as const
  ).map(([what, offer, verdicts]) => ({
    name: `${what} stayed open`,
    attempts: [...https, server(MODERN, { broke: 'timeout', open: ['offer'], offers: [offer] })],
    verdicts,
  })),
  {
    name: 'a single one',
    attempts: [...https, server({ 'TLS 1.3': ['TLS_AES_128_GCM_SHA256'] })],
    verdicts: [[AT, 'pass']],
    more: { [AT]: { because: 'TLS at tcp/443 accepts one suite, and it is not weak.' } },
  },
  {
    name: 'static RSA and CBC are for a criterion to refuse',
    attempts: [
      ...https,
      server({ 'TLS 1.2': [GCM, 'TLS_RSA_WITH_AES_128_GCM_SHA256', 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA'] }),
    ],
    verdicts: [[AT, 'pass']],
    more: {
      [AT]: {
        because:
          'TLS at tcp/443 accepts 3 suites, and none is weak (1 exchange keys by static RSA and 1 are in CBC mode).',
        conditions: ['static-rsa', 'cbc'],
      },
    },
  },
  ...[
    'TLS_RSA_WITH_NULL_SHA256',
    'TLS_DH_anon_WITH_AES_256_GCM_SHA384',
    'TLS_RSA_EXPORT_WITH_RC4_40_MD5',
    'TLS_RSA_WITH_RC4_128_SHA',
    'TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5',
    'TLS_RSA_WITH_DES_CBC_SHA',
    'TLS_RSA_WITH_3DES_EDE_CBC_SHA',
    'TLS_KRB5_WITH_IDEA_CBC_MD5',
  ].map((name) => ({
    name: `accepts ${name} in its oldest version`,
    attempts: [...https, server({ ...MODERN, 'TLS 1.0': [name] })],
    verdicts: [[AT, 'fail', 'conclusive'] as const],
  })),
  {
    name: 'classes are told with an example of each',
    attempts: [
      ...https,
      server({
        'TLS 1.0': ['TLS_RSA_WITH_RC4_128_SHA', 'TLS_RSA_WITH_RC4_128_MD5'],
        'TLS 1.2': [GCM, 'TLS_RSA_WITH_RC4_128_SHA', 'TLS_RSA_WITH_3DES_EDE_CBC_SHA'],
      }),
    ],
    verdicts: [[AT, 'fail', 'conclusive']],
    more: {
      [AT]: {
        because:
          'TLS at tcp/443 accepts weak suites in TLS 1.0 and TLS 1.2: RC4 (TLS_RSA_WITH_RC4_128_SHA and 1 more), 3DES (TLS_RSA_WITH_3DES_EDE_CBC_SHA) and MD5 (TLS_RSA_WITH_RC4_128_MD5).',
        basis: [
          'tls-server@camera/tcp/443#2',
          'tls-server@camera/tcp/443#3',
          'tls-server@camera/tcp/443#6',
          'tls-server@camera/tcp/443#7',
        ],
      },
    },
  },
  {
    name: 'a suite of SSLv2',
    attempts: [...https, server({ SSLv2: ['SSL_CK_DES_192_EDE3_CBC_WITH_MD5'], ...MODERN })],
    verdicts: [[AT, 'fail', 'conclusive']],
  },
  {
    name: 'a weak suite stands when the attempt broke off after it',
    attempts: [...https, server({ 'TLS 1.0': ['TLS_RSA_WITH_RC4_128_SHA'] }, { broke: 'timeout' })],
    verdicts: [[AT, 'fail', 'conclusive']],
  },
  { name: 'the list broke off', attempts: [...https, server(MODERN, { broke: 'timeout' })], verdicts: [] },
  {
    name: 'a version of which no suite was seen',
    attempts: [...https, server({ ...MODERN, 'TLS 1.1': [] })],
    verdicts: [[AT, 'inconclusive']],
    more: { [AT]: { because: 'TLS at tcp/443: which suites it accepts in TLS 1.1 was not seen.' } },
  },
  {
    name: 'versions alone, as a run of before has them',
    attempts: [...https, server({ 'TLS 1.2': [], 'TLS 1.3': [] })],
    verdicts: [[AT, 'inconclusive']],
  },
  {
    name: 'suites of a version that is not told',
    attempts: [
      ...https,
      attempt('tls-server', `${AT}/tls`, [
        { kind: 'offer', role: 'version', name: 'TLS 1.2' },
        { kind: 'offer', role: 'suite', name: GCM },
      ]),
    ],
    verdicts: [[AT, 'inconclusive']],
  },
  {
    name: 'a suite that nobody knows',
    attempts: [...https, server({ 'TLS 1.2': [GCM, '0xfafa'] })],
    verdicts: [[AT, 'inconclusive']],
    more: { [AT]: { because: 'TLS at tcp/443: it accepts suites that are not known (0xfafa).' } },
  },
  { name: 'nothing was accepted', attempts: [...https, server({})], verdicts: [[AT, 'inconclusive']] },
  { name: 'nobody asked', attempts: https, verdicts: [[AT, 'inconclusive']] },
  ...(
    [
      ['PSK is encrypted', 'TLS_PSK_WITH_AES_128_CCM_8', 'pass'],
      ['PSK without encryption', 'TLS_PSK_WITH_NULL_SHA', 'fail'],
    ] as const
  ).map(([name, suite, verdict]) => ({
    name: `DTLS: ${name}`,
    attempts: [
      scan({ udp: [5684] }),
      recognised('udp/5684', 'dtls'),
      attempt('dtls-server', 'camera/udp/5684/dtls', offers({ 'DTLS 1.2': [suite] }, 'dtls')),
    ],
    verdicts: [
      verdict === 'fail'
        ? (['camera/udp/5684', 'fail', 'conclusive'] as const)
        : (['camera/udp/5684', 'pass'] as const),
    ],
  })),
  {
    name: 'TLS in QUIC, whose own versions have no suites',
    attempts: [
      scan({ udp: [443] }),
      recognised('udp/443', 'quic'),
      attempt(
        'quic-server',
        'camera/udp/443/quic',
        offers(
          { 'QUIC v1': [], 'Google QUIC Q050': [], '0x1a2a3a4a': [], 'TLS 1.3': ['TLS_AES_128_GCM_SHA256'] },
          'quic',
        ),
      ),
    ],
    verdicts: [['camera/udp/443', 'pass']],
  },
  {
    name: 'TLS in QUIC, of which no suite was seen',
    attempts: [
      scan({ udp: [443] }),
      recognised('udp/443', 'quic'),
      attempt('quic-server', 'camera/udp/443/quic', offers({ 'QUIC v1': [], 'TLS 1.3': [] }, 'quic')),
    ],
    verdicts: [['camera/udp/443', 'inconclusive']],
  },
  {
    name: 'QUIC of which the versions alone were told',
    attempts: [
      scan({ udp: [443] }),
      recognised('udp/443', 'quic'),
      attempt('quic-server', 'camera/udp/443/quic', offers({ 'QUIC v1': [] }, 'quic'), {
        broke: 'unsupported',
        open: ['offer'],
      }),
    ],
    verdicts: [],
  },
  {
    name: 'mail, after STARTTLS',
    attempts: [
      scan({ tcp: [25] }),
      recognised('tcp/25', 'smtp'),
      attempt('tls-server', 'camera/tcp/25/smtp', offers({ 'TLS 1.2': [GCM, 'TLS_RSA_WITH_RC4_128_SHA'] })),
    ],
    verdicts: [['camera/tcp/25', 'fail', 'conclusive']],
  },
  {
    name: 'FTP without TLS',
    attempts: [scan({ tcp: [21] }), recognised('tcp/21', 'ftp'), attempt('tls-server', 'camera/tcp/21/ftp', [])],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'two servers, one of them weak',
    attempts: [
      scan({ tcp: [443, 8443] }),
      recognised('tcp/443', 'tls', 'http+tls'),
      recognised('tcp/8443', 'tls', 'http+tls'),
      server(MODERN),
      attempt('tls-server', 'camera/tcp/8443/tls', offers({ 'TLS 1.2': ['TLS_RSA_WITH_DES_CBC_SHA'] })),
    ],
    verdicts: [
      [AT, 'pass'],
      ['camera/tcp/8443', 'fail', 'conclusive'],
    ],
  },
  {
    name: 'no TLS anywhere',
    attempts: [scan({ tcp: [22] }), recognised('tcp/22', 'ssh')],
    verdicts: [['camera', 'not-applicable']],
  },
]);
