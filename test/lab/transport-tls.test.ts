import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RawTlsOptions, rawTls } from '../../fixtures/services/index.ts';
import probe, { tlsServer } from '../../probes/tls-server/probe.ts';
import { allSuites } from '../../probes/tls-server/suites.ts';
import { observeWith } from '../kit/probe.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { listening } from './ready.ts';
import { mosquitto, nginx } from './servers.ts';

const programs = ['nmap', 'openssl', 'nginx', 'mosquitto', 'gnutls-serv', 'selfserv', 'certutil'].filter(
  (program) => !has(program),
);
const why = missing() ?? (programs.length > 0 ? `${programs.join(', ')} not installed` : undefined);

const run = promisify(execFile);
const core = tlsServer([allSuites]);

/** Suites by version, sorted. */
type Suites = Record<string, string[]>;

/** Where a server is. */
type At = Pick<Host, 'address'>;

/**
 * What nmap found: its XML has a table a version, with a table of ciphers in it. It gives suites of TLS 1.3 names of its
 * own (decision 0084): they are read as IANA has them.
 */
async function byNmap(host: At, port: number): Promise<Suites> {
  const { stdout } = await run('nmap', [
    ...['-Pn', '-n', '-p', String(port), '--script', '+ssl-enum-ciphers', '-oX', '-', host.address],
  ]);
  const suites: Suites = {};
  let version: string | undefined;
  for (const [, key, name] of stdout.matchAll(/<table key="((?:SSL|TLS)v[\d.]+)">|<elem key="name">([^<]+)</g)) {
    if (key) version = key.replace(/^TLSv/, 'TLS ');
    else if (version && name) add(suites, version, name.replace(/^TLS_AKE_WITH_/, 'TLS_'));
  }
  return sorted(suites);
}

const add = (suites: Suites, version: string, name: string): void => {
  suites[version] = [...(suites[version] ?? []), name];
};

const sorted = (suites: Suites): Suites =>
  Object.fromEntries(Object.entries(suites).map(([version, names]) => [version, [...new Set(names)].sort()]));

const to = ({ address }: At, port: number) => ({
  host: address,
  scope: [address],
  port,
  protocol: 'tls',
  security: 'none' as const,
  limits: { wait: 5000, attempt: 60_000 },
});

async function byUs(host: At, port: number) {
  const { attempt, facts, transcripts } = await observeWith(core, to(host, port));
  const suites: Suites = {};
  for (const fact of facts) {
    if (fact.kind === 'offer' && fact.role === 'suite') add(suites, fact.version!, fact.name);
  }
  return {
    suites: sorted(suites),
    outcome: attempt.outcome,
    handshakes: transcripts.length,
    preference: facts.flatMap((f) => (f.kind === 'offer' && f.name === 'server-preference' ? [f.version] : [])),
  };
}

/** Of each version, what one found and the other did not. */
function differences(ours: Suites, theirs: Suites): Record<string, { ours?: string[]; theirs?: string[] }> {
  const versions = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].sort();
  return Object.fromEntries(
    versions.flatMap((version) => {
      const [a, b] = [ours[version] ?? [], theirs[version] ?? []];
      const [more, less] = [a.filter((name) => !b.includes(name)), b.filter((name) => !a.includes(name))];
      if (more.length + less.length === 0) return [];
      return [[version, { ...(more.length > 0 && { ours: more }), ...(less.length > 0 && { theirs: less }) }]];
    }),
  );
}

const openssl = (...words: string[]): void => void execFileSync('openssl', words, { stdio: 'ignore' });

/** RC4, 3DES, static RSA and both kinds of ephemeral keys. */
const NSS = ':0004:0005:000A:0016:002F:0033:0035:0039:009C:009E:C011:C012:C013:C014:C027:C02F:C030:CCA8';
const SERVERS = {
  plain: 8442,
  modern: 8443,
  weakest: 8444,
  gnutls: 8445,
  nss: 8446,
  mosquitto: 8883,
  s_server: 8447,
} as const;

