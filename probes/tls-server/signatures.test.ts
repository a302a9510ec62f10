import * as tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import * as fixtures from '../../fixtures/services/index.ts';
import { tcpServer } from '../../test/kit/probe.ts';
import { type Doing, dhe, ecdhe, flight12, REFUSED, type SeenHello, scripted } from '../../test/kit/tls-scripted.ts';
import { type KnownDraft, runStage } from '../../test/kit/tls-stage.ts';
import { signatures } from './signatures.ts';

const { key, cert } = fixtures.certificate({ commonName: 'cam' });
const [ECDHE, DHE] = [0xc02f, 0x009e];

/** For servers that answer, however busy the machine is: what is asked again would count. */
const SLOW = 5000;
/** What is silent is not waited for as long, and pauses between what fails are parts of it. */
const waitOf = (name: string): number =>
  /silen|waited/.test(name) ? 150 : /reset|close|nothing|no more/.test(name) ? 250 : 1000;

async function seen(port: number, known: KnownDraft, wait = SLOW) {
  const { facts, unsettled, handshakes } = await runStage(signatures, known, { port, limits: { wait } });
  return {
    schemes: facts.flatMap((f) =>
      f.kind === 'offer' && f.role === 'signature' ? [`${f.version} ${f.name} ${f.code}`] : [],
    ),
    open: unsettled.map(({ reason, what, open }) => `${reason}: ${what} (${open})`),
    handshakes,
  };
}

async function node(options: tls.TlsOptions) {
  const server = tls.createServer({ key, cert, ...options });
  server.on('tlsClientError', () => undefined);
  return tcpServer((socket) => server.emit('connection', socket));
}

it('asks real servers in both versions', async () => {
  const server = await node({ sigalgs: 'rsa_pss_rsae_sha512:rsa_pss_rsae_sha256:RSA+SHA256' });
  const known = { suites: { 'TLS 1.2': [ECDHE], 'TLS 1.3': [0x1301] } };
  expect(await seen(server.port, known)).toEqual({
    schemes: [
      'TLS 1.3 rsa_pss_rsae_sha512 2054',
      'TLS 1.3 rsa_pss_rsae_sha256 2052',
      'TLS 1.2 rsa_pss_rsae_sha512 2054',
      'TLS 1.2 rsa_pss_rsae_sha256 2052',
      'TLS 1.2 rsa_pkcs1_sha256 1025',
    ],
    open: [],
    handshakes: 7,
  });
  await server.close();
});

const only = { suites: { 'TLS 1.2': [ECDHE] } } as const;
/** Signs with what the script says. */
const signs =
  (pick: (hello: SeenHello) => number | undefined) =>
  (hello: SeenHello): Doing => {
    const scheme = pick(hello);
    return scheme === undefined ? REFUSED : flight12(0x0303, ECDHE, ecdhe(23, scheme));
  };
const has = (...own: number[]) => signs(({ schemes }) => own.find((one) => schemes.includes(one)));

describe('signatures of scripted servers', () => {
  it.each<[string, (hello: SeenHello) => Doing, KnownDraft, object]>([
    [
      'MD5, and a pair without a name',
      has(0x0101, 0x0401),
      only,
      { schemes: ['TLS 1.2 rsa_pkcs1_md5 257', 'TLS 1.2 rsa_pkcs1_sha256 1025'], open: [] },
    ],
    [
      'allows all for the certificates',
      signs(({ extensions, schemes }) =>
        extensions.get(50)!.includes(Buffer.from('0401', 'hex'))
          ? [0x0804, 0x0805].find((one) => schemes.includes(one))
          : undefined,
      ),
      only,
      { schemes: ['TLS 1.2 rsa_pss_rsae_sha256 2052', 'TLS 1.2 rsa_pss_rsae_sha384 2053'] },
    ],
    [
      'signs with SHA-1 whatever is asked',
      signs(() => 0x0201),
      only,
      { schemes: ['TLS 1.2 rsa_pkcs1_sha1 513'], open: [] },
    ],
    [
      'DHE is signed too',
      ({ schemes, suites }) =>
        schemes.includes(0x0401) && suites.includes(DHE)
          ? flight12(0x0303, DHE, dhe(Buffer.alloc(256, 0xe7), 0x0401))
          : REFUSED,
      { suites: { 'TLS 1.2': [DHE] } },
      { schemes: ['TLS 1.2 rsa_pkcs1_sha256 1025'], open: [] },
    ],
    [
      'nothing is signed',
      () => 'reset',
      { suites: { 'TLS 1.2': [0x009c, 0x0034] } },
      { schemes: [], open: [], handshakes: 0 },
    ],
    [
      'versions without a choice',
      () => 'reset',
      { suites: { 'TLS 1.1': [0xc013] } },
      { schemes: [], open: [], handshakes: 0 },
    ],
    [
      'falls silent after one',
      (hello) => (hello.nth < 2 ? has(0x0401)(hello) : 'silence'),
      only,
      {
        schemes: ['TLS 1.2 rsa_pkcs1_sha256 1025'],
        open: [expect.stringMatching(/^timeout: signatures of TLS 1.2.*\(offer\)/)],
      },
    ],
    [
      'resets after one',
      (hello) => (hello.nth < 2 ? has(0x0401)(hello) : 'reset'),
      only,
      { open: [expect.stringMatching(/^reset: signatures/)] },
    ],
    [
      'says what is no ServerKeyExchange',
      () => flight12(0x0303, ECDHE, Buffer.alloc(2)),
      only,
      { schemes: [], open: [expect.stringMatching(/^protocol: signatures.*not known \(0\)/)] },
    ],
    [
      'TLS 1.3 falls silent',
      () => 'silence',
      { suites: { 'TLS 1.3': [0x1301] } },
      { schemes: [], open: [expect.stringMatching(/^timeout: signatures of TLS 1.3/)] },
    ],
    [
      'TLS 1.3 cannot be read',
      () => flight12(0x0303, ECDHE, ecdhe(23)),
      { suites: { 'TLS 1.3': [0x1301] } },
      { schemes: [], open: [expect.stringMatching(/^reset: signatures of TLS 1.3: the handshake cannot be read/)] },
    ],
  ])('%s', async (name, answer, known, is) => {
    const server = await scripted(answer);
    expect(await seen(server.port, known, waitOf(name))).toMatchObject(is);
    await server.close();
  });
});
