import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probes } from '../../probes/index.ts';
import { scan } from '../../src/cli/scan.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { accounts } from './servers.ts';

const programs = ['dropbear', 'dropbearkey', 'openssl'].filter((program) => !has(program));
const why = missing() ?? (programs.length > 0 ? `${programs.join(', ')} not installed` : undefined);

const newKey = (host: Host): string => {
  const key = join(host.dir, 'dropbear.ed25519');
  execFileSync('dropbearkey', ['-t', 'ed25519', '-f', key], { stdio: 'ignore' });
  return key;
};
const start = (host: Host, key: string): void =>
  host.start(['dropbear', '-F', '-E', '-r', key, '-p', '22'], { own: accounts(host, 'root', 'a word of its own') });

const product = (host: Host, serial: string): string =>
  host.file(
    'product.yaml',
    `product: { name: ${host.name} }\nitem: { model: Lock, serial: ${serial} }\ncomponents: [{ id: ${host.name}, addresses: [${host.address}] }]\n`,
  );

/** What is said of each device's key, by the device's name; all are tested by one command, the first ones at once. */
const verdicts = async (hosts: readonly (readonly [Host, string])[], out: string): Promise<Record<string, string>> => {
  const { written } = await scan(
    hosts.map(([host, serial]) => product(host, serial)),
    { out, format: 'json', gate: 'checks', ports: '22' },
    {
      probes: probes.filter(({ id }) => ['service', 'ssh-server'].includes(id)),
      progress: { event: () => undefined, line: () => undefined, close: () => undefined },
      print: () => undefined,
      signal: AbortSignal.timeout(100_000),
      now: Date.now,
      logLevel: 'error',
    },
  );
  return Object.fromEntries(
    written.map(({ assessment }) => {
      const [finding] = assessment.findings.filter(
        ({ check, gap }) => check === 'keys-unique-per-device' && gap !== true,
      );
      return [assessment.target, `${finding?.verdict} ${finding?.strength ?? ''} ${finding?.about.subject}`];
    }),
  );
};

describe.skipIf(why !== undefined)(`keys of real devices${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let lab: Lab;
  const out = fs.mkdtempSync(join(tmpdir(), 'probity-keys-'));
  let said: Record<string, string>;

  beforeAll(async () => {
    lab = createLab();
    const [one, two, three] = ['lock-1', 'lock-2', 'lock-3'].map((name) => lab.host(name)) as [Host, Host, Host];
    const shared = newKey(one);
    start(one, shared);
    start(two, shared);
    start(three, newKey(three));
    said = await verdicts(
      [
        [one, 'S1'],
        [two, 'S2'],
        [three, 'S3'],
      ],
      out,
    );
  }, 120_000);
  afterAll(async () => {
    await lab?.close();
    fs.rmSync(out, { recursive: true, force: true });
  });

  test('two samples with one key fail, both of them, and the third passes: whichever was done first', () => {
    expect(said).toEqual({
      'lock-1': 'fail conclusive ssh-host-ed25519',
      'lock-2': 'fail conclusive ssh-host-ed25519',
      'lock-3': 'pass conclusive ssh-host-ed25519',
    });
  });
});
