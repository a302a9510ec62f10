import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadKnownKeys, readKnownKeys } from './load-known-keys.ts';

const written = (text: string): string => {
  const file = join(fs.mkdtempSync(join(tmpdir(), 'probity-keys-')), 'keys.yaml');
  fs.writeFileSync(file, text);
  return file;
};
const entry = (over: string): string =>
  `keys: ours\nentries:\n  - { id: a, use: tls, sha256: ${'a'.repeat(64)}, of: a camera, source: our bench }\n  - ${over}\n`;

// The certificate of OpenSSL's apps/server.pem, and the public half of a test key of Go's SSH library.
const OPENSSL = `-----BEGIN CERTIFICATE-----
MIIB6TCCAVICAQQwDQYJKoZIhvcNAQEEBQAwWzELMAkGA1UEBhMCQVUxEzARBgNV
BAgTClF1ZWVuc2xhbmQxGjAYBgNVBAoTEUNyeXB0U29mdCBQdHkgTHRkMRswGQYD
VQQDExJUZXN0IENBICgxMDI0IGJpdCkwHhcNOTgwNjI5MjM1MjQwWhcNMDAwNjI4
MjM1MjQwWjBjMQswCQYDVQQGEwJBVTETMBEGA1UECBMKUXVlZW5zbGFuZDEaMBgG
A1UEChMRQ3J5cHRTb2Z0IFB0eSBMdGQxIzAhBgNVBAMTGlNlcnZlciB0ZXN0IGNl
cnQgKDUxMiBiaXQpMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAJ+zw4Qnlf8SMVIP
Fe9GEcStgOY2Ww/dgNdhjeD8ckUJNP5VZkVDTGiXav6ooKXfX3j/7tdkuD8Ey2//
Kv7+ue0CAwEAATANBgkqhkiG9w0BAQQFAAOBgQCVvvfkGSe2GHgDFfmOua4Isjb9
JVhImWMASiOClkZlMESDJjsszg/6+d/W+8TrbObhazpl95FivXBVucbj9dudh7AO
IZu1h1MAPlyknc9Ud816vz3FejB4qqUoaXjnlkrIgEbr/un7jSS86WOe0hRhwHkJ
FUGcPZf9ND22Etc+AQ==
-----END CERTIFICATE-----`;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test('the shipped list holds keys as they are published', () => {
  const { name, keys } = loadKnownKeys();
  const named = (id: string) => keys.find((key) => key.id === id)?.sha256;
  const spki = new X509Certificate(OPENSSL).publicKey.export({ type: 'spki', format: 'der' });
  expect(createPublicKey({ key: spki, type: 'spki', format: 'der' }).asymmetricKeyDetails?.modulusLength).toBe(512);
  const ed25519 = Buffer.concat([
    Buffer.from('0000000b7373682d6564323535313900000020', 'hex'),
    Buffer.from('Pt3+4Uu4OVFsFzhlU6zH4Zscq46s+0scW8eyNY/A778=', 'base64'),
  ]);
  expect([name, named('openssl-server-512'), named('go-ssh-ed25519')]).toEqual([
    'known-device-keys',
    sha256(spki),
    sha256(ed25519),
  ]);
});

test('a list of the lab stands beside the shipped one', () => {
  const file = written(entry(`{ id: b, use: ssh-host, sha256: ${'a'.repeat(64)}, of: a lock, source: our bench }`));
  expect(readKnownKeys([file]).map(({ name, keys }) => [name, keys.length > 1])).toEqual([
    ['known-device-keys', true],
    ['ours', true],
  ]);
});

test.each([
  ['a key twice', `{ id: b, use: tls, sha256: ${'a'.repeat(64)}, of: x, source: y }`, 'same as an entry above'],
  ['an id twice', `{ id: a, use: tls, sha256: ${'b'.repeat(64)}, of: x, source: y }`, 'same as an entry above'],
  ['no fingerprint', '{ id: b, use: tls, sha256: 00:11, of: x, source: y }', 'a SHA-256 in lower-case hexadecimal'],
  ['no source', `{ id: b, use: tls, sha256: ${'b'.repeat(64)}, of: x }`, 'source'],
  [
    'the fingerprint of nothing',
    `{ id: b, use: tls, sha256: ${sha256(Buffer.alloc(0))}, of: x, source: y }`,
    'the fingerprint of nothing',
  ],
])('%s is one error with file and line', (_, line, words) => {
  const file = written(entry(line));
  expect(() => loadKnownKeys(file)).toThrow(words);
  expect(() => loadKnownKeys(file)).toThrow(`"${file}": line 4: `);
});
