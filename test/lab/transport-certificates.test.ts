import { execFile, execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keyFile } from '../../fixtures/services/keys.ts';
import { certificates } from '../../probes/tls-server/certificates.ts';
import whole, { tlsServer } from '../../probes/tls-server/probe.ts';
import type { Check } from '../../src/judge/check.ts';
import keysStrong from '../../src/judge/checks/keys-strong.ts';
import certificateValid from '../../src/judge/checks/tls-certificate-valid.ts';
import ciphersStrong from '../../src/judge/checks/tls-ciphers-strong.ts';
import { element, sequence } from '../../src/observe/der.ts';
import type { Probe } from '../../src/observe/probe.ts';
import { attempt, judged, recognised, run, scan } from '../kit/check.ts';
import { observeWith } from '../kit/probe.ts';
import { type Drawn, drawn, extension, hostName, pem } from '../kit/x509.ts';
import { createLab, type Host, has, type Lab, missing } from './net.ts';
import { listening } from './ready.ts';
import { nginx } from './servers.ts';

const programs = ['openssl', 'nginx', 'gnutls-serv'].filter((program) => !has(program));
const why = missing() ?? (programs.length > 0 ? `${programs.join(', ')} not installed` : undefined);
const exec = promisify(execFile);

const ec = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const [root, middle, leafKey, stranger] = [ec(), ec(), ec(), ec()] as [KeyObject, KeyObject, KeyObject, KeyObject];
const rsa = (size: '1024' | '2048-a'): KeyObject => createPrivateKey(keyFile(`rsa-${size}.test-key.pem`));

const NAME = 'cam.example';
const SERVER = ['1.3.6.1.5.5.7.3.1'];
const CLIENT = ['1.3.6.1.5.5.7.3.2'];
const utc = (text: string): Buffer => element(0x17, Buffer.from(text));
const general = (text: string): Buffer => element(0x18, Buffer.from(text));
const days = (count: number): Date => new Date(Date.now() + count * 86_400_000);

const authority = (more: Partial<Drawn> = {}): Buffer => drawn({ key: root, subject: 'root', ca: true, ...more });
const between = (more: Partial<Drawn> = {}): Buffer =>
  drawn({ key: middle, by: root, subject: 'middle', issuer: 'root', ca: true, ...more });
const leaf = (more: Partial<Drawn> = {}): Buffer =>
  drawn({ key: leafKey, by: middle, issuer: 'middle', subject: NAME, names: [NAME], purposes: SERVER, ...more });
const alone = (more: Partial<Drawn> = {}): Buffer => drawn({ key: leafKey, subject: NAME, names: [NAME], ...more });
const PINNED = alone();

/** What the two checks say of one server: a verdict each, `!` where a failure is conclusive. */
interface Case {
  readonly chain: readonly Buffer[];
  /** Absent: the root; empty: none is given. */
  readonly trust?: readonly string[];
  /** Absent: `cam.example`. */
  readonly names?: readonly string[];
  readonly key?: KeyObject;
  /** A second certificate, of another kind of key. */
  readonly second?: readonly [chain: readonly Buffer[], key: KeyObject];
  readonly valid: string;
  /** Default: pass. */
  readonly strong?: string;
  /** What is in the sentence about it. */
  readonly says?: RegExp;
  /** Why `openssl verify` is not asked: what it does not look at, or takes otherwise. */
  readonly beyond?: string;
}

