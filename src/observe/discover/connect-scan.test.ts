import { EventEmitter } from 'node:events';
import * as net from 'node:net';
import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import type { FactOf } from '../../model/fact.ts';
import { type Network, systemNetwork } from '../network.ts';
import { CannotTell } from '../probe.ts';
import { connectScan } from './connect-scan.ts';
import type { ScanEvent, ScanRequest } from './discovery.ts';
import { hasPort, parsePorts, quickPorts, subtractPorts, unionPorts } from './ports.ts';

type Behaviour = 'open' | 'silent' | 'self' | 'ECONNREFUSED' | 'EHOSTUNREACH' | 'EMFILE' | (string & {});

class FakeSocket extends EventEmitter {
  localAddress = '198.18.0.9';
  localPort = 40000;
  remoteAddress = '198.18.0.1';
  destroyed = false;
  wasReset = false;
  constructor(
    readonly remotePort: number,
    readonly gone: () => void,
  ) {
    super();
  }
  destroy(): this {
    if (!this.destroyed) this.gone();
    this.destroyed = true;
    return this;
  }
  resetAndDestroy(): this {
    this.wasReset = true;
    return this.destroy();
  }
}

/** A network whose ports behave as told: by port, and the how-manieth time it is asked. */
function pretend(behave: (port: number, time: number, asked: number) => Behaviour) {
  const times = new Map<number, number>();
  const sockets: FakeSocket[] = [];
  const seen = { asked: 0, inFlight: 0, most: 0, sockets, times };
  const network: Network = {
    ...systemNetwork,
    connect({ port }) {
      const time = (times.get(port) ?? 0) + 1;
      times.set(port, time);
      seen.asked++;
      seen.inFlight++;
      seen.most = Math.max(seen.most, seen.inFlight);
      const socket = new FakeSocket(port, () => {
        seen.inFlight--;
      });
      const behaviour = behave(port, time, seen.asked);
      if (behaviour === 'open') sockets.push(socket);
      setImmediate(() => {
        if (socket.destroyed || behaviour === 'silent') return;
        if (behaviour === 'self') Object.assign(socket, { localAddress: '198.18.0.1', localPort: port });
        if (behaviour === 'open' || behaviour === 'self') socket.emit('connect');
        else socket.emit('error', Object.assign(new Error(behaviour), { code: behaviour }));
      });
      return socket as unknown as net.Socket;
    },
  };
  return { network, seen };
}

const request = (more: Partial<ScanRequest>): ScanRequest => ({
  host: '198.18.0.1',
  ports: parsePorts('1-100'),
  rate: 1_000_000,
  connectsInFlight: 100,
  wait: 200,
  signal: new AbortController().signal,
  ...more,
});

interface Collected {
  facts: string[];
  warnings: string[];
  error: CannotTell | undefined;
}

const line = (fact: FactOf<'port'>): string =>
  `${fact.port}${fact.to ? `-${fact.to}` : ''} ${fact.state} ${fact.reason}`;

async function collect(events: AsyncIterable<ScanEvent>): Promise<Collected> {
  const out: Collected = { facts: [], warnings: [], error: undefined };
  try {
    for await (const event of events) {
      if ('fact' in event) {
        expect(event.fact.by).toBe('connect');
        out.facts.push(line(event.fact));
      } else if ('warning' in event) out.warnings.push(event.warning);
    }
  } catch (error) {
    if (!(error instanceof CannotTell)) throw error;
    out.error = error;
  }
  return out;
}

const scan = (behave: Parameters<typeof pretend>[0], more: Partial<ScanRequest> = {}) =>
  collect(connectScan({ network: pretend(behave).network }).scan(request(more)));

