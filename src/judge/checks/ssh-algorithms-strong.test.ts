import { expect } from 'vitest';
import { attempt, checkTest, type FactDraft, recognised, scan } from '../../../test/kit/check.ts';
import type { FactOf } from '../../model/fact.ts';
import check from './ssh-algorithms-strong.ts';

type Role = FactOf<'offer'>['role'];
const ssh = [scan({ tcp: [22] }), recognised('tcp/22', 'ssh')];
const offer = (role: Role, name: string): FactDraft => ({ kind: 'offer', protocol: 'ssh', role, name });
const SOUND: readonly [Role, string][] = [
  ['version', 'SSH-2.0'],
  ['kex', 'curve25519-sha256'],
  ['kex', 'kex-strict-s-v00@openssh.com'],
  ['host-key', 'ssh-ed25519'],
  ['host-key', 'rsa-sha2-512'],
  ['cipher', 'chacha20-poly1305@openssh.com'],
  ['cipher', 'aes256-gcm@openssh.com'],
  ['mac', 'hmac-sha2-256-etm@openssh.com'],
  ['compression', 'none'],
];
const UNSTRICT = SOUND.filter(([, name]) => !name.startsWith('kex-strict'));
const server = (offers: readonly (readonly [Role, string])[], rest: Parameters<typeof attempt>[3] = {}) =>
  attempt(
    'ssh-server',
    'camera/tcp/22/ssh',
    offers.map(([role, name]) => offer(role, name)),
    rest,
  );
const WEAK: readonly (readonly [Role, string, string])[] = [
  ['version', 'SSH-1.5', 'SSH 1 cannot protect what it carries; RFC 4253, section 5.1; CVE-2001-0361'],
  ['kex', 'diffie-hellman-group1-sha1', 'a group of 1024 bits; RFC 9142'],
  ['kex', 'diffie-hellman-group14-sha1', 'SHA-1; RFC 9142'],
  ['kex', 'diffie-hellman-group-exchange-sha1', 'SHA-1; RFC 9142'],
  ['kex', 'gss-group14-sha1-toWM5Slw5Ew8Mqkay+al2g==', 'SHA-1; RFC 9142'],
  ['host-key', 'ssh-rsa', 'signatures over SHA-1; RFC 8332'],
  ['host-key', 'ssh-rsa-cert-v01@openssh.com', 'signatures over SHA-1; RFC 8332'],
  ['host-key', 'ssh-dss', 'DSA; NIST FIPS 186-5; RFC 8332'],
  ['cipher', 'aes128-cbc', 'CBC, which shows parts of the plaintext; CVE-2008-5161'],
  ['cipher', 'rijndael-cbc@lysator.liu.se', 'CBC, which shows parts of the plaintext; CVE-2008-5161'],
  ['cipher', '3des-cbc', '3DES, of blocks of 64 bits; CVE-2016-2183; NIST SP 800-131A'],
  ['cipher', 'arcfour256', 'RC4; RFC 8758'],
  ['cipher', 'blowfish-cbc', 'blocks of 64 bits; CVE-2016-2183'],
  ['cipher', 'none', 'no encryption; RFC 4253, section 6.3'],
  ['mac', 'hmac-md5', 'MD5; RFC 6151'],
  ['mac', 'hmac-md5-etm@openssh.com', 'MD5; RFC 6151'],
  ['mac', 'hmac-sha1-96', 'cut to 96 bits; docs/decisions/0096-ssh-policies.md'],
  ['mac', 'hmac-sha1-96-etm@openssh.com', 'cut to 96 bits; docs/decisions/0096-ssh-policies.md'],
  ['mac', 'none', 'no integrity; RFC 4253, section 6.4'],
];
const strong: readonly [Role, string][] = [
  ['kex', 'diffie-hellman-group14-sha256'],
  ['kex', 'ecdh-sha2-nistp256'],
  ['kex', 'sntrup761x25519-sha512@openssh.com'],
  ['kex', 'mlkem768x25519-sha256'],
  ['kex', 'gss-group16-sha512-toWM5Slw5Ew8Mqkay+al2g=='],
  ['kex', 'ext-info-s'],
  ['host-key', 'ssh-ed25519-cert-v01@openssh.com'],
  ['mac', 'umac-64@openssh.com'],
  ['compression', 'zlib'],
];
const unknown: readonly [Role, string][] = [
  ['kex', 'diffie-hellman-group99-sha999'],
  ['host-key', 'ssh-newkey'],
  ['cipher', 'aes256-ctr2@vendor.example'],
  ['mac', 'hmac-vendor'],
  ['compression', 'lz4@vendor.example'],
];
const group = (bits?: number): FactDraft => ({
  kind: 'offer',
  protocol: 'ssh',
  role: 'group',
  name: 'diffie-hellman-group-exchange-sha256',
  ...(bits === undefined ? {} : { bits }),
});
const withGroups = (...bits: (number | undefined)[]) =>
  attempt('ssh-server', 'camera/tcp/22/ssh', [...SOUND.map(([role, name]) => offer(role, name)), ...bits.map(group)]);

