import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  authSwitch,
  cachingSha2Answer,
  encryptedPassword,
  errorPacket,
  handshake,
  nativeAnswer,
  packet,
  packetHead,
} from './mysql.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');

it.each([
  ['01000002', { bodyBytes: 1, sequence: 2 }],
  ['00000000', undefined],
  ['ffffff00', undefined],
  ['0100', undefined],
])('the head %s', (hex, expected) => expect(packetHead(Buffer.from(hex, 'hex'))).toEqual(expected));

it('counts a packet', () => expect(packet(255, latin1('ab')).toString('hex')).toBe('020000ff6162'));

it('reads a handshake, with and without methods', () => {
  const rest = (capabilities: string) =>
    `\x01\0\0\0abcdefgh\0\x00\xaa\x21\x02\0${capabilities}\x15${'\0'.repeat(10)}ijklmnopqrst\0`;
  const nonce = latin1('abcdefghijklmnopqrst');
  expect(handshake(latin1(`\x0a10.11.6-MariaDB\0${rest('\x08\0')}caching_sha2_password\0`))).toEqual({
    version: '10.11.6-MariaDB',
    capabilities: 0x8aa00,
    nonce,
    plugin: 'caching_sha2_password',
  });
  expect(handshake(latin1(`\x0a5.1.0\0${rest('\0\0')}`))?.plugin).toBe('mysql_native_password');
  expect(handshake(latin1(`\x0a5.1.0\0${rest('\0\0')}`.slice(0, 30)))).toBeUndefined();
});

it.each([
  ['\xfe', { plugin: 'mysql_old_password', nonce: latin1('') }],
  ['\xfex_y\0abc', { plugin: 'x_y', nonce: latin1('abc') }],
  ['\xfex_y', undefined],
  ['\0', undefined],
])('the change of method %j', (text, expected) => expect(authSwitch(latin1(text))).toEqual(expected));

it.each([
  ['\xff\x15\x04#28000no', { code: 1045, message: 'no' }],
  ['\xff\x10\x04Too many', { code: 1040, message: 'Too many' }],
  ['\xff\x10', undefined],
  ['\0\0\0', undefined],
])('the error %j', (text, expected) => expect(errorPacket(latin1(text))).toEqual(expected));

it('answers an empty password with nothing', () => {
  expect(nativeAnswer('', latin1('n'))).toHaveLength(0);
  expect(cachingSha2Answer('', latin1('n'))).toHaveLength(0);
});

it('takes no key that is none, or too small', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const pem = Buffer.from(publicKey.export({ type: 'spki', format: 'pem' }));
  expect(encryptedPassword('x', randomBytes(20), pem)).toHaveLength(128);
  expect(encryptedPassword('x'.repeat(100), randomBytes(20), pem)).toBeUndefined();
  expect(encryptedPassword('x', Buffer.alloc(0), pem)).toBeUndefined();
  expect(encryptedPassword('x', randomBytes(20), latin1('-----BEGIN'))).toBeUndefined();
});

it('never throws', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      for (const first of [10, 0xfe, 0xff, bytes[0] ?? 0]) {
        const body = Buffer.from([first, ...bytes]);
        packetHead(body);
        handshake(body);
        authSwitch(body);
        errorPacket(body);
        encryptedPassword('x', body, body);
      }
    }),
  ));