describe('what a connect shows', () => {
  it.each<[string, Behaviour, string]>([
    ['a listener', 'open', '7 open syn-ack'],
    ['a listener that resets at once', 'ECONNRESET', '7 open syn-ack'],
    ['a listener that closes and resets at once', 'EPIPE', '7 open syn-ack'],
    ['a refusal', 'ECONNREFUSED', ''],
    ['an unreachable host', 'EHOSTUNREACH', '7 filtered host-unreach'],
    ['an unreachable network', 'ENETUNREACH', '7 filtered net-unreach'],
    ['a prohibition', 'EACCES', '7 filtered admin-prohibited'],
    ["the system's own timeout", 'ETIMEDOUT', '7 filtered no-response'],
    ['silence', 'silent', '7 filtered no-response'],
    ['itself', 'self', '7 closed self-connection'],
  ])('%s', async (_, behaviour, expected) => {
    const { facts, warnings, error } = await scan((port) => (port === 7 ? behaviour : 'ECONNREFUSED'));
    expect(error).toBeUndefined();
    expect(warnings).toEqual([]);
    const closed = ['1-6 closed conn-refused', '8-100 closed conn-refused'];
    const all = expected === '' ? ['1-100 closed conn-refused'] : [...closed, expected];
    expect(facts.toSorted()).toEqual(all.toSorted());
  });

  it('asks a self-connection again: another source port shows what is there', async () => {
    const { facts } = await scan((port, time) => (port === 7 && time === 1 ? 'self' : 'ECONNREFUSED'));
    expect(facts).toEqual(['1-100 closed conn-refused']);
  });

  it('asks a silent port once more and takes the second answer', async () => {
    const { facts } = await scan((port, time) => (port === 7 && time === 1 ? 'silent' : 'ECONNREFUSED'));
    expect(facts).toEqual(['1-100 closed conn-refused']);
  });

  it('closes what opened with a reset, and nothing stays in flight', async () => {
    const { network, seen } = pretend((port) => (port % 10 === 0 ? 'open' : 'ECONNREFUSED'));
    await collect(connectScan({ network }).scan(request({})));
    expect(seen.sockets.filter((socket) => socket.wasReset)).toHaveLength(10);
    expect(seen.inFlight).toBe(0);
  });
});

describe('limits', () => {
  it('keeps to the connects in flight', async () => {
    const { network, seen } = pretend(() => 'ECONNREFUSED');
    await collect(connectScan({ network }).scan(request({ ports: [[1, 2000]], connectsInFlight: 17 })));
    expect(seen.most).toBe(17);
    expect(seen.asked).toBe(2000);
  });

  it('keeps to the rate', async () => {
    const started = performance.now();
    const { error } = await scan(() => 'ECONNREFUSED', { ports: [[1, 330]], rate: 1000 });
    expect(error).toBeUndefined();
    // 330 at 1,000 a second, less the first burst of 50.
    expect(performance.now() - started).toBeGreaterThan(270);
  });

  it('asks the common ports first', async () => {
    const order: number[] = [];
    await scan(
      (port) => {
        order.push(port);
        return 'ECONNREFUSED';
      },
      { ports: [[1, 1000]] },
    );
    const firstOther = order.findIndex((port) => !hasPort(quickPorts, port));
    expect(firstOther).toBeGreaterThan(50);
    expect(order.slice(firstOther).some((port) => hasPort(quickPorts, port))).toBe(false);
    expect(new Set(order).size).toBe(1000);
  });
});

describe('trouble of our own', () => {
  it.each(['EMFILE', 'EADDRNOTAVAIL', 'ENOBUFS', 'EPERM'])('%s that passes is waited out', async (code) => {
    const { facts, warnings } = await scan((port, time) => (port < 20 && time < 3 ? code : 'ECONNREFUSED'));
    expect(facts).toEqual(['1-100 closed conn-refused']);
    expect(warnings).toEqual([]);
  });

  it('that stays leaves those ports uncovered, with a warning', async () => {
    const { facts, warnings, error } = await scan((port) => ([7, 8, 50].includes(port) ? 'EMFILE' : 'ECONNREFUSED'));
    expect(error).toBeUndefined();
    expect(facts).toEqual(['1-6 closed conn-refused', '9-49 closed conn-refused', '51-100 closed conn-refused']);
    expect(warnings).toEqual(['This machine could not ask (EMFILE): ports 7-8,50']);
  });
});

describe('silence is never an answer', () => {
  it('a host that never answers covers nothing', async () => {
    const { facts, error } = await scan(() => 'silent');
    expect(facts).toEqual([]);
    expect(error?.reason).toBe('timeout');
    expect(error?.message).toContain('answered on none');
  });

  it('a host that some ports show unreachable after a while ends the scan early', async () => {
    const { network, seen } = pretend((port, time) => (time === 1 || port > 100 ? 'silent' : 'EHOSTUNREACH'));
    const { error } = await collect(connectScan({ network }).scan(request({ ports: [[1, 1000]] })));
    expect(error?.reason).toBe('timeout');
    expect(error?.message).toContain('unreachable');
    expect(seen.asked).toBeLessThan(600);
  });

  it('one open port behind a firewall that drops is found, and the rest is filtered', async () => {
    const { facts, error } = await scan((port) => (port === 250 ? 'open' : 'silent'), {
      ports: [[1, 300]],
      connectsInFlight: 500,
    });
    expect(error).toBeUndefined();
    expect(facts).toEqual(['250 open syn-ack', '1-249 filtered no-response', '251-300 filtered no-response']);
  });

  it('a host that dies half-way keeps what it said; the rest is uncovered', async () => {
    const { facts, error } = await scan(
      (port, _, asked) => {
        if (asked > 60) return 'silent';
        return port === 22 ? 'open' : 'ECONNREFUSED';
      },
      { ports: parsePorts('22,300-400'), connectsInFlight: 10 },
    );
    expect(facts).toEqual([
      '22 open syn-ack',
      expect.stringMatching(/^300-3\d\d closed conn-refused$/),
      '389 closed conn-refused',
    ]);
    expect(error?.reason).toBe('timeout');
    expect(error?.message).toContain('stopped answering');
  });

  it('a host that leaves and then is unreachable is not a host that filters', async () => {
    const { facts, error } = await scan(
      (port, _, asked) => (asked > 60 ? 'EHOSTUNREACH' : port === 22 ? 'open' : 'ECONNREFUSED'),
      { ports: parsePorts('22,300-400'), connectsInFlight: 10 },
    );
    expect(facts.some((fact) => fact.includes('filtered'))).toBe(false);
    expect(error?.message).toContain('stopped answering');
  });

  it('a firewall that answers unreachable for all is no host that answers', async () => {
    const { facts, error } = await scan(() => 'EHOSTUNREACH');
    expect(facts).toEqual([]);
    expect(error?.reason).toBe('timeout');
  });
});

