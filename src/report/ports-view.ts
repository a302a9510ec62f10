import type { Run } from '../model/run.ts';
import type { Component, Transport } from '../model/target.ts';

/** One open port (or one that may be), what was recognised on it and what the maker says of it. */
export interface PortRow {
  readonly component: string;
  readonly host: string;
  readonly transport: Transport;
  readonly port: number;
  readonly services: readonly string[];
  readonly declared: 'declared' | 'not declared' | 'nothing declared';
  /** The maker's reason for it. */
  readonly reason?: string;
}

/** How many ports of one address were found in each state. */
export interface PortCount {
  readonly component: string;
  readonly host: string;
  readonly transport: Transport;
  readonly open: number;
  readonly closed: number;
  readonly filtered: number;
  readonly silent: number;
}

/** Which list entries were tried on a service, out of how many. */
export interface CredentialRow {
  readonly attempt: string;
  readonly tried: number;
  readonly of: number;
  readonly matched: number;
}

const declaredBy = (component: Component | undefined, row: { transport: Transport; port: number }, seen: string[]) => {
  const services = component?.declares.services;
  if (!services) return { declared: 'nothing declared' as const };
  const match = services.find(({ port, transport, protocol }) => {
    if (transport !== row.transport) return false;
    if (port === 'dynamic') return protocol !== undefined && seen.includes(protocol);
    const [from, to] = typeof port === 'number' ? [port, port] : port.split('-').map(Number);
    return from !== undefined && to !== undefined && from <= row.port && row.port <= to;
  });
  return match ? { declared: 'declared' as const, reason: match.reason } : { declared: 'not declared' as const };
};

const by = <T>(...keys: ((row: T) => string | number)[]) => {
  return (a: T, b: T): number => {
    for (const key of keys) {
      const [x, y] = [key(a), key(b)];
      if (x !== y) return x < y ? -1 : 1;
    }
    return 0;
  };
};

/** The ports that were open in a run, by component, address, transport and number. */
export const openPorts = (run: Run): PortRow[] => {
  const services = new Map<string, { protocols: string[]; words: string[] }>();
  const open = new Map<string, { component: string; host: string; transport: Transport; port: number }>();
  for (const { component, endpoint, observations } of run.attempts) {
    for (const { fact } of observations) {
      if (fact.kind === 'port' && fact.state === 'open') {
        for (let port = fact.port; port <= (fact.to ?? fact.port); port++) {
          const row = { component, host: endpoint.host, transport: fact.transport, port };
          open.set(`${component} ${row.host} ${row.transport}/${port}`, row);
        }
      } else if (fact.kind === 'service' && endpoint.port !== undefined) {
        const key = `${component} ${endpoint.host} ${endpoint.transport ?? 'tcp'}/${endpoint.port}`;
        const at = services.get(key) ?? { protocols: [], words: [] };
        const product = [fact.product, fact.version].filter(Boolean).join(' ');
        const words = `${fact.protocol === 'unknown' ? 'not recognised' : fact.protocol}${
          fact.security === 'none' ? '' : ` over ${fact.security.toUpperCase()}`
        }${product ? `, ${product}` : ''}`;
        at.protocols.push(fact.protocol);
        if (!at.words.includes(words)) at.words.push(words);
        services.set(key, at);
      }
    }
  }
  return [...open]
    .map(([key, row]): PortRow => {
      const { protocols, words } = services.get(key) ?? { protocols: [], words: [] };
      const component = run.target.components.find(({ id }) => id === row.component);
      return { ...row, services: words, ...declaredBy(component, row, protocols) };
    })
    .sort(
      by(
        (row) => row.component,
        (row) => row.host,
        (row) => row.transport,
        (row) => row.port,
      ),
    );
};

const STATE_CODES = { closed: 1, filtered: 2, 'open-or-filtered': 3, open: 4 } as const;

/** How many ports were found in which state, an address and transport each; a port seen twice counts in its clearest state. */
export const portCounts = (run: Run): PortCount[] => {
  const seen = new Map<string, { component: string; host: string; transport: Transport; states: Uint8Array }>();
  for (const { component, endpoint, observations } of run.attempts) {
    for (const { fact } of observations) {
      if (fact.kind !== 'port') continue;
      const key = `${component} ${endpoint.host} ${fact.transport}`;
      const at = seen.get(key) ?? {
        component,
        host: endpoint.host,
        transport: fact.transport,
        states: new Uint8Array(65536),
      };
      seen.set(key, at);
      const code = STATE_CODES[fact.state];
      for (let port = fact.port; port <= (fact.to ?? fact.port); port++)
        at.states[port] = Math.max(at.states[port] ?? 0, code);
    }
  }
  return [...seen.values()]
    .map(({ states, ...row }) => {
      const n = (code: number) => states.reduce((sum, state) => sum + (state === code ? 1 : 0), 0);
      return { ...row, open: n(4), closed: n(1), filtered: n(2), silent: n(3) };
    })
    .sort(
      by(
        (row) => row.component,
        (row) => row.host,
        (row) => row.transport,
      ),
    );
};

/** Credential coverage, an attempt each. */
export const credentialRows = (run: Run): CredentialRow[] =>
  run.attempts.flatMap(({ id, credentials }) =>
    credentials
      ? [
          {
            attempt: id,
            tried: credentials.tried.length,
            of: credentials.matched.length + credentials.common.length + (credentials.unnamed ?? 0),
            matched: credentials.matched.length,
          },
        ]
      : [],
  );
