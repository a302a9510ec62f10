import { createPublicKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { bitString, element, integer, NULL, octetString, oidOf, sequence, timeOf } from '../../src/observe/der.ts';
import { addressBytes } from '../../src/observe/protocols/certificate-names.ts';

/** A certificate of whatever kind a device may have, written part by part; what no authority would write can be written. */
export interface Drawn {
  /** The key that is certified (either half). */
  readonly key: KeyObject;
  /** Private key that signs; absent: `key` itself. */
  readonly by?: KeyObject;
  readonly subject?: string;
  /** Common name of the issuer; absent: the subject itself. */
  readonly issuer?: string;
  readonly hash?: 'md5' | 'sha1' | 'sha256';
  /** Absent: 3. */
  readonly version?: 1 | 2 | 3;
  /** Content of the INTEGER. */
  readonly serial?: Buffer;
  readonly from?: Date | Buffer;
  readonly to?: Date | Buffer;
  readonly names?: readonly string[];
  readonly ca?: boolean;
  readonly pathLength?: number;
  /** Content of the bit string, its count of spare bits first. */
  readonly keyUsage?: Buffer;
  readonly purposes?: readonly string[];
  readonly more?: readonly Buffer[];
  /** Another SubjectPublicKeyInfo than that of `key`. */
  readonly spki?: Buffer;
}

const SHA256 = sequence(oidOf('2.16.840.1.101.3.4.2.1'), NULL);
/** RSASSA-PSS with SHA-256 throughout and a salt of as many octets (RFC 4055, 3.1). */
const PSS = sequence(
  element(0xa0, SHA256),
  element(0xa1, sequence(oidOf('1.2.840.113549.1.1.8'), SHA256)),
  element(0xa2, integer(32)),
);

const ALGORITHMS: Readonly<Record<string, Buffer>> = {
  'rsa md5': sequence(oidOf('1.2.840.113549.1.1.4'), NULL),
  'rsa sha1': sequence(oidOf('1.2.840.113549.1.1.5'), NULL),
  'rsa sha256': sequence(oidOf('1.2.840.113549.1.1.11'), NULL),
  'rsa-pss sha256': sequence(oidOf('1.2.840.113549.1.1.10'), PSS),
  'ec sha1': sequence(oidOf('1.2.840.10045.4.1')),
  'ec sha256': sequence(oidOf('1.2.840.10045.4.3.2')),
  'ed25519 sha256': sequence(oidOf('1.3.101.112')),
};

export const extension = (id: string, content: Buffer, critical = false): Buffer =>
  sequence(oidOf(id), ...(critical ? [element(1, Buffer.of(0xff))] : []), octetString(content));

export const hostName = (name: string): Buffer => element(0x82, Buffer.from(name, 'latin1'));

/** A name with a common name alone; with nothing for ''. */
export const nameOf = (commonName: string): Buffer =>
  commonName === ''
    ? sequence()
    : sequence(element(0x31, sequence(oidOf('2.5.4.3'), element(0x0c, Buffer.from(commonName)))));

const when = (time: Date | Buffer): Buffer => (Buffer.isBuffer(time) ? time : timeOf(time.getTime()));

const DAY = 86_400_000;

/** Its DER. */
export function drawn(spec: Drawn): Buffer {
  const { subject = 'cam', version = 3, hash = 'sha256', key, by = key } = spec;
  const algorithm = ALGORITHMS[`${by.asymmetricKeyType} ${hash}`]!;
  const flag = spec.ca === undefined && spec.pathLength === undefined;
  const extensions = [
    ...(flag
      ? []
      : [
          extension(
            '2.5.29.19',
            sequence(
              ...(spec.ca ? [element(1, Buffer.of(0xff))] : []),
              ...(spec.pathLength === undefined ? [] : [integer(spec.pathLength)]),
            ),
            true,
          ),
        ]),
    ...(spec.keyUsage ? [extension('2.5.29.15', element(3, spec.keyUsage), true)] : []),
    ...(spec.purposes ? [extension('2.5.29.37', sequence(...spec.purposes.map(oidOf)))] : []),
    ...(spec.names
      ? [
          extension(
            '2.5.29.17',
            sequence(...spec.names.map((name) => (isIP(name) ? element(0x87, addressBytes(name)!) : hostName(name)))),
          ),
        ]
      : []),
    ...(spec.more ?? []),
  ];
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const body = sequence(
    ...(version === 1 ? [] : [element(0xa0, integer(version - 1))]),
    element(2, spec.serial ?? Buffer.of(0x12, 0x34)),
    algorithm,
    nameOf(spec.issuer ?? subject),
    sequence(when(spec.from ?? new Date(Date.now() - DAY)), when(spec.to ?? new Date(Date.now() + 30 * DAY))),
    nameOf(subject),
    spec.spki ?? publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [element(0xa3, sequence(...extensions))] : []),
  );
  const signature = sign(by.asymmetricKeyType === 'ed25519' ? null : hash, body, by);
  return sequence(body, algorithm, bitString(signature));
}

export const pem = (der: Buffer): string => new X509Certificate(der).toString();
