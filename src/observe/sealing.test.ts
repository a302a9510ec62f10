import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authority, type RunningAuthority, soundAuthority } from '../../test/kit/authority.ts';
import { hasOpenssl, NOW, signers, smallFolder } from '../../test/kit/sealed.ts';
import { seal } from './seal.ts';
import { asSealed, finishFolder, sealFolder, signFolder, unfinishedIn } from './sealing.ts';
import { verifyFolder } from './verify-folder.ts';

const { signer } = signers.get('P-256')!;
const now = () => NOW;
const besideSums = (dir: string): string[] => fs.readdirSync(dir).filter((name) => name.startsWith('SHA256SUMS'));

describe('what is said of a seal is what it is made with', () => {
  const timestamp = { url: 'http://tsa.test' };
  test.each([
    ['nothing', {}, { signed: false }],
    ['a key', { signer }, { signed: true }],
    ['an authority', { timestamp }, { signed: false, stamped: true }],
    ['both', { signer, timestamp }, { signed: true, stamped: true }],
  ] as const)('%s, whatever was said before', (_, sealing, says) => {
    expect(asSealed({ signed: false, id: 'a' }, sealing)).toEqual({ ...says, id: 'a' });
    expect(asSealed({ signed: true, stamped: true as const, id: 'a' }, sealing)).toEqual({ ...says, id: 'a' });
  });
});

describe('a folder is not sealed otherwise than it says', () => {
  const timestamp = { url: 'http://127.0.0.1:9/nobody-asks' };
  test.each([
    ['signed', [true, false], { timestamp }, 'signed, and no key was given'],
    ['not signed', [false, false], { signer }, 'not signed, and a key was given'],
    ['stamped', [true, true], { signer }, 'stamped, and no time-stamping authority was given'],
    ['not stamped', [true, false], { signer, timestamp }, 'not stamped, and a time-stamping authority was given'],
  ] as const)('%s', async (_, [signed, stamped], sealing, why) => {
    const dir = smallFolder(signed, stamped);
    await expect(sealFolder(dir, sealing)).rejects.toThrow(`Cannot sign "${dir}": "run.json" says that it is ${why}`);
    expect(besideSums(dir)).toEqual(['SHA256SUMS']);
  });
});

test('what cannot be signed is named as it was called, with what stands', async () => {
  const dir = smallFolder(true);
  const fate = { named: 'the assessment', stands: 'the run stands' };
  await expect(sealFolder(dir, { signer, now: () => NOW * 2 }, fate)).rejects.toThrow(
    /^Cannot sign "the assessment": the certificate of "CN=Test lab": expired at .*; the run stands$/,
  );
  expect(besideSums(dir)).toEqual(['SHA256SUMS']);
});

