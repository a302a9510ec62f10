import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { freshFolder } from '../../test/kit/command.ts';
import { hasOpenssl, smallFolder, stock } from '../../test/kit/sealed.ts';
import { sealFolder } from '../observe/sealing.ts';
import { type KeygenOptions, keygenVerb } from './keygen.ts';
import { readSealing } from './sealing.ts';
import { verifyVerb } from './verify.ts';

const keygen = async (options: KeygenOptions, json = false): Promise<string> => {
  let text = '';
  const code = await keygenVerb(options, json, (more) => {
    text += more;
  });
  expect(code).toBe(0);
  return text;
};

const verified = async (dir: string, ca: string | undefined, json = false): Promise<{ code: number; text: string }> => {
  let text = '';
  const code = await verifyVerb(dir, ca === undefined ? {} : { ca }, json, (more) => {
    text += more;
  });
  return { code, text };
};

describe.each([
  ['P-256', {}],
  ['RSA-3072', { rsa: true }],
])('a new %s key', (_, kind) => {
  test('signs, is its own CA, and is nobody else’s to read', async () => {
    const out = join(freshFolder(), 'the lab');
    const text = await keygen({ out, name: 'Bench 1, München', ...kind });
    const [key, certificate] = ['lab.key', 'lab.pem'].map((name) => join(out, name)) as [string, string];
    expect(fs.statSync(key).mode & 0o777).toBe(0o600);
    expect(text).toContain(`--sign '${key}','${certificate}'`);
    const dir = smallFolder(true);
    await sealFolder(dir, readSealing({ sign: `${key},${certificate}` }));
    const { code, text: told } = await verified(dir, certificate);
    expect({ code, told }).toEqual({ code: 0, told: expect.stringContaining('by CN=Bench 1\\, München') });
    expect(told).toContain('chain to the CA given');
    if (hasOpenssl) expect([stock.sums(dir), stock.signature(dir, certificate)]).toEqual([true, true]);
    // The command that it prints is one that works.
    const command = text.split('\n').find((line) => line.includes('openssl cms'))!;
    if (hasOpenssl) execFileSync('sh', ['-c', command], { cwd: dir, stdio: 'ignore' });
  }, 60_000);
});

test('each has a serial number of its own, and ends when it was said', async () => {
  const made = await Promise.all([1, 2].map(() => keygen({ out: freshFolder(), days: '1' }, true)));
  const [one, two] = made.map((text) => JSON.parse(text) as { sha256: string; until: string });
  expect(one!.sha256).not.toBe(two!.sha256);
  expect(Math.abs(Date.parse(one!.until) - Date.now() - 24 * 60 * 60 * 1_000)).toBeLessThan(60_000);
});

describe('nothing is overwritten, and nothing half-made is left', () => {
  test.each(['lab.key', 'lab.pem'])('%s is there', async (name) => {
    const out = freshFolder();
    fs.writeFileSync(join(out, name), 'mine');
    await expect(keygenVerb({ out }, false)).rejects.toMatchObject({
      name: 'BadFile',
      message: `Cannot read "${join(out, name)}": it is there already, and no key is ever overwritten`,
    });
    expect(fs.readdirSync(out)).toEqual([name]);
    expect(fs.readFileSync(join(out, name), 'utf8')).toBe('mine');
  });

  test('a link to nowhere in the place of the certificate', async () => {
    const out = freshFolder();
    fs.symlinkSync('/nowhere/lab.pem', join(out, 'lab.pem'));
    await expect(keygenVerb({ out }, false)).rejects.toMatchObject({ name: 'StoreError' });
    expect(fs.readdirSync(out)).toEqual(['lab.pem']);
  });
});

test.each([
  [{ days: '0' }, /^--days 0: expected a whole number from 1 to 3650$/],
  [{ days: '1.5' }, /^--days 1\.5: /],
  [{ name: ' ' }, /^--name {2}: expected 1 to 64 characters/],
  [{ name: 'a\u202eb' }, /^--name .*: expected 1 to 64 characters/],
])('%j is refused', async (options, message) => {
  await expect(keygenVerb({ out: '/nowhere', ...options }, false)).rejects.toMatchObject({
    name: 'Usage',
    message: expect.stringMatching(message),
  });
});

describe('probity verify', () => {
  test('a folder without a signature says so; a changed one ends with 1; as JSON too', async () => {
    const dir = smallFolder(false);
    await sealFolder(dir);
    expect(await verified(dir, undefined)).toEqual({
      code: 0,
      text: expect.stringMatching(/^whole: .* is what was sealed \([0-9a-f]{64}\)\nnot signed: /),
    });
    fs.writeFileSync(join(dir, 'x\u001b[31m'), '');
    expect(await verified(dir, undefined)).toEqual({ code: 1, text: '"x␛[31m" was added: it is not in SHA256SUMS\n' });
    const { code, text } = await verified(dir, undefined, true);
    expect({ code, problems: JSON.parse(text).problems }).toEqual({
      code: 1,
      problems: [expect.stringContaining('was added')],
    });
  });

  test.each([
    ['gone', undefined, /^Cannot read "gone": ENOENT; expected a sealed folder with SHA256SUMS$/],
    ['.', 'gone.pem', /^Cannot read "gone\.pem": /],
    ['.', 'package.json', /^Cannot read "package\.json": expected a certificate in PEM$/],
  ])('%s with %s is refused', async (dir, ca, message) => {
    await expect(verified(dir, ca)).rejects.toMatchObject({ name: 'BadFile', message: expect.stringMatching(message) });
  });
});
