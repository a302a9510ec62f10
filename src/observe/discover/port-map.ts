import type { FactOf } from '../../model/fact.ts';
import type { PortRanges } from './discovery.ts';

export type PortState = FactOf<'port'>['state'];
type By = FactOf<'port'>['by'];

/** What is known of each port of one address and transport: a byte a port, so that 65,535 of them stay small. */
export class PortMap {
  readonly #codes = new Uint8Array(65536);
  readonly #meanings: { state: PortState; reason: string }[] = [];

  set(port: number, state: PortState, reason: string): void {
    const code = this.#code(state, reason);
    if (code > 0) this.#codes[port] = code;
  }

  /** The same for many ports; one that is known to be open stays open. */
  fill(ports: PortRanges, state: PortState, reason: string): void {
    const code = this.#code(state, reason);
    if (code === 0) return;
    for (const [first, last] of ports) {
      for (let port = first; port <= last; port++) {
        if (this.#meanings[this.#codes[port]! - 1]?.state !== 'open') this.#codes[port] = code;
      }
    }
  }

  /** 0 where there is no room for another meaning. */
  #code(state: PortState, reason: string): number {
    const kept = reason.slice(0, 200);
    const known = this.#meanings.findIndex((meaning) => meaning.state === state && meaning.reason === kept);
    if (known >= 0) return known + 1;
    // Codes must fit a byte; no scan has 255 reasons, but a hostile nmap could write that many.
    return this.#meanings.length >= 255 ? 0 : this.#meanings.push({ state, reason: kept });
  }

  get(port: number): { state: PortState; reason: string } | undefined {
    return this.#meanings[(this.#codes[port] ?? 0) - 1];
  }

  /** Ranges in one and the same state for one and the same reason, ascending. Open ports are left out: they were told at once. */
  *facts(by: By): Generator<FactOf<'port'>> {
    let first = 1;
    for (let port = 2; port <= 65536; port++) {
      const code = this.#codes[first]!;
      if (port < 65536 && this.#codes[port] === code) continue;
      const meaning = this.#meanings[code - 1];
      if (meaning && meaning.state !== 'open') {
        const range = port - 1 > first ? { to: port - 1 } : {};
        yield { kind: 'port', transport: 'tcp', port: first, ...range, ...meaning, by };
      }
      first = port;
    }
  }
}
