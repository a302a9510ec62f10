import * as dgram from 'node:dgram';
import coap from 'coap';
import { afterEach, describe, expect, it } from 'vitest';
import { closedPort, type UdpHandler, udpServer } from '../../../test/kit/servers.ts';
import { readable, refusalOf, until, wireTo } from '../../../test/kit/wire.ts';
import { type Network, systemNetwork } from '../network.ts';
import type { Wire, WireOptions } from '../wire.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function against(handler: UdpHandler, options: Partial<WireOptions> = {}, host = '127.0.0.1'): Promise<Wire> {
  const server = await udpServer(handler, host);
  const wire = wireTo(server.port, { endpoint: { host, transport: 'udp', port: server.port }, ...options });
  ends.push(server.close, wire.close);
  return wire;
}

/** Sends from a socket of its own. */
async function stranger(host: string, bytes: string, to: { port: number; address: string }): Promise<number> {
  const socket = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4');
  await new Promise<void>((resolve) => socket.bind(0, host, resolve));
  const { port } = socket.address();
  await new Promise((resolve) => socket.send(bytes, to.port, to.address, resolve));
  ends.push(() => socket.close());
  return port;
}

describe('a datagram', () => {
  it.each(['127.0.0.1', '::1'])('is answered by %s', async (host) => {
    const wire = await against((message, answer) => answer(`echo ${message}`), {}, host);
    const datagram = await wire.datagram();
    await datagram.send(Buffer.from('hello'));
    const message = await datagram.receive();
    expect(message?.bytes.toString()).toBe('echo hello');
    expect(message?.from.address).toBe(host);
    expect(await datagram.receive({ wait: 20 })).toBeUndefined();
    datagram.close();
    expect(readable(wire.transcripts[0]!)).toMatchObject({
      transport: 'udp',
      entries: ['sent hello', 'received echo hello'],
      ended: 'closed by us',
    });
  });

  it('is answered from another port of the same host, and goes on there', async () => {
    const wire = await against((_message, _answer, from) => void stranger('127.0.0.1', 'from elsewhere', from));
    const datagram = await wire.datagram();
    await datagram.send(Buffer.from('read'));
    const message = await datagram.receive();
    expect(message?.bytes.toString()).toBe('from elsewhere');
    expect(message?.from.port).not.toBe(wire.transcripts[0]?.about.port);
    const other = await udpServer((ack, answer) => answer(`got ${ack}`));
    ends.push(other.close);
    await datagram.send(Buffer.from('ack'), other.port);
    expect((await datagram.receive())?.bytes.toString()).toBe('got ack');
  });

  it('is not answered by another host', async () => {
    const wire = await against(async (_message, answer, from) => {
      await stranger('127.0.0.9', 'not me', from);
      answer('me');
    });
    const datagram = await wire.datagram();
    await datagram.send(Buffer.from('who'));
    expect((await datagram.receive())?.bytes.toString()).toBe('me');
    expect(await datagram.receive({ wait: 20 })).toBeUndefined();
  });

  it.each(['127.0.0.1', '::1'])('is refused by a port that nobody has, on %s', async (host) => {
    const { port } = await closedPort(host);
    const wire = wireTo(port, { endpoint: { host, transport: 'udp', port } });
    ends.push(wire.close);
    const datagram = await wire.datagram();
    await datagram.send(Buffer.from('hello'));
    expect(await refusalOf(datagram.receive())).toMatchObject({ reason: 'refused' });
    expect(await refusalOf(datagram.send(Buffer.from('again')))).toMatchObject({ reason: 'refused' });
    expect(readable(wire.transcripts[0]!).entries.at(-1)).toContain('ECONNREFUSED');
  });

  it('that nobody answers is undefined in time', async () => {
    const wire = await against(() => {}, { wait: 10_000 });
    const datagram = await wire.datagram();
    await datagram.send(Buffer.from('hello'));
    const started = Date.now();
    expect(await datagram.receive({ wait: 50 })).toBeUndefined();
    expect(Date.now() - started).toBeLessThan(3000);
  });

  it('flood ends at the cap', async () => {
    const wire = await against(
      (_message, answer) => {
        for (let n = 0; n < 40; n++) answer(Buffer.alloc(1000));
      },
      { readBytes: 10_000 },
    );
    const datagram = await wire.datagram();
    await datagram.send(Buffer.from('hello'));
    let got = 0;
    const refusal = await refusalOf(
      (async () => {
        while (await datagram.receive()) got++;
      })(),
    );
    expect([got, refusal.reason]).toEqual([10, 'protocol']);
  });

  it('ends with the signal and with the wire', async () => {
    const abort = new AbortController();
    const wire = await against(() => abort.abort(), { signal: abort.signal });
    const datagram = await wire.datagram();
    await datagram.send(Buffer.from('hello'));
    expect(await refusalOf(datagram.receive({ wait: 10_000 }))).toMatchObject({ reason: 'aborted' });
    const other = await against(() => {});
    const closing = await other.datagram();
    const waiting = refusalOf(closing.receive({ wait: 10_000 }));
    other.close();
    expect(await waiting).toMatchObject({ reason: 'aborted' });
    expect(await refusalOf(other.datagram())).toMatchObject({ reason: 'aborted' });
  });

  it('never shares a local port with another, though the system gives one out twice', async () => {
    const asked: number[] = [];
    const network: Network = {
      ...systemNetwork,
      datagram(family) {
        const socket = systemNetwork.datagram(family);
        const bind = socket.bind.bind(socket);
        const again = asked.length > 0 && asked.length < 5 ? asked[0] : 0;
        socket.bind = ((port: number) => bind(port || again)) as typeof socket.bind;
        socket.once('listening', () => asked.push(socket.address().port));
        return socket;
      },
    };
    const wire = await against(() => {}, { network });
    const [first, second] = [await wire.datagram(), await wire.datagram()];
    expect(asked.filter((port) => port === asked[0]).length).toBeGreaterThan(2);
    expect(second.asSocket().address().port).not.toBe(first.asSocket().address().port);
  });

  it('does not mix up many pairs at once', async () => {
    const wire = await against((message, answer, from) => {
      answer(`own ${message}`);
      void stranger('127.0.0.1', `any ${message}`, from);
    });
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => {
        const datagram = await wire.datagram();
        await datagram.send(Buffer.from(String(n)));
        const both = [await datagram.receive({ wait: 2000 }), await datagram.receive({ wait: 2000 })];
        return both.map((m) => m?.bytes.toString()).sort();
      }),
    );
    expect(answers).toEqual(Array.from({ length: 60 }, (_, n) => [`any ${n}`, `own ${n}`]));
  });
});

