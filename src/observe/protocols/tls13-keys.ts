import {
  type CipherCCM,
  type CipherGCM,
  createCipheriv,
  createDecipheriv,
  createECDH,
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  type DecipherGCM,
  diffieHellman,
} from 'node:crypto';
import { ffdhePrime } from './dh-groups.ts';
import { type Extension, u8, u16, vector } from './tls-hello.ts';

/** What a suite of TLS 1.3 is made of (RFC 8446, B.4). */
export interface Suite13 {
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305' | 'aes-128-ccm';
  readonly hash: 'sha256' | 'sha384';
  readonly keyBytes: 16 | 32;
  readonly tagBytes: 8 | 16;
}

export const SUITE13: ReadonlyMap<number, Suite13> = new Map([
  [0x1301, { cipher: 'aes-128-gcm', hash: 'sha256', keyBytes: 16, tagBytes: 16 }],
  [0x1302, { cipher: 'aes-256-gcm', hash: 'sha384', keyBytes: 32, tagBytes: 16 }],
  [0x1303, { cipher: 'chacha20-poly1305', hash: 'sha256', keyBytes: 32, tagBytes: 16 }],
  [0x1304, { cipher: 'aes-128-ccm', hash: 'sha256', keyBytes: 16, tagBytes: 16 }],
  [0x1305, { cipher: 'aes-128-ccm', hash: 'sha256', keyBytes: 16, tagBytes: 8 }],
]);

/** Our half of a key agreement. `agree` is undefined where the peer's half is none of that group. */
export interface KeyShare {
  readonly group: number;
  readonly key: Buffer;
  agree(peer: Buffer): Buffer | undefined;
}

// As a JWK (RFC 8037): Node takes ten times as long to read the same key in DER.
const EDWARDS = { 29: { bytes: 32, crv: 'X25519' }, 30: { bytes: 56, crv: 'X448' } } as const;
const CURVES: Readonly<Record<number, string>> = { 23: 'prime256v1', 24: 'secp384r1', 25: 'secp521r1' };
const FFDHE: Readonly<Record<number, number>> = { 256: 2048, 257: 3072, 258: 4096 };

/** Groups that `keyShare` can make, as a hello lists them. */
export const OWN_GROUPS: readonly number[] = [29, 23, 24, 25, 30, 256, 257, 258];

const otherwise = (agree: () => Buffer): Buffer | undefined => {
  try {
    return agree();
  } catch {
    // A point that is on no curve, a number out of range: the peer's fault, and no secret.
    return undefined;
  }
};

/** A share of a group of OWN_GROUPS (RFC 8446, 4.2.8); `random` gives its private key but for the curves of the NIST. */
export function keyShare(group: number, random: (bytes: number) => Buffer): KeyShare | undefined {
  if (group === 29 || group === 30) return edwardsShare(group, random);
  const curve = CURVES[group];
  if (curve) {
    const ecdh = createECDH(curve);
    const key = ecdh.generateKeys();
    return { group, key, agree: (peer) => otherwise(() => ecdh.computeSecret(peer)) };
  }
  const bits = FFDHE[group];
  return bits === undefined ? undefined : finiteShare(group, ffdhePrime(bits), u8(2), random);
}

function edwardsShare(group: 29 | 30, random: (bytes: number) => Buffer): KeyShare {
  const { bytes, crv } = EDWARDS[group];
  const jwk = (x: Buffer) => ({ kty: 'OKP', crv, x: x.toString('base64url') });
  // Of a private key the public half must be there, and is not looked at.
  const key = { ...jwk(Buffer.alloc(bytes)), d: random(bytes).toString('base64url') };
  const privateKey = createPrivateKey({ key, format: 'jwk' });
  const agree = (peer: Buffer) =>
    peer.length !== bytes
      ? undefined
      : otherwise(() => diffieHellman({ privateKey, publicKey: createPublicKey({ key: jwk(peer), format: 'jwk' }) }));
  return { group, key: Buffer.from(createPublicKey(privateKey).export({ format: 'jwk' }).x!, 'base64url'), agree };
}

