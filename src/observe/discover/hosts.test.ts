import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { type Network, systemNetwork } from '../network.ts';
import { findHosts, isPublic, parseTargets } from './hosts.ts';

describe('parseTargets', () => {
  it.each<[string, string[], boolean]>([
    ['198.18.0.1', ['198.18.0.1'], false],
    ['198.18.0.1-3', ['198.18.0.1', '198.18.0.2', '198.18.0.3'], true],
    ['198.18.0.7-7', ['198.18.0.7'], false],
    ['198.18.0.255-255', ['198.18.0.255'], false],
    ['198.18.0.5/30', ['198.18.0.5', '198.18.0.6'], true],
    ['198.18.0.5/31', ['198.18.0.4', '198.18.0.5'], true],
    ['198.18.0.5/32', ['198.18.0.5'], false],
    ['255.255.255.254/31', ['255.255.255.254', '255.255.255.255'], true],
    ['2001:DB8:0:0::1', ['2001:db8::1'], false],
    ['::1', ['::1'], false],
  ])('reads %s', (text, addresses, range) => {
    expect(parseTargets(text)).toEqual({ addresses, range });
  });

  it('leaves the network and broadcast addresses of a CIDR out', () => {
    const { addresses } = parseTargets('198.18.3.77/24');
    expect([addresses.length, addresses[0], addresses.at(-1)]).toEqual([254, '198.18.3.1', '198.18.3.254']);
  });

  it.each([
    ['', 'expected an address, a range such as 198.18.0.1-20, or a CIDR such as 198.18.0.0/24'],
    ['127.1', 'expected an address'],
    ['0177.0.0.1', 'expected an address'],
    ['0x7f.0.0.1', 'expected an address'],
    ['127.0.0.08', 'expected an address'],
    ['2130706433', 'expected an address'],
    ['256.0.0.1', 'expected an address'],
    ['198.18.0.1-300', 'expected an address'],
    ['198.18.0.1-', 'expected an address'],
    ['198.18.0.1-198.18.0.9', 'expected an address'],
    ['198.18.0.20-1', 'the range goes down; expected 198.18.0.1-20'],
    ['198.18.0.0/33', 'expected an address'],
    ['198.18.0.0/0', 'expected a prefix length of 1-32'],
    ['198.18.0.0/24/24', 'expected an address'],
    ['198.18.0.0/', 'expected an address'],
    ['127.1/8', 'expected an address'],
    ['2001:db8::/64', 'an IPv6 network is too large to look through'],
    ['fe80::1%eth0', 'an IPv6 zone is not supported'],
    ['example.org', 'expected an address'],
    ['--script', 'expected an address'],
    [' 198.18.0.1', 'expected an address'],
    ['198.18.0.1\n', 'expected an address'],
  ])('refuses "%s"', (text, message) => {
    expect(() => parseTargets(text)).toThrow(message);
  });

  it('needs a yes for more than 65,536 addresses', () => {
    expect(parseTargets('10.0.0.0/16').addresses).toHaveLength(65_534);
    expect(() => parseTargets('10.0.0.0/15')).toThrow('131070 addresses are more than 65536; add --yes');
    expect(parseTargets('10.0.0.0/15', { yes: true }).addresses).toHaveLength(131_070);
    // The whole list is never made before the refusal.
    expect(() => parseTargets('10.0.0.0/1')).toThrow('add --yes');
  });

  it('never throws anything but its own error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f.:/-]{0,24}$/)), (text) => {
        try {
          expect(parseTargets(text).addresses.length).toBeGreaterThan(0);
        } catch (error) {
          expect((error as Error).message).toMatch(/^Cannot read target "/);
        }
      }),
    );
  });
});

