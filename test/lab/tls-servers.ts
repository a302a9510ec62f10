import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Host } from './net.ts';
import { certificate, nginx } from './servers.ts';

/** A real TLS server of the lab at one port, with a certificate of RSA 2048 unless it is given one. */
export interface TlsStack {
  readonly name: string;
  /** Programs that must be on the machine. */
  readonly needs: readonly string[];
  start(host: Host, port: number): void;
}

const pair = (host: Host) => certificate(host, { bits: 2048, days: 90, name: 'tls.lab' });

/** `settings`: directives of ssl_protocols and ssl_ciphers. */
const nginxTls = (name: string, settings: string): TlsStack => ({
  name,
  needs: ['nginx', 'openssl'],
  start(host, port) {
    const { cert, key } = pair(host);
    const served = `ssl_certificate ${cert}; ssl_certificate_key ${key}; ${settings} return 200 "hello\\n";`;
    nginx(host, `server { listen ${port} ssl; ${served} }`);
  },
});

const gnutls = (name: string, priority: string, ...more: string[]): TlsStack => ({
  name,
  needs: ['gnutls-serv', 'openssl'],
  start(host, port) {
    const { cert, key } = pair(host);
    host.start([
      ...['gnutls-serv', '--echo', '-p', String(port), `--priority=${priority}`],
      ...['--x509keyfile', key, '--x509certfile', cert, ...more],
    ]);
  },
});

/** NSS, the one stack of today that still has SSLv3. */
const selfserv = (name: string, versions: string, suites: string): TlsStack => ({
  name,
  needs: ['selfserv', 'certutil', 'pk12util', 'openssl'],
  start(host, port) {
    const { cert, key } = pair(host);
    const [db, both] = [`sql:${host.dir}`, join(host.dir, 'server.p12')];
    execFileSync('openssl', [
      'pkcs12',
      '-export',
      '-name',
      'rsa',
      '-in',
      cert,
      '-inkey',
      key,
      '-out',
      both,
      '-passout',
      'pass:lab',
    ]);
    execFileSync('certutil', ['-N', '-d', db, '--empty-password']);
    execFileSync('pk12util', ['-i', both, '-d', db, '-W', 'lab'], { stdio: 'ignore' });
    host.start(['selfserv', '-d', db, '-n', 'rsa', '-w', '', '-p', String(port), '-V', versions, '-c', suites]);
  },
});

export const tlsStacks = {
  modern: nginxTls('nginx, modern', 'ssl_protocols TLSv1.2 TLSv1.3;'),
  weakest: nginxTls(
    'nginx, weakest',
    'ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:eNULL:@SECLEVEL=0;',
  ),
  gnutls: gnutls('gnutls-serv, legacy', 'LEGACY:+ARCFOUR-128:+3DES-CBC:+VERS-TLS1.0:+VERS-TLS1.1:+ANON-DH:+ANON-ECDH'),
  heartbeats: gnutls('gnutls-serv, heartbeats', 'NORMAL:-VERS-TLS1.3', '--heartbeat'),
  nss: selfserv('NSS selfserv with SSLv3', 'ssl3:tls1.2', ':0004:0005:000A:002F:0035:C013:C014:C02F:009C'),
  mosquitto: {
    name: 'mosquitto',
    needs: ['mosquitto', 'openssl'],
    start(host, port) {
      const { cert, key } = pair(host);
      const settings = `user root\nallow_anonymous true\nlistener ${port}\ncertfile ${cert}\nkeyfile ${key}\n`;
      host.start(['mosquitto', '-c', host.file('mosquitto.conf', settings)]);
    },
  },
  stunnel: {
    name: 'stunnel',
    needs: ['stunnel', 'openssl'],
    start(host, port) {
      const { cert, key } = pair(host);
      const service = `[tls]\naccept = ${port}\nconnect = 9\ncert = ${cert}\nkey = ${key}\n`;
      host.start(['stunnel', host.file('stunnel.conf', `foreground = yes\npid =\nsyslog = no\n${service}`)]);
    },
  },
} as const satisfies Record<string, TlsStack>;
