import * as net from 'node:net';
import * as tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/services/index.ts';
import { defineProbe } from '../../src/observe/probe.ts';
import { observeWith, tcpServer } from '../../test/kit/probe.ts';
import { type Ask13, ask13, type Shown13 } from './ask13.ts';
import { TlsServer, type Told } from './server.ts';

const own = { commonName: 'cam' };

/** What `ask13` says of a server; each of the options over a connection of its own, one after the other. */
async function asked(port: number, ...options: (Ask13 | ((before: Shown13 | Told) => Ask13))[]) {
  const all: (Shown13 | Told)[] = [];
  const probe = defineProbe({
    id: 'x',
    version: '1',
    title: 'x',
    emits: ['offer'],
    impact: 'connect',
    appliesTo: () => true,
    // biome-ignore lint/correctness/useYield: only what is asked matters
    async *observe(context) {
      const server = new TlsServer(context);
      for (const each of options) all.push(await ask13(server, typeof each === 'function' ? each(all.at(-1)!) : each));
    },
  });
  const { attempt } = await observeWith(probe, { port, protocol: 'tls', security: 'none', limits: { wait: 100 } });
  expect(attempt.outcome).toEqual({ status: 'completed' });
  return all;
}

async function secure(options: tls.TlsOptions) {
  const { key, cert } = fixtures.certificate(own);
  const server = tls.createServer({ key, cert, minVersion: 'TLSv1.3', ...options }, (socket) =>
    socket.on('error', () => {}),
  );
  server.on('tlsClientError', () => undefined);
  const tcp = await tcpServer((socket) => server.emit('connection', socket));
  return { port: tcp.port, close: () => tcp.close() };
}

const der = new (await import('node:crypto')).X509Certificate(fixtures.certificate(own).cert).raw;

describe('ask13', () => {
  it.each([
    ['x25519', undefined],
    ['P-256', 23],
    ['P-521', 25],
    ['X448', 30],
    ['ffdhe2048', 256],
  ] as const)('reads the flight of a server of %s', async (ecdhCurve, retried) => {
    const server = await secure({ ecdhCurve });
    const [shown] = await asked(server.port, {});
    await server.close();
    expect(shown).toMatchObject({
      kind: 'flight',
      flight: { certificates: [der], scheme: 0x0804, wantsCertificate: false, resumed: false },
    });
    expect((shown as Shown13).retried).toBe(retried);
  });

  it.each([
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_CCM_SHA256',
    'TLS_AES_128_CCM_8_SHA256',
  ])('decrypts %s', async (ciphers) => {
    const server = await secure({ ciphers: `${ciphers}:ALL:@SECLEVEL=0` });
    const [shown] = await asked(server.port, {});
    await server.close();
    expect(shown).toMatchObject({ kind: 'flight', flight: { certificates: [der] } });
  });

  it('asks for a scheme, and for ALPN', async () => {
    const server = await secure({ ALPNProtocols: ['h2', 'http/1.1'] });
    const [pss, chosen, none] = await asked(
      server.port,
      { schemes: [0x0806] },
      { alpn: ['http/1.1', 'mqtt'] },
      { schemes: [0x0403] },
    );
    await server.close();
    expect(pss).toMatchObject({ flight: { scheme: 0x0806 } });
    expect(chosen).toMatchObject({ flight: { alpn: 'http/1.1' } });
    expect(none).toMatchObject({ kind: 'alert', name: 'handshake_failure' });
  });

  it('resumes a session by its ticket', async () => {
    const server = await secure({});
    const [first, second] = await asked(server.port, { finish: true }, (before) => ({
      resume: (before as Shown13).sessions[0]!,
    }));
    await server.close();
    expect(first).toMatchObject({ kind: 'flight', flight: { resumed: false } });
    expect((first as Shown13).sessions.length).toBeGreaterThan(0);
    expect(second).toMatchObject({ kind: 'flight', flight: { resumed: true, certificates: [] } });
  });

  it('finishes without a certificate where one is asked for', async () => {
    const server = await secure({ requestCert: true, rejectUnauthorized: false });
    const [shown] = await asked(server.port, { finish: true });
    await server.close();
    expect(shown).toMatchObject({ kind: 'flight', flight: { wantsCertificate: true } });
    expect((shown as Shown13).sessions.length).toBeGreaterThan(0);
  });

  it.each([
    [
      'an older version',
      { kind: 'alert', name: 'protocol_version' },
      () => secure({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' }),
    ],
    ['silence', { kind: 'timeout' }, () => tcpServer(() => undefined)],
    ['a reset', { kind: 'reset' }, () => tcpServer((s) => void s.once('data', () => s.resetAndDestroy()))],
    ['a close', { kind: 'closed' }, () => tcpServer((s) => void s.once('data', () => s.end()))],
    ['garbage', { kind: 'garbage' }, () => tcpServer((s) => void s.write('SSH-2.0-OpenSSH_9.6\r\n'))],
    [
      'half an answer',
      { kind: 'reset' },
      () => tcpServer((s) => void s.once('data', () => s.end(Buffer.from('160303004a02000046', 'hex')))),
    ],
  ] as const)('tells %s', async (_, told, start) => {
    const server = await start();
    const [shown] = await asked(server.port, {});
    await server.close();
    expect(shown).toMatchObject(told);
  });

  it('tells a flight that breaks off, and one that was tampered with', async () => {
    const inner = await secure({});
    for (const [spoil, kind] of [
      [(bytes: Buffer) => bytes.subarray(0, bytes.length - 30), 'timeout'],
      [(bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1)! ^ 1])]), 'garbage'],
    ] as const) {
      const server = await tcpServer((socket) => {
        const on = net.connect(inner.port, '127.0.0.1');
        socket.pipe(on);
        on.on('data', (bytes: Buffer) => socket.write(spoil(bytes)));
        for (const each of [on, socket]) each.on('error', () => undefined);
        socket.on('close', () => on.destroy());
      });
      const [shown] = await asked(server.port, {});
      await server.close();
      expect(shown).toMatchObject({ kind });
    }
    await inner.close();
  });
});
