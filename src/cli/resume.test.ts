import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { authority, type RunningAuthority, soundAuthority, testKeys } from '../../test/kit/authority.ts';
import { filesUnder } from '../../test/kit/command.ts';
import { scanHere } from '../../test/kit/here.ts';
import { keptResults } from '../../test/kit/kept-results.ts';
import { hasOpenssl } from '../../test/kit/sealed.ts';
import type { Discovery } from '../observe/discover/discovery.ts';
import { readRun, verifyRun } from '../observe/run-store.ts';
import { seal } from '../observe/seal.ts';
import { asSealed, finishFolder, type Sealing, sealFolder } from '../observe/sealing.ts';
import { verifyFolder } from '../observe/verify-folder.ts';
import { jobsToResume } from './resume.ts';
import { readSealing } from './sealing.ts';

vi.setConfig({ testTimeout: 30_000 });

const PROFILE = 'nist-consumer-iot-2022';
const sign = ['chained.test-key', 'chained.test-cert', 'intermediate.test-cert']
  .map((name) => join(testKeys, `${name}.pem`))
  .join(',');
const { signer } = readSealing({ sign });

/** Nothing is to be looked for: what was sealed is only judged. */
const discovery: Discovery = {
  name: 'connect',
  description: 'none',
  scan: () => {
    throw new Error('nothing is asked again');
  },
};
const resumed = (out: string, options: { sign?: string; timestamp?: string } = {}) =>
  scanHere([], { resume: out, out, profile: [PROFILE], ...options }, { discovery });

/** A run in its results folder, sealed as it says: sums alone, as where the process was killed after them. */
const cutShort = (sealing: Sealing, status: 'completed' | 'aborted' = 'completed') => {
  const kept = keptResults('silent-sensor');
  const { run } = readRun(kept.run);
  const { product: _, ...sources } = run.sources;
  const { attempts: __, ...head } = asSealed({ ...run, status, sources }, sealing);
  fs.rmSync(join(kept.run, 'SHA256SUMS'));
  fs.writeFileSync(join(kept.run, 'run.json'), JSON.stringify(head));
  // One that was interrupted before anything answered has no evidence, and no empty folder is sealed.
  if (status === 'aborted') fs.rmSync(join(kept.run, 'evidence'), { recursive: true });
  return { ...kept, seal: seal(kept.run), id: run.id };
};
const sealsIn = (dir: string): string[] => fs.readdirSync(dir).filter((name) => name.startsWith('SHA256SUMS'));

describe('a run that was sealed and not signed', () => {
  test('is signed with --resume --sign, and judged; its sums are as they were', async () => {
    const { out, dir, run, seal: digest } = cutShort({ signer: signer! });
    const { written } = await resumed(out, { sign });
    expect(verifyFolder(run)).toMatchObject({
      seal: digest,
      problems: [],
      signature: { signer: { subject: 'O=Probity tests, CN=Test chained' } },
    });
    expect(written.map(({ assessment }) => assessment.runs)).toMatchObject([[{ seal: digest }]]);
    expect(verifyFolder(join(dir, 'assessments', PROFILE))).toMatchObject({ problems: [], signature: {} });
    await expect(resumed(out, { sign })).rejects.toThrow(/holds no run to resume/);
  });

  test('is left alone without, and the error says what to give', async () => {
    const { out, run } = cutShort({ signer: signer! });
    const before = filesUnder(out);
    await expect(resumed(out)).rejects.toMatchObject({
      name: 'Usage',
      message: `--resume: "${run}" is sealed and not signed yet: give --sign again`,
    });
    const both = cutShort({ signer: signer!, timestamp: { url: 'http://tsa.test' } });
    await expect(resumed(both.out)).rejects.toThrow(
      `--resume: "${both.run}" is sealed and not signed and stamped yet: give --sign and --timestamp again`,
    );
    await expect(resumed(both.out, { sign })).rejects.toThrow(
      `--resume: "${both.run}" is sealed and not stamped yet: give --timestamp again`,
    );
    expect([...filesUnder(out).keys()]).toEqual([...before.keys()]);
    expect(sealsIn(both.run)).toEqual(['SHA256SUMS']);
  });

  test('and was changed since: it is refused, and not signed', async () => {
    const { out, run } = cutShort({ signer: signer! });
    fs.truncateSync(join(run, 'log.jsonl'), 1);
    await expect(resumed(out, { sign })).rejects.toThrow(/is not what was sealed: .*"log.jsonl" was changed/);
    expect(sealsIn(run)).toEqual(['SHA256SUMS']);
  });

  test('where one of several was changed, none is signed', async () => {
    const [good, bad] = [cutShort({ signer: signer! }), cutShort({ signer: signer! })];
    fs.renameSync(join(bad.out, fs.readdirSync(bad.out)[0]!), join(good.out, 'other'));
    fs.appendFileSync(join(good.out, 'other', bad.id, 'run', 'log.jsonl'), 'more');
    await expect(resumed(good.out, { sign })).rejects.toThrow(/is not what was sealed/);
    expect(sealsIn(good.run)).toEqual(['SHA256SUMS']);
  });

  test('and was judged: its signature was taken away, and is not given again', async () => {
    const { out, dir, run } = cutShort({ signer: signer! });
    await resumed(out, { sign });
    fs.rmSync(join(run, 'SHA256SUMS.p7s'));
    await expect(resumed(out, { sign })).rejects.toThrow(/holds no run to resume/);
    expect(() => verifyRun(run)).toThrow(/SHA256SUMS.p7s is missing/);
    expect(fs.readdirSync(join(dir, 'assessments'))).toEqual([PROFILE]);
  });

  test('and had been interrupted: it is signed, then taken over by a new run', async () => {
    const { out, dir, run, seal: digest, id } = cutShort({ signer: signer! }, 'aborted');
    const [job] = await jobsToResume(out, Date.parse('2026-12-01T00:00:00.000Z'), { signer: signer! });
    expect(job).toMatchObject({ dir: join(dir, '..', '20261201T000000Z', 'run') });
    expect(job!.run).toMatchObject({ status: 'running', resumes: { run: id, seal: digest } });
    expect(verifyFolder(run)).toMatchObject({ problems: [], signature: {} });
  });
});

