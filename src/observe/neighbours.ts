import * as fs from 'node:fs';

const TABLE = '/proc/net/arp';

/** Flags of an entry that is complete (ATF_COM of Linux' if_arp.h). */
const COMPLETE = 0x2;

/** `<address> <type> <flags> <MAC> <mask> <device>`, a line each below a head (proc(5)). */
const parsed = (table: string): Map<string, string> =>
  new Map(
    table
      .split('\n')
      .slice(1)
      .flatMap((line): [string, string][] => {
        const [address, , flags, mac] = line.trim().split(/\s+/);
        const whole = address !== undefined && mac !== undefined && (Number(flags) & COMPLETE) !== 0;
        return whole && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac) ? [[address, mac.toLowerCase()]] : [];
      }),
  );

const read = (): string => {
  try {
    return fs.readFileSync(TABLE, 'utf8');
  } catch {
    // Not Linux, or not ours to read: nothing is known of neighbours then, and nothing is said.
    return '';
  }
};

/**
 * The MAC addresses of those addresses that are on the tester's own segment, from the system's ARP table (RFC 826). A
 * MAC that stands for several of its addresses is left out: somebody answers for others there (proxy ARP, RFC 1027).
 */
export const neighboursOf = (addresses: readonly string[], table: string = read()): Record<string, string> => {
  const all = parsed(table);
  const count = new Map<string, number>();
  for (const mac of all.values()) count.set(mac, (count.get(mac) ?? 0) + 1);
  return Object.fromEntries(
    addresses.flatMap((address): [string, string][] => {
      const mac = all.get(address);
      return mac === undefined || count.get(mac) !== 1 ? [] : [[address, mac]];
    }),
  );
};
