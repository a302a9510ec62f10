import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import clientCertificate from '../../probes/client-certificate/probe.ts';
import ftpAccess from '../../probes/ftp-access/probe.ts';
import sshLogin from '../../probes/ssh-login/probe.ts';
import telnetLogin from '../../probes/telnet-login/probe.ts';
import type { Account } from '../../src/observe/probe.ts';
import { type Observed, observeWith } from '../kit/probe.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { listening } from './ready.ts';
import { accounts, certificate, dropbear, mosquitto, nginx, telnetd } from './servers.ts';

const why = missing();
const user = 'admin';
const right = 'meinsm99';
const own = 'OnlyHere1';
const candidates = [
  { id: 'x:1', user, secret: 'hunter2' },
  { id: 'x:2', user, secret: right },
];
let lab: Lab;

/** What is said of logins and access, in order; throttles are left out, for their times are the machine's. */
const said = ({ facts, attempt: { outcome } }: Observed): string[] => [
  ...facts.flatMap((fact) => {
    if (fact.kind === 'login')
      return [`${fact.arm} ${fact.accepted}${fact.proven ? ' proven' : ''}${fact.changeAsked ? ' change' : ''}`];
    if (fact.kind === 'access') return [`${fact.class} ${fact.authentication}`];
    return fact.kind === 'channel' ? [`channel ${fact.encryption} ${fact.upgrade ?? ''}`.trim()] : [];
  }),
  outcome.status === 'completed' ? 'completed' : `${outcome.reason}: ${outcome.detail}`,
];
const shown = (name: string, observed: Observed): string =>
  `${name}: ${observed.facts.flatMap((fact) => (fact.kind === 'login' ? [`${fact.arm} ${fact.answer} (${fact.grants ?? ''})`] : [])).join('; ')}`;

/** A PAM service that knows passwd and shadow, and waits for nothing. */
const pam = (host: Host, service: string): Record<string, string> => {
  const over = `/etc/pam.d/${service}`;
  const file = host.file(
    `pam.${service}`,
    'auth required pam_unix.so nodelay\naccount required pam_unix.so\npassword required pam_unix.so\nsession required pam_permit.so\n',
  );
  return { [over]: file };
};

const sshd = (host: Host, port: number, password: string, config: string, more: Record<string, string> = {}): void => {
  const key = join(host.dir, 'sshd.key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  fs.mkdirSync('/run/sshd', { recursive: true });
  const conf = host.file('sshd.conf', `Port ${port}\nHostKey ${key}\nPidFile none\nStrictModes no\n${config}\n`);
  host.start(['/usr/sbin/sshd', '-D', '-e', '-f', conf], { own: { ...accounts(host, user, password), ...more } });
};

const vsftpd = (host: Host, port: number, password: string, config = ''): void => {
  fs.mkdirSync(join(host.dir, 'empty'));
  fs.chmodSync(host.dir, 0o755);
  fs.chmodSync(join(host.dir, '..'), 0o755);
  const { cert, key } = certificate(host, { bits: 2048, days: 30, name: 'ftp.lab' });
  const conf = host.file(
    'vsftpd.conf',
    `listen=YES\nlisten_port=${port}\nbackground=NO\nseccomp_sandbox=NO\nanonymous_enable=NO\nlocal_enable=YES\npam_service_name=vsftpd\nsecure_chroot_dir=${host.dir}/empty\nrsa_cert_file=${cert}\nrsa_private_key_file=${key}\n${config}\n`,
  );
  host.start(['vsftpd', conf], { own: { ...atHome(host, password), ...pam(host, 'vsftpd') } });
};

/** As `accounts`, with a home that can be listed at a glance. */
const atHome = (host: Host, password: string): Record<string, string> => {
  const own = accounts(host, user, password);
  const home = join(host.dir, 'home');
  fs.mkdirSync(home);
  fs.writeFileSync(join(home, 'recording-1.avi'), 'not a film');
  const file = own['/etc/passwd']!;
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('::/tmp:', `::${home}:`));
  return own;
};

const proftpd = (host: Host, port: number, password: string): void => {
  fs.chmodSync(host.dir, 0o755);
  fs.chmodSync(join(host.dir, '..'), 0o755);
  const conf = host.file(
    'proftpd.conf',
    `ServerName lab\nServerType standalone\nPort ${port}\nUseIPv6 off\nUser nobody\nGroup nogroup\nRequireValidShell off\nAuthPAM off\nAuthOrder mod_auth_unix.c\nWtmpLog off\nPidFile ${host.dir}/proftpd.pid\nScoreboardFile ${host.dir}/scoreboard\nDelayEngine off\n<Global>\nSystemLog ${host.dir}/proftpd.log\n</Global>\n`,
  );
  host.start(['proftpd', '-n', '-c', conf], { own: atHome(host, password) });
};

