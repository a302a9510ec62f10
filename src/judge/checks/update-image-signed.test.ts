import { attempt, checkTest, type FactDraft } from '../../../test/kit/check.ts';
import type { FactOf } from '../../model/fact.ts';
import check from './update-image-signed.ts';

const URL = 'http://198.18.0.1/image';
const id = `camera/image:${URL}`;
const declares = { update: { image: URL } };
const image = (rest: Partial<FactOf<'artifact'>>): FactDraft => ({ kind: 'artifact', url: URL, ...rest });
const channel = (...facts: FactDraft[]) => [attempt('update-channel', 'camera', facts)];

checkTest(check, [
  {
    name: 'signed by the given key',
    declares,
    attempts: channel(image({ signed: 'by-given-key' })),
    verdicts: [[id, 'pass']],
    more: { [id]: { restsOn: 'declaration' } },
  },
  {
    name: 'no signature',
    declares,
    attempts: channel(image({ signed: 'none' })),
    verdicts: [[id, 'fail', 'conclusive']],
  },
  {
    name: 'a checksum only',
    declares,
    attempts: channel(image({ signed: 'checksum' })),
    verdicts: [[id, 'fail', 'conclusive']],
  },
  {
    name: 'a signature that does not verify',
    declares,
    attempts: channel(image({ signed: 'invalid' })),
    verdicts: [[id, 'fail', 'indicative']],
  },
  ...(['self-consistent', 'unverified', 'encrypted'] as const).map((signed) => ({
    name: signed,
    declares,
    attempts: channel(image({ signed })),
    verdicts: [[id, 'inconclusive'] as const],
  })),
  {
    name: 'no signature in a format that is not known',
    declares,
    attempts: channel(image({ signed: 'none', format: 'unknown' })),
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'a checksum under a signed manifest',
    declares,
    attempts: channel(
      image({ signed: 'checksum' }),
      image({ role: 'manifest', url: 'http://198.18.0.1/m', signed: 'by-given-key' }),
    ),
    verdicts: [[id, 'inconclusive']],
  },
  { name: 'nothing is declared', attempts: [], verdicts: [['camera', 'inconclusive']] },
  {
    name: 'only a manifest',
    declares,
    attempts: channel(image({ role: 'manifest', signed: 'by-given-key' })),
    verdicts: [['camera', 'inconclusive']],
  },
  {
    name: 'timed out',
    declares,
    attempts: [attempt('update-channel', 'camera', [], { broke: 'timeout' })],
    verdicts: [],
  },
]);
