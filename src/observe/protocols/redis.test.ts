import fc from 'fast-check';
import { expect, it } from 'vitest';
import { errorKind, readRedisReply, redisCommand } from './redis.ts';

const read = (text: string) => readRedisReply(Buffer.from(text, 'latin1'));

it.each([
  ['+OK\r\nmore', { reply: { type: 'simple', text: 'OK' }, length: 5 }],
  ['-NOAUTH no\r\n', { reply: { type: 'error', text: 'NOAUTH no' }, length: 12 }],
  [':-3\r\n', { reply: { type: 'integer', text: '-3' }, length: 5 }],
  ['$2\r\nhi\r\n', { reply: { type: 'bulk', bytes: Buffer.from('hi') }, length: 8 }],
  ['$-1\r\n', { reply: { type: 'bulk', bytes: undefined }, length: 5 }],
  [
    '*2\r\n$1\r\n0\r\n*1\r\n$1\r\na\r\n',
    {
      reply: {
        type: 'array',
        items: [
          { type: 'bulk', bytes: Buffer.from('0') },
          { type: 'array', items: [{ type: 'bulk', bytes: Buffer.from('a') }] },
        ],
      },
      length: 22,
    },
  ],
  ['', undefined],
  ['+O', undefined],
  ['$5\r\nhel', undefined],
  ['*2\r\n:1\r\n', undefined],
  ['$2\r\nhixx', false],
  ['$99999999\r\n', false],
  ['*9999\r\n', false],
  ['*1\r\n*1\r\n*1\r\n:1\r\n', false],
  ['$x\r\n', false],
  ['hello\r\n', false],
  [`+${'x'.repeat(5000)}`, false],
])('%j', (text, expected) => expect(read(text)).toEqual(expected));

it('says of what kind an error is', () => {
  expect(errorKind('WRONGPASS no')).toBe('WRONGPASS');
  expect(errorKind('what')).toBe('');
});

it('carries any words', () =>
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 5 }), (words) => {
      const sent = readRedisReply(redisCommand(...words));
      const items = sent && sent.reply.type === 'array' ? sent.reply.items : [];
      expect(items).toEqual(words.map((word) => ({ type: 'bulk', bytes: Buffer.from(word) })));
    }),
  ));

it('never throws, and takes no more than there is', () => {
  const resp = fc.array(fc.constantFrom('+', '-', ':', '$', '*', '1', '2', '-1', '\r\n', 'a', 'b'), { maxLength: 30 });
  return fc.assert(
    fc.property(
      fc.oneof(
        resp.map((parts) => Buffer.from(parts.join(''))),
        fc.uint8Array().map(Buffer.from),
      ),
      (bytes) => {
        const one = readRedisReply(bytes);
        if (one) expect(one.length).toBeLessThanOrEqual(bytes.length);
      },
    ),
  );
});
