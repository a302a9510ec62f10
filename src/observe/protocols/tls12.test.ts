import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../../fixtures/services/index.ts';
import { dhe, ecdhe, flight12 } from '../../../test/kit/tls-scripted.ts';
import { helloBody, message, record, u8 } from './tls-hello.ts';
import { canFinish, finish12, isFlight12, readClear12 } from './tls12.ts';
import { cipherOf, prf, protect } from './tls12-keys.ts';

const certificate = new X509Certificate(fixtures.certificate({ commonName: 'cam' }).cert).raw;
const hello = message(1, helloBody({ version: 0x0303, random: Buffer.alloc(32, 1), suites: [0x002f] }));
const random = (bytes: number) => Buffer.alloc(bytes, 7);
const finished = (bytes: Buffer) => finish12({ hello, flight: readClear12(bytes), version: 'TLS 1.2', random });

it('makes secrets as others do', () => {
  // A test vector of TLS 1.2's PRF with SHA-256 that is widely used (mailing list of the TLS working group, 2009).
  const hex = (text: string) => Buffer.from(text, 'hex');
  const made = prf(
    'TLS 1.2',
    'sha256',
    hex('9bbe436ba940f017b17652849a71db35'),
    'test label',
    hex('a0ba9f936cda311827a6f796ffd5198c'),
    100,
  );
  expect(made.toString('hex')).toMatch(/^e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a/);
});

describe('readClear12', () => {
  it('reads messages over records, up to ChangeCipherSpec', () => {
    const bytes = Buffer.concat([
      flight12(0x0303, 0x002f),
      record(20, 0x0303, u8(1)),
      record(22, 0x0303, Buffer.alloc(40, 9)),
    ]);
    const split = Buffer.concat([
      record(22, 0x0303, bytes.subarray(5, 25)),
      record(22, 0x0303, bytes.subarray(25, 5 + bytes.readUInt16BE(3))),
    ]);
    expect(readClear12(bytes)).toMatchObject({
      changed: true,
      broken: false,
      messages: [{ type: 2 }, { type: 11 }, { type: 14 }],
    });
    expect(readClear12(split).messages.map(({ type }) => type)).toEqual([2, 11, 14]);
    expect(isFlight12(split)).toBe(true);
    expect(isFlight12(bytes.subarray(0, 40))).toBe(false);
  });

  it.each([
    ['a fatal alert', Buffer.from('15030300020228', 'hex'), { alert: { level: 2, code: 40 } }],
    [
      'a warning before the hello',
      Buffer.concat([Buffer.from('15030300020170', 'hex'), flight12(0x0303, 0x002f)]),
      { messages: [{ type: 2 }, { type: 11 }, { type: 14 }] },
    ],
    ['no TLS', Buffer.from('SSH-2.0-x\r\n'), { broken: true }],
  ])('reads %s', (_, bytes, is) => {
    expect(readClear12(bytes)).toMatchObject(is);
    expect(isFlight12(bytes)).toBe(true);
  });
});

describe('finish12', () => {
  it.each([
    ['half a flight', flight12(0x0303, 0x002f, undefined, { certificate }).subarray(0, 200), 'no whole flight'],
    [
      'a suite that is not known here',
      flight12(0x0303, 0x0005, undefined, { certificate }),
      'TLS_RSA_WITH_RC4_128_SHA of TLS 1.2 is not known here',
    ],
    [
      'another version',
      flight12(0x0302, 0x002f, undefined, { certificate }),
      'TLS_RSA_WITH_AES_128_CBC_SHA of TLS 1.1 is not known here',
    ],
    [
      'compression',
      flight12(0x0303, 0x002f, undefined, { certificate, compression: 1 }),
      'TLS_RSA_WITH_AES_128_CBC_SHA of TLS 1.2 is not known here',
    ],
    [
      'no certificate to encrypt for',
      flight12(0x0303, 0x002f),
      'its certificate has no RSA key that can be encrypted for',
    ],
    [
      'a point that is on no curve',
      flight12(0x0303, 0xc02f, ecdhe(23)),
      'its key exchange cannot be gone through (ecdh)',
    ],
    ['a curve that is not known', flight12(0x0303, 0xc02f, ecdhe(1)), 'its key exchange cannot be gone through (ecdh)'],
    [
      'an even number for a prime',
      flight12(0x0303, 0x0033, dhe(Buffer.alloc(128, 2), 0x0401)),
      'its key exchange cannot be gone through (dh)',
    ],
    [
      'a prime without end',
      flight12(0x0303, 0x0033, dhe(Buffer.alloc(2000, 0xff), 0x0401)),
      'its key exchange cannot be gone through (dh)',
    ],
    ['no ServerKeyExchange', flight12(0x0303, 0xc02f), 'its key exchange cannot be gone through (unreadable)'],
  ])('says why it cannot go through %s', (_, bytes, why) => expect(finished(bytes)).toEqual({ why }));

  it('answers with one flight', () => {
    const made = finished(flight12(0x0303, 0x002f, undefined, { certificate, session: Buffer.from('abc') }));
    expect('why' in made ? made.why : made.id.toString()).toBe('abc');
    const types: number[] = [];
    const bytes = 'why' in made ? Buffer.alloc(0) : made.bytes;
    for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) types.push(bytes[at]!);
    expect(types).toEqual([22, 20, 22]);
  });

  it('never throws, whatever the server sends', () => {
    const bodies = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
    const suites = fc.constantFrom(0x002f, 0x0033, 0xc02f, 0xc013, 0xcca8, 0x1301);
    return fc.assert(
      fc.property(bodies, suites, fc.nat(300), fc.boolean(), (body, suite, at, whole) => {
        const sound = flight12(0x0303, suite, whole ? body : ecdhe(29), { certificate: whole ? certificate : body });
        const bytes = Buffer.concat([sound.subarray(0, at), body, sound.subarray(at)]);
        for (const each of [sound, bytes, body]) {
          isFlight12(each);
          expect(typeof finished(each)).toBe('object');
        }
      }),
      { numRuns: 150 },
    );
  });
});

it('knows which suites it can finish', () => {
  expect([0x002f, 0x0033, 0xc02f, 0xcca8, 0x000a].map(canFinish)).toEqual([true, true, true, true, true]);
  expect([0x0034, 0x0014, 0x008c, 0x0005, 0x1301, 0xeeee].map(canFinish)).toEqual(Array(6).fill(false));
});

it('counts its records', () => {
  const made = protect('TLS 1.2', cipherOf(0x009c)!, Buffer.alloc(48), Buffer.alloc(64), random);
  expect([made.seal(22, u8(1)), made.seal(22, u8(1))].map((each) => each.subarray(5, 13).readUInt32BE(4))).toEqual([
    0, 1,
  ]);
});
