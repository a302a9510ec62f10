import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { device, type RunningDevice, start } from '../fixtures/device.ts';
import { tcpService } from '../fixtures/service.ts';
import { ftp, http } from '../fixtures/services/index.ts';
import { lockResults } from '../src/cli/results.ts';
import { Assessment } from '../src/model/assessment.ts';
import type { Attempt } from '../src/model/run.ts';
import { readRun } from '../src/observe/run-store.ts';
import { verifySeal } from '../src/observe/seal.ts';
import { verifyFolder } from '../src/observe/verify-folder.ts';
import { authority, soundAuthority, testKeys } from './kit/authority.ts';
import { type Event, freshFolder, startCommand } from './kit/command.ts';
import { scanHere } from './kit/here.ts';
import { hasOpenssl } from './kit/sealed.ts';

// On a busy machine a start takes many times as long.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const HOST = '127.0.0.43';
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
/** Nothing is ever answered at 81: a scan takes five seconds to give it up. */
const sleepy = tcpService('http', async (context) => ({
  ...(await http().open(context)),
  accept: (stream) => void stream.resume(),
}));
const slow = device({ id: 'slow', tcp: { ...camera.tcp, 81: sleepy } });

let quick: RunningDevice;
let stalled: RunningDevice;
beforeAll(async () => {
  quick = await start(camera, HOST, { ephemeral: true });
  stalled = await start(slow, '127.0.0.44', { ephemeral: true });
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

/** What an assessment says, without times, random words and the names of its runs. */
const said = ({ findings, criteria, verdict }: Assessment): unknown => ({
  verdict,
  criteria: criteria.map(({ id, verdict: own }) => [id, own]),
  findings: findings.map(({ id, verdict: own, strength, coverage }) => [id, own, strength, coverage]).sort(),
});

describe('killed at any instant', () => {
  let whole: Assessment;
  beforeAll(async () => {
    const out = freshFolder();
    await scanHere([product(quick)], { ports: portsOf(quick), out });
    whole = assessmentOf(runsOf(out, 'camera')[0]!);
  });

  const instants: [name: string, holds: (event: Event) => boolean][] = [
    ['when the first attempt begins', (event) => event.type === 'attempt-begun'],
    ['when a service was recognised', ended('service')],
    [
      'while logins are tried',
      (event) => event.type === 'attempt-begun' && event.id?.startsWith('http-login@') === true,
    ],
    ['when the watching has ended', ended('liveness')],
  ];
  test.each(instants)(
    '%s: no seal; resumed, it repeats nothing and ends as one that was not killed',
    async (_, holds) => {
      const out = freshFolder();
      const { child, event, ended: over } = await startCommand(scanOf(quick, out));
      await event(holds);
      child.kill('SIGKILL');
      expect((await over).code).toBe('SIGKILL');
      const [run] = runsOf(out, 'camera') as [string];
      const sealed = fs.existsSync(join(run, 'run', 'SHA256SUMS'));
      const before = attemptsOf(run);
      const connections = () => quick.log['tcp/80']!.connections + quick.log['tcp/21']!.connections;
      const count = connections();

      expect([0, 1, 4]).toContain(await resumed(out));
      expect(runsOf(out, 'camera')).toEqual([run]);
      expect(verifySeal(join(run, 'run')).problems).toEqual([]);
      expect(readRun(join(run, 'run')).run.status).toBe('completed');
      const after = new Map(attemptsOf(run).map((attempt) => [attempt.id, attempt]));
      // The watching is not repeated but goes on.
      for (const attempt of before.filter(({ probe }) => probe !== 'liveness'))
        expect(after.get(attempt.id)).toEqual(attempt);
      if (sealed) expect(connections()).toBe(count);
      expect(said(assessmentOf(run))).toEqual(said(whole));
      expect(fs.existsSync(join(out, '.lock'))).toBe(false);
      expect(fs.readFileSync(join(out, 'index.html'), 'utf8')).toContain('camera');
    },
  );
});

describe.skipIf(!hasOpenssl)('killed between its sums and its time stamp (skipped without openssl)', () => {
  test('it is refused as it is, stamped with --resume --timestamp, and nothing is asked of the device again', async () => {
    const out = freshFolder();
    let asked = (): void => undefined;
    const hangs = await authority(() => asked());
    const wasAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const sign = ['key', 'cert'].map((kind) => join(testKeys, `chained.test-${kind}.pem`)).join(',');
    const { child, ended: over } = await startCommand([
      ...scanOf(quick, out),
      ...['--sign', sign, '--timestamp', hangs.url],
    ]);
    await wasAsked;
    child.kill('SIGKILL');
    await over;
    await hangs.close();
    const run = join(runsOf(out, 'camera')[0]!, 'run');
    const { seal, problems, unfinished } = verifyFolder(run);
    expect({ problems, unfinished }).toEqual({
      problems: ['SHA256SUMS.tsr is missing: not stamped, though "run.json" says that it was'],
      unfinished: ['timestamp'],
    });
    await expect(resumed(out)).rejects.toThrow(`"${run}" is sealed and not stamped yet: give --timestamp again`);

    const connections = quick.log['tcp/80']!.connections;
    const answers = await soundAuthority();
    const { exitCode } = await scanHere([], { resume: out, out, sign, timestamp: answers.url });
    await answers.close();
    expect([0, 1, 4]).toContain(exitCode);
    expect(quick.log['tcp/80']!.connections).toBe(connections);
    const assessment = join(run, '..', 'assessments', PROFILE);
    expect(verifyFolder(run)).toMatchObject({ seal, problems: [], signature: {}, timestamp: {} });
    expect(verifyFolder(assessment)).toMatchObject({ problems: [], signature: {}, timestamp: {} });
    expect(assessmentOf(join(run, '..'))).toMatchObject({ signed: true, stamped: true });
    fs.rmSync(join(assessment, 'SHA256SUMS.tsr'));
    expect(verifyFolder(assessment).problems).toEqual([
      'SHA256SUMS.tsr is missing: not stamped, though "assessment.json" says that it was',
    ]);
  });
});

describe('two runs into one results folder', () => {
  test('the second is refused and told who is there; the first is unharmed', async () => {
    const out = freshFolder();
    // The slow one, so that it is still there whatever else this machine does.
    const first = await startCommand(scanOf(stalled, out));
    await first.event((event) => event.type === 'attempt-begun');
    // In this process: a start of its own may take as long as the first one lasts.
    await expect(scanHere([product(quick)], { ports: portsOf(quick), out })).rejects.toMatchObject({
      name: 'StoreError',
      message: `"${out}" is in use by another run (process ${first.child.pid}); wait for it, or give another --out`,
    });
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(130);
    expect(runsOf(out, 'slow')).toHaveLength(1);
    expect(verifySeal(join(runsOf(out, 'slow')[0]!, 'run')).problems).toEqual([]);
  });

  test('the lock of a process that is gone is taken over, also where its number is in use again', async () => {
    const gone = spawn('true');
    await new Promise((resolve) => gone.once('close', resolve));
    // This very process never locked it, and process 1 began at another time: as after a restart of a container.
    for (const text of [`${gone.pid}\n`, `${gone.pid} 12\n`, `${process.pid}\n`, '1 12\n']) {
      const out = freshFolder();
      fs.writeFileSync(join(out, '.lock'), text);
      const lock = lockResults(out);
      expect(fs.readFileSync(join(out, '.lock'), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
      expect(() => lockResults(out)).toThrow(/in use by another run/);
      lock.release();
      expect(fs.readdirSync(out)).toEqual([]);
    }
  });
});
