import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CertificateSpec, certificate } from '../../../fixtures/services/certificate.ts';
import { CannotTell } from '../probe.ts';
import { type CertificateQuestion, certificateFacts, subjectParts } from './certificate.ts';

const pemFile = (name: string) => readFileSync(new URL(`../../../fixtures/keys/${name}`, import.meta.url), 'utf8');
const ca = pemFile('ca.test-cert.pem');
const der = (pem: string) => new X509Certificate(pem).raw;
const made = (spec: CertificateSpec) => der(certificate(spec).cert);
/** Its signature is none that anybody made. */
const forged = (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1)! ^ 1])]);
const ask = (chain: Buffer[], more: Partial<CertificateQuestion> = {}) =>
  certificateFacts({ chain, names: [], host: '198.18.0.9', trust: [], now: Date.now(), ...more });
const leaf = (...given: Parameters<typeof ask>) => ask(...given).certificates[0]!;

// `openssl req -x509 -newkey … -days 36500 -subj '/O=Øx/CN=ec/serialNumber=7'`
const EC = `-----BEGIN CERTIFICATE-----
MIIBpTCCAUugAwIBAgIUF1xtP2JE9hNcNK0k1iw0HOaEQtUwCgYIKoZIzj0EAwIw
JzEMMAoGA1UECgwDw5h4MQswCQYDVQQDDAJlYzEKMAgGA1UEBRMBNzAgFw0yNjEx
MjIwNzI5MTZaGA8yMTI2MTAyOTA3MjkxNlowJzEMMAoGA1UECgwDw5h4MQswCQYD
VQQDDAJlYzEKMAgGA1UEBRMBNzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFlL
kFHOGvQ1UBX3RpYXPHc9ElAQXHO7Lc38I9sHOfQzTWRMmrv9VAKKiUNfw/jK31aa
la9JvPJ8XMO7y5TAb1SjUzBRMB0GA1UdDgQWBBQeWCnw6iCBCkRAjnvZ/5einPEk
ejAfBgNVHSMEGDAWgBQeWCnw6iCBCkRAjnvZ/5einPEkejAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0gAMEUCIDiizOVEfmARH3tS7CNrk17BM41zHbepdfQB
MAS3mPbgAiEAw9dRGnVvSY9VQnZjCbXNA92VeBUTA5MgcSP9rETumxw=
-----END CERTIFICATE-----`;
const PSS_SHA1 = `-----BEGIN CERTIFICATE-----
MIIDCzCCAe2gAwIBAgIUNq8WESTB40EOtaSRhBRIOat20JUwEwYJKoZIhvcNAQEK
MAaiBAICAOowDjEMMAoGA1UEAwwDcHNzMCAXDTI2MTEyMjA3MjkxNloYDzIxMjYx
MDI5MDcyOTE2WjAOMQwwCgYDVQQDDANwc3MwggEiMA0GCSqGSIb3DQEBAQUAA4IB
DwAwggEKAoIBAQDLk5Xw6OFxJXXWwN/xjXhaLOASiPjsqCg+h8WIzzZbvbing/wn
STZ8qaM1VYZCEpoRFzqfESwe7dqfSMBJUfiiqBqF+ArNg0t3fd2zyd1rm4eFMqrc
9MFN+U1ywobRzO+x4QtiX79/jg6eo36slBbgBA+SjA2LuIemLrdGcNKG8d0GRbhL
Klq9fTJpAJAwl8maJFvoEvKWXEn5soeW+qJkpmlBQYDVbYvaQHJEJ1wuh2jVin2/
ITnZlzb4hrLu8388IEwwOmOo34A2oOXPMA9rt3OFj5jb0uLCxRFDFiHv3PpeaTgG
n7201veAZhI/3cP5T5GmFrNqTqcX6py7AQytAgMBAAGjUzBRMB0GA1UdDgQWBBQt
4rK+T65/KL7gyxZkBVg93BPepzAfBgNVHSMEGDAWgBQt4rK+T65/KL7gyxZkBVg9
3BPepzAPBgNVHRMBAf8EBTADAQH/MBMGCSqGSIb3DQEBCjAGogQCAgDqA4IBAQDF
l34BVu2INyR3kqDPeqssT44aUNJVSd/aWEB4rbNXQtZGXBkI6hWNcelDKI+/XCUq
snqaKcuFIcjAWVasf7pFlh/kJyovVyY5cneCrTmKZoSWcMar+DeSiJ6JWPKz118a
/ZwNL905FrDLPJz0Q40nrnRgkcDHva6ZX+qg3ngKl71HfPbP8Ho1Fnygn1fDOKQB
wjIsIy2lZDDrDvI2B3YbUJLzXM9TiLU5f5KYJ3IESMaUJhoLkO0vm8nM7S8OlHUV
IIX/V2YDdB85uN1MYDt/1kGFPnnEQhoxX3jovdm33AIRAAb3lFfQYgvj3Ad5LNuQ
M7wrDwi/rMqQBHnJjm4r
-----END CERTIFICATE-----`;