/** Bytes of a private exponent: what it is to protect is said to nobody. */
const EXPONENT = 32;

/**
 * A share modulo a prime; public value and secret have the length of the prime (RFC 8446, 4.2.8.1 and 7.4.1). Reckoned
 * here, because Node 24 tests each prime at length first (seconds for 4,096 bits), and a server picks it. Throws a
 * RangeError for what is no modulus.
 */
export function finiteShare(
  group: number,
  prime: Buffer,
  generator: Buffer,
  random: (bytes: number) => Buffer,
): KeyShare {
  const modulus = numberOf(prime);
  if (modulus < 5n || modulus % 2n === 0n) throw new RangeError('no prime that keys are agreed by');
  const exponent = numberOf(Buffer.concat([u8(1), random(EXPONENT)]));
  const raised = (base: bigint): Buffer =>
    Buffer.from(
      power(base, exponent, modulus)
        .toString(16)
        .padStart(2 * prime.length, '0'),
      'hex',
    );
  const agree = (peer: Buffer) => {
    // 0, 1 and p - 1 give no secret (RFC 7919, 5.1).
    const value = numberOf(peer);
    return value > 1n && value < modulus - 1n ? raised(value) : undefined;
  };
  return { group, key: raised(numberOf(generator) % modulus), agree };
}

