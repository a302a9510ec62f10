import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { testKeys } from '../../test/kit/authority.ts';
import { freshFolder } from '../../test/kit/command.ts';
import { ec, labKey, NOW } from '../../test/kit/sealed.ts';
import { readSealing } from './sealing.ts';

const dir = freshFolder();
const written = (name: string, text: string): string => {
  const file = join(dir, name);
  fs.writeFileSync(file, text);
  return file;
};
const key = ec('P-256');
const lab = labKey(key);
const [labKeyFile, labPem] = [written('lab.key', lab.key), written('lab.pem', lab.certificate)];
const other = written('other.pem', labKey(ec('P-256')).certificate);
const expired = written('expired.pem', labKey(key, { from: 0, to: NOW - 1 }).certificate);
const notYet = written('not-yet.pem', labKey(key, { from: NOW + 60_000 }).certificate);
const p521 = written('p521.key', labKey(ec('P-521')).key);
const encrypted = written(
  'encrypted.key',
  key.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'correct horse' }).toString(),
);

afterEach(() => {
  delete process.env.PROBITY_KEY_PASSPHRASE;
});

test('nothing asked for is a seal of sums alone', () => expect(readSealing({})).toEqual({}));

test('a key, its certificate and its chain are a signer', () => {
  const files = ['chained.test-key', 'chained.test-cert', 'intermediate.test-cert'];
  const sign = files.map((name) => join(testKeys, `${name}.pem`)).join(',');
  const { signer } = readSealing({ sign });
  expect(signer).toMatchObject({ subject: 'O=Probity tests, CN=Test chained' });
  expect(signer?.chain).toHaveLength(1);
});

test('the passphrase comes from the environment', () => {
  process.env.PROBITY_KEY_PASSPHRASE = 'correct horse';
  expect(readSealing({ sign: `${encrypted},${labPem}` }, NOW).signer?.subject).toBe('CN=Test lab');
});

test('an authority is named by its URL', () => {
  expect(readSealing({ timestamp: 'https://tsa.test/x' })).toEqual({ timestamp: { url: 'https://tsa.test/x' } });
});

describe('what cannot be used is refused with its file and the reason', () => {
  test.each([
    ['a key alone', { sign: labKeyFile }, 'Usage', /^--sign .*: expected KEY,CERT\[,CHAIN\], each a file in PEM$/],
    ['an empty chain', { sign: `${labKeyFile},${labPem},` }, 'Usage', /expected KEY,CERT\[,CHAIN\]/],
    ['four files', { sign: `${labKeyFile},${labPem},${labPem},${labPem}` }, 'Usage', /expected KEY,CERT/],
    ['a key that is not there', { sign: `gone,${labPem}` }, 'BadFile', /^Cannot read "gone": /],
    [
      "another key's certificate",
      { sign: `${labKeyFile},${other}` },
      'BadFile',
      /^Cannot read ".*\/other\.pem": it is not the certificate of the key in ".*\/lab\.key"$/,
    ],
    [
      'an expired certificate',
      { sign: `${labKeyFile},${expired}` },
      'BadFile',
      /\/expired\.pem": expired at 2026-11-22T11/,
    ],
    [
      'one of tomorrow',
      { sign: `${labKeyFile},${notYet}` },
      'BadFile',
      /\/not-yet\.pem": not valid before 2026-11-22T12/,
    ],
    ['a key of another kind', { sign: `${p521},${labPem}` }, 'BadFile', /\/p521\.key": it is ECDSA on P-521, expected/],
    [
      'an encrypted key',
      { sign: `${encrypted},${labPem}` },
      'BadFile',
      /encrypted\.key": .*as PROBITY_KEY_PASSPHRASE$/,
    ],
    ['no certificate', { sign: `${labKeyFile},${labKeyFile}` }, 'BadFile', /lab\.key": expected a certificate in PEM/],
    [
      'a stray chain',
      { sign: `${labKeyFile},${labPem},${other}` },
      'BadFile',
      /other\.pem": the certificate of "CN=Test lab" issued none/,
    ],
    ['no URL', { timestamp: 'tsa.test' }, 'Usage', /^--timestamp: expected the http or https URL/],
    ['another scheme', { timestamp: 'ftp://tsa.test' }, 'Usage', /^--timestamp: expected the http or https URL/],
  ])('%s', (_, options, name, message) => {
    let thrown: unknown;
    try {
      readSealing(options, NOW);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ name, message: expect.stringMatching(message) });
  });
});
