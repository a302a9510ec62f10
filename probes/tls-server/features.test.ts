import { constants, X509Certificate } from 'node:crypto';
import * as tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/services/index.ts';
import { extensions, u8 } from '../../src/observe/protocols/tls-hello.ts';
import { tcpServer } from '../../test/kit/probe.ts';
import { alert, type Doing, flight12, REFUSED, type SeenHello, scripted } from '../../test/kit/tls-scripted.ts';
import { type KnownDraft, runStage } from '../../test/kit/tls-stage.ts';
import { features } from './features.ts';

const { key, cert } = fixtures.certificate({ commonName: 'cam' });
const other = fixtures.certificate({ commonName: 'other', key: 'rsa-2048-b' });

/** For servers that answer, however busy the machine is: what is asked again would count. */
const SLOW = 5000;
/** What is silent is not waited for as long, and pauses between what fails are parts of it. */
const waitOf = (name: string): number =>
  /silen|waited/.test(name) ? 150 : /reset|close|nothing|no more/.test(name) ? 250 : 1000;

async function seen(port: number, known: KnownDraft, names: string[] = [], wait = SLOW) {
  const { facts, unsettled, handshakes } = await runStage(features, known, { port, names, limits: { wait } });
  return {
    sees: facts.map((f) =>
      f.kind === 'offer' ? `${f.version} ${f.role === 'feature' ? '' : `${f.role} `}${f.name}` : f.kind,
    ),
    open: unsettled.map(({ reason, what, open }) => `${reason}: ${what} (${open})`),
    handshakes,
  };
}

async function node(options: tls.TlsOptions) {
  const server = tls.createServer({ key, cert, ciphers: 'ALL:@SECLEVEL=0', ...options });
  server.on('tlsClientError', () => undefined);
  server.on('secureConnection', (socket) => socket.on('error', () => undefined));
  return tcpServer((socket) => server.emit('connection', socket));
}

const [GCM, CBC, RSA, DHE, CHACHA, TRIPLE, SHA384] = [0xc02f, 0xc013, 0x002f, 0x0033, 0xcca8, 0x000a, 0xc028];
const BOTH = { suites: { 'TLS 1.2': [GCM, CBC], 'TLS 1.3': [0x1301] } } as const;
const ECDH = 'ECDHE-RSA-AES128-SHA';

describe('features of real servers', () => {
  it('of today', async () => {
    const server = await node({ ALPNProtocols: ['http/1.1', 'h2'] });
    expect(await seen(server.port, BOTH)).toEqual({
      sees: [
        'TLS 1.2 extended-master-secret',
        'TLS 1.2 encrypt-then-mac',
        'TLS 1.2 secure-renegotiation',
        'TLS 1.3 session-tickets',
        'TLS 1.3 session-resumption',
        'TLS 1.2 session-tickets',
        'TLS 1.2 session-resumption',
        'TLS 1.2 fallback-scsv',
        'TLS 1.3 alpn http/1.1',
        'TLS 1.3 alpn h2',
      ],
      open: [],
      handshakes: 10,
    });
    await server.close();
  });

  it('of a server that takes another group than ours first', async () => {
    const server = await node({ ecdhCurve: 'P-521', minVersion: 'TLSv1.3' });
    const { sees } = await seen(server.port, { suites: { 'TLS 1.3': [0x1301] } });
    expect(sees).toEqual(['TLS 1.3 session-tickets', 'TLS 1.3 session-resumption']);
    await server.close();
  });

  it.each([
    ['AES-GCM', 'TLSv1.2', 'ECDHE-RSA-AES128-GCM-SHA256', GCM],
    ['ChaCha20', 'TLSv1.2', 'ECDHE-RSA-CHACHA20-POLY1305', CHACHA],
    ['CBC with SHA-384', 'TLSv1.2', 'ECDHE-RSA-AES256-SHA384', SHA384],
    ['CBC', 'TLSv1.2', ECDH, CBC],
    ['CBC', 'TLSv1.1', ECDH, CBC],
    ['CBC', 'TLSv1', ECDH, CBC],
    ['static RSA', 'TLSv1', 'AES128-SHA', RSA],
    ['DHE', 'TLSv1.2', 'DHE-RSA-AES128-SHA', DHE],
  ] as const)('%s of %s is gone through, and its ticket resumed', async (_, version, ciphers, suite) => {
    const server = await node({
      minVersion: version,
      maxVersion: version,
      ciphers: `${ciphers}:@SECLEVEL=0`,
      ...({ dhparam: 'auto' } as object),
    });
    const name = version === 'TLSv1' ? 'TLS 1.0' : (version.replace('v', ' ') as 'TLS 1.2');
    const { sees, open } = await seen(server.port, { suites: { [name]: [suite] } });
    expect(sees).toEqual(expect.arrayContaining([`${name} session-tickets`, `${name} session-resumption`]));
    expect(open).toEqual([]);
    await server.close();
  });

  it('resumes by id where there are no tickets', async () => {
    const server = tls.createServer({
      key,
      cert,
      maxVersion: 'TLSv1.2',
      secureOptions: constants.SSL_OP_NO_TICKET,
    });
    const sessions = new Map<string, Buffer>();
    server.on('newSession', (id: Buffer, data: Buffer, done: () => void) => {
      sessions.set(id.toString('hex'), data);
      done();
    });
    server.on('resumeSession', (id: Buffer, done: (e: null, d: Buffer | null) => void) =>
      done(null, sessions.get(id.toString('hex')) ?? null),
    );
    server.on('tlsClientError', () => undefined);
    const port = await tcpServer((socket) => server.emit('connection', socket));
    const { sees } = await seen(port.port, { suites: { 'TLS 1.2': [GCM] } });
    expect(sees.filter((name) => name.includes('session'))).toEqual(['TLS 1.2 session-resumption']);
    await port.close();
  });

  it('wants certificates of clients, and turns us away', async () => {
    const server = await node({ requestCert: true, rejectUnauthorized: true });
    const { sees, open } = await seen(server.port, BOTH);
    expect(sees).toContain('TLS 1.3 client-certificate-requested');
    expect(open).toEqual([]);
    await server.close();
  });

  it.each([
    ['another certificate by name', ['TLS 1.3'], ['cam.example']],
    ['another certificate by name', ['TLS 1.2'], ['cam.example']],
  ] as const)('%s, in %s', async (_, [version], names) => {
    const SNICallback = (name: string, done: (e: null, c?: tls.SecureContext) => void) =>
      done(null, name === 'cam.example' ? tls.createSecureContext({ key: other.key, cert: other.cert }) : undefined);
    const server = await node({ SNICallback });
    const known = { suites: { [version]: [version === 'TLS 1.3' ? 0x1301 : GCM] } };
    expect((await seen(server.port, known, [...names])).sees).toContain(`${version} sni-dependent`);
    expect((await seen(server.port, known)).sees).not.toContain(`${version} sni-dependent`);
    await server.close();
  });
});

