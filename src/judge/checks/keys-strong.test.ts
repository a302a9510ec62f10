import { attempt, checkTest, type FactDraft, recognised, scan, sha } from '../../../test/kit/check.ts';
import type { FactOf } from '../../model/fact.ts';
import check from './keys-strong.ts';

type Key = Partial<FactOf<'key'>>;
const https = [scan({ tcp: [443] }), recognised('tcp/443', 'tls', 'http+tls')];
const seen = (...keys: Key[]) => [
  ...https,
  attempt(
    'tls-server',
    'camera/tcp/443/tls',
    keys.map((key): FactDraft => ({ kind: 'key', exponent: undefined, ...key })),
  ),
];
const row = (key: Key, verdict: 'pass' | 'fail' | 'inconclusive') => {
  const id = `camera/tcp/443/${key.use ?? 'tls'}-${key.algorithm}-${key.bits}`;
  return {
    name: `${verdict}: ${key.algorithm} of ${key.bits} bits${key.exponent === undefined ? '' : `, exponent ${key.exponent}`}`,
    attempts: seen(key),
    verdicts: [verdict === 'fail' ? ([id, verdict, 'conclusive'] as const) : ([id, verdict] as const)],
  };
};

checkTest(check, [
  row({ algorithm: 'rsa', bits: 2048, exponent: '65537' }, 'pass'),
  row({ algorithm: 'rsa', bits: 2047, exponent: '65537' }, 'fail'),
  row({ algorithm: 'rsa', bits: 1024 }, 'fail'),
  row({ algorithm: 'rsa', bits: 4096, exponent: '1' }, 'fail'),
  row({ algorithm: 'rsa', bits: 4096, exponent: '0x01' }, 'fail'),
  row({ algorithm: 'rsa', bits: 4096, exponent: '3' }, 'pass'),
  row({ algorithm: 'rsa', bits: 0 }, 'inconclusive'),
  row({ algorithm: 'dsa', bits: 2048 }, 'fail'),
  row({ algorithm: 'dh', bits: 1024 }, 'fail'),
  row({ algorithm: 'dh', bits: 2048 }, 'pass'),
  row({ algorithm: 'ec', bits: 192 }, 'fail'),
  row({ algorithm: 'ec', bits: 224 }, 'pass'),
  row({ algorithm: 'ed25519', bits: 256 }, 'pass'),
  row({ algorithm: 'other', bits: 4096 }, 'inconclusive'),
  {
    name: 'one of two keys is weak',
    attempts: seen({ algorithm: 'ec', bits: 256 }, { algorithm: 'rsa', bits: 1024, sha256: sha('b') }),
    verdicts: [
      ['camera/tcp/443/tls-ec-256', 'pass'],
      ['camera/tcp/443/tls-rsa-1024', 'fail', 'conclusive'],
    ],
  },
  {
    name: 'a key of QUIC',
    attempts: [
      scan({ udp: [443] }),
      recognised('udp/443', 'quic'),
      attempt('quic-server', 'camera/udp/443/quic', [{ kind: 'key', algorithm: 'rsa', bits: 1024 }]),
    ],
    verdicts: [['camera/udp/443/tls-rsa-1024', 'fail', 'conclusive']],
  },
  {
    name: 'a host key of SSH, whatever became of its logins',
    attempts: [
      scan({ tcp: [22] }),
      recognised('tcp/22', 'ssh'),
      attempt('ssh-server', 'camera/tcp/22/ssh', [{ kind: 'key', use: 'ssh-host', algorithm: 'rsa', bits: 3072 }], {
        broke: 'locked',
        open: ['login'],
      }),
    ],
    verdicts: [['camera/tcp/22/ssh-host-rsa-3072', 'pass']],
  },
  ...(['exponent-one', 'roca', 'close-primes', 'small-factor', 'debian'] as const).map((flaw) => ({
    name: `fail: ${flaw}`,
    attempts: seen({ algorithm: 'rsa', bits: 2048, exponent: '65537', flaws: [flaw] }),
    verdicts: [[`camera/tcp/443/tls-rsa-2048-${flaw}`, 'fail', 'conclusive'] as const],
  })),
  {
    name: 'two keys of one size, one of them flawed',
    attempts: seen(
      { algorithm: 'rsa', bits: 2048, exponent: '65537' },
      { algorithm: 'rsa', bits: 2048, exponent: '65537', sha256: sha('b'), flaws: ['roca'] },
    ),
    verdicts: [
      ['camera/tcp/443/tls-rsa-2048', 'pass'],
      ['camera/tcp/443/tls-rsa-2048-roca', 'fail', 'conclusive'],
    ],
  },
  {
    name: 'a key whose private half is published',
    attempts: seen({ algorithm: 'rsa', bits: 2048, exponent: '65537', sha256: sha('b') }),
    knownKeys: [
      {
        name: 'list',
        digest: sha('1'),
        keys: [{ id: 'k1', use: 'tls', sha256: sha('b'), of: 'a library', source: 'its package' }],
      },
    ],
    verdicts: [['camera/tcp/443/tls-rsa-2048', 'fail', 'conclusive']],
  },
  ...(
    [
      ['fail', { inChain: true, publicKey: { algorithm: 'rsa', bits: 1024 } }],
      ['pass', { inChain: false, publicKey: { algorithm: 'rsa', bits: 1024 } }],
      ['pass', { inChain: true, publicKey: { algorithm: 'ec', bits: 256 } }],
    ] as const
  ).map(([verdict, issuer]) => ({
    name: `${verdict}: an issuer with ${issuer.publicKey.bits} bits, ${issuer.inChain ? 'on' : 'off'} the way`,
    attempts: [
      ...https,
      attempt('tls-server', 'camera/tcp/443/tls', [
        { kind: 'certificate', position: 1, sha256: sha('1'), isCa: true, ...issuer },
        { kind: 'key', algorithm: 'ec', bits: 256, exponent: undefined },
      ]),
    ],
    verdicts: [
      ['camera/tcp/443/tls-ec-256', 'pass'] as const,
      ...(verdict === 'fail' ? [['camera/tcp/443/issuer-rsa-1024', 'fail', 'conclusive'] as const] : []),
    ],
  })),
  ...(
    [
      ['fail', 'conclusive', { name: 'modp1024', bits: 1024 }, 'dh'],
      ['fail', 'conclusive', { name: 'dh-0123456789abcdef', bits: 2047 }, 'dh'],
      ['pass', '', { name: 'ffdhe2048', bits: 2048 }, 'dh'],
      ['fail', 'indicative', { name: 'secp192r1', bits: 192 }, 'ec'],
      ['pass', '', { name: 'x25519', bits: 255 }, 'ec'],
      ['pass', '', { name: 'secp224r1', bits: 224 }, 'ec'],
      ['pass', '', { name: 'MLKEM768' }, 'ec'],
    ] as const
  ).map(([verdict, strength, group, kind]) => ({
    name: `${verdict}: keys agreed by ${group.name}`,
    attempts: [
      ...https,
      attempt('tls-server', 'camera/tcp/443/tls', [
        { kind: 'key', algorithm: 'ec', bits: 256, exponent: undefined },
        { kind: 'offer', role: 'group', version: 'TLS 1.2', ...group },
      ]),
    ],
    verdicts: [
      ['camera/tcp/443/tls-ec-256', 'pass'] as const,
      ...(verdict === 'fail' && 'bits' in group
        ? [[`camera/tcp/443/group-${kind}-${group.bits}`, 'fail', strength as 'conclusive'] as const]
        : []),
    ],
  })),
  ...(
    [
      ['TLS_DHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS 1.2', true],
      ['TLS_DHE_PSK_WITH_AES_128_GCM_SHA256', 'DTLS 1.2', true],
      ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS 1.2', false],
      ['TLS_AES_128_GCM_SHA256', 'TLS 1.3', false],
    ] as const
  ).map(([name, version, isOpen]) => ({
    name: `${name}, and no group of Diffie-Hellman was seen but that of TLS 1.3`,
    attempts: [
      ...https,
      attempt('tls-server', 'camera/tcp/443/tls', [
        { kind: 'key', algorithm: 'ec', bits: 256, exponent: undefined },
        { kind: 'offer', role: 'suite', version, name },
        { kind: 'offer', role: 'group', version: 'TLS 1.3', name: 'ffdhe2048', bits: 2048 },
        { kind: 'offer', role: 'group', version: 'TLS 1.2', name: 'secp256r1', bits: 256 },
      ]),
    ],
    verdicts: [
      ['camera/tcp/443/tls-ec-256', 'pass'] as const,
      ...(isOpen ? [['camera/tcp/443/group-dh', 'inconclusive'] as const] : []),
    ],
  })),
  {
    name: 'groups stayed open',
    attempts: [
      ...https,
      attempt('tls-server', 'camera/tcp/443/tls', [{ kind: 'key' }], { broke: 'timeout', open: ['offer'] }),
    ],
    verdicts: [['camera/tcp/443/tls-rsa-2048', 'pass']],
    result: 'inconclusive',
  },
  {
    name: 'small groups of SSH',
    attempts: [
      scan({ tcp: [22] }),
      recognised('tcp/22', 'ssh'),
      attempt('ssh-server', 'camera/tcp/22/ssh', [
        { kind: 'key', use: 'ssh-host', algorithm: 'ed25519', bits: 256, exponent: undefined },
        { kind: 'offer', protocol: 'ssh', role: 'group', name: 'diffie-hellman-group-exchange-sha256', bits: 1024 },
      ]),
    ],
    verdicts: [
      ['camera/tcp/22/ssh-host-ed25519-256', 'pass'],
      ['camera/tcp/22/group-dh-1024', 'fail', 'conclusive'],
    ],
  },
  {
    name: 'pre-shared keys alone',
    attempts: [
      ...https,
      attempt('tls-server', 'camera/tcp/443/tls', [
        { kind: 'offer', role: 'suite', version: 'TLS 1.2', name: 'TLS_PSK_WITH_AES_128_CCM_8' },
      ]),
    ],
    verdicts: [['camera/tcp/443', 'not-applicable']],
  },
  {
    name: 'a mail server and its key after STARTTLS',
    attempts: [
      scan({ tcp: [25] }),
      recognised('tcp/25', 'smtp'),
      attempt('tls-server', 'camera/tcp/25/smtp', [{ kind: 'key', algorithm: 'rsa', bits: 1024 }]),
    ],
    verdicts: [['camera/tcp/25/tls-rsa-1024', 'fail', 'conclusive']],
  },
  {
    name: 'a mail server that nobody asked for TLS',
    attempts: [scan({ tcp: [25] }), recognised('tcp/25', 'smtp')],
    verdicts: [['camera/tcp/25', 'inconclusive']],
  },
  { name: 'no key was seen', attempts: seen(), verdicts: [['camera/tcp/443', 'inconclusive']] },
  { name: 'nobody looked', attempts: https, verdicts: [['camera/tcp/443', 'inconclusive']] },
  {
    name: 'timed out',
    attempts: [...https, attempt('tls-server', 'camera/tcp/443/tls', [], { broke: 'timeout' })],
    verdicts: [],
  },
  {
    name: 'no service has a key',
    attempts: [scan({ tcp: [80] }), recognised('tcp/80', 'http')],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'an open port not recognised',
    attempts: [scan({ tcp: [9000] }), recognised('tcp/9000', 'unknown')],
    verdicts: [],
  },
]);
