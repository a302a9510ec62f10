import * as dgram from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { CannotTell, type Datagram, type DatagramMessage } from '../probe.ts';
import { anyPortPayloads, payloadsOf, UDP_PORTS } from '../protocols/udp-payloads.ts';
import { portRanges } from './ports.ts';
import { type UdpRequest, udpScan } from './udp.ts';

type Port = (send: Buffer, time: number) => 'answer' | 'silent' | 'late' | CannotTell;

const refused = (): CannotTell => new CannotTell('refused', 'port unreachable');

interface Pretended {
  request: UdpRequest;
  sends: { port: number; bytes: Buffer; at: number }[];
  open: () => number;
}

/** A host whose UDP ports behave as told. Time passes only where the scan sleeps. */
function pretend(ports: Record<number, Port>, more: Partial<UdpRequest> = {}): Pretended {
  const sends: Pretended['sends'] = [];
  const times = new Map<number, number>();
  let at = 0;
  let open = 0;
  const datagram = async (port: number): Promise<Datagram> => {
    open++;
    const queue: (DatagramMessage | CannotTell)[] = [];
    return {
      send: async (bytes) => {
        sends.push({ port, bytes, at });
        const time = (times.get(port) ?? 0) + 1;
        times.set(port, time);
        const said = ports[port]?.(bytes, time) ?? 'silent';
        if (said === 'answer') queue.push({ bytes: Buffer.from('x'), from: { address: '198.18.0.1', port } });
        else if (said instanceof CannotTell) queue.push(said);
      },
      receive: async () => {
        const next = queue.shift();
        if (next instanceof CannotTell) throw next;
        return next;
      },
      asSocket: () => {
        throw new Error('not used');
      },
      close: () => {
        open--;
      },
    };
  };
  const request: UdpRequest = {
    host: '198.18.0.1',
    ports: portRanges(Object.keys(ports).map(Number)),
    datagram,
    wait: 200,
    sleep: async (milliseconds) => {
      // What was begun before time passes is sent before.
      await new Promise(setImmediate);
      at += milliseconds;
    },
    signal: new AbortController().signal,
    random: (bytes) => Buffer.alloc(bytes, 7),
    ...more,
  };
  return { request, sends, open: () => open };
}

async function collect(request: UdpRequest) {
  const facts: string[] = [];
  const warnings: string[] = [];
  let error: CannotTell | undefined;
  try {
    for await (const event of udpScan(request)) {
      if ('warning' in event) warnings.push(event.warning);
      else if ('fact' in event) {
        expect([event.fact.transport, event.fact.by, event.fact.to]).toEqual(['udp', 'payload', undefined]);
        facts.push(`${event.fact.port} ${event.fact.state} ${event.fact.reason}`);
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof CannotTell)) throw thrown;
    error = thrown;
  }
  return { facts, warnings, error };
}

describe('what a UDP port shows', () => {
  it.each<[string, Port, string]>([
    ['an answer', () => 'answer', '161 open answer'],
    ['an answer to the second asking', (_, time) => (time === 2 ? 'answer' : 'silent'), '161 open answer'],
    ['a port unreachable', refused, '161 closed port-unreach'],
    [
      'a port unreachable to the second asking',
      (_, time) => (time === 2 ? refused() : 'silent'),
      '161 closed port-unreach',
    ],
    ['silence', () => 'silent', '161 open-or-filtered no-response'],
    ['an unreachable host', () => new CannotTell('timeout', 'EHOSTUNREACH'), '161 open-or-filtered no-response'],
  ])('%s', async (_, port, expected) => {
    const { request, open } = pretend({ 161: port });
    expect(await collect(request)).toEqual({ facts: [expected], warnings: [], error: undefined });
    expect(open()).toBe(0);
  });

  it.each(anyPortPayloads.map(({ name }, index) => [name, index] as const))(
    'a port of no known service that answers %s only',
    async (_, index) => {
      const bytes = anyPortPayloads[index]!.build((length) => Buffer.alloc(length, 7));
      const { request } = pretend({ 9999: (sent) => (sent.equals(bytes) ? 'answer' : 'silent') });
      expect((await collect(request)).facts).toEqual(['9999 open answer']);
    },
  );

  it('stops sending once it is refused', async () => {
    const { request, sends } = pretend({ 9999: refused });
    await collect(request);
    expect(sends).toHaveLength(1);
  });

  it('a port that could not be asked gets no fact, and a warning', async () => {
    const { request } = pretend({ 53: () => 'answer', 161: () => new CannotTell('unsupported', 'EMFILE') });
    expect(await collect(request)).toEqual({
      facts: ['53 open answer'],
      warnings: ['UDP port 161 of 198.18.0.1 was not settled: EMFILE'],
      error: undefined,
    });
  });

  it('where no port could be asked, the scan could not be carried out', async () => {
    const { request } = pretend({ 161: () => new CannotTell('scope', 'outside') });
    const { facts, error } = await collect(request);
    expect([facts, error?.reason]).toEqual([[], 'scope']);
  });
});

