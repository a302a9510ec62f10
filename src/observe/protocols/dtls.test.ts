import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DtlsReader,
  dtlsHello,
  dtlsMessage,
  dtlsRecord,
  Reassembly,
  readDtlsRecords,
  readDtlsServerHello,
  readFragments,
  readVerify,
} from './dtls.ts';
import { dtlsHelloParts, FAMILIAR_SUITES } from './dtls-hello.ts';
import { keysOf, OWN_SUITES, ownSuites, prf, pskPremaster, seal, unseal } from './dtls-keys.ts';
import { suiteName } from './tls-suites.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const bytes = (max: number) => fc.uint8Array({ maxLength: max }).map((array) => Buffer.from(array));
const handshake = (body: Buffer, sequence = 0) => dtlsRecord({ type: 22, version: 0xfefd, epoch: 0, sequence, body });

const SERVER_HELLO = Buffer.concat([hex('fefd'), Buffer.alloc(32, 7), hex('00 c02f 00')]);

describe('records', () => {
  it('come one after the other, until something is none', () => {
    const one = handshake(dtlsMessage(14, 3, Buffer.alloc(0)));
    const { records, rest } = readDtlsRecords(Buffer.concat([one, one, hex('16 0301 0000')]));
    expect(records).toHaveLength(2);
    expect(records[0]).toMatchObject({ type: 22, version: 0xfefd, epoch: 0, sequence: 0 });
    expect(rest).toBe('broken');
  });

  it.each([
    ['the header that DTLS 1.3 gives what it encrypts', '2f 00 01 0002 abcd', 'unified'],
    ['one that says more than came', '16 fefd 0000 000000000000 0009 00', 'broken'],
    ['one of TLS', '16 0303 0005 0000000000000000', 'broken'],
    ['nothing', '', undefined],
  ])('%s', (_, text, rest) => {
    expect(readDtlsRecords(hex(text)).rest).toBe(rest);
  });

  it('are 64 of a datagram at most', () => {
    const empty = dtlsRecord({ type: 23, version: 0xfefd, epoch: 0, sequence: 0, body: Buffer.alloc(0) });
    expect(readDtlsRecords(Buffer.concat(Array.from({ length: 70 }, () => empty))).records).toHaveLength(64);
  });
});

describe('messages', () => {
  const cut = fc.record({ from: fc.nat(400), length: fc.nat(400) });
  it('are whole again however they were cut, mixed, repeated and overlapped', () =>
    fc.assert(
      fc.property(bytes(400), fc.array(cut, { maxLength: 30 }), fc.nat(1000), (body, cuts, seed) => {
        const all = [...cuts.map(({ from, length }) => [from % (body.length + 1), length] as const), [0, 0] as const];
        // Whatever was cut at random, pieces that cover the whole come too.
        for (let at = 0; at < body.length; at += 1 + (seed % 97)) all.push([at, 1 + (seed % 97)]);
        const pieces = all.map(([from, length]) =>
          dtlsMessage(11, 5, body, { offset: from, length: Math.min(length, body.length - from) }),
        );
        const made = new Reassembly();
        pieces.sort((a, b) => ((a.length * 31 + seed) % 7) - ((b.length * 31 + seed) % 7));
        for (const piece of pieces) for (const fragment of readFragments(piece).fragments) made.add(fragment);
        expect(made.get(5)?.body.equals(body)).toBe(true);
      }),
      { numRuns: 200 },
    ));

  it('stay as they came first, and of the length and type that were said first', () => {
    const made = new Reassembly();
    const add = (type: number, text: string, offset: number, length: number) =>
      made.add({ type, sequence: 0, length, offset, bytes: Buffer.from(text) });
    add(11, 'ab', 0, 4);
    add(12, 'xxxx', 0, 4);
    add(11, 'xxxxx', 0, 5);
    add(11, 'xbcd', 0, 4);
    expect(made.get(0)).toEqual({ type: 11, sequence: 0, body: Buffer.from('abcd') });
  });

  it('take no more room than a flight has', () => {
    const made = new Reassembly();
    made.add({ type: 11, sequence: 0, length: 0xffffff, offset: 0, bytes: Buffer.from('a') });
    for (let sequence = 1; sequence < 100; sequence++)
      made.add({ type: 14, sequence, length: 0, offset: 0, bytes: Buffer.alloc(0) });
    expect(made.get(0)).toBeUndefined();
    expect(made.from(14)).toHaveLength(16);
  });
});

