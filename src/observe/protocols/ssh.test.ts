import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readHostKey, readIdentification, readKexInit, readPacket } from './ssh.ts';

const string = (value: string | Buffer) => {
  const bytes = Buffer.from(value as string);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const kexinit = (lists: string[][]) =>
  Buffer.concat([Buffer.from([20]), Buffer.alloc(16, 7), ...lists.map((l) => string(l.join(','))), Buffer.alloc(5)]);
const packet = (payload: Buffer, padding = 6) => {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(payload.length + padding + 1);
  head[4] = padding;
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
};

describe('readIdentification', () => {
  it.each([
    ['SSH-2.0-dropbear_2022.83\r\n', { protocol: '2.0', software: 'dropbear_2022.83', length: 26 }],
    ['hello\r\nSSH-1.99-OpenSSH_3.4 x\n', { protocol: '1.99', software: 'OpenSSH_3.4 x', length: 30 }],
    ['SSH-2.0-half', undefined],
    ['', undefined],
    [`${'x'.repeat(300)}`, false],
    ['a\n'.repeat(60), false],
    [`SSH-2.0-${'x'.repeat(300)}\r\n`, false],
  ])('%j', (text, expected) => {
    expect(readIdentification(Buffer.from(text))).toEqual(expected);
  });
});

describe('readPacket', () => {
  it('gives the payload and what it took', () => {
    const bytes = Buffer.concat([packet(Buffer.from('abc')), Buffer.from('rest')]);
    expect(readPacket(bytes)).toEqual({ payload: Buffer.from('abc'), length: bytes.length - 4 });
  });
  it.each([
    ['nothing', Buffer.alloc(0), undefined],
    ['half', packet(Buffer.from('abc')).subarray(0, 8), undefined],
    ['a length that cannot be', Buffer.from('ffffffff04', 'hex'), false],
    ['padding beyond the packet', Buffer.from('0000000506000000000000', 'hex'), false],
    ['too little padding', Buffer.from('000000080100000000000000', 'hex'), false],
  ])('%s', (_name, bytes, expected) => {
    expect(readPacket(bytes)).toBe(expected);
  });
});

describe('readKexInit', () => {
  const names = fc.array(fc.stringMatching(/^[a-z][a-z0-9@.-]{0,20}$/), { maxLength: 5 });
  it('reads what was written', () => {
    fc.assert(
      fc.property(fc.array(names, { minLength: 10, maxLength: 10 }), (lists) => {
        const read = readKexInit(kexinit(lists))!;
        expect(Object.values(read)).toEqual(lists.slice(0, 8));
      }),
    );
  });
  it('gives nothing for every cut', () => {
    const whole = kexinit(Array.from({ length: 10 }, (_, i) => [`name${i}`]));
    for (let length = 0; length < whole.length - 5; length += 1)
      expect(readKexInit(whole.subarray(0, length))).toBeUndefined();
  });
  it('gives nothing for names that are none', () => {
    expect(readKexInit(kexinit([['a b'], ...Array.from({ length: 9 }, () => ['x'])]))).toBeUndefined();
    expect(
      readKexInit(kexinit([Array.from({ length: 300 }, () => 'x'), ...Array.from({ length: 9 }, () => ['x'])])),
    ).toBeUndefined();
  });
  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readKexInit(Buffer.concat([Buffer.from([20]), bytes]))));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readPacket(Buffer.from(bytes))));
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readHostKey(Buffer.from(bytes))));
  });
});

describe('readHostKey', () => {
  const jwk = (type: 'rsa' | 'ec', options: object) =>
    generateKeyPairSync(type as 'rsa', options as { modulusLength: number }).publicKey.export({ format: 'jwk' });
  it('rsa', () => {
    const { n, e } = jwk('rsa', { modulusLength: 1024 });
    const blob = Buffer.concat([
      string('ssh-rsa'),
      string(Buffer.from(e!, 'base64url')),
      string(Buffer.concat([Buffer.alloc(1), Buffer.from(n!, 'base64url')])),
    ]);
    expect(readHostKey(blob)).toMatchObject({ type: 'ssh-rsa', algorithm: 'rsa', bits: 1024, exponent: '65537' });
    expect(readHostKey(blob.subarray(0, 40))).toBeUndefined();
  });
  it.each([
    ['dsa', Buffer.concat([string('ssh-dss'), string(Buffer.from(`00ff${'00'.repeat(127)}`, 'hex'))]), 'dsa', 1024],
    [
      'ecdsa',
      Buffer.concat([string('ecdsa-sha2-nistp521'), string('nistp521'), string(Buffer.alloc(133, 4))]),
      'ec',
      521,
    ],
    ['ed25519', Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(32, 1))]), 'ed25519', 256],
    ['ed448', Buffer.concat([string('ssh-ed448'), string(Buffer.alloc(57, 1))]), 'ed448', 456],
    ['another', Buffer.concat([string('sk-x@y'), string('abc')]), 'other', 0],
  ])('%s', (_name, blob, algorithm, bits) => {
    expect(readHostKey(blob)).toMatchObject({ algorithm, bits });
  });
  it.each([
    ['empty', Buffer.alloc(0)],
    ['an empty name', string('')],
    ['a name and no key', string('ssh-rsa')],
    ['an RSA modulus of zero', Buffer.concat([string('ssh-rsa'), string('\x01'), string(Buffer.alloc(8))])],
    ['ed25519 of the wrong length', Buffer.concat([string('ssh-ed25519'), string(Buffer.alloc(31, 1))])],
  ])('%s is no key', (_name, blob) => {
    expect(readHostKey(blob)).toBeUndefined();
  });
});
