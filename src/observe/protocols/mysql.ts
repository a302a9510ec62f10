import { constants, createHash, createPublicKey, publicEncrypt } from 'node:crypto';

/** Of a packet: three bytes of length and one of sequence ("MySQL Packets" of the MySQL internals documentation). */
export const HEAD_BYTES = 4;
/** A packet of this size at most: what comes before and at a login is far smaller. */
const LONGEST_PACKET = 32 * 1024;

export const CLIENT_SSL = 0x800;
const CLIENT_PLUGIN_AUTH = 0x8_0000;
const CLIENT_EXPIRED_PASSWORDS = 0x40_0000;
/** LONG_PASSWORD, LONG_FLAG, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION. */
const CLIENT_BASIC = 0x1 | 0x4 | 0x200 | 0x2000 | 0x8000;
const UTF8 = 33;

export const packet = (sequence: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntLE(body.length, 0, 3);
  head[3] = sequence & 255;
  return Buffer.concat([head, body]);
};

export function packetHead(bytes: Buffer): { readonly bodyBytes: number; readonly sequence: number } | undefined {
  if (bytes.length !== HEAD_BYTES) return undefined;
  const bodyBytes = bytes.readUIntLE(0, 3);
  return bodyBytes > 0 && bodyBytes <= LONGEST_PACKET ? { bodyBytes, sequence: bytes[3]! } : undefined;
}

/** What a server says first (Protocol::HandshakeV10). */
export interface Handshake {
  readonly version: string;
  readonly capabilities: number;
  /** Twenty bytes, fresh for each connection. */
  readonly nonce: Buffer;
  readonly plugin: string;
}

export function handshake(body: Buffer): Handshake | undefined {
  const end = body.indexOf(0, 1);
  if (body[0] !== 10 || end < 2 || end > 200 || body.length < end + 1 + 31) return undefined;
  const at = end + 5;
  const capabilities = (body.readUInt16LE(at + 9) | (body.readUInt16LE(at + 14) << 16)) >>> 0;
  const nonce = Buffer.concat([body.subarray(at, at + 8), body.subarray(at + 27, at + 39)]);
  if (nonce.length !== 20) return undefined;
  const said = Math.max(13, body[at + 16]! - 8);
  const name = capabilities & CLIENT_PLUGIN_AUTH ? textAt(body, at + 27 + said) : 'mysql_native_password';
  return { version: body.toString('latin1', 1, end), capabilities, nonce, plugin: name };
}

/** Text until a NUL, or to the end. */
function textAt(body: Buffer, from: number): string {
  const end = body.indexOf(0, from);
  return body.toString('latin1', from, end === -1 ? body.length : end).slice(0, 100);
}

const capabilitiesFor = (server: Handshake, tls: boolean): number =>
  CLIENT_BASIC | (server.capabilities & (CLIENT_PLUGIN_AUTH | CLIENT_EXPIRED_PASSWORDS)) | (tls ? CLIENT_SSL : 0);

function responseHead(server: Handshake, tls: boolean): Buffer {
  const head = Buffer.alloc(32);
  head.writeUInt32LE(capabilitiesFor(server, tls) >>> 0, 0);
  head.writeUInt32LE(0x100_0000, 4);
  head[8] = UTF8;
  return head;
}

/** Protocol::SSLRequest: TLS begins behind it. */
export const sslRequest = (server: Handshake): Buffer => responseHead(server, true);

/** Protocol::HandshakeResponse41, without a database. `user` may hold no NUL; `answer` has at most 255 bytes. */
export const handshakeResponse = (
  server: Handshake,
  login: { user: string; answer: Buffer; plugin: string },
  tls: boolean,
): Buffer =>
  Buffer.concat([
    responseHead(server, tls),
    Buffer.from(`${login.user}\0`),
    Buffer.from([login.answer.length]),
    login.answer,
    server.capabilities & CLIENT_PLUGIN_AUTH ? Buffer.from(`${login.plugin}\0`) : Buffer.alloc(0),
  ]);

/** COM_QUERY with a query that reads nothing but a number of ours. */
export const SELECT_ONE = Buffer.from('\x03SELECT 1');
export const QUIT = Buffer.from([1]);

/** MariaDB's method of that name (`auth_ed25519` on its side). */
export const ED25519 = 'client_ed25519';

/** Protocol::AuthSwitchRequest. A single byte asks for the password hash of before 4.1: `mysql_old_password`. */
export function authSwitch(body: Buffer): { readonly plugin: string; readonly nonce: Buffer } | undefined {
  if (body[0] !== 0xfe) return undefined;
  if (body.length === 1) return { plugin: 'mysql_old_password', nonce: Buffer.alloc(0) };
  const end = body.indexOf(0, 1);
  if (end < 2 || end > 100) return undefined;
  const plugin = body.toString('latin1', 1, end);
  // Of twenty bytes, with a NUL behind them; `client_ed25519` signs 32.
  return { plugin, nonce: body.subarray(end + 1, end + 1 + (plugin === ED25519 ? 32 : 20)) };
}

/** The number and the words of an error packet (Protocol::ERR_Packet). */
export function errorPacket(body: Buffer): { readonly code: number; readonly message: string } | undefined {
  if (body[0] !== 0xff || body.length < 3) return undefined;
  const marked = body[3] === 0x23 && body.length >= 9;
  return { code: body.readUInt16LE(1), message: body.toString('utf8', marked ? 9 : 3) };
}

const hash = (algorithm: 'sha1' | 'sha256', ...parts: Buffer[]): Buffer => {
  const digest = createHash(algorithm);
  for (const part of parts) digest.update(part);
  return digest.digest();
};
const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, index) => byte ^ b[index % b.length]!));

/** `mysql_native_password`: SHA1(password) XOR SHA1(nonce, SHA1(SHA1(password))). Empty for an empty password. */
export function nativeAnswer(secret: string, nonce: Buffer): Buffer {
  if (secret === '') return Buffer.alloc(0);
  const once = hash('sha1', Buffer.from(secret));
  return xor(once, hash('sha1', nonce, hash('sha1', once)));
}

/** `caching_sha2_password`, the quick way: SHA256(password) XOR SHA256(SHA256(SHA256(password)), nonce). */
export function cachingSha2Answer(secret: string, nonce: Buffer): Buffer {
  if (secret === '') return Buffer.alloc(0);
  const once = hash('sha256', Buffer.from(secret));
  return xor(once, hash('sha256', hash('sha256', once), nonce));
}

/**
 * The password for the server's RSA key alone (`caching_sha2_password` and `sha256_password` without TLS). Undefined
 * where the key is none, or too small for it.
 */
export function encryptedPassword(secret: string, nonce: Buffer, pem: Buffer): Buffer | undefined {
  if (nonce.length === 0) return undefined;
  try {
    const key = createPublicKey(pem);
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    return publicEncrypt({ key, padding, oaepHash: 'sha1' }, xor(Buffer.from(`${secret}\0`), nonce));
  } catch {
    return undefined;
  }
}
