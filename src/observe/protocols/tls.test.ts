import * as net from 'node:net';
import * as tls from 'node:tls';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificate } from '../../../fixtures/services/certificate.ts';
import { clientHello, printable, readTlsAnswer, suitesOf, type TlsVersion } from './tls.ts';
import { SUITES, SUITES_12, SUITES_13, suiteName } from './tls-suites.ts';

const RANDOM = Buffer.alloc(64, 'r');
const pair = certificate();

describe('clientHello', () => {
  it('is one record with consistent lengths, and short when asked', () => {
    for (const version of ['SSLv3', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3', 'any'] as const) {
      for (const short of [false, true]) {
        const suites = suitesOf(version).slice(0, short ? 64 : undefined);
        const hello = clientHello({ version, random: RANDOM, short, suites, servername: 'device.example' });
        expect(hello.readUInt16BE(3)).toBe(hello.length - 5);
        expect(hello.readUIntBE(6, 3)).toBe(hello.length - 9);
        if (short && version !== 'any') expect(hello.length).toBeLessThan(257);
        expect(hello.includes('device.example')).toBe(version !== 'SSLv3');
      }
    }
  });
  it('knows every suite once, TLS 1.3 apart', () => {
    expect(new Set(SUITES.map((s) => s.name)).size).toBe(SUITES.length);
    expect(SUITES_12.length + SUITES_13.length).toBe(SUITES.length);
    expect([suiteName(0x0005), suiteName(0x1301), suiteName(0xfafa)]).toEqual([
      'TLS_RSA_WITH_RC4_128_SHA',
      'TLS_AES_128_GCM_SHA256',
      '0xfafa',
    ]);
  });
  it('has a random that a shell cannot run', () => {
    expect(printable(Buffer.from([...Array(256).keys()])).toString()).toMatch(/^[a-zA-Z0-9]{256}$/);
  });
});

describe('against a server', () => {
  const servers = new Map<string, tls.Server>();
  beforeAll(async () => {
    const ranges = { old: ['TLSv1', 'TLSv1.1'], new: ['TLSv1.2', 'TLSv1.3'], p521: ['TLSv1.3', 'TLSv1.3'] } as const;
    for (const [name, [minVersion, maxVersion]] of Object.entries(ranges)) {
      const server = tls.createServer({
        ...pair,
        minVersion,
        maxVersion,
        ciphers: 'ALL:@SECLEVEL=0',
        ...(name === 'p521' ? { ecdhCurve: 'secp521r1' } : {}),
      });
      server.on('tlsClientError', () => undefined);
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      servers.set(name, server);
    }
  });
  afterAll(() => {
    for (const server of servers.values()) server.close();
  });
  const ask = (name: string, version: TlsVersion, short: boolean) =>
    new Promise<ReturnType<typeof readTlsAnswer>>((resolve, reject) => {
      const socket = net.connect((servers.get(name)!.address() as net.AddressInfo).port, '127.0.0.1');
      let bytes = Buffer.alloc(0);
      const end = () => {
        socket.destroy();
        resolve(readTlsAnswer(bytes));
      };
      socket.on('data', (chunk) => {
        bytes = Buffer.concat([bytes, chunk]);
        if (readTlsAnswer(bytes).done) end();
      });
      socket.on('close', end);
      socket.on('error', reject);
      const suites = short ? [0xc013, 0xc02f, 0x002f, 0x1301] : suitesOf(version);
      socket.write(clientHello({ version, random: RANDOM, suites, short }));
    });

  it.each([
    ['old', 'TLS 1.0', 'TLS 1.0', false],
    ['old', 'TLS 1.1', 'TLS 1.1', true],
    ['old', 'TLS 1.2', 'TLS 1.1', false],
    ['old', 'TLS 1.3', undefined, false],
    ['new', 'SSLv3', undefined, false],
    ['new', 'TLS 1.0', undefined, false],
    ['new', 'TLS 1.2', 'TLS 1.2', false],
    ['new', 'TLS 1.2', 'TLS 1.2', true],
    ['new', 'TLS 1.3', 'TLS 1.3', false],
  ] as const)('%s asked for %s chooses %s (short %s)', async (name, version, chosen, short) => {
    const answer = await ask(name, version, short);
    expect([answer.isTls, answer.hello?.version, answer.alert !== undefined]).toEqual([
      true,
      chosen,
      chosen === undefined,
    ]);
  });
  it('shows the certificate below TLS 1.3', async () => {
    const answer = await ask('new', 'TLS 1.2', true);
    expect(answer.certificates).toEqual([Buffer.from(pair.cert.replace(/-----[^-]+-----|\s/g, ''), 'base64')]);
  });
  it('takes a HelloRetryRequest for TLS 1.3', async () => {
    expect((await ask('p521', 'TLS 1.3', false)).hello).toMatchObject({ version: 'TLS 1.3', retry: true });
  });
});

describe('readTlsAnswer', () => {
  const sslv3 = Buffer.from(`160300002a020000260300${'00'.repeat(32)}00000500`, 'hex');
  it.each([
    ['nothing', Buffer.alloc(0), { isTls: true, done: false }],
    ['a fatal alert', Buffer.from('15030100020246', 'hex'), { isTls: true, done: true, alert: { level: 2, code: 70 } }],
    ['SSLv3', sslv3, { isTls: true, hello: { version: 'SSLv3', suite: 5 } }],
    ['half a hello', sslv3.subarray(0, 30), { isTls: true, done: false }],
    ['an HTTP answer', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), { isTls: false }],
    ['an echo', clientHello({ version: 'any', random: RANDOM }), { isTls: false }],
    ['one byte of something else', Buffer.from('S'), { isTls: false }],
    [
      'an unknown version',
      Buffer.from(sslv3.toString('hex').replace('260300', '260309'), 'hex'),
      { isTls: true, hello: { version: undefined } },
    ],
  ])('%s', (_name, bytes, expected) => expect(readTlsAnswer(bytes)).toMatchObject(expected));

  it('reads the same however the bytes are cut into records, and never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void readTlsAnswer(Buffer.from(bytes))));
    const prefix = Buffer.from('160303', 'hex');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(bytes.length);
        readTlsAnswer(Buffer.concat([prefix, length, Buffer.from([2, 0, 0, bytes.length]), bytes]));
      }),
    );
    const message = sslv3.subarray(5);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: message.length - 1 }), (cut) => {
        const record = (part: Buffer) => Buffer.concat([Buffer.from([22, 3, 0, 0, part.length]), part]);
        const answer = readTlsAnswer(Buffer.concat([record(message.subarray(0, cut)), record(message.subarray(cut))]));
        expect(answer.hello).toEqual(readTlsAnswer(sslv3).hello);
      }),
    );
  });
});
