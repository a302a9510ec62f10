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
const server = (offers: readonly (readonly [Role, string])[], rest: Parameters<typeof attempt>[3] = {}) =>
  attempt(
    'ssh-server',
    'camera/tcp/22/ssh',
    offers.map(([role, name]) => offer(role, name)),
    rest,
  );
const WEAK: readonly (readonly [Role, string])[] = [
  ['version', 'SSH-1.99'],
  ['version', 'SSH-1.5'],
  ['kex', 'diffie-hellman-group1-sha1'],
  ['kex', 'diffie-hellman-group14-sha1'],
  ['kex', 'diffie-hellman-group-exchange-sha1'],
  ['host-key', 'ssh-rsa'],
  ['host-key', 'ssh-dss'],
  ['cipher', 'aes128-cbc'],
  ['cipher', '3des-cbc'],
  ['cipher', 'arcfour256'],
  ['cipher', 'blowfish-cbc'],
  ['cipher', 'none'],
  ['mac', 'hmac-md5'],
  ['mac', 'hmac-md5-etm@openssh.com'],
  ['mac', 'hmac-sha1-96'],
  ['mac', 'hmac-sha1-96-etm@openssh.com'],
  ['mac', 'none'],
];
const strong = ['diffie-hellman-group14-sha256', 'ecdh-sha2-nistp256', 'sntrup761x25519-sha512@openssh.com'] as const;

checkTest(check, [
  { name: 'only strong algorithms', attempts: [...ssh, server(SOUND)], verdicts: [['camera/tcp/22', 'pass']] },
  ...strong.map((name) => ({
    name: `strong: ${name}`,
    attempts: [...ssh, server([...SOUND, ['kex', name]])],
    verdicts: [['camera/tcp/22', 'pass'] as const],
  })),
  ...WEAK.map(([role, name]) => ({
    name: `weak: ${role} ${name}`,
    attempts: [...ssh, server([...SOUND, [role, name]])],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive'] as const],
    more: { 'camera/tcp/22': { because: `SSH at tcp/22 offers ${name}.` } },
  })),
  {
    name: 'Terrapin: ChaCha20-Poly1305 without strict key exchange',
    attempts: [...ssh, server(SOUND.filter(([, name]) => !name.startsWith('kex-strict')))],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
    more: { 'camera/tcp/22': { because: 'SSH at tcp/22 is open to Terrapin, for it has no strict key exchange.' } },
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
    name: 'a weak algorithm stands when the attempt broke off',
    attempts: [...ssh, server([...SOUND, ['mac', 'hmac-md5']], { broke: 'locked', open: ['offer'] })],
    verdicts: [['camera/tcp/22', 'fail', 'conclusive']],
  },
  {
    name: 'a lock of the logins is no gap of the offers',
    attempts: [...ssh, server(SOUND, { broke: 'locked', open: ['login'] })],
    verdicts: [['camera/tcp/22', 'pass']],
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
