import { attempt, checkTest, type FactDraft } from '../../../test/kit/check.ts';
import type { FactOf } from '../../model/fact.ts';
import check from './device-identifiable.ts';

type What = FactOf<'identity'>['what'];
const says = (what: What, value: string, authenticated = false): FactDraft => ({
  kind: 'identity',
  what,
  value,
  authenticated,
});
const identity = (...facts: FactDraft[]) => [attempt('identity', 'camera/tcp/80/http', facts)];
const all = [says('serial', 'A1'), says('model', 'C-100'), says('firmware', '1.2.3')];

checkTest(check, [
  {
    name: 'serial number, model and firmware',
    attempts: identity(...all),
    verdicts: [
      ['camera/unique', 'pass'],
      ['camera/model', 'pass'],
      ['camera/firmware', 'pass'],
    ],
  },
  ...(
    [
      ['uuid', 'e1c7', 'pass'],
      ['mac', '00:11:22:33:44:55', 'pass'],
      ['mac', '02:11:22:33:44:55', 'inconclusive'],
      ['name', 'camera', 'inconclusive'],
      ['serial', ' ', 'inconclusive'],
    ] as const
  ).map(([what, value, verdict]) => ({
    name: `as a unique identifier, ${what} "${value}": ${verdict}`,
    attempts: identity(says(what, value), ...all.slice(1)),
    verdicts: [
      ['camera/unique', verdict] as const,
      ['camera/model', 'pass'] as const,
      ['camera/firmware', 'pass'] as const,
    ],
  })),
  {
    name: 'no firmware version, not even after a login',
    attempts: identity(says('serial', 'A1', true), says('model', 'C-100')),
    verdicts: [
      ['camera/unique', 'pass'],
      ['camera/model', 'pass'],
      ['camera/firmware', 'fail', 'indicative'],
    ],
  },
  {
    name: 'nothing without a login',
    attempts: identity(),
    verdicts: [
      ['camera/unique', 'inconclusive'],
      ['camera/model', 'inconclusive'],
      ['camera/firmware', 'inconclusive'],
    ],
  },
  { name: 'nobody looked', attempts: [], verdicts: [] },
  { name: 'timed out', attempts: [attempt('identity', 'camera/tcp/80/http', [], { broke: 'timeout' })], verdicts: [] },
  {
    name: 'one was told before it broke off',
    attempts: [attempt('identity', 'camera/tcp/80/http', [says('model', 'C-100')], { broke: 'timeout' })],
    verdicts: [['camera/model', 'pass']],
    result: 'inconclusive',
  },
]);
