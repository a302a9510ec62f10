import type { Discovery } from '../observe/discover/discovery.ts';
import { portRanges } from '../observe/discover/ports.ts';

/** The ports that simulated devices have, by their host. */
export type SandboxPorts = ReadonlyMap<string, readonly { readonly transport: 'tcp' | 'udp'; readonly port: number }[]>;

/**
 * Discovery for the sandbox: only the simulated devices' own ports are asked, because whatever else listens on this
 * machine answers on every loopback address too, and nobody's machine is to be attacked by a demo.
 */
export const sandboxDiscovery = (inner: Discovery, sandbox: SandboxPorts): Discovery => ({
  name: inner.name,
  description: `${inner.description}; only the simulated devices' own ports were asked, a simulated device has no others`,
  scan: (request) => inner.scan(request),
  existing: (host, transport) => {
    const ports = (sandbox.get(host) ?? []).filter((service) => service.transport === transport);
    return portRanges(ports.map(({ port }) => port));
  },
});
