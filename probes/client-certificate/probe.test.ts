import * as net from 'node:net';
import type { TcpService } from '../../fixtures/service.ts';
import { asNginx, clientCertificate, type Judging } from '../../fixtures/services/client-certificate.ts';
import {
  certificate,
  drip,
  flood,
  garble,
  https,
  reset,
  stall,
  type TlsOptions,
} from '../../fixtures/services/index.ts';
import type { Fact } from '../../src/model/fact.ts';
import { closedPort, type Observed, probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const server = (judge: Judging, tls: TlsOptions = {}) => start(clientCertificate({ judge, tls }));
const own = certificate({ key: 'rsa-2048-b', commonName: 'bench', signedBy: 'ca' });
const accounts = [{ user: 'bench', secret: own.key, certificate: own.cert }];
const OLD: TlsOptions = { maxVersion: 'TLSv1.2' };
const NEW: TlsOptions = { minVersion: 'TLSv1.3' };

const login = (arm: string, accepted: boolean, answer: string): Fact =>
  ({
    kind: 'login',
    protocol: 'tls',
    account: arm === 'none' ? '' : arm === 'declared' ? 'bench' : 'random',
    ...(arm === 'none' ? {} : { secret: arm === 'declared' ? 'declared:bench' : 'random' }),
    arm,
    accepted,
    answer,
  }) as Fact;
const access = (authentication: string, more = {}): Fact =>
  ({
    kind: 'access',
    protocol: 'tls',
    class: 'function',
    action: 'execute',
    resource: 'TLS session',
    authentication,
    how: 'recognised',
    ...more,
  }) as Fact;

const said = 'HTTP 400, which speaks of the certificate';
const NAMED = ', of a CA that only has the name of a known one';
const unlike = (answer: string) => `${answer}, unlike with the declared certificate`;
const yes = login('declared', true, 'HTTP 200');
const there = login('declared', true, 'HTTP 404');
const on = { protocol: 'tls', security: 'none', limits: { wait: 700 }, never: /PRIVATE KEY/ } as const;
const weak = { ...on, device: 'weak', outcome: 'completed' } as const;
const sound = { ...on, device: 'sound', outcome: 'completed' } as const;
const open = { ...on, device: 'cannot-tell' as const, open: ['login', 'access'] };
const known = (shown: { issuer: string } | undefined) => shown?.issuer.includes('CN=Fixture ca') === true;

probeTest(probe, [
  {
    name: 'only one that its CA signed, TLS 1.3: an alert without, and a close for a stranger',
    ...sound,
    accounts,
    start: start(https({ tls: { clientsOf: 'ca', ...NEW } })),
    sees: [
      login('none', false, 'alert certificate_required after the handshake'),
      there,
      login('random', false, unlike('closed after the handshake')),
      access('required'),
      there,
    ],
  },
  {
    name: 'only one that its CA signed, up to TLS 1.2',
    ...sound,
    accounts,
    start: start(https({ tls: { clientsOf: 'ca', ...OLD } })),
    sees: [
      login('none', false, 'alert handshake_failure within the handshake'),
      there,
      login('random', false, unlike('closed within the handshake')),
      login('random', false, unlike('closed within the handshake') + NAMED),
      access('required'),
      there,
    ],
  },
  {
    name: 'a page that says so, as nginx has it',
    ...sound,
    start: server(asNginx(() => false)),
    sees: [
      login('none', false, said),
      login('random', false, said),
      login('random', false, said + NAMED),
      access('required'),
    ],
  },
  {
    name: 'the declared certificate is refused like all others',
    ...sound,
    accounts,
    start: server(
      asNginx(() => false),
      NEW,
    ),
    sees: [
      login('none', false, said),
      login('declared', false, `${said}: the declared certificate was refused`),
      login('random', false, said),
      access('required'),
    ],
  },
  {
    name: 'forbidden without the right one',
    ...sound,
    accounts,
    start: server((shown) => (shown?.subject === 'CN=bench' ? 'in' : [403, 'no']), NEW),
    sees: [
      login('none', false, unlike('HTTP 403')),
      yes,
      login('random', false, unlike('HTTP 403')),
      access('required'),
      yes,
    ],
  },
  {
    name: 'any certificate at all',
    ...weak,
    start: server(
      asNginx(() => true),
      NEW,
    ),
    sees: [
      login('none', false, said),
      login('random', true, 'HTTP 200'),
      login('random', true, 'HTTP 200'),
      access('any'),
    ],
  },
  {
    name: 'any certificate at all, and nothing inside that we know',
    ...weak,
    start: server((shown) => (shown ? 'stall' : [496, 'none'])),
    sees: [
      login('none', false, 'HTTP 496, which speaks of the certificate'),
      ...[1, 2].map(() => login('random', true, 'the session stands, nothing was said inside')),
      access('any', { class: 'content', how: 'guessed' }),
    ],
  },
  {
    name: 'a CA is known by its name alone',
    ...weak,
    start: server(asNginx(known), OLD),
    sees: [
      login('none', false, said),
      login('random', false, said),
      login('random', true, `HTTP 200${NAMED}`),
      login('random', true, `HTTP 200${NAMED}`),
      access('any'),
    ],
  },
  {
    name: 'a certificate is asked for, and not needed',
    ...sound,
    start: server(() => 'in'),
    sees: [login('none', true, 'HTTP 200')],
  },
  {
    name: 'a certificate is asked for, or a login',
    ...sound,
    start: server((shown) => (shown ? 'in' : [401, 'who?']), NEW),
    sees: [login('none', true, 'HTTP 401')],
  },
  { name: 'nothing is asked for', ...sound, start: start(https()), sees: [], also: one },
  { name: 'nothing is asked for, TLS 1.3 alone', ...sound, start: start(https({ tls: NEW })), sees: [] },
  {
    name: 'closed without a word for everybody',
    ...open,
    start: server(() => 'close', NEW),
    sees: [],
    outcome: 'reset',
  },
  {
    name: 'an alert without, a close for a stranger, and no control',
    ...open,
    start: start(https({ tls: { clientsOf: 'ca', ...NEW } })),
    sees: [login('none', false, 'alert certificate_required after the handshake')],
    outcome: 'reset',
  },
  { name: 'forbidden, and no control', ...open, start: server(() => [403, 'no']), sees: [], outcome: 'protocol' },
  {
    name: 'forbidden without one, and given to any, and no control',
    ...weak,
    start: server((shown) => (shown ? 'in' : [403, 'no']), NEW),
    sees: [
      login('none', false, "HTTP 403, unlike with a stranger's"),
      login('random', true, 'HTTP 200'),
      login('random', true, 'HTTP 200'),
      access('any'),
    ],
  },
  {
    name: 'forbidden every other time, whatever is presented',
    ...open,
    start: server(turns(), NEW),
    sees: [],
    outcome: 'protocol',
  },
  {
    name: 'silent without the right one: no refusal',
    ...open,
    accounts,
    start: server((shown) => (shown?.subject === 'CN=bench' ? 'in' : 'stall'), NEW),
    sees: [],
    outcome: 'timeout',
  },
  {
    name: 'a stranger gets in once',
    ...open,
    start: server(once(), NEW),
    sees: [login('none', false, said), login('random', true, 'HTTP 200'), login('random', false, said)],
    outcome: 'protocol',
  },
  {
    name: 'the declared certificate is not the key’s',
    ...open,
    accounts: [{ user: 'bench', secret: certificate().key, certificate: own.cert }],
    start: server(asNginx(() => false)),
    sees: [],
    outcome: 'protocol',
  },
  {
    name: 'asked for in the clear, and no handshake that we can have: no certificate went out',
    ...open,
    start: handshakeOnce,
    sees: [login('none', false, 'alert handshake_failure within the handshake')],
    outcome: 'unsupported',
  },
  {
    name: 'no handshake at all',
    ...open,
    tcp: (socket) => void socket.once('data', () => socket.end(NO_HANDSHAKE)),
    sees: [],
    outcome: 'unsupported',
  },
  { name: 'silence', ...open, start: start(stall(https())), sees: [], outcome: 'timeout' },
  { name: 'reset', ...open, start: start(reset(https())), sees: [], outcome: 'reset' },
  { name: 'closes', ...open, tcp: (socket) => socket.end(), sees: [], outcome: 'unsupported' },
  { name: 'refuses', ...open, start: closedPort, sees: [], outcome: 'refused' },
  { name: 'garbage', ...open, start: start(garble(https())), sees: [], outcome: 'protocol' },
  { name: 'floods', ...open, start: start(flood(https())), sees: [], outcome: 'protocol' },
  { name: 'a byte at a time', ...open, start: start(drip(https(), 30)), sees: [], outcome: 'timeout' },
]);

/** TLS 1.2, fatal, handshake_failure. */
const NO_HANDSHAKE = Buffer.from('15030300020228', 'hex');

/** The first connection sees a server that asks for a certificate; all others are refused at once. */
async function handshakeOnce(host: string) {
  const real = await clientCertificate({ judge: () => 'in', tls: OLD }).start(host, 0);
  let count = 0;
  const front = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    count += 1;
    if (count > 1) socket.once('data', () => socket.end(NO_HANDSHAKE));
    else socket.pipe(net.connect(real.port, host).on('error', () => socket.destroy())).pipe(socket);
  });
  await new Promise<void>((resolve) => front.listen(0, host, resolve));
  return {
    port: (front.address() as net.AddressInfo).port,
    close: async () => {
      await real.close();
      front.close();
    },
  };
}

function once(): Judging {
  let taken = 0;
  return asNginx(() => {
    taken += 1;
    // The second: the first one only tells whether certificates are asked for at all.
    return taken === 2;
  });
}

function one({ transcripts }: Observed): void {
  if (transcripts.length !== 1) throw new Error(`${transcripts.length} connections, where one tells`);
}

/** Forbids whoever comes first, third and so on, and gives the others the page. */
function turns(): Judging {
  let taken = 0;
  return () => {
    taken += 1;
    return taken % 2 === 1 ? [403, 'no'] : 'in';
  };
}
