import { generateKeyPairSync } from 'node:crypto';
import * as net from 'node:net';
import * as tls from 'node:tls';
import forge from 'node-forge';
import { afterEach, describe, expect, it } from 'vitest';
import { type TcpHandler, tcpServer } from '../../../test/kit/servers.ts';
import { readable, refusalOf, until, wireTo } from '../../../test/kit/wire.ts';
import { createSemaphore, type Wire, type WireOptions } from '../wire.ts';
import { cannotTell } from './errors.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Pair {
  key: string;
  cert: string;
}

function certificate(bits: number, options: { issuer?: Pair; name?: string; sha1?: boolean } = {}): Pair {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const key = privateKey.export({ type: 'pkcs1', format: 'pem' }) as string;
  const forged = forge.pki.privateKeyFromPem(key);
  const cert = forge.pki.createCertificate();
  cert.publicKey = forge.pki.setRsaPublicKey(forged.n, forged.e);
  cert.serialNumber = '01';
  cert.validity.notBefore = new Date('2020-01-01T00:00:00Z');
  cert.validity.notAfter = new Date('2040-01-01T00:00:00Z');
  const subject = [{ name: 'commonName', value: options.name ?? 'device' }];
  cert.setSubject(subject);
  cert.setIssuer(options.issuer ? forge.pki.certificateFromPem(options.issuer.cert).subject.attributes : subject);
  cert.setExtensions([{ name: 'basicConstraints', cA: true }]);
  const signer = options.issuer ? forge.pki.privateKeyFromPem(options.issuer.key) : forged;
  cert.sign(signer, options.sha1 ? forge.md.sha1.create() : forge.md.sha256.create());
  return { key, cert: forge.pki.certificateToPem(cert) };
}

const good = certificate(2048);
const weak = certificate(1024, { sha1: true });

