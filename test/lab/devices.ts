import type { Host } from './net.ts';
import {
  busyboxHttpd,
  certificate,
  coapServer,
  dropbear,
  mosquitto,
  nginx,
  snmpd,
  sshdKeysOnly,
  tarpit,
  telnetd,
  vsftpd,
} from './servers.ts';

/** A real device of the lab: what it runs, and what its maker declares. `told.yaml` says what it must be told. */
export interface LabDevice {
  readonly name: string;
  /** Programs that must be on the machine. */
  readonly needs: readonly string[];
  start(host: Host): void;
  /** TCP ports that are there once it is ready. */
  readonly ready: readonly number[];
  /** A declaration (YAML of the one component), and further top-level parts. */
  declares?(host: Host): { component: string; environment?: Readonly<Record<string, string>> };
}

const TLS_MODERN = 'ssl_protocols TLSv1.2 TLSv1.3;';
const TLS_OLD = 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2; ssl_ciphers ALL:@SECLEVEL=0;';

const tlsServer = (port: number, pair: { cert: string; key: string }, protocols: string): string =>
  `server { listen ${port} ssl; ssl_certificate ${pair.cert}; ssl_certificate_key ${pair.key}; ${protocols} location / { return 200 "<html><title>Gateway</title><p>welcome</p></html>"; default_type text/html; } }`;

export const labDevices: readonly LabDevice[] = [
  {
    name: 'dropbear-root',
    needs: ['dropbear', 'dropbearkey', 'openssl'],
    start: (host) => dropbear(host, 22, 'root', 'root'),
    ready: [22],
  },
  {
    name: 'openssh-keys-only',
    needs: ['/usr/sbin/sshd'],
    start: (host) => sshdKeysOnly(host, 2022),
    ready: [2022],
    declares: () => ({
      component:
        'services: [{ port: 2022, protocol: ssh, reason: maintenance by the maker with keys }]\n      interfaces: [{ kind: ip, name: eth0 }]',
    }),
  },
  {
    name: 'telnetd-login',
    needs: ['socat', '/usr/sbin/telnetd', 'openssl'],
    start: (host) => telnetd(host, 23, { user: 'admin', password: 'admin' }),
    ready: [23],
  },
  {
    name: 'telnetd-shell',
    needs: ['socat', '/usr/sbin/telnetd'],
    start: (host) => telnetd(host, 2323, 'shell'),
    ready: [2323],
  },
  {
    name: 'nginx-modern',
    needs: ['nginx', 'openssl'],
    start: (host) => {
      const pair = certificate(host, { bits: 2048, days: 90, name: 'gateway.lab', ca: true });
      nginx(
        host,
        `${tlsServer(443, pair, TLS_MODERN)}\nserver { listen 80; return 301 https://gateway.lab$request_uri; }`,
      );
    },
    ready: [80, 443],
    declares: (host) => ({
      component: `services:\n        - { port: 443, protocol: http, reason: the user interface }\n        - { port: 80, protocol: http, reason: leads to the user interface }\n      interfaces: [{ kind: ip, name: eth0 }]\n      trustFile: ${host.dir}/ca.pem`,
    }),
  },
  {
    name: 'nginx-old',
    needs: ['nginx', 'openssl'],
    start: (host) =>
      nginx(host, tlsServer(8443, certificate(host, { bits: 1024, days: 90, name: 'old.lab' }), TLS_OLD)),
    ready: [8443],
  },
  {
    name: 'mosquitto-anonymous',
    needs: ['mosquitto'],
    start: (host) => mosquitto(host, 'listener 1883 0.0.0.0'),
    ready: [1883],
  },
  {
    name: 'mosquitto-default',
    needs: ['mosquitto', 'mosquitto_passwd'],
    start: (host) => mosquitto(host, 'listener 18830 0.0.0.0', { user: 'admin', password: 'public' }),
    ready: [18830],
  },
  {
    name: 'mosquitto-tls',
    needs: ['mosquitto', 'mosquitto_passwd', 'openssl'],
    start: (host) => {
      const pair = certificate(host, { bits: 2048, days: 90, name: 'broker.lab', ca: true });
      mosquitto(host, `listener 8883 0.0.0.0\ncertfile ${pair.cert}\nkeyfile ${pair.key}`, {
        user: 'bench',
        password: 'c0rrect-horse-battery',
      });
    },
    ready: [8883],
    declares: (host) => ({
      component: `services: [{ port: 8883, protocol: mqtt, reason: telemetry to the hub }]\n      interfaces: [{ kind: ip, name: eth0 }]\n      logins: { lock: none }\n      accounts: [{ user: bench, secret: { env: LAB_MQTT }, on: [mqtt] }]\n      trustFile: ${host.dir}/ca.pem`,
      environment: { LAB_MQTT: 'c0rrect-horse-battery' },
    }),
  },
  {
    name: 'vsftpd-anonymous',
    needs: ['vsftpd'],
    start: (host) => vsftpd(host, 2121),
    ready: [2121],
  },
  {
    name: 'snmpd-public',
    needs: ['snmpd'],
    start: (host) => snmpd(host, 161),
    ready: [],
  },
  {
    name: 'coap-server',
    needs: ['coap-server-openssl'],
    start: (host) => coapServer(host, 5683),
    ready: [],
  },
  {
    name: 'busybox-httpd',
    needs: ['busybox'],
    start: (host) => busyboxHttpd(host, 8081, 'admin', 'admin'),
    ready: [8081],
  },
  {
    name: 'closed',
    needs: [],
    start: () => undefined,
    ready: [],
    declares: () => ({ component: 'services: []\n      interfaces: [{ kind: ip, name: eth0 }]' }),
  },
  {
    name: 'tarpit',
    needs: [],
    start: tarpit,
    ready: [22, 23, 80, 443, 2222, 7000, 7001, 7002, 8080, 8443, 9999],
  },
];