describe.skipIf(!hasOpenssl)('cut short after the sums (skipped without openssl)', () => {
  let running: RunningAuthority;
  beforeAll(async () => {
    running = await soundAuthority();
  });
  afterAll(() => running.close());

  /** Sealed as it says, up to where its process was killed. */
  const killed = async (when: 'after the sums' | 'after the signature', signed = true): Promise<string> => {
    const dir = smallFolder(signed, true);
    seal(dir);
    if (when === 'after the signature') {
      const dead = await authority((_, response) => void response.destroy());
      await signFolder(dir, { signer, now, timestamp: { url: dead.url } }).catch(() => undefined);
      await dead.close();
    }
    return dir;
  };
  const withHalf = async (name: string, folder: Promise<string>): Promise<string> => {
    fs.writeFileSync(join(await folder, `${name}.123.part`), 'half');
    return folder;
  };

  test.each<[string, () => Promise<string>, string[]]>([
    ['after the sums', () => killed('after the sums'), ['signature', 'timestamp']],
    ['of one that is only stamped', () => killed('after the sums', false), ['timestamp']],
    ['after the signature', () => killed('after the signature'), ['timestamp']],
    [
      'while the signature was written',
      () => withHalf('SHA256SUMS.p7s', killed('after the sums')),
      ['signature', 'timestamp'],
    ],
    [
      'while the time stamp was written',
      () => withHalf('SHA256SUMS.tsr', killed('after the signature')),
      ['timestamp'],
    ],
  ])('%s: what is lacking is added, and nothing is written again', async (_, made, lacks) => {
    const dir = await made();
    const before = new Map(
      besideSums(dir)
        .filter((name) => !name.endsWith('.part'))
        .map((name) => [name, fs.readFileSync(join(dir, name), 'hex')]),
    );
    expect(unfinishedIn(dir)).toEqual({ seal: verifyFolder(dir).seal, lacks });
    expect(verifyFolder(dir)).toMatchObject({ unfinished: lacks });
    // What it does not lack is not needed, and changes nothing.
    await finishFolder(dir, { signer, now, timestamp: { url: running.url } });
    expect(verifyFolder(dir)).toMatchObject({ problems: [], timestamp: {} });
    expect(unfinishedIn(dir).lacks).toEqual([]);
    for (const [name, bytes] of before) expect(fs.readFileSync(join(dir, name), 'hex')).toBe(bytes);
    expect(besideSums(dir).filter((name) => name.endsWith('.part'))).toEqual([]);
    await finishFolder(dir, {});
  });

  test('in two steps: the authority fails again, and then answers', async () => {
    const dir = await killed('after the sums');
    const dead = await authority((_, response) => response.writeHead(503).end());
    await expect(finishFolder(dir, { signer, now, timestamp: { url: dead.url } })).rejects.toThrow(/HTTP 503/);
    await dead.close();
    expect(unfinishedIn(dir).lacks).toEqual(['timestamp']);
    await finishFolder(dir, { timestamp: { url: running.url } });
    expect(verifyFolder(dir)).toMatchObject({ problems: [], signature: {}, timestamp: {} });
  });

  test.each<[string, (dir: string) => void, RegExp]>([
    ['a changed file', (dir) => fs.appendFileSync(join(dir, 'run.json'), ' '), /"run.json" was changed/],
    ['an added file', (dir) => fs.writeFileSync(join(dir, 'more'), ''), /"more" was added/],
    ['an added folder', (dir) => fs.mkdirSync(join(dir, 'more')), /"more" is a folder with nothing in it/],
    ['a missing file', (dir) => fs.rmSync(join(dir, 'log.jsonl')), /"log.jsonl" is missing/],
    ['sums with a line less', (dir) => fs.truncateSync(join(dir, 'SHA256SUMS'), 90), /the last line has no end/],
    [
      'an unsound signature',
      (dir) => fs.appendFileSync(join(dir, 'SHA256SUMS.p7s'), '\n'),
      /SHA256SUMS.p7s: (there is more after the end|an element is cut off)/,
    ],
    [
      'half of another file',
      (dir) => fs.writeFileSync(join(dir, 'run.json.123.part'), ''),
      /"run.json.123.part" was added/,
    ],
  ])('%s: it is refused, and neither signed nor stamped', async (_, act, problem) => {
    for (const when of ['after the sums', 'after the signature'] as const) {
      const dir = await killed(when);
      act(dir);
      const before = besideSums(dir);
      expect(() => unfinishedIn(dir)).toThrow(problem);
      await expect(finishFolder(dir, { signer, now, timestamp: { url: running.url } })).rejects.toThrow(
        /is not what was sealed: /,
      );
      expect(besideSums(dir)).toEqual(before);
      expect(verifyFolder(dir).unfinished).toBeUndefined();
    }
  });

  test('one whose signature is gone and whose stamp is there was not cut short', async () => {
    const dir = smallFolder(true, true);
    await sealFolder(dir, { signer, now, timestamp: { url: running.url } });
    fs.rmSync(join(dir, 'SHA256SUMS.p7s'));
    await expect(finishFolder(dir, { signer, now })).rejects.toThrow(
      'SHA256SUMS.p7s is missing: not signed, though "run.json" says that it was',
    );
    expect(besideSums(dir)).toEqual(['SHA256SUMS', 'SHA256SUMS.tsr']);
  });
});
