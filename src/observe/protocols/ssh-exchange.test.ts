import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { kexInit } from '../../../fixtures/services/ssh-raw.ts';
import { readKexInit, readPacket } from './ssh.ts';
import { greetingOf } from './ssh-connection.ts';
import { clientKexInit, kexMethod, keyOfReply, methodFor } from './ssh-exchange.ts';

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
  it('is a public value of P-256 on the curve’s form', () => {
    const message = kexMethod('ecdh-sha2-nistp256')!.begin(randomBytes)!;
    expect([message.length, message[0], message[5]]).toEqual([70, 30, 4]);
  });
});

describe('what is read', () => {
  it('never throws', () => {
    return fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
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
