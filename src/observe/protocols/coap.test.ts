import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { coapAck, coapGet, readCoap, readLinks } from './coap.ts';

const token = Buffer.from('abcd', 'hex');

describe('coapGet', () => {
  it.each([
    ['/a', '42010001abcdb161'],
    ['/.well-known/core', '42010001abcdbb2e77656c6c2d6b6e6f776e04636f7265'],
    ['/a?x=1', '42010001abcdb1614378 3d31'.replace(' ', '')],
    ['/a%20b', '42010001abcdb3612062'],
    [`/${'x'.repeat(20)}`, `42010001abcdbd07${'78'.repeat(20)}`],
  ])('%s', (path, expected) => {
    expect(coapGet(1, token, path).toString('hex')).toBe(expected);
  });
  it('asks for a later block', () => {
    expect(coapGet(1, token, '/a', { number: 2, exponent: 6 }).toString('hex')).toBe('42010001abcdb161c126');
    expect(readCoap(coapGet(1, token, '/a', { number: 2, exponent: 6 }))).toMatchObject({
      block: { number: 2, more: false, exponent: 6 },
    });
  });
  it('acknowledges', () => expect(readCoap(coapAck(258))).toMatchObject({ type: 2, code: '0.00', id: 258 }));
});

describe('readCoap', () => {
  it.each([
    ['content', '62450001abcdc0ff3231', { type: 2, code: '2.05', id: 1, payload: Buffer.from('21') }],
    ['unauthorised', '62810001abcd', { code: '4.01', payload: Buffer.alloc(0) }],
    ['a long option', '62450001abcdd5010102030405ff31', { code: '2.05', payload: Buffer.from('1') }],
    ['another version', '82450001abcd', undefined],
    ['a token beyond the message', '68450001abcd', undefined],
    ['an option beyond the message', '62450001abcdb5', undefined],
    ['a reserved nibble', '62450001abcdf0', undefined],
    ['nothing', '', undefined],
  ])('%s', (_name, bytes, expected) => {
    const read = readCoap(Buffer.from(bytes, 'hex'));
    if (expected) expect(read).toMatchObject(expected);
    else expect(read).toBeUndefined();
  });
  it('never throws', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void readCoap(Buffer.from(bytes))));
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => void readCoap(Buffer.concat([Buffer.from([0x40, 0x45, 0, 1]), bytes]))),
    );
  });
});

describe('readLinks', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
  it('reads what was written', () => {
    const link = fc.record({
      path: fc.array(word, { minLength: 1, maxLength: 3 }),
      rt: word,
      title: fc.stringMatching(/^[a-z ,;]{0,20}$/),
    });
    fc.assert(
      fc.property(fc.array(link, { maxLength: 20 }), (links) => {
        const text = links.map(({ path, rt, title }) => `</${path.join('/')}>;rt=${rt};title="${title}";obs`).join(',');
        expect(readLinks(text)).toEqual({
          links: links.map(({ path, rt, title }) => ({
            path: `/${path.join('/')}`,
            attributes: { rt, title, obs: '' },
          })),
          whole: true,
        });
      }),
    );
  });
  it.each([
    ['', [], true],
    ['</a>, \n</b>,', ['/a', '/b'], true],
    ['<coap://other/a>,<//other/b>,</c>', ['/c'], true],
    ['<a>,<./b/c>,<?x>,<>', ['/a', '/b/c'], true],
    ['</a>;rt="x,y";ct=40,</b>\0', ['/a', '/b'], true],
    ['</a>;title="half', [], false],
    ['</a>,garbage', ['/a'], false],
    [Array.from({ length: 300 }, (_, i) => `</${i}>`).join(), Array.from({ length: 256 }, (_, i) => `/${i}`), false],
  ])('%j', (text, paths, whole) => {
    const read = readLinks(text);
    expect([read.links.map(({ path }) => path), read.whole]).toEqual([paths, whole]);
  });
  it('never throws, and takes no time', () => {
    fc.assert(fc.property(fc.string(), (text) => void readLinks(text)));
    const started = performance.now();
    for (const unit of ['<', '</a>;', '</a>;a=', '</a>;a="', ' ', '</a>;;', ';a=b'])
      readLinks(unit.repeat(65_536 / unit.length));
    expect(performance.now() - started).toBeLessThan(4000);
  });
});
