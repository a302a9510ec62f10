import { children, type Der, expectTag, oid, readDer, TAG } from './der.ts';
import { oneLine } from './text.ts';

/** What a certificate's DER says and Node does not give. */
export interface DerParts {
  readonly signatureAlgorithm: string;
  readonly spki: Buffer;
  readonly names: string[];
  readonly keyUsage: string[] | undefined;
}

/** Reads a certificate (RFC 5280, 4.1). Throws DerError. */
export function readParts(der: Buffer): DerParts {
  const [tbs, algorithm] = children(expectTag(readDer(der), TAG.sequence));
  const fields = children(expectTag(tbs, TAG.sequence));
  const offset = fields[0]?.tag === 0xa0 ? 1 : 0;
  const spki = expectTag(fields[offset + 5], TAG.sequence);
  const wrapper = fields.find((f) => f.tag === 0xa3);
  const extensions = new Map<string, Buffer>();
  for (const one of wrapper ? children(readDer(wrapper.body)) : []) {
    const parts = children(one);
    extensions.set(oid(parts[0]), expectTag(parts.at(-1), TAG.octetString).body);
  }
  const usage = extensions.get('2.5.29.15');
  const alternative = extensions.get('2.5.29.17');
  return {
    signatureAlgorithm: signatureName(expectTag(algorithm, TAG.sequence)),
    spki: spki.raw,
    names: alternative ? readNames(readDer(alternative)) : [],
    keyUsage: usage ? readUsage(expectTag(readDer(usage), TAG.bitString)) : undefined,
  };
}

const USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];
const readUsage = ({ body }: Der) => USAGES.filter((_, i) => ((body[1 + (i >> 3)] ?? 0) & (0x80 >> (i & 7))) !== 0);

/** dNSName, uniformResourceIdentifier and iPAddress of GeneralNames (RFC 5280, 4.2.1.6). */
function readNames(element: Der): string[] {
  return children(element)
    .slice(0, 200)
    .flatMap(({ tag, body }) => {
      if (tag === 0x82 || tag === 0x86) return [oneLine(body.toString('latin1')).slice(0, 255)];
      if (tag === 0x87 && body.length === 4) return [body.join('.')];
      if (tag === 0x87 && body.length === 16) return [body.toString('hex').replace(/.{4}(?=.)/g, '$&:')];
      return [];
    });
}

const PSS = '1.2.840.113549.1.1.10';
const HASHES: Readonly<Record<string, string>> = {
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
  '1.3.14.3.2.29': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.113549.1.1.14': 'sha224WithRSAEncryption',
  '1.2.840.10040.4.3': 'dsa-with-SHA1',
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
