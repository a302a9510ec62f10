import * as dgram from 'node:dgram';
import * as net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readable, refusalOf, until, wireTo } from '../../../test/kit/wire.ts';
import type { Connection, DatagramMessage } from '../probe.ts';
import { createScope } from '../scope.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function wire(options: Parameters<typeof wireTo>[1] = {}) {
  const made = wireTo(1, { scope: createScope(['127.0.0.1']), ...options });
  ends.push(made.close);
  return made;
}

function call(port: number, localAddress: string): net.Socket {
  const socket = net.connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => socket.destroy());
  ends.push(() => socket.destroy());
  return socket;
}

describe('listen', () => {
  it('takes a TCP call on the address that faces the device', async () => {
    const own = wire();
    const listener = await own.listen({ transport: 'tcp' });
    expect(listener.address).toBe('127.0.0.1');
    call(listener.port, '127.0.0.1').end('update please');
    const connection = (await listener.next()) as Connection;
    expect((await connection.receive()).bytes.toString()).toBe('update please');
    expect(readable(own.transcripts[0]!)).toMatchObject({ accepted: true, entries: ['received update please'] });
  });

  it('drops callers outside the scope', async () => {
    const listener = await wire().listen({ transport: 'tcp' });
    const caller = call(listener.port, '127.0.0.9');
    await new Promise((resolve) => caller.once('close', resolve));
    expect(await listener.next({ wait: 20 })).toBeUndefined();
  });

  it('takes datagrams from inside the scope, and drops others', async () => {
    const own = wire();
    const listener = await own.listen({ transport: 'udp' });
    for (const host of ['127.0.0.9', '127.0.0.1']) {
      const socket = dgram.createSocket('udp4');
      await new Promise<void>((resolve) => socket.bind(0, host, resolve));
      await new Promise((resolve) => socket.send(`<13>from ${host}`, listener.port, '127.0.0.1', resolve));
      socket.close();
    }
    const message = (await listener.next()) as DatagramMessage;
    expect(message.bytes.toString()).toBe('<13>from 127.0.0.1');
    expect(await listener.next({ wait: 20 })).toBeUndefined();
    listener.close();
    expect(readable(own.transcripts[0]!)).toMatchObject({ ended: 'closed by us', accepted: true });
  });

  it('waits in vain in time, ends with the wire, and lets nobody in afterwards', async () => {
    const own = wire();
    const listener = await own.listen({ transport: 'tcp' });
    expect(await listener.next({ wait: 20 })).toBeUndefined();
    const waiting = refusalOf(listener.next({ wait: 10_000 }));
    own.close();
    expect(await waiting).toMatchObject({ reason: 'aborted' });
    const caller = call(listener.port, '127.0.0.1');
    await new Promise((resolve) => caller.once('close', resolve));
    expect(await refusalOf(own.listen({ transport: 'tcp' }))).toMatchObject({ reason: 'aborted' });
  });

  it('closes what was accepted with the wire', async () => {
    const own = wire();
    const listener = await own.listen({ transport: 'tcp' });
    const caller = call(listener.port, '127.0.0.1');
    caller.resume();
    await listener.next();
    let closed = false;
    caller.once('close', () => {
      closed = true;
    });
    own.close();
    await until(() => closed);
  });
});
