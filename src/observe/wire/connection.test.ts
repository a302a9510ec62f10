import * as net from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { closedPort, type Server, type TcpHandler, tcpServer } from '../../../test/kit/servers.ts';
import { readable, refusalOf, until, wireTo } from '../../../test/kit/wire.ts';
import { systemClock } from '../clock.ts';
import { systemNetwork } from '../network.ts';
import { CannotTell } from '../probe.ts';
import { createScope } from '../scope.ts';
import { createSemaphore, type Wire, type WireOptions } from '../wire.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function against(
  handler: TcpHandler,
  options: Partial<WireOptions> = {},
): Promise<{ wire: Wire; server: Server }> {
  const server = await tcpServer(handler);
  const wire = wireTo(server.port, options);
  ends.push(server.close, wire.close);
  return { wire, server };
}

const resetsWhenAsked: TcpHandler = (s) => s.once('data', () => s.write('half', () => s.resetAndDestroy()));
const newline = (bytes: Buffer) => bytes.includes(10);

describe('receive', () => {
  it('ends as soon as the condition holds, and keeps the rest for the next call', async () => {
    const { wire } = await against((s) => s.write('one\ntwo\nthree'));
    const connection = await wire.dial();
    const first = await connection.receive({ until: newline, cap: 4 });
    expect([first.bytes.toString(), first.ended]).toEqual(['one\n', 'until']);
    const second = await connection.receive({ until: (b) => b.includes('three') });
    expect([second.bytes.toString(), second.ended]).toEqual(['two\nthree', 'until']);
  });

  it('says closed, with what came before', async () => {
    const { wire } = await against((s) => s.end('bye'));
    const connection = await wire.dial();
    expect(await connection.receive()).toEqual({ bytes: Buffer.from('bye'), ended: 'closed' });
    expect(await connection.receive()).toEqual({ bytes: Buffer.alloc(0), ended: 'closed' });
    expect(readable(wire.transcripts[0]!)).toMatchObject({
      entries: ['note connected', 'received bye'],
      ended: 'closed by the peer',
    });
  });

  it('times out on a stall, with what came before', async () => {
    const { wire } = await against((s) => s.write('half'), { wait: 10_000 });
    const connection = await wire.dial();
    const started = Date.now();
    expect(await connection.receive({ until: newline, wait: 60 })).toEqual({
      bytes: Buffer.from('half'),
      ended: 'timeout',
    });
    expect(Date.now() - started).toBeLessThan(3000);
  });

  it('times out on a drip: the time is for the whole answer', async () => {
    const { wire } = await against((s) => {
      const drip = setInterval(() => s.write('x'), 10);
      s.on('close', () => clearInterval(drip));
    });
    const connection = await wire.dial();
    const started = Date.now();
    const { bytes, ended } = await connection.receive({ wait: 120 });
    expect(ended).toBe('timeout');
    expect(bytes.length).toBeGreaterThan(2);
    expect(Date.now() - started).toBeLessThan(3000);
  });

  it('says reset, with what came before', async () => {
    const { wire } = await against(resetsWhenAsked);
    const connection = await wire.dial();
    await connection.send('?');
    expect(await connection.receive()).toEqual({ bytes: Buffer.from('half'), ended: 'reset' });
    expect(await connection.receive()).toEqual({ bytes: Buffer.alloc(0), ended: 'reset' });
    expect(await refusalOf(connection.send('more'))).toMatchObject({ reason: 'reset' });
    expect(readable(wire.transcripts[0]!).ended).toContain('ECONNRESET');
  });

  it('keeps what came before a reset, read only after it', async () => {
    const { wire, server } = await against(resetsWhenAsked);
    const connection = await wire.dial();
    await connection.send('?');
    await until(() => server.open === 0 && connection.readableLength === 4);
    expect(await connection.receive()).toEqual({ bytes: Buffer.from('half'), ended: 'reset' });
  });

  it('stops at the cap of the call, and goes on in the next', async () => {
    const { wire } = await against((s) => s.end('0123456789'));
    const connection = await wire.dial();
    expect(await connection.receive({ cap: 4 })).toEqual({ bytes: Buffer.from('0123'), ended: 'cap' });
    expect(await connection.receive({ cap: 100 })).toEqual({ bytes: Buffer.from('456789'), ended: 'closed' });
  });

  it('stops a flood at the cap of the connection, for good', async () => {
    const flood = Buffer.alloc(64 * 1024, 'f');
    const { wire, server } = await against(
      (s) => {
        const more = () => {
          while (s.writable && s.write(flood));
        };
        s.on('drain', more);
        more();
      },
      { readBytes: 300_000, wait: 2000 },
    );
    const connection = await wire.dial();
    const { bytes, ended } = await connection.receive({ cap: 1_000_000 });
    expect([bytes.length, ended]).toEqual([300_000, 'cap']);
    expect(await connection.receive()).toEqual({ bytes: Buffer.alloc(0), ended: 'cap' });
    await until(() => server.open === 0);
    const { entries, omitted, ended: how } = readable(wire.transcripts[0]!);
    const kept = entries.reduce((sum, entry) => sum + entry.replace(/^\w+ /, '').length, 0);
    expect(kept).toBe(256 * 1024);
    expect(omitted?.received).toBe(300_000 + 'connected'.length - 256 * 1024);
    expect(how).toBe('reading stopped at 300000 bytes');
  });

  it('reads on after our side is closed', async () => {
    const { wire } = await against((s) => {
      s.on('data', () => {});
      s.on('end', () => s.end('last word'));
    });
    const connection = await wire.dial();
    connection.end('that is all');
    expect(await connection.receive()).toEqual({ bytes: Buffer.from('last word'), ended: 'closed' });
  });

  it('cannot send to a peer that has closed', async () => {
    const { wire } = await against((s) => s.end());
    const connection = await wire.dial();
    expect((await connection.receive()).ended).toBe('closed');
    expect(await refusalOf(connection.send('x'))).toMatchObject({ reason: 'reset' });
  });

  it('gives up sending to a peer that does not read', async () => {
    const { wire } = await against((s) => s.pause(), { wait: 150 });
    const connection = await wire.dial();
    expect(await refusalOf(connection.send(Buffer.alloc(32 * 1024 * 1024)))).toMatchObject({ reason: 'timeout' });
  });

  it('ends with the signal, by its reason', async () => {
    const abort = new AbortController();
    const { wire } = await against(() => {}, { signal: abort.signal, wait: 10_000 });
    const connection = await wire.dial();
    queueMicrotask(() => abort.abort(new CannotTell('timeout', 'the device had its time')));
    expect(await refusalOf(connection.receive())).toEqual({ reason: 'timeout', detail: 'the device had its time' });
    expect(await refusalOf(connection.send('x'))).toMatchObject({ reason: 'timeout' });
    expect(await refusalOf(wire.dial())).toMatchObject({ reason: 'timeout' });
  });
});

