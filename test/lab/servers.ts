import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Host } from './net.ts';

const openssl = (...words: string[]): string =>
  execFileSync('openssl', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

/** passwd and shadow with one account that has a password, for one server alone. */
export const accounts = (host: Host, user: string, password: string, shell = '/bin/sh'): Record<string, string> => {
  const hash = openssl('passwd', '-6', password).trim();
  const root = user === 'root';
  const extra = root ? '' : `${user}:x:1900:1900::/tmp:${shell}\n`;
  return {
    '/etc/passwd': host.file(
      'passwd',
      `root:x:0:0:root:/root:${shell}\nsshd:x:100:65534::/run/sshd:/usr/sbin/nologin\n${extra}`,
    ),
    '/etc/shadow': host.file(
      'shadow',
      `root:${root ? hash : '!'}:19000:0:99999:7:::\nsshd:!:19000::::::\n${root ? '' : `${user}:${hash}:19000:0:99999:7:::\n`}`,
    ),
  };
};

/** A certificate and key in the host's folder; `ca` signs it and is written as ca.pem. */
export const certificate = (
  host: Host,
  { bits, days, name, ca }: { bits: number; days: number; name: string; ca?: boolean },
): { cert: string; key: string; ca: string } => {
  const [cert, key, caCert, caKey] = ['cert.pem', 'key.pem', 'ca.pem', 'ca.key'].map((file) =>
    join(host.dir, file),
  ) as [string, string, string, string];
  const san = `subjectAltName=DNS:${name},IP:${host.address}`;
  if (!ca) {
    openssl(
      'req',
      '-x509',
      '-newkey',
      `rsa:${bits}`,
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      String(days),
      '-subj',
      `/CN=${name}`,
      '-addext',
      san,
    );
    return { cert, key, ca: cert };
  }
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    caKey,
    '-out',
    caCert,
    '-days',
    String(days),
    '-subj',
    '/CN=Lab CA',
  );
  openssl(
    'req',
    '-newkey',
    `rsa:${bits}`,
    '-nodes',
    '-keyout',
    key,
    '-out',
    join(host.dir, 'csr.pem'),
    '-subj',
    `/CN=${name}`,
  );
  const extensions = host.file(
    'ext.cnf',
    `${san}\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\n`,
  );
  openssl(
    'x509',
    '-req',
    '-in',
    join(host.dir, 'csr.pem'),
    '-CA',
    caCert,
    '-CAkey',
    caKey,
    '-CAcreateserial',
    '-out',
    cert,
    '-days',
    String(days),
    '-extfile',
    extensions,
  );
  return { cert, key, ca: caCert };
};

/** dropbear offers RSA also where it has no such key, and dies of being asked for it: real devices have both. */
export const dropbear = (host: Host, port: number, user: string, password: string): void => {
  const keys = ['ed25519', 'rsa'].flatMap((type) => {
    const key = join(host.dir, `dropbear-${port}.${type}`);
    execFileSync('dropbearkey', ['-t', type, '-f', key], { stdio: 'ignore' });
    return ['-r', key];
  });
  host.start(['dropbear', '-F', '-E', ...keys, '-p', String(port)], { own: accounts(host, user, password) });
};

