import * as fs from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Answer, type AuthorityOptions, answering, authority, testPem } from '../../test/kit/authority.ts';
import { authorities, hasOpenssl, NOW, pemFile, signers, smallFolder, stock } from '../../test/kit/sealed.ts';
import { integer, sequence } from './der.ts';
import { seal } from './seal.ts';
import { type Sealing, sealFolder } from './sealing.ts';
import { keptAnswer, stampRequest } from './timestamp.ts';
import { verifyFolder } from './verify-folder.ts';

const sealing = (url: string): Sealing => ({
  signer: signers.get('P-256')!.signer,
  now: () => NOW,
  timestamp: { url, wait: 300 },
});

const flood = (response: ServerResponse): void => {
  response.write(Buffer.alloc(64 * 1024), () => flood(response));
};
const drip = (response: ServerResponse): void => {
  const timer = setInterval(() => response.write('x'), 20);
  response.on('close', () => clearInterval(timer));
};

describe('an authority that fails: named, and what was sealed stands', () => {
  const table: [string, Answer, RegExp][] = [
    ['answers nothing', () => undefined, /no whole answer within 300 ms/],
    ['drips', (_, response) => drip(response), /no whole answer within 300 ms/],
    ['floods', (_, response) => flood(response), /has more than 262144 bytes|no whole answer/],
    ['resets', (_, response) => response.socket?.resetAndDestroy(), /ECONNRESET/],
    [
      'dies half-way',
      (_, response) => {
        response.writeHead(200, { 'Content-Length': 100 });
        response.write('x', () => response.socket?.destroy());
      },
      /its answer was cut short/,
    ],
    ['answers 503', (_, response) => response.writeHead(503).end('no'), /HTTP 503, expected 200/],
    ['leads elsewhere', (_, response) => response.writeHead(302, { Location: '/' }).end(), /HTTP 302, expected 200/],
    ['answers garbage', (_, response) => response.end('<html>'), /an element is longer than what holds it/],
    ['answers nothing at all', (_, response) => response.end(), /an element is cut off/],
    [
      'refuses',
      (_, response) => response.end(sequence(sequence(integer(2), sequence(Buffer.from('0c046e6f7065', 'hex'))))),
      /it was not granted \(status 2\): nope/,
    ],
    ['grants nothing', (_, response) => response.end(sequence(sequence(integer(0)))), /there is no time stamp/],
  ];
  test.each(table)('%s', async (_, answer, says) => {
    const running = await authority(answer);
    const dir = smallFolder(true, true);
    try {
      await expect(sealFolder(dir, sealing(running.url))).rejects.toMatchObject({
        name: 'StoreError',
        message: expect.stringMatching(says),
      });
    } finally {
      await running.close();
    }
    expect(fs.readdirSync(dir).filter((name) => name.startsWith('SHA256SUMS'))).toEqual([
      'SHA256SUMS',
      'SHA256SUMS.p7s',
    ]);
    expect(verifyFolder(dir)).toMatchObject({
      problems: ['SHA256SUMS.tsr is missing: not stamped, though "run.json" says that it was'],
      unfinished: ['timestamp'],
      signature: {},
    });
  });

  test('one that is not there; its password is nobody else’s', async () => {
    const running = await authority(() => undefined);
    await running.close();
    const url = running.url.replace('//', '//me:secret@');
    const error = (await sealFolder(smallFolder(true, true), sealing(url)).catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).toMatch(
      /^Cannot stamp the time on ".*": http:\/\/127\.0\.0\.1:\d+\/tsa: ECONNREFUSED; what is sealed there stands without$/,
    );
  });
});

describe.skipIf(!hasOpenssl)('answers of stock openssl (skipped without openssl)', () => {
  const sums = Buffer.from('sums\n');
  const nonce = Buffer.of(0x80, 2, 3);
  const answer = (options: AuthorityOptions = {}, of = sums, with_ = nonce): Promise<Buffer> =>
    answering(options)(stampRequest(of, with_));

  test.each<[string, AuthorityOptions]>([
    ['with its chain', {}],
    ['with its certificate alone', { chain: [] }],
    ['without the root, the intermediate pinned', { chain: ['intermediate'], config: { ess_cert_id_chain: 'yes' } }],
    ['pinned by SHA-1, as old ones do', { chain: [], config: { ess_cert_id_alg: 'sha1' } }],
    ['signed with SHA-512', { chain: [], config: { signer_digest: 'sha512' } }],
    ['with a part of a second', { chain: [], config: { clock_precision_digits: '3', ordering: 'yes' } }],
  ])('%s are kept, and verify', async (_, options) => {
    const dir = smallFolder(false, true);
    const reply = answering(options);
    const running = await authority((request, response) => {
      reply(request).then(
        (bytes) => response.end(bytes),
        () => response.destroy(),
      );
    });
    try {
      await sealFolder(dir, { timestamp: { url: running.url } });
    } finally {
      await running.close();
    }
    expect(verifyFolder(dir).problems).toEqual([]);
    const above = ['root', 'intermediate'].map((name) => testPem(`${name}.test-cert`));
    expect(verifyFolder(dir, { ca: authorities(...above) }).problems).toEqual([]);
    expect(stock.stamp(dir, pemFile(above.join('')))).toBe(true);
  });

  test('a certificate that only an absent root holds needs that root', async () => {
    const dir = smallFolder(false, true);
    seal(dir);
    const of = fs.readFileSync(join(dir, 'SHA256SUMS'));
    const bytes = await answer({ chain: ['intermediate'] }, of);
    fs.writeFileSync(join(dir, 'SHA256SUMS.tsr'), keptAnswer(bytes, of, nonce));
    expect(verifyFolder(dir).problems).toEqual([
      'SHA256SUMS.tsr: the certificate of "O=Probity tests, CN=Test intermediate" is held by its issuer alone, which is not there: give "O=Probity tests, CN=Test root" as a CA',
    ]);
    expect(verifyFolder(dir, { ca: authorities(testPem('root.test-cert')) }).problems).toEqual([]);
  });

  test('a stray certificate is not kept', async () => {
    const { der } = authorities(testPem('chained.test-cert'))[0]!;
    const given = await answer({ chain: ['chained'] });
    expect([given.includes(der), keptAnswer(given, sums, nonce).includes(der)]).toEqual([true, false]);
  });

  test('those to another request, or over something else, are refused', async () => {
    const bytes = await answer();
    expect(() => keptAnswer(bytes, sums, Buffer.of(9))).toThrow('its nonce is not ours');
    expect(() => keptAnswer(bytes, Buffer.from('other'), nonce)).toThrow('the time was stamped on something else');
  });
});
