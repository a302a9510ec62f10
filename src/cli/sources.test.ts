import type * as dgram from 'node:dgram';
import { describe, expect, it } from 'vitest';
import { asTestReport } from '../../test/kit/lab.ts';
import { sampleInput } from '../../test/sample.ts';
import type { Target } from '../model/target.ts';
import { type Network, systemNetwork } from '../observe/network.ts';
import { labViewOf } from '../report/lab-view.ts';
import { defaultLimits } from './limits.ts';
import { loadCredentials } from './load-credentials.ts';
import { type ClockSource, clockHere, sourcesOf, testerOf } from './sources.ts';

const target = (...addresses: string[]): Target => ({
  id: 'camera',
  components: [{ id: 'camera', kind: 'device', addresses, names: [], declares: {} }],
  scope: [],
  allow: { impact: 'login', by: 'the tester' },
});

const clock = (file: boolean, says?: string): ClockSource => ({
  exists: () => file,
  says: async () => says,
});

describe('the clock', () => {
  it.each([
    ['timesyncd has synchronised', clock(true), 'system clock, synchronised (systemd-timesyncd)'],
    ['the kernel says yes', clock(false, 'yes\n'), 'system clock, synchronised (as the kernel says)'],
    ['the kernel says no', clock(false, 'no\n'), 'system clock, not synchronised'],
    ['nobody says', clock(false), 'system clock, synchronisation unknown'],
    ['something else is said', clock(false, 'perhaps'), 'system clock, synchronisation unknown'],
  ])('%s', async (_, source, said) => {
    expect(await clockHere(source)).toBe(said);
  });

  it('of this system is one of them', async () => {
    expect(await clockHere()).toMatch(/^system clock, (synchronised \(.+\)|not synchronised|synchronisation unknown)$/);
  });
});

describe("the tester's addresses", () => {
  const sent: string[] = [];
  const watched: Network = {
    ...systemNetwork,
    datagram: (family) => {
      const socket = systemNetwork.datagram(family);
      socket.send = ((...given: unknown[]) => sent.push(String(given))) as unknown as dgram.Socket['send'];
      return socket;
    },
  };

  it('are those that the routing table leads from, each once, and nothing is sent', async () => {
    expect(await testerOf(target('127.0.0.2', '127.0.0.3'), watched)).toBe('127.0.0.1');
    expect(sent).toEqual([]);
  });

  it('a host that no route leads to is named', async () => {
    const refused: Network = {
      ...systemNetwork,
      datagram: (family) => {
        const socket = systemNetwork.datagram(family);
        const connect = socket.connect.bind(socket) as (port: number, host: string, done: () => void) => void;
        socket.connect = ((port: number, host: string, done: () => void) =>
          host === '198.18.9.9'
            ? process.nextTick(() => socket.emit('error', new Error('ENETUNREACH')))
            : connect(port, host, done)) as dgram.Socket['connect'];
        return socket;
      },
    };
    expect(await testerOf(target('127.0.0.2', '198.18.9.9'), refused)).toBe('127.0.0.1; not known towards 198.18.9.9');
  });

  it('a link-local host without a zone gives no unspecified address', async () => {
    expect(await testerOf(target('127.0.0.2', 'fe80::1'))).toMatch(
      /^127\.0\.0\.1(; not known towards fe80::1|, fe80:.+)$/,
    );
  });
});

it('what a run is made with is named, a target each', async () => {
  const credentials = loadCredentials();
  const made = {
    credentials,
    limits: defaultLimits(),
    discovery: { name: 'nmap' as const, description: 'nmap 7.93 (SYN scan)', scan: async function* () {} },
  };
  const [one, other] = await sourcesOf([target('127.0.0.2'), target('127.0.0.3')], made);
  expect(one).toEqual(other);
  expect(one).toEqual({
    probity: expect.stringMatching(/^probity \d/),
    node: process.version,
    os: expect.stringMatching(/\S+ \S+ \(\S+\)/),
    discovery: 'nmap 7.93 (SYN scan)',
    nmap: '7.93',
    'credentials:default': credentials.digest,
    ports: expect.stringMatching(/^[0-9a-f]{64}$/),
    'udp-payloads': expect.stringMatching(/^[0-9a-f]{64}$/),
    tester: '127.0.0.1',
    clock: expect.stringMatching(/^system clock, /),
  });
  // With these a run lacks nothing that a test report has to say of what made it.
  const [report] = asTestReport(sampleInput()).runs;
  const whole = { ...asTestReport(sampleInput()), runs: [{ ...report!, run: { ...report!.run, sources: one! } }] };
  expect(labViewOf(whole).missing).toEqual([]);
  const builtIn = { ...made.discovery, description: 'built-in connect scan (nmap is not installed)' };
  const fewer = { ...defaultLimits(), tcp: '1-1023' };
  const [bare] = await sourcesOf([target('127.0.0.2')], { ...made, discovery: builtIn, limits: fewer });
  expect(bare).not.toHaveProperty('nmap');
  expect(bare?.ports).not.toBe(one?.ports);
});
