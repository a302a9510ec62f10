/** Thrown for bytes that are not DER of the expected shape. */
export class DerError extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'DerError';
  }
}

/** One element (X.690, 8.1). `raw` is the whole of it, `body` its content. `tag` is the identifier octet. */
export interface Der {
  readonly tag: number;
  readonly body: Buffer;
  readonly raw: Buffer;
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Reads the first element. Only definite lengths and one-octet tags, as DER certificates have. Throws DerError. */
export function readDer(bytes: Buffer): Der {
  if (bytes.length < 2) throw new DerError('an element is cut off');
  const first = bytes[1]!;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4 || bytes.length < 2 + lengthBytes)
    throw new DerError('an element has no length');
  const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes);
  const start = 2 + lengthBytes;
  if (bytes.length < start + length) throw new DerError('an element is longer than what holds it');
  return { tag: bytes[0]!, body: bytes.subarray(start, start + length), raw: bytes.subarray(0, start + length) };
}

/** The elements within an element. Throws DerError. */
export function children(parent: Der): Der[] {
  const found: Der[] = [];
  for (let rest = parent.body; rest.length > 0; ) {
    const child = readDer(rest);
    found.push(child);
    if (found.length > 10_000) throw new DerError('too many elements');
    rest = rest.subarray(child.raw.length);
  }
  return found;
}

/** The element at that place, of that tag. Throws DerError. */
export function expectTag(element: Der | undefined, tag: number): Der {
  if (element?.tag !== tag)
    throw new DerError(`expected tag 0x${tag.toString(16)}, found ${element?.tag ?? 'nothing'}`);
  return element;
}

/** Dotted form of an OBJECT IDENTIFIER (X.690, 8.19). Throws DerError. */
export function oid(element: Der | undefined): string {
  const { body } = expectTag(element, TAG.oid);
  if (body.length === 0 || body.length > 64) throw new DerError('an object identifier of odd length');
  const arcs: number[] = [];
  let value = 0;
  for (const byte of body) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(value);
      value = 0;
    }
  }
  const top = Math.min(2, Math.floor((arcs[0] ?? 0) / 40));
  return [top, (arcs[0] ?? 0) - top * 40, ...arcs.slice(1)].join('.');
}
