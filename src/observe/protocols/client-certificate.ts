import { generateKeyPair, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { signedWith } from '../algorithms.ts';
import { bitString, element, integer, octetString, oidOf, sequence, setOf, timeOf } from '../der.ts';

/** A client certificate with its chain and its private key, in PEM; `length` is of the leaf's DER, in bytes. */
export interface MadeCertificate {
  readonly cert: string;
  readonly key: string;
  readonly length: number;
}

const make = promisify(generateKeyPair);
const TRUE = element(0x01, Buffer.of(0xff));
const extension = (id: string, critical: boolean, value: Buffer): Buffer =>
  sequence(oidOf(id), ...(critical ? [TRUE] : []), octetString(value));
/** As long as it can be, so that no clock refuses it: devices live in 1970. */
const VALIDITY = sequence(timeOf(Date.UTC(1970, 0, 1)), timeOf(Date.UTC(2049, 11, 31)));

/** A name with this common name (X.501), DER. */
const commonName = (name: string): Buffer =>
  sequence(setOf([sequence(oidOf('2.5.4.3'), element(0x0c, Buffer.from(name)))]));

interface Signing {
  readonly serial: Buffer;
  readonly subject: Buffer;
  readonly issuer: Buffer;
  readonly publicKey: KeyObject;
  readonly signer: KeyObject;
  readonly isCa: boolean;
}

/** DER of a certificate of version 3 (RFC 5280, 4.1): of a TLS client, or of a CA. */
function certificate({ serial, subject, issuer, publicKey, signer, isCa }: Signing): Buffer {
  const algorithm = signedWith(signer.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec', 'sha256');
  const extensions = isCa
    ? [extension('2.5.29.19', true, sequence(TRUE)), extension('2.5.29.15', true, bitString(Buffer.of(0x04), 2))]
    : [
        extension('2.5.29.15', true, bitString(Buffer.of(0x80), 7)),
        extension('2.5.29.37', false, sequence(oidOf('1.3.6.1.5.5.7.3.2'))),
      ];
  const body = sequence(
    element(0xa0, integer(2)),
    integer(Buffer.of((serial[0]! & 0x3f) | 0x40, ...serial.subarray(1))),
    algorithm,
    issuer,
    VALIDITY,
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(...extensions)),
  );
  return sequence(body, algorithm, bitString(sign('sha256', body, signer)));
}

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;

/**
 * A client certificate that nobody knows, made in memory: signed by itself, or by a CA just made that bears the name
 * `issuer` (DER). A key costs under a millisecond on P-256, a quarter of a second of a thread with RSA 2048. `undefined`
 * where the issuer's name is none.
 */
export async function madeCertificate(
  random: (bytes: number) => Buffer,
  { kind, issuer }: { kind: 'ec' | 'rsa'; issuer?: Buffer | undefined },
): Promise<MadeCertificate | undefined> {
  const pair = () => (kind === 'ec' ? make('ec', { namedCurve: 'P-256' }) : make('rsa', { modulusLength: 2048 }));
  const own = await pair();
  const subject = commonName(random(6).toString('hex'));
  const ca = issuer && (await pair());
  const leaf = certificate({
    serial: random(16),
    subject,
    issuer: issuer ?? subject,
    publicKey: own.publicKey,
    signer: ca?.privateKey ?? own.privateKey,
    isCa: false,
  });
  const above = ca && {
    serial: random(16),
    subject: issuer,
    issuer,
    publicKey: ca.publicKey,
    signer: ca.privateKey,
    isCa: true,
  };
  try {
    new X509Certificate(leaf);
  } catch {
    // The issuer's name came from the device.
    return undefined;
  }
  return {
    cert: pem(leaf) + (above ? pem(certificate(above)) : ''),
    key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    length: leaf.length,
  };
}

/** A CertificateRequest up to TLS 1.2 (RFC 5246, 7.4.4): the kinds of key taken, and the names of the CAs, DER. */
export interface CertificateRequest {
  readonly kinds: readonly ('rsa' | 'ec')[];
  readonly names: readonly Buffer[];
}

const RSA_SIGN = 1;
const ECDSA_SIGN = 64;
const MESSAGE = 13;
const NAMES = 100;

/**
 * The CertificateRequest in what a server sent in the clear after a ClientHello, of TLS 1.2 where `signatures` (they
 * stand in it then). `undefined` where there is none, or none that can be read.
 */
export function readCertificateRequest(bytes: Buffer, signatures: boolean): CertificateRequest | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const end = at + 5 + bytes.readUInt16BE(at + 3);
    if (bytes[at] === 22) parts.push(bytes.subarray(at + 5, end));
    at = end;
  }
  const handshake = Buffer.concat(parts);
  for (let at = 0; at + 4 <= handshake.length; ) {
    const end = at + 4 + handshake.readUIntBE(at + 1, 3);
    if (handshake[at] === MESSAGE && end <= handshake.length)
      return readRequest(handshake.subarray(at + 4, end), signatures);
    at = end;
  }
  return undefined;
}

function readRequest(body: Buffer, signatures: boolean): CertificateRequest | undefined {
  const types = vector(body, 0, 1);
  const algorithms = types && (signatures ? vector(body, types.end, 2) : types);
  const list = algorithms && vector(body, algorithms.end, 2);
  if (!types || !list) return undefined;
  const names: Buffer[] = [];
  for (let at = 0; at < list.value.length && names.length < NAMES; ) {
    const name = vector(list.value, at, 2);
    if (!name) break;
    names.push(name.value);
    at = name.end;
  }
  return {
    kinds: [
      ...(types.value.includes(ECDSA_SIGN) ? (['ec'] as const) : []),
      ...(types.value.includes(RSA_SIGN) ? (['rsa'] as const) : []),
    ],
    names,
  };
}

function vector(bytes: Buffer, at: number, lengthBytes: 1 | 2): { value: Buffer; end: number } | undefined {
  if (at + lengthBytes > bytes.length) return undefined;
  const end = at + lengthBytes + bytes.readUIntBE(at, lengthBytes);
  return end > bytes.length ? undefined : { value: bytes.subarray(at + lengthBytes, end), end };
}
