import { describe, expect, test } from 'vitest';
import { SUITES } from '../../observe/protocols/tls-suites.ts';
import { conditionsOf, WEAK_CLASSES, weakClasses } from './tls-suites-weak.ts';

describe('suites by name', () => {
  test.each<[string, readonly string[] | undefined]>([
    ['TLS_NULL_WITH_NULL_NULL', ['no encryption']],
    ['TLS_RSA_WITH_NULL_SHA256', ['no encryption']],
    ['TLS_SHA256_SHA256', ['no encryption']],
    ['TLS_SHA384_SHA384', ['no encryption']],
    ['TLS_GOSTR341001_WITH_NULL_GOSTR3411', ['no encryption']],
    ['TLS_GOSTR341112_256_WITH_28147_CNT_IMIT', []],
    ['TLS_DH_anon_WITH_AES_128_CBC_SHA', ['nobody authenticated']],
    ['TLS_ECDH_anon_WITH_RC4_128_SHA', ['nobody authenticated', 'RC4']],
    ['TLS_DH_anon_EXPORT_WITH_DES40_CBC_SHA', ['nobody authenticated', 'export strength', 'DES']],
    ['TLS_RSA_EXPORT_WITH_RC2_CBC_40_MD5', ['export strength', 'RC2', 'MD5']],
    ['TLS_RSA_EXPORT1024_WITH_RC4_56_SHA', ['export strength', 'RC4']],
    ['TLS_RSA_WITH_DES_CBC_SHA', ['DES']],
    ['TLS_RSA_WITH_3DES_EDE_CBC_SHA', ['3DES']],
    ['TLS_KRB5_WITH_IDEA_CBC_MD5', ['MD5']],
    ['SSL_CK_DES_192_EDE3_CBC_WITH_MD5', ['3DES', 'MD5']],
    ['SSL_CK_DES_64_CBC_WITH_MD5', ['DES', 'MD5']],
    ['SSL_CK_NULL', ['no encryption']],
    ['SSL_CK_DES_64_CFB64_WITH_MD5_1', ['DES', 'MD5']],
    ['SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA', ['3DES']],
    ['OLD_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', []],
    ['SSL_CK_RC4_128_EXPORT40_WITH_MD5', ['export strength', 'RC4', 'MD5']],
    ['TLS_RSA_WITH_IDEA_CBC_SHA', []],
    ['TLS_PSK_WITH_AES_128_CCM_8', []],
    ['TLS_ECDHE_PSK_WITH_NULL_SHA', ['no encryption']],
    ['TLS_AES_128_GCM_SHA256', []],
    ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', []],
    ['TLS_SM4_GCM_SM3', []],
    ['TLS_FALLBACK_SCSV', undefined],
    ['0xfafa', undefined],
    ['TLS_RSA_WITH_ROT13_SHA', undefined],
    ['', undefined],
  ])('%s', (name, classes) => expect(weakClasses(name)).toEqual(classes));

  test('every suite that is asked for is known, and those that are none of a weak class have a cipher of 128 bits', () => {
    const names = SUITES.map(({ name }) => name);
    // Skipjack has 80 bits, and nobody ever served it over TLS.
    expect(names.filter((name) => weakClasses(name) === undefined)).toEqual(['SSL_FORTEZZA_KEA_WITH_FORTEZZA_CBC_SHA']);
    const sound = names.filter((name) => weakClasses(name)?.length === 0);
    expect(sound.filter((name) => /NULL|anon|EXPORT|RC[24]|DES|MD5$/.test(name))).toEqual([]);
    expect(sound.length).toBeGreaterThan(100);
  });

  test('every class is told', () =>
    expect(new Set(SUITES.flatMap(({ name }) => weakClasses(name) ?? []))).toEqual(new Set(WEAK_CLASSES)));

  test.each([
    ['TLS_RSA_WITH_AES_128_GCM_SHA256', ['static-rsa']],
    ['TLS_RSA_PSK_WITH_AES_128_CBC_SHA', ['static-rsa', 'cbc']],
    ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', ['cbc']],
    ['TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA', ['cbc']],
    ['TLS_AES_128_GCM_SHA256', []],
    ['TLS_RSA_WITH_AES_128_CCM', ['static-rsa']],
  ])('what may be refused of %s', (name, conditions) => expect(conditionsOf(name)).toEqual(conditions));
});
