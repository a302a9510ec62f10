import { attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import check from './tls-versions-current.ts';

const https = [scan({ tcp: [443] }), recognised('tcp/443', 'tls', 'http+tls')];
const version = (name: string, protocol: 'tls' | 'dtls' = 'tls'): FactDraft => ({
  kind: 'offer',
  protocol,
  role: 'version',
  name,
});
const server = (names: readonly string[], rest: Parameters<typeof attempt>[3] = {}) =>
  attempt(
    'tls-server',
    'camera/tcp/443/tls',
    names.map((name) => version(name)),
    rest,
  );

checkTest(check, [
  {
    name: 'TLS 1.2 and 1.3',
    attempts: [...https, server(['TLS 1.2', 'TLS 1.3'])],
    verdicts: [['camera/tcp/443', 'pass']],
  },
  ...['SSLv2', 'SSLv3', 'TLS 1.0', 'TLS 1.1'].map((name) => ({
    name: `accepts ${name} beside TLS 1.2`,
    attempts: [...https, server([name, 'TLS 1.2'])],
    verdicts: [['camera/tcp/443', 'fail', 'conclusive'] as const],
    more: { 'camera/tcp/443': { because: `TLS at tcp/443 accepts ${name}.` } },
  })),
  {
    name: 'an old version stands when the attempt broke off after it',
    attempts: [...https, server(['TLS 1.0'], { broke: 'timeout' })],
    verdicts: [['camera/tcp/443', 'fail', 'conclusive']],
  },
  {
    name: 'the answer to one version was a timeout',
    attempts: [...https, server(['TLS 1.2'], { broke: 'timeout' })],
    verdicts: [],
  },
  ...(
    [
      ['an old version', { role: 'version', version: 'TLS 1.0' }, []],
      ['a new version', { role: 'version', version: 'TLS 1.3' }, [['camera/tcp/443', 'pass']]],
      ['suites alone', { role: 'suite', version: 'TLS 1.2' }, [['camera/tcp/443', 'pass']]],
    ] as const
  ).map(([what, offer, verdicts]) => ({
    name: `${what} stayed open`,
    attempts: [...https, server(['TLS 1.2'], { broke: 'timeout', open: ['offer'], offers: [offer] })],
    verdicts,
  })),
  { name: 'nothing was accepted', attempts: [...https, server([])], verdicts: [['camera/tcp/443', 'inconclusive']] },
  {
    name: 'a version that nobody knows',
    attempts: [...https, server(['TLS 1.2', 'TLS 9.9'])],
    verdicts: [['camera/tcp/443', 'inconclusive']],
  },
  { name: 'nobody asked', attempts: https, verdicts: [['camera/tcp/443', 'inconclusive']] },
  ...(['DTLS 1.0', 'DTLS 1.2', 'DTLS 1.3'] as const).map((name) => ({
    name: `DTLS: ${name}`,
    attempts: [
      scan({ udp: [5684] }),
      recognised('udp/5684', 'dtls'),
      attempt('tls-server', 'camera/udp/5684/dtls', [version(name, 'dtls')]),
    ],
    verdicts: [
      name === 'DTLS 1.0'
        ? (['camera/udp/5684', 'fail', 'conclusive'] as const)
        : (['camera/udp/5684', 'pass'] as const),
    ],
  })),
  {
    name: 'no TLS anywhere',
    attempts: [
      scan({ tcp: [22] }),
      recognised('tcp/22', 'ssh'),
      attempt('ssh-login', 'camera/tcp/22/ssh', [{ kind: 'offer', protocol: 'ssh', role: 'kex', name: 'x' }]),
    ],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'no TLS anywhere, and an SSH timeout is no gap of it',
    attempts: [
      scan({ tcp: [22] }),
      recognised('tcp/22', 'ssh'),
      attempt('ssh-login', 'camera/tcp/22/ssh', [], { broke: 'timeout' }),
    ],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'no TLS seen, but an open port was not recognised',
    attempts: [scan({ tcp: [9000] }), recognised('tcp/9000', 'unknown')],
    verdicts: [],
  },
  {
    name: 'no TLS seen, but the recogniser timed out',
    attempts: [scan({ tcp: [9000] }), attempt('service', 'camera/tcp/9000', [], { broke: 'timeout' })],
    verdicts: [],
  },
  ...(
    [
      ['tcp/25', 'smtp', "SMTP's STARTTLS"],
      ['tcp/143', 'imap', "IMAP's STARTTLS"],
      ['tcp/110', 'pop3', "POP3's STLS"],
      ['tcp/21', 'ftp', "FTP's AUTH TLS"],
      ['tcp/5432', 'postgresql', "PostgreSQL's SSLRequest"],
      ['tcp/3306', 'mysql', "MySQL's SSLRequest"],
    ] as const
  ).flatMap(([port, protocol, word]) => {
    const clear = [scan({ tcp: [Number(port.slice(4))] }), recognised(port, protocol)];
    const at = `camera/${port}/${protocol}`;
    const after = (names: readonly string[], rest: Parameters<typeof attempt>[3] = {}) =>
      attempt(
        'tls-server',
        at,
        names.map((name) => version(name)),
        rest,
      );
    return [
      {
        name: `${protocol}: TLS 1.2 after its word`,
        attempts: [...clear, after(['TLS 1.2'])],
        verdicts: [[`camera/${port}`, 'pass'] as const],
        more: {
          [`camera/${port}`]: {
            because: `TLS after ${word} at ${port} accepts TLS 1.2 and refuses every older version.`,
          },
        },
      },
      {
        name: `${protocol}: TLS 1.0 after its word`,
        attempts: [...clear, after(['TLS 1.0', 'TLS 1.2'])],
        verdicts: [[`camera/${port}`, 'fail', 'conclusive'] as const],
      },
      {
        name: `${protocol}: no TLS after its word`,
        attempts: [...clear, after([])],
        verdicts: [['camera', 'not-applicable'] as const],
      },
      {
        name: `${protocol}: silent after its word`,
        attempts: [...clear, after([], { broke: 'timeout' as const })],
        verdicts: [],
      },
      {
        name: `${protocol}: nobody said its word`,
        attempts: clear,
        verdicts: [[`camera/${port}`, 'inconclusive'] as const],
      },
    ];
  }),
  {
    name: 'TLS from the first byte and after a word at one port are two servers',
    attempts: [
      scan({ tcp: [25] }),
      recognised('tcp/25', 'tls', 'smtp'),
      attempt('tls-server', 'camera/tcp/25/tls', [version('TLS 1.2')]),
      attempt('tls-server', 'camera/tcp/25/smtp', [version('TLS 1.0')]),
    ],
    verdicts: [
      ['camera/tcp/25', 'pass'],
      ['camera/tcp/25/smtp', 'fail', 'conclusive'],
    ],
  },
  {
    name: 'one without TLS after its word does not help one that nobody asked',
    attempts: [
      scan({ tcp: [21, 25] }),
      recognised('tcp/21', 'ftp'),
      recognised('tcp/25', 'smtp'),
      attempt('tls-server', 'camera/tcp/21/ftp', []),
    ],
    verdicts: [['camera/tcp/25', 'inconclusive']],
  },
  {
    name: 'mail inside TLS from the first byte needs no word',
    attempts: [
      scan({ tcp: [465] }),
      recognised('tcp/465', 'tls', 'smtp+tls'),
      attempt('tls-server', 'camera/tcp/465/tls', [version('TLS 1.3')]),
    ],
    verdicts: [['camera/tcp/465', 'pass']],
  },
  { name: 'no TLS seen, but a DTLS port is silent', attempts: [scan({ silent: [5684] })], verdicts: [] },
]);
