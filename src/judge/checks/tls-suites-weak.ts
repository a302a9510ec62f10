/**
 * Classes of suites that nothing should be protected with, by their IANA names (and those of SSLv2, which have none):
 * no encryption, nobody authenticated, fewer than 112 bits, and what RFC 7465, RFC 6151, RFC 5469 and NIST SP 800-131A
 * took out of use. A suite may be of several. TLS_SHA256_SHA256 (RFC 9150) only authenticates.
 */
const CLASSES: readonly (readonly [words: string, name: RegExp])[] = [
  ['no encryption', /_NULL(_|$)|^TLS_SHA(256|384)_SHA(256|384)$/],
  ['nobody authenticated', /_anon_/],
  ['export strength', /_EXPORT\d*_|_(40|56)(_|$)|_DES40_/],
  ['RC4', /_RC4_/],
  ['RC2', /_RC2_/],
  ['DES', /_DES(40|_64)?_(?!192_EDE3)/],
  ['3DES', /_3DES_|_DES_192_EDE3_/],
  ['MD5', /_MD5(_|$)/],
];

/** Ciphers that names say and that are not weak: what has none of them is not known. */
const KNOWN = /_(AES|CHACHA20|CAMELLIA|ARIA|SEED|IDEA|SALSA20|SM4|AEGIS|KUZNYECHIK|MAGMA|28147)_/;

/** The weak classes that a suite is of; empty for one that is of none. Undefined for a suite that is not known. */
export const weakClasses = (name: string): readonly string[] | undefined => {
  if (!/^(OLD_)?(TLS|SSL)_/.test(name)) return undefined;
  const classes = CLASSES.filter(([, pattern]) => pattern.test(name)).map(([words]) => words);
  return classes.length > 0 || KNOWN.test(name) ? classes : undefined;
};

/** All classes, in the order in which they are told: the worst first. */
export const WEAK_CLASSES: readonly string[] = CLASSES.map(([words]) => words);

/** What a criterion may refuse of a suite that is not weak (RFC 9325, 4.1): key transport by RSA, and CBC. */
export const conditionsOf = (name: string): readonly ('static-rsa' | 'cbc')[] => [
  ...(/^TLS_RSA_(PSK_)?WITH_/.test(name) ? (['static-rsa'] as const) : []),
  ...(/_CBC(_|$)/.test(name) ? (['cbc'] as const) : []),
];
