import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { Policy, policySays } from '../model/policy.ts';
import { loadPolicy, readPolicies, shippedPolicies } from './load-policy.ts';

const there = mkdtempSync(join(tmpdir(), 'probity-policy-'));
afterAll(() => rmSync(there, { recursive: true, force: true }));

let files = 0;
const file = (text: string): string => {
  const path = join(there, `${++files}.yaml`);
  writeFileSync(path, text);
  return path;
};
const HEAD = 'policy: mine\ntitle: Mine\nedition: "1"\nprotocol: ssh\n';
/** A policy whose roles begin on line 6. */
const policy = (roles: string): string => file(`${HEAD}roles:\n${roles}`);

const [shipped] = shippedPolicies().map((path) => loadPolicy(path).policy) as [Policy];

describe('the shipped policy', () => {
  // What servers of today send when they are asked for all that they have.
  test.each([
    ['kex', 'mlkem768x25519-sha256 sntrup761x25519-sha512 curve25519-sha256 ext-info-s kex-strict-s-v00@openssh.com'],
    ['kex', 'diffie-hellman-group14-sha256 kexguess2@matt.ucc.asn.au gss-curve25519-sha256-toWM5Slw5Ew8Mqkay+al2g=='],
    ['host-key', 'ssh-ed25519 rsa-sha2-512-cert-v01@openssh.com sk-ssh-ed25519@openssh.com ssh-ed448'],
    ['cipher', 'chacha20-poly1305@openssh.com aes128-gcm@openssh.com AEAD_AES_256_GCM aes256-ctr'],
    ['mac', 'umac-64-etm@openssh.com umac-128@openssh.com hmac-sha2-512-etm@openssh.com hmac-sha1 AEAD_AES_128_GCM'],
    ['compression', 'none zlib zlib@openssh.com'],
    ['version', 'SSH-2.0'],
  ] as const)('%s: %s are acceptable', (role, names) => {
    expect(names.split(' ').filter((name) => policySays(shipped, role, name).is !== 'acceptable')).toEqual([]);
  });

  test.each([
    ['kex', 'diffie-hellman-group1-sha1 diffie-hellman-group14-sha1 diffie-hellman-group-exchange-sha1 rsa1024-sha1'],
    ['kex', 'gss-gex-sha1-toWM5Slw5Ew8Mqkay+al2g== gss-group1-sha1-x gss-group14-sha1-'],
    ['host-key', 'ssh-rsa ssh-dss ssh-rsa-cert-v01@openssh.com ssh-dss-cert-v01@openssh.com x509v3-ssh-rsa'],
    ['cipher', 'aes128-cbc 3des-cbc blowfish-cbc cast128-cbc arcfour arcfour256 rijndael-cbc@lysator.liu.se none'],
    ['mac', 'hmac-md5 hmac-md5-96-etm@openssh.com hmac-sha1-96 hmac-sha2-256-96 none'],
    ['version', 'SSH-1.99 SSH-1.5 SSH-1.3'],
  ] as const)('%s: %s are weak', (role, names) => {
    expect(names.split(' ').filter((name) => policySays(shipped, role, name).is !== 'weak')).toEqual([]);
  });

  test.each([
    ['kex', 'curve25519-sha257'],
    ['host-key', 'null'],
    ['cipher', 'AES128-CTR'],
    ['mac', 'umac-96@openssh.com'],
  ] as const)('%s: it says nothing of %s', (role, name) => {
    expect(policySays(shipped, role, name)).toEqual({ is: 'unnamed' });
  });

  test('is the one that is judged by, with the digest of its file', () => {
    expect(readPolicies()).toEqual([{ policy: shipped, digest: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
  });
});

describe('policySays', () => {
  const of = (weak: string[], acceptable: string[]): Policy =>
    Policy.parse({
      policy: 'p',
      title: 'P',
      edition: '1',
      protocol: 'ssh',
      roles: { kex: { weak: weak.length > 0 ? [{ names: weak, why: 'w', source: 's' }] : [], acceptable } },
    });
  test.each([
    ['a whole name before the beginning of one', of(['ecdh-*'], ['ecdh-good']), 'ecdh-good', 'acceptable'],
    ['and the other way round', of(['ecdh-bad'], ['ecdh-*']), 'ecdh-bad', 'weak'],
    ['a longer beginning before a shorter one', of(['ecdh-sha1-*'], ['ecdh-*']), 'ecdh-sha1-x', 'weak'],
    ['a beginning alone', of(['ecdh-*'], []), 'ecdh-', 'weak'],
    ['none', of(['ecdh-*'], []), 'xecdh-', 'unnamed'],
  ])('%s', (_name, given, algorithm, expected) => {
    expect(policySays(given, 'kex', algorithm).is).toBe(expected);
  });
  test('says something of every name, and never throws', () => {
    return fc.assert(fc.property(fc.string(), (name) => policySays(shipped, 'kex', name).is !== undefined));
  });
});

describe('a policy of one’s own', () => {
  test('takes the place of the shipped one, with names of its maker’s', () => {
    const path = policy(
      '  kex:\n    weak: [{ names: [curve25519-sha256, "ecdh-sha2-*"], why: not ours, source: house rule 7 }]\n    acceptable: [fast@vendor.example]\n',
    );
    const [one, ...more] = readPolicies([path]);
    expect(more).toEqual([]);
    expect(one?.policy.policy).toBe('mine');
    expect(policySays(one!.policy, 'kex', 'ecdh-sha2-nistp256')).toEqual({
      is: 'weak',
      why: 'not ours',
      source: 'house rule 7',
    });
    expect(policySays(one!.policy, 'kex', 'fast@vendor.example')).toEqual({ is: 'acceptable' });
  });

  test.each([
    [
      'an unknown algorithm',
      '  kex:\n    acceptable: [curve25519-sha256, curve25519-sha265]\n',
      /line 7: roles\.kex names "curve25519-sha265", which is no algorithm that is known; did you mean "curve25519-sha256"\?/,
    ],
    [
      'an unknown algorithm among weak ones, far from all others',
      '  cipher:\n    weak:\n      - { names: [zzz], why: x, source: y }\n',
      /line 8: roles\.cipher names "zzz", which is no algorithm that is known$/,
    ],
    [
      'an algorithm of another role',
      '  cipher:\n    acceptable: [hmac-md5]\n',
      /line 7: roles\.cipher names "hmac-md5", which is no algorithm that is known there; it is one of mac/,
    ],
    [
      'a private name at a domain that is known',
      '  mac:\n    acceptable: [umac-127@openssh.com]\n',
      /line 7: .*"umac-127@openssh.com", which is no algorithm that is known; did you mean "umac-128@openssh.com"\?/,
    ],
    [
      'a domain that is nearly one that is known',
      '  kex:\n    acceptable: [curve25519-sha256@libsh.org]\n',
      /line 7: .*did you mean "curve25519-sha256@libssh.org"\?/,
    ],
    [
      'a domain that is cut short',
      '  cipher:\n    weak: [{ names: [chacha20-poly1305@openssh], why: x, source: y }]\n',
      /line 7: .*did you mean "chacha20-poly1305@openssh.com"\?/,
    ],
    [
      'a name in capitals',
      '  cipher:\n    weak: [{ names: [AES128-CBC], why: x, source: y }]\n',
      /line 7: .*"AES128-CBC".*did you mean "aes128-cbc"\?/,
    ],
    [
      'the beginning of no name',
      '  kex:\n    acceptable: ["foobar-*"]\n',
      /line 7: roles\.kex names "foobar-\*", which is no algorithm/,
    ],
    ['everything', '  kex:\n    acceptable: ["*"]\n', /line 7: roles\.kex\.acceptable\[0\] is "\*"/],
    [
      'a name twice',
      '  mac:\n    acceptable:\n      - hmac-sha1\n      - hmac-sha1\n',
      /line 9: roles\.mac names "hmac-sha1" twice \(line 8\)/,
    ],
    [
      'weak and acceptable',
      '  mac:\n    weak: [{ names: [hmac-sha1], why: x, source: y }]\n    acceptable:\n      - hmac-sha1\n',
      /line 9: roles\.mac says of "hmac-sha1" that it is weak and that it is acceptable \(line 7\)/,
    ],
    ['an unknown role', '  cyphers:\n    acceptable: [none]\n', /line 6: roles has an unknown key "cyphers"/],
    ['no reason', '  mac:\n    weak: [{ names: [hmac-md5], source: y }]\n', /line 7: .*why is missing/],
    ['no name', '  mac:\n    weak: [{ names: [], why: x, source: y }]\n', /line 7: .*names/],
    ['a name with a space', '  mac:\n    acceptable: ["hmac md5"]\n', /line 7: .*is "hmac md5"/],
    ['no roles', '', /roles is nothing, expected object/],
  ])('%s is refused, with the line', (_name, roles, says) => {
    expect(() => loadPolicy(policy(roles))).toThrow(says);
  });

  test('of a protocol that nothing is judged by', () => {
    expect(() => loadPolicy(file(HEAD.replace('ssh', 'tls')))).toThrow(/line 4: protocol is "tls", expected "ssh"/);
  });

  test('two of one protocol', () => {
    const path = policy('  kex: { acceptable: [curve25519-sha256] }\n');
    expect(() => readPolicies([path, path])).toThrow(/--policy .*: another one for ssh was given before it/);
  });
});