describe.skipIf(why !== undefined)(`suites of real TLS servers${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let lab: Lab;
  let host: Host;

  beforeAll(async () => {
    lab = createLab();
    host = lab.host('server');
    const at = (file: string) => join(host.dir, file);
    for (const [kind, algorithm] of [
      ['rsa', ['rsa:2048']],
      ['ec', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
    ] as const)
      openssl(
        ...['req', '-x509', '-newkey', ...algorithm, '-nodes', '-days', '30', '-subj', '/CN=server'],
        ...['-keyout', at(`${kind}.key`), '-out', at(`${kind}.pem`)],
      );
    openssl('genpkey', '-genparam', '-algorithm', 'DH', '-pkeyopt', 'group:ffdhe2048', '-out', at('dh.pem'));
    const certificates = (...kinds: string[]) =>
      kinds.map((kind) => `ssl_certificate ${at(`${kind}.pem`)}; ssl_certificate_key ${at(`${kind}.key`)};`).join(' ');
    nginx(
      host,
      `server { listen ${SERVERS.plain} ssl; ${certificates('rsa')} ssl_protocols TLSv1.2 TLSv1.3; }
server { listen ${SERVERS.modern} ssl; ${certificates('rsa')} ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on; }
server { listen ${SERVERS.weakest} ssl; ${certificates('rsa', 'ec')} ssl_dhparam ${at('dh.pem')};
ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'; }`,
    );
    mosquitto(
      host,
      `listener ${SERVERS.mosquitto}\ncertfile ${at('rsa.pem')}\nkeyfile ${at('rsa.key')}\ntls_version tlsv1.2`,
    );
    host.start([
      ...['gnutls-serv', '-p', String(SERVERS.gnutls), '--x509certfile', at('rsa.pem'), '--x509keyfile', at('rsa.key')],
      ...['--http', '--priority', 'NORMAL:+VERS-ALL:+ARCFOUR-128:+3DES-CBC:+MD5:+ANON-DH:+ANON-ECDH:+DHE-RSA'],
    ]);
    execFileSync('mkdir', ['-p', at('nss')]);
    openssl(
      'pkcs12',
      '-export',
      '-in',
      at('rsa.pem'),
      '-inkey',
      at('rsa.key'),
      '-name',
      'server',
      '-passout',
      'pass:',
      '-out',
      at('rsa.p12'),
    );
    execFileSync('certutil', ['-N', '-d', at('nss'), '--empty-password']);
    execFileSync('pk12util', ['-i', at('rsa.p12'), '-d', at('nss'), '-W', '', '-K', ''], { stdio: 'ignore' });
    host.start([
      'selfserv',
      '-n',
      'server',
      '-d',
      at('nss'),
      '-p',
      String(SERVERS.nss),
      '-V',
      'ssl3:tls1.2',
      '-H',
      '1',
      '-c',
      NSS,
    ]);
    host.start([
      ...['openssl', 's_server', '-accept', String(SERVERS.s_server), '-cert', at('rsa.pem'), '-key', at('rsa.key')],
      ...['-cipher', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0', '-psk', '00112233', '-www'],
    ]);
    await listening(host, Object.values(SERVERS));
  });
  afterAll(async () => {
    await lab?.close();
  });

  // The versions, those in which its own order decides, and the handshakes that it takes at most.
  test.each([
    ['modern', ['TLS 1.2', 'TLS 1.3'], ['TLS 1.2', 'TLS 1.3'], 60],
    ['weakest', ['TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3'], [], 170],
    ['gnutls', ['TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3'], [], 130],
    ['nss', ['SSLv3', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2'], ['SSLv3', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2'], 100],
    ['mosquitto', ['TLS 1.2', 'TLS 1.3'], ['TLS 1.2', 'TLS 1.3'], 60],
    ['s_server', ['TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3'], [], 300],
  ] as const)('%s: the same as nmap', async (name, versions, preference, most) => {
    const ours = await byUs(host, SERVERS[name]);
    expect(differences(ours.suites, await byNmap(host, SERVERS[name]))).toEqual({});
    expect(ours.outcome).toEqual({ status: 'completed' });
    expect(ours.preference).toEqual(preference);
    expect(ours.handshakes).toBeLessThan(most);
    // Both could see too little in the same way.
    expect(Object.keys(ours.suites).sort()).toEqual([...versions].sort());
    for (const list of Object.values(ours.suites)) expect(list.length).toBeGreaterThan(2);
  });

  test.each(['plain', 'modern', 'mosquitto'] as const)(
    '%s is asked for everything in a hundred handshakes',
    async (name) => {
      const { attempt, transcripts } = await observeWith(probe, to(host, SERVERS[name]));
      expect(attempt.outcome).toEqual({ status: 'completed' });
      expect(transcripts.length).toBeLessThanOrEqual(100);
    },
  );
});