checkTest(check, [
  { name: 'only strong algorithms', attempts: [...ssh, server(SOUND)], verdicts: [['camera/tcp/22', 'pass']] },
  ...strong.map(([role, name]) => ({
    name: `strong: ${role} ${name}`,
    attempts: [...ssh, server([...SOUND, [role, name]])],
    verdicts: [['camera/tcp/22', 'pass'] as const],
  })),
  ...unknown.map(([role, name]) => ({
    name: `named by nobody: ${role} ${name}`,
    attempts: [...ssh, server([...SOUND, [role, name]])],
    verdicts: [['camera/tcp/22', 'inconclusive'] as const],
    more: { 'camera/tcp/22': { because: expect.stringContaining(`offers ${name}, which the policy ssh-2026`) } },
  })),
  {
    name: 'named by nobody, beside a weak one',
    attempts: [...ssh, server([...SOUND, ['kex', 'new-kex'], ['mac', 'hmac-md5']])],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
    more: { 'camera/tcp/22': { because: 'SSH at tcp/22 offers hmac-md5 (MD5; RFC 6151).' } },
  },
  {
    name: 'several of one reason, and another',
    attempts: [...ssh, server([...SOUND, ['cipher', 'aes128-cbc'], ['cipher', 'aes256-cbc'], ['cipher', 'arcfour']])],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
    more: {
      'camera/tcp/22': {
        because:
          'SSH at tcp/22 offers aes128-cbc and aes256-cbc (CBC, which shows parts of the plaintext; CVE-2008-5161) and arcfour (RC4; RFC 8758).',
      },
    },
  },
  {
    name: 'groups of 2048 bits and more',
    attempts: [...ssh, withGroups(2048, 8192)],
    verdicts: [['camera/tcp/22', 'pass']],
  },
  {
    name: 'a group of less',
    attempts: [...ssh, withGroups(1024, 4096)],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
    more: {
      'camera/tcp/22': {
        because:
          'SSH at tcp/22 offers diffie-hellman-group-exchange-sha256 with 1024 bits (a group of less than 2048 bits; RFC 9142).',
      },
    },
  },
  {
    name: 'a group of nobody knows how many bits',
    attempts: [...ssh, withGroups(undefined)],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  {
    name: 'no policy was given',
    policies: [],
    attempts: [...ssh, server(SOUND)],
    verdicts: [['camera/tcp/22', 'inconclusive']],
    more: {
      'camera/tcp/22': {
        because: 'No policy was given that says which of the 9 algorithms of SSH at tcp/22 are weak.',
      },
    },
  },
  {
    name: 'no policy was given, and Terrapin needs none',
    policies: [],
    attempts: [...ssh, server(SOUND.filter(([, name]) => !name.startsWith('kex-strict')))],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
  },
  {
    name: 'a run of before there was a probe for the offers alone',
    attempts: [
      ...ssh,
      attempt(
        'ssh-login',
        'camera/tcp/22/ssh',
        SOUND.map(([role, name]) => offer(role, name)),
        { broke: 'locked', open: ['login'] },
      ),
    ],
    unarmed: ['ssh-server'],
    verdicts: [['camera/tcp/22', 'pass']],
  },
  {
    name: 'SSH 1 in the banner alone',
    attempts: [...ssh, server([['version', 'SSH-1.99'], ...SOUND.slice(1)])],
    verdicts: [['camera/tcp/22', 'fail', 'indicative']],
    more: {
      'camera/tcp/22': {
        because: 'SSH at tcp/22 says in its banner that it speaks SSH 1 too (SSH-1.99), and was not seen to.',
      },
    },
  },
  {
    name: 'SSH 1 in the banner, and proven',
    attempts: [...ssh, server([['version', 'SSH-1.99'], ...SOUND.slice(1), ['version', 'SSH-1.5']])],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
  },
  {
    name: 'SSH 1 in the banner, and a weak algorithm',
    attempts: [...ssh, server([['version', 'SSH-1.99'], ...SOUND.slice(1), ['mac', 'hmac-md5']])],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
  },
  {
    name: 'SSH 1 alone',
    attempts: [...ssh, server([['version', 'SSH-1.5']])],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
  },
  ...WEAK.map(([role, name, why]) => ({
    name: `weak: ${role} ${name}`,
    attempts: [...ssh, server([...SOUND, [role, name]])],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive'] as const],
    more: { 'camera/tcp/22': { because: `SSH at tcp/22 offers ${name} (${why}).` } },
  })),
  {
    name: 'Terrapin: ChaCha20-Poly1305 without strict key exchange',
    attempts: [...ssh, server(SOUND.filter(([, name]) => !name.startsWith('kex-strict')))],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
    more: {
      'camera/tcp/22': {
        because: 'SSH at tcp/22 is open to Terrapin (CVE-2023-48795), for it has no strict key exchange.',
      },
    },
  },
  {
    name: 'without strict key exchange, but with nothing that Terrapin needs',
    attempts: [
      ...ssh,
      server(SOUND.filter(([, name]) => !name.startsWith('kex-strict') && !name.startsWith('chacha'))),
    ],
    verdicts: [['camera/tcp/22', 'pass']],
  },
  {
    name: 'Terrapin: ChaCha20-Poly1305 by its name without a domain',
    attempts: [
      ...ssh,
      server([...UNSTRICT.filter(([, name]) => !name.startsWith('chacha')), ['cipher', 'chacha20-poly1305']]),
    ],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
  },
  {
    name: 'Terrapin: strict key exchange in one of two runs does not hide that the other has none',
    runs: [{ attempts: [...ssh, server(SOUND)] }, { attempts: [...ssh, server(UNSTRICT)] }],
    verdicts: [['20261122T101500Z:camera/tcp/22', 'fail', 'conclusive']],
  },
  ...(
    [
      [true, 'is open to Terrapin'],
      [false, '(CBC, which'],
    ] as const
  ).map(([present, says]) => ({
    name: `CBC and encrypt-then-MAC, in directions that the probe has ${present ? 'seen to meet' : 'told apart'}`,
    attempts: [
      ...ssh,
      attempt('ssh-server', 'camera/tcp/22/ssh', [
        ...UNSTRICT.filter(([, name]) => !name.startsWith('chacha')).map(([role, name]) => offer(role, name)),
        offer('cipher', 'aes128-cbc'),
        { kind: 'weakness', protocol: 'ssh', name: 'terrapin', present },
      ]),
    ],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive'] as const],
    more: {
      'camera/tcp/22': {
        because: present
          ? expect.stringContaining(says)
          : 'SSH at tcp/22 offers aes128-cbc (CBC, which shows parts of the plaintext; CVE-2008-5161).',
      },
    },
  })),
  {
    name: 'a weak algorithm stands when the attempt broke off',
    attempts: [...ssh, server([...SOUND, ['mac', 'hmac-md5']], { broke: 'locked', open: ['offer'] })],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
  },
  {
    name: 'half of the offer',
    attempts: [...ssh, server(SOUND.slice(0, 5))],
    verdicts: [['camera/tcp/22', 'inconclusive']],
  },
  { name: 'nobody read it', attempts: ssh, verdicts: [['camera/tcp/22', 'inconclusive']] },
  { name: 'timed out', attempts: [...ssh, server([], { broke: 'timeout' })], verdicts: [] },
  {
    name: 'no SSH, whatever UDP is silent',
    attempts: [scan({ silent: [161] })],
    verdicts: [['camera', 'not-applicable']],
  },
  {
    name: 'an open port not recognised',
    attempts: [scan({ tcp: [9000] }), recognised('tcp/9000', 'unknown')],
    verdicts: [],
  },
]);
