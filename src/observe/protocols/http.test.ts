import * as net from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { CannotTell } from '../probe.ts';
import { challenges, headerValues, hostHeader, httpRequest } from './http.ts';

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

/** A server whose one behaviour is `talk`, and a connection to it. What it was sent is in `got`. */
async function peer(talk: (socket: net.Socket, first: string) => void): Promise<{ socket: net.Socket; got: string[] }> {
  const got: string[] = [];
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (data) => {
      got.push(data.toString('latin1'));
      talk(socket, data.toString('latin1'));
    });
    open.push(() => socket.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  open.push(() => server.close());
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  await new Promise((done) => socket.once('connect', done));
  return { socket, got };
}
const limits = { host: 'h', wait: 300, cap: 10_000 };
const says =
  (text: string) =>
  (socket: net.Socket): void =>
    void socket.end(text, 'latin1');

describe('httpRequest', () => {
  it('sends what it was told to', async () => {
    const { socket, got } = await peer(says('HTTP/1.1 204 No Content\r\n\r\n'));
    await httpRequest(socket, {
      ...limits,
      method: 'POST',
      path: 'a b?ü=1\r\nX: y',
      headers: [
        ['accept', 'text/html'],
        ['Cookie', 'a=\r\nEvil: 1'],
      ],
      body: 'x=ü',
    });
    expect(got[0]).toBe(
      'POST /a%20b?%C3%BC=1%0D%0AX:%20y HTTP/1.1\r\nHost: h\r\nUser-Agent: probity\r\nContent-Length: 4\r\n' +
        'Connection: close\r\naccept: text/html\r\nCookie: a=Evil: 1\r\n\r\nx=Ã¼',
    );
  });

  it.each([
    ['whole', says('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nA: 1\r\na: 2\r\n\r\nhi'), 200, '1.1', 'hi', 'closed'],
    ['until closed', says('HTTP/1.0 401 No\r\n\r\nlong body'), 401, '1.0', 'long body', 'closed'],
    [
      'chunked',
      says('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n'),
      200,
      '1.1',
      'hi',
      'closed',
    ],
    ['bare LF', says('HTTP/1.1 200 OK\nContent-Length: 2\n\nhi'), 200, '1.1', 'hi', 'closed'],
    ['HTTP/0.9', says('<html>old</html>'), 200, '0.9', '<html>old</html>', 'closed'],
    ['short of its length', says('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi'), 200, '1.1', 'hi', 'closed'],
    ['upgrade', says('HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nraw'), 101, '1.1', 'raw', 'closed'],
    [
      'half-way, then silent',
      (s: net.Socket): void => void s.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi'),
      200,
      '1.1',
      'hi',
      'timeout',
    ],
    [
      'half-way, then reset',
      (s: net.Socket): void =>
        void s.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi', () =>
          setTimeout(() => void s.resetAndDestroy(), 20),
        ),
      200,
      '1.1',
      'hi',
      'reset',
    ],
  ] as const)('reads an answer: %s', async (_name, talk, status, version, body, ended) => {
    const { socket } = await peer(talk);
    const answer = await httpRequest(socket, limits);
    expect({ ...answer, body: answer.body.toString() }).toMatchObject({ status, version, body, ended });
    expect(socket.destroyed).toBe(true);
  });

  it('keeps doubled headers in order', async () => {
    const { socket } = await peer(
      says('HTTP/1.1 401 N\r\nWWW-Authenticate: Basic realm="a"\r\nwww-authenticate: Digest realm=b\r\n\r\n'),
    );
    expect(headerValues(await httpRequest(socket, limits), 'WWW-AUTHENTICATE')).toEqual([
      'Basic realm="a"',
      'Digest realm=b',
    ]);
  });

  it('stops a body without end at the cap', async () => {
    const { socket } = await peer((s) => {
      s.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = () => {
        while (s.writable && s.write('x'.repeat(1000)));
      };
      s.on('drain', more);
      more();
    });
    const answer = await httpRequest(socket, limits);
    expect([answer.ended, answer.body.length]).toEqual(['cap', 10_000]);
  });

  const faults: [string, (s: net.Socket) => void, string][] = [
    ['silence', () => undefined, 'timeout'],
    ['a drip of headers', (s) => void drip(s, 'HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n\r\n'), 'timeout'],
    ['a reset', (s) => void s.resetAndDestroy(), 'reset'],
    ['a close', (s) => void s.end(), 'reset'],
    ['a head cut off', (s) => void s.end('HTTP/1.1 200 OK\r\nServ'), 'protocol'],
    ['garbage', (s) => void s.end('SSH-2.0-x\r\n'), 'protocol'],
    ['an endless head', (s) => void s.end(`HTTP/1.1 200 OK\r\nA: ${'x'.repeat(100_000)}`), 'protocol'],
  ];
  it.each(faults)('throws CannotTell for %s', async (_name, talk, reason) => {
    const { socket } = await peer(talk);
    const error = await httpRequest(socket, limits).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(CannotTell);
    expect((error as CannotTell).reason).toBe(reason);
  });

  it('throws nothing else for whatever is answered', async () => {
    const head = fc.constantFrom('', 'HTTP/1.1 200 OK\r\n', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
    await fc.assert(
      fc.asyncProperty(head, fc.uint8Array({ maxLength: 80 }), async (start, rest) => {
        const { socket } = await peer((s) => void s.end(Buffer.concat([Buffer.from(start), rest])));
        const error = await httpRequest(socket, limits).then(
          () => undefined,
          (e: unknown) => e,
        );
        expect(error === undefined || error instanceof CannotTell).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});

function drip(socket: net.Socket, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at < text.length && socket.writable) socket.write(text[at++]!);
    else clearInterval(timer);
  }, 40);
  open.push(() => clearInterval(timer));
}

describe('hostHeader', () => {
  it.each([
    ['192.0.2.1', 80, 'none', '192.0.2.1'],
    ['192.0.2.1', 443, 'none', '192.0.2.1:443'],
    ['2001:db8::1', 443, 'tls', '[2001:db8::1]'],
    ['2001:db8::1', 80, 'tls', '[2001:db8::1]:80'],
  ] as const)('%s %i %s', (host, port, security, expected) => expect(hostHeader(host, port, security)).toBe(expected));
});

describe('challenges', () => {
  const read = (...values: string[]) => challenges({ headers: values.map((v) => ['WWW-Authenticate', v] as const) });
  it.each([
    [['Basic realm="a \\"b\\""'], [{ scheme: 'basic', parameters: { realm: 'a "b"' } }]],
    [
      ['Digest realm=x, nonce="a,b", qop="auth", BASIC realm="y"'],
      [
        { scheme: 'digest', parameters: { realm: 'x', nonce: 'a,b', qop: 'auth' } },
        { scheme: 'basic', parameters: { realm: 'y' } },
      ],
    ],
    [
      ['Negotiate', 'Basic'],
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: {} },
      ],
    ],
    [['realm="no scheme"'], []],
    [['Basic realm="open'], [{ scheme: 'basic', parameters: { realm: 'open' } }]],
  ])('%j', (values, expected) =>
    expect(read(...values).map((c) => ({ ...c, parameters: { ...c.parameters } }))).toEqual(expected),
  );
  it('never throws', () => fc.assert(fc.property(fc.string(), (text) => void read(text))));
});