const good = [leaf(), between()];
const CN = 'a common name counts for it where there is no subjectAltName';
const TOLD = 'it does not look at the order, the serial number or the purposes of who is pinned';
/** By the address of the host, which is known when the lab is up. */
const casesAt = (address: string): Readonly<Record<string, Case>> => ({
  sound: { chain: good, valid: 'pass' },
  'of Ed25519': { ...inKey(generateKeyPairSync('ed25519').privateKey), valid: 'pass' },
  'of RSA with 2048 bits': { ...inKey(rsa('2048-a')), valid: 'pass' },
  'of RSA with 1024 bits': { ...inKey(rsa('1024')), valid: 'pass', strong: 'fail!', says: /1024 bits RSA/ },
  'RSA beside ECDSA': {
    chain: good,
    second: [[leaf({ key: rsa('2048-a') }), between()], rsa('2048-a')],
    valid: 'pass pass',
    strong: 'pass pass',
  },
  'an expired one of RSA beside ECDSA': {
    chain: good,
    second: [[leaf({ key: rsa('2048-a'), to: days(-1), from: days(-9) }), between()], rsa('2048-a')],
    valid: 'pass fail!',
    strong: 'pass pass',
    beyond: 'it is given the first one',
  },
  expired: { chain: [leaf({ from: days(-9), to: days(-1) }), between()], valid: 'fail!', says: /out of date/ },
  'not yet valid': { chain: [leaf({ from: days(1), to: days(9) }), between()], valid: 'fail!' },
  'of 1970': {
    chain: [leaf({ from: utc('700101000010Z'), to: utc('800101000010Z') }), between()],
    valid: 'fail!',
    says: /a clock that was never set/,
  },
  'from 1970 to 2039': {
    chain: [leaf({ from: utc('700101000010Z'), to: utc('390101000010Z') }), between()],
    valid: 'pass',
  },
  'to 2050': { chain: [leaf({ to: general('20500601000000Z') }), between()], valid: 'pass' },
  'without end': { chain: [leaf({ to: general('99991231235959Z') }), between()], valid: 'pass', says: /no end/ },
  'its end before its beginning': { chain: [leaf({ from: days(9), to: days(-9) }), between()], valid: 'fail!' },
  'of another name': { chain: [leaf({ names: ['other.example'] }), between()], valid: 'fail!', says: /names none of/ },
  'of a wildcard': {
    chain: [leaf({ names: ['*.home.example'] }), between()],
    names: ['a.home.example'],
    valid: 'pass',
  },
  'of a wildcard for two labels': {
    chain: [leaf({ names: ['*.home.example'] }), between()],
    names: ['b.a.home.example'],
    valid: 'fail!',
  },
  'without subjectAltName': {
    chain: [drawn({ key: leafKey, by: middle, issuer: 'middle', subject: NAME }), between()],
    valid: 'fail!',
    says: /a common name does not count/,
    beyond: CN,
  },
  'of its address': { chain: [leaf({ names: [address] }), between()], names: [], valid: 'pass' },
  'of another address': { chain: [leaf({ names: ['198.18.255.1'] }), between()], names: [], valid: 'fail' },
  'of a name, and none is declared': { chain: good, names: [], valid: 'inconclusive', beyond: 'it asks for no name' },
  'self-signed, and nothing is given': { chain: [alone()], trust: [], valid: 'fail', says: /self-signed/ },
  'self-signed, against a root': { chain: [alone()], valid: 'fail!' },
  'self-signed and pinned': { chain: [PINNED], trust: [pem(PINNED)], valid: 'pass' },
  'self-signed beside the pinned one': { chain: [alone()], trust: [pem(PINNED)], valid: 'fail!' },
  'its key pinned': {
    chain: good,
    trust: [createPublicKey(leafKey).export({ type: 'spki', format: 'pem' }) as string],
    valid: 'pass',
    beyond: 'it pins no keys',
  },
  'of another root': {
    chain: [leaf({ by: stranger }), drawn({ key: stranger, subject: 'middle', ca: true })],
    valid: 'fail!',
  },
  'of a root, and nothing is given': { chain: good, trust: [], valid: 'inconclusive', beyond: 'it needs a root' },
  'its issuer missing': { chain: [leaf()], valid: 'fail!', says: /certificate of its issuer is not presented/ },
  'in reverse': { chain: [leaf(), authority(), between()], valid: 'pass', says: /not in order/ },
  'its issuer of another key': { chain: [leaf(), between({ key: stranger })], valid: 'fail!', says: /does not verify/ },
  'its issuer no CA': { chain: [leaf(), between({ ca: false })], valid: 'fail!' },
  'its issuer for clients': { chain: [leaf(), between({ purposes: CLIENT })], valid: 'fail!' },
  'its root for leaves alone': { chain: good, trust: [pem(authority({ pathLength: 0 }))], valid: 'fail!' },
  'its root for other names': {
    chain: good,
    trust: [pem(authority({ more: [constraint('test')] }))],
    valid: 'fail!',
  },
  'its root for its name': { chain: good, trust: [pem(authority({ more: [constraint('example')] }))], valid: 'pass' },
  'of SHA-1': { chain: [leaf({ hash: 'sha1' }), between()], valid: 'fail!', says: /ecdsa-with-SHA1/ },
  'its issuer of SHA-1': { chain: [leaf(), between({ hash: 'sha1' })], valid: 'fail!', says: /issuer that is signed/ },
  'its root of SHA-1': {
    chain: [...good, authority({ hash: 'sha1' })],
    trust: [pem(authority({ hash: 'sha1' }))],
    valid: 'pass',
  },
  'of MD5': byRsa({ hash: 'md5' }, 'fail!'),
  'its issuer with 1024 bits': { ...byRsa({}, 'pass'), strong: 'pass fail!', says: /issuer with a key of 1024 bits/ },
  'a CA': {
    chain: [leaf({ ca: true }), between()],
    valid: 'fail!',
    says: /is a CA certificate/,
    beyond: 'a CA may be a server for it',
  },
  'of version 1': {
    chain: [drawn({ key: leafKey, by: middle, issuer: 'middle', subject: NAME, version: 1 }), between()],
    valid: 'fail!',
    says: /version 1/,
    beyond: CN,
  },
  'for clients': { chain: [leaf({ purposes: CLIENT }), between()], valid: 'fail', says: /not for servers/ },
  'with something critical that nobody knows': {
    chain: [leaf({ more: [extension('1.2.3.4', Buffer.of(5, 0), true)] }), between()],
    valid: 'fail',
  },
  'of serial number 0': {
    chain: [leaf({ serial: Buffer.of(0) }), between()],
    valid: 'pass',
    says: /not positive/,
    beyond: TOLD,
  },
});

