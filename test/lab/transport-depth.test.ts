import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { features } from '../../probes/tls-server/features.ts';
import { groups } from '../../probes/tls-server/groups.ts';
import { tlsServer } from '../../probes/tls-server/probe.ts';
import { signatures } from '../../probes/tls-server/signatures.ts';
import { allSuites } from '../../probes/tls-server/suites.ts';
import { observeWith } from '../kit/probe.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { listening } from './ready.ts';
import { nginx } from './servers.ts';

const programs = ['nmap', 'openssl', 'nginx', 'gnutls-serv', 'sslscan'].filter((program) => !has(program));
const why = missing() ?? (programs.length > 0 ? `${programs.join(', ')} not installed` : undefined);

const run = promisify(execFile);
const depth = tlsServer([allSuites as never, groups, signatures, features]);

/** Groups, signatures, features and flaws, each as a set of lines. */
async function byUs(host: Host, port: number) {
  const { attempt, facts } = await observeWith(depth, {
    host: host.address,
    scope: ['198.18.0.0/15'],
    port,
    protocol: 'tls',
    security: 'none',
    limits: { wait: 4000, attempt: 60_000 },
  });
  const offers = (role: string, line: 'name' | 'code') =>
    facts.flatMap((f) => (f.kind === 'offer' && f.role === role ? [`${f.version} ${f[line]}`] : []));
  return {
    outcome: attempt.outcome,
    groups: offers('group', 'name'),
    codes: offers('group', 'code').filter((line) => !line.endsWith('undefined')),
    bits: facts.flatMap((f) => (f.kind === 'offer' && f.role === 'group' ? [`${f.name} ${f.bits}`] : [])),
    signatures: offers('signature', 'name'),
    features: offers('feature', 'name'),
    alpn: offers('alpn', 'name'),
    flaws: Object.fromEntries(facts.flatMap((f) => (f.kind === 'weakness' ? [[f.name, f.present]] : []))),
  };
}

/** Groups of TLS 1.3 and of ECDHE in TLS 1.2, as `TLS 1.2 23`. */
async function bySslscan(host: Host, port: number): Promise<string[]> {
  const { stdout } = await run('sslscan', [
    ...['--no-heartbleed', '--no-renegotiation', '--no-compression', '--no-fallback', '--no-ciphersuites'],
    ...['--xml=-', `${host.address}:${port}`],
  ]);
  return [...stdout.matchAll(/<group sslversion="TLSv([\d.]+)"[^>]*id="0x([0-9a-f]+)"/g)]
    .map(([, version, id]) => `TLS ${version} ${Number.parseInt(id!, 16)}`)
    .sort();
}

/** Bits of the primes that nmap finds fault with, by port. */
async function byNmap(host: Host, ports: readonly number[]): Promise<ReadonlyMap<number, readonly number[]>> {
  const { stdout } = await run('nmap', ['-Pn', '-n', '-p', ports.join(), '--script', '+ssl-dh-params', host.address]);
  const [, ...parts] = stdout.split(/^(?=\d+\/tcp)/m);
  return new Map(
    parts.map((part) => [
      Number.parseInt(part, 10),
      [...new Set([...part.matchAll(/Modulus Length: (\d+)/g)].map(([, bits]) => Number(bits)))],
    ]),
  );
}

/** sslscan asks for groups of ECDHE, and in TLS 1.3 for all. */
const isAsked = (line: string): boolean => !/^TLS 1\.[012] 2(5[6-9]|60)$/.test(line);

const PORTS = { custom: 1, known: 2, recommended: 3, tiny: 4, named: 5, few: 6, ecdsa: 7 } as const;

