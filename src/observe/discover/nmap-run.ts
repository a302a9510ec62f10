import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import ipaddr from 'ipaddr.js';
import { CannotTell } from '../probe.ts';
import { type NmapEvents, NmapXml } from './nmap-xml.ts';

export interface NmapCommand {
  /** Absent: where node-nmap says that nmap is. */
  readonly location?: string;
  /** Absent: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** Bytes of XML at most (32 MiB). */
  readonly cap?: number;
}

export interface NmapEnd {
  /** What nmap wrote, whole or cut at the cap. */
  readonly xml: Buffer;
  /** Its lines on stderr. */
  readonly warnings: readonly string[];
  /** Why it cannot count as done; absent where it exited 0 and wrote `<finished exit="success">`. */
  readonly failure?: CannotTell;
}

/** Kills of what runs now: no nmap outlives this process. */
const running = new Set<() => void>();
process.on('exit', () => {
  for (const kill of running) kill();
});

const CAP = 32 * 1024 * 1024;
const STDERR_CAP = 16 * 1024;

/** All that may stand before the targets. Nothing here names a script, a file or another host. */
const ALLOWED = [
  /^-(n|Pn|PE|sn|sS|sT|6)$/,
  /^--(reason|noninteractive)$/,
  /^--(min-rate|max-rate|max-retries)=\d{1,7}$/,
  /^-(p|PS)[\d,-]+$/,
];

/** A target of nmap: an address, a CIDR, or an IPv4 range in the last part (`198.18.0.1-20`). */
const isTarget = (target: string): boolean => {
  const [address = '', length, ...more] = target.split('/');
  if (more.length > 0 || (length !== undefined && !/^\d{1,3}$/.test(length))) return false;
  if (ipaddr.IPv6.isValid(address)) return /^[0-9a-f:.]+$/i.test(address);
  const range = /^(.*\.)(\d{1,3})-(\d{1,3})$/.exec(target);
  if (!range) return ipaddr.IPv4.isValidFourPartDecimal(address);
  return [range[2], range[3]].every((last) => ipaddr.IPv4.isValidFourPartDecimal(`${range[1]}${last}`));
};

/**
 * The location and the arguments of an nmap call. node-nmap builds them; it does nothing else for us. Throws an Error for
 * an argument that is not of our own list, or a target that is no address: a mistake of ours, never of a device.
 */
export async function nmapArguments(args: readonly string[], targets: readonly string[], location?: string) {
  const refused = args.find((arg) => !ALLOWED.some((allowed) => allowed.test(arg)));
  if (refused !== undefined) throw new Error(`nmap argument "${refused}" is not one that may be used`);
  const wrong = targets.find((target) => !isTarget(target));
  if (wrong !== undefined || targets.length === 0) throw new Error(`nmap target "${wrong ?? ''}" is not an address`);
  const { default: nodeNmap } = await import('node-nmap');
  class Command extends nodeNmap.NmapScan {
    /** node-nmap would start nmap from its constructor: we do that ourselves. */
    override initializeChildProcess(): void {}
  }
  const { command } = new Command(['--', ...targets], [...args]);
  return { location: location ?? nodeNmap.nmapLocation, args: command };
}

const quote = (text: string): string => `"${text.slice(0, 200)}"`;

/**
 * Runs nmap to its end, in a process group of its own that is killed as a whole when the signal aborts or the XML grows
 * over the cap. Hosts and ports are told as they are read. Never throws for what nmap does: see `failure`.
 */
export async function runNmap(
  args: readonly string[],
  targets: readonly string[],
  options: { command: NmapCommand; signal: AbortSignal; events: NmapEvents },
): Promise<NmapEnd> {
  const { signal, events } = options;
  const cap = options.command.cap ?? CAP;
  const nmap = await nmapArguments(args, targets, options.command.location);
  if (signal.aborted) {
    return { xml: Buffer.alloc(0), warnings: [], failure: new CannotTell('aborted', 'aborted before nmap started') };
  }

  let finished: { exit: string; error: string } | undefined;
  const parser = new NmapXml({ ...events, finished: (seen) => (finished = seen) });
  const child = spawn(nmap.location, nmap.args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.command.env ?? process.env,
  });
  const chunks: Buffer[] = [];
  let size = 0;
  let stderr = Buffer.alloc(0);
  let stopped: CannotTell | undefined;
  let started = true;

  const kill = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      // Ended between the look and the kill.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const stop = (why: CannotTell): void => {
    stopped ??= why;
    kill();
  };
  const aborted = (): void => stop(new CannotTell('aborted', 'nmap was stopped by us'));
  signal.addEventListener('abort', aborted);
  running.add(kill);

  const decoder = new StringDecoder('utf8');
  child.stdout.on('data', (chunk: Buffer) => {
    if (stopped) return;
    const fits = chunk.subarray(0, cap - size);
    size += fits.length;
    chunks.push(fits);
    parser.write(decoder.write(fits));
    if (fits.length < chunk.length) stop(new CannotTell('protocol', `nmap wrote more than ${cap} bytes`));
    else if (parser.error) stop(new CannotTell('protocol', `nmap's XML cannot be read: ${parser.error}`));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = Buffer.concat([stderr, chunk.subarray(0, STDERR_CAP - stderr.length)]);
  });

  const [code, by] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      started = false;
      const why =
        error.code === 'ENOENT' ? `nmap is not installed (${nmap.location})` : `nmap cannot be started (${error.code})`;
      stopped ??= new CannotTell('unsupported', why);
      if (child.pid === undefined) resolve([null, null]);
    });
    child.on('close', (exit, signalled) => resolve([exit, signalled]));
  });
  signal.removeEventListener('abort', aborted);
  running.delete(kill);
  if (started && !stopped) parser.close();

  const warnings = stderr
    .toString('utf8')
    .split('\n')
    .map((line) => line.trim().slice(0, 500))
    .filter((line) => line !== '')
    .slice(0, 20);
  const failure = stopped ?? ended(code, by, parser, finished, warnings[0]);
  return { xml: Buffer.concat(chunks), warnings, ...(failure ? { failure } : {}) };
}

/** Why an nmap that ended by itself does not count as done. */
function ended(
  code: number | null,
  by: string | null,
  parser: NmapXml,
  finished: { exit: string; error: string } | undefined,
  said: string | undefined,
): CannotTell | undefined {
  const more = said ? `: ${quote(said)}` : '';
  if (by !== null) return new CannotTell('aborted', `nmap was killed by ${by}${more}`);
  if (code !== 0) return new CannotTell('unsupported', `nmap exited with ${code}${more}`);
  if (parser.error) return new CannotTell('protocol', `nmap's XML cannot be read: ${parser.error}`);
  if (finished?.exit !== 'success') {
    return new CannotTell('protocol', `nmap did not finish: ${quote(finished?.error || 'no success was reported')}`);
  }
  return undefined;
}