interface Server {
  readonly name: string;
  readonly needs: string;
  readonly probe: typeof sshLogin;
  readonly protocol: string;
  readonly port: number;
  /** What comes before the logins; how often random credentials are tried is the probe's. */
  readonly class: string;
  readonly channel?: readonly string[];
  /** What a login that works shows of how files move. */
  readonly data?: readonly string[];
  start(host: Host, port: number, password: string): void;
}

const ssh = { probe: sshLogin, protocol: 'ssh', port: 22, class: 'shell' } as const;
const ftp = { probe: ftpAccess, protocol: 'ftp', port: 21, class: 'content' } as const;
const words = 'UsePAM no\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\n';
const pamd = 'UsePAM yes\nPasswordAuthentication no\nKbdInteractiveAuthentication yes\n';
const servers: readonly Server[] = [
  {
    ...ssh,
    name: 'dropbear',
    needs: 'dropbear',
    start: (host, port, password) => dropbear(host, port, user, password),
  },
  {
    ...ssh,
    name: 'OpenSSH with six tries',
    needs: 'sshd',
    start: (host, port, password) => sshd(host, port, password, `${words}MaxAuthTries 6`),
  },
  {
    ...ssh,
    name: 'OpenSSH with one try',
    needs: 'sshd',
    start: (host, port, password) => sshd(host, port, password, `${words}MaxAuthTries 1`),
  },
  {
    ...ssh,
    name: 'OpenSSH with PAM, keyboard-interactive',
    needs: 'sshd',
    start: (host, port, password) => sshd(host, port, password, pamd, pam(host, 'sshd')),
  },
  {
    name: 'telnetd with login',
    needs: 'telnetd',
    probe: telnetLogin,
    protocol: 'telnet',
    port: 23,
    class: 'shell',
    channel: ['channel none'],
    start: (host, port, password) => telnetd(host, port, { user, password }),
  },
  { ...ftp, name: 'vsftpd', needs: 'vsftpd', channel: ['channel none'], start: vsftpd },
  {
    ...ftp,
    name: 'vsftpd with TLS for those who have a name',
    needs: 'vsftpd',
    channel: ['channel none starttls'],
    data: ['channel tls'],
    start: (host, port, password) =>
      vsftpd(host, port, password, 'ssl_enable=YES\nforce_local_logins_ssl=YES\nforce_local_data_ssl=YES\n'),
  },
  { ...ftp, name: 'proftpd', needs: 'proftpd', channel: ['channel none'], start: proftpd },
];

const seenOf = async (server: Server, host: Host, declared: readonly Account[]): Promise<Observed> => {
  await listening(host, server.port);
  const observed = await observeWith(server.probe, {
    host: host.address,
    port: server.port,
    protocol: server.protocol,
    candidates,
    accounts: [...declared],
    limits: { wait: 4000, attempt: 60_000 },
  });
  return observed;
};

describe.skipIf(why !== undefined)('logins of real servers', () => {
  beforeAll(() => {
    lab = createLab();
  });
  afterAll(() => lab?.close());

  describe.concurrent.each(servers)('$name', (server) => {
    const { name, needs, channel = [], data = [] } = server;
    const slug = name.replace(/\W+/g, '-');
    test.skipIf(!has(needs))('a default is accepted, and proven', async () => {
      const host = lab.host(`${slug}-weak`);
      server.start(host, server.port, right);
      const observed = await seenOf(server, host, []);
      expect(said(observed), shown(name, observed)).toEqual([
        ...channel,
        'none false',
        'random false',
        `${server.class} required`,
        'candidate false',
        'candidate true',
        'known-user-random false',
        'random false',
        'repeat true proven',
        ...data,
        'completed',
      ]);
    });
    test.skipIf(!has(needs))('no default is accepted, and the declared account is', async () => {
      const host = lab.host(`${slug}-sound`);
      server.start(host, server.port, own);
      const observed = await seenOf(server, host, [{ user, secret: own }]);
      expect(said(observed), shown(name, observed)).toEqual([
        ...channel,
        'none false',
        'random false',
        `${server.class} required`,
        'declared true',
        'candidate false',
        'candidate false',
        'declared true',
        ...data,
        'completed',
      ]);
    });
  });

  test.skipIf(!has('sshd'))('OpenSSH with PAM: a default that has to be changed', async () => {
    const host = lab.host('expired');
    sshd(host, 22, right, pamd, pam(host, 'sshd'));
    // Changed on the first day of all: it has expired.
    const shadow = join(host.dir, 'shadow');
    fs.writeFileSync(shadow, fs.readFileSync(shadow, 'utf8').replace(/^(admin:[^:]*):\d+/m, '$1:0'));
    const observed = await seenOf(servers[3]!, host, []);
    const repeat = observed.facts.find((fact) => fact.kind === 'login' && fact.arm === 'repeat');
    expect(repeat).toMatchObject({ grants: 'change-only', changeAsked: true, proven: true });
  });
});

