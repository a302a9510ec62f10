import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);

/** "Message Formats" of the PostgreSQL documentation, protocol 3.0. */
export const SSL_REQUEST = Buffer.from('0000000804d2162f', 'hex');
export const TERMINATE = Buffer.from('5800000004', 'hex');

/** Bytes before a message's body: its type and its length. */
export const HEAD_BYTES = 5;
/** A body of this size at most: errors and challenges are far smaller. */
const LONGEST_BODY = 32 * 1024;

const cString = (text: string): Buffer => Buffer.from(`${text}\0`);

/** StartupMessage for one user and database. Neither may hold a NUL. */
export function startup(user: string, database: string): Buffer {
  const body = Buffer.concat([
    Buffer.from('00030000', 'hex'),
    ...['user', user, 'database', database].map(cString),
    Buffer.from([0]),
  ]);
  return Buffer.concat([uint32(body.length + 4), body]);
}

/** PasswordMessage, SASLInitialResponse and SASLResponse have one type. */
export const passwordMessage = (body: Buffer): Buffer =>
  Buffer.concat([Buffer.from('p'), uint32(body.length + 4), body]);

export const clearPassword = (secret: string): Buffer => passwordMessage(cString(secret));

export function saslInitial(mechanism: string, first: string): Buffer {
  const response = Buffer.from(first);
  return passwordMessage(Buffer.concat([cString(mechanism), uint32(response.length), response]));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The type and the length of the body that follows; undefined where it is no message, or too large a one. */
export function messageHead(bytes: Buffer): { readonly type: string; readonly bodyBytes: number } | undefined {
  if (bytes.length !== HEAD_BYTES) return undefined;
  const type = String.fromCharCode(bytes[0]!);
  const bodyBytes = bytes.readUInt32BE(1) - 4;
  return /[A-Za-z0-9]/.test(type) && bodyBytes >= 0 && bodyBytes <= LONGEST_BODY ? { type, bodyBytes } : undefined;
}

/** What an Authentication message ('R') asks for. `other` is named. */
export type AuthenticationRequest =
  | { readonly ask: 'ok' | 'clear' }
  | { readonly ask: 'md5'; readonly salt: Buffer }
  | { readonly ask: 'sasl'; readonly mechanisms: readonly string[] }
  | { readonly ask: 'sasl-continue' | 'sasl-final'; readonly data: string }
  | { readonly ask: 'other'; readonly name: string };

const OTHERS: Readonly<Record<number, string>> = { 2: 'Kerberos 5', 6: 'SCM', 7: 'GSSAPI', 8: 'GSSAPI', 9: 'SSPI' };

export function authenticationRequest(body: Buffer): AuthenticationRequest | undefined {
  if (body.length < 4) return undefined;
  const code = body.readUInt32BE(0);
  const data = body.subarray(4);
  if (code === 0) return { ask: 'ok' };
  if (code === 3) return { ask: 'clear' };
  if (code === 5) return data.length === 4 ? { ask: 'md5', salt: data } : undefined;
  if (code === 10) return { ask: 'sasl', mechanisms: data.toString('latin1').split('\0').filter(Boolean).slice(0, 20) };
  if (code === 11 || code === 12)
    return { ask: code === 11 ? 'sasl-continue' : 'sasl-final', data: data.toString('latin1') };
  return { ask: 'other', name: OTHERS[code] ?? `authentication ${code}` };
}

/** The SQLSTATE and the words of an ErrorResponse ('E'); undefined where it has no code. */
export function errorResponse(body: Buffer): { readonly code: string; readonly message: string } | undefined {
  const fields = body
    .toString('utf8')
    .split('\0')
    .filter((field) => field.length > 1);
  const of = (type: string) => fields.find((field) => field.startsWith(type))?.slice(1);
  const code = of('C');
  return code !== undefined && /^[0-9A-Z]{5}$/.test(code) ? { code, message: of('M') ?? '' } : undefined;
}

const md5 = (...parts: (string | Buffer)[]): string => {
  const hash = createHash('md5');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** The answer to AuthenticationMD5Password: `md5` and 32 hexadecimal digits. */
export const md5Answer = (user: string, secret: string, salt: Buffer): string => `md5${md5(md5(secret, user), salt)}`;

/** Rounds that a server may ask for: it has us compute them. PostgreSQL asks for 4096. */
const MOST_ITERATIONS = 1_000_000;

/** The client's first message (RFC 5802, 5), without a channel binding and without a name: PostgreSQL has it already. */
export const scramFirst = (nonce: string): string => `n,,n=,r=${nonce}`;

export interface ScramFinal {
  /** The client's final message. */
  readonly message: string;
  /** What of it, and of the server's last word, lets anybody try passwords offline. */
  readonly proofs: readonly string[];
}

/**
 * The client's final message of SCRAM-SHA-256 (RFC 5802, 3; RFC 7677). Undefined where the server's first message is
 * none, does not go on from our nonce, or asks for more rounds than we compute.
 */
export async function scramFinal(nonce: string, serverFirst: string, secret: string): Promise<ScramFinal | undefined> {
  const [, r, s, i] =
    /^r=([\x21-\x2b\x2d-\x7e]{1,400}),s=([A-Za-z0-9+/=]{1,400}),i=(\d{1,7})(?:,|$)/.exec(serverFirst) ?? [];
  const iterations = Number(i);
  if (!r?.startsWith(nonce) || r.length === nonce.length || iterations < 1 || iterations > MOST_ITERATIONS)
    return undefined;
  const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const salted = await derive(secret.normalize('NFKC'), Buffer.from(s!, 'base64'), iterations, 32, 'sha256');
  const clientKey = hmac(salted, 'Client Key');
  const storedKey = createHash('sha256').update(clientKey).digest();
  const without = `c=biws,r=${r}`;
  const authMessage = `n=,r=${nonce},${serverFirst},${without}`;
  const signature = hmac(storedKey, authMessage);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signature[index]!)).toString('base64');
  const server = hmac(hmac(salted, 'Server Key'), authMessage).toString('base64');
  return { message: `${without},p=${proof}`, proofs: [proof, server] };
}
