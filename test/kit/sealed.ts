import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { pemOf, selfSigned } from '../../src/cli/keygen.ts';
import { certificatesIn } from '../../src/observe/certificates.ts';
import { type Signer, signerFrom } from '../../src/observe/sign.ts';
import { testPem } from './authority.ts';
import { freshFolder } from './command.ts';

/** Signers of each kind, sealed folders, and what stock tools say of them. */

export const NOW: number = Date.parse('2026-11-22T12:00:00.000Z');
const YEAR = 365 * 24 * 60 * 60 * 1_000;

export const hasOpenssl: boolean = spawnSync('openssl', ['version']).status === 0;

export const keyPem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

/** A key with its self-signed certificate in PEM. */
export const labKey = (
  privateKey: KeyObject,
  { from = NOW - YEAR, to = NOW + YEAR, name = 'Test lab' }: { from?: number; to?: number; name?: string } = {},
): { key: string; certificate: string } => {
  const serial = Buffer.alloc(16, 7);
  const pair = { privateKey, publicKey: createPublicKey(privateKey) };
  return { key: keyPem(privateKey), certificate: pemOf(selfSigned(pair, { name, from, to, serial })) };
};

export const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;

/** A signer of each kind that signs, with what it leads to in PEM. */
export const signers: ReadonlyMap<string, { signer: Signer; ca: string }> = new Map(
  [
    ['P-256', ec('P-256')] as const,
    ['P-384', ec('P-384')] as const,
    ['RSA-3072', createPrivateKey(testPem('rsa-3072.test-key'))] as const,
  ]
    .map(([kind, key]): [string, { signer: Signer; ca: string }] => {
      const files = labKey(key);
      return [kind, { signer: signerFrom(files, NOW), ca: files.certificate }];
    })
    .concat([
      [
        'P-384 with an intermediate',
        {
          signer: signerFrom(
            {
              key: testPem('chained.test-key'),
              certificate: testPem('chained.test-cert'),
              chain: testPem('intermediate.test-cert'),
            },
            Date.now(),
          ),
          ca: testPem('root.test-cert'),
        },
      ],
    ]),
);

/** Six small files, two in a folder, one empty, one with blanks and an umlaut in its name; `run.json` says how it is sealed. */
export const smallFolder = (signed: boolean, stamped = false): string => {
  const dir = freshFolder();
  fs.mkdirSync(join(dir, 'evidence'));
  const files = {
    'run.json': `{"schema":1,"signed":${signed}${stamped ? ',"stamped":true' : ''}}`,
    'attempts.jsonl': '{}\n',
    'log.jsonl': '',
    'evidence/0a': 'bytes',
    'evidence/0b': '\u0000\u00ff',
    'ä b.txt': 'b',
  };
  for (const [path, text] of Object.entries(files)) fs.writeFileSync(join(dir, path), text);
  return dir;
};

/** Each copy of some bytes in which one bit is another. */
export function* flips(bytes: Buffer): Generator<{ flipped: Buffer; at: number; bit: number }> {
  const flipped = Buffer.from(bytes);
  for (let at = 0; at < bytes.length; at++)
    for (let bit = 0; bit < 8; bit++) {
      flipped[at]! ^= 1 << bit;
      yield { flipped, at, bit };
      flipped[at]! ^= 1 << bit;
    }
}

const accepts = (cwd: string, program: string, args: readonly string[]): boolean => {
  try {
    execFileSync(program, args, { cwd, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** What stock tools say of a folder; `ca` is a PEM file. */
export const stock = {
  sums: (dir: string): boolean => accepts(dir, 'sha256sum', ['--strict', '--status', '-c', 'SHA256SUMS']),
  signature: (dir: string, ca: string): boolean =>
    accepts(dir, 'openssl', [
      ...['cms', '-verify', '-binary', '-inform', 'DER', '-in', 'SHA256SUMS.p7s', '-content', 'SHA256SUMS'],
      ...['-CAfile', ca, '-purpose', 'any', '-out', '/dev/null'],
    ]),
  stamp: (dir: string, ca: string): boolean =>
    accepts(dir, 'openssl', ['ts', '-verify', '-in', 'SHA256SUMS.tsr', '-data', 'SHA256SUMS', '-CAfile', ca]),
};

/** A PEM text as a file. */
export const pemFile = (pem: string): string => {
  const file = join(freshFolder(), 'file.pem');
  fs.writeFileSync(file, pem);
  return file;
};

export const authorities = (...pem: string[]) => certificatesIn(pem.join(''));