it('gives every byte once and in order, however it is cut and read', async () => {
  const cut = fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(cut, cut, async (writes, caps) => {
      let next = 0;
      const chunks = writes.map((length) => Buffer.from(Array.from({ length }, () => next++ & 255)));
      const { wire } = await against(async (s) => {
        for (const chunk of chunks) await new Promise((resolve) => s.write(chunk, resolve));
        s.end();
      });
      const connection = await wire.dial();
      const got: Buffer[] = [];
      for (const cap of caps) got.push((await connection.receive({ cap })).bytes);
      const { bytes, ended } = await connection.receive();
      expect(ended).toBe('closed');
      expect(Buffer.concat([...got, bytes]).equals(Buffer.concat(chunks))).toBe(true);
    }),
    { numRuns: 25 },
  );
});

describe('the stream', () => {
  it('gives libraries all bytes and then the error of a reset', async () => {
    const { wire } = await against(resetsWhenAsked);
    const connection = await wire.dial();
    await connection.send('?');
    const got: string[] = [];
    connection.on('data', (chunk: Buffer) => got.push(chunk.toString()));
    const error = await new Promise((resolve) => connection.once('error', resolve));
    expect([got, error]).toMatchObject([['half'], { reason: 'reset', code: 'ECONNRESET' }]);
  });

  it('gives libraries an error at the cap, never an end', async () => {
    const { wire } = await against((s) => s.end(Buffer.alloc(1000)), { readBytes: 600 });
    const connection = await wire.dial();
    let length = 0;
    let ended = false;
    connection.on('data', (chunk: Buffer) => {
      length += chunk.length;
    });
    connection.on('end', () => {
      ended = true;
    });
    const error = await new Promise((resolve) => connection.once('error', resolve));
    expect({ length, ended, error }).toMatchObject({ length: 600, ended: false, error: { reason: 'protocol' } });
  });
});