describe('abort', () => {
  it('ends at once, with what was seen so far', async () => {
    const abort = new AbortController();
    const { network, seen } = pretend((port) => {
      if (port === 22) return 'open';
      return port < 5000 ? 'ECONNREFUSED' : 'silent';
    });
    const started = performance.now();
    const events = connectScan({ network }).scan(request({ ports: [[1, 65535]], wait: 60_000, signal: abort.signal }));
    const facts: string[] = [];
    await expect(
      (async () => {
        for await (const event of events) {
          if (!('fact' in event)) continue;
          facts.push(line(event.fact));
          if (event.fact.state === 'open') setTimeout(() => abort.abort(), 100);
        }
      })(),
    ).rejects.toMatchObject({ name: 'CannotTell', reason: 'aborted' });
    expect(performance.now() - started).toBeLessThan(2000);
    expect(facts[0]).toBe('22 open syn-ack');
    expect(facts.slice(1).every((fact) => fact.endsWith('closed conn-refused'))).toBe(true);
    expect(facts.length).toBeGreaterThan(1);
    expect(seen.inFlight).toBe(0);
  });

  it('nothing is asked any more once the reader has left', async () => {
    const { network, seen } = pretend((port) => (port === 22 ? 'open' : 'silent'));
    for await (const event of connectScan({ network }).scan(request({ ports: [[1, 65535]], wait: 60_000 }))) {
      if ('fact' in event) break;
    }
    const asked = seen.asked;
    await new Promise(setImmediate);
    expect([seen.inFlight, seen.asked]).toEqual([0, asked]);
  });

  it('before the start asks nothing', async () => {
    const { network, seen } = pretend(() => 'open');
    const { facts, error } = await collect(connectScan({ network }).scan(request({ signal: AbortSignal.abort() })));
    expect([facts, error?.reason, seen.asked]).toEqual([[], 'aborted', 0]);
  });
});

describe('on loopback', () => {
  const servers: net.Server[] = [];
  afterEach(async () => {
    for (const server of servers.splice(0)) await new Promise((done) => server.close(done));
  });
  const listen = async (host: string): Promise<number> => {
    const server = net.createServer((socket) => socket.on('error', () => socket.destroy()));
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, host, done));
    return (server.address() as net.AddressInfo).port;
  };

  it.each(['127.0.0.1', '::1'])('finds what listens on %s, and no connection to itself', async (host) => {
    const open = [await listen(host), await listen(host), await listen(host)].sort((a, b) => a - b);
    const ports = unionPorts(open.map((port) => [port, Math.min(65535, port + 700)] as const));
    // Other tests of this machine listen on loopback at the same time, so what was connected to is noted as it happens.
    const listening = new Set<number>();
    const network: Network = {
      ...systemNetwork,
      connect: (to) =>
        systemNetwork.connect(to).prependListener('connect', function (this: net.Socket) {
          if (this.localPort !== to.port) listening.add(to.port);
        }),
    };
    const { facts, warnings, error } = await collect(
      connectScan({ network }).scan(request({ host, ports, connectsInFlight: 500 })),
    );
    expect(error).toBeUndefined();
    expect(warnings).toEqual([]);
    const seen = facts.filter((fact) => fact.includes('open')).map((fact) => Number(fact.split(' ')[0]));
    expect(seen).toEqual(expect.arrayContaining(open));
    expect(seen.filter((port) => !listening.has(port))).toEqual([]);
    expect(subtractPorts(ports, parsePorts(facts.map((fact) => fact.split(' ')[0]).join(',')))).toEqual([]);
  });
});
