import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authenticationRequest, errorResponse, md5Answer, messageHead, scramFinal, startup } from './postgresql.ts';

it('begins with version 3.0, a user and a database', () =>
  expect(startup('u', 'd').toString('latin1')).toBe('\0\0\0\x1b\0\x03\0\0user\0u\0database\0d\0\0'));

it.each([
  ['5200000008', { type: 'R', bodyBytes: 4 }],
  ['52ffffffff', undefined],
  ['5200000003', undefined],
  ['0000000008', undefined],
  ['52', undefined],
])('the head %s', (hex, expected) => expect(messageHead(Buffer.from(hex, 'hex'))).toEqual(expected));

it.each([
  ['00000000', { ask: 'ok' }],
  ['00000003', { ask: 'clear' }],
  ['0000000501020304', { ask: 'md5', salt: Buffer.from([1, 2, 3, 4]) }],
  ['0000000501', undefined],
  [`0000000a${Buffer.from('SCRAM-SHA-256\0\0').toString('hex')}`, { ask: 'sasl', mechanisms: ['SCRAM-SHA-256'] }],
  ['00000007', { ask: 'other', name: 'GSSAPI' }],
  ['0000', undefined],
])('the Authentication message %s', (hex, expected) =>
  expect(authenticationRequest(Buffer.from(hex, 'hex'))).toEqual(expected),
);

it('reads the code and the words of an error', () => {
  expect(errorResponse(Buffer.from('SFATAL\0C28P01\0Mno\0\0'))).toEqual({ code: '28P01', message: 'no' });
  expect(errorResponse(Buffer.from('SFATAL\0Cx\0\0'))).toBeUndefined();
});

it('answers MD5 as the documentation says', () =>
  // concat('md5', md5(concat(md5(concat(password, username)), random-salt))), by md5sum.
  expect(md5Answer('user', 'pencil', Buffer.from('abcd'))).toBe('md5d621238dc9a10c6c869b264c13379ee7'));

describe('SCRAM-SHA-256', () => {
  const first = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
  it('computes what RFC 7677, 3 does, but for the name that PostgreSQL leaves out', async () => {
    const final = await scramFinal('rOprNGfwEbeRWgbNEkqO', first, 'pencil');
    expect(final?.message).toMatch(
      /^c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj\)hNlF\$k0,p=[A-Za-z0-9+/]{43}=$/,
    );
    expect(final?.proofs).toHaveLength(2);
  });
  it.each([
    ['another nonce', 'r=other,s=AAAA,i=4096'],
    ['nothing behind our nonce', 'r=rOprNGfwEbeRWgbNEkqO,s=AAAA,i=4096'],
    ['no rounds', 'r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=0'],
    ['rounds without end', 'r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=9999999'],
    ['an extension that must be understood', 'm=x,r=rOprNGfwEbeRWgbNEkqOx,s=AAAA,i=1'],
  ])('%s: no answer', async (_, said) =>
    expect(await scramFinal('rOprNGfwEbeRWgbNEkqO', said, 'pencil')).toBeUndefined(),
  );
});

it('never throws', () =>
  fc.assert(
    fc.asyncProperty(fc.uint8Array(), fc.string(), async (bytes, text) => {
      const body = Buffer.from(bytes);
      messageHead(body);
      authenticationRequest(body);
      errorResponse(body);
      await scramFinal('n', text, 'x');
    }),
  ));
