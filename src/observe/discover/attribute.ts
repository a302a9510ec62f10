import type { PortRanges } from './discovery.ts';
import type { ExtraPorts } from './nmap-xml.ts';
import type { PortState } from './port-map.ts';
import { countPorts, intersectPorts, parsePorts, subtractPorts } from './ports.ts';

/** nmap's port states that say one thing (nmap.dtd); `unfiltered` and `closed|filtered` do not. */
const STATES: Readonly<Record<string, PortState>> = {
  open: 'open',
  closed: 'closed',
  filtered: 'filtered',
  'open|filtered': 'open-or-filtered',
};

export const portState = (state: string): PortState | undefined => STATES[state];

export interface Attributed {
  readonly ranges: readonly { readonly ports: PortRanges; readonly state: PortState; readonly reason: string }[];
  readonly warnings: readonly string[];
}

/** Ranges as nmap lists them; undefined for what is none. */
function readPorts(text: string): PortRanges | undefined {
  try {
    return parsePorts(text);
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/**
 * Which ports an nmap pass means by its extraports: those it asked for and did not list one by one. By their numbers
 * where nmap gives them; without numbers, only where a single state is left for all that remain and the counts agree.
 * What cannot be attributed is in no range, and so is uncovered: it is never guessed.
 */
export function attribute(asked: PortRanges, listed: PortRanges, extra: readonly ExtraPorts[]): Attributed {
  const ranges: Attributed['ranges'][number][] = [];
  const warnings: string[] = [];
  let left = subtractPorts(asked, listed);
  const unnumbered: ExtraPorts[] = [];
  for (const { state: name, count, reasons } of extra) {
    const state = portState(name);
    if (state === undefined) {
      warnings.push(`nmap calls ${count} ports ${name}, which settles nothing`);
      continue;
    }
    if (reasons.length === 0 || reasons.some((one) => one.ports === undefined)) {
      unnumbered.push({ state: name, count, reasons });
      continue;
    }
    for (const { reason, count: claimed, ports: text } of reasons) {
      const ports = readPorts(text ?? '');
      const fresh = ports && intersectPorts(ports, left);
      if (!fresh || countPorts(fresh) !== claimed || countPorts(ports) !== claimed) {
        warnings.push(`nmap's list of ${claimed} ${name} ports does not fit what was asked`);
        continue;
      }
      ranges.push({ ports: fresh, state, reason });
      left = subtractPorts(left, fresh);
    }
  }
  if (unnumbered.length === 0) return { ranges, warnings };
  const [only] = unnumbered;
  if (unnumbered.length > 1 || only!.count !== countPorts(left) || warnings.length > 0) {
    warnings.push('nmap does not say which of the ports that it did not list are in which state');
    return { ranges, warnings };
  }
  const reason = only!.reasons.map((one) => one.reason).join(' or ') || 'not given';
  ranges.push({ ports: left, state: portState(only!.state)!, reason });
  return { ranges, warnings };
}