const inKey = (key: KeyObject): Pick<Case, 'chain' | 'key'> => ({ chain: [leaf({ key }), between()], key });
const constraint = (below: string): Buffer =>
  extension('2.5.29.30', sequence(element(0xa0, sequence(hostName(below)))), true);
/** Of an authority with a small RSA key. */
const byRsa = (more: Partial<Drawn>, valid: string): Case => {
  const own = rsa('1024');
  const issuer = drawn({ key: own, by: root, subject: 'small', issuer: 'root', ca: true });
  return { chain: [leaf({ by: own, issuer: 'small', ...more }), issuer], valid, strong: 'pass fail!' };
};

const FIRST = 10_001;
const presents = tlsServer([certificates]);

/** What a check says of a server as a probe sees it. */
async function said(
  probe: Probe,
  checks: readonly Check[],
  host: Host,
  port: number,
  { trust = [pem(authority())], names = [NAME] }: Pick<Case, 'trust' | 'names'> = {},
): Promise<{ verdicts: Record<string, string>; because: string }> {
  const { facts, attempt: made } = await observeWith(probe, {
    host: host.address,
    scope: [host.address],
    port,
    protocol: 'tls',
    security: 'none',
    names: [...names],
    trust: [...trust],
    limits: { wait: 5000, attempt: 60_000 },
  });
  const { outcome } = made;
  const broke = outcome.status === 'completed' ? {} : { broke: outcome.reason, open: outcome.open };
  const seen = run({
    component: { names: [...names] },
    attempts: [
      scan({ tcp: [port] }),
      recognised(`tcp/${port}`, 'tls'),
      attempt('tls-server', `camera/tcp/${port}/tls`, facts, broke),
    ],
  });
  const findings = checks.map((check) => [check.id, judged(check, [seen])] as const);
  return {
    verdicts: Object.fromEntries(
      findings.map(([id, all]) => [
        id,
        all
          .map(({ verdict, strength }) => `${verdict}${verdict === 'fail' && strength === 'conclusive' ? '!' : ''}`)
          .join(' '),
      ]),
    ),
    because: findings.flatMap(([, all]) => all.map(({ because }) => because)).join('\n'),
  };
}

/** Whether `openssl verify` takes the first leaf: at 112 bits of strength, for a server, of that name. */
async function verifies(host: Host, name: string, one: Case): Promise<boolean> {
  const [first, ...others] = one.chain.map(pem);
  const file = (part: string, text: string) => host.file(`verify/${name.replaceAll(' ', '-')}.${part}`, text);
  const held = one.names ?? [NAME];
  try {
    await exec('openssl', [
      ...['verify', '-purpose', 'sslserver', '-auth_level', '2', '-no-CApath', '-no-CAstore'],
      ...['-CAfile', file('root', (one.trust ?? [pem(authority())]).join(''))],
      ...(others.length > 0 ? ['-untrusted', file('chain', others.join(''))] : []),
      ...(held.length > 0 ? ['-verify_hostname', held[0]!] : ['-verify_ip', host.address]),
      file('leaf', first!),
    ]);
    return true;
  } catch {
    return false;
  }
}

/** Servers of weak suites, each with what the checks say of them. */
const WEAK: Readonly<Record<string, { port: number; nginx?: string; strong: string; ciphers: string }>> = {
  null: { port: 11_001, nginx: 'ssl_ciphers NULL-SHA256:@SECLEVEL=0;', strong: 'pass', ciphers: 'fail!' },
  'static RSA': { port: 11_002, nginx: 'ssl_ciphers AES128-SHA:@SECLEVEL=0;', strong: 'pass', ciphers: 'pass' },
  // OpenSSL takes no parameters of 80 bits of strength and less.
  'DH of 512 bits': { port: 11_003, strong: 'pass fail!', ciphers: 'pass' },
  'DH of 1024 bits': { port: 11_004, nginx: dh(1024), strong: 'pass fail!', ciphers: 'pass' },
  'DH of 2048 bits': { port: 11_005, nginx: dh(2048), strong: 'pass', ciphers: 'pass' },
  RC4: { port: 11_006, strong: 'pass', ciphers: 'fail!' },
  '3DES': { port: 11_007, strong: 'pass', ciphers: 'fail!' },
};
function dh(bits: number): string {
  return `ssl_ciphers DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0; ssl_dhparam dh-${bits}.pem;`;
}
const GNUTLS = 'NONE:+VERS-TLS1.2:+SHA1:+SHA256:+SIGN-ALL:+COMP-NULL:+CTYPE-X509:';

