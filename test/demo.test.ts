import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dataPath } from '../fixtures/data.ts';
import { devices } from '../fixtures/sandbox.ts';
import { readSealed } from '../src/cli/assess.ts';
import { packageRoot } from '../src/cli/load-profile.ts';
import { readAssessment } from '../src/cli/read-assessment.ts';
import { command, type Ended } from './kit/command.ts';
import { type Told, told } from './kit/told.ts';
import { sandboxTurn } from './sandbox-scan.ts';

const ROOT = packageRoot();
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const there = realpathSync(mkdtempSync(join(tmpdir(), 'probity-readme-')));
const RESULTS = join(there, 'results');

/** Runs the command line in a folder of the test's own. */
const probity = (...words: string[]): Promise<Ended> =>
  command(words, { cwd: there, env: { CAMERA_ADMIN: 'fixture' } });

/** The commands of README's shell blocks that begin so, without what follows in a comment. */
const commands = (begin: string): string[][] =>
  [...README.matchAll(/```sh\n([\s\S]*?)```/g)]
    .flatMap(([, block]) => block!.split('\n'))
    .filter((line) => line.startsWith(begin))
    .map((line) =>
      line
        .slice(begin.length)
        .replace(/\s+#.*$/, '')
        .trim()
        .split(/\s+/),
    );

/** What differs from machine to machine: where the results are, and how ports are found. */
const normal = (text: string): string =>
  text
    .replaceAll(`${RESULTS}/`, 'results/')
    .replace(/Port discovery: .*?;/g, 'Port discovery: …;')
    .trim();

const expectedOf = (id: string): Told => parse(readFileSync(dataPath(`devices/${id}.expected.yaml`), 'utf8'));

/** What each device must never be told, whatever its expected file is changed to. */
const NEVER: Record<string, RegExp> = {
  'weak-camera': /^pass (transport-encrypted tcp\/(2323|5555|8080|8554)|keys-strong|tls-versions-current|update-)/,
  'sound-gateway': /^fail/,
  'open-hub': /^pass (access-authenticated (tcp|udp\/5683)|transport-encrypted|debug-interfaces-closed)/,
  'silent-sensor': /^(fail(?!.* transport-encrypted)|pass (device-|update-|disclosure-|transport-))/,
  'flaky-bulb':
    /^(pass (default-credentials|login-|device-|transport-)|fail(?!.* (device-survives|transport-encrypted|http-hardened)))/,
};

const runFolder = (device: string): string => join(RESULTS, device, readdirSync(join(RESULTS, device))[0]!);

describe('the demo, and README', () => {
  let demo: Ended;

  beforeAll(async () => {
    const giveBack = await sandboxTurn();
    demo = await probity('demo', '--out', 'results');
    await giveBack();
  }, 300_000);
  afterAll(() => rmSync(there, { recursive: true, force: true }));

  it('shows what the demo prints', () => {
    expect({ code: demo.code, stderr: demo.code === 0 ? '' : demo.stderr }).toEqual({ code: 0, stderr: '' });
    const shown = /<!-- run:demo -->\n```text\n([\s\S]*?)```\n<!-- \/run -->/.exec(README)?.[1];
    expect(normal(shown ?? '')).toBe(normal(demo.stdout));
  });

  it.each(devices.map(({ id }) => id))('%s is told what is true of it', (id) => {
    const run = runFolder(id);
    const { assessment } = readAssessment(join(run, 'assessments', 'nist-consumer-iot-2022'));
    expect(told(readSealed(join(run, 'run')).run, assessment)).toEqual(expectedOf(id));
  });

  it.each(devices.map(({ id }) => id))('%s is told nothing that is not so', (id) => {
    expect(expectedOf(id).findings.filter((line) => NEVER[id]!.test(line))).toEqual([]);
  });

  it('says before anything else that only the simulated ports are asked', () => {
    expect(demo.stderr.split('\n')[0]).toMatch(
      /^Simulated devices on loopback\. .*Only the simulated devices' own ports are asked\.$/,
    );
  });

  it('shows commands that are taken as they stand', async () => {
    const yaml = /```yaml\n([\s\S]*?)```/.exec(README)?.[1] ?? '';
    writeFileSync(join(there, 'camera.yaml'), yaml);
    const shown = commands('node dist/src/cli.js');
    expect(shown.map(([verb]) => verb)).toEqual(['scan', 'scan', 'scan', 'doctor']);
    const ended = await Promise.all(
      shown.map(async (words) => {
        const { code, stderr } = await probity(...words, ...(words[0] === 'scan' ? ['--dry-run'] : []));
        return { words, code, stderr };
      }),
    );
    expect(ended).toEqual(shown.map((words) => ({ words, code: 0, stderr: '' })));
  }, 60_000);

  it('names scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...README.matchAll(/npm (?:run )?([a-z-]+)/g)].map(([, name]) => name!);
    expect(new Set(named)).toEqual(new Set(['run', 'build', 'demo', 'test'].filter((name) => named.includes(name))));
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });

  it('can judge, verify and compare what the demo left, as it says', async () => {
    const run = runFolder('sound-gateway');
    const [assessment] = readdirSync(join(run, 'assessments'));
    const judged = await probity('judge', run, '--profile', 'nist-consumer-iot-2022');
    expect(judged).toMatchObject({ code: 4, stderr: '' });
    const [verified, compared, sums] = await Promise.all([
      probity('verify', join(run, 'run')),
      probity('compare', ...readdirSync(join(run, 'assessments')).map((name) => join(run, 'assessments', name))),
      new Promise<string>((resolve) =>
        execFile('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: join(run, 'run') }, (error, out) =>
          resolve(error === null ? out : error.message),
        ),
      ),
    ]);
    expect(verified).toMatchObject({ code: 0, stderr: '' });
    expect(compared).toMatchObject({ code: 0, stderr: '' });
    expect(compared.stdout).toContain('not worse than before');
    expect(sums).toBe('');
    expect(assessment).toBe('nist-consumer-iot-2022');
  }, 60_000);
});
