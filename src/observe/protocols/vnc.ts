import { createCipheriv } from 'node:crypto';

/** The version that we go on in (RFC 6143, 7.1.1). */
export type VncVersion = '3.3' | '3.7' | '3.8';

/** Security types (RFC 6143, 7.1.2, and the registry of the community's rfbproto). */
export const NONE = 1;
export const VNC_AUTHENTICATION = 2;
export const TLS = 18;
export const VENCRYPT = 19;
export const TIGHT = 16;

const NAMES: Readonly<Record<number, string>> = {
  1: 'None',
  2: 'VNC authentication',
  5: 'RA2',
  6: 'RA2ne',
  16: 'Tight',
  17: 'Ultra',
  18: 'TLS',
  19: 'VeNCrypt',
  20: 'SASL',
  21: 'MD5',
  22: 'xvp',
  23: 'Secure Tunnel',
  24: 'Integrated SSH',
  30: 'Apple Remote Desktop',
  33: 'Apple RSA-SRP',
  35: 'Apple Kerberos',
  36: 'Apple SRP',
  113: 'MS-Logon II',
  129: 'RA2 256',
  130: 'RA2ne 256',
  256: 'Plain',
  257: 'TLSNone',
  258: 'TLSVnc',
  259: 'TLSPlain',
  260: 'X509None',
  261: 'X509Vnc',
  262: 'X509Plain',
  263: 'TLSSASL',
  264: 'X509SASL',
};

/** A security type, or a subtype of VeNCrypt, by its name. */
export const securityName = (type: number): string => NAMES[type] ?? `type ${type}`;

/** Subtypes of VeNCrypt (its specification in rfbproto) that go on in TLS: with None, and with VNC authentication. */
export const X509_NONE = 260;
export const X509_VNC = 261;
/** The same in TLS without a certificate, which ends before TLS 1.3. */
export const TLS_NONE = 257;

/**
 * The server's ProtocolVersion, and the one to go on in. Versions that were never published count as 3.3 (RFC 6143,
 * 7.1.1); later ones, and Apple's 3.889, speak 3.8. Undefined: no ProtocolVersion, or 000.000 (a repeater).
 */
export function vncVersion(bytes: Buffer): VncVersion | undefined {
  const [, major, minor] = /^RFB (\d{3})\.(\d{3})\n$/.exec(bytes.toString('latin1')) ?? [];
  const version = Number(major) * 1000 + Number(minor);
  if (major === undefined || version < 3003) return undefined;
  return version >= 3008 ? '3.8' : version === 3007 ? '3.7' : '3.3';
}

export const versionLine = (version: VncVersion): string => `RFB 003.00${version.slice(2)}\n`;

/** The password as the key of DES: its first eight bytes, each with its bits in reverse (RFC 6143, 7.2.2, and its erratum). */
export function vncKey(secret: string): Buffer {
  const isLatin1 = Buffer.from(secret, 'latin1').toString('latin1') === secret;
  const key = Buffer.alloc(8);
  Buffer.from(secret, isLatin1 ? 'latin1' : 'utf8').copy(key);
  return Buffer.from(key.map((byte) => reversed(byte)));
}

function reversed(byte: number): number {
  let out = 0;
  for (let bit = 0; bit < 8; bit++) if (byte & (1 << bit)) out |= 0x80 >> bit;
  return out;
}

/** The answer to a challenge of 16 bytes. OpenSSL 3 has no single DES by default: three times the same key is the same. */
export function vncResponse(secret: string, challenge: Buffer): Buffer {
  const key = vncKey(secret);
  const cipher = createCipheriv('des-ede3', Buffer.concat([key, key, key]), null).setAutoPadding(false);
  return Buffer.concat([cipher.update(challenge), cipher.final()]);
}

/** What of ServerInit comes before the name (RFC 6143, 7.3.2), its last four bytes being the name's length. */
export const SERVER_INIT_BYTES = 24;

/** The length of the desktop's name, or undefined where the bytes are no ServerInit: a pixel has 8, 16 or 32 bits. */
export function serverInit(bytes: Buffer): { readonly nameBytes: number } | undefined {
  if (bytes.length !== SERVER_INIT_BYTES || ![8, 16, 32].includes(bytes[4]!) || bytes[5]! > bytes[4]!) return undefined;
  return { nameBytes: bytes.readUInt32BE(20) };
}
