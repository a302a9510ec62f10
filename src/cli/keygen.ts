import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { signedWith } from '../observe/algorithms.ts';
import { readCertificate } from '../observe/certificates.ts';
import { kindOf } from '../observe/cms.ts';
import { bitString, element, integer, octetString, oidOf, sequence, setOf, timeOf } from '../observe/der.ts';
import { attempting, makeFolder } from '../observe/run-store.ts';
import { visible } from '../report/text.ts';
import { Usage } from './limits.ts';
import { BadFile } from './load-yaml.ts';

const DAY = 24 * 60 * 60 * 1_000;
/** Two years. */
const DAYS = 730;
const MOST_DAYS = 3_650;
/** Characters of a common name (RFC 5280, ub-common-name). */
const LONGEST_NAME = 64;

const OID = {
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  basicConstraints: '2.5.29.19',
} as const;

const TRUE = element(0x01, Buffer.of(0xff));
const extension = (id: string, value: Buffer, critical: boolean): Buffer =>
  sequence(oidOf(id), ...(critical ? [TRUE] : []), octetString(value));

/** What a certificate is to say. Times in ms. */
export interface SelfSigned {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Sixteen octets, random. */
  readonly serial: Uint8Array;
}

/**
 * DER of an X.509 certificate of version 3 (RFC 5280, 4.1) that a key signs for itself: for signatures, and a CA, so that
 * it can be its own `--ca`; it issues no CA below it.
 */
export const selfSigned = (
  { publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject },
  { name, from, to, serial }: SelfSigned,
): Buffer => {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const subject = sequence(setOf([sequence(oidOf(OID.commonName), element(0x0c, Buffer.from(name)))]));
  const extensions = [
    // digitalSignature and keyCertSign: the first and the sixth bit, two of the octet are spare.
    extension(OID.keyUsage, bitString(Buffer.of(0x84), 2), true),
    extension(OID.basicConstraints, sequence(TRUE, integer(0)), true),
    extension(OID.subjectKeyIdentifier, octetString(createHash('sha256').update(spki).digest().subarray(0, 20)), false),
  ];
  const algorithm = signedWith(kindOf(privateKey), 'sha256');
  const body = sequence(
    element(0xa0, integer(2)),
    // The highest bit is no sign, and the next makes it 16 octets whatever they are.
    integer(Buffer.of(((serial[0] ?? 0) & 0x7f) | 0x40, ...serial.slice(1))),
    algorithm,
    subject,
    sequence(timeOf(from), timeOf(to)),
    subject,
    spki,
    element(0xa3, sequence(...extensions)),
  );
  return sequence(body, algorithm, bitString(sign('sha256', body, privateKey)));
};

/** A certificate in PEM. */
export const pemOf = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;

export interface KeygenOptions {
  readonly out?: string;
  readonly name?: string;
  readonly days?: string;
  readonly rsa?: boolean;
}

const nameFrom = (name: string): string => {
  if (name.trim() === '' || name.length > LONGEST_NAME || visible(name) !== name)
    throw new Usage(`--name ${name}: expected 1 to ${LONGEST_NAME} characters that can be seen`);
  return name;
};

const daysFrom = (text: string): number => {
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS)
    throw new Usage(`--days ${text}: expected a whole number from 1 to ${MOST_DAYS}`);
  return days;
};

/** Writes a file that is not there. Throws BadFile where it is, StoreError where it cannot be written. */
const writeNew = (file: string, text: string, mode: number): void =>
  attempting(`write "${file}"`, () => {
    const fd = fs.openSync(file, 'wx', mode);
    try {
      fs.writeFileSync(fd, text);
      fs.fsyncSync(fd);
    } catch (error) {
      fs.rmSync(file, { force: true });
      throw error;
    } finally {
      fs.closeSync(fd);
    }
  });

/** A path as one word of a shell. */
const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`);

const toStdout = (text: string): void => {
  process.stdout.write(text);
};

/**
 * `probity keygen`: a lab's key `lab.key` (PKCS#8, mode 0600) and its self-signed certificate `lab.pem`, and what to do with
 * them. Neither is ever overwritten. `now` in ms. Throws Usage, BadFile and StoreError.
 */
export const keygenVerb = async (
  options: KeygenOptions,
  json: boolean,
  print: (text: string) => void = toStdout,
  now: number = Date.now(),
): Promise<number> => {
  const name = nameFrom(options.name ?? 'Probity lab key');
  const days = daysFrom(options.days ?? String(DAYS));
  const out = options.out ?? '.';
  const [key, certificate] = [join(out, 'lab.key'), join(out, 'lab.pem')];
  for (const file of [key, certificate])
    if (fs.existsSync(file)) throw new BadFile(file, 'it is there already, and no key is ever overwritten');
  const pair =
    options.rsa === true
      ? generateKeyPairSync('rsa', { modulusLength: 3072 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = selfSigned(pair, { name, from: now, to: now + days * DAY, serial: randomBytes(16) });
  const { sha256, to } = readCertificate(der);
  attempting(`write "${out}"`, () => makeFolder(out));
  writeNew(key, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 0o600);
  try {
    writeNew(certificate, pemOf(der), 0o644);
  } catch (error) {
    // A key without its certificate would stand in the way of the next attempt.
    fs.rmSync(key);
    throw error;
  }
  const until = new Date(to).toISOString();
  if (json) print(`${JSON.stringify({ key, certificate, sha256, until })}\n`);
  else
    print(`${visible(key)}: the private key; whoever has it signs as this lab. Keep a copy where nobody else reads it.
${visible(certificate)}: its certificate, self-signed, valid until ${until}
  SHA-256 ${sha256}
  Tell this digest to those who are to trust it, on another way than the results.

Sign what a scan or a judgement leaves behind:
  probity scan … --sign ${quoted(key)},${quoted(certificate)}
Verify it:
  probity verify <folder> --ca ${quoted(certificate)}
or, in that folder, with stock tools alone (${quoted(certificate)} by its path from there):
  sha256sum --strict -c SHA256SUMS
  openssl cms -verify -binary -inform DER -in SHA256SUMS.p7s -content SHA256SUMS -CAfile ${quoted(certificate)} -purpose any -out /dev/null
`);
  return 0;
};
