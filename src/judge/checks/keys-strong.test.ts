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
