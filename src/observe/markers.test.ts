import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observeWith, tcpServer } from '../../test/kit/probe.ts';
import type { FactOf } from '../model/fact.ts';
import type { Marker } from '../model/run.ts';
import { markersIn } from './markers.ts';
import { defineProbe } from './probe.ts';

const WORDS = 'Käthe’s "Netz" & Co/7';
const markers = [{ name: 'wifi', value: WORDS }];
const lines = (text: string) => text.replace(/.{8}/g, '$&\r\n');
const inBase64 = (text: string, before: number) =>
  Buffer.from(`${'x'.repeat(before)}${text} and on`).toString('base64');

describe('a marker is found', () => {
  it.each<[string, string | Buffer]>([
    ['in clear', `ssid=${WORDS};`],
    ['in decomposed characters', WORDS.normalize('NFD')],
    ['in UTF-16LE', Buffer.from(`x${WORDS}`, 'utf16le')],
    ['in UTF-16BE', Buffer.from(`x${WORDS}`, 'utf16le').swap16()],
    ['in JSON', JSON.stringify({ ssid: WORDS })],
    ['in JSON of ASCII', '"K\\u00e4the\\u2019s \\"Netz\\" & Co\\/7"'],
    ['in escapes of C', 'K\\xc3\\xa4the\\xe2\\x80\\x99s \\"Netz\\" & Co/7'],
    ['in XML', 'K&#228;the&#x2019;s &quot;Netz&quot; &amp; Co/7'],
    ['in XML within XML', 'K&amp;#228;the’s &amp;quot;Netz&amp;quot; &amp;amp; Co/7'],
    ['percent-encoded', `?ssid=${encodeURIComponent(WORDS)}`],
    ['percent-encoded in lower case', encodeURIComponent(WORDS).replace(/%../g, (c) => c.toLowerCase())],
    ['in a form', new URLSearchParams({ a: WORDS }).toString()],
    ['in hexadecimal', Buffer.from(WORDS).toString('hex')],
    [
      'in upper-case octets',
      Buffer.from(WORDS)
        .toString('hex')
        .toUpperCase()
        .replace(/..(?=.)/g, '$&:'),
    ],
    ['in base64', inBase64(WORDS, 0)],
    ['in base64, one byte on', inBase64(WORDS, 1)],
    ['in base64, two bytes on', inBase64(WORDS, 2)],
    ['in base64 of lines', lines(inBase64(WORDS, 1))],
    ['in base64 for URLs, percent-encoded', encodeURIComponent(Buffer.from(WORDS).toString('base64url'))],
    ['in base64 of UTF-16', Buffer.from(WORDS, 'utf16le').toString('base64')],
  ])('%s', (_, given) => {
    expect(markersIn(markers, Buffer.from(given as string))).toEqual(['wifi']);
  });

  it('in ISO 8859-1', () => {
    expect(markersIn([{ name: 'a', value: 'Käthe' }], Buffer.from('Käthe', 'latin1'))).toEqual(['a']);
  });

  it.each<[string, string, string]>([
    ['another case', 'Planted', 'planted'],
    ['only a part', 'Planted', 'Plante'],
    ['a short one in hexadecimal', 'wxyz', '7778797a'],
    ['a short one in base64', 'wxyz', 'd3h5eg=='],
  ])('not %s', (_, value, given) => {
    expect(markersIn([{ name: 'a', value }], Buffer.from(given))).toEqual([]);
  });

  it('wherever it stands, however it is written, and never throws', () => {
    const value = fc
      .string({ minLength: 6, maxLength: 40, unit: 'grapheme' })
      .filter((text) => Buffer.byteLength(text) >= 6);
    return fc.assert(
      fc.property(value, fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 64 }), (planted, a, b) => {
        const marker: Marker[] = [{ name: 'm', value: planted }];
        const whole = Buffer.concat([a, Buffer.from(planted), b]);
        for (const form of [
          whole,
          whole.toString('base64'),
          whole.toString('hex'),
          JSON.stringify(planted),
          encodeURIComponent(planted),
        ])
          expect(markersIn(marker, Buffer.from(form as string))).toEqual(['m']);
        markersIn(marker, Buffer.from(a));
      }),
      { numRuns: 60 },
    );
  });

  it('in a quarter of a megabyte without taking long', () => {
    const begun = performance.now();
    markersIn(markers, Buffer.from('\\u00e4%41&#228;QUJD'.repeat(10_000)));
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

describe('a sample that holds a marker', () => {
  type Access = FactOf<'access'>;
  const seen = async (given: Partial<Access>, body = `hello ${WORDS}`): Promise<Access> => {
    const probe = defineProbe({
      id: 'reads',
      version: '1',
      title: 'reads',
      emits: ['access'],
      impact: 'connect',
      appliesTo: () => true,
      async *observe(context) {
        const sample = context.evidence(body, 'text/plain');
        yield {
          kind: 'access',
          protocol: 'http',
          class: 'content',
          action: 'read',
          resource: '/',
          authentication: 'none',
          how: 'guessed',
          sample,
          ...given,
        };
      },
    });
    const server = await tcpServer(() => undefined);
    const { facts } = await observeWith(probe, {
      port: server.port,
      markers: [...markers, { name: 'mail', value: 'hello' }],
    });
    await server.close();
    return facts[0] as Access;
  };

  it.each<[Partial<Access>, Partial<Access>]>([
    [{}, { class: 'customer-data', how: 'marker', marker: 'wifi, mail' }],
    [
      { class: 'setting', authentication: 'any' },
      { class: 'customer-data', how: 'marker' },
    ],
    [{ class: 'discovery' }, { class: 'customer-data', how: 'marker' }],
    [
      { class: 'secret', how: 'recognised' },
      { class: 'secret', how: 'marker' },
    ],
    [
      { class: 'function', action: 'subscribe' },
      { class: 'function', how: 'marker' },
    ],
    // What is asked for may be repeated in the answer.
    [{ resource: `/${encodeURIComponent(WORDS)}` }, { how: 'marker', marker: 'mail' }],
  ])('%o is %o', async (given, expected) => {
    expect(await seen(given)).toMatchObject(expected);
  });

  it.each<Partial<Access>>([
    { authentication: 'required' },
    { class: 'public' },
    { action: 'write' },
    { sample: 'f'.repeat(64) },
  ])('%o stays as it was', async (given) => {
    expect(await seen(given)).toMatchObject({ how: 'guessed', class: given.class ?? 'content' });
  });

  it('and nothing where there is none', async () => {
    expect(await seen({}, 'nothing')).toMatchObject({ class: 'content', how: 'guessed' });
  });
});
