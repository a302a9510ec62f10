import { chooseDiscovery } from '../observe/discover/choose.ts';
import type { Discovery } from '../observe/discover/discovery.ts';
import { systemNetwork } from '../observe/network.ts';

/** The port discovery of this machine: nmap where it is installed, else the built-in scan. */
export const discoveryHere = (): Promise<Discovery> => chooseDiscovery({ network: systemNetwork, env: process.env });
