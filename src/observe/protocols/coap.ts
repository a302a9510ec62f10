/** Message types (RFC 7252, 3). */
export const COAP = { confirmable: 0, nonConfirmable: 1, acknowledgement: 2, reset: 3 } as const;
const URI_PATH = 11;
const URI_QUERY = 15;
const BLOCK2 = 23;

export interface CoapMessage {
  readonly type: number;
  /** As it is read: `2.05`; `0.00` is an empty message. */
  readonly code: string;
  readonly id: number;
  readonly token: Buffer;
  /** The Block2 option (RFC 7959, 2.2): number, whether more follow, and the size exponent. */
  readonly block?: { readonly number: number; readonly more: boolean; readonly exponent: number };
  readonly payload: Buffer;
}

/** A confirmable GET. `path` may have a query; `block` asks for a later block. */
export function coapGet(id: number, token: Buffer, path: string, block?: { number: number; exponent: number }): Buffer {
  const [route = '', query] = path.split('?', 2);
  const decoded = (part: string) => {
    const bytes = Buffer.from(
      /%(?![0-9a-f]{2})/i.test(part)
        ? part
        : part.replace(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    );
    return bytes.subarray(0, 255);
  };
  const options: [number, Buffer][] = [
    ...route
      .split('/')
      .filter((part) => part !== '')
      .map((part): [number, Buffer] => [URI_PATH, decoded(part)]),
    ...(query === undefined ? [] : query.split('&').map((part): [number, Buffer] => [URI_QUERY, decoded(part)])),
    ...(block ? [[BLOCK2, uint((block.number << 4) | block.exponent)] as [number, Buffer]] : []),
  ];
  const parts: Buffer[] = [Buffer.from([0x40 | token.length, 1, id >> 8, id & 255]), token];
  let last = 0;
  for (const [number, value] of options) {
    parts.push(option(number - last, value));
    last = number;
  }
  return Buffer.concat(parts);
}

/** The empty acknowledgement of a separate answer. */
export const coapAck = (id: number): Buffer => Buffer.from([0x60, 0, id >> 8, id & 255]);

/** Reads one message; undefined where it is none (RFC 7252, 3: format errors). */
export function readCoap(bytes: Buffer): CoapMessage | undefined {
  if (bytes.length < 4 || bytes[0]! >> 6 !== 1) return undefined;
  const tokenLength = bytes[0]! & 15;
  if (tokenLength > 8 || bytes.length < 4 + tokenLength) return undefined;
  let at = 4 + tokenLength;
  let number = 0;
  let block: CoapMessage['block'];
  while (at < bytes.length && bytes[at] !== 0xff) {
    const head = bytes[at]!;
    const delta = extended(bytes, at + 1, head >> 4);
    const length = delta && extended(bytes, delta.end, head & 15);
    if (!length || length.end + length.value > bytes.length) return undefined;
    number += delta.value;
    const value = bytes.subarray(length.end, length.end + length.value);
    if (number === BLOCK2 && value.length <= 3) {
      const field = value.length === 0 ? 0 : value.readUIntBE(0, value.length);
      block = { number: field >> 4, more: (field & 8) !== 0, exponent: field & 7 };
    }
    at = length.end + length.value;
  }
  return {
    type: (bytes[0]! >> 4) & 3,
    code: `${bytes[1]! >> 5}.${String(bytes[1]! & 31).padStart(2, '0')}`,
    id: bytes.readUInt16BE(2),
    token: bytes.subarray(4, 4 + tokenLength),
    ...(block ? { block } : {}),
    payload: bytes.subarray(Math.min(at + 1, bytes.length)),
  };
}

export interface CoapLink {
  readonly path: string;
  /** `rt`, `if`, `title` and the others, in lower case; an attribute without a value is ''. */
  readonly attributes: Readonly<Record<string, string>>;
}

/** Links that are read at most. */
const LINKS = 256;

/** A list of links; `whole` is false where it goes on in what cannot be read, or has more links than are. */
export interface CoapLinks {
  readonly links: readonly CoapLink[];
  readonly whole: boolean;
}

/** Reads link format (RFC 6690). Links to other hosts are left out; bounded, never throws. */
export function readLinks(text: string): CoapLinks {
  const links: CoapLink[] = [];
  const part = /<([^<>]{0,255})>((?:\s*;\s*[^\s;,="<>]{1,64}(?:=(?:"[^"]{0,255}"|[^\s;,"<>]{0,255}))?)*)\s*(?:,|$)/y;
  const attribute = /;\s*([^\s;,="<>]{1,64})(?:=(?:"([^"]{0,255})"|([^\s;,"<>]{0,255})))?/g;
  // Some send the end of a string of C too.
  const bounded = text.slice(0, 65_536).replace(/\0+$/, '').trim();
  let whole = text.length <= 65_536;
  while (part.lastIndex < bounded.length) {
    const found = links.length < LINKS ? part.exec(bounded) : undefined;
    if (!found) {
      whole = false;
      break;
    }
    const attributes: Record<string, string> = Object.create(null) as Record<string, string>;
    for (const [, name, quoted, plain] of found[2]!.matchAll(attribute))
      attributes[name!.toLowerCase()] ??= quoted ?? plain ?? '';
    const path = pathOf(found[1]!);
    if (path !== undefined) links.push({ path, attributes });
    while (/\s/.test(bounded[part.lastIndex] ?? '')) part.lastIndex += 1;
  }
  return { links, whole };
}

/** The path of a link of this host: those without a slash begin at its root (RFC 6690, 2.1). */
function pathOf(target: string): string | undefined {
  if (/^([a-z][a-z0-9+.-]*:|\/\/|[?#]|$)/i.test(target)) return undefined;
  return target.startsWith('/') ? target : `/${target.replace(/^(\.\/)+/, '')}`;
}

function extended(bytes: Buffer, at: number, nibble: number): { value: number; end: number } | undefined {
  if (nibble < 13) return { value: nibble, end: at };
  if (nibble === 13) return at < bytes.length ? { value: 13 + bytes[at]!, end: at + 1 } : undefined;
  if (nibble === 14) return at + 1 < bytes.length ? { value: 269 + bytes.readUInt16BE(at), end: at + 2 } : undefined;
  return undefined;
}

const uint = (value: number): Buffer => {
  const bytes = [value >> 16, (value >> 8) & 255, value & 255];
  while (bytes.length > 0 && bytes[0] === 0) bytes.shift();
  return Buffer.from(bytes);
};

function option(delta: number, value: Buffer): Buffer {
  const nibble = (n: number) => Math.min(n, 13);
  const rest = (n: number) => (n < 13 ? [] : [n - 13]);
  return Buffer.concat([
    Buffer.from([(nibble(delta) << 4) | nibble(value.length), ...rest(delta), ...rest(value.length)]),
    value,
  ]);
}
