import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeRequest, describesStream, digest, readRtsp } from './rtsp.ts';

describe('readRtsp', () => {
  it('reads status, headers and body', () => {
    const answer = readRtsp(
      Buffer.from(
        'RTSP/1.0 401 No\r\nWWW-Authenticate: Basic\r\nwww-authenticate: Digest x="y"\r\nContent-Length: 2\r\n\r\nhirest',
      ),
    );
    expect(answer).toMatchObject({ status: 401, body: Buffer.from('hi') });
    expect((answer || undefined)?.headers.get('www-authenticate')).toEqual(['Basic', 'Digest x="y"']);
  });
  it.each([
    ['RTSP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhi', undefined],
    ['RTSP/1.0 200 OK\r\n', undefined],
    ['RT', undefined],
    ['HTTP/1.0 200 OK\r\n\r\n', false],
    ['RTSP/1.0 what\r\n\r\n', false],
    ['RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n', false],
    ['RTSP/1.0 200 OK\r\nContent-Length: x\r\n\r\n', false],
    [`RTSP/1.0 200 OK\r\n${'x'.repeat(70_000)}`, false],
  ])('%j', (text, expected) => {
    expect(readRtsp(Buffer.from(text))).toBe(expected);
  });
  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void readRtsp(Buffer.from(`RTSP/1.0 200 OK\r\n${text}`))));
  });
  it('knows a stream', () => {
    const of = (body: string, status = 200) => {
      const answer = readRtsp(Buffer.from(`RTSP/1.0 ${status} x\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
      return answer !== undefined && answer !== false && describesStream(answer);
    };
    expect([of('v=0\r\nm=video 0 RTP/AVP 96\r\n'), of('v=0\r\n'), of(''), of('v=0\nm=a\n', 404)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

describe('digest', () => {
  it('is as RFC 2617, 3.5 has it', () => {
    const made = digest(
      { realm: 'testrealm@host.com', nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093', qop: true },
      { user: 'Mufasa', secret: 'Circle Of Life' },
      { method: 'GET', uri: '/dir/index.html', cnonce: '0a4f113b' },
    );
    expect(made?.response).toBe('6629fae49393a05397450978507c4ef1');
  });
  it('is as RFC 7616, 3.9.1 has it', () => {
    const made = digest(
      {
        realm: 'http-auth@example.org',
        nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
        qop: true,
        algorithm: 'SHA-256',
      },
      { user: 'Mufasa', secret: 'Circle of Life' },
      { method: 'GET', uri: '/dir/index.html', cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ' },
    );
    expect(made?.response).toBe('753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
  });
  it('knows no other algorithm', () => {
    expect(
      digest(
        { realm: '', nonce: '', qop: false, algorithm: 'SHA-512-256' },
        { user: '', secret: '' },
        { method: '', uri: '', cnonce: '' },
      ),
    ).toBeUndefined();
  });
});

describe('describeRequest', () => {
  it('ends its head', () => {
    expect(describeRequest('rtsp://h/', 1)).toBe(
      'DESCRIBE rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: probity\r\nAccept: application/sdp\r\n\r\n',
    );
  });
});
