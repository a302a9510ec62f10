import { type KeyObject, verify } from 'node:crypto';
import { bitLength, readString } from './ssh.ts';
import { publicKeyOf, readHostKey } from './ssh-keys.ts';

/** Hashes of signature algorithms (RFC 4253, 6.6; RFC 8332; RFC 5656, 6.2.1; RFC 8709). Null: the algorithm has its own. */
const HASHES: Readonly<Record<string, string | null>> = {
  'ssh-rsa': 'sha1',
  'rsa-sha2-256': 'sha256',
  'rsa-sha2-512': 'sha512',
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
  'ssh-ed25519': null,
  'ssh-ed448': null,
};

/**
 * Whether a signature, as SSH writes it with its algorithm before it, is this key's over these bytes. Undefined: the kind
 * of key is not looked at here, or this machine's OpenSSL does not take it (SHA-1, short keys).
 */
export function signatureHolds(key: Buffer, signature: Buffer, signed: Buffer): boolean | undefined {
  const type = readHostKey(key)?.type;
  const publicKey = publicKeyOf(key);
  const algorithm = readString(signature, 0);
  const value = algorithm && readString(signature, algorithm.end)?.value;
  if (type === undefined || !publicKey) return undefined;
  const name = algorithm?.value.toString('latin1') ?? '';
  const isOfKey = name === type || (type === 'ssh-rsa' && name.startsWith('rsa-sha2-'));
  const hash = Object.hasOwn(HASHES, name) ? HASHES[name] : undefined;
  if (!isOfKey || hash === undefined || value === undefined) return false;
  const bytes = name.startsWith('ecdsa-') ? pair(value, publicKey) : padded(value, publicKey);
  if (bytes === undefined) return false;
  try {
    return verify(hash, signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, bytes);
  } catch {
    return undefined;
  }
}

/** A signature of RSA may be sent without its leading zeros. */
function padded(value: Buffer, { asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Buffer {
  const length = asymmetricKeyType === 'rsa' ? Math.ceil((asymmetricKeyDetails?.modulusLength ?? 0) / 8) : 0;
  return Buffer.concat([Buffer.alloc(Math.max(0, length - value.length)), value]);
}

/** Bytes of each half of a signature of ECDSA, by OpenSSL's name of the curve. */
const HALVES: Readonly<Record<string, number>> = { prime256v1: 32, secp384r1: 48, secp521r1: 66 };

/** The two numbers of ECDSA (RFC 5656, 3.1.2), each as long as the curve's order; undefined where they are none. */
function pair(value: Buffer, { asymmetricKeyDetails }: KeyObject): Buffer | undefined {
  const length = HALVES[asymmetricKeyDetails?.namedCurve ?? ''];
  const r = readString(value, 0);
  const s = r && readString(value, r.end);
  if (length === undefined || !s) return undefined;
  const halves = [r.value, s.value].map((number) => {
    const bare = number.subarray(number.length - Math.ceil(bitLength(number) / 8));
    return bare.length > length ? undefined : Buffer.concat([Buffer.alloc(length - bare.length), bare]);
  });
  return halves[0] && halves[1] && Buffer.concat([halves[0], halves[1]]);
}
