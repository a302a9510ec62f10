import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answering, type RunningAuthority, soundAuthority, testPem } from '../../test/kit/authority.ts';
import { freshFolder } from '../../test/kit/command.ts';
import { authorities, hasOpenssl, NOW, pemFile, signers, smallFolder, stock } from '../../test/kit/sealed.ts';
import { StoreError, verifyRun } from './run-store.ts';
import { seal } from './seal.ts';
import { sealFolder } from './sealing.ts';
import { signSums } from './sign.ts';
import { keptAnswer, stampRequest } from './timestamp.ts';
import { TRUST, verifyFolder } from './verify-folder.ts';

const { signer, ca } = signers.get('P-256')!;
const now = () => NOW;

/** A copy of a sealed folder, with something done to it. */
const changed = (from: string, act: (dir: string) => void): string => {
  const dir = freshFolder();
  fs.cpSync(from, dir, { recursive: true });
  act(dir);
  return dir;
};

test('a second file that says "not signed" takes nothing back', () => {
  const dir = freshFolder();
  fs.writeFileSync(join(dir, 'assessment.json'), '{"signed":true}');
  fs.writeFileSync(join(dir, 'run.json'), '{"signed":false}');
  seal(dir);
  const missing = 'SHA256SUMS.p7s is missing: not signed, though "assessment.json" says that it was';
  expect(verifyFolder(dir).problems).toEqual([missing]);
});

describe('a signed folder', () => {
  let dir: string;
  beforeAll(async () => {
    dir = smallFolder(true);
    await sealFolder(dir, { signer, now });
  });

  test('is whole, and says who signed and when', () => {
    const { subject, issuer, sha256, from, to } = {
      subject: 'CN=Test lab',
      issuer: 'CN=Test lab',
      sha256: signer.certificate.sha256,
      from: '2025-11-22T12:00:00.000Z',
      to: '2027-11-22T12:00:00.000Z',
    };
    const known = { signer: { subject, issuer, sha256, from, to }, at: '2026-11-22T12:00:00.000Z' };
    const seal = expect.stringMatching(/^[0-9a-f]{64}$/);
    expect(verifyFolder(dir)).toEqual({ seal, problems: [], signature: { ...known, trust: TRUST.alone } });
    expect(verifyFolder(dir, { ca: authorities(ca) })).toEqual({
      seal,
      problems: [],
      signature: { ...known, trust: TRUST.chain },
    });
    expect(verifyRun(dir)).toBe(verifyFolder(dir).seal);
  });

  const table: [string, (dir: string) => void, string[]][] = [
    [
      'a changed file',
      (at) => fs.writeFileSync(join(at, 'evidence/0a'), 'other'),
      [
        'SHA256SUMS: line 2: "evidence/0a" was changed: sealed as 277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9, and it is d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa',
      ],
    ],
    ['a missing file', (at) => fs.rmSync(join(at, 'log.jsonl')), ['SHA256SUMS: line 4: "log.jsonl" is missing']],
    [
      'an added file',
      (at) => fs.writeFileSync(join(at, 'evidence/0c'), ''),
      ['"evidence/0c" was added: it is not in SHA256SUMS'],
    ],
    [
      'an added folder',
      (at) => fs.mkdirSync(join(at, 'evidence', 'more')),
      ['"evidence/more" is a folder with nothing in it, which no seal holds'],
    ],
    [
      'a file that is a folder now',
      (at) => {
        fs.rmSync(join(at, 'log.jsonl'));
        fs.mkdirSync(join(at, 'log.jsonl'));
      },
      ['"log.jsonl" is a folder with nothing in it, which no seal holds'],
    ],
    [
      'a file that is a link now',
      (at) => {
        fs.renameSync(join(at, 'log.jsonl'), `${at}.elsewhere`);
        fs.symlinkSync(`${at}.elsewhere`, join(at, 'log.jsonl'));
      },
      ['"log.jsonl" is a symbolic link or no file at all, which no seal holds'],
    ],
    [
      'a link to a folder',
      (at) => fs.symlinkSync('/proc', join(at, 'more')),
      ['"more" is a symbolic link or no file at all, which no seal holds'],
    ],
    [
      'a removed signature',
      (at) => fs.rmSync(join(at, 'SHA256SUMS.p7s')),
      ['SHA256SUMS.p7s is missing: not signed, though "run.json" says that it was'],
    ],
    [
      'an empty signature',
      (at) => fs.writeFileSync(join(at, 'SHA256SUMS.p7s'), ''),
      ['SHA256SUMS.p7s: an element is cut off'],
    ],
    [
      'a signature with more behind it',
      (at) => fs.appendFileSync(join(at, 'SHA256SUMS.p7s'), '\n'),
      ['SHA256SUMS.p7s: there is more after the end'],
    ],
    [
      'a signature that is a link',
      (at) => {
        fs.renameSync(join(at, 'SHA256SUMS.p7s'), `${at}.p7s`);
        fs.symlinkSync(`${at}.p7s`, join(at, 'SHA256SUMS.p7s'));
      },
      ['"SHA256SUMS.p7s" is a symbolic link or no file at all, which no seal holds', 'SHA256SUMS.p7s: it is no file'],
    ],
    [
      'a signature without end',
      (at) => fs.truncateSync(join(at, 'SHA256SUMS.p7s'), 2 ** 30),
      ['SHA256SUMS.p7s: it has 1073741824 bytes, expected 1048576 at most'],
    ],
    [
      'sums made anew',
      (at) => {
        const file = join(at, 'SHA256SUMS');
        fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/^.*0a\n/m, ''));
        fs.rmSync(join(at, 'evidence/0a'));
      },
      ['SHA256SUMS.p7s: what was signed is something else than what is here'],
    ],
    [
      'sums in another order',
      (at) => {
        const file = join(at, 'SHA256SUMS');
        fs.writeFileSync(file, `${fs.readFileSync(file, 'utf8').trim().split('\n').reverse().join('\n')}\n`);
      },
      [
        expect.stringContaining('SHA256SUMS: line 2: "run.json" is not in order'),
        ...[3, 4, 5, 6].map((line) => expect.stringContaining(`SHA256SUMS: line ${line}:`)),
        'SHA256SUMS.p7s: what was signed is something else than what is here',
      ],
    ],
  ];
  test.each(table)('%s', (_, act, problems) => {
    const copy = changed(dir, act);
    expect(verifyFolder(copy).problems).toEqual(problems);
    expect(() => verifyRun(copy)).toThrow(StoreError);
  });

  test('a pipe in it is named, and nobody waits for what comes out of it', () => {
    const copy = changed(dir, (at) => fs.rmSync(join(at, 'log.jsonl')));
    execFileSync('mkfifo', [join(copy, 'log.jsonl')]);
    expect(verifyFolder(copy).problems).toEqual([
      '"log.jsonl" is a symbolic link or no file at all, which no seal holds',
    ]);
  });

  test('a signature where none was made is a problem, and so is a seal by another', async () => {
    const plain = smallFolder(false);
    await sealFolder(plain);
    expect(verifyFolder(plain)).toEqual({ seal: expect.any(String), problems: [] });
    fs.copyFileSync(join(dir, 'SHA256SUMS.p7s'), join(plain, 'SHA256SUMS.p7s'));
    expect(verifyFolder(plain).problems).toEqual([
      'SHA256SUMS.p7s was added: "run.json" says that it was not signed',
      'SHA256SUMS.p7s: what was signed is something else than what is here',
    ]);
  });

  test('a folder that says nothing of it may be signed or not', async () => {
    for (const sealing of [{}, { signer, now }]) {
      const bare = freshFolder();
      fs.writeFileSync(join(bare, 'a'), 'a');
      await sealFolder(bare, sealing);
      expect(verifyFolder(bare).problems).toEqual([]);
    }
  });

  test('one that is no JSON any more cannot say', () => {
    const copy = changed(dir, (at) => fs.writeFileSync(join(at, 'run.json'), 'nonsense'));
    expect(verifyFolder(copy).problems).toContain(
      '"run.json" is not JSON, so that nobody can tell whether it was signed',
    );
  });

  test('an authority that did not issue it vouches for nobody', () => {
    expect(verifyFolder(dir, { ca: authorities(testPem('root.test-cert')) })).toMatchObject({
      problems: [
        'SHA256SUMS.p7s: it leads to no CA given: "CN=Test lab": no certificate of its issuer, or none that signed it, is there',
      ],
      signature: { signer: { subject: 'CN=Test lab' } },
    });
    expect(verifyFolder(dir, { ca: authorities(testPem('root.test-cert')) }).signature?.trust).toBeUndefined();
  });
});

