import { randomBytes, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { madeCertificate, readCertificateRequest } from './client-certificate.ts';

/** A CertificateRequest of TLS 1.2, in two records: kinds, one signature algorithm, and these names. */
function request(kinds: number[], names: Buffer[]): Buffer {
  const list = Buffer.concat(names.map((name) => Buffer.concat([Buffer.of(0, name.length), name])));
  const body = Buffer.concat([Buffer.of(kinds.length, ...kinds, 0, 2, 4, 1, 0, list.length), list]);
  const message = Buffer.concat([Buffer.of(14, 0, 0, 0, 13, 0, 0, body.length), body]);
  const record = (part: Buffer) => Buffer.concat([Buffer.of(22, 3, 3, 0, part.length), part]);
  return Buffer.concat([record(message.subarray(0, 9)), record(message.subarray(9))]);
}

const NAME = Buffer.from('300f310d300b06035504030c0474657374', 'hex');

describe('a CertificateRequest', () => {
  it('tells the kinds of key and the names of the CAs', () => {
    expect(readCertificateRequest(request([1, 64], [NAME, NAME]), true)).toEqual({
      kinds: ['ec', 'rsa'],
      names: [NAME, NAME],
    });
    expect(readCertificateRequest(request([1], []), true)).toEqual({ kinds: ['rsa'], names: [] });
  });

  it('is read of no bytes that hold none, and never throws', () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(60), fc.boolean(), (bytes, at, signatures) => {
        const whole = request([1, 64], [NAME]);
        Buffer.from(bytes).copy(whole, at);
        readCertificateRequest(whole, signatures);
        readCertificateRequest(Buffer.from(bytes), signatures);
      }),
    ));
});

describe('a certificate of nobody', () => {
  it('is signed by itself, for clients, at any date', async () => {
    const { cert, key, length } = (await madeCertificate(randomBytes, { kind: 'ec' }))!;
    const read = new X509Certificate(cert);
    expect([read.verify(read.publicKey), read.raw.length, Date.parse(read.validFrom), key]).toEqual([
      true,
      length,
      0,
      expect.stringContaining('PRIVATE KEY'),
    ]);
  });

  it('bears the name of a CA that signed another', async () => {
    const { cert } = (await madeCertificate(randomBytes, { kind: 'ec', issuer: NAME }))!;
    const [leaf, ca] = cert.match(/-----BEGIN[\s\S]+?END CERTIFICATE-----/g)!.map((pem) => new X509Certificate(pem));
    expect([leaf?.issuer, ca?.subject, leaf?.verify(ca!.publicKey), leaf?.checkIssued(ca!)]).toEqual([
      'CN=test',
      'CN=test',
      true,
      true,
    ]);
  });

  it('is none where the name is none', async () => {
    expect(await madeCertificate(randomBytes, { kind: 'ec', issuer: Buffer.from('30030201', 'hex') })).toBeUndefined();
  });
});
