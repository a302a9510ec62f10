import { createCipheriv, createDecipheriv, createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { children, type Der, DerError, expectTag, readDer, TAG } from './der.ts';
import { element, getPdu, integer, number, readPdu } from './snmp.ts';

/** How a user's messages are authenticated (RFC 3414, 6 and 7; RFC 7860), the usual ones first. `mac`: octets sent of it. */
export const AUTHENTICATIONS = [
  { name: 'SHA', hash: 'sha1', mac: 12 },
  { name: 'MD5', hash: 'md5', mac: 12 },
  { name: 'SHA-256', hash: 'sha256', mac: 24 },
  { name: 'SHA-512', hash: 'sha512', mac: 48 },
  { name: 'SHA-384', hash: 'sha384', mac: 32 },
  { name: 'SHA-224', hash: 'sha224', mac: 16 },
] as const;
export type Authentication3 = (typeof AUTHENTICATIONS)[number];

/** How they are encrypted: AES-128 (RFC 3826), DES (RFC 3414, 8), both with the localised key's first 16 octets. */
export type Privacy = 'AES' | 'DES';

/** An engine as it said it is: its id, and its clock (RFC 3414, 2.2). */
export interface Engine {
  readonly id: Buffer;
  readonly boots: number;
  readonly time: number;
}

/** What a message is protected with: keys that are localised to the engine. */
export interface Keys {
  readonly authentication: Authentication3;
  readonly auth: Buffer;
  readonly privacy?: { readonly how: Privacy; readonly key: Buffer };
}

/** What an agent's Report says (RFC 3414, 5; RFC 3412, 5): the last arcs of its counter's name. */
const REPORTS: Readonly<Record<string, Report>> = {
  '1.3.6.1.6.3.15.1.1.1.0': 'unsupportedSecLevels',
  '1.3.6.1.6.3.15.1.1.2.0': 'notInTimeWindows',
  '1.3.6.1.6.3.15.1.1.3.0': 'unknownUserNames',
  '1.3.6.1.6.3.15.1.1.4.0': 'unknownEngineIDs',
  '1.3.6.1.6.3.15.1.1.5.0': 'wrongDigests',
  '1.3.6.1.6.3.15.1.1.6.0': 'decryptionErrors',
};
export type Report =
  | 'unsupportedSecLevels'
  | 'notInTimeWindows'
  | 'unknownUserNames'
  | 'unknownEngineIDs'
  | 'wrongDigests'
  | 'decryptionErrors'
  | 'other';

/** An answer of version 3. `verified`: it is authenticated with our keys, which only who has the password can do. */
export interface Answer3 {
  /** The message's id; it comes back as it was sent. */
  readonly id: number;
  readonly engine: Engine;
  readonly verified: boolean;
  readonly encrypted: boolean;
  readonly report?: Report;
  /** Of a Response: 0 is noError, 16 authorizationError. */
  readonly status?: number;
  readonly values: ReadonlyMap<string, string>;
}

/** The key of a password for one engine (RFC 3414, A.2): a megabyte of the password hashed, then with the engine's id. Undefined of an empty one. */
export function localisedKey({ hash }: Authentication3, password: string, engine: Buffer): Buffer | undefined {
  const bytes = Buffer.from(password);
  if (bytes.length === 0) return undefined;
  const digest = createHash(hash).update(Buffer.alloc(1_048_576, bytes)).digest();
  return createHash(hash).update(digest).update(engine).update(digest).digest();
}

const FLAGS = { auth: 1, privacy: 2, reportable: 4 } as const;

/** A GET of these objects as this user, protected where keys are given. `salt` is 8 octets. */
export const getRequest3 = (
  engine: Engine,
  user: string,
  id: number,
  oids: readonly string[],
  keys?: Keys,
  salt?: Buffer,
): Buffer => writeMessage3({ engine, user, id, reportable: true, pdu: getPdu(id, oids) }, keys, salt);

export interface Message3 {
  /** Of the message: comes back as it was sent. */
  readonly id: number;
  readonly engine: Engine;
  readonly user: string;
  readonly reportable: boolean;
  readonly pdu: Buffer;
}

/** One message (RFC 3412, 6; RFC 3414, 2.4), protected where keys are given. */
export function writeMessage3(
  { id, engine, user, reportable, pdu }: Message3,
  keys?: Keys,
  salt: Buffer = Buffer.alloc(8),
): Buffer {
  const flags = (reportable ? FLAGS.reportable : 0) | (keys ? FLAGS.auth : 0) | (keys?.privacy ? FLAGS.privacy : 0);
  const scoped = element(0x30, element(0x04, engine.id), element(0x04), pdu);
  const sealed = keys?.privacy && encrypt(keys.privacy, engine, salt, scoped);
  const message = (mac: Buffer): Buffer =>
    element(
      0x30,
      integer(3),
      element(0x30, integer(id), integer(65_507), element(0x04, Buffer.from([flags])), integer(3)),
      element(
        0x04,
        element(
          0x30,
          element(0x04, engine.id),
          integer(engine.boots),
          integer(engine.time),
          element(0x04, Buffer.from(user)),
          element(0x04, mac),
          element(0x04, sealed ? salt : Buffer.alloc(0)),
        ),
      ),
      sealed ? element(0x04, sealed) : scoped,
    );
  if (!keys) return message(Buffer.alloc(0));
  return message(macOf(keys, message(Buffer.alloc(keys.authentication.mac))));
}

/** A message as read. `pdu` is absent where it is encrypted and not for these keys. */
export interface Read3 extends Omit<Message3, 'pdu'> {
  readonly authenticated: boolean;
  readonly encrypted: boolean;
  /** Authenticated with these keys, which only who has the password can do. */
  readonly verified: boolean;
  readonly pdu?: Der;
}

/** Reads one message with the keys of its user; undefined where it is none. */
export function readMessage3(bytes: Buffer, keysOf: (user: string) => Keys | undefined): Read3 | undefined {
  try {
    const whole = readDer(bytes);
    const [version, header, security, data] = children(expectTag(whole, TAG.sequence));
    if (number(version) !== 3) return undefined;
    const [id, , flagBytes] = children(expectTag(header, TAG.sequence));
    const flags = expectTag(flagBytes, TAG.octetString).body[0] ?? 0;
    const [engineId, boots, time, name, mac, parameters] = children(readDer(expectTag(security, TAG.octetString).body));
    const engine = { id: expectTag(engineId, TAG.octetString).body, boots: clock(boots), time: clock(time) };
    const user = expectTag(name, TAG.octetString).body.toString();
    const keys = keysOf(user);
    const authenticated = (flags & FLAGS.auth) !== 0;
    const encrypted = (flags & FLAGS.privacy) !== 0;
    const verified =
      keys !== undefined && authenticated && verifies(keys, whole.raw, expectTag(mac, TAG.octetString).body);
    const reportable = (flags & FLAGS.reportable) !== 0;
    const read = { id: number(id), engine, user, reportable, authenticated, encrypted, verified };
    if (encrypted && !(verified && keys?.privacy && data?.tag === TAG.octetString)) return read;
    const scoped = encrypted
      ? opened(keys!.privacy!, engine, expectTag(parameters, TAG.octetString).body, data!.body)
      : data;
    if (!scoped) return read;
    const pdu = children(expectTag(scoped, TAG.sequence))[2];
    return pdu ? { ...read, pdu } : undefined;
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/** Reads a Response or a Report; undefined where it is neither. With keys it is verified and decrypted. */
export function readAnswer3(bytes: Buffer, keys?: Keys): Answer3 | undefined {
  const read = readMessage3(bytes, () => keys);
  if (!read?.pdu) return undefined;
  const { id, engine, verified, encrypted, pdu } = read;
  const common = { id, engine, verified, encrypted };
  try {
    const { oids, status, values } = readPdu(pdu);
    if (pdu.tag === 0xa8) return { ...common, report: REPORTS[oids[0] ?? ''] ?? 'other', values: new Map() };
    return pdu.tag === 0xa2 ? { ...common, status, values } : undefined;
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

/** A value of 31 bits (RFC 3414, 2.2.1). */
function clock(from: Der | undefined): number {
  const value = number(from);
  if (value < 0 || value > 0x7fffffff) throw new DerError('no clock of an engine');
  return value;
}

const macOf = ({ authentication: { hash, mac }, auth }: Keys, message: Buffer): Buffer =>
  createHmac(hash, auth).update(message).digest().subarray(0, mac);

/** The digest is over the whole message with zeroes in its place (RFC 3414, 6.3.2). */
function verifies(keys: Keys, whole: Buffer, said: Buffer): boolean {
  if (said.length !== keys.authentication.mac) return false;
  const at = said.byteOffset - whole.byteOffset;
  if (at < 0 || at + said.length > whole.length) return false;
  const blank = Buffer.from(whole);
  blank.fill(0, at, at + said.length);
  return timingSafeEqual(macOf(keys, blank), said);
}

type Sealing = NonNullable<Keys['privacy']>;

/** AES: engine boots, engine time and the salt. DES: the key's second half, exclusive-or with the salt. */
function cipherOf({ how, key }: Sealing, engine: Engine, salt: Buffer): { name: string; key: Buffer; iv: Buffer } {
  if (how === 'AES') {
    const iv = Buffer.alloc(16);
    iv.writeUInt32BE(engine.boots >>> 0, 0);
    iv.writeUInt32BE(engine.time >>> 0, 4);
    salt.copy(iv, 8, 0, 8);
    return { name: 'aes-128-cfb', key: key.subarray(0, 16), iv };
  }
  const single = key.subarray(0, 8);
  // DES by itself is gone from OpenSSL 3. Triple DES with one key three times is the same.
  return {
    name: 'des-ede3-cbc',
    key: Buffer.concat([single, single, single]),
    iv: Buffer.from(key.subarray(8, 16).map((byte, index) => byte ^ (salt[index] ?? 0))),
  };
}

function encrypt(sealing: Sealing, engine: Engine, salt: Buffer, scoped: Buffer): Buffer {
  const { name, key, iv } = cipherOf(sealing, engine, salt);
  const padded = sealing.how === 'DES' ? Buffer.concat([scoped, Buffer.alloc((8 - (scoped.length % 8)) % 8)]) : scoped;
  const cipher = createCipheriv(name, key, iv).setAutoPadding(false);
  return Buffer.concat([cipher.update(padded), cipher.final()]);
}

/** What was encrypted; undefined where it is nothing once decrypted: the cipher or the key is another. */
function opened(sealing: Sealing, engine: Engine, salt: Buffer, bytes: Buffer): Der | undefined {
  try {
    return readDer(decrypt(sealing, engine, salt, bytes));
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}

function decrypt(sealing: Sealing, engine: Engine, salt: Buffer, bytes: Buffer): Buffer {
  if (salt.length !== 8 || (sealing.how === 'DES' && bytes.length % 8 !== 0))
    throw new DerError('an encrypted part of odd length');
  const { name, key, iv } = cipherOf(sealing, engine, salt);
  const decipher = createDecipheriv(name, key, iv).setAutoPadding(false);
  return Buffer.concat([decipher.update(bytes), decipher.final()]);
}