describe.skipIf(why !== undefined)(why ?? 'groups, signatures and features of real servers', () => {
  let lab: Lab;
  let host: Host;
  const looked = new Map<number, ReturnType<typeof byUs>>();
  /** Each server is looked at once. */
  const seen = (name: keyof typeof PORTS) => {
    const port = PORTS[name];
    const looking = looked.get(port) ?? byUs(host, port);
    looked.set(port, looking);
    return looking;
  };
  let nmap: ReturnType<typeof byNmap>;

  beforeAll(async () => {
    lab = createLab();
    host = lab.host('depth');
    const at = (name: string) => join(host.dir, name);
    const openssl = (...words: string[]) =>
      execFileSync('openssl', words, { stdio: ['ignore', 'pipe', 'ignore'], cwd: host.dir, encoding: 'utf8' });
    const certificate = (name: string, ...key: string[]) =>
      openssl(
        'req',
        '-x509',
        '-nodes',
        '-days',
        '30',
        '-subj',
        `/CN=${name}`,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.pem`,
        ...key,
      );
    certificate('rsa', '-newkey', 'rsa:2048');
    certificate('ec', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-384');
    openssl('dhparam', '-dsaparam', '-out', 'custom.pem', '1024');
    openssl('dhparam', '-out', 'tiny.pem', '512');
    openssl('genpkey', '-genparam', '-algorithm', 'DH', '-pkeyopt', 'group:ffdhe2048', '-out', 'recommended.pem');
    openssl('genpkey', '-genparam', '-algorithm', 'DHX', '-pkeyopt', 'dh_rfc5114:1', '-out', 'known.pem');
    const server = (port: number, more: string) =>
      `server { listen ${port} ssl; ssl_certificate ${at('rsa.pem')}; ssl_certificate_key ${at('rsa.key')}; ssl_ciphers ALL:!aNULL:@SECLEVEL=0; ${more} }`;
    nginx(
      host,
      [
        server(
          PORTS.custom,
          `ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_dhparam ${at('custom.pem')}; ssl_ecdh_curve secp384r1:prime256v1;`,
        ),
        server(
          PORTS.known,
          `ssl_protocols TLSv1.2; ssl_dhparam ${at('known.pem')}; ssl_session_tickets off; ssl_session_cache shared:a:1m;`,
        ),
        server(PORTS.recommended, `ssl_protocols TLSv1.2 TLSv1.3; ssl_dhparam ${at('recommended.pem')};`),
      ].join('\n'),
    );
    const gnutls = (port: number, priority: string, ...more: string[]) =>
      host.start([
        'gnutls-serv',
        '-q',
        '-p',
        String(port),
        '--x509keyfile',
        at('rsa.key'),
        '--x509certfile',
        at('rsa.pem'),
        '--priority',
        priority,
        ...more,
      ]);
    const noFfdhe = [2048, 3072, 4096, 6144, 8192].map((bits) => `-GROUP-FFDHE${bits}`).join(':');
    gnutls(
      PORTS.tiny,
      `NORMAL:-KX-ALL:+DHE-RSA:-VERS-TLS1.3:${noFfdhe}:%PROFILE_VERY_WEAK`,
      '--dhparams',
      at('tiny.pem'),
    );
    gnutls(PORTS.named, 'NORMAL:-GROUP-ALL:+GROUP-FFDHE2048:+GROUP-FFDHE3072');
    const serve = (port: number, name: string, ...more: string[]) =>
      host.start([
        'openssl',
        's_server',
        '-accept',
        String(port),
        '-cert',
        at(`${name}.pem`),
        '-key',
        at(`${name}.key`),
        '-quiet',
        ...more,
      ]);
    serve(PORTS.few, 'rsa', '-groups', 'P-521:X448', '-sigalgs', 'RSA+SHA384:rsa_pss_rsae_sha512', '-early_data');
    serve(PORTS.ecdsa, 'ec', '-alpn', 'mqtt,h2');
    await listening(host, Object.values(PORTS));
    nmap = byNmap(host, [PORTS.custom, PORTS.known, PORTS.recommended, PORTS.tiny, PORTS.named]);
    nmap.catch(() => undefined);
  });
  afterAll(() => lab?.close());

  const SMALL = { 'small-dh': true, 'common-dh': false, logjam: false };
  const NONE = { ...SMALL, 'small-dh': false };

  test.each([
    ['nginx with a prime of its own', 'custom', [1024], SMALL],
    ['nginx with the prime of RFC 5114', 'known', [1024], { ...SMALL, 'common-dh': true }],
    ['nginx with ffdhe2048', 'recommended', [], NONE],
    ['GnuTLS with 512 bits', 'tiny', [512], { ...SMALL, logjam: true }],
    ['GnuTLS with groups of RFC 7919', 'named', [], NONE],
  ] as const)('primes as nmap sees them: %s', async (_, port, bits, flaws) => {
    const [ours, theirs] = await Promise.all([seen(port), nmap]);
    expect({ outcome: ours.outcome, flaws: ours.flaws, nmap: theirs.get(PORTS[port]) }).toEqual({
      outcome: { status: 'completed' },
      flaws,
      nmap: bits,
    });
    for (const each of bits) expect(ours.bits).toContainEqual(expect.stringMatching(new RegExp(` ${each}$`)));
  });

  test.each(['custom', 'recommended', 'few'] as const)('groups as sslscan sees them: %s', async (name) => {
    // One after the other: s_server takes one connection at a time.
    const ours = await seen(name);
    const theirs = await bySslscan(host, PORTS[name]);
    expect(ours.outcome).toEqual({ status: 'completed' });
    expect(ours.codes.filter(isAsked).sort()).toEqual(theirs);
  });

  test('more groups of an ECDSA server than sslscan sees, and OpenSSL agrees on each', async () => {
    const ours = await seen('ecdsa');
    const theirs = await bySslscan(host, PORTS.ecdsa);
    const more = ours.codes.filter((line) => isAsked(line) && !theirs.includes(line));
    // Decision 0087: its own curve, P-384, is to be in the hello.
    expect(more).toEqual(['TLS 1.2 29', 'TLS 1.2 23', 'TLS 1.2 30', 'TLS 1.2 25']);
    const agreed: string[] = [];
    for (const group of ['X25519', 'P-256', 'X448', 'P-521']) {
      const to = `${host.address}:${PORTS.ecdsa}`;
      const connect = (groups: string) => {
        const client = run('openssl', ['s_client', '-connect', to, '-tls1_2', '-groups', groups]);
        client.child.stdin?.end();
        return client;
      };
      await expect(connect(group)).rejects.toThrow(/alert handshake failure/);
      agreed.push(/Server Temp Key: .*/.exec((await connect(`${group}:P-384`)).stdout)?.[0] ?? '');
    }
    expect(agreed).toEqual([/X25519/, /prime256v1/, /X448/, /secp521r1/].map((name) => expect.stringMatching(name)));
  });

  test('signatures, early data and tickets of s_server', async () => {
    const { signatures, features, groups } = await seen('few');
    expect(groups.filter((line) => line.startsWith('TLS 1.3'))).toEqual(['TLS 1.3 secp521r1', 'TLS 1.3 x448']);
    expect(signatures).toEqual([
      'TLS 1.3 rsa_pss_rsae_sha512',
      'TLS 1.2 rsa_pkcs1_sha384',
      'TLS 1.2 rsa_pss_rsae_sha512',
    ]);
    expect(features).toEqual(
      expect.arrayContaining(['TLS 1.3 early-data', 'TLS 1.3 session-resumption', 'TLS 1.2 session-resumption']),
    );
  });

  test('an ECDSA server, by ALPN', async () => {
    const { signatures, alpn } = await seen('ecdsa');
    expect(signatures).toContain('TLS 1.3 ecdsa_secp384r1_sha384');
    expect(alpn).toEqual(['TLS 1.3 mqtt', 'TLS 1.3 h2']);
  });

  test('sessions by id alone', async () => {
    const { features } = await seen('known');
    expect(features).toContain('TLS 1.2 session-resumption');
    expect(features).not.toContain('TLS 1.2 session-tickets');
  });
});
