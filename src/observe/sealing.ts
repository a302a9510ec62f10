import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Sha256 } from '../model/fact.ts';
import { askAuthority, NoAnswer } from './ask-authority.ts';
import { isUnsound } from './cms.ts';
import { attempting, StoreError, writeWhole } from './run-store.ts';
import { SIGNATURE, STAMP, SUMS, seal } from './seal.ts';
import { type Signer, signSums, UnfitSigner } from './sign.ts';
import { keptAnswer, stampRequest } from './timestamp.ts';
import { saysSigned } from './verify-folder.ts';

export type { Signer } from './sign.ts';

/** Who signs what is sealed, and who stamps the time on it. Nothing of either: a seal of sums alone. */
export interface Sealing {
  readonly signer?: Signer;
  readonly timestamp?: TimestampAuthority;
  /** Milliseconds since the epoch, for the signing time; the system's where absent. */
  readonly now?: () => number;
}

/** An RFC 3161 time-stamping authority. */
export interface TimestampAuthority {
  readonly url: string;
  /** Milliseconds for its whole answer (10 s). */
  readonly wait?: number;
  /** The nonce of a request; random where absent. */
  readonly nonce?: () => Uint8Array;
}

const WAIT = 10_000;

/** A URL as it may be printed: a user name and password in it are nobody's. */
const printed = (url: string): string => {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
};

const stamped = async (sums: Buffer, { url, wait = WAIT, nonce }: TimestampAuthority): Promise<Buffer> => {
  const ours = nonce?.() ?? randomBytes(8);
  return keptAnswer(await askAuthority(url, stampRequest(sums, ours), wait), sums, ours);
};

/** Whether a file may be written: nothing sealed is ever written again. */
const requireAbsent = (file: string): void => {
  if (fs.existsSync(file)) throw new StoreError(`"${file}" is there already: nothing sealed is ever written again`);
};

/** Signs the sums. Throws StoreError. */
const sign = (dir: string, sums: Buffer, signer: Signer, at: number): void => {
  requireAbsent(join(dir, SIGNATURE));
  try {
    writeWhole(join(dir, SIGNATURE), signSums(sums, signer, at));
  } catch (error) {
    if (!(error instanceof UnfitSigner)) throw error;
    throw new StoreError(`Cannot sign "${dir}": the certificate of "${signer.subject}": ${error.message}`);
  }
};

/**
 * Signs and stamps a folder that has its `SHA256SUMS`: `SHA256SUMS.p7s`, then `SHA256SUMS.tsr`. What its `run.json` or
 * `assessment.json` says of being signed must be so. Throws StoreError: what stood before, and a signature where only the
 * authority failed, stands; no half of a file is left.
 */
export const signFolder = async (dir: string, { signer, timestamp, now = Date.now }: Sealing): Promise<void> => {
  const sums = attempting(`read "${join(dir, SUMS)}"`, () => fs.readFileSync(join(dir, SUMS)));
  try {
    const says = saysSigned(dir);
    if (says !== undefined && says.signed !== (signer !== undefined))
      throw new StoreError(
        `Cannot sign "${dir}": "${says.file}" says that it is ${says.signed ? 'signed, and no key was given' : 'not signed, and a key was given'}`,
      );
    if (signer !== undefined) sign(dir, sums, signer, now());
    if (timestamp === undefined) return;
    requireAbsent(join(dir, STAMP));
    writeWhole(join(dir, STAMP), await stamped(sums, timestamp));
  } catch (error) {
    if (!(error instanceof NoAnswer) && !isUnsound(error)) throw error;
    const what =
      timestamp === undefined ? `Cannot sign "${dir}"` : `Cannot stamp the time on "${dir}": ${printed(timestamp.url)}`;
    throw new StoreError(`${what}: ${error.message}; what is sealed there stands without`);
  }
};

/** Writes `SHA256SUMS` over every file under `dir`, then what signs and stamps it. Returns the digest of the sums. */
export const sealFolder = async (dir: string, sealing: Sealing = {}): Promise<Sha256> => {
  const digest = attempting(`seal "${dir}"`, () => seal(dir));
  await signFolder(dir, sealing);
  return digest;
};