describe.each([...signers])('signed by %s', (_, { signer: one, ca: above }) => {
  test.skipIf(!hasOpenssl)(
    'stock tools agree, and refuse a change in what they cover (skipped without openssl)',
    async () => {
      const dir = smallFolder(true);
      await sealFolder(dir, { signer: one });
      const file = pemFile(above);
      expect(verifyFolder(dir, { ca: authorities(above) })).toMatchObject({
        problems: [],
        signature: { trust: TRUST.chain },
      });
      expect([stock.sums(dir), stock.signature(dir, file)]).toEqual([true, true]);
      expect(stock.signature(dir, pemFile(testPem('not-a-ca.test-cert')))).toBe(false);
      const touched = changed(dir, (at) => fs.appendFileSync(join(at, 'run.json'), ' '));
      expect([stock.sums(touched), stock.signature(touched, file)]).toEqual([false, true]);
      const resummed = changed(touched, (at) => fs.rmSync(join(at, 'SHA256SUMS')));
      fs.writeFileSync(
        join(resummed, 'SHA256SUMS'),
        fs.readFileSync(join(dir, 'SHA256SUMS')).map((byte, at) => (at === 0 ? byte ^ 1 : byte)),
      );
      expect(stock.signature(resummed, file)).toBe(false);
    },
  );
});

