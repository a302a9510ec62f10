import { readPolicies } from '../../src/cli/load-policy.ts';
import { loadProfile } from '../../src/cli/load-profile.ts';
import { catalogue, checks } from '../../src/judge/checks/index.ts';
import { judge } from '../../src/judge/judge.ts';
import { WEAKNESSES } from '../../src/model/fact.ts';
import type { ReportInput } from '../../src/report/report.ts';
import { type AttemptDraft, attempt, type FactDraft, recognised, run, scan, sha } from './run.ts';

/** A made-up device with every kind of transport, judged by the shipped checks, as a report gets it. */

const version = (name: string, protocol: 'tls' | 'dtls' | 'ssh' = 'tls'): FactDraft => ({
  kind: 'offer',
  protocol,
  role: 'version',
  name,
});
const suites = (of: string, names: readonly string[], protocol: 'tls' | 'dtls' = 'tls'): FactDraft[] =>
  names.map((name) => ({ kind: 'offer', protocol, role: 'suite', version: of, name }));
const offered = (role: 'group' | 'feature' | 'signature' | 'alpn', of: string, ...names: string[]): FactDraft[] =>
  names.map((name) => ({ kind: 'offer', protocol: 'tls', role, version: of, name }));
const ssh = (role: 'kex' | 'host-key' | 'cipher' | 'mac', ...names: string[]): FactDraft[] =>
  names.map((name) => ({ kind: 'offer', protocol: 'ssh', role, name }));
export const flaws = (...present: string[]): FactDraft[] =>
  WEAKNESSES.tls.map((name) => ({ kind: 'weakness', protocol: 'tls', name, present: present.includes(name) }));

const OLD_SUITES = [
  'TLS_RSA_WITH_RC4_128_SHA',
  'TLS_RSA_WITH_3DES_EDE_CBC_SHA',
  'TLS_DHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_RSA_WITH_AES_128_CBC_SHA',
];
const NEW_SUITES = [
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
];
const SUITES_13 = ['TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256', 'TLS_AES_128_GCM_SHA256'];

/** A web server that takes everything from SSLv3 on. */
export const WEAK: readonly FactDraft[] = [
  ...['SSLv3', 'TLS 1.0', 'TLS 1.2', 'TLS 1.3'].map((name) => version(name)),
  ...suites('SSLv3', OLD_SUITES),
  ...suites('TLS 1.0', OLD_SUITES),
  ...suites('TLS 1.2', [...NEW_SUITES, ...OLD_SUITES]),
  ...suites('TLS 1.3', SUITES_13),
  ...offered('feature', 'TLS 1.3', 'server-preference', 'session-tickets'),
  ...offered('group', 'TLS 1.2', 'secp256r1', 'x25519'),
  { kind: 'offer', role: 'group', version: 'TLS 1.2', name: 'modp1024', bits: 1024 },
  ...offered('group', 'TLS 1.3', 'x25519', 'secp256r1'),
  ...offered('signature', 'TLS 1.2', 'rsa_pss_rsae_sha256', 'rsa_pkcs1_sha1'),
  { kind: 'certificate', sha256: sha('c'), subject: 'CN=camera', issuer: 'CN=camera', selfSigned: true },
  { kind: 'key', use: 'tls', algorithm: 'rsa', bits: 1024 },
  ...flaws('poodle', 'sweet32', 'small-dh'),
];

/** One as it should be. */
export const SOUND: readonly FactDraft[] = [
  version('TLS 1.2'),
  version('TLS 1.3'),
  ...suites('TLS 1.2', NEW_SUITES),
  ...suites('TLS 1.3', SUITES_13),
  ...offered('group', 'TLS 1.3', 'secp384r1', 'x25519'),
  { kind: 'certificate', trusted: true, nameMatches: true },
  { kind: 'key', use: 'tls', algorithm: 'ec', bits: 256, curve: 'P-256' },
  ...flaws(),
];

export const DEVICE: readonly (AttemptDraft | readonly AttemptDraft[])[] = [
  scan({ tcp: [22, 25, 80, 443, 8443, 8883], udp: [5684] }),
  recognised('tcp/22', 'ssh'),
  recognised('tcp/25', 'smtp'),
  recognised('tcp/80', 'http'),
  recognised('tcp/443', 'tls', 'http+tls'),
  recognised('tcp/8443', 'tls', 'http+tls'),
  recognised('tcp/8883', 'tls', 'mqtt+tls'),
  recognised('udp/5684', 'dtls', 'coap+dtls'),
  attempt('tls-server', 'camera/tcp/443/tls', WEAK),
  attempt('tls-server', 'camera/tcp/8443/tls', SOUND),
  attempt('tls-server', 'camera/tcp/8883/tls', [version('TLS 1.2'), ...suites('TLS 1.2', NEW_SUITES.slice(0, 1))], {
    broke: 'timeout',
  }),
  attempt('mail-channel', 'camera/tcp/25/smtp', [
    { kind: 'channel', protocol: 'smtp', encryption: 'none', credentials: true, offered: 'starttls' },
  ]),
  attempt('tls-server', 'camera/tcp/25/smtp', SOUND),
  attempt('http-redirect', 'camera/tcp/80/http', [
    { kind: 'channel', protocol: 'http', encryption: 'none', upgrade: 'redirect', to: 'https://camera.lab.example/' },
  ]),
  attempt('http-hardening', 'camera/tcp/443/http+tls', [
    { kind: 'weakness', protocol: 'http', name: 'cookie-not-secure', present: true, subject: 'SID' },
    ...['login-mixed-content', 'cookie-not-httponly', 'hsts-missing'].map(
      (name): FactDraft => ({ kind: 'weakness', protocol: 'http', name, present: false }),
    ),
  ]),
  attempt('dtls-server', 'camera/udp/5684/dtls', [
    version('DTLS 1.2', 'dtls'),
    ...suites('DTLS 1.2', ['TLS_PSK_WITH_AES_128_CCM_8'], 'dtls'),
    { kind: 'weakness', protocol: 'dtls', name: 'amplification', present: false },
  ]),
  attempt('ssh-server', 'camera/tcp/22/ssh', [
    version('SSH-2.0', 'ssh'),
    ...ssh('kex', 'curve25519-sha256', 'diffie-hellman-group1-sha1', 'kex-strict-s-v00@openssh.com'),
    ...ssh('host-key', 'rsa-sha2-512', 'ssh-rsa'),
    ...ssh('cipher', 'chacha20-poly1305@openssh.com', 'aes128-cbc', '3des-cbc'),
    ...ssh('mac', 'hmac-sha2-256', 'hmac-md5'),
    { kind: 'key', use: 'ssh-host', algorithm: 'rsa', bits: 2048, sha256: sha('b') },
    { kind: 'weakness', protocol: 'ssh', name: 'terrapin', present: false },
  ]),
];

/** The input of a report on these attempts. */
export const transportInput = (attempts: typeof DEVICE = DEVICE): ReportInput => {
  const known = catalogue.map(({ id }) => id);
  const profile = loadProfile('nist-consumer-iot-2022', known);
  const whole = run({ attempts });
  const assessment = judge({
    runs: [{ run: whole, seal: sha('5') }],
    profile,
    checks,
    catalogue,
    policies: readPolicies(),
    judgedAt: '2026-11-23T00:00:00.000Z',
  });
  return { assessment, profile, runs: [{ run: whole, seal: sha('5') }] };
};
