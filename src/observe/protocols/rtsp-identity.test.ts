import { describe, expect, it } from 'vitest';
import { rtsp } from '../../../fixtures/services/index.ts';
import identity from '../../../probes/identity/probe.ts';
import { observeWith, tcpServer } from '../../../test/kit/probe.ts';

describe('fromRtsp', () => {
  it('reads the name of the server and the realm of its login', async () => {
    const server = await rtsp({
      server: 'Camera/2.1',
      challenge: { scheme: 'digest', realm: 'Acme IPC-7', accounts: {} },
    }).start('127.0.0.1', 0);
    const { facts } = await observeWith(identity, { port: server.port, protocol: 'rtsp' });
    await server.close();
    const common = { kind: 'identity', what: 'name', authenticated: false };
    expect(facts).toEqual([
      { ...common, value: 'Camera/2.1', via: 'rtsp server' },
      { ...common, value: 'Acme IPC-7', via: 'rtsp realm' },
    ]);
  });
  it.each([
    ['what is no RTSP', 'HTTP/1.0 200 OK\r\n\r\n', 'protocol'],
    ['half an answer', 'RTSP/1.0 200 OK\r\n', 'timeout'],
  ])('cannot tell by %s', async (_name, text, reason) => {
    const server = await tcpServer((socket) => socket.write(text));
    const { attempt } = await observeWith(identity, { port: server.port, protocol: 'rtsp', limits: { wait: 100 } });
    await server.close();
    expect(attempt.outcome).toMatchObject({ status: 'inconclusive', reason });
  });
});
