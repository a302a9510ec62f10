import type { Limits } from '../model/run.ts';
import { excludedHosts, excludedPorts } from '../observe/exclude.ts';
import { UDP_PORTS } from '../observe/protocols/udp-payloads.ts';

/** Every limit where nothing else was asked for; the report states them. */
export const defaultLimits = (): Limits => ({
  devices: 8,
  connections: 4,
  rate: 10_000,
  connectsInFlight: 500,
  wait: 5_000,
  attempt: 180_000,
  device: 1_800_000,
  run: 86_400_000,
  readBytes: 1_048_576,
  loginsPerService: 30,
  tcp: '1-65535',
  udp: [...UDP_PORTS].join(','),
  exclude: [],
});

/** Wrong usage: exit code 2. The message says what was given and what was expected. */
export class Usage extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'Usage';
  }
}

const count = (option: string, text: string, most: number): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new Usage(`${option} ${text}: expected a whole number from 1 to ${most}`);
  return value;
};

/** `22,80,U:161,T:8000-8010`: TCP unless said otherwise, as nmap writes it. */
export const splitPorts = (spec: string): { tcp: string; udp: string } => {
  const parts: Record<'T' | 'U', string[]> = { T: [], U: [] };
  let transport: 'T' | 'U' = 'T';
  for (const piece of spec.split(',')) {
    const match = /^(?:([TU]):)?(\d{1,5}(?:-\d{1,5})?)$/.exec(piece.trim());
    const ends = match?.[2]?.split('-').map(Number) ?? [];
    if (!match || ends.some((port) => port < 1 || port > 65_535) || ends[0]! > ends.at(-1)!)
      throw new Usage(
        `--ports ${spec}: "${piece}" is not a port or range of 1-65535; expected such as 22,80,8000-8010,U:161`,
      );
    transport = (match[1] as 'T' | 'U' | undefined) ?? transport;
    parts[transport].push(match[2]!);
  }
  return { tcp: parts.T.join(','), udp: parts.U.join(',') };
};

export interface LimitOptions {
  devices?: string;
  connections?: string;
  rate?: string;
  loginBudget?: string;
  ports?: string;
  exclude?: string[];
}

/** The limits that the command line asks for. Throws Usage. */
export const limitsFrom = (options: LimitOptions): Limits => {
  const limits = defaultLimits();
  if (options.devices !== undefined) limits.devices = count('--devices', options.devices, 256);
  if (options.connections !== undefined) limits.connections = count('--connections', options.connections, 64);
  if (options.rate !== undefined) limits.rate = count('--rate', options.rate, 1_000_000);
  if (options.loginBudget === 'unlimited') limits.loginBudget = 'unlimited';
  else if (options.loginBudget !== undefined) limits.loginBudget = count('--login-budget', options.loginBudget, 10_000);
  if (options.ports !== undefined) {
    const { tcp, udp } = splitPorts(options.ports);
    limits.tcp = tcp;
    limits.udp = udp;
  }
  for (const entry of options.exclude ?? []) {
    try {
      excludedPorts([entry]);
      excludedHosts([entry]);
    } catch (error) {
      throw new Usage(
        `--exclude ${entry}: expected a port or range of ports, an address, a range 198.18.0.1-20 or a CIDR (${(error as Error).message})`,
      );
    }
  }
  limits.exclude = options.exclude ?? [];
  return limits;
};