const [GCM, CBC, NULL, RSA] = [0xc02f, 0xc013, 0x0002, 0x002f];
/** Where nmap sees something else: who is right, and why, is said in decision 0084. */
const DIFFERENT: readonly [string, RawTlsOptions, ReturnType<typeof differences>][] = [
  [
    'suites that it has no name for, and SSL 2.0, for which it has another script',
    {
      ssl2: [0x010080],
      versions: { 'TLS 1.2': [0xe410, 0xff85, 0xc0ff, GCM, RSA], 'TLS 1.3': [0x1306, 0x00c6, 0x1301] },
    },
    {
      SSLv2: { ours: ['SSL_CK_RC4_128_WITH_MD5'] },
      'TLS 1.2': {
        ours: [
          'OLD_TLS_GOSTR341112_256_WITH_28147_CNT_IMIT',
          'TLS_ECJPAKE_WITH_AES_128_CCM_8',
          'TLS_RSA_WITH_ESTREAM_SALSA20_SHA1',
        ],
      },
      'TLS 1.3': { ours: ['TLS_AEGIS_256_SHA512'] },
    },
  ],
  [
    'integrity alone, by its name in RFC 9150',
    { versions: { 'TLS 1.3': [0xc0b4, 0x1301] } },
    { 'TLS 1.3': { ours: ['TLS_SHA256_SHA256'], theirs: ['TLS_NULL_SHA256'] } },
  ],
  [
    'a suite that is chosen and given up',
    {
      versions: { 'TLS 1.2': [GCM, NULL, CBC] },
      fault: ({ suites }) => (suites.includes(NULL) && !suites.includes(GCM) ? 'gives up' : undefined),
    },
    { 'TLS 1.2': { theirs: ['TLS_RSA_WITH_NULL_SHA'] } },
  ],
  [
    'a server of one connection at a time',
    { versions: { 'TLS 1.2': [GCM, RSA] }, atOnce: 1 },
    { 'TLS 1.2': { ours: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_RSA_WITH_AES_128_CBC_SHA'] } },
  ],
];

const noNmap = has('nmap') ? '' : ' (skipped: nmap not installed)';

describe.skipIf(noNmap !== '')(`where nmap sees something else${noNmap}`, () => {
  test.each(DIFFERENT)('%s', async (_name, options, expected) => {
    const server = await rawTls(options).start('127.0.0.1', 0);
    const at = { address: '127.0.0.1' };
    const ours = await byUs(at, server.port);
    const theirs = await byNmap(at, server.port);
    await server.close();
    expect(differences(ours.suites, theirs)).toEqual(expected);
  });

  test('its script for SSL 2.0 sees the same', async () => {
    const server = await rawTls({ ssl2: [0x010080, 0x0700c0] }).start('127.0.0.1', 0);
    const nmap = ['-Pn', '-n', '-p', String(server.port), '--script', '+sslv2', '127.0.0.1'];
    const { stdout } = await run('nmap', nmap);
    const ours = await byUs({ address: '127.0.0.1' }, server.port);
    await server.close();
    const theirs = [...stdout.matchAll(/SSL2_(\S+)/g)].map(([, name]) => `SSL_CK_${name}`);
    expect({ SSLv2: theirs.sort() }).toEqual(ours.suites);
  });
});
