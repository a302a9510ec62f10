import { PRIVATE, REGISTRY } from './tls-registry.ts';

export interface Suite {
  readonly code: number;
  /** IANA name; of a private one, the name that other tools use. */
  readonly name: string;
}

const read = (table: string, before: string): Suite[] =>
  [...table.matchAll(/([0-9a-f]{4}) (\S+)/g)].map(([, code, name]) => ({
    code: Number.parseInt(code!, 16),
    name: before + name!,
  }));

/** All suites, by code. */
export const SUITES: readonly Suite[] = [...read(REGISTRY, 'TLS_'), ...read(PRIVATE, '')].sort(
  (a, b) => a.code - b.code,
);

const NAMES = new Map(SUITES.map((suite) => [suite.code, suite.name]));

/** The IANA name, or the code as `0x1234`. */
export const suiteName = (code: number): string => NAMES.get(code) ?? `0x${code.toString(16).padStart(4, '0')}`;

/** Cipher specs of SSL 2.0 (its draft, C.4, and those of SSLeay), three bytes each. */
const SSL2: ReadonlyMap<number, string> = new Map([
  [0x010080, 'SSL_CK_RC4_128_WITH_MD5'],
  [0x020080, 'SSL_CK_RC4_128_EXPORT40_WITH_MD5'],
  [0x030080, 'SSL_CK_RC2_128_CBC_WITH_MD5'],
  [0x040080, 'SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5'],
  [0x050080, 'SSL_CK_IDEA_128_CBC_WITH_MD5'],
  [0x060040, 'SSL_CK_DES_64_CBC_WITH_MD5'],
  [0x060140, 'SSL_CK_DES_64_CBC_WITH_SHA'],
  [0x0700c0, 'SSL_CK_DES_192_EDE3_CBC_WITH_MD5'],
  [0x0701c0, 'SSL_CK_DES_192_EDE3_CBC_WITH_SHA'],
  [0x080080, 'SSL_CK_RC4_64_WITH_MD5'],
  [0xff0800, 'SSL_CK_DES_64_CFB64_WITH_MD5_1'],
  [0xff0810, 'SSL_CK_NULL'],
]);
export const SUITES_SSL2: readonly number[] = [...SSL2.keys()];
export const ssl2Name = (code: number): string => SSL2.get(code) ?? `0x${code.toString(16).padStart(6, '0')}`;

/**
 * Whether a suite is of TLS 1.3 (RFC 8446, 8998, 9150, 9367 and the draft of AEGIS), or, false, of the versions before
 * it: none is of both.
 */
export const isSuite13 = (code: number): boolean =>
  code >> 8 === 0x13 ||
  (code >= 0xc0b4 && code <= 0xc0b5) ||
  (code >= 0x00c6 && code <= 0x00c7) ||
  (code >= 0xc103 && code <= 0xc106);

/** What is weak about a suite, by its name. */
export type WeakClass = 'NULL' | 'anonymous' | 'export' | 'RC4' | 'RC2' | 'DES' | '3DES' | 'MD5';

const CLASSES: readonly (readonly [WeakClass, RegExp])[] = [
  // RFC 9150: integrity alone.
  ['NULL', /_NULL(_|$)|^TLS_SHA(256|384)_SHA/],
  ['anonymous', /_anon_/],
  ['export', /EXPORT/],
  ['RC4', /_RC4_/],
  ['RC2', /_RC2_/],
  ['DES', /_DES(40)?_(?!192)/],
  ['3DES', /_3DES_|_DES_192_/],
  ['MD5', /_MD5(_|$)/],
];
/** The weak classes that a suite is of, by its name; none for one that is not weak or not known. */
export const weakClasses = (name: string): WeakClass[] =>
  CLASSES.flatMap(([one, pattern]) => (pattern.test(name) ? [one] : []));

/** Whether it is of those that most servers in the field have one of. */
export const isFamiliar = (name: string): boolean => COMMON.test(name);
const COMMON = /^TLS_(ECDHE|DHE|RSA)_(RSA_|ECDSA_)?WITH_(AES|3DES|RC4|CHACHA|CAMELLIA)/;
/**
 * Weak classes first, and within them the common ones: a server that goes by the client's order then shows its worst.
 */
const worstFirst = (suites: readonly Suite[]): number[] =>
  suites
    .map(({ code, name }) => ({ code, rank: (weakClasses(name).length > 0 ? 0 : 2) + (isFamiliar(name) ? 0 : 1) }))
    .sort((a, b) => a.rank - b.rank || a.code - b.code)
    .map(({ code }) => code);

/** Suites of TLS 1.3, which no other version has, and of all versions before it. */
export const SUITES_13: readonly number[] = worstFirst(SUITES.filter(({ code }) => isSuite13(code)));
export const SUITES_12: readonly number[] = worstFirst(SUITES.filter(({ code }) => !isSuite13(code)));
