import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { isIPv6 } from 'node:net';
import * as os from 'node:os';
import type { Limits, Run } from '../model/run.ts';
import type { Target } from '../model/target.ts';
import type { CredentialList } from '../observe/candidates.ts';
import type { Discovery } from '../observe/discover/discovery.ts';
import { type Network, systemNetwork } from '../observe/network.ts';
import { udpPayloadsDigest } from '../observe/protocols/udp-payloads.ts';
import { toolName } from './version.ts';

type Sources = Run['sources'];

/** Where systemd-timesyncd leaves a file once the clock is synchronised (systemd-timesyncd.service(8)). */
const TIMESYNC = '/run/systemd/timesync/synchronized';
/** Milliseconds that `timedatectl` may take. */
const CLOCK_WAIT = 2_000;
/** Any port does: a datagram socket that is connected sends nothing. */
const DISCARD = 9;
/** What a socket has for an address where the system has chosen none: a link-local host without its zone. */
const UNSPECIFIED: readonly string[] = ['0.0.0.0', '::'];

/** What the system is asked about its clock, as an option for tests. */
export interface ClockSource {
  exists(file: string): boolean;
  /** What a command prints; undefined where it cannot be run, fails or does not end. */
  says(command: string, args: readonly string[]): Promise<string | undefined>;
}

const systemClockSource: ClockSource = {
  exists: (file) => fs.existsSync(file),
  says: (command, args) =>
    new Promise((resolve) => {
      execFile(command, [...args], { timeout: CLOCK_WAIT, killSignal: 'SIGKILL', maxBuffer: 4096 }, (error, stdout) =>
        resolve(error ? undefined : stdout),
      );
    }),
};

/**
 * The clock that all times of a run are of, and whether the system holds it synchronised: by systemd-timesyncd's own file,
 * else by what `timedatectl` reads from the kernel, whoever disciplines it. Nothing is sent.
 */
export const clockHere = async ({ exists, says }: ClockSource = systemClockSource): Promise<string> => {
  if (exists(TIMESYNC)) return 'system clock, synchronised (systemd-timesyncd)';
  const kernel = (await says('timedatectl', ['show', '--property=NTPSynchronized', '--value']))?.trim();
  if (kernel === 'yes') return 'system clock, synchronised (as the kernel says)';
  return kernel === 'no' ? 'system clock, not synchronised' : 'system clock, synchronisation unknown';
};

/** The own address from which the routing table leads to a host; undefined where there is none. Sends nothing. */
const ownAddress = (host: string, network: Network): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = network.datagram(isIPv6(host) ? 6 : 4);
    const end = (address?: string): void => {
      socket.removeAllListeners('error');
      socket.on('error', () => socket.unref());
      socket.close();
      resolve(address);
    };
    socket.once('error', () => end());
    socket.connect(DISCARD, host, () => {
      const { address } = socket.address();
      end(UNSPECIFIED.includes(address) ? undefined : address);
    });
  });

/** The tester's own addresses towards a target, as the routing table has them: `198.18.4.2, fd00::2`. */
export const testerOf = async (target: Target, network: Network = systemNetwork): Promise<string> => {
  const hosts = target.components.flatMap(({ addresses }) => addresses);
  const own = await Promise.all(hosts.map(async (host) => ({ host, address: await ownAddress(host, network) })));
  const known = [...new Set(own.flatMap(({ address }) => address ?? []))].sort();
  const lost = own.filter(({ address }) => address === undefined).map(({ host }) => host);
  return [known.join(', '), ...(lost.length === 0 ? [] : [`not known towards ${lost.join(', ')}`])]
    .filter((part) => part !== '')
    .join('; ');
};

export interface MadeWith {
  readonly discovery: Discovery;
  readonly credentials: CredentialList;
  readonly limits: Limits;
}

const digestOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/**
 * What the runs of one command are made with, one for each target: versions and digests by name. Only the tester's addresses
 * are a target's own. A clock is asked for once.
 */
export const sourcesOf = async (
  targets: readonly Target[],
  { discovery, credentials, limits }: MadeWith,
  network: Network = systemNetwork,
): Promise<Sources[]> => {
  const nmap = /^nmap (\S+)/.exec(discovery.description)?.[1];
  const clock = await clockHere();
  const testers = await Promise.all(targets.map((target) => testerOf(target, network)));
  return testers.map((tester) => ({
    probity: toolName(),
    node: process.version,
    os: `${os.type()} ${os.release()} (${os.arch()})`,
    discovery: discovery.description,
    ...(nmap === undefined ? {} : { nmap }),
    [`credentials:${credentials.name}`]: credentials.digest,
    ports: digestOf({ tcp: limits.tcp, udp: limits.udp, exclude: limits.exclude }),
    'udp-payloads': udpPayloadsDigest(),
    tester,
    clock,
  }));
};
