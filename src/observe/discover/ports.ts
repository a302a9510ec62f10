import type { PortRanges } from './discovery.ts';

type Range = readonly [number, number];

/** Every TCP or UDP port but 0. */
export const ALL_PORTS: PortRanges = [[1, 65535]];

/** Ascending, apart, and neighbours joined, whatever order and overlap they came in. */
function normalise(ranges: Iterable<Range>): PortRanges {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const out: [number, number][] = [];
  for (const [first, last] of sorted) {
    const previous = out.at(-1);
    if (previous && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else out.push([first, last]);
  }
  return out;
}

/**
 * Reads `22,80,8000-8010`: ports and inclusive ranges of 1-65535, in any order, overlaps joined.
 * Throws an Error that names the part it could not read and what was expected.
 */
export function parsePorts(text: string): PortRanges {
  const ranges: Range[] = [];
  for (const part of text.split(',')) {
    const match = /^\s*(\d{1,6})(?:-(\d{1,6}))?\s*$/.exec(part);
    if (!match) {
      throw new Error(
        `Cannot read ports "${shorten(text)}": "${shorten(part.trim())}" is not a port or a range such as 8000-8010`,
      );
    }
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    for (const port of [first, last]) {
      if (port < 1 || port > 65535)
        throw new Error(`Cannot read ports "${shorten(text)}": port ${port} is not in 1-65535`);
    }
    if (first > last) {
      throw new Error(
        `Cannot read ports "${shorten(text)}": range ${first}-${last} goes down; expected ${last}-${first}`,
      );
    }
    ranges.push([first, last]);
  }
  return normalise(ranges);
}

const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);

/** Writes ranges as `parsePorts` reads them; of no ports, an empty string. */
export const formatPorts = (ranges: PortRanges): string =>
  ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');

/** Ranges of single ports, in any order. */
export const portRanges = (ports: Iterable<number>): PortRanges =>
  normalise([...ports].map((port) => [port, port] as const));

export const unionPorts = (...several: PortRanges[]): PortRanges => normalise(several.flat());

/** The ports of `from` that are not in `without`. */
export function subtractPorts(from: PortRanges, without: PortRanges): PortRanges {
  const out: [number, number][] = [];
  let at = 0;
  for (const [first, last] of from) {
    let next = first;
    while (at > 0 && without[at - 1]![1] >= first) at--;
    while (at < without.length && without[at]![1] < next) at++;
    for (; at < without.length && without[at]![0] <= last; at++) {
      const [gone, until] = without[at]!;
      if (gone > next) out.push([next, gone - 1]);
      next = Math.max(next, until + 1);
    }
    if (next <= last) out.push([next, last]);
  }
  return out;
}

export const intersectPorts = (a: PortRanges, b: PortRanges): PortRanges => subtractPorts(a, subtractPorts(a, b));

/** How many ports. */
export const countPorts = (ranges: PortRanges): number =>
  ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);

export const hasPort = (ranges: PortRanges, port: number): boolean =>
  ranges.some(([first, last]) => first <= port && port <= last);

/** Each port, ascending. */
export function* eachPort(ranges: PortRanges): Generator<number> {
  for (const [first, last] of ranges) for (let port = first; port <= last; port++) yield port;
}

/**
 * TCP ports of the quick pass: what services of small devices listen on, by IANA's service names and makers' manuals.
 * It decides only what is asked first, never what is asked.
 */
export const quickPorts: PortRanges = parsePorts(
  [
    '7,9,13,17,19,20-23,25,26,37,53,69,70,79-85,88,102,110,111,113,119,135,139,143,161,179', // echo to BGP
    '389,443-445,465,502,512-515,548,554,587,631,636,771,789,830,873,880,888,902,990,992,993,995', // LDAP, HTTPS, SMB, Modbus, r-services, LPD, RTSP, IPP, NETCONF, rsync
    '1023,1080,1099,1234,1433,1443,1521,1723,1883,1900,1911,1962,2000,2022,2048,2049,2082,2222,2323,2332,2375,2379,2404', // shells, MQTT, Fox, PPTP, NFS, Docker, IEC 104
    '3000,3001,3128,3260,3306,3310,3333,3389,3690,4000,4022,4040,4321,4433,4443,4444,4567,4711,4786,4840,4848,4911', // web consoles, databases, RDP, OPC UA, Fox over TLS
    '5000-5002,5006,5007,5022,5037,5060,5061,5094,5222,5357,5432,5540,5555,5601,5666,5671,5672,5683,5684,5800,5900,5901,5985', // UPnP, SIP, HART-IP, ADB, AMQP, CoAP over TCP, VNC
    '6000,6379,6443,6666-6668,7000,7001,7070,7443,7547,7548,7681,7777,8000-8002,8008-8010,8022,8060,8069,8080-8091,8096', // X11, Redis, Tuya, CWMP, ttyd, web consoles
    '8123,8181,8200,8222,8291,8443,8444,8554,8728,8729,8765,8800,8883,8884,8888-8890,8899,9000-9002,9009,9010,9080,9090,9100,9123', // Home Assistant, MQTT over TLS, RTSP, printers
    '9200,9229,9443,9527,9530,9600,9876,9898,9999,10000,10001,10554,11211,18080,20000,20880,23023,25565,27017,32400', // Node inspector, DVR consoles, DNP3, memcached, MongoDB
    '34567,34599,37215,37777,44818,47808,49152-49156,49494,50000,50100,51413,52869,54321,55443,60000,61613,62078,65000', // DVRs, EtherNet/IP, UPnP, lights
  ].join(','),
);
