import { execFile, execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import coapResources from '../../probes/coap-resources/probe.ts';
import dtlsLogin from '../../probes/dtls-login/probe.ts';
import dtlsServer from '../../probes/dtls-server/probe.ts';
import dtlsService from '../../probes/dtls-service/probe.ts';
import quicServer from '../../probes/quic-server/probe.ts';
import service from '../../probes/service/probe.ts';
import type { Fact } from '../../src/model/fact.ts';
import type { Probe } from '../../src/observe/probe.ts';
import { dtlsHello } from '../../src/observe/protocols/dtls.ts';
import { dtlsHelloParts } from '../../src/observe/protocols/dtls-hello.ts';
import { everythingSaid, type Observed, type ObserveOptions, observeWith } from '../kit/probe.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { answering, listening } from './ready.ts';
import { certificate } from './servers.ts';

const why = missing();
const absent = {
  openssl: has('openssl') ? undefined : '`openssl` is not installed',
  gnutls: has('gnutls-serv') ? undefined : '`gnutls-serv` (Debian: gnutls-bin) is not installed',
  coap: has('coap-server-openssl') ? undefined : '`coap-server-openssl` (Debian: libcoap3-bin) is not installed',
  'coap-gnutls': has('coap-server-gnutls') ? undefined : '`coap-server-gnutls` (Debian: libcoap3-bin) is not installed',
  quic: has('caddy') ? undefined : '`caddy` is not installed',
};
const title = (name: keyof typeof absent): string => `${name}${absent[name] ? ` (skipped: ${absent[name]})` : ''}`;
const PORTS = {
  old: 6001,
  new: 6002,
  both: 6003,
  gnutls: 5684,
  psk: 5701,
  certificate: 5711,
  gnutlsPsk: 5721,
  gnutlsCertificate: 5731,
  quic: 6443,
} as const;
const ALL = 'ALL:eNULL:@SECLEVEL=0';
const run = promisify(execFile);

/** Programs that need their standard input open. */
const held = (...words: readonly string[]): string[] => ['sh', '-c', 'sleep 600 | exec "$@"', 'sh', ...words];

const offers = ({ facts }: Observed, role: string, version?: string): string[] =>
  facts
    .filter(
      (fact) => fact.kind === 'offer' && fact.role === role && (version === undefined || fact.version === version),
    )
    .map((fact) => (fact as Extract<Fact, { kind: 'offer' }>).name)
    .sort();

describe.skipIf(why !== undefined)(why ?? 'DTLS, CoAPs and QUIC of real servers', { concurrent: true }, () => {
  let lab: Lab;
  let host: Host;

  const look = (probe: Probe, port: number, options: ObserveOptions = {}): Promise<Observed> =>
    observeWith(probe, {
      host: host.address,
      port,
      transport: 'udp',
      ...(probe !== service && { protocol: 'dtls', security: 'none' }),
      ...options,
      limits: { wait: 600, attempt: 60_000 },
    });
  const recognised = async (port: number): Promise<string[]> =>
    (await look(service, port)).facts.flatMap((fact) => (fact.kind === 'service' ? [fact.protocol] : []));

  /** IANA names of the suites with which openssl's own client gets handshakes, until it gets none. */
  const byOpenssl = async (port: number, flag: string): Promise<string[]> => {
    const list = execFileSync('openssl', ['ciphers', '-stdname', '-psk', ALL], { encoding: 'utf8' });
    const iana = new Map([...list.matchAll(/^(TLS_\S+)\s+- (\S+)/gm)].map(([, name, own]) => [own!, name!]));
    const taken: string[] = [];
    for (;;) {
      const ciphers = [...taken.map((own) => `!${own}`), ALL].join(':');
      const words = ['s_client', flag, '-connect', `${host.address}:${port}`, '-cipher', ciphers, '-no_ign_eof'];
      const asked = run('openssl', [...words, '-psk', Buffer.from('OnlyHere1').toString('hex')], { timeout: 5000 });
      asked.child.stdin?.end();
      const said = await asked.catch((error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }));
      const own = /Cipher is ([A-Z0-9][\w-]+)/.exec(said.stdout)?.[1];
      if (own === undefined || !iana.has(own)) return taken.map((one) => iana.get(one)!).sort();
      taken.push(own);
    }
  };

  beforeAll(async () => {
    lab = createLab();
    host = lab.host('device');
    const { cert, key } = certificate(host, { bits: 2048, days: 30, name: 'device.example' });
    const openssl = (port: number, ...words: string[]) =>
      host.start(held('openssl', 's_server', ...words, '-accept', String(port), '-cert', cert, '-key', key, '-quiet'));
    if (!absent.openssl) {
      openssl(PORTS.old, '-dtls1', '-cipher', ALL);
      openssl(PORTS.new, '-dtls1_2');
      openssl(PORTS.both, '-dtls', '-cipher', ALL);
    }
    const priority = 'NORMAL:+VERS-DTLS1.0:+VERS-DTLS1.2';
    if (!absent.gnutls)
      host.start([
        'gnutls-serv',
        '--udp',
        '-p',
        String(PORTS.gnutls),
        '--x509certfile',
        cert,
        '--x509keyfile',
        key,
        '--priority',
        priority,
      ]);
    if (!absent.coap) {
      const server = ['coap-server-openssl', '-A', '0.0.0.0', '-p'];
      host.start([...server, String(PORTS.psk - 1), '-k', 'OnlyHere1', '-h', 'HINT']);
      host.start([...server, String(PORTS.certificate - 1), '-c', cert, '-j', key, '-n']);
    }
    if (!absent['coap-gnutls']) {
      const server = ['coap-server-gnutls', '-A', '0.0.0.0', '-p'];
      host.start([...server, String(PORTS.gnutlsPsk - 1), '-k', 'OnlyHere1', '-h', 'HINT']);
      host.start([...server, String(PORTS.gnutlsCertificate - 1), '-c', cert, '-j', key, '-n']);
    }
    if (!absent.quic) {
      const options = `admin off\nskip_install_trust\nstorage file_system ${join(host.dir, 'caddy')}\nauto_https disable_redirects`;
      const site = `https://device.example:${PORTS.quic} {\ntls ${cert} ${key}\nrespond hi\n}`;
      host.start([
        'caddy',
        'run',
        '--adapter',
        'caddyfile',
        '--config',
        host.file('Caddyfile', `{\n${options}\n}\n${site}\n`),
      ]);
    }
    const hello = dtlsHello(dtlsHelloParts({ version: 'DTLS 1.2', random: Buffer.alloc(64, 1), short: true }));
    const up = [
      ...(absent.openssl ? [] : [PORTS.old, PORTS.new, PORTS.both]),
      ...(absent.gnutls ? [] : [PORTS.gnutls]),
      ...(absent.coap ? [] : [PORTS.psk, PORTS.certificate]),
      ...(absent['coap-gnutls'] ? [] : [PORTS.gnutlsPsk, PORTS.gnutlsCertificate]),
    ];
    await Promise.all(up.map((port) => answering(host, port, hello)));
    if (!absent.quic) await listening(host, PORTS.quic);
  }, 60_000);
  afterAll(() => lab?.close());

  test.skipIf(absent.openssl).each([
    ['old', 'DTLS 1.0', '-dtls1'],
    ['new', 'DTLS 1.2', '-dtls1_2'],
  ] as const)(
    `${title('openssl')}: %s, suites as s_client gets them`,
    async (name, version, flag) => {
      const port = PORTS[name];
      expect(await recognised(port)).toEqual(['dtls']);
      const observed = await look(dtlsServer, port);
      expect(observed.attempt.outcome).toEqual({ status: 'completed' });
      expect(offers(observed, 'version')).toEqual([version]);
      expect(offers(observed, 'suite', version)).toEqual(await byOpenssl(port, flag));
      const kinds = observed.facts.map(({ kind }) => kind);
      expect(kinds).toEqual(expect.arrayContaining(['certificate', 'key', 'weakness']));
      // Each hello is an association that the server has to keep.
      expect(observed.transcripts.length).toBeLessThan(60);
    },
    60_000,
  );

  test.skipIf(absent.openssl)(
    `${title('openssl')}: both versions, and a cookie first`,
    async () => {
      const observed = await look(dtlsServer, PORTS.both);
      expect(observed.attempt.outcome).toEqual({ status: 'completed' });
      expect(offers(observed, 'version')).toEqual(['DTLS 1.0', 'DTLS 1.2']);
      expect(offers(observed, 'suite', 'DTLS 1.2')).toContain('TLS_DH_anon_WITH_AES_256_GCM_SHA384');
      expect(observed.facts).toContainEqual(expect.objectContaining({ name: 'amplification', present: false }));
    },
    60_000,
  );

  test.skipIf(absent.gnutls)(
    `${title('gnutls')}: silent to what it does not have, and told all the same`,
    async () => {
      expect(await recognised(PORTS.gnutls)).toEqual(['dtls']);
      const observed = await look(dtlsServer, PORTS.gnutls);
      expect(observed.attempt.outcome).toEqual({ status: 'completed' });
      expect(offers(observed, 'version')).toEqual(['DTLS 1.0', 'DTLS 1.2']);
      const known = ['-l', '--priority', 'NORMAL:-VERS-ALL:+VERS-DTLS1.2:-KX-ALL:+ECDHE-RSA:+DHE-RSA:+RSA'];
      const list = execFileSync('gnutls-cli', known, { encoding: 'utf8' });
      const names = [...list.matchAll(/0x([0-9a-f]{2}), 0x([0-9a-f]{2})/g)].map((hit) =>
        Number.parseInt(hit[1]! + hit[2]!, 16),
      );
      const codes = observed.facts.flatMap((fact) =>
        fact.kind === 'offer' && fact.role === 'suite' && fact.version === 'DTLS 1.2' ? [fact.code] : [],
      );
      expect(codes.sort()).toEqual(names.sort());
      const inside = await look(dtlsService, PORTS.gnutls);
      expect(inside.facts).toContainEqual(
        expect.objectContaining({ kind: 'service', protocol: 'echo', security: 'dtls' }),
      );
    },
    60_000,
  );

  test.skipIf(absent.coap)(
    `${title('coap')}: pre-shared keys alone`,
    async () => {
      expect(await recognised(PORTS.psk)).toEqual(['dtls']);
      const observed = await look(dtlsServer, PORTS.psk);
      expect(observed.attempt.outcome).toEqual({ status: 'completed' });
      expect(offers(observed, 'suite', 'DTLS 1.2')).toEqual(await byOpenssl(PORTS.psk, '-dtls1_2'));
      expect(offers(observed, 'suite').every((name) => name.includes('PSK'))).toBe(true);
      expect(observed.facts.filter(({ kind }) => kind === 'certificate')).toEqual([]);

      const candidates = [{ id: 'x:1', user: 'Client_identity', secret: 'secretPSK' }];
      const accounts = [{ user: 'lab', secret: 'OnlyHere1', on: ['coap'] }];
      const login = await look(dtlsLogin, PORTS.psk, { candidates, accounts });
      expect(login.attempt.outcome).toEqual({ status: 'completed' });
      expect(login.facts.flatMap((fact) => (fact.kind === 'login' ? [`${fact.arm} ${fact.accepted}`] : []))).toEqual([
        'random false',
        'declared true',
        'candidate false',
        'declared true',
      ]);
      expect(everythingSaid(login)).not.toMatch(/OnlyHere1|secretPSK/);
      const found = login.facts.find((fact) => fact.kind === 'service');
      expect(found).toMatchObject({ protocol: 'coap', security: 'dtls' });
      const banner = found?.kind === 'service' ? login.evidence.get(found.banner!)?.bytes.toString() : '';
      const uri = `coaps://${host.address}:${PORTS.psk}/.well-known/core`;
      const { stdout } = await run('coap-client-openssl', ['-u', 'lab', '-k', 'OnlyHere1', '-m', 'get', uri]);
      expect(stdout.trim().length).toBeGreaterThan(20);
      expect(banner).toContain(stdout.trim());
    },
    60_000,
  );

  test.skipIf(absent.coap)(
    `${title('coap')}: with a certificate, to whoever comes`,
    async () => {
      const { cert } = { cert: join(host.dir, 'cert.pem') };
      const inside = await look(dtlsService, PORTS.certificate);
      expect(inside.facts).toMatchObject([
        { kind: 'service', protocol: 'coap', security: 'dtls' },
        { kind: 'channel', protocol: 'coap', encryption: 'dtls', version: 'DTLS 1.2' },
      ]);
      const read = await look(coapResources, PORTS.certificate, { protocol: 'coap', security: 'dtls' });
      const core = read.facts.find((fact) => fact.kind === 'access' && fact.resource === '/.well-known/core');
      expect(core).toMatchObject({ authentication: 'none' });
      const sample = core?.kind === 'access' ? read.evidence.get(core.sample!)?.bytes.toString() : '';
      const uri = `coaps://${host.address}:${PORTS.certificate}/.well-known/core`;
      const { stdout } = await run('coap-client-openssl', ['-C', cert, '-m', 'get', uri]);
      expect(sample).toBe(stdout.trim());
      expect((await look(dtlsLogin, PORTS.certificate)).facts).toEqual([]);
    },
    60_000,
  );

  test.skipIf(absent['coap-gnutls'])(
    `${title('coap-gnutls')}: drops what it has no credentials for, and is told all the same`,
    async () => {
      const [keys, certificates] = await Promise.all([
        look(dtlsServer, PORTS.gnutlsPsk),
        look(dtlsServer, PORTS.gnutlsCertificate),
      ]);
      expect(keys.attempt.outcome).toEqual({ status: 'completed' });
      expect(certificates.attempt.outcome).toEqual({ status: 'completed' });
      const byKey = offers(keys, 'suite', 'DTLS 1.2');
      expect(byKey).toContain('TLS_PSK_WITH_AES_128_CCM_8');
      expect(byKey.every((name) => name.includes('_PSK_'))).toBe(true);
      const byCertificate = offers(certificates, 'suite', 'DTLS 1.2');
      expect(byCertificate).toContain('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256');
      expect(byCertificate.some((name) => name.includes('_PSK_'))).toBe(false);
    },
    60_000,
  );

  test.skipIf(absent.quic)(
    `${title('quic')}: recognised, with its versions, its suites and its certificate`,
    async () => {
      expect(await recognised(PORTS.quic)).toEqual(['quic']);
      const observed = await look(quicServer, PORTS.quic, { protocol: 'quic', names: ['device.example'] });
      expect(observed.attempt.outcome).toEqual({ status: 'completed' });
      expect(offers(observed, 'version')).toEqual(expect.arrayContaining(['QUIC v1', 'TLS 1.3']));
      // What Go's TLS 1.3 has.
      expect(offers(observed, 'suite')).toEqual([
        'TLS_AES_128_GCM_SHA256',
        'TLS_AES_256_GCM_SHA384',
        'TLS_CHACHA20_POLY1305_SHA256',
      ]);
      const { raw } = new X509Certificate(readFileSync(join(host.dir, 'cert.pem')));
      expect(observed.facts).toContainEqual(
        expect.objectContaining({
          kind: 'certificate',
          position: 0,
          sha256: createHash('sha256').update(raw).digest('hex'),
          nameMatches: true,
        }),
      );
      expect(observed.facts.filter(({ kind }) => kind === 'key')).toHaveLength(1);
      expect(observed.facts).toContainEqual({
        kind: 'channel',
        protocol: 'quic',
        encryption: 'tls',
        version: 'QUIC v1',
      });
      // Who gives no name is refused by TLS: that it is TLS is told all the same.
      const nameless = await look(quicServer, PORTS.quic, { protocol: 'quic' });
      expect(nameless.attempt.outcome).toMatchObject({ reason: 'protocol', open: ['offer', 'certificate', 'key'] });
    },
    60_000,
  );
});
