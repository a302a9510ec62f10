import type { Limits } from '../model/run.ts';
import { countPorts } from '../observe/discover/ports.ts';
import { excludedHosts } from '../observe/exclude.ts';
import type { Probe } from '../observe/probe.ts';
import { portsToAsk } from '../observe/scans.ts';
import type { Aimed } from './targets.ts';

/** Packets of a connect that is refused, and of one that is taken and closed. */
const PACKETS_A_PORT = 2;
/** A silent UDP port is asked twice. */
const PACKETS_A_UDP_PORT = 2;

export interface DryRun {
  readonly aimed: readonly Aimed[];
  readonly probes: readonly Probe[];
  readonly limits: Limits;
  readonly discovery: string;
  /** Entries of the list of default credentials. */
  readonly entries: number;
}

const seconds = (value: number): string => (value < 90 ? `${Math.ceil(value)} s` : `${Math.ceil(value / 60)} min`);

/** What a scan would send, how many packets at most, and how long: nothing is sent to find out. */
export const dryRun = ({ aimed, probes, limits, discovery, entries }: DryRun): string => {
  const lines = [`Nothing was sent. Port discovery: ${discovery}.`, ''];
  const excluded = excludedHosts(limits.exclude);
  let longest = 0;
  for (const { target } of aimed) {
    lines.push(
      `${target.id}: scope ${target.scope.join(', ')}; impact up to ${target.allow.impact}, allowed by ${target.allow.by}`,
    );
    for (const component of target.components) {
      const tcp = countPorts(portsToAsk(limits, component, 'tcp'));
      const udp = countPorts(portsToAsk(limits, component, 'udp'));
      const rate = component.fragile ? Math.min(500, limits.rate) : limits.rate;
      for (const address of component.addresses) {
        if (excluded(address)) {
          lines.push(`  ${component.id} ${address}: left out (--exclude)`);
          continue;
        }
        const packets = tcp * PACKETS_A_PORT + udp * PACKETS_A_UDP_PORT;
        const time = (tcp * PACKETS_A_PORT) / rate + udp * 2;
        longest = Math.max(longest, time);
        lines.push(
          `  ${component.id} ${address}: ${tcp} TCP and ${udp} UDP ports, about ${packets} packets at ${rate} a second, at least ${seconds(time)}`,
        );
      }
      if (component.addresses.length === 0) lines.push(`  ${component.id}: no address; out of reach`);
    }
    const lock = target.components
      .map((component) => component.declares.logins?.lock)
      .find((policy) => policy !== undefined);
    const perAccount =
      limits.loginBudget ??
      (lock === undefined ? '2 failures in a row for an account (nothing declared)' : JSON.stringify(lock));
    lines.push(
      `  logins: at most ${limits.loginsPerService} a service out of a list of ${entries}; budget: ${perAccount}`,
    );
  }
  lines.push('', `Then, on each open port, as far as they apply, ${limits.connections} connections at a time:`);
  for (const probe of probes) lines.push(`  ${probe.id.padEnd(18)} ${probe.impact.padEnd(10)} ${probe.title}`);
  lines.push(
    '',
    `${aimed.length} target(s), ${limits.devices} at a time; port discovery at least ${seconds(longest * Math.ceil(aimed.length / limits.devices))}; a device has ${seconds(limits.device / 1000)} at most.`,
  );
  return `${lines.join('\n')}\n`;
};
