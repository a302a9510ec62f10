import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Sha256 } from '../model/fact.ts';
import { type Certificate, nameOf, untrusted } from './certificates.ts';
import { isUnsound, SignatureError } from './cms.ts';
import { SIGNATURE, STAMP, verifySums } from './seal.ts';
import { readSignature } from './sign.ts';
import { readStamp } from './timestamp.ts';

/** What a signature says where nobody vouches for its key, and what it says where somebody does. */
export const TRUST = {
  chain: 'chain to the CA given',
  alone: 'no CA was given: the signature says only that whoever holds this key signed',
} as const;
export type Trust = (typeof TRUST)[keyof typeof TRUST];

/** Whose certificate it is; times as ISO 8601 UTC. */
export interface KnownCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Of its DER. */
  readonly sha256: Sha256;
  readonly from: string;
  readonly to: string;
}

/** A sealed folder, and all that is known of who sealed it. Whole only where `problems` is empty. */
export interface VerifiedFolder {
  /** The digest of `SHA256SUMS`. */
  readonly seal: Sha256;
  /** Each names the file, the line where there is one, and what differs. */
  readonly problems: readonly string[];
  /** A sound signature; `at` by the signer's own clock. `trust` is absent where the chain fails, which is a problem. */
  readonly signature?: { readonly signer: KnownCertificate; readonly at: string; readonly trust?: Trust };
  /** A sound time stamp: the sums existed at `at`, says the authority. */
  readonly timestamp?: { readonly authority: KnownCertificate; readonly at: string; readonly trust?: Trust };
}

/** A signature or a time stamp is a few thousand bytes. */
const LARGEST = 1 << 20;

/** A file's bytes; undefined where there is none. Throws SignatureError for what is no file of such a size. */
const besideSums = (dir: string, name: string): Buffer | undefined => {
  const stat = fs.lstatSync(join(dir, name), { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile()) throw new SignatureError('it is no file');
  if (stat.size > LARGEST) throw new SignatureError(`it has ${stat.size} bytes, expected ${LARGEST} at most`);
  return fs.readFileSync(join(dir, name));
};

const iso = (at: number): string => new Date(at).toISOString();

const known = ({ x509, sha256, from, to }: Certificate): KnownCertificate => ({
  subject: nameOf(x509.subject),
  issuer: nameOf(x509.issuer),
  sha256,
  from: iso(from),
  to: iso(to),
});

/** Files that say whether the folder they are in was signed. */
const SAYING = ['run.json', 'assessment.json'];

/** Whether the folder says that it was signed; undefined where it says nothing. */
export const saysSigned = (dir: string): { file: string; signed: boolean } | undefined => {
  const file = SAYING.find((name) => fs.lstatSync(join(dir, name), { throwIfNoEntry: false })?.isFile());
  if (file === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(join(dir, file), 'utf8'));
  } catch {
    throw new SignatureError(`"${file}" is not JSON, so that nobody can tell whether it was signed`);
  }
  const signed = typeof value === 'object' && value !== null && 'signed' in value && value.signed === true;
  return { file, signed };
};

/**
 * Verifies a sealed folder, strictly: every bit of every file, the sums, the signature and the time stamp included. With
 * `ca`, signer and time-stamping authority must lead to one of these, the signer at its signing time, the authority at
 * the time it stamped; revocation is not looked at. Throws what the system says where there are no sums to read.
 */
export const verifyFolder = (dir: string, { ca }: { ca?: readonly Certificate[] } = {}): VerifiedFolder => {
  const { seal, problems, sums } = verifySums(dir);
  /** What `read` finds in a file; an unsound one is a problem. */
  const sound = <T>(file: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!isUnsound(error)) throw error;
      problems.push(file === '' ? error.message : `${file}: ${error.message}`);
      return undefined;
    }
  };
  const trustOf = (file: string, leaf: Certificate, above: readonly Certificate[], at: number): { trust?: Trust } => {
    if (ca === undefined) return { trust: TRUST.alone };
    const trusted = sound(file, () => {
      const why = untrusted(leaf, above, ca, at);
      if (why !== undefined) throw new SignatureError(`it leads to no CA given: ${why}`);
      return TRUST.chain;
    });
    return trusted === undefined ? {} : { trust: trusted };
  };

  const says = sound('', () => saysSigned(dir));
  const p7s = sound(SIGNATURE, () => ({ bytes: besideSums(dir, SIGNATURE) }));
  const tsr = sound(STAMP, () => ({ bytes: besideSums(dir, STAMP) }));
  if (says?.signed === true && p7s !== undefined && p7s.bytes === undefined)
    problems.push(`${SIGNATURE} is missing: not signed, though "${says.file}" says that it was`);
  if (says?.signed === false && p7s?.bytes !== undefined)
    problems.push(`${SIGNATURE} was added: "${says.file}" says that it was not signed`);
  const signature = p7s?.bytes && sound(SIGNATURE, () => readSignature(sums, p7s.bytes!));
  const stamp = tsr?.bytes && sound(STAMP, () => readStamp(tsr.bytes!, sums, ca));
  for (const one of stamp?.loose ?? [])
    problems.push(
      `${STAMP}: the certificate of "${nameOf(one.x509.subject)}" is held by its issuer alone, which is not there: give "${nameOf(one.x509.issuer)}" as a CA`,
    );
  return {
    seal,
    ...(signature && {
      signature: {
        signer: known(signature.certificate),
        at: iso(signature.at),
        ...trustOf(SIGNATURE, signature.certificate, signature.chain, signature.at),
      },
    }),
    ...(stamp && {
      timestamp: {
        authority: known(stamp.certificate),
        at: iso(stamp.at),
        ...trustOf(STAMP, stamp.certificate, stamp.chain, stamp.at),
      },
    }),
    problems,
  };
};
