import ipaddr from 'ipaddr.js';
import { CannotTell } from './probe.ts';

/** Which addresses may be spoken to. Hosts are IP addresses; names are resolved nowhere. */
export interface Scope {
  contains(host: string): boolean;
  /** The address in its canonical form. Throws CannotTell `scope` for a name or an address outside. */
  admit(host: string): string;
}

/** An address in one canonical form (IPv4 for IPv4-mapped IPv6); undefined where it is no IP address. */
export function canonicalAddress(host: string): string | undefined {
  const parsed = parse(host);
  return parsed?.toString();
}

/** A scope from CIDRs or single addresses. Throws RangeError for anything else, so that a typing error never widens it. */
export function createScope(cidrs: readonly string[]): Scope {
  const ranges = cidrs.map((cidr) => {
    const [address = '', bits, ...rest] = cidr.split('/');
    const parsed = parse(address);
    const length = parsed?.kind() === 'ipv4' ? 32 : 128;
    const prefix = bits === undefined ? length : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
    if (parsed === undefined || rest.length > 0 || prefix < 0 || prefix > length) {
      throw new RangeError(`"${cidr}" is not an address or CIDR`);
    }
    return { address: parsed, prefix };
  });
  const contains = (host: string) => {
    const parsed = parse(host);
    return (
      parsed !== undefined &&
      ranges.some(({ address, prefix }) => address.kind() === parsed.kind() && parsed.match(address, prefix))
    );
  };
  return {
    contains,
    admit(host) {
      const address = canonicalAddress(host);
      if (address === undefined) throw new CannotTell('scope', `"${host.slice(0, 100)}" is not an IP address`);
      if (!contains(address)) throw new CannotTell('scope', `${address} is outside the scope`);
      return address;
    },
  };
}

// `08.1` and `127.1` are addresses to a resolver, never to us; a zone names an interface of ours, and no device.
function parse(host: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return ipaddr.IPv4.parse(host);
  if (!host.includes(':') || host.includes('%') || !ipaddr.IPv6.isValid(host)) return undefined;
  const address = ipaddr.IPv6.parse(host);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}