const numberOf = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString('hex') || '0'}`);

/** Bit by bit: how long it takes tells of a key that protects nothing. */
function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus;
    if (bit === '1') result = (result * base) % modulus;
  }
  return result;
}

type Hash = Suite13['hash'];
/** Milliseconds that a ticket is said to be old: servers allow for seconds either way. */
const AGE = 100;
export const digest = (hash: Hash, ...parts: readonly Buffer[]): Buffer =>
  parts.reduce((made, part) => made.update(part), createHash(hash)).digest();
export const hmac = (hash: string, key: Buffer, ...parts: readonly Buffer[]): Buffer =>
  parts.reduce((made, part) => made.update(part), createHmac(hash, key)).digest();

/** HKDF-Expand-Label (RFC 8446, 7.1; RFC 5869, 2.3), for up to one hash's length. */
export const expandLabel = (hash: Hash, secret: Buffer, label: string, context: Buffer, length: number): Buffer => {
  const info = Buffer.concat([u16(length), vector(1, Buffer.from(`tls13 ${label}`, 'latin1')), vector(1, context)]);
  return hmac(hash, secret, info, u8(1)).subarray(0, length);
};

const deriveSecret = (hash: Hash, secret: Buffer, label: string, transcript: Buffer): Buffer =>
  expandLabel(hash, secret, label, transcript, transcript.length);

/** The key schedule of RFC 8446, 7.1, as far as a client of one handshake needs it. `psk`: without one, zeros. */
export const schedule = (hash: Hash, psk?: Buffer) => {
  const zeros = Buffer.alloc(hash === 'sha256' ? 32 : 48);
  const nothing = digest(hash);
  const early = hmac(hash, zeros, psk ?? zeros);
  return {
    /** The binder key of a session that is resumed. */
    binder: deriveSecret(hash, early, 'res binder', nothing),
    /** From the shared secret and the hash of the messages up to ServerHello. */
    handshake(shared: Buffer, transcript: Buffer) {
      const secret = hmac(hash, deriveSecret(hash, early, 'derived', nothing), shared);
      const main = hmac(hash, deriveSecret(hash, secret, 'derived', nothing), zeros);
      return {
        client: deriveSecret(hash, secret, 'c hs traffic', transcript),
        server: deriveSecret(hash, secret, 's hs traffic', transcript),
        /** Secrets of what follows; `finished` is the hash up to the server's Finished, or the client's. */
        application: (finished: Buffer) => ({
          client: deriveSecret(hash, main, 'c ap traffic', finished),
          server: deriveSecret(hash, main, 's ap traffic', finished),
        }),
        resumption: (finished: Buffer) => deriveSecret(hash, main, 'res master', finished),
      };
    },
  };
};

/** The body of Finished, and of a binder (RFC 8446, 4.4.4 and 4.2.11.2). */
export const finishedOf = (hash: Hash, secret: Buffer, transcript: Buffer): Buffer =>
  hmac(hash, expandLabel(hash, secret, 'finished', Buffer.alloc(0), transcript.length), transcript);

/** One direction of protected records (RFC 8446, 5.2 and 5.3). */
export class Protection {
  readonly #suite: Suite13;
  readonly #key: Buffer;
  readonly #iv: Buffer;
  #sequence = 0;

  constructor(suite: Suite13, secret: Buffer) {
    this.#suite = suite;
    this.#key = expandLabel(suite.hash, secret, 'key', Buffer.alloc(0), suite.keyBytes);
    this.#iv = expandLabel(suite.hash, secret, 'iv', Buffer.alloc(0), 12);
  }

  #nonce(): Buffer {
    const nonce = Buffer.from(this.#iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#sequence++) >>> 0, 8);
    return nonce;
  }

  /** A record of that content type. */
  seal(type: number, body: Buffer): Buffer {
    const { cipher: name, tagBytes } = this.#suite;
    const plain = Buffer.concat([body, u8(type)]);
    const header = Buffer.concat([u8(23, 3, 3), u16(plain.length + tagBytes)]);
    const options = { authTagLength: tagBytes };
    const cipher = createCipheriv(name as 'aes-128-ccm', this.#key, this.#nonce(), options) as CipherCCM | CipherGCM;
    (cipher as CipherCCM).setAAD(header, { plaintextLength: plain.length });
    return Buffer.concat([header, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  }

  /** Content type and content of a record's body; undefined where it does not hold. */
  open(header: Buffer, body: Buffer): { type: number; content: Buffer } | undefined {
    const { cipher: name, tagBytes } = this.#suite;
    const length = body.length - tagBytes;
    if (length < 1) return undefined;
    const options = { authTagLength: tagBytes };
    const decipher = createDecipheriv(name as 'aes-128-gcm', this.#key, this.#nonce(), options) as DecipherGCM;
    decipher.setAuthTag(body.subarray(length));
    decipher.setAAD(header, { plaintextLength: length });
    let plain: Buffer;
    try {
      plain = Buffer.concat([decipher.update(body.subarray(0, length)), decipher.final()]);
    } catch {
      return undefined;
    }
    let end = plain.length;
    while (end > 0 && plain[end - 1] === 0) end--;
    return end === 0 ? undefined : { type: plain[end - 1]!, content: plain.subarray(0, end - 1) };
  }
}

/**
 * Writes a hello that offers one session (RFC 8446, 4.2.11): `write` is given the extension to put last. The binder is
 * over the hello up to the binders.
 */
export function pskExtension(
  { psk, hash, ticket }: { psk: Buffer; hash: Hash; ticket: { ticket: Buffer; ageAdd: number } },
  write: (extension: Extension) => Buffer,
): Buffer {
  const bytes = hash === 'sha256' ? 32 : 48;
  const age = Buffer.alloc(4);
  age.writeUInt32BE((ticket.ageAdd + AGE) % 2 ** 32);
  const identities = vector(2, vector(2, ticket.ticket), age);
  const body = (binder: Buffer) => Buffer.concat([identities, vector(2, vector(1, binder))]);
  const draft = write({ type: 41, body: body(Buffer.alloc(bytes)) });
  const truncated = draft.subarray(0, draft.length - bytes - 3);
  return write({ type: 41, body: body(finishedOf(hash, schedule(hash, psk).binder, digest(hash, truncated))) });
}
