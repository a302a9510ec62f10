import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { Socket } from 'node:net';
import { expect } from 'vitest';
import type { TcpService } from '../../fixtures/service.ts';
import { reset, ssh, stall, stallAfter } from '../../fixtures/services/index.ts';
import { keyFile } from '../../fixtures/services/keys.ts';
import {
  kexInit,
  primeOf,
  type RawSshLog,
  type RawSshOptions,
  rawSsh,
  version1Key,
} from '../../fixtures/services/ssh-raw.ts';
import type { Fact } from '../../src/model/fact.ts';
import { systemClock } from '../../src/observe/clock.ts';
import { stringOf } from '../../src/observe/protocols/ssh.ts';
import { closedPort, probeTest } from '../../test/kit/probe.ts';
import probe from './probe.ts';

const start = (service: TcpService) => (host: string) => service.start(host, 0);
const offer = (role: string, name: string, bits?: number): Fact =>
  ({ kind: 'offer', protocol: 'ssh', role, name, ...(bits === undefined ? {} : { bits }) }) as Fact;
const terrapin = (present: boolean): Fact => ({ kind: 'weakness', protocol: 'ssh', name: 'terrapin', present });
const key = (algorithm: string, bits: number, more: object = {}): Fact =>
  ({ kind: 'key', use: 'ssh-host', algorithm, bits, sha256: '', ...more }) as Fact;
const RSA = { exponent: '65537' };

const ed25519 = (fill: number): Buffer => Buffer.concat([stringOf('ssh-ed25519'), stringOf(Buffer.alloc(32, fill))]);
const { n } = createPublicKey(keyFile('ssh-rsa-1024.test-key.pem')).export({ format: 'jwk' });
const MODULUS = Buffer.concat([Buffer.alloc(1), Buffer.from(n!, 'base64url')]);
const rsa = (modulus = MODULUS): Buffer =>
  Buffer.concat([stringOf('ssh-rsa'), stringOf(Buffer.from([1, 0, 1])), stringOf(modulus)]);

const { publicKey: AUTHORITY_KEY, privateKey: AUTHORITY } = generateKeyPairSync('ed25519');
const AUTHORITY_BLOB = Buffer.concat([
  stringOf('ssh-ed25519'),
  stringOf(Buffer.from(AUTHORITY_KEY.export({ format: 'jwk' }).x!, 'base64url')),
]);

/** A host certificate for the key of `ed25519(1)`, signed by AUTHORITY, whoever it says has signed it. */
const certificate = (
  principals: string[],
  [after, before]: [bigint, bigint],
  authority: Buffer = AUTHORITY_BLOB,
): Buffer => {
  const number = (value: bigint) => Buffer.from(value.toString(16).padStart(16, '0'), 'hex');
  const signed = Buffer.concat([
    stringOf('ssh-ed25519-cert-v01@openssh.com'),
    stringOf(Buffer.alloc(32, 5)),
    stringOf(Buffer.alloc(32, 1)),
    number(7n),
    Buffer.from([0, 0, 0, 2]),
    stringOf('camera 7'),
    stringOf(Buffer.concat(principals.map((name) => stringOf(name)))),
    number(after),
    number(before),
    stringOf(''),
    stringOf(''),
    stringOf(''),
    stringOf(authority),
  ]);
  const signature = Buffer.concat([stringOf('ssh-ed25519'), stringOf(sign(null, signed, AUTHORITY))]);
  return Buffer.concat([signed, stringOf(signature)]);
};

const SSH = { protocol: 'ssh', limits: { wait: 1500 } } as const;
const QUICK = { protocol: 'ssh', limits: { wait: 120 } } as const;
const ignore = ['sha256'];
/** What the scripted server offers by itself. */
const lists = ({
  kex = ['curve25519-sha256', 'kex-strict-s-v00@openssh.com'],
  hostKey = ['ssh-ed25519'],
  cipher = ['aes128-ctr'],
  mac = ['hmac-sha2-256'],
  compression = ['none'],
  version = 'SSH-2.0',
} = {}): Fact[] => [
  offer('version', version),
  ...kex.map((name) => offer('kex', name)),
  ...hostKey.map((name) => offer('host-key', name)),
  ...cipher.map((name) => offer('cipher', name)),
  ...mac.map((name) => offer('mac', name)),
  ...compression.map((name) => offer('compression', name)),
];
const BANNER = Buffer.from('SSH-2.0-raw\r\n');
const ED25519 = key('ed25519', 256);
const whole = [...lists(), ED25519, terrapin(false)];
const keys = { 'ssh-ed25519': ed25519(1) };
const GEX = 'diffie-hellman-group-exchange-sha256';
const withGroups = ['curve25519-sha256', GEX, 'kex-strict-s-v00@openssh.com'];

