import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { message, record } from './tls-hello.ts';
import { Client13, readFlight13 } from './tls13.ts';
import { finishedOf, keyShare, OWN_GROUPS, Protection, SUITE13, schedule } from './tls13-keys.ts';
import { readCertificates13, readExtensions, readTicket } from './tls13-messages.ts';

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

// RFC 8448, 3 ("Simple 1-RTT Handshake").
const RFC8448 = {
  privateKey: hex('49af42ba7f7994852d713ef2784bcbcaa7911de26adc5642cb634540e7ea5005'),
  publicKey: hex('99381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c'),
  clientHello: hex(`010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302010000
    910000000b0009000006736572766572ff01000100000a00140012001d0017001800190100010101020103010400230000003300260024001d0020
    99381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c002b0003020304000d0020001e0403050306030203080408050806
    04010501060102010402050206020202002d00020101001c00024001`),
  serverHello:
    hex(`020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00330024001d0020
    c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304`),
  encryptedExtensions: hex('080000240022000a00140012001d00170018001901000101010201030104001c0002400100000000'),
  certificate:
    hex(`0b0001b9000001b50001b0308201ac30820115a003020102020102300d06092a864886f70d01010b0500300e310c300a060355
    04031303727361301e170d3136303733303031323335395a170d3236303733303031323335395a300e310c300a0603550403130372736130819f
    300d06092a864886f70d010101050003818d0030818902818100b4bb498f8279303d980836399b36c6988c0c68de55e1bdb826d3901a2461eafd
    2de49a91d015abbc9a95137ace6c1af19eaa6af98c7ced43120998e187a80ee0ccb0524b1b018c3e0b63264d449a6d38e22a5fda430846748030
    530ef0461c8ca9d9efbfae8ea6d1d03e2bd193eff0ab9a8002c47428a6d35a8d88d79f7f1e3f0203010001a31a301830090603551d1304023000
    300b0603551d0f0404030205a0300d06092a864886f70d01010b05000381810085aad2a0e5b9276b908c65f73a7267170618a54c5f8a7b337d2d
    f7a594365417f2eae8f8a58c8f8172f9319cf36b7fd6c55b80f21a03015156726096fd335e5e67f2dbf102702e608ccae6bec1fc63a42a99be5c
    3eb7107c3c54e9b9eb2bd5203b1c3b84e0a8b2f759409ba3eac9d91d402dcc0cc8f8961229ac9187b42b4de10000`),
  certificateVerify:
    hex(`0f000084080400805a747c5d88fa9bd2e55ab085a61015b7211f824cd484145ab3ff52f1fda8477b0b7abc90db78e2d33a
    5c141a078653fa6bef780c5ea248eeaaa785c4f394cab6d30bbe8d4859ee511f602957b15411ac027671459e46445c9ea58c181e818e95b8c3fb
    0bf3278409d3be152a3da5043e063dda65cdf5aea20d53dfacd42f74f3`),
  finished: hex('140000209b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718'),
  shared: hex('8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d'),
  serverTraffic: hex('b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38'),
  clientTraffic: hex('b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21'),
  clientFinished: hex('a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61'),
  resumption: hex('7df235f2031d2a051287d02b0241b0bfdaf86cc856231f2d5aba46c434ec196c'),
};
const CLEAR = record(22, 0x0303, RFC8448.serverHello);
const FLIGHT = [RFC8448.encryptedExtensions, RFC8448.certificate, RFC8448.certificateVerify, RFC8448.finished] as const;
const shares = [keyShare(29, () => RFC8448.privateKey)!];
const server = () => new Protection(SUITE13.get(0x1301)!, RFC8448.serverTraffic);
const client = () => new Client13({ hello: RFC8448.clientHello, shares });
const sha256 = (...parts: Buffer[]) => createHash('sha256').update(Buffer.concat(parts)).digest();

describe('the key schedule', () => {
  it('gives what RFC 8448 says', () => {
    expect(shares[0]!.key).toEqual(RFC8448.publicKey);
    const shared = shares[0]!.agree(RFC8448.serverHello.subarray(52, 84))!;
    expect(shared.toString('hex')).toBe(RFC8448.shared.toString('hex'));
    const keys = schedule('sha256').handshake(shared, sha256(RFC8448.clientHello, RFC8448.serverHello));
    expect(keys.server).toEqual(RFC8448.serverTraffic);
    expect(keys.client).toEqual(RFC8448.clientTraffic);
    const all = sha256(RFC8448.clientHello, RFC8448.serverHello, ...FLIGHT);
    expect(finishedOf('sha256', keys.client, all)).toEqual(RFC8448.clientFinished);
    const whole = sha256(RFC8448.clientHello, RFC8448.serverHello, ...FLIGHT, message(20, RFC8448.clientFinished));
    expect(keys.resumption(whole)).toEqual(RFC8448.resumption);
  });

  it('protects records as RFC 8448 has them', () => {
    const sealed = server().seal(22, Buffer.concat(FLIGHT));
    expect(sealed.subarray(0, 33).toString('hex')).toBe(
      '17030302a2d1ff334a56f5bff6594a07cc87b580233f500f45e489e7f33af35edf',
    );
  });
});