describe.skipIf(!hasOpenssl)('what a folder says of its seal, and what is there (skipped without openssl)', () => {
  /** By what it says: the folder, whole with its signature and its time stamp, whether or not it says so. */
  const whole = new Map<string, string>();
  beforeAll(async () => {
    const answer = answering({ chain: [] });
    for (const [says, dir] of [
      ['neither', smallFolder(false)],
      ['signed', smallFolder(true)],
      ['stamped', smallFolder(false, true)],
      ['both', smallFolder(true, true)],
    ] as const) {
      seal(dir);
      const sums = fs.readFileSync(join(dir, 'SHA256SUMS'));
      const nonce = Buffer.of(1);
      fs.writeFileSync(join(dir, 'SHA256SUMS.p7s'), signSums(sums, signer, NOW));
      fs.writeFileSync(join(dir, 'SHA256SUMS.tsr'), keptAnswer(await answer(stampRequest(sums, nonce)), sums, nonce));
      whole.set(says, dir);
    }
  });

  const [noSignature, noStamp, addedSignature, addedStamp] = [
    'SHA256SUMS.p7s is missing: not signed, though "run.json" says that it was',
    'SHA256SUMS.tsr is missing: not stamped, though "run.json" says that it was',
    'SHA256SUMS.p7s was added: "run.json" says that it was not signed',
    'SHA256SUMS.tsr was added: "run.json" says that it was not stamped',
  ];
  test.each<[says: string, there: string, problems: string[], unfinished?: string[]]>([
    ['neither', '', []],
    ['neither', 'p7s', [addedSignature]],
    ['neither', 'tsr', [addedStamp]],
    ['neither', 'p7s tsr', [addedSignature, addedStamp]],
    ['signed', '', [noSignature], ['signature']],
    ['signed', 'p7s', []],
    ['signed', 'tsr', [noSignature, addedStamp]],
    ['signed', 'p7s tsr', [addedStamp]],
    ['stamped', '', [noStamp], ['timestamp']],
    ['stamped', 'p7s', [noStamp, addedSignature]],
    ['stamped', 'tsr', []],
    ['stamped', 'p7s tsr', [addedSignature]],
    ['both', '', [noSignature, noStamp], ['signature', 'timestamp']],
    ['both', 'p7s', [noStamp], ['timestamp']],
    ['both', 'tsr', [noSignature]],
    ['both', 'p7s tsr', []],
  ])('says %s, has "%s"', (says, there, problems, unfinished) => {
    const dir = changed(whole.get(says)!, (at) => {
      for (const kind of ['p7s', 'tsr']) if (!there.includes(kind)) fs.rmSync(join(at, `SHA256SUMS.${kind}`));
    });
    const found = verifyFolder(dir);
    expect({ problems: found.problems, unfinished: found.unfinished }).toEqual({ problems, unfinished });
    expect([found.signature !== undefined, found.timestamp !== undefined]).toEqual([
      there.includes('p7s'),
      there.includes('tsr'),
    ]);
  });
});

describe.skipIf(!hasOpenssl)('a stamped folder (skipped without openssl)', () => {
  let running: RunningAuthority;
  let dir: string;
  beforeAll(async () => {
    running = await soundAuthority();
    dir = smallFolder(true, true);
    await sealFolder(dir, { signer, now, timestamp: { url: running.url } });
  });
  afterAll(() => running.close());

  test('says when, and whose word that is', () => {
    const { problems, timestamp } = verifyFolder(dir);
    expect(problems).toEqual([]);
    expect(timestamp).toMatchObject({
      authority: { subject: 'O=Probity tests, CN=Test stamping', issuer: 'O=Probity tests, CN=Test intermediate' },
      trust: TRUST.alone,
    });
    expect(Math.abs(Date.now() - Date.parse(timestamp!.at))).toBeLessThan(60_000);
    const both = authorities(ca, testPem('root.test-cert'));
    expect(verifyFolder(dir, { ca: both })).toMatchObject({ problems: [], timestamp: { trust: TRUST.chain } });
    expect(verifyFolder(dir, { ca: authorities(ca) }).problems).toEqual([
      'SHA256SUMS.tsr: it leads to no CA given: "O=Probity tests, CN=Test root": no certificate of its issuer, or none that signed it, is there',
    ]);
  });

  test('stock tools agree, and refuse a change in the sums', () => {
    const root = pemFile(testPem('root.test-cert'));
    expect([stock.sums(dir), stock.signature(dir, pemFile(ca)), stock.stamp(dir, root)]).toEqual([true, true, true]);
    const copy = changed(dir, (at) => fs.appendFileSync(join(at, 'SHA256SUMS'), 'more\n'));
    expect([stock.sums(copy), stock.signature(copy, pemFile(ca)), stock.stamp(copy, root)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test('of other sums, it is a problem', async () => {
    const other = smallFolder(false);
    fs.writeFileSync(join(other, 'more'), '');
    await sealFolder(other);
    fs.copyFileSync(join(dir, 'SHA256SUMS.tsr'), join(other, 'SHA256SUMS.tsr'));
    expect(verifyFolder(other).problems).toEqual([
      'SHA256SUMS.tsr was added: "run.json" says that it was not stamped',
      'SHA256SUMS.tsr: the time was stamped on something else than what is here',
    ]);
  });
});
