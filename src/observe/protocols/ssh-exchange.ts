import { createECDH } from 'node:crypto';
import { KEXINIT, type KexInit, readString, stringOf } from './ssh.ts';
import { below, GROUP_REPLY, groupRequest } from './ssh-group.ts';

/*
 * A key exchange of our own, up to the server's reply that carries its host key, and no further. What we send is
 * well-formed and random: nobody has its private half, and no login can follow.
 */

const INIT = 30;
const REPLY = 31;

type Random = (bytes: number) => Buffer;

/** One method of key exchange: what begins it, and the number of the message that carries the host key. */
export interface KexMethod {
  readonly name: string;
  /** The client's first message; none where the server speaks first (RFC 4432). */
  begin(random: Random): Buffer | undefined;
  readonly reply: number;
  /** Of a group exchange: the server's first answer is the group. */
  readonly group?: true;
}

const withPoint =
  (curve: string, before: (random: Random) => Buffer = () => Buffer.alloc(0)) =>
  (random: Random) => {
    const ours = createECDH(curve).generateKeys();
    return Buffer.concat([Buffer.from([INIT]), stringOf(Buffer.concat([before(random), ours]))]);
  };

const withBytes =
  (count: number, before: (random: Random) => Buffer = () => Buffer.alloc(0)) =>
  (random: Random) =>
    Buffer.concat([Buffer.from([INIT]), stringOf(Buffer.concat([before(random), random(count)]))]);

const withNumber = (bits: number) => (random: Random) => Buffer.concat([Buffer.from([INIT]), below(bits, random)]);

/** Bytes of an encapsulation key of ML-KEM with so many polynomials (FIPS 203, 7.1): coefficients below the modulus. */
const mlKem =
  (rank: number) =>
  (random: Random): Buffer => {
    const coefficients = 256 * rank;
    const drawn = random(coefficients * 2);
    const key = Buffer.alloc((coefficients * 12) / 8 + 32);
    for (let index = 0; index < coefficients; index += 2) {
      const [one, two] = [0, 2].map((at) => drawn.readUInt16BE(index * 2 + at) % 3329) as [number, number];
      key.writeUIntLE(one | (two << 12), (index * 12) / 8, 3);
    }
    random(32).copy(key, key.length - 32);
    return key;
  };

const method = (name: string, begin: KexMethod['begin']): KexMethod => ({ name, begin, reply: REPLY });
const groupExchange = (name: string): KexMethod => ({
  name,
  begin: () => groupRequest(2048, 2048, 8192),
  reply: GROUP_REPLY,
  group: true,
});

/** Methods in the order in which they are used: what costs a device least first. */
const METHODS: readonly KexMethod[] = [
  method('curve25519-sha256', withBytes(32)),
  method('curve25519-sha256@libssh.org', withBytes(32)),
  method('ecdh-sha2-nistp256', withPoint('prime256v1')),
  method('ecdh-sha2-nistp384', withPoint('secp384r1')),
  method('ecdh-sha2-nistp521', withPoint('secp521r1')),
  method('curve448-sha512', withBytes(56)),
  method('mlkem768x25519-sha256', withBytes(32, mlKem(3))),
  method('mlkem768nistp256-sha256', withPoint('prime256v1', mlKem(3))),
  method('mlkem1024nistp384-sha384', withPoint('secp384r1', mlKem(4))),
  // Every string of the length decodes to a key of sntrup761.
  method('sntrup761x25519-sha512', withBytes(1158 + 32)),
  method('sntrup761x25519-sha512@openssh.com', withBytes(1158 + 32)),
  method('sntrup4591761x25519-sha512@tinyssh.org', withBytes(1218 + 32)),
  method('diffie-hellman-group14-sha256', withNumber(2048)),
  method('diffie-hellman-group14-sha256@ssh.com', withNumber(2048)),
  method('diffie-hellman-group14-sha1', withNumber(2048)),
  method('diffie-hellman-group1-sha1', withNumber(1024)),
  groupExchange('diffie-hellman-group-exchange-sha256'),
  groupExchange('diffie-hellman-group-exchange-sha1'),
  // Of SSH Tectia: the same with other hashes, which nothing here depends on.
  ...['sha224', 'sha256', 'sha384', 'sha512'].map((hash) =>
    groupExchange(`diffie-hellman-group-exchange-${hash}@ssh.com`),
  ),
  method('diffie-hellman-group15-sha512', withNumber(3072)),
  method('diffie-hellman-group16-sha512', withNumber(4096)),
  method('diffie-hellman-group17-sha512', withNumber(6144)),
  method('diffie-hellman-group18-sha512', withNumber(8192)),
  { name: 'rsa2048-sha256', begin: () => undefined, reply: INIT },
  { name: 'rsa1024-sha1', begin: () => undefined, reply: INIT },
];

/** The method of that name; undefined where it is not spoken here. */
export const kexMethod = (name: string): KexMethod | undefined => METHODS.find((one) => one.name === name);

/** The method to use with a server of this offer; undefined where none of its methods is spoken here. */
export const methodFor = (offer: KexInit): KexMethod | undefined =>
  METHODS.find(({ name }) => offer.kex.includes(name));

/** Methods of group exchange, the better one first. */
export const GROUP_EXCHANGES: readonly string[] = METHODS.filter(({ group }) => group).map(({ name }) => name);

/** The host key that a reply carries (K_S); undefined where the reply is cut short. It may be empty. */
export const keyOfReply = (payload: Buffer): Buffer | undefined => readString(payload, 1)?.value;

/**
 * The KEXINIT of a client that wants this method and this host key, and takes of all else what the server names first:
 * so that they always agree.
 */
export function clientKexInit(offer: KexInit, kex: string, hostKey: string, random: Random): Buffer {
  const one = (names: readonly string[], wanted?: string): string =>
    wanted !== undefined && names.includes(wanted) ? wanted : (names[0] ?? '');
  const lists = [
    kex,
    hostKey,
    one(offer.cipherToServer),
    one(offer.cipherToClient),
    one(offer.macToServer),
    one(offer.macToClient),
    one(offer.compressionToServer, 'none'),
    one(offer.compressionToClient, 'none'),
    '',
    '',
  ];
  return Buffer.concat([Buffer.from([KEXINIT]), random(16), ...lists.map((names) => stringOf(names)), Buffer.alloc(5)]);
}
