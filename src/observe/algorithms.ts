import { type KeyObject, verify } from 'node:crypto';
import { NULL, oidOf, sequence } from './der.ts';

/** The hashes and ways of signing that seals and time stamps know; all else is refused. */
export type Hash = 'sha256' | 'sha384' | 'sha512';
export type KeyKind = 'rsa' | 'ec';

const HASH_OIDS: Readonly<Record<Hash, string>> = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
};
const HASHES = Object.keys(HASH_OIDS) as Hash[];
const RSA = '1.2.840.113549.1.1.1';
const RSA_WITH: Readonly<Record<Hash, string>> = {
  sha256: '1.2.840.113549.1.1.11',
  sha384: '1.2.840.113549.1.1.12',
  sha512: '1.2.840.113549.1.1.13',
};
const ECDSA_WITH: Readonly<Record<Hash, string>> = {
  sha256: '1.2.840.10045.4.3.2',
  sha384: '1.2.840.10045.4.3.3',
  sha512: '1.2.840.10045.4.3.4',
};

/** AlgorithmIdentifier of a digest, without parameters (RFC 5754, 2). */
export const digestAlgorithm = (hash: Hash): Buffer => sequence(oidOf(HASH_OIDS[hash]));

const hex = (bytes: Buffer): string => bytes.toString('hex');

const NAMED: ReadonlyMap<string, Hash> = new Map(
  HASHES.flatMap((hash): [string, Hash][] => [
    [hex(digestAlgorithm(hash)), hash],
    [hex(sequence(oidOf(HASH_OIDS[hash]), NULL)), hash],
  ]),
);

/** The hash that an AlgorithmIdentifier names, with NULL or no parameters. */
export const hashNamed = (algorithm: Buffer): Hash | undefined => NAMED.get(hex(algorithm));

const rsa = (id: string): Buffer => sequence(oidOf(id), NULL);

/** AlgorithmIdentifier by which a signature with a key of this kind names its hash: certificates', and ECDSA's always. */
export const signedWith = (kind: KeyKind, hash: Hash): Buffer =>
  kind === 'rsa' ? rsa(RSA_WITH[hash]) : sequence(oidOf(ECDSA_WITH[hash]));

/** AlgorithmIdentifiers by which a CMS signer may say how it signed; the one that we write first (RFC 3370, 3.2; RFC 5754, 3). */
export const signerAlgorithms = (kind: KeyKind, hash: Hash): Buffer[] =>
  kind === 'rsa' ? [rsa(RSA), signedWith(kind, hash)] : [signedWith(kind, hash)];

const WAYS: ReadonlyMap<string, { kind: KeyKind; hash: Hash }> = new Map(
  HASHES.flatMap((hash) => (['rsa', 'ec'] as const).map((kind) => [hex(signedWith(kind, hash)), { kind, hash }])),
);

/** Kind of key and hash that a certificate's AlgorithmIdentifier names. */
export const wayNamed = (algorithm: Buffer): { kind: KeyKind; hash: Hash } | undefined => WAYS.get(hex(algorithm));

/** Whether a signature is that of a key over some bytes. */
export const isSignature = (hash: Hash, bytes: Buffer, key: KeyObject, signature: Buffer): boolean => {
  try {
    return verify(hash, bytes, key, signature);
  } catch {
    // With some keys (a modulus beyond all bounds) OpenSSL will not even try: then it is not made with it.
    return false;
  }
};
