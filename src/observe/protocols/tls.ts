import { extensions, type HelloParts, helloRecord } from './tls-hello.ts';
import { SUITES_12, SUITES_13 } from './tls-suites.ts';

/** Versions by the names that facts use, with their wire codes (RFC 6101, 2246, 4346, 5246, 8446). */
export const TLS_VERSIONS = {
  SSLv3: 0x0300,
  'TLS 1.0': 0x0301,
  'TLS 1.1': 0x0302,
  'TLS 1.2': 0x0303,
  'TLS 1.3': 0x0304,
} as const;
export type TlsVersion = keyof typeof TLS_VERSIONS;

export interface ClientHello {
  /** The only version that is accepted; `any`: up to TLS 1.3. */
  readonly version: TlsVersion | 'any';
  /** 32 bytes of the random, then 32 of the x25519 share, so that a test is exact and a shell is given nothing to run. */
  readonly random: Buffer;
  /** Default: all of the version. */
  readonly suites?: readonly number[];
  /** SNI; names only, no addresses (RFC 6066, 3). */
  readonly servername?: string | undefined;
  /** Under 255 bytes with up to 64 suites, for servers that cannot take more. */
  readonly short?: boolean;
}

// x25519, P-256, P-384, P-521, x448, ffdhe2048 to 4096, then the old curves; all that servers are known to need.
const GROUPS = [29, 23, 24, 25, 30, 256, 257, 258, 26, 27, 28, 22, 14, 13, 11, 12, 9, 10, 21, 19];
// ECDSA, EdDSA, PSS, PKCS#1 of every hash, then SHA-1, DSA and MD5.
const SIGNATURES = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601,
  0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0202, 0x0101,
];

/** Writes one ClientHello as one TLS record (RFC 8446, 4.1.2 and 5.1; RFC 6101, 5.6.1.2 for SSLv3, without extensions). */
export const clientHello = (hello: ClientHello): Buffer => helloRecord(helloParts(hello));

/** The same, part by part, to change one of them. */
export function helloParts(hello: ClientHello): HelloParts {
  const { version, random } = hello;
  const modern = version === 'any' || version === 'TLS 1.3';
  const groups = hello.short ? GROUPS.slice(0, 4) : GROUPS;
  const signatures = hello.short ? [0x0403, 0x0804, 0x0401, 0x0501, 0x0601, 0x0201] : SIGNATURES;
  const common = {
    version: modern ? 0x0303 : TLS_VERSIONS[version],
    random,
    suites: hello.suites ?? suitesOf(version),
  };
  if (version === 'SSLv3') return common;
  return {
    ...common,
    extensions: [
      ...(hello.servername && hello.servername.length < 100 ? [extensions.serverName(hello.servername)] : []),
      extensions.groups(groups),
      extensions.pointFormats(),
      ...(modern || version === 'TLS 1.2' ? [extensions.signatures(signatures)] : []),
      ...(modern ? [] : [extensions.renegotiation()]),
      ...(modern
        ? [
            extensions.versions([0x0304, ...(version === 'any' ? [0x0303, 0x0302, 0x0301] : [])]),
            extensions.keyShare([{ group: 29, key: random.subarray(32, 64) }]),
          ]
        : []),
    ],
  };
}

/** All suites that a version can have. */
export const suitesOf = (version: ClientHello['version']): readonly number[] =>
  version === 'TLS 1.3' ? SUITES_13 : version === 'any' ? [...SUITES_13, ...SUITES_12] : SUITES_12;

