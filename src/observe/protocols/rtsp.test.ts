import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeRequest, describesStream, readRtsp } from './rtsp.ts';

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
    return fc.assert(fc.property(fc.string(), (text) => void readRtsp(Buffer.from(`RTSP/1.0 200 OK\r\n${text}`))));
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

describe('describeRequest', () => {
  it('ends its head', () => {
    expect(describeRequest('rtsp://h/', 1)).toBe(
      'DESCRIBE rtsp://h/ RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: probity\r\nAccept: application/sdp\r\n\r\n',
    );
  });
});
