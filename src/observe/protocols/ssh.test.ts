import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packetOf, readIdentification, readKexInit, readPacket, terrapinOpen } from './ssh.ts';

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
    [`${'x'.repeat(300)}`, undefined],
    [`${'x'.repeat(300)}\nSSH-2.0-y\n`, { protocol: '2.0', software: 'y', length: 311 }],
    [`${'x'.repeat(8193)}`, false],
    [`${'x'.repeat(8193)}\nSSH-2.0-y\n`, false],
    ['a\n'.repeat(1024), false],
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

describe('packetOf', () => {
  it('writes what readPacket reads, padded to a multiple of eight', () => {
    return fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 2000 }), (bytes) => {
        const packet = packetOf(Buffer.from(bytes));
        expect(packet.length % 8).toBe(0);
        expect(readPacket(packet)).toEqual({ payload: Buffer.from(bytes), length: packet.length });
      }),
    );
  });
});

describe('terrapinOpen', () => {
  const offer = { kex: [], hostKey: [], cipherToServer: [], cipherToClient: [], macToServer: [], macToClient: [] };
  const none = { ...offer, compressionToServer: [], compressionToClient: [] };
  const chacha = ['chacha20-poly1305@openssh.com'];
  const etm = ['hmac-sha2-256-etm@openssh.com'];
  it.each([
    ['ChaCha20', { cipherToServer: chacha }, true],
    ['ChaCha20 to the client alone', { cipherToClient: chacha }, true],
    ['ChaCha20 by its name without a domain', { cipherToServer: ['chacha20-poly1305'] }, true],
    ['the word for it in another list', { cipherToServer: chacha, hostKey: ['kex-strict-s-v00@openssh.com'] }, true],
    ['ChaCha20 with strict key exchange', { cipherToServer: chacha, kex: ['kex-strict-s-v00@openssh.com'] }, false],
    ['the client’s word for it', { cipherToServer: chacha, kex: ['kex-strict-c-v00@openssh.com'] }, true],
    ['CBC with encrypt-then-MAC', { cipherToClient: ['aes128-cbc'], macToClient: etm }, true],
    ['each in its own direction', { cipherToClient: ['aes128-cbc'], macToServer: etm }, false],
    ['CTR with encrypt-then-MAC', { cipherToServer: ['aes128-ctr'], macToServer: etm }, false],
    ['GCM', { cipherToServer: ['aes128-gcm@openssh.com'], macToServer: ['hmac-sha2-256'] }, false],
  ])('%s', (_name, lists, expected) => {
    expect(terrapinOpen({ ...none, ...lists })).toBe(expected);
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
  });
});
