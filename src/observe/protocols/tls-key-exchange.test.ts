import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { u8, u16, vector } from './tls-hello.ts';
import { exchangeOf, readKeyExchange } from './tls-key-exchange.ts';
import { GROUPS, groupOf, schemeName } from './tls-key-exchange-names.ts';
import { SUITES } from './tls-suites.ts';

const code = (name: string): number => SUITES.find((suite) => suite.name === name)!.code;
const DHE = code('TLS_DHE_RSA_WITH_AES_128_CBC_SHA');
const ECDHE = code('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256');
const [prime, generator, key] = [Buffer.from('00ffab', 'hex'), u8(2), Buffer.from('0123', 'hex')];
const dh = Buffer.concat([vector(2, prime), vector(2, generator), vector(2, key)]);
const ecdh = Buffer.concat([u8(3), u16(29), vector(1, Buffer.alloc(32, 7))]);
const signed = Buffer.concat([u16(0x0804), vector(2, Buffer.from('sig'))]);
const old = vector(2, Buffer.from('sig'));
const hint = vector(2, Buffer.from('who'));
const all = { kind: 'dh', prime: Buffer.from('ffab', 'hex'), generator, key };
const point = Buffer.alloc(32, 7);
const rest = ['a', 'b', 'base', 'order', 'cofactor', 'point'].map((word) => vector(1, Buffer.from(word)));

