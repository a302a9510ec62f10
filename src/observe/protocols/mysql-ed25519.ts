import { createHash } from 'node:crypto';

/** Ed25519 (RFC 8032, 5.1): the field, the order of the base point, and the curve's constant. */
const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const mod = (value: bigint, by = P): bigint => ((value % by) + by) % by;

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let square = mod(base), rest = exponent; rest > 0n; rest >>= 1n, square = mod(square * square))
    if (rest & 1n) result = mod(result * square);
  return result;
}

const inverse = (value: bigint): bigint => power(value, P - 2n);
const D = mod(-121665n * inverse(121666n));

/** Extended homogeneous coordinates (RFC 8032, 5.1.4). */
type Point = readonly [x: bigint, y: bigint, z: bigint, t: bigint];

const BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202n;
const BASE_Y = mod(4n * inverse(5n));
const BASE: Point = [BASE_X, BASE_Y, 1n, mod(BASE_X * BASE_Y)];

function add([x1, y1, z1, t1]: Point, [x2, y2, z2, t2]: Point): Point {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * t1 * t2 * D);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function times(scalar: bigint): Point {
  let result: Point = [0n, 1n, 1n, 0n];
  for (let double = BASE, rest = scalar; rest > 0n; rest >>= 1n, double = add(double, double))
    if (rest & 1n) result = add(result, double);
  return result;
}

const bytesOf = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
const numberOf = (bytes: Buffer): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
const sha512 = (...parts: Buffer[]): Buffer => createHash('sha512').update(Buffer.concat(parts)).digest();

function encoded([x, y, z]: Point): Buffer {
  const inverted = inverse(z);
  const out = bytesOf(mod(y * inverted));
  if (mod(x * inverted) & 1n) out[31]! |= 0x80;
  return out;
}

/**
 * The signature over a nonce by MariaDB's `client_ed25519`: Ed25519 (RFC 8032, 5.1.6) but that the secret key is the
 * password, of whatever length, which Node's own Ed25519 does not take. Not in constant time: the password is a guess.
 */
export function ed25519Answer(secret: string | Buffer, nonce: Buffer): Buffer {
  const hash = sha512(Buffer.from(secret as string));
  const low = hash.subarray(0, 32);
  low[0]! &= 248;
  low[31]! = (low[31]! & 127) | 64;
  const scalar = numberOf(low);
  const publicKey = encoded(times(mod(scalar, ORDER)));
  const random = mod(numberOf(sha512(hash.subarray(32), nonce)), ORDER);
  const point = encoded(times(random));
  const challenge = mod(numberOf(sha512(point, publicKey, nonce)), ORDER);
  return Buffer.concat([point, bytesOf(mod(random + challenge * scalar, ORDER))]);
}
