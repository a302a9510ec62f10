import { type CertificateFault, type Extensions, readExtensions } from './certificate-extensions.ts';
import { children, type Der, DerError, expectTag, oid, readDer, TAG } from './der.ts';

/** What a certificate's DER says and Node does not give. */
export interface DerParts extends Extensions {
  readonly version: 1 | 2 | 3;
  /** Hexadecimal of the number, `-` in front of a negative one; `00` for zero. */
  readonly serial: string;
  readonly signatureAlgorithm: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly subject: Buffer;
  readonly spki: Buffer;
  readonly faults: readonly CertificateFault[];
}

/** Reads a certificate (RFC 5280, 4.1): what stands in it, and what must not. Throws DerError where its frame cannot be read. */
export function readParts(der: Buffer): DerParts {
  const [tbs, algorithm] = children(expectTag(readDer(der), TAG.sequence));
  const fields = children(expectTag(tbs, TAG.sequence));
  const versioned = fields[0]?.tag === 0xa0;
  const [serial, inner, , validity, subject, spki] = versioned ? fields.slice(1) : fields;
  const version = versioned ? versionOf(fields[0]!) : 1;
  const [notBefore, notAfter] = children(expectTag(validity, TAG.sequence)).map(readTime);
  if (!notBefore || !notAfter) throw new DerError('a validity without two dates');
  const wrapper = fields.find((f) => f.tag === 0xa3);
  const extensions = readExtensions(wrapper);
  const faults: CertificateFault[] = [
    ...extensions.faults,
    ...(wrapper && version < 3 ? (['extensions-without-version'] as const) : []),
    ...(notBefore.strict && notAfter.strict ? [] : (['malformed-date'] as const)),
    ...(inner && algorithm && inner.raw.equals(algorithm.raw) ? [] : (['algorithms-differ'] as const)),
  ];
  return {
    ...extensions,
    version,
    serial: serialText(expectTag(serial, TAG.integer).body),
    signatureAlgorithm: signatureName(expectTag(algorithm, TAG.sequence)),
    notBefore: notBefore.time,
    notAfter: notAfter.time,
    subject: expectTag(subject, TAG.sequence).raw,
    spki: expectTag(spki, TAG.sequence).raw,
    faults,
  };
}

function versionOf(wrapper: Der): 1 | 2 | 3 {
  const { body } = expectTag(readDer(wrapper.body), TAG.integer);
  const version = body.length === 1 ? body[0]! + 1 : 0;
  if (version !== 1 && version !== 2 && version !== 3) throw new DerError('a version that there is none of');
  return version;
}

function serialText(body: Buffer): string {
  if (body.length === 0) throw new DerError('an empty serial number');
  const negative = body[0]! >= 0x80;
  const size = 1n << BigInt(8 * Math.min(body.length, 64));
  const short = BigInt(`0x${body.subarray(0, 64).toString('hex')}`);
  const value = (negative ? size - short : short).toString(16);
  return `${negative ? '-' : ''}${value.length % 2 === 1 ? '0' : ''}${value}`;
}

/**
 * UTCTime and GeneralizedTime as X.680 allows them; `strict` where RFC 5280, 4.1.2.5 does: with seconds, in UTC, and no
 * fractions. A UTCTime's year is of 1950 to 2049. Throws DerError for a date that the calendar lacks.
 */
function readTime({ tag, body }: Der): { time: Date; strict: boolean } {
  const text = body.subarray(0, 40).toString('latin1');
  const form =
    tag === 0x17
      ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z|[+-]\d{4})$/
      : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)?(\d\d)?(?:[.,]\d+)?(Z|[+-]\d{4})?$/;
  const match = tag === 0x17 || tag === 0x18 ? form.exec(text) : null;
  if (!match) throw new DerError('expected a date');
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const time = new Date(0);
  time.setUTCFullYear(tag === 0x17 ? year + (year < 50 ? 2000 : 1900) : year, month - 1, day);
  if (time.getUTCMonth() !== month - 1 || time.getUTCDate() !== day || hour > 23 || minute > 59 || second > 60)
    throw new DerError('a date that the calendar lacks');
  const zone = match[7];
  const away =
    zone && zone !== 'Z' ? Number(`${zone[0]}1`) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))) : 0;
  time.setUTCHours(hour, minute - away, second);
  if (time.getUTCFullYear() > 9999 || time.getUTCFullYear() < 0) throw new DerError('a date that cannot be written');
  return { time, strict: (tag === 0x17 ? /^\d{12}Z$/ : /^\d{14}Z$/).test(text) };
}

const PSS = '1.2.840.113549.1.1.10';
const HASHES: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.5': 'MD5',
  '1.3.14.3.2.26': 'SHA1',
  '2.16.840.1.101.3.4.2.1': 'SHA256',
  '2.16.840.1.101.3.4.2.2': 'SHA384',
  '2.16.840.1.101.3.4.2.3': 'SHA512',
  '2.16.840.1.101.3.4.2.4': 'SHA224',
};
const SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'md2WithRSAEncryption',
  '1.2.840.113549.1.1.3': 'md4WithRSAEncryption',
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.3.14.3.2.3': 'md5WithRSAEncryption',
  '1.3.14.3.2.27': 'dsa-with-SHA1',
  '1.3.14.3.2.29': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.113549.1.1.14': 'sha224WithRSAEncryption',
  '1.2.840.10040.4.3': 'dsa-with-SHA1',
  '2.16.840.1.101.3.4.3.1': 'dsa-with-SHA224',
  '2.16.840.1.101.3.4.3.2': 'dsa-with-SHA256',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.1': 'ecdsa-with-SHA224',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512',
  '1.3.101.112': 'ED25519',
  '1.3.101.113': 'ED448',
};

function signatureName(algorithm: Der): string {
  const parts = children(algorithm);
  const id = oid(parts[0]);
  if (id !== PSS) return SIGNATURES[id] ?? id;
  // RFC 4055, 3.1: the hash is SHA-1 unless [0] names another.
  const hash = parts[1] && children(parts[1]).find((p) => p.tag === 0xa0);
  const hashId = hash ? oid(children(readDer(hash.body))[0]) : '1.3.14.3.2.26';
  return `RSASSA-PSS-${HASHES[hashId] ?? hashId}`;
}
