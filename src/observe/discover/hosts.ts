import ipaddr from 'ipaddr.js';
import { type Network, systemNetwork } from '../network.ts';
import { findNmap } from './choose.ts';
import { connectEach } from './connects.ts';
import { runNmap } from './nmap-run.ts';
import { Pace, RoundTrip } from './pace.ts';

export interface Targets {
  /** IPv4 ascending, or the one IPv6 address in its short form. */
  readonly addresses: readonly string[];
  /** A range or CIDR of more than one address: its hosts are looked for first. */
  readonly range: boolean;
}

/** Addresses at most without `yes`. */
const MOST = 65_536;
const EXPECTED = 'an address, a range such as 198.18.0.1-20, or a CIDR such as 198.18.0.0/24';

const isIPv4 = (text: string): boolean => ipaddr.IPv4.isValidFourPartDecimal(text);

const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const toAddress = (value: number): string =>
  [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');

/**
 * Reads one argument: an IPv4 or IPv6 address, a range in the last part (`198.18.0.1-20`), or a CIDR. IPv4 is strictly
 * four decimal parts: no `127.1`, no octal, no hex. Of a CIDR up to /30, the network and broadcast addresses are left
 * out. Throws an Error that says what was expected.
 */
export function parseTargets(argument: string, options: { yes?: boolean } = {}): Targets {
  const refuse = (why: string): never => {
    throw new Error(`Cannot read target "${argument.slice(0, 60)}": ${why}`);
  };
  if (isIPv4(argument)) return { addresses: [argument], range: false };
  if (argument.includes('%')) refuse('an IPv6 zone is not supported; expected an address without it');
  if (!argument.includes('/') && ipaddr.IPv6.isValid(argument)) {
    return { addresses: [ipaddr.IPv6.parse(argument).toString()], range: false };
  }
  const [first, last] = bounds(argument, refuse);
  const size = last - first + 1;
  if (size > MOST && !options.yes) refuse(`${size} addresses are more than ${MOST}; add --yes to scan them all`);
  const addresses = Array.from({ length: size }, (_, index) => toAddress(first + index));
  return { addresses, range: size > 1 };
}

/** First and last address of a range or CIDR as numbers. */
function bounds(argument: string, refuse: (why: string) => never): readonly [number, number] {
  const range = /^((?:\d{1,3}\.){3})(\d{1,3})-(\d{1,3})$/.exec(argument);
  if (range) {
    const [low, high] = [`${range[1]}${range[2]}`, `${range[1]}${range[3]}`];
    if (!isIPv4(low) || !isIPv4(high)) return refuse(`expected ${EXPECTED}`);
    if (toNumber(high) < toNumber(low))
      return refuse(`the range goes down; expected ${range[1]}${range[3]}-${range[2]}`);
    return [toNumber(low), toNumber(high)];
  }
  const [address = '', length = '', ...more] = argument.split('/');
  if (more.length > 0 || !/^\d{1,3}$/.test(length)) return refuse(`expected ${EXPECTED}`);
  if (ipaddr.IPv6.isValid(address))
    return refuse('an IPv6 network is too large to look through; expected single addresses');
  const bits = Number(length);
  if (!isIPv4(address) || bits > 32) return refuse(`expected ${EXPECTED}`);
  if (bits === 0) return refuse('expected a prefix length of 1-32');
  const size = 2 ** (32 - bits);
  const network = Math.floor(toNumber(address) / size) * size;
  return bits >= 31 ? [network, network + size - 1] : [network + 1, network + size - 2];
}

/** Networks that are nobody's on the public Internet (IANA's special-purpose address registries). */
const NOT_PUBLIC = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  '100::/64',
  '2001:2::/48',
  '2001:db8::/32',
  '3fff::/20',
  'fc00::/7',
  'fe80::/10',
].map((cidr) => ipaddr.parseCIDR(cidr));

/** Whether an address is publicly routable. IPv4 inside IPv6 (mapped, NAT64) counts as that IPv4. Throws on what is no address. */
export function isPublic(address: string): boolean {
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv6) {
    const bytes = parsed.toByteArray();
    const embedded = parsed.isIPv4MappedAddress() || parsed.match(ipaddr.IPv6.parse('64:ff9b::'), 96);
    if (embedded) return isPublic(bytes.slice(12).join('.'));
  }
  return !NOT_PUBLIC.some(([network, bits]) => network.kind() === parsed.kind() && parsed.match([network, bits]));
}