/** Connections that the server of a row took. */
const logs = new Map<string, RawSshLog>();
const raw = (name: string, options: RawSshOptions) => {
  const log: RawSshLog = { connections: 0, began: [] };
  logs.set(name, log);
  return rawSsh(options, log);
};
const connections = (name: string, count: number) => () => expect(logs.get(name)!.connections).toBe(count);

/** 2048 bits, odd, and a multiple of three. */
const COMPOSITE = Buffer.concat([Buffer.alloc(1), Buffer.alloc(256, 0xff)]);

/** A server that looks at a connection only when the one before is closed, and takes so many milliseconds to. */
function queued(serve: (socket: Socket) => void, milliseconds: number): (socket: Socket) => void {
  let last: Promise<unknown> = Promise.resolve();
  return (socket) => {
    const before = last;
    last = new Promise((resolve) => socket.once('close', resolve));
    void before.then(() => setTimeout(() => serve(socket), milliseconds));
  };
}

const many = ['ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'];
const more = ['ssh-ed448', 'ssh-dss', 'sk-ssh-ed25519@openssh.com', 'x509v3-ssh-rsa'];

probeTest(probe, [
  {
    name: 'what is offered today',
    device: 'sound',
    ...SSH,
    start: start(
      ssh({
        algorithms: {
          kex: ['curve25519-sha256'],
          cipher: ['aes128-ctr'],
          hmac: ['hmac-sha2-256'],
          compress: ['none'],
        },
      }),
    ),
    sees: whole,
    ignore,
    outcome: 'completed',
    also: ({ transcripts }) => expect(transcripts).toHaveLength(2),
  },
  {
    name: 'old keys and algorithms',
    device: 'weak',
    ...SSH,
    start: start(
      ssh({
        hostKeys: ['rsa-1024', 'ed25519', 'dss-1024'],
        algorithms: {
          kex: ['diffie-hellman-group1-sha1'],
          cipher: ['3des-cbc'],
          hmac: ['hmac-sha1-etm@openssh.com'],
          compress: ['none'],
          serverHostKey: ['ssh-rsa', 'rsa-sha2-256', 'ssh-ed25519', 'ssh-dss'],
        },
      }),
    ),
    sees: [
      ...lists({
        kex: ['diffie-hellman-group1-sha1', 'kex-strict-s-v00@openssh.com'],
        cipher: ['3des-cbc'],
        hostKey: ['ssh-rsa', 'rsa-sha2-256', 'ssh-ed25519', 'ssh-dss'],
        mac: ['hmac-sha1-etm@openssh.com'],
      }),
      key('rsa', 1024, RSA),
      ED25519,
      key('dsa', 1024),
      terrapin(false),
    ],
    ignore,
    outcome: 'completed',
    also: ({ transcripts }) => expect(transcripts).toHaveLength(3),
  },
  {
    name: 'lists that differ by direction, zlib before a login, messages in between',
    device: 'weak',
    ...SSH,
    tcp: rawSsh({
      keys,
      chatter: true,
      lists: {
        kex: ['curve25519-sha256'],
        cipherToServer: ['aes128-ctr'],
        cipherToClient: ['aes128-ctr', 'chacha20-poly1305@openssh.com'],
        macToServer: ['hmac-sha2-256'],
        macToClient: ['hmac-md5', 'hmac-sha2-256'],
        compressionToServer: ['none', 'zlib'],
        compressionToClient: ['zlib@openssh.com', 'none'],
      },
    }),
    sees: [
      ...lists({
        kex: ['curve25519-sha256'],
        cipher: ['aes128-ctr', 'chacha20-poly1305@openssh.com'],
        mac: ['hmac-sha2-256', 'hmac-md5'],
        compression: ['none', 'zlib', 'zlib@openssh.com'],
      }),
      ED25519,
      terrapin(true),
    ],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'CBC in one direction, encrypt-then-MAC in the other: no Terrapin',
    device: 'weak',
    ...SSH,
    tcp: rawSsh({
      keys,
      lists: {
        kex: ['curve25519-sha256'],
        cipherToServer: ['aes128-cbc'],
        cipherToClient: ['aes128-ctr'],
        macToServer: ['hmac-sha2-256'],
        macToClient: ['hmac-sha2-256-etm@openssh.com'],
      },
    }),
    sees: [
      ...lists({
        kex: ['curve25519-sha256'],
        cipher: ['aes128-cbc', 'aes128-ctr'],
        mac: ['hmac-sha2-256', 'hmac-sha2-256-etm@openssh.com'],
      }),
      ED25519,
      terrapin(false),
    ],
    ignore,
    outcome: 'completed',
  },
  ...(
    [
      ['mlkem768x25519-sha256', 1184 + 32],
      ['mlkem768nistp256-sha256', 1184 + 65],
      ['mlkem1024nistp384-sha384', 1568 + 97],
      ['sntrup761x25519-sha512@openssh.com', 1158 + 32],
      ['curve448-sha512', 56],
      ['ecdh-sha2-nistp521', 133],
      ['diffie-hellman-group16-sha512', 512],
    ] as const
  ).map(([kex, length]) => ({
    name: `${kex} alone`,
    device: 'sound' as const,
    ...SSH,
    tcp: raw(kex, { keys, lists: { kex: [kex] } }),
    sees: [...lists({ kex: [kex] }), ED25519, terrapin(false)],
    ignore,
    outcome: 'completed' as const,
    also: () => {
      const [began] = logs.get(kex)!.began;
      expect(began!.message.length).toBe(1 + 4 + length);
      if (!kex.startsWith('mlkem')) return;
      // Each coefficient is below the modulus, or a server refuses the key (FIPS 203, 7.2).
      const ours = began!.message.subarray(5, 5 + (kex.includes('1024') ? 1536 : 1152));
      for (let at = 0; at < ours.length; at += 3) {
        const pair = ours.readUIntLE(at, 3);
        expect(Math.max(pair & 0xfff, pair >> 12)).toBeLessThan(3329);
      }
    },
  })),
  {
    name: 'a key exchange that nobody speaks',
    device: 'cannot-tell',
    ...SSH,
    tcp: rawSsh({ keys, lists: { kex: ['new-kex@vendor.example'] } }),
    sees: [...lists({ kex: ['new-kex@vendor.example'] }), terrapin(false)],
    outcome: 'unsupported',
    open: ['key'],
  },
  {
    name: 'groups of any size from 1024 bits on',
    device: 'weak',
    ...SSH,
    tcp: raw('groups', { keys, lists: { kex: withGroups }, group: (_least, wanted) => Math.max(1024, wanted) }),
    sees: [
      ...lists({ kex: withGroups }),
      ED25519,
      offer('group', GEX, 1024),
      offer('group', GEX, 2048),
      terrapin(false),
    ],
    ignore,
    outcome: 'completed',
    also: connections('groups', 5),
  },
  {
    name: 'a group of 1536 bits, whatever is asked for, and one of 768 to who wants it',
    device: 'weak',
    ...SSH,
    tcp: rawSsh({ keys, lists: { kex: withGroups }, group: (least) => (least < 1024 ? 768 : 1536) }),
    sees: [
      ...lists({ kex: withGroups }),
      ED25519,
      offer('group', GEX, 1536),
      offer('group', GEX, 768),
      terrapin(false),
    ],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'small groups refused, by a message or a close',
    device: 'sound',
    ...SSH,
    tcp: rawSsh({
      keys,
      lists: { kex: withGroups },
      group: (least, wanted) => (wanted >= 2048 ? 3072 : least === 512 ? 'disconnect' : 'close'),
    }),
    sees: [...lists({ kex: withGroups }), ED25519, offer('group', GEX, 3072), terrapin(false)],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'a group exchange that gives no group',
    device: 'cannot-tell',
    ...SSH,
    tcp: rawSsh({ keys, lists: { kex: withGroups }, group: () => 'close' }),
    sees: [...lists({ kex: withGroups }), ED25519, terrapin(false)],
    ignore,
    outcome: 'protocol',
    open: ['offer'],
  },
  {
    name: 'silence to small groups is no refusal',
    device: 'cannot-tell',
    ...QUICK,
    tcp: rawSsh({ keys, lists: { kex: withGroups }, group: (_l, wanted) => (wanted < 2048 ? 'silence' : 2048) }),
    sees: [...lists({ kex: withGroups }), ED25519, terrapin(false)],
    ignore,
    outcome: 'timeout',
    open: ['offer'],
  },
  {
    name: 'a group that is no number',
    device: 'cannot-tell',
    ...SSH,
    tcp: rawSsh({ keys, lists: { kex: withGroups }, group: (least) => (least === 2048 ? 2048 : 64) }),
    sees: [...lists({ kex: withGroups }), ED25519, offer('group', GEX, 2048), terrapin(false)],
    ignore,
    outcome: 'protocol',
    open: ['offer'],
  },
  {
    name: 'cuts every connection after its lists, once it has given a group: small ones were not refused',
    device: 'cannot-tell',
    ...SSH,
    tcp: rawSsh({ keys, lists: { kex: withGroups }, group: () => 2048, cutsFrom: 2 }),
    sees: [...lists({ kex: withGroups }), ED25519, offer('group', GEX, 2048), terrapin(false)],
    ignore,
    outcome: 'protocol',
    open: ['offer'],
  },
  {
    name: 'says that it takes no more connections, in place of a small group',
    device: 'cannot-tell',
    ...SSH,
    tcp: rawSsh({
      keys,
      lists: { kex: withGroups },
      group: (least, wanted) => (least === 512 ? 'crowded' : wanted < 2048 && least === 1024 ? 'disconnect' : 2048),
    }),
    sees: [...lists({ kex: withGroups }), ED25519, offer('group', GEX, 2048), terrapin(false)],
    ignore,
    outcome: 'reset',
    open: ['offer'],
  },
  {
    name: 'groups of a method of SSH Tectia',
    device: 'weak',
    ...SSH,
    tcp: rawSsh({
      keys,
      lists: { kex: ['curve25519-sha256', 'diffie-hellman-group-exchange-sha512@ssh.com'] },
      group: (_least, wanted) => Math.max(1024, wanted),
    }),
    sees: [
      ...lists({ kex: ['curve25519-sha256', 'diffie-hellman-group-exchange-sha512@ssh.com'] }),
      ED25519,
      offer('group', 'diffie-hellman-group-exchange-sha512@ssh.com', 1024),
      offer('group', 'diffie-hellman-group-exchange-sha512@ssh.com', 2048),
      terrapin(false),
    ],
    ignore,
    outcome: 'completed',
  },
  ...(
    [
      ['a modulus that is no prime', [COMPOSITE, 2]],
      ['a generator that gives nothing but one', [primeOf(2048), 1]],
    ] as const
  ).map(([what, group]) => ({
    name: `a group of 2048 bits with ${what}`,
    device: 'cannot-tell' as const,
    ...SSH,
    tcp: rawSsh({ keys, lists: { kex: withGroups }, group: () => group }),
    sees: [...lists({ kex: withGroups }), ED25519, terrapin(false)],
    ignore,
    outcome: 'protocol' as const,
    open: ['offer'],
  })),
  {
    name: 'one kind of key, and other lists at the second connection',
    device: 'cannot-tell',
    ...SSH,
    tcp: rawSsh({ keys, lists: (connection) => (connection > 0 ? { macToClient: ['hmac-md5'] } : {}) }),
    sees: [...lists(), ED25519, offer('mac', 'hmac-md5')],
    ignore,
    outcome: 'protocol',
    open: ['offer', 'weakness'],
  },
  {
    name: 'is busy with somebody else at first',
    device: 'sound',
    ...QUICK,
    tcp: rawSsh({ keys, busyAtFirst: 2 }),
    sees: whole,
    ignore,
    outcome: 'completed',
  },
  {
    name: 'serves one connection after the other, none of them at once',
    device: 'sound',
    protocol: 'ssh',
    limits: { wait: 200 },
    tcp: queued(
      rawSsh({
        keys: { ...keys, 'ssh-rsa': rsa() },
        lists: { kex: withGroups, hostKey: ['ssh-ed25519', 'ssh-rsa'] },
        group: () => 2048,
      }),
      70,
    ),
    sees: [
      ...lists({ kex: withGroups, hostKey: ['ssh-ed25519', 'ssh-rsa'] }),
      ED25519,
      key('rsa', 1024, RSA),
      offer('group', GEX, 2048),
      terrapin(false),
    ],
    ignore,
    outcome: 'completed',
  },
  ...[true, false].map((fragile) => ({
    name: `one connection at a time is allowed${fragile ? ', for it is fragile' : ''}`,
    device: 'sound' as const,
    ...SSH,
    fragile,
    limits: { wait: 300, connections: 1 },
    tcp: rawSsh({
      keys: { ...keys, 'ssh-rsa': rsa() },
      lists: { kex: withGroups, hostKey: ['ssh-ed25519', 'ssh-rsa'] },
      group: () => 2048,
      oneAtATime: 0,
    }),
    sees: [
      ...lists({ kex: withGroups, hostKey: ['ssh-ed25519', 'ssh-rsa'] }),
      ED25519,
      key('rsa', 1024, RSA),
      offer('group', GEX, 2048),
      terrapin(false),
    ],
    ignore,
    outcome: 'completed' as const,
  })),
  {
    name: 'a long notice before the identification',
    device: 'sound',
    ...SSH,
    tcp: rawSsh({ keys, before: `${'Authorised users only. '.repeat(30)}\r\n${'-\r\n'.repeat(100)}` }),
    sees: whole,
    ignore,
    outcome: 'completed',
  },
  ...(
    [
      ['ChaCha20 by the name without a domain', { cipherToClient: ['chacha20-poly1305'] }],
      [
        'the word for strict key exchange in another list',
        { cipherToClient: ['chacha20-poly1305@openssh.com'], hostKey: ['ssh-ed25519', 'kex-strict-s-v00@openssh.com'] },
      ],
    ] as const
  ).map(([name, more]) => ({
    name: `Terrapin: ${name}`,
    device: 'weak' as const,
    ...SSH,
    tcp: rawSsh({ keys, lists: { kex: ['curve25519-sha256'], ...more } }),
    sees: [
      ...lists({
        kex: ['curve25519-sha256'],
        ...('hostKey' in more && { hostKey: [...more.hostKey] }),
        cipher: ['aes128-ctr', ...more.cipherToClient],
      }),
      ED25519,
      terrapin(true),
    ],
    ignore,
    // A word that is no kind of key is asked for as one, and not shown.
    outcome: 'hostKey' in more ? ('protocol' as const) : ('completed' as const),
  })),
  ...(
    [
      ['a point of another length', Buffer.concat([Buffer.from([4]), Buffer.alloc(10, 1)])],
      ['a point that is not on the curve', Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 1)])],
    ] as const
  ).map(([name, point]) => ({
    name: `an ECDSA key with ${name} is none`,
    device: 'cannot-tell' as const,
    ...SSH,
    tcp: rawSsh({
      keys: {
        'ecdsa-sha2-nistp256': Buffer.concat(['ecdsa-sha2-nistp256', 'nistp256', point].map((one) => stringOf(one))),
      },
      lists: { hostKey: ['ecdsa-sha2-nistp256'] },
    }),
    sees: [...lists({ hostKey: ['ecdsa-sha2-nistp256'] }), terrapin(false)],
    outcome: 'protocol' as const,
    open: ['key'],
  })),
  {
    name: 'an RSA key whose exponent is longer than any',
    device: 'cannot-tell',
    ...SSH,
    tcp: rawSsh({
      keys: { 'ssh-rsa': Buffer.concat([stringOf('ssh-rsa'), stringOf(Buffer.alloc(100, 1)), stringOf(MODULUS)]) },
      lists: { hostKey: ['ssh-rsa'] },
    }),
    sees: [...lists({ hostKey: ['ssh-rsa'] }), terrapin(false)],
    outcome: 'protocol',
    open: ['key'],
  },
  {
    name: 'a host key by nothing but a group exchange',
    device: 'sound',
    ...SSH,
    tcp: rawSsh({ keys, lists: { kex: [GEX, 'kex-strict-s-v00@openssh.com'] }, group: () => 2048 }),
    sees: [
      ...lists({ kex: [GEX, 'kex-strict-s-v00@openssh.com'] }),
      ED25519,
      offer('group', GEX, 2048),
      terrapin(false),
    ],
    ignore,
    outcome: 'completed',
  },
  ...[true, false].map((isRight) => ({
    name: `a host certificate, and the key that it certifies${isRight ? '' : ', by a clock of 1970'}`,
    device: 'sound' as const,
    clock: isRight ? systemClock : { ...systemClock, now: () => Date.now() - Date.UTC(2026, 0) },
    ...SSH,
    names: ['camera.lab.example'],
    tcp: rawSsh({
      keys: {
        ...keys,
        'ssh-ed25519-cert-v01@openssh.com': certificate(['camera.lab.example'], [1_600_000_000n, 0xffffffffffffffffn]),
      },
      lists: { hostKey: ['ssh-ed25519-cert-v01@openssh.com', 'ssh-ed25519'] },
    }),
    sees: [
      ...lists({ hostKey: ['ssh-ed25519-cert-v01@openssh.com', 'ssh-ed25519'] }),
      {
        kind: 'certificate' as const,
        format: 'openssh' as const,
        position: 0,
        sha256: '',
        subject: 'camera 7',
        issuer: `ssh-ed25519 SHA256:${createHash('sha256').update(AUTHORITY_BLOB).digest('base64').replace('=', '')}`,
        serial: '7',
        names: ['camera.lab.example'],
        notBefore: '2020-09-13T12:26:40.000Z',
        notAfter: '9999-12-31T23:59:59.000Z',
        signatureAlgorithm: 'ssh-ed25519',
        selfSigned: false,
        signatureHolds: true,
        isCa: false,
        keyUsage: ['host'],
        ...(isRight && { inDate: true }),
        nameMatches: true,
      },
      ED25519,
      { ...key('ed25519', 256), use: 'signing' } as Fact,
      terrapin(false),
    ],
    ignore,
    outcome: 'completed' as const,
  })),
  {
    name: 'a host certificate that is over, of another host, and was not signed by whom it names',
    device: 'weak',
    ...SSH,
    tcp: rawSsh({
      keys: { 'ssh-ed25519-cert-v01@openssh.com': certificate(['other'], [0n, 86_400n], ed25519(1)) },
      lists: { hostKey: ['ssh-ed25519-cert-v01@openssh.com'] },
    }),
    sees: [
      ...lists({ hostKey: ['ssh-ed25519-cert-v01@openssh.com'] }),
      {
        kind: 'certificate',
        format: 'openssh',
        position: 0,
        sha256: '',
        subject: 'camera 7',
        issuer: '',
        serial: '7',
        names: ['other'],
        notBefore: '1970-01-01T00:00:00.000Z',
        notAfter: '1970-01-02T00:00:00.000Z',
        signatureAlgorithm: 'ssh-ed25519',
        selfSigned: true,
        signatureHolds: false,
        isCa: false,
        keyUsage: ['host'],
        inDate: false,
        nameMatches: false,
      },
      ED25519,
      { ...key('ed25519', 256), use: 'signing' } as Fact,
      terrapin(false),
    ],
    ignore: ['sha256', 'issuer'],
    outcome: 'completed',
  },
  {
    name: 'a broken certificate is none',
    device: 'cannot-tell',
    ...SSH,
    tcp: rawSsh({
      keys: { 'ssh-ed25519-cert-v01@openssh.com': certificate(['x'], [0n, 1n]).subarray(0, 90) },
      lists: { hostKey: ['ssh-ed25519-cert-v01@openssh.com'] },
    }),
    sees: [...lists({ hostKey: ['ssh-ed25519-cert-v01@openssh.com'] }), terrapin(false)],
    outcome: 'protocol',
    open: ['key', 'certificate'],
  },
  {
    name: 'an RSA key with the exponent 1',
    device: 'weak',
    ...SSH,
    tcp: rawSsh({
      keys: { 'ssh-rsa': Buffer.concat([stringOf('ssh-rsa'), stringOf(Buffer.from([1])), stringOf(MODULUS)]) },
      lists: { hostKey: ['ssh-rsa'] },
    }),
    sees: [
      ...lists({ hostKey: ['ssh-rsa'] }),
      key('rsa', 1024, { exponent: '1', flaws: ['exponent-one'] }),
      terrapin(false),
    ],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'an empty key is no key',
    device: 'cannot-tell',
    ...SSH,
    tcp: rawSsh({ keys: { 'ssh-ed25519': Buffer.alloc(0) } }),
    sees: [...lists(), terrapin(false)],
    outcome: 'protocol',
    open: ['key'],
  },
  {
    name: 'hangs up when it is asked for a key that it does not have',
    device: 'cannot-tell',
    ...SSH,
    tcp: rawSsh({ keys, lists: { hostKey: ['rsa-sha2-256', 'ssh-rsa', 'ssh-ed25519'] } }),
    sees: [...lists({ hostKey: ['rsa-sha2-256', 'ssh-rsa', 'ssh-ed25519'] }), ED25519, terrapin(false)],
    ignore,
    outcome: 'protocol',
    open: ['key'],
  },
  {
    name: 'more kinds of keys than are asked for',
    device: 'cannot-tell',
    ...SSH,
    tcp: raw('many', {
      keys: Object.fromEntries([...many, ...more].map((name, index) => [name, ed25519(index)])),
      lists: { kex: withGroups, hostKey: [...many, ...more] },
      group: () => 2048,
    }),
    sees: [
      ...lists({ kex: withGroups, hostKey: [...many, ...more] }),
      ...Array.from({ length: 6 }, () => ED25519),
      offer('group', GEX, 2048),
      terrapin(false),
    ],
    ignore,
    outcome: 'budget',
    open: ['key'],
    also: connections('many', 10),
  },
  ...(
    [
      ['silence', 'timeout'],
      ['garbage', 'protocol'],
      ['half', 'timeout'],
    ] as const
  ).map(([what, reason]) => ({
    name: `${what} in place of a host key`,
    device: 'cannot-tell' as const,
    ...QUICK,
    tcp: rawSsh({ keys: { 'ssh-ed25519': what } }),
    sees: [...lists(), terrapin(false)],
    outcome: reason,
    open: ['key'],
  })),
  {
    name: 'other lists at another connection',
    device: 'cannot-tell',
    ...SSH,
    tcp: rawSsh({
      keys: { ...keys, 'ssh-rsa': rsa() },
      lists: (connection) => ({
        hostKey: ['ssh-ed25519', 'ssh-rsa'],
        ...(connection > 0 ? { macToClient: ['hmac-md5'], cipherToClient: ['aes128-ctr'] } : {}),
      }),
    }),
    sees: [...lists({ hostKey: ['ssh-ed25519', 'ssh-rsa'] }), ED25519, key('rsa', 1024, RSA), offer('mac', 'hmac-md5')],
    ignore,
    outcome: 'protocol',
    open: ['offer', 'weakness'],
    also: ({ attempt }) => expect(JSON.stringify(attempt.outcome)).toContain('unstable'),
  },
  {
    name: 'the same lists in another order',
    device: 'sound',
    ...SSH,
    tcp: rawSsh({
      keys: { ...keys, 'ssh-rsa': rsa() },
      lists: (connection) => ({
        hostKey: ['ssh-ed25519', 'ssh-rsa'],
        macToClient: connection > 0 ? ['hmac-sha1', 'hmac-sha2-256'] : ['hmac-sha2-256', 'hmac-sha1'],
      }),
    }),
    sees: [
      ...lists({ hostKey: ['ssh-ed25519', 'ssh-rsa'], mac: ['hmac-sha2-256', 'hmac-sha1'] }),
      ED25519,
      key('rsa', 1024, RSA),
      terrapin(false),
    ],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'one connection at a time, and a rest between two',
    device: 'sound',
    ...QUICK,
    tcp: rawSsh({
      keys: { ...keys, 'ssh-rsa': rsa() },
      lists: { hostKey: ['ssh-ed25519', 'ssh-rsa'] },
      oneAtATime: 60,
    }),
    sees: [...lists({ hostKey: ['ssh-ed25519', 'ssh-rsa'] }), ED25519, key('rsa', 1024, RSA), terrapin(false)],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'takes no more connections after the first: it is not asked for ever',
    device: 'cannot-tell',
    ...QUICK,
    tcp: raw('gone', { keys, lists: { kex: withGroups, hostKey: many }, takes: 1, group: () => 2048 }),
    sees: [...lists({ kex: withGroups, hostKey: many }), ED25519, terrapin(false)],
    ignore,
    outcome: 'reset',
    open: ['key', 'offer'],
    also: () => expect(logs.get('gone')!.connections).toBeLessThan(13),
  },
  {
    name: 'SSH 1 beside SSH 2',
    device: 'weak',
    ...SSH,
    tcp: rawSsh({ ident: 'SSH-1.99-old', keys, version1: version1Key(MODULUS, 65537) }),
    sees: [
      ...lists({ version: 'SSH-1.99' }),
      ED25519,
      terrapin(false),
      offer('version', 'SSH-1.5'),
      key('rsa', 1024, RSA),
    ],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'SSH 1 in the banner, and not in fact',
    device: 'weak',
    ...SSH,
    tcp: rawSsh({ ident: 'SSH-1.99-old', keys, version1: 'close' }),
    sees: [...lists({ version: 'SSH-1.99' }), ED25519, terrapin(false)],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'SSH 1 in the banner, and no more connections are taken when it is asked for',
    device: 'cannot-tell',
    ...QUICK,
    tcp: rawSsh({ ident: 'SSH-1.99-old', keys, takes: 2, version1: version1Key(MODULUS, 65537) }),
    sees: [...lists({ version: 'SSH-1.99' }), ED25519, terrapin(false)],
    ignore,
    outcome: 'protocol',
    open: ['key'],
  },
  {
    name: 'SSH 1 in the banner, and silence',
    device: 'cannot-tell',
    ...QUICK,
    tcp: rawSsh({ ident: 'SSH-1.99-old', keys, version1: 'silence' }),
    sees: [...lists({ version: 'SSH-1.99' }), ED25519, terrapin(false)],
    ignore,
    outcome: 'timeout',
    open: ['key'],
  },
  {
    name: 'SSH 1 alone',
    device: 'weak',
    ...SSH,
    tcp: rawSsh({ ident: 'SSH-1.5-old', version1: version1Key(MODULUS, 65537) }),
    sees: [offer('version', 'SSH-1.5'), key('rsa', 1024, RSA)],
    ignore,
    outcome: 'completed',
  },
  {
    name: 'SSH 1 alone, and a checksum that is wrong',
    device: 'cannot-tell',
    ...SSH,
    tcp: rawSsh({
      ident: 'SSH-1.5-old',
      version1: Buffer.concat([version1Key(MODULUS, 3).subarray(0, -1), Buffer.from('x')]),
    }),
    sees: [offer('version', 'SSH-1.5')],
    outcome: 'protocol',
    open: ['key'],
  },
  ...(
    [
      ['silence', (): void => undefined, 'timeout'],
      ['closed at once', (socket: Socket) => void socket.end(), 'reset'],
      ['garbage', (socket: Socket) => void socket.write(Buffer.alloc(200, 0xee)), 'timeout'],
      ['garbage in one long line', (socket: Socket) => void socket.write(Buffer.alloc(9000, 0xee)), 'protocol'],
      ['half a banner', (socket: Socket) => void socket.write('SSH-2.0-ha'), 'timeout'],
      ['a banner and nothing more', (socket: Socket) => void socket.write('SSH-2.0-x\r\n'), 'timeout'],
      ['a banner, byte by byte', drip, 'timeout'],
      ['a line now and then, and never a banner', tarpit, 'timeout'],
      ['lines without end', pour, 'protocol'],
      [
        'half a KEXINIT',
        (socket: Socket) => void socket.write(Buffer.concat([BANNER, kexInit().subarray(0, 60)])),
        'timeout',
      ],
      [
        'a KEXINIT of 4 GB',
        (socket: Socket) => void socket.write(Buffer.concat([BANNER, Buffer.from('ffffffff0414', 'hex')])),
        'protocol',
      ],
      [
        'a KEXINIT whose list is longer than it',
        (socket: Socket) => void socket.write(Buffer.concat([BANNER, overlong()])),
        'protocol',
      ],
      [
        'ten thousand names',
        (socket: Socket) =>
          void socket.write(Buffer.concat([BANNER, kexInit({ kex: Array.from({ length: 10_000 }, () => 'ab') })])),
        'protocol',
      ],
      [
        'another message than a KEXINIT',
        (socket: Socket) => void socket.write(Buffer.concat([BANNER, kexInit().fill(21, 5, 6)])),
        'protocol',
      ],
    ] as const
  ).map(([name, tcp, outcome]) => ({
    name,
    device: 'cannot-tell' as const,
    ...QUICK,
    tcp,
    sees: [],
    outcome,
    open: ['offer', 'key', 'certificate', 'weakness'],
  })),
  { name: 'stalls', device: 'cannot-tell', ...QUICK, start: start(stall(ssh())), sees: [], outcome: 'timeout' },
  {
    name: 'stalls after 10 bytes',
    device: 'cannot-tell',
    ...QUICK,
    start: start(stallAfter(ssh(), 10)),
    sees: [],
    outcome: 'timeout',
  },
  { name: 'reset on accept', device: 'cannot-tell', ...QUICK, start: start(reset(ssh())), sees: [], outcome: 'reset' },
  {
    name: 'reset within the lists',
    device: 'cannot-tell',
    ...QUICK,
    start: start(reset(ssh(), 40)),
    sees: [],
    outcome: 'reset',
  },
  { name: 'refused', device: 'cannot-tell', ...QUICK, start: closedPort, sees: [], outcome: 'refused' },
]);

function drip(socket: Socket): void {
  const timer = setInterval(() => socket.write('S'), 30);
  socket.on('close', () => clearInterval(timer));
}

function tarpit(socket: Socket): void {
  const timer = setInterval(() => socket.write('x\r\n'), 30);
  socket.on('close', () => clearInterval(timer));
}

function pour(socket: Socket): void {
  const go = () => {
    while (!socket.destroyed && socket.write(Buffer.alloc(16_384, 'x\n')));
  };
  socket.on('drain', go);
  go();
}

function overlong(): Buffer {
  const packet = kexInit();
  packet.writeUInt32BE(60_000, 22);
  return packet;
}
