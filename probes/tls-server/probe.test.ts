import type { Socket } from 'node:net';
import * as tlsLibrary from 'node:tls';
import { expect, it } from 'vitest';
import * as fixtures from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { TLS_VERSIONS, type TlsVersion } from '../../src/observe/protocols/tls.ts';
import { observeWith, probeTest, tcpServer } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const endpoint = { protocol: 'tls', security: 'none' } as const;
const offer = (name: TlsVersion): Fact => ({
  kind: 'offer',
  protocol: 'tls',
  role: 'version',
  name,
  code: TLS_VERSIONS[name],
});
const certificate = (more: object = {}): Fact =>
  ({
    kind: 'certificate',
    position: 0,
    issuer: 'CN=cam',
    names: [],
    isCa: false,
    inDate: true,
    selfSigned: true,
    chain: 'whole',
    signatureAlgorithm: 'sha256WithRSAEncryption',
    ...more,
  }) as unknown as Fact;
const key = (bits = 2048): Fact => ({ kind: 'key', use: 'tls', algorithm: 'rsa', bits, exponent: '65537' }) as Fact;
const ignore = ['sha256', 'serial', 'notBefore', 'notAfter', 'subject', 'keyUsage'];
const https = (options: fixtures.TlsOptions = {}) => ({
  start: (host: string) => fixtures.https({ tls: { certificate: { commonName: 'cam' }, ...options } }).start(host, 0),
});
const ca = fixtures.keyFile('ca.test-cert.pem');
const common = { ...endpoint, ignore, outcome: 'completed' as const };

/** A server that does something else with the hello of one version (its code in the hello) than a sound one would. */
const odd = (isOdd: (hello: Buffer) => boolean, act: (socket: Socket) => unknown) => ({
  async start(host: string) {
    const inner = await fixtures.https({ tls: { certificate: { commonName: 'cam' } } }).start(host, 0);
    const net = await import('node:net');
    const server = await tcpServer((socket) => {
      socket.once('data', (hello: Buffer) => {
        if (isOdd(hello)) return act(socket);
        const on = net.connect(inner.port, host);
        on.on('error', () => socket.destroy());
        on.write(hello);
        socket.pipe(on).pipe(socket);
      });
    }, host);
    return { port: server.port, close: () => Promise.all([server.close(), inner.close()]) };
  },
});
/** One that shows another certificate to clients which know no ECDSA, and takes no TLS 1.3. */
const twoKeys = () => ({
  async start(host: string) {
    const [modern, old] = await Promise.all(
      (['rsa-2048-a', 'rsa-1024'] as const).map((size) =>
        fixtures
          .https({ tls: { maxVersion: 'TLSv1.2', certificate: { commonName: 'cam', key: size } } })
          .start(host, 0),
      ),
    );
    const net = await import('node:net');
    const server = await tcpServer((socket) => {
      socket.once('data', (hello: Buffer) => {
        const suites = hello.subarray(46 + hello[43]!, 46 + hello[43]! + hello.readUInt16BE(44 + hello[43]!));
        const knowsEcdsa = suites.toString('hex').match(/.{4}/g)!.includes('c02b');
        const on = net.connect((knowsEcdsa ? modern! : old!).port, host);
        on.on('error', () => socket.destroy());
        on.write(hello);
        socket.pipe(on).pipe(socket);
      });
    }, host);
    return { port: server.port, close: () => Promise.all([server.close(), modern!.close(), old!.close()]) };
  },
});
/** One that closes whatever is asked while it is busy with something else. */
const oneAtATime = () => {
  let busy = 0;
  return {
    async start(host: string) {
      const inner = await fixtures
        .https({ tls: { minVersion: 'TLSv1', maxVersion: 'TLSv1.2', certificate: { commonName: 'cam' } } })
        .start(host, 0);
      const net = await import('node:net');
      const server = await tcpServer((socket) => {
        socket.once('close', () => busy--);
        if (++busy > 1) return void socket.resume().end();
        const on = net.connect(inner.port, host);
        on.on('error', () => socket.destroy());
        socket.pipe(on).pipe(socket);
      }, host);
      return { port: server.port, close: () => Promise.all([server.close(), inner.close()]) };
    },
  };
};
const isTls10 = (hello: Buffer) => hello.readUInt16BE(9) === 0x0301;