describe('pace', () => {
  it('sends a burst of five, then one a second; a silent port is asked again no sooner than a second later', async () => {
    const { request, sends } = pretend(Object.fromEntries(UDP_PORTS.map((port) => [port, () => 'silent' as const])));
    const { facts } = await collect(request);
    expect(facts).toEqual([...UDP_PORTS].sort((a, b) => a - b).map((port) => `${port} open-or-filtered no-response`));
    const times = [...new Set(sends.map(({ at }) => at))];
    expect(sends.filter(({ at }) => at === 0).length).toBeGreaterThanOrEqual(5);
    expect(new Set(sends.filter(({ at }) => at === 0).map(({ port }) => port)).size).toBe(5);
    for (const [index, at] of times.entries())
      if (index > 0) expect(at - times[index - 1]!).toBeGreaterThanOrEqual(1000);
    for (const port of UDP_PORTS) {
      const of = sends.filter((send) => send.port === port);
      expect(of).toHaveLength(2 * payloadsOf(port).length);
      expect(of.at(-1)!.at - of[0]!.at).toBeGreaterThanOrEqual(1000);
    }
  });

  it('asks no settled port again', async () => {
    const { request, sends } = pretend({ 123: () => 'answer', 161: refused });
    await collect(request);
    expect(sends).toHaveLength(2);
  });
});

describe('abort', () => {
  it('gives what was settled, and leaves the rest uncovered', async () => {
    const abort = new AbortController();
    const { request, open } = pretend(
      Object.fromEntries(
        UDP_PORTS.map((port) => [port, () => (port === 53 ? 'answer' : 'silent') as 'answer' | 'silent']),
      ),
      {
        signal: abort.signal,
        sleep: () => {
          abort.abort();
          return Promise.reject(abort.signal.reason);
        },
      },
    );
    const { facts, error } = await collect(request);
    expect([facts, error?.reason]).toEqual([['53 open answer'], 'aborted']);
    expect(open()).toBe(0);
  });

  it('before the start sends nothing', async () => {
    const { request, sends } = pretend({ 161: () => 'answer' }, { signal: AbortSignal.abort() });
    const { facts, error } = await collect(request);
    expect([facts, error?.reason, sends]).toEqual([[], 'aborted', []]);
  });
});

describe('on loopback', () => {
  const sockets: dgram.Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close();
  });
  const bind = async (): Promise<dgram.Socket> => {
    const socket = dgram.createSocket('udp4');
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
    return socket;
  };

  it('tells an answering, a silent and a closed port apart', async () => {
    const [answers, silent, closed] = [await bind(), await bind(), await bind()];
    sockets.push(answers, silent);
    answers.on('message', (message, from) => answers.send(message, from.port, from.address));
    const [open, quiet, gone] = [answers.address().port, silent.address().port, closed.address().port];
    await new Promise<void>((done) => closed.close(done));
    const { facts, error } = await collect({
      host: '127.0.0.1',
      ports: portRanges([open, quiet, gone]),
      datagram: connected,
      wait: 200,
      sleep: async () => undefined,
      signal: new AbortController().signal,
      random: (bytes) => Buffer.alloc(bytes, 7),
    });
    expect(error).toBeUndefined();
    expect(facts.toSorted()).toEqual(
      [`${open} open answer`, `${quiet} open-or-filtered no-response`, `${gone} closed port-unreach`].toSorted(),
    );
  });
});

/** A connected socket as a Datagram, in a few lines: the wire has the real one. */
async function connected(port: number): Promise<Datagram> {
  const socket = dgram.createSocket('udp4');
  const queue: (DatagramMessage | CannotTell)[] = [];
  let wake = (): void => {};
  const push = (one: DatagramMessage | CannotTell): void => {
    queue.push(one);
    wake();
  };
  socket.on('message', (bytes, from) => push({ bytes, from }));
  socket.on('error', () => push(refused()));
  await new Promise<void>((done) => socket.connect(port, '127.0.0.1', done));
  return {
    send: (bytes) =>
      new Promise<void>((resolve, reject) => socket.send(bytes, (error) => (error ? reject(refused()) : resolve()))),
    receive: async ({ wait = 200 } = {}) => {
      if (queue.length === 0) {
        await new Promise<void>((done) => {
          wake = done;
          setTimeout(done, wait);
        });
      }
      const next = queue.shift();
      if (next instanceof CannotTell) throw next;
      return next;
    },
    asSocket: () => socket,
    close: () => socket.close(),
  };
}
