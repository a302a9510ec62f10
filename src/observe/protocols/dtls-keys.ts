import {
  type CipherCCM,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  type DecipherCCM,
  timingSafeEqual,
} from 'node:crypto';
import { dtlsRecord, sequenceBytes } from './dtls.ts';
import { u8, u16 } from './tls-hello.ts';
import { SUITES } from './tls-suites.ts';

/** What a suite of DTLS 1.2 is made of, among those that our own client speaks. */
export interface OwnSuite {
  readonly exchange: 'psk' | 'ecdhe-psk' | 'ecdhe' | 'rsa';
  /** As node:crypto calls it. */
  readonly cipher: string;
  readonly mode: 'aead' | 'chacha' | 'cbc';
  readonly keyBytes: number;
  /** Of an AEAD. */
  readonly tagBytes: number;
  /** Of CBC. */
  readonly mac: 'sha1' | 'sha256' | 'sha384' | undefined;
  /** Of the PRF (RFC 5246, 5; RFC 5289, 3). */
  readonly hash: 'sha256' | 'sha384';
}

const NAME =
  /^TLS_(PSK|ECDHE_PSK|ECDHE_ECDSA|ECDHE_RSA|ECDH_anon|RSA)_WITH_(?:AES_(128|256)_(CCM_8|CCM|GCM|CBC)|CHACHA20_POLY1305)(?:_(SHA\d*))?$/;

const read = (name: string): OwnSuite | undefined => {
  const [, exchange, bits, mode, hash] = NAME.exec(name) ?? [];
  if (exchange === undefined) return undefined;
  const chacha = bits === undefined;
  return {
    exchange:
      exchange === 'PSK' ? 'psk' : exchange === 'ECDHE_PSK' ? 'ecdhe-psk' : exchange === 'RSA' ? 'rsa' : 'ecdhe',
    cipher: chacha ? 'chacha20-poly1305' : `aes-${bits}-${mode!.slice(0, 3).toLowerCase()}`,
    mode: chacha ? 'chacha' : mode === 'CBC' ? 'cbc' : 'aead',
    keyBytes: chacha ? 32 : Number(bits) / 8,
    tagBytes: mode === 'CCM_8' ? 8 : 16,
    mac: mode !== 'CBC' ? undefined : hash === 'SHA' ? 'sha1' : (hash!.toLowerCase() as 'sha256'),
    hash: hash === 'SHA384' ? 'sha384' : 'sha256',
  };
};

/** The suites that our own client speaks, by code. */
export const OWN_SUITES: ReadonlyMap<number, OwnSuite> = new Map(
  SUITES.flatMap(({ code, name }) => {
    const suite = read(name);
    return suite ? [[code, suite] as const] : [];
  }),
);

/** Those with AEAD first: the order in which they are offered. */
export const ownSuites = (wanted: (suite: OwnSuite) => boolean): number[] =>
  [...OWN_SUITES]
    .filter(([, suite]) => wanted(suite))
    .sort(([, a], [, b]) => Number(a.mode === 'cbc') - Number(b.mode === 'cbc'))
    .map(([code]) => code);

/** P_hash of RFC 5246, 5, over a label and its seed. */
export function prf(hash: string, secret: Buffer, label: string, seed: Buffer, length: number): Buffer {
  const all = Buffer.concat([Buffer.from(label, 'latin1'), seed]);
  const parts: Buffer[] = [];
  let a = all;
  for (let made = 0; made < length; ) {
    a = createHmac(hash, secret).update(a).digest();
    const part = createHmac(hash, secret).update(a).update(all).digest();
    parts.push(part);
    made += part.length;
  }
  return Buffer.concat(parts).subarray(0, length);
}

export const hashOf = (hash: string, ...parts: readonly Buffer[]): Buffer =>
  parts.reduce((made, part) => made.update(part), createHash(hash)).digest();

/** The premaster secret of a pre-shared key (RFC 4279, 2; RFC 5489, 2): of plain PSK, `other` is as many zeros. */
export const pskPremaster = (key: Buffer, other: Buffer = Buffer.alloc(key.length)): Buffer =>
  Buffer.concat([u16(other.length), other, u16(key.length), key]);

const MAC_BYTES = { sha1: 20, sha256: 32, sha384: 48 } as const;

/** The keys of both directions, ours first (RFC 5246, 6.3). */
export function keysOf(suite: OwnSuite, master: Buffer, serverRandom: Buffer, clientRandom: Buffer): [Keys, Keys] {
  const macBytes = suite.mac ? MAC_BYTES[suite.mac] : 0;
  const ivBytes = suite.mode === 'cbc' ? 0 : suite.mode === 'chacha' ? 12 : 4;
  const seed = Buffer.concat([serverRandom, clientRandom]);
  const block = prf(suite.hash, master, 'key expansion', seed, 2 * (macBytes + suite.keyBytes + ivBytes));
  let at = 0;
  const next = (length: number) => {
    at += length;
    return block.subarray(at - length, at);
  };
  const macs = [next(macBytes), next(macBytes)] as const;
  const keys = [next(suite.keyBytes), next(suite.keyBytes)] as const;
  const ivs = [next(ivBytes), next(ivBytes)] as const;
  const of = (i: 0 | 1): Keys => ({ suite, mac: macs[i], key: keys[i], iv: ivs[i] });
  return [of(0), of(1)];
}