describe('what a server says', () => {
  const read = (...datagrams: Buffer[]) => {
    const reader = new DtlsReader();
    for (const datagram of datagrams) reader.take(datagram);
    return reader.answer;
  };

  it('HelloVerifyRequest', () => {
    const answer = read(handshake(dtlsMessage(3, 0, hex('feff 02 abcd'))));
    expect(answer).toMatchObject({ cookie: hex('abcd'), done: false, strange: false });
    expect(readVerify(hex('feff 03 abcd'))).toBeUndefined();
  });

  it('a flight in any order', () => {
    const done = handshake(dtlsMessage(14, 2, Buffer.alloc(0)));
    const certificate = handshake(dtlsMessage(11, 1, hex('000005 000002 aabb')));
    const hello = handshake(dtlsMessage(2, 0, SERVER_HELLO));
    expect(read(done, certificate)).toMatchObject({ done: false, certificates: [] });
    const answer = read(done, certificate, hello);
    expect(answer).toMatchObject({ done: true, strange: false, certificates: [hex('aabb')] });
    expect(answer.hello).toMatchObject({ version: 'DTLS 1.2', suite: 0xc02f });
  });

  it.each([
    ['DTLS 1.0', Buffer.concat([hex('feff'), SERVER_HELLO.subarray(2)]), false],
    ['DTLS 1.3', Buffer.concat([SERVER_HELLO, hex('0006 002b 0002 fefc')]), true],
    [undefined, Buffer.concat([hex('0303'), SERVER_HELLO.subarray(2)]), false],
  ])('ServerHello of %s', (version, body, done) => {
    const answer = read(handshake(dtlsMessage(2, 0, body)));
    expect([answer.hello?.version, answer.done]).toEqual([version, done]);
  });

  it('an alert, its own hello back, and what is none', () => {
    const alert = dtlsRecord({ type: 21, version: 0xfeff, epoch: 0, sequence: 0, body: hex('02 28') });
    expect(read(alert)).toMatchObject({ alert: { level: 2, code: 40 }, done: true });
    const hello = dtlsHello(dtlsHelloParts({ version: 'DTLS 1.2', random: Buffer.alloc(64) }));
    expect(read(hello)).toMatchObject({ strange: true, done: false });
    expect(read(Buffer.from('SIP/2.0 400'))).toMatchObject({ strange: true, done: false });
  });

  it('whatever it is, nothing throws', () =>
    fc.assert(
      fc.property(fc.array(bytes(120), { maxLength: 6 }), fc.nat(30), (all, type) => {
        const reader = new DtlsReader();
        for (const body of all) {
          reader.take(body);
          reader.take(handshake(body));
          reader.take(handshake(dtlsMessage(type, 0, body)));
          reader.take(handshake(dtlsMessage(2, 1, body)));
        }
        expect(reader.answer.certificates.length).toBeLessThan(21);
        for (const body of all) readDtlsServerHello(body);
      }),
      { numRuns: 300 },
    ));
});

describe('hellos', () => {
  it.each(['DTLS 1.0', 'DTLS 1.2', 'DTLS 1.3'] as const)('a short one of %s has room in 200 bytes', (version) => {
    const hello = dtlsHello(dtlsHelloParts({ version, random: Buffer.alloc(64), short: true }));
    expect(hello.length).toBeLessThan(200);
  });

  it('one of all suites has room in a datagram, and is one fragment', () => {
    const hello = dtlsHello(dtlsHelloParts({ version: 'DTLS 1.2', random: Buffer.alloc(64), servername: 'a.example' }));
    expect(hello.length).toBeLessThan(1200);
    const { fragments, sound } = readFragments(hello.subarray(13));
    expect([fragments[0]?.length, sound]).toEqual([hello.length - 25, true]);
  });

  it('offers what small devices have', () => {
    const names = FAMILIAR_SUITES.map(suiteName);
    for (const name of ['PSK_WITH_AES_128_CCM_8', 'ECDHE_ECDSA_WITH_AES_128_CCM_8', 'PSK_WITH_AES_128_CBC_SHA256'])
      expect(names).toContain(`TLS_${name}`);
  });
});

describe('keys', () => {
  it('the PRF of TLS 1.2', () => {
    const made = prf(
      'sha256',
      hex('9bbe436ba940f017b17652849a71db35'),
      'test label',
      hex('a0ba9f936cda311827a6f796ffd5198c'),
      100,
    );
    expect(made.toString('hex')).toBe(
      'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66',
    );
  });

  it('the premaster secret of RFC 4279, 2', () => {
    expect(pskPremaster(hex('010203')).toString('hex')).toBe('00030000000003010203');
  });

  it('has the suites of CoAP among its own, AEAD before CBC', () => {
    const own = ownSuites(({ exchange }) => exchange === 'psk').map(suiteName);
    expect(own).toContain('TLS_PSK_WITH_AES_128_CCM_8');
    expect(own.findIndex((name) => name.includes('CBC'))).toBeGreaterThan(own.indexOf('TLS_PSK_WITH_AES_128_CCM_8'));
    for (const [code, { mode }] of OWN_SUITES) expect(suiteName(code).includes('CBC')).toBe(mode === 'cbc');
  });

  const codes = [0xc0a8, 0xc0a4, 0x00a9, 0xccab, 0x008c, 0x00af, 0xc027];
  it('seal what the same keys open, and nothing else does', () =>
    fc.assert(
      fc.property(fc.constantFrom(...codes), bytes(80), fc.nat(0xffff), fc.nat(), (code, plain, sequence, at) => {
        const suite = OWN_SUITES.get(code)!;
        const [own, theirs] = keysOf(suite, Buffer.alloc(48, 3), Buffer.alloc(32, 1), Buffer.alloc(32, 2));
        const head = { type: 23, version: 0xfefd, epoch: 1, sequence };
        const [record] = readDtlsRecords(seal(own, head, plain, randomBytes)).records;
        expect(unseal(own, record!, record!.body)?.equals(plain)).toBe(true);
        expect(unseal(theirs, record!, record!.body)).toBeUndefined();
        expect(unseal(own, { ...record!, sequence: sequence + 1 }, record!.body)?.equals(plain) ?? false).toBe(false);
        const broken = Buffer.from(record!.body);
        broken[at % broken.length]! ^= 1;
        expect(unseal(own, record!, broken)?.equals(plain) ?? false).toBe(false);
        unseal(own, record!, plain);
      }),
      { numRuns: 150 },
    ));
});