async function tlsServer(options: tls.TlsOptions, handler: (s: tls.TLSSocket) => void): Promise<number> {
  const server = tls.createServer({ ...good, ...options }, (socket) => {
    socket.on('error', () => socket.destroy());
    handler(socket);
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as net.AddressInfo).port;
}

function wireOn(port: number, options: Partial<WireOptions> = {}): Wire {
  const wire = wireTo(port, {
    endpoint: { host: '127.0.0.1', transport: 'tcp', port, protocol: 'http', security: 'tls' },
    ...options,
  });
  ends.push(wire.close);
  return wire;
}

async function rawServer(handler: TcpHandler): Promise<number> {
  const server = await tcpServer(handler);
  ends.push(server.close);
  return server.port;
}

const echo = (s: tls.TLSSocket) => void s.on('data', (d) => s.write(`echo ${d}`));

describe('TLS', () => {
  it('is dialled where the endpoint says so, and its plaintext transcribed', async () => {
    const wire = wireOn(await tlsServer({}, echo));
    const connection = await wire.dial();
    await connection.send('hello');
    const { bytes } = await connection.receive({ until: (b) => b.length >= 10 });
    expect(bytes.toString()).toBe('echo hello');
    expect(connection.tls?.version).toBe('TLSv1.3');
    expect(connection.tls?.certificates).toHaveLength(1);
    expect(readable(wire.transcripts[0]!)).toMatchObject({
      security: 'tls',
      entries: [expect.stringMatching(/^note TLSv1.3 TLS_/), 'note connected', 'sent hello', 'received echo hello'],
    });
  });

  it('reaches a device of old: TLS 1.0, RSA 1024, SHA-1, self-signed', async () => {
    const port = await tlsServer(
      { ...weak, minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'AES128-SHA:@SECLEVEL=0' },
      (s) => s.end('old but here'),
    );
    const connection = await wireOn(port).dial();
    expect(await connection.receive()).toEqual({ bytes: Buffer.from('old but here'), ended: 'closed' });
    expect(connection.tls).toMatchObject({ version: 'TLSv1', suite: 'TLS_RSA_WITH_AES_128_CBC_SHA' });
  });

  it.each(['NULL-SHA', 'AECDH-AES128-SHA', 'DHE-RSA-AES128-SHA'])('reaches %s alone', async (suite) => {
    const port = await tlsServer({ maxVersion: 'TLSv1.2', ciphers: `${suite}:@SECLEVEL=0`, dhparam: 'auto' }, (s) =>
      s.end('here'),
    );
    const connection = await wireOn(port).dial();
    expect((await connection.receive()).bytes.toString()).toBe('here');
  });

  it('gives the chain as it was presented, leaf first', async () => {
    const root = certificate(1024, { name: 'root' });
    const leaf = certificate(1024, { issuer: root, name: 'leaf' });
    const port = await tlsServer({ key: leaf.key, cert: leaf.cert + root.cert, ciphers: 'ALL:@SECLEVEL=0' }, echo);
    const connection = await wireOn(port).dial();
    const der = (pem: string) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
    expect(connection.tls?.certificates).toEqual([der(leaf.cert), der(root.cert)]);
  });

  it('sends the first declared name, another, or none', async () => {
    const asked: (string | false | null)[] = [];
    const port = await tlsServer({}, (s) => asked.push(s.servername));
    const component = { id: 'd', kind: 'device' as const, addresses: [], names: ['cam.example'], declares: {} };
    const wire = wireOn(port, { component });
    for (const servername of [undefined, 'other.example', false] as const) await wire.dial({ servername });
    await until(() => asked.length === 3);
    expect(asked).toEqual(['cam.example', 'other.example', false]);
  });

  it('calls bytes that are no TLS protocol', async () => {
    const wire = wireOn(await rawServer((s) => s.write('220 Welcome to the FTP service\r\n')));
    expect(await refusalOf(wire.dial())).toMatchObject({ reason: 'protocol' });
  });

  it('calls an alert protocol', async () => {
    const handshakeFailure = Buffer.from([21, 3, 1, 0, 2, 2, 40]);
    const wire = wireOn(await rawServer((s) => s.once('data', () => s.end(handshakeFailure))));
    const refusal = await refusalOf(wire.dial());
    expect(refusal.reason).toBe('protocol');
    expect(refusal.detail).toContain('ALERT_HANDSHAKE_FAILURE');
  });

  it('times out on a server that never says hello, its drip and its TCP connection included', async () => {
    for (const handler of [() => {}, dripping]) {
      const wire = wireOn(await rawServer(handler), { wait: 120 });
      const started = Date.now();
      expect(await refusalOf(wire.dial())).toMatchObject({ reason: 'timeout' });
      expect(Date.now() - started).toBeLessThan(3000);
    }
  });

  it('tells a close and a reset during the handshake', async () => {
    for (const how of ['end', 'resetAndDestroy'] as const) {
      const wire = wireOn(await rawServer((s) => s.once('data', () => s[how]())));
      expect(await refusalOf(wire.dial())).toMatchObject({ reason: 'reset' });
    }
  });

  it('calls what our own side cannot speak unsupported', async () => {
    // A server that chooses SSLv3, which this OpenSSL was built without.
    const hello = Buffer.concat([
      Buffer.from([22, 3, 0, 0, 42, 2, 0, 0, 38, 3, 0]),
      Buffer.alloc(33),
      Buffer.from([0, 10, 0]),
    ]);
    const wire = wireOn(await rawServer((s) => s.once('data', () => s.end(hello))));
    expect(await refusalOf(wire.dial())).toMatchObject({ reason: 'unsupported' });
  });

  it('tells what OpenSSL refuses on our side from what the peer said', () => {
    const code = (name: string) => cannotTell(Object.assign(new Error('x'), { code: name }), 'TLS').reason;
    expect(
      [
        'ERR_SSL_DH_KEY_TOO_SMALL',
        'ERR_SSL_NO_PROTOCOLS_AVAILABLE',
        'ERR_SSL_UNSUPPORTED_PROTOCOL',
        'ERR_SSL_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED',
        'ERR_SSL_WRONG_CIPHER_RETURNED',
        'ERR_SSL_EE_KEY_TOO_SMALL',
      ].map(code),
    ).toEqual(Array(6).fill('unsupported'));
    expect(
      [
        'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
        'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
        'ERR_SSL_TLSV1_UNSUPPORTED_EXTENSION_ALERT',
        'ERR_SSL_WRONG_VERSION_NUMBER',
        'ERR_SSL_BAD_SIGNATURE',
        'ERR_SSL_PACKET_LENGTH_TOO_LONG',
      ].map(code),
    ).toEqual(Array(6).fill('protocol'));
  });

  it('frees its place and its sockets when it fails', async () => {
    const semaphore = createSemaphore(1);
    let open = 0;
    const port = await rawServer((s) => {
      open++;
      s.resume().on('close', () => open--);
    });
    const wire = wireOn(port, { semaphore, wait: 40 });
    for (let n = 0; n < 2; n++) await refusalOf(wire.dial());
    await until(() => semaphore.free === 1 && open === 0);
  });

  it('ends with close_notify, reset or an alert after the handshake', async () => {
    const closed = await wireOn(await tlsServer({}, (s) => s.end('x'))).dial();
    expect((await closed.receive()).ended).toBe('closed');
    const raws: net.Socket[] = [];
    const port = await tlsServer({}, (s) => void s.once('data', () => raws[0]?.resetAndDestroy()));
    // A proxy in between, since Node's TLS server does not show its raw socket.
    const proxy = await rawServer((s) => {
      raws.push(s);
      const to = net.connect(port, '127.0.0.1');
      s.on('close', () => to.destroy());
      to.on('error', () => s.destroy());
      s.pipe(to).pipe(s);
    });
    const reset = await wireOn(proxy).dial();
    await reset.send('?');
    expect((await reset.receive()).ended).toBe('reset');
    const asks = await wireOn(await tlsServer({ requestCert: true, rejectUnauthorized: true }, echo)).dial();
    await asks.send('hello');
    expect((await asks.receive()).ended).toBe('reset');
  });

  it('stops a flood of plaintext at the cap', async () => {
    const flood = (s: tls.TLSSocket) => {
      const more = () => {
        while (s.writable && s.write(Buffer.alloc(16_384)));
      };
      s.on('drain', more);
      more();
    };
    const connection = await wireOn(await tlsServer({}, flood), { readBytes: 100_000, wait: 2000 }).dial();
    const { bytes, ended } = await connection.receive();
    expect([bytes.length, ended]).toEqual([100_000, 'cap']);
  });
});

function dripping(socket: net.Socket): void {
  const header = Buffer.from([22, 3, 3, 0x40, 0]);
  let sent = 0;
  const timer = setInterval(() => socket.write(Buffer.of(header[sent++] ?? 0)), 20);
  socket.on('close', () => clearInterval(timer));
}
