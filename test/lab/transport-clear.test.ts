import { execFileSync, spawnSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import ftpAccess from '../../probes/ftp-access/probe.ts';
import httpHardening from '../../probes/http-hardening/probe.ts';
import httpRedirect from '../../probes/http-redirect/probe.ts';
import mailChannel from '../../probes/mail-channel/probe.ts';
import mqttAccess from '../../probes/mqtt-access/probe.ts';
import service from '../../probes/service/probe.ts';
import tlsServer from '../../probes/tls-server/probe.ts';
import type { Probe } from '../../src/observe/probe.ts';
import { type Observed, observeWith } from '../kit/probe.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { listening } from './ready.ts';
import { certificate, mosquitto, nginx } from './servers.ts';

const why = missing();
const program = (name: string, debian: string): string | undefined =>
  has(name) ? undefined : `\`${name}\` (Debian: ${debian}) is not installed`;
const dovecotPart = (name: string, debian: string): string | undefined =>
  fs.existsSync(`/usr/lib/dovecot/${name}`) ? program('dovecot', 'dovecot-core') : `${debian} is not installed`;
const absent = {
  dovecot: dovecotPart('imap', 'dovecot-imapd') ?? dovecotPart('pop3', 'dovecot-pop3d'),
  submission: dovecotPart('submission', 'dovecot-submissiond'),
  exim: program('exim4', 'exim4-daemon-light'),
  vsftpd: program('vsftpd', 'vsftpd'),
  nginx: program('nginx', 'nginx-light'),
  lighttpd: program('lighttpd', 'lighttpd'),
  mosquitto: program('mosquitto', 'mosquitto'),
};

/** What was seen in a line: `smtp none, offered, passwords`, `weakness hsts-missing yes`, and how it ended. */
const told = ({ facts, attempt: { outcome } }: Observed): string[] => [
  ...facts.flatMap((fact) => {
    if (fact.kind === 'channel') {
      const { protocol, encryption, offered, upgrade, to, credentials } = fact;
      const takes = credentials === undefined ? undefined : credentials ? 'passwords' : 'no passwords';
      return [[`${protocol} ${encryption}`, offered && 'offered', upgrade, to, takes].filter(Boolean).join(', ')];
    }
    if (fact.kind === 'weakness')
      return [[fact.name, fact.subject, fact.present ? 'yes' : 'no'].filter(Boolean).join(' ')];
    return [];
  }),
  outcome.status === 'completed' ? 'completed' : `${outcome.reason}: ${outcome.detail}`,
];

describe.skipIf(why !== undefined)(why ?? 'clear text and upgrades of real servers', () => {
  let lab: Lab;
  let host: Host;
  let tls: { cert: string; key: string };

  const look = async (probe: Probe, protocol: string, port: number, security: 'none' | 'tls' = 'none') =>
    told(
      await observeWith(probe, {
        host: host.address,
        port,
        protocol,
        security,
        limits: { wait: 3000, attempt: 30_000 },
      }),
    );

  /** The first line alone: what comes behind it are logins. */
  const first = async (probe: Probe, protocol: string, port: number) => {
    const enough = new AbortController();
    const limits = { wait: 3000, attempt: 30_000 };
    const { signal } = enough;
    const onFact = () => enough.abort();
    return told(
      await observeWith(probe, { host: host.address, port, protocol, security: 'none', limits, signal, onFact }),
    )[0];
  };

  const recognised = async (port: number): Promise<string> => {
    const { facts } = await observeWith(service, { host: host.address, port, limits: { wait: 2000 } });
    return facts.flatMap((fact) => (fact.kind === 'service' ? [fact.protocol] : [])).join(', ');
  };

  /** Versions and leaf behind the word, by the probe (up to the first certificate, which follows them) and by OpenSSL. */
  const behindTheWord = async (protocol: string, port: number) => {
    const enough = new AbortController();
    const seen = await observeWith(tlsServer, {
      host: host.address,
      port,
      protocol,
      security: 'none',
      signal: enough.signal,
      limits: { wait: 3000, attempt: 60_000 },
      onFact: ({ kind }) => kind === 'certificate' && enough.abort(),
    });
    const versions = seen.facts.flatMap((fact) =>
      fact.kind === 'offer' && fact.role === 'version' ? [fact.name] : [],
    );
    const leaf = seen.facts.find((fact) => fact.kind === 'certificate');
    const { status } = seen.attempt.outcome;
    return { versions: versions.sort(), leaf: leaf?.kind === 'certificate' ? leaf.sha256 : undefined, status };
  };

  const byOpenssl = (protocol: string, port: number) => {
    const flags = { 'TLS 1.0': '-tls1', 'TLS 1.1': '-tls1_1', 'TLS 1.2': '-tls1_2', 'TLS 1.3': '-tls1_3' };
    let leaf: string | undefined;
    const versions = Object.entries(flags).flatMap(([name, flag]) => {
      const at = `${host.address}:${port}`;
      const words = ['s_client', '-connect', at, '-starttls', protocol, flag, '-cipher', 'ALL:@SECLEVEL=0'];
      const { stdout } = spawnSync('openssl', words, { input: '', encoding: 'utf8', timeout: 10_000 });
      if (!/New, TLSv1|Cipher is (?!\(NONE\))/.test(stdout)) return [];
      const pem = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/.exec(stdout)?.[0];
      if (pem) leaf = createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');
      return [name];
    });
    return { versions: versions.sort(), leaf, status: 'inconclusive' };
  };

  beforeAll(() => {
    lab = createLab();
    host = lab.host('device');
    // Servers that change to an account of their own must reach their files.
    execFileSync('chmod', ['755', host.dir, join(host.dir, '..')]);
    tls = certificate(host, { bits: 2048, days: 30, name: 'lab' });
  });
  afterAll(() => lab.close());

  describe.skipIf(absent.dovecot !== undefined)(absent.dovecot ?? 'Dovecot 2.3', () => {
    const PROTOCOLS = absent.submission === undefined ? ['imap', 'pop3', 'submission'] : ['imap', 'pop3'];
    const dovecot = (base: number, ...options: string[]): number[] => {
      const ports: Readonly<Record<string, number>> = { imap: base + 143, pop3: base + 110, submission: base + 587 };
      const listener = (protocol: string) =>
        `service ${protocol}-login {\n inet_listener ${protocol} {\n port = ${ports[protocol]}\n }\n${
          protocol === 'submission' ? '' : ` inet_listener ${protocol}s {\n port = ${ports[protocol]! + 800}\n }\n`
        } chroot =\n}`;
      const conf = [
        `base_dir = ${host.dir}/dovecot-${base}`,
        `state_dir = ${host.dir}/dovecot-${base}-state`,
        'log_path = /dev/stderr',
        `protocols = ${PROTOCOLS.join(' ')}`,
        'submission_relay_host = 127.0.0.1',
        'hostname = mail.example',
        `mail_location = maildir:${host.dir}/mail/%u`,
        'passdb {\n driver = static\n args = password=OnlyHere1\n}',
        'userdb {\n driver = static\n args = uid=nobody gid=nogroup home=/tmp\n}',
        `ssl_cert = <${tls.cert}`,
        `ssl_key = <${tls.key}`,
        ...PROTOCOLS.map(listener),
        ...options,
      ];
      host.start(['dovecot', '-F', '-c', host.file(`dovecot-${base}.conf`, `${conf.join('\n')}\n`)]);
      return PROTOCOLS.map((protocol) => ports[protocol]!);
    };

    beforeAll(async () => {
      await listening(host, [
        ...dovecot(1000, 'ssl = no', 'disable_plaintext_auth = no'),
        ...dovecot(
          2000,
          'ssl = yes',
          'disable_plaintext_auth = no',
          'ssl_min_protocol = TLSv1',
          'ssl_cipher_list = ALL:@SECLEVEL=0',
        ),
        ...dovecot(3000, 'ssl = required'),
        ...dovecot(4000, 'ssl = yes', 'disable_plaintext_auth = yes', 'auth_mechanisms = plain cram-md5'),
      ]);
    });

    test('is recognised', async () =>
      expect(await Promise.all([1143, 1110, 3943].map(recognised))).toEqual(['imap', 'pop3', 'tls, imap']));
    test.each([
      ['imap, no TLS', 'imap', 1143, ['imap none, passwords', 'completed']],
      ['pop3, no TLS', 'pop3', 1110, ['pop3 none, passwords', 'completed']],
      ['imap, TLS offered', 'imap', 2143, ['imap none, offered, passwords', 'completed']],
      ['pop3, TLS offered', 'pop3', 2110, ['pop3 none, offered, passwords', 'completed']],
      ['imap, TLS required', 'imap', 3143, ['imap none, starttls, no passwords', 'completed']],
      ['pop3, TLS required', 'pop3', 3110, ['pop3 none, starttls, no passwords', 'completed']],
      ['imap, challenges in the clear', 'imap', 4143, ['imap none, offered, no passwords', 'completed']],
      ['pop3, challenges in the clear', 'pop3', 4110, ['pop3 none, offered, no passwords', 'completed']],
    ] as const)('%s', async (_, protocol, port, sees) => expect(await look(mailChannel, protocol, port)).toEqual(sees));
    test('inside TLS', async () =>
      expect(await look(mailChannel, 'imap', 3943, 'tls')).toEqual(['imap tls', 'completed']));
    test.skipIf(absent.submission !== undefined).each([
      ['submission, no TLS', 1587, ['smtp none, passwords', 'completed']],
      ['submission, TLS offered', 2587, ['smtp none, offered, passwords', 'completed']],
      ['submission, TLS required', 3587, ['smtp none, starttls, no passwords', 'completed']],
      ['submission, challenges in the clear', 4587, ['smtp none, offered, no passwords', 'completed']],
    ] as const)('%s', async (_, port, sees) => expect(await look(mailChannel, 'smtp', port)).toEqual(sees));
    test.each([
      ['pop3', 2110],
      // Its suites of DHE have no parameters: chosen, they end the connection without a word.
      ['imap', 3143],
    ] as const)('what TLS is behind the word of %s, port %i', async (protocol, port) =>
      expect(await behindTheWord(protocol, port)).toEqual(byOpenssl(protocol, port)),
    );
    test('a server that does not offer TLS is completed, and says nothing', async () =>
      expect(await behindTheWord('imap', 1143)).toEqual({ versions: [], leaf: undefined, status: 'completed' }));
  });

  describe.skipIf(absent.exim !== undefined)(absent.exim ?? 'Exim 4.96, with GnuTLS', () => {
    beforeAll(async () => {
      const exim = (port: number, ...options: string[]) => {
        for (const part of ['spool', 'log']) {
          fs.mkdirSync(join(host.dir, `exim-${port}`, part), { recursive: true });
          execFileSync('chown', ['Debian-exim', join(host.dir, `exim-${port}`, part)]);
        }
        const conf = [
          'primary_hostname = mail.example',
          `spool_directory = ${host.dir}/exim-${port}/spool`,
          `log_file_path = ${host.dir}/exim-${port}/log/%slog`,
          `pid_file_path = ${host.dir}/exim-${port}/pid`,
          `daemon_smtp_ports = ${port}`,
          `local_interfaces = ${host.address}`,
          'rfc1413_query_timeout = 0s',
          'host_lookup =',
          `tls_certificate = ${tls.cert}`,
          `tls_privatekey = ${host.dir}/exim.key`,
          ...options,
          'begin acl\nencrypted:\n deny !encrypted = *\n  message = Must issue a STARTTLS command first\n accept',
          'begin authenticators\nplain:\n driver = plaintext\n public_name = PLAIN\n server_prompts = :\n server_condition = false',
        ];
        host.start(['exim4', '-bdf', '-C', host.file(`exim-${port}.conf`, `${conf.join('\n')}\n`)]);
      };
      fs.copyFileSync(tls.key, join(host.dir, 'exim.key'));
      execFileSync('chown', ['Debian-exim', join(host.dir, 'exim.key')]);
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an expansion of Exim's
      const inTls = 'auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}';
      exim(1025, 'tls_advertise_hosts =');
      exim(2025, inTls);
      exim(3025, inTls, 'acl_smtp_mail = encrypted');
      exim(4025, 'tls_on_connect_ports = 4025');
      await listening(host, [1025, 2025, 3025, 4025]);
    });
    test('is recognised', async () =>
      expect(await Promise.all([1025, 4025].map(recognised))).toEqual(['smtp', 'tls, smtp']));
    test.each([
      ['no TLS', 1025, 'none', ['smtp none, passwords', 'completed']],
      ['TLS offered', 2025, 'none', ['smtp none, offered, no passwords', 'completed']],
      ['TLS required', 3025, 'none', ['smtp none, starttls, no passwords', 'completed']],
      ['inside TLS', 4025, 'tls', ['smtp tls', 'completed']],
    ] as const)('%s', async (_, port, security, sees) =>
      expect(await look(mailChannel, 'smtp', port, security)).toEqual(sees),
    );
    test('what TLS is behind the word', async () =>
      expect(await behindTheWord('smtp', 3025)).toEqual(byOpenssl('smtp', 3025)));
  });

  describe.skipIf(absent.vsftpd !== undefined)(absent.vsftpd ?? 'vsftpd 3.0.3', () => {
    const vsftpd = (port: number, ...options: string[]) => {
      for (const dir of ['empty', 'ftp']) fs.mkdirSync(join(host.dir, dir), { recursive: true });
      const conf = [
        'listen=YES',
        `listen_port=${port}`,
        'background=NO',
        'seccomp_sandbox=NO',
        `anon_root=${host.dir}/ftp`,
        `secure_chroot_dir=${host.dir}/empty`,
        `rsa_cert_file=${tls.cert}`,
        `rsa_private_key_file=${tls.key}`,
        'require_ssl_reuse=NO',
        ...options,
      ];
      host.start(['vsftpd', host.file(`vsftpd-${port}.conf`, `${conf.join('\n')}\n`)]);
    };
    beforeAll(async () => {
      vsftpd(2101, 'anonymous_enable=YES', 'local_enable=NO');
      vsftpd(2102, 'anonymous_enable=NO', 'local_enable=YES', 'ssl_enable=YES', 'force_local_logins_ssl=NO');
      vsftpd(2103, 'anonymous_enable=NO', 'local_enable=YES', 'ssl_enable=YES', 'force_local_logins_ssl=YES');
      vsftpd(2104, 'anonymous_enable=YES', 'local_enable=YES', 'ssl_enable=YES', 'force_local_logins_ssl=YES');
      const guests = ['anonymous_enable=YES', 'ssl_enable=YES', 'allow_anon_ssl=YES', 'force_anon_logins_ssl=YES'];
      vsftpd(2105, ...guests, 'local_enable=YES', 'force_local_logins_ssl=NO');
      vsftpd(2106, ...guests, 'local_enable=NO', 'force_anon_data_ssl=NO');
      vsftpd(2107, ...guests, 'local_enable=NO', 'force_anon_data_ssl=YES');
      await listening(host, [2101, 2102, 2103, 2104, 2105, 2106, 2107]);
    });
    test.each([
      ['anonymous alone', 2101, 'ftp none'],
      ['TLS offered', 2102, 'ftp none, offered, passwords'],
      ['TLS required', 2103, 'ftp none, starttls, no passwords'],
      ['TLS required of those with a name', 2104, 'ftp none, offered, no passwords'],
      ['TLS required of those without', 2105, 'ftp none, offered, passwords'],
    ] as const)('%s', async (_, port, sees) => expect(await first(ftpAccess, 'ftp', port)).toBe(sees));
    test.each([
      ['files beside TLS in the clear', 2106, ['ftp none, starttls', 'ftp-data none', 'completed']],
      ['files in TLS alone', 2107, ['ftp none, starttls', 'ftp-data tls', 'completed']],
    ] as const)('%s', async (_, port, sees) => expect(await look(ftpAccess, 'ftp', port)).toEqual(sees));
    test('what TLS is behind the word', async () =>
      expect(await behindTheWord('ftp', 2103)).toEqual(byOpenssl('ftp', 2103)));
  });

  describe.skipIf(absent.nginx !== undefined)(absent.nginx ?? 'nginx', () => {
    beforeAll(async () => {
      host.file('www/index.html', '<form method=post action=/in><input name=u><input type=password name=p></form>');
      fs.chmodSync(join(host.dir, 'www'), 0o755);
      const site = (port: number, more: string) =>
        `server { listen ${port}; root ${host.dir}/www; ssl_certificate ${tls.cert}; ssl_certificate_key ${tls.key}; ${more} }`;
      nginx(
        host,
        [
          'default_type text/html;',
          `server { listen 8000; location / { return 301 https://${host.address}:8443$request_uri; } }`,
          site(8080, ''),
          site(
            8443,
            'add_header Strict-Transport-Security max-age=31536000; add_header Set-Cookie "sid=0123456789; Secure; HttpOnly";',
          ).replace('8443;', '8443 ssl;'),
          site(8444, 'add_header Set-Cookie "sid=0123456789; Path=/";').replace('8444;', '8444 ssl;'),
        ].join('\n'),
      );
      await listening(host, [8000, 8080, 8443, 8444]);
    });
    test.each([
      ['a redirect', 8000, 'none', ['login-in-clear no', 'completed']],
      ['a login in the clear', 8080, 'none', ['login-in-clear / yes', 'completed']],
      [
        'a login that is well kept',
        8443,
        'tls',
        [
          'hsts-missing no',
          'cookie-not-secure sid no',
          'cookie-not-httponly sid no',
          'login-mixed-content / no',
          'login-in-clear / no',
          'completed',
        ],
      ],
      [
        'no policy, and no flags',
        8444,
        'tls',
        [
          'hsts-missing yes',
          'cookie-not-secure sid yes',
          'cookie-not-httponly sid yes',
          'login-mixed-content / no',
          'login-in-clear / no',
          'completed',
        ],
      ],
    ] as const)('%s', async (_, port, security, sees) =>
      expect(await look(httpHardening, 'http', port, security)).toEqual(sees),
    );
    test('the redirect leads to TLS', async () =>
      expect(await look(httpRedirect, 'http', 8000)).toEqual([
        `http none, redirect, https://${host.address}:8443/`,
        'completed',
      ]));
  });

  describe.skipIf(absent.lighttpd !== undefined)(absent.lighttpd ?? 'lighttpd 1.4', () => {
    beforeAll(async () => {
      host.file('htpasswd', 'admin:OnlyHere1\n');
      host.file('light/index.html', '<p>settings');
      const conf = (port: number, method: string) =>
        `server.document-root = "${host.dir}/light"\nserver.port = ${port}\nindex-file.names = ("index.html")\nserver.modules = ("mod_auth", "mod_authn_file")\nauth.backend = "plain"\nauth.backend.plain.userfile = "${host.dir}/htpasswd"\nauth.require = ("/" => ("method" => "${method}", "realm" => "lab", "require" => "valid-user"))\n`;
      for (const [port, method] of [
        [8090, 'basic'],
        [8091, 'digest'],
      ] as const)
        host.start(['lighttpd', '-D', '-f', host.file(`lighttpd-${port}.conf`, conf(port, method))]);
      await listening(host, [8090, 8091]);
    });
    test.each([
      ['Basic in the clear', 8090, ['login-in-clear / yes', 'completed']],
      ['Digest in the clear', 8091, ['login-in-clear no', 'completed']],
    ] as const)('%s', async (_, port, sees) => expect(await look(httpHardening, 'http', port)).toEqual(sees));
  });

  test.skipIf(absent.mosquitto !== undefined)(
    absent.mosquitto ?? 'mosquitto takes passwords in the clear',
    async () => {
      mosquitto(host, 'listener 1883 0.0.0.0', { user: 'lab', password: 'OnlyHere1' });
      await listening(host, 1883);
      expect(await first(mqttAccess, 'mqtt', 1883)).toBe('mqtt none, passwords');
    },
  );
});
