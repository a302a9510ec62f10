import { attempt, checkTest, type FactDraft } from '../../../test/kit/check.ts';
import type { FactOf } from '../../model/fact.ts';
import check from './update-signature-strong.ts';

const URL = 'http://198.18.0.1/image';
const id = `camera/image:${URL}`;
const declares = { update: { image: URL } };
const image = (rest: Partial<FactOf<'artifact'>>): FactDraft => ({
  kind: 'artifact',
  url: URL,
  signed: 'by-given-key',
  ...rest,
});
const row = (algorithm: string | undefined, bits: number | undefined, verdict: 'pass' | 'fail' | 'inconclusive') => ({
  name: `${verdict}: ${algorithm} ${bits}`,
  declares,
  attempts: [attempt('update-channel', 'camera', [image({ algorithm, bits })])],
  verdicts: [verdict === 'fail' ? ([id, verdict, 'conclusive'] as const) : ([id, verdict] as const)],
});

checkTest(check, [
  row('RSA-SHA256', 2048, 'pass'),
  row('rsa2048-sha256', 2048, 'pass'),
  row('RSA-PSS-SHA512', 3072, 'pass'),
  row('RSA-SHA256', 1024, 'fail'),
  row('RSA-SHA256', undefined, 'inconclusive'),
  row('RSA-SHA1', 4096, 'fail'),
  row('sha-1', undefined, 'fail'),
  row('RSA-MD5', 4096, 'fail'),
  row('ECDSA-SHA256', 256, 'pass'),
  row('ecdsa-with-SHA1', 256, 'fail'),
  row('ECDSA-SHA256', 192, 'fail'),
  row('DSA-SHA256', 2048, 'fail'),
  row('Ed25519', 256, 'pass'),
  row('EdDSA', undefined, 'pass'),
  row(undefined, undefined, 'inconclusive'),
  ...(['none', 'checksum'] as const).map((signed) => ({
    name: `no signature to be judged: ${signed}`,
    declares,
    attempts: [attempt('update-channel', 'camera', [image({ signed, algorithm: 'md5' })])],
    verdicts: [[id, 'not-applicable'] as const],
  })),
  {
    name: 'encrypted and opaque',
    declares,
    attempts: [attempt('update-channel', 'camera', [image({ signed: 'encrypted', algorithm: 'AES-128' })])],
    verdicts: [[id, 'inconclusive']],
  },
  { name: 'nothing is declared', attempts: [], verdicts: [['camera', 'inconclusive']] },
  {
    name: 'timed out',
    declares,
    attempts: [attempt('update-channel', 'camera', [], { broke: 'timeout' })],
    verdicts: [],
  },
]);