test('an assessment that was cut short after its seal is written anew, and no half is left', async () => {
  const { out, dir, run } = cutShort({});
  const half = join(dir, 'assessments', `.${PROFILE}.123.part`);
  fs.mkdirSync(half, { recursive: true });
  fs.writeFileSync(join(half, 'assessment.json'), '{"signed":true}');
  await sealFolder(half, { signer: signer! });
  await resumed(out);
  expect(fs.readdirSync(join(dir, 'assessments'))).toEqual([PROFILE]);
  expect(verifyRun(run)).toBe(verifyFolder(run).seal);
});

describe.skipIf(!hasOpenssl)('a run that was sealed and not stamped (skipped without openssl)', () => {
  let running: RunningAuthority;
  beforeAll(async () => {
    running = await soundAuthority();
  });
  afterAll(() => running.close());

  test('is stamped, and judged, with --timestamp alone where it is signed', async () => {
    const sealing = { signer: signer!, timestamp: { url: running.url } };
    const { out, dir, run } = cutShort(sealing);
    const dead = await authority((_, response) => response.writeHead(503).end());
    await expect(finishFolder(run, { ...sealing, timestamp: { url: dead.url } })).rejects.toThrow(/HTTP 503/);
    await dead.close();
    const p7s = fs.readFileSync(join(run, 'SHA256SUMS.p7s'));
    await resumed(out, { timestamp: running.url });
    expect(verifyFolder(run)).toMatchObject({ problems: [], signature: {}, timestamp: {} });
    expect(fs.readFileSync(join(run, 'SHA256SUMS.p7s')).equals(p7s)).toBe(true);
    expect(verifyFolder(join(dir, 'assessments', PROFILE))).toMatchObject({ problems: [], timestamp: {} });
  });

  test('where the authority fails for the run, it is named, and --resume goes on from there', async () => {
    const { out, dir, run } = cutShort({ timestamp: { url: running.url } });
    const dead = await authority((_, response) => response.writeHead(503).end());
    await expect(resumed(out, { timestamp: dead.url })).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringMatching(
        /^Cannot stamp the time on ".*\/run": http:.* HTTP 503, expected 200; it is sealed without, and not judged: "probity scan --resume" goes on from there$/,
      ),
    });
    await dead.close();
    expect(fs.existsSync(join(dir, 'assessments'))).toBe(false);
    await resumed(out, { timestamp: running.url });
    expect(verifyFolder(run)).toMatchObject({ problems: [], timestamp: {} });
  });

  test('where it fails for the assessment, no half is left, the run stands, and it is said how to go on', async () => {
    const { out, dir, run } = cutShort({});
    const dead = await authority((_, response) => response.writeHead(503).end());
    await expect(resumed(out, { timestamp: dead.url })).rejects.toMatchObject({
      name: 'StoreError',
      message: expect.stringMatching(
        /^Cannot stamp the time on ".*\/assessments\/nist-consumer-iot-2022": http:.* HTTP 503, expected 200; it is not written, and the runs stand: "probity judge" makes it again$/,
      ),
    });
    await dead.close();
    expect(fs.readdirSync(join(dir, 'assessments'))).toEqual([]);
    expect(verifyFolder(run).problems).toEqual([]);
    await resumed(out, { timestamp: running.url });
    expect(verifyFolder(join(dir, 'assessments', PROFILE))).toMatchObject({ problems: [], timestamp: {} });
  });
});