describe('dial', () => {
  it('tells refused', async () => {
    const wire = wireTo((await closedPort()).port);
    expect(await refusalOf(wire.dial())).toMatchObject({ reason: 'refused' });
    expect(readable(wire.transcripts[0]!)).toMatchObject({ ended: 'refused' });
  });

  it('tells a reset on accept', async () => {
    const { wire } = await against((s) => s.resetAndDestroy());
    const outcome = wire.dial().then(async (connection) => {
      expect((await connection.receive()).ended).toBe('reset');
      throw new CannotTell('reset', 'after the dial');
    });
    expect(await refusalOf(outcome)).toMatchObject({ reason: 'reset' });
  });

  it('tells a connection that met itself as refused', async () => {
    const { port } = await closedPort();
    const wire = wireTo(port, {
      network: {
        ...systemNetwork,
        connect: ({ host, port }) => net.connect({ host, port, localPort: port, localAddress: host }),
      },
    });
    expect(await refusalOf(wire.dial())).toEqual({
      reason: 'refused',
      detail: `127.0.0.1 port ${port}: the connection met itself`,
    });
  });

  it('times out where nothing answers', async () => {
    const dead = new net.Socket();
    const wire = wireTo(9, { network: { ...systemNetwork, connect: () => dead }, wait: 40 });
    expect(await refusalOf(wire.dial())).toMatchObject({ reason: 'timeout' });
    expect(dead.destroyed).toBe(true);
  });

  it.each([
    ['198.18.0.1', 'outside the scope'],
    ['localhost', 'not an IP address'],
    ['127.1', 'not an IP address'],
    ['::ffff:10.0.0.1', 'outside the scope'],
  ])('refuses %s before anything is sent', async (host, why) => {
    let connects = 0;
    const network = {
      ...systemNetwork,
      connect: () => {
        connects++;
        return new net.Socket();
      },
    };
    const wire = wireTo(1, { network, scope: createScope(['127.0.0.1']) });
    const refusal = await refusalOf(wire.dial({ host }));
    expect(refusal.reason).toBe('scope');
    expect(refusal.detail).toContain(why);
    expect(await refusalOf(wire.datagram({ host }))).toMatchObject({ reason: 'scope' });
    expect(connects).toBe(0);
  });

  it('closes everything with the wire, and opens nothing after', async () => {
    const { wire, server } = await against(() => {});
    const connection = await wire.dial();
    const reading = connection.receive({ wait: 10_000 });
    await until(() => server.open === 1);
    wire.close();
    expect(await refusalOf(reading)).toMatchObject({ reason: 'aborted' });
    await until(() => server.open === 0);
    expect(await refusalOf(wire.dial())).toMatchObject({ reason: 'aborted' });
    expect(readable(wire.transcripts[0]!).ended).toBe('closed by us');
  });
});

describe('connections in flight', () => {
  it('waits for a place without using up its own time, and frees it when closed', async () => {
    const semaphore = createSemaphore(1);
    const { wire, server } = await against(() => {}, { semaphore, wait: 60 });
    const first = await wire.dial();
    const second = wire.dial();
    await systemClock.sleep(80);
    expect(server.met).toBe(1);
    first.destroy();
    await second;
    expect(server.met).toBe(2);
    expect(semaphore.free).toBe(0);
    wire.close();
    await until(() => semaphore.free === 1);
  });

  it('gives up on one more place at once, so that attempts never wait for each other for ever', async () => {
    const { wire } = await against(() => {}, { semaphore: createSemaphore(1), wait: 20 });
    const first = await wire.dial();
    expect(await refusalOf(wire.dial())).toMatchObject({ reason: 'budget' });
    first.destroy();
    await wire.dial();
  });

  it('frees the place of a dial that failed', async () => {
    const semaphore = createSemaphore(1);
    const wire = wireTo((await closedPort()).port, { semaphore });
    for (let n = 0; n < 3; n++) expect(await refusalOf(wire.dial())).toMatchObject({ reason: 'refused' });
    await until(() => semaphore.free === 1);
  });

  it('frees the place when the peer closes and nobody reads', async () => {
    const semaphore = createSemaphore(1);
    const { wire } = await against((s) => s.end('bye'), { semaphore });
    const connection = await wire.dial();
    await until(() => semaphore.free === 1);
    expect(await connection.receive()).toEqual({ bytes: Buffer.from('bye'), ended: 'closed' });
  });

  it('ends its wait with the signal, and leaves the place to others', async () => {
    const abort = new AbortController();
    const semaphore = createSemaphore(1);
    const release = await semaphore.acquire(abort.signal);
    const { wire } = await against(() => {}, { semaphore, signal: abort.signal });
    const dial = refusalOf(wire.dial());
    abort.abort();
    expect(await dial).toMatchObject({ reason: 'aborted' });
    release();
    release();
    expect(semaphore.free).toBe(1);
  });
});
