import type { PortRanges } from './discover/discovery.ts';
import { parseTargets } from './discover/hosts.ts';
import { hasPort, parsePorts, unionPorts } from './discover/ports.ts';
import type { Network } from './network.ts';
import { CannotTell } from './probe.ts';
import { canonicalAddress, createScope } from './scope.ts';

const isPorts = (entry: string): boolean => /^[\d-]+$/.test(entry);

/** The ports, TCP and UDP alike, that are never to be asked. Throws what `parsePorts` throws. */
export const excludedPorts = (exclude: readonly string[]): PortRanges =>
  unionPorts(...exclude.filter(isPorts).map(parsePorts));

/**
 * Whether an address is never to be spoken to: named alone, by a range (`198.18.0.1-20`) or by a CIDR. Throws an Error
 * that says what was expected.
 */
export const excludedHosts = (exclude: readonly string[]): ((address: string) => boolean) => {
  const hosts = exclude.filter((entry) => !isPorts(entry));
  const ranges = hosts.filter((entry) => /-\d{1,3}$/.test(entry)).flatMap((entry) => parseTargets(entry).addresses);
  const scope = createScope([...ranges, ...hosts.filter((entry) => !/-\d{1,3}$/.test(entry))]);
  return (address) => scope.contains(canonicalAddress(address) ?? address);
};

/** The same network, which never connects to an excluded port, whoever asks: a redirect leads to it, say. */
export const withoutPorts = (network: Network, excluded: PortRanges): Network =>
  excluded.length === 0
    ? network
    : {
        ...network,
        connect(to) {
          if (hasPort(excluded, to.port)) throw new CannotTell('scope', `port ${to.port} is to be left out (exclude)`);
          return network.connect(to);
        },
      };
