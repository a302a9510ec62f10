import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  connackCode,
  connectPacket,
  disconnectPacket,
  publishTopic,
  readPacket,
  subackCodes,
  subscribePacket,
} from './mqtt.ts';

const hex = (text: string) => Buffer.from(text, 'hex');
const read = (text: string) => {
  const packet = readPacket(hex(text));
  if (!packet) throw new Error('no packet');
  return packet;
};

describe('packets as written', () => {
  it.each([
    ['CONNECT 3.1.1', connectPacket(4, 'ab'), '100e00044d5154540402003c00026162'],
    ['CONNECT 5', connectPacket(5, 'ab'), '100f00044d5154540502003c0000026162'],
    [
      'CONNECT with a name',
      connectPacket(4, 'a', { user: 'u', secret: '' }),
      '101200044d51545404c2003c00016100017500 00'.replace(' ', ''),
    ],
    ['SUBSCRIBE', subscribePacket(4, 1, ['#']), '82060001000123 00'.replace(' ', '')],
    ['SUBSCRIBE 5', subscribePacket(5, 258, ['#']), '8207010200000123 00'.replace(' ', '')],
    ['DISCONNECT', disconnectPacket(), 'e000'],
  ])('%s', (_name, packet, expected) => {
    expect(packet.toString('hex')).toBe(expected);
  });
  it('are read back, whatever their length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 70_000, size: 'max' }), (name) => {
        const bytes = connectPacket(4, name);
        expect(readPacket(bytes)).toMatchObject({ type: 1, length: bytes.length });
        expect(readPacket(bytes.subarray(0, -1))).toBeUndefined();
      }),
      { numRuns: 30 },
    );
  });
});

describe('packets as read', () => {
  it('answers', () => {
    expect(connackCode(read('20020005'))).toBe(5);
    expect(connackCode(read('2003008700'))).toBe(0x87);
    expect(connackCode(read('9003000180'))).toBeUndefined();
    expect(subackCodes(4, read('900400010080'))).toEqual([0, 0x80]);
    expect(subackCodes(5, read('90050001000087'))).toEqual([0, 0x87]);
    expect(subackCodes(5, read('900400017f00'))).toBeUndefined();
    expect(publishTopic(read('30050003612f62'))).toBe('a/b');
    expect(publishTopic(read('3003ffff61'))).toBeUndefined();
  });
  it.each([
    ['a length beyond four bytes', '20ffffffff01', false],
    ['a length beyond the cap', '20ffffff7f', false],
    ['half', '200200', undefined],
    ['nothing', '', undefined],
  ])('%s', (_name, bytes, expected) => {
    expect(readPacket(hex(bytes))).toBe(expected);
  });
  it('never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const packet = readPacket(Buffer.from(bytes));
        if (!packet) return;
        connackCode(packet);
        publishTopic(packet);
        subackCodes(4, packet);
        subackCodes(5, packet);
      }),
    );
  });
});
