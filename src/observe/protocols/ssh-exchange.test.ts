import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kexInit } from '../../../fixtures/services/ssh-raw.ts';
import { readKexInit, readPacket, stringOf } from './ssh.ts';
import { greetingOf } from './ssh-connection.ts';
import {
  clientKexInit,
  groupAnswer,
  groupRequest,
  kexMethod,
  keyOfReply,
  methodFor,
  readGroup,
} from './ssh-exchange.ts';

const offerOf = (lists: Parameters<typeof kexInit>[0]) => {
  const packet = readPacket(kexInit(lists));
  return readKexInit(packet ? packet.payload : Buffer.alloc(0))!;
};

describe('the method that is used', () => {
  it.each([
    ['the cheapest of several', ['diffie-hellman-group18-sha512', 'ecdh-sha2-nistp256'], 'ecdh-sha2-nistp256'],
    [
      'a fixed group before a greater one',
      ['diffie-hellman-group16-sha512', 'diffie-hellman-group14-sha1'],
      'diffie-hellman-group14-sha1',
    ],
    ['none that is no method', ['ext-info-s', 'kex-strict-s-v00@openssh.com'], undefined],
  ])('%s', (_name, kex, expected) => {
    expect(methodFor(offerOf({ kex }))?.name).toBe(expected);
  });
});

describe('what is sent', () => {
  it('agrees with the server in all that is not asked for', () => {
    const offer = offerOf({
      cipherToServer: ['a', 'b'],
      macToClient: [],
      compressionToServer: ['zlib', 'none'],
      compressionToClient: ['zlib'],
    });
    expect(readKexInit(clientKexInit(offer, 'k', 'h', randomBytes))).toEqual({
      kex: ['k'],
      hostKey: ['h'],
      cipherToServer: ['a'],
      cipherToClient: ['aes128-ctr'],
      macToServer: ['hmac-sha2-256'],
      macToClient: [],
      compressionToServer: ['none'],
      compressionToClient: ['zlib'],
    });
  });
  it('is a number of the group, and neither small nor too large', () => {
    return fc.assert(
      fc.property(fc.integer({ min: 128, max: 16_384 }), (bits) => {
        const number = groupAnswer(bits, (count) => Buffer.alloc(count, 0xff)).subarray(5);
        expect(number.length * 8).toBeLessThanOrEqual(bits);
        expect(number.length * 8).toBeGreaterThan(bits - 8);
        expect(number[0]).toBe(0x3f);
      }),
    );
  });
  it('is a public value of P-256 on the curve’s form', () => {
    const message = kexMethod('ecdh-sha2-nistp256')!.begin(randomBytes)!;
    expect([message.length, message[0], message[5]]).toEqual([70, 30, 4]);
  });
  it('asks for a group by three sizes', () => {
    expect(groupRequest(1024, 2048, 8192).toString('hex')).toBe('22000004000000080000002000');
  });
});

describe('what is read', () => {
  it.each([
    [
      'a group',
      Buffer.concat([
        Buffer.from([31]),
        stringOf(Buffer.concat([Buffer.from([0, 0x80]), Buffer.alloc(127, 1)])),
        stringOf('g'),
      ]),
      1024,
    ],
    ['an even number', Buffer.concat([Buffer.from([31]), stringOf(Buffer.alloc(128, 2))]), undefined],
    ['too few bits', Buffer.concat([Buffer.from([31]), stringOf(Buffer.alloc(8, 3))]), undefined],
    ['zero', Buffer.concat([Buffer.from([31]), stringOf(Buffer.alloc(128))]), undefined],
    ['cut short', Buffer.from([31, 0, 0, 1, 0, 1]), undefined],
    ['another message', Buffer.concat([Buffer.from([33]), stringOf(Buffer.alloc(128, 3))]), undefined],
    ['nothing', Buffer.alloc(0), undefined],
  ])('%s', (_name, payload, expected) => {
    expect(readGroup(payload)).toBe(expected);
  });
  it('never throws', () => {
    return fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        readGroup(Buffer.concat([Buffer.from([31]), Buffer.from(bytes)]));
        keyOfReply(Buffer.concat([Buffer.from([31]), Buffer.from(bytes)]));
        greetingOf(Buffer.from(bytes));
        greetingOf(Buffer.concat([Buffer.from('SSH-2.0-x\r\n'), Buffer.from(bytes)]));
      }),
    );
  });
  it('reads a greeting the same however it is cut, and never early', () => {
    const whole = Buffer.concat([Buffer.from('hello\nSSH-2.0-x y\r\n'), kexInit()]);
    for (let length = 0; length < whole.length; length += 1)
      expect(greetingOf(whole.subarray(0, length))).toBeUndefined();
    expect(greetingOf(Buffer.concat([whole, Buffer.from('more')]))).toMatchObject({ rest: Buffer.from('more') });
  });
});
