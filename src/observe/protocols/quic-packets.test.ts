import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ackFrame, CryptoStream, cryptoFrame, readFrames } from './quic-frames.ts';
import { openPacket, PacketKeys, readPackets, readVarint, varint, writePacket } from './quic-packets.ts';
import { SUITE13 } from './tls13-keys.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const ID = hex('8394c8f03e515708');

// RFC 9001, A.3: the server's Initial, to a client without an id of its own.
const SERVER = hex(
  'cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee',
);

it('reads the server’s Initial of RFC 9001, A.3', () => {
  const [packet] = readPackets(SERVER, 1, Buffer.alloc(0));
  expect(packet).toMatchObject({ kind: 'initial', source: hex('f067a5502a4262b5') });
  const opened = openPacket(PacketKeys.initial(1, ID).server, packet as never, -1);
  expect(opened?.number).toBe(1);
  const { crypto, sound, wantsAck } = readFrames(opened!.frames);
  expect([sound, wantsAck, crypto.length]).toEqual([true, true, 1]);
  expect(crypto[0]!.bytes.toString('hex')).toMatch(/^020000560303eefce7f7b37ba1d1632e96677825ddf7/);
});

it.each([1, 0x6b3343cf, 0xff00001d])('what is written in %i is read, by the other side alone', (version) =>
  fc.assert(
    fc.property(
      fc.constantFrom(...SUITE13.values()),
      fc.nat(0xffff),
      fc.uint8Array({ minLength: 4, maxLength: 60 }),
      fc.nat(),
      (suite, number, body, at) => {
        const frames = cryptoFrame(7, Buffer.from(body));
        const same = new PacketKeys(version, suite, Buffer.alloc(suite.hash === 'sha256' ? 32 : 48, 5));
        const head = { version, destination: ID, source: hex('0102'), token: hex('aabb') } as const;
        for (const [level, keys] of [
          ['initial', PacketKeys.initial(version, ID).client],
          ['handshake', suite.tagBytes === 16 ? same : PacketKeys.initial(version, ID).server],
        ] as const) {
          const written = writePacket(keys, { ...head, level, number, frames });
          const [packet, ...others] = readPackets(Buffer.concat([written, written, hex('40')]), version, ID);
          expect([packet?.kind, others.length]).toEqual([level, 1]);
          expect(openPacket(keys, packet as never, number - 1)).toEqual({ number, frames });
          expect(readPackets(written, version, hex('00'))).toEqual([]);
          const broken = Buffer.from(written);
          broken[at % broken.length]! ^= 1;
          for (const one of readPackets(broken, version, ID))
            if (one.kind !== 'retry') expect(openPacket(keys, one, number - 1)).toBeUndefined();
        }
      },
    ),
    { numRuns: 60 },
  ),
);

it('nothing throws', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (noise) => {
      const bytes = Buffer.from(noise);
      readFrames(bytes);
      for (const head of ['', 'c00000000100', 'c0000000010000', 'd000000001000000'])
        for (const one of readPackets(Buffer.concat([hex(head), bytes]), 1, Buffer.alloc(0)))
          if (one.kind !== 'retry') openPacket(PacketKeys.initial(1, ID).server, one, -1);
      const stream = new CryptoStream();
      stream.add({ offset: bytes.length, bytes });
      stream.add({ offset: 0, bytes });
      expect(stream.messages.length).toBeLessThan(41);
    }),
  ));

it('numbers of variable length', () =>
  fc.assert(
    fc.property(fc.nat(2 ** 30 - 1), (value) => {
      expect(readVarint(varint(value), 0)).toEqual({ value, end: varint(value).length });
    }),
  ));

it('messages in any order, overlapping and repeated', () =>
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(50), fc.nat(30)), { maxLength: 12 }), (cuts) => {
      const whole = Buffer.concat([hex('0b00002e'), Buffer.alloc(46, 7)]);
      const stream = new CryptoStream();
      for (const [offset, length] of cuts) stream.add({ offset, bytes: whole.subarray(offset, offset + length) });
      for (const offset of [25, 0]) stream.add({ offset, bytes: whole.subarray(offset, offset + 25) });
      expect(stream.messages).toEqual([whole]);
    }),
  ));

it('acknowledges without a gap', () => {
  expect(ackFrame(new Set([0, 1, 3, 4, 5])).toString('hex')).toBe('0205000002');
});
