import * as fs from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { digestOf, heldToSums, seal, verifySums } from '../../src/observe/seal.ts';
import { sealFolder } from '../../src/observe/sealing.ts';
import { keptAnswer, stampRequest } from '../../src/observe/timestamp.ts';
import { verifyBeside, verifyFolder } from '../../src/observe/verify-folder.ts';
import { answering } from '../kit/authority.ts';
import { freshFolder } from '../kit/command.ts';
import { flips, hasOpenssl, NOW, signers, smallFolder } from '../kit/sealed.ts';

/** Every bit of everything in a sealed folder: small files on the disk, the sums and what stands beside them in memory. */

const { signer } = signers.get('P-256')!;
const now = () => NOW;

/** Three files of a few bytes: what is walked on the disk costs a verification a bit. */
const fewBytes = (): string => {
  const dir = freshFolder();
  for (const [path, text] of Object.entries({ 'run.json': '{"signed":true}', a: 'bytes', empty: '' }))
    fs.writeFileSync(join(dir, path), text);
  return dir;
};

/** Bits of some bytes that may be another without a problem: `byte.bit`. */
const unnoticed = (
  bytes: Buffer,
  problems: (flipped: Buffer) => readonly string[],
  which: (at: number, bit: number) => boolean = () => true,
): string[] => {
  const found: string[] = [];
  const { stackTraceLimit } = Error;
  // Thousands of errors, of which nobody asks where they were thrown.
  Error.stackTraceLimit = 0;
  for (const { flipped, at, bit } of flips(bytes))
    if (which(at, bit) && problems(flipped).length === 0) found.push(`${at}.${bit}`);
  Error.stackTraceLimit = stackTraceLimit;
  return found;
};

/** Walking all bits takes a second, and many on a machine that does much else. */
const PATIENCE = 120_000;

describe('a signed folder', () => {
  let dir: string;
  beforeAll(async () => {
    dir = smallFolder(true);
    await sealFolder(dir, { signer, now });
  });

  test('every one-bit change in every file that the sums cover is a problem', { timeout: PATIENCE }, async () => {
    const copy = fewBytes();
    await sealFolder(copy, { signer, now });
    for (const name of ['run.json', 'a']) {
      const file = join(copy, name);
      const bytes = fs.readFileSync(file);
      const problems = (flipped: Buffer): readonly string[] => {
        fs.writeFileSync(file, flipped);
        return verifyFolder(copy).problems;
      };
      expect({ name, unnoticed: unnoticed(bytes, problems) }).toEqual({ name, unnoticed: [] });
      fs.writeFileSync(file, bytes);
    }
    expect(verifyFolder(copy).problems).toEqual([]);
  });

  test('every one-bit change in the sums is a problem, whether or not they are signed', { timeout: PATIENCE }, () => {
    const sums = fs.readFileSync(join(dir, 'SHA256SUMS'));
    const paths = ['attempts.jsonl', 'evidence/0a', 'evidence/0b', 'log.jsonl', 'run.json', 'ä b.txt'];
    const digests = new Map(paths.map((path) => [path, digestOf(join(dir, path))]));
    const present = new Map(paths.map((path) => [path, 'file'] as const));
    const problems = (flipped: Buffer): readonly string[] =>
      heldToSums(flipped, { present, digest: (path) => ({ digest: digests.get(path)! }) });
    expect([verifySums(dir).problems, problems(sums)]).toEqual([[], []]);
    expect(unnoticed(sums, problems)).toEqual([]);
  });

  test('every one-bit change in the signature is a problem', { timeout: PATIENCE }, () => {
    const [sums, p7s] = ['SHA256SUMS', 'SHA256SUMS.p7s'].map((name) => fs.readFileSync(join(dir, name)));
    expect(verifyBeside(sums!, { p7s: p7s! }).problems).toEqual([]);
    expect(unnoticed(p7s!, (flipped) => verifyBeside(sums!, { p7s: flipped }).problems)).toEqual([]);
  });
});

describe.skipIf(!hasOpenssl)('a stamped folder (skipped without openssl)', () => {
  const dir = smallFolder(true, true);
  seal(dir);
  const sums = fs.readFileSync(join(dir, 'SHA256SUMS'));
  const nonce = Buffer.of(1, 2, 3);

  test('every one-bit change in the time stamp is a problem', { timeout: PATIENCE }, async () => {
    const alone = await answering({ chain: [], config: { tsa_name: 'no' } })(stampRequest(sums, nonce));
    const tsr = keptAnswer(alone, sums, nonce);
    expect(verifyBeside(sums, { tsr }).problems).toEqual([]);
    expect(unnoticed(tsr, (flipped) => verifyBeside(sums, { tsr: flipped }).problems)).toEqual([]);
  });

  // The whole walk takes ten seconds of a processor.
  test('and so is one in a time stamp with its chain: a bit of each third byte', { timeout: PATIENCE }, async () => {
    const tsr = keptAnswer(await answering()(stampRequest(sums, nonce)), sums, nonce);
    expect(verifyBeside(sums, { tsr }).problems).toEqual([]);
    const one = (at: number, bit: number): boolean => at % 3 === 0 && bit === at % 8;
    expect(unnoticed(tsr, (flipped) => verifyBeside(sums, { tsr: flipped }).problems, one)).toEqual([]);
  });
});