export const sshdKeysOnly = (host: Host, port: number): void => {
  const key = join(host.dir, 'sshd.key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  execFileSync('mkdir', ['-p', '/run/sshd']);
  const conf = host.file(
    'sshd.conf',
    `Port ${port}\nHostKey ${key}\nPasswordAuthentication no\nKbdInteractiveAuthentication no\nUsePAM no\nPidFile none\nStrictModes no\n`,
  );
  host.start(['/usr/sbin/sshd', '-D', '-e', '-f', conf]);
};

/** OpenSSH that takes passwords of one account, without PAM. */
export const sshdPasswords = (host: Host, port: number, user: string, password: string): void => {
  const key = join(host.dir, `sshd-${port}.key`);
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  execFileSync('mkdir', ['-p', '/run/sshd']);
  const conf = host.file(
    `sshd-${port}.conf`,
    `Port ${port}\nHostKey ${key}\nPermitRootLogin yes\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\nUsePAM no\nPidFile none\nStrictModes no\nMaxStartups 100\n`,
  );
  host.start(['/usr/sbin/sshd', '-D', '-e', '-f', conf], { own: accounts(host, user, password) });
};

export const telnetd = (host: Host, port: number, login: { user: string; password: string } | 'shell'): void => {
  const exec = login === 'shell' ? 'EXEC:/usr/sbin/telnetd -E /bin/sh,nofork' : 'EXEC:/usr/sbin/telnetd,nofork';
  const own = login === 'shell' ? undefined : accounts(host, login.user, login.password);
  host.start(['socat', `TCP4-LISTEN:${port},fork,reuseaddr`, exec], own === undefined ? {} : { own });
};

export const nginx = (host: Host, server: string): void => {
  for (const dir of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) execFileSync('mkdir', ['-p', join(host.dir, dir)]);
  const conf = host.file(
    'nginx.conf',
    `daemon off;\nmaster_process off;\npid ${host.dir}/nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\nclient_body_temp_path ${host.dir}/body;\nproxy_temp_path ${host.dir}/proxy;\nfastcgi_temp_path ${host.dir}/fastcgi;\nuwsgi_temp_path ${host.dir}/uwsgi;\nscgi_temp_path ${host.dir}/scgi;\n${server}\n}\n`,
  );
  host.start(['nginx', '-c', conf]);
};

export const mosquitto = (host: Host, listener: string, account?: { user: string; password: string }): void => {
  const password = join(host.dir, 'mosquitto.passwd');
  if (account)
    execFileSync('mosquitto_passwd', ['-b', '-c', password, account.user, account.password], { stdio: 'ignore' });
  const access = account ? `allow_anonymous false\npassword_file ${password}` : 'allow_anonymous true';
  host.start([
    'mosquitto',
    '-c',
    host.file('mosquitto.conf', `user root\nper_listener_settings true\n${listener}\n${access}\n`),
  ]);
};

export const vsftpd = (host: Host, port: number): void => {
  for (const dir of ['empty', 'ftp/pub']) execFileSync('mkdir', ['-p', join(host.dir, dir)]);
  execFileSync('chmod', ['755', host.dir, join(host.dir, 'ftp'), join(host.dir, '..')]);
  host.file('ftp/pub/recording-1.avi', 'not a film\n');
  const conf = host.file(
    'vsftpd.conf',
    `listen=YES\nlisten_port=${port}\nbackground=NO\nseccomp_sandbox=NO\nanonymous_enable=YES\nno_anon_password=NO\nlocal_enable=NO\nanon_root=${host.dir}/ftp\nsecure_chroot_dir=${host.dir}/empty\n`,
  );
  host.start(['vsftpd', conf]);
};

export const snmpd = (host: Host, port: number): void => {
  const conf = host.file(
    'snmpd.conf',
    `agentAddress udp:${port}\nrocommunity public\nsysName lab-gateway\nsysLocation "bench 4"\nsysContact "owner@example.invalid"\n`,
  );
  host.start(['snmpd', '-f', '-Lo', '-C', '-c', conf, '-I', '-smux']);
};

export const coapServer = (host: Host, port: number): void =>
  host.start(['coap-server-openssl', '-A', '0.0.0.0', '-p', String(port)]);

export const busyboxHttpd = (host: Host, port: number, user: string, password: string): void => {
  host.file(
    'www/index.html',
    '<html><head><title>Router settings</title></head><body><form method="post" action="/apply"><input name="ssid" value="home"></form></body></html>\n',
  );
  const conf = host.file('httpd.conf', `/:${user}:${password}\n`);
  host.start(['busybox', 'httpd', '-f', '-p', String(port), '-h', join(host.dir, 'www'), '-c', conf, '-r', 'Router']);
};

export const tarpit = (host: Host): void =>
  host.start([process.execPath, join(import.meta.dirname, 'tarpit.mjs'), host.address]);
