import { attempt, checkTest, type FactDraft } from '../../../test/kit/check.ts';
import check from './device-survives.ts';

const answered: FactDraft = { kind: 'liveness', port: 80, state: 'answered', after: 'ssh-login@camera/tcp/22' };
const stopped: FactDraft = { kind: 'liveness', port: 80, state: 'stopped', after: 'ssh-login@camera/tcp/22' };

checkTest(check, [
  {
    name: 'it answered each time',
    attempts: [attempt('liveness', 'camera', [answered])],
    verdicts: [['camera', 'pass']],
  },
  {
    name: 'it stopped',
    attempts: [attempt('liveness', 'camera', [answered, stopped])],
    verdicts: [['camera/tcp/80', 'fail', 'conclusive']],
    more: { 'camera/tcp/80': { because: 'tcp/80 no longer answered after ssh-login@camera/tcp/22.' } },
  },
  { name: 'nothing open to watch', attempts: [attempt('liveness', 'camera')], verdicts: [['camera', 'inconclusive']] },
  {
    name: 'the watch broke off',
    attempts: [attempt('liveness', 'camera', [answered], { broke: 'aborted' })],
    verdicts: [],
  },
  {
    name: 'it stopped before the watch broke off',
    attempts: [attempt('liveness', 'camera', [stopped], { broke: 'aborted' })],
    verdicts: [['camera/tcp/80', 'fail', 'conclusive']],
  },
  { name: 'nobody watched', attempts: [], verdicts: [] },
]);
