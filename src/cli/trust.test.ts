import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { keyFile } from '../../fixtures/services/keys.ts';
import { drawn } from '../../test/kit/x509.ts';
import { element } from '../observe/der.ts';
import { anchorsOf } from '../observe/protocols/certificate-path.ts';
import { BadFile } from './load-yaml.ts';
import { readTrustFile } from './trust.ts';

const dir = fs.mkdtempSync(join(tmpdir(), 'probity-trust-'));
afterAll(() => fs.rmSync(dir, { recursive: true, force: true }));
const file = (content: string | Buffer): string => {
  const name = join(dir, 'anchors.pem');
  fs.writeFileSync(name, content);
  return name;
};

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [one, two] = [keyFile('ca.test-cert.pem'), keyFile('other-ca.test-cert.pem')];
const der = new X509Certificate(one).raw;
const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const lines = one.trimEnd().split('\n');
const torn = [...lines.slice(0, 5), ...lines.slice(6)].join('\n');
/** A thousand of different serial numbers: who reads them as trusted asks nothing of their signatures. */
const first = drawn({ key: privateKey, subject: 'root', ca: true, serial: Buffer.of(1, 2, 3) });
const thousand = Array.from({ length: 1000 }, (_, i) => {
  const other = Buffer.from(first);
  other.writeUInt16BE(i, first.indexOf(Buffer.of(2, 3, 1, 2, 3)) + 3);
  return `-----BEGIN CERTIFICATE-----\n${other.toString('base64')}\n-----END CERTIFICATE-----\n`;
}).join('');
const withoutSeconds = drawn({ key: privateKey, ca: true, from: element(0x17, Buffer.from('2601010000Z')) });
const undated = `-----BEGIN CERTIFICATE-----\n${withoutSeconds.toString('base64')}\n-----END CERTIFICATE-----\n`;
const counts = (text: string) => {
  const { certificates, keys } = anchorsOf([readTrustFile(file(text))]);
  return [certificates.length, keys.size];
};

describe('a trust file', () => {
  it.each([
    ['one certificate', one, [1, 0]],
    ['two, with words between them', `the first\n${one}\nsubject=CN=x\n${two}`, [2, 0]],
    ['one twice', one + one, [1, 0]],
    ['other ends of lines, and a mark in front', `\uFEFF${one.replaceAll('\n', '\r\n')}`, [1, 0]],
    ['a public key', spki, [0, 1]],
    [
      'a public key of RSA alone',
      createPublicKey(keyFile('rsa-1024.test-key.pem')).export({ type: 'pkcs1', format: 'pem' }) as string,
      [0, 1],
    ],
    ['both', spki + one, [1, 1]],
    ['an old label', one.replaceAll('CERTIFICATE', 'X509 CERTIFICATE'), [1, 0]],
    ["OpenSSL's own label", one.replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'), [1, 0]],
    ['a date without seconds', undated, [1, 0]],
    ['a thousand', thousand, [1000, 0]],
  ])('is read: %s', (_name, text, expected) => expect(counts(text)).toEqual(expected));

  it('is read as DER', () => {
    expect(readTrustFile(file(der))).toBe(one);
    expect(anchorsOf([readTrustFile(file(withoutSeconds))]).certificates[0]!.raw).toEqual(withoutSeconds);
    expect(readTrustFile(file(publicKey.export({ type: 'spki', format: 'der' })))).toBe(spki);
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['nothing', '', /anchors\.pem": there is no certificate and no public key in it, expected a certificate or/],
    ['words', 'no PEM at all\n', /there is no certificate and no public key in it/],
    [
      'a broken one in the middle',
      one + torn + two,
      /line 22: block 2 \(CERTIFICATE\) is no certificate that can be read: /,
    ],
    [
      'no base64',
      `${one}-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----\n`,
      /line 22: block 2 \(CERTIFICATE\)/,
    ],
    ['one cut off', one + two.slice(0, 300), /line 22: the CERTIFICATE has no end, expected -----END CERTIFICATE-----/],
    [
      'one within another',
      `${lines.slice(0, 4).join('\n')}\n${two}`,
      /line 5: a block begins within the CERTIFICATE of line 1/,
    ],
    ['an end alone', '-----END CERTIFICATE-----\n', /line 1: the end of a CERTIFICATE that never began/],
    [
      'another end',
      one.replace('END CERTIFICATE', 'END PUBLIC KEY'),
      /the end of a PUBLIC KEY in the CERTIFICATE of line 1/,
    ],
    ['a private key', one + secret, /line 22: block 2 is a private key, which nobody needs to trust/],
    [
      'a request',
      '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n',
      /line 1: block 1 is a CERTIFICATE REQUEST/,
    ],
    [
      'a key that is none',
      '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n',
      /line 1: block 1 \(PUBLIC KEY\) is no public key/,
    ],
    [
      'DER of something else',
      Buffer.concat([Buffer.of(0x30, 0x82, 0, 4), Buffer.alloc(4)]),
      /it is DER, and not of one certificate or public key/,
    ],
    ['DER with something behind it', Buffer.concat([der, Buffer.of(0)]), /it is DER, and not of one/],
    ['bytes', Buffer.of(1, 0, 0xff), /it is not UTF-8 text/],
  ])('is refused: %s', (_name, content, expected) => {
    const read = () => readTrustFile(file(content));
    expect(read).toThrow(BadFile);
    expect(read).toThrow(expected);
  });

  it('names a file that is not there', () => expect(() => readTrustFile(join(dir, 'nowhere'))).toThrow(/no such file/));
});
