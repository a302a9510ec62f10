import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Sha256 } from '../model/fact.ts';
import { askAuthority, NoAnswer } from './ask-authority.ts';
import { isUnsound } from './cms.ts';
import { attempting, notSealed, StoreError, writeWhole } from './run-store.ts';
import { SIGNATURE, STAMP, SUMS, seal } from './seal.ts';
import { type Signer, signSums, UnfitSigner } from './sign.ts';
import { keptAnswer, stampRequest } from './timestamp.ts';
import { saidOfSeal, type Unfinished, verifyFolder } from './verify-folder.ts';

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

/**
 * What a run or an assessment that is sealed so says of its seal, `signed` and `stamped`; what it said before of another
 * seal is gone.
 */
export const asSealed = <T extends { signed: boolean; stamped?: true | undefined }>(
  what: T,
  { signer, timestamp }: Sealing,
): Omit<T, 'stamped'> & { stamped?: true } => {
  const { stamped: _, ...rest } = what;
  return { ...rest, signed: signer !== undefined, ...(timestamp && { stamped: true as const }) };
};

/** What an error says of a folder that could not be signed or stamped: its name, and what became of it. */
export interface Fate {
  readonly named: string;
  readonly stands: string;
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

/** Holds what will be there to what the folder says of it. Throws StoreError. */
const requireSaid = (dir: string, { signer, timestamp }: Sealing): void => {
  const said = saidOfSeal(dir);
  const ways = [
    { says: 'signed', file: SIGNATURE, given: signer, from: 'key' },
    { says: 'stamped', file: STAMP, given: timestamp, from: 'time-stamping authority' },
  ] as const;
  for (const { says, file, given, from } of said === undefined ? [] : ways) {
    if (said?.[says] === (given !== undefined || fs.existsSync(join(dir, file)))) continue;
    const why = said?.[says] ? `${says}, and no ${from} was given` : `not ${says}, and a ${from} was given`;
    throw new StoreError(`Cannot sign "${dir}": "${said?.file}" says that it is ${why}`);
  }
};

/**
 * Signs and stamps a folder that has its `SHA256SUMS`: `SHA256SUMS.p7s`, then `SHA256SUMS.tsr`. What its `run.json` or
 * `assessment.json` says of being signed and stamped must be so. Throws StoreError, in the words of `fate`: what stood
 * before, and a signature where only the authority failed, stands; no half of a file is left.
 */
export const signFolder = async (dir: string, sealing: Sealing, fate?: Fate): Promise<void> => {
  const { signer, timestamp, now = Date.now } = sealing;
  const { named, stands } = fate ?? { named: dir, stands: 'what is sealed there stands without' };
  const sums = attempting(`read "${join(dir, SUMS)}"`, () => fs.readFileSync(join(dir, SUMS)));
  let doing = `sign "${named}"`;
  try {
    requireSaid(dir, sealing);
    if (signer !== undefined) {
      requireAbsent(join(dir, SIGNATURE));
      doing = `sign "${named}": the certificate of "${signer.subject}"`;
      writeWhole(join(dir, SIGNATURE), signSums(sums, signer, now()));
    }
    if (timestamp === undefined) return;
    requireAbsent(join(dir, STAMP));
    doing = `stamp the time on "${named}": ${printed(timestamp.url)}`;
    writeWhole(join(dir, STAMP), await stamped(sums, timestamp));
  } catch (error) {
    if (!(error instanceof NoAnswer) && !(error instanceof UnfitSigner) && !isUnsound(error)) throw error;
    throw new StoreError(`Cannot ${doing}: ${error.message}; ${stands}`);
  }
};

/**
 * Writes `SHA256SUMS` over every file under `dir`, then what signs and stamps it. Returns the digest of the sums. Throws
 * StoreError, in the words of `fate` where it could not be signed or stamped.
 */
export const sealFolder = async (dir: string, sealing: Sealing = {}, fate?: Fate): Promise<Sha256> => {
  const digest = attempting(`seal "${dir}"`, () => seal(dir));
  await signFolder(dir, sealing, fate);
  return digest;
};

/** What `writeWhole` leaves of a signature or a time stamp when it is killed. */
const HALF = /^SHA256SUMS\.(p7s|tsr)\.\d+\.part$/;

/**
 * What a folder still lacks of its seal because whoever sealed it was killed, or had no answer; nothing where it is
 * whole. Halves of files that a kill left there are removed. Throws StoreError where the folder is not what was sealed.
 */
export const unfinishedIn = (dir: string): { seal: Sha256; lacks: readonly Unfinished[] } =>
  attempting(`verify "${dir}"`, () => {
    for (const name of fs.readdirSync(dir)) if (HALF.test(name)) fs.rmSync(join(dir, name));
    const { seal: digest, problems, unfinished = [] } = verifyFolder(dir);
    if (problems.length > unfinished.length) throw notSealed(dir, problems);
    return { seal: digest, lacks: unfinished };
  });

/** Adds what a folder lacks of its seal, and nothing else: what is there is not written again. Throws StoreError. */
export const finishFolder = async (dir: string, sealing: Sealing, fate?: Fate): Promise<void> => {
  const { lacks } = unfinishedIn(dir);
  const { signer, timestamp, now } = sealing;
  if (lacks.length === 0) return;
  const rest: Sealing = {
    ...(lacks.includes('signature') && signer && { signer }),
    ...(lacks.includes('timestamp') && timestamp && { timestamp }),
    ...(now && { now }),
  };
  await signFolder(dir, rest, fate);
};