const only = { suites: { 'TLS 1.2': [TRIPLE] } } as const;
const plain = (more: Parameters<typeof flight12>[3] = {}) => flight12(0x0303, TRIPLE, undefined, more);
/** Sound, but for what the script does with some hellos. */
const odd =
  (is: (hello: SeenHello) => Doing | undefined) =>
  (hello: SeenHello): Doing =>
    is(hello) ?? (hello.suites.includes(TRIPLE) ? plain() : REFUSED);
const isAlpn = ({ extensions: all }: SeenHello) => all.has(16);

describe('features of scripted servers', () => {
  it.each<[string, (hello: SeenHello) => Doing, KnownDraft, object]>([
    [
      'none',
      odd(() => undefined),
      only,
      {
        sees: [],
        open: ['protocol: resumption of TLS 1.2: its certificate has no RSA key that can be encrypted for ()'],
      },
    ],
    [
      'compresses',
      odd(({ compression }) => (compression.includes(1) ? plain({ compression: 1 }) : undefined)),
      only,
      { sees: ['TLS 1.2 compression DEFLATE'] },
    ],
    [
      'chokes on compression',
      odd(({ compression }) => (compression.includes(1) ? 'reset' : plain({ extensions: [[23, Buffer.alloc(0)]] }))),
      only,
      { sees: ['TLS 1.2 extended-master-secret'] },
    ],
    [
      'has one protocol of ours, and one that we did not ask for',
      odd((hello) =>
        isAlpn(hello)
          ? plain({
              extensions: [
                [16, extensions.alpn([hello.extensions.get(16)!.includes('mqtt') ? 'mqtt' : 'x-other']).body],
              ],
            })
          : undefined,
      ),
      only,
      { sees: ['TLS 1.2 alpn mqtt'] },
    ],
    ['has none of our protocols', odd((hello) => (isAlpn(hello) ? alert(120) : undefined)), only, { sees: [] }],
    [
      'falls silent at ALPN',
      odd((hello) => (isAlpn(hello) ? 'silence' : undefined)),
      only,
      { sees: [], open: expect.arrayContaining([expect.stringMatching(/^timeout: ALPN: .*\(\)$/)]) },
    ],
    [
      'refuses unknown names',
      odd(({ extensions: all }) => (all.get(0)?.includes('unknown.invalid') ? alert(112) : undefined)),
      only,
      { sees: ['TLS 1.2 sni-dependent'] },
    ],
    ['shows another certificate each time', (hello) => plain({ certificate: u8(hello.nth) }), only, { sees: [] }],
    [
      'is not warned of a fallback',
      (hello) => flight12(hello.version, TRIPLE),
      { suites: { 'TLS 1.1': [TRIPLE], 'TLS 1.2': [TRIPLE] } },
      { sees: [] },
    ],
    [
      'falls silent at a fallback',
      (hello) => (hello.suites.includes(0x5600) ? 'silence' : flight12(hello.version, TRIPLE)),
      { suites: { 'TLS 1.1': [TRIPLE], 'TLS 1.2': [TRIPLE] } },
      { sees: [], open: expect.arrayContaining([expect.stringMatching(/^timeout: fallback.*\(\)$/)]) },
    ],
    [
      'a ticket is promised, and our Finished not waited for',
      (hello) =>
        flight12(hello.version, TRIPLE, undefined, {
          extensions: [[35, Buffer.alloc(0)]],
          certificate: new X509Certificate(cert).raw,
        }),
      only,
      { sees: ['TLS 1.2 session-tickets'], open: [expect.stringMatching(/^timeout: resumption of TLS 1.2/)] },
    ],
    [
      'takes nothing any more',
      () => 'reset',
      BOTH,
      {
        sees: [],
        open: expect.arrayContaining([
          expect.stringMatching(/^reset: extensions/),
          expect.stringMatching(/^reset: tickets of TLS 1.3/),
          expect.stringMatching(/^reset: resumption of TLS 1.2/),
          expect.stringMatching(/^reset: fallback/),
          expect.stringMatching(/^reset: ALPN/),
          expect.stringMatching(/^reset: SNI/),
        ]),
      },
    ],
    [
      'a suite that we cannot go through',
      odd(() => undefined),
      { suites: { 'TLS 1.2': [0x0005] } },
      { sees: [], open: expect.not.arrayContaining([expect.stringMatching(/resumption/)]) },
    ],
  ])('%s', async (name, answer, known, is) => {
    const server = await scripted(answer);
    expect(await seen(server.port, known, [], waitOf(name))).toMatchObject(is);
    await server.close();
  });
});