export interface Keys {
  readonly suite: OwnSuite;
  readonly mac: Buffer;
  readonly key: Buffer;
  readonly iv: Buffer;
}

export interface Protected {
  readonly type: number;
  readonly version: number;
  readonly epoch: number;
  readonly sequence: number;
}

/** Epoch and sequence number stand for the sequence number of TLS (RFC 6347, 4.1.2.1). */
const authenticated = ({ type, version, epoch, sequence }: Protected, length: number): Buffer =>
  Buffer.concat([u16(epoch), sequenceBytes(sequence), u8(type), u16(version), u16(length)]);

const counter = ({ epoch, sequence }: Protected): Buffer => Buffer.concat([u16(epoch), sequenceBytes(sequence)]);

/** The nonce and what of it stands in the record (RFC 5288, 3; RFC 6655, 3; RFC 7905, 2). */
function nonceOf({ suite, iv }: Keys, explicit: Buffer): Buffer {
  if (suite.mode !== 'chacha') return Buffer.concat([iv, explicit]);
  const nonce = Buffer.from(iv);
  for (let i = 0; i < 8; i++) nonce[4 + i]! ^= explicit[i]!;
  return nonce;
}

/** A protected record, whole. `random` gives the IV of CBC. */
export function seal(keys: Keys, head: Protected, plain: Buffer, random: (bytes: number) => Buffer): Buffer {
  const { suite } = keys;
  if (suite.mode === 'cbc') {
    const mac = createHmac(suite.mac!, keys.mac).update(authenticated(head, plain.length)).update(plain).digest();
    const padding = 16 - ((plain.length + mac.length) % 16);
    const iv = random(16);
    const cipher = createCipheriv(suite.cipher, keys.key, iv).setAutoPadding(false);
    const body = Buffer.concat([plain, mac, Buffer.alloc(padding, padding - 1)]);
    return dtlsRecord({ ...head, body: Buffer.concat([iv, cipher.update(body), cipher.final()]) });
  }
  const explicit = counter(head);
  const options = { authTagLength: suite.tagBytes };
  const cipher = createCipheriv(suite.cipher as 'aes-128-ccm', keys.key, nonceOf(keys, explicit), options) as CipherCCM;
  cipher.setAAD(authenticated(head, plain.length), { plaintextLength: plain.length });
  const body = [cipher.update(plain), cipher.final(), cipher.getAuthTag()];
  return dtlsRecord({ ...head, body: Buffer.concat([...(suite.mode === 'chacha' ? [] : [explicit]), ...body]) });
}

/** What a protected record's body holds; undefined where it does not hold. */
export function unseal(keys: Keys, head: Protected, body: Buffer): Buffer | undefined {
  const { suite } = keys;
  if (suite.mode === 'cbc') return unsealCbc(keys, head, body);
  const before = suite.mode === 'chacha' ? 0 : 8;
  const length = body.length - before - suite.tagBytes;
  if (length < 0) return undefined;
  const explicit = before > 0 ? body.subarray(0, before) : counter(head);
  const options = { authTagLength: suite.tagBytes };
  const nonce = nonceOf(keys, explicit);
  const decipher = createDecipheriv(suite.cipher as 'aes-128-ccm', keys.key, nonce, options) as DecipherCCM;
  decipher.setAuthTag(body.subarray(before + length));
  decipher.setAAD(authenticated(head, length), { plaintextLength: length });
  try {
    return Buffer.concat([decipher.update(body.subarray(before, before + length)), decipher.final()]);
  } catch {
    return undefined;
  }
}

function unsealCbc({ suite, key, mac }: Keys, head: Protected, body: Buffer): Buffer | undefined {
  const macBytes = MAC_BYTES[suite.mac!];
  if (body.length < 16 + macBytes + 1 || body.length % 16 !== 0) return undefined;
  const decipher = createDecipheriv(suite.cipher, key, body.subarray(0, 16)).setAutoPadding(false);
  const all = Buffer.concat([decipher.update(body.subarray(16)), decipher.final()]);
  const padding = all.at(-1)!;
  const length = all.length - padding - 1 - macBytes;
  if (length < 0 || all.subarray(-padding - 1).some((byte) => byte !== padding)) return undefined;
  const plain = all.subarray(0, length);
  const right = createHmac(suite.mac!, mac).update(authenticated(head, length)).update(plain).digest();
  return timingSafeEqual(right, all.subarray(length, length + macBytes)) ? plain : undefined;
}
