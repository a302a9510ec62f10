import { constants, createHash, publicEncrypt, X509Certificate } from 'node:crypto';
import { trimmed } from './dh-groups.ts';
import { readServerHello, type ServerHello, TLS_VERSIONS, type TlsVersion } from './tls.ts';
import { message, record, u8, u16, u24, vector } from './tls-hello.ts';
import { exchangeOf, readKeyExchange } from './tls-key-exchange.ts';
import { suiteName } from './tls-suites.ts';
import { cipherOf, type Damage, type Protect, prf, protect } from './tls12-keys.ts';
import { finiteShare, type KeyShare, keyShare } from './tls13-keys.ts';

/** Versions whose handshake can be gone through here. */
export type Version12 = 'TLS 1.0' | 'TLS 1.1' | 'TLS 1.2';

/** Whether a handshake of this suite can be finished: who has a certificate, and a cipher that is known here. */
export const canFinish = (suite: number): boolean => {
  const exchange = exchangeOf(suite);
  if (!exchange || exchange.export || exchange.psk || cipherOf(suite) === undefined) return false;
  return exchange.signed || /^TLS_RSA_WITH_/.test(suiteName(suite));
};

/** What a server sent in the clear after a hello, message by message, up to its ChangeCipherSpec or an alert. */
export interface Clear12 {
  readonly messages: readonly { readonly type: number; readonly body: Buffer; readonly whole: Buffer }[];
  readonly changed: boolean;
  readonly alert?: { readonly level: number; readonly code: number };
  /** What came is no TLS. */
  readonly broken: boolean;
}

/** Reads records and the messages in them. Never throws. */
export function readClear12(bytes: Buffer): Clear12 {
  const fragments: Buffer[] = [];
  let [changed, broken] = [false, false];
  let alert: Clear12['alert'];
  for (let at = 0; at + 5 <= bytes.length && !changed && !alert && !broken; ) {
    const [type, length] = [bytes[at]!, bytes.readUInt16BE(at + 3)];
    broken = type < 20 || type > 22 || bytes[at + 1] !== 3 || length > 0x4800;
    if (broken || at + 5 + length > bytes.length) break;
    const content = bytes.subarray(at + 5, at + 5 + length);
    at += 5 + length;
    if (type === 20) changed = true;
    if (type === 22) fragments.push(content);
    // A warning goes before what it warns of.
    if (type === 21 && content.length === 2 && content[0] === 2) alert = { level: 2, code: content[1]! };
  }
  const all = Buffer.concat(fragments);
  const messages: { type: number; body: Buffer; whole: Buffer }[] = [];
  for (let at = 0; at + 4 <= all.length; ) {
    const length = all.readUIntBE(at + 1, 3);
    if (at + 4 + length > all.length) break;
    const whole = all.subarray(at, at + 4 + length);
    messages.push({ type: whole[0]!, body: whole.subarray(4), whole });
    at += 4 + length;
  }
  return { messages, changed, ...(alert && { alert }), broken };
}

/** Whether nothing more will come before the client says something, or the connection is over. */
export const isFlight12 = (bytes: Buffer): boolean => {
  const { messages, changed, alert, broken } = readClear12(bytes);
  return changed || alert !== undefined || broken || messages.some(({ type }) => type === 14);
};

/** The client's second flight, and what goes with it. */
export interface Finish12 {
  readonly bytes: Buffer;
  /** The close_notify that ends what was begun. */
  readonly goodbye: Buffer;
  readonly hello: ServerHello;
  readonly id: Buffer;
}

/**
 * ClientKeyExchange, ChangeCipherSpec and Finished, for a server whose first flight this is (RFC 5246,
 * 7.3). An empty Certificate where one is asked for. Undefined where the flight is not whole, or of what is not known
 * here; `why` says what. Nothing is verified: it is only to see what the server does next.
 */
