/** One extension of a hello: its IANA "TLS ExtensionType" and its body. */
export interface Extension {
  readonly type: number;
  readonly body: Buffer;
}

/** A ClientHello, part by part (RFC 5246, 7.4.1.2; RFC 6347, 4.2.1; RFC 8446, 4.1.2). Nothing in it is checked: what no client would say can be said. */
export interface HelloParts {
  /** The version field of the message: at most 0x0303; DTLS counts down from 0xfeff. */
  readonly version: number;
  /** 32 bytes. */
  readonly random: Buffer;
  readonly session?: Buffer;
  /** DTLS only: absent, there is no such field; empty in the first hello. */
  readonly cookie?: Buffer;
  readonly suites: readonly number[];
  /** Default: null alone. */
  readonly compression?: readonly number[];
  /** Absent: none, and no length for them either, as in SSLv3. */
  readonly extensions?: readonly Extension[];
}

export const u8 = (...values: number[]): Buffer => Buffer.from(values);
export const u16 = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [i, value] of values.entries()) bytes.writeUInt16BE(value & 0xffff, 2 * i);
  return bytes;
};
export const u24 = (value: number): Buffer => u8((value >> 16) & 0xff, (value >> 8) & 0xff, value & 0xff);
/** A vector behind its length in one, two or three bytes (RFC 8446, 3.4). */
export const vector = (lengthBytes: 1 | 2 | 3, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = lengthBytes === 1 ? u8(body.length) : lengthBytes === 2 ? u16(body.length) : u24(body.length);
  return Buffer.concat([length, body]);
};

/** The body of a ClientHello, without the header of its handshake message. */
export const helloBody = (hello: HelloParts): Buffer =>
  Buffer.concat([
    u16(hello.version),
    hello.random.subarray(0, 32),
    vector(1, hello.session ?? Buffer.alloc(0)),
    ...(hello.cookie === undefined ? [] : [vector(1, hello.cookie)]),
    vector(2, u16(...hello.suites)),
    vector(1, u8(...(hello.compression ?? [0]))),
    ...(hello.extensions === undefined
      ? []
      : [vector(2, ...hello.extensions.map(({ type, body }) => Buffer.concat([u16(type), vector(2, body)])))]),
  ]);

/** A handshake message of TLS: type, length, body (RFC 8446, 4). */
export const message = (type: number, body: Buffer): Buffer => Buffer.concat([u8(type), vector(3, body)]);

/** A record of TLS (RFC 8446, 5.1). */
export const record = (type: number, version: number, body: Buffer): Buffer =>
  Buffer.concat([u8(type), u16(version), vector(2, body)]);

/** One ClientHello in one record. RFC 8446, 5.1: an initial ClientHello may say 0x0301 in its record, and old servers need it to. */
export const helloRecord = (hello: HelloParts): Buffer =>
  record(22, hello.version === 0x0300 ? 0x0300 : 0x0301, message(1, helloBody(hello)));

/** Bytes of a ClientHello message that load balancers of F5 hang at, and the type of the extension that leads out of them. */
const [HANGS, BEYOND, PADDING, PSK] = [256, 512, 21, 41];

/** The hello with so much padding that no server is known to hang at its length (RFC 7685, 3). A session stays last. */
export function padded(hello: HelloParts): HelloParts {
  const { extensions } = hello;
  const length = 4 + helloBody(hello).length;
  if (extensions === undefined || length < HANGS || length >= BEYOND) return hello;
  const padding = { type: PADDING, body: Buffer.alloc(Math.max(0, BEYOND - length - 4)) };
  const last = extensions.filter(({ type }) => type === PSK);
  return { ...hello, extensions: [...extensions.filter(({ type }) => type !== PSK), padding, ...last] };
}

/** Extensions, each by its body (IANA "TLS ExtensionType Values"; the RFC of each is named). */
export const extensions = {
  /** RFC 6066, 3: names only, no addresses. */
  serverName: (name: string): Extension => ({
    type: 0,
    body: vector(2, u8(0), vector(2, Buffer.from(name, 'latin1'))),
  }),
  /** RFC 8446, 4.2.7. */
  groups: (groups: readonly number[]): Extension => ({ type: 10, body: vector(2, u16(...groups)) }),
  /** RFC 8422, 5.1.2: uncompressed. */
  pointFormats: (): Extension => ({ type: 11, body: vector(1, u8(0)) }),
  /** RFC 8446, 4.2.3. */
  signatures: (schemes: readonly number[]): Extension => ({ type: 13, body: vector(2, u16(...schemes)) }),
  /** RFC 6520, 2: 1 where the peer may send requests. */
  heartbeat: (mode: 1 | 2): Extension => ({ type: 15, body: u8(mode) }),
  /** RFC 7301, 3.1. */
  alpn: (protocols: readonly string[]): Extension => ({
    type: 16,
    body: vector(2, ...protocols.map((name) => vector(1, Buffer.from(name, 'latin1')))),
  }),
  /** RFC 7366. */
  encryptThenMac: (): Extension => ({ type: 22, body: Buffer.alloc(0) }),
  /** RFC 7627. */
  extendedMasterSecret: (): Extension => ({ type: 23, body: Buffer.alloc(0) }),
  /** RFC 5077, 3.2. */
  sessionTicket: (ticket: Buffer = Buffer.alloc(0)): Extension => ({ type: 35, body: ticket }),
  /** RFC 8446, 4.2.10. */
  earlyData: (): Extension => ({ type: 42, body: Buffer.alloc(0) }),
  /** RFC 8446, 4.2.1. */
  versions: (versions: readonly number[]): Extension => ({ type: 43, body: vector(1, u16(...versions)) }),
  /** RFC 8446, 4.2.9: psk_dhe_ke. */
  pskModes: (): Extension => ({ type: 45, body: vector(1, u8(1)) }),
  /** RFC 8446, 4.2.8; no share at all asks for a HelloRetryRequest. */
  keyShare: (shares: readonly { group: number; key: Buffer }[]): Extension => ({
    type: 51,
    body: vector(2, ...shares.map(({ group, key }) => Buffer.concat([u16(group), vector(2, key)]))),
  }),
  /** RFC 5746, 3.2: an initial handshake. */
  renegotiation: (): Extension => ({ type: 0xff01, body: u8(0) }),
} as const;