describe('asSocket', () => {
  it('carries the coap client: plain and block-wise', async () => {
    const server = coap.createServer((request, response) => {
      response.end(request.url === '/big' ? Buffer.alloc(5000, 'b') : `you asked ${request.url}`);
    });
    const socket = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => server.listen(socket as never, () => resolve()));
    ends.push(() => server.close());
    const bound = socket.address().port;
    const wire = wireTo(bound, { endpoint: { host: '127.0.0.1', transport: 'udp', port: bound } });
    ends.push(wire.close);
    const datagram = await wire.datagram();
    const agent = new coap.Agent({ socket: datagram.asSocket() });
    const get = (pathname: string) =>
      new Promise<string>((resolve, reject) => {
        const request = agent.request({ host: '127.0.0.1', port: bound, pathname });
        request.on('error', reject);
        request.on('response', (response) => resolve(response.payload.toString()));
        request.end();
      });
    expect(await get('/light')).toBe('you asked /light');
    expect(await get('/big')).toBe('b'.repeat(5000));
  });

  it('tells a library of a refusal', async () => {
    const { port } = await closedPort();
    const wire = wireTo(port, { endpoint: { host: '127.0.0.1', transport: 'udp', port } });
    ends.push(wire.close);
    const socket = (await wire.datagram()).asSocket();
    const failed = new Promise((resolve) => socket.once('error', resolve));
    socket.send(Buffer.from('hello'));
    expect(await failed).toMatchObject({ reason: 'refused' });
  });

  it('sends to no other host, takes every form of send, and closes', async () => {
    const got: string[] = [];
    const wire = await against((message) => got.push(message.toString()));
    const socket = (await wire.datagram()).asSocket();
    const to = wire.transcripts[0]!.about.port;
    const sent = (...args: unknown[]) =>
      new Promise((resolve) => (socket.send as (...a: unknown[]) => void)(...args, (error: unknown) => resolve(error)));
    expect(await sent(Buffer.from('..one..'), 2, 3, to, '127.0.0.1')).toBeNull();
    expect(await sent('two', to, '127.0.0.1')).toBeNull();
    expect(await sent([Buffer.from('thr'), Buffer.from('ee')])).toBeNull();
    expect(await sent('four', to, '127.0.0.2')).toMatchObject({ reason: 'scope' });
    await until(() => got.length === 3);
    expect(got).toEqual(['one', 'two', 'three']);
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    expect(await sent('five')).toMatchObject({ reason: 'aborted' });
  });
});