describe('readKeyExchange', () => {
  it.each([
    [
      'DHE of TLS 1.2',
      [dh, signed],
      DHE,
      'TLS 1.2',
      { ...all, signature: { scheme: 0x0804, bytes: Buffer.from('sig') } },
    ],
    [
      'DHE of DTLS 1.2',
      [dh, signed],
      DHE,
      'DTLS 1.2',
      { ...all, signature: { scheme: 0x0804, bytes: Buffer.from('sig') } },
    ],
    ['DHE of TLS 1.1', [dh, old], DHE, 'TLS 1.1', { ...all, signature: { bytes: Buffer.from('sig') } }],
    [
      'DHE of SSLv3, for export',
      [dh, old],
      code('TLS_DHE_RSA_EXPORT_WITH_DES40_CBC_SHA'),
      'SSLv3',
      { ...all, signature: { bytes: Buffer.from('sig') } },
    ],
    ['anonymous DH', [dh], code('TLS_DH_anon_WITH_AES_128_CBC_SHA'), 'TLS 1.2', all],
    ['DHE_PSK', [hint, dh], code('TLS_DHE_PSK_WITH_AES_128_CBC_SHA'), 'TLS 1.2', { ...all, hint: Buffer.from('who') }],
    ['PSK_DHE', [hint, dh], code('TLS_PSK_DHE_WITH_AES_128_CCM_8'), 'TLS 1.2', { ...all, hint: Buffer.from('who') }],
    [
      'ECDHE',
      [ecdh, signed],
      ECDHE,
      'TLS 1.2',
      { kind: 'ecdh', curve: 29, key: point, signature: { scheme: 0x0804, bytes: Buffer.from('sig') } },
    ],
    [
      'anonymous ECDH',
      [ecdh],
      code('TLS_ECDH_anon_WITH_AES_128_CBC_SHA'),
      'TLS 1.0',
      { kind: 'ecdh', curve: 29, key: point },
    ],
    [
      'ECDHE_PSK without a hint',
      [u16(0), ecdh],
      code('TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA'),
      'TLS 1.2',
      { kind: 'ecdh', curve: 29, key: point, hint: Buffer.alloc(0) },
    ],
    ['PSK', [hint], code('TLS_PSK_WITH_AES_128_CBC_SHA'), 'TLS 1.2', { kind: 'psk', hint: Buffer.from('who') }],
    ['RSA_PSK', [hint], code('TLS_RSA_PSK_WITH_AES_128_CBC_SHA'), 'TLS 1.2', { kind: 'psk', hint: Buffer.from('who') }],
    [
      'RSA for export',
      [vector(2, prime), vector(2, u8(3)), old],
      code('TLS_RSA_EXPORT_WITH_RC4_40_MD5'),
      'TLS 1.0',
      { kind: 'rsa', modulus: Buffer.from('ffab', 'hex'), exponent: u8(3), signature: { bytes: Buffer.from('sig') } },
    ],
    [
      'a curve over a prime',
      [u8(1), vector(1, prime), ...rest, signed],
      ECDHE,
      'TLS 1.2',
      { kind: 'ecdh-explicit', field: 'prime', bits: 16, signature: { scheme: 0x0804, bytes: Buffer.from('sig') } },
    ],
    [
      'a binary curve',
      [u8(2), u16(163), u8(1), vector(1, u8(7)), ...rest, signed],
      ECDHE,
      'TLS 1.2',
      { kind: 'ecdh-explicit', field: 'binary', bits: 163, signature: { scheme: 0x0804, bytes: Buffer.from('sig') } },
    ],
    [
      'a pentanomial',
      [u8(2), u16(163), u8(2), ...[1, 2, 3].map((k) => vector(1, u8(k))), ...rest, signed],
      ECDHE,
      'TLS 1.2',
      { kind: 'ecdh-explicit', field: 'binary', bits: 163, signature: { scheme: 0x0804, bytes: Buffer.from('sig') } },
    ],
  ] as const)('reads %s', (_, body, suite, version, is) => {
    expect(readKeyExchange(Buffer.concat(body), suite, version)).toEqual(is);
  });

  it.each([
    ['bytes too many', [dh, signed, u8(0)], DHE, '1 bytes too many'],
    ['a signature of TLS 1.1 in TLS 1.2', [dh, old], DHE, 'the signature is cut short'],
    ['no signature', [dh], DHE, 'the scheme is cut short'],
    ['nothing', [], DHE, 'p is cut short'],
    ['a prime of 0', [vector(2, Buffer.alloc(4)), vector(2, u8(2)), vector(2, u8(1)), signed], DHE, 'p is 0'],
    ['another kind of curve', [u8(9), ecdh], ECDHE, 'a kind of curve that is not known (9)'],
    ['another basis', [u8(2), u16(163), u8(7)], ECDHE, 'a basis that is not known (7)'],
    ['static RSA', [dh], code('TLS_RSA_WITH_AES_128_CBC_SHA'), 'the suite has no ServerKeyExchange'],
    ['TLS 1.3', [dh], 0x1301, 'TLS_AES_128_GCM_SHA256 has no ServerKeyExchange'],
    ['a suite that there is not', [dh], 0xeeee, '0xeeee has no ServerKeyExchange'],
  ] as const)('says what is wrong with %s', (_, body, suite, why) => {
    expect(readKeyExchange(Buffer.concat(body), suite, 'TLS 1.2')).toEqual({ kind: 'unreadable', why });
  });

  it('never throws, whatever the body and the suite', () => {
    const suites = fc.constantFrom(...SUITES.map((suite) => suite.code), 0xeeee);
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 60 }).map((b) => Buffer.from(b)),
      fc.nat(80).map((n) => Buffer.concat([hint, dh, signed]).subarray(0, n)),
    );
    return fc.assert(
      fc.property(
        bodies,
        suites,
        fc.constantFrom('SSLv3', 'TLS 1.0', 'TLS 1.2', 'DTLS 1.2'),
        (body, suite, version) => {
          const read = readKeyExchange(body, suite, version);
          expect(['dh', 'ecdh', 'ecdh-explicit', 'rsa', 'psk', 'unreadable']).toContain(read.kind);
        },
      ),
      { numRuns: 300 },
    );
  });
});

it('tells how every suite that there is exchanges keys', () => {
  const kinds = new Map<string, number>();
  for (const suite of SUITES) {
    const exchange = exchangeOf(suite.code);
    if (!exchange) expect(suite.name).not.toMatch(/_WITH_/);
    else kinds.set(exchange.kind, (kinds.get(exchange.kind) ?? 0) + 1);
    if (/_(EC)?DHE_|_DH_anon|_ECDH_anon/.test(suite.name)) expect(exchange?.kind).toMatch(/dh$/);
  }
  expect([...kinds.keys()].sort()).toEqual(['dh', 'ecdh', 'none', 'psk', 'rsa']);
});

it('names groups and schemes by the registry, others by their code', () => {
  expect(groupOf(29)).toEqual({ code: 29, name: 'x25519', bits: 255 });
  expect(groupOf(0x11ec)).toEqual({ code: 0x11ec, name: 'X25519MLKEM768' });
  expect(groupOf(0x1234)).toEqual({ code: 0x1234, name: '0x1234' });
  expect(new Set(GROUPS.map(({ code }) => code)).size).toBe(GROUPS.length);
  expect([schemeName(0x0804), schemeName(0x0201), schemeName(0xeeee)]).toEqual([
    'rsa_pss_rsae_sha256',
    'rsa_pkcs1_sha1',
    '0xeeee',
  ]);
});
