import { generateKeyPairSync } from 'node:crypto';
import * as http from 'node:http';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { Aedes } from 'aedes';
import { MqttClient } from 'mqtt';
import ssh2 from 'ssh2';
import { afterEach, expect, it } from 'vitest';
import { tcpServer } from '../../../test/kit/servers.ts';
import { until, wireTo } from '../../../test/kit/wire.ts';
import type { Connection } from '../probe.ts';
import { createSemaphore } from '../wire.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function listening(server: net.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as net.AddressInfo).port;
}

function dial(port: number, semaphore = createSemaphore(4)): Promise<Connection> {
  const wire = wireTo(port, { semaphore });
  ends.push(wire.close);
  return wire.dial();
}

it('ssh2 takes over a connection', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const server = new ssh2.Server(
    { hostKeys: [privateKey.export({ type: 'pkcs1', format: 'pem' }) as string] },
    (client) => {
      client.on('authentication', (ctx) =>
        ctx.method === 'password' && ctx.password === 'right' ? ctx.accept() : ctx.reject(['password']),
      );
      client.on('error', () => client.end());
    },
  );
  const port = await listening(server as unknown as net.Server);
  const login = async (password: string) => {
    const sock = await dial(port);
    const client = new ssh2.Client();
    const answer = await new Promise<string>((resolve) => {
      client.on('ready', () => resolve('ready'));
      client.on('error', (error) => resolve(error.message));
      client.connect({ sock, username: 'root', password });
    });
    client.end();
    return answer;
  };
  expect(await login('right')).toBe('ready');
  expect(await login('wrong')).toContain('authentication methods failed');
});

it('mqtt takes over a connection', async () => {
  const broker = await Aedes.createBroker();
  ends.push(() => new Promise<void>((resolve) => broker.close(resolve)));
  const port = await listening(net.createServer((socket) => broker.handle(socket)));
  const stream = await dial(port);
  const client = new MqttClient(() => stream, {
    reconnectPeriod: 0,
    clean: true,
    resubscribe: false,
    clientId: 'probe',
  });
  client.on('error', () => {});
  await new Promise((resolve) => client.once('connect', resolve));
  const granted = await client.subscribeAsync('#');
  expect(granted).toMatchObject([{ topic: '#', qos: 0 }]);
  await client.endAsync(true);
});

it('http takes over a connection, reads a whole body, and frees the place', async () => {
  const port = await listening(http.createServer((_request, response) => response.end('x'.repeat(300_000))));
  const semaphore = createSemaphore(1);
  const connection = await dial(port, semaphore);
  const body = await get(connection);
  expect(body).toBe('x'.repeat(300_000));
  await until(() => semaphore.free === 1);
});

it('http sees a body without length that a reset cuts short as an error', async () => {
  const server = await tcpServer((s) =>
    s.once('data', () => s.write('HTTP/1.0 200 OK\r\n\r\nhalf a page', () => s.resetAndDestroy())),
  );
  ends.push(server.close);
  await expect(get(await dial(server.port))).rejects.toThrow(/aborted|ECONNRESET/);
});

it('tls takes over a connection', async () => {
  const port = await listening(
    tls.createServer({ pskCallback: () => Buffer.alloc(16, 1), ciphers: 'PSK', maxVersion: 'TLSv1.2' }, (s) => {
      s.end('inside');
    }),
  );
  const secure = tls.connect({
    socket: await dial(port),
    pskCallback: () => ({ psk: Buffer.alloc(16, 1), identity: 'me' }),
    ciphers: 'PSK',
    maxVersion: 'TLSv1.2',
    checkServerIdentity: () => undefined,
  });
  const chunks: Buffer[] = [];
  secure.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve, reject) => secure.once('end', resolve).once('error', reject));
  expect(Buffer.concat(chunks).toString()).toBe('inside');
});

function get(connection: Connection): Promise<string> {
  return new Promise((resolve, reject) => {
    // No `agent`: with `agent: false` Node ignores createConnection and dials by itself.
    const request = http.get({ createConnection: () => connection, host: '127.0.0.1', timeout: 1000 });
    request.on('error', reject);
    request.on('response', (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.on('error', reject);
      response.on('end', () => resolve(body));
    });
  });
}
