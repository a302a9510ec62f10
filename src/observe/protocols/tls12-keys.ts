import { type CipherGCM, createCipheriv, createHmac } from 'node:crypto';
import { TLS_VERSIONS, type TlsVersion } from './tls.ts';
import { record, u8, u16 } from './tls-hello.ts';
import { suiteName } from './tls-suites.ts';

/** How a suite protects records, and which hash its secrets are made with. */
export interface Cipher12 {
  readonly name: string;
  readonly keyBytes: number;
  /** Of the nonce's fixed part, or of a block. */
  readonly ivBytes: number;
  readonly kind: 'gcm' | 'chacha' | 'cbc';
  /** With CBC. */
  readonly mac?: { readonly hash: string; readonly bytes: number };
  /** Of the PRF in TLS 1.2. */
  readonly hash: 'sha256' | 'sha384';
}

const MACS: Readonly<Record<string, { hash: string; bytes: number }>> = {
  SHA: { hash: 'sha1', bytes: 20 },
  SHA256: { hash: 'sha256', bytes: 32 },
  SHA384: { hash: 'sha384', bytes: 48 },
};

/** The ciphers that nearly every server has one of; undefined for all others. */
export function cipherOf(suite: number): Cipher12 | undefined {
  const name = suiteName(suite);
  const hash = name.endsWith('SHA384') ? 'sha384' : 'sha256';
  const aes = /_WITH_AES_(128|256)_(GCM|CBC)_(SHA\d*)$/.exec(name);
  if (aes?.[2] === 'GCM')
    return { name: `aes-${aes[1]}-gcm`, keyBytes: Number(aes[1]) / 8, ivBytes: 4, kind: 'gcm', hash };
  if (aes) return cbc(`aes-${aes[1]}-cbc`, Number(aes[1]) / 8, 16, aes[3]!, hash);
  if (/_WITH_CHACHA20_POLY1305_SHA256$/.test(name))
    return { name: 'chacha20-poly1305', keyBytes: 32, ivBytes: 12, kind: 'chacha', hash };
  if (/_WITH_3DES_EDE_CBC_SHA$/.test(name)) return cbc('des-ede3-cbc', 24, 8, 'SHA', hash);
  return undefined;
}

const cbc = (name: string, keyBytes: number, ivBytes: number, mac: string, hash: Cipher12['hash']): Cipher12 => ({
  name,
  keyBytes,
  ivBytes,
  kind: 'cbc',
  mac: MACS[mac]!,
  hash,
});

const hmac = (hash: string, key: Buffer, ...parts: readonly Buffer[]): Buffer =>
  parts.reduce((made, part) => made.update(part), createHmac(hash, key)).digest();

/** P_hash (RFC 5246, 5). */
function expand(hash: string, secret: Buffer, seed: Buffer, length: number): Buffer {
  const made: Buffer[] = [];
  let a = seed;
  for (let got = 0; got < length; got += made.at(-1)!.length) {
    a = hmac(hash, secret, a);
    made.push(hmac(hash, secret, a, seed));
  }
  return Buffer.concat(made).subarray(0, length);
}

/** The pseudorandom function: of the suite's hash in TLS 1.2, of MD5 and SHA-1 before (RFC 5246, 5; RFC 2246, 5). */
export function prf(
  version: TlsVersion,
  hash: Cipher12['hash'],
  secret: Buffer,
  label: string,
  seed: Buffer,
  length: number,
): Buffer {
  const all = Buffer.concat([Buffer.from(label, 'latin1'), seed]);
  if (version === 'TLS 1.2') return expand(hash, secret, all, length);
  const half = Math.ceil(secret.length / 2);
  const other = expand('sha1', secret.subarray(secret.length - half), all, length);
  return Buffer.from(expand('md5', secret.subarray(0, half), all, length).map((byte, i) => byte ^ other[i]!));
}

/** What of a record in CBC mode is made wrong by one bit: its MAC, or of its padding the first byte or that before the length. */
export type Damage = 'mac' | 'first-of-padding' | 'last-of-padding';

/** The client's direction. */
export interface Protect {
  /** One record; `damage` is only for suites in CBC mode. */
  seal(type: number, body: Buffer, damage?: Damage): Buffer;
}

/** Keys out of the master secret (RFC 5246, 6.3), and records under them (6.2.3). `randoms`: the server's, then the client's. */
export function protect(
  version: TlsVersion,
  cipher: Cipher12,
  master: Buffer,
  randoms: Buffer,
  random: (bytes: number) => Buffer,
): Protect {
  const macBytes = cipher.mac?.bytes ?? 0;
  const block = prf(
    version,
    cipher.hash,
    master,
    'key expansion',
    randoms,
    2 * (macBytes + cipher.keyBytes + cipher.ivBytes),
  );
  const at = 2 * macBytes;
  const [macKey, key] = [block.subarray(0, macBytes), block.subarray(at, at + cipher.keyBytes)];
  let iv = block.subarray(at + 2 * cipher.keyBytes, at + 2 * cipher.keyBytes + cipher.ivBytes);
  const code = TLS_VERSIONS[version];
  let sequence = 0;
  const counted = (type: number, length: number) =>
    Buffer.concat([u16(0, 0, 0, sequence), u8(type), u16(code), u16(length)]);

  const aead = (type: number, body: Buffer): Buffer => {
    const explicit = u16(0, 0, 0, sequence);
    const nonce = cipher.kind === 'gcm' ? Buffer.concat([iv, explicit]) : Buffer.from(iv);
    if (cipher.kind === 'chacha') nonce[11] = nonce[11]! ^ sequence;
    const made = createCipheriv(cipher.name as 'aes-128-gcm', key, nonce, { authTagLength: 16 }) as CipherGCM;
    made.setAAD(counted(type, body.length), { plaintextLength: body.length });
    const sealed = Buffer.concat([made.update(body), made.final(), made.getAuthTag()]);
    return cipher.kind === 'gcm' ? Buffer.concat([explicit, sealed]) : sealed;
  };
  const inBlocks = (type: number, body: Buffer, damage?: Damage): Buffer => {
    const tag = hmac(cipher.mac!.hash, macKey, counted(type, body.length), body);
    let padding = cipher.ivBytes - ((body.length + tag.length) % cipher.ivBytes);
    // Its length alone has no byte that could be wrong.
    if (damage && padding === 1) padding += cipher.ivBytes;
    const plain = Buffer.concat([body, tag, Buffer.alloc(padding, padding - 1)]);
    if (damage) {
      const wrong = {
        mac: body.length,
        'first-of-padding': plain.length - padding,
        'last-of-padding': plain.length - 2,
      };
      plain[wrong[damage]]! ^= 1;
    }
    const first = version === 'TLS 1.0' ? iv : random(cipher.ivBytes);
    const made = createCipheriv(cipher.name, key, first).setAutoPadding(false);
    const sealed = Buffer.concat([made.update(plain), made.final()]);
    // TLS 1.0 goes on from the last block (RFC 2246, 6.2.3.2).
    iv = sealed.subarray(-cipher.ivBytes);
    return version === 'TLS 1.0' ? sealed : Buffer.concat([first, sealed]);
  };
  return {
    seal(type, body, damage) {
      const sealed = cipher.kind === 'cbc' ? inBlocks(type, body, damage) : aead(type, body);
      sequence += 1;
      return record(type, code, sealed);
    },
  };
}
