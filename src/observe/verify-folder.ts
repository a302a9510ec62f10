import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Sha256 } from '../model/fact.ts';
import { type Certificate, namesOf, untrusted } from './certificates.ts';
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

/** What is added to the sums, in this order. */
export type Unfinished = 'signature' | 'timestamp';

/** A sealed folder, and all that is known of who sealed it. Whole only where `problems` is empty. */
export interface VerifiedFolder {
  /** The digest of `SHA256SUMS`. */
  readonly seal: Sha256;
  /** Each names the file, the line where there is one, and what differs. */
  readonly problems: readonly string[];
  /**
   * What the folder says it has and has not, where nothing else is wrong with it and a process that was killed between
   * sums, signature and time stamp would have left it so. Absent in all other cases.
   */
  readonly unfinished?: readonly Unfinished[];
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

const known = (certificate: Certificate): KnownCertificate => ({
  ...namesOf(certificate),
  sha256: certificate.sha256,
  from: iso(certificate.from),
  to: iso(certificate.to),
});

/** Files that say whether the folder they are in was signed and stamped. */
const SAYING = ['run.json', 'assessment.json'];

/** What a folder says of its own seal, and in which file. */
export interface Said {
  readonly file: string;
  readonly signed: boolean;
  readonly stamped: boolean;
}

/** What one of these files says. Throws SignatureError. */
const saidIn = (dir: string, file: string): Said => {
  let value: unknown;
  try {
    value = JSON.parse(fs.readFileSync(join(dir, file), 'utf8'));
  } catch {
    throw new SignatureError(`"${file}" is not JSON, so that nobody can tell whether it was signed`);
  }
  const said: { signed?: unknown; stamped?: unknown } = typeof value === 'object' && value !== null ? value : {};
  return { file, signed: said.signed === true, stamped: said.stamped === true };
};

/**
 * What the folder says of its seal; undefined where it says nothing. Where both files are there, what either says counts: one
 * that was put beside takes nothing back. Throws SignatureError.
 */
export const saidOfSeal = (dir: string): Said | undefined => {
  const files = SAYING.filter((name) => fs.lstatSync(join(dir, name), { throwIfNoEntry: false })?.isFile());
  const all = files.map((file) => saidIn(dir, file));
  const one = all.find(({ signed, stamped }) => signed || stamped) ?? all[0];
  return one && { ...one, signed: all.some(({ signed }) => signed), stamped: all.some(({ stamped }) => stamped) };
};

/** What stands beside the sums, undefined where there is no such file, and whose certificates are trusted. */
export interface Beside {
  readonly p7s?: Buffer;
  readonly tsr?: Buffer;
  readonly ca?: readonly Certificate[];
}

/** Adds to a list what is unsound about a file, in place of what is read from it. */
type Sound = <T>(file: string, read: () => T) => T | undefined;
const soundInto =
  (problems: string[]): Sound =>
  (file, read) => {
    try {
      return read();
    } catch (error) {
      if (!isUnsound(error)) throw error;
      problems.push(file === '' ? error.message : `${file}: ${error.message}`);
      return undefined;
    }
  };

const trustIn = (
  { ca }: Beside,
  leaf: Certificate,
  above: readonly Certificate[],
  at: number,
): { trust: Trust } | { why: string } => {
  if (ca === undefined) return { trust: TRUST.alone };
  const why = untrusted(leaf, above, ca, at);
  return why === undefined ? { trust: TRUST.chain } : { why: `it leads to no CA given: ${why}` };
};

/** Verifies signature and time stamp over the bytes of `SHA256SUMS`; what is unsound is a problem. */
export const verifyBeside = (sums: Buffer, beside: Beside): Omit<VerifiedFolder, 'seal'> => {
  const problems: string[] = [];
  const sound = soundInto(problems);
  /** The trust, or a problem in place of it. */
  const held = (file: string, trust: ReturnType<typeof trustIn>): { trust?: Trust } => {
    if ('trust' in trust) return trust;
    problems.push(`${file}: ${trust.why}`);
    return {};
  };
  const { p7s, tsr, ca = [] } = beside;
  const signature =
    p7s &&
    sound(SIGNATURE, () => {
      const { certificate, chain, at } = readSignature(sums, p7s);
      const trust = held(SIGNATURE, trustIn(beside, certificate, chain, at));
      return { signer: known(certificate), at: iso(at), ...trust };
    });
  const timestamp =
    tsr &&
    sound(STAMP, () => {
      const { certificate, chain, at, loose } = readStamp(tsr, sums, ca);
      for (const { subject, issuer } of loose.map(namesOf))
        problems.push(
          `${STAMP}: the certificate of "${subject}" is held by its issuer alone, which is not there: give "${issuer}" as a CA`,
        );
      const trust = held(STAMP, trustIn(beside, certificate, chain, at));
      return { authority: known(certificate), at: iso(at), ...trust };
    });
  return { problems, ...(signature && { signature }), ...(timestamp && { timestamp }) };
};

/** How a folder speaks of each of the two files, and how problems do. */
const BESIDE = [
  { what: 'signature', name: SIGNATURE, says: 'signed' },
  { what: 'timestamp', name: STAMP, says: 'stamped' },
] as const;

/** Holds what stands beside the sums to what the folder says of it. `there`: whether each is; undefined where none can tell. */
const heldToSaid = (
  said: Said | undefined,
  there: Readonly<Record<Unfinished, boolean | undefined>>,
): { problems: string[]; missing: Unfinished[] } => {
  if (said === undefined) return { problems: [], missing: [] };
  const missing = BESIDE.filter(({ what, says }) => said[says] && there[what] === false);
  const added = BESIDE.filter(({ what, says }) => !said[says] && there[what] === true);
  return {
    problems: [
      ...missing.map(({ name, says }) => `${name} is missing: not ${says}, though "${said.file}" says that it was`),
      ...added.map(({ name, says }) => `${name} was added: "${said.file}" says that it was not ${says}`),
    ],
    missing: missing.map(({ what }) => what),
  };
};

/**
 * Verifies a sealed folder, strictly: every bit of every file, the sums, the signature and the time stamp included. With
 * `ca`, signer and time-stamping authority must lead to one of these, the signer at its signing time, the authority at
 * the time it stamped; revocation is not looked at. Throws what the system says where there are no sums to read.
 */
export const verifyFolder = (dir: string, { ca }: Pick<Beside, 'ca'> = {}): VerifiedFolder => {
  const { seal, problems, sums } = verifySums(dir);
  const sound = soundInto(problems);
  const said = sound('', () => saidOfSeal(dir));
  const [p7s, tsr] = [SIGNATURE, STAMP].map((name) => sound(name, () => ({ bytes: besideSums(dir, name) })));
  const held = heldToSaid(said, {
    signature: p7s && p7s.bytes !== undefined,
    timestamp: tsr && tsr.bytes !== undefined,
  });
  const beside = verifyBeside(sums, { p7s: p7s?.bytes, tsr: tsr?.bytes, ...(ca && { ca }) });
  const all = [...problems, ...held.problems, ...beside.problems];
  const { missing } = held;
  // The signature is made first: where the stamp is there, it was taken away.
  const cutShort = missing.length > 0 && missing.length === all.length && tsr?.bytes === undefined;
  return { ...beside, seal, problems: all, ...(cutShort && { unfinished: missing }) };
};
