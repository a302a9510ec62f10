import { oneLine } from './text.ts';

/** One answer to M-SEARCH (UPnP Device Architecture 2.0, 1.3.3). */
export interface SsdpAnswer {
  readonly location?: string;
  readonly server?: string;
  readonly usn?: string;
}

/** Reads an answer to M-SEARCH, or a NOTIFY; undefined for anything else. */
export function readSsdp(bytes: Buffer): SsdpAnswer | undefined {
  const lines = bytes.toString('latin1', 0, 4096).split(/\r?\n/, 64);
  if (!/^(HTTP\/1\.[01] 200\b|NOTIFY \* HTTP\/1\.[01])/.test(lines[0] ?? '')) return undefined;
  const value = (name: string): string | undefined => {
    const line = lines.find((each) => each.slice(0, name.length + 1).toLowerCase() === `${name}:`);
    return line === undefined ? undefined : oneLine(line.slice(name.length + 1), 1000) || undefined;
  };
  if (!['st', 'nt', 'usn'].some((name) => value(name) !== undefined)) return undefined;
  const [location, server, usn] = [value('location'), value('server'), value('usn')];
  return { ...(location && { location }), ...(server && { server }), ...(usn && { usn }) };
}
