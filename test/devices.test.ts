import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dataPath } from '../fixtures/data.ts';
import { devices } from '../fixtures/sandbox.ts';
import { type Told, told } from './kit/told.ts';
import { type SandboxScan, scanSandbox } from './sandbox-scan.ts';

const expectedOf = (id: string): Told => parse(readFileSync(dataPath(`devices/${id}.expected.yaml`), 'utf8'));

/** What each device must never be told, whatever its expected file is changed to. */
const NEVER: Record<string, RegExp> = {
  'weak-camera': /^pass (transport-encrypted tcp\/(2323|5555|8080|8554)|keys-strong|tls-versions-current|update-)/,
  'sound-gateway': /^fail/,
  'open-hub': /^pass (access-authenticated (tcp|udp\/5683)|transport-encrypted|debug-interfaces-closed)/,
  'silent-sensor': /^(fail(?!.* transport-encrypted)|pass (device-|update-|disclosure-|transport-))/,
  'flaky-bulb':
    /^(pass (default-credentials|login-|device-|transport-)|fail(?!.* (device-survives|transport-encrypted)))/,
};

describe('the simulated devices are told what is true of them', () => {
  const out = mkdtempSync(join(tmpdir(), 'probity-devices-'));
  let scanned: SandboxScan;

  beforeAll(async () => {
    scanned = await scanSandbox(out);
  }, 300_000);
  afterAll(() => rmSync(out, { recursive: true, force: true }));

  it.each(devices.map(({ id }) => id))('%s', (id) => {
    const { assessment, sealed } = scanned.of.get(id)!;
    expect(told(sealed.run, assessment)).toEqual(expectedOf(id));
  });

  it.each(devices.map(({ id }) => id))('%s: nothing that is not so', (id) => {
    expect(expectedOf(id).findings.filter((line) => NEVER[id]!.test(line))).toEqual([]);
  });

  it('exits with 1, for something required failed', () => {
    expect(scanned.exitCode).toBe(1);
  });
});
