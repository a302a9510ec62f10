import type { FactOf } from '../../model/fact.ts';

/** Inclusive port ranges, ascending and apart: `[[1, 65535]]`. */
export type PortRanges = readonly (readonly [number, number])[];

export interface ScanRequest {
  /** An IP address: checked against the scope by the engine before. */
  readonly host: string;
  readonly ports: PortRanges;
  /** Packets a second. */
  readonly rate: number;
  /** Connects in flight of the built-in scan. */
  readonly connectsInFlight: number;
  /** Milliseconds until a silent port is silent. */
  readonly wait: number;
  readonly signal: AbortSignal;
}

/** What a scan gives as it goes: ports (open ones at once, closed and filtered ones in ranges), warnings, and its own record as evidence. */
export type ScanEvent =
  | { readonly fact: FactOf<'port'> }
  | { readonly warning: string }
  | { readonly evidence: Buffer; readonly mediaType: string };

/**
 * Finds TCP ports. A quick pass over the common ports goes first and is acted on while the pass over all the others
 * runs. Ports that no event named were not covered. Throws CannotTell where the scan could not be carried out; what it
 * gave before stands.
 */
export interface Discovery {
  readonly name: 'nmap' | 'connect';
  /** As reports print it: `nmap 7.93 (SYN scan)`, `built-in connect scan`. */
  readonly description: string;
  /**
   * Of a sandbox: the ports that exist at a host at all. Only these are asked; the others are stated closed, `by:
   * 'sandbox'`, because a simulated device has no others. Absent for everything real.
   */
  readonly existing?: (host: string, transport: 'tcp' | 'udp') => PortRanges;
  scan(request: ScanRequest): AsyncIterable<ScanEvent>;
}
