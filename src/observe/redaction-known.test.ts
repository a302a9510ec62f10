import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redaction } from './redaction.ts';
import { standsOut } from './redaction-forms.ts';
import { KnownSecrets } from './redaction-known.ts';
import type { Entry } from './transcript.ts';

const M = '[redacted]';
const SECRET = 'hunt&2"ö<T/';
const listed = (secret: string) =>
  new Redaction(new KnownSecrets([], [{ id: 'entry-1', user: 'admin', password: secret }]));
const declared = (secret: string) => new Redaction(new KnownSecrets([{ user: 'op', secret }], []));
const received = (redaction: Redaction, ...pieces: (string | Buffer)[]): string =>
  Buffer.concat(
    redaction
      .entries(
        pieces.map((piece, at): Entry => ({ at, dir: 'received', bytes: Buffer.from(piece as string) })),
        { cut: false, messages: false },
      )
      .map(({ bytes }) => bytes),
  ).toString('latin1');

describe('a secret stands out', () => {
  it.each(['hunter2', 'q7Z', 'pL4%mN', 'zlxx.', 'aB3', 'correcthorse', 'vW:x', 'ö1x', 'klv123'])('%s', (secret) => {
    expect(standsOut(secret)).toBe(true);
  });
  it.each(['', 'a1', 'admin', 'Admin', 'ADMIN', 'password', '1234', '00000000', '1.2', 'über'])('not %s', (secret) => {
    expect(standsOut(secret)).toBe(false);
  });
});

describe.each([
  ['a declared account', declared],
  ['a list', listed],
])('a secret of %s that nobody sent goes from what a device says', (_, knowing) => {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  it.each<[string, string | Buffer]>([
    ['as it is', SECRET],
    ['percent-encoded', encodeURIComponent(SECRET)],
    ['percent-encoded in small letters', encodeURIComponent(SECRET).toLowerCase().replace('t%2f', 'T%2f')],
    ['in a form', new URLSearchParams({ a: SECRET }).toString().slice(2)],
    ['every byte of it percent-encoded', [...Buffer.from(SECRET)].map((byte) => `%${byte.toString(16)}`).join('')],
    ['in JSON', JSON.stringify(SECRET).slice(1, -1)],
    [
      'in JSON of ASCII alone',
      JSON.stringify(SECRET).slice(1, -1).replace('ö', '\\u00f6').replace('<', '\\u003C').replace('/', '\\/'),
    ],
    ['in HTML', 'hunt&amp;2&quot;&ouml;<T/'.replace('&ouml;', 'ö')],
    ['in HTML with numbers', 'hunt&#38;2&#x22;&#246;&lt;T&#x2F;'],
    ['in Latin-1', Buffer.from(SECRET, 'latin1')],
    ['in UTF-16', Buffer.from(SECRET, 'utf16le')],
    ['in UTF-16, the other way round', Buffer.from(SECRET, 'utf16le').swap16()],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex')],
    [
      'on a terminal, with options between',
      Buffer.concat([
        Buffer.from('hunt&'),
        Buffer.from([255, 251, 1, 255, 250, 24, 1, 255, 240, 0]),
        Buffer.from('2"ö<T/'),
      ]),
    ],
    ['wrapped by a terminal', 'hunt&2\r\0"ö<T/'],
    ['in colours', 'hunt\u001b[31m&2"ö\u001b[0m<T/'],
    ['typed over with stars', [...SECRET].map((one) => (one === 'ö' ? one : `${one}\b*`)).join('')],
    ['with a slip that was taken back', 'huntx\b \b&2"ö<yT\b\bT/'.replace('yT\b\b', 'y\b')],
  ])('%s', (_name, said) => {
    expect(received(knowing(SECRET), 'before ', said, ' after').replace('\b*', '')).toBe(`before ${M} after`);
  });
  it('in base64 of more, at each alignment', () => {
    for (const user of ['', 'a', 'ab', 'abc'])
      expect(received(knowing(SECRET), base64(`${user}:${SECRET}`))).toMatch(/^.{0,6}\[redacted\].{0,3}$/);
  });
  it('in pieces', () => {
    expect(received(knowing(SECRET), ...[...Buffer.from(`x${SECRET}y`)].map((byte) => Buffer.from([byte])))).toBe(
      `x${M}y`,
    );
  });
  it('in evidence, in words and in a fact', () => {
    expect(
      knowing(SECRET)
        .evidence(Buffer.from(`<b>${SECRET}</b>`))
        .toString(),
    ).toBe(`<b>${M}</b>`);
    expect(knowing(SECRET).words(`Error: ${SECRET}`)).toBe(`Error: ${M}`);
    expect(knowing(SECRET).logged({ error: [SECRET], n: 1 })).toEqual({ error: [M], n: 1 });
    expect(
      knowing(SECRET).fact({ kind: 'identity', what: 'name', value: SECRET, via: 'x', authenticated: false }),
    ).toMatchObject({ value: M });
  });
});

describe('a known secret', () => {
  it('that is a word stays where nobody sent it, and is named where it was sent', () => {
    const redaction = listed('admin');
    expect(received(redaction, 'the admin page')).toBe('the admin page');
    redaction.register('admin');
    expect(
      redaction.entries([{ at: 0, dir: 'sent', bytes: Buffer.from('admin') }], { cut: false, messages: false }),
    ).toMatchObject([{ redacted: [{ at: 0, secret: 'entry-1' }] }]);
    redaction.accepted('admin');
    expect(
      redaction.fact({ kind: 'identity', what: 'name', value: 'admin', via: 'x', authenticated: false }).value,
    ).toBe('admin');
  });

  it('names the entries that have it, and not hundreds', () => {
    const entries = Array.from({ length: 9 }, (_, n) => ({ id: `e${n}`, user: `u${n}`, password: 'x9y' }));
    const known = new KnownSecrets([{ user: 'op', secret: 'x9y' }], entries);
    expect(known.nameOf('x9y')).toBe('declared:op, e0, e1 and 7 more');
    expect(known.nameOf('made up')).toBe('random');
  });

  it('that holds another, or is held by one, leaves nothing of either', () => {
    const both = new Redaction(
      new KnownSecrets(
        [
          { user: 'a', secret: 'abc1' },
          { user: 'b', secret: 'xabc1y' },
        ],
        [],
      ),
    );
    expect(received(both, 'xabc1y abc1')).toBe(`${M} ${M}`);
  });

  it('is found in a long list without searching for each', () => {
    const entries = Array.from({ length: 5000 }, (_, n) => ({ id: `e${n}`, user: 'u', password: `pw-${n}-X` }));
    const redaction = new Redaction(new KnownSecrets([], entries));
    const flood = Buffer.alloc(256 * 1024, 'Nothing to see here, 100% of it. ');
    const began = performance.now();
    expect(received(redaction, flood, 'pw-4999-X')).toMatch(/\[redacted\]$/);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('leaves all else as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(listed('Zq9!Zq9!Zq9!').evidence(Buffer.from(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});