export function finish12(options: {
  /** The ClientHello, as a handshake message, without extended master secret or encrypt-then-MAC. */
  readonly hello: Buffer;
  readonly flight: Clear12;
  readonly version: Version12;
  readonly random: (bytes: number) => Buffer;
  /** What is to be wrong with the record of Finished. */
  readonly damage?: Damage | undefined;
}): Finish12 | { readonly why: string } {
  const { flight, version, random } = options;
  const bodyOf = (type: number) => flight.messages.find((one) => one.type === type)?.body;
  const [serverHello, certificate, keyExchange] = [bodyOf(2), bodyOf(11), bodyOf(12)];
  const hello = serverHello && readServerHello(serverHello);
  if (!serverHello || !hello || !flight.messages.some(({ type }) => type === 14)) return { why: 'no whole flight' };
  const cipher = cipherOf(hello.suite);
  if (hello.version !== version || !cipher || !canFinish(hello.suite) || hello.compression !== 0)
    return { why: `${suiteName(hello.suite)} of ${hello.version} is not known here` };
  const agreed = agree(hello.suite, version, { certificate, keyExchange, random });
  if ('why' in agreed) return agreed;

  const hash = cipher.hash;
  const [client, server] = [options.hello.subarray(6, 38), serverHello.subarray(2, 34)];
  const master = prf(version, hash, agreed.secret, 'master secret', Buffer.concat([client, server]), 48);
  const protection: Protect = protect(version, cipher, master, Buffer.concat([server, client]), random);
  const asked = bodyOf(13) !== undefined;
  const clear = [...(asked ? [message(11, u24(0))] : []), message(16, agreed.exchange)];
  const transcript = Buffer.concat([options.hello, ...flight.messages.map(({ whole }) => whole), ...clear]);
  const digest =
    version === 'TLS 1.2'
      ? createHash(hash).update(transcript).digest()
      : Buffer.concat(['md5', 'sha1'].map((name) => createHash(name).update(transcript).digest()));
  const finished = message(20, prf(version, hash, master, 'client finished', digest, 12));
  const code = TLS_VERSIONS[version];
  return {
    hello,
    id: serverHello.subarray(35, 35 + serverHello[34]!),
    bytes: Buffer.concat([
      record(22, code, Buffer.concat(clear)),
      record(20, code, u8(1)),
      protection.seal(22, finished, options.damage),
    ]),
    goodbye: protection.seal(21, u8(1, 0)),
  };
}

interface Agreed {
  /** The pre-master secret. */
  readonly secret: Buffer;
  /** The body of ClientKeyExchange. */
  readonly exchange: Buffer;
}

function agree(
  suite: number,
  version: TlsVersion,
  from: { certificate: Buffer | undefined; keyExchange: Buffer | undefined; random: (bytes: number) => Buffer },
): Agreed | { readonly why: string } {
  if (exchangeOf(suite)?.kind === 'none') return encrypted(version, from.certificate, from.random);
  const said = readKeyExchange(from.keyExchange ?? Buffer.alloc(0), suite, version);
  let share: KeyShare | undefined;
  if (said.kind === 'ecdh') share = keyShare(said.curve, from.random);
  else if (said.kind === 'dh' && said.prime.length <= MOST_PRIME)
    share = finite(said.prime, said.generator, from.random);
  const secret = share && 'key' in said ? share.agree(said.key) : undefined;
  if (!share || !secret) return { why: `its key exchange cannot be gone through (${said.kind})` };
  // Leading zeros are cut off with primes, and not with curves (RFC 5246, 8.1.2; RFC 8422, 5.10).
  return said.kind === 'dh'
    ? { secret: trimmed(secret), exchange: vector(2, share.key) }
    : { secret, exchange: vector(1, share.key) };
}

/** Bytes of a prime that are reckoned with: more would keep the processor busy for a hostile server. */
const MOST_PRIME = 1024;

function finite(prime: Buffer, generator: Buffer, random: (bytes: number) => Buffer): KeyShare | undefined {
  try {
    return finiteShare(0, prime, generator, random);
  } catch {
    // No prime, or no generator: nothing can be agreed on.
    return undefined;
  }
}

/** The secret encrypted for the key of the certificate (RFC 5246, 7.4.7.1). */
function encrypted(
  version: TlsVersion,
  certificate: Buffer | undefined,
  random: (bytes: number) => Buffer,
): Agreed | { readonly why: string } {
  const length = certificate && certificate.length >= 6 ? certificate.readUIntBE(3, 3) : 0;
  const secret = Buffer.concat([u16(TLS_VERSIONS[version]), random(46)]);
  try {
    const leaf = new X509Certificate(certificate!.subarray(6, 6 + length));
    const key = leaf.publicKey;
    return { secret, exchange: vector(2, publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, secret)) };
  } catch {
    return { why: 'its certificate has no RSA key that can be encrypted for' };
  }
}
