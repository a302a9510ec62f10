import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { systemNetwork } from '../network.ts';
import { chooseDiscovery } from './choose.ts';
import { nmapMethod } from './nmap.ts';
import { nmapArguments } from './nmap-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'probity-choose-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
/** An executable in nmap's place. Its arguments are kept beside it, a line a call. */
function fake(shell: string): string {
  const path = join(folder, `fake-${++made}`);
  writeFileSync(path, `#!/bin/sh\necho "$*" >> ${path}.calls\n${shell}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('what is given to nmap', () => {
  it.each([
    [['--script=default'], ['127.0.0.1'], 'argument "--script=default"'],
    [['-iL', '/etc/passwd'], ['127.0.0.1'], 'argument "-iL"'],
    [['-oN', 'x'], ['127.0.0.1'], 'argument "-oN"'],
    [['-p22 --script x'], ['127.0.0.1'], 'argument'],
    [['-n'], [], 'target ""'],
    [['-n'], ['--script'], 'target "--script"'],
    [['-n'], ['127.1'], 'target "127.1"'],
    [['-n'], ['0177.0.0.1'], 'target'],
    [['-n'], ['example.org'], 'target'],
    [['-n'], ['127.0.0.1 -A'], 'target'],
    [['-n'], ['198.18.0.1-300'], 'target'],
    [['-n'], ['fe80::1%eth0'], 'target'],
  ])('refuses %j %j', async (args, targets, message) => {
    await expect(nmapArguments(args, targets)).rejects.toThrow(message);
  });

  it('is built by node-nmap, which starts nothing', async () => {
    expect(await nmapArguments(['-sn', '-n'], ['198.18.0.1-20', '198.18.1.0/24', '2001:db8::1'])).toEqual({
      location: 'nmap',
      args: ['-oX', '-', '-sn', '-n', '--', '198.18.0.1-20', '198.18.1.0/24', '2001:db8::1'],
    });
  });

  it("rests on node-nmap's file as it was read and judged", () => {
    const file = createRequire(import.meta.url).resolve('node-nmap');
    expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(
      'f362486a6cc84a75351d9175ecd36121919b6a4e44430158d17df0654568e805',
    );
  });
});

describe('nmapMethod', () => {
  const status = (capabilities: string) => () => `Name:\tnode\nCapEff:\t${capabilities}\n`;
  const root = process.getuid?.() === 0;
  it.each<[string, NodeJS.ProcessEnv, string, 'SYN' | 'connect']>([
    ['with raw sockets', {}, '0000000000002000', root ? 'SYN' : 'connect'],
    ['without raw sockets', {}, '00000000a80405fb', 'connect'],
    ['without any capability', {}, '0000000000000000', 'connect'],
    ['where the file carries the capability', { NMAP_PRIVILEGED: '1' }, '0000000000000000', 'SYN'],
    ['where nmap is told to do without', { NMAP_UNPRIVILEGED: '1' }, '0000003fffffffff', 'connect'],
  ])('%s', (_, env, capabilities, expected) => {
    expect(nmapMethod(env, status(capabilities))).toBe(expected);
  });
});

describe('chooseDiscovery', () => {
  const choose = (command: string, prefer?: 'nmap' | 'connect') =>
    chooseDiscovery({ network: systemNetwork, env: process.env, command, ...(prefer ? { prefer } : {}) });

  it('takes an nmap that works', async () => {
    const found = await choose(fake('echo "Nmap version 7.93 ( https://nmap.org )"'));
    expect(found.name).toBe('nmap');
    expect(found.description).toMatch(/^nmap 7\.93 \((SYN|connect) scan\)$/);
  });

  it.each([
    ['not installed', () => join(folder, 'nowhere'), 'nmap is not installed'],
    ['broken', () => fake('exit 127'), 'nmap does not work: --version ended with 127'],
    ['killed', () => fake('kill -9 $$'), 'nmap does not work: --version ended with SIGKILL'],
    ['something else', () => fake('echo hello'), 'nmap --version does not say which version it is'],
  ])('where nmap is %s, takes the built-in scan and says why', async (_, command, why) => {
    for (const prefer of ['nmap', undefined] as const) {
      const found = await choose(command(), prefer);
      expect([found.name, found.description]).toEqual(['connect', `built-in connect scan (${why})`]);
    }
  });

  it('does not look for nmap where the built-in scan is asked for', async () => {
    const location = fake('echo "Nmap version 7.93"');
    expect((await choose(location, 'connect')).description).toBe('built-in connect scan (as asked for)');
    expect(existsSync(`${location}.calls`)).toBe(false);
  });
});
