import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { device, type RunningDevice, start } from '../../fixtures/device.ts';
import { tcpService } from '../../fixtures/service.ts';
import { ftp, http } from '../../fixtures/services/index.ts';
import { Assessment } from '../../src/model/assessment.ts';
import type { Attempt } from '../../src/model/run.ts';
import { readRun } from '../../src/observe/run-store.ts';
import { verifySeal } from '../../src/observe/seal.ts';
import { command, type Event, filesUnder, freshFolder, startCommand } from '../kit/command.ts';
import { scanHere } from '../kit/here.ts';

const HOST = '127.0.0.143';
const PROFILE = 'nist-consumer-iot-2022';

const camera = device({
  id: 'camera',
  tcp: {
    80: http({
      server: 'cam/1',
      pages: { '/': '<title>Cam</title>' },
      challenge: { scheme: 'basic', accounts: { op: 'Wq3' } },
    }),
    21: ftp({ accounts: { op: 'Wq3' } }),
  },
});
/** Nothing is answered at 81 while it sleeps: a scan takes five seconds to give it up. */
let asleep = true;
const sleepy = tcpService('http', async (context) => {
  const open = await http().open(context);
  return { ...open, accept: (stream) => (asleep ? void stream.resume() : open.accept(stream)) };
});
const slow = device({ id: 'slow', tcp: { ...camera.tcp, 81: sleepy } });

let quick: RunningDevice;
let stalled: RunningDevice;
beforeAll(async () => {
  quick = await start(camera, HOST, { ephemeral: true });
  stalled = await start(slow, '127.0.0.144', { ephemeral: true });
});
afterAll(() => Promise.all([quick.close(), stalled.close()]));

/** A late lock, so that logins of one run do not spend the budget of the next. */
const product = ({ host, id }: RunningDevice): string => {
  const file = join(freshFolder(), `${id}.yaml`);
  fs.writeFileSync(
    file,
    `components:\n  - { id: ${id}, addresses: [${host}], declares: { logins: { lock: { after: 1000, for: 1h } } } }\n`,
  );
  return file;
};
const portsOf = (subject: RunningDevice): string => subject.ports.map(({ port }) => port).join(',');
const scanOf = (subject: RunningDevice, out: string): string[] => [
  ...['--json', 'scan', product(subject), '--ports', portsOf(subject), '--out', out],
];
const resumed = async (out: string): Promise<number> => (await scanHere([], { resume: out, out })).exitCode;
const runsOf = (out: string, subject: string): string[] =>
  fs
    .readdirSync(join(out, subject))
    .sort()
    .map((id) => join(out, subject, id));
const attemptsOf = (run: string): Attempt[] => [...readRun(join(run, 'run')).run.attempts];
const assessmentOf = (run: string): Assessment =>
  Assessment.parse(JSON.parse(fs.readFileSync(join(run, 'assessments', PROFILE, 'assessment.json'), 'utf8')));
const ended = (probe: string) => (event: Event) =>
  event.type === 'attempt-ended' && event.attempt?.id.startsWith(`${probe}@`) === true;

describe.each(['SIGINT', 'SIGTERM'] as const)('%s during a scan of a slow device', (signal) => {
  // nmap calls a port filtered where the machine stands still for a third of a second: then there is nothing to interrupt.
  test('what ended is kept, sealed and judged; --resume goes on in a new run and repeats nothing', {
    retry: 1,
  }, async () => {
    asleep = true;
    const out = freshFolder();
    const { child, event, ended: over } = await startCommand(scanOf(stalled, out));
    await event(ended('identity'));
    child.kill(signal);
    const { code, stderr } = await over;
    expect({ code, stderr }).toEqual({ code: 130, stderr: expect.stringContaining('interrupted; what ended is kept') });

    const [first] = runsOf(out, 'slow') as [string];
    const sealed = verifySeal(join(first, 'run'));
    expect(sealed.problems).toEqual([]);
    const { run } = readRun(join(first, 'run'));
    expect(run.status).toBe('aborted');
    expect(run.attempts.find(({ probe }) => probe === 'tcp-ports')?.outcome.status).toBe('completed');
    const cut = run.attempts.find(({ id }) => id === `service@slow/tcp/${stalled.port('tcp', 81)}`);
    expect(cut?.outcome).toMatchObject({ status: 'inconclusive', reason: 'aborted' });
    const judged = assessmentOf(first);
    expect(judged.verdict).not.toBe('pass');
    expect(judged.checks.filter(({ verdict }) => verdict === 'pass' || verdict === 'not-applicable')).toEqual([]);

    if (signal === 'SIGTERM') return;
    const port = stalled.port('tcp', 81);
    asleep = false;
    const again = await command(['--json', 'scan', '--resume', out, '--out', out]);
    expect([0, 1, 4]).toContain(again.code);
    const [, second] = runsOf(out, 'slow') as [string, string];
    const next = readRun(join(second, 'run')).run;
    expect(next).toMatchObject({ status: 'completed', resumes: { run: run.id, seal: sealed.seal } });
    const after = new Map(next.attempts.map((attempt) => [attempt.id, attempt]));
    for (const attempt of run.attempts) {
      const { outcome, id, probe } = attempt;
      if (outcome.status === 'completed' || outcome.reason !== 'aborted') expect(after.get(id)).toEqual(attempt);
      else if (probe !== 'liveness') expect(after.get(id)?.startedAt).not.toBe(attempt.startedAt);
    }
    expect(after.get(`service@slow/tcp/${port}`)?.outcome).not.toMatchObject({ reason: 'aborted' });
    expect(verifySeal(join(second, 'run')).problems).toEqual([]);
    expect(verifySeal(join(first, 'run'))).toEqual(sealed);
    await expect(resumed(out)).rejects.toThrow(/holds no run to resume/);
  });
});

const canMount = ((): boolean => {
  try {
    execFileSync('unshare', ['-m', 'sh', '-c', 'mount -t tmpfs -o size=64k none /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('a full disk', () => {
  test.skipIf(!canMount)(
    'ends with 3; what was written stands, and the run is resumed (needs to mount a tmpfs)',
    async () => {
      const [disk, kept] = [freshFolder(), freshFolder()];
      const copy = `cp -a '${disk}/.' '${kept}/'`;
      const under = [
        'unshare',
        '-m',
        'sh',
        '-c',
        `mount -t tmpfs -o size=64k none '${disk}' && "$@"; code=$?; ${copy}; exit $code`,
        'sh',
      ];
      const full = await command(scanOf(quick, join(disk, 'results')), { under });
      expect({ code: full.code, stderr: full.stderr }).toEqual({
        code: 3,
        stderr: expect.stringMatching(/^probity: Cannot write "[^"]+": ENOSPC\n$/),
      });
      const out = join(kept, 'results');
      const [run] = runsOf(out, 'camera') as [string];
      expect(fs.existsSync(join(run, 'run', 'SHA256SUMS'))).toBe(false);
      const before = attemptsOf(run);
      expect(before.length).toBeGreaterThan(0);
      expect([...filesUnder(out).keys()].filter((name) => name.includes('.part'))).toEqual([]);

      expect([0, 1, 4]).toContain(await resumed(out));
      expect(verifySeal(join(run, 'run')).problems).toEqual([]);
      const after = new Map(attemptsOf(run).map((attempt) => [attempt.id, attempt]));
      for (const attempt of before) expect(after.get(attempt.id)).toEqual(attempt);
    },
  );
});
