import { execFile } from 'node:child_process';
import type { Network } from '../network.ts';
import { connectScan } from './connect-scan.ts';
import type { Discovery } from './discovery.ts';
import { nmapDiscovery, nmapMethod } from './nmap.ts';
import { nmapArguments } from './nmap-run.ts';

export interface NmapFound {
  readonly location: string;
  readonly version: string;
}

/** Milliseconds and bytes that `nmap --version` may take and say. */
const VERSION_WAIT = 5000;
const VERSION_CAP = 64 * 1024;

/** Asks the installed nmap for its version. Gives a string that says why, where there is none that works. */
export async function findNmap(env: NodeJS.ProcessEnv, command?: string): Promise<NmapFound | string> {
  const { location } = await nmapArguments([], ['127.0.0.1'], command);
  return await new Promise((resolve) => {
    const options = { env, timeout: VERSION_WAIT, killSignal: 'SIGKILL', maxBuffer: VERSION_CAP } as const;
    execFile(location, ['--version'], options, (error, stdout) => {
      const version = /^Nmap version (\d[\w.+-]{0,20})/m.exec(stdout)?.[1];
      if (error?.code === 'ENOENT') resolve('nmap is not installed');
      else if (error?.killed) resolve('nmap --version did not end');
      else if (error) resolve(`nmap does not work: --version ended with ${error.code ?? error.signal ?? 'an error'}`);
      else if (version === undefined) resolve('nmap --version does not say which version it is');
      else resolve({ location, version });
    });
  });
}

export interface ChooseOptions {
  /** `connect` never asks for nmap. With `nmap`, the description of the built-in scan still says why it had to do. */
  readonly prefer?: 'nmap' | 'connect';
  readonly network: Network;
  readonly env: NodeJS.ProcessEnv;
  /** Absent: where node-nmap says that nmap is. */
  readonly command?: string;
}

/** nmap where it is installed and works, else the built-in connect scan. The description says which, and why. */
export async function chooseDiscovery({ prefer, network, env, command }: ChooseOptions): Promise<Discovery> {
  const description = (why: string): string => `built-in connect scan (${why})`;
  if (prefer === 'connect') return connectScan({ network, description: description('as asked for') });
  const found = await findNmap(env, command);
  if (typeof found === 'string') return connectScan({ network, description: description(found) });
  return nmapDiscovery({ location: found.location, version: found.version, method: nmapMethod(env), env });
}