describe('certificateFacts', () => {
  it('says everything of a self-signed leaf', () => {
    const [one, key] = [
      leaf([made({ commonName: 'cam', names: ['cam.local', '198.18.0.9', '2001:db8::1'] })]),
      ask([made({})]).key,
    ];
    expect(one).toMatchObject({
      position: 0,
      subject: 'CN=cam',
      issuer: 'CN=cam',
      names: ['cam.local', '198.18.0.9', '2001:0db8:0000:0000:0000:0000:0000:0001'],
      signatureAlgorithm: 'sha256WithRSAEncryption',
      selfSigned: true,
      isCa: false,
      keyUsage: ['digitalSignature', 'keyEncipherment'],
      inDate: true,
      nameMatches: true,
      chain: 'whole',
    });
    expect(one.trusted).toBeUndefined();
    expect(key).toMatchObject({ use: 'tls', algorithm: 'rsa', bits: 2048, exponent: '65537' });
  });

  const cases: [string, Buffer[], Partial<CertificateQuestion>, object][] = [
    ['expired', [made({ days: -1 })], {}, { inDate: false }],
    ['not yet valid', [made({ since: 2, days: 9 })], {}, { inDate: false }],
    ['MD5', [made({ digest: 'md5' })], {}, { signatureAlgorithm: 'md5WithRSAEncryption', selfSigned: true }],
    ['SHA-1', [made({ digest: 'sha1' })], {}, { signatureAlgorithm: 'sha1WithRSAEncryption', selfSigned: true }],
    [
      'a leaf that is a CA',
      [made({ ca: true })],
      {},
      { isCa: true, keyUsage: expect.arrayContaining(['keyCertSign']) },
    ],
    ['trusted', [made({ signedBy: 'ca' })], { trust: [ca] }, { trusted: true, chain: 'whole', selfSigned: false }],
    [
      'trusted over a presented chain',
      [made({ signedBy: 'ca' }), der(ca)],
      { trust: [ca] },
      { trusted: true, chain: 'whole' },
    ],
    ['pinned', [made({ commonName: 'pin' })], { trust: [certificate({ commonName: 'pin' }).cert] }, { trusted: true }],
    ['of another CA', [made({ signedBy: 'other-ca' })], { trust: [ca] }, { trusted: false, chain: 'incomplete' }],
    ['self-signed, not the pinned one', [made({})], { trust: [ca] }, { trusted: false, chain: 'whole' }],
    ['no anchor given', [made({ signedBy: 'ca' })], {}, { trusted: undefined, chain: 'incomplete' }],
    [
      'something else is among what is presented',
      [made({ signedBy: 'ca' }), der(pemFile('other-ca.test-cert.pem')), der(ca)],
      { trust: [ca] },
      { trusted: true, chain: 'whole' },
    ],
    ['an issuer by name alone', [forged(made({ signedBy: 'ca' })), der(ca)], {}, { chain: 'broken' }],
    [
      'an issuer that is out of date',
      [made({ signedBy: 'ca', days: 60_000 }), der(ca)],
      { trust: [ca], now: Date.parse(new X509Certificate(ca).validTo) + 1000 },
      { inDate: true, trusted: false, chain: 'whole' },
    ],
    [
      'signed by a leaf',
      [made({ signedBy: 'ca' })],
      { trust: [certificate({ signedBy: 'ca', commonName: 'x' }).cert] },
      { trusted: false },
    ],
    [
      'the declared name',
      [made({ names: ['*.device.example'] })],
      { names: ['a.device.example'] },
      { nameMatches: true },
    ],
    ['another name', [made({ names: ['b.example'] })], { names: ['a.example'] }, { nameMatches: false }],
    [
      'the address, with names declared',
      [made({ names: ['198.18.0.9'] })],
      { names: ['a.example'] },
      { nameMatches: true },
    ],
    ['another address', [made({ names: ['198.18.0.8'] })], {}, { nameMatches: false }],
    ['no name known', [made({ names: ['a.example'] })], {}, { nameMatches: undefined }],
    ['EC', [der(EC)], {}, { signatureAlgorithm: 'ecdsa-with-SHA256', selfSigned: true }],
    ['RSA-PSS with SHA-1', [der(PSS_SHA1)], {}, { signatureAlgorithm: 'RSASSA-PSS-SHA1', selfSigned: true }],
  ];
  it.each(cases)('%s', (_name, chain, more, expected) =>
    expect({ trusted: undefined, nameMatches: undefined, ...leaf(chain, more) }).toMatchObject(expected),
  );

  it('names the key by its SPKI', () => {
    const { key } = ask([der(EC)]);
    expect(key).toMatchObject({ algorithm: 'ec', bits: 256, curve: 'prime256v1' });
    expect(ask([made({ key: 'rsa-1024' })]).key.bits).toBe(1024);
    expect(ask([made({ key: 'rsa-2048-b' })]).key.sha256).not.toBe(ask([made({})]).key.sha256);
    expect(ask([made({ commonName: 'p' })]).key.sha256).toBe(ask([made({ commonName: 'q' })]).key.sha256);
  });

  it('reads the subject', () => {
    expect(subjectParts(der(EC))).toEqual({ commonName: 'ec', organisation: 'Øx', serialNumber: '7' });
  });

  it('throws CannotTell for no certificate and for broken ones, and nothing else', () => {
    const real = made({ names: ['a.example', '198.18.0.9'], signedBy: 'ca' });
    const outcome = (chain: Buffer[]) => {
      try {
        ask(chain, { trust: [ca], names: ['a'] });
        return 'facts';
      } catch (error) {
        return error instanceof CannotTell ? error.reason : error;
      }
    };
    expect([outcome([]), outcome([Buffer.from('x')]), outcome([real.subarray(0, 200), real])]).toEqual(
      Array(3).fill('protocol'),
    );
    fc.assert(
      fc.property(fc.nat(real.length - 1), fc.nat(255), (at, value) => {
        const bytes = Buffer.from(real);
        bytes[at] = value;
        expect(['facts', 'protocol']).toContain(outcome([bytes, real]));
      }),
      { numRuns: 150 },
    );
  });
});
