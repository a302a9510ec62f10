import { describe, expect, it } from 'vitest';
import {
  isSuite13,
  SUITES,
  SUITES_12,
  SUITES_13,
  SUITES_SSL2,
  ssl2Name,
  suiteName,
  weakClasses,
} from './tls-suites.ts';

describe('suites', () => {
  it('have one name and one code each, and belong to TLS 1.3 or to what was before it', () => {
    expect(new Set(SUITES.map((s) => s.name)).size).toBe(SUITES.length);
    expect(new Set(SUITES.map((s) => s.code)).size).toBe(SUITES.length);
    expect(SUITES.every(({ name }) => /^(OLD_)?(TLS|SSL)_[A-Za-z0-9_]+$/.test(name))).toBe(true);
    expect(SUITES_12.filter(isSuite13)).toEqual([]);
    expect(SUITES_13.every(isSuite13)).toBe(true);
    // Signals, and no suites.
    for (const signal of [0x00ff, 0x5600]) expect(suiteName(signal)).toMatch(/^0x/);
  });
  it.each([
    [0x0000, 'TLS_NULL_WITH_NULL_NULL', 'NULL'],
    [0x0001, 'TLS_RSA_WITH_NULL_MD5', 'NULL MD5'],
    [0x0003, 'TLS_RSA_EXPORT_WITH_RC4_40_MD5', 'export RC4 MD5'],
    [0x0005, 'TLS_RSA_WITH_RC4_128_SHA', 'RC4'],
    [0x0006, 'TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5', 'export RC2 MD5'],
    [0x0007, 'TLS_RSA_WITH_IDEA_CBC_SHA', ''],
    [0x0008, 'TLS_RSA_EXPORT_WITH_DES40_CBC_SHA', 'export DES'],
    [0x0009, 'TLS_RSA_WITH_DES_CBC_SHA', 'DES'],
    [0x000a, 'TLS_RSA_WITH_3DES_EDE_CBC_SHA', '3DES'],
    [0x0018, 'TLS_DH_anon_WITH_RC4_128_MD5', 'anonymous RC4 MD5'],
    [0x001c, 'SSL_FORTEZZA_KEA_WITH_NULL_SHA', 'NULL'],
    [0x002c, 'TLS_PSK_WITH_NULL_SHA', 'NULL'],
    [0x0062, 'TLS_RSA_EXPORT1024_WITH_DES_CBC_SHA', 'export DES'],
    [0x0083, 'TLS_GOSTR341001_WITH_NULL_GOSTR3411', 'NULL'],
    [0x00c6, 'TLS_SM4_GCM_SM3', ''],
    [0x1301, 'TLS_AES_128_GCM_SHA256', ''],
    [0xc018, 'TLS_ECDH_anon_WITH_AES_128_CBC_SHA', 'anonymous'],
    [0xc07b, 'TLS_RSA_WITH_CAMELLIA_256_GCM_SHA384', ''],
    [0xc0b4, 'TLS_SHA256_SHA256', 'NULL'],
    [0xc102, 'TLS_GOSTR341112_256_WITH_28147_CNT_IMIT', ''],
    [0xcc13, 'OLD_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', ''],
    [0xd005, 'TLS_ECDHE_PSK_WITH_AES_128_CCM_SHA256', ''],
    [0xfefe, 'SSL_RSA_FIPS_WITH_DES_CBC_SHA', 'DES'],
    [0xffe0, 'SSL_RSA_OLDFIPS_WITH_3DES_EDE_CBC_SHA', '3DES'],
    [0xfafa, '0xfafa', ''],
  ])('%i is %s: %s', (code, name, classes) => {
    expect([suiteName(code), weakClasses(name).join(' ')]).toEqual([name, classes]);
  });
  it.each([
    [0x010080, 'SSL_CK_RC4_128_WITH_MD5', 'RC4 MD5'],
    [0x020080, 'SSL_CK_RC4_128_EXPORT40_WITH_MD5', 'export RC4 MD5'],
    [0x0701c0, 'SSL_CK_DES_192_EDE3_CBC_WITH_SHA', '3DES'],
    [0x060040, 'SSL_CK_DES_64_CBC_WITH_MD5', 'DES MD5'],
    [0xff0810, 'SSL_CK_NULL', 'NULL'],
    [0x00002f, '0x00002f', ''],
  ])('%i of SSL 2.0 is %s: %s', (code, name, classes) => {
    expect([ssl2Name(code), weakClasses(name).join(' ')]).toEqual([name, classes]);
    expect(SUITES_SSL2.includes(code)).toBe(!name.startsWith('0x'));
  });
  it('come worst first', () => {
    const weak = SUITES_12.map((code) => weakClasses(suiteName(code)).length > 0);
    expect(weak.lastIndexOf(true)).toBe(weak.filter(Boolean).length - 1);
    expect(SUITES_13.slice(0, 2).map(suiteName)).toEqual(['TLS_SHA256_SHA256', 'TLS_SHA384_SHA384']);
  });
});