interface TlsServer {
  readonly name: string;
  readonly needs: string;
  readonly sees: readonly string[];
  start(host: Host, port: number, pair: { cert: string; key: string; ca: string }): void;
}

const nginxAsking =
  (verify: string, inside = 'return 200 "hello\\n";') =>
  (host: Host, port: number, pair: { cert: string; key: string; ca: string }) =>
    nginx(
      host,
      `server { listen ${port} ssl; ssl_certificate ${pair.cert}; ssl_certificate_key ${pair.key}; ssl_client_certificate ${pair.ca}; ssl_verify_client ${verify}; location / { ${inside} } }`,
    );
/** Without, the declared one, a stranger's, one of a CA with the known name, and the declared one again. */
const REQUIRED = [
  'none false',
  'declared true',
  'random false',
  'random false',
  'function required',
  'declared true',
  'completed',
];
const tlsServers: readonly TlsServer[] = [
  { name: 'nginx, on', needs: 'nginx', sees: REQUIRED, start: nginxAsking('on') },
  { name: 'nginx, optional', needs: 'nginx', sees: ['none true', 'completed'], start: nginxAsking('optional') },
  {
    name: 'nginx, optional_no_ca, any certificate does',
    needs: 'nginx',
    sees: ['none false', 'declared true', 'random true', 'random true', 'function any', 'completed'],
    start: nginxAsking('optional_no_ca', 'if ($ssl_client_verify = NONE) { return 403; } return 200 "hello\\n";'),
  },
  { name: 'nginx, off', needs: 'nginx', sees: ['completed'], start: nginxAsking('off') },
  {
    name: 'mosquitto, require_certificate',
    needs: 'mosquitto',
    // It names no CA.
    sees: ['none false', 'declared true', 'random false', 'function required', 'declared true', 'completed'],
    start: (host, port, { cert, key, ca }) =>
      mosquitto(host, `listener ${port}\ncertfile ${cert}\nkeyfile ${key}\ncafile ${ca}\nrequire_certificate true\n`),
  },
  {
    name: 'openssl s_server -Verify',
    needs: 'openssl',
    sees: REQUIRED,
    start: (host, port, { cert, key, ca }) =>
      host.start([
        'openssl',
        's_server',
        '-accept',
        String(port),
        '-cert',
        cert,
        '-key',
        key,
        '-CAfile',
        ca,
        '-Verify',
        '2',
        '-verify_return_error',
        '-www',
        '-quiet',
      ]),
  },
];

describe.skipIf(why !== undefined)('client certificates at real servers', () => {
  let host: Host;
  let pair: { cert: string; key: string; ca: string };
  let bench: Account;
  beforeAll(() => {
    lab = createLab();
    host = lab.host('tls');
    pair = certificate(host, { bits: 2048, days: 30, name: 'gateway.lab', ca: true });
    const [key, csr, cert] = ['client.key', 'client.csr', 'client.pem'].map((file) => join(host.dir, file)) as [
      string,
      string,
      string,
    ];
    const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', csr, '-subj', '/CN=bench');
    const signer = ['-CA', pair.ca, '-CAkey', join(host.dir, 'ca.key'), '-CAcreateserial', '-days', '30'];
    openssl('x509', '-req', '-in', csr, ...signer, '-out', cert);
    bench = { user: 'bench', secret: fs.readFileSync(key, 'utf8'), certificate: fs.readFileSync(cert, 'utf8') };
  });
  afterAll(() => lab?.close());

  const here = tlsServers.filter(({ needs }) => has(needs));
  test.concurrent.each(here)('$name', async (server) => {
    const port = 8443 + here.indexOf(server);
    server.start(host, port, pair);
    await listening(host, port);
    const observed = await observeWith(clientCertificate, {
      host: host.address,
      port,
      protocol: 'tls',
      security: 'none',
      accounts: [bench],
      limits: { wait: 2000, attempt: 60_000 },
    });
    expect(said(observed), shown(server.name, observed)).toEqual(server.sees);
  });
});