describe.skipIf(why !== undefined)(`certificates of real servers${why ? ` (skipped: ${why})` : ''}`, () => {
  let lab: Lab;
  let host: Host;
  let cases: Readonly<Record<string, Case>>;
  const found = new Map<string, Awaited<ReturnType<typeof said>>>();

  beforeAll(async () => {
    lab = createLab();
    host = lab.host('camera');
    cases = casesAt(host.address);
    const names = Object.keys(cases);
    const written = (name: string, chain: readonly Buffer[], key: KeyObject): string => {
      const certificate = host.file(`${name}.pem`, chain.map(pem).join(''));
      const secret = host.file(`${name}.key`, key.export({ type: 'pkcs8', format: 'pem' }) as string);
      return `ssl_certificate ${certificate}; ssl_certificate_key ${secret};`;
    };
    const servers = Object.values(cases).map(({ chain, key = leafKey, second }, i) => {
      const more = second ? written(`second-${i}`, ...second) : '';
      return `server { listen ${FIRST + i} ssl; ${written(`case-${i}`, chain, key)} ${more} }`;
    });
    // A safe prime of 512 bits is found at once; larger ones by the way of DSA.
    for (const [bits, ...how] of [['512'], ['1024', '-dsaparam'], ['2048', '-dsaparam']] as const)
      execFileSync('openssl', ['dhparam', ...how, '-out', join(host.dir, `dh-${bits}.pem`), bits], { stdio: 'ignore' });
    const own = written('weak', [leaf({ key: rsa('2048-a') }), between()], rsa('2048-a'));
    const weak = Object.values(WEAK).flatMap(({ port, nginx }) =>
      nginx
        ? [`server { listen ${port} ssl; ssl_protocols TLSv1.2; ${own} ${nginx.replace('dh-', `${host.dir}/dh-`)} }`]
        : [],
    );
    nginx(host, `ssl_ciphers DEFAULT:@SECLEVEL=0;\n${[...servers, ...weak].join('\n')}`);
    for (const [name, priority] of [
      ['RC4', '+RSA:+ARCFOUR-128'],
      ['3DES', '+RSA:+3DES-CBC'],
      ['DH of 512 bits', '+DHE-RSA:+AES-128-GCM:+AEAD'],
    ] as const)
      host.start([
        ...['gnutls-serv', '--http', '-p', String(WEAK[name]!.port), '--priority', `${GNUTLS}${priority}`],
        ...(name.startsWith('DH') ? ['--dhparams', join(host.dir, 'dh-512.pem')] : []),
        ...['--x509certfile', join(host.dir, 'weak.pem'), '--x509keyfile', join(host.dir, 'weak.key')],
      ]);
    await listening(host, [FIRST + names.length - 1, ...Object.values(WEAK).map(({ port }) => port)]);
    const due: (() => Promise<void>)[] = [
      ...Object.entries(WEAK).map(([name, { port }]) => async () => {
        found.set(name, await said(whole, [keysStrong, ciphersStrong], host, port));
      }),
      ...names.map((name, i) => async () => {
        found.set(name, await said(presents, [certificateValid, keysStrong], host, FIRST + i, cases[name]!));
      }),
    ];
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        for (let next = due.shift(); next; next = due.shift()) await next();
      }),
    );
  }, 120_000);
  afterAll(() => lab?.close());

  test.each(Object.keys(casesAt('198.18.0.1')))('%s', async (name) => {
    const one = cases[name]!;
    const { verdicts, because } = found.get(name)!;
    expect(verdicts, because).toEqual({
      'tls-certificate-valid': one.valid,
      'keys-strong': one.strong ?? 'pass',
    });
    if (one.says) expect(because).toMatch(one.says);
    if (one.beyond) return;
    const isGood = ![one.valid, one.strong ?? ''].some((verdict) => /fail|inconclusive/.test(verdict));
    expect(await verifies(host, name, one), 'openssl verify').toBe(isGood);
  });

  test.each(Object.keys(WEAK))('suites: %s', (name) => {
    const { strong, ciphers } = WEAK[name]!;
    const { verdicts, because } = found.get(name)!;
    expect(verdicts, because).toEqual({ 'keys-strong': strong, 'tls-ciphers-strong': ciphers });
  });
});