probeTest(probe, [
  {
    name: 'TLS 1.2 and 1.3, trusted and named',
    device: 'sound',
    ...common,
    ...https({ certificate: { names: ['cam.example', '127.0.0.1'], signedBy: 'ca' } }),
    names: ['cam.example'],
    trust: [ca],
    ignore: [...ignore, 'issuer', 'names'],
    sees: [
      offer('TLS 1.2'),
      offer('TLS 1.3'),
      certificate({ selfSigned: false, nameMatches: true, trusted: true }),
      key(),
    ],
  },
  {
    name: 'old versions, a short key, SHA-1, expired',
    device: 'weak',
    ...common,
    ...https({
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.2',
      certificate: { commonName: 'cam', key: 'rsa-1024', digest: 'sha1', days: -1 },
    }),
    sees: [
      offer('TLS 1.0'),
      offer('TLS 1.1'),
      offer('TLS 1.2'),
      certificate({ signatureAlgorithm: 'sha1WithRSAEncryption', inDate: false }),
      key(1024),
    ],
  },
  {
    name: 'TLS 1.3 alone, of another CA, with its chain',
    device: 'weak',
    ...common,
    ...https({
      minVersion: 'TLSv1.3',
      certificate: { names: ['other.example'], signedBy: 'other-ca' },
      chain: ['other-ca'],
    }),
    names: ['cam.example'],
    trust: [ca],
    ignore: [...ignore, 'issuer', 'names'],
    sees: [
      offer('TLS 1.3'),
      certificate({ selfSigned: false, nameMatches: false, trusted: false, chain: 'whole' }),
      { ...certificate({ position: 1, isCa: true }), chain: undefined } as Fact,
      key(),
    ].map((fact) => JSON.parse(JSON.stringify(fact)) as Fact),
  },
  {
    name: 'a client certificate is asked for',
    device: 'sound',
    ...common,
    ...https({ maxVersion: 'TLSv1.2', clientsOf: 'ca' }),
    sees: [offer('TLS 1.2'), certificate(), key()],
  },
  {
    name: 'no long hello is taken',
    device: 'sound',
    ...common,
    ...odd(
      (hello) => hello.length > 260,
      (socket) => void socket.resetAndDestroy(),
    ),
    sees: [offer('TLS 1.2'), offer('TLS 1.3'), certificate(), key()],
  },
  {
    name: 'silent to one version',
    device: 'cannot-tell',
    ...common,
    ...odd(isTls10, () => undefined),
    limits: { wait: 400 },
    sees: [offer('TLS 1.2'), offer('TLS 1.3'), certificate(), key()],
    outcome: 'timeout',
    open: ['offer'],
  },
  {
    name: 'resets one version',
    device: 'cannot-tell',
    ...common,
    ...odd(isTls10, (socket) => void socket.resetAndDestroy()),
    sees: [offer('TLS 1.2'), offer('TLS 1.3'), certificate(), key()],
    outcome: 'reset',
    open: ['offer'],
  },
  {
    name: 'closes on one version',
    device: 'sound',
    ...common,
    ...odd(isTls10, (socket) => void socket.end()),
    sees: [offer('TLS 1.2'), offer('TLS 1.3'), certificate(), key()],
  },
  {
    name: 'closes one version, and by and by all others',
    device: 'cannot-tell',
    ...common,
    ...odd(
      (() => {
        let closed = 0;
        return (hello: Buffer) => (isTls10(hello) && ++closed > 0 ? true : closed > 6);
      })(),
      (socket) => void socket.end(),
    ),
    sees: [offer('TLS 1.2'), offer('TLS 1.3'), certificate(), key()],
    outcome: 'reset',
    open: ['offer'],
  },
  {
    name: 'turns away what is asked beside something else',
    device: 'weak',
    ...common,
    ...oneAtATime(),
    sees: [offer('TLS 1.2'), offer('TLS 1.1'), offer('TLS 1.0'), certificate(), key()],
  },
  {
    name: 'another certificate for clients that know RSA alone',
    device: 'weak',
    ...common,
    ...twoKeys(),
    sees: [offer('TLS 1.2'), certificate(), key(), certificate(), key(1024)],
  },
  ...(
    [
      ['silence', fixtures.stall(fixtures.http()), 'timeout'],
      ['a reset', fixtures.reset(fixtures.http()), 'reset'],
      ['no TLS', fixtures.ssh(), 'protocol'],
      ['garbage without end', fixtures.flood(fixtures.http()), 'protocol'],
      ['a drip', fixtures.drip(fixtures.https(), 50), 'protocol'],
    ] as const
  ).map(([name, server, outcome]) => ({
    name,
    device: 'cannot-tell' as const,
    ...common,
    start: (host: string) => server.start(host, 0),
    limits: { wait: 150 },
    sees: [],
    outcome,
    open: ['offer', 'certificate', 'key', 'weakness'],
  })),
]);

it('asks for a HelloRetryRequest server too', async () => {
  const { key: pem, cert } = fixtures.certificate({ commonName: 'cam' });
  const secure = tlsLibrary.createServer({ key: pem, cert, minVersion: 'TLSv1.3', ecdhCurve: 'secp521r1' });
  secure.on('tlsClientError', () => undefined);
  const server = await tcpServer((socket) => secure.emit('connection', socket));
  const { facts } = await observeWith(probe, { ...endpoint, port: server.port });
  await server.close();
  expect(facts[0]).toEqual(offer('TLS 1.3'));
});