describe('isPublic', () => {
  it.each([
    ...[
      '8.8.8.8',
      '1.1.1.1',
      '198.17.255.255',
      '198.20.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '172.15.0.1',
      '172.32.0.1',
    ],
    ...[
      '11.0.0.1',
      '169.253.0.1',
      '224.0.0.251',
      '2606:4700::1111',
      '2001:4860:4860::8888',
      '::ffff:8.8.8.8',
      '64:ff9b::808:808',
    ],
  ])('%s is', (address) => {
    expect(isPublic(address)).toBe(true);
  });

  it.each([
    ...[
      '198.18.0.1',
      '198.19.255.255',
      '10.0.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '127.0.0.2',
      '169.254.1.1',
    ],
    ...[
      '100.64.0.1',
      '100.127.255.255',
      '::1',
      'fe80::1',
      'fd00::1',
      '2001:db8::1',
      '::ffff:192.168.1.1',
      '64:ff9b::a00:1',
    ],
  ])('%s is not', (address) => {
    expect(isPublic(address)).toBe(false);
  });
});

describe('findHosts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'probity-hosts-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const { signal } = new AbortController();
  const wait = 200;

  /** A network that counts; addresses outside 127.0.0.0/8 are silent and never dialled. */
  const counting = () => {
    const asked = new Map<string, number>();
    const network: Network = {
      ...systemNetwork,
      connect: ({ host, port }) => {
        asked.set(host, (asked.get(host) ?? 0) + 1);
        return host.startsWith('127.') ? systemNetwork.connect({ host, port }) : new net.Socket();
      },
    };
    return { network, asked };
  };

  it('by connects: a refusal is an answer, silence is none; an address that answered is asked no more', async () => {
    const { network, asked } = counting();
    const found = await findHosts(['127.0.0.8', '198.18.0.1', '127.0.0.2'], { nmap: false, network, signal, wait });
    expect(found).toEqual(['127.0.0.8', '127.0.0.2']);
    expect(asked.get('127.0.0.2')).toBe(1);
    expect(asked.get('198.18.0.1')).toBeGreaterThan(5);
  });

  it('is cut short by its signal', async () => {
    const abort = new AbortController();
    const { network } = counting();
    const looking = findHosts(parseTargets('198.18.0.0/22').addresses, {
      nmap: false,
      network,
      signal: abort.signal,
      wait: 60_000,
    });
    abort.abort(new Error('enough'));
    await expect(looking).rejects.toThrow('enough');
  });

  const fakeNmap = (name: string, shell: string): string => {
    const path = join(folder, name);
    writeFileSync(
      path,
      `#!/bin/sh\n[ "$1" = --version ] && { echo "Nmap version 7.93"; exit; }\necho "$*" >> ${path}.calls\n${shell}\n`,
    );
    chmodSync(path, 0o755);
    return path;
  };
  const up = (address: string, state = 'up') =>
    `<host><status state="${state}" reason="arp-response"/><address addr="${address}" addrtype="${address.includes(':') ? 'ipv6' : 'ipv4'}"/></host>`;

  it("by nmap: hosts that are up and were asked for; a down one and a stranger's are not", async () => {
    const hosts = up('198.18.0.1') + up('198.18.0.2', 'down') + up('198.18.0.99') + up('2001:db8:0::5');
    const nmap = fakeNmap('good', `echo '<nmaprun>${hosts}<runstats><finished exit="success"/></runstats></nmaprun>'`);
    const { network, asked } = counting();
    const addresses = ['198.18.0.1', '198.18.0.2', '2001:db8::5'];
    expect(await findHosts(addresses, { nmap, network, signal, wait })).toEqual(['198.18.0.1', '2001:db8::5']);
    expect(asked.size).toBe(0);
    const calls = readFileSync(`${nmap}.calls`, 'utf8').trim().split('\n');
    expect(calls[0]).toMatch(/^-oX - -sn -n .* -- 198\.18\.0\.1 198\.18\.0\.2$/);
    expect(calls[1]).toMatch(/^-oX - -6 -sn -n .* -- 2001:db8::5$/);
  });

  it('by both where nmap fails half-way: what it said stands', async () => {
    const nmap = fakeNmap('bad', `echo '<nmaprun>${up('198.18.0.1')}'; exit 1`);
    const warnings: string[] = [];
    const found = await findHosts(['198.18.0.1', '198.18.0.2', '127.0.0.2'], {
      nmap,
      network: counting().network,
      signal,
      wait,
      warn: (warning) => warnings.push(warning),
    });
    expect(found).toEqual(['198.18.0.1', '127.0.0.2']);
    expect(warnings).toEqual([expect.stringContaining('nmap exited with 1')]);
  });
});
