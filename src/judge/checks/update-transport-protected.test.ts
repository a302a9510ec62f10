import { attempt, checkTest, type FactDraft } from '../../../test/kit/check.ts';
import type { FactOf } from '../../model/fact.ts';
import check from './update-transport-protected.ts';

const URL = 'http://198.18.0.1/image';
const id = `camera/image:${URL}`;
const declares = { update: { image: URL } };
const fetched = (rest: Partial<FactOf<'update'>> = {}): FactDraft => ({
  kind: 'update',
  role: 'image',
  url: URL,
  ...rest,
});
const signed = (how: FactOf<'artifact'>['signed'], rest: Partial<FactOf<'artifact'>> = {}): FactDraft => ({
  kind: 'artifact',
  url: URL,
  signed: how,
  ...rest,
});
const channel = (...facts: FactDraft[]) => [attempt('update-channel', 'camera', facts)];
const tls = { transport: 'tls' } as const;

checkTest(check, [
  {
    name: 'over TLS that holds',
    declares,
    attempts: channel(fetched({ ...tls, authenticated: true }), signed('none')),
    verdicts: [[id, 'pass']],
  },
  {
    name: 'in the clear and signed',
    declares,
    attempts: channel(fetched(), signed('by-given-key')),
    verdicts: [[id, 'pass']],
  },
  ...(['none', 'checksum', 'invalid'] as const).flatMap((how) => [
    {
      name: `in the clear, signed: ${how}`,
      declares,
      attempts: channel(fetched(), signed(how)),
      verdicts: [[id, 'fail', 'conclusive'] as const],
    },
    {
      name: `over TLS with a wrong certificate, signed: ${how}`,
      declares,
      attempts: channel(fetched({ ...tls, authenticated: false }), signed(how)),
      verdicts: [[id, 'fail', 'conclusive'] as const],
    },
  ]),
  ...(['self-consistent', 'unverified', 'encrypted'] as const).map((how) => ({
    name: `in the clear, signed: ${how}`,
    declares,
    attempts: channel(fetched(), signed(how)),
    verdicts: [[id, 'inconclusive'] as const],
  })),
  {
    name: 'in the clear, under a signed manifest',
    declares,
    attempts: channel(
      fetched(),
      signed('checksum'),
      signed('by-given-key', { role: 'manifest', url: 'http://198.18.0.1/manifest' }),
    ),
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'over TLS, and no anchor was given',
    declares,
    attempts: channel(fetched(tls), signed('none')),
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'in the clear, and nobody read it',
    declares,
    attempts: channel(fetched()),
    verdicts: [[id, 'inconclusive']],
  },
  {
    name: 'it could not be fetched',
    declares,
    attempts: channel(fetched({ outcome: 'rejected' })),
    verdicts: [[id, 'inconclusive']],
  },
  { name: 'nothing is declared', attempts: [], verdicts: [['camera', 'inconclusive']] },
  { name: 'nothing came of it', declares, attempts: channel(), verdicts: [['camera', 'inconclusive']] },
  {
    name: 'timed out',
    declares,
    attempts: [attempt('update-channel', 'camera', [], { broke: 'timeout' })],
    verdicts: [],
  },
  {
    name: 'a detached signature is none of it',
    declares,
    attempts: channel(fetched({ ...tls, authenticated: true }), fetched({ role: 'signature', url: `${URL}.sig` })),
    verdicts: [[id, 'pass']],
  },
]);
