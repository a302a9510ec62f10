import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isReserved, quicVersion, versionRequest } from './quic.ts';

it('asks for a version that nobody has, in as many bytes as an Initial', () => {
  const { bytes } = versionRequest(Buffer.alloc(20, 0x5c));
  expect(bytes.length).toBe(1200);
  expect(bytes.subarray(0, 24).toString('hex')).toBe(`c05a5a5a5a08${'5c'.repeat(8)}08${'5c'.repeat(8)}00`);
  expect(isReserved(bytes.readUInt32BE(1))).toBe(true);
});

it('reads an answer to its own ids alone, and nothing throws', () =>
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ minLength: 20, maxLength: 20 }), (noise, ids) => {
      const request = versionRequest(Buffer.from(ids));
      request.read(Buffer.from(noise));
      expect(request.read(request.bytes)).toBeUndefined();
      const [destination, source] = [request.bytes.subarray(5, 14), request.bytes.subarray(14, 23)];
      const tail = Buffer.from(noise);
      const answer = Buffer.concat([Buffer.from([0x80]), Buffer.alloc(4), source, destination, tail]);
      const read = request.read(answer);
      expect(read !== undefined).toBe(tail.length > 0 && tail.length % 4 === 0);
    }),
  ));

it.each([
  [1, 'QUIC v1'],
  [0x6b3343cf, 'QUIC v2'],
  [0xff00001d, 'QUIC draft-29'],
  [0x51303530, 'Google QUIC Q050'],
  [0xdeadbeef, '0xdeadbeef'],
])('%i is %s', (code, name) => {
  expect(quicVersion(code)).toBe(name);
});
