import { bitsOf, trimmed } from './dh-groups.ts';
import { suiteName } from './tls-suites.ts';

/** How keys are exchanged, by the name of the suite: who is signed for, and what stands in ServerKeyExchange. */
export interface Exchange {
  readonly kind: 'dh' | 'ecdh' | 'rsa' | 'psk' | 'none';
  readonly signed: boolean;
  readonly export: boolean;
  readonly psk: boolean;
}

/** Undefined for a suite of TLS 1.3, or one that is not known. `rsa` is the ephemeral key of an export suite. */
export function exchangeOf(suite: number): Exchange | undefined {
  const words = /^(?:OLD_)?(?:TLS|SSL)_(.+?)_WITH_/.exec(suiteName(suite))?.[1]?.split('_');
  if (!words) return undefined;
  const has = (word: string) => words.includes(word);
  const [psk, exports] = [has('PSK'), has('EXPORT') || has('EXPORT1024')];
  const anonymous = has('anon') || psk;
  const as = (kind: Exchange['kind'], signed: boolean) => ({ kind, signed, export: exports, psk });
  if (has('DHE') || (has('DH') && has('anon'))) return as('dh', !anonymous);
  if (has('ECDHE') || (has('ECDH') && has('anon'))) return as('ecdh', !anonymous);
  if (psk) return as('psk', false);
  if (words[0] === 'RSA' && exports) return as('rsa', true);
  return as('none', false);
}

export interface Signature {
  /** IANA "TLS SignatureScheme"; TLS 1.2 only. */
  readonly scheme?: number;
  readonly bytes: Buffer;
}

interface Common {
  readonly signature?: Signature;
  /** psk_identity_hint (RFC 4279, 2): empty where the server gives none. */
  readonly hint?: Buffer;
}

/** What a ServerKeyExchange says. Numbers are big-endian, without leading zeros. */
export type KeyExchange =
  | (Common & { readonly kind: 'dh'; readonly prime: Buffer; readonly generator: Buffer; readonly key: Buffer })
  | (Common & { readonly kind: 'ecdh'; readonly curve: number; readonly key: Buffer })
  /** A curve that is not named: what field it is over, in bits. */
  | (Common & { readonly kind: 'ecdh-explicit'; readonly field: 'prime' | 'binary'; readonly bits: number })
  | (Common & { readonly kind: 'rsa'; readonly modulus: Buffer; readonly exponent: Buffer })
  | (Common & { readonly kind: 'psk' })
  | { readonly kind: 'unreadable'; readonly why: string };

class Unreadable extends Error {}

/** Takes a message apart from its front. Throws Unreadable where it is too short. */
class Cursor {
  readonly #bytes: Buffer;
  #at = 0;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }
  take(length: number, what: string): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    if (taken.length < length) throw new Unreadable(`${what} is cut short`);
    this.#at += length;
    return taken;
  }
  number(bytes: 1 | 2, what: string): number {
    return this.take(bytes, what).readUIntBE(0, bytes);
  }
  vector(bytes: 1 | 2, what: string): Buffer {
    return this.take(this.number(bytes, what), what);
  }
  get left(): number {
    return this.#bytes.length - this.#at;
  }
}

/**
 * Reads the body of a ServerKeyExchange (RFC 5246, 7.4.3; RFC 4279, 5489 for pre-shared keys; RFC 8422, 5.4; RFC 2246,
 * 7.4.3 for the keys of export suites). `version` as facts name it: signatures name their scheme in TLS 1.2 and DTLS 1.2.
 * Never throws: what cannot be read is `unreadable`, with why.
 */
export function readKeyExchange(body: Buffer, suite: number, version: string): KeyExchange {
  const exchange = exchangeOf(suite);
  if (!exchange) return { kind: 'unreadable', why: `${suiteName(suite)} has no ServerKeyExchange` };
  try {
    const cursor = new Cursor(body);
    const hint = exchange.psk ? { hint: cursor.vector(2, 'the hint') } : {};
    const parameters = readParameters(cursor, exchange.kind);
    const signature = exchange.signed ? { signature: readSignature(cursor, / 1\.2$/.test(version)) } : {};
    if (cursor.left > 0) throw new Unreadable(`${cursor.left} bytes too many`);
    return { ...parameters, ...hint, ...signature };
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return { kind: 'unreadable', why: error.message };
  }
}

function readParameters(cursor: Cursor, kind: Exchange['kind']): Exclude<KeyExchange, { kind: 'unreadable' }> {
  const number = (what: string) => trimmed(cursor.vector(2, what));
  if (kind === 'dh') {
    const [prime, generator, key] = [number('p'), number('g'), number('Ys')];
    if (prime.length === 0) throw new Unreadable('p is 0');
    return { kind, prime, generator, key };
  }
  if (kind === 'rsa') {
    const [modulus, exponent] = [number('the modulus'), number('the exponent')];
    if (modulus.length === 0) throw new Unreadable('the modulus is 0');
    return { kind, modulus, exponent };
  }
  if (kind === 'psk') return { kind };
  if (kind === 'none') throw new Unreadable('the suite has no ServerKeyExchange');
  const type = cursor.number(1, 'the kind of curve');
  if (type === 3) return { kind: 'ecdh', curve: cursor.number(2, 'the curve'), key: cursor.vector(1, 'the point') };
  return { kind: 'ecdh-explicit', ...readExplicit(cursor, type) };
}

/** ECParameters that name no curve (RFC 4492, 5.4; RFC 8422 takes them out), and the point behind them. */
function readExplicit(cursor: Cursor, type: number): { field: 'prime' | 'binary'; bits: number } {
  const vectors = (...names: string[]) => names.map((name) => cursor.vector(1, name));
  const rest = ['a', 'b', 'the base', 'the order', 'the cofactor', 'the point'];
  if (type === 1) {
    const [prime] = vectors('the prime', ...rest);
    return { field: 'prime', bits: bitsOf(prime!) };
  }
  if (type !== 2) throw new Unreadable(`a kind of curve that is not known (${type})`);
  const bits = cursor.number(2, 'the field');
  const basis = cursor.number(1, 'the basis');
  if (basis !== 1 && basis !== 2) throw new Unreadable(`a basis that is not known (${basis})`);
  vectors(...(basis === 1 ? ['k'] : ['k1', 'k2', 'k3']), ...rest);
  return { field: 'binary', bits };
}

function readSignature(cursor: Cursor, named: boolean): Signature {
  const scheme = named ? { scheme: cursor.number(2, 'the scheme') } : {};
  return { ...scheme, bytes: cursor.vector(2, 'the signature') };
}