export interface FindHostsOptions {
  readonly signal: AbortSignal;
  /** Absent: the system's own. */
  readonly network?: Network;
  readonly env?: NodeJS.ProcessEnv;
  /** Where nmap is; `false`: look by connects only. */
  readonly nmap?: string | false;
  /** Milliseconds until an address is silent to a connect (1 s). */
  readonly wait?: number;
  /** Connects in flight, and connects a second. */
  readonly inFlight?: number;
  readonly rate?: number;
  readonly warn?: (warning: string) => void;
}

/** Ports that devices most often answer on, by an open port or a refusal. */
const LOOKED_AT = [80, 443, 22, 23, 8080, 554, 1883, 7];

/**
 * Which of the addresses answer, in the order given. By nmap's host discovery (ARP, ICMP and TCP as root; TCP else), and
 * where nmap is missing or fails by TCP connects to a few ports: any answer counts, an open port or a refusal. What does
 * not answer is left out, which says no more than that. Throws the signal's reason when aborted.
 */
export async function findHosts(addresses: readonly string[], options: FindHostsOptions): Promise<string[]> {
  const { signal, env = process.env } = options;
  signal.throwIfAborted();
  const found = new Set<string>();
  const nmap = options.nmap === false ? 'not asked for' : await findNmap(env, options.nmap);
  const done =
    typeof nmap !== 'string' && (await byNmap(addresses, found, { ...options, location: nmap.location, env }));
  if (!done) await byConnects(addresses, found, options);
  signal.throwIfAborted();
  return addresses.filter((address) => found.has(address));
}

/** Addresses a process at most: an argument list has an end, and a network is known piece by piece. */
const PIECE = 1024;

async function byNmap(
  addresses: readonly string[],
  found: Set<string>,
  options: FindHostsOptions & { location: string; env: NodeJS.ProcessEnv },
): Promise<boolean> {
  const { signal, location, env, warn = () => {} } = options;
  let done = true;
  const families = [addresses.filter(isIPv4), addresses.filter((address) => !isIPv4(address))];
  for (const [index, family] of families.entries()) {
    for (let from = 0; from < family.length && !signal.aborted; from += PIECE) {
      const args = [
        ...(index === 1 ? ['-6'] : []),
        '-sn',
        '-n',
        '--noninteractive',
        `--max-rate=${options.rate ?? 1000}`,
      ];
      const piece = family.slice(from, from + PIECE);
      const asked = new Set(piece);
      const events = {
        host: (seen: { addresses: readonly string[]; state: string }) => {
          if (seen.state !== 'up') return;
          for (const address of seen.addresses) {
            const name = ipaddr.isValid(address) ? ipaddr.parse(address).toString() : address;
            if (asked.has(name)) found.add(name);
          }
        },
      };
      const end = await runNmap(args, piece, { command: { location, env }, signal, events });
      for (const warning of end.warnings) warn(`nmap: ${warning}`);
      if (!end.failure || signal.aborted) continue;
      warn(`Hosts are looked for by connects as well, because nmap failed: ${end.failure.message}`);
      done = false;
    }
  }
  return done;
}

async function byConnects(addresses: readonly string[], found: Set<string>, options: FindHostsOptions): Promise<void> {
  const { signal, network = systemNetwork, wait = 1000, inFlight = 200, rate = 1000, warn = () => {} } = options;
  const pace = new Pace(rate, rate / 50, performance.now());
  const ours = new Set<string>();
  for (const port of LOOKED_AT) {
    // One port of every address at a time, so that an address that answered is asked nothing more.
    const left = addresses.filter((address) => !found.has(address));
    if (left.length === 0 || signal.aborted) break;
    const connects: Network = {
      ...network,
      connect: ({ port: index }) => network.connect({ host: left[index]!, port }),
    };
    await connectEach(left.keys(), {
      network: connects,
      host: '',
      inFlight,
      pace,
      roundTrip: new RoundTrip(),
      wait: () => wait,
      signal,
      told: (index, answer) => {
        if (answer.state === 'open' || answer.state === 'closed') found.add(left[index]!);
        else if (answer.state === 'ours') ours.add(answer.code);
      },
    });
  }
  if (ours.size > 0) warn(`This machine could not ask some addresses (${[...ours].join(', ')})`);
}