/** Bytes whose every value is a letter or digit: a shell that is sent them has nothing to run, a log nothing to choke on. */
export const printable = (bytes: Buffer): Buffer =>
  Buffer.from(bytes.map((b) => 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ab'.charCodeAt(b & 63)));

export interface ServerHello {
  /** The version negotiated, `supported_versions` taken into account; undefined for a code that is none of them. */
  readonly version: TlsVersion | undefined;
  readonly suite: number;
  readonly compression: number;
  /** HelloRetryRequest: the version is supported, the key share is not. */
  readonly retry: boolean;
  /** What it says by the end of its random: it has TLS 1.3, or TLS 1.2 or newer, and chose something older (RFC 8446, 4.1.3). */
  readonly hasNewer?: 'TLS 1.2' | 'TLS 1.3';
  readonly extensions: ReadonlyMap<number, Buffer>;
}

/** What a server said to a ClientHello, as far as it is in the clear. */
export interface TlsAnswer {
  /** False: what came is no TLS record, or a ClientHello (an echo). Nothing at all counts as TLS so far. */
  readonly isTls: boolean;
  readonly hello?: ServerHello;
  readonly alert?: { readonly level: number; readonly code: number };
  /** DER, leaf first: only what TLS 1.2 and before show in the clear. */
  readonly certificates: readonly Buffer[];
  /** The body of ServerKeyExchange: ephemeral parameters and their signature (RFC 5246, 7.4.3); see tls-key-exchange.ts. */
  readonly keyExchange?: Buffer;
  /** The server asks for a client certificate (TLS 1.2 and before). */
  readonly wantsCertificate: boolean;
  /** ServerHelloDone, a TLS 1.3 ServerHello, or an alert: nothing more will come in the clear. */
  readonly done: boolean;
}

const RETRY_RANDOM = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex');

/** The end of a random: TLS 1.3 is had and TLS 1.2 chosen; TLS 1.2 or newer is had and an older one chosen. */
const HAS_NEWER = { 'TLS 1.3': 'DOWNGRD\x01', 'TLS 1.2': 'DOWNGRD\x00' } as const;

/** Reads what a server sent after a ClientHello: records, and the handshake messages that span them. Never throws. */
export function readTlsAnswer(bytes: Buffer): TlsAnswer {
  const handshake: Buffer[] = [];
  let alert: TlsAnswer['alert'];
  let isTls = true;
  let broken = false;
  let at = 0;
  for (; at + 5 <= bytes.length; ) {
    const type = bytes[at]!;
    const length = bytes.readUInt16BE(at + 3);
    const known =
      type >= 20 && type <= 23 && bytes[at + 1] === 3 && bytes[at + 2]! <= 4 && length <= 0x4800 && length > 0;
    if (!known || (type === 22 && handshake.length === 0 && bytes[at + 5] === 1)) {
      broken = true;
      break;
    }
    const fragment = bytes.subarray(at + 5, at + 5 + length);
    if (type === 22) handshake.push(fragment);
    if (type === 21 && length === 2 && fragment.length === 2 && fragment[0]! >= 1 && fragment[0]! <= 2) {
      // A warning may come before anything; what is fatal is the answer.
      if (alert?.level !== 2) alert = { level: fragment[0]!, code: fragment[1]! };
    } else if (type !== 22 && handshake.length === 0) {
      isTls = false;
      break;
    }
    if (type === 20 || type === 23) break;
    at += 5 + length;
  }
  // Fewer bytes than a record's head, and already not TLS.
  if (at === 0 && bytes.length > 0 && bytes.length < 5 && !(bytes[0] === 22 || bytes[0] === 21)) isTls = false;
  const messages = readMessages(Buffer.concat(handshake));
  return {
    // What is no record may only follow a flight that was whole.
    isTls: isTls && messages.sound && (!broken || messages.done),
    ...messages.seen,
    ...(alert && { alert }),
    done: messages.done || alert?.level === 2,
  };
}

/** The order of a server's first flight (RFC 5246, 7.3; RFC 6066, 8; RFC 4680): each message once at most. */
const ORDER = [2, 23, 11, 22, 12, 13, 14];
const HELLO_REQUEST = 0;
/** What a ServerHello, and any other message, may say of its length: a claim of 16 MB is nobody's certificate. */
const MOST = { hello: 0x11000, other: 0x400000 };

function readMessages(bytes: Buffer): {
  sound: boolean;
  done: boolean;
  seen: Pick<TlsAnswer, 'hello' | 'certificates' | 'keyExchange' | 'wantsCertificate'>;
} {
  let hello: ServerHello | undefined;
  let certificates: readonly Buffer[] = [];
  let keyExchange: Buffer | undefined;
  let wantsCertificate = false;
  let done = false;
  let sound = true;
  let last = -1;
  let requests = 0;
  for (let at = 0; sound && !done && at < bytes.length; ) {
    const type = bytes[at]!;
    const place = ORDER.indexOf(type);
    sound = type === HELLO_REQUEST ? ++requests <= 3 : place > last && (last >= 0 || type === 2);
    if (!sound || at + 4 > bytes.length) break;
    if (place >= 0) last = place;
    const length = bytes.readUIntBE(at + 1, 3);
    sound = length <= (type === 2 ? MOST.hello : type === HELLO_REQUEST ? 0 : MOST.other);
    const body = bytes.subarray(at + 4, at + 4 + length);
    if (!sound || body.length < length) break;
    if (type === 2) {
      hello = readServerHello(body);
      sound = hello !== undefined;
      done = hello?.version === 'TLS 1.3';
    }
    if (type === 11) certificates = readCertificates(body);
    if (type === 12) keyExchange = body;
    if (type === 13) wantsCertificate = true;
    if (type === 14) done = true;
    at += 4 + length;
  }
  return {
    sound,
    done,
    seen: { ...(hello && { hello }), certificates, ...(keyExchange && { keyExchange }), wantsCertificate },
  };
}

export function readServerHello(body: Buffer): ServerHello | undefined {
  if (body.length < 38) return undefined;
  const sessionLength = body[34]!;
  const at = 35 + sessionLength;
  if (sessionLength > 32 || body.length < at + 3) return undefined;
  const extensions = new Map<number, Buffer>();
  const end = body.length >= at + 5 ? Math.min(body.length, at + 5 + body.readUInt16BE(at + 3)) : at;
  for (let i = at + 5; i + 4 <= end; ) {
    const length = body.readUInt16BE(i + 2);
    extensions.set(body.readUInt16BE(i), body.subarray(i + 4, i + 4 + length));
    i += 4 + length;
  }
  const chosen = extensions.get(43);
  const code = chosen?.length === 2 ? chosen.readUInt16BE(0) : body.readUInt16BE(0);
  const sentinel = body.toString('latin1', 26, 34);
  const hasNewer = (['TLS 1.3', 'TLS 1.2'] as const).find((version) => sentinel === HAS_NEWER[version]);
  return {
    version: (Object.keys(TLS_VERSIONS) as TlsVersion[]).find((name) => TLS_VERSIONS[name] === code),
    suite: body.readUInt16BE(at),
    compression: body[at + 2]!,
    retry: body.subarray(2, 34).equals(RETRY_RANDOM),
    ...(hasNewer && { hasNewer }),
    extensions,
  };
}

/** The certificate_list of RFC 5246, 7.4.2. */
export function readCertificates(body: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 3; at + 3 <= body.length && found.length < 20; ) {
    const length = body.readUIntBE(at, 3);
    const der = body.subarray(at + 3, at + 3 + length);
    if (der.length < length || length === 0) break;
    found.push(der);
    at += 3 + length;
  }
  return found;
}

/** Names of fatal alerts that decide something (RFC 8446, 6). */
export const ALERTS: Readonly<Record<number, string>> = {
  0: 'close_notify',
  10: 'unexpected_message',
  22: 'record_overflow',
  40: 'handshake_failure',
  47: 'illegal_parameter',
  50: 'decode_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  109: 'missing_extension',
  112: 'unrecognized_name',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
};
