import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  connackCode,
  connectPacket,
  disconnectPacket,
  fallsUnder,
  readPacket,
  readPublish,
  readSuback,
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
    ['CONNECT 3.1', connectPacket(3, 'ab'), '101000064d51497364700302003c00026162'],
    ['SUBSCRIBE', subscribePacket(4, 1, ['#']), '82060001000123 00'.replace(' ', '')],
    ['SUBSCRIBE 5', subscribePacket(5, 258, ['#']), '8207010200000123 00'.replace(' ', '')],
    ['DISCONNECT', disconnectPacket(), 'e000'],
  ])('%s', (_name, packet, expected) => {
    expect(packet.toString('hex')).toBe(expected);
  });
  it('are read back, whatever their length', () => {
    return fc.assert(
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
    expect(readSuback(4, read('900400010080'))).toEqual({ id: 1, codes: [0, 0x80] });
    expect(readSuback(5, read('90050102000087'))).toEqual({ id: 258, codes: [0, 0x87] });
    expect(readSuback(5, read('900400017f00'))).toBeUndefined();
  });
  it.each([
    ['a message', 4, '30060003612f6221', { topic: 'a/b', payload: hex('21'), retained: false }],
    ['a retained one', 4, '31060003612f6221', { topic: 'a/b', payload: hex('21'), retained: true }],
    ['with a packet id', 4, '32080003612f62000121', { topic: 'a/b', payload: hex('21'), retained: false }],
    ['with properties', 5, '30090003612f620201 0121'.replace(' ', ''), { topic: 'a/b', payload: hex('21') }],
    ['of a topic beyond its end', 4, '3003ffff61', undefined],
    ['of properties beyond its end', 5, '30060003612f627f', undefined],
  ] as const)('%s', (_name, level, bytes, expected) => {
    const message = readPublish(level, read(bytes));
    if (expected) expect(message).toMatchObject(expected);
    else expect(message).toBeUndefined();
  });
  it.each([
    ['#', 'a/b', true],
    ['#', '$SYS/a', false],
    ['$SYS/#', '$SYS/a', true],
    ['a/#', 'a', true],
    ['a/+/c', 'a/b/c', true],
    ['a/+', 'a/b/c', false],
    ['a/b', 'a', false],
    ['a', 'a/b', false],
    ['+', '$SYS', false],
  ])('%s over %s: %s', (filter, topic, expected) => {
    expect(fallsUnder(filter, topic)).toBe(expected);
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
    return fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const packet = readPacket(Buffer.from(bytes));
        if (!packet) return;
        connackCode(packet);
        for (const level of [3, 4, 5] as const) {
          readPublish(level, packet);
          readSuback(level, packet);
        }
      }),
    );
  });
});