describe('Client13', () => {
  const all = Buffer.concat([CLEAR, server().seal(22, Buffer.concat(FLIGHT))]);

  it('reads the flight of RFC 8448', () => {
    const flight = readFlight13({ hello: RFC8448.clientHello, shares, answer: all })!;
    expect(flight).toMatchObject({ group: 29, resumed: false, wantsCertificate: false, scheme: 0x0804 });
    expect([...flight.extensions.keys()]).toEqual([10, 28, 0]);
    expect(flight.certificates.map((der) => der.length)).toEqual([432]);
  });

  it('reads it byte by byte, and with a ChangeCipherSpec in between', () => {
    const one = client();
    const bytes = Buffer.concat([CLEAR, hex('140303000101'), all.subarray(CLEAR.length)]);
    for (let i = 1; i < bytes.length; i++) expect(one.feed(bytes.subarray(0, i))).toBe('more');
    expect(one.feed(bytes)).toBe('finished');
  });

  const protection = (...bodies: [type: number, body: Buffer][]) => {
    const to = server();
    return Buffer.concat([CLEAR, ...bodies.map(([type, body]) => to.seal(type, body))]);
  };
  it.each([
    [
      'a Finished that does not hold',
      protection([22, Buffer.concat([...FLIGHT.slice(0, 3), message(20, Buffer.alloc(32))])]),
      'broken',
    ],
    ['a message in the clear behind the hello', Buffer.concat([CLEAR, record(22, 0x0303, FLIGHT[0])]), 'broken'],
    ['data before Finished', protection([23, Buffer.from('x')]), 'broken'],
    ['a protected alert', protection([21, hex('0228')]), 'alert'],
    ['a record of nothing but padding', protection([0, Buffer.alloc(5)]), 'broken'],
    ['a message of 16 MB', protection([22, hex('0bffffff00')]), 'broken'],
    ['a message of another kind', protection([22, message(24, Buffer.alloc(1))]), 'broken'],
    ['no TLS', Buffer.from('HTTP/1.1 400 Bad Request'), 'broken'],
    ['a clear alert', hex('15030300020228'), 'alert'],
    ['half a hello', CLEAR.subarray(0, 40), 'more'],
  ])('says what %s is', (_, bytes, progress) => {
    const one = client();
    expect(one.feed(bytes)).toBe(progress);
    expect(one.flight).toBeUndefined();
  });

  it('keeps a whole handshake whatever comes behind it', () => {
    const one = client();
    expect(one.feed(all)).toBe('finished');
    one.feed(Buffer.concat([all, Buffer.from('garbage, and more of it')]));
    expect(one.flight).toMatchObject({ scheme: 0x0804 });
  });

  it('never throws, whatever the server sends, protected or not', () => {
    const bytes = fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each));
    return fc.assert(
      fc.property(bytes, fc.constantFrom(0, 1, 2), fc.nat(all.length - 1), (body, how, at) => {
        const answer =
          how === 0
            ? Buffer.concat([CLEAR, body])
            : how === 1
              ? protection([22, body])
              : Buffer.concat([all.subarray(0, at), body, all.subarray(at)]);
        const one = client();
        expect(['more', 'retry', 'finished', 'alert', 'other', 'broken']).toContain(one.feed(answer));
        one.feed(Buffer.concat([answer, body]));
      }),
      { numRuns: 150 },
    );
  });

  it('never throws over a message of any kind that the server can protect', () => {
    const bytes = fc.uint8Array({ maxLength: 100 }).map((each) => Buffer.from(each));
    return fc.assert(
      fc.property(fc.constantFrom(4, 8, 11, 13, 15, 20), bytes, (type, body) => {
        const one = client();
        one.feed(protection([22, Buffer.concat([message(type, body), ...FLIGHT])]));
        readTicket(body);
        readExtensions(body);
        expect(readCertificates13(body).certificates.length).toBeLessThanOrEqual(100);
      }),
      { numRuns: 100 },
    );
  });
});

describe('keyShare', () => {
  it.each(OWN_GROUPS.map((group) => [group]))('agrees with itself in group %i, and with no garbage', (group) => {
    let next = 1;
    const random = (bytes: number) => Buffer.alloc(bytes, next++);
    const [one, other] = [keyShare(group, random)!, keyShare(group, random)!];
    expect(one.agree(other.key)).toEqual(other.agree(one.key));
    for (const garbage of [Buffer.alloc(0), Buffer.alloc(one.key.length), Buffer.alloc(one.key.length + 1, 0xff)])
      expect(one.agree(garbage)).toBeUndefined();
  });

  it('is none of a group that is not known', () => {
    expect(keyShare(0x11ec, (bytes) => Buffer.alloc(bytes))).toBeUndefined();
  });
});

it('counts a chain of a thousand certificates, and keeps a hundred', () => {
  const body = Buffer.concat([hex('00'), hex('000000'), ...Array<Buffer>(1000).fill(hex('000001 aa 0000'))]);
  const read = readCertificates13(body);
  expect([read.certificates.length, read.presented]).toEqual([100, 1000]);
});

it('reads a ticket, with and without early data', () => {
  const ticket = hex('00001c20 01020304 02 0a0b 0003 aabbcc');
  const rest = { lifetime: 7200, ageAdd: 0x01020304, nonce: hex('0a0b'), ticket: hex('aabbcc') };
  expect(readTicket(Buffer.concat([ticket, hex('0000')]))).toEqual({ ...rest, earlyData: 0 });
  expect(readTicket(Buffer.concat([ticket, hex('0008 002a 0004 00004000')]))).toEqual({ ...rest, earlyData: 16384 });
  expect(readTicket(ticket)).toBeUndefined();
});
